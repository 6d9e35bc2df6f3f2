//! The texts of a document that searches look at, folded as `tolower` does.

use odata::payload::Json;
use odata::payload::elements::Elements;
use odata::query::letter_case::lower;

/// Calls for each text in some slots of a document, which are ascending. What is no text is passed over.
pub(crate) fn each_folded(document: &[u8], slots: &[u16], mut call: impl FnMut(&str)) {
    let mut slots = slots.iter().copied().peekable();
    let mut folded = String::new();
    // The first element is the type.
    for (slot, element) in (0..=u16::MAX).zip(Elements::new(document).skip(1)) {
        match slots.peek() {
            Some(next) if *next == slot => slots.next(),
            Some(_) => continue,
            None => return,
        };
        folded.clear();
        if fold_into(&mut folded, element) {
            call(&folded);
        }
    }
}

/// Appends the folded text of an element; false if it is none.
fn fold_into(folded: &mut String, element: &[u8]) -> bool {
    let inner = element.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let Some(Ok(plain)) = inner.map(std::str::from_utf8) else { return false };
    if plain.contains('\\') {
        let Ok(Json::String(text)) = Json::parse(element) else { return false };
        folded.extend(text.chars().map(lower));
    } else if plain.is_ascii() {
        folded.push_str(plain);
        folded.make_ascii_lowercase();
    } else {
        folded.extend(plain.chars().map(lower));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::each_folded;

    #[test]
    fn the_texts_of_some_slots_are_folded() {
        let document = r#"[0,"ID","Äb\n\"C\u001f",null,7,["X"],"DEF",true,"unwanted"]"#;
        let mut texts = Vec::new();
        each_folded(document.as_bytes(), &[0, 1, 2, 3, 4, 5, 6, 9], |text| texts.push(text.to_owned()));
        assert_eq!(texts, ["id", "äb\n\"c\u{1f}", "def"]);
    }
}
