//! CONTRIBUTING.md and RELEASE-CHECKLIST.md are true as far as a test can show:
//! the files, names, tests and commands that they name exist.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::support::named_tests::names_of_tests;

/// The pages that are checked.
const PAGES: [&str; 2] = ["CONTRIBUTING.md", "RELEASE-CHECKLIST.md"];

/// The variables that libraries read which the tests use.
const OF_LIBRARIES: [&str; 1] = ["PROPTEST_CASES"];

/// Endings of names that are files.
const FILES: [&str; 8] =
    [".rs", ".md", ".toml", ".jsonl", ".yaml", ".yml", ".lock", "Containerfile"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The items of a page: its paragraphs, and the points of its lists, each with
/// the text before the list, which may name their directory.
fn items(page: &str) -> Vec<String> {
    let mut items = Vec::new();
    let mut head = String::new();
    for paragraph in page.split("\n\n") {
        let text = format!("\n{paragraph}");
        let mut points = text.split("\n- ");
        let before = points.next().unwrap_or_default().trim();
        if !before.is_empty() {
            before.clone_into(&mut head);
            items.push(head.clone());
        }
        items.extend(points.map(|point| format!("{head}\n{point}")));
    }
    items
}

/// The texts between backticks.
fn quoted(text: &str) -> Vec<String> {
    let words = text.split('`').skip(1).step_by(2);
    words.map(|word| word.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// The files and directories that an item names, and the names of code in it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named {
    files: Vec<PathBuf>,
    missing: Vec<String>,
    names: Vec<String>,
}

/// Reads an item. A path is one from the root, or from the directory below the
/// root that the item named last.
fn named(item: &str, is_there: &dyn Fn(&Path) -> bool) -> Named {
    let mut found = Named::default();
    let mut base = PathBuf::new();
    for word in quoted(item) {
        let is_path = !word.contains([' ', '$', '='])
            && (word.contains('/') || FILES.iter().any(|ending| word.ends_with(ending)));
        if is_path {
            let paths = [PathBuf::from(&word), base.join(&word)];
            let Some(path) = paths.into_iter().find(|path| is_there(path)) else {
                // What a build makes is not there before it.
                if !word.starts_with("target/") {
                    found.missing.push(word);
                }
                continue;
            };
            if word.ends_with('/') && path == Path::new(&word) {
                base.clone_from(&path);
            }
            found.files.push(path);
        } else if word.split("::").all(|part| !part.is_empty() && part.chars().all(is_of_a_name)) {
            found.names.push(word);
        }
    }
    found
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The text of a file, or of all files below a directory.
fn text_of(path: &Path) -> String {
    let path = root().join(path);
    if !path.is_dir() {
        return fs::read_to_string(path).unwrap_or_default();
    }
    let entries = fs::read_dir(path).unwrap();
    entries.map(|entry| text_of(&entry.unwrap().path())).collect()
}

/// Whether a text has that name as a word.
fn has_word(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(is_of_a_name) && !after.is_some_and(is_of_a_name)
    })
}

#[test]
fn every_file_that_the_pages_name_exists() {
    for name in PAGES {
        let page = page(name);
        let mut count = 0;
        for item in items(&page) {
            let named = named(&item, &|path| root().join(path).exists());
            assert_eq!(named.missing, Vec::<String>::new(), "{name}: {item}");
            count += named.files.len();
        }
        assert!(count > 15, "{name} names only {count} files");
        for link in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(link.contains("://") || root().join(link).exists(), "{name}: {link}");
        }
    }
}

/// A type, function, constant or file's member that a recipe names stands in one
/// of the files that the same point names.
#[test]
fn every_name_in_a_recipe_stands_in_a_file_that_the_recipe_names() {
    let page = page("CONTRIBUTING.md");
    let (_, recipes) = page.split_once("\n## Recipes\n").unwrap();
    let mut count = 0;
    for item in items(recipes) {
        let named = named(&item, &|path| root().join(path).exists());
        if named.files.is_empty() {
            continue;
        }
        // A directory counts where no file is named in it.
        let mut files: Vec<&PathBuf> =
            named.files.iter().filter(|file| root().join(file).is_file()).collect();
        if files.is_empty() {
            files.extend(&named.files);
        }
        let text: String = files.iter().map(|file| text_of(file)).collect();
        for name in named.names {
            for part in name.split("::") {
                assert!(has_word(&text, part), "{part} is in none of {files:?}: {item}");
            }
            count += 1;
        }
    }
    assert!(count > 40, "the recipes have only {count} names");
}

