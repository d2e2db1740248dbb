//! The windows of a span of time, widened.

use super::problem::TimetableError;
use super::windows::{Timetable, order};
use crate::time::UtcTime;
use crate::window::Window;
use crate::window_set::Widening;

impl Timetable {
    /// Every window that, once it is widened, overlaps `[from, to)`, and the
    /// empty ones that start there; sorted by start and then by end.
    ///
    /// # Errors
    ///
    /// As [`Timetable::windows`], and if recurrences make more than `most`.
    pub fn widened(
        &self,
        from: UtcTime,
        to: UtcTime,
        widening: Widening,
        most: u32,
    ) -> Result<Vec<Window>, TimetableError> {
        // What lies outside may reach in, and open periods, which are not
        // widened, fall out again.
        let (first, last) =
            (from.saturating_sub(widening.after), to.saturating_add(widening.before));
        let windows = self.at_most(first, last, most)?.into_iter();
        let mut windows: Vec<Window> = windows.map(|window| widening.apply(window)).collect();
        windows.retain(|window| window.overlaps(from, to));
        windows.sort_unstable_by_key(|window| (order(window), window.source.line));
        Ok(windows)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{Format, ReadOptions, TimetableFile, load};
    use super::*;
    use crate::zone::ZoneTable;

    #[test]
    fn windows_reach_in_once_they_are_widened_and_open_periods_do_not() {
        let text = "name,start,end,kind\n\
            late,2026-03-01T10:10Z,2026-03-01T11:00Z,\n\
            early,2026-03-01T08:00Z,2026-03-01T09:55Z,\n\
            far,2026-03-01T12:00Z,2026-03-01T13:00Z,\n\
            let through,2026-03-01T10:10Z,2026-03-01T11:00Z,open\n\
            at the end,2026-03-01T10:05Z,2026-03-01T11:00Z,open\n\
            before,2026-03-01T09:00Z,2026-03-01T10:00Z,open\n";
        let input =
            TimetableFile { file: "t.csv", format: Some(Format::Csv), bytes: text.as_bytes() };
        let zones = ZoneTable::bundled();
        let options = ReadOptions::new(zones);
        let (timetable, _) = load([input], &options).unwrap();
        let at = |time: &str| UtcTime::parse(time).unwrap();
        let (from, to) = (at("2026-03-01T10:00:00Z"), at("2026-03-01T10:05:00Z"));
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        for (before, after, expected) in [
            (0, 0, &[][..]),
            (5, 5, &[]),
            (6, 0, &[("late", "10:04", "11:00")]),
            (0, 6, &[("early", "08:00", "10:01")]),
            (15, 10, &[("early", "07:45", "10:05"), ("late", "09:55", "11:10")]),
        ] {
            let widening = Widening { before: minutes(before), after: minutes(after) };
            let found = timetable.widened(from, to, widening, u32::MAX).unwrap();
            let found: Vec<_> = found
                .iter()
                .map(|window| {
                    let clock = |time: UtcTime| time.to_string()[11..16].to_owned();
                    (window.name.to_string(), clock(window.start), clock(window.end.unwrap()))
                })
                .collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(name, start, end)| {
                    ((*name).to_owned(), (*start).to_owned(), (*end).to_owned())
                })
                .collect();
            assert_eq!(found, expected, "{before} {after}");
        }
    }
}
