//! Whole pipelines of damaged bytes: each seed of the fuzz target `pipeline`, and changes
//! of them, the same ones at every run.

use std::fs;
use std::path::Path;

use fastrand::Rng;
use serde_json::Value;

use crate::support::ended::Ended;
use crate::support::scene::Scene;
use crate::support::tool::tool;

/// The number of changed inputs.
const CHANGED: usize = 24;

/// The exit codes of an input: done, done in part, bad input.
const CODES: [i32; 3] = [0, 1, 65];

/// A timetable, its name, and runs.
fn parts(input: &[u8]) -> Option<(&'static str, &[u8], &[u8])> {
    let (choice, rest) = input.split_first()?;
    let at = rest.iter().position(|byte| *byte == 0)?;
    let name = ["t.csv", "t.ics", "t.jsonl"][usize::from(choice & 3) % 3];
    Some((name, &rest[..at], &rest[at + 1..]))
}

/// Both tools have ended in words: with a known code, and with a reason if the input is
/// refused.
fn in_words(input: &[u8], ended: &Ended) {
    let shown = input.escape_ascii();
    assert!(CODES.contains(&ended.code), "{shown}: {ended:#?}");
    assert!(!ended.stderr.contains("panicked"), "{shown}: {ended:#?}");
    assert_eq!(ended.code == 65, ended.stderr.contains("error: "), "{shown}: {ended:#?}");
}

fn pipe(scene: &Scene, dir: &Path, input: &[u8]) -> (i32, i32) {
    let Some((name, timetable, runs)) = parts(input) else { return (0, 0) };
    fs::write(dir.join(name), timetable).unwrap();
    let mut command = tool("window-filter");
    command.current_dir(dir).args(["--timetable", name]);
    let filtered = Ended::of(command.write_stdin(runs).output().unwrap());
    in_words(input, &filtered);
    let mut command = scene.command(&["--dry-run", "--at", "2026-03-01T02:30:00Z"]);
    let paused = Ended::of(command.write_stdin(filtered.stdout.as_bytes()).output().unwrap());
    in_words(input, &paused);
    for line in paused.stdout.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{}: {line}", input.escape_ascii());
    }
    (filtered.code, paused.code)
}

#[test]
fn a_pipeline_of_damaged_bytes_ends_in_words_and_pauses_nothing() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/fuzz/seeds/pipeline");
    let mut paths: Vec<_> =
        fs::read_dir(seeds).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    let scene = Scene::new();
    let dir = tempfile::tempdir().unwrap();
    for (seed, path) in seeds.iter().zip(&paths) {
        assert_eq!(pipe(&scene, dir.path(), seed), (0, 0), "{}", path.display());
    }
    // In its windows, tasks are looked at.
    assert!(scene.count("GET", "/tasks/t1") > 0);
    let mut refused = 0;
    let mut dice = Rng::with_seed(19);
    for _ in 0..CHANGED {
        let mut input = seeds[dice.usize(..seeds.len())].clone();
        for _ in 0..dice.usize(1..4) {
            let at = dice.usize(1..input.len());
            match dice.usize(..4) {
                0 => drop(input.drain(at..(at + dice.usize(1..9)).min(input.len()))),
                1 => input.insert(at, dice.u8(..)),
                2 => input[at] ^= 1 << dice.usize(..8),
                _ => {
                    let other = &seeds[dice.usize(..seeds.len())];
                    let from = dice.usize(..other.len());
                    input.splice(at..at, other[from..(from + 32).min(other.len())].to_vec());
                }
            }
        }
        refused += usize::from(pipe(&scene, dir.path(), &input) != (0, 0));
    }
    assert!((1..CHANGED).contains(&refused), "{refused}");
    assert_eq!(scene.count("PUT", ""), 0);
}
