//! The generated pages: manual pages that a formatter takes without a word,
//! and completions that work in the real shells.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::util::{TOOLS, skip_without, tool};

/// One generated page of a tool, in a file of its own.
fn page(dir: &TempDir, name: &str, page: &str) -> PathBuf {
    let assert = tool(name).args(["--generate", page]).assert().success();
    let file = dir.path().join(format!("{name}.{page}"));
    fs::write(&file, &assert.get_output().stdout).unwrap();
    file
}

/// Runs a program in an empty environment and returns its stdout; it must say
/// nothing on stderr.
fn quietly(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success() && stderr.is_empty(), "{command:?}: {status}\n{stderr}");
    String::from_utf8(stdout).unwrap()
}

fn shell(program: &str, script: &str, file: &Path) -> String {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", file.parent().unwrap());
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    match program {
        "bash" => command.args(["--norc", "-c", script, "bash"]),
        "zsh" => command.args(["-f", "-c", script, "zsh"]),
        _ => command.args(["--no-config", "-c", script]),
    };
    quietly(command.arg(file))
}

#[test]
fn manual_pages_have_every_section_and_no_complaint() {
    let dir = TempDir::new().unwrap();
    for name in TOOLS {
        let file = page(&dir, name, "man");
        let text = fs::read_to_string(&file).unwrap();
        let sections: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix(".SH "))
            .map(|title| title.trim_matches('"'))
            .collect();
        let wanted = [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "EXIT STATUS",
            "ENVIRONMENT",
            "FILES",
            "EXAMPLES",
            "SEE ALSO",
        ];
        let wanted: Vec<_> =
            wanted.into_iter().filter(|title| *title != "FILES" || name == "task-pause").collect();
        assert_eq!(sections, wanted, "{name}");
        if !skip_without("groff") {
            let shown = quietly(Command::new("groff").args(["-man", "-Tascii", "-ww"]).arg(&file));
            assert!(!shown.contains('`'), "{name}: a back quote is left in\n{shown}");
        }
    }
}

#[test]
fn bash_completes_flags_and_their_values() {
    let dir = TempDir::new().unwrap();
    for name in TOOLS {
        let file = page(&dir, name, "complete-bash");
        let script = r#"
            source "$1"
            tool=$(basename "$1" .complete-bash)
            line=$(complete -p "$tool")
            function=${line#*-F }
            complete_words() {
              COMP_WORDS=("$tool" "$@") COMP_CWORD=$# COMP_LINE="$tool $*" COMP_POINT=${#COMP_LINE}
              "${function%% *}" "$tool" "${@: -1}" "${@: -2:1}"
              printf '%s\n' "${COMPREPLY[@]}"
            }
            complete_words --log-f
            complete_words --generate complete-p
        "#;
        assert_eq!(shell("bash", script, &file), "--log-format\ncomplete-powershell\n", "{name}");
    }
}

#[test]
fn fish_completes_flags_and_their_values() {
    if skip_without("fish") {
        return;
    }
    let dir = TempDir::new().unwrap();
    for name in TOOLS {
        let file = page(&dir, name, "complete-fish");
        let script = format!(
            "source $argv[1]; complete -C '{name} --log-f'; complete -C '{name} --generate complete-p'"
        );
        let shown = shell("fish", &script, &file);
        let found: Vec<_> = shown.lines().map(|line| line.split('\t').next().unwrap()).collect();
        assert_eq!(found, ["--log-format", "complete-powershell"], "{name}");
    }
}

#[test]
fn zsh_loads_the_completion_for_the_tool() {
    if skip_without("zsh") {
        return;
    }
    let dir = TempDir::new().unwrap();
    for name in TOOLS {
        let file = page(&dir, name, "complete-zsh");
        // As installed: a file of the function's name on the search path.
        let functions = dir.path().join(name);
        fs::create_dir(&functions).unwrap();
        fs::copy(&file, functions.join(format!("_{name}"))).unwrap();
        let script = format!(
            "fpath=(${{1:h}}/{name} $fpath); autoload -Uz compinit; compinit -u -D; \
             print $_comps[{name}]; autoload -Uz +X _{name}; \
             print $+functions[_{name}]; zsh -n $1"
        );
        assert_eq!(shell("zsh", &script, &file), format!("_{name}\n1\n"));
    }
}
