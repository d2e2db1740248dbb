use super::*;

/// Run number `n` of a list: one each minute.
fn run(n: u64) -> String {
    let (hour, minute) = (n / 60, n % 60);
    format!(r#"{{"id":"t{n}","date":"2026-12-01T{hour:02}:{minute:02}:00.000Z","type":"TASK"}}"#)
}

fn page(items: &[String], limit: u64, offset: u64, total: u64) -> RawPage {
    let items = items.join(",");
    let text =
        format!(r#"{{"items":[{items}],"limit":{limit},"offset":{offset},"total":{total}}}"#);
    RawPage::read(text.as_bytes()).unwrap()
}

/// The answers of a faithful server about a list of `total` runs.
fn faithful(total: u64, limit: u64, offset: u64) -> RawPage {
    let items: Vec<_> = (offset..total.min(offset + limit)).map(run).collect();
    page(&items, limit, offset, total)
}

/// Reads a whole list from `server`, as the client does.
fn read(
    limit: u64,
    mut server: impl FnMut(u64, u64) -> RawPage,
) -> Result<Vec<String>, Discrepancy> {
    let mut check = Check::new(Items::Runs, limit, RandomState::new());
    let mut items = check.page(0, server(0, limit))?;
    let (rest, limit) = check.rest().unwrap();
    for offset in rest {
        items.extend(check.page(offset, server(offset, limit))?);
    }
    Ok(items.iter().map(|item| item.get().to_owned()).collect())
}

#[test]
fn a_faithful_list_of_any_length_is_complete() {
    for limit in [1, 2, 3, 49, 50, 51, 100] {
        for total in (0..=7).chain(48..=52).chain(98..=102).chain(197..=203).chain([1000]) {
            let list = read(limit, |offset, limit| faithful(total, limit, offset));
            let expected: Vec<_> = (0..total).map(run).collect();
            assert_eq!(list.unwrap(), expected, "{total} in pages of {limit}");
        }
    }
}

#[test]
fn a_server_may_hand_out_less_at_a_time() {
    let mut asked = Vec::new();
    let list = read(100, |offset, limit| {
        asked.push(offset);
        faithful(130, limit.min(60), offset)
    });
    assert_eq!(list.unwrap().len(), 130);
    assert_eq!(asked, [0, 59, 118]);
}

#[test]
fn no_page_is_asked_for_that_cannot_hold_anything_new() {
    for (limit, total, offsets) in [
        (100, 99, vec![0]),
        (100, 101, vec![0, 99]),
        (100, 198, vec![0, 99]),
        (100, 200, vec![0, 99, 198]),
        (3, 6, vec![0, 2, 4]),
        // After a full page there may be more, whatever the total says.
        (100, 100, vec![0, 99]),
        (100, 199, vec![0, 99, 198]),
        (2, 4, vec![0, 1, 2, 3]),
        (1, 2, vec![0, 1, 2]),
        (100, 0, vec![0]),
    ] {
        let mut asked = Vec::new();
        read(limit, |offset, limit| {
            asked.push(offset);
            faithful(total, limit, offset)
        })
        .unwrap();
        assert_eq!(asked, offsets, "{total} in pages of {limit}");
    }
}

#[test]
fn each_lie_is_recognised() {
    let lie = |limit, lie: fn(u64, u64) -> RawPage| read(limit, lie).unwrap_err();
    // The total changes, or grows for ever.
    let grows = lie(100, |offset, limit| faithful(500 + offset, limit, offset));
    assert!(matches!(grows, Discrepancy::Total { .. }), "{grows}");
    // An empty page, or a short one, before the end.
    let empty = lie(100, |offset, limit| match offset {
        198 => page(&[], limit, offset, 500),
        _ => faithful(500, limit, offset),
    });
    assert_eq!(empty, Discrepancy::Length { offset: 198, expected: 100, got: 0 });
    let short = lie(10, |offset, limit| page(&[run(0)], limit, offset, 500));
    assert_eq!(short, Discrepancy::Length { offset: 0, expected: 10, got: 1 });
    // More items than the limit.
    let long = lie(2, |offset, limit| page(&[run(0), run(1), run(2)], limit, offset, 500));
    assert_eq!(long, Discrepancy::Length { offset: 0, expected: 2, got: 3 });
    // The same page again, in large pages and in small ones.
    let again = lie(100, |_, limit| RawPage { offset: None, ..faithful(500, limit, 0) });
    assert_eq!(again, Discrepancy::Gap { offset: 99 });
    let again = lie(9, |_, limit| RawPage { offset: None, ..faithful(500, limit, 0) });
    assert_eq!(again, Discrepancy::Gap { offset: 8 });
    let other = lie(9, |_, limit| faithful(500, limit, 0));
    assert_eq!(other, Discrepancy::Offset { offset: 8, got: 0 });
    // One run was removed and one added between two pages: the total is the same.
    let moved = lie(100, |offset, limit| {
        let moved = u64::from(offset > 0);
        let items: Vec<_> = (offset + moved..(offset + moved + limit).min(301)).map(run).collect();
        page(&items, limit, offset, 300)
    });
    assert_eq!(moved, Discrepancy::Gap { offset: 99 });
}

#[test]
fn items_must_have_what_an_item_has() {
    for (item, field, shown) in [
        (r#"{"date":"2026-12-01T00:00:00.000Z"}"#, "id", r#"{"date":"2026-12-01T00:00:00.000Z"}"#),
        (r#"{"id":"","date":"2026-12-01T00:00:00.000Z"}"#, "id", r#""""#),
        (r#"{"id":{},"date":"2026-12-01T00:00:00.000Z"}"#, "id", "{}"),
        (r#"{"id":"t"}"#, "date", r#"{"id":"t"}"#),
        (r#"{"id":"t","date":"tomorrow"}"#, "date", r#""tomorrow""#),
        (r#"{"id":"t","date":12}"#, "date", "12"),
        ("7", "id", "7"),
        (
            r#"["t","t","2026-12-01T00:00:00.000Z","each"]"#,
            "id",
            r#"["t","t","2026-12-01T00:00:00.000Z","each"]"#,
        ),
    ] {
        let error = read(10, |offset, limit| page(&[item.to_owned()], limit, offset, 1));
        let shown = shown.to_owned();
        assert_eq!(error, Err(Discrepancy::Item { index: 0, field, shown }), "{item}");
    }
    let long = format!(r#"{{"id":"t","date":"{}"}}"#, "x".repeat(1_000));
    let error = read(10, |offset, limit| page(std::slice::from_ref(&long), limit, offset, 1));
    assert!(error.unwrap_err().to_string().len() < 400);
}

#[test]
fn items_in_other_shapes_are_items() {
    for item in [
        r#"{"id":7,"date":"2026-12-01T00:00:00.000Z"}"#,
        r#"{"id":"t","date":1796090400000}"#,
        r#"{"id":"t1","date":"2026-12-01T00:00:00+0000"}"#,
    ] {
        let list = read(10, |offset, limit| page(&[item.to_owned()], limit, offset, 1));
        assert_eq!(list, Ok(vec![item.to_owned()]));
    }
}

#[test]
fn equal_runs_are_two_unless_one_trigger_names_them() {
    let nameless = r#"{"id":"t","date":"2026-12-01T00:00:00.000Z"}"#.to_owned();
    let pair = |item: &str| {
        read(10, |offset, limit| page(&[item.to_owned(), item.to_owned()], limit, offset, 2))
    };
    assert_eq!(pair(&nameless).unwrap().len(), 2);
    // A name that is none does not make them one.
    let blank = nameless.replace('}', r#","sourceTriggerName":""}"#);
    assert_eq!(pair(&blank).unwrap().len(), 2);
    let named = nameless.replace('}', r#","sourceTriggerName":"nightly"}"#);
    assert_eq!(pair(&named), Err(Discrepancy::Repeated { offset: 0 }));
}

#[test]
fn what_pages_say_of_themselves_is_read_leniently() {
    let read = |meta: &str| {
        let page = RawPage::read(format!(r#"{{"items":[]{meta}}}"#).as_bytes()).unwrap();
        (page.limit, page.offset, page.total)
    };
    assert_eq!(read(""), (None, None, None));
    assert_eq!(read(r#","limit":100,"offset":"0","total":6"#), (Some(100), Some(0), Some(6)));
    assert_eq!(read(r#","limit":-1,"offset":null,"total":-2147483648"#), (None, None, None));
}

#[test]
fn executables_come_once() {
    let mut check = Check::new(Items::Executables, 2, RandomState::new());
    let item = |id| format!(r#"{{"executable":"{id}","name":"n"}}"#);
    check.page(0, page(&[item("a"), item("b")], 2, 0, 4)).unwrap();
    let again = check.page(1, page(&[item("b"), item("a")], 2, 1, 4));
    assert_eq!(again.unwrap_err(), Discrepancy::Repeated { offset: 1 });
    let item = |id| format!(r#"{{"executable":{id}}}"#);
    let mut check = Check::new(Items::Executables, 2, RandomState::new());
    check.page(0, page(&[item("7"), item("\"8\"")], 2, 0, 4)).unwrap();
}

proptest::proptest! {
    /// Whatever one change does to a list while it is read, the list that
    /// comes out is the one before it or the one after it, or none.
    #[test]
    fn a_list_that_changes_is_never_a_mixture(
        total in 0..700u64,
        limit in 2..=100u64,
        change in 1..9usize,
        removed in proptest::option::of(0..700usize),
        added in proptest::option::of(0..700usize),
    ) {
        let before: Vec<String> = (0..total).map(run).collect();
        let mut after = before.clone();
        if let Some(index) = removed.filter(|index| *index < after.len()) {
            after.remove(index);
        }
        if let Some(index) = added.filter(|index| *index <= after.len()) {
            after.insert(index, run(1_000));
        }
        let mut asked = 0;
        let list = read(limit, |offset, limit| {
            let now = if asked < change { &before } else { &after };
            asked += 1;
            let total = now.len() as u64;
            let index = |n: u64| usize::try_from(n.min(total)).unwrap();
            let part = index(offset)..index(offset + limit);
            self::page(&now[part], limit, offset, total)
        });
        if let Ok(list) = list {
            proptest::prop_assert!(list == before || list == after, "a mixture of two lists");
        }
    }
}
