//! The number of times that a list is read, in what order its pages are asked for,
//! and the facts that are known of it meanwhile.

use std::cell::Cell;

use super::*;

/// Reads a list whose pages depend on the reading that they belong to, from 1. Its
/// length, or its error, and the number of readings.
async fn readings(answer: impl Fn(u64, u64, u64) -> RawPage) -> (Result<u64, Discrepancy>, u64) {
    let count = Cell::new(0);
    let list = pages(false, 100, |offset, limit| {
        count.set(count.get() + u64::from(offset == 0));
        answer(count.get(), offset, limit)
    });
    let read = read(list).await;
    (read, count.get())
}

fn counted(all: u64, total: u64, offset: u64, limit: u64) -> RawPage {
    RawPage { total: Some(total), ..page(all, 100, offset, limit) }
}

/// A page of 250 runs, of which the one at that index has no ID.
fn lacking(index: u64, offset: u64, limit: u64) -> RawPage {
    let mut page = counted(250, 250, offset, limit);
    let place = index.checked_sub(offset).and_then(|place| usize::try_from(place).ok());
    if let Some(item) = place.and_then(|place| page.items.get_mut(place)) {
        *item = RawValue::from_string("{}".to_owned()).unwrap();
    }
    page
}

fn lacks_id(index: u64) -> Discrepancy {
    Discrepancy::Item { index, field: "id", shown: "{}".to_owned() }
}

#[tokio::test]
async fn a_list_that_adds_up_is_read_once() {
    assert_eq!(readings(|_, offset, limit| counted(250, 250, offset, limit)).await, (Ok(250), 1));
    assert_eq!(readings(|_, offset, limit| page(250, 100, offset, limit)).await, (Ok(250), 1));
}

#[tokio::test]
async fn a_list_that_changed_meanwhile_is_read_again() {
    let changed = |reading, offset, limit| {
        let all = if reading == 1 && offset > 0 { 249 } else { 250 };
        counted(all, all, offset, limit)
    };
    assert_eq!(readings(changed).await, (Ok(250), 2));
}

#[tokio::test]
async fn a_list_with_the_same_fault_twice_is_read_to_its_end() {
    // Once: its total says nothing, so nothing contradicts that reading.
    let of_the_page = |_, offset, limit| {
        let page = page(250, 100, offset, limit);
        RawPage { total: Some(page.items.len() as u64), ..page }
    };
    assert_eq!(readings(of_the_page).await, (Ok(250), 3));
    // Twice, to find the same.
    let by_one = |_, offset, limit| counted(250, 249, offset, limit);
    let mismatch = Discrepancy::Mismatch { total: 249, got: 250 };
    assert_eq!(readings(by_one).await, (Err(mismatch), 4));
}

#[tokio::test]
async fn equal_runs_of_a_list_without_a_total_are_read_twice_to_the_end() {
    let count = Cell::new(0);
    let list = pages(false, 100, |offset, _| {
        count.set(count.get() + u64::from(offset == 0));
        let twin = r#"{"id":"t","date":"2026-12-01T00:00:00Z","sourceTriggerName":"x"}"#;
        let twins = if offset == 0 { 2 } else { 1 };
        let items = (0..twins).map(|_| RawValue::from_string(twin.to_owned()).unwrap());
        RawPage { items: items.collect(), limit: None, offset: None, total: None }
    });
    assert_eq!(list.all().await.unwrap().0.len(), 2);
    assert_eq!(count.get(), 4);
}

