//! `--wait`: staying until every window was met.
//!
//! Time is the wall clock, looked at again at least every thirty seconds, so
//! that a suspended machine, a clock that is set, or a clock change does no
//! harm. The ledger is locked only while something is done, so that another
//! call can end a hold early. What fails is tried again until its window is
//! over.

use std::collections::BTreeMap;
use std::time::Duration;

use maintenance_core::change::{Target, TargetKind};
use maintenance_core::client::ClientError;
use maintenance_core::clock;
use maintenance_core::exit::{Exit, Explain};
use maintenance_core::hold::{Hold, Tense};
use maintenance_core::ledger::{Ledger, LedgerError, Phase, State};
use maintenance_core::receipt::Action;
use maintenance_core::time::UtcTime;

use crate::act::Pass;
use crate::agenda::{self, Item, Moment, Which};
use crate::limit::Counted;
use crate::output::Output;
use crate::progress::Next;
use crate::report::Report;
use crate::work::Work;

/// The longest time without a look at the clock.
const TICK: Duration = Duration::from_secs(30);

/// The time between two attempts where the API is away or the ledger busy.
const RETRY: Duration = Duration::from_secs(5);

/// Which holds were met.
#[derive(Debug, Default)]
struct Met(BTreeMap<Target, Vec<(UtcTime, Option<UtcTime>)>>);

impl Met {
    fn insert(&mut self, target: &Target, hold: &Hold) {
        self.0.entry(target.clone()).or_default().push((hold.start(), hold.end()));
    }

    /// Whether the hold began in one that was met, as its part or alone.
    fn has(&self, target: &Target, hold: &Hold) -> bool {
        let start = hold.start();
        let met = self.0.get(target).into_iter().flatten();
        met.into_iter().any(|(from, to)| *from <= start && to.is_none_or(|to| start < to))
    }
}

/// What has been told of a target last, for which hold, and whether that left
/// something undone.
type Told = BTreeMap<Target, (Action, UtcTime, bool)>;

/// Stays until all is done.
pub(crate) async fn run(work: &Work<'_>) -> anyhow::Result<Exit> {
    let mut output = Output::stdout(false);
    let began = work.moment(clock::now());
    let mut met = Met::default();
    let mut told = Told::new();
    let mut counted = None;
    let mut whole = true;
    output.unsupported(&work.input.unsupported, clock::now());
    loop {
        let looked = work.moment(clock::now());
        let state = Ledger::read(work.ledger)?;
        let items = due(work, &state, &met, looked);
        let mut again = false;
        if told.is_empty() || !items.is_empty() {
            match go(work, &mut met, &mut told, &mut counted, &mut output).await {
                Ok(followed) => whole &= followed,
                Err(error) if is_passing(&error) => {
                    work.messages.warn(&format!("{error:#}: trying again"));
                    again = true;
                }
                Err(error) => return Err(error),
            }
        }
        if let Some(exit) = work.stop.exit() {
            return Ok(exit);
        }
        let moment = work.moment(clock::now());
        let state = Ledger::read(work.ledger)?;
        if !again && is_over(work, &state, &met, &told, moment) {
            break;
        }
        // What failed at an edge is tried again without waiting for another.
        let longest = if again { RETRY } else { TICK };
        // An edge that passed while this was busy is due at once.
        let edge = next_edge(work, &state, looked);
        let sleep = edge.map_or(longest, |edge| edge.since(moment.now).min(longest));
        let next = next(work, &state, moment, edge.filter(|_| !again));
        work.display.during(work.stop.sleep(sleep), |zone, _| next.text(zone, clock::now())).await;
        if let Some(exit) = work.stop.exit() {
            return Ok(exit);
        }
    }
    output.finish()?;
    let partial = told.values().any(|(_, _, partial)| *partial);
    let partial = partial || !whole || !work.input.unsupported.is_empty();
    let partial = partial || is_missed(work, &met, began);
    Ok(if partial { Exit::Partial } else { Exit::Done })
}

