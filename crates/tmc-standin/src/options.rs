//! Where the documentation is silent or tenants differ: one switch for each.

use serde::{Deserialize, Serialize};

use crate::answer_shapes::AnswerShapes;
use crate::overload::Overload;

/// The behaviour of this tenant where others may behave differently.
///
/// In a world file this is the object `options`; every member is optional.
/// [`Standin::set_options`](crate::Standin::set_options) changes them while
/// the stand-in runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "a switchboard")]
pub struct Options {
    /// Tokens say `"expires_in": 1800`, not `"1800"`.
    pub expires_in_as_number: bool,
    /// Lifetime of a service account's token, in seconds.
    pub token_seconds: i64,
    /// Transactions a minute and address of the Orchestration API; 0 is no limit.
    pub orchestration_limit: usize,
    /// Transactions a minute and address of the Processing API; 0 is no limit.
    pub processing_limit: usize,
    /// The form in which a 429 says when to come back.
    pub retry_after: RetryAfter,
    /// The load that the whole service bears; any if absent.
    pub overload: Option<Overload>,
    /// Answers are compressed where the client takes that.
    pub gzip: bool,
    /// A run exactly at `to` is listed too.
    pub to_inclusive: bool,
    /// Runs of paused tasks and plans do not appear in the search.
    pub hide_paused_runs: bool,
    /// The answer of the search for an environment that does not exist.
    pub unknown_environment: UnknownEnvironment,
    /// Lists of tasks show `taskPauseDetails`.
    pub pause_details_in_list: bool,
    /// The pause details of a task or plan that is not paused.
    pub unpaused: Unpaused,
    /// `pauseContext` is stored but never shown.
    pub hide_pause_context: bool,
    /// Of `pauseContext` only so many characters are shown; all if absent.
    pub context_characters: Option<usize>,
    /// Pausing what is paused replaces who, when and why (and is still a 204).
    pub repeated_pause_rewrites: bool,
    /// Reads show a pause or resume so many milliseconds of real time late.
    pub shows_after_ms: u64,
    /// An accepted pause takes effect so many milliseconds of real time late,
    /// even if a resume came meanwhile (which finds nothing to change: 204).
    pub pause_lands_after_ms: u64,
    /// The requests that lists of executions refuse.
    pub history: HistoryRule,
    /// The highest offset that lists of executions allow; that of the rule if
    /// absent.
    pub execution_offset_cap: Option<usize>,
    /// The days that lists of executions reach back.
    pub execution_days: i64,
    /// A list of executions that reaches farther back is refused with 400, not
    /// just shorter.
    pub refuse_older_executions: bool,
    /// Lists of one task's executions refuse `from` and `limit`.
    pub refuse_from_per_task: bool,
    /// The id in the answer to a start is not the one that is listed later.
    pub start_answer_has_other_id: bool,
    /// The shapes of its answers.
    pub shapes: AnswerShapes,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            expires_in_as_number: false,
            token_seconds: 1_800,
            orchestration_limit: 1_800,
            processing_limit: 1_800,
            retry_after: RetryAfter::Seconds,
            overload: None,
            gzip: false,
            to_inclusive: false,
            hide_paused_runs: false,
            unknown_environment: UnknownEnvironment::NotFound,
            pause_details_in_list: false,
            unpaused: Unpaused::Absent,
            hide_pause_context: false,
            context_characters: None,
            repeated_pause_rewrites: false,
            shows_after_ms: 0,
            pause_lands_after_ms: 0,
            history: HistoryRule::Announced,
            execution_offset_cap: None,
            execution_days: 60,
            refuse_older_executions: false,
            refuse_from_per_task: false,
            start_answer_has_other_id: false,
            shapes: AnswerShapes::default(),
        }
    }
}

/// The requests that lists of executions refuse with 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HistoryRule {
    /// As release R2025-11 announces it: a span of more than ten days, an
    /// offset of more than 1,000, `lastDays` beyond 1 to 10; 7 if nothing is
    /// asked for.
    Announced,
    /// As the description of 2021-03 has it: a span of more than sixty days,
    /// `lastDays` beyond 1 to 60; 60 if nothing is asked for.
    Described,
}

impl HistoryRule {
    /// Days that a span may have.
    pub(crate) const fn days(self) -> i64 {
        match self {
            Self::Announced => 10,
            Self::Described => 60,
        }
    }

    /// Days that are listed if nothing is asked for.
    pub(crate) const fn usual_days(self) -> i64 {
        match self {
            Self::Announced => 7,
            Self::Described => 60,
        }
    }

    /// The highest offset.
    pub(crate) const fn offsets(self) -> usize {
        match self {
            Self::Announced => 1_000,
            Self::Described => usize::MAX,
        }
    }
}

/// The `Retry-After` of a 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RetryAfter {
    /// Whole seconds.
    Seconds,
    /// An HTTP date.
    Date,
    /// No such header.
    Absent,
}

/// The answer of the event search for an environment that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UnknownEnvironment {
    /// 404.
    NotFound,
    /// 403.
    Forbidden,
    /// An empty list.
    Empty,
}

/// The pause details of a task or plan that is not paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unpaused {
    /// No pause details.
    Absent,
    /// Pause details that are `null`.
    Null,
    /// Pause details that say `"pause": false`.
    False,
}
