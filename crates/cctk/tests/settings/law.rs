//! What is written is read back the same, and what was read is written the same.

use cctk::{File, Line, Setting, compare};
use proptest::prelude::*;

/// A line as somebody could have written it, and what it is.
fn line() -> impl Strategy<Value = (String, Line)> {
    let blank = "[ \t]{0,3}".prop_map(|text| (text, Line::Blank));
    let comment = ("[ \t]{0,2}", "([!-~ ä€]{0,20}[!-~ä€])?")
        .prop_map(|(indent, text)| (format!("{indent};{text}"), Line::Comment(text)));
    let name = "[A-Za-z0-9]([A-Za-z0-9_.:,+ -]{0,12}[A-Za-z0-9])?";
    let value = "([!-~ä€]([!-~ ä€]{0,20}[!-~ä€])?)?";
    let setting = ("[ \t]{0,2}", prop::bool::ANY, name, "[ \t]{0,2}", value, "[ \t]{0,2}").prop_map(
        |(indent, has_dashes, name, around, value, after)| {
            let dashes = if has_dashes { "--" } else { "" };
            let text = format!("{indent}{dashes}{name}{around}={around}{value}{after}");
            let at = cctk::Position { line: 0, column: 0 };
            (text, Line::Setting(Setting { name, value, position: at, value_position: at }))
        },
    );
    prop_oneof![1 => blank, 2 => comment, 6 => setting]
}

/// A line without its places.
fn placeless(line: &Line) -> Line {
    match line {
        Line::Setting(Setting { name, value, .. }) => {
            let at = cctk::Position { line: 0, column: 0 };
            Line::Setting(Setting {
                name: name.clone(),
                value: value.clone(),
                position: at,
                value_position: at,
            })
        }
        line => line.clone(),
    }
}

proptest! {
    #[test]
    fn parse_and_write_are_inverse(
        lines in prop::collection::vec(line(), 1..30),
        section in prop::option::of(0..30_usize),
        end in prop_oneof![Just("\n"), Just("\r\n")],
    ) {
        let mut lines = lines;
        if let Some(section) = section {
            lines.insert(section.min(lines.len()), ("[cctk]".to_owned(), Line::Section));
        }
        // One line of each name: what stands twice is another test's.
        let mut seen = std::collections::HashSet::new();
        lines.retain(|(_, line)| match line {
            Line::Setting(setting) => seen.insert(setting.name.to_ascii_lowercase()),
            _ => true,
        });
        prop_assume!(!seen.is_empty());
        let text: String = lines.iter().map(|(text, _)| format!("{text}{end}")).collect();
        let file = File::parse(text.as_bytes()).map_err(|findings| TestCaseError::fail(format!("{text:?}: {findings:?}")))?;
        let read: Vec<Line> = file.lines().iter().map(placeless).collect();
        let meant: Vec<Line> = lines.into_iter().map(|(_, line)| line).collect();
        prop_assert_eq!(&read, &meant);
        let written = file.to_string();
        let again = File::parse(written.as_bytes()).unwrap();
        prop_assert_eq!(again.lines().iter().map(placeless).collect::<Vec<_>>(), meant);
        prop_assert_eq!(again.to_string(), written);
        prop_assert!(compare(&file, &again).is_empty());
    }

    #[test]
    fn no_bytes_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(file) = File::parse(&bytes) {
            prop_assert!(File::parse(file.to_string().as_bytes()).is_ok());
        }
    }
}
