//! Programs of a test's own making.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Makes a program that does `work`, in the words of bash, or gives it other work.
///
/// The program is a link to a script that is never written to. A file that was just
/// written cannot be executed while a process that another test started at that moment
/// has it open ("Text file busy").
pub(crate) fn stub(program: &Path, work: &str) {
    fs::write(format!("{}.work", program.display()), work).unwrap();
    if !program.is_symlink() {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/stub");
        symlink(script, program).unwrap();
    }
}
