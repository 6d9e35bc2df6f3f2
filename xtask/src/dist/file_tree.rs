//! Trees of files as archives: sorted, with the modes and owners that they are given, and one time for all.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;

use anyhow::{Result, bail};
use flate2::{Compression, GzBuilder};
use tar::{EntryType, Header};

/// Folders and files, by their paths without a leading slash. The order of paths has folders before what is in them.
pub(super) struct FileTree<'c> {
    nodes: BTreeMap<String, Node<'c>>,
}

/// A file, or a folder, which has no bytes.
pub(super) struct Node<'c> {
    pub(super) mode: u32,
    /// Its user and its group.
    pub(super) owner: u64,
    pub(super) bytes: Option<Cow<'c, [u8]>>,
}

impl<'c> FileTree<'c> {
    pub(super) fn new() -> FileTree<'c> {
        FileTree { nodes: BTreeMap::new() }
    }

    /// Adds a file of root's.
    pub(super) fn file(&mut self, path: &str, mode: u32, bytes: impl Into<Cow<'c, [u8]>>) {
        self.parents(path);
        self.nodes.insert(path.to_owned(), Node { mode, owner: 0, bytes: Some(bytes.into()) });
    }

    /// Adds a folder, or says whose it is.
    pub(super) fn folder(&mut self, path: &str, mode: u32, owner: u64) {
        self.parents(path);
        self.nodes.insert(path.to_owned(), Node { mode, owner, bytes: None });
    }

    fn parents(&mut self, path: &str) {
        for (end, _) in path.match_indices('/') {
            let folder = Node { mode: 0o755, owner: 0, bytes: None };
            self.nodes.entry(path[..end].to_owned()).or_insert(folder);
        }
    }

    /// The files with their paths, in order.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.nodes.iter().filter_map(|(path, node)| Some((path.as_str(), node.bytes.as_deref()?)))
    }

    /// A tar archive in which each path begins with a prefix; with `./` the prefix is a folder of its own.
    pub(super) fn tar(&self, prefix: &str, seconds: u32) -> Result<Vec<u8>> {
        let mut archive = tar::Builder::new(Vec::new());
        if prefix == "./" {
            archive.append(&header(prefix, 0o755, 0, None, seconds)?, &[][..])?;
        }
        for (path, node) in &self.nodes {
            let slash = if node.bytes.is_some() { "" } else { "/" };
            let bytes = node.bytes.as_deref();
            let path = format!("{prefix}{path}{slash}");
            let header = header(&path, node.mode, node.owner, bytes.map(<[u8]>::len), seconds)?;
            archive.append(&header, bytes.unwrap_or_default())?;
        }
        Ok(archive.into_inner()?)
    }
}

/// A header whose name is written as it is: `Header::set_path` would drop a leading `./`, with which dpkg's own archives begin.
fn header(path: &str, mode: u32, owner: u64, len: Option<usize>, seconds: u32) -> Result<Header> {
    let mut header = Header::new_ustar();
    let Some(ustar) = header.as_ustar_mut() else { bail!("a new header is of another kind") };
    let Some(name) = ustar.name.get_mut(..path.len()) else { bail!("'{path}' is too long for an archive") };
    name.copy_from_slice(path.as_bytes());
    header.set_entry_type(if len.is_some() { EntryType::Regular } else { EntryType::Directory });
    header.set_size(len.unwrap_or_default() as u64);
    header.set_mode(mode);
    header.set_uid(owner);
    header.set_gid(owner);
    header.set_mtime(seconds.into());
    header.set_cksum();
    Ok(header)
}

/// Compressed without a time or a name.
pub(super) fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().operating_system(3).write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
