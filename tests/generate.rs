//! The generated pages: manual pages that a formatter takes without a word,
//! and completions that work in the real shells.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::skip::skip_without;
use crate::support::tool::{TOOLS, tool};
use crate::words::{WORDS, flags};

/// One generated page of a tool, in a file of its own.
fn page(dir: &TempDir, name: &str, page: &str) -> PathBuf {
    let variables = ["TASK_PAUSE_LEDGER", "TALEND_ENVIRONMENT", "TALEND_REGION", "TALEND_TOKEN"];
    let mut command = tool(name);
    command.envs(variables.map(|name| (name, "set")));
    let assert = command.args(["--generate", page]).assert().success();
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
            "WORDS",
            "EXIT STATUS",
            "ENVIRONMENT",
            "FILES",
            "EXAMPLES",
            "SEE ALSO",
        ];
        let mut wanted = wanted.to_vec();
        wanted.retain(|title| *title != "FILES" || name == "task-pause");
        assert_eq!(sections, wanted, "{name}");
        let required = match name {
            "runs-fetch" => "\\fBruns\\-fetch\\fR [OPTIONS] \\-\\-to <TIME>",
            "window-filter" => "\\fBwindow\\-filter check\\fR [OPTIONS] \\-\\-timetable <FILE>",
            _ => "\\fBtask\\-pause recover\\fR [OPTIONS] \\-\\-environment <ID|NAME>",
        };
        assert!(text.contains(required), "{name}: {required}");
        let variable = if name == "task-pause" { "TASK_PAUSE_LEDGER" } else { "" };
        assert!(variable.is_empty() || text.contains(&format!("[env: {variable}]")), "{variable}");
        if !skip_without("groff") {
            let shown = quietly(Command::new("groff").args(["-man", "-Tascii", "-ww"]).arg(&file));
            assert!(!shown.contains('`'), "{name}: a back quote is left in\n{shown}");
        }
    }
}

/// The pages of crates that are manual pages, and what is left of their Markdown.
// README: are also manual pages
#[test]
fn pages_of_the_crates_are_manual_pages_too() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = TempDir::new().unwrap();
    let script = root.join("scripts/packaging/man-page");
    let made = [
        ("window-filter", "maintenance-timetable", "5"),
        ("core", "maintenance-records", "5"),
        ("task-pause", "maintenance-operation", "7"),
    ];
    for (of, name, section) in made {
        let source = root.join("crates").join(of).join("README.md");
        let mut naming = Command::new(&script);
        let named = quietly(naming.arg("--name").arg(&source));
        assert_eq!(named, format!("{name}.{section}\n"));
        let mut making = Command::new(&script);
        let page = quietly(making.arg(&source).arg("1.2.3"));
        let escaped = name.replace('-', "\\-");
        let head = format!(".TH {escaped} {section} \" \" \"talend-maintenance 1.2.3\"");
        assert!(page.starts_with(&head), "{page}");
        let source = fs::read_to_string(&source).unwrap();
        let (_, source) = source.split_once(&format!("<!-- {name}({section}): ")).unwrap();
        for title in source.lines().filter_map(|line| line.strip_prefix("## ")) {
            let title = title.to_uppercase().replace('-', "\\-");
            let title = title.replace('\'', "\\(aq");
            assert!(page.contains(&format!("\n.SH \"{title}\"\n")), "{name}: {title}");
        }
        for markdown in ["](", "**", "`", "|--", "\n#", "<!--"] {
            let lines = page.lines().filter(|line| !line.starts_with("\\fB$ "));
            let text = lines.collect::<Vec<_>>().join("\n");
            assert!(!text.contains(markdown), "{name}: {markdown} is left");
        }
        if !skip_without("groff") {
            let file = dir.path().join(name);
            fs::write(&file, &page).unwrap();
            quietly(Command::new("groff").args(["-k", "-man", "-Tutf8", "-ww"]).arg(&file));
        }
    }
}

// README: completions for bash, zsh, fish and PowerShell
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
        let tail = script.find("complete_words --log-f").unwrap();
        let (mut script, flags) = (script[..tail].to_owned(), flags_behind_words(name));
        for (word, flag) in &flags {
            writeln!(script, "complete_words {word} {flag} | grep -xe {flag}").unwrap();
        }
        let offered: Vec<_> = flags.into_iter().map(|(_, flag)| flag).collect();
        let shown = shell("bash", &script, &file);
        assert_eq!(shown.lines().collect::<Vec<_>>(), offered, "{name}");
    }
}

