//! The tables of the documentation, held against the code: every combination
//! of evidence, and the row that is about it.

use super::*;
use crate::decide::table_check::check;

const MINE: &str = "patching [task-pause hold=5f2c9a1b-2 until=open]";
const ANOTHER: &str = "patching [task-pause hold=5f2c9a1b-9 until=open]";

fn word(owner: Owner) -> String {
    let word = match owner {
        Owner::Us => "ours",
        Owner::Other => "other",
        Owner::Unclear => "unclear",
        Owner::Nobody => "nobody",
    };
    word.to_owned()
}

/// A time of the API, so many seconds after it was looked at before our request.
fn at(second: i64) -> UtcTime {
    UtcTime::from_millis(1_790_000_001_000 + second * 1_000).unwrap()
}

fn known(accounts: &[&str]) -> TenantFacts {
    let accounts = accounts.iter().map(|user| (*user).to_owned()).collect();
    TenantFacts { accounts, ..TenantFacts::default() }
}

fn shown(context: Option<&str>, user: Option<&str>, second: Option<i64>) -> PauseState {
    PauseState {
        paused: true,
        since: second.map(at),
        user: user.map(str::to_owned),
        user_type: None,
        context: context.map(str::to_owned),
        shown_at: Some(at(7_200)),
    }
}

fn evidence(known: &TenantFacts) -> Evidence<'_> {
    Evidence {
        hold: "5f2c9a1b-2",
        sent: Some(MINE),
        was_paused: false,
        looked: Some((at(0), at(0))),
        reply: Reply::Lost,
        is_new: false,
        seen: None,
        known,
    }
}

#[test]
fn a_pause_that_was_intended_is_judged_by_the_table() {
    let columns: [&[&str]; 6] = [
        &["not paused", "paused"],
        &["ours", "another's", "beginning", "text", "none", "missing"],
        &["changed", "unchanged", "204", "lost"],
        &["this call", "earlier"],
        &["own", "another", "unknown"],
        &["within", "before", "after", "unknown"],
    ];
    check(include_str!("intended.md"), &columns, |values| {
        let &[before, context, answer, asked, account, date] = values else { panic!() };
        let mut known = known(if account == "unknown" { &[] } else { &["ops"] });
        known.contexts = context == "missing";
        let (text, user) = (
            match context {
                "ours" => Some(MINE),
                "another's" => Some(ANOTHER),
                "beginning" => Some("patching [task"),
                "text" => Some("by hand"),
                _ => None,
            },
            if account == "another" { "a-person" } else { "ops" },
        );
        let second = match date {
            "within" => Some(2),
            "before" => Some(-60),
            "after" => Some(3_600),
            _ => None,
        };
        let state = shown(text, Some(user), second);
        // What was asked just now was looked at a little later.
        let is_new = asked == "this call";
        let shown_at = (is_new && date != "after").then(|| at(10));
        if is_new && date == "after" {
            // That is a time to come, and so by another clock.
            let evidence = Evidence { is_new, looked: None, ..evidence(&known) };
            let unknown = PauseState { shown_at: Some(at(10)), ..state.clone() };
            assert_eq!(dated(evidence, &unknown), Dated::Unknown);
        }
        let evidence = Evidence {
            was_paused: before == "paused",
            reply: match answer {
                "changed" => Reply::Changed,
                "unchanged" => Reply::Unchanged,
                "204" => Reply::NoContent,
                _ => Reply::Lost,
            },
            is_new,
            ..evidence(&known)
        };
        word(owner(evidence, &PauseState { shown_at: shown_at.or(None), ..state }))
    });
}

