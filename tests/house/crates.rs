//! The crates of the workspace, and the resolution of paths in them.

use std::collections::{BTreeMap, BTreeSet};

use syn::Item;

use super::names::Names;
use super::paths::Paths;
use super::sources::files;
use super::syntax::{attributes, is_for_tests, leaves, name_of};

/// The packages below `crates/`.
pub(super) const CRATES: [&str; 6] =
    ["core", "mutant-switches", "runs-fetch", "task-pause", "tmc-standin", "window-filter"];

/// The files below `crates/` that no library and no test has: programs, benchmarks and
/// fuzz targets, each as a crate of its own that is named after the file.
pub(super) fn programs() -> Vec<Crate> {
    let is_program = |path: &str| {
        let is_library = CRATES.iter().any(|name| path.starts_with(&format!("{name}/src/")));
        let is_test = CRATES.iter().any(|name| path.starts_with(&format!("{name}/tests/")));
        path.ends_with("/src/main.rs") || !is_library && !is_test
    };
    let read = |(file, text): (String, String)| {
        let path = file.strip_prefix("crates/").unwrap();
        let files = [("lib.rs".to_owned(), text)].into();
        is_program(path).then(|| Crate::of(path, &files))
    };
    files(&["crates"], ".rs").into_iter().filter_map(read).collect()
}

/// A crate's modules by their paths (`ledger::state`; the root is empty). What is
/// compiled for tests alone is not part of them.
pub(super) struct Crate {
    pub(super) name: String,
    pub(super) modules: BTreeMap<String, Module>,
}

/// A module that has a file of its own.
pub(super) struct Module {
    pub(super) paths: Paths,
    pub(super) names: Names,
    /// The names that it defines.
    defined: BTreeSet<String>,
    /// The names that it imports, with their paths.
    imported: BTreeMap<String, Vec<String>>,
    /// The paths of which it imports every name.
    globs: Vec<Vec<String>>,
}

/// The place that a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Something that this module of the crate defines.
    Item(String),
    /// This module of the crate as such.
    Module(String),
    /// Another crate, by the whole path.
    External(Vec<String>),
}

impl Crate {
    /// A package of the workspace.
    pub(super) fn read(name: &str) -> Self {
        let dir = format!("crates/{name}/src");
        let below = |(path, text): (String, String)| {
            Some((path.strip_prefix(&dir)?.trim_start_matches('/').to_owned(), text))
        };
        let files = files(&["crates"], ".rs").into_iter().filter_map(below).collect();
        Self::of(name, &files)
    }

    /// A crate of files, by their paths below `src`.
    pub(super) fn of(name: &str, files: &BTreeMap<String, String>) -> Self {
        let mut modules = BTreeMap::new();
        let mut found = vec![(String::new(), "lib.rs".to_owned())];
        while let Some((path, file)) = found.pop() {
            let parsed = syn::parse_file(&files[&file]);
            let parsed = parsed.unwrap_or_else(|error| panic!("{name}: {file}: {error}"));
            let dir = match file.as_str().rsplit_once('/') {
                _ if file == "lib.rs" => String::new(),
                Some((dir, "mod.rs")) => format!("{dir}/"),
                _ => format!("{}/", file.strip_suffix(".rs").unwrap()),
            };
            for item in &parsed.items {
                let Item::Mod(child) = item else { continue };
                if child.content.is_some() || is_for_tests(&child.attrs) {
                    continue;
                }
                let candidates =
                    [format!("{dir}{}.rs", child.ident), format!("{dir}{}/mod.rs", child.ident)];
                let file = candidates.into_iter().find(|file| files.contains_key(file));
                let file =
                    file.unwrap_or_else(|| panic!("{name}: no file of {path}::{}", child.ident));
                found.push((join(&path, &child.ident.to_string()), file));
            }
            modules.insert(path, Module::of(parsed.items));
        }
        Self { name: name.to_owned(), modules }
    }

