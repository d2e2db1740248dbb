//! Opens files on which production depends, in places where others may plant
//! something else: a link, a pipe, a file of their own.
//!
//! Nothing is changed, neither content nor mode, before the open descriptor is
//! known to be a regular file of ours with one name, in a directory that others
//! cannot write. So the caller opens, then checks what the file says, and only
//! then writes.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, BufWriter, ErrorKind, Write as _};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::exit::{Exit, Explain};

/// The most links in one path, as on most systems.
const MOST_LINKS: usize = 40;

/// Who may read and write a new file: its owner.
const PRIVATE: u32 = 0o600;

/// A file cannot be used, and was left as it is.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The operating system refused.
    #[error("{}", path.display())]
    Io {
        /// The file, or its directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is something else than a file of ours, or others could change it.
    #[error("{} {what}", path.display())]
    Unsafe {
        /// The file, the link, or the directory.
        path: PathBuf,
        /// Its fault.
        what: Danger,
    },
}

/// The reasons why it is unsafe to write a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Danger {
    /// A directory, a pipe, a device or a socket.
    #[error("is {0}, not a regular file")]
    NotAFile(&'static str),
    /// Another user owns it.
    #[error("belongs to another user (uid {0})")]
    OtherOwner(u32),
    /// It has other names, perhaps in places of others.
    #[error("has {0} names (hard links)")]
    Links(u64),
    /// Others can put something else in its place.
    #[error("is a directory that other users can write (mode {0:o})")]
    WritableDirectory(u32),
    /// It is something else than what would be written there.
    #[error("is not {0}")]
    Foreign(&'static str),
    /// A chain of links has no end.
    #[error("is a link that leads to no end of links")]
    EndlessLinks,
}

impl Explain for FileError {
    fn exit(&self) -> Exit {
        Exit::CannotCreate
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "file-io",
            Self::Unsafe { .. } => "file-unsafe",
        }
    }

    fn hint(&self) -> Option<String> {
        let Self::Unsafe { path, what } = self else { return None };
        let path = path.display();
        Some(match what {
            Danger::NotAFile(_) | Danger::Foreign(_) | Danger::EndlessLinks => {
                "it was left as it is: name a file, or a place where there is none".to_owned()
            }
            Danger::OtherOwner(_) => format!(
                "it was left as it is: name a file of your own, run as its owner, or, if you \
                 trust what it says, take it over with `chown`: {path}"
            ),
            Danger::Links(_) => format!(
                "it was left as it is: find the other names with `find / -samefile {path}`, or \
                 name a file of your own"
            ),
            Danger::WritableDirectory(_) => {
                format!("make it yours alone with `chmod go-w {path}`, or name another place")
            }
        })
    }
}

/// The purpose for which a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To be read only: it may belong to another user.
    Read,
    /// To be read and written anywhere.
    Write,
    /// To be read, and written at its end.
    Append,
}

/// Opens a file that exists, and checks it; `None` if there is none at `path`.
///
/// A file that is opened to be written is checked as the module says. One that
/// is only read must be a regular file. A pipe or a device never blocks.
///
/// # Errors
///
/// [`FileError::Unsafe`] if the file or its directory does not pass the check, else what
/// the system says.
pub fn open(path: &Path, access: Access) -> Result<Option<File>, FileError> {
    let Some(found) = metadata(path)? else { return Ok(None) };
    // Some devices act when they are opened.
    check_kind(path, &found)?;
    if access != Access::Read {
        check_directory_of(path)?;
    }
    let file = match options(access).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(io_error(path, source)),
    };
    // Of the open descriptor: something else may be at the path by now.
    let opened = file.metadata().map_err(|source| io_error(path, source))?;
    check_kind(path, &opened)?;
    if access != Access::Read {
        check_owner(path, &opened)?;
    }
    Ok(Some(file))
}

