//! Windows: half-open intervals of UTC time in which maintenance happens.

use std::fmt;
use std::num::NonZeroU16;
use std::ops::Deref;
use std::sync::Arc;

use crate::scope::Scope;
use crate::time::UtcTime;
use crate::zone::Dst;

/// One window `[start, end)` of a timetable, after recurrence and zones are
/// resolved. Its `end` is never before its `start`. Where both are the same the
/// window is empty: some calendars have such events. It is listed, but no
/// instant lies inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its name in the timetable.
    pub name: WindowName,
    /// The first instant inside, UTC.
    pub start: UtcTime,
    /// The first instant after it, UTC; `None` if it is open-ended.
    pub end: Option<UtcTime>,
    /// Whether it holds runs back or lets them through.
    pub kind: WindowKind,
    /// Which runs it concerns.
    pub scope: Arc<Scope>,
    /// Where it stands in which timetable.
    pub source: Source,
    /// Set where a clock change moved one of its edges.
    pub dst: Option<Dst>,
    /// The zone that its timetable thinks in, if it names one.
    pub zone: Option<ZoneIndex>,
}

/// The name of a window. A short name, as most are, is stored in the window itself: then
/// 100,000 names take no memory of their own, and reading a name follows no pointer.
#[derive(Clone, PartialEq, Eq)]
pub struct WindowName(NameText);

/// The number of bytes of a name that lie in its window: as many as make it as
/// large as three pointers.
const SHORT: usize = 22;

#[derive(Clone, PartialEq, Eq)]
enum NameText {
    /// The bytes behind the length are zero, so that equal names are equal.
    Short {
        length: u8,
        bytes: [u8; SHORT],
    },
    Long(Arc<str>),
}

impl WindowName {
    /// Whether a name has no memory of its own.
    #[must_use]
    pub fn is_short(name: &str) -> bool {
        name.len() <= SHORT
    }

    /// Its UTF-8.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            NameText::Short { length, bytes } => &bytes[..usize::from(*length).min(SHORT)],
            NameText::Long(text) => text.as_bytes(),
        }
    }
}

impl From<&str> for WindowName {
    fn from(name: &str) -> Self {
        let mut bytes = [0; SHORT];
        match (bytes.get_mut(..name.len()), u8::try_from(name.len())) {
            (Some(to), Ok(length)) => {
                to.copy_from_slice(name.as_bytes());
                Self(NameText::Short { length, bytes })
            }
            _ => Self(NameText::Long(name.into())),
        }
    }
}

impl From<Arc<str>> for WindowName {
    fn from(name: Arc<str>) -> Self {
        if Self::is_short(&name) { Self::from(&*name) } else { Self(NameText::Long(name)) }
    }
}

impl Deref for WindowName {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            // It was made of text.
            NameText::Short { .. } => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            NameText::Long(text) => text,
        }
    }
}

impl fmt::Display for WindowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

impl fmt::Debug for WindowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// A zone by its place among those of a timetable, from 1 on: see
/// [`Timetable::zones`](crate::timetable::Timetable::zones). A zone itself
/// would make each of 100,000 windows larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ZoneIndex(NonZeroU16);

impl ZoneIndex {
    /// The zone at that index; `None` if it is too far down the list.
    #[must_use]
    pub fn at(index: usize) -> Option<Self> {
        u16::try_from(index + 1).ok().and_then(NonZeroU16::new).map(Self)
    }

    /// Its number, from 1 on.
    #[must_use]
    pub fn number(self) -> u16 {
        self.0.get()
    }
}

/// The effect of a window on the runs inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum WindowKind {
    /// Maintenance: runs inside are selected.
    #[default]
    Maintenance,
    /// An exception from maintenance: its time is taken out of the others.
    Open,
}

/// Where a window comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The timetable, and the event of a calendar.
    pub origin: Arc<Origin>,
    /// The line (from 1) of the row, or of the event's first line.
    pub line: u64,
}

/// The part of a [`Source`] that many windows of a timetable share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The timetable as it was named on the command line.
    pub file: Arc<str>,
    /// UID of the calendar event, if it is one.
    pub uid: Option<Arc<str>>,
}

impl Origin {
    /// A timetable of rows, which knows no events.
    #[must_use]
    pub fn table(file: &str) -> Arc<Self> {
        Arc::new(Self { file: file.into(), uid: None })
    }
}

impl Window {
    /// Whether that instant lies inside: the start does, the end does not.
    #[must_use]
    pub fn contains(&self, time: UtcTime) -> bool {
        self.start <= time && self.end.is_none_or(|end| time < end)
    }

    /// Whether it has a part of `[from, to)`. An empty one does if it starts there.
    pub(crate) fn overlaps(&self, from: UtcTime, to: UtcTime) -> bool {
        self.start < to && (self.start >= from || self.end.is_none_or(|end| end > from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_it_was_made_of_however_long_it_is() {
        for length in [0, 1, SHORT - 1, SHORT, SHORT + 1, 300] {
            for text in ["a".repeat(length), format!("é{}", "\0".repeat(length))] {
                let name = WindowName::from(&*text);
                assert_eq!((&*name, name.as_bytes()), (&*text, text.as_bytes()));
                assert_eq!(
                    (name.to_string(), format!("{name:?}")),
                    (text.clone(), format!("{text:?}"))
                );
                assert_eq!(name, WindowName::from(Arc::<str>::from(&*text)));
                assert_ne!(name, WindowName::from(&*format!("{text}\0")));
                assert_eq!(WindowName::is_short(&text), text.len() <= SHORT);
            }
        }
    }
}
