//! Reads the timetables of the flags.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use maintenance_core::cli::{Messages, Refusal, TimetableFiles, named_zone};
use maintenance_core::short_name::clip_path;
use maintenance_core::timetable::{self, OnError, ReadOptions, Timetable};
use maintenance_core::zone::{Zone, ZoneTable};

use crate::args::ReadingArgs;

/// The options for reading these timetables.
pub(crate) fn options(
    files: &[PathBuf],
    args: &ReadingArgs,
    on_error: OnError,
) -> anyhow::Result<ReadOptions> {
    let zones = zones(args)?;
    let default_zone = default_zone(&zones, args)?;
    let pick = args.pick.pick(files, args.timetable_format.map(Into::into))?;
    Ok(ReadOptions { default_zone, on_error, pick, ..ReadOptions::new(zones) })
}

/// Refuses the flags that have a meaning only for timetables, where there is none.
pub(crate) fn without_files(args: &ReadingArgs) -> Result<(), Refusal> {
    args.pick.pick(&[], None)?;
    if args.timetable_format.is_some() {
        return Err(Refusal::usage("--timetable-format is of use with --timetable alone"));
    }
    // The zone of --timezone is also that of --from, --to and the table.
    if args.timezone.is_none() && args.tzdb != Path::new("bundled") {
        return Err(Refusal::usage("--tzdb is of use with --timetable or --timezone alone"));
    }
    Ok(())
}

fn zones(args: &ReadingArgs) -> anyhow::Result<ZoneTable> {
    match args.tzdb.to_str() {
        Some("bundled") => Ok(ZoneTable::bundled()),
        Some("system") => Ok(ZoneTable::system()),
        _ => from_dir(&args.tzdb),
    }
}

fn default_zone(zones: &ZoneTable, args: &ReadingArgs) -> Result<Option<Zone>, Refusal> {
    args.timezone.as_deref().map(|name| named_zone(zones, name)).transpose()
}

fn from_dir(dir: &Path) -> anyhow::Result<ZoneTable> {
    if !dir.is_dir() {
        let message = format!("--tzdb {}: no such directory", clip_path(dir));
        return Err(Refusal::usage(message).hint("write bundled, system or a directory").into());
    }
    // Any other directory would be searched for zones, however large it is.
    let is_zones = |name: &str| fs::read(dir.join(name)).is_ok_and(|it| it.starts_with(b"TZif"));
    if !["UTC", "Etc/UTC", "Europe/Paris"].into_iter().any(is_zones) {
        let message =
            format!("--tzdb {}: no database of time zones: UTC is not in it", clip_path(dir));
        let hint = "name a directory in the form of /usr/share/zoneinfo";
        return Err(Refusal::usage(message).hint(hint).into());
    }
    ZoneTable::from_dir(dir).with_context(|| format!("cannot read the zones in {}", clip_path(dir)))
}

/// Reads the timetable files.
pub(crate) fn read(files: &[PathBuf], args: &ReadingArgs) -> Result<TimetableFiles, Refusal> {
    TimetableFiles::read(files, args.timetable_format.map(Into::into))
}

/// Reads the timetables as one, warns of the problems that do not stop it, and says how
/// much is left out. Returns the warnings, too.
pub(crate) fn load(
    files: &[PathBuf],
    args: &ReadingArgs,
    on_error: OnError,
    messages: &Messages,
) -> anyhow::Result<(Timetable, Vec<String>)> {
    let options = options(files, args, on_error)?;
    let files = read(files, args)?;
    let (timetable, problems) = timetable::load(files.iter(), &options)?;
    let problems = problems.iter().map(ToString::to_string);
    let warnings: Vec<String> = files.repeated().iter().cloned().chain(problems).collect();
    for warning in &warnings {
        messages.warn(warning);
    }
    note_left_out(&timetable, messages);
    Ok((timetable, warnings))
}

/// Says how many events and rows `--category` and `--name` leave out.
pub(crate) fn note_left_out(timetable: &Timetable, messages: &Messages) {
    if let Some(text) = timetable.left_out() {
        messages.note(text);
    }
}

/// The zone of `--timezone`: UTC if there is none.
pub(crate) fn zone(args: &ReadingArgs) -> anyhow::Result<Zone> {
    Ok(default_zone(&zones(args)?, args)?.unwrap_or_else(Zone::utc))
}
