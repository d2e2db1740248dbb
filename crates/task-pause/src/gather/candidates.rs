//! Gathers the candidates of a pass.

use std::collections::BTreeSet;
use std::path::Path;

use maintenance_core::cli::{Refusal, counted};
use maintenance_core::ledger::LedgerState;
use maintenance_core::short_name::clip_path;
use maintenance_core::timetable::Timetable;

use super::by_timetable::by_timetable;
use super::call_inputs::CallInputs;
use super::names;
use crate::deadline::Deadline;
use crate::decide::candidates::{ResumeSelection, giving_back};
use crate::decide::{plan_holds, window_name};
use crate::session::Session;
use crate::settings::Job;
use crate::talend;
use crate::types::{Candidate, LedgerAt, Plans};

/// The candidates of a pass.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) candidates: Vec<Candidate>,
    /// The plans of tasks that may be paused.
    pub(crate) plans: Plans,
    /// The error that the call ends with after its pass: the timetable is doubtful.
    pub(crate) doubt: Option<Refusal>,
}

/// Gathers the candidates, and the plans of tasks that may be paused.
pub(crate) async fn gather(
    session: &Session<'_>,
    call: &mut CallInputs,
    ledger: LedgerAt<'_>,
) -> anyhow::Result<Gathered> {
    if let Job::Resume(which) = &session.settings.job {
        if let ResumeSelection::Window(name) = which {
            window_name::check(ledger.state, name, session.ledger)?;
        }
        let candidates = giving_back(ledger, which);
        return Ok(Gathered { candidates, ..Gathered::default() });
    }
    if let Some(timetable) = &session.timetable {
        check_not_empty(session, call, timetable, ledger.state)?;
    }
    let settings = session.settings;
    let none = Plans::default();
    let mut judged = by_timetable(session, call, &call.input.wanted, &none, ledger)?;
    let plans = list_plans(session, call, &judged.candidates, ledger, Deadline::NEVER).await;
    if plans.were_asked_for() {
        let wanted = call.wanted(settings, &plans, ledger);
        judged = by_timetable(session, call, &wanted, &plans, ledger)?;
    }
    if !judged.doubtful.is_empty() {
        names::learn(session, &mut call.names, &judged.doubtful).await;
        let wanted = call.wanted(settings, &plans, ledger);
        judged = by_timetable(session, call, &wanted, &plans, ledger)?;
    }
    judged.print_doubts(session.messages);
    let doubt = judged.doubt.map(|doubt| doubt.refusal);
    Ok(Gathered { candidates: judged.candidates, plans, doubt })
}

/// Lists the plans that the decisions need: with `--with-plans`, of environments in which
/// something is held or about to be; with only a timetable, of environments in which a
/// plan is held.
pub(crate) async fn list_plans(
    session: &Session<'_>,
    call: &CallInputs,
    candidates: &[Candidate],
    ledger: LedgerAt<'_>,
    deadline: Deadline,
) -> Plans {
    let state = ledger.state;
    let environments = if session.settings.pausing.with_plans {
        // Also of held tasks: a refused plan is tried again.
        let mut environments = plan_holds::environments_of_new_tasks(candidates, ledger);
        environments.extend(plan_holds::environments_of(call.active(state)));
        environments
    } else if session.timetable.is_some() {
        plan_holds::environments_of_plans(call.active(state))
    } else {
        BTreeSet::new()
    };
    talend::plans::list(session, environments, deadline).await
}

/// Refuses a timetable without any window while something is held. Warns of each file
/// without a window if others have some.
fn check_not_empty(
    session: &Session<'_>,
    call: &CallInputs,
    timetable: &Timetable,
    state: &LedgerState,
) -> Result<(), Refusal> {
    let Session { settings, messages, .. } = session;
    let files: Vec<_> =
        settings.timetable.files.iter().map(|file| file.display().to_string()).collect();
    let shown = |file: &String| clip_path(Path::new(file));
    if timetable.has_windows(None) {
        for file in files.iter().filter(|file| !timetable.has_windows(Some(file))) {
            messages.warn(&format!("{} has no windows: the others count", shown(file)));
        }
        return Ok(());
    }
    let held = call.active(state).count();
    let all: Vec<_> = files.iter().map(shown).collect();
    let what = format!("{}: no window at all", all.join(", "));
    if held > 0 && !settings.timetable.allow_empty {
        let held = counted(held, "task or plan is", "tasks and plans are");
        let what = format!("{what}, while {held} held: none was given back");
        let hint = "mend it if it was cut or is another file; if it is to give back all that is \
                    held, add --allow-empty";
        return Err(Refusal::bad_input(what).hint(hint));
    }
    messages.warn(&format!("{what}: nothing is paused"));
    Ok(())
}
