//! Puts switches into a copy of the workspace, in place.
//!
//! usage: mutant-switches TREE < changes.json > fates.json
//!
//! The changes are what `cargo mutants --list --json` writes, each with a member `id`, the
//! number of its switch. What became of each is written as JSON, with its file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use mutant_switches::{Mutant, SWITCH, rewrite};
use serde_json::{Value, json};

fn main() -> Result<()> {
    let Some(tree) = std::env::args_os().nth(1).map(PathBuf::from) else {
        bail!("usage: mutant-switches TREE < changes.json > fates.json");
    };
    let mutants: Vec<Mutant> =
        serde_json::from_reader(io::stdin().lock()).context("the changes")?;
    let fates = switch_all(&tree, mutants)?;
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, &fates)?;
    stdout.flush()?;
    Ok(())
}

/// Puts the switches of all changes into a tree, and says what became of each.
fn switch_all(tree: &Path, mutants: Vec<Mutant>) -> Result<Vec<Value>> {
    let mut by_file: BTreeMap<String, Vec<Mutant>> = BTreeMap::new();
    for mutant in mutants {
        by_file.entry(mutant.file.clone()).or_default().push(mutant);
    }
    let (mut fates, mut roots) = (Vec::new(), BTreeSet::new());
    for (file, mutants) in &by_file {
        let path = tree.join(file);
        let source = fs::read_to_string(&path).with_context(|| file.clone())?;
        let rewritten = rewrite(&source, mutants).context("the source cannot be parsed");
        let rewritten = rewritten.with_context(|| file.clone())?;
        fs::write(&path, rewritten.text).with_context(|| file.clone())?;
        let with_file = |fate| json!({ "file": file, "fate": fate });
        fates.extend(rewritten.fates.into_iter().map(with_file));
        let Some((package, _)) = file.split_once("/src/") else {
            bail!("{file}: it is not below the src of a package");
        };
        roots.insert(tree.join(package).join("src/lib.rs"));
    }
    for root in roots {
        let name = || root.display().to_string();
        let text = fs::read_to_string(&root).with_context(name)?;
        let module = format!("\npub mod mutant_switch {{\n{SWITCH}}}\n");
        fs::write(&root, text + &module).with_context(name)?;
    }
    Ok(fates)
}
