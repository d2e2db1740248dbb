//! The lock of the ledger: one process writes at a time.
//!
//! The lock is held on a file of its own beside the ledger, since compaction
//! puts a new file in the ledger's place. The lock file stays: removing it
//! would let two processes lock two files of one name.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::LedgerError;
use crate::private_file::{self, Access};
use crate::time::UtcTime;

/// The lock, until it is dropped or the process ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// The process that holds the lock, as the lock file tells others.
#[derive(Debug, Serialize, Deserialize)]
struct Holder {
    pid: u32,
    host: String,
    since: UtcTime,
}

/// Whether another process uses a ledger now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerUse {
    /// Nobody does.
    Free,
    /// That process does, as it calls itself.
    Busy(String),
}

/// The beginning of the description of a holder.
const HOLDER: &[u8] = b"{\"pid\":";

/// The longest description of a holder that is read, in bytes.
const LONGEST_HOLDER: u64 = 4096;

impl Lock {
    /// Takes the lock of the ledger at `path`, if nobody has it.
    pub(super) fn acquire(path: &Path, now: UtcTime) -> Result<Self, LedgerError> {
        let lock_path = beside(path, "lock");
        create_directory(path)
            .map_err(|source| LedgerError::Create { path: lock_path.clone(), source })?;
        let mut file = private_file::open_or_create(&lock_path, Access::Write)?;
        let io = |source| LedgerError::Io { doing: "lock", path: path.to_owned(), source };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LedgerError::Busy { path: path.to_owned(), holder: holder(file) });
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        let holder = Holder { pid: std::process::id(), host: host_name(), since: now };
        // Who holds the lock is a courtesy; on a full disk there is none, and a
        // file that says something else is left as it is.
        if is_ours(&mut file).map_err(io)? {
            let _ = file.set_len(0).and_then(|()| {
                file.rewind()?;
                let mut line = serde_json::to_vec(&holder)?;
                line.push(b'\n');
                file.write_all(&line)
            });
        }
        Ok(Self { _file: file })
    }
}

/// Whether another process has the lock of that file.
pub(super) fn user_of(file: File, path: &Path) -> Result<LedgerUse, LedgerError> {
    match file.try_lock() {
        Ok(()) => Ok(LedgerUse::Free),
        Err(TryLockError::WouldBlock) => Ok(LedgerUse::Busy(holder(file))),
        Err(TryLockError::Error(source)) => {
            Err(LedgerError::Io { doing: "lock", path: path.to_owned(), source })
        }
    }
}

/// The name of this computer.
pub(super) fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The path of a file that belongs to the ledger, in the same directory.
pub(super) fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

/// Whether nobody wrote anything else into the lock file than its holders.
fn is_ours(file: &mut File) -> io::Result<bool> {
    let mut begin = [0; HOLDER.len()];
    let mut read = 0;
    while read < begin.len() {
        match file.read(&mut begin[read..])? {
            0 => break,
            more => read += more,
        }
    }
    Ok(HOLDER.starts_with(&begin[..read]))
}

pub(super) fn create_directory(ledger: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let dir = private_file::directory_of(ledger);
    if fs::exists(dir)? {
        return Ok(());
    }
    let is_missing = |dir: &&Path| !fs::exists(dir).unwrap_or(true);
    let missing: Vec<_> = dir.ancestors().take_while(is_missing).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
    // A new directory's name lasts once the one that has it is synced.
    missing.into_iter().try_for_each(private_file::sync_directory_of)
}

fn holder(mut file: File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(LONGEST_HOLDER).read_to_string(&mut text));
    match read.map(|_| serde_json::from_str::<Holder>(&text)) {
        Ok(Ok(Holder { pid, host, since })) => {
            format!("process {pid} on {host} since {since}")
        }
        _ => "another process".to_owned(),
    }
}
