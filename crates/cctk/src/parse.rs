//! Reads a file strictly: every mistake is told, with line and column.

use crate::encoding::decode;
use crate::file::{File, Line, Setting, shown};
use crate::finding::{FINDINGS_MAX, Finding, Position, Rule};
use crate::name::may_repeat;

const SECTION: &str = "[cctk]";

impl File {
    /// Reads a file. The error is what is wrong with it, in the order of its lines.
    pub fn parse(bytes: &[u8]) -> Result<File, Vec<Finding>> {
        let text = decode(bytes).map_err(|finding| vec![finding])?;
        let mut lines = Vec::new();
        let mut has_section = false;
        let mut findings = Vec::new();
        // A line break at the end ends the last line, and begins no other.
        for (index, text) in text.strip_suffix('\n').unwrap_or(&text).split('\n').enumerate() {
            let text = text.strip_suffix('\r').unwrap_or(text);
            match line(index + 1, text, has_section) {
                Ok(line) => {
                    has_section |= line == Line::Section;
                    lines.push(line);
                }
                Err(finding) if findings.len() < FINDINGS_MAX => findings.push(finding),
                Err(_) => break,
            }
        }
        let file = File { lines };
        findings.extend(contradictions(&file));
        // With its section a file without settings is one that changes nothing.
        if findings.is_empty() && !has_section && file.settings().next().is_none() {
            let at_start = Position { line: 1, column: 1 };
            let cause = "the file has neither the section [cctk] nor a setting";
            findings.push(Finding::new(at_start, Rule::NoSettings, cause));
        }
        findings.sort_by_key(|finding| finding.position);
        findings.truncate(FINDINGS_MAX);
        if findings.is_empty() { Ok(file) } else { Err(findings) }
    }
}

fn line(number: usize, text: &str, has_section: bool) -> Result<Line, Finding> {
    let at = |byte: usize| Position { line: number, column: text[..byte].chars().count() + 1 };
    if let Some((byte, control)) = text.char_indices().find(|(_, c)| c.is_control() && *c != '\t') {
        let cause = format!("the character U+{:04X} is no text", u32::from(control));
        return Err(Finding::new(at(byte), Rule::ControlCharacter, cause));
    }
    let start = text.len() - text.trim_start().len();
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Ok(Line::Blank);
    }
    if let Some(comment) = trimmed.strip_prefix(';') {
        return Ok(Line::Comment(comment.to_owned()));
    }
    if trimmed.starts_with('[') {
        return match (trimmed.eq_ignore_ascii_case(SECTION), has_section) {
            (true, false) => Ok(Line::Section),
            (true, true) => Err(Finding::new(at(start), Rule::Section, "the section [cctk] begins again")),
            (false, _) => {
                let cause = format!("{} is not the section {SECTION}", shown(trimmed));
                Err(Finding::new(at(start), Rule::Section, cause))
            }
        };
    }
    let Some(equals) = text.find('=') else {
        // The first word only: what follows may be a password.
        let word = trimmed.split_whitespace().next().unwrap_or_default();
        let cause = format!("the line that begins with {} has no '='", shown(word));
        return Err(Finding::new(at(start), Rule::NoEquals, cause));
    };
    let dashes = if trimmed.starts_with("--") { 2 } else { 0 };
    let (name_start, name) = trimmed_at(start + dashes, &text[start + dashes..equals]);
    let (value_start, value) = trimmed_at(equals + 1, &text[equals + 1..]);
    if !is_name(name) {
        let cause = format!("{} is no name of a setting", shown(name));
        return Err(Finding::new(at(name_start), Rule::BadName, cause));
    }
    Ok(Line::Setting(Setting {
        name: name.to_owned(),
        value: value.to_owned(),
        position: at(name_start),
        value_position: at(value_start),
    }))
}

/// A text without the blanks around it, and where it begins, given where the text itself begins.
fn trimmed_at(at: usize, text: &str) -> (usize, &str) {
    (at + text.len() - text.trim_start().len(), text.trim())
}

/// Whether a setting may have this name: printable ASCII that begins with a letter or digit.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.chars().all(|letter| letter.is_ascii_graphic() || letter == ' ')
}

/// What stands twice with different values.
fn contradictions(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for settings in file.by_name() {
        let Some((first, others)) = settings.split_first() else { continue };
        if may_repeat(&first.name) {
            continue;
        }
        for setting in others.iter().filter(|other| !other.value.eq_ignore_ascii_case(&first.value)) {
            let (here, before) = (setting.shown_value(), first.shown_value());
            let cause = format!("{} is {here} here and {before} in {}", setting.name, first.position);
            findings.push(Finding::new(setting.position, Rule::Contradiction, cause));
        }
    }
    findings
}
