//! Pausing and resuming, and what reads show of it.

use serde_json::{Value, json};
use tmc_standin::{
    AnswerShapes, ContextShape, Options, PauseAnswer, Permission, Standin, Unpaused, UserKind,
    World, WorldAction,
};

use crate::client::{ask, get};

const TASK: &str = "61323d2498d04f63ee697541";

fn sample(options: Options) -> Standin {
    let standin =
        Standin::start(World { frozen: true, options, ..World::documentation_sample() }).unwrap();
    standin.freeze("2022-09-20T17:00:00Z".parse().unwrap());
    standin
}

fn put(standin: &Standin, body: &Value) -> u16 {
    let path = format!("/orchestration/executables/tasks/{TASK}/pause");
    let reply = ask(standin, "PUT", &path, &body.to_string());
    if reply.status < 300 {
        assert!(reply.body.is_empty());
    }
    reply.status
}

fn details(standin: &Standin) -> Value {
    let task = get(standin, &format!("/orchestration/executables/tasks/{TASK}")).json();
    task.get("taskPauseDetails").cloned().unwrap_or(json!("absent"))
}

#[test]
fn the_status_says_whether_anything_changed() {
    let standin = sample(Options::default());
    assert_eq!(details(&standin), "absent");
    assert_eq!(put(&standin, &json!({"pause": false})), 204);
    assert_eq!(put(&standin, &json!({"pause": true, "pauseContext": "patching"})), 202);
    assert_eq!(put(&standin, &json!({"pause": true, "pauseContext": "again"})), 204);
    assert_eq!(
        details(&standin),
        json!({"pause": true, "pauseContext": "patching", "user": "operator",
               "userType": "HUMAN", "pauseDate": "2022-09-20T17:00:00.000Z"})
    );
    assert_eq!(put(&standin, &json!({"pause": false})), 202);
    assert_eq!(put(&standin, &json!({"pause": false})), 204);
    assert_eq!(details(&standin), "absent");
    let statuses: Vec<_> =
        standin.requests().iter().filter(|r| r.method == "PUT").map(|r| r.status).collect();
    assert_eq!(statuses, [Some(204), Some(202), Some(204), Some(202), Some(204)]);
}

#[test]
fn who_and_when_are_not_taken_from_the_body() {
    let standin = sample(Options::default());
    let body = json!({"pause": true, "user": "somebody", "userType": "SERVICE",
                      "pauseDate": "2001-01-01T00:00:00Z"});
    assert_eq!(put(&standin, &body), 202);
    let state = standin.state();
    let details = state.task(TASK).unwrap().details.as_ref().unwrap();
    assert_eq!((details.user.as_str(), details.user_type), ("operator", UserKind::Human));
    assert_eq!(details.date, standin.now());
}

