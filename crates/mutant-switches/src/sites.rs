//! Finds the code that changes are about, and puts their switches there.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    Arm, BinOp, Block, Expr, ExprBinary, ExprClosure, ExprConst, ExprMatch, ExprRepeat, ExprReturn,
    ExprStruct, ExprTry, ExprUnary, Generics, ImplItemConst, ImplItemFn, ItemConst, ItemFn,
    ItemStatic, Pat, Signature, TraitItemConst, TraitItemFn, Type, Variant,
};

use crate::edits::{Edits, Pieces};
use crate::mutant::{Genre, Mutant, Unswitched};

/// A walk through one file.
pub(crate) struct Sites<'s> {
    source: &'s str,
    /// The changes that are still to be found, by the first byte of their code.
    wanted: HashMap<usize, Vec<&'s Mutant>>,
    pub(crate) edits: Edits,
    /// The changes that have no switch.
    pub(crate) unswitched: BTreeMap<u32, Unswitched>,
    /// The changes in functions that were `const`.
    pub(crate) in_const_functions: Vec<u32>,
    /// The changes that have a switch, in the order of their places.
    switched: Vec<u32>,
}

impl<'s> Sites<'s> {
    /// Walks through a file.
    pub(crate) fn of(source: &'s str, file: &syn::File, mutants: &'s [Mutant]) -> Self {
        let mut wanted: HashMap<usize, Vec<&Mutant>> = HashMap::new();
        // What is not met on the walk stays so.
        let unswitched = mutants.iter().map(|one| (one.id, Unswitched::NotRun)).collect();
        for mutant in mutants {
            if let Some(bytes) = mutant.span.bytes(source) {
                wanted.entry(bytes.start).or_default().push(mutant);
            }
        }
        let edits = Edits::default();
        let (in_const_functions, switched) = (Vec::new(), Vec::new());
        let mut sites = Self { source, wanted, edits, unswitched, in_const_functions, switched };
        sites.visit_file(file);
        sites
    }

    /// The changes of one kind whose code begins with a byte.
    fn take(&mut self, at: usize, genre: Genre) -> Vec<&'s Mutant> {
        let all = self.wanted.get(&at).map(Vec::as_slice).unwrap_or_default();
        let found: Vec<_> = all.iter().copied().filter(|one| one.genre == genre).collect();
        for one in &found {
            self.unswitched.remove(&one.id);
            self.switched.push(one.id);
        }
        found
    }

    /// Takes the switches of changes back.
    fn give_up(&mut self, found: &[&Mutant], why: Unswitched) {
        for one in found {
            self.switched.retain(|id| *id != one.id);
            self.unswitched.insert(one.id, why);
        }
    }

    fn text(&self, part: &Range<usize>) -> &'s str {
        self.source.get(part.clone()).unwrap_or_default()
    }

    /// Has an expression choose between itself and the code of changes.
    fn choose(&mut self, part: &Range<usize>, choices: &[(u32, String)]) {
        if choices.is_empty() {
            return;
        }
        let mut before = Pieces::default().plain("(");
        for (id, code) in choices {
            before = before.plain(&format!("if {} {{ ", on(*id))).changed(*id, code);
            before = before.plain(" } else ");
        }
        self.edits.wrap(part, before.plain("{ "), " })");
    }

    /// Has a function return the values of changes, and visits its body.
    fn function(&mut self, signature: &Signature, block: &Block) {
        let (edits, switched) = (self.edits.count(), self.switched.len());
        if let Some(first) = block.stmts.first() {
            let begin = bytes(first).start;
            let found = self.take(begin, Genre::FnValue);
            let kind = self.text(&bytes(&signature.output));
            let body = begin..block.stmts.last().map_or(begin, |last| bytes(last).end);
            if !kind.contains("impl ") {
                self.return_early(begin, &found);
            } else if is_one_iterator(kind) && !Leaves::is_before_the_end(block) {
                self.return_iterator(&body, &found);
            } else {
                self.give_up(&found, Unswitched::OpaqueType);
            }
        }
        self.visit_block(block);
        if let (Some(token), true) = (&signature.constness, self.edits.count() > edits) {
            self.edits.blank(bytes(token));
            self.in_const_functions.extend(self.switched.iter().skip(switched));
        }
    }

    /// Has a function return the values of changes before it does anything.
    fn return_early(&mut self, begin: usize, found: &[&Mutant]) {
        let mut pieces = Pieces::default();
        for one in found {
            pieces = pieces.plain(&format!("if {} {{ return ", on(one.id)));
            pieces = pieces.changed(one.id, &one.replacement).plain("; } ");
        }
        if !found.is_empty() {
            self.edits.insert(begin, pieces);
        }
    }

    /// Has a function whose iterator is of one type return that of a change: the type is
    /// one of all of them.
    fn return_iterator(&mut self, body: &Range<usize>, found: &[&Mutant]) {
        const OWN: &str = "crate::mutant_switch::Chosen::Own(";
        let mut pieces = Pieces::default();
        for (depth, one) in found.iter().enumerate() {
            let (before, after) = (OWN.repeat(depth), ")".repeat(depth));
            pieces = pieces.plain(&format!("if {} {{ return {before}", on(one.id)));
            pieces = pieces.plain("crate::mutant_switch::Chosen::Change(");
            pieces = pieces.changed(one.id, &one.replacement);
            pieces = pieces.plain(&format!("){after}; }} "));
        }
        if !found.is_empty() {
            let before = pieces.plain(&OWN.repeat(found.len())).plain("{ ");
            self.edits.wrap(body, before, &format!(" }}{}", ")".repeat(found.len())));
        }
    }

    /// Has an arm of a `match` not be there, or its guard be another one.
    fn arm(&mut self, arm: &Arm, of: &Range<usize>) {
        let (pattern, guard) = match &arm.pat {
            Pat::Guard(guarded) => (&*guarded.pat, Some(&*guarded.guard)),
            pattern => (pattern, None),
        };
        let deleted = self.take(bytes(arm).start, Genre::MatchArm);
        for one in &deleted {
            // Whether the other arms are enough is said of the whole `match`.
            self.edits.wrap(of, Pieces::default().site_of(one.id), "");
        }
        if let Some(guard) = guard {
            let part = bytes(guard);
            for one in deleted {
                self.edits.wrap(
                    &part,
                    Pieces::default().plain(&format!("!{} && (", on(one.id))),
                    ")",
                );
            }
            for one in self.take(part.start, Genre::MatchArmGuard) {
                let (not, operator) =
                    if one.replacement == "true" { ("", "||") } else { ("!", "&&") };
                let before = format!("({not}{} {operator} (", on(one.id));
                self.edits.wrap(&part, Pieces::default().site_of(one.id).plain(&before), "))");
            }
            self.visit_expr(guard);
        } else {
            for one in deleted {
                let guard = format!(" if !{}", on(one.id));
                self.edits.insert(bytes(pattern).end, Pieces::default().plain(&guard));
            }
        }
        self.visit_expr(&arm.body);
    }
}

