//! The modules and libraries that a module uses.

use std::collections::BTreeSet;

use super::crates::{Crate, Target};

/// Everything that a module uses.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// The modules of its own crate whose items it uses.
    pub(super) modules: BTreeSet<String>,
    /// The paths into other crates.
    pub(super) external: BTreeSet<String>,
    /// Whether anything in it is asynchronous.
    pub(super) is_async: bool,
}

impl Uses {
    /// The uses of one module of a crate.
    pub(super) fn of(code: &Crate, path: &str) -> Self {
        let paths = &code.modules[path].paths;
        let mut uses = Self { is_async: paths.is_async, ..Self::default() };
        for used in &paths.found {
            match code.resolve(path, used) {
                Target::Item(target) if target != path => drop(uses.modules.insert(target)),
                Target::External(external) => drop(uses.external.insert(external.join("::"))),
                Target::Item(_) | Target::Module(_) => {}
            }
        }
        uses
    }

    /// The paths into the core that this crate uses, each with the module there that
    /// defines the item.
    pub(super) fn modules_of(&self, core: &Crate) -> Vec<(&str, String)> {
        let paths = self.external.iter().filter_map(|path| {
            let inner = path.strip_prefix("maintenance_core::")?;
            let inside: Vec<String> =
                ["crate"].into_iter().chain(inner.split("::")).map(str::to_owned).collect();
            match core.resolve("", &inside) {
                Target::Item(module) | Target::Module(module) => Some((inner, module)),
                Target::External(_) => None,
            }
        });
        paths.collect()
    }

    /// The external paths that lie below one of these.
    pub(super) fn below(&self, prefixes: &[&str]) -> Vec<&str> {
        let lies = |path: &&String| prefixes.iter().any(|prefix| is_below(path, prefix));
        self.external.iter().filter(lies).map(String::as_str).collect()
    }
}

/// Whether a path is that of a module, or lies below it.
pub(super) fn is_below(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules that `a` uses, and the external paths.
    fn uses(a: &str) -> (Vec<String>, Vec<String>) {
        let code = Crate::of_snippets(&[
            ("lib.rs", "mod a; mod b; pub use b::Exported;"),
            ("a.rs", a),
            ("a/child.rs", "pub struct Child;"),
            (
                "b.rs",
                "pub mod c; pub use c::Deep; pub use c::*; pub struct Exported; pub fn f() {}",
            ),
            ("b/c.rs", "pub struct Deep; pub struct Globbed;"),
        ]);
        let uses = Uses::of(&code, "a");
        (uses.modules.into_iter().collect(), uses.external.into_iter().collect())
    }

    #[test]
    fn every_way_to_import_leads_to_the_module_that_defines() {
        for (text, expected) in [
            ("use crate::b::f;", &["b"][..]),
            ("use crate::Exported;", &["b"]),
            ("use super::Exported as Other;", &["b"]),
            ("use super::b::{Deep, f};", &["b", "b::c"]),
            ("use crate::b::Globbed;", &["b::c"]),
            ("use crate::b::*;", &["b"]),
            ("use crate::b; fn g() { b::f() }", &["b"]),
            ("use crate::b; fn g() { b::c::Deep; }", &["b::c"]),
            ("use crate::b::c as d; type T = d::Deep;", &["b::c"]),
            ("mod child; use child::Child;", &["a::child"]),
            ("mod child; use self::child::Child;", &["a::child"]),
            ("fn g(_: crate::b::Deep) {}", &["b::c"]),
            ("fn g() { use crate::b::f; f() }", &["b"]),
            ("fn g() { println!(\"{}\", crate::b::f()) }", &["b"]),
            ("mod inline { fn g() { super::super::b::f() } }", &["b"]),
        ] {
            assert_eq!(uses(text).0, expected, "{text}");
        }
    }

    #[test]
    fn a_module_as_such_and_items_of_tests_are_no_uses() {
        for text in [
            "use crate::b;",
            "pub(in crate::b) struct S;",
            "#[cfg(test)] use crate::b::f;",
            "#[cfg(test)] mod tests { use crate::b::f; }",
            "#[test] fn t() { crate::b::f() }",
            "struct S; impl S { #[cfg(test)] fn t() { crate::b::f() } }",
            "struct S; fn g() -> S { S }",
        ] {
            assert_eq!(uses(text).0, Vec::<String>::new(), "{text}");
        }
        assert_eq!(uses("#[cfg(not(test))] use crate::b::f;").0, ["b"]);
    }

    #[test]
    fn paths_into_other_crates_are_found_wherever_they_stand() {
        for (text, expected) in [
            ("use std::fs;", "std::fs"),
            ("use std::{fmt, fs as files};", "std::fs"),
            ("fn g() { std::fs::read(\"x\"); }", "std::fs::read"),
            ("fn g() -> std::io::Result<()> {}", "std::io::Result"),
            ("#[derive(clap::Args)] struct S;", "clap::Args"),
            ("fn g() { format!(\"{:?}\", std::env::args()) }", "std::env::args"),
            ("#[tokio::main] fn g() {}", "tokio::main"),
        ] {
            let found = uses(text).1;
            assert!(found.iter().any(|path| path == expected), "{text}: {found:?}");
        }
    }

    #[test]
    fn code_that_waits_is_asynchronous() {
        for (text, expected) in [
            ("async fn g() {}", true),
            ("fn g() { async { 1 }; }", true),
            ("fn g() { async move { f().await }; }", true),
            ("fn g() { \"async\"; }", false),
        ] {
            let code = Crate::of_snippets(&[("lib.rs", text)]);
            assert_eq!(Uses::of(&code, "").is_async, expected, "{text}");
        }
    }
}
