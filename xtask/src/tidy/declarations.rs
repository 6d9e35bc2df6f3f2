//! What a Rust file declares and names: its items, its imports, and every path in its code.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Item, ItemMod, ItemUse, Macro, UseTree, Visibility};

/// The names of a path, in order, as they are written: `crate`, `room`, `Name`.
pub(super) type Path = Vec<String>;

/// The declarations of one module.
#[derive(Debug, Default)]
pub(super) struct Declarations {
    /// The names of its types, functions, constants and macros.
    pub items: BTreeSet<String>,
    /// The paths that a name is bound to by `use`: several, if functions import it for themselves.
    pub imports: BTreeMap<String, Vec<Path>>,
    /// The paths before `::*`.
    pub globs: Vec<Path>,
    pub mentions: Vec<Mention>,
}

/// A path in the code.
#[derive(Debug)]
pub(super) struct Mention {
    pub path: Path,
    pub line: usize,
    /// Whether it is passed on by `pub use`.
    pub is_re_export: bool,
}

/// The declarations of a file that is the module of this path, and of the modules in its braces.
pub(super) fn of_file(file: &syn::File, module: Path) -> BTreeMap<Path, Declarations> {
    let mut reader = Reader { module, found: BTreeMap::new() };
    reader.declarations();
    reader.visit_file(file);
    reader.found
}

struct Reader {
    module: Path,
    found: BTreeMap<Path, Declarations>,
}

impl Reader {
    fn declarations(&mut self) -> &mut Declarations {
        self.found.entry(self.module.clone()).or_default()
    }

    fn mention(&mut self, path: Path, line: usize, is_re_export: bool) {
        self.declarations().mentions.push(Mention { path, line, is_re_export });
    }

    /// Reads the paths of a macro's tokens, which are no syntax tree.
    fn read_tokens(&mut self, tokens: &TokenStream) {
        let (mut path, mut line) = (Path::new(), 0);
        // What stands between the last name and the next.
        let mut between = String::new();
        for token in tokens.clone() {
            match token {
                TokenTree::Ident(name) => {
                    let continues = between == "::" && !path.is_empty();
                    if !continues {
                        self.mention_token_path(std::mem::take(&mut path), line);
                        line = name.span().start().line;
                    }
                    let is_member = between.ends_with('.') && !between.ends_with("..");
                    if continues || !(is_member || between.ends_with("::")) {
                        path.push(name.to_string());
                    }
                    between.clear();
                }
                TokenTree::Punct(mark) => between.push(mark.as_char()),
                TokenTree::Literal(_) => between.push(' '),
                TokenTree::Group(group) => {
                    self.read_tokens(&group.stream());
                    between.push(' ');
                }
            }
        }
        self.mention_token_path(path, line);
    }

    /// A single name in small letters is more likely a variable than an item.
    fn mention_token_path(&mut self, path: Path, line: usize) {
        let is_item = path.len() > 1 || path.iter().any(|name| name.starts_with(char::is_uppercase));
        if is_item {
            self.mention(path, line, false);
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        let name = match item {
            Item::Const(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Macro(item) => item.ident.as_ref(),
            Item::Static(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            Item::Union(item) => Some(&item.ident),
            _ => None,
        };
        self.declarations().items.extend(name.map(ToString::to_string));
        visit::visit_item(self, item);
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if module.content.is_some() {
            self.module.push(module.ident.to_string());
            self.declarations();
            visit::visit_item_mod(self, module);
            self.module.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_re_export = !matches!(item.vis, Visibility::Inherited);
        let leaves = if item.leading_colon.is_none() { leaves(&item.tree) } else { Vec::new() };
        for Leaf { path, binding, line } in leaves {
            let declarations = self.declarations();
            match binding {
                Binding::Name(name) => declarations.imports.entry(name).or_default().push(path.clone()),
                Binding::All => declarations.globs.push(path.clone()),
                Binding::Nothing => {}
            }
            self.mention(path, line, is_re_export);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none()
            && let Some(first) = path.segments.first()
        {
            let names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.mention(names, first.ident.span().start().line, false);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.read_tokens(&call.tokens);
    }

    // Attributes and `pub(in …)` need nothing of what they name.
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

/// One path of a `use`, and what it binds.
struct Leaf {
    path: Path,
    binding: Binding,
    line: usize,
}

enum Binding {
    Name(String),
    All,
    /// Written as `as _`: a trait that needs no name.
    Nothing,
}

fn leaves(tree: &UseTree) -> Vec<Leaf> {
    let leaf = |name: String, bound: String, line| {
        let binding = if bound == "_" { Binding::Nothing } else { Binding::Name(bound) };
        vec![Leaf { path: vec![name], binding, line }]
    };
    match tree {
        UseTree::Path(path) => {
            let before = path.ident.to_string();
            let mut leaves = leaves(&path.tree);
            for leaf in &mut leaves {
                // `a::{self}` binds `a`.
                if let Binding::Name(name) = &mut leaf.binding
                    && name == "self"
                {
                    name.clone_from(&before);
                }
                leaf.path.insert(0, before.clone());
            }
            leaves
        }
        UseTree::Name(name) => {
            leaf(name.ident.to_string(), name.ident.to_string(), name.ident.span().start().line)
        }
        UseTree::Rename(name) => {
            leaf(name.ident.to_string(), name.rename.to_string(), name.ident.span().start().line)
        }
        UseTree::Glob(glob) => {
            vec![Leaf {
                path: Path::new(),
                binding: Binding::All,
                line: glob.star_token.spans[0].start().line,
            }]
        }
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
    }
}