/// The question whether a change is on.
fn on(id: u32) -> String {
    format!("crate::mutant_switch::on({id})")
}

/// The bytes of the source that code stands in.
fn bytes(code: &impl Spanned) -> Range<usize> {
    code.span().byte_range()
}

/// Whether a function's type is some iterator and nothing more.
fn is_one_iterator(output: &str) -> bool {
    output.matches("impl ").count() == 1 && output.starts_with("-> impl Iterator<")
}

/// Whether code leaves its function before it comes to the end.
#[derive(Default)]
struct Leaves(bool);

impl Leaves {
    fn is_before_the_end(block: &Block) -> bool {
        let mut leaves = Self::default();
        leaves.visit_block(block);
        leaves.0
    }
}

impl<'ast> Visit<'ast> for Leaves {
    fn visit_expr_return(&mut self, _: &'ast ExprReturn) {
        self.0 = true;
    }

    fn visit_expr_try(&mut self, _: &'ast ExprTry) {
        self.0 = true;
    }

    // They leave themselves.
    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}

    fn visit_item_fn(&mut self, _: &'ast ItemFn) {}
}

/// Whether a condition is a chain that has `let` in it.
fn has_let(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(both) if matches!(both.op, BinOp::And(_)) => {
            has_let(&both.left) || has_let(&both.right)
        }
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Sites<'_> {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.function(&function.sig, &function.block);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.function(&function.sig, &function.block);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(block) = &function.default {
            self.function(&function.sig, block);
        }
    }

    fn visit_expr_binary(&mut self, both: &'ast ExprBinary) {
        let found = self.take(bytes(&both.op).start, Genre::BinaryOperator);
        if has_let(&both.left) || has_let(&both.right) {
            self.give_up(&found, Unswitched::LetChain);
        } else {
            let (left, right) = (self.text(&bytes(&both.left)), self.text(&bytes(&both.right)));
            let code = |one: &Mutant| format!("({left}) {} ({right})", one.replacement);
            let choices: Vec<_> = found.iter().map(|one| (one.id, code(one))).collect();
            self.choose(&bytes(both), &choices);
        }
        visit::visit_expr_binary(self, both);
    }

    fn visit_expr_unary(&mut self, unary: &'ast ExprUnary) {
        let found = self.take(bytes(&unary.op).start, Genre::UnaryOperator);
        let operand = self.text(&bytes(&unary.expr)).to_owned();
        let choices: Vec<_> = found.iter().map(|one| (one.id, operand.clone())).collect();
        self.choose(&bytes(unary), &choices);
        visit::visit_expr_unary(self, unary);
    }

    fn visit_expr_struct(&mut self, value: &'ast ExprStruct) {
        let whole = bytes(value);
        // Without a base there is nothing that a field could be left to.
        if let Some(base) = &value.dot2_token {
            let fields = value.fields.iter().map(|field| bytes(field).start);
            let begins: Vec<usize> = fields.chain([bytes(base).start]).collect();
            let mut choices = Vec::new();
            for field in begins.windows(2) {
                let &[begin, end] = field else { continue };
                let code = [self.text(&(whole.start..begin)), self.text(&(end..whole.end))];
                let found = self.take(begin, Genre::StructField);
                choices.extend(found.iter().map(|one| (one.id, code.concat())));
            }
            self.choose(&whole, &choices);
        }
        visit::visit_expr_struct(self, value);
    }

    fn visit_expr_match(&mut self, value: &'ast ExprMatch) {
        self.visit_expr(&value.expr);
        let whole = bytes(value);
        for arm in &value.arms {
            self.arm(arm, &whole);
        }
    }

    // No code that runs: a switch cannot be asked there.
    fn visit_expr_repeat(&mut self, repeated: &'ast ExprRepeat) {
        self.visit_expr(&repeated.expr);
    }

    fn visit_expr_const(&mut self, _: &'ast ExprConst) {}

    fn visit_generics(&mut self, _: &'ast Generics) {}

    fn visit_impl_item_const(&mut self, _: &'ast ImplItemConst) {}

    fn visit_item_const(&mut self, _: &'ast ItemConst) {}

    fn visit_item_static(&mut self, _: &'ast ItemStatic) {}

    fn visit_pat(&mut self, _: &'ast Pat) {}

    fn visit_trait_item_const(&mut self, _: &'ast TraitItemConst) {}

    fn visit_type(&mut self, _: &'ast Type) {}

    fn visit_variant(&mut self, _: &'ast Variant) {}
}
