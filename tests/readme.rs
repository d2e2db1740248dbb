//! The pages for users: each command in them is run, and prints what they show.
//!
//! A page is played from its top to its end, in one directory. Blocks marked
//! `console` have commands after `$ ` and their output; what `cat` shows is written
//! into the file. Blocks marked `sh` are scripts that must end well. Programs that
//! would change the machine (a scheduler, a cluster, Cargo) are stand-ins which
//! only check that the files they are given exist.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use tmc_standin::{Trigger, World};

use crate::pages::{self, Page};
use crate::support::place::PipelineDir;
use crate::support::runs::minutes;
use crate::support::skip::skip_without;
use crate::support::stub::stub;
use crate::support::tool::{TOOLS, tool};
use crate::words::{WORDS, flags};

/// Commands that other tests, or continuous integration, run: they build things.
const RUN_ELSEWHERE: [&str; 2] = ["scripts/demo", "cargo test --workspace --locked"];

/// Programs that the machine need not have, and must not be changed by.
const STUBS: [&str; 5] = ["cargo", "crontab", "kubectl", "podman", "systemctl"];

const STUB: &str = r"for argument; do
  case ${argument#--from-file=token=} in
    -l) exit 1 ;;
    -) cat >/dev/null ;;
    scripts/* | */*.token) [[ -e ${argument#--from-file=token=} ]] || exit 9 ;;
  esac
done
";

/// The beginning of every script: nothing of the machine and no way out of it, the
/// wrapper with the ledger that it chooses, and a token on stdin, which some commands
/// ask a person for.
const PREPARED: &str = r#"
export HOME=$PWD/home PATH=$PWD/bin:$PATH TALEND_TOKEN_FILE=$PWD/token
export HTTPS_PROXY=http://127.0.0.1:9
unset TALEND_TOKEN
maintenance-sync() { env -u TASK_PAUSE_LEDGER maintenance-sync "$@"; }
exec <token
"#;

/// A code block of a page.
struct Block {
    kind: String,
    text: String,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some(kind) = line.trim_start().strip_prefix("```") {
            inside = !inside;
            if inside {
                blocks.push(Block { kind: kind.to_owned(), text: String::new() });
            }
        } else if inside {
            let block = blocks.last_mut().unwrap();
            block.text.push_str(line);
            block.text.push('\n');
        }
    }
    blocks
}

/// A line after `$ `, and what the page says that it prints.
struct Shown {
    command: String,
    output: String,
}

fn shown(console: &str) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    for line in console.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            all.push(Shown { command: command.to_owned(), output: String::new() });
        } else {
            let last = all.last_mut().expect("a block begins with a command");
            last.output.push_str(line);
            last.output.push('\n');
        }
    }
    all
}

/// The pages of users. What those for contributors name, another test checks.
fn user_pages() -> Vec<Page> {
    let of_users = |page: &Page| page.file.ends_with("README.md");
    let pages: Vec<_> = pages::pages().into_iter().filter(of_users).collect();
    assert!(pages.len() >= 6, "pages are lost");
    pages
}

/// The world that a page is played in: that of the vendor's documentation, of 2022,
/// if its examples are of that year; else one whose task runs every ten minutes.
fn world_of(page: &Page) -> World {
    let mut world = World::documentation_sample();
    if !page.text.contains("--from 2022-") {
        world.clock = None;
        world.tasks[0].triggers = vec![Trigger::cron("0/10 * * * ?", "UTC").named("often")];
    }
    world
}

/// A place with all that a page may take for granted: the tools, the sources'
/// scripts, a token, and a timetable with a window that is open.
fn place_of(page: &Page) -> PipelineDir {
    let place = PipelineDir::with(world_of(page));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for dir in ["home", "bin", "etc", "state"] {
        fs::create_dir(place.path(dir)).unwrap();
    }
    symlink(root.join("scripts"), place.path("scripts")).unwrap();
    symlink(root.join("scripts/maintenance-sync"), place.path("bin/maintenance-sync")).unwrap();
    for name in STUBS {
        stub(&place.path(&format!("bin/{name}")), STUB);
    }
    place.write("token", "sample-personal-access-token\n");
    fs::set_permissions(place.path("token"), fs::Permissions::from_mode(0o600)).unwrap();
    let table = format!("name,start,end\nDatabase upgrade,{},{}\n", minutes(-60), minutes(60));
    place.write("maintenance.csv", &table);
    place
}

