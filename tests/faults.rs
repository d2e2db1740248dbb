//! Every fault of the stand-in at every endpoint that `runs-fetch` asks: what
//! passes is tried again, what does not ends with its exit code, and a list is
//! never short. Of faults that differ in nothing but a number, the suite puts one at
//! each endpoint by turns; `scripts/matrices` puts all of them.

use std::io::{BufRead, BufReader};
use std::net::{Ipv6Addr, TcpListener};

use tmc_standin::{Effect, Fault, Standin, World};

use crate::support::ended::Ended;
use crate::support::faults::{
    Consequence::{Again, Over},
    bounds, faults_of_turn, may_ask_too_much,
};
use crate::support::skip::skip_without;
use crate::support::tool::{api_tool, run};

/// The peculiarities of an endpoint.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one peculiarity")]
struct Endpoint {
    /// Its turn among all of them.
    turn: usize,
    /// Its answers are pages: one without a body has no items.
    is_list: bool,
    /// It is asked for a span of time: a refusal that may be about the span is
    /// tried with a shorter one.
    has_span: bool,
    /// It is only good to have: where the account may not ask it, the rest is
    /// delivered.
    is_convenience: bool,
    /// It is about a service account's token.
    is_token: bool,
}

/// Puts the faults of its turn at one endpoint, once and for good.
fn matrix(method: &str, path: &str, flags: &[&str], endpoint: Endpoint) {
    let standin = Standin::start(World::documentation_sample()).unwrap();
    let ask = |effect: Option<&Effect>| -> Ended {
        let mut tool = api_tool("runs-fetch", &standin);
        if endpoint.is_token {
            tool.env_remove("TALEND_TOKEN")
                .env("TALEND_SERVICE_ACCOUNT_ID", "sample-service-account")
                .env("TALEND_SERVICE_ACCOUNT_SECRET", "sample-service-account-secret");
        }
        run(tool.args(flags).args(bounds(effect)))
    };
    let asked = || {
        let all = standin.requests();
        all.iter().filter(|one| one.method == method && one.path == path).count()
    };
    let truth = ask(None);
    assert_eq!(truth.code, 0, "{}", truth.stderr);
    let usual = asked();
    assert!(!truth.stdout.is_empty() && (usual == 1 || endpoint.has_span), "{truth:?}");
    for (effect, then, words) in faults_of_turn(endpoint.turn) {
        let fault = Fault::new(effect.clone()).on(method, path);
        let before = asked();
        standin.add_faults(vec![fault.clone()]).unwrap();
        let ended = ask(Some(&effect));
        standin.clear_faults();
        let (Again(code) | Over(code)) = then;
        let is_nothing = endpoint.is_list && effect == Effect::Body { text: String::new() };
        let is_refused =
            endpoint.is_convenience && matches!(effect, Effect::Status { status: 403, .. });
        if is_nothing || is_refused {
            // What there is, and a warning about what is not.
            assert_eq!(ended.code, 0, "{effect:?}: {}", ended.stderr);
            let is_reported = ended.stderr.contains("warning") || ended.stdout == truth.stdout;
            assert!(
                is_reported && (is_nothing || !ended.stderr.is_empty()),
                "{effect:?}: {ended:?}"
            );
        } else {
            let got = (ended.code, ended.stdout.as_str());
            assert_eq!(got, (code, ""), "{effect:?}: {}", ended.stderr);
            assert!(ended.stderr.contains(words), "{effect:?}: {}", ended.stderr);
            let request = format!("{method} {path}");
            assert!(ended.stderr.contains(&request), "{effect:?}: {}", ended.stderr);
        }
        let times = if matches!(then, Again(_)) { 2 } else { 1 };
        let spans = if endpoint.has_span && may_ask_too_much(&effect) {
            2
        } else if is_nothing {
            usual
        } else {
            1
        };
        assert_eq!(asked() - before, times * spans, "{effect:?}");
        if matches!(then, Again(_)) {
            standin.add_faults(vec![fault.times(1)]).unwrap();
            let before = asked();
            let ended = ask(Some(&effect));
            standin.clear_faults();
            assert_eq!((ended.code, &ended.stdout), (0, &truth.stdout), "{effect:?}");
            assert_eq!(asked() - before, usual + 1, "{effect:?}");
        }
    }
}

const RUNS: [&str; 6] = ["-e", "Production", "--from", "2022-07-01", "--to", "2022-12-31"];

#[test]
fn faults_of_the_workspaces() {
    matrix("GET", "/orchestration/workspaces", &RUNS, Endpoint { turn: 1, ..Endpoint::default() });
}

#[test]
fn faults_of_the_environments() {
    let list = ["environments"];
    matrix(
        "GET",
        "/orchestration/environments",
        &list,
        Endpoint { turn: 2, ..Endpoint::default() },
    );
}

