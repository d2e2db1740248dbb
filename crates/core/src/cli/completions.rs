//! Completions for the shells, with what the generator gets wrong put right.

use clap::builder::PossibleValuesParser;
use clap::{Arg, Command, ValueHint};
use clap_complete::Shell;

use crate::client::KNOWN_REGIONS;
use crate::zone::ZoneTable;

/// Durations that are often meant.
const DURATIONS: [&str; 8] = ["5m", "15m", "30m", "1h", "2h", "4h", "12h", "1d"];

/// Times that are often meant.
const TIMES: [&str; 8] = ["now", "+1h", "+12h", "+1d", "+7d", "+30d", "+90d", "-1d"];

/// The completions of a tool, for a shell.
pub(super) fn completions(shell: Shell, mut command: Command) -> Vec<u8> {
    let zones: Vec<&'static str> =
        ZoneTable::bundled().places().into_iter().map(|name| &*name.leak()).collect();
    command = with_hints(command, &zones);
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut text);
    match shell {
        Shell::Bash => with_words(&String::from_utf8_lossy(&text), command.get_name()),
        Shell::Fish => with_values(&String::from_utf8_lossy(&text)),
        _ => text,
    }
}

/// The command with the values that its flags may have, and those of its words. A flag
/// that takes no file offers none.
fn with_hints(command: Command, zones: &[&'static str]) -> Command {
    command
        .mut_args(|arg| with_values_of(arg, zones))
        .mut_subcommands(|word| with_hints(word, zones))
}

fn with_values_of(arg: Arg, zones: &[&'static str]) -> Arg {
    let kind = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let Some(kind) = kind.filter(|_| arg.get_action().takes_values()) else { return arg };
    if !arg.get_possible_values().is_empty() {
        return arg;
    }
    let values: &[&'static str] = match kind.as_str() {
        "ZONE" => zones,
        "DURATION" => &DURATIONS,
        "TIME" => &TIMES,
        "REGION" => &KNOWN_REGIONS,
        "FILE" => return arg.value_hint(ValueHint::FilePath),
        "WHERE" => return arg.value_hint(ValueHint::AnyPath),
        _ => return arg.value_hint(ValueHint::Other),
    };
    // A default need not be among them.
    let arg = arg.default_value(None::<&str>);
    arg.value_parser(PossibleValuesParser::new(values.iter().copied()))
}

/// The bash script, in which the flags behind a word are completed, too: as
/// generated, it sets one name for the job of a word and looks for another, if
/// the name of the tool has a hyphen.
fn with_words(script: &str, tool: &str) -> Vec<u8> {
    let wanted = format!("{}__subcmd__", tool.replace('-', "__subcmd__"));
    let set = format!("{}__subcmd__", tool.replace('-', "__"));
    script.replace(&wanted, &set).into_bytes()
}

/// The fish script, in which the value of a flag before any word is completed,
/// too: as generated, it gives up on a command line whose last flag has no value
/// yet.
fn with_values(script: &str) -> Vec<u8> {
    let mut text = String::with_capacity(script.len());
    let mut lines = script.lines().peekable();
    while let Some(line) = lines.next() {
        text.push_str(line);
        text.push('\n');
        let is_parsing = line.trim_start().starts_with("argparse ");
        if is_parsing && lines.next_if(|next| next.trim() == "or return").is_some() {
            text.push_str("    or begin\n        set -e cmd[-1]\n    ");
            text.push_str(line);
            text.push_str("\n        or return\n    end\n");
        }
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fish_script_parses_again_without_the_last_word_where_the_first_try_fails() {
        let script = "function f\n    set -l cmd (commandline -xpc)\n    set -e cmd[1]\n    \
                      argparse -s (g) -- $cmd 2>/dev/null\n    or return\n    echo $argv\nend\n";
        let expected = "function f\n    set -l cmd (commandline -xpc)\n    set -e cmd[1]\n    \
                        argparse -s (g) -- $cmd 2>/dev/null\n    or begin\n        \
                        set -e cmd[-1]\n        argparse -s (g) -- $cmd 2>/dev/null\n        \
                        or return\n    end\n    echo $argv\nend\n";
        assert_eq!(String::from_utf8(with_values(script)).unwrap(), expected);
    }

    #[test]
    fn other_lines_of_a_fish_script_stay_as_they_are() {
        for script in ["", "echo a\nor return\n", "    argparse -s x -- $cmd\n    echo a\n"] {
            assert_eq!(String::from_utf8(with_values(script)).unwrap(), script);
        }
    }
}
