//! Past one thing of JSON, wherever it is for certain one.
//!
//! Each function takes the text and a position in it, and gives the position
//! behind what begins there; `None` says that `serde_json` has to decide.

/// Deeper nesting than this is left to `serde_json`.
const DEEP: u32 = 100;

pub(super) fn after(text: &[u8], at: usize, byte: u8) -> Option<usize> {
    (text.get(at) == Some(&byte)).then_some(at + 1)
}

/// Past white space that is not the line's end.
pub(super) fn skip_space(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\r') = text.get(at) {
        at += 1;
    }
    at
}

/// The next byte that ends a plain run of string characters: a quote, a
/// backslash, or a control character.
///
/// Eight bytes at a time, in ordinary integers: subtracting 1 from each byte
/// of `x` borrows into the top bit where the byte was 0. A borrow can also
/// mark bytes behind a true hit, never before it, and only the first counts.
pub(super) fn find_special(text: &[u8], mut at: usize) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    const fn zeros(x: u64) -> u64 {
        x.wrapping_sub(ONES) & !x
    }
    while let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(*chunk);
        let quotes = zeros(word ^ (ONES * u64::from(b'"')));
        let backslashes = zeros(word ^ (ONES * u64::from(b'\\')));
        let controls = word.wrapping_sub(ONES * 0x20) & !word;
        let hits = (quotes | backslashes | controls) & TOPS;
        if hits != 0 {
            return Some(at + (hits.trailing_zeros() / 8) as usize);
        }
        at += 8;
    }
    let rest = text.get(at..)?;
    rest.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20).map(|i| at + i)
}

/// Past a string, from behind its opening quote.
fn skip_string(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at = find_special(text, at)?;
        match text[at] {
            b'"' => return Some(at + 1),
            b'\\' => match text.get(at + 1)? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
                b'u' => {
                    let digits: &[u8; 4] = text.get(at + 2..)?.first_chunk()?;
                    if !digits.iter().all(u8::is_ascii_hexdigit) {
                        return None;
                    }
                    at += 6;
                }
                _ => return None,
            },
            _ => return None,
        }
    }
}

/// Past a value, from its first byte.
pub(super) fn skip_value(text: &[u8], at: usize) -> Option<usize> {
    match text.get(at)? {
        b'{' | b'[' => skip_nested(text, at),
        _ => skip_scalar(text, at),
    }
}

pub(super) fn skip_scalar(text: &[u8], at: usize) -> Option<usize> {
    match text.get(at)? {
        b'"' => skip_string(text, at + 1),
        b't' => skip_word(text, at, b"true"),
        b'f' => skip_word(text, at, b"false"),
        b'n' => skip_word(text, at, b"null"),
        b'-' | b'0'..=b'9' => skip_number(text, at),
        _ => None,
    }
}

fn skip_word(text: &[u8], at: usize, word: &[u8]) -> Option<usize> {
    text.get(at..)?.starts_with(word).then_some(at + word.len())
}

fn skip_number(text: &[u8], start: usize) -> Option<usize> {
    let digits = |mut at: usize| {
        let first = at;
        while text.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        (at > first).then_some(at)
    };
    let mut at = start + usize::from(text.get(start) == Some(&b'-'));
    at = if text.get(at) == Some(&b'0') { at + 1 } else { digits(at)? };
    if text.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        at += 1;
        at += usize::from(matches!(text.get(at), Some(b'+' | b'-')));
        at = digits(at)?;
    }
    Some(at)
}

/// Past an array or an object, from its opening bracket. `kinds` remembers
/// one bit for each open one, the innermost lowest: 1 is an object.
fn skip_nested(text: &[u8], mut at: usize) -> Option<usize> {
    let mut kinds: u128 = 0;
    let mut depth = 0;
    loop {
        // At a value.
        match *text.get(at)? {
            open @ (b'{' | b'[') => {
                depth += 1;
                if depth > DEEP {
                    return None;
                }
                let is_object = open == b'{';
                kinds = kinds << 1 | u128::from(is_object);
                at = skip_space(text, at + 1);
                let close = if is_object { b'}' } else { b']' };
                if text.get(at) != Some(&close) {
                    if is_object {
                        at = skip_name(text, at)?;
                    }
                    continue;
                }
            }
            _ => at = skip_space(text, skip_scalar(text, at)?),
        }
        // Behind a value, or at the bracket that closes an empty one.
        loop {
            let is_object = kinds & 1 == 1;
            match *text.get(at)? {
                b',' => {
                    at = skip_space(text, at + 1);
                    if is_object {
                        at = skip_name(text, at)?;
                    }
                    break;
                }
                close @ (b'}' | b']') if (close == b'}') == is_object => {
                    depth -= 1;
                    kinds >>= 1;
                    if depth == 0 {
                        return Some(at + 1);
                    }
                    at = skip_space(text, at + 1);
                }
                _ => return None,
            }
        }
    }
}

/// Past a name and its colon, to the value.
fn skip_name(text: &[u8], at: usize) -> Option<usize> {
    let at = skip_string(text, after(text, at, b'"')?)?;
    Some(skip_space(text, after(text, skip_space(text, at), b':')?))
}
