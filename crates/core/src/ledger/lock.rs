//! One writer at a time.
//!
//! The lock is held on a file of its own beside the ledger, since compaction
//! puts a new file in the ledger's place. The lock file stays: removing it
//! would let two processes lock two files of one name.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::LedgerError;
use crate::time::UtcTime;

/// The lock, until it is dropped or the process ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Who holds it, for the one that is refused.
#[derive(Debug, Serialize, Deserialize)]
struct Holder {
    pid: u32,
    host: String,
    since: UtcTime,
}

impl Lock {
    /// Takes the lock of the ledger at `path`, if nobody has it.
    pub(super) fn acquire(path: &Path, now: UtcTime) -> Result<Self, LedgerError> {
        let lock_path = beside(path, "lock");
        let mut file = create(path, &lock_path)
            .map_err(|source| LedgerError::Create { path: lock_path.clone(), source })?;
        let io = |source| LedgerError::Io { doing: "lock", path: path.to_owned(), source };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LedgerError::Busy { path: path.to_owned(), holder: holder(file) });
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let holder = Holder { pid: std::process::id(), host, since: now };
        // Who holds the lock is a courtesy; on a full disk there is none.
        let _ = file.set_len(0).and_then(|()| {
            file.rewind()?;
            serde_json::to_writer(&file, &holder)?;
            file.write_all(b"\n")
        });
        Ok(Self { _file: file })
    }
}

/// How many links one path may have.
const MOST_LINKS: usize = 40;

/// The ledger itself, where its path is a link: the lock and what replaces it
/// belong beside it.
pub(super) fn behind_links(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(link) = fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("")).join(link);
    }
    path
}

/// The path of a file that belongs to the ledger, in the same directory.
pub(super) fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

fn create(ledger: &Path, lock: &Path) -> io::Result<File> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    let dir = ledger.parent().filter(|dir| !dir.as_os_str().is_empty());
    if let Some(dir) = dir
        && !fs::exists(dir)?
    {
        let missing: Vec<_> =
            dir.ancestors().take_while(|dir| !fs::exists(dir).unwrap_or(true)).collect();
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        // A new directory's name lasts once the one that has it is synced.
        for parent in missing.into_iter().filter_map(Path::parent) {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            File::open(parent)?.sync_all()?;
        }
    }
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(lock)
}

fn holder(mut file: File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    match read.map(|_| serde_json::from_str::<Holder>(&text)) {
        Ok(Ok(Holder { pid, host, since })) => {
            format!("process {pid} on {host} since {since}")
        }
        _ => "another process".to_owned(),
    }
}
