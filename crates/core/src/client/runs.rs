//! The scheduled runs as one list, also where the API refuses high offsets or
//! long spans of time.
//!
//! The API's description knows no bound for either. If a page of a long list
//! is refused all the same, or comes back empty, the time span is cut in two,
//! and each half is listed by itself, until the pages are few enough. If it is
//! the first page, a short span is tried: where that is listed, the span was
//! too long, and is cut as well. What was refused once is not asked for again.
//! In the end, as many runs must have come as the whole list was said to have.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt;
use reqwest::Method;
use serde_json::json;
use serde_json::value::RawValue;

use super::completeness::Items;
use super::error::{ClientError, Discrepancy};
use super::handle::Client;
use super::list_item;
use super::list_limit::Bound;
use super::paging::{ListPages, Listing, RESTART_WAIT};
use super::query::{LARGEST_PAGE, RunSearch, SMALLEST_PAGE};
use super::request::{ApiRequest, Wants};
use super::slices::{SHORT_SPAN, TimeSlice, length, middle};

/// The scheduled runs of one environment, page by page.
pub struct Runs<'c> {
    client: &'c Client,
    search: RunSearch,
    pages: ListPages<'c>,
    /// The slice at hand.
    slice: TimeSlice,
    /// The slices after it, in order.
    slices: VecDeque<TimeSlice>,
    /// The whole list's length, once it is read in slices.
    whole: Option<u64>,
    count: u64,
    /// The lowest offset that was refused.
    refused_from: Option<u64>,
    /// The shortest span that was refused.
    refused_span: Option<Duration>,
    /// Lists that were taken although their totals are wrong: the totals and
    /// the numbers of items, added up.
    mismatch: Option<(u64, u64)>,
    /// Of all slices together.
    bound: Rc<Bound>,
}

impl<'c> Runs<'c> {
    pub(super) fn new(client: &'c Client, search: RunSearch) -> Self {
        let bound = Rc::new(client.bound());
        let slice = (search.from, search.to);
        let pages = ListPages::new(client.run_listing(&search, slice, None, &bound));
        Self {
            client,
            search,
            pages,
            slice,
            slices: VecDeque::new(),
            whole: None,
            count: 0,
            refused_from: None,
            refused_span: None,
            mismatch: None,
            bound,
        }
    }

    /// The next page's items, each as its own bytes, in the API's order;
    /// `None` after the last. An ID that came as a number is a text, and a date
    /// in another shape than RFC 3339 is written in that: what reads records
    /// knows no other. All other bytes are the API's own.
    ///
    /// # Errors
    ///
    /// As [`ListPages::next`].
    pub async fn next(&mut self) -> Result<Option<Vec<Box<RawValue>>>, ClientError> {
        loop {
            match self.pages.next().await {
                Ok(Some(mut page)) => {
                    // Whether a slice's end is in it is not said; it is the
                    // next one's beginning.
                    let (from, until) = self.slice;
                    let (is_first, is_last) = (from == self.search.from, self.slices.is_empty());
                    if !is_first || !is_last {
                        page.retain(|raw| {
                            list_item::date_of(raw).is_none_or(|date| {
                                (is_first || date >= from) && (is_last || date < until)
                            })
                        });
                    }
                    if self.pages.is_odd() {
                        page = page.into_iter().map(list_item::as_described).collect();
                    }
                    self.count += page.len() as u64;
                    return Ok(Some(page));
                }
                Ok(None) => {
                    self.note(self.pages.mismatch());
                    match self.slices.pop_front() {
                        Some(slice) => self.start(slice),
                        None => return self.count_up().map(|()| None),
                    }
                }
                Err(error) => self.cut(error).await?,
            }
        }
    }

