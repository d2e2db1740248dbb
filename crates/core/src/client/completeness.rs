//! Whether the pages of a list add up to the list. Pure.
//!
//! A page that is missing is a run that is not paused, so every page has to fit:
//!
//! - The total stays the same.
//! - A page has exactly as many items as the total leaves for it, and the offset of the
//!   request.
//! - A page begins with the last item of the page before. That item is asked for twice
//!   for this reason.
//! - No item comes twice, except equal runs.
//! - Every item has the members that its kind must have.
//!
//! If the last page is full, one more page is asked for: a `total` that counts only the
//! items of the page would end the list there.
//!
//! A list whose total cannot be believed is read to its end instead, page
//! after page: it ends where nothing follows the item that came last.

use std::hash::{BuildHasher, RandomState};

use serde_json::value::RawValue;

use super::error::Discrepancy;
use super::list_item::SeenItems;
pub(super) use super::list_item::{Items, RawPage};

/// The number of items beyond the total for which a list is followed, where the
/// total does not just count the page.
const MOST_BEYOND: u64 = 1_000;

/// The pages of one list so far.
#[derive(Debug)]
pub(super) struct Check {
    limit: u64,
    /// The length of the list, if the API says so.
    pub(super) total: Option<u64>,
    /// Whether the total is ignored, and items may be equal.
    to_the_end: bool,
    seen: u64,
    /// The number of items of the first page.
    first: u64,
    last: Option<Box<RawValue>>,
    hasher: RandomState,
    known: SeenItems,
    /// Of all items, in order.
    digest: u64,
    page: Option<u64>,
    /// Whether every page so far says as its total how many items it holds.
    counts_pages: bool,
    is_over: bool,
}

impl Check {
    /// A list that is asked for in pages of `limit` items.
    pub(super) fn new(items: Items, limit: u64, hasher: RandomState) -> Self {
        Self {
            limit,
            total: None,
            to_the_end: false,
            seen: 0,
            first: 0,
            last: None,
            known: SeenItems::new(items, hasher.clone()),
            hasher,
            digest: 0,
            page: None,
            counts_pages: true,
            is_over: false,
        }
    }

    /// The same, but without belief in the total, and with equal runs.
    pub(super) fn to_the_end(items: Items, limit: u64, hasher: RandomState) -> Self {
        let mut check = Self::new(items, limit, hasher);
        check.to_the_end = true;
        check.known.may_repeat();
        check
    }

    /// The number of items that a page has in common with the one before it:
    /// that proves that nothing moved between two requests.
    fn shared_items(&self) -> u64 {
        u64::from(self.limit >= 2)
    }

    /// Whether the pages have to be asked for one after the other.
    pub(super) fn is_sequential(&self) -> bool {
        self.to_the_end || self.total.is_none()
    }

    /// The offsets to ask for after the first page, and the limit.
    /// `None` if the API does not say how long the list is.
    pub(super) fn rest(&self) -> Option<(impl Iterator<Item = u64> + Clone + use<>, u64)> {
        let (total, limit, shared_items) = (self.total?, self.limit, self.shared_items());
        let step = limit - shared_items;
        // The page that ends at the total may be followed by another.
        let pages = total.saturating_sub(shared_items).div_ceil(step);
        let last = pages.saturating_sub(1) * step;
        let is_full = pages > 0 && total - last == limit;
        let beyond = is_full.then(|| total - shared_items);
        Some(((1..pages).map(move |page| page * step).chain(beyond), limit))
    }

    /// The offset of the page after those that came, where the end of the list
    /// is not known. `None`: it was reached.
    pub(super) fn next_offset(&self) -> Option<u64> {
        // Who hands out one item at a time cannot repeat it.
        let shared_items = u64::from(self.first >= 2);
        (!self.is_over).then(|| self.seen - shared_items)
    }

    /// The number of items that came, and a digest of them in their order.
    pub(super) fn reading(&self) -> (u64, u64) {
        (self.seen, self.digest)
    }

    /// Whether the total of each page is only how many items it holds, or is
    /// not there: then it says nothing about the list.
    pub(super) fn has_no_total(&self) -> bool {
        self.total.is_none() || self.counts_pages
    }

    /// Whether some item was not as the description promises.
    pub(super) fn is_odd(&self) -> bool {
        self.known.is_odd
    }

