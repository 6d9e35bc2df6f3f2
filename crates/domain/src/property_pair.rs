//! Pairs of properties that say the same, an older and a newer one. A client that reads an entity, changes one of a pair
//! and writes everything back sends the other as it was.

use engine::Error;

/// The property of a pair that a change means, by its place in the pair; none if there is nothing to bring into agreement.
/// `differs` says which of the two differ from what is stored, `named` which of them the request names.
pub(crate) fn deciding_property(
    names: [&str; 2],
    differs: [bool; 2],
    named: [bool; 2],
    is_equal: bool,
) -> Result<Option<usize>, Error> {
    match (differs, named) {
        ([true, false], _) | ([false, false], [true, false]) => Ok(Some(0)),
        ([false, true], _) | ([false, false], [false, true]) => Ok(Some(1)),
        ([true, true], _) if !is_equal => {
            let [older, newer] = names;
            let message = format!(
                "The properties '{older}' and '{newer}' are one and contradict each other; send one of them."
            );
            Err(Error::bad_request(message).coded(odata::code::INVALID_VALUE).about(newer))
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::deciding_property;

    #[test]
    fn the_one_that_differs_from_what_is_stored_decides() {
        for (differs, named, is_equal, expected) in [
            ([true, false], [true, true], false, Some(Some(0))),
            ([false, true], [true, true], false, Some(Some(1))),
            ([true, false], [true, false], false, Some(Some(0))),
            ([false, false], [false, true], false, Some(Some(1))),
            ([false, false], [true, true], false, Some(None)),
            ([false, false], [false, false], false, Some(None)),
            ([true, true], [true, true], true, Some(None)),
            ([true, true], [true, true], false, None),
        ] {
            let found = deciding_property(["a", "b"], differs, named, is_equal);
            match (&found, expected) {
                (Ok(found), expected) => assert_eq!(Some(*found), expected, "{differs:?} {named:?}"),
                (Err(error), None) => {
                    assert!(error.message.contains("'a'") && error.message.contains("'b'"), "{error:?}");
                }
                (Err(error), Some(_)) => panic!("{differs:?} {named:?}: {error:?}"),
            }
        }
    }
}
