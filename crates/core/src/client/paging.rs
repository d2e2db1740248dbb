//! Lists: pages asked for side by side, handed out in order, complete or an
//! error.
//!
//! The first page says how long the list is; then the others are asked for,
//! up to four times as many ahead as may be in flight, so that one slow page
//! does not hold up the rest. The first [`HELD`] pages are held back until the
//! list, or that much of it, has proved consistent: a change under way then
//! only costs reading it again. After that, pages are handed out as they come,
//! in bounded memory, and a list that stops adding up is an error that says so.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use futures_util::stream::{self, LocalBoxStream};
use futures_util::{FutureExt, StreamExt};
use serde_json::value::RawValue;

use super::complete::{Check, Discrepancy, Items, RawPage};
use super::error::ClientError;

/// Pages held back: with the largest page size, some 12,000 runs, so that an
/// offset of 10,000 is asked for before any is handed out.
const HELD: usize = 128;
/// How often a list that does not add up is read again.
const RESTARTS: u32 = 3;
const RESTART_WAIT: Duration = Duration::from_millis(200);

/// Fetches the page at an offset (first argument) of at most so many items.
type Fetch<'c> = dyn Fn(u64, u64) -> LocalBoxFuture<'c, Result<RawPage, ClientError>> + 'c;

/// A list, page by page.
pub struct Pages<'c> {
    fetch: Rc<Fetch<'c>>,
    /// What is listed, for messages.
    list: String,
    items: Items,
    limit: u64,
    ahead: usize,
    check: Check,
    rest: Option<LocalBoxStream<'c, (u64, Result<RawPage, ClientError>)>>,
    hold: usize,
    held: VecDeque<Vec<Box<RawValue>>>,
    releasing: bool,
    handed_out: bool,
    restarts: u32,
}

impl<'c> Pages<'c> {
    pub(super) fn new(
        list: String,
        items: Items,
        limit: u64,
        concurrency: usize,
        fetch: Rc<Fetch<'c>>,
    ) -> Self {
        Self {
            fetch,
            list,
            items,
            limit,
            ahead: concurrency.saturating_mul(4),
            check: Check::new(items, limit),
            rest: None,
            hold: HELD,
            held: VecDeque::new(),
            releasing: false,
            handed_out: false,
            restarts: 0,
        }
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
                && let Some(page) = self.held.pop_front()
            {
                self.handed_out = true;
                return Ok(Some(page));
            }
            match self.advance().await? {
                Ok(Some(page)) => {
                    if !page.is_empty() {
                        self.held.push_back(page);
                    }
                    self.releasing |= self.held.len() >= self.hold;
                }
                Ok(None) if self.held.is_empty() => return Ok(None),
                Ok(None) => self.releasing = true,
                Err(what) => self.start_again(what).await?,
            }
        }
    }

    /// How many items the list has, once the first page came, and if the API
    /// says so.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.check.total()
    }

    /// Whether a part of the list was handed out already.
    pub(super) fn handed_out(&self) -> bool {
        self.handed_out
    }

    /// The whole list in memory, held back until all of it has proved
    /// consistent.
    pub async fn all(mut self) -> Result<Vec<Box<RawValue>>, ClientError> {
        self.hold = usize::MAX;
        let mut all = Vec::new();
        while let Some(page) = self.next().await? {
            all.extend(page);
        }
        Ok(all)
    }

    /// Takes one more page through the check.
    async fn advance(
        &mut self,
    ) -> Result<Result<Option<Vec<Box<RawValue>>>, Discrepancy>, ClientError> {
        let Some(rest) = &mut self.rest else {
            let page = (self.fetch)(0, self.limit).await?;
            let checked = self.check.page(0, page);
            self.rest = Some(self.ask_for_the_rest(&checked));
            return Ok(checked.map(Some));
        };
        match rest.next().await {
            Some((offset, page)) => Ok(self.check.page(offset, page?).map(Some)),
            None => Ok(Ok(None)),
        }
    }

    fn ask_for_the_rest(
        &self,
        first: &Result<Vec<Box<RawValue>>, Discrepancy>,
    ) -> LocalBoxStream<'c, (u64, Result<RawPage, ClientError>)> {
        let Ok(first) = first else { return stream::empty().boxed_local() };
        let fetch = Rc::clone(&self.fetch);
        if let Some((offsets, limit)) = self.check.rest() {
            return stream::iter(offsets)
                .map(move |offset| fetch(offset, limit).map(move |page| (offset, page)))
                .buffered(self.ahead)
                .boxed_local();
        }
        // Without a total, only an empty page ends the list: a server may hand
        // out less at a time than it is asked for.
        let limit = self.limit;
        let next = move |offset: Option<u64>| {
            let fetch = Rc::clone(&fetch);
            async move {
                let offset = offset?;
                let page = fetch(offset, limit).await;
                let items = page.as_ref().map_or(0, |page| page.items.len() as u64);
                Some(((offset, page), (items > 0).then_some(offset + items)))
            }
        };
        let second = (!first.is_empty()).then_some(first.len() as u64);
        stream::unfold(second, next).fuse().boxed_local()
    }

    async fn start_again(&mut self, what: Discrepancy) -> Result<(), ClientError> {
        if self.handed_out || self.restarts == RESTARTS {
            let (list, handed_out) = (self.list.clone(), self.handed_out);
            return Err(ClientError::Incomplete { list, what, handed_out });
        }
        self.restarts += 1;
        self.check = Check::new(self.items, self.limit);
        self.rest = None;
        self.held.clear();
        self.releasing = false;
        tokio::time::sleep(RESTART_WAIT * self.restarts).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that does not say how long its list is.
    fn page_without_total(total: u64, most: u64, offset: u64, limit: u64) -> RawPage {
        let end = total.min(offset + limit.min(most));
        let item = |n| format!(r#"{{"id":"t{n}","date":"2026-12-01T00:00:00.000Z"}}"#);
        RawPage {
            items: (offset..end).map(|n| RawValue::from_string(item(n)).unwrap()).collect(),
            limit: None,
            offset: None,
            total: None,
        }
    }

    #[tokio::test]
    async fn a_list_without_a_total_ends_with_an_empty_page() {
        for (total, most) in [(0, 100), (1, 100), (99, 100), (100, 100), (130, 50), (100, 7)] {
            let fetch: Rc<Fetch<'_>> = Rc::new(move |offset, limit| {
                let page = page_without_total(total, most, offset, limit);
                std::future::ready(Ok(page)).boxed_local()
            });
            let pages = Pages::new("runs".to_owned(), Items::Runs, 100, 2, fetch);
            assert_eq!(pages.all().await.unwrap().len() as u64, total, "{most} at a time");
        }
    }
}
