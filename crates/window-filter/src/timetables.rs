//! The timetables that the flags name, read and made ready for look-up.

use std::fs;
use std::path::Path;

use anyhow::Context;
use maintenance_core::cli::{Messages, Refusal};
use maintenance_core::short_name::{clip, clip_path};
use maintenance_core::timetable::{self, ReadOptions, Timetable, TimetableFile};
use maintenance_core::zone::{Zone, ZoneTable};

use crate::args::Args;

/// How the flags want timetables to be read.
pub(crate) fn options(args: &Args) -> anyhow::Result<ReadOptions> {
    let zones = match args.tzdb.to_str() {
        Some("bundled") => ZoneTable::bundled(),
        Some("system") => ZoneTable::system(),
        _ => from_dir(&args.tzdb)?,
    };
    let default_zone = args.timezone.as_deref().map(|name| zone(&zones, name)).transpose()?;
    Ok(ReadOptions { zones, default_zone, on_error: args.on_error.into() })
}

fn from_dir(dir: &Path) -> anyhow::Result<ZoneTable> {
    if !dir.is_dir() {
        let message = format!("--tzdb {}: no such directory", clip_path(dir));
        return Err(Refusal::usage(message).hint("write bundled, system or a directory").into());
    }
    ZoneTable::from_dir(dir).with_context(|| format!("cannot read the zones in {}", clip_path(dir)))
}

fn zone(zones: &ZoneTable, name: &str) -> Result<Zone, Refusal> {
    zones.get(name).map_err(|unknown| {
        let refusal = Refusal::usage(format!("--timezone: unknown time zone {:?}", clip(name)));
        refusal.hint(unknown.hint())
    })
}

/// The bytes of every timetable, with the names that were typed.
pub(crate) fn read(args: &Args) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let read = |path: &std::path::PathBuf| {
        let name = path.display().to_string();
        let bytes = fs::read(path).map_err(|error| {
            Refusal::bad_input(format!("cannot read the timetable {}: {error}", clip_path(path)))
        })?;
        Ok((name, bytes))
    };
    args.timetables.iter().map(read).collect()
}

/// Every timetable's bytes as what the loader takes.
pub(crate) fn inputs<'a>(
    args: &'a Args,
    files: &'a [(String, Vec<u8>)],
) -> impl Iterator<Item = TimetableFile<'a>> {
    let format = args.timetable_format.map(Into::into);
    files.iter().map(move |(file, bytes)| TimetableFile { file, format, bytes })
}

/// The timetables as one, after warning of what was let pass.
pub(crate) fn load(args: &Args, messages: &Messages) -> anyhow::Result<Timetable> {
    let options = options(args)?;
    let files = read(args)?;
    let (timetable, problems) = timetable::load(inputs(args, &files), &options)?;
    for problem in &problems {
        messages.warn(&problem.to_string());
    }
    Ok(timetable)
}
