//! What a new password is made of: symbols that have the same key on US, German and French keyboards and look like no other,
//! in the number and of the classes that the device takes.

use aws_lc_rs::rand;
use check_in::{AttributeValues, PasswordStatus};
use engine::Error;
use zeroize::Zeroizing;

/// Letters with the same key on US, German and French keyboards, without look-alikes.
const LETTERS: &[u8] = b"bcdefghjklnprstuvx";
/// Digits without look-alikes, which are typed on the keypad.
const DIGITS: &[u8] = b"23456789";
/// Signs of the keypad.
const SIGNS: &[u8] = b"+-*/";
/// The characters of a password, if the device takes as many.
const LENGTH: u32 = 20;
/// The most characters of a password, whatever the device says.
const LENGTH_MAX: u32 = 256;
/// The fewest characters of what a firmware calls a strong password.
const STRONG_LENGTH_MIN: u32 = 8;
/// How often a password is drawn until it has all classes. One of four characters and classes is drawn well in a few dozen.
const DRAWS_MAX: usize = 10_000;

/// What a device takes as a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PasswordRules {
    length: usize,
    needs_upper_case: bool,
    needs_lower_case: bool,
    needs_digit: bool,
    needs_sign: bool,
}

impl PasswordRules {
    /// The rules of a device, by what it says of itself and by its settings.
    pub(crate) fn of(status: &PasswordStatus, attributes: &AttributeValues) -> PasswordRules {
        let value = |name: &str| {
            let found = attributes.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.trim())
        };
        let is_on = |name| value(name).is_some_and(|value| value.eq_ignore_ascii_case("enabled"));
        let is_strong = is_on("StrongPassword");
        let [needs_upper_case, needs_lower_case] =
            ["PwdUpperCaseRqd", "PwdLowerCaseRqd"].map(|name| is_on(name) || is_strong);
        let [needs_digit, needs_sign] = ["PwdDigitRqd", "PwdSpecialCharRqd"].map(is_on);
        let classes = [needs_upper_case, needs_lower_case, needs_digit, needs_sign];
        let classes = classes.into_iter().filter(|needed| *needed).count() as u32;
        let by_setting = value("PwdMinLen").and_then(|length| length.parse().ok()).unwrap_or(0);
        let strong = if is_strong { STRONG_LENGTH_MIN } else { 0 };
        let least = status.length_min.max(by_setting).max(strong).max(classes).min(LENGTH_MAX);
        let most = match status.length_max {
            0 => LENGTH_MAX,
            most => most.min(LENGTH_MAX),
        };
        let length = LENGTH.min(most).max(least) as usize;
        PasswordRules { length, needs_upper_case, needs_lower_case, needs_digit, needs_sign }
    }

    /// A new password, every one that follows the rules as likely as any other.
    pub(crate) fn generate(self) -> Result<Zeroizing<String>, Error> {
        let mut symbols = [LETTERS, DIGITS].concat();
        if self.needs_upper_case {
            symbols.extend(LETTERS.to_ascii_uppercase());
        }
        if self.needs_sign {
            symbols.extend(SIGNS);
        }
        for _ in 0..DRAWS_MAX {
            let drawn = draw(&symbols, self.length)?;
            let has = |is_one: fn(&u8) -> bool| drawn.bytes().any(|symbol| is_one(&symbol));
            let is_good = (has(u8::is_ascii_uppercase) || !self.needs_upper_case)
                && (has(u8::is_ascii_lowercase) || !self.needs_lower_case)
                && (has(u8::is_ascii_digit) || !self.needs_digit)
                && (has(u8::is_ascii_punctuation) || !self.needs_sign);
            if is_good {
                return Ok(drawn);
            }
        }
        Err(Error::defect(format!("no password follows {self:?}")))
    }
}

/// So many symbols, all as likely: bytes beyond the last whole multiple are drawn again.
fn draw(symbols: &[u8], length: usize) -> Result<Zeroizing<String>, Error> {
    let fair = 256 - 256 % symbols.len();
    let mut drawn = Zeroizing::new(String::with_capacity(length));
    let mut bytes = Zeroizing::new([0; 64]);
    while drawn.len() < length {
        rand::fill(&mut *bytes).map_err(|_| Error::defect("the system gives no randomness"))?;
        let fair = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair);
        let room = length - drawn.len();
        drawn.extend(fair.map(|byte| char::from(symbols[byte % symbols.len()])).take(room));
    }
    Ok(drawn)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use check_in::{AttributeValues, PasswordStatus};

    use super::PasswordRules;

    fn rules(length_min: u32, length_max: u32, settings: &[(&str, &str)]) -> PasswordRules {
        let key = String::new();
        let status = PasswordStatus { key, length_min, length_max, is_needed: false, report: None };
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        PasswordRules::of(&status, &AttributeValues(settings.collect()))
    }

    #[test]
    fn passwords_have_the_length_and_the_classes_that_the_device_takes() {
        const ALL: [(&str, &str); 4] = [
            ("PwdUpperCaseRqd", "Enabled"),
            ("PwdLowerCaseRqd", "Enabled"),
            ("PwdDigitRqd", "Enabled"),
            ("PwdSpecialCharRqd", "Enabled"),
        ];
        for (name, rules, length, classes) in [
            ("as it is", rules(4, 32, &[]), 20, ""),
            ("nothing is said", rules(0, 0, &[]), 20, ""),
            ("a short one", rules(1, 8, &[]), 8, ""),
            ("a long one", rules(24, 64, &[]), 24, ""),
            ("a setting", rules(4, 32, &[("pwdminlen", "28")]), 28, ""),
            ("what is off", rules(4, 32, &[("PwdUpperCaseRqd", "Disabled")]), 20, ""),
            ("upper case", rules(4, 32, &[("PwdUpperCaseRqd", "Enabled")]), 20, "u"),
            ("strong", rules(4, 6, &[("StrongPassword", "Enabled")]), 8, "ul"),
            ("all classes", rules(4, 32, &ALL), 20, "ulds"),
            ("all classes in little room", rules(1, 4, &ALL), 4, "ulds"),
            ("a length that cannot be", rules(1, 100_000, &[("PwdMinLen", "99999")]), 256, ""),
        ] {
            for _ in 0..50 {
                let password = rules.generate().unwrap();
                assert_eq!(password.len(), length, "{name}");
                for (class, is_one) in [
                    ('u', u8::is_ascii_uppercase as fn(&u8) -> bool),
                    ('l', u8::is_ascii_lowercase),
                    ('d', u8::is_ascii_digit),
                    ('s', u8::is_ascii_punctuation),
                ] {
                    let has = password.bytes().any(|symbol| is_one(&symbol));
                    assert!(has || !classes.contains(class), "{name}: no {class}");
                    let is_extra = "us".contains(class) && !classes.contains(class);
                    assert!(!(has && is_extra), "{name}: {class} is not asked for");
                }
            }
        }
    }

    #[test]
    fn every_symbol_comes_and_no_password_comes_twice() {
        let drawn: Vec<_> = (0..500).map(|_| rules(4, 32, &[]).generate().unwrap()).collect();
        let symbols: BTreeSet<char> = drawn.iter().flat_map(|password| password.chars()).collect();
        assert_eq!(symbols.into_iter().collect::<String>(), "23456789bcdefghjklnprstuvx");
        let different: BTreeSet<&str> = drawn.iter().map(|password| password.as_str()).collect();
        assert_eq!(different.len(), drawn.len());
    }
}
