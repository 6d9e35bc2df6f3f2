//! Which values an attribute takes, and how it spells them.

use crate::attribute::{Attribute, AttributeKind};

/// The value as the attribute spells it; the error says in words what it takes.
pub(crate) fn spelled(attribute: &Attribute, value: &str) -> Result<String, String> {
    match &attribute.kind {
        AttributeKind::Enumeration { possible } => {
            known(possible, value).ok_or_else(|| format!("one of {}", possible.join(", ")))
        }
        AttributeKind::Integer { min, max, step } => {
            let number = value.parse::<i64>().ok().filter(|number| is_in_steps(*number, *min, *max, *step));
            number.map(|number| number.to_string()).ok_or_else(|| match step {
                0 | 1 => format!("a number from {min} to {max}"),
                _ => format!("a number from {min} to {max} in steps of {step}"),
            })
        }
        AttributeKind::String { min_length, max_length } => {
            let is_legal = (*min_length..=*max_length).contains(&value.len());
            is_legal
                .then(|| value.to_owned())
                .ok_or_else(|| format!("a text of {min_length} to {max_length} bytes"))
        }
        AttributeKind::OrderedList { elements } => ordered(elements, value)
            .ok_or_else(|| format!("these in any order, with semicolons between: {}", elements.join(";"))),
    }
}

fn known(possible: &[String], value: &str) -> Option<String> {
    possible.iter().find(|possible| possible.eq_ignore_ascii_case(value)).cloned()
}

fn is_in_steps(number: i64, min: i64, max: i64, step: i64) -> bool {
    let is_step = step <= 1 || number.checked_sub(min).is_some_and(|distance| distance % step == 0);
    (min..=max).contains(&number) && is_step
}

/// A new order of all elements. A file that has commas for other reasons may write them here, too.
fn ordered(elements: &[String], value: &str) -> Option<String> {
    let separator = if value.contains(';') { ';' } else { ',' };
    let words: Option<Vec<String>> =
        value.trim_end_matches(separator).split(separator).map(|word| known(elements, word.trim())).collect();
    let words = words?;
    let has_all = words.len() == elements.len() && elements.iter().all(|element| words.contains(element));
    has_all.then(|| words.join(";"))
}

#[cfg(test)]
mod tests {
    use super::spelled;
    use crate::attribute::{Attribute, AttributeKind};

    #[test]
    fn values_are_spelled_or_refused() {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let switch = AttributeKind::Enumeration { possible: words(&["Disabled", "Enabled"]) };
        let hours = AttributeKind::Integer { min: 0, max: 23, step: 1 };
        let percent = AttributeKind::Integer { min: 50, max: 95, step: 5 };
        let any = AttributeKind::Integer { min: i64::MIN, max: i64::MAX, step: 7 };
        let text = AttributeKind::String { min_length: 2, max_length: 4 };
        let order = AttributeKind::OrderedList { elements: words(&["HDD 1", "USB", "PXE"]) };
        for (kind, value, expected) in [
            (&switch, "enabled", Ok("Enabled")),
            (&switch, "DISABLED", Ok("Disabled")),
            (&switch, "on", Err("one of Disabled, Enabled")),
            (&switch, "", Err("one of Disabled, Enabled")),
            (&hours, "6", Ok("6")),
            (&hours, "06", Ok("6")),
            (&hours, "24", Err("a number from 0 to 23")),
            (&hours, "-1", Err("a number from 0 to 23")),
            (&hours, "six", Err("a number from 0 to 23")),
            (&percent, "55", Ok("55")),
            (&percent, "56", Err("a number from 50 to 95 in steps of 5")),
            (
                &any,
                "9223372036854775807",
                Err("a number from -9223372036854775808 to 9223372036854775807 in steps of 7"),
            ),
            (&text, "ab", Ok("ab")),
            (&text, "AbCd", Ok("AbCd")),
            (&text, "a", Err("a text of 2 to 4 bytes")),
            (&text, "abcde", Err("a text of 2 to 4 bytes")),
            (&order, "usb;pxe;hdd 1", Ok("USB;PXE;HDD 1")),
            (&order, "PXE, USB, HDD 1,", Ok("PXE;USB;HDD 1")),
            (&order, "USB;PXE", Err("these in any order, with semicolons between: HDD 1;USB;PXE")),
            (&order, "USB;USB;PXE", Err("these in any order, with semicolons between: HDD 1;USB;PXE")),
        ] {
            let attribute = Attribute {
                kind: kind.clone(),
                current: String::new(),
                default: None,
                display_name: None,
                modifiers: Vec::new(),
                forces: Vec::new(),
            };
            let found = spelled(&attribute, value);
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{kind:?} {value}");
        }
    }
}
