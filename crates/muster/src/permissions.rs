//! `muster permissions`: every operation with the permissions that it takes, from the model.

use std::fmt::Write;

use odata::edm::{MatrixRow, Version};

use crate::command_line::PermissionsArguments;

/// The head of the page in the documentation, which this command writes.
const PAGE: &str = "\
# Permissions

For whoever grants permissions to people and tools: what each operation takes, written by `muster permissions --markdown` from the
model. Any one permission of a cell is enough; the first one is the least privileged. A dash means that no token of this kind may
call the operation. Who callers are, and what they are told if they lack a permission: [identity.md](identity.md).

| operation | version | people (`scp`) | applications (`roles`) |
|---|---|---|---|
";

/// The matrix of the model.
pub fn run(arguments: &PermissionsArguments) -> String {
    let model = domain::usual_model();
    let rows = model.permission_matrix();
    let text = match arguments.markdown {
        true => rows.iter().fold(PAGE.to_owned(), |page, row| page + &markdown(row)),
        false => rows.iter().map(lines).collect(),
    };
    text.trim_end().to_owned()
}

fn markdown(row: &MatrixRow<'_>) -> String {
    let cell = |names: &[&str]| match names {
        [] => "–".to_owned(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    };
    let (delegated, application) = (cell(&row.delegated), cell(&row.application));
    format!("| `{} {}` | {} | {delegated} | {application} |\n", row.method, row.path, versions(row))
}

fn lines(row: &MatrixRow<'_>) -> String {
    let mut text = format!("{} {} ({})\n", row.method, row.path, versions(row));
    for (kind, names) in [("delegated", &row.delegated), ("application", &row.application)] {
        let names = if names.is_empty() { "not supported".to_owned() } else { names.join(", ") };
        // Writing into a string cannot fail.
        let _ = writeln!(text, "  {kind}: {names}");
    }
    text
}

fn versions(row: &MatrixRow<'_>) -> String {
    row.versions.iter().map(|version: &Version| version.segment()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::run;
    use crate::command_line::PermissionsArguments;

    #[test]
    fn the_page_in_the_documentation_is_what_the_command_prints() {
        let page = include_str!("../../../docs/permissions.md");
        let printed = run(&PermissionsArguments { markdown: true });
        assert!(page.trim_end() == printed, "write docs/permissions.md with `muster permissions --markdown`");
    }
}
