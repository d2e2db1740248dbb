//! The meaning of the title of a column, or of the name of a member: a column
//! that is read, one that was probably meant, or nothing.
//!
//! A scope or a zone whose column is passed over silently is a window that
//! concerns the wrong runs at the wrong time. So a title that is close to a
//! known one, or that means the same, is an error and not just unknown.

use super::column::{Column, normalized};
use super::title_words::{PREFIXES, Part, SUFFIXES, SYNONYMS};
use crate::scope::Field;

/// The meaning of one title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Title {
    /// The column of that name.
    Known(Column),
    /// No column has that name, but these were probably meant.
    Meant(Meant),
    /// Nothing that is read.
    Unused,
}

/// The columns that a title probably means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meant {
    /// Best first, at least one.
    pub(super) columns: Vec<Column>,
    /// Whether it means them also where they are there under their own name.
    /// A `summary` beside a `name` is harmless.
    pub(super) always: bool,
    /// Which part of a time it holds.
    pub(super) part: Part,
}

impl Title {
    /// The meaning of a title as it was written.
    pub(super) fn of(title: &str) -> Self {
        if let Some(column) = Column::from_name(title) {
            return Self::Known(column);
        }
        let plain = plain(title);
        // Nothing that is read has a long name; and no text is measured at length.
        if plain.is_empty() || title.len() > 4 * LONGEST {
            return Self::Unused;
        }
        if plain.len() > LONGEST {
            return meant_in_parts(title).map_or(Self::Unused, Self::Meant);
        }
        synonym(&plain)
            .or_else(|| without_affixes(&plain, 3))
            .or_else(|| close(&plain))
            .or_else(|| meant_in_parts(title))
            .map_or(Self::Unused, Self::Meant)
    }

    /// The columns that it means, be it by their own name.
    pub(super) fn into_meant(self) -> Option<Meant> {
        match self {
            Self::Known(column) => Some(meant(&[column], Part::Whole)),
            Self::Meant(meant) => Some(meant),
            Self::Unused => None,
        }
    }
}

/// The meaning of a name before a colon in a calendar's category. Categories are
/// words of all kinds (`Tax:2026`, `Team:A`), so of short names only a swap of
/// two letters counts as a slip.
pub(super) fn of_category(name: &str) -> Title {
    let title = Title::of(name);
    let plain = plain(name);
    if plain.len() > 6 || synonym(&plain).or_else(|| without_affixes(&plain, 3)).is_some() {
        return title;
    }
    match &title {
        Title::Meant(meant) if !meant.columns.iter().any(|c| is_swap(&plain, c.as_str())) => {
            Title::Unused
        }
        _ => title,
    }
}

impl Meant {
    /// The columns' names: `end or until`.
    pub(super) fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.as_str()).collect();
        names.join(" or ")
    }
}

/// The longest title that is compared with others, in bytes.
const LONGEST: usize = 40;

/// The letters and digits of a title, without accents: `Début (UTC)` is
/// `debututc`.
fn plain(title: &str) -> String {
    let mut plain = String::with_capacity(title.len());
    for c in normalized(title).chars() {
        match c {
            'à'..='å' => plain.push('a'),
            'ç' => plain.push('c'),
            'è'..='ë' => plain.push('e'),
            'ì'..='ï' => plain.push('i'),
            'ñ' => plain.push('n'),
            'ò'..='ö' => plain.push('o'),
            'ù'..='ü' => plain.push('u'),
            'ß' => plain.push_str("ss"),
            _ if c.is_alphanumeric() => plain.push(c),
            _ => {}
        }
    }
    plain
}

fn synonym(plain: &str) -> Option<Meant> {
    // One that differs only in marks or accents: `start:`, `récurrence`.
    if let Some(column) = Column::from_name(plain) {
        return Some(meant(&[column], Part::Whole));
    }
    let (columns, part, _) =
        SYNONYMS.iter().find(|(_, _, words)| words.split(' ').any(|word| word == plain))?;
    Some(meant(columns, *part))
}

fn meant(columns: &[Column], part: Part) -> Meant {
    let always = columns.iter().any(|column| *column != Column::Name);
    Meant { columns: columns.to_vec(), always, part }
}

/// The synonym that is left without what stands around it, if that may.
fn without_affixes(plain: &str, most: u8) -> Option<Meant> {
    let most = most.checked_sub(1)?;
    let prefixes = PREFIXES.split(' ').filter_map(|prefix| plain.strip_prefix(prefix));
    let suffixes = SUFFIXES.split(' ').filter_map(|suffix| plain.strip_suffix(suffix));
    prefixes.chain(suffixes).filter(|rest| rest.len() > 2 || matches!(*rest, "tz" | "ws")).find_map(
        |rest| synonym(rest).filter(bears_affixes).or_else(|| without_affixes(rest, most)),
    )
}

