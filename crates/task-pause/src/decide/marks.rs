//! Reading our mark in the context of a pause, also where a tenant does not
//! show the context as it was sent. Pure.
//!
//! Seen on public clients, or likely: HTML's entities, percent-encoding (of a
//! form, with `+` for blanks), other letter case, other blanks, an end that is
//! cut off, with an ellipsis or without. The hold's ID is enough: a ledger's ID
//! and a number belong to one hold alone.

use std::borrow::Cow;

use maintenance_core::client::unescape_html;
use maintenance_core::hold::Mark;

/// The least number of characters of a cut context by which it is recognized.
const LEAST_LEFT: usize = 6;

/// The most times that a text is unescaped: some are escaped twice.
const ROUNDS: usize = 3;

/// The evidence in the context of a pause for the owner of the pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkEvidence {
    /// The mark of the hold in question.
    Ours,
    /// The mark of another hold.
    Another,
    /// The beginning of the sent text, without the whole mark.
    Beginning,
    /// A text that is not ours.
    Text,
    /// No text.
    NoText,
}

/// Compares the mark in `context` with hold ID `hold`. `sent` is the text that we
/// sent, if known.
pub(crate) fn evidence(context: Option<&str>, hold: &str, sent: Option<&str>) -> MarkEvidence {
    let Some(context) = context.filter(|text| !text.trim().is_empty()) else {
        return MarkEvidence::NoText;
    };
    let forms = forms(context);
    let mut holds = forms.iter().filter_map(|form| whole_hold(form));
    if let Some(found) = holds.next() {
        let is_ours = found.eq_ignore_ascii_case(hold);
        return if is_ours { MarkEvidence::Ours } else { MarkEvidence::Another };
    }
    let begins = |form: &Cow<'_, str>| {
        sent.is_some_and(|sent| is_beginning(sent, form)) || is_begun_mark(form, hold)
    };
    if forms.iter().any(begins) { MarkEvidence::Beginning } else { MarkEvidence::Text }
}

/// The mark at the end of a context, in any form in which tenants show it.
pub(crate) fn mark(context: &str) -> Option<Mark> {
    forms(context).iter().find_map(|form| {
        let upper = || Mark::parse(&form.replace("[TASK-PAUSE HOLD=", "[task-pause hold="));
        Mark::parse(form).or_else(upper)
    })
}

/// The hold ID in a mark, also in a mark that lost its end.
pub(crate) fn hold(context: &str) -> Option<String> {
    forms(context).iter().find_map(|form| whole_hold(form).map(str::to_owned))
}

/// The ID of the ledger that made a hold of that ID.
pub(crate) fn ledger_of(hold: &str) -> &str {
    hold.rsplit_once('-').map_or(hold, |(ledger, _)| ledger)
}

/// The text as it came, and unescaped in the ways in which it may be escaped.
fn forms(context: &str) -> Vec<Cow<'_, str>> {
    let mut forms = vec![Cow::Borrowed(context)];
    for _ in 0..ROUNDS {
        let last = forms[forms.len() - 1].as_ref();
        let mut next = unescape_html(last).into_owned();
        if let Some(decoded) = percent_decoded(&next) {
            next = decoded;
        }
        if next == last {
            break;
        }
        forms.push(Cow::Owned(next));
    }
    forms
}

/// The text without percent-encoding; `None` where it has none.
fn percent_decoded(text: &str) -> Option<String> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let high = bytes.get(at + 1).copied().and_then(digit);
        let low = bytes.get(at + 2).copied().and_then(digit);
        if let Some((high, low)) = high.zip(low).filter(|_| *byte == b'%') {
            decoded.push(high * 16 + low);
            at += 3;
        } else {
            decoded.push(*byte);
            at += 1;
        }
    }
    if decoded.len() == bytes.len() {
        return None;
    }
    // Form encoding writes a blank as a plus; other encodings write `%20`.
    let text = String::from_utf8(decoded).ok()?;
    Some(if text.contains(' ') { text } else { text.replace('+', " ") })
}

/// The hold ID in a mark, if the ID is complete: something follows it.
fn whole_hold(text: &str) -> Option<&str> {
    let (hold, after) = begun_hold(text)?;
    let is_end = |letter: char| letter.is_whitespace() || letter == ']';
    (!hold.is_empty() && after.starts_with(is_end)).then_some(hold)
}

/// The hold ID in a mark, or its beginning, and the text after it.
fn begun_hold(text: &str) -> Option<(&str, &str)> {
    const BEGIN: [&str; 2] = ["task-pause", "hold="];
    let lower = text.to_ascii_lowercase();
    let (at, _) = lower.rmatch_indices(BEGIN[0]).next()?;
    let rest = &text[at + BEGIN[0].len()..];
    let trimmed = rest.trim_start();
    let begin = trimmed.get(..BEGIN[1].len())?;
    if trimmed.len() == rest.len() || !begin.eq_ignore_ascii_case(BEGIN[1]) {
        return None;
    }
    let id = &trimmed[BEGIN[1].len()..];
    let is_of_id = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    Some(id.split_at(id.find(|letter| !is_of_id(letter)).unwrap_or(id.len())))
}