/// Jobs with a flag and the begin of its value, and the values that are offered.
const OFFERED: [(&str, &str, &str); 8] = [
    ("window-filter", "--timezone Europe/Pari", "Europe/Paris"),
    ("window-filter", "windows --timezone Europe/Pari", "Europe/Paris"),
    ("task-pause", "status --timezone UT", "UTC"),
    ("window-filter", "--before 15", "15m"),
    ("task-pause", "--drain 30", "30m"),
    ("runs-fetch", "--to +7", "+7d"),
    ("runs-fetch", "tasks --region us-", "us-west"),
    ("window-filter", "suggest --length 12", "12h"),
];

/// The same of flags that take no file, and have nothing to offer.
const NOT_OFFERED: [(&str, &str); 4] = [
    ("window-filter", "--title fi"),
    ("window-filter", "--category fi"),
    ("task-pause", "--reason fi"),
    ("runs-fetch", "--tag fi"),
];

#[test]
fn bash_completes_zones_and_durations_and_offers_files_only_where_one_is_taken() {
    let dir = TempDir::new().unwrap();
    for name in ["file-a", "15m-file", "Europe"] {
        fs::write(dir.path().join(name), "").unwrap();
    }
    let offered = |name: &str, words: &str| {
        let file = page(&dir, name, "complete-bash");
        let script = format!(
            r#"
            source "$1"; cd "${{1%/*}}"
            line=$(complete -p {name})
            function=${{line#*-F }}
            set -- {words}
            COMP_WORDS=({name} "$@") COMP_CWORD=$# COMP_LINE="{name} $*" COMP_POINT=${{#COMP_LINE}}
            "${{function%% *}}" {name} "${{@: -1}}" "${{@: -2:1}}" 2>/dev/null
            printf '%s\n' "${{COMPREPLY[@]}}"
            "#
        );
        shell("bash", &script, &file)
    };
    for (name, words, expected) in OFFERED {
        assert_eq!(offered(name, words), format!("{expected}\n"), "{name} {words}");
    }
    for (name, words) in NOT_OFFERED {
        assert_eq!(offered(name, words), "fi\n", "{name} {words}");
    }
    assert_eq!(offered("window-filter", "--timetable fi"), "file-a\n");
}

#[test]
fn fish_completes_zones_and_durations_and_offers_files_only_where_one_is_taken() {
    if skip_without("fish") {
        return;
    }
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("file-a"), "").unwrap();
    let offered = |name: &str, words: &str| {
        let file = page(&dir, name, "complete-fish");
        let script =
            format!("source $argv[1]; cd (dirname $argv[1]); complete -C '{name} {words}'");
        let shown = shell("fish", &script, &file);
        let values = shown.lines().map(|line| line.split('\t').next().unwrap().to_owned());
        values.collect::<Vec<_>>()
    };
    for (name, words, expected) in OFFERED {
        assert_eq!(offered(name, words), [expected], "{name} {words}");
    }
    for (name, words) in NOT_OFFERED {
        assert_eq!(offered(name, words), Vec::<String>::new(), "{name} {words}");
    }
    assert_eq!(offered("window-filter", "--timetable fi"), ["file-a"]);
}

/// Every flag of every word of a tool, with its word.
fn flags_behind_words(name: &str) -> Vec<(&'static str, String)> {
    let (_, words) = WORDS.iter().find(|(tool, _)| *tool == name).unwrap();
    let all = words.iter().flat_map(|word| {
        flags(name, word).into_keys().map(move |flag| (*word, format!("--{flag}")))
    });
    let all: Vec<_> = all.collect();
    assert!(all.len() > words.len(), "{name}: {all:?}");
    all
}

// README: completions for bash, zsh, fish and PowerShell
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
        let flags = flags_behind_words(name);
        let mut script = "source $argv[1]".to_owned();
        for (word, flag) in &flags {
            write!(script, "; echo == {word} {flag}; complete -C '{name} {word} {flag}'").unwrap();
        }
        let shown = shell("fish", &script, &file);
        let shown: Vec<_> = shown.split("== ").skip(1).collect();
        assert_eq!(shown.len(), flags.len(), "{name}: {shown:?}");
        for ((word, flag), shown) in flags.into_iter().zip(shown) {
            let mut found = shown.lines().map(|line| line.split('\t').next().unwrap());
            assert_eq!(found.next(), Some(&*format!("{word} {flag}")), "{name}");
            assert!(found.any(|offer| offer == flag), "{name} {word} {flag}: {shown}");
        }
    }
}

