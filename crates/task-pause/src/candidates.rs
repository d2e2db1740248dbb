//! What a call decides on: what the input asks for, and what is held, as far as
//! the call may act on it, by the timetable and with the plans of it.

use std::collections::BTreeSet;
use std::path::Path;

use maintenance_core::cli::Refusal;
use maintenance_core::ledger::{LedgerState, OpenHold};
use maintenance_core::short_name::clip_path;
use maintenance_core::timetable::Timetable;
use maintenance_core::window_set::Widening;
use tokio::time::Instant;

use crate::agenda::{self, Item, Moment, Which};
use crate::input::Wanted;
use crate::plans::{self, Plans};
use crate::release;
use crate::report::Report;
use crate::settings::Job;
use crate::work::Work;

impl Work<'_> {
    /// What there is to decide on, and the plans of what may be paused.
    pub(crate) async fn agenda(
        &self,
        state: &LedgerState,
        moment: Moment,
    ) -> anyhow::Result<(Vec<Item>, Plans)> {
        if let Job::Resume(which) = &self.settings.job {
            if let Which::Window(name) = which {
                release::check(state, name, self.ledger)?;
            }
            return Ok((agenda::giving_back(state, which, moment), Plans::default()));
        }
        if let Some(timetable) = &self.timetable {
            self.check_not_empty(timetable, state)?;
        }
        let none = Plans::default();
        let mut judged = self.judged(&self.input.wanted, &none, state, moment)?;
        let plans = self.plans(&judged.items, state, moment, None).await;
        if plans.were_asked_for() {
            judged = self.judged(&self.wanted(&plans, state, moment), &plans, state, moment)?;
        }
        if !judged.doubtful.is_empty() {
            self.learn_names(&judged.doubtful).await;
            judged = self.judged(&self.wanted(&plans, state, moment), &plans, state, moment)?;
        }
        judged.tell(self.messages);
        Ok((judged.items, plans))
    }

    /// Whether the plans are known that `--with-plans` is to pause.
    pub(crate) fn knows_plans(&self, plans: &Plans) -> bool {
        !self.settings.with_plans || plans.are_known()
    }

    /// The plans that bear on what is decided: with `--with-plans`, those of
    /// environments in which something is held or about to be; with a timetable
    /// alone, those of environments in which a plan is held.
    pub(crate) async fn plans(
        &self,
        items: &[Item],
        state: &LedgerState,
        moment: Moment,
        until: Option<Instant>,
    ) -> Plans {
        let environments = if self.settings.with_plans {
            // Also of what is held: a plan that was refused is tried again.
            let mut environments = plans::of_new_tasks(items, state, moment);
            environments.extend(plans::of_held(self.open(state)));
            environments
        } else if self.timetable.is_some() {
            plans::of_held_plans(self.open(state))
        } else {
            BTreeSet::new()
        };
        let mut plans = Plans::default();
        plans.read(environments, (&self.client, self.messages), until, &self.stop).await;
        plans
    }

    /// Names the plans of what was paused, in its reports. That is advice: it
    /// is asked for when the pauses are made, keeps none waiting, and is left
    /// at `until`.
    pub(crate) async fn note_plans(
        &self,
        plans: &mut Plans,
        reports: &mut [Report],
        state: &LedgerState,
        until: Option<Instant>,
    ) {
        if !self.stop.is_asked() {
            let apart = (&self.client, self.messages);
            plans.read_of_paused(reports, apart, until, &self.stop).await;
        }
        plans.note(reports, state);
    }

    /// What the input asks for; with `--with-plans`, these plans as well.
    pub(crate) fn wanted(&self, plans: &Plans, state: &LedgerState, moment: Moment) -> Vec<Wanted> {
        let mut wanted = self.input.wanted.clone();
        if self.settings.with_plans {
            plans.widen(&mut wanted, state, moment);
        }
        wanted
    }

    /// By how much every window of the timetable is longer.
    pub(crate) fn widening(&self) -> Widening {
        Widening { before: self.settings.before, after: self.settings.after }
    }

    /// The items to decide on, as they are known now.
    pub(crate) fn items(
        &self,
        wanted: &[Wanted],
        plans: &Plans,
        state: &LedgerState,
        moment: Moment,
    ) -> anyhow::Result<Vec<Item>> {
        Ok(self.judged(wanted, plans, state, moment)?.items)
    }

    /// Refuses a timetable without any window while something is held, and tells
    /// of one file, of several, that has none.
    fn check_not_empty(&self, timetable: &Timetable, state: &LedgerState) -> Result<(), Refusal> {
        let files: Vec<_> =
            self.settings.timetable.iter().map(|file| file.display().to_string()).collect();
        let shown = |file: &String| clip_path(Path::new(file));
        if timetable.has_windows(None) {
            for file in files.iter().filter(|file| !timetable.has_windows(Some(file))) {
                self.messages.warn(&format!("{} has no windows: the others count", shown(file)));
            }
            return Ok(());
        }
        let held = self.open(state).count();
        let all: Vec<_> = files.iter().map(shown).collect();
        let what = format!("{}: no window at all", all.join(", "));
        if held > 0 && !self.settings.allow_empty {
            let what =
                format!("{what}, while {held} tasks and plans are held: none was given back");
            let hint = "mend it if it was cut or is another file; if it is to give back all that is \
                        held, add --allow-empty";
            return Err(Refusal::bad_input(what).hint(hint));
        }
        self.messages.warn(&format!("{what}: nothing is paused"));
        Ok(())
    }

    /// The open holds that this call may act on.
    pub(crate) fn open<'s>(&'s self, state: &'s LedgerState) -> impl Iterator<Item = &'s OpenHold> {
        state.all_open().filter(|open| self.environments.include(&open.target))
    }
}