/// A pass of the wrapper, which left its ledger and journal.
const PASSED: &str = r#"
ledger=~/.local/state/task-pause/Production.jsonl
runs-fetch --environment Production --to +1d --end-record |
  window-filter --timetable maintenance.csv |
  task-pause --require-end --ledger "$ledger"
task-pause resume --all --ledger "$ledger"
"#;

/// Plays a page, and returns what is wrong with it.
fn faults_of(page: &Page) -> Vec<String> {
    let place = place_of(page);
    if page.text.contains("/Production.jsonl") {
        let passed = place.shell(&format!("{PREPARED}{PASSED}"));
        assert_eq!(passed.code, 0, "{passed:?}");
    }
    let has_jq = !skip_without("jq");
    let mut faults = Vec::new();
    let mut kept = PREPARED.to_owned();
    let mut run = |command: &str, output: Option<&str>, kept: &str| {
        if command.contains("jq ") && !has_jq {
            eprintln!("SKIPPED, for there is no jq here: {command}");
            return;
        }
        let ended = place.shell(&format!("{kept}{}", command.replace("/etc/", "etc/")));
        if ended.code != 0 || output.is_some_and(|output| output != ended.stdout) {
            let (code, stdout, stderr) = (ended.code, &ended.stdout, &ended.stderr);
            faults.push(format!("{command} ended with {code}\n{stdout}{stderr}"));
        }
    };
    for block in blocks(&page.text) {
        match &*block.kind {
            "sh" if RUN_ELSEWHERE.contains(&block.text.trim()) => {}
            "sh" => {
                run(&block.text, None, &kept);
                for line in block.text.lines().filter(|line| line.starts_with("export ")) {
                    kept.push_str(line);
                    kept.push('\n');
                }
            }
            "console" => {
                for Shown { command, output } in shown(&block.text) {
                    if let Some(file) = command.strip_prefix("cat ") {
                        place.write(file, &output);
                    }
                    run(&command, Some(&output), &kept);
                }
            }
            kind => assert_eq!(kind, "csv", "{}", page.file.display()),
        }
    }
    faults
}

#[test]
fn every_command_of_the_pages_works_and_prints_what_is_shown() {
    for page in user_pages() {
        assert_eq!(faults_of(&page), [""; 0], "{}", page.file.display());
    }
}

#[test]
fn a_command_that_fails_or_prints_something_else_is_found_out() {
    let text = "```console\n$ cat a\n1\n$ wc -l a\n2 a\n```\n\
                ```sh\nkubectl apply -f scripts/packaging/kubernetes/cron.yaml\n```\n\
                ```sh\nexport X=1\ntask-pause snyc\n```\n```sh\n[[ $X == 1 ]] | cat\n```\n\
                ```sh\nfalse | cat\nsystemctl enable x\n```\n";
    let faults = faults_of(&Page { file: "README.md".into(), text: text.to_owned() });
    let begins = ["wc -l a", "kubectl apply", "export X=1", "false | cat"];
    assert_eq!(faults.len(), begins.len(), "{faults:?}");
    assert!(faults.iter().zip(begins).all(|(fault, begin)| fault.starts_with(begin)), "{faults:?}");
}

/// The texts in back quotes, where a page has no code block.
fn spans(page: &Page) -> Vec<&str> {
    let lines = pages::prose(&page.text).into_iter();
    lines.flat_map(|(_, line)| line.split('`').skip(1).step_by(2)).collect()
}

/// The flags of a text, without their values.
fn flags_in(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| c.is_whitespace() || c == '=');
    words.filter_map(|word| word.strip_prefix("--")).filter(|flag| !flag.is_empty())
}

#[test]
fn every_flag_that_a_sentence_names_exists_in_that_job() {
    let mut of_any = vec!["help".to_owned(), "version".to_owned()];
    let mut of_jobs = Vec::new();
    for (tool, words) in WORDS {
        for word in [&[""], words].concat() {
            let own = flags(tool, word);
            of_any.extend(own.keys().cloned());
            of_jobs.push((tool, word, own));
        }
    }
    let mut count = 0;
    for page in user_pages() {
        for span in spans(&page) {
            let name = page.file.display();
            let words: Vec<_> = span.split_whitespace().collect();
            let first = words.first().copied().unwrap_or_default();
            if TOOLS.contains(&first) && words.len() > 1 {
                let word = Some(words[1]).filter(|word| !word.starts_with('-')).unwrap_or_default();
                let job = of_jobs.iter().find(|job| (job.0, job.1) == (first, word));
                let (.., own) = job.unwrap_or_else(|| panic!("{name}: no such word: {span}"));
                for flag in flags_in(span) {
                    let of_all = ["help", "version"].contains(&flag);
                    assert!(of_all || own.contains_key(flag), "{name}: no such flag: {span}");
                    count += 1;
                }
            } else if first.starts_with("--") {
                for flag in flags_in(span) {
                    let is_known = of_any.iter().any(|known| known == flag);
                    assert!(is_known || flag == "check", "{name}: no such flag: {span}");
                    count += 1;
                }
            }
        }
    }
    assert!(count > 60, "the pages name only {count} flags");
}

