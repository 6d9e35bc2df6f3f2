//! Doc comments say something: more than two words, and no phrase that fits anything.

use super::Finding;
use super::sources::{Source, Tree};

/// A comment of so few words repeats the name it stands at.
const FEW_WORDS_MAX: usize = 2;
/// Sentences that could stand at anything.
const SAYS_NOTHING: [&str; 1] = [concat!("Hooks in ", "what is special.")];

/// Finds comments that say nothing.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.rust() {
        for Comment { first_line, text } in comments(source) {
            if text.split_whitespace().count() <= FEW_WORDS_MAX {
                findings.push(Finding::new(source, first_line, format!("'{text}' says too little")));
            }
            for sentence in SAYS_NOTHING.iter().filter(|sentence| text.contains(**sentence)) {
                findings.push(Finding::new(source, first_line, format!("'{sentence}' says nothing")));
            }
        }
    }
    findings
}

/// The whole comment at one item.
struct Comment {
    first_line: usize,
    text: String,
}

/// The comments that begin with `///`. What a macro is given or makes is no syntax tree, so they are found in the text.
fn comments(source: &Source) -> Vec<Comment> {
    let mut comments: Vec<Comment> = Vec::new();
    let mut at = 0;
    let mut continues = false;
    for (index, line) in source.text.split_inclusive('\n').enumerate() {
        let text = line.trim().strip_prefix("///").filter(|rest| !rest.starts_with('/'));
        let text = text.filter(|_| !source.is_in_literal(at)).map(str::trim);
        match (text, comments.last_mut().filter(|_| continues)) {
            (Some(text), Some(comment)) => comment.text += &format!(" {text}"),
            (Some(text), None) => comments.push(Comment { first_line: index + 1, text: text.to_owned() }),
            (None, _) => {}
        }
        continues = text.is_some();
        at += line.len();
    }
    comments
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::check;

    #[test]
    fn comments_of_few_words_are_found() {
        for (text, expected) in [
            ("/// Device.\nstruct Device;", &["1: 'Device.' says too little"][..]),
            ("mod a {\n    /// All devices.\n    b: u8,\n}", &["2: 'All devices.' says too little"]),
            ("///\nfn a() {}", &["1: '' says too little"]),
            ("codes! {\n/// Not found.\nNotFound }", &["2: 'Not found.' says too little"]),
            ("/// The device's name.\nfn a() {}", &[]),
            ("/// The\n/// device's name.\nfn a() {}", &[]),
            (
                "/// The device's\n\n/// Short.\nfn a() {}",
                &["1: 'The device's' says too little", "3: 'Short.' says too little"],
            ),
            ("// Device.\n//! Device.\n//// Device.", &[]),
            ("let a = \"\n/// Device.\n\";", &[]),
            (
                concat!("/// Hooks in ", "what is special.\nfn register() {}"),
                &[concat!("1: 'Hooks in ", "what is special.' says nothing")],
            ),
        ] {
            assert_eq!(found(check, "crates/odata/src/a.rs", text), expected, "{text}");
        }
    }
}
