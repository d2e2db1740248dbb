//! No secret leaves a tool but in the header that it belongs into: not on
//! stdout, not on stderr however verbose, not in the ledger, not in the list
//! of processes.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use tmc_standin::{Effect, Fault, PersonalToken, ServiceAccount, Standin, World};

use crate::scene::{open_now, world};
use crate::util::{Ended, run, tool};

pub(crate) const TOKEN: &str = "canary-token-5d1f";
pub(crate) const SECRET: &str = "canary-secret-9a3c";
/// In both of them, and in nothing else.
pub(crate) const CANARY: &str = "canary-";

/// A world whose operator and service account have canaries for secrets.
pub(crate) fn guarded(mut world: World) -> World {
    let user = world.tokens[0].user.clone();
    let (id, secret) = ("id".to_owned(), TOKEN.to_owned());
    world.tokens = vec![PersonalToken { id, secret, user: user.clone() }];
    let (id, secret) = ("account".to_owned(), SECRET.to_owned());
    world.service_accounts = vec![ServiceAccount { id, secret, user }];
    world
}

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
    for (name, args) in [
        ("runs-fetch", &["--list", "environments"][..]),
        ("task-pause", &["--recover", "--environment", "e"]),
    ] {
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

#[test]
fn neither_ledger_nor_receipt_holds_a_secret() {
    let standin = Standin::start(guarded(world(2))).unwrap();
    let credentials = tempfile::tempdir().unwrap();
    for way in ways(credentials.path()) {
        let state = tempfile::tempdir().unwrap();
        let pause = |args: &[&str], stdin: &str| {
            let mut command = with("task-pause", &standin.url(), &way);
            command.env("TASK_PAUSE_LEDGER", state.path().join("ledger.jsonl"));
            command.args(["--verbose", "--verbose"]).args(args).write_stdin(stdin);
            let ended = run(&mut command);
            is_silent(&ended, &format!("{way:?} {args:?}"));
            assert_eq!(ended.code, 0, "{}", ended.stderr);
        };
        pause(&[], &open_now(&["t0", "t1"]));
        pause(&["--resume", "--all"], "");
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
