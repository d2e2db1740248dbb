//! The paths in a module, as they are written: in `use` items, in types and
//! expressions, in macros and derives.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemUse, Macro, Path, Visibility};

use super::syntax::{attributes, is_for_tests, leaves};

/// Collects paths.
#[derive(Default)]
pub(super) struct Paths {
    pub(super) found: BTreeSet<Vec<String>>,
    /// The number of inline modules around the code that is visited.
    inline: usize,
    /// Whether anything is asynchronous.
    pub(super) is_async: bool,
}

impl Paths {
    pub(super) fn of(items: &[Item]) -> Self {
        let mut paths = Self::default();
        for item in items {
            paths.visit_item(item);
        }
        paths
    }

    fn add(&mut self, mut path: Vec<String>) {
        // `super` in an inline module is the module of the file, or above it.
        for _ in 0..self.inline {
            if path.first().is_some_and(|first| first == "super") {
                path.remove(0);
            }
        }
        if path.first().is_some_and(|first| first != "Self") {
            self.found.insert(path);
        }
    }

    /// Adds what looks like a path in the tokens of a macro.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.add_long(&mut path);
                    }
                    colons = 0;
                    path.push(name.to_string());
                }
                other => {
                    self.add_long(&mut path);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.add_tokens(group.stream());
                    }
                }
            }
        }
        self.add_long(&mut path);
    }

    /// Adds a path of several names; one alone may be anything.
    fn add_long(&mut self, path: &mut Vec<String>) {
        if path.len() > 1 {
            self.add(std::mem::take(path));
        }
        path.clear();
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_for_tests(attributes(item)) {
            return;
        }
        let is_inline = matches!(item, Item::Mod(module) if module.content.is_some());
        self.inline += usize::from(is_inline);
        visit::visit_item(self, item);
        self.inline -= usize::from(is_inline);
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if !matches!(item, ImplItem::Fn(function) if is_for_tests(&function.attrs)) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        for (name, path) in leaves(&item.tree) {
            // A glob uses the module; an export of a single name passes it on.
            let is_export = !matches!(item.vis, Visibility::Inherited);
            if name.is_none() && !is_export {
                self.add([path.as_slice(), &["*".to_owned()]].concat());
            } else {
                self.add(path);
            }
        }
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast Path) {
        self.add(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.add_tokens(item.tokens.clone());
        visit::visit_macro(self, item);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let path = attribute.path();
        if path.segments.len() > 1 {
            self.visit_path(path);
        }
        if let syn::Meta::List(list) = &attribute.meta {
            self.add_tokens(list.tokens.clone());
        }
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.is_async |= signature.asyncness.is_some();
        visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, block: &'ast syn::ExprAsync) {
        self.is_async = true;
        visit::visit_expr_async(self, block);
    }

    fn visit_expr_await(&mut self, wait: &'ast syn::ExprAwait) {
        self.is_async = true;
        visit::visit_expr_await(self, wait);
    }
}
