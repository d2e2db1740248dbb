//! The one form in which the API and these tools write a time, read and
//! written without going through a calendar library: every record has one,
//! and this is several times as fast.

use jiff::civil;

/// The length of `2022-07-20T18:00:00.000Z`.
pub(super) const LENGTH: usize = 24;

/// Eight characters at a time, as integers: a character of the form is either
/// a digit, or exactly the one that the form has in its place.
struct EightChars {
    /// The form's characters, `0` where a digit stands.
    form: u64,
    /// The number that, added to a character's difference from the form, sets
    /// its top bit if it is not allowed: above 9 for a digit, above 0 for the
    /// others.
    limit: u64,
}

impl EightChars {
    const fn new(form: [u8; 8]) -> Self {
        let mut limit = [0; 8];
        let mut i = 0;
        while i < 8 {
            limit[i] = if form[i] == b'0' { 0x7f - 9 } else { 0x7f };
            i += 1;
        }
        Self { form: u64::from_le_bytes(form), limit: u64::from_le_bytes(limit) }
    }

    /// The digits' values, 0 in the other places.
    fn digits(&self, text: [u8; 8]) -> Option<[u8; 8]> {
        const TOPS: u64 = 0x8080_8080_8080_8080;
        let difference = u64::from_le_bytes(text) ^ self.form;
        // A carry into the next character can only come from one whose own
        // top bit is set, which fails already.
        let beyond = (difference.wrapping_add(self.limit) | difference) & TOPS;
        (beyond == 0).then(|| difference.to_le_bytes())
    }
}

const WORDS: [EightChars; 3] =
    [EightChars::new(*b"0000-00-"), EightChars::new(*b"00T00:00"), EightChars::new(*b":00.000Z")];

/// A time as it is written.
struct Parts {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    millis: i64,
}

impl Parts {
    /// `None` if the text is not in this form, or is no time.
    fn of(text: &[u8; LENGTH]) -> Option<Self> {
        let [a, b, c] = &WORDS;
        let a = a.digits(*text.first_chunk()?)?;
        let b = b.digits(*text.get(8..)?.first_chunk()?)?;
        let c = c.digits(*text.last_chunk()?)?;
        let two = |tens: u8, ones: u8| i64::from(tens * 10 + ones);
        let parts = Self {
            year: two(a[0], a[1]) * 100 + two(a[2], a[3]),
            month: two(a[5], a[6]),
            day: two(b[0], b[1]),
            hour: two(b[3], b[4]),
            minute: two(b[6], b[7]),
            second: two(c[1], c[2]),
            millis: i64::from(c[4]) * 100 + two(c[5], c[6]),
        };
        let Self { year, month, day, hour, minute, second, .. } = parts;
        let is_time = (1..=12).contains(&month)
            && (1..=28).contains(&day) | (day > 28 && day <= days_in(year, month))
            && hour < 24
            && minute < 60
            && second < 60;
        is_time.then_some(parts)
    }
}

