//! Values that a repeatable flag was given twice. They count once, with a warning.

use std::any::TypeId;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use clap::{ArgAction, ArgMatches, Command};

use super::Messages;
use crate::short_name::clip;

/// Warns of each value that a repeatable flag was given twice, in the word that was
/// called, too. Files are left to whoever reads them: two paths may name one file.
pub(super) fn warn_of_repeated(command: &Command, matches: &ArgMatches, messages: &Messages) {
    for text in repeated(command, matches) {
        messages.warn(&text);
    }
    if let Some((word, matches)) = matches.subcommand()
        && let Some(command) = command.find_subcommand(word)
    {
        warn_of_repeated(command, matches, messages);
    }
}

fn repeated(command: &Command, matches: &ArgMatches) -> Vec<String> {
    let files = [TypeId::of::<PathBuf>(), TypeId::of::<OsString>()];
    let mut found = Vec::new();
    for flag in command.get_arguments() {
        let is_file = files.iter().any(|file| flag.get_value_parser().type_id() == *file);
        if is_file || !matches!(flag.get_action(), ArgAction::Append) {
            continue;
        }
        let values = matches.try_get_raw(flag.get_id().as_str()).ok().flatten();
        let mut seen: Vec<&OsStr> = Vec::new();
        let mut reported: Vec<&OsStr> = Vec::new();
        for value in values.into_iter().flatten() {
            if !seen.contains(&value) {
                seen.push(value);
            } else if !reported.contains(&value) {
                reported.push(value);
                let (name, value) = (flag.get_long().unwrap_or_default(), value.to_string_lossy());
                found.push(format!("--{name} {} was given twice: it counts once", clip(&value)));
            }
        }
    }
    found
}

/// Each of these files once, and those that were named again, also by another path.
pub fn each_once<P: AsRef<Path>>(paths: &[P]) -> (Vec<&P>, Vec<&P>) {
    let real = |path: &P| fs::canonicalize(path).unwrap_or_else(|_| path.as_ref().to_owned());
    let (mut first, mut again) = (Vec::new(), Vec::new());
    let mut known: Vec<PathBuf> = Vec::new();
    for path in paths {
        let real = real(path);
        if known.contains(&real) {
            again.push(path);
        } else {
            known.push(real);
            first.push(path);
        }
    }
    (first, again)
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;

    #[test]
    fn a_value_that_is_given_twice_is_reported_once_for_all_times() {
        let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::Append);
        let file = flag("file").value_parser(clap::value_parser!(PathBuf));
        let command = Command::new("x").args([flag("tag"), flag("name"), file]);
        let values =
            ["x", "--tag=a", "--tag=b", "--tag=a", "--tag=a", "--name=a", "--file=a", "--file=a"];
        let matches = command.clone().try_get_matches_from(values).unwrap();
        assert_eq!(repeated(&command, &matches), ["--tag a was given twice: it counts once"]);
    }

    #[test]
    fn two_paths_of_one_file_are_one_file() {
        let dir = tempfile::tempdir().unwrap();
        let (file, other) = (dir.path().join("a"), dir.path().join("b"));
        fs::write(&file, "").unwrap();
        let same = dir.path().join(".").join("a");
        // One that is not there is compared by its name.
        let paths = [file.clone(), other.clone(), same.clone(), other.clone()];
        assert_eq!(each_once(&paths), (vec![&file, &other], vec![&same, &other]));
    }
}
