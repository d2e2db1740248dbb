//! `--catch-up once`: starts each resumed task once whose hold suppressed a run.

use std::collections::{BTreeMap, BTreeSet};

use maintenance_core::change::Target;
use maintenance_core::client::{Made, SendError};
use maintenance_core::clock;
use maintenance_core::exit::{Exit, Explain};
use maintenance_core::ledger::{Ledger, LedgerState, PendingCatchUp};

use super::missed_runs::{self, NOT_KNOWN, RecordedRuns};
use crate::deadline::Deadline;
use crate::session::Session;
use crate::timing::{CATCH_UP_LIMIT, START_RESERVE};
use crate::types::{
    Action, Environments, FollowUp, ListOutcome, MissedRuns, NOT_STARTED, Report, RunsSource,
    failure,
};

/// Starts each resumed task once whose hold suppressed a run, also for holds that an
/// earlier call gave back before it was cut short. A start is left to the next pass if
/// the deadline is nearer than [`START_RESERVE`], or if the missed runs are not known yet.
pub(crate) async fn catch_up(
    session: &Session<'_>,
    environments: &Environments,
    ledger: &mut Ledger,
    reports: Vec<Report>,
    deadline: Deadline,
) -> CaughtUp {
    let waiting: Vec<(String, PendingCatchUp)> = ledger
        .state()
        .catch_ups()
        .filter(|(_, catch_up)| environments.include(&catch_up.target))
        .map(|(hold, catch_up)| (hold.to_owned(), catch_up.clone()))
        .collect();
    let starting = waiting.iter().filter(|(_, catch_up)| catch_up.starting);
    let mut starts = Starts {
        session,
        reports,
        follow_up: FollowUp::NOTHING,
        started: BTreeMap::new(),
        doubted: starting.map(|(_, catch_up)| catch_up.target.clone()).collect(),
    };
    let ended = starts.all(ledger, waiting, deadline).await;
    CaughtUp { reports: starts.reports, follow_up: ended.map(|()| starts.follow_up) }
}

/// The reports, with those on resumes of earlier calls, and the outcome.
pub(crate) struct CaughtUp {
    pub(crate) reports: Vec<Report>,
    pub(crate) follow_up: anyhow::Result<FollowUp>,
}

/// The starts of one call.
struct Starts<'a> {
    session: &'a Session<'a>,
    reports: Vec<Report>,
    follow_up: FollowUp,
    /// The targets that this call started, with the execution if the API named it.
    started: BTreeMap<Target, Option<String>>,
    /// The targets that may have been started already. A second start would be too soon.
    doubted: BTreeSet<Target>,
}

/// The step for one resume.
enum CatchUpStep {
    /// Record that nothing is left to do, with the execution if one was started.
    Done(Option<String>),
    /// Leave the start to a later call.
    Left,
    /// A signal cut the start off: end here.
    CutOff,
}

/// Whether a hold suppressed a run, by the list of the API.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Suppressed {
    /// The API recorded such a run.
    Recorded,
    /// The API recorded none of the planned runs.
    Planned,
    /// The API recorded no such run, and none was planned.
    None,
    /// The account is refused the list.
    Refused,
    /// The API could not be asked yet.
    Unlisted,
}

impl Suppressed {
    fn of(missed: Option<&MissedRuns>) -> Self {
        let Some(MissedRuns { runs, source, listed }) = missed else { return Self::Unlisted };
        match (listed, source) {
            (ListOutcome::NotYet, _) => Self::Unlisted,
            (ListOutcome::Refused, _) => Self::Refused,
            (ListOutcome::Yes, _) if runs.is_empty() => Self::None,
            (ListOutcome::Yes, RunsSource::Recorded) => Self::Recorded,
            // A planned run may have been cancelled, or may have begun just before the pause.
            (ListOutcome::Yes, RunsSource::Planned) => Self::Planned,
        }
    }

    /// Whether the API recorded such a run, or may have recorded one that it does not list.
    fn may_be_recorded(self) -> bool {
        matches!(self, Self::Recorded | Self::Refused | Self::Unlisted)
    }
}

