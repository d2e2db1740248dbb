//! Any number of threads and any size of block: the same lines come out.

use std::fs::File;
use std::io::{self, Seek};
use std::time::Duration;

use maintenance_core::cli::CommonArgs;
use maintenance_core::timetable::{self, ReadOptions};
use maintenance_core::window_set::Widening;
use maintenance_core::zone::ZoneTable;
use proptest::prelude::*;

use super::*;
use crate::filter::{FilterSettings, Keep};
use crate::horizon::Horizon;
use crate::record::RecordMembers;

fn filter(on_error: OnError) -> Filter {
    let options = ReadOptions::new(ZoneTable::bundled());
    let bytes = b"name,start,end\nw,2022-01-01T00:00:00Z,2023-01-01T00:00:00Z\n";
    let input = timetable::TimetableFile { file: "t.csv", format: None, bytes };
    let (timetable, _) = timetable::load([input], &options).unwrap();
    let members = RecordMembers::new("date", &timetable);
    let settings =
        FilterSettings { keep: Keep::InWindows, assume_duration: Duration::ZERO, on_error };
    let horizon = Horizon::new(timetable, Widening::default(), false);
    Filter::new(settings, members, horizon, Arc::default())
}

/// The output, and the result.
fn outcome(
    input: BlockReader,
    threads: usize,
    on_error: OnError,
) -> (String, Result<InputCounts, String>) {
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);
    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let written = Written::default();
    let common = CommonArgs { quiet: true, ..CommonArgs::default() };
    let messages = Messages::new("test", &common);
    let result = run(filter(on_error), input, written.clone(), threads, &messages);
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    (text, result.map_err(|error| error.to_string()))
}

fn file_of(text: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text).unwrap();
    file.rewind().unwrap();
    file
}

fn pipe_of(text: Vec<u8>) -> File {
    let (reader, mut writer) = io::pipe().unwrap();
    thread::spawn(move || {
        for piece in text.chunks(37) {
            // The filter may have ended already.
            let _ = writer.write_all(piece);
        }
    });
    File::from(std::os::fd::OwnedFd::from(reader))
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => (0..1000_u32).prop_map(|id| format!("{{\"id\":{id},\"date\":\"2022-07-20T18:00:00Z\"}}")),
        4 => (0..1000_u32).prop_map(|id| format!("{{\"id\":{id},\"date\":\"2024-07-20T18:00:00Z\"}}")),
        2 => Just(String::new()),
        1 => (0..400_usize).prop_map(|n| format!("{{\"x\":\"{}\",\"date\":\"2022-07-20T18:00:00Z\"}}", "é".repeat(n))),
    ]
    .prop_map(String::into_bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn threads_and_blocks_change_nothing(
        lines in prop::collection::vec(prop_oneof![60 => line(), 1 => Just(b"\xff{}".to_vec()), 1 => Just(b"nonsense".to_vec())], 0..200),
        ends_with_newline in any::<bool>(),
        size in 16..120_usize,
        skip in any::<bool>(),
    ) {
        let on_error = if skip { OnError::Skip } else { OnError::Stop };
        let mut text = lines.join(&b'\n');
        if ends_with_newline {
            text.push(b'\n');
        }
        let expected = outcome(BlockReader::new(file_of(&text), 1 << 20).unwrap(), 1, on_error);
        let selected = lines.iter().take_while(|line| skip || !line.ends_with(b"{}") && *line != b"nonsense");
        let selected = selected.filter(|line| line.windows(8).any(|w| w == b"\"2022-07")).count();
        prop_assert_eq!(expected.0.lines().count(), selected);
        for threads in [1, 3] {
            let file = BlockReader::new(file_of(&text), size).unwrap();
            prop_assert_eq!(&outcome(file, threads, on_error), &expected);
            let pipe = BlockReader::new(pipe_of(text.clone()), size).unwrap();
            prop_assert_eq!(&outcome(pipe, threads, on_error), &expected);
        }
    }
}

/// A block may have the end of a line that is longer than lines may be.
#[test]
fn a_line_past_the_limit_is_found_wherever_its_block_ends() {
    let long = |length: usize| [vec![b'x'; length], b"\n".to_vec()].concat();
    let (most, more) = (long(LINE_LIMIT), long(LINE_LIMIT + 1));
    assert_eq!(up_to_too_long(&most), (&most[..], None));
    assert_eq!(up_to_too_long(&more), (&b""[..], Some(&b""[..])));
    assert_eq!(up_to_too_long(&more[..=LINE_LIMIT]), (&b""[..], Some(&b""[..])));
    let all = [b"{}\n", &most[..], b"{}\n", &more, b"[]\n"].concat();
    let before = all.len() - more.len() - 3;
    assert_eq!(up_to_too_long(&all), (&all[..before], Some(&b"[]\n"[..])));
}