/// Opens a file for writing, or makes an empty one of mode 0600.
///
/// # Errors
///
/// As [`open`], and if the file cannot be made.
pub fn open_or_create(path: &Path, access: Access) -> Result<File, FileError> {
    loop {
        if let Some(file) = open(path, access)? {
            return Ok(file);
        }
        check_directory_of(path)?;
        match options(access).create_new(true).mode(PRIVATE).open(path) {
            // Another call of ours made it meanwhile.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            opened => return opened.map_err(|source| io_error(path, source)),
        }
    }
}

/// Checks that a file can be put in the place of `path`: what is there, if
/// anything, is a regular file of ours, and others cannot interfere.
///
/// # Errors
///
/// [`FileError::Unsafe`] if that is not so, or [`FileError::Io`].
pub fn check_replaceable(path: &Path) -> Result<(), FileError> {
    check_directory_of(path)?;
    let Some(found) = metadata(path)? else { return Ok(()) };
    check_kind(path, &found)?;
    check_owner(path, &found)
}

/// Replaces a file so that every reader, and every crash, finds the old one or
/// the new one: it is written to a new file beside it, synced and renamed, and
/// the directory is synced. The new file has that `mode`, whatever the umask.
pub fn replace(
    path: &Path,
    mode: u32,
    write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> io::Result<()> {
    check_directory_of(path).map_err(|error| match error {
        FileError::Io { source, .. } => source,
        unsafe_place @ FileError::Unsafe { .. } => io::Error::other(unsafe_place),
    })?;
    // Nobody can know its name before. If it is not renamed, it is removed.
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!("{NEW}{:016x}", fastrand::u64(..)));
    let new = tempfile::Builder::new()
        .prefix(&name)
        .rand_bytes(0)
        .tempfile_in(directory_of(path))
        .map_err(without_path)?;
    let mut out = BufWriter::new(new.as_file());
    write(&mut out)?;
    out.flush()?;
    drop(out);
    new.as_file().set_permissions(Permissions::from_mode(mode))?;
    new.as_file().sync_all()?;
    new.persist(path)?;
    sync_directory_of(path)
}

/// The error of the operating system alone: the name of a new file would be another
/// one each time.
fn without_path(error: io::Error) -> io::Error {
    let source = error.get_ref().and_then(std::error::Error::source);
    let number = source.and_then(|source| source.downcast_ref()).and_then(io::Error::raw_os_error);
    number.map_or(error, io::Error::from_raw_os_error)
}

/// The middle of the name of a new file, between the name of the file that it is
/// to replace and sixteen random hexadecimal digits.
const NEW: &str = ".new-";

/// Removes the files that calls of [`replace`] for this path left behind when they were
/// killed. No such call may be under way. A file that cannot be removed does no harm.
pub fn remove_unfinished(path: &Path) {
    let Some(name) = path.file_name() else { return };
    for found in fs::read_dir(directory_of(path)).into_iter().flatten().flatten() {
        if is_name_beside(name, &found.file_name()) {
            let _ = fs::remove_file(found.path());
        }
    }
}

/// Whether [`replace`] gives such a name to the file that is to replace `name`.
fn is_name_beside(name: &OsStr, found: &OsStr) -> bool {
    let rest = found.as_encoded_bytes().strip_prefix(name.as_encoded_bytes());
    let digits = rest.and_then(|rest| rest.strip_prefix(NEW.as_bytes()));
    digits.is_some_and(|digits| digits.len() == 16 && digits.iter().all(u8::is_ascii_hexdigit))
}

/// Syncs the directory of `path`, so that a new name in it lasts.
///
/// # Errors
///
/// The directory cannot be opened or synced: after a power failure the name may be
/// gone.
pub fn sync_directory_of(path: &Path) -> io::Result<()> {
    File::open(directory_of(path))?.sync_all()
}

/// The directory that a path is in.
pub(crate) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The file itself, where its path is a link that its operator made: a link of
/// ours, or of root's, that others cannot replace. The path of a file that does
/// not exist yet stays as it is.
pub fn behind_links(path: &Path) -> Result<PathBuf, FileError> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match metadata(&path)? {
            Some(found) if found.is_symlink() => {
                check_directory_of(&path)?;
                if !is_trusted(found.uid()) {
                    return Err(danger(&path, Danger::OtherOwner(found.uid())));
                }
                let link = fs::read_link(&path).map_err(|source| io_error(&path, source))?;
                path = path.parent().unwrap_or(Path::new("")).join(link);
            }
            _ => return Ok(path),
        }
    }
    Err(danger(&path, Danger::EndlessLinks))
}

