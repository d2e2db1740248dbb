//! Parts of the syntax tree that several walks need.

use syn::{Attribute, Item, UseTree};

/// The names and paths that a `use` item imports; a glob has no name.
pub(super) fn leaves(tree: &UseTree) -> Vec<(Option<String>, Vec<String>)> {
    fn walk(tree: &UseTree, before: &[String], found: &mut Vec<(Option<String>, Vec<String>)>) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => walk(&path.tree, &with(&path.ident), found),
            UseTree::Name(name) if name.ident == "self" => {
                found.push((before.last().cloned(), before.to_vec()));
            }
            UseTree::Name(name) => found.push((Some(name.ident.to_string()), with(&name.ident))),
            UseTree::Rename(name) if name.ident == "self" => {
                found.push((Some(name.rename.to_string()), before.to_vec()));
            }
            UseTree::Rename(name) => {
                found.push((Some(name.rename.to_string()), with(&name.ident)));
            }
            UseTree::Glob(_) => found.push((None, before.to_vec())),
            UseTree::Group(group) => group.items.iter().for_each(|tree| walk(tree, before, found)),
        }
    }
    let mut found = Vec::new();
    walk(tree, &[], &mut found);
    found
}

/// Whether attributes have an item compiled for tests alone, or for them and the fuzzer.
pub(super) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else {
            return attribute.path().is_ident("test");
        };
        let words = list.tokens.to_string();
        if attribute.path().is_ident("cfg") && words.replace(' ', "") == "any(test,fuzzing)" {
            return true;
        }
        let has = |word: &str| words.split(|c: char| !c.is_alphanumeric()).any(|one| one == word);
        attribute.path().is_ident("cfg") && has("test") && !has("not") && !has("any")
    })
}

/// The attributes of an item.
pub(super) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The name that an item defines.
pub(super) fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Mod(item) if item.content.is_some() => &item.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_for_tests_and_the_fuzzer_is_distinguished_from_one_that_is_shipped() {
        for (text, expected) in [
            ("#[cfg(test)] mod a;", true),
            ("#[test] fn a() {}", true),
            ("#[cfg(any(test, fuzzing))] pub mod a;", true),
            ("#[cfg(any(test, unix))] mod a;", false),
            ("#[cfg(any(test, fuzzing, unix))] mod a;", false),
            ("#[cfg(not(test))] mod a;", false),
            ("mod a;", false),
        ] {
            let item: Item = syn::parse_str(text).unwrap();
            assert_eq!(is_for_tests(attributes(&item)), expected, "{text}");
        }
    }
}