/// The commands of a text: what stands between backticks, or in a line of a
/// script, and begins with a program that is ours or Cargo's.
fn commands(text: &str, is_script: bool) -> Vec<String> {
    let lines = if is_script {
        text.lines().map(|line| line.trim().to_owned()).collect()
    } else {
        quoted(text)
    };
    let is_command = |line: &String| {
        let mut words = line.split(' ').skip_while(|word| is_variable(word));
        let program = words.next().unwrap_or_default();
        program == "cargo" || program == ".ci/run" || program.starts_with("scripts/")
    };
    lines.into_iter().filter(is_command).filter(|line| !line.ends_with('/')).collect()
}

/// Whether a word sets a variable of the environment.
fn is_variable(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    })
}

/// The directory of a package below `crates/`.
fn directory_of(package: &str) -> String {
    let dir = package.strip_prefix("maintenance-").unwrap_or(package);
    format!("crates/{dir}")
}

/// The fault of a command, if it has one.
fn fault(command: &str) -> Option<String> {
    let words: Vec<&str> = command.split(' ').skip_while(|word| is_variable(word)).collect();
    let program = root().join(words[0]);
    if words[0] != "cargo" {
        let mode = fs::metadata(program).map(|found| found.permissions().mode());
        let is_executable = mode.is_ok_and(|mode| mode & 0o111 == 0o111);
        // Settings, units and pages of `scripts/` are no commands.
        let is_page = Path::new(words[0]).extension().is_some_and(|ending| ending == "md");
        let is_data = words.len() == 1 && (is_page || words[0].contains("packaging/"));
        return (!is_executable && !is_data).then(|| format!("{} cannot be run", words[0]));
    }
    let value = |flag: &str| {
        let at = words.iter().position(|word| *word == flag)?;
        words.get(at + 1).copied()
    };
    let package = value("-p").map(directory_of);
    if let Some(dir) = &package {
        let manifest = fs::read_to_string(root().join(dir).join("Cargo.toml"));
        let name = format!("name = \"{}\"", value("-p").unwrap_or_default());
        if !manifest.is_ok_and(|manifest| manifest.contains(&name)) {
            return Some(format!("there is no package in {dir}"));
        }
    }
    if let Some(bin) = value("--bin")
        && !root().join(format!("crates/bin/{bin}.rs")).exists()
    {
        return Some(format!("there is no program {bin}"));
    }
    if words.get(1) == Some(&"bench") && !root().join(package?).join("benches").is_dir() {
        return Some("the package has no benches".to_owned());
    }
    (words.get(1) == Some(&"test")).then(|| fault_of_test(&words, value("-p"), value("--test")))?
}

/// The fault of a `cargo test`: a filter by which nothing is run is one, since
/// Cargo takes it for a success.
fn fault_of_test(words: &[&str], package: Option<&str>, target: Option<&str>) -> Option<String> {
    let dir = package.map(directory_of).unwrap_or_default();
    let tests = match target {
        Some(target) => {
            let main = root().join(&dir).join(format!("tests/{target}.rs"));
            if !main.is_file() {
                return Some(format!("there is no {}", main.display()));
            }
            names_of_tests(&root().join(&dir).join("tests"))
        }
        None => names_of_tests(&root().join(&dir).join("src")),
    };
    let flags = ["-p", "--test"].map(|flag| words.iter().position(|word| *word == flag));
    let mut filters = words
        .iter()
        .enumerate()
        .skip(2)
        .filter(|(at, word)| !word.starts_with('-') && !flags.contains(&at.checked_sub(1)));
    let runs = |filter: &str| tests.iter().any(|name| name.contains(filter));
    filters.find(|(_, filter)| !runs(filter)).map(|(_, filter)| format!("{filter} runs no test"))
}

#[test]
fn every_command_that_the_pages_name_can_be_run_and_every_filter_runs_a_test() {
    let mut count = 0;
    let scripts = ["scripts/crash-sweep", "scripts/race-sweep"];
    for name in PAGES.into_iter().chain(scripts) {
        for command in commands(&page(name), name.starts_with("scripts/")) {
            assert_eq!(fault(&command), None, "{name}: {command}");
            count += 1;
        }
    }
    assert!(count > 20, "the pages name only {count} commands");
}

