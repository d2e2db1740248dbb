//! Text that is put into a source. Nothing of the source moves to another place in it, so
//! that code within code can be changed without knowing of each other.

use std::collections::BTreeMap;
use std::ops::Range;

/// Text to put in at one place.
#[derive(Debug)]
struct Insertion {
    at: usize,
    is_end: bool,
    pieces: Pieces,
}

/// Texts to put into a source. Of code within code, the outer one is recorded first.
#[derive(Debug, Default)]
pub(crate) struct Edits {
    insertions: Vec<Insertion>,
    blanks: Vec<Range<usize>>,
}

/// Text that is made of pieces, of which some are the code of a change.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    text: String,
    codes: Vec<(u32, Range<usize>)>,
    /// The changes whose site begins or ends with this text.
    ids: Vec<u32>,
}

/// The source with all texts in it, and places in it by the numbers of the changes.
#[derive(Debug, Default)]
pub(crate) struct Edited {
    pub(crate) text: String,
    /// The code of each change.
    pub(crate) codes: BTreeMap<u32, Range<usize>>,
    /// The part of the source that a change is in.
    pub(crate) sites: BTreeMap<u32, Range<usize>>,
}

impl Pieces {
    /// Adds code that is there for every change.
    pub(crate) fn plain(mut self, code: &str) -> Self {
        self.text.push_str(code);
        self
    }

    /// Adds the code of one change.
    pub(crate) fn changed(mut self, id: u32, code: &str) -> Self {
        let begin = self.text.len();
        self.text.push_str(code);
        self.codes.push((id, begin..self.text.len()));
        self.site_of(id)
    }

    /// Has the site of one change begin here.
    pub(crate) fn site_of(mut self, id: u32) -> Self {
        self.ids.push(id);
        self
    }
}

impl Edits {
    /// The number of texts that are put in.
    pub(crate) fn count(&self) -> usize {
        self.insertions.len()
    }

    /// Puts text before and after a part of the source, which is the site of the changes
    /// that `before` names.
    pub(crate) fn wrap(&mut self, part: &Range<usize>, before: Pieces, after: &str) {
        let after = Pieces { ids: before.ids.clone(), ..Pieces::default().plain(after) };
        self.insert(part.start, before);
        self.insertions.push(Insertion { at: part.end, is_end: true, pieces: after });
    }

    /// Puts text in at one place.
    pub(crate) fn insert(&mut self, at: usize, pieces: Pieces) {
        self.insertions.push(Insertion { at, is_end: false, pieces });
    }

    /// Replaces a part of the source by spaces.
    pub(crate) fn blank(&mut self, part: Range<usize>) {
        self.blanks.push(part);
    }

    /// Puts all texts into the source.
    pub(crate) fn apply(self, source: &str) -> Edited {
        let mut kept = source.to_owned();
        for part in self.blanks {
            let spaces = " ".repeat(part.len());
            kept.replace_range(part, &spaces);
        }
        let mut ordered: Vec<(usize, Insertion)> =
            self.insertions.into_iter().enumerate().collect();
        // At one place the ends come first, and of these the inner one, which is the later.
        ordered.sort_by_key(|(number, one)| {
            let number = isize::try_from(*number).unwrap_or(isize::MAX);
            (one.at, !one.is_end, if one.is_end { -number } else { number })
        });
        let (mut edited, mut done) = (Edited::default(), 0);
        for (_, one) in ordered {
            edited.text.push_str(kept.get(done..one.at).unwrap_or_default());
            done = one.at;
            edited.put(one.pieces);
        }
        edited.text.push_str(kept.get(done..).unwrap_or_default());
        edited
    }
}

impl Edited {
    fn put(&mut self, pieces: Pieces) {
        let begin = self.text.len();
        self.text.push_str(&pieces.text);
        let end = self.text.len();
        for (id, code) in pieces.codes {
            self.codes.insert(id, begin + code.start..begin + code.end);
        }
        for id in pieces.ids {
            let site = self.sites.entry(id).or_insert(begin..end);
            site.end = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(code: &str) -> Pieces {
        Pieces::default().plain(code)
    }

    #[test]
    fn the_inner_text_stands_within_the_outer_one_also_where_they_begin_and_end_together() {
        let mut edits = Edits::default();
        edits.wrap(&(0..3), pieces("<a:"), ":a>");
        edits.wrap(&(0..1), pieces("<b:"), ":b>");
        edits.wrap(&(2..3), pieces("<c:"), ":c>");
        edits.wrap(&(3..4), pieces("<d:"), ":d>");
        assert_eq!(edits.apply("1+2;").text, "<a:<b:1:b>+<c:2:c>:a><d:;:d>");
    }

    #[test]
    fn the_code_of_a_change_and_its_site_are_found_where_they_stand_in_the_end() {
        let mut edits = Edits::default();
        edits.blank(0..1);
        edits.wrap(&(1..2), Pieces::default().site_of(6), "");
        edits.wrap(&(1..2), pieces("(").changed(4, "é").plain(" or ").changed(5, "x"), ")");
        let edited = edits.apply("abc");
        assert_eq!(edited.text, " (é or xb)c");
        let codes: Vec<_> =
            edited.codes.iter().map(|(id, part)| (*id, &edited.text[part.clone()])).collect();
        assert_eq!(codes, [(4, "é"), (5, "x")]);
        let sites: Vec<_> =
            edited.sites.iter().map(|(id, part)| (*id, &edited.text[part.clone()])).collect();
        assert_eq!(sites, [(4, "(é or xb)"), (5, "(é or xb)"), (6, "(é or xb)")]);
    }
}
