//! Tokens, limits, the log and the stand-in's own interface.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tmc_standin::{Auth, Options, RetryAfter, Standin, World, WorldAction};

use crate::client::{Reply, ask, get, raw, request};

const ENVIRONMENTS: &str = "/orchestration/environments";
const GRANT: &str =
    r#"{"audience":"https://api.eu.cloud.talend.com","grant_type":"client_credentials"}"#;

fn sample(options: Options) -> Standin {
    Standin::start(World { frozen: true, options, ..World::documentation_sample() }).unwrap()
}

fn login(standin: &Standin, secret: &str, body: &str) -> Reply {
    let basic = STANDARD.encode(format!("sample-service-account:{secret}"));
    raw(standin, &request("POST", "/security/oauth/token", &format!("Basic {basic}"), body))
        .unwrap()
}

fn token(standin: &Standin) -> String {
    let reply = login(standin, "sample-service-account-secret", GRANT);
    assert_eq!(reply.status, 200);
    format!("Bearer {}", reply.json()["access_token"].as_str().unwrap())
}

fn status(standin: &Standin, authorization: &str) -> u16 {
    raw(standin, &request("GET", ENVIRONMENTS, authorization, "")).unwrap().status
}

#[test]
fn a_service_account_gets_a_token_for_half_an_hour() {
    let standin = sample(Options::default());
    let reply = login(&standin, "sample-service-account-secret", GRANT).json();
    assert_eq!(reply["token_type"], "Bearer");
    assert_eq!(reply["expires_in"], "1800");
    let token = format!("Bearer {}", reply["access_token"].as_str().unwrap());
    standin.advance(SignedDuration::from_secs(1_799));
    assert_eq!(status(&standin, &token), 200);
    standin.advance(SignedDuration::from_secs(1));
    assert_eq!(status(&standin, &token), 401);
    standin.set_options(|options| options.expires_in_as_number = true);
    let reply = login(&standin, "sample-service-account-secret", GRANT).json();
    assert_eq!(reply["expires_in"], 1800);
}

#[test]
fn bad_credentials_are_refused() {
    let standin = sample(Options::default());
    assert_eq!(login(&standin, "wrong", GRANT).status, 401);
    let grant = GRANT.replace("client_credentials", "password");
    assert_eq!(login(&standin, "sample-service-account-secret", &grant).status, 400);
    for authorization in ["", "Bearer wrong", "Basic !", "sample-personal-access-token"] {
        assert_eq!(status(&standin, authorization), 401, "{authorization:?}");
    }
}

#[test]
fn a_revoked_token_is_refused_and_the_next_one_works() {
    let standin = sample(Options::default());
    let old = token(&standin);
    standin.act(WorldAction::RevokeToken { id: "sample-service-account".into() }).unwrap();
    assert_eq!(status(&standin, &old), 401);
    assert_eq!(status(&standin, &token(&standin)), 200);
    standin.act(WorldAction::RevokeToken { id: "sample-token".into() }).unwrap();
    assert_eq!(get(&standin, ENVIRONMENTS).status, 401);
    assert!(standin.act(WorldAction::RevokeToken { id: "sample-token".into() }).is_err());
}

#[test]
fn without_the_role_everything_is_refused() {
    let mut world = World::documentation_sample();
    world.users[0].operator = false;
    let standin = Standin::start(world).unwrap();
    assert_eq!(get(&standin, ENVIRONMENTS).status, 403);
}

#[test]
fn the_limits_are_kept_apart() {
    let options = Options { orchestration_limit: 2, processing_limit: 1, ..Options::default() };
    let standin = sample(options);
    assert_eq!(get(&standin, ENVIRONMENTS).status, 200);
    assert_eq!(get(&standin, ENVIRONMENTS).status, 200);
    let refused = get(&standin, ENVIRONMENTS);
    assert_eq!(refused.status, 429);
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    assert_eq!(get(&standin, "/processing/nothing").status, 404);
    assert_eq!(get(&standin, "/processing/nothing").status, 429);
    standin.set_options(|options| options.retry_after = RetryAfter::Date);
    assert!(get(&standin, ENVIRONMENTS).header("retry-after").unwrap().ends_with(" GMT"));
    standin.set_options(|options| options.retry_after = RetryAfter::Absent);
    assert_eq!(get(&standin, ENVIRONMENTS).header("retry-after"), None);
    standin.set_options(|options| options.orchestration_limit = 0);
    assert_eq!(get(&standin, ENVIRONMENTS).status, 200);
}

