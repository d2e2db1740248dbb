//! The glyphs of a row: single runs, and bands of many runs in a row.

use maintenance_core::time::UtcTime;

use super::rows::ChartRun;

/// The fewest runs of a band.
const FEWEST: usize = 4;

/// The glyphs of runs, which come in their order: each a single run, or the runs of a band,
/// whose single glyphs would touch, and which are all in the same window or in none. `at`
/// is the place of a time; glyphs of runs that are closer than `gap` would touch.
pub(in crate::view) fn glyphs(
    runs: &[ChartRun],
    at: impl Fn(UtcTime) -> f64,
    gap: f64,
) -> Vec<&[ChartRun]> {
    let touch = |a: &ChartRun, b: &ChartRun| {
        let is_alike = a.window == b.window && !a.is_running && !b.is_running;
        is_alike && at(b.time) - at(a.time) < gap
    };
    let size = |chain: &[ChartRun]| if chain.len() < FEWEST { 1 } else { chain.len() };
    runs.chunk_by(touch).flat_map(|chain| chain.chunks(size(chain))).collect()
}

/// Whether the runs of a glyph are in a window.
pub(in crate::view) fn is_in_window(glyph: &[ChartRun]) -> bool {
    glyph.iter().any(|run| run.window.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(millis: i64, window: Option<usize>) -> ChartRun {
        let time = UtcTime::from_millis(millis).unwrap();
        ChartRun { time, until: None, window, is_running: false }
    }

    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn found(runs: &[ChartRun]) -> Vec<usize> {
        let glyphs = glyphs(runs, |time| time.as_millis() as f64, 10.0);
        glyphs.iter().map(|glyph| glyph.len()).collect()
    }

    #[test]
    fn runs_that_touch_are_a_band_if_they_are_many_and_alike() {
        let at = |times: &[i64]| times.iter().map(|time| run(*time, None)).collect::<Vec<_>>();
        assert_eq!(found(&at(&[])), [0; 0]);
        assert_eq!(found(&at(&[0, 5, 10])), [1, 1, 1]);
        assert_eq!(found(&at(&[0, 5, 10, 19])), [4]);
        assert_eq!(found(&at(&[0, 10, 20, 30])), [1, 1, 1, 1]);
        // A window ends a band, and another one begins.
        let mixed: Vec<ChartRun> =
            (0..12).map(|n| run(n, (4..8).contains(&n).then_some(0))).collect();
        assert_eq!(found(&mixed), [4, 4, 4]);
        let mut running = at(&[0, 1, 2, 3, 4]);
        running[2].is_running = true;
        assert_eq!(found(&running), [1, 1, 1, 1, 1]);
    }
}
