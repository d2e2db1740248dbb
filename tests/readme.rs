//! The README's console blocks: what it shows is what the tools print.

use crate::support::place::Place;
use crate::support::skip::skip_without;

/// A line after `$ `, and what the README says that it prints.
struct Shown {
    command: String,
    output: String,
}

/// The commands of all blocks that are marked `console`.
fn shown() -> Vec<Shown> {
    let readme = include_str!("../README.md");
    let mut all: Vec<Shown> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside {
            if let Some(command) = line.strip_prefix("$ ") {
                all.push(Shown { command: command.to_owned(), output: String::new() });
            } else {
                let last = all.last_mut().expect("a block begins with a command");
                if last.command.ends_with('\\') && last.output.is_empty() {
                    last.command.pop();
                    last.command.push_str(line.trim_start_matches("> "));
                } else {
                    last.output.push_str(line);
                    last.output.push('\n');
                }
            }
        }
    }
    all
}

#[test]
fn every_console_block_prints_what_it_shows() {
    let place = Place::sample();
    let has_jq = !skip_without("jq");
    let mut run = 0;
    for Shown { command, output } in shown() {
        if let Some(file) = command.strip_prefix("cat ") {
            place.write(file, &output);
        }
        if command.contains("jq ") && !has_jq {
            eprintln!("skipped, for there is no jq here: {command}");
            continue;
        }
        let ended = place.shell(&command);
        assert_eq!(ended.stdout, output, "$ {command}\n{}", ended.stderr);
        assert_eq!(ended.code, 0, "$ {command}\n{}", ended.stderr);
        run += 1;
    }
    assert!(run >= 3, "the README has lost its examples");
}

#[test]
fn the_timetable_it_shows_can_be_read() {
    let readme = include_str!("../README.md");
    let (_, rest) = readme.split_once("```csv\n").unwrap();
    let (table, _) = rest.split_once("```").unwrap();
    let place = Place::sample();
    place.write("table.csv", table);
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
fn the_two_commands_stand_in_the_readme() {
    let readme = include_str!("../README.md");
    for command in ["scripts/demo", "cargo test --workspace --locked"] {
        assert!(readme.contains(&format!("```sh\n{command}\n```")), "{command}");
    }
    // The second one is what continuous integration runs.
    assert!(include_str!("../.ci/run").contains("\nrun cargo test --workspace --locked\n"));
}