#[test]
fn faults_of_the_search() {
    let endpoint = Endpoint { turn: 3, is_list: true, has_span: true, ..Endpoint::default() };
    matrix("POST", "/orchestration/executables/events/search", &RUNS, endpoint);
}

#[test]
fn faults_of_the_tasks() {
    let flags = [&RUNS[..], &["--names"]].concat();
    let endpoint = Endpoint { turn: 4, is_list: true, is_convenience: true, ..Endpoint::default() };
    matrix("GET", "/orchestration/executables/tasks", &flags, endpoint);
}

#[test]
fn faults_of_the_plans() {
    let flags = [&RUNS[..], &["--names"]].concat();
    let endpoint = Endpoint { turn: 5, is_list: true, is_convenience: true, ..Endpoint::default() };
    matrix("GET", "/orchestration/executables/plans", &flags, endpoint);
}

#[test]
fn faults_of_the_executions() {
    let flags = [&RUNS[..], &["--durations"]].concat();
    let endpoint = Endpoint { turn: 0, is_list: true, has_span: true, ..Endpoint::default() };
    matrix("GET", "/processing/executables/tasks/executions", &flags, endpoint);
}

#[test]
fn faults_of_the_tokens() {
    let endpoint = Endpoint { turn: 6, is_token: true, ..Endpoint::default() };
    matrix("POST", "/security/oauth/token", &RUNS, endpoint);
}

#[test]
fn a_body_that_drips_is_given_up_and_asked_for_again() {
    let standin = Standin::start(World::documentation_sample()).unwrap();
    let drip = Fault::new(Effect::Drip { bytes: 1, every_ms: 100 }).on("POST", "/**/search");
    standin.add_faults(vec![drip.times(1)]).unwrap();
    let ended = run(api_tool("runs-fetch", &standin).args(RUNS).arg("--verbose"));
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 6), "{}", ended.stderr);
    assert!(
        ended.stderr.contains(" s, ") && ended.stderr.contains("attempt 2"),
        "{}",
        ended.stderr
    );
}

#[test]
fn an_answer_that_is_long_in_coming_and_short_is_an_answer() {
    let standin = Standin::start(World::documentation_sample()).unwrap();
    // Longer than a body may stand still.
    standin
        .add_faults(vec![Fault::new(Effect::latency_ms(5_600)).on("POST", "/**/search")])
        .unwrap();
    let flags = ["--environment", "Production", "--from", "2022-07-01", "--to", "2023-01-01"];
    let ended = run(api_tool("runs-fetch", &standin).args(flags).args(["--retries", "0"]));
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 6), "{ended:?}");
}

#[test]
fn an_attempt_and_all_of_them_have_their_time() {
    let standin = Standin::start(World::documentation_sample()).unwrap();
    let slow = Fault::new(Effect::latency_ms(60_000)).on("POST", "/**/search");
    standin.add_faults(vec![slow.clone().times(1)]).unwrap();
    let ended = run(api_tool("runs-fetch", &standin).args(RUNS).args(["--timeout", "200ms"]));
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 6), "{}", ended.stderr);
    standin.add_faults(vec![slow]).unwrap();
    let ended = run(api_tool("runs-fetch", &standin).args(RUNS).args(["--deadline", "300ms"]));
    assert_eq!(ended.code, 69);
    assert!(ended.stderr.contains("the deadline"), "{}", ended.stderr);
    assert!(ended.stderr.contains("--deadline"), "{}", ended.stderr);
}

#[test]
fn a_token_is_renewed_before_it_expires_and_once_when_it_is_refused() {
    let standin = Standin::start(crate::support::minutely::minutely()).unwrap();
    let revoke = tmc_standin::WorldAction::RevokeToken { id: "sample-service-account".to_owned() };
    let fault = Fault::new(Effect::before(revoke)).on("POST", "/**/search").skip(3).times(1);
    standin.add_faults(vec![fault]).unwrap();
    let mut tool = api_tool("runs-fetch", &standin);
    tool.env_remove("TALEND_TOKEN")
        .env("TALEND_SERVICE_ACCOUNT_ID", "sample-service-account")
        .env("TALEND_SERVICE_ACCOUNT_SECRET", "sample-service-account-secret")
        .args(crate::support::minutely::asking(3_000));
    let ended = run(&mut tool);
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 3_000), "{}", ended.stderr);
    let requests = standin.requests();
    let refused = requests.iter().filter(|one| one.status == Some(401)).count();
    let fetched = requests.iter().filter(|one| one.path.contains("oauth")).count();
    // Several were under way with the old token, at most all that may be in flight where
    // answers are slow; one renewal served them all.
    assert!((1..=32).contains(&refused), "{refused}");
    assert_eq!(fetched, 2);
}

