//! Looks whether a ledger could be used, and changes nothing.

use std::fs;
use std::path::Path;

use rustix::fs::Access as Allowed;

use super::error::LedgerError;
use super::lock::{beside, user_of};
use crate::private_file::{self, Access, directory_of};

/// Tries whether the ledger at `path` could be opened, or created, and returns the other
/// process that has locked it, as it calls itself, if one has. The lock is shared for an
/// instant, which refuses nobody; nothing is written.
///
/// # Errors
///
/// The ledger cannot be written or created, or it is not safe to write it.
pub fn probe(path: &Path) -> Result<Option<String>, LedgerError> {
    let path = &private_file::behind_links(path)?;
    if private_file::open(path, Access::Append)?.is_none() {
        let is_there = |dir: &&Path| fs::exists(dir).unwrap_or(false);
        let place = directory_of(path).ancestors().find(is_there).unwrap_or(Path::new("."));
        rustix::fs::access(place, Allowed::WRITE_OK | Allowed::EXEC_OK)
            .map_err(|errno| LedgerError::Create { path: path.to_owned(), source: errno.into() })?;
    }
    match private_file::open(&beside(path, "lock"), Access::Write)? {
        Some(file) => user_of(file, path),
        None => Ok(None),
    }
}