/// `task name` means the task; but a `change type` or a `host name` is neither
/// a type nor a name of ours.
fn bears_affixes(meant: &Meant) -> bool {
    meant.columns.iter().all(|column| match column {
        Column::Scope(field) => *field != Field::Type,
        Column::Start | Column::End | Column::Timezone => true,
        _ => false,
    }) && !(meant.columns.len() > 1 && meant.part != Part::Whole)
}

/// The columns whose names, or words for them, differ from this one in a letter
/// or two, more if they are long. A swap of two letters is one difference.
fn close(plain: &str) -> Option<Meant> {
    let mut best: Option<(usize, Meant)> = None;
    let mut take = |distance: usize, found: Meant| match &mut best {
        Some((least, known)) if *least == distance => {
            for column in found.columns {
                if !known.columns.contains(&column) {
                    known.columns.push(column);
                }
            }
            known.always |= found.always;
        }
        Some((least, _)) if *least < distance => {}
        _ => best = Some((distance, found)),
    };
    for column in Column::ALL {
        let name = column.as_str();
        let distance = strsim::osa_distance(plain, name);
        let same_shape = plain.len() == name.len() && plain.get(..1) == name.get(..1);
        let (most, always) = match name.len() {
            7.. => (2, true),
            // Two letters of five are a lot: `state` is no `start`, nor `unit`
            // an `until`, if the right one is there.
            5..=6 if same_shape => (2, distance < 2),
            _ => (1, true),
        };
        if distance <= most {
            let mut found = meant(&[column], Part::Whole);
            found.always &= always;
            take(distance, found);
        }
    }
    for (columns, part, words) in SYNONYMS {
        if words.split(' ').any(|word| is_slip(plain, word)) {
            take(1, meant(columns, *part));
        }
    }
    best.map(|(_, found)| found)
}

/// Whether a long word was written with a letter too many or too few, or with
/// two of them swapped. Another letter in its place makes other words:
/// `internal` is no `interval`.
fn is_slip(plain: &str, word: &str) -> bool {
    let near = word.len() >= 6
        && plain.len().abs_diff(word.len()) <= 1
        && plain.as_bytes().first() == word.as_bytes().first()
        && strsim::osa_distance(plain, word) == 1;
    near && (plain.len() != word.len() || is_swap(plain, word))
}

/// Whether two words differ in the order of two letters alone.
fn is_swap(plain: &str, word: &str) -> bool {
    let sorted = |text: &str| {
        let mut bytes = text.as_bytes().to_vec();
        bytes.sort_unstable();
        bytes
    };
    strsim::osa_distance(plain, word) == 1 && sorted(plain) == sorted(word)
}

// Titles that say several things: `workspaces/tasks`, `timezone (IANA)`, `time
// zone of start`.

/// The signs between two things that a column holds.
const JOINTS: [char; 6] = ['/', '|', '&', '+', ',', ';'];
const JOINT_WORDS: [&str; 7] = [" or ", " and ", " und ", " oder ", " et ", " ou ", " y "];

/// The words behind a zone that say of which time it is.
const OF: [&str; 5] = [" of ", " for ", " in ", " der ", " de "];

/// The columns that a title means in one of its parts, if it means any.
fn meant_in_parts(title: &str) -> Option<Meant> {
    let lower = title.to_lowercase();
    joined(&lower).or_else(|| bracketed(&lower)).or_else(|| zone_of(&lower))
}

/// All that is joined there: a column cannot hold two things.
fn joined(title: &str) -> Option<Meant> {
    let mut text = title.split(['(', '[']).next().unwrap_or_default().to_owned();
    for word in JOINT_WORDS {
        text = text.replace(word, "/");
    }
    let parts: Vec<&str> = text.split(JOINTS).filter(|part| !part.trim().is_empty()).collect();
    if parts.len() < 2 {
        return None;
    }
    let found = parts.into_iter().filter_map(|part| Title::of(part).into_meant());
    let mut columns: Vec<Column> =
        found.filter(bears_affixes).flat_map(|meant| meant.columns).collect();
    columns.dedup();
    (!columns.is_empty()).then(|| meant(&columns, Part::Whole))
}

/// The text before a bracket, if the bracket only explains it.
fn bracketed(title: &str) -> Option<Meant> {
    let (before, _) = title.split_once(['(', '[', '{', ':'])?;
    Title::of(before).into_meant().filter(bears_affixes)
}

/// The zone of something. Of other columns this says something else: a `plan
/// of action` is no task.
fn zone_of(title: &str) -> Option<Meant> {
    let before = OF.iter().find_map(|of| title.split_once(of))?.0;
    Title::of(before).into_meant().filter(|found| found.columns == [Column::Timezone])
}
