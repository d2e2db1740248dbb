//! The flags that all tools have.

use clap::{ArgAction, Args, ValueEnum};

/// The flags that every job of all tools has.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Messages")]
pub struct CommonArgs {
    /// Say nothing but errors
    #[arg(short, long)]
    pub quiet: bool,

    /// Say more
    #[arg(long, action = ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,

    /// Format of the messages on stderr
    ///
    /// With `json` each message is one object a line; an error has `code`,
    /// `message`, `retryable` and `exit`.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub log_format: LogFormat,

    /// When to use colour
    ///
    /// `auto` means on a terminal, unless the environment variable `NO_COLOR`
    /// is set to something.
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub color: Color,
}

/// The flag that all tools have for pages about themselves. It stands alone, and
/// before any word.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Messages")]
pub struct GenerateArgs {
    /// Write the manual page or a shell's completions to stdout
    #[arg(long = "generate", value_name = "PAGE", value_enum, exclusive = true)]
    pub page: Option<GeneratedPage>,
}

/// The format of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// JSON Lines.
    Json,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The pages that `--generate` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GeneratedPage {
    /// The manual page, in roff.
    Man,
    /// Completions for bash.
    CompleteBash,
    /// Completions for zsh.
    CompleteZsh,
    /// Completions for fish.
    CompleteFish,
    /// The completions for `PowerShell`.
    #[value(name = "complete-powershell", help = "Completions for PowerShell")]
    CompletePowerShell,
}
