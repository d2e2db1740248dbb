//! A process that ends by a panic, or by being starved, while it holds
//! credentials: what it leaves on its streams shows none of them.

use std::process::{Command, Output};
use std::time::Duration;

use maintenance_core::client::{BaseUrl, Client, Concurrency, Config, Credentials, Limits};
use tmc_standin::{Effect, Fault, Standin, World};

use crate::support::canaries::{CANARY, SECRET, TOKEN, guarded};
use crate::support::skip::skip_without;

/// Set for the process that is to panic: where its API is.
const CHILD: &str = "TEST_PANICS_AGAINST";

fn credentials() -> [Credentials; 2] {
    let account = Credentials::ServiceAccount {
        id: "account".to_owned().into(),
        secret: SECRET.to_owned().into(),
    };
    [Credentials::Token(TOKEN.to_owned().into()), account]
}

/// Asks with each kind of credentials, so that tokens and headers are in
/// memory, and panics with everything of the client that can be printed.
fn hold_credentials_and_panic(url: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut held = Vec::new();
    for credentials in credentials() {
        let config = || Config {
            base: BaseUrl::parse(url).unwrap(),
            credentials: credentials.clone(),
            limits: Limits {
                concurrency: Concurrency::GROWING,
                rate: 1_800,
                timeout: Duration::from_secs(30),
                retries: 0,
                deadline: None,
                max_items: 1_000_000,
                is_urgent: false,
            },
            extra_roots: None,
            observer: None,
            wait_observer: None,
        };
        let client = Client::new(config()).unwrap();
        let answered = runtime.block_on(client.environments()).unwrap();
        let refused = runtime.block_on(client.workspaces()).unwrap_err();
        held.push((config(), client, answered, refused));
    }
    let shown = format!("{:#?} {held:?} {:?}", credentials(), held[0].3.to_string());
    // Dropped only while the stack unwinds.
    let _held = held;
    panic!("with everything: {shown}");
}

#[test]
fn a_panic_shows_no_secret() {
    if let Ok(url) = std::env::var(CHILD) {
        return hold_credentials_and_panic(&url);
    }
    let standin = Standin::start(guarded(World::documentation_sample())).unwrap();
    // Each gets back what it sent.
    let echo = |secret: &str| {
        let body = Some(format!("{{\"message\":\"you sent {secret}\"}}"));
        let effect = Effect::Status { status: 400, retry_after: None, body, processed: false };
        Fault::new(effect).on("GET", "/**/workspaces")
    };
    standin.add_faults(vec![echo(TOKEN).times(1), echo(SECRET).skip(1)]).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["panics::a_panic_shows_no_secret", "--exact", "--nocapture"])
        .env(CHILD, standin.url())
        .env("RUST_BACKTRACE", "full")
        .output()
        .unwrap();
    let said = said(&output);
    assert!(!output.status.success(), "{said}");
    // It was the panic that was meant, and it had something to show.
    for words in
        ["with everything: ", "Client(Config", "ServiceAccount", "stack backtrace", "you sent ["]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    let asked = |path| standin.requests().iter().filter(|one| one.path.ends_with(path)).count();
    assert_eq!((asked("/environments"), asked("/token")), (2, 1));
    is_silent(&output, &said);
}

/// Both streams as text.
fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|stream| String::from_utf8_lossy(stream)).concat()
}

fn is_silent(output: &Output, said: &str) {
    assert!(!said.contains(CANARY), "{:?}: {said}", output.status);
    // base64 of what stands in the header for the account.
    assert!(!said.contains("YWNjb3VudDpjYW5hcnk"), "{:?}: {said}", output.status);
}

/// The real tools, with less memory and fewer files than they need, in steps
/// up to where they need no more.
#[test]
fn a_tool_that_is_starved_shows_no_secret() {
    if skip_without("prlimit") || !cfg!(target_os = "linux") {
        return;
    }
    let standin = Standin::start(guarded(World::documentation_sample())).unwrap();
    let (mut failed, mut worked) = (0, 0);
    let memory = [4, 6, 8, 10, 12, 16, 24, 32, 64, 512].map(|mega| format!("--as={}", mega << 20));
    let files = (3..12).map(|files| format!("--nofile={files}"));
    for limit in memory.into_iter().chain(files) {
        for way in [("TALEND_TOKEN", TOKEN), ("TALEND_SERVICE_ACCOUNT_SECRET", SECRET)] {
            let mut command = assert_cmd::Command::new("prlimit");
            command.arg(&limit).arg("--core=0").arg(assert_cmd::cargo::cargo_bin("runs-fetch"));
            command.args(["-e", "Production", "--from", "2022-07-01", "--to", "2023-01-01"]);
            command.args(["--retries", "0", "--verbose", "--verbose"]);
            command.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
            command.env("TALEND_API_URL", standin.url()).env(way.0, way.1);
            if way.0 == "TALEND_SERVICE_ACCOUNT_SECRET" {
                command.env("TALEND_SERVICE_ACCOUNT_ID", "account");
            }
            command.env("RUST_BACKTRACE", "full").timeout(Duration::from_secs(60));
            let output = command.output().unwrap();
            let said = said(&output);
            is_silent(&output, &said);
            let whole = output.status.success();
            assert_eq!(whole, said.contains("2022-12-20"), "{limit}: {said}");
            failed += u32::from(!whole);
            worked += u32::from(whole);
        }
    }
    assert!(failed > 0 && worked > 0, "{failed} failed, {worked} worked");
}
