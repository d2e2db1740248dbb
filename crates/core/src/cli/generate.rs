//! Pages made from the flags themselves: the manual page, and where completions are
//! asked for.

use std::ffi::OsString;
use std::io::{self, Write};

use anyhow::Context;
use clap::{Arg, Command};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::common::GeneratedPage;
use super::completions::completions;
use super::ending::Ending;
use super::manual::{Example, Manual};

/// The command by which the arguments of this call are read. Variables stand for no
/// flag where a page is asked for: `--generate` stands alone.
pub(super) fn typed(command: Command) -> Command {
    let is_page = |arg: OsString| arg.to_string_lossy().starts_with("--generate");
    if std::env::args_os().any(is_page) {
        command.mut_args(|arg| arg.env(None::<&str>))
    } else {
        command
    }
}

/// Writes one page to stdout.
pub(super) fn write(
    page: GeneratedPage,
    command: Command,
    manual: &Manual,
) -> anyhow::Result<Ending> {
    let text = match page {
        GeneratedPage::Man => man(command, manual).context("manual page")?,
        GeneratedPage::CompleteBash => completions(Shell::Bash, command),
        GeneratedPage::CompleteZsh => completions(Shell::Zsh, command),
        GeneratedPage::CompleteFish => completions(Shell::Fish, command),
        GeneratedPage::CompletePowerShell => completions(Shell::PowerShell, command),
    };
    match io::stdout().write_all(&text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("cannot write to stdout")
        }
        _ => Ok(Ending::DONE),
    }
}

/// The manual page, in the order of man-pages(7).
fn man(mut command: Command, manual: &Manual) -> io::Result<Vec<u8>> {
    // The commit would make another page of each build.
    command = command
        .version(env!("CARGO_PKG_VERSION"))
        .mut_args(with_variable)
        .mut_subcommands(|job| job.mut_args(with_variable));
    command.build();
    let mut end = Roff::new();
    let exits = manual.exits.iter().map(|exit| (exit.code().to_string(), manual.meaning(*exit)));
    terms(&mut end, "EXIT STATUS", exits);
    variables(&mut end, &command, manual);
    if !manual.files.is_empty() {
        terms(&mut end, "FILES", manual.files.iter().copied());
    }
    section(&mut end, "EXAMPLES");
    examples(&mut end, manual.examples);
    section(&mut end, "SEE ALSO");
    end.text([roman(manual.see_also.join(", "))]);

    command = without_first_paragraph(command);
    // An empty date would be left out, and what follows take its place.
    let page = Man::new(command.clone()).date(" ").manual("Talend maintenance");
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    // No hyphens in the names of flags and variables, nor holes in lines.
    text.extend(b".nh\n.ad l\n");
    page.render_name_section(&mut text)?;
    synopsis(&mut command).to_writer(&mut text)?;
    page.render_description_section(&mut text)?;
    let mut options = Vec::new();
    page.render_options_section(&mut options)?;
    text.extend(under_one_heading(&options, &command).into_bytes());
    words(&mut text, &command, manual)?;
    end.to_writer(&mut text)?;
    Ok(bold_code(&String::from_utf8_lossy(&text)).into_bytes())
}

/// The flag with the variable that stands for it named at the end of the first
/// paragraph, as the help does it by itself.
fn with_variable(arg: Arg) -> Arg {
    let text = arg.get_long_help().or(arg.get_help()).map(ToString::to_string);
    match (arg.get_env(), text) {
        (Some(name), Some(text)) => {
            let (first, rest) = text.split_once("\n\n").unwrap_or((&text, ""));
            let help = format!("{first} [env: {}]\n\n{rest}", name.to_string_lossy());
            arg.long_help(help.trim_end().to_owned())
        }
        _ => arg,
    }
}

/// The command without what its description and its name line both say.
fn without_first_paragraph(command: Command) -> Command {
    let long = command.get_long_about().map(ToString::to_string);
    match long.as_deref().and_then(|long| long.split_once("\n\n")) {
        Some((_, rest)) => command.long_about(rest.to_owned()),
        None => command,
    }
}

/// The calls of the tool and of each word of it, in short: the dozens of flags come
/// later.
fn synopsis(command: &mut Command) -> Roff {
    let mut roff = Roff::new();
    section(&mut roff, "SYNOPSIS");
    let name = command.get_name().to_owned();
    roff.text([bold(&name), roman(arguments(command))]);
    for word in command.get_subcommands() {
        roff.control("br", []);
        roff.text([bold(format!("{name} {}", word.get_name())), roman(arguments(word))]);
    }
    roff
}

/// The arguments of a call as the synopsis has them: those that must be given,
/// by name.
fn arguments(command: &Command) -> String {
    let mut text = " [OPTIONS]".to_owned();
    for arg in command.get_arguments().filter(|arg| arg.is_required_set()) {
        let values = arg.get_value_names().unwrap_or_default();
        let values: Vec<_> = values.iter().map(|value| format!(" <{value}>")).collect();
        text.push_str(" --");
        text.push_str(arg.get_long().unwrap_or_default());
        text.push_str(&values.concat());
    }
    text
}

