//! Looks in a row: what several of them say that one alone does not.

use std::cell::{Cell, RefCell};

use maintenance_core::client::ClientError;

use super::Looked;
use crate::effect;

/// Looks in a row that say more about the API than about their targets.
pub(super) struct Row {
    longest: usize,
    out_of_reach: Cell<usize>,
    slow: Cell<usize>,
    /// Set once several in a row met with an API out of reach: the rest need
    /// not find that out one by one.
    pub(super) away: RefCell<Option<ClientError>>,
}

impl Row {
    pub(super) fn new(longest: usize) -> Self {
        Self { longest, out_of_reach: Cell::new(0), slow: Cell::new(0), away: RefCell::new(None) }
    }

    /// Takes one look into account; `None` is one that was set aside.
    pub(super) fn count(&self, look: Option<&Looked>) {
        match look {
            None => self.slow.set(self.slow.get() + 1),
            Some(Err(error)) if effect::is_systematic(error) => {
                self.out_of_reach.set(self.out_of_reach.get() + 1);
                if self.out_of_reach.get() >= self.longest {
                    self.away.replace(Some(error.clone()));
                }
            }
            // Neither says that the API is well.
            Some(Ok(None)) => {}
            Some(_) => {
                self.slow.set(0);
                self.out_of_reach.set(0);
            }
        }
    }

    /// Whether several in a row took long: then they all do, and to set them
    /// aside would gain nothing.
    pub(super) fn is_slow(&self) -> bool {
        self.slow.get() >= self.longest
    }
}
