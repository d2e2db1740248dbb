//! From the bytes of a file to text.

use std::borrow::Cow;

/// The text of a file: UTF-8 with or without a byte order mark, or UTF-16 with one,
/// which spreadsheets call "Unicode text". Else the offset of the fault.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, usize> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (units, rest) = bytes.as_chunks::<2>();
        // Half a unit is left of a file that was cut.
        if !rest.is_empty() {
            return Err(0);
        }
        let units = units.iter().map(|pair| unit(*pair));
        let text: Result<String, _> = char::decode_utf16(units).collect();
        text.map(Cow::Owned).map_err(|_| 0)
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => {
            std::str::from_utf8(rest).map(Cow::Borrowed).map_err(|error| error.valid_up_to() + 3)
        }
        _ => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| error.valid_up_to()),
    }
}
