//! The timetables and times that flags name: `--timetable`, `--timezone`, `--from`, `--to`.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Messages, Refusal, each_once};
use crate::short_name::{clip, clip_path};
use crate::time::UtcTime;
use crate::time_arg::TimeArg;
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

/// The instant that a flag names, such as `from`.
///
/// # Errors
///
/// It has none in that zone (exit code 2).
pub fn named_time(
    flag: &str,
    time: Option<TimeArg>,
    now: UtcTime,
    zone: &Zone,
) -> Result<Option<UtcTime>, Refusal> {
    time.map(|time| time.resolve(now, zone))
        .transpose()
        .map_err(|error| Refusal::usage(format!("--{flag}: {error}")))
}

/// Refuses a period that does not end after its begin.
///
/// # Errors
///
/// It ends at its begin, or before it (exit code 2).
pub fn check_period(from: UtcTime, to: UtcTime) -> Result<(), Refusal> {
    if from < to {
        return Ok(());
    }
    let refusal = Refusal::usage(format!("--to ({to}) is not after --from ({from})"));
    Err(if from > to { refusal.hint("swap the two") } else { refusal })
}

/// The bytes of timetables, each with its name as it was typed.
#[derive(Clone, Debug)]
pub struct TimetableFiles {
    files: Vec<(String, Vec<u8>)>,
    format: Option<Format>,
    /// The warnings about files that were named twice.
    repeated: Vec<String>,
}

impl TimetableFiles {
    /// Reads all these files, each once. Without a `format`, the ending of each name says
    /// it.
    ///
    /// # Errors
    ///
    /// A file cannot be read (exit code 65).
    pub fn read(paths: &[PathBuf], format: Option<Format>) -> Result<Self, Refusal> {
        let read = |path: &&PathBuf| {
            let bytes = fs::read(path).map_err(|error| {
                let path = clip_path(path);
                Refusal::bad_input(format!("cannot read the timetable {path}: {error}"))
            })?;
            Ok((path.display().to_string(), bytes))
        };
        let (first, again) = each_once(paths);
        let repeated = again.into_iter().map(|path| Self::named_twice(path)).collect();
        let files = first.iter().map(read).collect::<Result<_, Refusal>>()?;
        Ok(Self { files, format, repeated })
    }

    /// The warning about a file that was named twice: its windows would count twice.
    #[must_use]
    pub fn named_twice(path: &Path) -> String {
        format!("the timetable {} was named twice: it is read once", clip_path(path))
    }

    /// The warnings about files that were named twice.
    #[must_use]
    pub fn repeated(&self) -> &[String] {
        &self.repeated
    }

    /// The files as the loader takes them.
    pub fn iter(&self) -> impl Iterator<Item = TimetableFile<'_>> {
        let format = self.format;
        self.files.iter().map(move |(file, bytes)| TimetableFile { file, format, bytes })
    }

    /// Loads the files as one timetable, warns of the problems that do not
    /// stop it, and says how much is left out.
    ///
    /// # Errors
    ///
    /// The timetable cannot be used.
    pub fn load(&self, options: &ReadOptions, messages: &Messages) -> anyhow::Result<Timetable> {
        for text in &self.repeated {
            messages.warn(text);
        }
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