/// Whether a text ends within this hold's mark, after enough of the hold ID to
/// recognize it.
fn is_begun_mark(text: &str, hold: &str) -> bool {
    let (text, hold) = (text.to_lowercase(), hold.to_lowercase());
    let text = without_ellipsis(&text);
    begun_hold(text).is_some_and(|(begun, after)| {
        after.is_empty() && begun.len() >= LEAST_LEFT && hold.starts_with(begun)
    })
}

/// Whether `shown` is the beginning of the sent text. Ignores blanks and case.
fn is_beginning(sent: &str, shown: &str) -> bool {
    let plain = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").to_lowercase()
    };
    let (sent, shown) = (plain(sent), plain(shown));
    let shown = without_ellipsis(&shown);
    shown.chars().count() >= LEAST_LEFT && sent.starts_with(shown)
}

/// The text without a final ellipsis.
fn without_ellipsis(text: &str) -> &str {
    text.trim_end_matches(['.', '…']).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOLD: &str = "5f2c9a1b-12";
    const SENT: &str =
        "maintenance window R&D [task-pause hold=5f2c9a1b-12 until=2026-12-01T04:00:00.000Z]";

    fn of(context: &str) -> MarkEvidence {
        evidence(Some(context), HOLD, Some(SENT))
    }

    #[test]
    fn our_mark_is_read_in_every_form() {
        let html = SENT.replace('&', "&amp;").replace('=', "&#x3D;").replace('[', "&#91;");
        let twice = html.replace('&', "&amp;");
        let url = SENT.replace('&', "%26").replace('[', "%5B").replace(']', "%5D");
        let url = url.replace('=', "%3D").replace(':', "%3A");
        for text in [
            SENT,
            &html,
            &twice,
            &url.replace(' ', "%20"),
            &url.replace(' ', "+"),
            &url.replace(' ', "%20").replace('%', "%25"),
            &SENT.to_lowercase(),
            &SENT.to_uppercase(),
            &SENT.replace(' ', "  "),
            &SENT.replace(' ', "\u{a0}"),
            &format!("  {SENT}\n"),
            &format!("\"{SENT}\""),
            "maintenance window R&D [task-pause hold=5f2c9a1b-12 un",
            "maintenance window R&D [task-pause hold=5f2c9a1b-12 until=20…",
            "…[task-pause hold=5f2c9a1b-12 until=open]",
            "(task-pause hold=5f2c9a1b-12 until=open)",
        ] {
            assert_eq!(of(text), MarkEvidence::Ours, "{text}");
            let parsed = evidence(Some(text), HOLD, None);
            assert_eq!(parsed, MarkEvidence::Ours, "{text}: without what was sent");
            assert_eq!(
                evidence(Some(text), "5f2c9a1b-1", Some(SENT)),
                MarkEvidence::Another,
                "{text}"
            );
        }
    }

    #[test]
    fn a_beginning_is_known_again_if_enough_is_left() {
        for (text, expected) in [
            ("mainte", MarkEvidence::Beginning),
            ("maint", MarkEvidence::Text),
            ("mainte…", MarkEvidence::Beginning),
            ("mainte...", MarkEvidence::Beginning),
            ("MAINTENANCE  window", MarkEvidence::Beginning),
            ("maintenance window R&amp;D [ta", MarkEvidence::Beginning),
            ("maintenance%20window%20R%26D%20%5", MarkEvidence::Text),
            ("maintenance%20window%20R%26D%20", MarkEvidence::Beginning),
            ("maintenance window R&D [task-pause hold=5f2c9a1b-12", MarkEvidence::Beginning),
            ("maintenance window R&D [task-pause hold=5f2c9a1b-1…", MarkEvidence::Beginning),
            // An earlier request had another reason.
            ("before that [task-pause hold=5f2c9a1b-1", MarkEvidence::Beginning),
            ("before that [task-pause hold=5f", MarkEvidence::Text),
            ("before that [task-pause hold=0badcafe-1", MarkEvidence::Text),
            ("by hand", MarkEvidence::Text),
            ("maintenance of ours", MarkEvidence::Text),
            ("100% sure", MarkEvidence::Text),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
        assert_eq!(evidence(None, HOLD, Some(SENT)), MarkEvidence::NoText);
        assert_eq!(of(" \n"), MarkEvidence::NoText);
        assert_eq!(evidence(Some("maintenance"), HOLD, None), MarkEvidence::Text);
    }

    #[test]
    fn marks_are_parsed_in_every_form() {
        let expected = Mark::parse(SENT);
        assert!(expected.is_some());
        for text in [
            SENT.to_owned(),
            SENT.replace('=', "&#x3D;"),
            SENT.replace(' ', "%20").replace('[', "%5B"),
            SENT.to_lowercase(),
        ] {
            assert_eq!(super::mark(&text), expected, "{text}");
            assert_eq!(hold(&text).as_deref(), Some(HOLD), "{text}");
        }
        assert_eq!(super::mark("by hand"), None);
        assert_eq!(hold("x [task-pause hold=5f2c9a1b-12"), None, "it may go on");
        assert_eq!(hold("x [task-pausehold=5f2c9a1b-12 until=open]"), None);
        assert_eq!(hold("x [task-pause held=5f2c9a1b-12 until=open]"), None);
    }
}
