//! The windows that a timetable has for a task or plan. Pure.
//!
//! The list of planned runs may not show the runs of paused tasks, so it does not show that
//! a window was moved or cancelled. The timetable does.

use std::sync::Arc;
use std::time::Duration;

use maintenance_core::change::Target;
use maintenance_core::hold::{Hold, HoldWindow};
use maintenance_core::run::Labels;
use maintenance_core::scope::{MissingField, Subject};
use maintenance_core::time::UtcTime;
use maintenance_core::timetable::Timetable;
use maintenance_core::window::{Window, WindowKind};
use maintenance_core::window_set::Widening;

use crate::timing::OPEN_PERIOD_SEARCH;

/// The windows that a timetable has for one task or plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RuledWindows {
    pub(crate) windows: Vec<HoldWindow>,
    /// Whether a window matches only by a former name.
    pub(crate) is_by_former_name: bool,
}

/// The reason why a timetable cannot be asked about a task or plan.
#[derive(Clone, Debug)]
pub(crate) enum Undecided {
    /// A scope asks for a field that is not known.
    MissingField(MissingField),
    /// The tasks of the plan are not known.
    UnknownTasks,
}

impl From<MissingField> for Undecided {
    fn from(missing: MissingField) -> Self {
        Self::MissingField(missing)
    }
}

/// A timetable, asked for one task or plan at a time.
pub(crate) trait TimetableWindows {
    /// The windows of a task or plan that touch the time of `around`.
    fn windows(
        &self,
        target: &Target,
        labels: &Labels,
        around: &Hold,
    ) -> Result<RuledWindows, Undecided>;
}

/// The most windows that recurrences may make in the searched time: each task is
/// compared with each window.
const MOST_WINDOWS: u32 = 200_000;

/// The windows of a timetable that bear on some holds.
#[derive(Debug)]
pub(crate) struct WindowsAround {
    /// Each with its name, which the holds share.
    windows: Vec<(Window, Arc<str>)>,
}

impl WindowsAround {
    /// All windows that, when widened, touch one of these holds.
    pub(crate) fn new<'h>(
        timetable: &Timetable,
        widening: Widening,
        holds: impl Iterator<Item = &'h Hold>,
        now: UtcTime,
    ) -> anyhow::Result<Self> {
        let (mut from, mut to) = (now, now);
        for hold in holds {
            from = from.min(hold.start());
            to = to.max(hold.end().unwrap_or(now)).max(hold.start());
        }
        // A window that ends, or begins, exactly at the edge touches it.
        let millisecond = Duration::from_millis(1);
        let (from, to) = (from.saturating_sub(millisecond), to.saturating_add(millisecond));
        let mut windows = timetable.widened(from, to, widening, MOST_WINDOWS)?;
        // A window that reaches beyond the holds is cut by open periods there, too.
        let first = windows.iter().map(|window| window.start).min().unwrap_or(from);
        let last = windows.iter().filter_map(|window| window.end).max().unwrap_or(to);
        let first = first.clamp(from.saturating_sub(OPEN_PERIOD_SEARCH), from);
        let last = last.clamp(to, to.saturating_add(OPEN_PERIOD_SEARCH));
        if (first < from || to < last)
            && let Ok(open_periods) = timetable.open_periods(first, last, MOST_WINDOWS)
        {
            windows.retain(|window| window.kind != WindowKind::Open);
            windows.extend(open_periods);
        }
        let named = |window: Window| {
            let name = Arc::from(&*window.name);
            (window, name)
        };
        let windows = windows.into_iter().map(named).collect();
        Ok(Self { windows })
    }

    /// The windows of maintenance of that name.
    pub(crate) fn of_name<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Window> {
        let windows = self.windows.iter().filter(move |(_, of)| **of == *name);
        windows.map(|(window, _)| window).filter(|it| it.kind == WindowKind::Maintenance)
    }

    /// The windows that touch `around` and would concern the task or plan if it,
    /// its workspace or its environment were called otherwise.
    pub(crate) fn by_other_names<'s>(
        &'s self,
        target: &'s Target,
        labels: &'s Labels,
        around: &Hold,
    ) -> impl Iterator<Item = &'s Window> {
        let unnamed = Labels {
            name: None,
            workspace_name: None,
            environment_name: None,
            ..Labels::clone(labels)
        };
        let around = (around.start(), around.end());
        self.windows.iter().map(|(window, _)| window).filter(move |window| {
            window.kind == WindowKind::Maintenance
                && touch((window.start, window.end), around)
                && judge(window, target, &unnamed).is_err()
                && judge(window, target, labels) == Ok(false)
        })
    }
}

/// Whether a window concerns a task or plan.
pub(super) fn judge(
    window: &Window,
    target: &Target,
    labels: &Labels,
) -> Result<bool, MissingField> {
    let tags: Option<Vec<&str>> =
        labels.tags.as_ref().map(|tags| tags.iter().map(|tag| &**tag).collect());
    window.scope.judge(&subject(target, labels, tags.as_deref()))
}

