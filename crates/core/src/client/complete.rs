//! Whether the pages of a list add up to the list. Pure.
//!
//! A page that is missing is a run that is not paused, so every page has to
//! fit: the total stays the same; a page holds exactly as many items as the
//! total leaves for it, and says the offset that was asked for; a page
//! begins with the item that the one before it ended with, which was asked for
//! twice for that reason; no item comes twice that cannot; and every item has
//! what an item must have.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire;

/// Pages of at least so many items share one item with their neighbour: it
/// proves that nothing moved between two requests, for at most one request in
/// ten more, and one in a hundred with the usual size.
const OVERLAPS_FROM: u64 = 10;

/// One page, as the API sends it. All but the items may be missing.
#[derive(Debug, Deserialize)]
pub(super) struct RawPage {
    pub(super) items: Vec<Box<RawValue>>,
    #[serde(default, deserialize_with = "wire::count")]
    pub(super) limit: Option<u64>,
    #[serde(default, deserialize_with = "wire::count")]
    pub(super) offset: Option<u64>,
    #[serde(default, deserialize_with = "wire::count")]
    pub(super) total: Option<u64>,
}

/// What does not add up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Discrepancy {
    /// The list was changed, or is counted wrongly.
    #[error("its total changed from {before} to {now} while it was read")]
    Total {
        /// As the first page had it; `none` if it had none.
        before: String,
        /// As a later one has it.
        now: String,
    },
    /// A page is too short or too long.
    #[error("the page at offset {offset} holds {got} items where {expected} belong")]
    Length {
        /// The page.
        offset: u64,
        /// As many as the total leaves for it.
        expected: u64,
        /// As many as it holds.
        got: u64,
    },
    /// Another page than the one that was asked for.
    #[error("the page at offset {offset} says that it is the one at offset {got}")]
    Offset {
        /// The page.
        offset: u64,
        /// The page that it says it is.
        got: u64,
    },
    /// Two neighbours do not meet: something was added or removed before them.
    #[error("the page at offset {offset} does not begin where the one before it ended")]
    Gap {
        /// The page.
        offset: u64,
    },
    /// The same items again.
    #[error("the page at offset {offset} repeats items that came before")]
    Repeated {
        /// The page.
        offset: u64,
    },
    /// An item without what every item has.
    #[error("item {index} has no readable `{field}`")]
    Item {
        /// Its index in the list, from 0.
        index: u64,
        /// What it lacks.
        field: &'static str,
    },
}

/// What kind of items a list holds, and so what one must have and when one
/// comes twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Items {
    /// Scheduled runs: `id` and `date`. Two can be equal in both, since two
    /// triggers may fall on one instant; not also in a trigger's name.
    Runs,
    /// Tasks or plans: `executable`, never twice.
    Executables,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    #[serde(borrow)]
    id: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow)]
    executable: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow)]
    date: Option<std::borrow::Cow<'a, str>>,
    #[serde(borrow)]
    source_trigger_name: Option<&'a RawValue>,
}

/// The pages of one list so far.
#[derive(Debug)]
pub(super) struct Check {
    items: Items,
    limit: u64,
    total: Option<u64>,
    seen: u64,
    last: Option<Box<RawValue>>,
    hasher: RandomState,
    /// Hashes of what must not come again: all executables, or the named
    /// triggers' runs of the date at hand.
    known: HashSet<u64>,
    date: String,
    page: Option<u64>,
}

impl Check {
    /// A list that is asked for in pages of `limit` items.
    pub(super) fn new(items: Items, limit: u64) -> Self {
        Self {
            items,
            limit,
            total: None,
            seen: 0,
            last: None,
            hasher: RandomState::new(),
            known: HashSet::new(),
            date: String::new(),
            page: None,
        }
    }

    /// How many items a page has in common with the one before it.
    fn overlap(&self) -> u64 {
        u64::from(self.limit >= OVERLAPS_FROM)
    }

