//! One line of the ledger: an entry as JSON, and the checksum of its bytes.
//!
//! The last member of a line is `crc`, the CRC-32 of the line without that
//! member, in eight hexadecimal digits. It is read as bytes, before the JSON:
//! a flipped bit in a name or a time is valid JSON, and would be believed.

use std::io::{self, Write};

use serde::Deserialize;

use super::{Entry, VERSION};

/// The first version whose lines must have a checksum.
const CHECKED_SINCE: u32 = 3;

const MEMBER: &[u8] = b",\"crc\":\"";

/// Bytes of the member and the brace after it.
const LENGTH: usize = MEMBER.len() + 8 + 2;

/// Why a line cannot be read.
#[derive(Debug)]
pub(super) enum Bad {
    /// A later version of the format.
    Version(u64),
    /// The line is damaged.
    Line(String),
}

/// Appends an entry and its line end.
pub(super) fn append(entry: &Entry, out: &mut Vec<u8>) -> serde_json::Result<()> {
    let start = out.len();
    serde_json::to_writer(&mut *out, entry)?;
    let checksum = crc32fast::hash(&out[start..]);
    // The brace comes after the member.
    out.pop();
    out.extend_from_slice(MEMBER);
    out.extend_from_slice(format!("{checksum:08x}\"}}\n").as_bytes());
    Ok(())
}

/// Writes an entry and its line end.
pub(super) fn write(entry: &Entry, out: &mut impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    append(entry, &mut line)?;
    out.write_all(&line)
}

/// Reads one line, without its line end, of any version that there has been.
pub(super) fn parse(line: &[u8]) -> Result<Entry, Bad> {
    let checked = checked(line)?;
    let text = checked.as_deref().unwrap_or(line);
    let entry: Entry = serde_json::from_slice(text).map_err(|error| bad(text, &error))?;
    if entry.v > VERSION {
        return Err(Bad::Version(u64::from(entry.v)));
    }
    if entry.v >= CHECKED_SINCE && checked.is_none() {
        return Err(Bad::Line("it has no checksum".to_owned()));
    }
    Ok(entry)
}

/// Whether the text is a whole line whose checksum is right.
pub(super) fn is_whole(text: &[u8]) -> bool {
    matches!(checked(text), Ok(Some(_)))
}

/// The line without its checksum, which is right; `None` if it has none.
fn checked(line: &[u8]) -> Result<Option<Vec<u8>>, Bad> {
    let Some((json, member)) = line.split_at_checked(line.len().wrapping_sub(LENGTH)) else {
        return Ok(None);
    };
    let Some(digits) = member.strip_prefix(MEMBER).and_then(|rest| rest.strip_suffix(b"\"}"))
    else {
        return Ok(None);
    };
    let json = [json, b"}"].concat();
    let checksum = format!("{:08x}", crc32fast::hash(&json));
    if checksum.as_bytes() != digits {
        return Err(Bad::Line("its checksum is wrong: a part of it was changed".to_owned()));
    }
    Ok(Some(json))
}

/// Finds out why a line is no entry. A later version need not look like this one
/// in anything but `v`.
fn bad(text: &[u8], error: &serde_json::Error) -> Bad {
    #[derive(Deserialize)]
    struct Versioned {
        v: u64,
    }
    match serde_json::from_slice::<Versioned>(text) {
        Ok(Versioned { v }) if v > u64::from(VERSION) => Bad::Version(v),
        _ => Bad::Line(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::LedgerEvent;
    use crate::time::UtcTime;

    fn line() -> Vec<u8> {
        let event =
            LedgerEvent::Ledger { id: "5f2c9a1b".into(), api: "https://x".into(), next: None };
        let entry = Entry { v: VERSION, seq: 1, at: UtcTime::MIN, event };
        let mut line = Vec::new();
        append(&entry, &mut line).unwrap();
        assert_eq!(line.pop(), Some(b'\n'));
        assert_eq!(parse(&line).unwrap(), entry);
        line
    }

    #[test]
    fn a_line_with_any_one_bit_changed_is_refused() {
        let line = line();
        assert!(is_whole(&line));
        for bit in 0..line.len() * 8 {
            let mut changed = line.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(parse(&changed).is_err(), "bit {bit}");
            assert!(!is_whole(&changed), "bit {bit}");
        }
    }

    #[test]
    fn a_line_without_a_checksum_is_read_only_of_an_old_version() {
        let line = String::from_utf8(line()).unwrap();
        let (json, _) = line.split_once(",\"crc\"").unwrap();
        let json = format!("{json}}}");
        assert!(matches!(parse(json.as_bytes()), Err(Bad::Line(_))));
        let old = json.replace(&format!("\"v\":{VERSION}"), "\"v\":2");
        assert_eq!(parse(old.as_bytes()).unwrap().v, 2);
        let new = json.replace(&format!("\"v\":{VERSION}"), "\"v\":99,\"x\":1");
        assert!(matches!(parse(new.as_bytes()), Err(Bad::Version(99))));
    }
}
