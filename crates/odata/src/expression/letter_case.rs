//! The case of letters: each character by itself, so that every database can do the same.

/// The lower case of a character, if that is one character.
pub fn lower(character: char) -> char {
    let mut folded = character.to_lowercase();
    match (folded.next(), folded.next()) {
        (Some(single), None) => single,
        _ => character,
    }
}

/// The upper case of a character, if that is one character.
pub fn upper(character: char) -> char {
    let mut folded = character.to_uppercase();
    match (folded.next(), folded.next()) {
        (Some(single), None) => single,
        _ => character,
    }
}

/// The lower case of a text. Most texts are ASCII, which takes a tenth of the time.
pub(super) fn text_to_lower(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().map(lower).collect() }
}

/// The upper case of a text.
pub(super) fn text_to_upper(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_uppercase() } else { text.chars().map(upper).collect() }
}