/// A subsection for each word: what it does, its flags and examples. A flag that
/// the job without a word has as well is named only.
fn words(text: &mut Vec<u8>, command: &Command, manual: &Manual) -> io::Result<()> {
    if !command.has_subcommands() {
        return Ok(());
    }
    let mut roff = Roff::new();
    section(&mut roff, "WORDS");
    roff.to_writer(text)?;
    for job in command.get_subcommands() {
        let mut roff = Roff::new();
        roff.control("SS", [format!("{} {}", command.get_name(), job.get_name()).as_str()]);
        let about = job.get_long_about().or(job.get_about()).map(ToString::to_string);
        for (index, paragraph) in about.unwrap_or_default().split("\n\n").enumerate() {
            if index > 0 {
                roff.control("PP", []);
            }
            roff.text([roman(paragraph.replace('\n', " "))]);
        }
        roff.to_writer(text)?;
        let is_known = |arg: &&Arg| {
            let mut known = command.get_arguments();
            known.any(|other| {
                let help = |arg: &Arg| arg.get_help().map(ToString::to_string);
                other.get_id() == arg.get_id() && help(other) == help(arg)
            })
        };
        let (known, own): (Vec<_>, Vec<_>) = job.get_arguments().partition(is_known);
        options_of(text, own)?;
        let mut roff = Roff::new();
        let known: Vec<_> = known.into_iter().filter_map(Arg::get_long).collect();
        if !known.is_empty() {
            roff.control("PP", []);
            roff.text([roman(format!("As above: --{}.", known.join(", --")))]);
        }
        roff.control("PP", []);
        let help = manual.words.iter().find(|word| word.name == job.get_name());
        examples(&mut roff, help.map_or(&[], |word| word.examples));
        roff.to_writer(text)?;
    }
    Ok(())
}

/// The flags of a subsection, described.
fn options_of(text: &mut Vec<u8>, flags: Vec<&Arg>) -> io::Result<()> {
    if flags.is_empty() {
        return Ok(());
    }
    let flags = flags.into_iter().cloned().map(|flag| flag.help_heading(None::<&str>));
    let command = Command::new("").disable_help_flag(true).args(flags);
    let mut options = Vec::new();
    Man::new(command).render_options_section(&mut options)?;
    for line in String::from_utf8_lossy(&options).lines().filter(|line| !line.starts_with(".SH")) {
        text.extend(line.bytes());
        text.push(b'\n');
    }
    Ok(())
}

/// The options as one section: each heading of the help is a subsection of
/// `OPTIONS`, where the renderer writes sections.
fn under_one_heading(options: &[u8], command: &Command) -> String {
    let headings: Vec<_> = command.get_arguments().filter_map(Arg::get_help_heading).collect();
    let mut text = String::from(".SH OPTIONS\n");
    for line in String::from_utf8_lossy(options).lines() {
        let title = line.strip_prefix(".SH ").map(|title| title.trim_matches('"'));
        match title {
            Some("OPTIONS") => continue,
            Some(title) => {
                let heading = headings.iter().find(|heading| heading.to_uppercase() == title);
                text.push_str(".SS \"");
                text.push_str(heading.unwrap_or(&title));
                text.push('"');
            }
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// The page with what stands in back quotes in bold letters instead.
fn bold_code(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    for line in page.lines() {
        let parts: Vec<_> = line.split('`').collect();
        if parts.len() % 2 == 1 {
            for (index, part) in parts.iter().enumerate() {
                match (index, index % 2) {
                    (0, _) => {}
                    (_, 0) => text.push_str("\\fR"),
                    _ => text.push_str("\\fB"),
                }
                text.push_str(part);
            }
        } else {
            text.push_str(line);
        }
        text.push('\n');
    }
    text
}

fn section(roff: &mut Roff, title: &str) {
    roff.control("SH", [title]);
}

/// A section of terms, each with its meaning.
fn terms<T: Into<String>, M: Into<String>>(
    roff: &mut Roff,
    title: &str,
    entries: impl IntoIterator<Item = (T, M)>,
) {
    section(roff, title);
    for (term, meaning) in entries {
        roff.control("TP", []);
        roff.text([bold(term)]);
        roff.text([roman(meaning)]);
    }
}

/// The variables that stand for a flag, and then the others.
fn variables(roff: &mut Roff, command: &Command, manual: &Manual) {
    let mut flags: Vec<(String, String)> = Vec::new();
    let jobs = std::iter::once(command).chain(command.get_subcommands());
    for arg in jobs.flat_map(Command::get_arguments) {
        let Some((name, flag)) = variable(arg).zip(arg.get_long()) else { continue };
        if flags.iter().all(|(known, _)| *known != name) {
            let text = format!("Stands for --{flag}, which wins where both are given.");
            flags.push((name, text));
        }
    }
    let flags = flags.iter().map(|(name, meaning)| (name.as_str(), meaning.as_str()));
    let messages = ("NO_COLOR", "No colour on a terminal, if it is set to something.");
    let others = manual.variables.iter().copied().flatten().copied().chain([messages]);
    terms(roff, "ENVIRONMENT", flags.chain(others));
}

/// The variable that stands for a flag. The help names it as clap does where
/// it is read by hand, so that an empty one counts as absent.
fn variable(arg: &Arg) -> Option<String> {
    if let Some(name) = arg.get_env() {
        return name.to_str().map(str::to_owned);
    }
    let help = arg.get_help()?.to_string();
    let (_, rest) = help.split_once("[env: ")?;
    Some(rest.split_once(']')?.0.to_owned())
}

fn examples(roff: &mut Roff, examples: &[Example]) {
    for (index, example) in examples.iter().enumerate() {
        if index > 0 {
            roff.control("PP", []);
        }
        roff.text([roman(format!("{}:", example.purpose))]);
        roff.control("PP", []);
        roff.control("RS", ["4"]);
        roff.control("nf", []);
        for line in example.command.lines() {
            roff.text([bold(line)]);
        }
        roff.control("fi", []);
        roff.control("RE", []);
    }
}
