//! The scheduled runs as one list, also where the API refuses high offsets.
//!
//! The API's description knows no bound for `offset`. If a page of a long list
//! is refused with 400 all the same, the time span is cut in two, and each
//! half is listed by itself, until the pages are few enough. In the end, as
//! many runs must have come as the whole list was said to have.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Client;
use super::complete::Discrepancy;
use super::error::ClientError;
use super::orchestration::RunSearch;
use super::paging::Pages;
use crate::time::UtcTime;

/// No slice is cut shorter than this, in milliseconds.
const SHORTEST_SLICE: i64 = 60_000;

/// The scheduled runs of one environment, page by page.
pub struct Runs<'c> {
    client: &'c Client,
    search: RunSearch,
    pages: Pages<'c>,
    /// The slice at hand.
    slice: (UtcTime, UtcTime),
    /// The slices after it, in order.
    slices: VecDeque<(UtcTime, UtcTime)>,
    /// The whole list's length, once it is read in slices.
    whole: Option<u64>,
    count: u64,
}

impl<'c> Runs<'c> {
    pub(super) fn new(client: &'c Client, search: RunSearch) -> Self {
        let pages = client.run_pages(&search, search.from, search.to);
        let slice = (search.from, search.to);
        Self { client, search, pages, slice, slices: VecDeque::new(), whole: None, count: 0 }
    }

    /// The next page's items, each as its own bytes, in the API's order;
    /// `None` after the last.
    ///
    /// # Errors
    ///
    /// As [`Pages::next`].
    pub async fn next(&mut self) -> Result<Option<Vec<Box<RawValue>>>, ClientError> {
        loop {
            match self.pages.next().await {
                Ok(Some(mut page)) => {
                    // Whether a slice's end is in it is not said; it is the
                    // next one's beginning.
                    if !self.slices.is_empty() {
                        page.retain(|item| date(item).is_none_or(|date| date < self.slice.1));
                    }
                    self.count += page.len() as u64;
                    return Ok(Some(page));
                }
                Ok(None) => match self.slices.pop_front() {
                    Some(slice) => self.start(slice),
                    None => return self.count_up().map(|()| None),
                },
                Err(error) => self.cut(error)?,
            }
        }
    }

    /// How many runs the list has, once that is known.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.whole.or_else(|| self.pages.total())
    }

    fn start(&mut self, (from, until): (UtcTime, UtcTime)) {
        self.slice = (from, until);
        self.pages = self.client.run_pages(&self.search, from, until);
    }

    /// The slices together must be the whole.
    fn count_up(&self) -> Result<(), ClientError> {
        match self.whole {
            Some(whole) if whole != self.count => {
                let what =
                    Discrepancy::Total { before: whole.to_string(), now: self.count.to_string() };
                let list = self.search.describe();
                Err(ClientError::Incomplete { list, what, handed_out: self.count > 0 })
            }
            _ => Ok(()),
        }
    }

    /// Cuts the slice at hand in two, if it was refused for its length.
    fn cut(&mut self, error: ClientError) -> Result<(), ClientError> {
        let (from, until) = self.slice;
        let length = until.as_millis() - from.as_millis();
        let middle = UtcTime::from_millis(from.as_millis() + length / 2);
        match (error.status(), self.pages.total(), middle) {
            (Some(400), Some(total), Some(middle))
                if length > SHORTEST_SLICE && !self.pages.handed_out() =>
            {
                self.whole.get_or_insert(total);
                self.slices.push_front((middle, until));
                self.start((from, middle));
                Ok(())
            }
            _ => Err(error),
        }
    }
}

#[derive(Deserialize)]
struct Dated {
    date: UtcTime,
}

fn date(item: &RawValue) -> Option<UtcTime> {
    serde_json::from_str(item.get()).ok().map(|dated: Dated| dated.date)
}