#[test]
fn a_pause_where_one_of_ours_was_seen_is_judged_by_the_table() {
    let columns: [&[&str]; 3] = [
        &["ours", "another's", "equal", "bare", "gone", "other"],
        &["same", "another"],
        &["same", "same minute", "near", "later", "unknown", "none"],
    ];
    let known = known(&["ops"]);
    check(include_str!("seen.md"), &columns, |values| {
        let &[context, account, date] = values else { panic!() };
        let (before, now) = match context {
            "ours" => (Some("patching"), Some(MINE)),
            "another's" => (Some("patching"), Some(ANOTHER)),
            "equal" => (Some("patching"), Some("patching ")),
            "bare" => (None, Some(" ")),
            "gone" => (Some(MINE), None),
            _ => (Some(MINE), Some("by hand")),
        };
        // The first second of a minute.
        let minute = 60 - at(0).as_millis() / 1_000 % 60;
        let (first, second) = match date {
            "same" => (Some(minute + 2), Some(minute + 2)),
            "same minute" => (Some(minute + 2), Some(minute)),
            "near" => (Some(minute + 2), Some(minute + 200)),
            "later" => (Some(minute + 2), Some(minute + 400)),
            "unknown" => (Some(minute + 2), None),
            _ => (None, None),
        };
        let seen = shown(before, Some("ops"), first);
        let user = if account == "another" { "a-person" } else { "ops" };
        let evidence = Evidence { seen: Some(&seen), ..evidence(&known) };
        word(owner(evidence, &shown(now, Some(user), second)))
    });
    // Who is not shown is nobody else.
    let seen = shown(Some(MINE), Some("ops"), Some(1));
    let evidence = Evidence { seen: Some(&seen), ..evidence(&known) };
    assert_eq!(owner(evidence, &shown(Some(MINE), None, None)), Owner::Us);
    assert_eq!(owner(evidence, &PauseState::default()), Owner::Nobody);
}

#[test]
fn dates_are_held_against_the_look_before() {
    let known = known(&["ops"]);
    let of = |looked, is_new, second, shown_at| {
        let evidence = Evidence { looked, is_new, ..evidence(&known) };
        let shown_at = Some(at(shown_at));
        dated(evidence, &PauseState { shown_at, ..shown(None, None, Some(second)) })
    };
    let looked = Some((at(0), at(0)));
    for (second, expected) in [
        (-121, Dated::Unknown),
        (-120, Dated::Before),
        (-6, Dated::Before),
        (-5, Dated::Within),
        (0, Dated::Within),
        (125, Dated::Within),
        (126, Dated::After),
        (7_205, Dated::After),
        // Still to come.
        (7_206, Dated::Unknown),
    ] {
        assert_eq!(of(looked, false, second, 7_200), expected, "{second}");
    }
    // This call knows when it ended.
    assert_eq!(of(looked, true, 300, 300), Dated::Within);
    // It was asked for once more, an hour later.
    assert_eq!(of(Some((at(0), at(3_600))), false, 3_700, 7_200), Dated::Within);
    assert_eq!(of(None, true, 0, 0), Dated::Unknown);
}

#[test]
fn a_date_of_a_whole_minute_is_any_time_in_it() {
    let known = known(&[]);
    let minute = 60 - at(0).as_millis() / 1_000 % 60;
    let evidence =
        Evidence { looked: Some((at(minute + 50), at(minute + 50))), ..evidence(&known) };
    assert_eq!(dated(evidence, &shown(None, None, Some(minute))), Dated::Within);
    assert_eq!(dated(evidence, &shown(None, None, Some(minute + 1))), Dated::Before);
    // Its last millisecond is five seconds before the look, and one more.
    for (millis, expected) in [(64_999, Dated::Within), (65_000, Dated::Before)] {
        let look = at(minute).saturating_add(std::time::Duration::from_millis(millis));
        let evidence = Evidence { looked: Some((look, look)), ..evidence };
        assert_eq!(dated(evidence, &shown(None, None, Some(minute))), expected, "{millis}");
    }
}

