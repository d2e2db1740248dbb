//! Each fault as a client meets with it.

use std::io::Write as _;
use std::net::TcpStream;

use serde_json::{Value, json};
use tmc_standin::{Effect, Fault, PagingLie, Standin, Trigger, World, WorldAction};

use crate::client::{Reply, TOKEN, ask, get, raw, request};

const ENVIRONMENTS: &str = "/orchestration/environments";
const SEARCH: &str = "/orchestration/executables/events/search";
const TASK: &str = "61323d2498d04f63ee697541";
const PAUSE: &str = "/orchestration/executables/tasks/61323d2498d04f63ee697541/pause";

/// The sample with a run every day, and these faults.
fn standin(faults: Vec<Fault>) -> Standin {
    let mut world = World::documentation_sample();
    world.frozen = true;
    world.tasks[0].triggers = vec![Trigger::daily("2022-01-01", "12:00", "UTC")];
    let standin = Standin::start(world).unwrap();
    standin.add_faults(faults).unwrap();
    standin
}

/// Ten of thirty runs.
fn page(standin: &Standin, offset: u64) -> Reply {
    let body = json!({"environmentId": "6242bc6eac74e9757cda41bb", "from": "1656633600000",
                      "to": "1659225600000", "limit": 10, "offset": offset});
    ask(standin, "POST", SEARCH, &body.to_string())
}

fn first_date(page: &Value) -> &str {
    page["items"][0]["date"].as_str().unwrap()
}

fn lie(lie: PagingLie) -> (Value, Value) {
    let standin = standin(Vec::new());
    let truth = page(&standin, 10).json();
    standin.add_faults(vec![Fault::new(Effect::Paging(lie)).on("POST", SEARCH)]).unwrap();
    (truth, page(&standin, 10).json())
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().unwrap()
}

fn pause(standin: &Standin, pause: bool) -> std::io::Result<Reply> {
    let body = json!({"pause": pause}).to_string();
    raw(standin, &request("PUT", PAUSE, TOKEN, &body))
}

#[test]
fn a_status_takes_the_place_of_the_answer() {
    let effect =
        Effect::Status { status: 503, retry_after: Some("7".into()), body: None, processed: false };
    let standin = standin(vec![Fault::new(effect).on("PUT", "/**/pause").times(1)]);
    let reply = pause(&standin, true).unwrap();
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("7")));
    assert_eq!(reply.json()["status"], 503);
    assert!(!standin.state().task(TASK).unwrap().paused);
    assert_eq!(pause(&standin, true).unwrap().status, 202);
    let log = standin.requests();
    assert_eq!((log[0].faults.as_slice(), log[0].processed), (&["status".to_owned()][..], false));
    assert_eq!((log[1].faults.as_slice(), log[1].processed), (&[][..], true));
}

#[test]
fn a_status_may_lie_about_what_was_done() {
    let effect = Effect::Status { status: 502, retry_after: None, body: None, processed: true };
    let standin = standin(vec![Fault::new(effect)]);
    assert_eq!(pause(&standin, true).unwrap().status, 502);
    assert!(standin.state().task(TASK).unwrap().paused);
}

#[test]
fn a_connection_is_reset_before_or_after() {
    let standin = standin(vec![Fault::new(Effect::reset()).times(1)]);
    let error = pause(&standin, true).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert!(!standin.state().task(TASK).unwrap().paused);
    standin.add_faults(vec![Fault::new(Effect::reset_after())]).unwrap();
    assert!(pause(&standin, true).is_err());
    assert!(standin.state().task(TASK).unwrap().paused);
    let log = standin.requests();
    assert_eq!((log[0].status, log[0].processed), (None, false));
    assert_eq!((log[1].status, log[1].processed), (None, true));
}

#[test]
fn a_body_is_cut_short() {
    let standin = standin(vec![Fault::new(Effect::Truncate { keep: 20 })]);
    let reply = get(&standin, ENVIRONMENTS);
    assert_eq!(reply.body.len(), 20);
    let promised: usize = reply.header("content-length").unwrap().parse().unwrap();
    assert!(promised > 20);
}

#[test]
fn a_body_drips() {
    let standin = standin(vec![Fault::new(Effect::Drip { bytes: 8, every_ms: 1 })]);
    assert_eq!(get(&standin, ENVIRONMENTS).json()[0]["name"], "Production");
}

#[test]
fn a_body_is_replaced_or_empty() {
    let standin = standin(vec![Fault::new(Effect::Body { text: "<html>".into() }).times(1)]);
    let reply = get(&standin, ENVIRONMENTS);
    assert_eq!(
        (reply.body.as_slice(), reply.header("content-type")),
        (&b"<html>"[..], Some("text/html"))
    );
    standin.add_faults(vec![Fault::new(Effect::Body { text: String::new() })]).unwrap();
    let reply = get(&standin, ENVIRONMENTS);
    assert_eq!((reply.status, reply.body.len()), (200, 0));
}

#[test]
fn a_body_is_huge() {
    let standin = standin(vec![Fault::new(Effect::Huge { mebibytes: 2 })]);
    let reply = get(&standin, ENVIRONMENTS);
    assert_eq!(reply.header("content-length"), None);
    assert!(reply.body.len() > 2 << 20);
}

#[test]
fn a_redirect_leads_to_itself_or_elsewhere() {
    let standin = standin(vec![Fault::new(Effect::Redirect { to: None }).times(1)]);
    let reply = get(&standin, ENVIRONMENTS);
    assert_eq!((reply.status, reply.header("location")), (307, Some(ENVIRONMENTS)));
    let to = Some("http://localhost:1/".to_owned());
    standin.add_faults(vec![Fault::new(Effect::Redirect { to })]).unwrap();
    assert_eq!(get(&standin, ENVIRONMENTS).header("location"), Some("http://localhost:1/"));
}

