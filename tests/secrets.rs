//! No secret leaves a tool but in the header that it belongs into: not on
//! stdout, not on stderr however verbose, not in the ledger, not in the list
//! of processes.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use tmc_standin::{Effect, Fault, Standin, World};

use crate::support::canaries::{CANARY, SECRET, TOKEN, guarded};
use crate::support::ended::Ended;
use crate::support::runs::open_now;
use crate::support::tool::{run, tool};
use crate::support::world::world;

/// The ways to give credentials: files in `dir`, or the environment.
fn ways(dir: &Path) -> Vec<(&'static str, String)> {
    use std::os::unix::fs::PermissionsExt;

    let file = |name: &str, text: String| {
        let path = dir.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    vec![
        ("TALEND_TOKEN", TOKEN.to_owned()),
        ("TALEND_TOKEN_FILE", file("token", format!("{TOKEN}\n"))),
        ("TALEND_SERVICE_ACCOUNT_FILE", file("account", format!("account:{SECRET}"))),
        ("TALEND_SERVICE_ACCOUNT_SECRET", SECRET.to_owned()),
    ]
}

fn with(name: &str, url: &str, way: &(&str, String)) -> assert_cmd::Command {
    let mut command = tool(name);
    command.env("TALEND_API_URL", url).env(way.0, &way.1);
    if way.0 == "TALEND_SERVICE_ACCOUNT_SECRET" {
        command.env("TALEND_SERVICE_ACCOUNT_ID", "account");
    }
    command.env("RUST_BACKTRACE", "full").env("RUST_LOG", "trace");
    command
}

/// A process that holds a token, while it waits for the API.
#[cfg(target_os = "linux")]
#[test]
fn a_process_that_holds_a_credential_leaves_no_core_dump() {
    use std::os::unix::fs::MetadataExt;

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    for (name, args) in
        [("runs-fetch", &["environments"][..]), ("task-pause", &["recover", "--environment", "e"])]
    {
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin(name))
            .args(args)
            .env_clear()
            .envs([("TALEND_API_URL", &*url), ("TALEND_TOKEN", TOKEN)])
            .env("HOME", "/nonexistent")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let _asked = listener.accept().unwrap();
        let proc = format!("/proc/{}", child.id());
        let limits = fs::read_to_string(format!("{proc}/limits")).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        assert_eq!(core.split_whitespace().nth(4), Some("0"), "{name}: {core}");
        // The memory of what is not dumpable belongs to root.
        if let Ok(memory) = fs::metadata(format!("{proc}/mem")) {
            assert_eq!(memory.uid(), 0, "{name}");
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

fn is_silent(ended: &Ended, what: &str) {
    for (name, text) in [("stdout", &ended.stdout), ("stderr", &ended.stderr)] {
        assert!(!text.contains(CANARY), "{what}: {name}: {text}");
    }
}

#[test]
fn whatever_happens_no_secret_is_said() {
    let standin = Standin::start(guarded(World::documentation_sample())).unwrap();
    let dir = tempfile::tempdir().unwrap();
    for way in ways(dir.path()) {
        // A proxy that shows the request that it was given.
        let secret = if way.0.contains("SERVICE") { SECRET } else { TOKEN };
        let echo = format!("{{\"message\":\"you sent {secret}, did you not?\"}}");
        let echoed = |status| Effect::Status {
            status,
            retry_after: None,
            body: Some(echo.clone()),
            processed: false,
        };
        let elsewhere = format!("https://elsewhere.example/?token={secret}");
        let effects = [
            None,
            Some(Effect::status(401)),
            Some(Effect::status(403)),
            Some(echoed(400)),
            Some(echoed(500)),
            Some(Effect::reset()),
            Some(Effect::Truncate { keep: 3 }),
            Some(Effect::Body { text: echo.clone() }),
            Some(Effect::Body { text: format!("[{{\"id\":{{\"{secret}\":1}}}}]") }),
            Some(Effect::Redirect { to: Some(elsewhere) }),
        ];
        for effect in &effects {
            for path in ["/orchestration/workspaces", "/security/oauth/token"] {
                let fault = effect.clone().map(|effect| Fault::new(effect).on("*", path));
                let faults: Vec<_> =
                    fault.into_iter().map(|fault| Fault { method: None, ..fault }).collect();
                standin.add_faults(faults).unwrap();
                for format in ["text", "json"] {
                    let mut command = with("runs-fetch", &standin.url(), &way);
                    command.args([
                        "-e",
                        "Production",
                        "--from",
                        "2022-07-01",
                        "--to",
                        "2023-01-01",
                    ]);
                    command.args(["--verbose", "--verbose", "--retries", "0"]);
                    let ended = run(command.args(["--log-format", format]));
                    is_silent(&ended, &format!("{way:?} {effect:?} {path} {format}"));
                    assert!(ended.stderr.contains("/orchestration/") || ended.code != 0);
                }
                standin.clear_faults();
            }
        }
    }
}

/// Letters that every encoding changes.
const ODD_TOKEN: &str = "canary/token+5d1f=&x";
const ODD_SECRET: &str = "canary/secret+9a3c=&x";

/// The forms that a gateway may give to a text that it was sent, or to its
/// headers.
fn forms(account: bool) -> Vec<String> {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};

    let secret = if account { ODD_SECRET } else { ODD_TOKEN };
    let replaced = |pairs: &[(&str, &str)]| {
        pairs.iter().fold(secret.to_owned(), |text, (from, to)| text.replace(from, to))
    };
    let percent = replaced(&[("/", "%2F"), ("+", "%2B"), ("=", "%3D"), ("&", "%26")]);
    let pair = if account { format!("account:{secret}") } else { secret.to_owned() };
    vec![
        secret.to_owned(),
        percent.to_lowercase(),
        percent,
        replaced(&[("/", "\\u002f"), ("+", "\\u002B")]),
        replaced(&[("&", "&amp;"), ("=", "&#61;"), ("/", "&#x2F;")]),
        secret.to_uppercase(),
        BASE64_STANDARD.encode(&pair),
        BASE64_STANDARD.encode(secret),
        BASE64_URL_SAFE_NO_PAD.encode(&pair),
    ]
}

/// Echoes of what was sent, in every form and place: refusals, lists that are
/// taken for what they are (status 200), names of members, redirects.
#[test]
fn no_answer_that_echoes_what_was_sent_is_shown_or_passed_on() {
    for account in [false, true] {
        let mut world = guarded(World::documentation_sample());
        ODD_TOKEN.clone_into(&mut world.tokens[0].secret);
        ODD_SECRET.clone_into(&mut world.service_accounts[0].secret);
        let standin = Standin::start(world).unwrap();
        for (n, form) in forms(account).into_iter().enumerate() {
            let text = form.trim_start_matches("account:");
            let list = |item: String| format!("{{\"items\":[{item}],\"total\":1}}");
            let run_of = |members: &str| {
                let known = "\"id\":\"t\",\"type\":\"TASK\",\"date\":\"2022-07-20T18:00:00Z\"";
                list(format!("{{{known},{members}}}"))
            };
            let status = |status, body: String| Effect::Status {
                status,
                retry_after: None,
                body: Some(body),
                processed: false,
            };
            let said = format!("{{\"message\":\"{text}\",\"requestId\":\"{text}\"}}");
            let workspaces = format!("[{{\"id\":\"w\",\"name\":\"{text}\"}}]");
            let (search, places) =
                ("/orchestration/executables/events/search", "/orchestration/workspaces");
            let mut effects = vec![
                (
                    search,
                    Effect::Body { text: run_of(&format!("\"sourceTriggerName\":\"{text}\"")) },
                ),
                (search, Effect::Body { text: run_of(&format!("\"{text}\":1")) }),
                (search, Effect::Body { text: list(format!("{{\"id\":\"{text}\",\"date\":1}}")) }),
                (search, Effect::Body { text: format!("{}{text}", "x".repeat(290)) }),
                (search, status(400, said.clone())),
                (search, status(503, format!("{}{text}", "é".repeat(285)))),
                (places, Effect::Body { text: workspaces }),
                (places, status(403, said)),
            ];
            // What is in a header has to be text without controls.
            let to = format!("https://{}.example/{text}?q={text}#{text}", text.replace('/', "%2F"));
            effects.push((places, Effect::Redirect { to: Some(to) }));
            for (path, effect) in effects {
                let name = format!("{effect:?}");
                standin
                    .add_faults(vec![Fault { method: None, ..Fault::new(effect).on("*", path) }])
                    .unwrap();
                let way = if account {
                    ("TALEND_SERVICE_ACCOUNT_SECRET", ODD_SECRET.to_owned())
                } else {
                    ("TALEND_TOKEN", ODD_TOKEN.to_owned())
                };
                let mut command = with("runs-fetch", &standin.url(), &way);
                command.args(["-e", "Production", "--from", "2022-07-01", "--to", "2023-01-01"]);
                let ended = run(command.args(["--verbose", "--verbose", "--retries", "0"]));
                standin.clear_faults();
                // In another case it opens nothing; only hosts are shown in theirs.
                let is_upper = text == text.to_uppercase();
                let passed_on = (!is_upper).then_some(&ended.stdout);
                for said in [&ended.stderr].into_iter().chain(passed_on) {
                    let bare = form.trim_end_matches('=').to_lowercase();
                    let is_silent = !said.to_lowercase().contains(&bare) && !said.contains(CANARY);
                    assert!(is_silent, "form {n} {form}: {name}: {said}");
                    // Nor is a part of it.
                    assert!(!said.contains("9a3c") && !said.contains("5d1f"), "{form}: {said}");
                }
                assert_eq!(ended.stdout.is_empty(), ended.code != 0, "{name}: {ended:?}");
            }
        }
    }
}

#[test]
fn neither_ledger_nor_receipt_holds_a_secret() {
    let standin = Standin::start(guarded(world(2))).unwrap();
    let credentials = tempfile::tempdir().unwrap();
    for way in ways(credentials.path()) {
        let state = tempfile::tempdir().unwrap();
        let pause = |args: &[&str], stdin: &str| {
            let mut command = with("task-pause", &standin.url(), &way);
            command.env("TASK_PAUSE_LEDGER", state.path().join("ledger.jsonl"));
            command.args(args).args(["--verbose", "--verbose"]).write_stdin(stdin);
            let ended = run(&mut command);
            is_silent(&ended, &format!("{way:?} {args:?}"));
            assert_eq!(ended.code, 0, "{}", ended.stderr);
        };
        pause(&[], &open_now(&["t0", "t1"]));
        pause(&["resume", "--all"], "");
        let mut bytes = 0;
        for entry in fs::read_dir(state.path()).unwrap() {
            let text =
                String::from_utf8_lossy(&fs::read(entry.unwrap().path()).unwrap()).into_owned();
            assert!(!text.contains(CANARY), "{text}");
            bytes += text.len();
        }
        assert!(bytes > 0, "there is a ledger to look into");
    }
}

// README: No credential is an argument
#[test]
fn no_flag_takes_a_secret() {
    for name in ["runs-fetch", "task-pause"] {
        for flag in ["--token", "--secret", "--password", "--service-account"] {
            let ended = run(tool(name).args([flag, TOKEN]));
            assert_eq!(ended.code, 2, "{name} {flag}");
        }
        let help = run(tool(name).arg("--help")).stdout;
        let takes_token = |line: &str| line.contains("<TOKEN>") || line.contains("<SECRET>");
        assert!(!help.lines().any(takes_token), "{help}");
    }
    // A URL could hold one, and is then not repeated.
    let mut command = tool("runs-fetch");
    command.env("TALEND_TOKEN", TOKEN).args(["-e", "x", "--to", "+1d", "--api-url"]);
    let ended = run(command.arg(format!("https://me:{SECRET}@127.0.0.1")));
    assert_eq!(ended.code, 78);
    is_silent(&ended, "--api-url");
}

#[cfg(target_os = "linux")]
#[test]
fn the_list_of_processes_shows_no_secret() {
    let standin = Standin::start(guarded(World::documentation_sample())).unwrap();
    let hang = Fault::new(Effect::latency_ms(60_000)).on("GET", "/orchestration/workspaces");
    standin.add_faults(vec![hang]).unwrap();
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("runs-fetch"))
        .args(["-e", "Production", "--to", "+1d"])
        .env("TALEND_API_URL", standin.url())
        .env("TALEND_TOKEN", TOKEN)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It is at work once its request has arrived.
    while standin.requests().is_empty() {
        std::thread::yield_now();
    }
    let command_line = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let command_line = String::from_utf8_lossy(&command_line);
    assert!(command_line.contains("Production") && !command_line.contains(CANARY));
}