/// Never through a link, and never waiting for the other end of a pipe. (The
/// standard library adds `O_CLOEXEC`.)
fn options(access: Access) -> OpenOptions {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut options = OpenOptions::new();
    options.read(true).write(access == Access::Write).append(access == Access::Append);
    // Flags of open(2) are an int in C.
    options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    options
}

fn metadata(path: &Path) -> Result<Option<Metadata>, FileError> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(io_error(path, source)),
    }
}

fn check_kind(path: &Path, found: &Metadata) -> Result<(), FileError> {
    let kind = found.file_type();
    let name = match () {
        () if kind.is_file() => return Ok(()),
        () if kind.is_dir() => "a directory",
        () if kind.is_symlink() => "a link",
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    };
    Err(danger(path, Danger::NotAFile(name)))
}

fn check_owner(path: &Path, found: &Metadata) -> Result<(), FileError> {
    if found.uid() != own_uid() {
        return Err(danger(path, Danger::OtherOwner(found.uid())));
    }
    if found.nlink() != 1 {
        return Err(danger(path, Danger::Links(found.nlink())));
    }
    Ok(())
}

/// Checks that nobody else can put another file in the place of `path`. In a
/// sticky directory (`/tmp`) others can only make new names, and a file there
/// must be ours all the same.
fn check_directory_of(path: &Path) -> Result<(), FileError> {
    const STICKY: u32 = 0o1000;
    const OTHERS_WRITE: u32 = 0o022;
    let dir = directory_of(path);
    let found = fs::metadata(dir).map_err(|source| io_error(dir, source))?;
    if !is_trusted(found.uid()) {
        return Err(danger(dir, Danger::OtherOwner(found.uid())));
    }
    if found.mode() & OTHERS_WRITE != 0 && found.mode() & STICKY == 0 {
        return Err(danger(dir, Danger::WritableDirectory(found.mode() & 0o7777)));
    }
    Ok(())
}

/// Whether that user can do no more than we can, or everything anyway.
fn is_trusted(uid: u32) -> bool {
    uid == 0 || uid == own_uid()
}

fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn io_error(path: &Path, source: io::Error) -> FileError {
    FileError::Io { path: path.to_owned(), source }
}

