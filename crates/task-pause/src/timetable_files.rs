//! Reads timetables, and the zone of `--timezone`.

use std::path::PathBuf;

use anyhow::Context;
use maintenance_core::cli::{Messages, Refusal};
use maintenance_core::short_name::clip_path;
use maintenance_core::timetable::{OnError, ReadOptions, Timetable, TimetableFile, load};
use maintenance_core::zone::{Zone, ZoneTable};

/// Reads the timetables.
pub(crate) fn read(
    files: &[PathBuf],
    timezone: Option<&str>,
    messages: &Messages,
) -> anyhow::Result<Timetable> {
    let zones = ZoneTable::bundled();
    let zone = timezone.map(zone);
    let options = ReadOptions { default_zone: zone.transpose()?, zones, on_error: OnError::Stop };
    let mut read = Vec::with_capacity(files.len());
    for file in files {
        let name = file.display().to_string();
        let bytes = std::fs::read(file)
            .map_err(|error| Refusal::bad_input(format!("{}: {error}", clip_path(file))))
            .context("cannot read the timetable")?;
        read.push((name, bytes));
    }
    let inputs = read.iter().map(|(file, bytes)| TimetableFile { file, format: None, bytes });
    let (timetable, problems) = load(inputs, &options)?;
    for problem in problems {
        messages.warn(&problem.to_string());
    }
    Ok(timetable)
}

/// The zone of that name.
pub(crate) fn zone(name: &str) -> Result<Zone, Refusal> {
    ZoneTable::bundled().get(name).map_err(|unknown| {
        let refusal = Refusal::usage(unknown.to_string());
        if unknown.similar.is_empty() {
            refusal
        } else {
            refusal.hint(format!("did you mean {}?", unknown.similar.join(" or ")))
        }
    })
}
