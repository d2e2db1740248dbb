//! Titles that say more than one thing: `workspaces/tasks`, `timezone (IANA)`,
//! `time zone of start`.

use super::row::Column;
use super::title::{Meant, Part, Title, bears_affixes, meant};

/// The signs between two things that a column holds.
const JOINTS: [char; 6] = ['/', '|', '&', '+', ',', ';'];
const JOINT_WORDS: [&str; 7] = [" or ", " and ", " und ", " oder ", " et ", " ou ", " y "];

/// The words behind a zone that say of which time it is.
const OF: [&str; 5] = [" of ", " for ", " in ", " der ", " de "];

/// The columns that a title means in one of its parts, if it means any.
pub(super) fn meant_in_parts(title: &str) -> Option<Meant> {
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
    let mut columns: Vec<Column> = Vec::new();
    for part in parts {
        let found = match Title::of(part) {
            Title::Known(column) => meant(&[column], Part::Whole),
            Title::Meant(meant) => meant,
            Title::Unused => continue,
        };
        if bears_affixes(&found) {
            columns.extend(found.columns);
        }
    }
    columns.dedup();
    (!columns.is_empty()).then(|| meant(&columns, Part::Whole))
}

/// The text before a bracket, if the bracket only explains it.
fn bracketed(title: &str) -> Option<Meant> {
    let (before, _) = title.split_once(['(', '[', '{', ':'])?;
    match Title::of(before) {
        Title::Known(column) => Some(meant(&[column], Part::Whole)).filter(bears_affixes),
        Title::Meant(meant) => Some(meant).filter(bears_affixes),
        Title::Unused => None,
    }
}

/// The zone of something. Of other columns this says something else: a `plan
/// of action` is no task.
fn zone_of(title: &str) -> Option<Meant> {
    let before = OF.iter().find_map(|of| title.split_once(of))?.0;
    let found = match Title::of(before) {
        Title::Known(column) => meant(&[column], Part::Whole),
        Title::Meant(meant) => meant,
        Title::Unused => return None,
    };
    (found.columns == [Column::Timezone]).then_some(found)
}
