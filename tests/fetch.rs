//! `runs-fetch` against the stand-in: complete lists, names, refusals.

use std::fs;

use serde_json::{Value, json};
use tmc_standin::{Auth, Effect, Fault, PagingLie, Standin, Task, World};

use crate::support::ended::Ended;
use crate::support::minutely::{asking, minutely};
use crate::support::tool::{api_tool, run, tool};

const ENVIRONMENT: &str = "6242bc6eac74e9757cda41bb";
const TASK: &str = "61323d2498d04f63ee697541";
/// The instant until which the documentation's example asks.
const TO: &str = "1672531199000";

/// The six runs of the documentation's example, as `crates/core/README.md` shows them.
fn sample_lines() -> String {
    ["07-20T18", "08-20T18", "09-20T18", "10-20T18", "11-20T19", "12-20T19"]
        .map(|time| {
            format!(
                "{{\"id\":\"{TASK}\",\"date\":\"2022-{time}:00:00.000Z\",\"type\":\"TASK\",\
                 \"environmentId\":\"{ENVIRONMENT}\"}}\n"
            )
        })
        .concat()
}

fn sample() -> Standin {
    Standin::start(World::documentation_sample()).unwrap()
}

fn fetch(standin: &Standin, flags: &[&str]) -> Ended {
    run(api_tool("runs-fetch", standin).args(flags))
}

/// The offsets that the search was asked for, each as often as it was.
fn offsets(standin: &Standin) -> Vec<u64> {
    let searches = standin.requests().into_iter().filter(|one| one.path.ends_with("/search"));
    searches.filter_map(|one| one.body?["offset"].as_u64()).collect()
}

#[test]
fn the_documentation_sample_byte_for_byte() {
    let standin = sample();
    for environment in [ENVIRONMENT, "Production"] {
        let ended = fetch(&standin, &["-e", environment, "--from", "2022-07-01", "--to", TO]);
        assert_eq!(ended.stdout, sample_lines());
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    }
    // What was asked is what the documentation asks, and nothing else.
    let requests = standin.requests();
    let asked: Vec<_> = requests.iter().map(|one| (&*one.method, &*one.path)).collect();
    let once = [
        ("GET", "/orchestration/workspaces"),
        ("POST", "/orchestration/executables/events/search"),
    ];
    assert_eq!(asked, [once, once].concat());
    assert_eq!(
        requests[1].body,
        Some(json!({
            "environmentId": ENVIRONMENT,
            "from": 1_656_633_600_000_u64,
            "to": 1_672_531_199_000_u64,
            "limit": 100,
            "offset": 0,
        })),
    );
}

#[test]
fn compressed_answers_are_read_like_others() {
    let standin = sample();
    standin.set_options(|options| options.gzip = true);
    let flags = ["-e", "Production", "--from", "2022-07-01", "--to", TO, "--names", "--durations"];
    let ended = fetch(&standin, &flags);
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 6), "{}", ended.stderr);
    let bare = ["-e", ENVIRONMENT, "--from", "2022-07-01", "--to", TO];
    assert_eq!(fetch(&standin, &bare).stdout, sample_lines());
}

#[test]
fn an_end_record_says_how_many_runs_there_were() {
    let standin = sample();
    let flags = ["-e", "Production", "--from", "2022-07-01", "--to", TO, "--end-record"];
    let ended = fetch(&standin, &flags);
    let end = r#"{"end":{"runs":6,"environments":["6242bc6eac74e9757cda41bb"],"from":"2022-07-01T00:00:00.000Z","to":"2022-12-31T23:59:59.000Z"}}"#;
    assert_eq!(ended.stdout, sample_lines() + end + "\n");
}

#[test]
fn the_end_of_the_time_span_is_not_in_it() {
    let standin = sample();
    standin.set_options(|options| options.to_inclusive = true);
    let until =
        |to: &str| fetch(&standin, &["-e", ENVIRONMENT, "--from", "2022-07-01", "--to", to]).stdout;
    assert_eq!(until("2022-08-20T18:00:00Z").lines().count(), 1);
    assert_eq!(until("2022-08-20T18:00:00.001Z").lines().count(), 2);
    // The same instant on a Parisian's clock.
    let flags = ["--from", "2022-07-01", "--to", "2022-08-20T20:01", "--timezone", "Europe/Paris"];
    let ended = run(api_tool("runs-fetch", &standin).args(["-e", ENVIRONMENT]).args(flags));
    assert_eq!(ended.stdout.lines().count(), 2);
}

