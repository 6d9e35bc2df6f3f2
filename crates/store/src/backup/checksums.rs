//! The checksums of a backup's files, as `sha256sum` writes and checks them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;

/// The file's name in a backup. It is written last: a folder without it is no backup.
pub(super) const NAME: &str = "SHA256SUMS";
/// The most bytes that it may have.
pub(super) const BYTES_MAX: u64 = 1 << 20;
/// The bytes of a digest in hexadecimal digits.
const DIGEST_DIGITS: usize = 64;
const BUFFER_BYTES: usize = 256 << 10;

/// The digests of files by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Checksums(pub BTreeMap<String, String>);

impl Checksums {
    /// Their text, a file a line.
    pub fn text(&self) -> String {
        self.0.iter().map(|(name, digest)| format!("{digest}  {name}\n")).collect()
    }

    /// Reads [`Checksums::text`]; the error is the number of the line that is none.
    pub fn read(text: &str) -> Result<Checksums, usize> {
        let mut checksums = BTreeMap::new();
        for (at, line) in text.split_inclusive('\n').enumerate() {
            let entry = line.strip_suffix('\n').and_then(|line| line.split_once("  "));
            let is_digest =
                |digest: &str| digest.len() == DIGEST_DIGITS && HEXLOWER.decode(digest.as_bytes()).is_ok();
            let (digest, name) = entry.filter(|(digest, _)| is_digest(digest)).ok_or(at + 1)?;
            if !is_plain(name) || checksums.insert(name.to_owned(), digest.to_owned()).is_some() {
                return Err(at + 1);
            }
        }
        Ok(Checksums(checksums))
    }
}

/// Whether a name leads nowhere but into the folder.
fn is_plain(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(is_plain)
}

/// The digest of bytes.
pub(super) fn digest(bytes: &[u8]) -> String {
    let mut context = Context::new(&SHA256);
    context.update(bytes);
    HEXLOWER.encode(context.finish().as_ref())
}

/// The digest of a file, and its length. Whoever waits is told of each part.
pub(super) fn digest_of(path: &Path, mut tell: impl FnMut(u64)) -> io::Result<(String, u64)> {
    let (mut file, mut context) = (File::open(path)?, Context::new(&SHA256));
    let (mut buffer, mut bytes) = (vec![0; BUFFER_BYTES], 0);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((HEXLOWER.encode(context.finish().as_ref()), bytes));
        }
        context.update(&buffer[..read]);
        bytes += read as u64;
        tell(read as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::{Checksums, digest};

    #[test]
    fn checksums_are_read_as_they_are_written() {
        let sums = ["a.copy", "muster.db"].map(|name| (name.to_owned(), digest(name.as_bytes())));
        let sums = Checksums(sums.into());
        assert_eq!(Checksums::read(&sums.text()), Ok(sums));
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        let good = format!("{}  a\n", digest(b"a"));
        for bad in [
            "\n".to_owned(),
            good.trim_end().to_owned(),
            good.to_uppercase(),
            good.replace("  ", " "),
            good.replace('a', "g"),
            format!("{}  ../a\n", digest(b"a")),
            format!("{}  .a\n", digest(b"a")),
            format!("{}  \n", digest(b"a")),
            good.clone(),
        ] {
            assert_eq!(Checksums::read(&format!("{good}{bad}")), Err(2), "{bad:?}");
        }
    }
}
