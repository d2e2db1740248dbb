//! The words of the tools: each job takes its own flags and no other, and says
//! whose flag it was.

use std::collections::BTreeMap;

use crate::support::scene::Scene;
use crate::support::tool::{TOOLS, tool};

/// The words of every tool.
pub(crate) const WORDS: [(&str, &[&str]); 3] = [
    ("runs-fetch", &["check", "environments", "workspaces", "tasks", "plans"]),
    ("window-filter", &["check", "windows", "suggest"]),
    (
        "task-pause",
        &["wait", "sync", "resume", "status", "history", "coverage", "recover", "check"],
    ),
];

fn words(tool: &str) -> &'static [&'static str] {
    WORDS.iter().find(|(name, _)| *name == tool).unwrap().1
}

/// The long help of a job; an empty word is the job without one.
fn help(name: &str, word: &str) -> String {
    let word = Some(word).filter(|word| !word.is_empty());
    let help = tool(name).args(word).arg("--help").assert().success();
    String::from_utf8(help.get_output().stdout.clone()).unwrap()
}

/// The long flags of a job, each with whether it takes a value. Those that clap
/// adds are none of a job.
pub(crate) fn flags(name: &str, word: &str) -> BTreeMap<String, bool> {
    let help = help(name, word);
    let (_, options) = help.split_once("\nOptions:\n").unwrap();
    let lines = options.lines().filter(|line| line.trim_start().starts_with('-'));
    lines
        .filter(|line| line.len() - line.trim_start().len() <= 6)
        .filter_map(|line| line.split_once("--"))
        .map(|(_, flag)| {
            let end = flag.find([' ', '=', '.', '[']).unwrap_or(flag.len());
            (flag[..end].to_owned(), flag[end..].starts_with(" <"))
        })
        .filter(|(flag, _)| !matches!(flag.as_str(), "help" | "version"))
        .collect()
}

/// The jobs of a tool, the one without a word first.
fn jobs(name: &str) -> Vec<&'static str> {
    [&[""], words(name)].concat()
}

#[test]
fn a_flag_that_a_job_does_not_have_is_refused_and_nothing_is_done() {
    let scene = Scene::new();
    let mut refused = 0;
    for name in TOOLS {
        let of: Vec<_> = jobs(name).into_iter().map(|word| (word, flags(name, word))).collect();
        for (word, own) in &of {
            // Of several jobs that have a flag, one: the refusal is the same.
            let others: BTreeMap<_, _> = of.iter().flat_map(|(_, flags)| flags).collect();
            let others = others.into_iter().filter(|(flag, _)| !own.contains_key(*flag));
            for (flag, takes_value) in others {
                let mut command = tool(name);
                command.envs(scene.connection()).args(Some(word).filter(|word| !word.is_empty()));
                command.arg(format!("--{flag}")).args(takes_value.then_some("1"));
                let output = command.write_stdin("").output().unwrap();
                let stderr = String::from_utf8(output.stderr).unwrap();
                let case = format!("{name} {word} --{flag}: {stderr}");
                assert_eq!(output.status.code(), Some(2), "{case}");
                assert!(output.stdout.is_empty(), "{case}");
                let is_word = words(name).contains(&flag.as_str());
                let tip = if is_word { " is a word: " } else { " is a flag of: " };
                assert!(stderr.contains(tip), "{case}");
                refused += 1;
            }
        }
    }
    assert!(refused > 150, "{refused}");
    assert!(scene.standin.requests().is_empty(), "{}", scene.story());
    assert!(!scene.ledger().exists());
}

#[test]
fn a_flag_before_a_word_is_refused_and_the_word_keeps_its_meaning() {
    let scene = Scene::new();
    for name in TOOLS {
        for word in words(name) {
            for flags in [&["--quiet"][..], &["--color", "never"], &["--verbose", "--quiet"]] {
                let mut command = tool(name);
                command.envs(scene.connection()).args(flags).arg(word);
                let output = command.write_stdin("").output().unwrap();
                let stderr = String::from_utf8(output.stderr).unwrap();
                assert_eq!(output.status.code(), Some(2), "{name} {flags:?} {word}: {stderr}");
                let tip = format!("a word stands before its flags: {name} {word}");
                assert!(stderr.contains(&tip), "{name} {flags:?} {word}: {stderr}");
            }
        }
    }
    assert!(scene.standin.requests().is_empty(), "{}", scene.story());
    assert!(!scene.ledger().exists());
}

#[test]
fn a_flag_before_a_word_that_does_not_have_it_is_named() {
    for (name, line, missing) in [
        ("runs-fetch", &["--tag", "x", "tasks"][..], Some("--tag")),
        ("runs-fetch", &["--tag=x", "--names", "plans"], Some("--tag, --names")),
        ("runs-fetch", &["--environment", "x", "tasks"], None),
        ("window-filter", &["-v", "windows"], Some("--invert-match")),
        ("window-filter", &["--timezone", "UTC", "--threads", "2", "check"], Some("--threads")),
        ("task-pause", &["--max-tasks", "3", "status"], Some("--max-tasks")),
        ("task-pause", &["--lead", "1m", "--ledger", "x", "status"], Some("--lead")),
    ] {
        let output = tool(name).args(line).write_stdin("").output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{name} {line:?}: {stderr}");
        let word = line.last().unwrap();
        let tip = format!("a word stands before its flags: {name} {word} ...");
        let tip =
            missing.map_or(format!("{tip}\n"), |it| format!("{tip}; it does not have {it}\n"));
        assert!(stderr.contains(&tip), "{name} {line:?}: {stderr}");
    }
}

