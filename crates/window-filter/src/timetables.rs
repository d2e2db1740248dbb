//! Reads the timetables of the flags.

use std::path::{Path, PathBuf};

use anyhow::Context;
use maintenance_core::cli::{Messages, Refusal, TimetableFiles, named_zone};
use maintenance_core::short_name::clip_path;
use maintenance_core::time::UtcTime;
use maintenance_core::time_arg::TimeArg;
use maintenance_core::timetable::{self, OnError, ReadOptions, Timetable};
use maintenance_core::zone::{Zone, ZoneTable};

use crate::args::ReadingArgs;

/// The options for reading timetables.
pub(crate) fn options(args: &ReadingArgs, on_error: OnError) -> anyhow::Result<ReadOptions> {
    let zones = match args.tzdb.to_str() {
        Some("bundled") => ZoneTable::bundled(),
        Some("system") => ZoneTable::system(),
        _ => from_dir(&args.tzdb)?,
    };
    let default_zone = args.timezone.as_deref().map(|name| named_zone(&zones, name)).transpose()?;
    Ok(ReadOptions { zones, default_zone, on_error })
}

fn from_dir(dir: &Path) -> anyhow::Result<ZoneTable> {
    if !dir.is_dir() {
        let message = format!("--tzdb {}: no such directory", clip_path(dir));
        return Err(Refusal::usage(message).hint("write bundled, system or a directory").into());
    }
    ZoneTable::from_dir(dir).with_context(|| format!("cannot read the zones in {}", clip_path(dir)))
}

/// Reads the timetable files.
pub(crate) fn read(files: &[PathBuf], args: &ReadingArgs) -> Result<TimetableFiles, Refusal> {
    TimetableFiles::read(files, args.timetable_format.map(Into::into))
}

/// Reads the timetables as one, and warns of the problems that do not stop it.
pub(crate) fn load(
    files: &[PathBuf],
    args: &ReadingArgs,
    on_error: OnError,
    messages: &Messages,
) -> anyhow::Result<Timetable> {
    let (timetable, warnings) = read_all(files, args, on_error)?;
    for warning in &warnings {
        messages.warn(warning);
    }
    Ok(timetable)
}

/// Reads the timetables as one, and returns the problems that do not stop it.
pub(crate) fn read_all(
    files: &[PathBuf],
    args: &ReadingArgs,
    on_error: OnError,
) -> anyhow::Result<(Timetable, Vec<String>)> {
    let options = options(args, on_error)?;
    let files = read(files, args)?;
    let (timetable, problems) = timetable::load(files.iter(), &options)?;
    Ok((timetable, problems.iter().map(ToString::to_string).collect()))
}

/// The zone of `--timezone`: UTC if there is none.
pub(crate) fn zone(args: &ReadingArgs) -> anyhow::Result<Zone> {
    Ok(options(args, OnError::Stop)?.default_zone.unwrap_or_else(Zone::utc))
}

/// The instant that a flag names.
pub(crate) fn at(
    flag: &str,
    time: Option<TimeArg>,
    now: UtcTime,
    zone: &Zone,
) -> Result<Option<UtcTime>, Refusal> {
    time.map(|time| time.resolve(now, zone))
        .transpose()
        .map_err(|error| Refusal::usage(format!("--{flag}: {error}")))
}
