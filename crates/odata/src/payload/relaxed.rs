//! Relaxed JSON: member names without quotes and trailing commas, as one much-used client sends them.
//!
//! The text is rewritten to strict JSON and then parsed like any other, so that everything else stays strict.

/// The strict form of a relaxed text. What is neither comes out as it was, for the strict parser to refuse.
pub fn to_strict(text: &str) -> String {
    let mut strict = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let token = match first {
            '"' => string_token(rest),
            ',' if is_trailing(&rest[1..]) => {
                rest = &rest[1..];
                continue;
            }
            _ if starts_name(first) => name_token(rest),
            _ => &rest[..first.len_utf8()],
        };
        let after = &rest[token.len()..];
        let bare_name = starts_name(first) && after.trim_start().starts_with(':');
        if bare_name {
            strict.push('"');
        }
        strict.push_str(token);
        if bare_name {
            strict.push('"');
        }
        rest = after;
    }
    strict
}

fn starts_name(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_'
}

fn name_token(rest: &str) -> &str {
    let continues = |character: char| character.is_ascii_alphanumeric() || "_.@".contains(character);
    &rest[..rest.find(|character| !continues(character)).unwrap_or(rest.len())]
}

/// The string that `rest` starts with, quotes included; everything if it never ends.
fn string_token(rest: &str) -> &str {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return &rest[..=at],
            _ => {}
        }
    }
    rest
}

fn is_trailing(after_comma: &str) -> bool {
    after_comma.trim_start().starts_with(['}', ']'])
}

#[cfg(test)]
mod tests {
    use super::to_strict;

    #[test]
    fn names_are_quoted_and_trailing_commas_dropped() {
        for (relaxed, strict) in [
            (r#"{ groupTag: "x" }"#, r#"{ "groupTag": "x" }"#),
            (r#"{ a: "1", b : true, }"#, r#"{ "a": "1", "b" : true }"#),
            (r#"{"a":[1,2,],}"#, r#"{"a":[1,2]}"#),
            (r#"{ a: "b: c, }", d: null }"#, r#"{ "a": "b: c, }", "d": null }"#),
            (r#"{ a: "say \"b: \"" }"#, r#"{ "a": "say \"b: \"" }"#),
            (r#"{"already":"strict"}"#, r#"{"already":"strict"}"#),
        ] {
            assert_eq!(to_strict(relaxed), strict);
        }
    }

    #[test]
    fn nonsense_neither_panics_nor_becomes_json() {
        for text in ["{ a: \"never ends", "ü: 1", ",,}", "a", "\"", "\\", "{a b: 1}"] {
            assert!(crate::Json::parse(to_strict(text).as_bytes()).is_err(), "{text}");
        }
    }
}
