//! Compares names that people type and misspell: finds the known name that is most
//! alike.

/// The likeness, from 0 to 1, from which on a typed name may mean a known one.
const ALIKE: f64 = 0.85;

/// The most characters that are compared: nobody types more, and it takes the product of
/// two lengths to compare them.
const LONGEST: usize = 200;

/// Returns the name that is most like `name`, if any is alike. Case, spaces and
/// signs do not count.
#[must_use]
pub fn most_alike<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let beginning = |name: &str| plain(name).chars().take(LONGEST).collect::<String>();
    let wanted = beginning(name);
    let likeness = |name: &str| {
        let known = beginning(name);
        let is_part = wanted.chars().count() > 2 && known.contains(&wanted);
        strsim::jaro_winkler(&wanted, &known).max(if is_part { ALIKE } else { 0.0 })
    };
    let scored = names.into_iter().map(|name| (likeness(name), name));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
    best.filter(|(score, _)| !wanted.is_empty() && *score >= ALIKE).map(|(_, name)| name)
}

/// Whether a name differs from a known one by case, spaces, signs, or at most two
/// letters of a longer word. Another digit, or another letter that stands alone, makes
/// another name: `Load 2`, `Team B`.
#[must_use]
pub fn is_slip(name: &str, known: &str) -> bool {
    if name == known {
        return false;
    }
    let (one, other) = (plain(name), plain(known));
    if one == other {
        return !one.is_empty();
    }
    let most = match one.chars().count().min(other.chars().count()) {
        0..=3 => return false,
        4..=6 => 1,
        7..=LONGEST => 2,
        _ => return false,
    };
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let singles = |text: &str| {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|it| it.chars().count() == 1);
        words.map(str::to_lowercase).collect::<Vec<_>>()
    };
    digits(&one) == digits(&other)
        && singles(name) == singles(known)
        && strsim::osa_distance(&one, &other) <= most
}

fn plain(name: &str) -> String {
    let words = name.to_lowercase();
    words.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_again_in_spite_of_case_spaces_and_letters() {
        let names = ["Database upgrade", "Q3 patching", "weekend", "Production", "生产环境"];
        for (name, expected) in [
            ("q3 patching", Some("Q3 patching")),
            ("Q3 patching ", Some("Q3 patching")),
            ("Q3patching", Some("Q3 patching")),
            ("Q3  Patching", Some("Q3 patching")),
            ("Q3-patching", Some("Q3 patching")),
            ("Q3 pathcing", Some("Q3 patching")),
            ("database", Some("Database upgrade")),
            ("weekends", Some("weekend")),
            ("Prod", Some("Production")),
            ("生产环", Some("生产环境")),
            ("", None),
            ("--", None),
            ("year-end freeze", None),
        ] {
            assert_eq!(most_alike(name, names), expected, "{name:?}");
        }
        assert_eq!(most_alike("x", []), None);
    }

    #[test]
    fn a_slip_is_no_other_name() {
        for (name, known, expected) in [
            ("production", "Production", true),
            ("Prodcution", "Production", true),
            ("finance-eu", "Finance EU", true),
            ("Qualty", "Quality", true),
            ("Production", "Production", false),
            ("Prod", "Production", false),
            ("Load 1", "Load 2", false),
            ("Team A", "Team B", false),
            ("load*", "Load orders", false),
            ("Test", "Rest", true),
            ("QA", "QS", false),
            ("--", "++", false),
        ] {
            assert_eq!(is_slip(name, known), expected, "{name} {known}");
        }
    }

    /// Compared to their ends, these would take minutes.
    #[test]
    fn names_without_end_are_compared_by_their_beginnings() {
        let long = "a".repeat(1_000_000);
        let (one, other) = (format!("{long}x"), format!("{long}y"));
        assert_eq!(most_alike(&one, [&*other, "b"]), Some(&*other));
        assert!(!is_slip(&one, &other));
        assert!(is_slip(&one, &one.to_uppercase()));
    }
}