// README: they list every planned run
#[test]
fn pages_of_any_size_make_the_same_list() {
    let standin = Standin::start(minutely()).unwrap();
    let whole = fetch(&standin, &asking(1_000).iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(whole.stdout.lines().count(), 1_000, "{}", whole.stderr);
    for size in ["1", "7", "50", "99", "100"] {
        let flags: Vec<_> = asking(300);
        let mut flags: Vec<_> = flags.iter().map(String::as_str).collect();
        flags.extend(["--page-size", size, "--concurrency", "16"]);
        let ended = fetch(&standin, &flags);
        let expected: String = whole.stdout.split_inclusive('\n').take(300).collect();
        assert_eq!(ended.stdout, expected, "page size {size}: {}", ended.stderr);
    }
}

#[test]
fn no_page_is_asked_for_twice_or_in_vain() {
    let standin = Standin::start(minutely()).unwrap();
    let flags = asking(250);
    fetch(&standin, &flags.iter().map(String::as_str).collect::<Vec<_>>());
    let mut asked = offsets(&standin);
    asked.sort_unstable();
    // Neighbours share one run, which proves that nothing moved between them.
    assert_eq!(asked, [0, 99, 198]);
}

#[test]
fn a_service_account_fetches_one_token() {
    let standin = Standin::start(minutely()).unwrap();
    let mut tool = api_tool("runs-fetch", &standin);
    tool.env_remove("TALEND_TOKEN")
        .env("TALEND_SERVICE_ACCOUNT_ID", "sample-service-account")
        .env("TALEND_SERVICE_ACCOUNT_SECRET", "sample-service-account-secret");
    let ended = run(tool.args(asking(500)));
    assert_eq!((ended.code, ended.stdout.lines().count()), (0, 500), "{}", ended.stderr);
    let requests = standin.requests();
    let tokens: Vec<_> = requests.iter().filter(|one| one.path.contains("oauth")).collect();
    assert_eq!(tokens.len(), 1);
    assert_eq!(tokens[0].auth, Auth::Basic("sample-service-account".to_owned()));
    assert_eq!(
        tokens[0].body,
        Some(json!({"audience": standin.url(), "grant_type": "client_credentials"})),
    );
    assert!(requests.iter().all(|one| one.status == Some(200)));
}

#[test]
fn names_come_from_one_listing() {
    let standin = sample();
    standin.set_options(|options| options.pause_details_in_list = true);
    let flags = ["-e", "Production", "--from", "2022-07-01", "--to", TO, "--names"];
    let ended = fetch(&standin, &flags);
    let first: Value = serde_json::from_str(ended.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(
        first,
        json!({
            "id": TASK,
            "date": "2022-07-20T18:00:00.000Z",
            "type": "TASK",
            "environmentId": ENVIRONMENT,
            "environmentName": "Production",
            "name": "Monthly report",
            "workspaceId": "6242bc6eac74e9757cda41bc",
            "workspaceName": "Finance",
        }),
    );
    assert_eq!(ended.stdout.lines().count(), 6);
    let lists = standin.requests().into_iter().filter(|one| one.path.contains("/executables/"));
    let lists: Vec<_> = lists.filter(|one| one.method == "GET").map(|one| one.path).collect();
    assert_eq!(lists.len(), 2, "{lists:?}");
}

#[test]
fn list_prints_environments_workspaces_tasks_and_plans() {
    let standin = sample();
    let ids = |flags: &[&str], member: &str| -> Vec<String> {
        let ended = fetch(&standin, flags);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{flags:?}");
        let id = |line: &str| {
            let object: Value = serde_json::from_str(line).unwrap();
            object[member].as_str().unwrap().to_owned()
        };
        ended.stdout.lines().map(id).collect()
    };
    for (list, total) in [
        (&["environments"][..], "1 environment."),
        (&["workspaces"], "1 workspace in 1 environment."),
        (&["tasks", "-e", "Production"], "Together, in 1 environment: 1 task in 1 workspace."),
        (&["plans", "-e", "Production"], "Together, in 0 environments: 0 plans in 0 workspaces."),
    ] {
        let mut command = api_tool("runs-fetch", &standin);
        let table = run(command.args(list).args(["--format", "table"]).env("COLUMNS", "80"));
        assert_eq!((table.code, table.stdout.lines().last()), (0, Some(total)), "{list:?}");
        assert!(table.stdout.lines().all(|line| line.chars().count() <= 80), "{}", table.stdout);
    }
    assert_eq!(ids(&["environments"], "id"), [ENVIRONMENT]);
    assert_eq!(ids(&["workspaces"], "name"), ["Finance"]);
    assert_eq!(ids(&["workspaces", "-e", "Production"], "name"), ["Finance"]);
    assert_eq!(ids(&["tasks", "-e", "Production"], "executable"), [TASK]);
    let finance = ["tasks", "--all-environments", "-w", "Finance"];
    assert_eq!(ids(&finance, "executable"), [TASK]);
    let ended = fetch(&standin, &["plans", "-e", "Production"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""));
    assert!(ended.stderr.contains("the list is empty"), "{}", ended.stderr);
}

#[test]
fn no_runs_are_a_warning() {
    let standin = sample();
    let ended = fetch(&standin, &["-e", ENVIRONMENT, "--from", "2022-07-01", "--to", "2022-07-02"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (0, ""));
    assert!(ended.stderr.contains("what the account may see"), "{}", ended.stderr);
}

#[test]
fn what_cannot_be_asked_is_refused_before_anything_is() {
    let standin = sample();
    for (flags, code, words) in [
        (&["-e", "Production"][..], 2, "--to"),
        (&["-e", "Production", "--to", "tomorrow"], 2, "not a time"),
        (&["-e", "Production", "--from", "+2d", "--to", "+1d"], 2, "is not after --from"),
        (&["-e", "Production", "--to", "+1d", "--page-size", "101"], 2, "101"),
        (&["-e", "Production", "--to", "+1d", "--timezone", "Europe/Pari"], 2, "Europe/Pari"),
        (&["-e", "Production", "--all-environments", "--to", "+1d"], 2, "cannot be used with"),
        (&["--to", "+1d"], 78, "no environment"),
        (&["-e", "", "--to", "+1d"], 2, "a value is required for '--environment"),
        (&["-e", "Production", "-w", "", "--to", "+1d"], 2, "a value is required for '--workspace"),
        (&["-e", "Production", "--tag", "", "--to", "+1d"], 2, "a value is required for '--tag"),
        (&["tasks", "-e", "Production", "-w", ""], 2, "a value is required for '--workspace"),
        (&["tasks"], 78, "no environment"),
        (&["tasks", "--to", "+1d"], 2, "'--to' is a flag of: runs-fetch (without"),
    ] {
        let ended = fetch(&standin, flags);
        assert_eq!(ended.code, code, "{flags:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(words), "{flags:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
    assert_eq!(standin.requests(), []);
}

#[test]
fn an_unknown_environment_or_workspace_lists_the_candidates() {
    let standin = sample();
    let ended = fetch(&standin, &["-e", "Prod", "--to", "+1d"]);
    assert_eq!(ended.code, 78);
    assert!(ended.stderr.contains(&format!("Production ({ENVIRONMENT})")), "{}", ended.stderr);
    let ended = fetch(&standin, &["-e", "Production", "-w", "Sales", "--to", "+1d"]);
    assert_eq!(ended.code, 78);
    assert!(ended.stderr.contains("Finance (6242bc6eac74e9757cda41bc)"), "{}", ended.stderr);
    assert!(offsets(&standin).is_empty());
}

#[test]
fn a_region_that_is_not_known_is_asked_all_the_same_and_reported() {
    for (region, is_known) in [("eu", true), ("us", true), ("mars", false)] {
        let mut command = tool("runs-fetch");
        command.args(["-e", "x", "--to", "+1d", "--retries", "0", "--region", region]);
        // A proxy that is not there: nothing is asked of any region.
        let ended = run(command.env("TALEND_TOKEN", "x").env("HTTPS_PROXY", "http://127.0.0.1:9"));
        assert_eq!(ended.code, 69, "{region}: {}", ended.stderr);
        let message = format!("region {region} is not a known one");
        assert_eq!(ended.stderr.contains(&message), !is_known, "{region}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(&format!("https://api.{region}.cloud.talend.com")),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn refusals_say_what_to_do() {
    let standin = sample();
    let flags = ["-e", "Production", "--to", "+1d"];
    let ended = run(api_tool("runs-fetch", &standin).env_remove("TALEND_TOKEN").args(flags));
    assert_eq!(ended.code, 78);
    assert!(ended.stderr.contains("--service-account-file"), "{}", ended.stderr);
    assert_eq!(standin.requests(), []);

    let ended = run(api_tool("runs-fetch", &standin).env("TALEND_TOKEN", "wrong").args(flags));
    assert_eq!(ended.code, 77);
    assert!(ended.stderr.contains("GET /orchestration/workspaces"), "{}", ended.stderr);
    assert!(ended.stderr.contains("401 Unauthorized"), "{}", ended.stderr);
    assert!(ended.stderr.contains("--region"), "{}", ended.stderr);

    let mut tool = api_tool("runs-fetch", &standin);
    let ended = run(tool.env("TALEND_TOKEN", "wrong").args(flags).args(["--log-format", "json"]));
    let error: Value = serde_json::from_str(&ended.stderr).unwrap();
    assert_eq!(error["code"], "unauthorized");
    assert_eq!(error["retryable"], false);
    assert!(error["message"].as_str().unwrap().contains("request ID"), "{error}");
    assert_eq!(error["status"], 401);
    assert!(error["requestId"].as_str().is_some(), "{error}");
    // Nobody tries a wrong token twice.
    assert_eq!(standin.requests().len(), 2);
}

#[test]
fn a_server_that_is_gone_is_tried_again_and_given_up() {
    let url = sample().url();
    let mut tool = tool("runs-fetch");
    tool.env("TALEND_API_URL", &url).env("TALEND_TOKEN", "any");
    tool.args(["-e", "Production", "--to", "+1d", "--retries", "2"]);
    let ended = run(&mut tool);
    assert_eq!(ended.code, 69);
    assert!(ended.stderr.contains("(3 attempts)"), "{}", ended.stderr);
    assert!(ended.stderr.contains(&url), "{}", ended.stderr);
}

#[test]
fn a_change_while_the_list_is_read_costs_reading_it_again() {
    let standin = Standin::start(minutely()).unwrap();
    let once = |lie| Fault::new(Effect::Paging(lie)).on("POST", "/**/search").skip(2).times(1);
    let flags = asking(500);
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    let truth = fetch(&standin, &flags).stdout;
    assert_eq!(truth.lines().count(), 500);
    let lies = [
        PagingLie::Total { by: 1 },
        PagingLie::Duplicate {},
        PagingLie::Missing {},
        PagingLie::Empty {},
        PagingLie::TooMany { extra: 3 },
        PagingLie::Without { member: "id".to_owned() },
        PagingLie::Without { member: "date".to_owned() },
        PagingLie::With { member: "date".to_owned(), value: json!("soon") },
        PagingLie::Repeated {},
    ];
    for lie in lies {
        standin.add_faults(vec![once(lie.clone())]).unwrap();
        let ended = fetch(&standin, &flags);
        assert_eq!((ended.code, &ended.stdout), (0, &truth), "{lie:?}: {}", ended.stderr);
        standin.clear_faults();
    }
}

#[test]
fn a_list_that_never_adds_up_is_an_error_and_not_a_short_list() {
    let standin = Standin::start(minutely()).unwrap();
    let flags = asking(500);
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    for lie in [PagingLie::Endless {}, PagingLie::Missing {}, PagingLie::Empty {}] {
        let fault = Fault::new(Effect::Paging(lie.clone())).on("POST", "/**/search");
        standin.add_faults(vec![fault]).unwrap();
        let ended = fetch(&standin, &flags);
        assert_eq!((ended.code, ended.stdout.as_str()), (69, ""), "{lie:?}");
        assert!(ended.stderr.contains("is not complete"), "{lie:?}: {}", ended.stderr);
        standin.clear_faults();
    }
}

#[test]
fn a_wrong_page_is_asked_for_again_and_if_it_lasts_is_an_error() {
    let mut world = crate::support::world::world(6);
    let plan = world.plans[0].clone();
    world.tasks = (0..250)
        .map(|n| Task { id: format!("t{n}"), name: format!("Task {n}"), ..world.tasks[0].clone() })
        .collect();
    world.plans = (0..250)
        .map(|n| tmc_standin::Plan {
            id: format!("p{n}"),
            name: format!("Plan {n}"),
            ..plan.clone()
        })
        .collect();
    let standin = Standin::start(world).unwrap();
    for of in ["tasks", "plans"] {
        let list = || {
            let mut tool = api_tool("runs-fetch", &standin);
            tool.env("TALEND_TOKEN", crate::support::world::TOKEN);
            run(tool.args([of, "-e", crate::support::world::ENVIRONMENT]))
        };
        let truth = list();
        assert_eq!((truth.code, truth.stdout.lines().count()), (0, 250), "{}", truth.stderr);
        for lie in [
            PagingLie::Total { by: 1 },
            PagingLie::Endless {},
            PagingLie::Duplicate {},
            PagingLie::Missing {},
            PagingLie::Empty {},
            PagingLie::TooMany { extra: 3 },
            PagingLie::Without { member: "executable".to_owned() },
            PagingLie::Repeated {},
        ] {
            let fault = Fault::new(Effect::Paging(lie.clone())).on("GET", &format!("/**/{of}"));
            standin.add_faults(vec![fault.clone().skip(1).times(1)]).unwrap();
            let ended = list();
            standin.clear_faults();
            assert_eq!((ended.code, &ended.stdout), (0, &truth.stdout), "{lie:?} {}", ended.stderr);
            standin.add_faults(vec![fault.skip(1)]).unwrap();
            let ended = list();
            standin.clear_faults();
            assert_eq!((ended.code, ended.stdout.as_str()), (69, ""), "{of} {lie:?}");
            assert!(ended.stderr.contains("is not complete"), "{lie:?}: {}", ended.stderr);
        }
    }
}

#[test]
fn once_lines_are_out_a_change_is_an_error_that_says_so() {
    let standin = Standin::start(minutely()).unwrap();
    let fault = Fault::new(Effect::Paging(PagingLie::Total { by: 1 }));
    standin.add_faults(vec![fault.on("POST", "/**/search").skip(170)]).unwrap();
    let mut flags = asking(18_000);
    flags.extend(["--concurrency", "2", "--end-record"].map(str::to_owned));
    let ended = fetch(&standin, &flags.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(ended.code, 69);
    assert!(ended.stdout.lines().count() > 1_000, "{}", ended.stdout.lines().count());
    assert!(ended.stderr.contains("lines were written before this was noticed"));
    assert!(!ended.stdout.contains("\"end\""));
}

#[test]
fn a_list_whose_offsets_are_refused_is_read_in_slices_of_time() {
    let standin = Standin::start(minutely()).unwrap();
    let flags = asking(2_000);
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    let truth = fetch(&standin, &flags).stdout;
    let refused = Fault {
        body_contains: Some("\"offset\":198".to_owned()),
        ..Fault::new(Effect::status(400)).on("POST", "/**/search")
    };
    standin.add_faults(vec![refused]).unwrap();
    for inclusive in [false, true] {
        standin.set_options(|options| options.to_inclusive = inclusive);
        let ended = fetch(&standin, &flags);
        assert_eq!((ended.code, &ended.stdout), (0, &truth), "{}", ended.stderr);
    }
}

#[test]
fn a_closed_pipe_is_a_quiet_end() {
    let standin = Standin::start(minutely()).unwrap();
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("runs-fetch"))
        .args(asking(9_000))
        .env("TALEND_API_URL", standin.url())
        .env("TALEND_TOKEN", "sample-personal-access-token")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

// README: No credential is an argument
#[test]
fn credential_files_are_read() {
    let standin = sample();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("token");
    fs::write(&path, "sample-personal-access-token\n").unwrap();
    let flags = ["-e", ENVIRONMENT, "--from", "2022-07-01", "--to", TO];
    let with_file = || {
        let mut tool = api_tool("runs-fetch", &standin);
        tool.env_remove("TALEND_TOKEN").arg("--token-file").arg(&path).args(flags);
        run(&mut tool)
    };
    let mode = |mode: u32| {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(0o644);
    let ended = with_file();
    assert_eq!(ended.code, 77);
    assert!(ended.stderr.contains("chmod 600"), "{}", ended.stderr);
    assert_eq!(standin.requests(), []);
    mode(0o600);
    assert_eq!(with_file().stdout, sample_lines());
}
