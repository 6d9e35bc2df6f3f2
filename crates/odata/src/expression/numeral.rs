//! Numbers as texts, and back, as `cast` has them.

/// Digits of an integer's text at most, leading zeros included.
const DIGITS_MAX: usize = 30;

/// The integer that a text spells.
pub(crate) fn integer_of_text(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = (1..=DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// Digits of the exponent of a double's text at most.
const EXPONENT_DIGITS_MAX: usize = 3;

/// The double that a text spells: digits with a fraction and an exponent, which may be missing.
pub(crate) fn real_of_text(text: &str) -> Option<f64> {
    let is_digits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let is_number = is_digits(integer, DIGITS_MAX)
        && is_digits(fraction, DIGITS_MAX)
        && is_digits(exponent, EXPONENT_DIGITS_MAX);
    let number: f64 = if is_number { text.parse().ok()? } else { return None };
    number.is_finite().then_some(number)
}

/// A double's digits, without exponent; none if it is not finite. Of 15, 16 and 17 significant digits the first that
/// lead back to it: every database rounds to a given number of digits in the same way, but not to the fewest.
pub(crate) fn text_of_real(number: f64) -> Option<String> {
    if !number.is_finite() {
        return None;
    }
    let rounded = |digits: usize| format!("{number:.*e}", digits - 1);
    let leads_back = |text: &String| text.parse() == Ok(number);
    let text = [15, 16].map(rounded).into_iter().find(leads_back).unwrap_or_else(|| rounded(17));
    let (mantissa, exponent) = text.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return Some("0".to_owned());
    }
    let sign = if number < 0.0 { "-" } else { "" };
    let before_point = usize::try_from(exponent + 1).unwrap_or_default();
    Some(match digits.split_at_checked(before_point) {
        Some(("", fraction)) => {
            let zeros = usize::try_from(-exponent - 1).unwrap_or_default();
            format!("{sign}0.{}{fraction}", "0".repeat(zeros))
        }
        Some((integer, "")) => format!("{sign}{integer}"),
        Some((integer, fraction)) => format!("{sign}{integer}.{fraction}"),
        None => format!("{sign}{digits:0<before_point$}"),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{real_of_text, text_of_real};

    #[test]
    fn a_double_has_one_text() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (0.1 + 0.2, "0.30000000000000004"),
            (100.0, "100"),
            (1234.5, "1234.5"),
            (1e21, "1000000000000000000000"),
            (1e-7, "0.0000001"),
            (1.0 / 3.0, "0.3333333333333333"),
        ] {
            assert_eq!(text_of_real(number).as_deref(), Some(text), "{number}");
        }
        assert_eq!(text_of_real(f64::INFINITY), None);
    }

    #[test]
    fn a_text_spells_a_double() {
        for (text, number) in [
            ("1", Some(1.0)),
            ("+1.50", Some(1.5)),
            ("-0.5E+2", Some(-50.0)),
            ("1e-400", Some(0.0)),
            ("1e400", None),
            ("1e1000", None),
            (".5", None),
            ("5.", None),
            (" 1", None),
            ("INF", None),
            ("", None),
            ("1234567890123456789012345678901", None),
        ] {
            assert_eq!(real_of_text(text), number, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_text_leads_back(bits in any::<u64>()) {
            let number = f64::from_bits(bits);
            if let Some(text) = text_of_real(number) {
                prop_assert_eq!(text.parse(), Ok(number));
            }
        }
    }
}
