//! Lists: pages asked for side by side, handed out in order, complete or an
//! error.
//!
//! The first page says how long the list is; then the others are asked for,
//! up to four times as many ahead as may be in flight, so that one slow page
//! does not hold up the rest. The first [`MAX_BUFFERED`] pages are buffered until the
//! list, or that much of it, has proved consistent: a change under way then
//! only costs reading it again. After that, pages are handed out as they come,
//! in bounded memory, and a list that stops adding up is an error that says so.
//!
//! A list that fails to add up in the same way twice is not changing: its total
//! is not to be believed. It is then read to its end, page after page, twice if
//! the total is more than a count of the page. What both readings show, item
//! for item, is what the account can see. It is handed out if there are as many
//! items as the total says, or if that was allowed.

use std::collections::VecDeque;
use std::hash::RandomState;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use futures_util::stream::{self, LocalBoxStream};
use futures_util::{FutureExt, StreamExt};
use serde_json::value::RawValue;

use super::completeness::{Check, Items, RawPage};
use super::error::{ClientError, Discrepancy};
use super::list_limit::Bound;

/// Pages held back: with the largest page size, some 12,000 runs, so that an
/// offset of 10,000 is asked for before any is handed out.
const MAX_BUFFERED: usize = 128;
/// The number of times that a list that does not add up is read again.
const RESTARTS: u32 = 3;
/// The wait before the first of these readings; the others wait longer.
pub(super) const RESTART_WAIT: Duration = Duration::from_millis(200);

/// Fetches the page at an offset (first argument) of at most so many items.
pub(super) type Fetch<'c> =
    dyn Fn(u64, u64) -> LocalBoxFuture<'c, Result<RawPage, ClientError>> + 'c;

/// A whole list, and its mismatch: see [`ListPages::mismatch`].
type All = (Vec<Box<RawValue>>, Option<(u64, u64)>);

/// The pages after the first, each with its offset.
type Rest<'c> = LocalBoxStream<'c, (u64, Result<RawPage, ClientError>)>;

/// The list to read, and the way to read it.
#[derive(Clone)]
pub(super) struct Listing<'c> {
    /// The name of the list, for messages.
    pub(super) list: String,
    pub(super) items: Items,
    /// Items on a page, at most.
    pub(super) limit: u64,
    /// Requests in flight, at most.
    pub(super) concurrency: usize,
    pub(super) fetch: Rc<Fetch<'c>>,
    /// Makes of a text from outside what may be shown of it.
    pub(super) show: Rc<dyn Fn(&str) -> String + 'c>,
    /// Whether a list is taken whose total is not how many items it has, as
    /// long as every reading shows the same ones.
    pub(super) accept_mismatch: bool,
    /// The lowest offset that is known to be refused.
    pub(super) refused_from: Option<u64>,
    /// The wait before a list is read again: see [`RESTART_WAIT`].
    pub(super) restart_wait: Duration,
    /// The bound of the list, together with other slices of it.
    pub(super) bound: Rc<Bound>,
}

/// The way in which the list is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReadMode {
    /// By its total.
    ByTotal,
    /// To its end, without belief in its total.
    ToTheEnd,
    /// To its end once more, to compare the number of items and the digest with these.
    Again((u64, u64)),
}

/// A list, page by page.
pub struct ListPages<'c> {
    listing: Listing<'c>,
    check: Check,
    /// The amount that other slices of the same list had read before.
    read_before: (u64, u64),
    rest: Option<Rest<'c>>,
    reading: ReadMode,
    hasher: RandomState,
    max_buffered: usize,
    buffered: VecDeque<Vec<Box<RawValue>>>,
    releasing: bool,
    /// Whether a part of the list was handed out already.
    pub(super) handed_out: bool,
    restarts: u32,
    /// The contradiction that the reading before this one ended with.
    before: Option<Discrepancy>,
    /// The offset of the page that the API does not serve, by its last error
    /// or by a page that is empty where it must not be.
    pub(super) refused_at: Option<u64>,
    mismatch: Option<(u64, u64)>,
    has_begun: bool,
}