#[test]
fn a_flag_with_the_name_of_a_word_is_refused_and_names_the_word() {
    for (name, words) in WORDS {
        for word in words {
            let output = tool(name).arg(format!("--{word}")).output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{name} --{word}: {stderr}");
            let tip = format!("'{word}' is a word: {name} {word}");
            assert!(stderr.contains(&tip), "{name} --{word}: {stderr}");
        }
    }
    for name in ["runs-fetch", "window-filter"] {
        for flag in ["--list", "--list=tasks"] {
            assert_names_the_words(name, &[flag]);
        }
    }
}

/// The call is a usage error that lists the words of the tool, and none that
/// speaks of anything but words.
fn assert_names_the_words(name: &str, args: &[&str]) {
    let output = tool(name).args(args).write_stdin("").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let case = format!("{name} {args:?}: {stderr}");
    assert_eq!(output.status.code(), Some(2), "{case}");
    let list = format!("the words are: {}", words(name).join(", "));
    assert!(stderr.contains(&list) && !stderr.contains("subcommand"), "{case}");
}

#[test]
fn a_word_that_no_tool_has_is_refused() {
    for name in TOOLS {
        for args in [&["snyc"][..], &["--quiet", "snyc"], &["help"], &["chronicle"], &["propose"]] {
            assert_names_the_words(name, args);
        }
        let json = ["--log-format", "json"];
        let output = tool(name).arg("help").args(json).output().unwrap();
        let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!(error["message"], "unrecognized word 'help'");
        assert_eq!(error["hint"], format!("the words are: {}", words(name).join(", ")));
    }
    let stderr = tool("task-pause").arg("snyc").output().unwrap().stderr;
    assert!(String::from_utf8(stderr).unwrap().contains("did you mean 'sync'?"));
}

// README: A word behind the name of a tool chooses another job of it
#[test]
fn the_help_of_a_tool_lists_its_words_and_that_of_each_has_an_example() {
    for name in TOOLS {
        let main = help(name, "");
        let (_, list) = main.split_once("\nWords:\n").unwrap();
        let (list, _) = list.split_once("\n\n").unwrap();
        let listed: Vec<_> =
            list.lines().map(|line| line.split_whitespace().next().unwrap()).collect();
        assert_eq!(listed, words(name), "{main}");
        for word in words(name) {
            let help = help(name, word);
            assert!(help.contains(&format!("Usage: {name} {word} ")), "{help}");
            let (_, examples) = help.split_once("\nExamples:\n").unwrap();
            assert!(examples.contains(&format!("{name} {word}")), "{help}");
            assert!(examples.ends_with(&format!("see `{name} --help`\n")), "{help}");
            let widest = help.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(100), "{name} {word}: {widest:?}\n{help}");
        }
    }
}

/// The flags that a generated page has for one word, without their explanations, which
/// may name other flags; `None` if it has nothing about the word.
fn flags_of_page(kind: &str, page: &str, name: &str, word: &str) -> Option<String> {
    let (dashes, underscores) = (name.replace('-', "__"), name.replace('-', "_"));
    // A flag stands before its explanation, which begins so.
    let (begin, end, explanation) = match kind {
        "man" => (format!(".SS \"{name} {word}\"\n"), "\n.S", "] "),
        "complete-bash" => (format!("  {dashes}__subcmd__{word})\n"), "\n            if ", "\n"),
        "complete-zsh" => (format!("({word})\n_arguments"), "\n;;\n", "["),
        "complete-powershell" => (format!("'{name};{word}' {{\n"), "\n            break\n", "', "),
        _ => (format!("__fish_{underscores}_using_subcommand {word}\" "), "\n\n", " -d "),
    };
    let lines: Vec<&str> = match kind {
        "complete-fish" => page.lines().filter(|line| line.contains(&begin)).collect(),
        _ => page.split_once(&begin)?.1.split(end).next()?.lines().collect(),
    };
    let is_flag =
        |line: &&str| kind != "man" || line.starts_with("\\fB-") || line.starts_with("As above: ");
    let flags = lines.into_iter().filter(is_flag).map(|line| line.split(explanation).next());
    let flags: Vec<&str> = flags.flatten().collect();
    (!flags.is_empty()).then(|| flags.join("\n").replace(" -l ", " --") + "\n")
}

/// Whether a text has that long flag, and not only a longer one.
fn has_flag(text: &str, flag: &str) -> bool {
    let flag = format!("--{flag}");
    let is_end = |c: char| !c.is_ascii_alphanumeric() && c != '-';
    text.match_indices(&flag).any(|(at, _)| text[at + flag.len()..].starts_with(is_end))
}

#[test]
fn pages_have_every_word_and_every_flag_of_it() {
    for name in TOOLS {
        for kind in ["man", "complete-bash", "complete-zsh", "complete-fish", "complete-powershell"]
        {
            let page = tool(name).args(["--generate", kind]).assert().success();
            let page = String::from_utf8(page.get_output().stdout.clone()).unwrap();
            let page = page.replace("\\-", "-");
            for word in words(name) {
                let part = flags_of_page(kind, &page, name, word);
                let part = part.unwrap_or_else(|| panic!("{kind} of {name}: nothing on {word}"));
                let missing: Vec<String> =
                    flags(name, word).into_keys().filter(|flag| !has_flag(&part, flag)).collect();
                assert_eq!(missing, Vec::<String>::new(), "{kind} of {name}: {word}\n{part}");
            }
        }
    }
}
