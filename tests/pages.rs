//! The pages for people (README, the pages of the crates, and so on): their form,
//! and that what they link to exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A line of prose is not longer, in characters. Tables, pictures and code are.
const LONGEST_LINE: usize = 120;

/// A page: its file from the root, and its text.
pub(crate) struct Page {
    pub(crate) file: PathBuf,
    pub(crate) text: String,
}

/// Every page of the repository.
pub(crate) fn pages() -> Vec<Page> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for dir in ["", "scripts"] {
        files.extend(root.join(dir).read_dir().unwrap().map(|entry| entry.unwrap().path()));
    }
    for entry in root.join("crates").read_dir().unwrap() {
        files.push(entry.unwrap().path().join("README.md"));
    }
    files.retain(|file| file.extension().is_some_and(|end| end == "md") && file.is_file());
    files.sort();
    let page = |file: PathBuf| Page {
        text: fs::read_to_string(&file).unwrap(),
        file: file.strip_prefix(root).unwrap().to_owned(),
    };
    files.into_iter().map(page).collect()
}

/// The lines of a page that are no code, with their numbers.
pub(crate) fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut is_code = false;
    let mut lines = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code && !line.starts_with("    ") {
            lines.push((number, line));
        }
    }
    lines
}

/// The anchor that a title gets: small letters, hyphens for blanks, nothing
/// else but letters, digits, hyphens and underscores.
fn anchor(title: &str) -> String {
    let title = title.to_lowercase().replace(' ', "-");
    title.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

/// The anchors of a page.
fn anchors(text: &str) -> BTreeSet<String> {
    let titles = prose(text).into_iter().filter_map(|(_, line)| {
        let title = line.trim_start_matches('#');
        (title.len() < line.len()).then(|| title.strip_prefix(' ')).flatten()
    });
    titles.map(anchor).collect()
}

/// The targets of the links and pictures in a line.
fn targets(line: &str) -> Vec<&str> {
    let rests = line.split("](").skip(1);
    rests.filter_map(|rest| Some(rest.split_once(')')?.0)).collect()
}

/// The links of a page that lead nowhere, for a reader who has all pages.
fn broken_links(page: &Page, pages: &[Page]) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = page.file.parent().unwrap();
    let mut broken = Vec::new();
    for (number, line) in prose(&page.text) {
        for target in targets(line).into_iter().filter(|target| !target.contains("://")) {
            let (file, title) = target.split_once('#').unwrap_or((target, ""));
            let mut path = dir.to_owned();
            for part in Path::new(file) {
                if part == ".." {
                    path.pop();
                } else {
                    path.push(part);
                }
            }
            let path = if file.is_empty() { page.file.clone() } else { path };
            let is_there = root.join(&path).exists();
            let has_title = |page: &Page| page.file == path && anchors(&page.text).contains(title);
            if !is_there || !(title.is_empty() || pages.iter().any(has_title)) {
                broken.push(format!("{}:{number}: {target}", page.file.display()));
            }
        }
    }
    broken
}

#[test]
fn every_link_leads_to_a_file_and_every_anchor_to_a_title() {
    let pages = pages();
    let broken: Vec<_> = pages.iter().flat_map(|page| broken_links(page, &pages)).collect();
    assert_eq!(broken, [""; 0]);
}

#[test]
fn a_link_that_leads_nowhere_is_found_out() {
    let page = |file: &str, text: &str| Page { file: file.into(), text: text.to_owned() };
    let text = "# A title, `x-y`\n[a](#a-title-x-y) [b](#b) [c](../tests/tests.rs) [d](../no.rs)\n\
                [e](https://example.org/x) [f](pages.md#a-title-x-y) [g](pages.md#g)\n```\n[h](h)\n```\n";
    let pages = [page("tests/pages.md", text)];
    let broken = broken_links(&pages[0], &pages);
    // No file of that name exists, whatever titles the page would have.
    let wanted = ["2: #b", "2: ../no.rs", "3: pages.md#g"];
    let is_wanted = |found: &String| wanted.iter().any(|wanted| found.ends_with(wanted));
    assert!(wanted.iter().all(|wanted| broken.iter().any(|found| found.ends_with(wanted))));
    assert!(
        broken.iter().all(|found| is_wanted(found) || found.contains("pages.md")),
        "{broken:?}"
    );
    assert_eq!(anchors(text), BTreeSet::from(["a-title-x-y".to_owned()]));
}

#[test]
fn a_line_is_not_too_long_and_ends_no_code_in_the_middle() {
    for page in pages() {
        for (number, line) in prose(&page.text) {
            let place = format!("{}:{number}: {line}", page.file.display());
            assert!(line.matches('`').count() % 2 == 0, "code is broken over lines: {place}");
            let is_table = line.starts_with('|') || line.starts_with("![");
            let length = line.chars().count();
            assert!(is_table || length <= LONGEST_LINE, "too long: {place}");
            let spaced = line.split('`').skip(1).step_by(2);
            let mut spaced = spaced.filter(|code| code.starts_with(' ') || code.ends_with(' '));
            assert_eq!(spaced.next(), None, "code with a blank around it: {place}");
        }
    }
}
