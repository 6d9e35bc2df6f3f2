//! The tables of docs/cctk.md are those of the code.

use cctk::{HAZARDS, Pattern, Rule};

const PAGE: &str = include_str!("../../../../docs/cctk.md");

/// Requires that the page has a table with this head and exactly these rows.
fn assert_table(head: &str, rows: &[String]) {
    let table = PAGE.split_once(head).unwrap_or_else(|| panic!("docs/cctk.md has no table {head}")).1;
    let found: Vec<&str> = table.lines().skip(2).take_while(|line| line.starts_with('|')).collect();
    assert_eq!(found, rows, "docs/cctk.md should say:\n{}\n", rows.join("\n"));
}

#[test]
fn the_rules() {
    let level = |rule: &Rule| if rule.is_error() { "error" } else { "warning" };
    let row = |rule: &Rule| format!("| `{}` | {} | {} |", rule.code(), level(rule), rule.remedy());
    assert_table("| code | level | what to do |", &Rule::ALL.iter().map(row).collect::<Vec<_>>());
}

#[test]
fn the_hazards() {
    let listed = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let told = |Pattern { names, values }: &Pattern| match values.is_empty() {
        true => format!("{} = any value", listed(names)),
        false => format!("{} = {}", listed(names), listed(values)),
    };
    let rows = HAZARDS.iter().map(|hazard| {
        let company = hazard.with.as_ref().map(|with| format!(", with {} in the same file", told(with)));
        let settings = told(&hazard.settings) + &company.unwrap_or_default();
        format!("| {settings} | `{}` | {} |", hazard.rule.code(), hazard.consequence)
    });
    assert_table("| setting | code | what it does |", &rows.collect::<Vec<_>>());
}
