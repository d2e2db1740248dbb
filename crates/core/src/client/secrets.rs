//! The one place that keeps credentials out of what is shown and passed on.
//!
//! A proxy's page, an answer that quotes its request, the target of a redirect,
//! the last words of an HTTP/2 connection: any text from outside may repeat what
//! was sent with the question, in another form than it was sent in.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use memchr::memmem;
use secrecy::zeroize::Zeroizing;

use super::html_entities::entity;
use super::refusal_reason::one_line;

/// The most characters that are shown of a text from outside.
const SHOWN: usize = 300;

/// The least number of its first bytes for which a secret is cut out.
const PART: usize = 16;

/// The least length of a secret that is looked for in data: a shorter text may
/// stand there by chance.
const LEAST: usize = 12;

/// The number of secrets that are remembered besides those that were given:
/// tokens live for half an hour, and an answer for less.
const MOST_FETCHED: usize = 4;

const REDACTED: &str = "[redacted]";

/// The secrets of a conversation, in all forms that are looked for.
#[derive(Default)]
pub(super) struct Secrets {
    given: Vec<Form>,
    fetched: Vec<[Form; 3]>,
}

/// One form of a secret, without the padding of its encoding.
struct Form(Zeroizing<Vec<u8>>);

impl Secrets {
    /// Adds a secret that was given.
    pub(super) fn give(&mut self, secret: &str) {
        self.given.extend(forms(secret));
    }

    /// Adds a token that was fetched.
    pub(super) fn fetch(&mut self, token: &str) {
        if self.fetched.len() == MOST_FETCHED {
            self.fetched.remove(0);
        }
        self.fetched.push(forms(token));
    }

    /// A text from outside as it may be shown: without secrets, on one line, and
    /// not long.
    pub(super) fn show(&self, text: &str) -> String {
        one_line(&self.redact(text), SHOWN)
    }

    /// The text without secrets. Also without what stands behind `Bearer` or
    /// `Basic`: a page that quotes only the beginning of a header quotes too much.
    pub(super) fn redact(&self, text: &str) -> String {
        let redacted = without(text.as_bytes(), &self.all().collect::<Vec<_>>());
        redact_schemes(&String::from_utf8_lossy(&redacted))
    }

    /// An answer without secrets, so that neither the records nor the names in messages
    /// have one.
    pub(super) fn clean(&self, body: Vec<u8>) -> Vec<u8> {
        let forms: Vec<&Form> = self.all().filter(|form| form.0.len() >= LEAST).collect();
        // Hardly any answer has one, so that is found out fast: by the part of
        // each that no encoding changes.
        let is_there =
            |form: &&Form| form.core().is_none_or(|core| memmem::find(&body, core).is_some());
        if forms.iter().any(is_there) { without(&body, &forms) } else { body }
    }

    fn all(&self) -> impl Iterator<Item = &Form> {
        let all = self.given.iter().chain(self.fetched.iter().flatten());
        all.filter(|form| !form.0.is_empty())
    }
}

/// A secret as it is, and as base64 of either alphabet (RFC 4648).
fn forms(secret: &str) -> [Form; 3] {
    let form = |text: String| Form(Zeroizing::new(text.into_bytes()));
    [
        form(secret.to_owned()),
        form(BASE64_STANDARD_NO_PAD.encode(secret)),
        form(BASE64_URL_SAFE_NO_PAD.encode(secret)),
    ]
}

impl Form {
    /// The longest part of it that an encoding leaves as it is.
    fn core(&self) -> Option<&[u8]> {
        let parts = self.0.split(|byte| !byte.is_ascii_alphanumeric());
        parts.max_by_key(|part| part.len()).filter(|part| part.len() >= 3)
    }

    /// The number of bytes of the text that are this secret, if it stands at the
    /// beginning: all of it, or a part that is long. It may be encoded for a URL,
    /// for JSON or for HTML, in another case, and on several lines.
    fn at_beginning(&self, text: &[u8]) -> Option<usize> {
        let mut at = 0;
        for (matched, byte) in self.0.iter().enumerate() {
            let folds = text.get(at..)?.iter().take_while(|c| matches!(c, b'\r' | b'\n')).count();
            let fold = if matched > 0 { folds } else { 0 };
            match step(text.get(at + fold..)?, *byte) {
                Some(length) => at += fold + length,
                None if matched >= PART => return Some(at),
                None => return None,
            }
        }
        // What pads base64.
        while let Some(length) = text.get(at..).and_then(|rest| step(rest, b'=')) {
            at += length;
        }
        (at > 0).then_some(at)
    }
}

/// The number of bytes at the beginning of a text that stand for that byte.
fn step(text: &[u8], byte: u8) -> Option<usize> {
    let hex = |digits: Option<&[u8]>| {
        let digits = std::str::from_utf8(digits?).ok()?;
        u32::from_str_radix(digits, 16).ok()
    };
    let stands_for = |code: Option<u32>| code == Some(u32::from(byte));
    match text {
        [b'+', ..] if byte == b' ' => Some(1),
        [b'%', rest @ ..] if stands_for(hex(rest.get(..2))) => Some(3),
        [b'\\', b'u', rest @ ..] if stands_for(hex(rest.get(..4))) => Some(6),
        [b'\\', escaped, ..] if *escaped == byte => Some(2),
        [b'&', rest @ ..] if entity_at(rest).is_some_and(|(c, _)| c == char::from(byte)) => {
            entity_at(rest).map(|(_, length)| length + 1)
        }
        [first, ..] if first.eq_ignore_ascii_case(&byte) => Some(1),
        _ => None,
    }
}

