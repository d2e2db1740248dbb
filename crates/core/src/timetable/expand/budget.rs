//! The limits of expanding recurrences, so that a small file cannot take all of
//! the time or the memory of the machine.
//!
//! A step is what takes about as long as looking at one candidate for a start,
//! some fifty nanoseconds. The rules of a timetable share the steps and the
//! windows of one query: a limit for each rule would only have to be met
//! by many rules.

/// The most windows that all rules may make in one query: what bounds memory.
pub(crate) const MAX_WINDOWS: u32 = 1_000_000;

/// The most periods in a row that a rule may leave empty.
pub(crate) const MAX_EMPTY: u32 = 10_000;

/// The most steps that all rules may take in one query, but for [`STEPS_EACH`].
pub(crate) const MAX_STEPS: u64 = 8_000_000;

/// The same for a query about a part of what is asked for.
const PART_STEPS: u64 = 250_000;

/// The number of further steps for each rule, so that many ordinary rules are
/// never too much: a daily rule takes three a day.
const STEPS_EACH: u64 = 400;

/// Which cap a rule ran into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capped {
    /// So many windows, of all rules.
    Windows(u32),
    /// So many steps, of all rules.
    Steps(u64),
    /// [`MAX_EMPTY`]
    Empty,
}

impl Capped {
    /// Which cap, in words.
    pub(crate) fn message(self) -> String {
        match self {
            Self::Windows(most) => format!(
                "the timetable makes more than {most} windows in the time looked at, \
                 most of them by this rule"
            ),
            Self::Steps(most) => format!(
                "to find the windows takes more than {most} steps, most of them for this rule"
            ),
            Self::Empty => format!("the rule makes nothing in {MAX_EMPTY} periods in a row"),
        }
    }

    /// The hint for whoever wrote the rule.
    pub(crate) const fn hint(self) -> &'static str {
        match self {
            Self::Windows(_) => "end the rule with UNTIL, or look at a shorter time",
            Self::Empty => "mend the rule, or end it with UNTIL",
            Self::Steps(_) => {
                "write fewer values into BYHOUR, BYMINUTE and BYSECOND, or a COUNT or an UNTIL \
                 that comes sooner"
            }
        }
    }
}

/// The windows and steps that are left for one query of a timetable.
#[derive(Debug)]
pub(crate) struct StepBudget {
    windows: u32,
    steps: u64,
    /// The windows and steps at the beginning.
    of: (u32, u64),
}

impl StepBudget {
    /// For a query of a timetable of so many rules.
    pub(crate) fn new(rules: usize) -> Self {
        Self::of_windows(MAX_WINDOWS, rules)
    }

    /// The same for at most that many windows.
    pub(crate) fn of_windows(windows: u32, rules: usize) -> Self {
        Self::of(windows.min(MAX_WINDOWS), MAX_STEPS, rules)
    }

    /// For a query about a part of the time that is asked for: at most that many
    /// windows, and fewer steps.
    pub(crate) fn part(windows: u32, rules: usize) -> Self {
        Self::of(windows.min(MAX_WINDOWS), PART_STEPS, rules)
    }

    fn of(windows: u32, steps: u64, rules: usize) -> Self {
        let steps = steps.saturating_add(STEPS_EACH.saturating_mul(rules as u64));
        Self { windows, steps, of: (windows, steps) }
    }

    /// The number of steps taken.
    pub(crate) const fn taken(&self) -> u64 {
        self.of.1 - self.steps
    }

    /// Takes that many steps.
    pub(crate) fn step(&mut self, steps: u64) -> Result<(), Capped> {
        self.steps = self.steps.checked_sub(steps).ok_or(Capped::Steps(self.of.1))?;
        Ok(())
    }

    /// Makes a window that takes that many steps to list.
    pub(crate) fn window(&mut self, steps: u64) -> Result<(), Capped> {
        self.windows = self.windows.checked_sub(1).ok_or(Capped::Windows(self.of.0))?;
        self.step(steps)
    }
}
