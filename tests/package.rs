//! Published packages: they are complete and describe themselves.
//! `scripts/package --check` builds and tries what is handed out beside them;
//! it takes minutes, so it is not part of this suite.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

fn cargo() -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{stderr}");
    output.stdout
}

#[test]
fn published_packages_are_complete_and_describe_themselves() {
    let metadata = run(cargo().args(["metadata", "--no-deps", "--format-version=1", "--offline"]));
    let metadata: Value = serde_json::from_slice(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let published: Vec<_> =
        packages.iter().filter(|package| package["publish"].is_null()).collect();
    assert_eq!(published.len(), 5, "the root, core and three tools");

    let dir = TempDir::new().unwrap();
    run(cargo()
        .args(["package", "--workspace", "--exclude=tmc-standin", "--no-verify", "--allow-dirty"])
        .args(["--offline", "--locked", "--quiet", "--target-dir"])
        .arg(dir.path()));
    for package in published {
        let name = package["name"].as_str().unwrap();
        for field in ["description", "license", "repository", "rust_version", "readme"] {
            assert!(package[field].is_string(), "{name}: {field} is missing");
        }
        for field in ["keywords", "categories"] {
            assert!(!package[field].as_array().unwrap().is_empty(), "{name}: no {field}");
        }
        let archive = format!("{name}-{}.crate", package["version"].as_str().unwrap());
        let archive = dir.path().join("package").join(archive);
        let listed = run(Command::new("tar").arg("-tzf").arg(&archive));
        let listed = String::from_utf8(listed).unwrap();
        let source =
            if name == "talend-maintenance" { "crates/bin/task-pause.rs" } else { "src/lib.rs" };
        for file in ["README.md", source] {
            assert!(
                listed
                    .lines()
                    .any(|line| line.split_once('/').is_some_and(|(_, rest)| rest == file)),
                "{name}: {file} is not in the package:\n{listed}"
            );
        }
    }
}

#[test]
fn the_debian_package_is_made_of_files_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let assets: Vec<_> = manifest
        .lines()
        .filter_map(|line| line.trim().strip_prefix("[\"")?.split_once('"'))
        .map(|(source, _)| source)
        .filter(|source| !source.starts_with("target/"))
        .collect();
    assert!(assets.len() > 5, "{assets:?}");
    for asset in assets {
        let found = match asset.strip_suffix("/*") {
            Some(dir) => {
                root.join(dir).read_dir().is_ok_and(|mut entries| entries.next().is_some())
            }
            None => root.join(asset).is_file(),
        };
        assert!(found, "{asset} is not there");
    }
}

#[test]
fn every_base_of_the_image_is_pinned_by_its_digest() {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/packaging/container/Containerfile");
    let text = fs::read_to_string(file).unwrap();
    let bases: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("FROM ")).collect();
    assert!(bases.len() > 1, "{bases:?}");
    for base in bases.iter().filter(|base| !base.starts_with("scratch ")) {
        let (_, digest) = base.split_once("@sha256:").unwrap();
        let digest = digest.split(' ').next().unwrap();
        assert!(digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit()), "{base}");
    }
}