#[test]
fn latency_does_not_change_the_answer() {
    let standin =
        standin(vec![Fault::new(Effect::Latency { min_ms: 1, max_ms: 3, processed: true })]);
    assert_eq!(get(&standin, ENVIRONMENTS).status, 200);
    assert_eq!(standin.requests()[0].faults, ["latency"]);
}

#[test]
fn a_total_is_off() {
    let (truth, reported) = lie(PagingLie::Total { by: -3 });
    assert_eq!(truth["total"], 30);
    assert_eq!(reported["total"], 27);
    assert_eq!(items(&reported), items(&truth));
}

#[test]
fn a_list_never_ends() {
    let (_, reported) = lie(PagingLie::Endless {});
    assert_eq!(reported["total"], 30, "two pages after this one");
    let fault = Fault::new(Effect::Paging(PagingLie::Endless {}));
    let standin = standin(vec![fault]);
    let beyond = page(&standin, 1_000).json();
    assert_eq!((items(&beyond).len(), &beyond["total"]), (10, &json!(1_020)));
    assert_ne!(items(&beyond)[0], items(&beyond)[1]);
}

#[test]
fn an_item_is_double_or_missing() {
    let (truth, reported) = lie(PagingLie::Duplicate {});
    assert_eq!(items(&reported).len(), 10);
    assert_eq!(items(&reported)[..2], [items(&truth)[0].clone(), items(&truth)[0].clone()]);
    let (truth, reported) = lie(PagingLie::Missing {});
    assert_eq!(items(&reported).len(), 9);
    assert!(!items(&reported).contains(&items(&truth)[5]));
    let (_, reported) = lie(PagingLie::Empty {});
    assert_eq!((items(&reported).len(), &reported["total"]), (0, &json!(30)));
    let (_, reported) = lie(PagingLie::TooMany { extra: 2 });
    assert_eq!(items(&reported).len(), 12);
}

#[test]
fn an_item_lacks_a_member_or_has_a_wrong_one() {
    let (_, reported) = lie(PagingLie::Without { member: "date".into() });
    assert_eq!(items(&reported)[0].get("date"), None);
    assert!(items(&reported)[1].get("date").is_some());
    let (_, reported) = lie(PagingLie::With { member: "date".into(), value: json!(7) });
    assert_eq!(items(&reported)[0]["date"], 7);
}

#[test]
fn a_page_is_repeated() {
    let (truth, reported) = lie(PagingLie::Repeated {});
    assert_eq!(first_date(&truth), "2022-07-11T12:00:00.000Z");
    assert_eq!(first_date(&reported), "2022-07-01T12:00:00.000Z");
    assert_eq!(reported["offset"], 10);
    let repeated = Fault::new(Effect::Paging(PagingLie::Repeated {})).on("GET", "/**/tasks");
    let standin = standin(vec![repeated]);
    let reported = get(&standin, "/orchestration/executables/tasks?limit=1&offset=1").json();
    assert_eq!(
        (&reported["items"][0]["executable"], &reported["offset"]),
        (&json!(TASK), &json!(1))
    );
}

#[test]
fn somebody_is_faster_or_comes_right_after() {
    let standin = standin(vec![
        Fault::new(Effect::before(WorldAction::pause(TASK))).on("PUT", "/**/pause").times(1),
        Fault::new(Effect::after(WorldAction::delete(TASK))).containing("\"pause\":false"),
    ]);
    assert_eq!(pause(&standin, true).unwrap().status, 204, "it was paused before");
    let state = standin.state();
    assert_eq!(state.task(TASK).unwrap().details.as_ref().unwrap().user, "a-person");
    assert_eq!(pause(&standin, false).unwrap().status, 202);
    assert!(!standin.state().task(TASK).unwrap().exists);
}

#[test]
fn an_action_that_cannot_be_done_is_in_the_log() {
    let standin = standin(vec![Fault::new(Effect::before(WorldAction::pause("nobody")))]);
    get(&standin, ENVIRONMENTS);
    assert_eq!(standin.requests()[0].faults, ["act", "error: there is no task or plan nobody"]);
}

#[test]
fn faults_come_and_go_over_http() {
    let standin = standin(Vec::new());
    let faults = r#"[{"path": "/orchestration/*", "effect": {"status": {"status": 500}}}]"#;
    assert_eq!(ask(&standin, "POST", "/_standin/faults", faults).status, 204);
    assert_eq!(get(&standin, ENVIRONMENTS).status, 500);
    assert_eq!(ask(&standin, "DELETE", "/_standin/faults", "").status, 204);
    assert_eq!(get(&standin, ENVIRONMENTS).status, 200);
    let faults = r#"[{"effect": {"status": {"status": 1}}}]"#;
    assert_eq!(ask(&standin, "POST", "/_standin/faults", faults).status, 400);
}

#[test]
fn a_client_that_goes_away_leaves_nothing_behind() {
    let hour = Effect::latency_ms(3_600_000);
    let standin = standin(vec![Fault::new(hour).on("PUT", "/**/pause")]);
    let body = json!({"pause": true}).to_string();
    let mut stream = TcpStream::connect(standin.url().trim_start_matches("http://")).unwrap();
    stream.write_all(request("PUT", PAUSE, TOKEN, &body).as_bytes()).unwrap();
    assert!(standin.wait_for(|requests| requests.len() == 1));
    drop(stream);
    let ended = |standin: &Standin| {
        get(standin, ENVIRONMENTS);
        standin.requests().last().unwrap().in_flight == 0
    };
    while !ended(&standin) {}
    assert_eq!((standin.requests()[0].status, standin.requests()[0].processed), (None, false));
    assert!(!standin.state().task(TASK).unwrap().paused);
}
