//! What scripts depend on in all three tools alike.

use crate::util::{TOOLS, tool};

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
