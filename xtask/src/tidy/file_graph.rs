//! The files of a crate as a graph: who uses what of whom, and which files go in circles.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use super::layers;
use super::modules::{Arrow, Modules};

/// The cost of an arrow that runs up, beside one for each name: fewer arrows count more than fewer names.
const COST_OF_ARROW: usize = 1_000;

/// Several files that each lead to all others.
pub(super) struct Circle<'t> {
    /// Their paths, sorted.
    pub files: Vec<&'t str>,
    pub arrows: Vec<Usage<'t>>,
}

/// All that one file uses of another.
#[derive(Clone)]
pub(super) struct Usage<'t> {
    pub from: &'t str,
    /// The first line that uses anything.
    pub line: usize,
    pub to: &'t str,
    pub names: BTreeSet<String>,
    /// Whether it closes a circle: without these few arrows each file has its place above those it uses.
    pub runs_up: bool,
}

impl<'t> Circle<'t> {
    /// The arrows without which this is no circle.
    pub fn upward(&self) -> impl Iterator<Item = &Usage<'t>> {
        self.arrows.iter().filter(|arrow| arrow.runs_up)
    }
}

/// The circles of a crate's files, the largest first.
pub(super) fn circles<'t>(modules: &Modules<'t>) -> Vec<Circle<'t>> {
    let usages = usages(modules);
    let graph = DiGraphMap::<&str, ()>::from_edges(usages.iter().map(|arrow| (arrow.from, arrow.to)));
    let mut circles = Vec::new();
    for mut files in tarjan_scc(&graph).into_iter().filter(|files| files.len() > 1) {
        files.sort_unstable();
        let inside = |arrow: &Usage| files.contains(&arrow.from) && files.contains(&arrow.to);
        let mut arrows: Vec<Usage> = usages.iter().filter(|arrow| inside(arrow)).cloned().collect();
        mark_upward(&files, &mut arrows);
        circles.push(Circle { files, arrows });
    }
    circles.sort_by_key(|circle| (Reverse(circle.files.len()), circle.files.first().copied()));
    circles
}

fn usages<'t>(modules: &Modules<'t>) -> Vec<Usage<'t>> {
    let mut usages: BTreeMap<(&str, &str), Usage> = BTreeMap::new();
    for Arrow { from, line, to, name } in modules.arrows() {
        let (from, to) = (&*from.path, &*to.path);
        let new = || Usage { from, line, to, names: BTreeSet::new(), runs_up: false };
        let usage = usages.entry((from, to)).or_insert_with(new);
        usage.line = usage.line.min(line);
        usage.names.insert(name);
    }
    usages.into_values().collect()
}