    /// The number of runs in the list, once that is known.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.whole.or_else(|| self.pages.total())
    }

    /// The total that the API gave and the number of runs there are, if the
    /// list was taken although they differ.
    #[must_use]
    pub fn mismatch(&self) -> Option<(u64, u64)> {
        self.mismatch
    }

    fn note(&mut self, mismatch: Option<(u64, u64)>) {
        if let Some((total, items)) = mismatch {
            let (totals, all) = self.mismatch.unwrap_or_default();
            self.mismatch = Some((totals + total, all + items));
        }
    }

    /// Begins with a slice, or the first part of it that is not too long.
    fn start(&mut self, (from, mut until): TimeSlice) {
        while let Some(middle) = self.refused_span.and_then(|refused| {
            (length((from, until)) >= refused).then(|| middle((from, until))).flatten()
        }) {
            self.slices.push_front((middle, until));
            until = middle;
        }
        self.slice = (from, until);
        self.pages = ListPages::new(self.listing());
    }

    /// The list of the slice at hand.
    fn listing(&self) -> Listing<'c> {
        self.client.run_listing(&self.search, self.slice, self.refused_from, &self.bound)
    }

    /// The slices together must be the whole.
    fn count_up(&self) -> Result<(), ClientError> {
        match self.whole {
            Some(whole) if whole != self.count && self.mismatch.is_none() => {
                let what =
                    Discrepancy::Total { before: whole.to_string(), now: self.count.to_string() };
                Err(self.incomplete(what))
            }
            _ => Ok(()),
        }
    }

    /// Cuts the slice at hand in two, if it was refused for its length.
    async fn cut(&mut self, error: ClientError) -> Result<(), ClientError> {
        let Some(offset) = self.pages.refused_at.filter(|_| !self.pages.handed_out) else {
            return Err(error);
        };
        let total = self.pages.total();
        if offset > 0 {
            self.refused_from = Some(self.refused_from.map_or(offset, |known| known.min(offset)));
            if self.slice == (self.search.from, self.search.to) {
                self.whole = self.pages.whole();
            }
            return self.halve().map_err(|()| self.incomplete(Discrepancy::Crowded { offset }));
        }
        if self.refused_span.is_none() && !self.is_short_span_listed().await {
            // It is not the length of the span.
            let is_empty =
                matches!(&error, ClientError::Incomplete { what: Discrepancy::Empty { .. }, .. });
            let Some(total) = total.filter(|_| is_empty) else { return Err(error) };
            if !self.search.accept_mismatch {
                return Err(self.incomplete(Discrepancy::Mismatch { total, got: 0 }));
            }
            self.note(Some((total, 0)));
            match self.slices.pop_front() {
                Some(slice) => self.start(slice),
                None => self.pages = ListPages::empty(self.listing()),
            }
            return Ok(());
        }
        self.refused_span = Some(length(self.slice));
        self.halve().map_err(|()| error)
    }

    fn halve(&mut self) -> Result<(), ()> {
        let (from, until) = self.slice;
        let middle = middle((from, until)).ok_or(())?;
        self.slices.push_front((middle, until));
        self.start((from, middle));
        Ok(())
    }

    /// Whether a short span from the same beginning is listed.
    async fn is_short_span_listed(&self) -> bool {
        let (from, until) = self.slice;
        let short = from.saturating_add(SHORT_SPAN);
        if short >= until {
            return false;
        }
        let listing = self.client.run_listing(&self.search, (from, short), None, &self.bound);
        let mut pages = ListPages::new(listing);
        loop {
            match pages.next().await {
                Ok(Some(_)) => {}
                Ok(None) => return pages.mismatch().is_none(),
                // An hour's list that is too long for its offsets is listed.
                Err(_) => return pages.refused_at.is_some_and(|offset| offset > 0),
            }
        }
    }

    fn incomplete(&self, what: Discrepancy) -> ClientError {
        let list = self.search.describe();
        ClientError::Incomplete { list, what, handed_out: self.count > 0 }
    }
}

impl Client {
    /// The scheduled runs, in the API's order: items of
    /// `POST /orchestration/executables/events/search`.
    #[must_use]
    pub fn runs(&self, search: &RunSearch) -> Runs<'_> {
        Runs::new(self, search.clone())
    }

    /// The list of those of one slice of time. Offsets from `refused_from` on are not
    /// asked for.
    fn run_listing(
        &self,
        search: &RunSearch,
        (from, to): TimeSlice,
        refused_from: Option<u64>,
        bound: &Rc<Bound>,
    ) -> Listing<'_> {
        let mut body = json!({
            "environmentId": search.environment_id,
            "from": from.as_millis(),
            "to": to.as_millis(),
        });
        if !search.workspace_ids.is_empty() {
            body["workspaceIds"] = json!(search.workspace_ids);
        }
        if !search.tags.is_empty() {
            body["tags"] = json!(search.tags);
        }
        if let Some(kind) = search.runtime {
            body["runtime"] = json!({"type": kind});
        }
        let fetch = move |offset: u64, limit: u64| {
            let mut body = body.clone();
            body["limit"] = json!(limit);
            body["offset"] = json!(offset);
            async move {
                let path = ["orchestration", "executables", "events", "search"];
                self.page(&ApiRequest {
                    body: Some(body),
                    wants: Wants::List,
                    ..ApiRequest::new(Method::POST, &path)
                })
                .await
            }
            .boxed_local()
        };
        Listing {
            list: search.describe(),
            items: Items::Runs,
            limit: search.page_size.clamp(SMALLEST_PAGE, LARGEST_PAGE),
            concurrency: self.concurrency(),
            fetch: Rc::new(fetch),
            show: Rc::new(|text| self.sender().show(text)),
            accept_mismatch: search.accept_mismatch,
            refused_from,
            restart_wait: RESTART_WAIT,
            bound: Rc::clone(bound),
        }
    }
}
