//! A real ledger in which bits change, as on a bad disk: nothing of it is
//! believed that was not written.

use super::super::file::replay;
use super::*;

/// The number of bits that are flipped, each in a ledger of its own.
const FLIPS: u64 = 10_000;

/// A ledger with every kind of line: active holds in every phase, and
/// some that are over.
fn real_ledger(place: &LedgerDir) -> LedgerState {
    let mut ledger = place.open().unwrap();
    let ids = ["asked", "accepted", "held", "moved", "resuming", "resumed", "foreign"];
    let permits = ledger.intend(ids.map(pause).into(), at(1)).unwrap();
    for (permit, id) in permits.into_iter().zip(ids) {
        let state = Some(seen(&permit));
        let changed = Some(ChangeAnswer::Changed);
        match id {
            "asked" => {}
            "accepted" => {
                ledger
                    .settle(
                        permit,
                        Finding { result: Settled::Accepted, answer: changed, seen: None },
                        at(1),
                    )
                    .unwrap();
            }
            "foreign" => ledger
                .settle(
                    permit,
                    Finding { result: Settled::Foreign, answer: None, seen: state },
                    at(1),
                )
                .unwrap(),
            _ => ledger
                .settle(
                    permit,
                    Finding { result: Settled::Paused, answer: changed, seen: state },
                    at(1),
                )
                .unwrap(),
        }
    }
    ledger.move_hold(&target("moved"), &hold(0, 90), at(2)).unwrap();
    ledger.release(&target("moved"), hold(10, 20).windows(), at(2)).unwrap();
    let again = Intent::PauseAgain { target: target("held"), reason: "again".into(), looked: None };
    let _ = ledger.intend(vec![again], at(2)).unwrap();
    let resume = |id| Intent::Resume { target: target(id), catch_up: true };
    let [_, permit] = <[Permit; 2]>::try_from(
        ledger.intend(["resuming", "resumed"].map(resume).into(), at(3)).unwrap(),
    )
    .unwrap();
    ledger
        .settle(
            permit,
            Finding { result: Settled::Resumed, answer: Some(ChangeAnswer::Changed), seen: None },
            at(3),
        )
        .unwrap();
    let (id, _) = ledger.state().catch_ups().next().unwrap();
    let id = id.to_owned();
    ledger.starting(&id, at(4)).unwrap();
    ledger.not_started(&id, at(4)).unwrap();
    ledger.accept_clock(at(3)).unwrap();
    let mark = Mark { hold: "0badcafe-7".to_owned(), until: Some(at(60)) };
    let state = PauseState { paused: true, ..PauseState::default() };
    let labels = Arc::new(Labels::default());
    let target = target("adopted");
    let adoption = Adoption { mark, target, labels, hold: hold(0, 60), seen: state };
    ledger.adopt(adoption, at(5)).unwrap();
    ledger.sync().unwrap();
    ledger.state().clone()
}

#[test]
fn ten_thousand_flipped_bits_lose_no_active_hold_and_add_none() {
    let place = LedgerDir::new();
    let state = real_ledger(&place);
    assert_eq!(state.all_active().count(), 6);
    let whole = fs::read(place.path()).unwrap();
    let path = place.path();
    assert_eq!(replay(&whole[..], &path).unwrap().state, state);
    let mut dice = fastrand::Rng::with_seed(0x1ed9_e12f);
    let mut refused = 0;
    for _ in 0..FLIPS {
        let bit = dice.usize(..whole.len() * 8);
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        match replay(&flipped[..], &path) {
            // The message names the line that was hit, or the one before it,
            // where the end of that is gone.
            Err(LedgerError::Damaged { line, .. } | LedgerError::Newer { line, .. }) => {
                let hit = whole[..bit / 8].split(|byte| *byte == b'\n').count() as u64;
                assert_eq!(line, hit, "bit {bit}");
                refused += 1;
            }
            Err(LedgerError::NotALedger { .. }) => {
                let first = whole.iter().position(|byte| *byte == b'\n').unwrap();
                assert!(bit / 8 <= first, "bit {bit}");
                refused += 1;
            }
            Err(error) => panic!("bit {bit}: {error:?}"),
            // Harmless is what leaves every hold as it is: the same targets, with
            // the same windows, in the same phase.
            Ok(replayed) => {
                assert!(replayed.state.all_active().eq(state.all_active()), "bit {bit}");
                assert_eq!(replayed.state, state, "bit {bit}");
            }
        }
    }
    eprintln!("{refused} of {FLIPS} flips were refused, the others changed nothing");
    assert!(refused > FLIPS / 2, "{refused}");
}
