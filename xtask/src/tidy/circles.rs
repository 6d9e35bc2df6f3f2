//! Files of a crate import only files below them: there are no circles.
//!
//! Declaring a module and passing its names on with `pub use` is no use of it; a path through such a `pub use` leads
//! to the file that defines the item.

use std::collections::BTreeSet;

use super::Finding;
use super::file_graph::{self, Circle, Usage};
use super::modules::Modules;
use super::sources::Tree;

/// The circles that are honest recursion: their files, in order, and why none of them can lie above the others.
const RECURSIONS: &[Recursion] = &[
    (
        &[
            "crates/engine/src/context.rs",
            "crates/engine/src/handlers/behaviour.rs",
            "crates/engine/src/handlers/derived.rs",
            "crates/engine/src/handlers/job.rs",
            "crates/engine/src/handlers/mod.rs",
            "crates/engine/src/handlers/operation.rs",
        ],
        "a handler is given the context of the call, and may have other handlers do their part by it",
    ),
    (
        &[
            "crates/odata/src/payload/field.rs",
            "crates/odata/src/payload/form.rs",
            "crates/odata/src/payload/write.rs",
        ],
        "the template of a complex value stands inside the template of the entity that holds it",
    ),
    (
        &["crates/odata/src/query/options.rs", "crates/odata/src/query/select_expand.rs"],
        "an expanded navigation property has query options of its own, $expand among them",
    ),
];
/// The most files of a circle that is told with all its arrows.
const TOLD_WHOLE_MAX: usize = 3;

type Recursion = (&'static [&'static str], &'static str);

/// Finds circles that are no honest recursion, and listed recursions that are no more.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    check_except(tree, RECURSIONS)
}

fn check_except(tree: &Tree, recursions: &[Recursion]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut met = BTreeSet::new();
    for sources in tree.crates().into_values() {
        let modules = Modules::new(sources);
        for (source, error) in &modules.broken {
            let line = error.span().start().line;
            findings.push(Finding::new(source, line, format!("cannot be parsed: {error}")));
        }
        for circle in file_graph::circles(&modules) {
            match recursions.iter().position(|(files, _)| *files == circle.files) {
                Some(listed) => _ = met.insert(listed),
                None => findings.push(finding(&circle)),
            }
        }
    }
    let missed = recursions.iter().enumerate().filter(|(index, _)| !met.contains(index));
    findings.extend(missed.map(|(_, (files, _))| {
        let message = format!("lists a recursion that is no more: {}", files.join(", "));
        Finding::in_tree("xtask/src/tidy/circles.rs", message)
    }));
    findings
}

/// Says what ties the files of a circle: all arrows of a small one, of another those to turn around.
fn finding(circle: &Circle) -> Finding {
    let mut message = format!("a circle of {} files, tied by", circle.files.len());
    let is_small = circle.files.len() <= TOLD_WHOLE_MAX;
    for Usage { from, line, to, names, .. } in circle.arrows.iter().filter(|arrow| is_small || arrow.runs_up)
    {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        message += &format!("\n    {from}:{line} → {to}: {}", names.join(", "));
    }
    if !is_small {
        let others = circle.arrows.len() - circle.upward().count();
        message +=
            &format!("\n    and {others} arrows the other way; its files: {}", circle.files.join(", "));
    }
    Finding::in_tree(circle.files.first().copied().unwrap_or_default(), message)
}

#[cfg(test)]
mod tests {
    use super::super::tests::tree;
    use super::{Recursion, check_except};

    const A: (&str, &str) = ("crates/x/src/a.rs", "use crate::b::{B, C};");
    const B: (&str, &str) = ("crates/x/src/b.rs", "\nfn b() { crate::a::a() }");
    const LISTED: Recursion = (&["crates/x/src/a.rs", "crates/x/src/b.rs"], "one calls the other");

    fn found(files: &[(&str, &str)], recursions: &[Recursion]) -> Vec<String> {
        let files = [files, &[("crates/x/src/lib.rs", "mod a;")]].concat();
        let findings = check_except(&tree(&files), recursions).into_iter();
        findings.map(|found| format!("{}:{}: {}", found.path, found.line, found.message)).collect()
    }

    #[test]
    fn a_small_circle_is_told_with_its_arrows() {
        let expected = "crates/x/src/a.rs:0: a circle of 2 files, tied by\n    \
            crates/x/src/a.rs:1 → crates/x/src/b.rs: B, C\n    \
            crates/x/src/b.rs:2 → crates/x/src/a.rs: a";
        assert_eq!(found(&[A, B], &[]), [expected]);
    }

    #[test]
    fn a_large_circle_is_told_with_what_to_turn_around() {
        let files = [
            ("crates/x/src/a.rs", "use crate::b::B;"),
            ("crates/x/src/b.rs", "use crate::c::C;"),
            ("crates/x/src/c.rs", "use crate::d::{D, E};"),
            ("crates/x/src/d.rs", "use crate::a::{A, F};"),
            ("crates/x/src/e.rs", "use crate::a::A;"),
        ];
        let [told] = &found(&files, &[])[..] else { panic!("one circle") };
        assert_eq!(told.lines().filter(|line| line.contains(" → ")).count(), 1, "{told}");
        let last = "    and 3 arrows the other way; its files: \
            crates/x/src/a.rs, crates/x/src/b.rs, crates/x/src/c.rs, crates/x/src/d.rs";
        assert_eq!(told.lines().last(), Some(last));
    }

    #[test]
    fn a_listed_recursion_is_accepted_while_it_is_one() {
        let gone = "xtask/src/tidy/circles.rs:0: \
            lists a recursion that is no more: crates/x/src/a.rs, crates/x/src/b.rs";
        assert!(found(&[A, B], &[LISTED]).is_empty());
        assert_eq!(found(&[A], &[LISTED]), [gone]);
        let third = ("crates/x/src/c.rs", "use crate::a::a;");
        let larger = found(&[A, (B.0, "use crate::c::C;"), third], &[LISTED]);
        assert_eq!(larger.len(), 2, "{larger:?}");
        assert_eq!(larger[1], gone);
    }

    #[test]
    fn a_file_that_cannot_be_parsed_is_told_of() {
        let told = found(&[("crates/x/src/a.rs", "\nfn a( {}")], &[]);
        assert_eq!(told, ["crates/x/src/a.rs:2: cannot be parsed: cannot parse string into token stream"]);
    }
}
