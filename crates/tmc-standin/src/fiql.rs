//! The query language of the lists of environments and workspaces: FIQL
//! (draft-nottingham-atompub-fiql-00) without parentheses and with the
//! operators `==` and `!=`, e.g. `name==Dev*;description==*environment*`.

use crate::http::ApiRefusal;

/// Alternatives (`,`) of conditions (`;`).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fiql(Vec<Vec<Condition>>);

#[derive(Debug, PartialEq, Eq)]
struct Condition {
    field: String,
    equal: bool,
    pattern: String,
}

impl Fiql {
    /// Parses a query in which only these fields occur.
    pub(crate) fn parse(text: &str, fields: &[&str]) -> Result<Self, ApiRefusal> {
        let bad = |what: &str| ApiRefusal::bad(format!("query \"{text}\": {what}"));
        let condition = |text: &str| {
            let equal = text.contains("==");
            let parts = text.split_once(if equal { "==" } else { "!=" });
            let (field, pattern) = parts.ok_or_else(|| bad("expected == or !="))?;
            if !fields.contains(&field) {
                return Err(bad(&format!("unknown field \"{field}\"")));
            }
            if pattern.is_empty() || pattern.contains(['(', ')']) {
                return Err(bad("a value is missing or has parentheses"));
            }
            Ok(Condition { field: field.to_owned(), equal, pattern: pattern.to_owned() })
        };
        let conditions = |text: &str| text.split(';').map(condition).collect();
        text.split(',').map(conditions).collect::<Result<_, _>>().map(Self)
    }

    /// Whether it holds for what has these values.
    pub(crate) fn holds<'a>(&self, value: impl Fn(&str) -> &'a str) -> bool {
        let holds = |condition: &Condition| {
            matches(&condition.pattern, value(&condition.field)) == condition.equal
        };
        self.0.iter().any(|conditions| conditions.iter().all(holds))
    }
}

/// Whether the text matches a pattern in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(head) else {
        return false;
    };
    let mut parts = tail.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        let Some(at) = text.find(part) else {
            return false;
        };
        text = &text[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(query: &str, name: &str) -> bool {
        let query = Fiql::parse(query, &["name", "id"]).unwrap();
        query.holds(|field| if field == "name" { name } else { "x1" })
    }

    #[test]
    fn stars_stand_for_anything() {
        assert!(holds("name==Dev", "Dev"));
        assert!(!holds("name==Dev", "Development"));
        assert!(holds("name==Dev*", "Development"));
        assert!(holds("name==*lop*nt", "Development"));
        assert!(!holds("name==*lop*lop", "Development"), "each part is used up");
        assert!(!holds("name==Dev*", "My Dev"));
    }

    #[test]
    fn semicolons_bind_closer_than_commas() {
        assert!(holds("name==A,name==B;id==x1", "A"));
        assert!(holds("name==A,name==B;id==x1", "B"));
        assert!(!holds("name==A,name==B;id==x2", "B"));
        assert!(holds("name!=A", "B"));
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for text in ["name", "name=A", "colour==red", "name==", "(name==A)", ""] {
            assert!(Fiql::parse(text, &["name"]).is_err(), "{text}");
        }
    }
}