/// A task or plan as scopes see it.
pub(super) fn subject<'a>(
    target: &'a Target,
    labels: &'a Labels,
    tags: Option<&'a [&'a str]>,
) -> Subject<'a> {
    Subject {
        id: Some(&target.id),
        name: labels.name.as_deref(),
        kind: Some(target.kind.as_type()),
        environment_id: Some(&target.environment_id),
        environment_name: labels.environment_name.as_deref(),
        workspace_id: labels.workspace_id.as_deref(),
        workspace_name: labels.workspace_name.as_deref(),
        tags,
    }
}

impl TimetableWindows for WindowsAround {
    fn windows(
        &self,
        target: &Target,
        labels: &Labels,
        around: &Hold,
    ) -> Result<RuledWindows, Undecided> {
        // Times are compared before scopes are judged, since most windows are
        // at other times.
        let of_kind = |kind| self.windows.iter().filter(move |(window, _)| window.kind == kind);
        let mut held: Vec<HoldWindow> = Vec::new();
        for (window, name) in of_kind(WindowKind::Maintenance) {
            let (start, end) = (window.start, window.end);
            if touch((start, end), (around.start(), around.end())) && judge(window, target, labels)?
            {
                held.push(HoldWindow { start, end, name: Arc::clone(name) });
            }
        }
        let mut open_periods = Vec::new();
        for (window, _) in of_kind(WindowKind::Open) {
            let span = (window.start, window.end);
            if held.iter().any(|held| touch(span, (held.start, held.end)))
                && judge(window, target, labels)?
            {
                open_periods.push(span);
            }
        }
        let pieces = held.into_iter().flat_map(|window| without(window, &open_periods));
        let around = (around.start(), around.end());
        let windows = pieces.filter(|piece| touch((piece.start, piece.end), around)).collect();
        Ok(RuledWindows { windows, is_by_former_name: false })
    }
}

/// The pieces of a window that are left when the open periods are taken out.
fn without(window: HoldWindow, periods: &[(UtcTime, Option<UtcTime>)]) -> Vec<HoldWindow> {
    let mut pieces = vec![window];
    for &(start, end) in periods {
        pieces = pieces
            .into_iter()
            .flat_map(|piece| {
                let before_end = piece.end.map_or(start, |piece_end| piece_end.min(start));
                let before = HoldWindow { end: Some(before_end), ..piece.clone() };
                let after = end.map(|end| HoldWindow { start: piece.start.max(end), ..piece });
                [Some(before), after]
            })
            .flatten()
            .filter(|piece| piece.end.is_none_or(|end| piece.start < end))
            .collect();
    }
    pieces
}

/// Whether two spans share an instant or an edge.
fn touch(one: (UtcTime, Option<UtcTime>), other: (UtcTime, Option<UtcTime>)) -> bool {
    one.1.is_none_or(|end| other.0 <= end) && other.1.is_none_or(|end| one.0 <= end)
}

#[cfg(test)]
mod tests {
    use maintenance_core::timetable::{ReadOptions, TimetableFile, load};
    use maintenance_core::zone::ZoneTable;

    use super::*;

    /// Beside a row without a foreseeable end and a series that could be counted
    /// to it for ever.
    #[test]
    fn an_open_period_beyond_the_hold_cuts_a_window_that_was_extended() {
        let csv = "name,start,end,kind,recurrence,task\n\
            w,2026-12-01T00:00Z,2026-12-01T04:00Z,,,\n\
            lunch,2026-12-01T02:00Z,2026-12-01T03:00Z,open,,\n\
            retired,2025-01-01T00:00Z,9999-12-31T00:00Z,,,t9\n\
            tea,2025-01-01T05:00Z,2025-01-01T05:05Z,open,FREQ=DAILY,\n\
            often,2025-01-01T06:00Z,2025-01-01T06:05Z,,FREQ=HOURLY,t9\n";
        let zones = ZoneTable::bundled();
        let options = ReadOptions::new(zones);
        let input = TimetableFile { file: "t.csv", format: None, bytes: csv.as_bytes() };
        let (timetable, _) = load([input], &options).unwrap();
        let at = |time: &str| UtcTime::parse(&format!("2026-12-01T{time}:00Z")).unwrap();
        let window =
            |start, end| HoldWindow { start: at(start), end: Some(at(end)), name: "w".into() };
        let hold = Hold::new(vec![window("00:00", "01:00")], Vec::new()).unwrap();
        let holds = [&hold].into_iter();
        let around =
            WindowsAround::new(&timetable, Widening::default(), holds, at("00:30")).unwrap();
        let target = Target {
            environment_id: "e".into(),
            kind: maintenance_core::change::TargetKind::Task,
            id: "t".into(),
        };
        let labels = Labels { name: Some("Task".into()), ..Labels::default() };
        let ruled = around.windows(&target, &labels, &hold).unwrap();
        assert_eq!(ruled.windows, [window("00:00", "02:00")]);
    }