#[tokio::test]
async fn a_list_with_another_fault_each_time_is_read_four_times_and_then_to_its_end() {
    let another = |reading, offset, limit| {
        let total = if reading <= 4 && offset > 0 { 250 + reading } else { 250 };
        counted(250, total, offset, limit)
    };
    assert_eq!(readings(another).await, (Ok(250), 6));
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_an_error_if_it_is_the_same_twice_or_another_four_times() {
    let same = |_, offset, limit| lacking(7, offset, limit);
    assert_eq!(readings(same).await, (Err(lacks_id(7)), 2));
    let another = |reading, offset, limit| lacking(reading, offset, limit);
    assert_eq!(readings(another).await, (Err(lacks_id(4)), 4));
}

#[tokio::test]
async fn the_fault_for_which_a_list_was_read_to_its_end_is_reported() {
    let torn = |reading, offset, limit| {
        let mut page = counted(250, 249, offset, limit);
        if reading == 3 && offset > 0 {
            page.items.remove(0);
        }
        page
    };
    let (error, count) = readings(torn).await;
    assert!(matches!(error, Err(Discrepancy::Length { .. })), "{error:?}");
    assert_eq!(count, 3);
}

#[test]
fn each_reading_waits_longer_than_the_one_before() {
    let waits = [1, 2, 3].map(|restart| wait_before(restart, RESTART_WAIT));
    assert_eq!(waits, [200, 400, 600].map(Duration::from_millis));
}

#[tokio::test]
async fn a_list_that_is_known_to_be_empty_is_not_asked_for() {
    let listing = pages(false, 100, |_, _| panic!("asked in vain")).listing;
    assert_eq!(ListPages::empty(listing).next().await.unwrap().map(|page| page.len()), None);
}

#[tokio::test]
async fn the_total_is_known_with_the_first_page_and_that_of_the_list_unless_it_counts_the_page() {
    for (total, whole) in [(None, None), (Some(100), None), (Some(250), Some(250))] {
        let mut list = pages(true, 100, move |offset, limit| RawPage {
            total,
            ..page(250, 100, offset, limit)
        });
        assert_eq!((list.total(), list.whole()), (None, None));
        list.advance().await.unwrap().unwrap();
        assert_eq!((list.total(), list.whole()), (total, whole));
    }
}

#[tokio::test]
async fn a_run_with_an_id_that_is_no_text_is_odd() {
    for (id, is_odd) in [(r#""7""#, false), ("7", true)] {
        let mut list = pages(false, 100, move |offset, _| {
            let item = format!(r#"{{"id":{id},"date":"2026-12-01T00:00:00.000Z"}}"#);
            let items = vec![RawValue::from_string(item).unwrap(); usize::from(offset == 0)];
            RawPage { items, limit: None, offset: None, total: Some(1) }
        });
        assert!(!list.is_odd() && !list.handed_out);
        assert_eq!(list.next().await.unwrap().unwrap().len(), 1);
        assert_eq!((list.is_odd(), list.handed_out), (is_odd, true), "{id}");
    }
}

#[tokio::test]
async fn a_long_list_is_handed_out_before_all_of_it_is_read() {
    let asked = Cell::new(0);
    let mut list = pages(false, 2, |offset, limit| {
        asked.set(asked.get() + 1);
        counted(1_000, 1_000, offset, limit)
    });
    assert!(list.next().await.unwrap().is_some());
    // Those that are held back, and those that are under way.
    assert!((MAX_BUFFERED..=MAX_BUFFERED + 8).contains(&asked.get()), "{} pages", asked.get());
}

#[tokio::test]
async fn pages_after_the_first_are_asked_for_side_by_side() {
    let under_way = Rc::new((Cell::new(0), Cell::new(0)));
    let mut list = pages(false, 10, |offset, limit| page(200, 10, offset, limit));
    let seen = Rc::clone(&under_way);
    list.listing.fetch = Rc::new(move |offset, limit| {
        let seen = Rc::clone(&seen);
        let fetch = async move {
            seen.0.set(seen.0.get() + 1);
            seen.1.set(seen.0.get().max(seen.1.get()));
            tokio::task::yield_now().await;
            seen.0.set(seen.0.get() - 1);
            Ok(counted(200, 200, offset, limit.min(10)))
        };
        fetch.boxed_local()
    });
    assert_eq!(read(list).await, Ok(200));
    // Four times as many as may be in flight.
    assert_eq!(under_way.1.get(), 8);
}

#[tokio::test]
async fn a_list_that_goes_on_from_an_offset_that_is_refused_is_not_begun() {
    // Its last page is the one at offset 198.
    for (refused, is_read) in [(150, false), (198, false), (199, true)] {
        let asked = Cell::new(0);
        let mut list = pages(false, 100, |offset, limit| {
            asked.set(asked.get() + 1);
            counted(250, 250, offset, limit)
        });
        list.listing.refused_from = Some(refused);
        let page = list.next().await;
        let refused_at = list.refused_at;
        if is_read {
            assert_eq!((page.unwrap().is_some(), refused_at), (true, None), "{refused}");
        } else {
            let crowded = Discrepancy::Crowded { offset: refused };
            let error = page.unwrap_err();
            assert!(matches!(error, ClientError::Incomplete { what, .. } if what == crowded));
            assert_eq!((asked.get(), refused_at), (1, Some(refused)));
        }
    }
}
