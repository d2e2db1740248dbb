//! Published packages: they are complete and describe themselves.
//! `scripts/package --check` builds and tries what is handed out beside them;
//! it takes minutes, so it is not part of this suite.

use std::collections::BTreeSet;
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
        .args(["package", "--workspace", "--exclude=tmc-standin", "--exclude=mutant-switches"])
        .args(["--no-verify", "--allow-dirty", "--offline", "--locked", "--quiet", "--target-dir"])
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

// README: `scripts/package` builds a Debian package
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

fn packaging(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(root.join("scripts/packaging").join(path)).unwrap()
}

/// The settings of `scripts/maintenance-sync` in a text.
fn settings(text: &str) -> BTreeSet<&str> {
    let is_in_name = |c: char| c.is_ascii_uppercase() || c == '_';
    let begins = text.match_indices("MAINTENANCE_").map(|(at, _)| at);
    let begins = begins.filter(|at| !text[..*at].ends_with(is_in_name));
    let names = begins.map(|at| {
        let end = text[at..].find(|c| !is_in_name(c)).map_or(text.len(), |end| at + end);
        &text[at..end]
    });
    names.collect()
}

#[test]
fn every_setting_of_the_wrapper_is_explained_and_the_examples_have_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let wrapper = fs::read_to_string(root.join("scripts/maintenance-sync")).unwrap();
    let (help, code) = wrapper.split_once("\nset -euo pipefail").unwrap();
    let page = packaging("maintenance-sync.1").replace("\\fB", "");
    let known = settings(code);
    assert!(known.len() > 15, "{known:?}");
    assert_eq!(settings(help), known);
    assert_eq!(settings(&page), known);
    for example in ["etc/example.env", "examples/production.env", "kubernetes/cronjob.yaml"] {
        let text = packaging(example);
        assert!(settings(&text).is_subset(&known), "{example}");
    }
    // Each example is a line to take the mark away from, and then shell.
    let example = packaging("etc/example.env");
    let lines: Vec<_> =
        example.lines().filter(|line| line.starts_with('#') && line.contains('=')).collect();
    let lines = lines.into_iter().filter(|line| !line.starts_with("# "));
    for line in lines.clone() {
        let (name, _) = line[1..].split_once('=').unwrap();
        assert!(name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'), "{line}");
    }
    assert!(lines.count() > 8);
    assert_eq!(packaging("etc/maintenance.csv.example"), packaging("examples/maintenance.csv"));
}

/// The unit, the package and its scripts mean the same user and directories.
#[test]
fn the_package_makes_the_user_and_the_settings_that_the_unit_names() {
    let unit = packaging("systemd/maintenance-sync@.service");
    assert!(unit.contains("\nUser=talend-maintenance\n"));
    assert!(unit.contains("\nEnvironmentFile=/etc/talend-maintenance/%i.env\n"));
    assert!(packaging("debian/talend-maintenance.sysusers").contains("\nu talend-maintenance "));
    assert!(
        packaging("debian/scripts/postinst").contains("systemd-sysusers talend-maintenance.conf")
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    for entry in fs::read_dir(root.join("scripts/packaging/etc")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = format!("\"/etc/talend-maintenance/{name}\"");
        assert!(manifest.contains(&path), "{path} is no configuration file of the package");
    }
}
