//! The figures of a release note: how large files and functions are, and how much of the house is out of order.

use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, ItemFn, Signature, TraitItemFn};

use super::file_graph;
use super::files::{LINES_WARN, long_files};
use super::modules::Modules;
use super::sources::{Source, Tree};
use super::{doc_comments, type_names};

const HEADING: &str = "\
| crate | files | lines: median, p90, max | functions | lines: median, p90, max | circles | largest | upward imports | `unwrap_or_default()` |
|---|---|---|---|---|---|---|---|---|
";

/// A default in place of a value, which may hide that there must have been one.
const DEFAULT: &str = "unwrap_or_default()";

/// The figures of a crate, without its tests.
#[derive(Debug, Default, PartialEq)]
struct Figures {
    /// The lines of each file.
    files: Vec<usize>,
    /// The lines of each function that has a body.
    functions: Vec<usize>,
    /// The number of files in each circle.
    circles: Vec<usize>,
    /// The number of imports without which there would be no circle.
    upward: usize,
    /// The number of calls of `unwrap_or_default()`.
    defaults: usize,
}

/// The figures of all crates and of each, as Markdown.
pub(super) fn report(tree: &Tree) -> String {
    let mut all = Figures::default();
    let mut rows = String::new();
    for (folder, sources) in tree.crates() {
        let figures = Figures::of(&sources);
        rows += &figures.row(folder);
        all.add(figures);
    }
    format!(
        "{HEADING}{}{rows}\nFiles over {LINES_WARN} lines: {}. Names of several types: {}. Doc comments that say nothing: {}.\n",
        all.row("all"),
        long_files(tree).len(),
        type_names::check(tree).len(),
        doc_comments::check(tree).len(),
    )
}

impl Figures {
    fn of(sources: &[&Source]) -> Figures {
        let circles = file_graph::circles(&Modules::new(sources.iter().copied()));
        let defaults = sources.iter().map(|source| source.code_without_tests().matches(DEFAULT).count());
        Figures {
            files: sources.iter().map(|source| source.text.lines().count()).collect(),
            functions: sources.iter().flat_map(|source| function_lengths(source)).collect(),
            circles: circles.iter().map(|circle| circle.files.len()).collect(),
            upward: circles.iter().map(|circle| circle.upward().count()).sum(),
            defaults: defaults.sum(),
        }
    }

    fn add(&mut self, other: Figures) {
        self.files.extend(other.files);
        self.functions.extend(other.functions);
        self.circles.extend(other.circles);
        self.upward += other.upward;
        self.defaults += other.defaults;
    }

    fn row(&self, name: &str) -> String {
        format!(
            "| {name} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            self.files.len(),
            spread(&self.files),
            self.functions.len(),
            spread(&self.functions),
            self.circles.len(),
            self.circles.iter().max().unwrap_or(&0),
            self.upward,
            self.defaults,
        )
    }
}

/// The median, the 90th percentile and the maximum.
fn spread(numbers: &[usize]) -> String {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    let [median, p90, max] = [50, 90, 100].map(|percent| {
        let rank = (sorted.len() * percent).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0)
    });
    format!("{median}, {p90}, {max}")
}

/// The lines of each function with a body, from `fn` to its last brace.
fn function_lengths(source: &Source) -> Vec<usize> {
    let mut functions = Functions::default();
    if let Ok(file) = source.syntax_without_tests() {
        functions.visit_file(&file);
    }
    functions.lengths
}

#[derive(Default)]
struct Functions {
    lengths: Vec<usize>,
}

impl Functions {
    fn measure(&mut self, signature: &Signature, body: &Block) {
        let first = signature.fn_token.span.start().line;
        self.lengths.push(body.brace_token.span.close().end().line - first + 1);
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(body) = &function.default {
            self.measure(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::tree;
    use super::{Figures, report, spread};

    #[test]
    fn a_crate_is_measured_without_its_tests() {
        let tree = tree(&[
            (
                "crates/a/src/lib.rs",
                "mod b;\nmod c;\nfn one() {}\ntrait T {\n fn two() {\n }\n fn none();\n}\n",
            ),
            ("crates/a/src/b.rs", "use crate::c::C;\nstruct B(C);\nfn f() { x.unwrap_or_default() }\n"),
            (
                "crates/a/src/c.rs",
                "struct C(crate::b::B);\nimpl C {\n    /// Text.\n    pub fn three(\n    ) {\n    }\n}\n\
                 #[cfg(test)]\nmod tests {\n    fn t() { x.unwrap_or_default() }\n}\n",
            ),
            ("crates/a/tests/t.rs", "fn t() {}\n"),
        ]);
        let figures = Figures::of(&tree.crates()["crates/a"]);
        let expected = Figures {
            files: vec![8, 3, 11],
            functions: vec![1, 2, 1, 3],
            circles: vec![2],
            upward: 1,
            defaults: 1,
        };
        assert_eq!(figures, expected);
    }

    #[test]
    fn a_spread_has_ranks() {
        let hundred: Vec<usize> = (1..=100).rev().collect();
        for (numbers, expected) in
            [(&[][..], "0, 0, 0"), (&[7], "7, 7, 7"), (&[3, 1, 2], "2, 3, 3"), (&hundred, "50, 90, 100")]
        {
            assert_eq!(spread(numbers), expected, "{numbers:?}");
        }
    }

    #[test]
    fn a_report_has_all_crates_and_each() {
        let one = "/// The one that counts.\nstruct One;\n";
        let tree = tree(&[("crates/odata/src/lib.rs", one), ("crates/store/src/lib.rs", one)]);
        let report = report(&tree);
        let rows: Vec<&str> = report.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| all | 2 | 2, 2, 2 | 0 | 0, 0, 0 | 0 | 0 | 0 | 0 |",
                "| crates/odata | 1 | 2, 2, 2 | 0 | 0, 0, 0 | 0 | 0 | 0 | 0 |",
                "| crates/store | 1 | 2, 2, 2 | 0 | 0, 0, 0 | 0 | 0 | 0 | 0 |",
                "",
                "Files over 300 lines: 0. Names of several types: 1. Doc comments that say nothing: 0.",
            ]
        );
    }
}