impl Starts<'_> {
    /// Goes through all resumes that wait for a start.
    async fn all(
        &mut self,
        ledger: &mut Ledger,
        waiting: Vec<(String, PendingCatchUp)>,
        deadline: Deadline,
    ) -> anyhow::Result<()> {
        for (hold, catch_up) in waiting {
            if self.session.stop.is_asked() {
                break;
            }
            if deadline.is_within(START_RESERVE) {
                self.follow_up.is_left = true;
                break;
            }
            let place = self.place(&catch_up, deadline).await;
            let step = match self.without_start(ledger.state(), &catch_up, place) {
                Some(step) => step,
                None => self.start(ledger, &hold, &catch_up, place).await?,
            };
            match step {
                CatchUpStep::Done(execution) => ledger.caught_up(&hold, execution, clock::now())?,
                CatchUpStep::Left => {}
                CatchUpStep::CutOff => break,
            }
        }
        Ok(ledger.sync()?)
    }

    /// The step for a resume that needs no start now; `None` if the target is to be
    /// started.
    fn without_start(
        &mut self,
        state: &LedgerState,
        catch_up: &PendingCatchUp,
        place: usize,
    ) -> Option<CatchUpStep> {
        let report = &mut self.reports[place];
        let suppressed = Suppressed::of(report.details().missed.as_ref());
        let is_old = clock::now().since(catch_up.paused.1) >= CATCH_UP_LIMIT;
        let is_doubted = suppressed.may_be_recorded() && self.doubted.contains(&catch_up.target);
        let details = report.details_mut();
        let mut warn = |text: &str| details.warnings.push(text.to_owned());
        match suppressed {
            _ if catch_up.starting || is_doubted => {
                warn("a run may have been started already, so none is started now");
                self.follow_up.is_whole = false;
                Some(CatchUpStep::Done(None))
            }
            Suppressed::None => Some(CatchUpStep::Done(None)),
            Suppressed::Planned => {
                warn("the API recorded no run that it missed, so it is not started");
                Some(CatchUpStep::Done(None))
            }
            _ if is_old => {
                let may =
                    if suppressed == Suppressed::Recorded { "missed" } else { "may have missed" };
                let text = "a run, and is no longer started for it: its resume is too old";
                warn(&format!("it {may} {text}"));
                self.follow_up.is_whole = false;
                Some(CatchUpStep::Done(None))
            }
            Suppressed::Refused => {
                self.follow_up.is_whole = false;
                Some(CatchUpStep::Left)
            }
            // The next call may get the list.
            Suppressed::Unlisted => {
                self.follow_up.is_left = true;
                Some(CatchUpStep::Left)
            }
            // One start makes up for the runs of several holds.
            Suppressed::Recorded if self.started.contains_key(&catch_up.target) => {
                let execution = self.started.get(&catch_up.target).cloned().flatten();
                details.caught_up = Some(execution.clone().unwrap_or_default());
                Some(CatchUpStep::Done(execution))
            }
            Suppressed::Recorded if state.active(&catch_up.target).is_some() => {
                warn("it missed a run, and is not started for it while it is held again");
                self.follow_up.is_left = true;
                Some(CatchUpStep::Left)
            }
            Suppressed::Recorded => None,
        }
    }

    /// Starts the target once, after the ledger has the intent, to make up for the runs that
    /// its hold suppressed.
    async fn start(
        &mut self,
        ledger: &mut Ledger,
        hold: &str,
        catch_up: &PendingCatchUp,
        place: usize,
    ) -> anyhow::Result<CatchUpStep> {
        let Session { client, stop, messages, .. } = self.session;
        let target = &catch_up.target;
        let report = &mut self.reports[place];
        ledger.starting(hold, clock::now())?;
        let SendError { error, made } = match stop.or_overdue(client.start(target)).await {
            // The intent on disk shows the next call that the task may have been started.
            None => return Ok(CatchUpStep::CutOff),
            Some(Ok(execution)) => {
                report.details_mut().caught_up = Some(execution.clone().unwrap_or_default());
                self.started.insert(target.clone(), execution.clone());
                return Ok(CatchUpStep::Done(execution));
            }
            Some(Err(error)) => error,
        };
        let age = clock::now().since(catch_up.paused.1);
        let again = made == Made::No && !error.is_not_found() && age < CATCH_UP_LIMIT;
        let more = match made {
            Made::No if again => ", which the next call tries again",
            Made::No => "",
            Made::Unknown => ", or its answer was lost",
        };
        messages.warn(&format!("{target} was not started{more}: {error}"));
        // The task is resumed all the same, so the call is partial, not failed.
        report.why = Some(NOT_STARTED);
        report.failure = Some(Box::new(failure(&error)));
        if again {
            // A refusal needs a correction by a person.
            self.follow_up.is_left |= error.exit() != Exit::Refused;
            ledger.not_started(hold, clock::now())?;
            return Ok(CatchUpStep::Left);
        }
        self.follow_up.is_whole = false;
        if made == Made::Unknown {
            self.doubted.insert(target.clone());
        }
        Ok(CatchUpStep::Done(None))
    }

    /// The index of the report on a resume. Adds a report if the resume was made by
    /// an earlier pass or call.
    async fn place(&mut self, catch_up: &PendingCatchUp, deadline: Deadline) -> usize {
        // A target may have another report about its next hold.
        let known = self.reports.iter().position(|report| {
            report.target == catch_up.target
                && report.action == Action::Resumed
                && report.paused_since == Some(catch_up.paused.0)
        });
        if let Some(place) = known {
            return place;
        }
        let Session { client, stop, messages, .. } = self.session;
        let mut earlier = [Report::of_earlier(catch_up)];
        if !catch_up.starting {
            let listed = missed_runs::list(client, &earlier, catch_up.paused.1);
            let listed = stop.at_most(deadline, listed).await;
            for why in listed.iter().flat_map(RecordedRuns::unlisted) {
                messages.warn(&format!("{NOT_KNOWN}: {why}"));
            }
            missed_runs::add_to(&mut earlier, listed.as_ref(), catch_up.paused.1);
        }
        self.reports.extend(earlier);
        self.reports.len() - 1
    }
}
