//! A bounded run of a fuzz target: its seeds, and inputs that are made of them, the same
//! ones at every run.

use std::fs;
use std::path::Path;
use std::thread;

/// The longest input that is made, in bytes.
const LONGEST: usize = 4096;

/// Bytes that mean something in the formats that are read.
const TELLING: &[u8] = b"\0\n\r\t \"',-./0123456789:;=TZ[\\]{|}\x7f\x80\xc3\xed\xef\xf0\xff";

/// Numbers that look random (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        usize::try_from(number).unwrap() % most.max(1)
    }

    /// The bounds of a part of a text: at most 32 bytes, most of the time.
    fn part(&mut self, length: usize) -> (usize, usize) {
        let start = self.below(length + 1);
        let most = if self.below(4) == 0 { length - start } else { 32.min(length - start) };
        (start, start + self.below(most + 1))
    }
}

/// Calls a target with each of its seeds, and with `count` inputs that are made of them.
pub(crate) fn run(name: &str, target: fn(&[u8]), count: usize) {
    let seeds = seeds(name);
    for seed in &seeds {
        call(target, seed);
    }
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for _ in 0..count {
        let mut input = seeds[numbers.below(seeds.len())].clone();
        for _ in 0..=numbers.below(4) {
            let other = &seeds[numbers.below(seeds.len())];
            change(&mut input, other, &mut numbers);
        }
        input.truncate(LONGEST);
        call(target, &input);
    }
}

/// The seeds that are committed, in the order of their names.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(name);
    let entries = fs::read_dir(&dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{}: no seed", dir.display());
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Calls the target, and shows the input if the target panics.
fn call(target: fn(&[u8]), input: &[u8]) {
    struct Shown<'a>(&'a [u8]);
    impl Drop for Shown<'_> {
        fn drop(&mut self) {
            if thread::panicking() {
                eprintln!("the input was b\"{}\"", self.0.escape_ascii());
            }
        }
    }
    let _shown = Shown(input);
    target(input);
}

/// Makes one change.
fn change(input: &mut Vec<u8>, other: &[u8], numbers: &mut Numbers) {
    let (start, end) = numbers.part(input.len());
    match numbers.below(6) {
        0 => drop(input.drain(start..end)),
        1 => {
            let copy = input[start..end].to_vec();
            input.splice(start..start, copy);
        }
        2 => {
            let (from, to) = numbers.part(other.len());
            input.splice(start..end, other[from..to].iter().copied());
        }
        3 => input.insert(start, TELLING[numbers.below(TELLING.len())]),
        4 if start < input.len() => input[start] ^= 1 << numbers.below(8),
        _ if start < input.len() => input[start] = TELLING[numbers.below(TELLING.len())],
        _ => input.push(TELLING[numbers.below(TELLING.len())]),
    }
}