// README: completions for bash, zsh, fish and PowerShell
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

/// The four arguments of a `[CompletionResult]::new(…)`; the strings without
/// their quotes.
fn completion(line: &str) -> Option<Vec<String>> {
    let mut rest = line.trim().strip_prefix("[CompletionResult]::new(")?.strip_suffix(')')?;
    let mut arguments = Vec::new();
    while !rest.is_empty() {
        let (argument, after) = if let Some(quoted) = rest.strip_prefix('\'') {
            // A quote in a string is written twice.
            let ends = |(at, _): &(usize, char)| {
                let quotes = quoted[*at..].bytes().take_while(|byte| *byte == b'\'').count();
                quotes % 2 == 1 && !quoted[..*at].ends_with('\'')
            };
            let (end, _) = quoted.char_indices().filter(|(_, c)| *c == '\'').find(ends)?;
            let doubled = quoted[end..].bytes().take_while(|byte| *byte == b'\'').count() - 1;
            (quoted[..end + doubled].replace("\'\'", "\'"), &quoted[end + doubled + 1..])
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            (rest[..end].to_owned(), &rest[end..])
        };
        arguments.push(argument);
        rest = after.strip_prefix(", ").unwrap_or(after);
    }
    (arguments.len() == 4).then_some(arguments)
}

/// No registry that the tests may use has a real PowerShell.
// README: completions for bash, zsh, fish and PowerShell
#[test]
fn powershell_is_offered_every_flag_in_a_script_that_its_grammar_knows() {
    let dir = TempDir::new().unwrap();
    for name in TOOLS {
        let file = page(&dir, name, "complete-powershell");
        let script = fs::read_to_string(&file).unwrap();
        let register = format!("Register-ArgumentCompleter -Native -CommandName '{name}'");
        assert!(script.contains(&register), "{script}");
        let offers: Vec<_> = script
            .lines()
            .filter(|line| line.contains("[CompletionResult]::new("))
            .map(|line| completion(line).unwrap_or_else(|| panic!("{name}: {line}")))
            .collect();
        let help = tool(name).arg("--help").output().unwrap().stdout;
        let help = String::from_utf8(help).unwrap();
        let flags = help.lines().filter_map(|line| {
            let line = line.trim_start();
            line.starts_with('-')
                .then(|| line.split_whitespace().find(|word| word.starts_with("--")))?
        });
        let mut count = 0;
        for flag in flags.map(|flag| flag.trim_end_matches("...")) {
            let is_offer = |offer: &&Vec<String>| {
                offer[0] == flag && offer[2] == "[CompletionResultType]::ParameterName"
            };
            let offer = offers.iter().find(is_offer);
            assert!(offer.is_some_and(|offer| !offer[3].is_empty()), "{name}: {flag}");
            count += 1;
        }
        assert!(count >= 7, "{help}");

        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/validators/bin/python");
        if !python.is_file() {
            eprintln!("SKIPPED: PowerShell's grammar is not installed");
            continue;
        }
        let parse = "import sys, tree_sitter as t, tree_sitter_pwsh as p\n\
                     parser = t.Parser(t.Language(p.language()))\n\
                     print(parser.parse(open(sys.argv[1], 'rb').read()).root_node.has_error)";
        let has_error = |file: &Path| quietly(Command::new(&python).args(["-c", parse]).arg(file));
        assert_eq!(has_error(&file), "False\n", "{name}");
        // A script that is broken is found out.
        fs::write(&file, script.replace("} |", "|")).unwrap();
        assert_eq!(has_error(&file), "True\n", "{name}");
    }
}

#[test]
fn an_argument_of_powershell_is_read_as_it_is_quoted() {
    let read = |line: &str| completion(&format!("  [CompletionResult]::new({line})"));
    let four = ["--a", "--a", "[T]::P", "it's, 'a' text"].map(str::to_owned).to_vec();
    assert_eq!(read("'--a', '--a', [T]::P, 'it''s, ''a'' text'"), Some(four));
    assert_eq!(read("'--a', '--a', [T]::P, 'it's'"), None);
    assert_eq!(read("'--a', '--a', [T]::P"), None);
}
