use std::io::Write;

use clap::Parser;

use super::*;
use crate::cli::CommonArgs;
use crate::exit::{Exit, Explain};

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    connection: ConnectionArgs,
}

const CANARY: &str = "canary-3f2a";

fn resolve(flags: &[&str], env: &[(&str, &str)]) -> anyhow::Result<Config> {
    let flags = std::iter::once("test").chain(flags.iter().copied());
    let command = Command::try_parse_from(flags).unwrap();
    let messages = Messages::new("test", &CommonArgs { quiet: true, ..CommonArgs::default() });
    command.connection.resolve_with(&messages, &|name| {
        env.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
    })
}

/// The exit code and all the words of a refusal.
fn refusal(flags: &[&str], env: &[(&str, &str)]) -> (Exit, String) {
    let error = resolve(flags, env).unwrap_err();
    let refusal: &Refusal = error.chain().find_map(|cause| cause.downcast_ref()).unwrap();
    let text = format!("{error:#} {} {error:?}", refusal.hint().unwrap_or_default());
    assert!(!text.contains(CANARY), "{text}");
    (refusal.exit(), text)
}

fn file(text: &str, mode: u32) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(mode)).unwrap();
    }
    file
}

#[test]
fn a_flag_beats_the_environment() {
    let env = [(env::API_URL, "http://127.0.0.1:1"), (env::TOKEN, CANARY), (env::REGION, "ap")];
    let base = |flags: &[&str]| resolve(flags, &env).unwrap().base.to_string();
    assert_eq!(base(&[]), "http://127.0.0.1:1");
    assert_eq!(base(&["--region", "eu"]), "https://api.eu.cloud.talend.com");
    assert_eq!(base(&["--api-url", "http://[::1]:2/"]), "http://[::1]:2");
    let account = file(&format!("id:{CANARY}:with:colons\r\n"), 0o600);
    let config =
        resolve(&["--service-account-file", account.path().to_str().unwrap()], &env).unwrap();
    let Credentials::ServiceAccount { id, secret } = config.credentials else { panic!() };
    assert_eq!(id.expose_secret(), "id");
    assert_eq!(secret.expose_secret(), format!("{CANARY}:with:colons"));
}

#[test]
fn without_credentials_all_ways_are_named() {
    let (exit, text) = refusal(&["--region", "eu"], &[(env::TOKEN, "")]);
    assert_eq!(exit, Exit::Config);
    for way in [
        "--token-file",
        "TALEND_TOKEN_FILE",
        "TALEND_TOKEN,",
        "--service-account-file",
        "TALEND_SERVICE_ACCOUNT_FILE",
        "TALEND_SERVICE_ACCOUNT_ID",
        "TALEND_SERVICE_ACCOUNT_SECRET",
    ] {
        assert!(text.contains(way) || text.contains(way.trim_end_matches(',')), "{way}: {text}");
    }
    let (exit, text) = refusal(&[], &[(env::TOKEN, CANARY)]);
    assert_eq!(exit, Exit::Config);
    assert!(text.contains("--region") && text.contains("us-west"), "{text}");
}

#[test]
fn what_does_not_fit_is_refused_without_being_quoted() {
    let eu = (env::REGION, "eu");
    for (flags, env) in [
        (&[][..], &[eu, (env::TOKEN, CANARY), (env::SERVICE_ACCOUNT_FILE, "x")][..]),
        (&[], &[eu, (env::SERVICE_ACCOUNT_ID, CANARY)]),
        (&[], &[eu, (env::TOKEN, "canary-3f2a two")]),
        (&[], &[eu, (env::TOKEN_FILE, "/nowhere/at/all")]),
        (&["--api-url", "https://canary-3f2a:canary-3f2a@x.example"], &[(env::TOKEN, CANARY)]),
        (&["--api-url", "http://x.example"], &[(env::TOKEN, CANARY)]),
        (&["--region", "EU"], &[(env::TOKEN, CANARY)]),
        (&["--region", "eu", "--ca-file", "/nowhere/at/all"], &[(env::TOKEN, CANARY)]),
    ] {
        assert_eq!(refusal(flags, env).0, Exit::Config, "{flags:?} {env:?}");
    }
    for (text, flag) in [
        ("", "--token-file"),
        (" \n", "--token-file"),
        ("canary-3f2a\nsecond-line", "--token-file"),
        ("canary-3f2a", "--service-account-file"),
        (":canary-3f2a", "--service-account-file"),
    ] {
        let file = file(text, 0o600);
        let flags = ["--region", "eu", flag, file.path().to_str().unwrap()];
        assert_eq!(refusal(&flags, &[]).0, Exit::Config, "{text:?}");
    }
}

/// The command that mends a file would lock others out of the directory.
#[test]
fn a_directory_in_the_place_of_a_credential_file_is_said_to_be_one() {
    for flag in ["--token-file", "--service-account-file"] {
        let (exit, text) = refusal(&["--region", "eu", flag, "/tmp"], &[]);
        assert_eq!(exit, Exit::Config, "{text}");
        assert!(text.contains("is a directory") && !text.contains("chmod"), "{text}");
    }
}

#[cfg(unix)]
#[test]
fn a_credential_file_that_others_can_use_is_refused() {
    for (mode, fine) in
        [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o602, false)]
    {
        let file = file(CANARY, mode);
        let path = file.path().to_str().unwrap();
        let flags = ["--region", "eu", "--token-file", path];
        if fine {
            resolve(&flags, &[]).unwrap();
        } else {
            let (exit, text) = refusal(&flags, &[]);
            assert_eq!(exit, Exit::Refused, "{mode:o}");
            assert!(text.contains(&format!("chmod 600 '{path}'")), "{text}");
        }
    }
}