#[test]
fn certificates_are_trusted_by_name_only() {
    let standin = Standin::start_tls(World::documentation_sample()).unwrap();
    let ended = run(api_tool("runs-fetch", &standin).args(RUNS));
    assert_eq!(ended.code, 69, "{}", ended.stderr);
    assert!(ended.stderr.contains("--ca-file"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("attempts"), "an untrusted server is not asked again");
    let dir = tempfile::tempdir().unwrap();
    let pem = dir.path().join("ca.pem");
    std::fs::write(&pem, standin.ca_pem().unwrap()).unwrap();
    let ended = run(api_tool("runs-fetch", &standin).args(RUNS).arg("--ca-file").arg(&pem));
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 6), "{}", ended.stderr);
    let ended = run(api_tool("runs-fetch", &standin).args(RUNS).env("SSL_CERT_FILE", &pem));
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 6), "{}", ended.stderr);
    let nothing = dir.path().join("nothing.pem");
    std::fs::write(&nothing, "").unwrap();
    for (file, why) in [
        (dir.path().join("missing.pem"), "missing.pem: No such file"),
        (nothing, "nothing.pem: no certificate in PEM"),
        (dir.path().to_owned(), "Is a directory"),
    ] {
        let ended = run(api_tool("runs-fetch", &standin).args(RUNS).env("SSL_CERT_FILE", &file));
        assert_eq!(ended.code, 78, "{}", ended.stderr);
        assert!(ended.stderr.contains("warning: SSL_CERT_FILE: "), "{}", ended.stderr);
        assert!(ended.stderr.contains(why), "{why}: {}", ended.stderr);
        // Where something else signs, it is no more than a warning.
        let mut command = api_tool("runs-fetch", &standin);
        let ended = run(command.args(RUNS).arg("--ca-file").arg(&pem).env("SSL_CERT_FILE", &file));
        assert_eq!((ended.code, ended.stdout.lines().count()), (0, 6), "{}", ended.stderr);
        assert!(ended.stderr.contains(why), "{why}: {}", ended.stderr);
    }
    let requests = standin.requests();
    assert!(requests.iter().all(|request| request.version == "HTTP/2.0"), "{requests:?}");
    std::fs::write(&pem, "no certificate").unwrap();
    let ended = run(api_tool("runs-fetch", &standin).args(RUNS).arg("--ca-file").arg(&pem));
    assert_eq!(ended.code, 78, "{}", ended.stderr);
}

#[test]
fn a_proxy_is_used_for_https_and_passed_over_where_that_is_said() {
    let standin = Standin::start_tls(World::documentation_sample()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let pem = dir.path().join("ca.pem");
    std::fs::write(&pem, standin.ca_pem().unwrap()).unwrap();
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    // Hears one request, and hangs up.
    let heard = std::thread::spawn(move || {
        let mut line = String::new();
        BufReader::new(proxy.accept().unwrap().0).read_line(&mut line).unwrap();
        line
    });
    let tool = |standin: &Standin| {
        let mut tool = api_tool("runs-fetch", standin);
        tool.args(RUNS).args(["--retries", "0", "--ca-file"]).arg(&pem);
        tool.env("HTTPS_PROXY", &address).env("HTTP_PROXY", &address);
        tool
    };
    let ended = run(tool(&standin).env("NO_PROXY", "127.0.0.1"));
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 6), "{}", ended.stderr);
    // Without TLS, only this machine is asked, and never by way of another.
    let plain = Standin::start(World::documentation_sample()).unwrap();
    assert_eq!(run(&mut tool(&plain)).stdout.lines().count(), 6);
    assert_eq!(run(&mut tool(&standin)).code, 69);
    let host = standin.url().replace("https://", "");
    assert_eq!(heard.join().unwrap().trim(), format!("CONNECT {host} HTTP/1.1"));
}

#[test]
fn ipv6_is_an_address_like_any_other() {
    let address = (Ipv6Addr::LOCALHOST, 0).into();
    let Ok(standin) = Standin::start_at(World::documentation_sample(), address) else {
        eprintln!("SKIPPED: this machine has no IPv6");
        return;
    };
    let ended = run(api_tool("runs-fetch", &standin).args(RUNS));
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 6), "{}", ended.stderr);
}

#[test]
fn progress_is_drawn_on_a_terminal_and_nowhere_else() {
    if skip_without("script") || !cfg!(target_os = "linux") {
        return;
    }
    let standin = Standin::start(World::documentation_sample()).unwrap();
    let slow = Fault::new(Effect::latency_ms(400)).on("POST", "/**/search");
    standin.add_faults(vec![slow]).unwrap();
    let tool = assert_cmd::cargo::cargo_bin("runs-fetch");
    let line = format!("{} {} 2>&1 >/dev/null", tool.display(), RUNS.join(" "));
    // `script` gives the line a terminal; only stderr is looked at.
    let mut command = std::process::Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm");
    command
        .env("TALEND_API_URL", standin.url())
        .env("TALEND_TOKEN", "sample-personal-access-token");
    let shown = command.output().unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("\u{1b}[") && shown.contains("page"), "{shown:?}");
    let ended = run(api_tool("runs-fetch", &standin).args(RUNS));
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
}