#[test]
fn the_log_has_everything_but_secrets() {
    let standin = sample(Options::default());
    let bearer = token(&standin);
    status(&standin, &bearer);
    status(&standin, "Bearer wrong");
    get(&standin, &format!("{ENVIRONMENTS}?query=name==sample-personal-access-token"));
    ask(&standin, "PUT", "/nowhere", r#"{"a":["sample-service-account-secret"]}"#);
    raw(&standin, "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let log = standin.requests();
    let auths: Vec<_> = log.iter().map(|request| request.auth.clone()).collect();
    let account = "sample-service-account".to_owned();
    assert_eq!(
        auths,
        [
            Auth::Basic(account.clone()),
            Auth::Service(account, 1),
            Auth::Unknown,
            Auth::Personal("sample-token".into()),
            Auth::Personal("sample-token".into()),
            Auth::None
        ]
    );
    assert_eq!(log[0].body.as_ref().unwrap()["grant_type"], "client_credentials");
    assert_eq!(log[3].query, "query=name==[redacted]");
    assert_eq!(log[4].body, Some(json!({"a": ["[redacted]"]})));
    assert_eq!(log[4].status, Some(404));
    assert_eq!(log.iter().map(|request| request.n).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    let text = serde_json::to_string(&log).unwrap();
    assert!(!text.contains("sample-personal-access-token"));
    assert!(!text.contains(bearer.trim_start_matches("Bearer ")));
}

#[test]
fn a_token_is_asked_for_this_api_alone() {
    let standin = sample(Options::default());
    for (audience, status) in [
        ("https://api.eu.cloud.talend.com", 200),
        ("", 400),
        ("https://api.example.com", 400),
        ("http://api.eu.cloud.talend.com", 400),
    ] {
        let body = json!({"audience": audience, "grant_type": "client_credentials"});
        let reply = login(&standin, "sample-service-account-secret", &body.to_string());
        assert_eq!(reply.status, status, "{audience}");
    }
}

#[test]
fn what_is_served_and_taken_is_json() {
    let standin = sample(Options::default());
    let head = |line: &str| {
        format!(
            "POST /security/oauth/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{line}\r\n\
             Content-Length: 2\r\n\r\n{{}}"
        )
    };
    assert_eq!(raw(&standin, &head("Accept: text/html")).unwrap().status, 406);
    assert_eq!(raw(&standin, &head("Content-Type: text/plain")).unwrap().status, 415);
    assert_eq!(raw(&standin, &head("talend-version: 1999-01")).unwrap().status, 400);
}

#[test]
fn the_interface_over_http_does_what_the_handle_does() {
    let standin = sample(Options::default());
    assert_eq!(get(&standin, "/_standin/health").status, 200);
    let clock = ask(&standin, "POST", "/_standin/clock", r#"{"at":"2022-09-20T17:00:00Z"}"#);
    assert_eq!(clock.json()["now"], "2022-09-20T17:00:00.000Z");
    let clock = ask(&standin, "POST", "/_standin/clock", r#"{"advance":"PT1H30M"}"#);
    assert_eq!(clock.json()["now"], "2022-09-20T18:30:00.000Z");
    assert_eq!(standin.now().to_string(), "2022-09-20T18:30:00.000Z");
    let pause = r#"[{"pause":{"id":"61323d2498d04f63ee697541","context":"mine"}}]"#;
    assert_eq!(ask(&standin, "POST", "/_standin/actions", pause).status, 204);
    let state = get(&standin, "/_standin/state").json();
    assert_eq!(state["tasks"][0]["details"]["context"], "mine");
    assert_eq!(
        ask(&standin, "POST", "/_standin/actions", r#"[{"delete":{"id":"x"}}]"#).status,
        400
    );
    let options = r#"{"orchestrationLimit":1}"#;
    assert_eq!(ask(&standin, "POST", "/_standin/options", options).status, 204);
    assert_eq!(ask(&standin, "POST", "/_standin/options", r#"{"gzip":true}"#).status, 204);
    assert_eq!(get(&standin, "/_standin/options").json()["orchestrationLimit"], 1, "it stays");
    assert_eq!(ask(&standin, "POST", "/_standin/options", r#"{"gzap":true}"#).status, 400);
    assert_eq!(get(&standin, "/_standin/requests").json(), Value::Array(Vec::new()));
    assert_eq!(get(&standin, "/_standin/nothing").status, 404);
}
