//! Zone names that are not IANA's, and what a misspelt one may have meant.

use strum::IntoEnumIterator;
use windows_timezones::WindowsTimezone;

use super::written;

/// In how many parts a name with a prefix is looked for.
const MOST_PARTS: usize = 16;

/// The ends of a name with a vendor's prefix, longest first:
/// `/mozilla.org/20070129_1/Europe/Berlin`, `tzone://Microsoft/Utc`.
pub(super) fn without_prefix(name: &str) -> impl Iterator<Item = &str> {
    let has_prefix = name.starts_with('/') || name.contains("://");
    name.match_indices('/')
        .filter(move |_| has_prefix)
        // A name of the database has at most two; more would only take time.
        .take(MOST_PARTS)
        .filter_map(|(at, _)| name.get(at + 1..))
        .filter(|rest| !rest.is_empty())
}

/// The IANA name for a Windows one, or for the text that Windows shows for it
/// (from the Unicode CLDR's table).
pub(super) fn iana_of_windows(name: &str) -> Option<&'static str> {
    WindowsTimezone::iter()
        .find(|zone| {
            zone.name().eq_ignore_ascii_case(name) || zone.description().eq_ignore_ascii_case(name)
        })
        .map(WindowsTimezone::tzdb_id)
}

/// The names of Windows, and the texts that it shows for them.
pub(super) fn windows() -> impl Iterator<Item = &'static str> {
    WindowsTimezone::iter().flat_map(|zone| [zone.name(), zone.description()])
}

/// Up to three known names that look like this one, best first; none for what
/// is longer than any name, since comparing takes time.
pub(super) fn similar<N: ToString>(name: &str, known: impl Iterator<Item = N>) -> Vec<String> {
    const LONGEST: usize = 100;
    if name.len() > LONGEST {
        return Vec::new();
    }
    if let Some(meant) = written::meant(name) {
        return meant.into_iter().collect();
    }
    // Letters that look like an abbreviation are guessed at only if a place is
    // called so: Rome is one.
    let least = if name.len() <= 4 { 0.999 } else { 0.9 };
    let wanted = name.to_lowercase().replace(' ', "_");
    let city = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
    let wanted_city = city(&wanted);
    let windows = WindowsTimezone::iter().map(|zone| zone.name().to_owned());
    let mut scored: Vec<(f64, String)> = known
        .map(|name| name.to_string())
        .chain(windows)
        .filter_map(|known| {
            let lower = known.to_lowercase().replace(' ', "_");
            let score = strsim::jaro_winkler(&wanted, &lower)
                .max(strsim::jaro_winkler(&wanted_city, &city(&lower)));
            (score > least).then_some((score, known))
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let best = scored.first().map_or(0.0, |(score, _)| *score);
    let close = scored.into_iter().take_while(|(score, _)| *score > best - 0.03);
    close.take(3).map(|(_, name)| name).collect()
}
