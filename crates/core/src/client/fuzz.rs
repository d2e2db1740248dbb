//! Fuzz target: the bodies of answers, read by whatever reads them.

use std::hash::RandomState;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::auth::{FetchedToken, claimed_end};
use super::completeness::Check;
use super::decode::{read_json, to_utf8};
use super::execution::Execution;
use super::list_item::{self, Items, RawPage, SeenItems};
use super::objects::{Environment, Executable, Workspace};
use super::secrets::Secrets;
use super::{date, refusal_reason, unescape_html};
use crate::identifier;
use crate::time::UtcTime;

/// A secret that is in none of the seeds' names or texts by chance.
const SECRET: &str = "tmc-PAT/0123456789+abcdef=";

/// The values of `Content-Type` that a body is read by.
const TYPES: [Option<&str>; 3] =
    [None, Some("application/json; charset=utf-8"), Some("text/html;charset=ISO-8859-1")];

/// The longest text of a refusal that is shown, in characters.
const SHOWN: usize = 300;

/// Any bytes as the body of an answer of every endpoint. The first byte chooses its
/// `Content-Type`.
///
/// # Panics
///
/// A reader lets something through that it promises to refuse, or changes the meaning of
/// what it passes on; or a secret is left in what is shown.
pub fn fuzz_api(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else { return };
    let content_type = TYPES[usize::from(*choice) % TYPES.len()];
    let body = to_utf8(content_type, body.to_vec());
    let body = without_secrets(&body);
    refusal(&body);
    if let Ok(page) = RawPage::read(&body) {
        list(&page);
    }
    if let Ok(Executable { id, workspace, tasks, .. }) = read_json(&body) {
        ids([&id].into_iter().chain(&tasks));
        ids(workspace.iter().map(|workspace| &workspace.id));
    }
    if let Ok(Workspace { id, environment, .. }) = read_json(&body) {
        ids([&id].into_iter().chain(environment.iter().map(|environment| &environment.id)));
    }
    for objects in [read_json::<Vec<Environment>>(&body), read_json(&body).map(|one| vec![one])] {
        ids(objects.iter().flatten().map(|environment| &environment.id));
    }
    if let Ok(execution) = read_json::<Execution>(&body) {
        ids([&execution.id]);
        assert!(execution.is_in_flight() || !execution.has_unknown_status());
    }
    // A token has no text to look at: only that reading ends matters.
    if let Ok(fetched) = serde_json::from_slice::<FetchedToken>(&body) {
        let _ = fetched.life();
    }
    let _ = claimed_end(&String::from_utf8_lossy(&body));
}

/// Whatever leads to another place of the API is no ID.
fn ids<'a>(ids: impl IntoIterator<Item = &'a String>) {
    for id in ids {
        assert_eq!(identifier::check(id), Ok(()), "{id:?}");
    }
}

/// The body without the secret, which is in no text that is shown either.
fn without_secrets(body: &[u8]) -> Vec<u8> {
    let mut secrets = Secrets::default();
    secrets.give(SECRET);
    let text = String::from_utf8_lossy(body).into_owned();
    let shown = secrets.show(&text);
    assert!(!shown.contains(SECRET) && !shown.contains('\n'), "{shown}");
    assert!(shown.chars().count() <= SHOWN, "{shown}");
    let has_one = text.contains(SECRET);
    let clean = secrets.clean(body.to_vec());
    assert!(!String::from_utf8_lossy(&clean).contains(SECRET), "{text}");
    assert!(has_one || text.contains(&SECRET[..3]) || clean.len() <= body.len() + text.len());
    clean
}

/// The reason of a refusal, as it is shown.
fn refusal(body: &[u8]) {
    let said = refusal_reason::read(body);
    for text in [said.text, said.request_id].into_iter().flatten() {
        let line = refusal_reason::one_line(&text, SHOWN);
        assert!(line.chars().count() <= SHOWN && !line.contains(['\n', '\r', '\t']), "{line:?}");
        assert_eq!(refusal_reason::one_line(&line, SHOWN), line.trim_end());
        let _ = unescape_html(&text);
    }
}

/// A page of a list: runs, and tasks or plans.
fn list(page: &RawPage) {
    let mut runs = SeenItems::new(Items::Runs, RandomState::new());
    let mut executables = SeenItems::new(Items::Executables, RandomState::new());
    for (index, item) in (0..).zip(&page.items) {
        if runs.item(0, index, item).is_ok() {
            run(item);
        }
        // What is no executable for another reason is an error of its own.
        let executable = read_json::<Executable>(item.get().as_bytes());
        if let (Ok(()), Ok(executable)) = (executables.item(0, index, item), executable) {
            ids([&executable.id]);
        }
        if let Ok(execution) = read_json::<Execution>(item.get().as_bytes()) {
            ids([&execution.id]);
        }
    }
    // Whether or not the list adds up, as many items come out as are counted.
    for items in [Items::Runs, Items::Executables] {
        let mut check = Check::new(items, 100, RandomState::new());
        let copy = RawPage { items: page.items.clone(), ..*page };
        if let Ok(new) = check.page(0, copy) {
            assert_eq!(check.reading().0, new.len() as u64);
        }
    }
}

/// A run that was taken is written as described, and its ID and date are the same.
fn run(item: &RawValue) {
    #[derive(Deserialize)]
    struct RunMembers {
        #[serde(deserialize_with = "super::objects::id")]
        id: String,
        date: Box<RawValue>,
    }
    let members = |raw: &RawValue| read_json::<RunMembers>(raw.get().as_bytes()).ok();
    let written = list_item::as_described(item.to_owned());
    let (Some(before), Some(after)) = (members(item), members(&written)) else {
        panic!("{item} was written as {written}");
    };
    assert_eq!(before.id, after.id);
    ids([&after.id]);
    let plain: Option<String> = serde_json::from_str(after.date.get()).ok();
    let time = plain.and_then(|text| UtcTime::parse(&text));
    assert!(time.is_some(), "{written}");
    assert_eq!(time, date::of_raw(&before.date).map(|(time, _)| time), "{item}");
    assert_eq!(time, list_item::date_of(&written));
    let again = list_item::as_described(written.clone());
    assert_eq!(again.get(), written.get());
}
