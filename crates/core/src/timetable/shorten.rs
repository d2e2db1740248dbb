//! Shortens a long list of problems: twenty of each kind are shown, the others are
//! counted.

use std::collections::HashMap;

use super::problem::{Problem, Severity};

/// The number of problems of a kind that are reported in full.
const SHOWN: usize = 20;

/// Problems in their order, without those of a kind beyond the first twenty:
/// in the place of the others stands how many there are. Two are of a kind if
/// they differ only in names, times and numbers.
#[must_use]
pub fn shortened(problems: Vec<Problem>) -> Vec<Problem> {
    if problems.len() <= SHOWN {
        return problems;
    }
    // Where the next one of each kind would stand, and what was left out.
    let mut kinds: HashMap<(Severity, String), (usize, Option<usize>)> = HashMap::new();
    let mut shown: Vec<Problem> = Vec::new();
    let mut left_out: Vec<usize> = Vec::new();
    for problem in problems {
        let kind = (problem.severity, kind(&problem.message));
        let (count, more) = kinds.entry(kind).or_default();
        *count += 1;
        if *count <= SHOWN {
            shown.push(problem);
            continue;
        }
        let place = *more.get_or_insert(shown.len());
        if place == shown.len() {
            shown.push(Problem { column: None, hint: None, ..problem });
            left_out.resize(shown.len(), 0);
        }
        left_out[place] += 1;
    }
    for (problem, count) in shown.iter_mut().zip(left_out) {
        if count > 0 {
            problem.message = format!("and {count} more of this kind, from this line on");
        }
    }
    shown
}

/// A message without what is quoted, and without words that are places, times
/// or numbers.
fn kind(message: &str) -> String {
    let mut kind = String::with_capacity(message.len());
    let mut quoted = false;
    let mut chars = message.chars();
    while let Some(c) = chars.next() {
        match c {
            // What it escapes ends no quote.
            '\\' if quoted => _ = chars.next(),
            '"' => quoted = !quoted,
            _ if !quoted => kind.push(c),
            _ => {}
        }
    }
    let is_word = |word: &&str| !word.contains(|c: char| c.is_ascii_digit() || c == '/');
    kind.split(' ').filter(is_word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(severity: Severity, line: u64, message: String) -> Problem {
        let hint = Some("mend it".to_owned());
        Problem { severity, file: "t.csv".into(), line, column: Some(2), message, hint }
    }

    #[test]
    fn twenty_of_a_kind_are_reported_and_the_others_counted() {
        let mut problems = Vec::new();
        for line in 0..500 {
            let past =
                format!("the window \"w \\\" {line} x\" lies in the past: it ended 2020-01-{line}");
            problems.push(problem(Severity::Warning, line, past));
            if line < 20 {
                problems.push(problem(
                    Severity::Error,
                    line,
                    format!("end: \"{line}\" is not a time"),
                ));
            }
            if line % 100 == 0 {
                problems.push(problem(
                    Severity::Warning,
                    line,
                    "the window has no name".to_owned(),
                ));
            }
        }
        let shown = shortened(problems.clone());
        assert_eq!(shown.len(), 20 + 1 + 20 + 5);
        let more: Vec<&Problem> = shown.iter().filter(|p| p.message.starts_with("and ")).collect();
        assert_eq!(more.len(), 1);
        assert_eq!(more[0].to_string(), "t.csv:20: and 480 more of this kind, from this line on");
        problems.truncate(20);
        assert_eq!(shortened(problems.clone()), problems);
    }

    #[test]
    fn of_a_kind_is_what_differs_in_quotes_numbers_and_places_alone() {
        for (message, of_a_kind) in [
            ("\"a\" ends 2026-01-01 in x", " ends in x"),
            ("\"a \\\" b\" ends 7 times in x/y", " ends times in"),
            ("\"a \\\\\" ends", " ends"),
            ("\"a\" and \"b\" end", " and  end"),
            ("a \\ b", "a \\ b"),
        ] {
            assert_eq!(kind(message), of_a_kind, "{message}");
        }
    }
}
