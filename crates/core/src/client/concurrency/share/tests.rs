use super::*;

/// The time of an answer where it does not matter.
const SOON: Duration = Duration::from_millis(20);

fn fixed(number: usize) -> Share {
    Share::new(number, number)
}

fn growing() -> Share {
    Share::new(8, 32)
}

/// Sends `rounds` rounds to a service that bears `capacity` at a time, and
/// returns how many were served and how many refused.
fn converse(share: &mut Share, capacity: u32, rounds: usize) -> (u32, u32) {
    let (mut served, mut refused) = (0, 0);
    for _ in 0..rounds {
        let all: Vec<SlotRequest> = std::iter::from_fn(|| share.next()).collect();
        for (place, sent) in (0..).zip(all) {
            if place < capacity {
                share.served(sent, SOON);
                served += 1;
            } else {
                share.overloaded(sent);
                refused += 1;
            }
            share.leave();
        }
    }
    (served, refused)
}

#[test]
fn as_many_as_allowed_and_never_more() {
    let mut share = fixed(8);
    assert_eq!(converse(&mut share, 8, 100), (800, 0));
    assert_eq!(converse(&mut fixed(0), 1, 3), (3, 0), "at least one");
}

#[test]
fn a_burst_of_refusals_halves_once() {
    let mut share = fixed(32);
    let all: Vec<SlotRequest> = std::iter::from_fn(|| share.next()).collect();
    assert_eq!(all.len(), 32);
    for sent in all.into_iter().rev() {
        share.overloaded(sent);
    }
    assert!((share.allowed - 16.0).abs() < f64::EPSILON, "{share:?}");
}

/// Whatever it was that one request met alone, it was not too many.
#[test]
fn what_is_refused_alone_says_nothing_about_many() {
    let mut share = fixed(8);
    let alone = share.next().unwrap();
    share.overloaded(alone);
    share.leave();
    assert_eq!(converse(&mut share, 8, 1), (8, 0));
    // The first of a burst was not alone; half are in flight after it, and
    // all again after a few rounds.
    let all: Vec<SlotRequest> = std::iter::from_fn(|| share.next()).collect();
    share.overloaded(all[0]);
    share.in_flight = 0;
    assert_eq!(converse(&mut share, 8, 1), (4, 0));
    converse(&mut share, 8, 20);
    assert_eq!(converse(&mut share, 8, 1), (8, 0));
}

#[test]
fn what_the_service_bears_is_found_and_used() {
    for capacity in [1, 2, 4, 7, 20] {
        let mut share = fixed(32);
        converse(&mut share, capacity, 200);
        let (served, refused) = converse(&mut share, capacity, 1_000);
        assert!(refused * 10 < served, "{capacity}: {refused} refused, {served} served");
        assert!(f64::from(served) > 0.7 * f64::from(capacity) * 1_000.0, "{capacity}: {served}");
    }
}

#[test]
fn what_recovers_is_used_again_in_full() {
    let mut share = fixed(8);
    converse(&mut share, 1, 50);
    assert!(share.allowed < 3.0, "{share:?}");
    converse(&mut share, 8, 16 * 8);
    assert_eq!(converse(&mut share, 8, 1), (8, 0));
}

/// A service that works on so many requests at a time, and lets others wait.
struct Service<F> {
    /// When each place is free, in seconds.
    free_at: Vec<f64>,
    /// Seconds that the next request takes.
    takes: F,
}

impl<F: FnMut() -> f64> Service<F> {
    fn new(places: usize, takes: F) -> Self {
        Self { free_at: vec![0.0; places], takes }
    }

    /// Asks as much as is allowed from `from` seconds until `until`. Returns when each
    /// answer came, and how many were allowed after it.
    fn serve(&mut self, share: &mut Share, from: f64, until: f64) -> Vec<(f64, usize)> {
        let (mut now, mut under_way) = (from, Vec::<(f64, f64, SlotRequest)>::new());
        let mut answers = Vec::new();
        loop {
            while now < until
                && let Some(sent) = share.next()
            {
                let next = self.free_at.iter_mut().min_by(|a, b| a.total_cmp(b)).unwrap();
                *next = now.max(*next) + (self.takes)();
                under_way.push((*next, now, sent));
            }
            let first =
                (0..under_way.len()).min_by(|a, b| under_way[*a].0.total_cmp(&under_way[*b].0));
            let Some(first) = first else { return answers };
            let (end, sent_at, sent) = under_way.remove(first);
            now = end;
            share.served(sent, Duration::from_secs_f64(end - sent_at));
            share.leave();
            answers.push((now, share.allowed()));
        }
    }
}