/// Milliseconds since the Unix epoch; `None` if the text is not in this form,
/// or is no time (then, as for a leap second, a library may know better).
pub(super) fn parse(text: &[u8]) -> Option<i64> {
    let Parts { year, month, day, hour, minute, second, millis } =
        Parts::of(text.try_into().ok()?)?;
    let seconds = ((days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    Some(seconds * 1000 + millis)
}

/// `2026-12-01`, `2026-12-01T02:00` or `2026-12-01T02:00:00`, `T` or a space
/// between: ISO 8601 in its one unambiguous order, and nothing else.
#[must_use]
pub fn parse_civil(text: &str) -> Option<civil::DateTime> {
    let text = text.as_bytes();
    let mut full = *b"0000-00-00T00:00:00.000Z";
    if !matches!((text.len(), text.get(10)), (10, None) | (16 | 19, Some(b'T' | b't' | b' '))) {
        return None;
    }
    full.get_mut(..text.len())?.copy_from_slice(text);
    full[10] = b'T';
    let Parts { year, month, day, hour, minute, second, .. } = Parts::of(&full)?;
    let small = |number: i64| i8::try_from(number).ok();
    civil::DateTime::new(
        i16::try_from(year).ok()?,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        0,
    )
    .ok()
}

/// The numbers from 00 to 99.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut tens = 0;
    while tens < 10 {
        let mut ones = 0;
        while ones < 10 {
            pairs[tens as usize * 10 + ones as usize] = [b'0' + tens, b'0' + ones];
            ones += 1;
        }
        tens += 1;
    }
    pairs
};

/// The text of that many milliseconds since the Unix epoch, which lie within
/// the years 0000 to 9999.
pub(super) fn write(millis: i64) -> [u8; LENGTH] {
    let (days, in_day) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    let (year, month, day) = date_of(days);
    let pair = |number: u32| PAIRS[number as usize % 100];
    // Less than a day: numbers of half the width are divided faster.
    let in_day = u32::try_from(in_day).unwrap_or_default();
    let (seconds, thousandths) = (in_day / 1000, in_day % 1000);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    text[0..2].copy_from_slice(&pair(year / 100));
    text[2..4].copy_from_slice(&pair(year));
    text[5..7].copy_from_slice(&pair(month));
    text[8..10].copy_from_slice(&pair(day));
    text[11..13].copy_from_slice(&pair(seconds / 3600));
    text[14..16].copy_from_slice(&pair(seconds / 60 % 60));
    text[17..19].copy_from_slice(&pair(seconds % 60));
    text[20..22].copy_from_slice(&pair(thousandths / 10));
    text[22] = pair(thousandths % 10)[1];
    text
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

// The two conversions below are those of Howard Hinnant's
// "chrono-compatible low-level date algorithms": years begin in March, so
// that the leap day is the last one, and 400 of them have 146,097 days.

pub(crate) fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn date_of(days_since_1970: i64) -> (u32, u32, u32) {
    // One more era, so that no number is below zero: the year 0000 begins in
    // the era before the one that it belongs to.
    let days = u32::try_from(days_since_1970 + 719_468 + 146_097).unwrap_or_default();
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    (year_of_era + era * 400 + u32::from(month <= 2) - 400, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use proptest::prelude::*;

    fn by_chrono(text: &str) -> Option<i64> {
        Some(DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis())
    }

    proptest! {
        #[test]
        fn every_time_is_read_and_written_as_chrono_does(
            millis in -62_167_219_200_000_i64..=253_402_300_799_999,
        ) {
            let text = String::from_utf8(write(millis).to_vec()).unwrap();
            let chrono = DateTime::from_timestamp_millis(millis).unwrap();
            prop_assert_eq!(&text, &chrono.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
            prop_assert_eq!(parse(text.as_bytes()), Some(millis));
        }

        #[test]
        fn what_is_read_is_read_as_chrono_does(
            text in "[0-9]{3}[0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9].[0-9]{3}Z",
        ) {
            if let Some(millis) = parse(text.as_bytes()) {
                prop_assert_eq!(Some(millis), by_chrono(&text));
            } else {
                prop_assert!(by_chrono(&text).is_none() || text.contains(":60"), "{}", text);
            }
        }

        #[test]
        fn one_wrong_byte_is_noticed(at in 0..LENGTH, byte in any::<u8>()) {
            let mut text = *b"2022-07-20T18:00:00.000Z";
            text[at] = byte;
            let by_chrono = std::str::from_utf8(&text).ok().and_then(by_chrono);
            let is_digit = byte.is_ascii_digit() || text == *b"2022-07-20T18:00:00.000Z";
            // A leap second is left to the slow path.
            let is_plain = is_digit && text != *b"2022-07-20T18:00:60.000Z";
            prop_assert_eq!(parse(&text), by_chrono.filter(|_| is_plain));
        }
    }

    #[test]
    fn every_day_of_eight_hundred_years() {
        for days in -150_000..150_000 {
            let (year, month, day) = date_of(days);
            let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
            assert_eq!(days_since_1970(year, month, day), days);
            assert!((1..=days_in(year, month)).contains(&day), "{year}-{month}-{day}");
        }
    }
}
