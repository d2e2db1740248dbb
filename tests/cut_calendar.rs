//! A calendar whose download broke off, while its windows hold tasks.

use crate::support::runs::{open_now, whole_minute};
use crate::support::scene::Scene;
use crate::support::world::ENVIRONMENT;

/// A calendar of two events: yesterday's, and one that is open.
fn calendar() -> String {
    let stamp = |minute| whole_minute(minute).to_string()[..19].replace(['-', ':'], "") + "Z";
    let event = |uid: &str, start, end| {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:{uid}\r\nDTSTART:{}\r\nDTEND:{}\r\nEND:VEVENT\r\n",
            stamp(start),
            stamp(end)
        )
    };
    let events = event("yesterday", -1500, -1400) + &event("today", -10, 230);
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
}

/// Ten minutes into a window of four hours. Without its second event the
/// calendar would say that all is over.
// README: A timetable is read strictly
#[test]
fn a_calendar_that_was_cut_gives_nothing_back() {
    let scene = Scene::new();
    scene.expect(0, &[], &open_now(&["t0", "t1"]));
    let file = scene.file("cut.ics");
    let sync = ["sync", "--environment", ENVIRONMENT, "--timetable", &file];
    let whole = calendar();
    let second = whole.rfind("BEGIN:VEVENT").unwrap();
    let end = whole.rfind("DTEND").unwrap();
    let before = scene.standin.requests().len();
    for length in [second, second + 12, end, end + 12, end + 21, whole.len() - 15, whole.len() - 3]
    {
        std::fs::write(&file, &whole[..length]).unwrap();
        for stdin in ["", &open_now(&["t0", "t2"])] {
            for args in [&sync[..], &[&sync[..], &["--allow-empty"]].concat()] {
                let ended = scene.expect(65, args, stdin);
                assert!(ended.stderr.contains("it looks cut (fetch it again)"), "{ended:#?}");
                assert!(ended.records().is_empty(), "{ended:#?}");
            }
        }
    }
    assert_eq!(scene.standin.requests().len(), before, "nothing was asked or changed");
    std::fs::write(&file, &whole).unwrap();
    let ended = scene.expect(0, &sync, "");
    assert_eq!((ended.action("t0"), ended.action("t1")), ("held".into(), "held".into()));
    scene.end_clean();
}
