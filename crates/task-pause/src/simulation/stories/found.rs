//! Stories that broke a promise once.

use super::*;

/// A tenant that answered 202 to a pause, and now answers 204 to each. Whoever resumes the
/// task while the only look at it is under way has ended our pause.
#[test]
fn a_pause_that_was_ended_during_a_slow_look_is_not_made_again() {
    let tenant = Tenant { only_204: true, lists_pauses: true, ..Tenant::default() };
    let length = Duration::from_secs(20);
    let hang = Hang { length, act: Some((2, false)), is_stale: false };
    let sync = Call::Sync { windows: Vec::new(), timetable: None, reassert: false };
    let (model, state) = play_story(
        tenant,
        true,
        vec![
            Event::Hang(2, hang),
            Event::Call(Call::Pause(vec![(0, 0, 0, 9), (2, 0, 0, 9)]), Manner::default()),
            Event::Call(sync.clone(), Manner::default()),
            Event::Minutes(5),
            Event::Call(sync, Manner::default()),
        ],
    );
    assert_eq!(state.all_active().count(), 0, "{state:?}");
    assert!(model.shown(&target(0)).paused && !model.shown(&target(2)).paused);
}

/// The resume at the end of a window was not seen, and the next window touches that one.
/// The call that finds the task resumed pauses it for the next.
#[test]
fn a_window_is_met_by_the_call_that_finds_the_resume_before_it_done() {
    let early = Some(Early { seconds: 300, act: None });
    let early =
        Event::Call(Call::Pause(vec![(2, 0, -1, 7)]), Manner { early, ..Manner::default() });
    let later = Event::Call(Call::Pause(vec![(2, 0, -6, 7)]), Manner::default());
    for last in [vec![early], vec![Event::Minutes(5), later]] {
        let sync = Call::Sync { windows: Vec::new(), timetable: None, reassert: false };
        let mut story = vec![
            Event::Call(Call::Pause(vec![(2, 0, -5, 22)]), Manner::default()),
            Event::Minutes(17),
            Event::Call(sync, Manner::default()),
        ];
        story.extend(last);
        play_story(Tenant { is_late: true, ..Tenant::default() }, true, story);
    }
}

/// A command gave a window back, and that resume was not seen. The next call has another
/// window of the task, which is open: nobody gave that one back.
#[test]
fn a_window_that_nobody_gave_back_is_met_though_the_resume_of_another_was_not_seen() {
    for is_late in [false, true] {
        let pause = || Call::Pause(vec![(2, 0, -11, 60), (2, 1, -1, 90)]);
        let story = vec![
            Event::Call(Call::Pause(vec![(2, 0, -5, 60)]), Manner::default()),
            Event::Minutes(1),
            Event::Call(Call::Release(0), Manner::default()),
            Event::Minutes(5),
            Event::Call(pause(), Manner::default()),
            Event::IsPaused(2),
            Event::Minutes(5),
            Event::Call(pause(), Manner::default()),
            Event::IsPaused(2),
        ];
        play_story(Tenant { is_late, ..Tenant::default() }, true, story);
        let sync = |windows: Windows| {
            let timetable = Some(windows.clone());
            Event::Call(Call::Sync { windows, timetable, reassert: false }, Manner::default())
        };
        let story = vec![
            sync(vec![(2, 0, -5, 60)]),
            Event::Minutes(1),
            // Its row was deleted, and there is another one.
            sync(Vec::new()),
            Event::Minutes(5),
            sync(vec![(2, 1, -1, 90)]),
            Event::IsPaused(2),
        ];
        play_story(Tenant { is_late, ..Tenant::default() }, true, story);
        let story = vec![
            sync(vec![(2, 0, 0, 60)]),
            Event::Minutes(1),
            sync(Vec::new()),
            Event::Minutes(5),
            // Its row is there again, and one that touches it.
            sync(vec![(2, 0, -6, 60), (2, 1, 54, 60)]),
            Event::Minutes(60),
            sync(vec![(2, 0, -66, 60), (2, 1, -6, 60)]),
            Event::IsPaused(2),
        ];
        play_story(Tenant { is_late, ..Tenant::default() }, true, story);
    }
}

/// A command gave back two windows, of which one was to come. A later call paused for
/// another window with the name of that one, and crashed. The timetable has that
/// window longer, so that it reaches into what was given back: it is the one that is held.
#[test]
fn a_window_that_is_held_stays_so_when_it_is_moved_onto_one_that_was_given_back() {
    let resume_all = Manner {
        edge: Some(0),
        early: Some(Early { seconds: 60, act: None }),
        ..Manner::default()
    };
    let sync =
        Call::Sync { windows: Vec::new(), timetable: Some(vec![(1, 1, 0, 9)]), reassert: false };
    let (model, state) = play_story(
        Tenant { is_late: true, ..Tenant::default() },
        true,
        vec![
            Event::Call(Call::Pause(vec![(1, 0, 0, 14)]), Manner::default()),
            Event::Call(Call::Pause(vec![(1, 1, 10, 1)]), Manner::default()),
            Event::Call(Call::Resume { all: true }, resume_all),
            Event::Minutes(1),
            Event::Call(
                Call::Pause(vec![(1, 1, -3, 4)]),
                Manner { crash: Some(3), ..Manner::default() },
            ),
            Event::Call(sync, Manner::default()),
            Event::IsPaused(1),
        ],
    );
    assert_eq!(state.all_active().count(), 0, "{state:?}");
    assert!(model.with(&target(1), |task| task.paused.is_none()));
}
