//! The reasons that refusals give, in every shape, and what is said to do.

use tmc_standin::{Effect, ErrorShape, Fault, Standin, World};

use crate::support::ended::Ended;
use crate::support::tool::{api_tool, run};

const RUNS: [&str; 6] = ["-e", "Production", "--from", "2022-07-01", "--to", "2022-12-31"];

fn sample(shape: ErrorShape) -> Standin {
    let standin = Standin::start(World::documentation_sample()).unwrap();
    standin.set_options(|options| options.shapes.errors = shape);
    standin
}

fn refused(standin: &Standin, status: u16, body: &str) -> Ended {
    let effect =
        Effect::Status { status, retry_after: None, body: Some(body.to_owned()), processed: false };
    standin.add_faults(vec![Fault::new(effect).on("POST", "/**/search")]).unwrap();
    let ended = run(api_tool("runs-fetch", standin).args(RUNS).args(["--retries", "0"]));
    standin.clear_faults();
    ended
}

#[test]
fn the_reason_is_shown_in_whatever_shape_it_comes() {
    for shape in [
        ErrorShape::Described,
        ErrorShape::Errors,
        ErrorShape::OAuth,
        ErrorShape::Code,
        ErrorShape::Html,
        ErrorShape::Text,
    ] {
        let standin = sample(shape);
        let mut tool = api_tool("runs-fetch", &standin);
        let ended = run(tool.env("TALEND_TOKEN", "wrong-token").args(RUNS));
        assert_eq!(ended.code, 77, "{shape:?}: {}", ended.stderr);
        let reason = "the token is invalid";
        assert!(ended.stderr.contains(reason), "{shape:?}: {}", ended.stderr);
        assert!(!ended.stderr.contains("wrong-token"), "{shape:?}: {}", ended.stderr);
    }
    let standin = sample(ErrorShape::Empty);
    let ended = run(api_tool("runs-fetch", &standin).env("TALEND_TOKEN", "wrong").args(RUNS));
    assert_eq!(ended.code, 77);
    assert!(ended.stderr.contains("the API answered 401 Unauthorized\n"), "{}", ended.stderr);
}

#[test]
fn a_body_that_nobody_knows_is_shown_on_one_line_without_secrets() {
    let standin = sample(ErrorShape::Described);
    let token = "sample-personal-access-token";
    let long = format!("<html>\n<p>Bearer {token}</p>\n{}", "<br>never ends\n".repeat(100));
    let ended = refused(&standin, 403, &long);
    assert_eq!(ended.code, 77, "{}", ended.stderr);
    assert!(ended.stderr.contains("<html> <p>Bearer"), "{}", ended.stderr);
    assert!(!ended.stderr.contains(token) && ended.stderr.len() < 800, "{}", ended.stderr);
    assert!(ended.stderr.contains("a proxy or a firewall"), "{}", ended.stderr);
    let ended = refused(&standin, 400, r#"{"surprise":{"a":1}}"#);
    assert!(ended.stderr.contains(r#"{"surprise":{"a":1}}"#), "{}", ended.stderr);
}

#[test]
fn a_hint_fits_who_refuses_what() {
    let standin = sample(ErrorShape::Described);
    for (status, body, code, words) in [
        (403, r#"{"message":"IP address not in allowlist"}"#, 77, "list of allowed addresses"),
        (403, r#"{"message":"Forbidden"}"#, 77, "permission READ"),
        (406, "", 69, "header Accept"),
        (408, "", 69, "did not arrive in time"),
        (409, r#"{"message":"busy"}"#, 69, "try again when it is done"),
        (415, "", 69, "header Content-Type"),
        (423, r#"{"errors":["promotion under way"]}"#, 69, "locked"),
    ] {
        let ended = refused(&standin, status, body);
        assert_eq!(ended.code, code, "{status}: {}", ended.stderr);
        assert!(ended.stderr.contains(words), "{status}: {}", ended.stderr);
    }
    let forbidden = Fault::new(Effect::status(403)).on("POST", "/security/oauth/token");
    standin.add_faults(vec![forbidden]).unwrap();
    let mut tool = api_tool("runs-fetch", &standin);
    tool.env_remove("TALEND_TOKEN")
        .env("TALEND_SERVICE_ACCOUNT_ID", "sample-service-account")
        .env("TALEND_SERVICE_ACCOUNT_SECRET", "sample-service-account-secret");
    let ended = run(tool.args(RUNS));
    assert_eq!(ended.code, 77, "{}", ended.stderr);
    assert!(ended.stderr.contains("TMC_SERVICE_ACCOUNT_MANAGEMENT"), "{}", ended.stderr);
}

#[test]
fn a_tenant_that_serves_no_json_alone_is_asked_for_anything() {
    let standin = sample(ErrorShape::Described);
    standin.set_options(|options| options.shapes.any_accept_only = true);
    let ended = run(api_tool("runs-fetch", &standin).args(RUNS).args(["--names", "--durations"]));
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 6), "{}", ended.stderr);
}