#[test]
fn every_flag_is_named_on_a_page() {
    let pages = user_pages();
    let mut named = BTreeSet::new();
    for page in &pages {
        let text = page.text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        named.extend(text.filter_map(|word| word.strip_prefix("--")));
    }
    for (tool, words) in WORDS {
        for word in [&[""], words].concat() {
            for flag in flags(tool, word).keys() {
                assert!(named.contains(flag.as_str()), "no page names --{flag} of {tool} {word}");
            }
        }
    }
}

#[test]
fn the_timetable_with_a_rule_can_be_read() {
    let page = include_str!("../crates/window-filter/README.md");
    let table = blocks(page).into_iter().find(|block| block.kind == "csv").unwrap().text;
    let place = PipelineDir::sample();
    place.write("table.csv", &table);
    let checked = place.shell("window-filter check --timetable table.csv");
    assert_eq!((checked.code, checked.stdout.as_str()), (0, ""), "{}", checked.stderr);
    let listed = place.shell(
        "window-filter windows --timetable table.csv --from 2026-12-20 --to 2026-12-28 | jq -r .name",
    );
    if !skip_without("jq") {
        assert_eq!(listed.stdout, "Year-end freeze\nPatch Sunday\nPayroll must run\n");
    }
}

#[test]
fn the_readme_is_short_and_has_the_two_commands() {
    let readme = include_str!("../README.md");
    assert!(readme.lines().count() <= 150);
    for command in RUN_ELSEWHERE {
        assert!(readme.contains(&format!("```sh\n{command}\n```")), "{command}");
    }
    // The second one is what continuous integration runs.
    assert!(include_str!("../.ci/run").contains("\nrun cargo test --workspace --locked\n"));
}

/// The numbers of all exit codes, as `exit.rs` has them.
pub(crate) fn exit_codes() -> Vec<&'static str> {
    let source = include_str!("../crates/core/src/exit.rs");
    let (_, variants) = source.split_once("pub enum Exit {").unwrap();
    let (variants, _) = variants.split_once("\n}\n").unwrap();
    let numbered = variants.lines().filter(|line| !line.trim_start().starts_with("//"));
    numbered.filter_map(|line| Some(line.strip_suffix(',')?.split_once(" = ")?.1)).collect()
}

/// The tables of exit codes and of actions are those of the program.
#[test]
fn the_page_of_records_has_every_exit_code_and_every_action() {
    let page = include_str!("../crates/core/README.md");
    let mut never_reported: BTreeSet<&str> = exit_codes().into_iter().collect();
    assert_eq!(never_reported.len(), exit_codes().len(), "each has a number of its own");
    for name in TOOLS {
        let help = tool(name).arg("--help").output().unwrap().stdout;
        let help = String::from_utf8(help).unwrap();
        let (_, codes) = help.split_once("Exit codes:\n").unwrap();
        for code in codes.lines().map(|line| line.split_whitespace().next().unwrap()) {
            let row = |line: &str| {
                let cell = line.split('|').nth(1).unwrap_or_default();
                line.starts_with('|') && cell.split(',').any(|one| one.trim() == code)
            };
            assert!(page.lines().any(row), "exit code {code} of {name}");
            never_reported.remove(code);
        }
    }
    assert!(never_reported.is_empty(), "no help names {never_reported:?}");
    let source = include_str!("../crates/task-pause/src/types/receipt.rs");
    let (_, actions) = source.split_once("pub(crate) enum Action {").unwrap();
    let (actions, _) = actions.split_once("\n}").unwrap();
    let lines = actions.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut count = 0;
    for action in lines.filter(|line| !line.starts_with("//")) {
        let action = action.trim_end_matches(',').to_lowercase();
        assert!(page.contains(&format!("\n| `{action}` | ")), "{action}");
        count += 1;
    }
    assert_eq!(count, 10);
}
