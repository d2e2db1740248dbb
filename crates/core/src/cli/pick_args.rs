//! The flags that pick windows from timetables: `--category` and `--name`.

use std::path::PathBuf;

use clap::Args;

use super::Refusal;
use crate::timetable::{Format, Pick};

/// The flags that pick windows from timetables.
#[derive(Args, Clone, Debug, Default)]
pub struct PickArgs {
    /// Only events of that category, of calendars that hold more than maintenance;
    /// repeatable
    ///
    /// Case does not count. With several, an event needs one of them. Rows of tables
    /// have no category: all of them are read, and so is everything of the kind open.
    #[arg(long = "category", value_name = "NAME")]
    pub categories: Vec<String>,

    /// Only windows whose name that pattern matches; repeatable
    ///
    /// A pattern such as "Maintenance*". With several, a name must match one of them;
    /// with --category as well, an event must match both flags. Everything of the kind
    /// open is read.
    #[arg(long = "name", value_name = "GLOB")]
    pub names: Vec<String>,
}

impl PickArgs {
    /// The choice of windows that the flags make for these timetables.
    ///
    /// # Errors
    ///
    /// A value is empty or no pattern, or no timetable can have what is picked (exit
    /// code 2).
    pub fn pick(&self, paths: &[PathBuf], format: Option<Format>) -> Result<Pick, Refusal> {
        let flags = [("category", &self.categories), ("name", &self.names)];
        for (flag, values) in flags {
            if values.is_empty() {
                continue;
            }
            if paths.is_empty() {
                return Err(Refusal::usage(format!("--{flag} is of use with --timetable alone")));
            }
            if values.iter().any(|value| value.trim().is_empty()) {
                return Err(Refusal::usage(format!("--{flag}: the value is empty")));
            }
        }
        let is_calendar = |path: &PathBuf| {
            format.or_else(|| Format::of(&path.display().to_string())) == Some(Format::Ical)
        };
        if !self.categories.is_empty() && !paths.iter().any(is_calendar) {
            let refusal = Refusal::usage("--category: no timetable is a calendar (.ics)");
            return Err(refusal.hint("rows of tables have no categories: pick them by --name"));
        }
        Pick::new(&self.categories, &self.names)
            .map_err(|error| Refusal::usage(format!("--name: {error}")).hint(error.hint))
    }
}
