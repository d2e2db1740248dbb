//! Items in the order in which their keys came.

use std::collections::HashMap;
use std::hash::Hash;

/// Items, each made when its key came for the first time.
#[derive(Debug)]
pub(super) struct InOrder<K, T> {
    pub(super) items: Vec<T>,
    places: HashMap<K, usize>,
}

impl<K: Eq + Hash, T> InOrder<K, T> {
    pub(super) fn new() -> Self {
        Self { items: Vec::new(), places: HashMap::new() }
    }

    /// The place of the item of a key among the items.
    pub(super) fn place(&mut self, key: K, make: impl FnOnce() -> T) -> usize {
        *self.places.entry(key).or_insert_with(|| {
            self.items.push(make());
            self.items.len() - 1
        })
    }

    /// The item of a key.
    pub(super) fn item(&mut self, key: K, make: impl FnOnce() -> T) -> &mut T {
        let place = self.place(key, make);
        &mut self.items[place]
    }
}
