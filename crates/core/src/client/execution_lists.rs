//! Lists of executions over a period, however long, in slices of time.
//!
//! `GET /processing/executables/{tasks,plans}/executions` takes a span of at
//! most ten days (release notes R2025-11) and offsets up to 1,000. So a longer
//! period is asked for in slices, the newest first and then the others side by
//! side, and a slice that is too long for its offsets is cut in two. How far
//! back the API shows is found out: what it refuses beyond that is not known,
//! and that is part of the result.
//!
//! These lists change all the time, so their pages cannot be proved to fit: a
//! slice is read again while its total changes, a few times at most, and
//! everything that was seen is returned.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt, StreamExt, stream};

use super::completeness::RawPage;
use super::error::{ClientError, Discrepancy};
use super::execution::Execution;
use super::handle::Client;
use super::list_limit::Bound;
use super::query::{ExecutionQuery, LARGEST_PAGE, collection};
use super::request::ApiRequest;
use super::slices::{SHORT_SPAN, TimeSlice, halves, length};
use crate::short_name::clip;
use crate::time::UtcTime;

/// No slice is longer: an hour less than the API's ten days, should it count
/// its own way.
const LONGEST_SPAN: Duration = Duration::from_secs((10 * 24 - 1) * 60 * 60);
/// Offsets past this one are refused: a longer list is read in slices of time
/// instead.
const LAST_OFFSET: u64 = 1000;
/// The retention limit of the API is found to within this.
const RETENTION_PRECISION: Duration = Duration::from_secs(24 * 60 * 60);
/// The number of readings of a list that changes while it is read.
const READINGS: u32 = 3;

/// The executions of a period, as far as the API shows them.
#[derive(Debug, Default)]
pub struct ExecutionList {
    /// The executions, each once, in no order.
    pub executions: Vec<Execution>,
    /// The beginning of the time that the API shows, if not the whole period.
    pub retention_limit: Option<RetentionLimit>,
    /// A list whose total is always another than the number of its items: the
    /// total, and the number.
    pub mismatch: Option<(u64, u64)>,
    /// Whether some list changed whenever it was read.
    pub is_changing: bool,
}

/// The beginning of the part of a period that the API shows, and its refusal of the rest.
#[derive(Debug)]
pub struct RetentionLimit {
    /// The first instant that is known, UTC.
    pub known_from: UtcTime,
    /// The API's refusal of more.
    pub refused: ClientError,
}

impl ExecutionList {
    fn add(&mut self, other: Self) {
        self.executions.extend(other.executions);
        self.mismatch = self.mismatch.or(other.mismatch);
        self.is_changing |= other.is_changing;
    }
}

/// A query, and how much may be read for it.
#[derive(Clone, Copy, Debug)]
struct BoundedQuery<'a> {
    query: &'a ExecutionQuery,
    bound: &'a Bound,
}

impl Client {
    /// The executions that the query takes, as far as the API shows.
    ///
    /// # Errors
    ///
    /// A refusal beyond the retention limit of the time that the API shows is no error.
    pub async fn executions(&self, query: &ExecutionQuery) -> Result<ExecutionList, ClientError> {
        let bound = self.bound();
        let asked = BoundedQuery { query, bound: &bound };
        let (from, to) = (query.from, query.to);
        let (mut seen, span) = self.newest(asked, (from, to)).await?;
        let mut slices = Vec::new();
        let mut until = to.saturating_sub(span);
        while until > from {
            let begin = until.saturating_sub(span);
            slices.push((from.max(begin), until));
            until = begin;
        }
        let is_lax = seen.mismatch.is_some();
        let older = slices.iter().map(|slice| self.slice(asked, *slice, is_lax));
        let older: Vec<_> = stream::iter(older).buffered(self.concurrency()).collect().await;
        let mut limit = None;
        for (slice, listed) in slices.into_iter().zip(older) {
            match listed {
                Ok(more) => seen.add(more),
                Err(refused) if asks_too_much(&refused) => {
                    limit.get_or_insert((slice, refused));
                }
                Err(error) => return Err(error),
            }
        }
        if let Some((slice, refused)) = limit {
            let known_from = self.find_retention_limit(asked, slice, &refused, &mut seen).await?;
            seen.retention_limit = Some(RetentionLimit { known_from, refused });
        }
        let last_seen: HashMap<_, _> =
            seen.executions.into_iter().map(|seen| (seen.id.clone(), seen)).collect();
        seen.executions = last_seen.into_values().collect();
        Ok(seen)
    }

