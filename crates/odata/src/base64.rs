//! Base64 as bodies and URLs have it: strict where the protocol demands padding, lenient where clients leave it out.

use data_encoding::{BASE64, Encoding};

/// The bytes of a text in base64 with its padding.
pub(crate) fn decode_padded(text: &str) -> Option<Vec<u8>> {
    // The library would take several padded texts one after the other.
    let is_one = !text.trim_end_matches('=').contains('=');
    BASE64.decode(text.as_bytes()).ok().filter(|_| is_one)
}

/// The bytes of a text in an encoding without padding, of which the text may have some or all nevertheless.
pub(crate) fn decode_lenient(text: &str, unpadded: &Encoding) -> Option<Vec<u8>> {
    let plain = text.trim_end_matches('=');
    let padding_max = (4 - plain.len() % 4) % 4;
    let is_padding = text.len() - plain.len() <= padding_max;
    unpadded.decode(plain.as_bytes()).ok().filter(|_| is_padding)
}

#[cfg(test)]
mod tests {
    use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};

    use super::{decode_lenient, decode_padded};

    #[test]
    fn padding_is_whole_or_may_be_missing() {
        for (text, padded, lenient) in [
            ("", Some(&b""[..]), Some(&b""[..])),
            ("YQ==", Some(b"a"), Some(b"a")),
            ("YWI=", Some(b"ab"), Some(b"ab")),
            ("YWJj", Some(b"abc"), Some(b"abc")),
            ("YQ", None, Some(b"a")),
            ("YQ=", None, Some(b"a")),
            ("YQ===", None, None),
            ("YWJj=", None, None),
            ("Y", None, None),
            ("Y===", None, None),
            ("====", None, None),
            // Several texts, bits beyond the last byte, and what is no letter of it.
            ("YQ==YQ==", None, None),
            ("YR==", None, None),
            ("YW Jj", None, None),
            ("YWJj\n", None, None),
        ] {
            assert_eq!(decode_padded(text).as_deref(), padded, "{text:?}");
            assert_eq!(decode_lenient(text, &BASE64_NOPAD).as_deref(), lenient, "{text:?}");
        }
        assert_eq!(decode_lenient("_-8=", &BASE64URL_NOPAD).as_deref(), Some(&[0xff, 0xef][..]));
        assert_eq!(decode_lenient("_-8", &BASE64_NOPAD), None);
    }
}
