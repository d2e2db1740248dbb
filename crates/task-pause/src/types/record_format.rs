//! The form of records on stdout.

/// The form in which open holds or receipts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordFormat {
    /// JSON Lines, for scripts.
    Jsonl,
    /// A table that fits the terminal.
    Table,
}
