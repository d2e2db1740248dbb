//! The stand-in as a process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

fn start(args: &[&str]) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tmc-standin"))
        .args(args)
        .args(["--until-stdin-closes"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url: serde_json::Value = serde_json::from_str(&line).unwrap();
    let address = url["url"].as_str().unwrap().trim_start_matches("http://").to_owned();
    (child, address)
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn it_says_where_it_listens_and_ends_with_its_input() {
    let (mut child, address) = start(&["--sample", "--clock", "2022-09-01T00:00:00Z", "--frozen"]);
    assert!(get(&address, "/_standin/state").contains("\"now\":\"2022-09-01T00:00:00.000Z\""));
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    assert!(TcpStream::connect(&address).is_err());
}

#[test]
fn it_ends_when_it_is_interrupted_or_terminated() {
    for signal in ["-INT", "-TERM"] {
        let (mut child, address) = start(&["--generate", "7:50"]);
        assert!(get(&address, "/_standin/health").contains("200 OK"));
        let kill = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        assert!(child.wait().unwrap().success(), "{signal}");
    }
}

#[test]
fn a_world_file_is_read_or_its_mistake_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("world.json");
    let faults = directory.path().join("faults.json");
    std::fs::write(&file, r#"{"environments": [{"id": "e1", "name": "Only"}]}"#).unwrap();
    std::fs::write(&faults, r#"[{"effect": {"status": {"status": 418}}}]"#).unwrap();
    let (file_name, faults) = (file.to_str().unwrap(), faults.to_str().unwrap());
    let (_child, address) = start(&["--world", file_name, "--faults", faults]);
    assert!(get(&address, "/orchestration/environments").contains(" 418 "));
    for (world, expected) in [
        (r#"{"enviroments": []}"#, "unknown field `enviroments`"),
        (r#"{"tasks": [{"id": "k", "name": "n", "workspace": "w"}]}"#, "task k: no workspace w"),
    ] {
        std::fs::write(&file, world).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_tmc-standin"))
            .args(["--world", file_name])
            .output()
            .unwrap();
        assert!(!output.status.success());
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(expected) && stderr.contains("world.json"), "{stderr}");
    }
}
