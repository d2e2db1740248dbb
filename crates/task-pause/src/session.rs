//! The session of one call: the values that every step needs, resolved once.

use std::path::Path;

use maintenance_core::cli::{Messages, Refusal, Streams, TimetableFiles, named_zone};
use maintenance_core::client::{Client, Config};
use maintenance_core::timetable::{ReadOptions, Timetable};
use maintenance_core::zone::{Zone, ZoneTable};

use crate::output::{Display, Requests};
use crate::settings::Settings;
use crate::signals::Stop;

/// The values that every step of a call needs.
pub(crate) struct Session<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) ledger: &'a Path,
    /// Base URL of the API that the ledger belongs to.
    pub(crate) api: String,
    pub(crate) client: Client,
    pub(crate) stop: Stop,
    pub(crate) display: Display,
    pub(crate) messages: &'a Messages,
    /// The zone of times that name none, and of times shown to people.
    pub(crate) zone: Zone,
    pub(crate) timetable: Option<Timetable>,
    /// The requests so far, for the metrics.
    pub(crate) requests: Requests,
}

impl<'a> Session<'a> {
    /// Reads the timetables, and makes the client. Needs a runtime.
    pub(crate) fn new(
        settings: &'a Settings,
        ledger: &'a Path,
        mut config: Config,
        messages: &'a Messages,
    ) -> anyhow::Result<Self> {
        let zones = ZoneTable::bundled();
        let default_zone = default_zone(&zones, settings)?;
        let zone = default_zone.clone().unwrap_or_else(Zone::utc);
        let files = &settings.timetable.files;
        let pick = settings.timetable.pick.pick(files, None)?;
        let timetable = if files.is_empty() {
            None
        } else {
            let options = ReadOptions { default_zone, pick, ..ReadOptions::new(zones) };
            Some(TimetableFiles::read(files, None)?.load(&options, messages)?)
        };
        let requests = Requests::default();
        if settings.change.metrics_file.is_some() {
            requests.watch(&mut config);
        }
        // At the edge of a window, retry soon.
        config.limits.is_urgent = settings.meets_edges();
        let api = config.base.to_string();
        let client = Client::new(config)?;
        // A signal ends a job that only reads at once.
        let stop = if settings.changes_something() {
            Stop::on_signals(messages.streams().map(Streams::signal), messages)?
        } else {
            Stop::never()
        };
        let display = Display::new(messages.progress(), zone.clone());
        Ok(Self {
            settings,
            ledger,
            api,
            client,
            stop,
            display,
            messages,
            zone,
            timetable,
            requests,
        })
    }
}

/// The zone of `--timezone`, UTC without it.
pub(crate) fn zone(settings: &Settings) -> Result<Zone, Refusal> {
    Ok(default_zone(&ZoneTable::bundled(), settings)?.unwrap_or_else(Zone::utc))
}

/// The zone of `--timezone`, if it is given.
fn default_zone(zones: &ZoneTable, settings: &Settings) -> Result<Option<Zone>, Refusal> {
    settings.zone.timezone.as_deref().map(|name| named_zone(zones, name)).transpose()
}
