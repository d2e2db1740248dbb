//! Lines of the shape that a line before had.
//!
//! One program wrote the stream, so most lines differ from the one before in
//! their values alone: what stands between the values is the same, byte for
//! byte. That is compared as it is, and no name is looked at again.
//!
//! # Why it cannot disagree with the scanner
//!
//! A shape comes from a line that the scanner passed. It has the texts between
//! the values, each with the quotes around those that are strings. A line fits
//! if all of these stand in it, with a number, a word or some text between
//! them; if the whole of it has no backslash and no control character; and if
//! it has as many quotes as the texts alone have. So no text has a quote, and
//! each is a string. Any other line is the scanner's.

use super::keys::{FoundMembers, Keys, Member};
use super::skip::{after, find_special, skip_scalar, skip_space};

/// The longest text between two values, in bytes. Shapes with a longer one are
/// not kept.
const LONGEST: usize = 32;

/// The most members that a shape has.
const MOST_MEMBERS: usize = 64;

/// The number of bytes that are checked together for forbidden ones.
const LANES: usize = 32;

/// The longest line, so that a byte can count the quotes in its lane.
const LONGEST_LINE: usize = 255 * LANES;

/// The texts and members that the lines of one shape share.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    /// The text before the first value.
    head: Between,
    /// None: no line was learnt.
    values: Vec<Value>,
    /// The number of quotes in a line.
    quotes: u32,
    /// The members that are looked for and are there.
    present: u32,
}

/// A value, and what stands behind it.
#[derive(Clone, Debug)]
struct Value {
    /// 1 if it is a string, for the quotes around it.
    quote: usize,
    /// Its length in the line before, without quotes.
    length: usize,
    /// The distance of its name's opening quote before it.
    name: usize,
    /// Its place among the keys, or one that there is not.
    key: usize,
    behind: Between,
}

/// The text between two values: the number of its bytes, and a mask of these
/// are.
#[derive(Clone, Debug, Default)]
struct Between {
    text: [u8; LONGEST],
    mask: [u8; LONGEST],
    length: usize,
}

impl Between {
    fn new(text: &[u8]) -> Option<Self> {
        let mut between = Self { length: text.len(), ..Self::default() };
        between.text.get_mut(..text.len())?.copy_from_slice(text);
        between.mask[..text.len()].fill(0xff);
        Some(between)
    }

    /// Where it ends if it stands there.
    fn after(&self, text: &[u8], at: usize) -> Option<usize> {
        let bytes: &[u8; LONGEST] = text.get(at..)?.first_chunk()?;
        let mut differs = 0;
        for (byte, (own, mask)) in bytes.iter().zip(self.text.iter().zip(&self.mask)) {
            differs |= (byte ^ own) & mask;
        }
        (differs == 0).then_some(at + self.length)
    }
}

impl Shape {
    /// Reads the line that begins there. `None`: it is of another shape, or is
    /// too near to the end of the text.
    pub(super) fn read(
        &mut self,
        text: &[u8],
        start: usize,
        found: &mut FoundMembers,
    ) -> Option<()> {
        if self.values.is_empty() {
            return None;
        }
        let mut at = self.head.after(text, start)?;
        for value in &mut self.values {
            let is_text = value.quote == 1;
            let mut end = if is_text { at + value.length } else { skip_scalar(text, at)? };
            let mut next = value.behind.after(text, end);
            if is_text && next.is_none() {
                end = find_special(text, at)?;
                value.length = end - at;
                next = value.behind.after(text, end);
            }
            if let Some(member) = found.members.get_mut(value.key) {
                let whole = at - value.quote..end + value.quote;
                *member = Member { start: at - value.name, value: whole };
            }
            at = next?;
        }
        found.present = self.present;
        found.is_empty = false;
        found.brace = at - 1;
        found.end = skip_space(text, at);
        let ends = matches!(text.get(found.end), None | Some(b'\n'));
        (ends && quotes(text, start, at)? == self.quotes).then_some(())
    }

    /// Takes the shape of a line that the scanner passed, if it can be kept.
    pub(super) fn learn(&mut self, keys: &Keys, text: &[u8], start: usize) {
        if self.try_learn(keys, text, start).is_none() {
            self.values.clear();
        }
    }

    fn try_learn(&mut self, keys: &Keys, text: &[u8], start: usize) -> Option<()> {
        self.values.clear();
        self.present = 0;
        let mut from = start;
        let mut at = after(text, skip_space(text, start), b'{')?;
        loop {
            let name = skip_space(text, at);
            let quote = find_special(text, name + 1)?;
            at = skip_space(text, after(text, quote, b'"')?);
            at = skip_space(text, after(text, at, b':')?);
            let is_text = text.get(at) == Some(&b'"');
            at += usize::from(is_text);
            self.put(Between::new(text.get(from..at)?)?);
            from = if is_text { find_special(text, at)? } else { skip_scalar(text, at)? };
            let key = keys.key(text, name + 1, quote);
            self.present |= key.map_or(0, |key| 1 << key);
            self.values.push(Value {
                quote: usize::from(is_text),
                length: from - at,
                name: at - name,
                key: key.unwrap_or(usize::MAX),
                behind: Between::default(),
            });
            at = skip_space(text, from + usize::from(is_text));
            match text.get(at)? {
                b',' if self.values.len() < MOST_MEMBERS => at += 1,
                b'}' => break,
                _ => return None,
            }
        }
        self.put(Between::new(text.get(from..=at)?)?);
        self.quotes = quotes(text, start, at + 1)?;
        Some(())
    }

    /// Puts it behind the last value.
    fn put(&mut self, between: Between) {
        *self.values.last_mut().map_or(&mut self.head, |value| &mut value.behind) = between;
    }
}

/// The number of quotes from one place to the other; `None` if there is a
/// backslash or a control character, or if that is not for it to say.
///
/// No branch depends on a byte, so the compiler makes this one instruction for
/// many bytes. It does so for these loops, and not for all that do the same:
/// `cargo bench` has to show the second row of the table far below the first.
pub(super) fn quotes(text: &[u8], from: usize, to: usize) -> Option<u32> {
    let mut quotes = [0_u8; LANES];
    let mut others = [0_u8; LANES];
    let mut look = |bytes: &[u8; LANES], count: u8| {
        for (lane, &byte) in (0..).zip(bytes) {
            let is_meant = u8::from(lane < count);
            quotes[usize::from(lane)] += is_meant & u8::from(byte == b'"');
            let is_other = u8::from(byte == b'\\') | u8::from(byte < 0x20);
            others[usize::from(lane)] |= is_meant & is_other;
        }
    };
    if to - from > LONGEST_LINE {
        return None;
    }
    let (whole, rest) = text.get(from..to)?.as_chunks::<LANES>();
    for bytes in whole {
        look(bytes, u8::MAX);
    }
    let last = text.get(to - rest.len()..)?.first_chunk()?;
    look(last, u8::try_from(rest.len()).ok()?);
    let is_plain = others.iter().fold(0, |all, other| all | other) == 0;
    is_plain.then(|| quotes.iter().map(|&count| u32::from(count)).sum())
}
