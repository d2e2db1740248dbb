//! A service that refuses for a while, or because too much is asked of it: the
//! list comes complete, and the service is not asked more for it.

use std::collections::HashMap;

use tmc_standin::{Effect, Fault, Overload, Request, Standin};

use crate::support::ended::Ended;
use crate::support::faults::status;
use crate::support::minutely::{asking, minutely};
use crate::support::tool::{api_tool, run};

/// A thousand pages, and one: a page has one run in common with the next.
const RUNS: u64 = 9_001;

/// Fewer runs, in as many requests as with pages of a hundred.
const SMALL_PAGES: [&str; 2] = ["--page-size", "10"];

#[test]
fn a_storm_over_a_thousand_pages_ends_complete() {
    let standin = Standin::start(minutely()).unwrap();
    standin.set_options(|options| options.orchestration_limit = 0);
    let storm = |code, seed| {
        let fault = Fault::new(status(code)).on("POST", "/**/search");
        Fault { probability: Some(0.15), seed, ..fault }
    };
    standin.add_faults(vec![storm(429, 1), storm(503, 2)]).unwrap();
    let mut tool = api_tool("runs-fetch", &standin);
    tool.args(asking(RUNS)).args(SMALL_PAGES).args(["--end-record", "--rate", "1000000"]);
    // Of a thousand pages, one meets ten refusals in a row once in 400 storms.
    tool.args(["--concurrency", "32", "--retries", "24"]);
    let ended = run(&mut tool);
    complete(&ended);
    let mut asked = std::collections::HashMap::new();
    let mut refused = 0;
    for request in standin.requests().into_iter().filter(|one| one.path.ends_with("/search")) {
        refused += u32::from(request.status != Some(200));
        *asked.entry(request.body.unwrap()["offset"].as_u64().unwrap()).or_insert(0) += 1;
    }
    // The last page is full: one more proves that nothing follows it.
    assert_eq!(asked.len(), 1_001);
    assert!(asked.values().all(|times| *times <= 25), "{:?}", asked.values().max());
    assert!(refused > 200, "only {refused} answers were refused: no storm");
}

#[test]
fn an_outage_is_not_met_with_a_storm() {
    let standin = Standin::start(minutely()).unwrap();
    let outage = Fault::new(status(503)).on("POST", "/**/search").skip(30);
    standin.add_faults(vec![outage]).unwrap();
    let mut tool = api_tool("runs-fetch", &standin);
    tool.args(asking(RUNS)).args(SMALL_PAGES).args(["--concurrency", "64", "--retries", "100"]);
    let ended = run(&mut tool);
    assert_eq!((ended.code, ended.stdout.as_str()), (69, ""), "{}", ended.stderr);
    // One attempt of each page in flight, and the budget for all together.
    let failed = standin.requests().iter().filter(|one| one.status == Some(503)).count();
    assert!(failed <= 64 * 4 + 100 + 1, "{failed} requests into an outage");
}

/// Fetches a thousand pages, with the defaults of the flags that bound how fast, from a
/// service that bears only so much, and returns how it answered.
fn overloaded(bears: Overload) -> Vec<Request> {
    let standin = Standin::start(minutely()).unwrap();
    standin.set_options(|options| {
        options.orchestration_limit = 0;
        options.overload = Some(bears);
    });
    let mut tool = api_tool("runs-fetch", &standin);
    // The stand-in's own limit is the one at hand, so the documented one must
    // not hide it.
    tool.args(asking(RUNS)).args(SMALL_PAGES).args(["--end-record", "--rate", "1000000"]);
    let ended = run(&mut tool);
    complete(&ended);
    let mut searches = standin.requests();
    searches.retain(|one| one.path.ends_with("/search"));
    assert!(asked(&searches).values().all(|times| *times <= 1 + 5), "more than the retries");
    searches
}

/// The most requests that the stand-in had to answer at a time when each took it
/// 300 ms.
fn most_in_flight(runs: u64, flags: &[&str]) -> usize {
    let standin = Standin::start(minutely()).unwrap();
    let slow = Fault::new(Effect::latency_ms(300)).on("POST", "/**/search");
    standin.add_faults(vec![slow]).unwrap();
    let mut tool = api_tool("runs-fetch", &standin);
    let ended = run(tool.args(asking(runs)).args(SMALL_PAGES).args(flags));
    assert_eq!((ended.code, ended.stdout.lines().count() as u64), (0, runs), "{}", ended.stderr);
    standin.requests().iter().map(|request| request.in_flight + 1).max().unwrap()
}

#[test]
fn where_answers_are_slow_more_are_in_flight_but_not_more_than_were_asked_for() {
    let most = most_in_flight(2_000, &[]);
    assert!((9..=32).contains(&most), "{most}");
    // Several times as many pages as may be in flight.
    for (flags, runs) in [(["--concurrency", "8"], 400), (["--concurrency", "3"], 150)] {
        let most = most_in_flight(runs, &flags);
        assert_eq!(most.to_string(), flags[1]);
    }
}

fn complete(ended: &Ended) {
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let last = ended.stdout.lines().last().unwrap();
    assert!(last.starts_with(&format!("{{\"end\":{{\"runs\":{RUNS},")), "{last}");
    assert_eq!(ended.stdout.lines().count() as u64, RUNS + 1);
}

/// The number of requests for each page.
fn asked(searches: &[Request]) -> HashMap<u64, u32> {
    let mut asked = HashMap::new();
    for request in searches {
        let offset = request.body.as_ref().and_then(|body| body["offset"].as_u64()).unwrap();
        *asked.entry(offset).or_insert(0) += 1;
    }
    assert_eq!(asked.len(), 1_001);
    asked
}

fn refused(searches: &[Request]) -> usize {
    searches.iter().filter(|one| one.status != Some(200)).count()
}

#[test]
fn a_service_that_bears_less_at_once_is_given_less_at_once() {
    for retry_after in [Some(1), None] {
        let bears = Overload { at_once: 3, service_ms: 5, retry_after, ..Overload::default() };
        let searches = overloaded(bears);
        let refused = refused(&searches);
        assert!(refused > 0, "no overload");
        // It asks for one more now and then, to see whether it is borne.
        assert!(refused < 100, "{refused} of {} refused", searches.len());
    }
}

#[test]
fn a_service_that_bears_fewer_a_second_is_asked_slowly() {
    // Fewer than are asked for also by a machine that has much else to do.
    let bears = Overload { per_second: 50, burst: 50, retry_after: Some(1), ..Overload::default() };
    let searches = overloaded(bears);
    let refused = refused(&searches);
    assert!(refused > 0, "no overload");
    // Three refusals in a row make all wait for the second that is asked for, and
    // after it the service bears fifty again. All that were in flight at once may
    // have been refused the first time, before there were fewer.
    let waits = 1_001_usize.div_ceil(50);
    assert!(refused <= 3 * waits + 32, "{refused} of {} refused", searches.len());
}
