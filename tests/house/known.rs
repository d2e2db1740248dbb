//! The offences that are known, and the judgement of those that are found.

use std::collections::BTreeMap;

/// The number of offences that are known and still stand, by rule and crate. The
/// number is exact: more offences fail, and so do fewer, so that it can only shrink.
const KNOWN: &[(&str, &str, usize)] = &[];

/// The rules that entries of `KNOWN` may be about.
const RULES: [&str; 11] = [
    "arrows",
    "circles",
    "doc comments",
    "homonyms",
    "length",
    "libraries",
    "model",
    "parameters",
    "private words",
    "pure",
    "vague words",
];

/// The message about offences that are more than known, or none where some are.
fn verdict(
    known: &[(&str, &str, usize)],
    rule: &str,
    of: &str,
    found: &[String],
) -> Option<String> {
    let entry = known.iter().find(|entry| (entry.0, entry.1) == (rule, of));
    match (entry, found.len()) {
        (None, 0) => None,
        (Some(_), 0) => Some("no offence is left: remove the entry in KNOWN".to_owned()),
        (Some((.., known)), count) if count < *known => {
            Some(format!("{count} offences are left: lower the number in KNOWN from {known}"))
        }
        (entry, count) => {
            let allowed = entry.map_or(0, |entry| entry.2);
            let list = found.join("\n  ");
            (count > allowed).then(|| format!("{count} offences, {allowed} are known:\n  {list}"))
        }
    }
}

/// Fails if the offences against a rule are not as known.
pub(super) fn judge(rule: &str, found: &BTreeMap<String, Vec<String>>) {
    assert!(RULES.contains(&rule), "{rule} is not in RULES");
    let unjudged = KNOWN.iter().filter(|(of, name, _)| *of == rule && !found.contains_key(*name));
    assert_eq!(unjudged.collect::<Vec<_>>(), Vec::<&(&str, &str, usize)>::new(), "no such crate");
    let verdict = |(of, found): (&String, &Vec<String>)| {
        verdict(KNOWN, rule, of, found).map(|text| format!("{rule}, {of}: {text}\n"))
    };
    let verdicts: String = found.iter().filter_map(verdict).collect();
    assert!(verdicts.is_empty(), "{verdicts}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_offences_are_of_rules_that_exist() {
        let unknown: Vec<_> = KNOWN.iter().filter(|(rule, ..)| !RULES.contains(rule)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }

    #[test]
    fn known_offences_can_only_shrink() {
        let known = [("rule", "crate", 2)];
        let found = |count: usize| vec!["x".to_owned(); count];
        for (of, count, fails) in [
            ("crate", 3, true),
            ("crate", 2, false),
            ("crate", 1, true),
            ("crate", 0, true),
            ("other", 1, true),
            ("other", 0, false),
        ] {
            let verdict = verdict(&known, "rule", of, &found(count));
            assert_eq!(verdict.is_some(), fails, "{of} {count}: {verdict:?}");
        }
    }
}