fn danger(path: &Path, what: Danger) -> FileError {
    FileError::Unsafe { path: path.to_owned(), what }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// A private directory with a file in it.
    fn place() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "theirs").unwrap();
        (dir, path)
    }

    fn what(error: &FileError) -> Danger {
        match error {
            FileError::Unsafe { what, .. } => *what,
            FileError::Io { .. } => panic!("{error:?}"),
        }
    }

    fn unchanged(path: &Path, mode: u32) {
        assert_eq!(fs::read_to_string(path).unwrap(), "theirs");
        assert_eq!(fs::metadata(path).unwrap().mode() & 0o7777, mode);
    }

    #[test]
    fn a_planted_link_pipe_directory_or_second_name_is_refused_and_left_as_it_is() {
        for access in [Access::Write, Access::Append] {
            let (dir, path) = place();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            let link = dir.path().join("link");
            symlink(&path, &link).unwrap();
            let pipe = dir.path().join("pipe");
            rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o600.into()).unwrap();
            let socket = dir.path().join("socket");
            let _socket = std::os::unix::net::UnixListener::bind(&socket).unwrap();
            for (path, kind) in [
                (link, "a link"),
                (pipe, "a pipe"),
                (socket, "a socket"),
                (dir.path().to_owned(), "a directory"),
                ("/dev/null".into(), "a device"),
            ] {
                let refused = open_or_create(&path, access).unwrap_err();
                assert!(refused.hint().is_some());
                assert_eq!(what(&refused), Danger::NotAFile(kind));
                assert_eq!(what(&check_replaceable(&path).unwrap_err()), Danger::NotAFile(kind));
            }
            fs::hard_link(&path, dir.path().join("second")).unwrap();
            assert_eq!(what(&open_or_create(&path, access).unwrap_err()), Danger::Links(2));
            unchanged(&path, 0o644);
        }
    }

    #[test]
    fn a_directory_that_others_can_write_is_refused_unless_it_is_sticky() {
        let (dir, path) = place();
        for (mode, is_refused) in
            [(0o770, true), (0o707, true), (0o777, true), (0o1777, false), (0o755, false)]
        {
            fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).unwrap();
            for (path, is_there) in [(path.clone(), true), (dir.path().join("new"), false)] {
                let refused = open_or_create(&path, Access::Append).err().as_ref().map(what);
                assert_eq!(refused, is_refused.then_some(Danger::WritableDirectory(mode)));
                assert_eq!(check_replaceable(&path).is_err(), is_refused);
                assert!(is_there || is_refused || fs::remove_file(&path).is_ok());
            }
        }
    }

    #[test]
    fn a_file_of_another_user_is_read_and_not_written() {
        if own_uid() != 0 {
            eprintln!("SKIPPED: only root can give a file away");
            return;
        }
        let (dir, path) = place();
        std::os::unix::fs::chown(&path, Some(65534), None).unwrap();
        let refused = open(&path, Access::Append).unwrap_err();
        assert_eq!(what(&refused), Danger::OtherOwner(65534));
        assert!(open(&path, Access::Read).unwrap().is_some());
        std::os::unix::fs::chown(&path, Some(0), None).unwrap();
        std::os::unix::fs::chown(dir.path(), Some(65534), None).unwrap();
        let refused = open(&path, Access::Append).unwrap_err();
        assert_eq!(what(&refused), Danger::OtherOwner(65534));
    }

    #[test]
    fn a_link_of_ours_is_followed_by_name_and_an_endless_one_is_not() {
        let (dir, path) = place();
        let [one, two] = ["one", "two"].map(|name| dir.path().join(name));
        symlink("file", &one).unwrap();
        symlink(&one, &two).unwrap();
        assert_eq!(behind_links(&two).unwrap(), path);
        assert_eq!(behind_links(&dir.path().join("absent")).unwrap(), dir.path().join("absent"));
        let round = dir.path().join("round");
        symlink(&round, &round).unwrap();
        assert_eq!(what(&behind_links(&round).unwrap_err()), Danger::EndlessLinks);
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(what(&behind_links(&two).unwrap_err()), Danger::WritableDirectory(0o777));
    }

    #[test]
    fn a_new_file_is_private_and_a_pipe_is_not_waited_for() {
        let (dir, path) = place();
        let new = dir.path().join("new");
        assert!(open(&new, Access::Append).unwrap().is_none());
        let file = open_or_create(&new, Access::Append).unwrap();
        assert_eq!(file.metadata().unwrap().mode() & 0o7777, PRIVATE);
        let beside = || {
            let mut found = fs::read_dir(dir.path()).unwrap().flatten();
            found.find(|found| is_name_beside(path.file_name().unwrap(), &found.file_name()))
        };
        let failed = replace(&path, 0o644, |_| {
            assert_eq!(beside().unwrap().metadata()?.mode() & 0o7777, PRIVATE);
            Err(ErrorKind::StorageFull.into())
        });
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::StorageFull);
        assert!(beside().is_none(), "what was not finished is removed");
        let missing = replace(&dir.path().join("absent/file"), 0o644, |_| Ok(())).unwrap_err();
        assert_eq!(missing.to_string(), io::Error::from_raw_os_error(2).to_string());
        let mut text = String::new();
        open(&path, Access::Read).unwrap().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "theirs");
        let pipe = dir.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o600.into()).unwrap();
        assert_eq!(what(&open(&pipe, Access::Read).unwrap_err()), Danger::NotAFile("a pipe"));
    }
}