#[test]
fn what_is_not_a_pause_is_refused() {
    let standin = sample(Options::default());
    for body in [
        json!({}),
        json!({"pause": "yes"}),
        json!({"pause": true, "reason": "patching"}),
        json!({"pause": true, "pauseContext": "x".repeat(256)}),
        json!({"pause": true, "pauseContext": "two\nlines"}),
    ] {
        assert_eq!(put(&standin, &body), 400, "{body}");
    }
    let path = format!("/orchestration/executables/tasks/{TASK}/pause");
    assert_eq!(ask(&standin, "POST", &path, "{}").status, 405);
    assert_eq!(
        ask(&standin, "PUT", "/orchestration/executables/plans/p9/pause", r#"{"pause":true}"#)
            .status,
        404
    );
    assert!(!standin.state().task(TASK).unwrap().paused);
}

#[test]
fn pausing_needs_the_permission_to_author() {
    let mut world = World::documentation_sample();
    world.users[0].permissions = vec![Permission::View, Permission::Execute];
    let standin = Standin::start(world).unwrap();
    assert_eq!(put(&standin, &json!({"pause": true})), 403);
    assert!(!standin.state().task(TASK).unwrap().paused);
}

#[test]
fn options_decide_what_reads_show() {
    let standin = sample(Options { unpaused: Unpaused::False, ..Options::default() });
    assert_eq!(details(&standin), json!({"pause": false}));
    standin.set_options(|options| options.unpaused = Unpaused::Null);
    assert_eq!(details(&standin), Value::Null);
    standin.act(WorldAction::pause(TASK)).unwrap();
    let list = || get(&standin, "/orchestration/executables/tasks").json()["items"][0].clone();
    assert_eq!(list().get("taskPauseDetails"), None);
    standin.set_options(|options| options.pause_details_in_list = true);
    assert_eq!(list()["taskPauseDetails"]["user"], "a-person");
    put(&standin, &json!({"pause": false}));
    put(&standin, &json!({"pause": true, "pauseContext": "hidden"}));
    standin.set_options(|options| options.hide_pause_context = true);
    assert_eq!(details(&standin).get("pauseContext"), None);
}

#[test]
fn a_pause_that_shows_late_is_true_at_once() {
    let standin = sample(Options { shows_after_ms: 3_600_000, ..Options::default() });
    assert_eq!(put(&standin, &json!({"pause": true})), 202);
    assert_eq!(details(&standin), "absent");
    assert!(standin.state().task(TASK).unwrap().paused);
    assert_eq!(put(&standin, &json!({"pause": true})), 204);
    standin.act(WorldAction::Settle {}).unwrap();
    assert_eq!(details(&standin)["pause"], true);
}

#[test]
fn a_pause_that_lands_late_is_not_yet_true() {
    let standin = sample(Options { pause_lands_after_ms: 3_600_000, ..Options::default() });
    assert_eq!(put(&standin, &json!({"pause": true})), 202);
    assert!(!standin.state().task(TASK).unwrap().paused);
    assert_eq!(put(&standin, &json!({"pause": false})), 204);
    standin.act(WorldAction::Settle {}).unwrap();
    assert!(standin.state().task(TASK).unwrap().paused);
}

#[test]
fn tenants_answer_and_show_a_pause_in_their_own_ways() {
    for (pause_answer, status, body) in [
        (PauseAnswer::NoContent, 204, ""),
        (PauseAnswer::Accepted, 202, ""),
        (PauseAnswer::Ok, 200, ""),
        (PauseAnswer::OkWithText, 200, "done"),
        (PauseAnswer::AcceptedWithObject, 202, "{\"status\":\"accepted\"}"),
    ] {
        let shapes = AnswerShapes { pause_answer, ..AnswerShapes::default() };
        let standin = sample(Options { shapes, ..Options::default() });
        let path = format!("/orchestration/executables/tasks/{TASK}/pause");
        for pause in [true, true, false, false] {
            let reply = ask(&standin, "PUT", &path, &json!({"pause": pause}).to_string());
            assert_eq!((reply.status, &reply.body[..]), (status, body.as_bytes()));
            assert_eq!(standin.state().task(TASK).unwrap().paused, pause);
        }
        // A refusal stays one.
        assert_eq!(ask(&standin, "PUT", &path, "{}").status, 400);
    }
    let sent = "Q3 & more, of which no more than forty [x=1]";
    for (contexts, shown) in [
        (ContextShape::Html, "Q3 &amp; more, of which no more than forty [x&#x3D;1]"),
        (
            ContextShape::Url,
            "Q3%20%26%20more%2C%20of%20which%20no%20more%20than%20forty%20%5Bx%3D1%5D",
        ),
        (ContextShape::Form, "Q3+%26+more%2C+of+which+no+more+than+forty+%5Bx%3D1%5D"),
        (ContextShape::LowerCase, "q3 & more, of which no more than forty [x=1]"),
        (ContextShape::Ellipsis, "Q3 & more, of which no more than forty […"),
        (ContextShape::Replaced, "Paused by the API"),
    ] {
        let shapes = AnswerShapes { contexts, no_pause_user: true, ..AnswerShapes::default() };
        let standin = sample(Options { shapes, ..Options::default() });
        assert_eq!(put(&standin, &json!({"pause": true, "pauseContext": sent})), 202);
        let details = details(&standin);
        assert_eq!(details["pauseContext"], shown);
        assert_eq!((&details["user"], &details["userType"]), (&Value::Null, &Value::Null));
    }
}

#[test]
fn a_tenant_may_say_no_time() {
    let path = format!("/orchestration/executables/tasks/{TASK}");
    for no_date_header in [false, true] {
        let shapes = AnswerShapes { no_date_header, ..AnswerShapes::default() };
        let standin = sample(Options { shapes, ..Options::default() });
        let date = get(&standin, &path).header("date").map(str::to_owned);
        let expected = (!no_date_header).then_some("Tue, 20 Sep 2022 17:00:00 GMT");
        assert_eq!(date.as_deref(), expected);
    }
}
