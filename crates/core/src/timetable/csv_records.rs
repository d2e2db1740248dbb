//! The records of a table and the lines on which they begin.
//!
//! A line without quotes, as nearly all are, is cut at its delimiters and
//! nothing is copied. One with quotes goes to `csv-core`, which knows what
//! they mean, also where the record goes on over the next lines.

use std::ops::Range;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// The records of a table, without those that are blank lines.
pub(super) struct CsvRecords<'t> {
    text: &'t str,
    delimiter: u8,
    /// Where the next record begins, or blank lines before it.
    at: usize,
    /// The line there, from 1.
    line: u64,
    /// Where the next end of a line is, unless `at` is past it already.
    next_end: usize,
    quoted: Reader,
    /// The fields of the last record that had quotes, without them, one after
    /// the other, and where each of them ends.
    unquoted: String,
    ends: Vec<usize>,
    /// Where the last record's fields lie, in the text or in `unquoted`.
    fields: Vec<Range<usize>>,
}

/// The end of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CsvRecordEnding {
    /// A line break.
    Line,
    /// The end of the text: the record may have been longer.
    File,
    /// The end of the text inside quotes.
    Quote,
}

/// One record.
#[derive(Clone, Copy, Debug)]
pub(super) struct CsvRecord<'r> {
    /// The line on which it begins, from 1.
    pub(super) line: u64,
    /// The line on which it ends.
    pub(super) last_line: u64,
    pub(super) ending: CsvRecordEnding,
    text: &'r str,
    fields: &'r [Range<usize>],
    /// Whether its first field is in quotes.
    is_first_quoted: bool,
}

impl<'r> CsvRecord<'r> {
    /// The first field, unless it is in quotes.
    pub(super) fn first_unquoted(&self) -> Option<&'r str> {
        if self.is_first_quoted { None } else { self.fields().next() }
    }

    /// The number of its fields.
    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// Its fields, without quotes, but with the spaces around them.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        let text = self.text;
        self.fields.iter().map(|field| text.get(field.clone()).unwrap_or_default())
    }
}

impl<'t> CsvRecords<'t> {
    /// The records of a text whose first line has that number.
    pub(super) fn new(text: &'t str, delimiter: u8, line: u64) -> Self {
        Self {
            text,
            delimiter,
            at: if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 },
            line,
            next_end: 0,
            quoted: ReaderBuilder::new().delimiter(delimiter).build(),
            unquoted: String::new(),
            ends: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// The next one; `None` at the end of the table.
    pub(super) fn next(&mut self) -> Option<CsvRecord<'_>> {
        let bytes = self.text.as_bytes();
        while let Some(end @ (b'\r' | b'\n')) = bytes.get(self.at) {
            self.line += u64::from(*end == b'\n');
            self.at += 1;
        }
        let rest = bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let line = self.line;
        let (ending, text, is_first_quoted) = match self.cut(rest) {
            Some(ending) => (ending, self.text, false),
            None => (self.read_quoted(rest)?, &*self.unquoted, rest.first() == Some(&b'"')),
        };
        let last_line = self.line - u64::from(bytes.get(self.at - 1) == Some(&b'\n'));
        let fields = self.fields.as_slice();
        Some(CsvRecord { line, last_line, ending, text, fields, is_first_quoted })
    }

    /// Cuts the line at its delimiters; `None` if it has quotes, or an end of
    /// a line of an old Mac, and so may not be the record.
    fn cut(&mut self, rest: &[u8]) -> Option<CsvRecordEnding> {
        // Searched once for each line: a file with the CR line ends of old Macs has
        // many rows in one line.
        if self.next_end < self.at || self.next_end == 0 {
            let found = memchr::memchr(b'\n', rest);
            self.next_end = found.map_or(usize::MAX, |found| self.at + found);
        }
        let end = Some(self.next_end).filter(|end| *end != usize::MAX).map(|end| end - self.at);
        let whole = &rest[..end.unwrap_or(rest.len())];
        let line = whole.strip_suffix(b"\r").unwrap_or(whole);
        self.fields.clear();
        let mut from = self.at;
        for place in memchr::memchr3_iter(self.delimiter, b'"', b'\r', line) {
            if line[place] != self.delimiter {
                return None;
            }
            self.fields.push(from..self.at + place);
            from = self.at + place + 1;
        }
        self.fields.push(from..self.at + line.len());
        self.at += end.map_or(rest.len(), |end| end + 1);
        self.line += u64::from(end.is_some());
        let ends = end.is_some() || line.len() < whole.len();
        Some(if ends { CsvRecordEnding::Line } else { CsvRecordEnding::File })
    }