#[test]
fn a_command_that_cannot_be_run_or_runs_no_test_is_found_out() {
    for (command, is_wrong) in [
        ("scripts/demo", false),
        ("scripts/demon", true),
        ("scripts/packaging/examples/crontab now", true),
        ("cargo run --bin task-pause -- --help", false),
        ("cargo run --bin task-pauser -- --help", true),
        ("cargo bench -p maintenance-core", false),
        ("cargo bench -p task-pause", true),
        ("cargo test --test tests contributing::", false),
        ("cargo test --test tests contribution::", true),
        ("cargo test --test test", true),
        ("cargo test -p maintenance-core --lib ledger::line::tests::a_line_with", false),
        ("X=1 cargo test -p maintenance-core --lib ledger::lines::", true),
        ("cargo test -p maintenance-cores", true),
        ("cargo test --locked --test tests -- race:: --nocapture", false),
        ("cargo test --locked --test tests -- races:: --nocapture", true),
    ] {
        assert_eq!(fault(command).is_some(), is_wrong, "{command}: {:?}", fault(command));
    }
}

#[test]
fn a_path_counts_from_the_root_or_from_the_directory_that_the_item_named_last() {
    let there = BTreeSet::from(["a/", "a/b.rs", "c.md"].map(PathBuf::from));
    let item = "In `a/`: `b.rs`, `c.md` and `Name::of`; not `d.rs`, nor `target/x.md`, `--flag`.";
    let found = named(item, &|path| there.contains(path));
    assert_eq!(found.files, ["a/", "a/b.rs", "c.md"].map(PathBuf::from));
    assert_eq!((found.missing, found.names), (vec!["d.rs".into()], vec!["Name::of".into()]));
    let points = items("x\n\nIn `a/`:\n\n- one\n- two\n\ny");
    assert_eq!(points, ["x", "In `a/`:", "In `a/`:\none", "In `a/`:\ntwo", "y"]);
    assert!(has_word("fn of(x)", "of") && !has_word("fn of_it(offer)", "of"));
}

#[test]
fn the_variables_in_the_pages_are_read_by_something() {
    // A script that sets a variable does not read it.
    let reads = |variable: &str| {
        let quoted = format!("\"{variable}\"");
        let expanded = [format!("${variable}"), format!("${{{variable}")];
        text_of(Path::new("tests")).contains(&quoted)
            || text_of(Path::new("crates")).contains(&quoted)
            || expanded.iter().any(|text| text_of(Path::new("scripts")).contains(text))
            || OF_LIBRARIES.contains(&variable)
    };
    // In two parts, so that they are not found here.
    for (name, is_read) in [("SWEEP", true), ("RACES", false), ("SWEEPS", false)] {
        assert_eq!(reads(&format!("CRASH_{name}")), is_read, "{name}");
    }
    let mut count = 0;
    for name in PAGES {
        for command in commands(&page(name), false) {
            for word in command.split(' ').take_while(|word| is_variable(word)) {
                let variable = word.split('=').next().unwrap();
                assert!(reads(variable), "{name}: nothing reads {variable}");
                count += 1;
            }
        }
    }
    assert!(count > 0, "the pages set no variable");
}

#[test]
fn the_page_names_every_program_without_which_a_test_is_skipped() {
    let tests = text_of(Path::new("tests"));
    let page = page("CONTRIBUTING.md");
    // In two parts, so that it is not found here.
    let programs = tests.split(concat!("skip_", "without(\"")).skip(1);
    let programs: BTreeSet<_> = programs.map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(programs.len() > 10, "{programs:?}");
    for program in programs {
        assert!(page.contains(&format!("`{program}`")), "{program} is not named");
    }
}

/// The first step of the checklist names every place.
#[test]
fn every_place_of_the_version_has_that_of_this_build() {
    let version = env!("CARGO_PKG_VERSION");
    let manifest = page("Cargo.toml");
    assert!(manifest.contains(&format!("[workspace.package]\nversion = \"{version}\"\n")));
    let ours = manifest.lines().filter(|line| line.contains("{ path = \"crates/"));
    let ours: Vec<&str> = ours.filter(|line| line.contains("version = ")).collect();
    assert_eq!(ours.len(), 4, "{ours:?}");
    let with_it = format!("version = \"{version}\"");
    assert!(ours.iter().all(|line| line.contains(&with_it)), "{ours:?}");
    for (file, text) in [
        ("scripts/packaging/kubernetes/cronjob.yaml", format!("talend-maintenance:{version}\n")),
        ("scripts/packaging/github-actions/maintenance.yml", format!("-maintenance@{version}\n")),
        ("CHANGELOG.md", format!("\n## {version}")),
    ] {
        assert!(page(file).contains(&text), "{file} has another version than {version}");
    }
}