impl<'c> ListPages<'c> {
    pub(super) fn new(listing: Listing<'c>) -> Self {
        let hasher = RandomState::new();
        Self {
            check: Check::new(listing.items, listing.limit, hasher.clone()),
            read_before: listing.bound.read(),
            rest: None,
            reading: ReadMode::ByTotal,
            hasher,
            // Whether the total is right shows at the end.
            max_buffered: if listing.accept_mismatch { usize::MAX } else { MAX_BUFFERED },
            buffered: VecDeque::new(),
            releasing: false,
            handed_out: false,
            restarts: 0,
            before: None,
            refused_at: None,
            mismatch: None,
            has_begun: false,
            listing,
        }
    }

    /// A list without items, which is not asked for.
    pub(super) fn empty(listing: Listing<'c>) -> Self {
        Self { releasing: true, reading: ReadMode::ToTheEnd, ..Self::new(listing) }
    }

    /// The next page's items, each as its own bytes; `None` after the last.
    /// An empty list has no page.
    ///
    /// # Errors
    ///
    /// Besides what a request can fail with, [`ClientError::Incomplete`].
    pub async fn next(&mut self) -> Result<Option<Vec<Box<RawValue>>>, ClientError> {
        loop {
            if self.releasing
                && let Some(page) = self.buffered.pop_front()
            {
                self.handed_out = true;
                return Ok(Some(page));
            }
            if self.releasing && self.reading != ReadMode::ByTotal {
                return Ok(None);
            }
            match self.advance().await? {
                Ok(Some(page)) => {
                    let bytes = page.iter().map(|item| item.get().len()).sum();
                    self.listing.bound.take(&self.listing.list, page.len(), bytes)?;
                    if !page.is_empty() && !matches!(self.reading, ReadMode::Again(_)) {
                        self.buffered.push_back(page);
                    }
                    self.releasing |= self.buffered.len() >= self.max_buffered;
                }
                Ok(None) if self.reading != ReadMode::ByTotal => self.end_of_reading()?,
                Ok(None) if self.buffered.is_empty() => return Ok(None),
                Ok(None) => self.releasing = true,
                Err(what) => self.start_again(what).await?,
            }
        }
    }

