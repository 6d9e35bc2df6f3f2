//! The versions of Muster that have opened a database, in their order: the newest one may have written what an older one
//! would lose. They are names with a number like any others, and the numbers only grow.

use odata::edm::slots::Lists;

/// The list of `numbered` that holds them.
pub(crate) const LIST: &str = "versions of muster";

/// The version of this program, without its last number: versions that differ in that alone share schema and model.
pub(crate) const VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));

/// The number that this version gets in a database that it has not opened before. An error says that a newer one has opened
/// it since.
pub(crate) fn number(lists: &Lists) -> Result<Option<i64>, String> {
    let known = lists.get(LIST).map_or(&[][..], Vec::as_slice);
    match known.iter().position(|version| version == VERSION) {
        None => i64::try_from(known.len()).map(Some).map_err(|_| "too many versions".to_owned()),
        Some(at) if at + 1 == known.len() => Ok(None),
        Some(_) => {
            let newest = known.last().map_or("", String::as_str);
            Err(format!(
                "muster {newest} has opened it since, and this is {VERSION}; run muster {newest} or a newer one, or \
                 restore a backup of before"
            ))
        }
    }
}

/// The program that is wanted by a database with a newer schema, whose newest version this is.
pub(crate) fn wanted(newest: Option<String>) -> String {
    match newest {
        Some(newest) if newest != VERSION => format!("muster {newest} or a newer one"),
        _ => "a newer muster".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use odata::edm::slots::Lists;

    use super::{LIST, VERSION, number};

    #[test]
    fn an_older_version_does_not_come_after_a_newer_one() {
        let lists = |versions: &[&str]| {
            let versions: Vec<String> = versions.iter().map(|version| (*version).to_owned()).collect();
            Lists::from([(LIST.to_owned(), versions)])
        };
        assert_eq!(number(&Lists::new()), Ok(Some(0)));
        assert_eq!(number(&lists(&["0.0"])), Ok(Some(1)));
        assert_eq!(number(&lists(&["0.0", VERSION])), Ok(None));
        let refused = number(&lists(&[VERSION, "99.0"])).unwrap_err();
        assert!(refused.contains("run muster 99.0 or a newer one"), "{refused}");
    }
}
