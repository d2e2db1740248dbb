//! The columns of a table that are read.

use crate::scope::Field;
use crate::short_name::is_invisible;

/// The columns that mean something. Others are left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Name,
    Start,
    End,
    Duration,
    Timezone,
    Kind,
    Recurrence,
    Until,
    Except,
    Scope(Field),
}

impl Column {
    /// The number of columns.
    pub(super) const COUNT: usize = Self::ALL.len();

    /// All of them, each at its place.
    pub(super) const ALL: [Self; 14] = [
        Self::Name,
        Self::Start,
        Self::End,
        Self::Duration,
        Self::Timezone,
        Self::Kind,
        Self::Recurrence,
        Self::Until,
        Self::Except,
        Self::Scope(Field::ALL[0]),
        Self::Scope(Field::ALL[1]),
        Self::Scope(Field::ALL[2]),
        Self::Scope(Field::ALL[3]),
        Self::Scope(Field::ALL[4]),
    ];

    /// The column of that header, whatever its case, and with or without
    /// spaces, `_`, `-` and characters that cannot be seen.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        let of = |name: &str| Self::ALL.into_iter().find(|column| column.as_str() == name);
        of(name).or_else(|| of(&normalized(name)))
    }

    /// Whether it may have several values.
    pub(super) const fn may_be_list(self) -> bool {
        matches!(self, Self::Except | Self::Scope(_))
    }

    /// Its header.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Start => "start",
            Self::End => "end",
            Self::Duration => "duration",
            Self::Timezone => "timezone",
            Self::Kind => "kind",
            Self::Recurrence => "recurrence",
            Self::Until => "until",
            Self::Except => "except",
            Self::Scope(field) => field.as_str(),
        }
    }

    /// Its place in an array of all columns.
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Name => 0,
            Self::Start => 1,
            Self::End => 2,
            Self::Duration => 3,
            Self::Timezone => 4,
            Self::Kind => 5,
            Self::Recurrence => 6,
            Self::Until => 7,
            Self::Except => 8,
            Self::Scope(field) => 9 + field as usize,
        }
    }
}

/// A title as it is compared: without case, white space, `_`, `-` and what
/// cannot be seen.
pub(super) fn normalized(title: &str) -> String {
    title.chars().filter(|&c| !is_ignored(c)).flat_map(char::to_lowercase).collect()
}

fn is_ignored(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || is_invisible(c)
        // The latter are what word processors make of a hyphen.
        || matches!(c, '_' | '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}