    /// Takes the page that was asked for at `offset`, in order, and returns
    /// the items that are new with it.
    pub(super) fn page(
        &mut self,
        offset: u64,
        page: RawPage,
    ) -> Result<Vec<Box<RawValue>>, Discrepancy> {
        let got = page.items.len() as u64;
        let first = offset == 0;
        if first {
            self.total = page.total;
            self.first = got;
            // A server may hand out less at a time than it is asked for, and
            // must then say so.
            if let Some(limit) = page.limit.filter(|limit| (1..self.limit).contains(limit)) {
                self.limit = limit;
            }
        }
        self.counts_pages &= page.total == Some(got);
        if let Some(got) = page.offset.filter(|got| *got != offset) {
            return Err(Discrepancy::Offset { offset, got });
        }
        let items =
            if self.is_sequential() { self.follow(offset, page)? } else { self.fit(offset, page)? };
        for item in &items {
            self.known.item(offset, self.seen, item)?;
            self.digest = self.hasher.hash_one((self.digest, item.get()));
            self.seen += 1;
        }
        if let Some(last) = items.last() {
            self.last = Some(last.clone());
        }
        Ok(items)
    }

    /// A page of a list whose total is known.
    fn fit(&mut self, offset: u64, page: RawPage) -> Result<Vec<Box<RawValue>>, Discrepancy> {
        let got = page.items.len() as u64;
        if page.total != self.total {
            let text = |total: Option<u64>| total.map_or("none".to_owned(), |n| n.to_string());
            return Err(Discrepancy::Total { before: text(self.total), now: text(page.total) });
        }
        let expected = self.limit.min(self.total.unwrap_or(0).saturating_sub(offset));
        if got != expected {
            return Err(Discrepancy::Length { offset, expected, got });
        }
        let mut items = page.items;
        if offset > 0 && self.shared_items() == 1 && !items.is_empty() {
            self.meet(offset, &mut items)?;
        }
        if self.is_page_again(&items) {
            return Err(Discrepancy::Repeated { offset });
        }
        Ok(items)
    }

    /// A page of a list that is read until it ends.
    fn follow(&mut self, offset: u64, page: RawPage) -> Result<Vec<Box<RawValue>>, Discrepancy> {
        let mut items = page.items;
        let got = items.len() as u64;
        if items.is_empty() {
            // Something is known to be there.
            let is_known = self.known.are_runs() && self.total.is_some_and(|total| total > 0);
            let is_hidden = offset < self.seen || offset == 0 && is_known;
            self.is_over = true;
            return if is_hidden { Err(Discrepancy::Empty { offset }) } else { Ok(items) };
        }
        if self.is_page_again(&items) {
            // A server that heeds neither offset nor limit hands out all it has.
            if got == self.limit {
                return Err(Discrepancy::Repeated { offset });
            }
            self.is_over = true;
            return Ok(Vec::new());
        }
        if offset < self.seen {
            self.meet(offset, &mut items)?;
        }
        self.is_over = items.is_empty();
        let seen = self.seen + items.len() as u64;
        match self.total {
            Some(total) if !self.counts_pages && seen > total + MOST_BEYOND => {
                Err(Discrepancy::Endless { total, got: seen })
            }
            _ => Ok(items),
        }
    }

    /// Takes the first item away, which is the last one of the page before.
    fn meet(&self, offset: u64, items: &mut Vec<Box<RawValue>>) -> Result<(), Discrepancy> {
        let again = items.remove(0);
        let last = self.last.as_deref().map(RawValue::get);
        if last == Some(again.get()) { Ok(()) } else { Err(Discrepancy::Gap { offset }) }
    }

    /// Whether all of a page came just before: of a list without a total any
    /// page, of others one of several different items.
    fn is_page_again(&mut self, items: &[Box<RawValue>]) -> bool {
        let varied = items.windows(2).any(|pair| pair[0].get() != pair[1].get());
        let hash = (varied || self.is_sequential())
            .then(|| self.hasher.hash_one(items.iter().map(|item| item.get()).collect::<Vec<_>>()));
        let is_again = hash.is_some() && hash == self.page;
        self.page = hash;
        is_again
    }
}

#[cfg(test)]
mod tests;
