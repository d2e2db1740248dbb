//! The promises to scripts that all three tools make alike.

use crate::support::tool::{TOOLS, tool};

#[test]
fn version_and_help_of_every_tool() {
    for name in TOOLS {
        let version = tool(name).arg("--version").assert().success();
        let version = String::from_utf8(version.get_output().stdout.clone()).unwrap();
        assert!(version.starts_with(&format!("{name} {}", env!("CARGO_PKG_VERSION"))), "{version}");
        for help in ["-h", "--help"] {
            let help = tool(name).arg(help).assert().success();
            let help = String::from_utf8(help.get_output().stdout.clone()).unwrap();
            assert!(help.contains(&format!("Usage: {name}")), "{help}");
            assert!(help.contains("--log-format"), "{help}");
        }
    }
}

/// The help's flags in their order, each with what says what it does: on its
/// own line behind a gap, or indented below.
fn flags(help: &str) -> Vec<(&str, &str)> {
    let lines: Vec<_> = help.lines().collect();
    let is_flag = |line: &str| {
        let indent = line.len() - line.trim_start().len();
        let line = line.trim_start();
        let starts =
            line.starts_with("--") || line.starts_with('-') && line.get(2..4) == Some(", ");
        (1..=6).contains(&indent) && starts
    };
    let flags = lines.iter().enumerate().filter(|(_, line)| is_flag(line));
    flags
        .map(|(number, line)| {
            let (_, flag) = line.split_once("--").unwrap();
            let end = flag.find([' ', '=', '.', '[']).unwrap_or(flag.len());
            let below = lines.get(number + 1).filter(|line| line.starts_with("          "));
            let beside = line.trim_start().split_once("  ").map(|(_, text)| text.trim());
            (&flag[..end], beside.or(below.map(|line| line.trim())).unwrap_or_default())
        })
        .collect()
}

#[test]
fn short_help_is_short_and_long_help_has_it_all() {
    for name in TOOLS {
        let help = |flag: &str| {
            let help = tool(name).arg(flag).assert().success().get_output().stdout.clone();
            String::from_utf8(help).unwrap()
        };
        let (short, long) = (help("-h"), help("--help"));
        let (in_short, in_long) = (flags(&short), flags(&long));
        let name_of = |(flag, _): &(&str, &str)| (*flag).to_owned();
        assert_eq!(
            in_short.iter().map(name_of).collect::<Vec<_>>(),
            in_long.iter().map(name_of).collect::<Vec<_>>(),
            "{name}"
        );
        for (flag, says) in in_short.iter().chain(&in_long) {
            assert!(says.contains(' '), "{name}: --{flag} is not explained: {says:?}");
        }
        assert!(2 * short.lines().count() < long.lines().count(), "{name}");
        for help in [&short, &long] {
            let widest = help.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(100), "{name}: {widest:?}\n{help}");
        }
        assert!(short.ends_with("--help shows more, with examples and exit codes.\n"), "{short}");
        assert!(!short.contains("Examples:"), "{short}");
        let (_, end) = long.split_once("\nExamples:\n").unwrap();
        let (examples, exits) = end.split_once("\nExit codes:\n").unwrap();
        assert!(examples.contains(name), "{examples}");
        let codes: Vec<u8> = exits
            .lines()
            .map(|line| line.split_whitespace().next().unwrap().parse().unwrap())
            .collect();
        assert!(codes.starts_with(&[0, 1, 2, 65]) || codes.starts_with(&[0, 2]), "{codes:?}");
        assert!(codes.is_sorted() && codes.ends_with(&[130, 143]), "{codes:?}");
    }
}

#[test]
fn a_flag_that_does_not_exist_is_a_usage_error() {
    for name in TOOLS {
        let assert = tool(name).arg("--no-such-flag").assert().code(2);
        let output = assert.get_output();
        assert_eq!(output.stdout, b"");
        assert!(String::from_utf8_lossy(&output.stderr).contains("--no-such-flag"));
    }
}

#[test]
fn an_error_is_one_object_where_json_is_asked_for() {
    for name in TOOLS {
        for flags in [&["--log-format", "json", "--no-such-flag"][..], &["--log-format=json", "x"]]
        {
            let assert = tool(name).args(flags).assert().code(2).stdout("");
            let stderr = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
            let error: serde_json::Value = serde_json::from_str(&stderr).unwrap();
            assert_eq!((&error["code"], &error["retryable"]), (&"usage".into(), &false.into()));
            assert!(error["message"].as_str().unwrap().contains(flags[flags.len() - 1]), "{error}");
        }
    }
}

// README: `--help` explains every flag
#[test]
fn generated_pages_name_every_flag() {
    for name in TOOLS {
        let help = tool(name).arg("--help").output().unwrap().stdout;
        let help = String::from_utf8(help).unwrap();
        let flags: Vec<_> = help
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix('-'))
            // A list of a flag's values has a space there.
            .filter(|line| !line.starts_with(' '))
            .filter_map(|line| line.split("--").nth(1).or(line.strip_prefix('-')))
            .map(|flag| flag.split([' ', '=', '.', '[', ',']).next().unwrap().to_owned())
            .collect();
        assert!(flags.len() >= 7, "{flags:?}");
        for page in ["complete-bash", "complete-zsh", "complete-fish", "complete-powershell", "man"]
        {
            let page = tool(name).args(["--generate", page]).assert().success();
            let page = String::from_utf8(page.get_output().stdout.clone()).unwrap();
            let page = page.replace("\\-", "-");
            for flag in &flags {
                assert!(page.contains(flag.as_str()), "{name}: {flag} is missing in\n{page}");
            }
        }
    }
}
