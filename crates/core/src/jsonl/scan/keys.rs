//! The members that are looked for, and their places in a line.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::checked;
use super::skip::{after, find_special, skip_space, skip_value};
use crate::jsonl::error::BadLine;
use crate::jsonl::format::is_blank;
use crate::jsonl::text::LentText;

/// The most members that can be asked for at once.
pub const MOST_KEYS: usize = 12;

/// The names of the members that are looked for in every line.
#[derive(Clone, Debug)]
pub struct Keys {
    pub(super) names: Vec<KeyName>,
    /// The [`trait_bit`]s of the names. Most members of a record are passed
    /// over by this test.
    traits: u64,
}

/// The name of a member, and its first eight bytes as a number: comparing that
/// is nearly always enough.
#[derive(Clone, Debug)]
pub(super) struct KeyName {
    pub(super) text: String,
    head: u64,
}

/// Where a member stands in the text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// From the opening quote of its name.
    pub start: usize,
    /// Its value, without white space around it.
    pub value: Range<usize>,
}

/// The members that [`Keys::read`] found in a line. Positions count from the
/// beginning of the text that was given.
#[derive(Clone, Debug, Default)]
pub struct FoundMembers {
    /// Bit `n` is set if the line has the member `n`: resetting these is all
    /// that a new line costs.
    pub(super) present: u32,
    pub(super) members: [Member; MOST_KEYS],
    /// Where the line ends: its `\n`, or the end of the text.
    pub end: usize,
    /// Where the object's closing brace is.
    pub brace: usize,
    /// Whether the object has no members.
    pub is_empty: bool,
}

impl FoundMembers {
    /// Where the member is whose name was given at that place of the names.
    #[must_use]
    pub fn member(&self, key: usize) -> Option<&Member> {
        self.members.get(key).filter(|_| self.present & 1 << key != 0)
    }

    fn put(&mut self, key: usize, member: Member) {
        self.present |= 1 << key;
        self.members[key] = member;
    }

    /// Its value in the text that was read.
    #[must_use]
    pub fn value<'a>(&self, key: usize, text: &'a str) -> Option<&'a str> {
        self.member(key).and_then(|member| text.get(member.value.clone()))
    }
}

impl Keys {
    /// Members to look for, at most [`MOST_KEYS`] of them; more are ignored.
    #[must_use]
    pub fn new<S: AsRef<str>>(names: &[S]) -> Self {
        let name = |name: &S| {
            let text = name.as_ref().to_owned();
            KeyName { head: head(text.as_bytes(), 0, text.len()), text }
        };
        let names: Vec<KeyName> = names.iter().take(MOST_KEYS).map(name).collect();
        let bit = |name: &KeyName| trait_bit(name.text.len(), name.text.bytes().next());
        let traits = names.iter().fold(0, |bits, name| bits | bit(name));
        Self { names, traits }
    }

