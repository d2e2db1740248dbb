mod readings;

use super::*;

fn item(n: u64) -> Box<RawValue> {
    let text = format!(r#"{{"id":"t{n}","date":"2026-12-01T00:00:00.000Z"}}"#);
    RawValue::from_string(text).unwrap()
}

/// A page of a list of so many items, of which at most `most` come at a time.
fn page(all: u64, most: u64, offset: u64, limit: u64) -> RawPage {
    let end = all.min(offset + limit.min(most));
    RawPage { items: (offset..end).map(item).collect(), limit: None, offset: None, total: None }
}

fn pages<'c>(
    accept_mismatch: bool,
    limit: u64,
    answer: impl Fn(u64, u64) -> RawPage + 'c,
) -> ListPages<'c> {
    let fetch = move |offset, limit| std::future::ready(Ok(answer(offset, limit))).boxed_local();
    ListPages::new(Listing {
        list: "runs".to_owned(),
        items: Items::Runs,
        limit,
        concurrency: 2,
        fetch: Rc::new(fetch),
        show: Rc::new(str::to_owned),
        accept_mismatch,
        refused_from: None,
        restart_wait: Duration::ZERO,
        bound: Rc::new(Bound::new(&super::super::config::Limits::default())),
    })
}

async fn read(pages: ListPages<'_>) -> Result<u64, Discrepancy> {
    match pages.all().await {
        Ok((all, _)) => {
            let expected: Vec<String> =
                (0..).map(|n| item(n).get().to_owned()).take(all.len()).collect();
            let got: Vec<&str> = all.iter().map(|item| item.get()).collect();
            assert_eq!(got, expected);
            Ok(all.len() as u64)
        }
        Err(ClientError::Incomplete { what, .. }) => Err(what),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_list_without_a_total_is_read_to_its_end() {
    for (all, most) in
        [(0, 100), (1, 100), (1, 1), (2, 1), (5, 1), (99, 100), (100, 100), (130, 50), (100, 7)]
    {
        let pages = pages(false, 100, move |offset, limit| page(all, most, offset, limit));
        assert_eq!(read(pages).await, Ok(all), "{most} at a time");
    }
}

#[tokio::test]
async fn a_server_that_hands_out_all_at_once_is_believed_and_one_that_repeats_itself_is_not() {
    for all in [0, 1, 2, 6, 99, 101, 250] {
        let pages = pages(false, 100, move |_, _| page(all, all, 0, all));
        assert_eq!(read(pages).await, Ok(all));
    }
    // The first page of a list of nobody knows how many.
    let pages = pages(false, 100, |_, _| page(250, 100, 0, 100));
    assert!(matches!(read(pages).await, Err(Discrepancy::Repeated { .. })));
}

#[tokio::test]
async fn a_total_that_counts_the_page_is_ignored() {
    for all in [1, 99, 100, 101, 199, 200, 250, 300] {
        for most in [100, 30] {
            let pages = pages(false, 100, move |offset, limit| {
                let mut page = page(all, most, offset, limit);
                page.total = Some(page.items.len() as u64);
                page.limit = Some(most);
                page
            });
            assert_eq!(read(pages).await, Ok(all), "{most} at a time");
        }
    }
}

#[tokio::test]
async fn a_total_that_is_always_wrong_is_an_error_unless_it_is_accepted() {
    for all in [0_u64, 1, 6, 99, 100, 101, 250] {
        for by in [-1, 1, 40] {
            let Some(total) = all.checked_add_signed(by).filter(|_| all > 0) else { continue };
            let answer = move |offset, limit| RawPage {
                total: Some(total),
                ..page(all, 100, offset, limit)
            };
            let strict = read(pages(false, 100, answer)).await;
            assert_eq!(strict, Err(Discrepancy::Mismatch { total, got: all }));
            let mut lenient = pages(true, 100, answer);
            let mut items = 0;
            while let Some(page) = lenient.next().await.unwrap() {
                items += page.len() as u64;
            }
            assert_eq!((items, lenient.mismatch()), (all, Some((total, all))));
        }
    }
}

#[tokio::test]
async fn a_list_that_is_another_in_every_reading_is_an_error() {
    let readings = std::cell::Cell::new(0);
    let list = pages(true, 100, |offset, limit| {
        if offset == 0 {
            readings.set(readings.get() + 1);
        }
        let all = 50 + readings.get() % 7;
        RawPage { total: Some(70), ..page(all, 100, offset, limit) }
    });
    assert!(read(list).await.is_err());
}

#[tokio::test]
async fn an_empty_page_where_an_item_is_known_to_be_is_no_end() {
    for total in [None, Some(250)] {
        let mut list = pages(true, 100, move |offset, limit| {
            let most = if offset >= 150 { 0 } else { limit };
            RawPage { total, ..page(250, most, offset, limit) }
        });
        let error = loop {
            match list.next().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("a short list, with a total of {total:?}"),
                Err(error) => break error,
            }
        };
        let empty = Discrepancy::Empty { offset: 198 };
        assert!(matches!(error, ClientError::Incomplete { what, .. } if what == empty));
        assert_eq!(list.refused_at, Some(198));
    }
}

#[tokio::test]
async fn equal_runs_of_one_trigger_are_two_if_every_reading_shows_both() {
    for total in [None, Some(5)] {
        let answer = move |offset: u64, limit| {
            let twin = r#"{"id":"t","date":"2026-12-01T00:00:00Z","sourceTriggerName":"x"}"#;
            let all: Vec<_> =
                (0..5).map(|_| RawValue::from_string(twin.to_owned()).unwrap()).collect();
            let items = all.into_iter().skip(usize::try_from(offset).unwrap());
            let items = items.take(usize::try_from(limit).unwrap()).collect();
            RawPage { items, limit: None, offset: None, total }
        };
        assert_eq!(pages(false, 100, answer).all().await.unwrap().0.len(), 5, "{total:?}");
    }
}
