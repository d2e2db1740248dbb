//! Breaks texts into lines.

use unicode_width::UnicodeWidthChar;

/// Breaks a text into lines of at most that width, at blanks where it can. A single
/// character that is wider has a line of its own.
pub(super) fn wrap(text: &str, most: f64, width: impl Fn(char) -> f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let (mut line, mut used) = (String::new(), 0.0);
    for c in text.chars() {
        let needed = width(c);
        if used + needed > most && !line.is_empty() && needed > 0.0 {
            let rest = match line.rfind(' ') {
                // The blank stays behind.
                Some(blank) if c != ' ' && !line[..blank].trim().is_empty() => {
                    let rest = line[blank + 1..].to_owned();
                    line.truncate(blank);
                    rest
                }
                _ => String::new(),
            };
            lines.push(std::mem::replace(&mut line, rest));
            used = line.chars().map(&width).sum();
            if c == ' ' {
                continue;
            }
        }
        line.push(c);
        used += needed;
    }
    if lines.is_empty() || !line.trim().is_empty() {
        lines.push(line);
    }
    lines
}

/// Breaks a text into lines of at most that many columns of a terminal.
pub(super) fn broken(text: &str, columns: usize) -> Vec<String> {
    let width = |c: char| f64::from(u8::try_from(c.width().unwrap_or(0)).unwrap_or(0));
    wrap(text, f64::from(u16::try_from(columns).unwrap_or(u16::MAX)), width)
}

/// The same as one text, in which each line has its end.
pub(super) fn lines(text: &str, columns: usize) -> String {
    broken(text, columns).into_iter().map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn texts_are_broken_at_blanks_or_anywhere() {
        for (text, lines) in [
            ("", &[""][..]),
            ("load", &["load"]),
            ("load the orders", &["load the", "orders"]),
            ("ordersofall regions", &["ordersof", "all", "regions"]),
            ("注文データ", &["注文デー", "タ"]),
            ("12345678 9", &["12345678", "9"]),
            ("12345678  ", &["12345678"]),
        ] {
            assert_eq!(broken(text, 8), lines);
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_every_line_fits(text in "[ab 日é]{0,40}", most in 2..12_u8) {
            let lines = broken(&text, usize::from(most));
            for line in &lines {
                prop_assert!(line.width() <= usize::from(most), "{lines:?}");
            }
            let plain = |text: &str| text.replace(' ', "");
            prop_assert_eq!(plain(&lines.concat()), plain(&text));
        }
    }
}