    /// A crate of snippets.
    #[cfg(test)]
    pub(super) fn of_snippets(snippets: &[(&str, &str)]) -> Self {
        let own = |(file, text): &(&str, &str)| ((*file).to_owned(), (*text).to_owned());
        Self::of("snippets", &snippets.iter().map(own).collect())
    }

    /// The place that a path in a module leads to, through imports and exports.
    pub(super) fn resolve(&self, from: &str, path: &[String]) -> Target {
        self.resolve_within(from, path, 20)
    }

    fn resolve_within(&self, from: &str, path: &[String], depth: usize) -> Target {
        let external = || Target::External(path.to_vec());
        if depth == 0 {
            return external();
        }
        let (mut at, mut rest) = (from.to_owned(), path);
        match path[0].as_str() {
            "crate" => (at, rest) = (String::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|segment| segment == "super") {
                    at = parent(&at);
                    rest = &rest[1..];
                }
            }
            name => {
                let module = &self.modules[from];
                let is_own = self.modules.contains_key(&join(from, name))
                    || module.defined.contains(name)
                    || module.imported.get(name).is_some_and(|path| path[0] != name)
                    || self.glob_with(from, name, depth).is_some();
                if !is_own {
                    return external();
                }
            }
        }
        self.walk(at, rest, depth)
    }

    /// Follows a path from a module on.
    fn walk(&self, mut at: String, path: &[String], depth: usize) -> Target {
        for (index, name) in path.iter().enumerate() {
            let child = join(&at, name);
            if self.modules.contains_key(&child) {
                at = child;
                continue;
            }
            let module = &self.modules[&at];
            if module.defined.contains(name) {
                return Target::Item(at);
            }
            if let Some(import) = module.imported.get(name) {
                let whole = [import, &path[index + 1..]].concat();
                return self.resolve_within(&at, &whole, depth - 1);
            }
            if let Some(target) = self.glob_with(&at, name, depth) {
                return self.walk(target, &path[index..], depth - 1);
            }
            return Target::Item(at);
        }
        Target::Module(at)
    }

    /// The module that a glob of this one takes a name from.
    fn glob_with(&self, at: &str, name: &str, depth: usize) -> Option<String> {
        self.modules[at].globs.iter().find_map(|glob| {
            let (Target::Module(target) | Target::Item(target)) =
                self.resolve_within(at, glob, depth - 1)
            else {
                return None;
            };
            let module = &self.modules[&target];
            let has_it = module.defined.contains(name)
                || module.imported.contains_key(name)
                || self.modules.contains_key(&join(&target, name));
            (has_it && target != at).then_some(target)
        })
    }
}

impl Module {
    fn of(items: Vec<Item>) -> Self {
        let items: Vec<Item> =
            items.into_iter().filter(|item| !is_for_tests(attributes(item))).collect();
        let mut module = Self {
            paths: Paths::of(&items),
            names: Names::of(&items),
            defined: BTreeSet::new(),
            imported: BTreeMap::new(),
            globs: Vec::new(),
        };
        for item in &items {
            if let Item::Use(item) = item {
                for (name, path) in leaves(&item.tree) {
                    match name {
                        Some(name) => drop(module.imported.insert(name, path)),
                        None => module.globs.push(path),
                    }
                }
            }
            module.defined.extend(name_of(item));
        }
        module
    }
}

/// Every type's name with the modules that declare it.
pub(super) fn types(crates: &[Crate]) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for code in crates {
        for (path, module) in &code.modules {
            for name in &module.names.types {
                all.entry(name.clone()).or_default().push(format!("{}::{path}", code.name));
            }
        }
    }
    all
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}::{name}") }
}

fn parent(path: &str) -> String {
    path.rsplit_once("::").map_or(String::new(), |(parent, _)| parent.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_of_two_types_is_listed_with_both_places() {
        let crates = [
            Crate::of_snippets(&[("lib.rs", "mod a; struct One;"), ("a.rs", "struct Two;")]),
            Crate::of_snippets(&[("lib.rs", "struct Two;")]),
        ];
        let all = types(&crates);
        assert_eq!(all["Two"], ["snippets::a", "snippets::"]);
        assert_eq!(all["One"], ["snippets::"]);
    }
}