    /// The number of items in the list, once the first page came, and if the API
    /// says so.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.check.total
    }

    /// The same, unless it only counts the page.
    pub(super) fn whole(&self) -> Option<u64> {
        self.total().filter(|_| !self.check.has_no_total())
    }

    /// The total that the API gave and the number of items there are, if the
    /// list was taken although they differ.
    #[must_use]
    pub fn mismatch(&self) -> Option<(u64, u64)> {
        self.mismatch
    }

    /// Whether some item so far was not as the description promises.
    pub(super) fn is_odd(&self) -> bool {
        self.check.is_odd()
    }

    /// The whole list in memory, held back until all of it has proved
    /// consistent, and its mismatch.
    pub(super) async fn all(mut self) -> Result<All, ClientError> {
        self.max_buffered = usize::MAX;
        let mut all = Vec::new();
        while let Some(page) = self.next().await? {
            all.extend(page);
        }
        Ok((all, self.mismatch))
    }

    /// Takes one more page through the check.
    async fn advance(
        &mut self,
    ) -> Result<Result<Option<Vec<Box<RawValue>>>, Discrepancy>, ClientError> {
        if !self.has_begun {
            let page = self.fetch(0).await?;
            self.listing.bound.allows(&self.listing.list, page.total)?;
            let checked = self.check.page(0, page);
            self.has_begun = true;
            self.rest = self.ask_for_the_rest(checked.is_ok())?;
            return Ok(checked.map(Some));
        }
        if let Some(rest) = &mut self.rest {
            let Some((offset, page)) = rest.next().await else { return Ok(Ok(None)) };
            let page = self.noted(offset, page)?;
            return Ok(self.check.page(offset, page).map(Some));
        }
        match self.check.next_offset() {
            Some(offset) => {
                let page = self.fetch(offset).await?;
                Ok(self.check.page(offset, page).map(Some))
            }
            None => Ok(Ok(None)),
        }
    }

    async fn fetch(&mut self, offset: u64) -> Result<RawPage, ClientError> {
        let page = (self.listing.fetch)(offset, self.listing.limit).await;
        self.noted(offset, page)
    }

    /// Notes the offset at which the API refused a page.
    fn noted(
        &mut self,
        offset: u64,
        page: Result<RawPage, ClientError>,
    ) -> Result<RawPage, ClientError> {
        if page.as_ref().is_err_and(ClientError::may_ask_too_much) {
            self.refused_at = Some(offset);
        }
        page
    }

    /// The pages after the first, side by side, where the total says which.
    fn ask_for_the_rest(&mut self, is_good: bool) -> Result<Option<Rest<'c>>, ClientError> {
        if !is_good || self.check.is_sequential() {
            return Ok(None);
        }
        let Some((offsets, limit)) = self.check.rest() else { return Ok(None) };
        if let Some(refused) = self.listing.refused_from
            && offsets.clone().last().is_some_and(|last| last >= refused)
        {
            self.refused_at = Some(refused);
            return Err(self.incomplete(Discrepancy::Crowded { offset: refused }));
        }
        let fetch = Rc::clone(&self.listing.fetch);
        let rest = stream::iter(offsets)
            .map(move |offset| fetch(offset, limit).map(move |page| (offset, page)))
            .buffered(self.listing.concurrency.saturating_mul(4).max(1));
        Ok(Some(rest.boxed_local()))
    }

    /// A list was read to its end.
    fn end_of_reading(&mut self) -> Result<(), ClientError> {
        let reading = self.check.reading();
        match self.reading {
            // Also where it is for equal items that the list is read to its end.
            ReadMode::ToTheEnd
                if !self.check.has_no_total()
                    || matches!(self.before, Some(Discrepancy::Repeated { .. })) =>
            {
                self.begin(ReadMode::Again(reading));
                return Ok(());
            }
            ReadMode::Again(before) if before != reading => {
                let what = self.before.clone().unwrap_or(Discrepancy::Changing);
                return Err(self.incomplete(what));
            }
            ReadMode::Again((got, _)) => match self.whole().filter(|total| *total != got) {
                Some(total) if !self.listing.accept_mismatch => {
                    return Err(self.incomplete(Discrepancy::Mismatch { total, got }));
                }
                wrong => self.mismatch = wrong.map(|total| (total, got)),
            },
            _ => {}
        }
        self.releasing = true;
        Ok(())
    }

    fn begin(&mut self, reading: ReadMode) {
        let Listing { items, limit, .. } = self.listing;
        // What was read before is read again.
        self.listing.bound.back_to(self.read_before);
        self.reading = reading;
        self.check = match reading {
            ReadMode::ByTotal => Check::new(items, limit, self.hasher.clone()),
            _ => Check::to_the_end(items, limit, self.hasher.clone()),
        };
        self.rest = None;
        self.has_begun = false;
        if !matches!(reading, ReadMode::Again(_)) {
            self.buffered.clear();
        }
        self.releasing = false;
    }

    /// Reads the list again that does not add up, or gives up.
    async fn start_again(&mut self, what: Discrepancy) -> Result<(), ClientError> {
        if let Discrepancy::Empty { offset } = what {
            self.refused_at = Some(offset);
            return Err(self.incomplete(what));
        }
        let is_same = self.before.as_ref() == Some(&what);
        let is_unreadable = matches!(what, Discrepancy::Item { .. });
        if self.handed_out
            || self.reading != ReadMode::ByTotal
            || is_unreadable && (is_same || self.restarts == RESTARTS)
        {
            // What was wrong in the first place says more.
            let first = self.before.take().filter(|_| self.reading != ReadMode::ByTotal);
            return Err(self.incomplete(first.unwrap_or(what)));
        }
        self.before = Some(what);
        if is_same || self.restarts == RESTARTS {
            self.max_buffered = usize::MAX;
            self.begin(ReadMode::ToTheEnd);
            return Ok(());
        }
        self.restarts += 1;
        self.begin(ReadMode::ByTotal);
        tokio::time::sleep(wait_before(self.restarts, self.listing.restart_wait)).await;
        Ok(())
    }

    fn incomplete(&self, what: Discrepancy) -> ClientError {
        let list = self.listing.list.clone();
        let mut error = ClientError::Incomplete { list, what, handed_out: self.handed_out };
        error.show(|text| (self.listing.show)(text));
        error
    }
}

/// The wait before a list is read again for that time, from 1.
fn wait_before(restart: u32, first: Duration) -> Duration {
    first * restart
}

#[cfg(test)]
mod tests;