    /// The offsets to ask for after the first page, and the limit.
    /// `None` if the API does not say how long the list is.
    pub(super) fn rest(&self) -> Option<(impl Iterator<Item = u64> + use<>, u64)> {
        let (total, limit, step) = (self.total?, self.limit, self.limit - self.overlap());
        let offsets = (1..).map(move |page| page * step);
        let overlap = self.overlap();
        Some((offsets.take_while(move |offset| offset + overlap < total), limit))
    }

    /// How long the list is, if the API says so.
    pub(super) fn total(&self) -> Option<u64> {
        self.total
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
            // A server may hand out less at a time than it is asked for, and
            // must then say so.
            if let Some(limit) = page.limit.filter(|limit| (1..self.limit).contains(limit)) {
                self.limit = limit;
            }
        } else if page.total != self.total {
            let text = |total: Option<u64>| total.map_or("none".to_owned(), |n| n.to_string());
            return Err(Discrepancy::Total { before: text(self.total), now: text(page.total) });
        }
        if let Some(got) = page.offset.filter(|got| *got != offset) {
            return Err(Discrepancy::Offset { offset, got });
        }
        let expected = match self.total {
            Some(total) => self.limit.min(total.saturating_sub(offset)),
            None => got.min(self.limit),
        };
        if got != expected {
            return Err(Discrepancy::Length { offset, expected, got });
        }
        let mut items = page.items;
        if !first && self.overlap() == 1 && self.total.is_some() && !items.is_empty() {
            let again = items.remove(0);
            if self.last.as_deref().map(RawValue::get) != Some(again.get()) {
                return Err(Discrepancy::Gap { offset });
            }
        }
        self.same_page_again(offset, &items)?;
        for item in &items {
            self.item(offset, item)?;
            self.seen += 1;
        }
        if let Some(last) = items.last() {
            self.last = Some(last.clone());
        }
        Ok(items)
    }

    /// A page of several different items that all came just before. Of a list
    /// without a total, any page: a server that does not heed the offset would
    /// send it for ever.
    fn same_page_again(&mut self, offset: u64, items: &[Box<RawValue>]) -> Result<(), Discrepancy> {
        let varied = items.windows(2).any(|pair| pair[0].get() != pair[1].get());
        let hash = (varied || self.total.is_none())
            .then(|| self.hasher.hash_one(items.iter().map(|item| item.get()).collect::<Vec<_>>()));
        if hash.is_some() && hash == self.page {
            return Err(Discrepancy::Repeated { offset });
        }
        self.page = hash;
        Ok(())
    }

    fn item(&mut self, offset: u64, raw: &RawValue) -> Result<(), Discrepancy> {
        let lacks = |field| Discrepancy::Item { index: self.seen, field };
        // An array of the right values would be read as an object too.
        let object = raw.get().starts_with('{').then(|| serde_json::from_str(raw.get()));
        let Some(Ok(item)): Option<Result<Item<'_>, _>> = object else {
            return Err(lacks(self.key()));
        };
        let key = match self.items {
            Items::Executables => {
                let id = item.executable.or(item.id).ok_or_else(|| lacks("executable"))?;
                Some(self.hasher.hash_one(id))
            }
            Items::Runs => {
                let id = item.id.filter(|id| !id.is_empty()).ok_or_else(|| lacks("id"))?;
                let date = item.date.ok_or_else(|| lacks("date"))?;
                if crate::time::UtcTime::parse(&date).is_none() {
                    return Err(lacks("date"));
                }
                if date != self.date {
                    self.date = date.into_owned();
                    self.known.clear();
                }
                let trigger = item.source_trigger_name.map(RawValue::get);
                let named = trigger.filter(|name| !matches!(*name, "null" | "\"\""));
                named.map(|name| self.hasher.hash_one((id, name)))
            }
        };
        match key {
            Some(key) if !self.known.insert(key) => Err(Discrepancy::Repeated { offset }),
            _ => Ok(()),
        }
    }

    const fn key(&self) -> &'static str {
        match self.items {
            Items::Runs => "id",
            Items::Executables => "executable",
        }
    }
}

#[cfg(test)]
mod tests;
