//! The errors of the ledger.

use std::io;
use std::path::PathBuf;

use crate::change::Target;
use crate::exit::{Exit, Explain};
use crate::private_file::FileError;

/// Why the ledger cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The ledger, its directory, or its lock file cannot be created.
    #[error("cannot create the ledger {}", path.display())]
    Create {
        /// The file that cannot be created.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Reading or writing failed.
    #[error("cannot {doing} the ledger {}", path.display())]
    Io {
        /// The operation: `read`, `write`, `sync`, …
        doing: &'static str,
        /// The ledger.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The ledger, its lock or its directory cannot be opened, or others may change it:
    /// it was left as it is.
    #[error("the ledger cannot be used")]
    File(#[from] FileError),
    /// The file is not a ledger: it was left as it is.
    #[error("{}:1: this is not a ledger", path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// The ledger is empty, or nothing but zeros, and its journal says that it
    /// had been used.
    #[error("the ledger {} is empty, and the journal beside it is not: it was lost", path.display())]
    Lost {
        /// The ledger.
        path: PathBuf,
    },
    /// A line cannot be read, or contradicts those before it.
    #[error("{}:{line}: the ledger is damaged: {what}", path.display())]
    Damaged {
        /// The ledger.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The damage.
        what: String,
    },
    /// A line of a later version of the format.
    #[error("{}:{line}: the ledger has format version {version}, newer than this program's {}", path.display(), super::VERSION)]
    Newer {
        /// The ledger.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// The version of the line.
        version: u64,
    },
    /// The ledger of another API.
    #[error("the ledger {} belongs to {known}, not to {wanted}", path.display())]
    OtherApi {
        /// The ledger.
        path: PathBuf,
        /// The base URL in its first line.
        known: String,
        /// The base URL of this call.
        wanted: String,
    },
    /// Another process has locked the ledger.
    #[error("the ledger {} is held by {holder}", path.display())]
    Busy {
        /// The ledger.
        path: PathBuf,
        /// The process that has the lock, as far as the lock file says.
        holder: String,
    },
    /// A line could not be written before, so that nothing new is begun.
    #[error("the ledger {} could not be written before", path.display())]
    Failed {
        /// The ledger.
        path: PathBuf,
    },
    /// An entry that contradicts the ledger: it was not written.
    #[error("the ledger {} refuses the entry `{event}`: {why}; the ledger is as it was", path.display())]
    Contradiction {
        /// The ledger.
        path: PathBuf,
        /// The name of the event, as lines have it.
        event: &'static str,
        /// Why it contradicts the ledger.
        why: String,
    },
    /// A change to a hold that is not active: an error of this program.
    #[error("the ledger has no active hold of {target}")]
    NoHold {
        /// The task or plan.
        target: Target,
    },
}

const ELSEWHERE: &str = "name another place with --ledger FILE or TASK_PAUSE_LEDGER";

impl Explain for LedgerError {
    fn exit(&self) -> Exit {
        match self {
            Self::Create { .. } => Exit::CannotCreate,
            Self::Io { .. } | Self::Failed { .. } | Self::NoHold { .. } => Exit::Io,
            Self::File(error) => error.exit(),
            Self::Damaged { .. }
            | Self::Contradiction { .. }
            | Self::NotALedger { .. }
            | Self::Lost { .. } => Exit::BadInput,
            Self::Newer { .. } | Self::OtherApi { .. } => Exit::Config,
            Self::Busy { .. } => Exit::Busy,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Create { .. } => "ledger-create",
            Self::Io { .. } | Self::Failed { .. } => "ledger-io",
            Self::File(error) => error.code(),
            Self::NotALedger { .. } => "not-a-ledger",
            Self::Lost { .. } => "ledger-lost",
            Self::Damaged { .. } => "ledger-damaged",
            Self::Newer { .. } => "ledger-newer",
            Self::OtherApi { .. } => "ledger-other-api",
            Self::Busy { .. } => "ledger-busy",
            Self::Contradiction { .. } => "ledger-contradiction",
            Self::NoHold { .. } => "ledger-no-hold",
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Create { source, .. }
            | Self::Io { source, .. }
            | Self::File(FileError::Io { source, .. })
                if source.kind() == io::ErrorKind::PermissionDenied =>
            {
                return Some(format!("run it as the user whose ledger it is, or {ELSEWHERE}"));
            }
            Self::Io { source, .. } | Self::File(FileError::Io { source, .. })
                if source.kind() == io::ErrorKind::ReadOnlyFilesystem =>
            {
                "mount it for writing: what this ledger holds, another one cannot give back"
            }
            Self::Io { doing: "read", .. } => {
                "nothing was changed: see whether it is the right path, and its disk"
            }
            Self::Create { .. } => ELSEWHERE,
            Self::Io { .. } | Self::Failed { .. } => {
                "every change that was sent is in the ledger as an intent; mend the disk and run \
                 the same command again"
            }
            Self::File(error) => return error.hint().or_else(|| Some(ELSEWHERE.to_owned())),
            Self::NotALedger { .. } => {
                "it was left as it is: name the ledger with --ledger FILE, or a place where there \
                 is no file"
            }
            Self::Lost { .. } => {
                "put a backup in its place, or remove the empty file and rebuild the ledger with \
                 `task-pause recover`"
            }
            // A line that is taken out may be the only one that knows of a pause.
            Self::Damaged { .. } => {
                "put a backup in its place; or move it away, keep it, and rebuild the ledger with \
                 `task-pause recover`: what is paused is found by its mark"
            }
            Self::Newer { .. } => "use the newer task-pause that wrote it",
            Self::OtherApi { .. } => {
                "keep one ledger for each region or tenant, with --ledger FILE"
            }
            Self::Busy { .. } => "try again later, or wait for it with --lock-timeout 1m",
            Self::Contradiction { .. } => {
                "nothing was sent for it; `task-pause status` shows the active holds"
            }
            Self::NoHold { .. } => return None,
        };
        Some(hint.to_owned())
    }

    fn retryable(&self) -> bool {
        matches!(self, Self::Io { .. } | Self::Failed { .. } | Self::Busy { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_may_not_use_a_ledger_learns_whose_it_is_whatever_was_tried() {
        let path = || PathBuf::from("/ledger");
        let errors = |kind: io::ErrorKind| {
            [
                LedgerError::Create { path: path(), source: kind.into() },
                LedgerError::Io { doing: "read", path: path(), source: kind.into() },
                FileError::Io { path: path(), source: kind.into() }.into(),
            ]
        };
        for error in errors(io::ErrorKind::PermissionDenied) {
            let hint = error.hint().unwrap();
            assert!(hint.starts_with("run it as the user whose ledger it is"), "{error:?}: {hint}");
        }
        for error in errors(io::ErrorKind::StorageFull) {
            let hint = error.hint().unwrap();
            assert!(!hint.contains("the user"), "{error:?}: {hint}");
        }
    }
}
