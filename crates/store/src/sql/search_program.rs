//! A search as the parameter of an SQL function: its parts in postfix order, so that it has no depth.

use odata::query::Search;

/// The byte before each part: none in UTF-8 is like it.
const PART: u8 = 0xff;
/// The byte before a term.
const TERM: u8 = b't';

/// Writes a search.
pub(crate) fn encode(search: &Search) -> Vec<u8> {
    let mut program = Vec::new();
    append(&mut program, search);
    program
}

fn append(program: &mut Vec<u8>, search: &Search) {
    let operator = match search {
        Search::Term(term) => {
            program.extend([PART, TERM]);
            program.extend_from_slice(term.as_bytes());
            return;
        }
        Search::And(left, right) => {
            append(program, left);
            append(program, right);
            b'&'
        }
        Search::Or(left, right) => {
            append(program, left);
            append(program, right);
            b'|'
        }
        Search::Not(inner) => {
            append(program, inner);
            b'!'
        }
    };
    program.extend([PART, operator]);
}

/// Reads a search; none if this is none.
pub(crate) fn decode(program: &[u8]) -> Option<Search> {
    let mut stack: Vec<Box<Search>> = Vec::new();
    for part in program.strip_prefix(&[PART])?.split(|byte| *byte == PART) {
        let search = match part.split_first()? {
            (&TERM, term) => Search::Term(std::str::from_utf8(term).ok()?.into()),
            (b'!', _) => Search::Not(stack.pop()?),
            (operator, _) => {
                let (right, left) = (stack.pop()?, stack.pop()?);
                if *operator == b'&' { Search::And(left, right) } else { Search::Or(left, right) }
            }
        };
        stack.push(Box::new(search));
    }
    let whole = stack.pop().filter(|_| stack.is_empty())?;
    Some(*whole)
}

#[cfg(test)]
mod tests {
    use odata::query::parse_search;

    use super::{decode, encode};

    #[test]
    fn a_search_is_read_as_it_was_written() {
        for text in ["a", "a b", "\"a & b\" OR NOT (c d OR é)", "NOT NOT a"] {
            let search = parse_search(text).unwrap();
            assert_eq!(decode(&encode(&search)), Some(search), "{text}");
        }
        let deep = parse_search(&format!("{}a{}", "(NOT ".repeat(40), ")".repeat(40))).unwrap();
        assert_eq!(decode(&encode(&deep)), Some(deep));
        for damaged in [&b""[..], b"a", b"\xff", b"\xff&", b"\xffta\xfftb", b"\xffta\xff&"] {
            assert_eq!(decode(damaged), None, "{damaged:?}");
        }
    }
}