/// The dates are milliseconds after a whole minute.
#[test]
fn a_date_is_compared_with_the_one_before_by_the_second_or_by_the_minute_if_one_is_cut() {
    let minute = 60_000 - at(0).as_millis() % 60_000;
    for (before, now, expected) in [
        (Some(2_000), Some(2_000), Redated::Same),
        (Some(0), Some(0), Redated::Same),
        (Some(2_001), Some(2_999), Redated::Same),
        (Some(2_000), Some(3_000), Redated::Near),
        (Some(0), Some(500), Redated::SameMinute),
        (Some(0), Some(59_999), Redated::SameMinute),
        (Some(59_999), Some(0), Redated::SameMinute),
        (Some(2_000), Some(60_000), Redated::Near),
        (Some(2_000), Some(-100_000), Redated::Near),
        (Some(2_000), Some(302_000), Redated::Near),
        (Some(2_000), Some(302_001), Redated::Later),
        (Some(2_000), None, Redated::Unknown),
        (None, Some(2_000), Redated::Unknown),
        (None, None, Redated::None),
    ] {
        let of = |millis: Option<i64>| PauseState {
            since: millis
                .map(|millis| UtcTime::from_millis(at(0).as_millis() + minute + millis).unwrap()),
            ..shown(None, None, None)
        };
        assert_eq!(redated(&of(before), &of(now)), expected, "{before:?} {now:?}");
    }
}

#[test]
fn an_account_is_another_one_only_where_ours_are_known() {
    for (accounts, user, is_another) in [
        (&["ops"][..], Some("a-person"), true),
        (&["ops"], Some("ops"), false),
        (&["ops"], None, false),
        (&[], Some("a-person"), false),
    ] {
        let state = shown(None, user, None);
        assert_eq!(is_of_another_account(&known(accounts), &state), is_another, "{user:?}");
    }
}

/// The tenant shows local times as UTC, or has clocks that are apart.
#[test]
fn dates_by_another_clock_are_read_as_those_of_earlier_pauses() {
    for shift in [-7_200, -600, 600, 7_200] {
        let mut known = known(&["ops"]);
        known.dated = Some((at(-86_400), at(-86_400 + 3 + shift)));
        let evidence = Evidence { known: &known, ..evidence(&known) };
        let of = |second| dated(evidence, &shown(None, None, Some(second + shift)));
        // That pause was dated three seconds after the look before it.
        for (second, expected) in [
            (-118, Dated::Unknown),
            (-117, Dated::Within),
            (2, Dated::Within),
            (243, Dated::Within),
            (244, Dated::Unknown),
        ] {
            assert_eq!(of(second), expected, "{second} {shift}");
        }
        assert_eq!(owner(evidence, &shown(None, Some("ops"), Some(2 + shift))), Owner::Us);
    }
}

/// A tenant without the header `Date`, or a ledger of an earlier build.
#[test]
fn without_a_clock_the_mark_is_the_proof() {
    let known = known(&["ops"]);
    for second in [None, Some(-86_400), Some(0), Some(86_400)] {
        let evidence = Evidence { looked: None, ..evidence(&known) };
        for (context, expected) in [
            (Some(MINE), Owner::Us),
            (Some("patching [task-pause"), Owner::Unclear),
            (Some("by hand"), Owner::Unclear),
            (None, Owner::Unclear),
        ] {
            let state = shown(context, Some("ops"), second);
            assert_eq!(owner(evidence, &state), expected, "{context:?} {second:?}");
        }
    }
}

#[test]
fn a_204_says_something_only_of_a_tenant_that_answers_202_to_changes_alone() {
    let (silent, showing) =
        (TenantFacts::default(), TenantFacts { answers_changed: true, ..known(&[]) });
    let unchanged = Some(ChangeAnswer::Unchanged);
    assert_eq!(Reply::of(unchanged, false, &silent), Reply::NoContent);
    assert_eq!(Reply::of(unchanged, false, &showing), Reply::Unchanged);
    assert_eq!(Reply::of(unchanged, true, &showing), Reply::Lost);
    let mixed = TenantFacts { changes_with_204: true, ..showing.clone() };
    assert_eq!(Reply::of(unchanged, false, &mixed), Reply::NoContent);
    assert_eq!(Reply::of(Some(ChangeAnswer::Changed), true, &silent), Reply::Changed);
    assert_eq!(Reply::of(None, false, &showing), Reply::Lost);
}
