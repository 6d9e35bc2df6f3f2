//! The target that reads files of BIOS settings.

use cctk::{File, compare, fwupd_policy, lint};

/// A file: what is taken is written and read back as the same settings; what is not is told of in the order of its lines.
pub fn cctk(data: &[u8]) {
    let file = match File::parse(data) {
        Ok(file) => file,
        Err(findings) => {
            assert!(
                !findings.is_empty() && findings.is_sorted_by_key(|finding| finding.position),
                "{findings:?}"
            );
            assert!(findings.iter().all(|finding| finding.rule.is_error()), "{findings:?}");
            return;
        }
    };
    let written = file.to_string();
    let read = File::parse(written.as_bytes()).expect("what was written can be read");
    assert_eq!(read.to_string(), written);
    assert!(compare(&file, &read).is_empty() && compare(&read, &file).is_empty());
    let (rules, rules_again) = (lint(&file), lint(&read));
    assert!(rules.iter().map(|finding| finding.rule).eq(rules_again.iter().map(|finding| finding.rule)));
    assert!(fwupd_policy(&file).settings.len() <= file.by_name().len());
}
