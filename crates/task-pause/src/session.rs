//! The session of one call: the values that every step needs, resolved once.

use std::path::Path;

use maintenance_core::cli::{Messages, Streams};
use maintenance_core::client::{Client, Config};
use maintenance_core::timetable::Timetable;
use maintenance_core::zone::Zone;

use crate::output::{Display, Requests};
use crate::settings::Settings;
use crate::signals::Stop;
use crate::timetable_files;

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
    /// The requests so far, for the figures.
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
        let timezone = settings.timezone.as_deref();
        let timetable = match &settings.timetable[..] {
            [] => None,
            files => Some(timetable_files::read(files, timezone, messages)?),
        };
        let requests = Requests::default();
        if settings.metrics_file.is_some() {
            requests.watch(&mut config);
        }
        // At the edge of a window an API that is away is asked again soon.
        config.limits.is_urgent = settings.job.is_wait();
        let api = config.base.to_string();
        let client = Client::new(config)?;
        // A job that only reads ends at a signal, where it stands.
        let stop = if settings.only_reads() {
            Stop::never()
        } else {
            Stop::on_signals(messages.streams().map(Streams::signal), messages)?
        };
        let zone = zone(settings)?;
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
pub(crate) fn zone(settings: &Settings) -> anyhow::Result<Zone> {
    let zone = settings.timezone.as_deref().map(timetable_files::zone).transpose()?;
    Ok(zone.unwrap_or_else(Zone::utc))
}