/// A service that bears any number of requests.
const ANY: usize = 64;

#[test]
fn where_answers_are_slow_more_are_in_flight_within_two_seconds() {
    for (millis, wanted) in [(10, 8), (50, 8), (76, 12), (101, 16), (151, 24), (201, 32), (500, 32)]
    {
        let mut share = growing();
        let seconds = f64::from(millis) / 1_000.0;
        let answers = Service::new(ANY, || seconds).serve(&mut share, 0.0, 20.0);
        let settled = answers.iter().filter(|(at, _)| *at > 2.0).map(|(_, allowed)| *allowed);
        assert!(settled.clone().count() > 100, "{millis} ms");
        for allowed in settled {
            assert_eq!(allowed, wanted, "{millis} ms");
        }
        assert!(answers.iter().all(|(_, allowed)| *allowed <= wanted), "{millis} ms");
    }
}

#[test]
fn a_thousand_answers_of_300_ms_take_less_than_12_seconds() {
    let mut share = growing();
    let answers = Service::new(ANY, || 0.3).serve(&mut share, 0.0, 20.0);
    assert!(answers[999].0 < 12.0, "{}", answers[999].0);
}

#[test]
fn a_fixed_number_stays_as_it_is_however_long_answers_take() {
    let mut share = fixed(8);
    let answers = Service::new(ANY, || 2.0).serve(&mut share, 0.0, 60.0);
    assert!(answers.iter().all(|(_, allowed)| *allowed == 8));
}

/// Answers that take now longer, now shorter, are not taken for a queue.
#[test]
fn answers_of_uneven_length_do_not_end_the_growth() {
    let mut ended = 0;
    for seed in 0..200 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut share = growing();
        let takes = || 0.1 + 0.5 * random.f64();
        let answers = Service::new(ANY, takes).serve(&mut share, 0.0, 10.0);
        ended += usize::from(answers.last().unwrap().1 < 32);
    }
    assert!(ended < 4, "{ended} of 200");
}

/// A service that lets requests wait does no more of them if more wait.
#[test]
fn where_more_in_flight_only_wait_longer_it_goes_back_to_the_first_number() {
    for (places, takes) in [(1, 0.05), (1, 1.0), (4, 0.05), (4, 0.3), (8, 0.5)] {
        let mut share = growing();
        let answers = Service::new(places, || takes).serve(&mut share, 0.0, 300.0);
        let most = answers.iter().skip(150).map(|(_, allowed)| *allowed).max().unwrap();
        assert!(most <= 13, "{places} of {takes} s: {most}");
    }
    // One that does more of them gets more.
    let mut share = growing();
    let answers = Service::new(20, || 0.3).serve(&mut share, 0.0, 10.0);
    assert_eq!(answers.last().unwrap().1, 32);
}

#[test]
fn where_answers_get_faster_or_slower_the_number_follows() {
    let mut share = growing();
    for (from, millis, wanted) in [(0.0, 300, 32), (5.0, 25, 8), (10.0, 400, 32)] {
        let seconds = f64::from(millis) / 1_000.0;
        let answers = Service::new(ANY, || seconds).serve(&mut share, from, from + 5.0 - seconds);
        let late = answers.iter().filter(|(at, _)| *at > from + 2.0);
        assert!(late.clone().count() > 100);
        assert!(late.clone().all(|(_, allowed)| *allowed == wanted), "{millis} ms");
    }
}

#[test]
fn few_requests_at_a_time_raise_nothing() {
    let mut share = growing();
    for _ in 0..1_000 {
        let sent = share.next().unwrap();
        share.served(sent, Duration::from_secs(1));
        share.leave();
    }
    assert_eq!(share.allowed(), 8);
}

#[test]
fn after_a_refusal_it_grows_as_carefully_as_a_fixed_number() {
    let (mut growing, mut fixed) = (growing(), fixed(8));
    for share in [&mut growing, &mut fixed] {
        let all: Vec<SlotRequest> = std::iter::from_fn(|| share.next()).collect();
        for sent in all {
            share.overloaded(sent);
            share.leave();
        }
    }
    assert_eq!(fixed.allowed(), 4);
    while fixed.allowed() < 8 {
        assert_eq!(growing.allowed(), fixed.allowed());
        for share in [&mut growing, &mut fixed] {
            let sent = share.next().unwrap();
            share.served(sent, Duration::from_secs(1));
            share.leave();
        }
    }
    assert_eq!(growing.allowed(), 8);
}
