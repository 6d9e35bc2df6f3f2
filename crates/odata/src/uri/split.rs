//! Lists within a URL: a separator counts only outside of quotes and brackets.

/// The parts of a text and the byte at which each starts.
pub(crate) fn split(text: &str, separator: char) -> impl Iterator<Item = (usize, &str)> {
    let (mut quote, mut escaped, mut brackets) = (None, false, 0_usize);
    let separates = move |c: char| {
        match quote {
            // Within a JSON string a backslash escapes what follows; a doubled single quote needs no care.
            Some('"') if escaped => escaped = false,
            Some('"') if c == '\\' => escaped = true,
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None => match c {
                _ if c == separator => return brackets == 0,
                '\'' | '"' => quote = Some(c),
                '[' | '{' | '(' => brackets += 1,
                ']' | '}' | ')' => brackets = brackets.saturating_sub(1),
                _ => {}
            },
        }
        false
    };
    let mut start = 0;
    text.split(separates).map(move |part| {
        let position = start;
        start += part.len() + separator.len_utf8();
        (position, part)
    })
}

/// The items of a comma-separated list without the blanks around them, and the bytes at which they start.
pub(crate) fn items(text: &str) -> impl Iterator<Item = (usize, &str)> {
    split(text, ',').map(|(position, item)| {
        let blanks = item.len() - item.trim_start().len();
        (position + blanks, item.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::{items, split};

    #[test]
    fn items_have_no_blanks() {
        assert_eq!(items(" a,  b ,").collect::<Vec<_>>(), [(1, "a"), (5, "b"), (8, "")]);
    }

    #[test]
    fn separators_in_quotes_and_brackets_do_not_count() {
        for (text, parts) in [
            ("a,b", &[(0, "a"), (2, "b")][..]),
            ("", &[(0, "")]),
            ("a,,", &[(0, "a"), (2, ""), (3, "")]),
            ("'it''s,',b", &[(0, "'it''s,'"), (9, "b")]),
            (r#"["x,\",","'"],b"#, &[(0, r#"["x,\",","'"]"#), (14, "b")]),
            ("f(a,(b),c),d", &[(0, "f(a,(b),c)"), (11, "d")]),
            ("ü,b", &[(0, "ü"), (3, "b")]),
        ] {
            assert_eq!(split(text, ',').collect::<Vec<_>>(), parts, "{text}");
        }
    }
}
