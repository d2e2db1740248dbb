//! Every reason (`why`) that a receipt may have stands in a test, word for word, and every
//! exit code in one that meets it.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Expr, Lit, Member, Pat};

use crate::house::sources::files;
use crate::readme::exit_codes;

/// The line from which on a source has tests alone.
const TESTS: &str = "#[cfg(test)]\nmod tests {\n";

/// The texts that a source gives as reasons, and the constants that it names as such.
#[derive(Default)]
struct Reasons {
    texts: BTreeSet<String>,
    names: BTreeSet<String>,
    constants: BTreeMap<String, String>,
}

impl Reasons {
    fn of(text: &str) -> Self {
        let mut reasons = Self::default();
        reasons.visit_file(&syn::parse_file(text).unwrap());
        reasons
    }

    /// Takes the texts and the names in an expression: of `Some`, or of branches.
    fn take(&mut self, given: &Expr) {
        match given {
            Expr::Lit(literal) => {
                let Lit::Str(text) = &literal.lit else { return };
                self.texts.insert(text.value());
            }
            Expr::Path(path) => {
                let name = path.path.segments.last().unwrap().ident.to_string();
                self.names.extend((name == name.to_uppercase()).then_some(name));
            }
            Expr::Call(call) => call.args.iter().for_each(|given| self.take(given)),
            Expr::MethodCall(call) if ["or", "then_some"].iter().any(|of| call.method == of) => {
                call.args.iter().for_each(|given| self.take(given));
            }
            Expr::If(branches) => {
                for statement in &branches.then_branch.stmts {
                    if let syn::Stmt::Expr(given, _) = statement {
                        self.take(given);
                    }
                }
                if let Some((_, given)) = &branches.else_branch {
                    self.take(given);
                }
            }
            Expr::Block(block) => {
                for statement in &block.block.stmts {
                    if let syn::Stmt::Expr(given, _) = statement {
                        self.take(given);
                    }
                }
            }
            _ => {}
        }
    }
}

impl Visit<'_> for Reasons {
    fn visit_expr_call(&mut self, call: &syn::ExprCall) {
        if let Expr::Path(path) = &*call.func
            && path.path.segments.last().is_some_and(|segment| segment.ident == "because")
        {
            call.args.last().into_iter().for_each(|given| self.take(given));
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &syn::ExprMethodCall) {
        if call.method == "because" {
            call.args.iter().for_each(|given| self.take(given));
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_field_value(&mut self, field: &syn::FieldValue) {
        if matches!(&field.member, Member::Named(name) if name == "why") {
            self.take(&field.expr);
        }
        visit::visit_field_value(self, field);
    }

    fn visit_expr_assign(&mut self, assign: &syn::ExprAssign) {
        if let Expr::Field(field) = &*assign.left
            && matches!(&field.member, Member::Named(name) if name == "why")
        {
            self.take(&assign.right);
        }
        visit::visit_expr_assign(self, assign);
    }

    fn visit_local(&mut self, local: &syn::Local) {
        if let (Pat::Ident(pattern), Some(value)) = (&local.pat, &local.init)
            && pattern.ident == "why"
        {
            self.take(&value.expr);
        }
        visit::visit_local(self, local);
    }

    fn visit_item_const(&mut self, item: &syn::ItemConst) {
        if let Expr::Lit(literal) = &*item.expr
            && let Lit::Str(text) = &literal.lit
        {
            self.constants.insert(item.ident.to_string(), text.value());
        }
        visit::visit_item_const(self, item);
    }
}

/// Adds every text in some code.
fn texts(code: TokenStream, found: &mut Vec<String>) {
    for token in code {
        match token {
            TokenTree::Group(group) => texts(group.stream(), found),
            TokenTree::Literal(literal) => {
                let parsed = syn::parse_str::<Lit>(&literal.to_string());
                if let Ok(Lit::Str(text)) = parsed {
                    found.push(text.value());
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

#[test]
fn every_reason_of_a_receipt_stands_in_a_test() {
    let mut reasons = Reasons::default();
    let mut tested = Vec::new();
    for (file, text) in files(&["crates/task-pause/src", "tests"], ".rs") {
        let is_test = file.starts_with("tests/") || file.contains("/tests");
        let (code, tests) = match text.split_once(TESTS) {
            _ if is_test => ("", text.as_str()),
            Some((code, tests)) => (code, tests.trim_end().strip_suffix('}').unwrap()),
            None => (text.as_str(), ""),
        };
        texts(TokenStream::from_str(tests).unwrap(), &mut tested);
        let Reasons { texts, names, constants } = Reasons::of(code);
        reasons.texts.extend(texts);
        reasons.names.extend(names);
        reasons.constants.extend(constants);
    }
    let named = reasons.names.iter().filter_map(|name| reasons.constants.get(name));
    let all: BTreeSet<&String> = reasons.texts.iter().chain(named).collect();
    assert!(all.len() > 20, "{all:#?}");
    let lacking: Vec<_> = all.iter().filter(|text| !tested.contains(text)).collect();
    assert!(lacking.is_empty(), "no test has these reasons: {lacking:#?}");
}

/// Whether the text of tests compares the end of a call with that code.
fn is_met(tests: &str, code: u8) -> bool {
    let ways = [
        format!("expect({code},"),
        format!("ends: ({code},"),
        format!("code(), Some({code})"),
        // A signal and its code.
        format!("\", {code})"),
    ];
    ways.iter().any(|way| tests.contains(way))
}

#[test]
fn every_exit_code_is_met_in_a_test() {
    let codes: Vec<u8> = exit_codes().into_iter().map(|code| code.parse().unwrap()).collect();
    assert!(codes.len() > 10, "{codes:?}");
    let tests: String = files(&["tests"], ".rs").into_iter().map(|(_, text)| text).collect();
    let lacking: Vec<_> = codes.into_iter().filter(|code| !is_met(&tests, *code)).collect();
    assert!(lacking.is_empty(), "no test ends with these codes: {lacking:?}");
    assert!(!is_met(&tests, 76));
}

#[test]
fn a_reason_is_found_wherever_a_source_gives_it() {
    let code = r#"
        const A: &str = "in a constant";
        const B: Decision = Decision::because(Step::Report, Action::Kept, A);
        fn f(report: &mut Report) -> Outcome {
            report.why = Some("assigned");
            let why = if x { "one" } else { "other" };
            let late = Outcome::of(R).because("chained");
            let when = "no reason";
            Report { why: is_late.then_some("a member"), ..late }
        }
    "#;
    let Reasons { texts, names, constants } = Reasons::of(code);
    let texts: Vec<_> = texts.into_iter().collect();
    assert_eq!(texts, ["a member", "assigned", "chained", "one", "other"]);
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["A"]);
    assert_eq!(constants["A"], "in a constant");
}