/// Whether a hold went by, since we stay, of which nothing came: the API was
/// away, or the ledger busy, all the time.
fn is_missed(work: &Work<'_>, met: &Met, began: Moment) -> bool {
    let now = clock::now();
    let went_by = |hold: &&Hold| {
        hold.tense(began.now, began.lead) != Tense::Over
            && hold.tense(now, began.lead) == Tense::Over
    };
    let missed = work.input.wanted.iter().any(|wanted| {
        wanted.holds.iter().filter(went_by).any(|hold| !met.has(&wanted.target, hold))
    });
    if missed {
        work.messages.warn("a window went by in which not everything was paused");
    }
    missed
}

/// Does what is due, and tells what is new.
async fn go(
    work: &Work<'_>,
    met: &mut Met,
    told: &mut Told,
    counted: &mut Option<Counted>,
    output: &mut Output,
) -> anyhow::Result<bool> {
    let mut ledger = work.open_ledger()?;
    let moment = work.moment(clock::now());
    let items = if told.is_empty() {
        let mut items = agenda::pausing(&work.input.wanted, ledger.state(), moment);
        merge(&mut items, giving_back(work, ledger.state(), moment));
        items
    } else {
        due(work, ledger.state(), met, moment)
    };
    let state = ledger.state();
    // At the start all is counted that will ever be paused, while there is
    // nothing to give back.
    let counts = told.is_empty() && work.args.max_tasks.is_some();
    let ever = Moment { lead: Duration::MAX, ..moment };
    let listed = if counts { ever } else { moment };
    let (mut items, plans) = work
        .with_plans(items, state, listed, |wanted, _| {
            let mut items = agenda::pausing(wanted, state, moment);
            items.retain(|item| told.is_empty() || is_unmet(item, met, moment));
            merge(&mut items, giving_back(work, state, moment));
            Ok(items)
        })
        .await?;
    if counts {
        let all = agenda::pausing(&work.wanted(&plans), state, ever);
        *counted = work.refuse_too_many(state, &all, ever).await?;
    } else if let Some(counted) = counted {
        counted.admit(&mut items, state);
    }
    let guard = work.guard(moment.now);
    let Pass { mut reports, cut_short } =
        work.actor(&guard).pass(&mut ledger, items, moment.now).await;
    let planned = work.note_plans(plans, &mut reports, ledger.state()).await;
    let followed = work.follow_up(&mut ledger, &mut reports, &guard).await;
    // Runs in flight are waited for until the next window opens or ends, and
    // not with the ledger locked.
    let edge = next_edge(work, ledger.state(), moment);
    drop(ledger);
    let drained = work.drain(&mut reports, edge).await;
    work.display.clear();
    let now = clock::now();
    for report in &reports {
        note(work, report, moment, met, told, output, now);
    }
    cut_short.map_or(Ok(()), Err)?;
    Ok(followed? && drained && planned)
}

fn note(
    work: &Work<'_>,
    report: &Report,
    moment: Moment,
    met: &mut Met,
    told: &mut Told,
    output: &mut Output,
    now: UtcTime,
) {
    let start = report.hold.start();
    let is_open = report.hold.tense(moment.now, moment.lead) == Tense::Open;
    if is_open && !report.action.is_partial() {
        met.insert(&report.target, &report.hold);
    }
    let news = (report.action, start, work.is_partial(report));
    if told.insert(report.target.clone(), news) != Some(news) {
        output.report(report, now);
    }
}

/// What is to be done now: holds that opened, entries to be given back, and
/// what is not settled.
fn due(work: &Work<'_>, state: &State, met: &Met, moment: Moment) -> Vec<Item> {
    let mut items = agenda::pausing(&work.input.wanted, state, moment);
    items.retain(|item| {
        is_unmet(item, met, moment) || state.open(&item.target).is_some_and(is_unsettled)
    });
    merge(&mut items, giving_back(work, state, moment));
    items
}