    #[test]
    fn open_periods_are_taken_out() {
        let at = |minute: i64| UtcTime::from_millis(minute * 60_000).unwrap();
        let window = |start, end: Option<i64>| HoldWindow {
            start: at(start),
            end: end.map(at),
            name: "w".into(),
        };
        let left = |open: &[(i64, Option<i64>)], end| {
            let open: Vec<_> = open.iter().map(|&(s, e)| (at(s), e.map(at))).collect();
            without(window(10, end), &open)
        };
        assert_eq!(left(&[], Some(20)), [window(10, Some(20))]);
        assert_eq!(left(&[(12, Some(14))], Some(20)), [window(10, Some(12)), window(14, Some(20))]);
        assert_eq!(left(&[(0, Some(15)), (18, None)], None), [window(15, Some(18))]);
        assert_eq!(left(&[(0, Some(5)), (20, Some(30))], Some(20)), [window(10, Some(20))]);
        assert_eq!(left(&[(0, None)], Some(20)), []);
        assert_eq!(left(&[(10, Some(15))], Some(20)), [window(15, Some(20))]);
        assert_eq!(left(&[(15, Some(20))], Some(20)), [window(10, Some(15))]);
    }

    /// The windows of these rows around hour 0 to 24 of a day.
    fn around(rows: &str) -> WindowsAround {
        let csv = format!("name,start,end,kind,task,workspace,tag,environment\n{rows}");
        let options = ReadOptions::new(ZoneTable::bundled());
        let input = TimetableFile { file: "t.csv", format: None, bytes: csv.as_bytes() };
        let (timetable, _) = load([input], &options).unwrap();
        let hold = day();
        WindowsAround::new(&timetable, Widening::default(), [&hold].into_iter(), hold.start())
            .unwrap()
    }

    fn hour(hour: i64) -> UtcTime {
        let day = UtcTime::parse("2026-12-01T00:00:00Z").unwrap().as_millis();
        UtcTime::from_millis(day + hour * 3_600_000).unwrap()
    }

    fn day() -> Hold {
        let window = HoldWindow { name: "w".into(), start: hour(0), end: Some(hour(24)) };
        Hold::new(vec![window], Vec::new()).unwrap()
    }

    #[test]
    fn a_window_is_found_by_its_name_unless_it_is_open() {
        let windows = around(
            "w,2026-12-01T01:00Z,2026-12-01T02:00Z,,,,,\n\
             x,2026-12-01T02:00Z,2026-12-01T03:00Z,,,,,\n\
             w,2026-12-01T03:00Z,2026-12-01T04:00Z,open,,,,\n",
        );
        let of_name = |name| windows.of_name(name).map(|window| window.start).collect::<Vec<_>>();
        assert_eq!(of_name("w"), [hour(1)]);
        assert_eq!(of_name("x"), [hour(2)]);
        assert_eq!(of_name("y"), []);
    }

    #[test]
    fn an_open_period_of_other_tasks_cuts_nothing() {
        let windows = around(
            "w,2026-12-01T01:00Z,2026-12-01T05:00Z,,,,,\n\
             lunch,2026-12-01T02:00Z,2026-12-01T03:00Z,open,t9,,,\n",
        );
        for (id, pieces) in [("t", 1), ("t9", 2)] {
            let target = crate::decide::test_ledger::task(id);
            let labels = Labels { name: Some(id.into()), ..Labels::default() };
            let ruled = windows.windows(&target, &labels, &day()).unwrap();
            assert_eq!(ruled.windows.len(), pieces, "{id}");
        }
    }

    #[test]
    fn a_window_matches_by_other_names_if_only_a_name_excludes_the_task() {
        let target = crate::decide::test_ledger::task("t");
        let labels = Labels {
            name: Some("Load".into()),
            workspace_name: Some("Finance".into()),
            environment_name: Some("Production".into()),
            tags: Some([].into()),
            ..Labels::default()
        };
        let (early, now) =
            ("2026-11-30T00:00Z,2026-11-30T09:00Z", "2026-12-01T01:00Z,2026-12-01T05:00Z");
        for (row, is_found) in [
            (format!("w,{now},,Other,,,"), true),
            (format!("w,{now},,,Other,,"), true),
            (format!("w,{now},,,,,Other"), true),
            // It concerns the task as it is called.
            (format!("w,{now},,Load,,,"), false),
            (format!("w,{now},,,,,"), false),
            // A tag is no name of these.
            (format!("w,{now},,,,nightly,"), false),
            (format!("w,{now},open,Other,,,"), false),
            // At another time, kept for another window's sake.
            (format!("w,{early},,Other,,,"), false),
        ] {
            let mut windows = around(&format!("{row}\n"));
            // Whatever was searched for.
            if row.contains(early) {
                windows = around(&format!("{row}\n").replace(early, now));
                for (window, _) in &mut windows.windows {
                    (window.start, window.end) = (hour(-24), Some(hour(-15)));
                }
            }
            let found = windows.by_other_names(&target, &labels, &day()).count();
            assert_eq!(found, usize::from(is_found), "{row}");
        }
    }
}