/// The character of an entity of HTML behind its `&`, and how long that is.
fn entity_at(text: &[u8]) -> Option<(char, usize)> {
    const LONGEST: usize = 10;
    let end = text.iter().take(LONGEST).position(|byte| *byte == b';')?;
    Some((entity(std::str::from_utf8(&text[..end]).ok()?)?, end + 1))
}

/// The text with each secret replaced.
fn without(text: &[u8], forms: &[&Form]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(rest @ [first, ..]) = text.get(at..) {
        let secret = forms.iter().filter_map(|form| form.at_beginning(rest)).max();
        if let Some(length) = secret {
            clean.extend_from_slice(REDACTED.as_bytes());
            at += length;
        } else {
            clean.push(*first);
            at += 1;
        }
    }
    clean
}

/// The text without what stands behind `Bearer` or `Basic`.
fn redact_schemes(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut hide = false;
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        if hide && !bare.is_empty() {
            redacted.push_str(REDACTED);
            redacted.push_str(&word[bare.len()..]);
        } else {
            redacted.push_str(word);
        }
        hide = ["bearer", "basic"].iter().any(|scheme| {
            bare.len() >= scheme.len()
                && bare
                    .get(bare.len() - scheme.len()..)
                    .is_some_and(|end| end.eq_ignore_ascii_case(scheme))
        });
    }
    redacted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        let mut secrets = Secrets::default();
        secrets.give("s3cret/of+it=&\"x");
        secrets.give("account:s3cret/of+it=&\"x");
        secrets.fetch("eyJhbGciOiJSUzI1NiJ9.payload.signature");
        secrets
    }

    #[test]
    fn no_form_of_a_secret_is_shown() {
        let secrets = secrets();
        let pair = BASE64_STANDARD_NO_PAD.encode("account:s3cret/of+it=&\"x");
        for text in [
            "s3cret/of+it=&\"x",
            // In a URL, a form, JSON, HTML, and as Rust and C write text.
            "s3cret%2Fof%2Bit%3D%26%22x",
            "s3cret%2fof+it%3d&%22x",
            r#"s3cret\/of+it=&\"x"#,
            r#"s3cret/of\u002bit\u003D\u0026\"x"#,
            "s3cret/of+it=&amp;&quot;x",
            "s3cret&#x2F;of&#43;it&#61;&amp;&#34;x",
            "S3CRET/OF+IT=&\"X",
            &pair,
            &format!("{pair}="),
            &format!("{pair}%3D%3d"),
            &format!("{}\r\n{}", &pair[..9], &pair[9..]),
            // A part of it that is long enough.
            &pair[..16],
            "eyJhbGciOiJSUzI1NiJ9.payload.signature",
            "eyJhbGciOiJSUzI1NiJ9",
            &BASE64_URL_SAFE_NO_PAD.encode("s3cret/of+it=&\"x"),
        ] {
            assert_eq!(secrets.redact(&format!("<{text}>")), "<[redacted]>", "{text}");
            let member = format!("{{\"{text}\":1}}");
            assert_eq!(secrets.redact(&member), "{\"[redacted]\":1}", "{text}");
        }
    }

    #[test]
    fn what_stands_behind_a_scheme_is_not_shown() {
        for (text, shown) in [
            ("Authorization: Bearer eyJ", "Authorization: Bearer [redacted]"),
            ("<b>basic  aWQ6 x</b>", "<b>basic  aWQ6 x</b>"),
            ("authorization:BASIC aWQ6\nx", "authorization:BASIC [redacted]\nx"),
            ("", ""),
        ] {
            assert_eq!(secrets().redact(text), shown, "{text}");
        }
    }

    #[test]
    fn what_is_shown_is_one_short_line_and_no_secret_is_cut_in_two() {
        let secrets = secrets();
        assert_eq!(secrets.show(" a\r\n\tb "), "a b");
        for before in 280..=300 {
            let text = format!("{}s3cret/of+it=&\"x", "é".repeat(before));
            let shown = secrets.show(&text);
            assert_eq!(shown.chars().count(), (before + REDACTED.len()).min(SHOWN), "{before}");
            assert!(!shown.contains("s3"), "{before}");
        }
        // Many of them leave room for what came far behind.
        let many = "s3cret/of+it=&\"x ".repeat(100_000);
        assert!(!secrets.show(&many).contains("s3"));
    }

    #[test]
    fn an_answer_is_passed_on_without_secrets_and_else_as_it_came() {
        let mut secrets = secrets();
        let body = br#"{"name":"s3cret/of+it=&\"x","x":[1.50,"\u00e9"]}"#.to_vec();
        let clean = br#"{"name":"[redacted]","x":[1.50,"\u00e9"]}"#;
        assert_eq!(secrets.clean(body), clean);
        for body in [&b"{\"id\":\"t\", \"x\":1e9}"[..], b"\xff\x00", b""] {
            assert_eq!(secrets.clean(body.to_vec()), body);
        }
        // A short one may stand there by chance.
        secrets.give("task");
        assert_eq!(secrets.clean(b"[\"task\"]".to_vec()), b"[\"task\"]");
        assert_eq!(secrets.redact("task"), REDACTED);
    }

    #[test]
    fn the_last_tokens_are_known() {
        let mut secrets = Secrets::default();
        let token = |n: usize| format!("token-number-{n}-of-many");
        (0..10).for_each(|n| secrets.fetch(&token(n)));
        assert_eq!(secrets.fetched.len(), MOST_FETCHED);
        assert_eq!(secrets.redact(&token(9)), REDACTED);
    }
}
