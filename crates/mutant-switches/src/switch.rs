//! The switches that changed code asks. This file becomes the module `mutant_switch` of a
//! package that has switches. One change at most is on in a process.

use std::fs::File;
use std::io::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// The variable with the number of the change that is on.
const CHOSEN: &str = "MUTANT";

/// The variable with the file that the number of each switch is added to when the code
/// asks it for the first time.
const REACHED: &str = "MUTANTS_REACHED";

/// The number of switches that can be noted.
const NUMBERS: usize = 1 << 16;

static SWITCHES: OnceLock<Switches> = OnceLock::new();
static SEEN: [AtomicBool; NUMBERS] = [const { AtomicBool::new(false) }; NUMBERS];

struct Switches {
    chosen: Option<u32>,
    reached: Option<File>,
}

impl Switches {
    fn read() -> Self {
        let chosen = std::env::var(CHOSEN).ok().and_then(|number| number.parse().ok());
        let reached = std::env::var_os(REACHED)
            .and_then(|path| File::options().create(true).append(true).open(path).ok());
        Self { chosen, reached }
    }
}

/// Whether the change with this number is on.
#[must_use]
pub fn on(number: u32) -> bool {
    let switches = SWITCHES.get_or_init(Switches::read);
    if let Some(mut file) = switches.reached.as_ref() {
        let seen = usize::try_from(number).ok().and_then(|index| SEEN.get(index));
        if seen.is_some_and(|seen| !seen.swap(true, Ordering::Relaxed)) {
            // A line is one write, so that those of several threads do not mix. A line
            // that is missing costs a run of tests that would not have been needed.
            drop(file.write_all(format!("{number}\n").as_bytes()));
        }
    }
    switches.chosen == Some(number)
}

/// The iterator of a change, or that of the code.
#[derive(Debug)]
pub enum Chosen<A, B> {
    /// That of a change.
    Change(A),
    /// That of the code, or one of further changes.
    Own(B),
}

impl<A: Iterator, B: Iterator<Item = A::Item>> Iterator for Chosen<A, B> {
    type Item = A::Item;

    fn next(&mut self) -> Option<A::Item> {
        match self {
            Self::Change(items) => items.next(),
            Self::Own(items) => items.next(),
        }
    }
}
