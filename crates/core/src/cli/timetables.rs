//! The timetables that the flags name: `--timetable` and `--timezone`.

use std::fs;
use std::path::PathBuf;

use super::{Messages, Refusal};
use crate::short_name::{clip, clip_path};
use crate::timetable::{self, Format, ReadOptions, Timetable, TimetableFile};
use crate::zone::{Zone, ZoneTable};

/// The zone that `--timezone` names.
///
/// # Errors
///
/// No zone has that name (exit code 2).
pub fn named_zone(zones: &ZoneTable, name: &str) -> Result<Zone, Refusal> {
    zones.get(name).map_err(|unknown| {
        let refusal = Refusal::usage(format!("--timezone: unknown time zone {:?}", clip(name)));
        refusal.hint(unknown.hint())
    })
}

/// The bytes of timetables, each with its name as it was typed.
#[derive(Clone, Debug)]
pub struct TimetableFiles {
    files: Vec<(String, Vec<u8>)>,
    format: Option<Format>,
}

impl TimetableFiles {
    /// Reads all these files. Without a `format`, the ending of each name tells it.
    ///
    /// # Errors
    ///
    /// A file cannot be read (exit code 65).
    pub fn read(paths: &[PathBuf], format: Option<Format>) -> Result<Self, Refusal> {
        let read = |path: &PathBuf| {
            let bytes = fs::read(path).map_err(|error| {
                let path = clip_path(path);
                Refusal::bad_input(format!("cannot read the timetable {path}: {error}"))
            })?;
            Ok((path.display().to_string(), bytes))
        };
        Ok(Self { files: paths.iter().map(read).collect::<Result<_, Refusal>>()?, format })
    }

    /// The files as the loader takes them.
    pub fn iter(&self) -> impl Iterator<Item = TimetableFile<'_>> {
        let format = self.format;
        self.files.iter().map(move |(file, bytes)| TimetableFile { file, format, bytes })
    }

    /// Loads the files as one timetable, warns of the problems that do not
    /// stop it, and tells how much is left out.
    ///
    /// # Errors
    ///
    /// The timetable cannot be used.
    pub fn load(&self, options: &ReadOptions, messages: &Messages) -> anyhow::Result<Timetable> {
        let (timetable, problems) = timetable::load(self.iter(), options)?;
        for problem in &problems {
            messages.warn(&problem.to_string());
        }
        if let Some(text) = timetable.left_out() {
            messages.note(text);
        }
        Ok(timetable)
    }
}