    /// Reads the line that begins at `at`, and checks all of it. `false`: it
    /// is blank. On an error, only `found.end` says something.
    pub fn read(&self, text: &str, at: usize, found: &mut FoundMembers) -> Result<bool, BadLine> {
        if self.scan(text.as_bytes(), at, found).is_some() {
            return Ok(true);
        }
        let rest = text.get(at..).unwrap_or_default();
        let line = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest, |end| &rest[..end]);
        self.read_slowly(line, at, found)
    }

    /// The same for a text that is one value and may span lines.
    pub fn read_value(&self, text: &str, found: &mut FoundMembers) -> Result<bool, BadLine> {
        self.read_slowly(text, 0, found)
    }

    /// The place of a name among those that were given.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known.text == name)
    }

    /// The place of the name that stands in `text` there.
    pub(super) fn key(&self, text: &[u8], from: usize, to: usize) -> Option<usize> {
        let length = to - from;
        let first = text.get(from).copied().filter(|_| length > 0);
        if self.traits & trait_bit(length, first) == 0 {
            return None;
        }
        let head = head(text, from, length);
        self.names.iter().position(|known| {
            known.head == head
                && known.text.len() == length
                && (length <= 8 || known.text.as_bytes() == &text[from..to])
        })
    }

    /// `serde_json`'s verdict, and the members by its reading of the names.
    fn read_slowly(
        &self,
        line: &str,
        at: usize,
        found: &mut FoundMembers,
    ) -> Result<bool, BadLine> {
        found.end = at + line.len();
        if is_blank(line.as_bytes()) {
            return Ok(false);
        }
        checked::check(line)?;
        found.brace = at + line.rfind('}').unwrap_or(line.len());
        let mut deserializer = serde_json::Deserializer::from_str(line);
        let (count, members) = deserializer.deserialize_map(Spans { keys: self, line })?;
        found.is_empty = count == 0;
        found.present = 0;
        for (key, member) in members.into_iter().enumerate() {
            if let Some(Member { start, value }) = member {
                let value = at + value.start..at + value.end;
                found.put(key, Member { start: at + start, value });
            }
        }
        Ok(true)
    }

    /// The scanner. `None`: this is not for it to decide.
    pub(super) fn scan(&self, text: &[u8], at: usize, found: &mut FoundMembers) -> Option<()> {
        found.present = 0;
        found.is_empty = false;
        let mut i = after(text, skip_space(text, at), b'{')?;
        i = skip_space(text, i);
        if text.get(i) == Some(&b'}') {
            found.is_empty = true;
        } else {
            loop {
                let start = i;
                let name = after(text, i, b'"')?;
                let quote = find_special(text, name)?;
                i = after(text, quote, b'"')?;
                i = after(text, skip_space(text, i), b':')?;
                i = skip_space(text, i);
                let end = skip_value(text, i)?;
                if let Some(key) = self.key(text, name, quote) {
                    found.put(key, Member { start, value: i..end });
                }
                i = skip_space(text, end);
                match text.get(i)? {
                    b',' => i = skip_space(text, i + 1),
                    b'}' => break,
                    _ => return None,
                }
            }
        }
        found.brace = i;
        found.end = skip_space(text, i + 1);
        matches!(text.get(found.end), None | Some(b'\n')).then_some(())
    }
}

/// The first eight bytes of a name as a number, zeros behind a shorter one.
fn head(text: &[u8], from: usize, length: usize) -> u64 {
    let text = text.get(from..).unwrap_or_default();
    let word = text.first_chunk().copied().unwrap_or_else(|| {
        let mut word = [0; 8];
        word[..text.len()].copy_from_slice(text);
        word
    });
    let beyond = u32::try_from(64_usize.saturating_sub(length * 8)).unwrap_or_default();
    // Of a name without any byte nothing stays.
    u64::from_le_bytes(word).checked_shl(beyond).map_or(0, |word| word >> beyond)
}

/// One of 64 bits for the length and the first byte of a name. Names that share a bit
/// are compared as a whole.
fn trait_bit(length: usize, first: Option<u8>) -> u64 {
    1 << ((length.wrapping_mul(11) ^ usize::from(first.unwrap_or_default())) & 63)
}

/// Takes where the wanted members lie from `serde_json`, which lends each name
/// and value as a slice of the line, and how many members there are.
struct Spans<'a> {
    keys: &'a Keys,
    line: &'a str,
}

impl<'de> Visitor<'de> for Spans<'de> {
    type Value = (usize, [Option<Member>; MOST_KEYS]);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let place = |raw: &RawValue| raw.get().as_ptr() as usize - self.line.as_ptr() as usize;
        let mut members = [const { None }; MOST_KEYS];
        let mut count = 0;
        while let Some((name, value)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
            count += 1;
            // A name with half a surrogate pair is none that is looked for.
            let Ok(text) = serde_json::from_str::<LentText<'_>>(name.get()) else { continue };
            if let Some(key) = self.keys.place(&text.0) {
                let (start, value_start) = (place(name), place(value));
                let value = value_start..value_start + value.get().len();
                members[key] = Some(Member { start, value });
            }
        }
        Ok((count, members))
    }
}
