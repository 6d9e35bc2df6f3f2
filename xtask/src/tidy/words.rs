//! Device words stay in the model and in domain, so that everything else serves any vocabulary.

use super::Finding;
use super::sources::Tree;

/// Words of the vocabulary, matched anywhere and in any case.
const WORDS: [&str; 7] = ["autopilot", "bios", "cctk", "device", "firmware", "hardware", "laptop"];
/// The crates that know the grammar only.
const GENERIC: [&str; 5] =
    ["crates/odata/", "crates/store/", "crates/engine/", "crates/server/", "crates/muster/"];
/// Where a file of these crates may say such a word after all: path, what it says, why.
const ALLOWED: &[(&str, &str, &str)] = &[
    ("crates/", "device word", "the name of this rule, in descriptions of what a crate keeps out"),
    ("crates/odata/src/lib.rs", "word of devices", "the same"),
    ("crates/server/src/dev_issuer/", "device code", "OAuth's term for a way to sign in"),
    ("crates/server/src/dev_issuer/", "device_code", "the same"),
    ("crates/server/src/dev_issuer/", "devicecode", "the same"),
    ("crates/server/src/dev_issuer/", "device_authorization", "the same"),
    ("crates/server/src/dev_issuer/", "device flow", "the same, in Entra's words"),
    ("crates/server/src/dev_issuer/", "deviceauth", "Entra's path of the page where the code is typed"),
    ("crates/server/src/dev_issuer/", "code of a device", "the label of a field of that page"),
    (
        "crates/server/src/config.rs",
        "autopilot",
        "a table of the file that is passed on to the domain as it is",
    ),
    ("crates/server/src/config.rs", "firmware", "the same"),
    ("crates/muster/", "cctk", "a kind of file, and the crate that reads it"),
    (
        "crates/muster/src/",
        "simulatedfirmware",
        "what a command simulates, and a type of the crate that does it",
    ),
    ("crates/muster/src/", "firmware-attributes", "the kernel's name of a class, and so of a folder"),
    (
        "crates/muster/src/command_line.rs",
        "device-management part of microsoft graph",
        "what --help says this is",
    ),
    (
        "crates/muster/src/",
        "hardware hash",
        "the subject of a command, which prints what the domain says of it",
    ),
    ("crates/muster/src/", "hardware_hash", "the same, in the domain"),
    ("crates/muster/src/", "hardwarehash", "the same"),
    ("crates/muster/src/", "smbios", "the name of a standard, for a record of a hash"),
    (
        "crates/muster/src/",
        "list of devices",
        "the subject of a command, which prints what the domain says of it",
    ),
    ("crates/muster/src/", "device_list", "the same, in the domain"),
];

/// Finds device words in the sources and migrations of the generic crates.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.files {
        let generic = GENERIC.iter().any(|folder| source.path.starts_with(folder));
        // Tests of a whole crate speak of what they test: the model that ships.
        let test = source.path.contains("/tests/");
        if !generic || test || source.path.ends_with(".md") {
            continue;
        }
        for (index, line) in source.text.lines().enumerate() {
            let allowed = ALLOWED.iter().filter(|(path, ..)| source.path.starts_with(path));
            let line = allowed.fold(line.to_ascii_lowercase(), |line, (_, text, _)| line.replace(text, ""));
            for word in WORDS.iter().filter(|word| line.contains(**word)) {
                findings.push(Finding::new(
                    source,
                    index + 1,
                    format!("'{word}' belongs to model/ or domain"),
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::check;

    #[test]
    fn generic_crates_say_no_device_word() {
        for (path, text, expected) in [
            (
                "crates/store/src/a.rs",
                "let deviceName = 1;",
                &["1: 'device' belongs to model/ or domain"][..],
            ),
            (
                "crates/odata/src/a.rs",
                "\n// as Autopilot has it",
                &["2: 'autopilot' belongs to model/ or domain"],
            ),
            (
                "crates/store/migrations/V1.sql",
                "create table bios",
                &["1: 'bios' belongs to model/ or domain"],
            ),
            ("crates/engine/src/a.rs", "let bios = 1;", &["1: 'bios' belongs to model/ or domain"]),
            ("crates/server/src/lib.rs", "//! HTTP. No device word.", &[]),
            ("crates/domain/src/a.rs", "let device = 1;", &[]),
            ("crates/odata/tests/a.rs", "let device = 1;", &[]),
            ("model/a.csdl.xml", "<device/>", &[]),
        ] {
            assert_eq!(found(check, path, text), expected, "{path}: {text}");
        }
    }
}
