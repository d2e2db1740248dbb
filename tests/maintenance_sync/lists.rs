//! Settings that are lists, with colons or new lines between.

use super::Bench;

#[test]
fn a_new_line_in_a_list_is_as_good_as_a_colon() {
    for (list, words) in [
        ("a.csv:b c.ics", &["a.csv", "b c.ics"][..]),
        ("a.csv\nb c.ics", &["a.csv", "b c.ics"]),
        ("\n  a.csv:b \n\n\tc d.ics  \n", &["a.csv", "b", "c d.ics"]),
        ("a.csv\n", &["a.csv"]),
        ("a.csv:\n  b.csv:\n", &["a.csv", "b.csv"]),
        ("a.csv\r\nb.csv", &["a.csv", "b.csv"]),
    ] {
        let bench = Bench::new();
        bench
            .sync()
            .env("MAINTENANCE_TIMETABLE", list)
            .env("MAINTENANCE_NAME", list)
            .env("MAINTENANCE_CATEGORY", list)
            .assert()
            .success();
        let expected: String = ["timetable", "category", "name"]
            .iter()
            .flat_map(|flag| words.iter().map(move |word| format!("--{flag} {word} ")))
            .collect();
        let calls = bench.read("window-filter.args");
        assert_eq!(calls.lines().last().unwrap(), format!("{expected}--before 15m"), "{list:?}");
    }
}
