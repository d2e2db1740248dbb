//! The end of a scene's story, and the invariants that must hold there.

use std::sync::atomic::Ordering;

use tmc_standin::{Options, PauseAnswer, WorldAction};

use super::ended::Ended;
use super::runs::open_now;
use super::scene::Scene;
use super::world::states;

impl Scene {
    /// The end of the story: everything is given back, and
    ///
    /// - I1: what we never owned is as it was, human actions apart;
    /// - I2: what we paused and nobody else touched is resumed, or reported
    ///   as active with a non-zero exit code;
    /// - I3: what a human did last is as the human left it, unless it is held for
    ///   a window that nobody ended, and that is reported likewise.
    pub(crate) fn end(&self) -> Ended {
        // Without a ledger nothing was begun, and its name is refused.
        let last = if self.ledger().exists() {
            self.run(&["resume", "--all", "--verify-timeout", "2s"], "")
        } else {
            Ended::done()
        };
        self.check(&last);
        last
    }

    /// The same, and no hold may be left active.
    pub(crate) fn end_clean(&self) {
        let last = self.end();
        assert_eq!(last.code, 0, "{last:#?}\n{}", self.story());
        assert_eq!(self.active_holds(), [""; 0]);
    }

    /// Becomes a tenant of another kind, by turns: as described, one that answers
    /// 204 to every change, one that cuts texts short, one that shows changes
    /// late, and all of that in one.
    pub(crate) fn becomes(&self, turn: usize) {
        let turn = turn % 5;
        self.standin.set_options(|options| {
            if matches!(turn, 1 | 4) {
                options.shapes.pause_answer = PauseAnswer::NoContent;
            }
            if matches!(turn, 2 | 4) {
                options.context_characters = Some(20);
            }
            if matches!(turn, 3 | 4) {
                options.shows_after_ms = 150;
            }
        });
    }

    /// The end of a story in a tenant that hides whose a pause is: once it shows
    /// everything, also a pause of ours of a task that has no other part in the
    /// story, all is given back.
    pub(crate) fn comes_clean(&self, spare: &str) {
        self.standin.set_options(|options| *options = Options::default());
        self.standin.act(WorldAction::Settle {}).unwrap();
        self.run(&[], &open_now(&[spare]));
        let end = self.run(&["resume", "--all"], "");
        // What people paused with our words while we asked is theirs to give back.
        let humans = self.humans.lock().unwrap().clone();
        for id in humans.into_iter().filter_map(|(id, paused)| paused.then_some(id)) {
            if end.action(&id) == "failed" {
                self.human_resumes(&id);
            }
        }
        self.an_hour_later();
        self.end_clean();
    }

    /// Checks the three invariants after a last resume that ended so.
    pub(crate) fn check(&self, last: &Ended) {
        self.checked.store(self.count("PUT", ""), Ordering::Relaxed);
        let open = self.active_holds();
        let (humans, ended) = (self.humans.lock().unwrap(), self.ended.lock().unwrap());
        for (id, now) in states(&self.standin) {
            let context = now.details.as_ref().and_then(|details| details.context.as_deref());
            let marked = context.is_some_and(|text| text.contains("[task-pause hold="));
            // What a person resumed may be held for another window since, which
            // is reported as long as it is so.
            let is_reported = marked && open.contains(&id) && last.code != 0;
            let is_reported = is_reported && !ended.is_held_again(&self.ledger(), &id);
            match humans.get(&id) {
                Some(false) if is_reported => {}
                Some(paused) => assert_eq!(now.paused, *paused, "I3: {id}\n{}", self.story()),
                // What no longer exists cannot be given back.
                None if marked && now.exists => {
                    let reported = open.contains(&id) && last.code != 0;
                    assert!(reported, "I2: {id} is paused by us\n{last:#?}\n{}", self.story());
                }
                None => {
                    let before = &self.before[&id];
                    let same = now.paused == before.paused && now.details == before.details;
                    assert!(same || !now.exists, "I1: {id}\n{before:?}\n{now:?}\n{}", self.story());
                }
            }
        }
    }
}

/// A story in which something was changed has an end, or else it fails.
impl Drop for Scene {
    fn drop(&mut self) {
        let unchecked = self.count("PUT", "") - self.checked.load(Ordering::Relaxed);
        let reported = unchecked == 0 || std::thread::panicking();
        assert!(reported, "{unchecked} changes, and then no look at the invariants");
    }
}
