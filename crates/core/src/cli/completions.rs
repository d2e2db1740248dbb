//! Completions for the shells, with what the generator gets wrong put right.

use clap::Command;
use clap_complete::Shell;

/// The completions of a tool, for a shell.
pub(super) fn completions(shell: Shell, mut command: Command) -> Vec<u8> {
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut text);
    match shell {
        Shell::Bash => with_words(&String::from_utf8_lossy(&text), command.get_name()),
        Shell::Fish => with_values(&String::from_utf8_lossy(&text)),
        _ => text,
    }
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
