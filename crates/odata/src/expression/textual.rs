//! The texts of dates, times of day and members of enumerations, as `cast` gives them.

use crate::date_time::Ticks;

/// The characters of `2026-11-22`.
const DATE_LENGTH: usize = 10;

/// The name of a member in a list of all, `;0=none;1=some;`.
pub(super) fn name_of_member(member: i64, names: &str) -> Option<String> {
    let (_, rest) = names.split_once(&format!(";{member}="))?;
    let name = rest.split(';').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// A date-time as the wire has it.
pub(super) fn text_of_instant(ticks: i64) -> String {
    Ticks(ticks).to_string()
}

/// The date of a date-time as the wire has it.
pub(super) fn text_of_date(ticks: i64) -> String {
    let mut text = text_of_instant(ticks);
    text.truncate(DATE_LENGTH);
    text
}

/// The time since midnight, between the `T` and the `Z` of a date-time.
pub(super) fn text_of_time(ticks: i64) -> String {
    let text = text_of_instant(ticks);
    text.get(DATE_LENGTH + 1..text.len() - 1).unwrap_or_default().to_owned()
}

/// The truth value that a text spells, in any case.
pub(super) fn boolean_of_text(text: &str) -> Option<bool> {
    [("true", true), ("false", false)]
        .into_iter()
        .find(|(name, _)| text.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::{name_of_member, text_of_date, text_of_instant, text_of_time};
    use crate::date_time::Ticks;

    #[test]
    fn dates_and_times_read_as_on_the_wire() {
        for (instant, date, time) in [
            ("0001-01-01T00:00:00Z", "0001-01-01", "00:00:00"),
            ("2024-06-01T12:00:00.5Z", "2024-06-01", "12:00:00.5"),
            ("9999-12-31T23:59:59.9999999Z", "9999-12-31", "23:59:59.9999999"),
        ] {
            let ticks = Ticks::parse(instant).unwrap().0;
            assert_eq!(text_of_instant(ticks), instant);
            assert_eq!((text_of_date(ticks).as_str(), text_of_time(ticks).as_str()), (date, time));
        }
    }

    #[test]
    fn a_member_is_found_by_its_whole_number() {
        for (member, name) in [(1, Some("a")), (11, Some("b")), (-1, Some("c")), (0, None), (111, None)] {
            assert_eq!(name_of_member(member, ";1=a;11=b;-1=c;").as_deref(), name, "{member}");
        }
    }
}
