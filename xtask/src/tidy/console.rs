//! The console's sources: each file says what it is for and stays small, and rooms import in one direction.

use super::Finding;
use super::sources::{Source, Tree};

const LINES_MAX: usize = 600;
/// The rooms of `console/src` that others build on, the lowest first. Any other room is a page.
const ROOMS: [&str; 6] = ["texts", "session", "graph", "shell", "grid", "assignment"];
/// The pages that show parts of another one: page, the other.
const PARTS_OF_OTHERS: [(&str, &str); 1] = [("overview", "devices")];

/// Checks the scripts of the console.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.files.iter().filter(|source| is_script(&source.path)) {
        if !source.text.starts_with("// ") {
            findings.push(Finding::new(source, 1, "the file must begin with `// ` and what it is for"));
        }
        let lines = source.text.lines().count();
        if lines > LINES_MAX {
            findings.push(Finding::new(source, LINES_MAX, format!("{lines} lines; at most {LINES_MAX}")));
        }
        check_imports(source, &mut findings);
    }
    findings
}

fn is_script(path: &str) -> bool {
    path.starts_with("console/") && [".ts", ".tsx", ".js"].iter().any(|ending| path.ends_with(ending))
}

fn check_imports(source: &Source, findings: &mut Vec<Finding>) {
    let Some((room, _)) = source.path.strip_prefix("console/src/").and_then(|path| path.split_once('/'))
    else {
        return;
    };
    for (index, line) in source.text.lines().enumerate() {
        let other =
            line.split_once("\"../").and_then(|(_, path)| path.split_once('/')).map(|(other, _)| other);
        if let Some(other) = other.filter(|other| !may_import(room, other)) {
            findings.push(Finding::new(source, index + 1, format!("'{room}' must not import '{other}'")));
        }
    }
}

fn may_import(room: &str, other: &str) -> bool {
    let floor = |name: &str| ROOMS.iter().position(|known| *known == name);
    match (floor(room), floor(other)) {
        (None, Some(_)) => true,
        (None, None) => room == other || PARTS_OF_OTHERS.contains(&(room, other)),
        (Some(_), None) => false,
        (Some(room), Some(other)) => other <= room,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::check;

    #[test]
    fn scripts_say_what_they_are_for_and_import_one_way() {
        let missing = ["1: the file must begin with `// ` and what it is for"];
        assert_eq!(found(check, "console/src/main.tsx", "import x;\n"), missing);
        assert!(found(check, "console/dist.css", "a {}\n").is_empty());
        for (room, import, expected) in [
            ("devices", "../graph/client", &[][..]),
            ("devices", "../texts", &[]),
            ("devices", "../texts/devices", &[]),
            ("overview", "../devices/view", &[]),
            ("grid", "../shell/Failure", &[]),
            ("graph", "../shell/Failure", &["2: 'graph' must not import 'shell'"]),
            ("shell", "../devices/view", &["2: 'shell' must not import 'devices'"]),
            ("devices", "../import/run", &["2: 'devices' must not import 'import'"]),
        ] {
            let text = format!("// Something.\nimport {{ a }} from \"{import}\";\n");
            assert_eq!(found(check, &format!("console/src/{room}/a.ts"), &text), expected, "{room} {import}");
        }
    }
}