    /// Reads a record with quotes; `None` if there is none.
    fn read_quoted(&mut self, rest: &[u8]) -> Option<CsvRecordEnding> {
        // Enough for most; no record is longer without its quotes than with them.
        let mut unquoted = vec![0; rest.len().min(1024)];
        let (mut read, mut written, mut ended) = (0, 0, 0);
        self.ends.resize(self.ends.len().max(16), 0);
        loop {
            let (result, taken, filled, fields) = self.quoted.read_record(
                &rest[read..],
                &mut unquoted[written..],
                &mut self.ends[ended..],
            );
            read += taken;
            written += filled;
            ended += fields;
            match result {
                // The loop goes on with an empty input: only then does the parser
                // report the end.
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => unquoted.resize(unquoted.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return None,
            }
        }
        unquoted.truncate(written);
        // It was cut at delimiters and quotes, which are ASCII.
        self.unquoted = String::from_utf8(unquoted).unwrap_or_default();
        let mut from = 0;
        self.fields.clear();
        for &end in &self.ends[..ended] {
            self.fields.push(from..end);
            from = end;
        }
        self.line += memchr::memchr_iter(b'\n', &rest[..read]).count() as u64;
        self.at += read;
        Some(ending(&rest[..read], self.delimiter, read == rest.len()))
    }
}

/// The end of a record with quotes.
fn ending(record: &[u8], delimiter: u8, is_last: bool) -> CsvRecordEnding {
    if is_last && is_open(record, delimiter) {
        return CsvRecordEnding::Quote;
    }
    if record.ends_with(b"\n") || record.ends_with(b"\r") {
        CsvRecordEnding::Line
    } else {
        CsvRecordEnding::File
    }
}

/// Whether a record ends inside quotes. They open only where a field begins;
/// two of them inside stand for one.
fn is_open(record: &[u8], delimiter: u8) -> bool {
    let mut open = false;
    let mut before = delimiter;
    let mut quoted = false;
    for &byte in record {
        if byte == b'"' {
            if before == delimiter && !open {
                (open, quoted) = (true, true);
            } else if quoted {
                open = !open;
            }
        } else if !open {
            // Behind a quote that closed, another text is only text.
            quoted = false;
        }
        before = byte;
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str, delimiter: u8) -> Vec<(u64, Vec<String>)> {
        let mut records = CsvRecords::new(text, delimiter, 1);
        let mut all = Vec::new();
        while let Some(record) = records.next() {
            assert_eq!(record.fields().count(), record.len());
            all.push((record.line, record.fields().map(str::to_owned).collect()));
        }
        all
    }

    /// The same by the csv crate, and the lines by counting.
    fn by_csv(text: &str, delimiter: u8) -> Vec<(u64, Vec<String>)> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut record = csv::StringRecord::new();
        let mut all = Vec::new();
        while reader.read_record(&mut record).unwrap() {
            let offset = usize::try_from(record.position().unwrap().byte()).unwrap();
            let blank = text[offset..].bytes().take_while(|byte| b"\r\n".contains(byte)).count();
            let line = text[..offset + blank].matches('\n').count() as u64 + 1;
            all.push((line, record.iter().map(str::to_owned).collect()));
        }
        all
    }

    #[test]
    fn quotes_blank_lines_and_line_ends_are_read_as_expected() {
        let fields = |fields: &[&str]| fields.iter().map(|&f| f.to_owned()).collect::<Vec<_>>();
        assert_eq!(
            all("\u{feff}a,b\r\n\r\n\"x\n\"\"y\"\"\",z\n,\n\"\"\nlast", b','),
            [
                (1, fields(&["a", "b"])),
                (3, fields(&["x\n\"y\"", "z"])),
                (5, fields(&["", ""])),
                (6, fields(&[""])),
                (7, fields(&["last"])),
            ]
        );
        assert_eq!(all("\n\r\n", b','), []);
        // A quote that is never closed takes the rest; one inside is a letter.
        assert_eq!(all("a\"b,\"c\nd,e", b','), [(1, fields(&["a\"b", "c\nd,e"]))]);
        let wide = format!("\"{}\"{}", "x".repeat(5000), ",".repeat(50));
        assert_eq!(all(&wide, b',')[0].1.len(), 51);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4 * ProptestConfig::default().cases))]

        #[test]
        fn records_are_those_of_the_csv_crate(
            text in "([ab,;é \"\r\n]|\r\n|\"\"|a,b\n|\"a\",){0,30}",
            delimiter in prop::sample::select(vec![b',', b';', b'\t']),
        ) {
            prop_assert_eq!(all(&text, delimiter), by_csv(&text, delimiter));
        }

        /// Inside quotes, what is added goes on with the record; otherwise a
        /// line break ends it.
        #[test]
        fn the_last_record_says_what_it_ends_with(
            text in "([ab,;é \"\r\n]|\r\n|\"\"|a,b\n|\"a\",){0,30}",
        ) {
            let mut records = CsvRecords::new(&text, b',', 1);
            let (mut last, mut count) = (None, 0);
            while let Some(record) = records.next() {
                prop_assert!(last.is_none_or(|(ending, _)| ending == CsvRecordEnding::Line));
                last = Some((record.ending, record.last_line));
                count += 1;
            }
            let Some((ending, last_line)) = last else { return Ok(()) };
            let expected = if by_csv(&format!("{text}\nx"), b',').len() == count {
                CsvRecordEnding::Quote
            } else if text.ends_with(['\r', '\n']) {
                CsvRecordEnding::Line
            } else {
                CsvRecordEnding::File
            };
            prop_assert_eq!(ending, expected);
            let lines = text.trim_end_matches(['\r', '\n']).matches('\n').count() as u64 + 1;
            prop_assert!(last_line >= lines, "{} < {}", last_line, lines);
        }
    }
}