fn is_unsettled(open: &maintenance_core::ledger::Open) -> bool {
    open.phase != Phase::Held
}

fn is_unmet(item: &Item, met: &Met, moment: Moment) -> bool {
    item.hold.tense(moment.now, moment.lead) == Tense::Open && !met.has(&item.target, &item.hold)
}

fn giving_back(work: &Work<'_>, state: &State, moment: Moment) -> Vec<Item> {
    if !work.args.resume {
        return Vec::new();
    }
    let mut items = agenda::giving_back(state, &Which::Ended, moment);
    items.retain(|item| item.due);
    // A task whose next hold is open already is not given back in between.
    items.retain(|item| {
        let mut wanted = work.input.wanted.iter().filter(|wanted| wanted.target == item.target);
        !wanted.any(|wanted| {
            wanted.holds.iter().any(|hold| hold.tense(moment.now, moment.lead) == Tense::Open)
        })
    });
    items
}

/// Adds items; of two for one target the later one counts.
fn merge(items: &mut Vec<Item>, others: Vec<Item>) {
    items.retain(|item| !others.iter().any(|other| other.target == item.target));
    items.extend(others);
}

/// Whether an error may pass: the ledger is busy, the API is away.
fn is_passing(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        matches!(cause.downcast_ref(), Some(LedgerError::Busy { .. }))
            || cause.downcast_ref::<ClientError>().is_some_and(|error| {
                // The deadline of the whole conversation does not pass twice.
                error.exit() == Exit::Unavailable && !matches!(error, ClientError::Deadline { .. })
            })
    })
}

/// Whether every wanted hold was met or is over, nothing of ours is unsettled,
/// and, with `--resume`, everything with an end was given back.
fn is_over(work: &Work<'_>, state: &State, met: &Met, told: &Told, moment: Moment) -> bool {
    let holds_met = work.input.wanted.iter().all(|wanted| {
        wanted.holds.iter().all(|hold| match hold.tense(moment.now, moment.lead) {
            Tense::Over => true,
            Tense::Pending => false,
            Tense::Open => met.has(&wanted.target, hold),
        })
    });
    // A plan that was paused for its tasks' sake is not on standard input.
    let plans = told.keys().filter(|t| work.args.with_plans && t.kind == TargetKind::Plan);
    let wanted = work.input.wanted.iter().map(|wanted| &wanted.target);
    let mut ours = wanted.chain(plans).filter_map(|target| state.open(target));
    let ours_done =
        !ours.any(|open| is_unsettled(open) || (work.args.resume && open.hold.end().is_some()));
    holds_met && ours_done
}

/// The next start, or with `--resume` end, of a hold.
fn next_edge(work: &Work<'_>, state: &State, moment: Moment) -> Option<UtcTime> {
    let wanted = work.input.wanted.iter().flat_map(|wanted| &wanted.holds);
    let starts = wanted.map(|hold| hold.start().saturating_sub(moment.lead));
    let ends = state.all_open().filter(|_| work.args.resume).filter_map(|open| open.hold.end());
    starts.chain(ends).filter(|edge| *edge > moment.now).min()
}

/// What happens at that edge, for somebody who watches.
fn next(work: &Work<'_>, state: &State, moment: Moment, edge: Option<UtcTime>) -> Next {
    let Some(at) = edge else { return Next::Again };
    let wanted = work.input.wanted.iter().filter(|wanted| {
        wanted.holds.iter().any(|hold| hold.start().saturating_sub(moment.lead) == at)
    });
    let ends = state.all_open().filter(|open| work.args.resume && open.hold.end() == Some(at));
    Next::Edge {
        at,
        pauses: wanted.map(|wanted| wanted.target.clone()).collect(),
        resumes: ends.map(|open| open.target.clone()).collect(),
    }
}