/// Marks few arrows, and of few names, so that the others close no circle.
fn mark_upward(files: &[&str], arrows: &mut [Usage]) {
    let index = |file| files.iter().position(|other| *other == file);
    let mut costs = vec![vec![0; files.len()]; files.len()];
    for arrow in &*arrows {
        if let (Some(from), Some(to)) = (index(arrow.from), index(arrow.to)) {
            costs[from][to] = COST_OF_ARROW + arrow.names.len();
        }
    }
    let floors = layers::floors(&costs);
    let floor = |file| index(file).map(|index| floors[index]);
    for arrow in arrows {
        arrow.runs_up = floor(arrow.from) < floor(arrow.to);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::tree;
    use super::*;

    /// The circles of a crate, each as its arrows, without the crate's folder.
    fn arrows(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let root =
            [("lib.rs", "mod a;")].into_iter().filter(|(root, _)| files.iter().all(|(path, _)| path != root));
        let files: Vec<(String, &str)> = files
            .iter()
            .copied()
            .chain(root)
            .map(|(path, text)| (format!("crates/x/src/{path}"), text))
            .collect();
        let tree = tree(&files.iter().map(|(path, text)| (&**path, *text)).collect::<Vec<_>>());
        let modules = Modules::new(tree.crates().into_values().flatten());
        assert!(modules.broken.is_empty(), "{:?}", modules.broken[0].1);
        let short = |path: &str| path.trim_start_matches("crates/x/src/").trim_end_matches(".rs").to_owned();
        let told = |arrow: &Usage| {
            let names: Vec<&str> = arrow.names.iter().map(String::as_str).collect();
            format!("{} → {}: {}", short(arrow.from), short(arrow.to), names.join(", "))
        };
        circles(&modules).iter().map(|circle| circle.arrows.iter().map(told).collect()).collect()
    }

    #[test]
    fn files_in_no_circle() {
        for (case, files) in [
            ("one direction", &[("a.rs", "use crate::b::B;"), ("b.rs", "struct B;")][..]),
            ("a module's declaration", &[("lib.rs", "mod a;\nstruct B;"), ("a.rs", "use super::B;")]),
            (
                "a name that the parent passes on",
                &[
                    ("room/mod.rs", "mod a;\nmod b;\npub use a::A;\npub(crate) use self::b::{B as Other};"),
                    ("room/a.rs", "use super::Other;\nstruct A(Other);"),
                    ("room/b.rs", "struct B;"),
                ],
            ),
            (
                "a name that is passed on several times, in a glob too",
                &[
                    ("lib.rs", "pub use room::*;"),
                    ("room/mod.rs", "pub use inner::B;"),
                    ("room/inner/mod.rs", "pub use b::B;"),
                    ("room/inner/b.rs", "struct B;"),
                    ("room/a.rs", "use crate::B;\nuse crate::room::B as C;"),
                ],
            ),
            (
                "a use by tests",
                &[
                    ("a.rs", "use crate::b::B;\nstruct A;"),
                    ("b.rs", "#[cfg(test)]\nuse crate::a::A;\n#[cfg(test)]\nmod tests { use crate::a::A; }"),
                ],
            ),
            (
                "a use by files of tests",
                &[
                    ("a/mod.rs", "#[cfg(test)]\nmod sample;\nuse crate::b::B;"),
                    ("a/sample.rs", "use super::A;"),
                    ("b.rs", "#[cfg(test)]\nmod tests;\nstruct B;"),
                    ("b/tests.rs", "use crate::a::A;"),
                ],
            ),
            (
                "a name of another crate, in a comment, in a literal, of a field",
                &[
                    ("a.rs", "use crate::b::f;\nstruct A;"),
                    ("b.rs", "use a::A;\n// crate::a::A\nfn f() { g!(\"crate::a::A\", ::a::A, a.A) }"),
                ],
            ),
            (
                "a module in braces",
                &[("lib.rs", "mod s { pub trait S {} }\nuse s::S;\nuse a::A;"), ("a.rs", "struct A;")],
            ),
            (
                "names that lead nowhere",
                &[(
                    "a.rs",
                    "use b::b;\nuse self::c;\nuse c as b;\npub use super::a::*;\nuse super::super::d;",
                )],
            ),
        ] {
            assert_eq!(arrows(files), [[""; 0]; 0], "{case}");
        }
    }

    #[test]
    fn two_files_in_a_circle() {
        for (case, a, c, names) in [
            ("imports", "use crate::b::c::C;\nstruct A;", "use crate::a::A;\nstruct C;", ["C", "A"]),
            (
                "groups",
                "use crate::{x, b::{y, c::{C, D}}};\nfn a() {}",
                "use super::super::{a::{self}};\nfn c() { a::a() }\nstruct C;\nstruct D;",
                ["C, D", "a"],
            ),
            (
                "the parent's parent",
                "use crate::b::c::C;\nstruct A;",
                "use super::super::a::A;\nstruct C;",
                ["C", "A"],
            ),
            (
                "renamed",
                "use crate::b::c as d;\nfn a() { d::c() }",
                "use crate::a as b;\nfn c() { b::a() }",
                ["c", "a"],
            ),
            ("expressions", "fn a() { crate::b::c::c() }", "fn c() { super::super::a::a(1) }", ["c", "a"]),
            ("types", "struct A(Vec<crate::b::c::C>);", "trait C { fn c<T: crate::a::A>(); }", ["C", "A"]),
            (
                "macros",
                "fn a() { json!({ \"c\": [crate::b::c::C::new(), 1] }) }\nstruct A;",
                "macro_rules! C { () => { $crate::a::A } }",
                ["C", "A"],
            ),
            (
                "variants",
                "use crate::b::c::C::*;\nenum A {}",
                "enum C {}\nfn f() { crate::a::A::X }",
                ["C", "A"],
            ),
            ("implementations", "struct A(crate::b::c::C);", "impl crate::a::A {}\nstruct C;", ["C", "A"]),
            (
                "what macros make",
                "ids! { A }\nuse crate::b::c::C;",
                "use crate::a::A;\nids! { C }",
                ["C", "A"],
            ),
            (
                "within a function",
                "fn a() { use crate::b::c; c::c(); }",
                "fn c() { use crate::a::*; a() }",
                ["c", "a"],
            ),
            (
                "a function with the name of its module",
                "use crate::b::c::c;\nfn a() {}",
                "use crate::a;\nfn c() { a::a() }",
                ["c", "a"],
            ),
        ] {
            let found = arrows(&[("a.rs", a), ("b/mod.rs", "pub mod c;"), ("b/c.rs", c)]);
            let expected = [format!("a → b/c: {}", names[0]), format!("b/c → a: {}", names[1])];
            assert_eq!(found, [expected], "{case}");
        }
    }

    #[test]
    fn a_parent_that_uses_its_own_modules() {
        let child = ("room/a.rs", "use super::Bound;\nstruct A(Bound);\nfn a() {}");
        for (parent, expected) in [
            ("use a::A;\nstruct Bound(A);", "room/mod → room/a: A"),
            ("pub use a::A;\nstruct Bound(A);", "room/mod → room/a: A"),
            ("mod a;\nfn f() { a::a() }\nstruct Bound;", "room/mod → room/a: a"),
        ] {
            assert_eq!(arrows(&[("room/mod.rs", parent), child]), [["room/a → room/mod: Bound", expected]]);
        }
        assert!(arrows(&[("room/mod.rs", "mod a;\npub use a::A;\nstruct Bound;"), child]).is_empty());
    }

    #[test]
    fn three_files_in_a_circle_beside_two() {
        let found = arrows(&[
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "use crate::c::C;\nuse crate::d::D;"),
            ("c.rs", "use crate::a::A;"),
            ("d.rs", "use crate::e::E;"),
            ("e.rs", "use crate::d::D;"),
        ]);
        assert_eq!(found, [vec!["a → b: B", "b → c: C", "c → a: A"], vec!["d → e: E", "e → d: D"]]);
    }

    #[test]
    fn what_runs_up_is_of_few_names() {
        let tree = tree(&[
            ("crates/x/src/lib.rs", "use a::{A, B};\nstruct C;"),
            ("crates/x/src/a.rs", "use super::C;\nstruct A;\nstruct B;"),
        ]);
        let circles = circles(&Modules::new(tree.crates().into_values().flatten()));
        let upward: Vec<&str> = circles[0].upward().map(|arrow| arrow.from).collect();
        assert_eq!(upward, ["crates/x/src/a.rs"]);
    }
}
