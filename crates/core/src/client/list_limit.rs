//! The bound of a list, in items and in bytes.
//!
//! Without it, a list that never ends (it has no total, or a total that cannot be
//! true) would be read, and often kept in memory, until the memory is full.

use std::cell::Cell;

use super::config::Limits;
use super::error::ClientError;

/// The bytes that all items of a list may have together, in MB, also where a low
/// `--max-items` would allow fewer.
const LEAST_MEGABYTES: u64 = 256;

/// The number of bytes that each item may have, on the average.
const BYTES_EACH: u64 = 256;

/// The part of one list that was read, and its bound.
#[derive(Debug)]
pub(super) struct Bound {
    items: u64,
    bytes: u64,
    read: Cell<(u64, u64)>,
}

impl Bound {
    /// The bound of one list, of which nothing was read yet.
    pub(super) fn new(limits: &Limits) -> Self {
        let items = limits.max_items;
        let bytes = items.saturating_mul(BYTES_EACH).max(LEAST_MEGABYTES * 1_000_000);
        Self { items, bytes, read: Cell::default() }
    }

    /// The amount that was read, to go back to if the list is read again.
    pub(super) fn read(&self) -> (u64, u64) {
        self.read.get()
    }

    /// Forgets what was read since.
    pub(super) fn back_to(&self, read: (u64, u64)) {
        self.read.set(read);
    }

    /// Refuses a list whose total is above the bound.
    pub(super) fn allows(&self, list: &str, total: Option<u64>) -> Result<(), ClientError> {
        match total.filter(|total| *total > self.items) {
            Some(total) => {
                Err(self.too_long(list, format!("says that it has {total} items, more than")))
            }
            None => Ok(()),
        }
    }

    /// Counts what was read, and refuses a list that has become too long.
    pub(super) fn take(&self, list: &str, items: usize, bytes: usize) -> Result<(), ClientError> {
        let (items_before, bytes_before) = self.read.get();
        let (items, bytes) = (items_before + items as u64, bytes_before + bytes as u64);
        self.read.set((items, bytes));
        if items > self.items {
            return Err(self.too_long(list, "does not end after".to_owned()));
        }
        if bytes > self.bytes {
            let what = format!("does not end after {} MB, for at most", self.bytes / 1_000_000);
            return Err(self.too_long(list, what));
        }
        Ok(())
    }

    fn too_long(&self, list: &str, what: String) -> ClientError {
        ClientError::TooLong { list: list.to_owned(), what, most: self.items }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(max_items: u64) -> Bound {
        Bound::new(&Limits { max_items, ..Limits::default() })
    }

    #[test]
    fn items_and_bytes_are_bounded_and_both_follow_the_flag() {
        let error = |result: Result<(), ClientError>| result.unwrap_err().to_string();
        let small = bound(10);
        small.allows("runs", Some(10)).unwrap();
        assert_eq!(
            error(small.allows("runs", Some(u64::MAX))),
            "the list of runs says that it has 18446744073709551615 items, more than \
             10 items (--max-items)"
        );
        small.take("runs", 10, 1000).unwrap();
        let before = small.read();
        assert_eq!(
            error(small.take("runs", 1, 1)),
            "the list of runs does not end after 10 items (--max-items)"
        );
        small.back_to(before);
        assert_eq!(
            error(small.take("runs", 0, 256_000_000)),
            "the list of runs does not end after 256 MB, for at most 10 items (--max-items)"
        );
        let large = bound(4_000_000);
        large.take("runs", 1, 1_000_000_000).unwrap();
        large.take("runs", 1, 1_000_000_000).unwrap_err();
    }
}