    /// The newest slice, and how long a slice may be: shorter than by the
    /// description where the tenant refuses that.
    async fn newest(
        &self,
        asked: BoundedQuery<'_>,
        (from, to): TimeSlice,
    ) -> Result<(ExecutionList, Duration), ClientError> {
        let mut span = LONGEST_SPAN;
        let mut is_checked = false;
        loop {
            let slice = (from.max(to.saturating_sub(span)), to);
            let refused = match self.slice(asked, slice, false).await {
                Ok(seen) => return Ok((seen, span)),
                Err(refused) if asks_too_much(&refused) => refused,
                Err(error) => return Err(error),
            };
            let length = length(slice);
            if length <= SHORT_SPAN {
                return Err(refused);
            }
            if !is_checked {
                // Is it the length that is refused?
                match self.slice(asked, (to.saturating_sub(SHORT_SPAN), to), false).await {
                    Ok(_) => is_checked = true,
                    // An empty page again: it is the total that is wrong.
                    Err(ClientError::Incomplete { .. }) => {
                        return Ok((self.slice(asked, slice, true).await?, span));
                    }
                    Err(_) => return Err(refused),
                }
            }
            span = (length / 2).max(SHORT_SPAN);
        }
    }

    /// Finds the time from which on the API shows executions, within a slice that it
    /// refuses. Adds to `seen` the executions of the part that it shows.
    async fn find_retention_limit(
        &self,
        asked: BoundedQuery<'_>,
        (mut from, mut until): TimeSlice,
        refused: &ClientError,
        seen: &mut ExecutionList,
    ) -> Result<UtcTime, ClientError> {
        // A service that fails is not asked again and again.
        if refused.status().is_none_or(|status| status >= 500) {
            return Ok(until);
        }
        while length((from, until)) > RETENTION_PRECISION {
            let middle = from.saturating_add(length((from, until)) / 2);
            match self.slice(asked, (middle, until), seen.mismatch.is_some()).await {
                Ok(more) => {
                    seen.add(more);
                    until = middle;
                }
                Err(refused) if asks_too_much(&refused) => from = middle,
                Err(error) => return Err(error),
            }
        }
        Ok(until)
    }

    /// One slice of time, cut in two if the list is too long to be paged. With
    /// `is_lax`, a list without items is one whatever its total says.
    fn slice<'a>(
        &'a self,
        asked: BoundedQuery<'a>,
        slice: TimeSlice,
        is_lax: bool,
    ) -> LocalBoxFuture<'a, Result<ExecutionList, ClientError>> {
        async move {
            let mut seen = ExecutionList::default();
            for _ in 0..READINGS {
                seen.mismatch = None;
                seen.is_changing = false;
                match self.reading(asked, slice, &mut seen.executions).await? {
                    SliceReading::Whole => return Ok(seen),
                    SliceReading::Short { total, got } => seen.mismatch = Some((total, got)),
                    SliceReading::Changing => seen.is_changing = true,
                    SliceReading::TooLong { offset } => {
                        let Some(halves) = halves(slice) else {
                            return Err(incomplete(asked.query, Discrepancy::Crowded { offset }));
                        };
                        let [early, late] = halves.map(|half| self.slice(asked, half, is_lax));
                        let (early, late) = futures_util::try_join!(early, late)?;
                        seen.add(early);
                        seen.add(late);
                        return Ok(seen);
                    }
                }
            }
            if seen.mismatch.is_some() && seen.executions.is_empty() && !is_lax {
                return Err(incomplete(asked.query, Discrepancy::Empty { offset: 0 }));
            }
            Ok(seen)
        }
        .boxed_local()
    }

    /// Reads a slice's pages once.
    async fn reading(
        &self,
        asked: BoundedQuery<'_>,
        slice: TimeSlice,
        seen: &mut Vec<Execution>,
    ) -> Result<SliceReading, ClientError> {
        let first = self.execution_page(asked, slice, 0).await?;
        if first.total.is_some_and(|total| total > LAST_OFFSET) && halves(slice).is_some() {
            return Ok(SliceReading::TooLong { offset: LAST_OFFSET });
        }
        let mut pages = SlicePages::of(&first);
        let mut page = first.items;
        loop {
            let got = page.len() as u64;
            let executions = page.iter().map(|item| self.item(&path(asked.query), item));
            let executions: Vec<Execution> = executions.collect::<Result<_, _>>()?;
            let is_new = pages.add(&executions);
            seen.extend(executions);
            if !is_new && got > 0 {
                // The same page again. All that such a server has fits into
                // one, or else nobody knows how much it has.
                if got == pages.full {
                    let offset = pages.items - got;
                    return Err(incomplete(asked.query, Discrepancy::Repeated { offset }));
                }
                break;
            }
            if pages.is_over_with(got) {
                break;
            }
            let more = match self.execution_page(asked, slice, pages.items).await {
                Err(error) if error.may_ask_too_much() && halves(slice).is_some() => {
                    return Ok(SliceReading::TooLong { offset: pages.items });
                }
                more => more?,
            };
            pages.is_same &= more.total == pages.total || more.items.is_empty();
            page = more.items;
        }
        if pages.is_short() && !self.serves(asked, slice, pages.items - 1).await? {
            return Ok(SliceReading::TooLong { offset: pages.items - 1 });
        }
        Ok(pages.reading())
    }

    /// Whether the API hands out an item at that offset.
    async fn serves(
        &self,
        asked: BoundedQuery<'_>,
        slice: TimeSlice,
        offset: u64,
    ) -> Result<bool, ClientError> {
        match self.execution_page(asked, slice, offset).await {
            Err(error) if error.may_ask_too_much() => Ok(false),
            page => Ok(!page?.items.is_empty()),
        }
    }

    async fn execution_page(
        &self,
        asked: BoundedQuery<'_>,
        (from, to): TimeSlice,
        offset: u64,
    ) -> Result<RawPage, ClientError> {
        let BoundedQuery { query, bound } = asked;
        let mut asked = vec![("environmentId", query.environment_id.clone())];
        asked.extend(query.status.map(|status| ("status", status.to_owned())));
        asked.extend([("from", from.as_millis().to_string()), ("to", to.as_millis().to_string())]);
        asked.extend([("limit", LARGEST_PAGE.to_string()), ("offset", offset.to_string())]);
        let page = self.page(&ApiRequest::list(&path(query), asked)).await?;
        let bytes = page.items.iter().map(|item| item.get().len()).sum();
        bound.allows("executions", page.total)?;
        bound.take("executions", page.items.len(), bytes)?;
        Ok(page)
    }
}

