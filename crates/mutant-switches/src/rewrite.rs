//! The switches of one file.

use std::ops::Range;

use serde::Serialize;

use crate::mutant::{Mutant, Unswitched};
use crate::sites::Sites;

/// A file with switches in it.
#[derive(Debug)]
pub struct Rewritten {
    /// The source.
    pub text: String,
    /// The fate of each change.
    pub fates: Vec<Fate>,
}

/// The switch of a change, or the reason that it has none.
#[derive(Debug, Serialize)]
pub struct Fate {
    /// The number of the change.
    pub id: u32,
    /// Why it has no switch, if it has none.
    pub unswitched: Option<Unswitched>,
    /// The bytes of the new source that only the change has. None are needed to leave an
    /// arm out.
    pub code: Option<Range<usize>>,
    /// The bytes that the change can have an influence on the types of.
    pub site: Option<Range<usize>>,
    /// Whether a function is `const` no more, so that the change can be switched.
    pub in_const_function: bool,
}

/// Puts the switches of changes into the source of their file.
///
/// # Errors
///
/// The source cannot be parsed.
pub fn rewrite(source: &str, mutants: &[Mutant]) -> syn::Result<Rewritten> {
    let file = syn::parse_file(source)?;
    let Sites { edits, unswitched, in_const_functions, .. } = Sites::of(source, &file, mutants);
    let edited = edits.apply(source);
    let fate = |one: &Mutant| Fate {
        id: one.id,
        unswitched: unswitched.get(&one.id).copied(),
        code: edited.codes.get(&one.id).cloned(),
        site: edited.sites.get(&one.id).cloned(),
        in_const_function: in_const_functions.contains(&one.id),
    };
    let fates = mutants.iter().map(fate).collect();
    Ok(Rewritten { text: edited.text, fates })
}

#[cfg(test)]
mod tests;
