//! `--reason`: the text that a pause shows to people.

use std::str::FromStr;

use maintenance_core::hold::Hold;

/// The text when none is given.
pub(crate) const DEFAULT: &str = "maintenance window {name}";

/// A text with `{name}`, `{start}` and `{end}` for those of the hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason(String);

/// The error of a placeholder that does not exist.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown placeholder {{{0}}}: there are {{name}}, {{start}} and {{end}}")]
pub(crate) struct UnknownPlaceholder(String);

impl Default for Reason {
    fn default() -> Self {
        Self(DEFAULT.to_owned())
    }
}

impl FromStr for Reason {
    type Err = UnknownPlaceholder;

    fn from_str(text: &str) -> Result<Self, UnknownPlaceholder> {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else { break };
            if !matches!(name, "name" | "start" | "end") {
                return Err(UnknownPlaceholder(name.to_owned()));
            }
            rest = after;
        }
        Ok(Self(text.to_owned()))
    }
}

impl Reason {
    /// The text for one hold.
    pub(crate) fn render(&self, hold: &Hold) -> String {
        let mut text = String::with_capacity(self.0.len() + 32);
        let mut rest = self.0.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                text.push('{');
                rest = after;
                break;
            };
            match name {
                "name" => text.push_str(&hold.names().join(", ")),
                "start" => text.push_str(&hold.start().to_string()),
                _ => match hold.end() {
                    Some(end) => text.push_str(&end.to_string()),
                    None => text.push_str("further notice"),
                },
            }
            rest = after;
        }
        text.push_str(rest);
        text
    }
}

#[cfg(test)]
mod tests {
    use maintenance_core::hold::HoldWindow;
    use maintenance_core::time::UtcTime;

    use super::*;

    #[test]
    fn placeholders_are_filled_and_unknown_ones_are_refused() {
        let start = UtcTime::parse("2026-03-01T00:00:00Z").unwrap();
        let window = HoldWindow { name: "Q3 {end}".into(), start, end: None };
        let hold = Hold::new(vec![window], Vec::new()).unwrap();
        let render = |text: &str| text.parse::<Reason>().map(|reason| reason.render(&hold));
        assert_eq!(render(DEFAULT).unwrap(), "maintenance window Q3 {end}");
        assert_eq!(
            render("{start} to {end}: a{b").unwrap(),
            "2026-03-01T00:00:00.000Z to further notice: a{b"
        );
        assert_eq!(render("{task}"), Err(UnknownPlaceholder("task".into())));
    }
}
