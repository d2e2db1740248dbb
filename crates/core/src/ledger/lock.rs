//! The lock of the ledger: one process writes at a time.
//!
//! The lock is held on a file of its own beside the ledger, since compaction
//! puts a new file in the ledger's place. The lock file stays: removing it
//! would let two processes lock two files of one name.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::thread;

use serde::{Deserialize, Serialize};

use super::LedgerError;
use crate::private_file::{self, Access};
use crate::time::UtcTime;

/// The lock, until it is dropped or the process ends.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Drop for Lock {
    /// Gives the lock up also where a process that was begun meanwhile still has the file
    /// open for a moment.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

/// The process that holds the lock, as the lock file names it.
#[derive(Debug, Serialize, Deserialize)]
struct Holder {
    pid: u32,
    host: String,
    since: UtcTime,
}

/// The beginning of the description of a holder.
const HOLDER: &[u8] = b"{\"pid\":";

/// The number of times that a file is tried to be locked while others look at it, each of
/// which leaves the processor to them. A look takes no time.
const LOCK_TRIES: u32 = 100_000;

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
        match lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LedgerError::Busy { path: path.to_owned(), holder: holder(file) });
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        let holder = Holder { pid: std::process::id(), host: host_name(), since: now };
        // The name of the holder is for messages alone: a full disk may have no room for
        // it. A lock file with any other content is left as it is.
        if is_ours(&file).map_err(io)? {
            let _ = file.set_len(0).and_then(|()| {
                file.rewind()?;
                let mut line = serde_json::to_vec(&holder)?;
                line.push(b'\n');
                file.write_all(&line)
            });
        }
        Ok(Self { file })
    }
}

/// Locks the file, if no other process has locked it. A process that only looks whether it
/// is locked shares the lock for an instant: that is waited for.
fn lock(file: &File) -> Result<(), TryLockError> {
    let mut tries_left = LOCK_TRIES;
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if tries_left > 0 => {}
            result => return result,
        }
        // Only those that look share it.
        file.try_lock_shared()?;
        file.unlock().map_err(TryLockError::Error)?;
        tries_left -= 1;
        thread::yield_now();
    }
}

/// The other process that has the lock of that file, as it calls itself, if one has it.
/// Neither a call that takes the lock nor another look is refused for it.
pub(super) fn user_of(file: File, path: &Path) -> Result<Option<String>, LedgerError> {
    match file.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => Ok(Some(holder(file))),
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
fn is_ours(file: &File) -> io::Result<bool> {
    let mut begin = Vec::new();
    file.take(HOLDER.len() as u64).read_to_end(&mut begin)?;
    Ok(HOLDER.starts_with(&begin))
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

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::clock;

    /// The lock file of a ledger, opened as another process would.
    fn opened(ledger: &Path) -> File {
        OpenOptions::new().read(true).write(true).open(beside(ledger, "lock")).unwrap()
    }

    #[test]
    fn a_look_at_the_lock_refuses_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let ledger = dir.path().join("ledger.jsonl");
        drop(Lock::acquire(&ledger, clock::now()).unwrap());
        let shared = opened(&ledger);
        shared.try_lock_shared().unwrap();
        assert_eq!(user_of(opened(&ledger), &ledger).unwrap(), None, "two looks");
        let looking = thread::spawn(move || {
            let began = Instant::now();
            while began.elapsed() < Duration::from_millis(20) {
                thread::yield_now();
            }
            drop(shared);
        });
        let lock = Lock::acquire(&ledger, clock::now()).unwrap();
        looking.join().unwrap();
        assert!(user_of(opened(&ledger), &ledger).unwrap().is_some());
        assert!(matches!(
            Lock::acquire(&ledger, clock::now()),
            Err(LedgerError::Busy { holder, .. }) if holder.contains("process")
        ));
        // A process that another thread begins has the file open until it runs its program.
        let inherited = lock.file.try_clone().unwrap();
        drop(lock);
        assert_eq!(user_of(opened(&ledger), &ledger).unwrap(), None);
        drop(inherited);
    }
}
