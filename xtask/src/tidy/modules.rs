//! The modules of a crate, and which of them defines what a path names.

use std::collections::BTreeMap;

use super::declarations::{self, Declarations, Path};
use super::sources::Source;

/// The modules of one crate, by their paths below the crate.
pub(super) struct Modules<'t> {
    modules: BTreeMap<Path, Module<'t>>,
    /// The files whose syntax is broken, and how.
    pub broken: Vec<(&'t Source, syn::Error)>,
}

struct Module<'t> {
    source: &'t Source,
    declarations: Declarations,
}

/// The file that a path leads to from another file of its crate.
pub(super) struct Arrow<'t> {
    pub from: &'t Source,
    pub line: usize,
    pub to: &'t Source,
    /// The name of the item.
    pub name: String,
}

/// The meaning of a path.
enum Target {
    Module(Path),
    Item { module: Path, name: String },
}

impl<'t> Modules<'t> {
    /// The modules of the files of one crate, without tests.
    pub fn new(sources: impl IntoIterator<Item = &'t Source>) -> Modules<'t> {
        let mut found = Modules { modules: BTreeMap::new(), broken: Vec::new() };
        for source in sources {
            match source.syntax_without_tests() {
                Ok(file) => {
                    let of_file = declarations::of_file(&file, module_path(source));
                    let modules = of_file
                        .into_iter()
                        .map(|(path, declarations)| (path, Module { source, declarations }));
                    found.modules.extend(modules);
                }
                Err(error) => found.broken.push((source, error)),
            }
        }
        found
    }

    /// What each file uses of the others.
    pub fn arrows(&self) -> Vec<Arrow<'t>> {
        let mut arrows = Vec::new();
        for (path, module) in &self.modules {
            for mention in &module.declarations.mentions {
                let target = self.resolve(path, &mention.path, &mut Vec::new());
                let Some(Target::Item { module: definer, name }) = target else { continue };
                let Some(Module { source: to, .. }) = self.modules.get(&definer) else { continue };
                // A module that only passes on what its own modules define does not use it.
                let passes_on = mention.is_re_export && definer.starts_with(path);
                if !passes_on && to.path != module.source.path {
                    arrows.push(Arrow { from: module.source, line: mention.line, to, name });
                }
            }
        }
        arrows
    }

    /// The meaning of a path that is written in a module; None if it is not of this crate.
    fn resolve(&self, from: &[String], path: &[String], visited: &mut Vec<(Path, String)>) -> Option<Target> {
        let (start, rest) = match path {
            [first, rest @ ..] if first == "crate" => (Path::new(), rest),
            [first, rest @ ..] if first == "self" => (from.to_vec(), rest),
            [first, ..] if first == "super" => (from.to_vec(), path),
            _ => return self.look_up(from, path, visited),
        };
        self.descend(start, rest, visited)
    }

    /// The meaning of a path below a module that is named itself, so that it must have what is named next.
    fn descend(&self, at: Path, path: &[String], visited: &mut Vec<(Path, String)>) -> Option<Target> {
        match path {
            [] => Some(Target::Module(at)),
            [name, rest @ ..] if name == "self" => self.descend(at, rest, visited),
            [name, rest @ ..] if name == "super" => {
                let (_, parent) = at.split_last()?;
                self.descend(parent.to_vec(), rest, visited)
            }
            [name, ..] => self.look_up(&at, path, visited).or_else(|| {
                // What is not written there has been made by a macro.
                let made = Target::Item { module: at.clone(), name: name.clone() };
                self.modules.contains_key(&at).then_some(made)
            }),
        }
    }

    /// The meaning of a path that begins with a name of a module, if the module has such a name.
    fn look_up(&self, at: &[String], path: &[String], visited: &mut Vec<(Path, String)>) -> Option<Target> {
        let [name, rest @ ..] = path else { return None };
        let Declarations { items, imports, globs, .. } = &self.modules.get(at)?.declarations;
        let child = [at, std::slice::from_ref(name)].concat();
        let is_module = self.modules.contains_key(&child);
        if is_module && !rest.is_empty() {
            return self.descend(child, rest, visited);
        }
        if items.contains(name) {
            return Some(Target::Item { module: at.to_vec(), name: name.clone() });
        }
        let visit = (at.to_vec(), name.clone());
        if !visited.contains(&visit) {
            visited.push(visit);
            let imported = imports.get(name).into_iter().flatten();
            let mut targets = imported
                .map(|import| [&**import, rest].concat())
                .filter_map(|path| self.resolve(at, &path, visited));
            if let Some(target) = targets.next() {
                return Some(target);
            }
            for glob in globs {
                if let Some(Target::Module(module)) = self.resolve(at, glob, visited)
                    && let Some(target) = self.look_up(&module, path, visited)
                {
                    return Some(target);
                }
            }
        }
        is_module.then_some(Target::Module(child))
    }
}

/// The path of the module that a file is: `room`, `part` of `crates/a/src/room/part.rs`.
fn module_path(source: &Source) -> Path {
    let below = source.path.split_once("/src/").map_or(&*source.path, |(_, below)| below);
    let mut path: Path = below.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if path.last().is_some_and(|last| ["lib", "main", "mod"].contains(&&**last)) {
        path.pop();
    }
    path
}
