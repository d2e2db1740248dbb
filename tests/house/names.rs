//! Names: types, parameters, words.

use syn::visit::{self, Visit};
use syn::{Ident, ImplItem, Item};

use super::syntax::{attributes, is_for_tests};

/// Words that mean something to their author alone.
const PRIVATE: [&str; 11] = [
    "stay",
    "course",
    "agenda",
    "authority",
    "inherit",
    "aside",
    "told",
    "nowhere",
    "graver",
    "steady",
    "spoil",
];

/// The types that a crate declares, and its functions with the number of their
/// parameters.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) types: Vec<String>,
    /// A method's `self` does not count.
    pub(super) functions: Vec<(String, usize)>,
}

impl Names {
    /// The names of one module.
    pub(super) fn of(items: &[Item]) -> Self {
        let mut names = Self::default();
        for item in items {
            names.visit_item(item);
        }
        names
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_for_tests(attributes(item)) {
            return;
        }
        let name: Option<&Ident> = match item {
            Item::Enum(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            Item::Union(item) => Some(&item.ident),
            _ => None,
        };
        self.types.extend(name.map(Ident::to_string));
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if !matches!(item, ImplItem::Fn(function) if is_for_tests(&function.attrs)) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        let typed = signature.inputs.iter().filter(|input| matches!(input, syn::FnArg::Typed(_)));
        self.functions.push((signature.ident.to_string(), typed.count()));
        visit::visit_signature(self, signature);
    }
}

/// Whether a module's or type's name has a private word in it. A row is a row of
/// a table to everybody, so that word alone is none in a longer name.
pub(super) fn is_private(name: &str) -> bool {
    let mut words: Vec<String> = Vec::new();
    for c in name.chars() {
        if c == '_' || c.is_uppercase() || words.is_empty() {
            words.push(String::new());
        }
        words.last_mut().unwrap().extend(c.to_lowercase().filter(|c| *c != '_'));
    }
    let known = |word: &String| PRIVATE.contains(&word.as_str());
    words.iter().any(known) || matches!(name.to_lowercase().as_str(), "row" | "warm" | "warmup")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Names {
        Names::of(&syn::parse_file(text).unwrap().items)
    }

    #[test]
    fn types_are_found_wherever_they_are_declared_but_in_tests() {
        let text = "struct A; enum B {} trait C { type X; } type D = A; fn f() { struct E; } \
                    mod m { struct F; } #[cfg(test)] mod t { struct G; } struct H<T>(T);";
        assert_eq!(names(text).types, ["A", "B", "C", "D", "E", "F", "H"]);
    }

    #[test]
    fn parameters_are_counted_without_self() {
        let text = "fn f(a: u8, (b, c): (u8, u8)) {} struct S; impl S { fn g(&self, a: u8) {} } \
                    trait T { fn h(self, a: u8, b: u8, c: u8); }";
        let counts: Vec<usize> = names(text).functions.iter().map(|(_, count)| *count).collect();
        assert_eq!(counts, [2, 1, 3]);
    }

    #[test]
    fn private_words_are_found_in_every_spelling() {
        for name in ["stay", "agenda", "Told", "StayReport", "offset_steady", "Row", "row", "spoil"]
        {
            assert!(is_private(name), "{name}");
        }
        for name in ["RowError", "Staying", "of_course_not", "inherited", "Warmth", "only_told"] {
            let expected = matches!(name, "of_course_not" | "only_told");
            assert_eq!(is_private(name), expected, "{name}");
        }
    }
}