/// The path of the list that a query asks for.
const fn path(query: &ExecutionQuery) -> [&'static str; 4] {
    ["processing", "executables", collection(query.kind), "executions"]
}

/// The result of reading a slice once.
#[derive(Debug)]
enum SliceReading {
    Whole,
    /// There are fewer items, or more, than the total says.
    Short {
        total: u64,
        got: u64,
    },
    /// The total was another one from page to page.
    Changing,
    /// The API does not serve that offset.
    TooLong {
        offset: u64,
    },
}

/// The pages of a slice that were read so far.
struct SlicePages {
    /// The length of the list, by its first page.
    total: Option<u64>,
    /// The number of items of a full page.
    full: u64,
    /// The number of items so far: the offset of the next page.
    items: u64,
    ids: HashSet<String>,
    /// Whether all pages have the same total.
    is_same: bool,
}

impl SlicePages {
    /// The pages of a list that begins with this one, before any item is added.
    fn of(first: &RawPage) -> Self {
        let full = first.limit.map_or(LARGEST_PAGE, |limit| limit.clamp(1, LARGEST_PAGE));
        Self { total: first.total, full, items: 0, ids: HashSet::new(), is_same: true }
    }

    /// Adds a page. Returns whether any execution of it is new.
    fn add(&mut self, page: &[Execution]) -> bool {
        let known = self.ids.len();
        self.ids.extend(page.iter().map(|execution| execution.id.clone()));
        self.items += page.len() as u64;
        self.ids.len() > known
    }

    /// Whether the list ends with the last page, which has so many items.
    fn is_over_with(&self, got: u64) -> bool {
        // A total may count only the page: a full one may go on.
        got == 0 || self.total.is_some_and(|total| self.items >= total && got < self.full)
    }

    fn executions(&self) -> u64 {
        self.ids.len() as u64
    }

    /// Whether there are fewer executions than the total says: the API may hide the end.
    fn is_short(&self) -> bool {
        let is_short = self.total.is_some_and(|total| self.executions() < total);
        self.is_same && is_short && self.items > 0
    }

    /// The result of the reading, if the API hides nothing.
    fn reading(&self) -> SliceReading {
        let got = self.executions();
        match self.total.filter(|&total| total != got) {
            // As many pages as the total counts, or more, did come.
            Some(total) if got > total && got > self.full => SliceReading::Whole,
            Some(total) if self.is_same => SliceReading::Short { total, got },
            None if self.is_same => SliceReading::Whole,
            Some(_) | None => SliceReading::Changing,
        }
    }
}

/// Whether the API refused a slice's first page: its length, or its age.
fn asks_too_much(error: &ClientError) -> bool {
    error.may_ask_too_much()
        || matches!(error, ClientError::Incomplete { what: Discrepancy::Empty { .. }, .. })
}

pub(super) fn incomplete(query: &ExecutionQuery, what: Discrepancy) -> ClientError {
    let (kind, environment) = (query.kind.as_str(), clip(&query.environment_id));
    let list = format!("executions of {kind}s of environment {environment}");
    ClientError::Incomplete { list, what, handed_out: false }
}
