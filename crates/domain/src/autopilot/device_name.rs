//! The rules of device names, and of the templates by which profiles name their devices.

/// The number of characters that a name may have.
const NAME_MAX: usize = 15;
/// The number of characters that a template may have beside a serial number.
const BESIDE_SERIAL_MAX: usize = 7;

/// The fault of a device's name, as the end of a sentence that begins with it.
pub(super) fn name_fault(name: &str) -> Option<String> {
    if name.chars().count() > NAME_MAX {
        return Some(format!("has more than {NAME_MAX} characters"));
    }
    if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some("has digits only".to_owned());
    }
    character_fault(name)
}

/// The fault of a profile's template of names, as the end of such a sentence.
pub(super) fn template_fault(template: &str) -> Option<String> {
    let (literal, macros) = parts(template);
    if let Some(wrong) = character_fault(&literal) {
        return Some(wrong);
    }
    let length = literal.len();
    match macros.as_slice() {
        [] => name_fault(template),
        [NameMacro::Serial] if length > BESIDE_SERIAL_MAX => {
            Some(format!("has more than {BESIDE_SERIAL_MAX} characters beside %SERIAL%"))
        }
        [NameMacro::Random(0)] => Some("has a %RAND:x% without digits".to_owned()),
        [NameMacro::Random(digits)] if length.saturating_add(*digits) > NAME_MAX => {
            Some(format!("gives names of more than {NAME_MAX} characters"))
        }
        [NameMacro::Random(_)] if literal.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some("gives names of digits only".to_owned())
        }
        [_] => None,
        _ => Some("has more than one of %SERIAL% and %RAND:x%".to_owned()),
    }
}

/// A macro of a template, which stands for a part of the name.
enum NameMacro {
    Serial,
    Random(usize),
}

/// A template's own characters, and its macros.
fn parts(template: &str) -> (String, Vec<NameMacro>) {
    let (mut literal, mut macros, mut rest) = (String::new(), Vec::new(), template);
    while let Some(at) = rest.find('%') {
        literal.push_str(&rest[..at]);
        let found = rest[at + 1..].split_once('%').and_then(|(name, after)| Some((name_macro(name)?, after)));
        match found {
            Some((found, after)) => {
                macros.push(found);
                rest = after;
            }
            None => {
                literal.push('%');
                rest = &rest[at + 1..];
            }
        }
    }
    literal.push_str(rest);
    (literal, macros)
}

fn name_macro(name: &str) -> Option<NameMacro> {
    if name.eq_ignore_ascii_case("SERIAL") {
        return Some(NameMacro::Serial);
    }
    let (random, digits) = name.split_once(':')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // What is no number of the machine's is too many as well.
    let digits = is_number.then(|| digits.parse().unwrap_or(usize::MAX))?;
    random.eq_ignore_ascii_case("RAND").then_some(NameMacro::Random(digits))
}

fn character_fault(text: &str) -> Option<String> {
    let is_fine = |character: char| character.is_ascii_alphanumeric() || character == '-';
    let wrong = text.chars().find(|character| !is_fine(*character))?;
    Some(format!("has {wrong:?}, and may have letters, digits and hyphens only"))
}

#[cfg(test)]
mod tests {
    use super::{name_fault, template_fault};

    #[test]
    fn names_follow_the_rules() {
        for (name, part) in [
            ("", None),
            ("PC-1", None),
            ("ABCDEFGHIJKLMNO", None),
            ("ABCDEFGHIJKLMNOP", Some("15 characters")),
            ("12345", Some("digits only")),
            ("PC 1", Some("' '")),
            ("PÖ", Some("'Ö'")),
        ] {
            let found = name_fault(name);
            assert_eq!(found.is_some(), part.is_some(), "{name}: {found:?}");
            assert!(found.unwrap_or_default().contains(part.unwrap_or_default()), "{name}");
        }
    }

    #[test]
    fn templates_follow_the_rules() {
        for (template, part) in [
            ("", None),
            ("PC", None),
            ("%SERIAL%", None),
            ("Berlin-%serial%", None),
            ("Hamburg-%SERIAL%", Some("7 characters")),
            ("PC-%RAND:4%", None),
            ("Hamburg-PC-%RAND:4%", None),
            ("Hamburg-PC-1%RAND:4%", Some("more than 15")),
            ("12%RAND:4%", Some("digits only")),
            ("%RAND:15%", Some("digits only")),
            ("%RAND:16%", Some("more than 15")),
            ("PC%RAND:99999999999999999999%", Some("more than 15")),
            ("PC%RAND:%", Some("'%'")),
            ("PC%RAND:+4%", Some("'%'")),
            ("PC%RAND:0%", Some("without digits")),
            ("PC%RAND:x%", Some("'%'")),
            ("PC%SERIAL", Some("'%'")),
            ("PC%SERIAL%%RAND:2%", Some("more than one")),
            ("123", Some("digits only")),
            ("Device Name Template value", Some("' '")),
        ] {
            let found = template_fault(template);
            assert_eq!(found.is_some(), part.is_some(), "{template}: {found:?}");
            assert!(
                found.clone().unwrap_or_default().contains(part.unwrap_or_default()),
                "{template}: {found:?}"
            );
        }
    }
}
