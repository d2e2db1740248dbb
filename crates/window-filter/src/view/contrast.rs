//! The colours of pictures and of the page: every text can be read on a light and on a
//! dark ground (WCAG 2, AA: 4.5 to 1; 3 to 1 for shapes), and prints in black and white
//! distinguish windows, runs in them and other runs.

use maintenance_core::cli::Terminal;
use maintenance_core::zone::ZoneTable;

use super::*;

/// The relative luminance of a colour such as `#1a1a1a`.
fn luminance(colour: &str) -> f64 {
    let hex = colour.trim_start_matches('#');
    let channel = |place: usize| {
        let value = u8::from_str_radix(&hex[place..place + 2], 16).unwrap();
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

#[test]
fn contrasts_are_those_of_the_standard() {
    assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
    assert!((contrast("#777777", "#ffffff") - 4.48).abs() < 0.01);
}

/// The value of a property of a class in style rules; the last one counts.
fn of_class<'a>(css: &'a str, class: &str, property: &str) -> Option<&'a str> {
    let rules = css.split('}').filter_map(|rule| rule.rsplit_once('{'));
    let is_of =
        |selectors: &str| selectors.split(',').any(|one| one.ends_with(&format!(".{class}")));
    let values =
        rules.filter(|(selectors, _)| is_of(selectors)).flat_map(|(_, values)| values.split(';'));
    values
        .filter_map(|value| value.split_once(':'))
        .filter(|(name, _)| *name == property)
        .map(|(_, value)| value)
        .next_back()
}

/// The value of an attribute of an element.
fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    Some(element.split_once(&format!(" {name}=\""))?.1.split_once('"')?.0)
}

/// A picture with runs, a band of runs in a window and one of others.
fn picture() -> String {
    let window = r#""window":{"name":"w","start":"2022-09-20T16:00:00.000Z","end":"2022-09-20T21:00:00.000Z"}"#;
    let run = |id: &str, hour: usize, minute: usize| {
        let window = if (16..21).contains(&hour) { window } else { r#""window":null"# };
        format!(
            r#"{{"id":"{id}","name":"{id}","workspaceName":"F","date":"2022-09-20T{hour:02}:{minute:02}:00Z",{window}}}"#
        )
    };
    let band = (10..22).flat_map(|hour| (0..60).map(move |minute| ("band", hour, minute)));
    let lines = band
        .chain([("one", 17, 0), ("one", 22, 0)])
        .map(|(id, hour, minute)| run(id, hour, minute));
    let runs: Vec<ShownRun> = lines.filter_map(|line| ShownRun::read(&line, "date", &[])).collect();
    let zone = ZoneTable::bundled().get("Europe/Paris").unwrap();
    let terminal = Terminal { width: 80, unicode: true, color: false };
    let made = UtcTime::parse("2022-09-01T12:00:00Z").unwrap();
    let overview = Overview { title: None, made, runs, windows: Vec::new(), warnings: Vec::new() };
    svg::draw(&overview, &Style { zone, terminal })
}

#[test]
fn every_text_of_a_picture_can_be_read_on_light_and_dark_ground() {
    let picture = picture();
    let (_, style) = picture.split_once("<style>").unwrap();
    let (dark, _) = style.split_once("</style>").unwrap();
    let mut seen = Vec::new();
    for element in picture.split("<text").skip(1) {
        let (element, _) = element.split_once('>').unwrap();
        let classes: Vec<&str> =
            attribute(element, "class").unwrap_or_default().split(' ').collect();
        let is_on = classes.contains(&"on");
        let light = attribute(element, "fill").unwrap();
        let in_dark = classes.iter().find_map(|class| of_class(dark, class, "fill"));
        let grounds = if is_on {
            ["#b00020", of_class(dark, "band-held", "fill").unwrap()]
        } else {
            ["#ffffff", of_class(dark, "bg", "fill").unwrap()]
        };
        let in_dark = in_dark.unwrap_or_else(|| panic!("no colour on dark ground: {element}"));
        assert!(contrast(light, grounds[0]) >= 4.5, "{element}");
        assert!(contrast(in_dark, grounds[1]) >= 4.5, "{element} {in_dark}");
        seen.extend(classes.into_iter().map(str::to_owned));
    }
    assert!(["t", "m", "on"].iter().all(|class| seen.iter().any(|one| one == class)), "{seen:?}");
}

#[test]
fn a_picture_in_black_and_white_distinguishes_windows_and_runs() {
    let picture = picture();
    let (_, style) = picture.split_once("<style>").unwrap();
    let (dark, _) = style.split_once("</style>").unwrap();
    let shape = |class: &str, name: &str| {
        let (_, element) = picture.split_once(&format!("class=\"{class}\"")).unwrap();
        attribute(element, name).unwrap().to_owned()
    };
    for (held, free) in [("held", "free"), ("band-held", "band-free")] {
        assert!(contrast(&shape(held, "fill"), &shape(free, "fill")) >= 4.5, "{held}");
        let fill = |class| of_class(dark, class, "fill").unwrap();
        assert!(contrast(fill(held), fill(free)) >= 4.5, "{held}");
        // The empty ones have an edge.
        assert!(contrast(&shape(free, "stroke"), &shape(free, "fill")) >= 3.0, "{free}");
        assert!(contrast(of_class(dark, free, "stroke").unwrap(), fill(free)) >= 3.0, "{free}");
    }
    // A window is hatched, which no run is.
    assert!(shape("window", "fill").starts_with("url(#"), "{}", shape("window", "fill"));
    assert!(contrast(&shape("h1", "fill"), &shape("h2", "stroke")) >= 3.0);
    let dark_hatch =
        [of_class(dark, "h1", "fill").unwrap(), of_class(dark, "h2", "stroke").unwrap()];
    assert!(contrast(dark_hatch[0], dark_hatch[1]) >= 3.0, "{dark_hatch:?}");
}

#[test]
fn every_text_of_the_page_can_be_read_on_light_and_dark_ground() {
    let css = include_str!("html/page.css");
    let (light, rest) = css.split_once("@media").unwrap();
    let (dark, _) = rest.split_once("* {").unwrap();
    let value = |theme: &str, name: &str| {
        let found = theme.split_once(&format!("--{name}: ")).map(|(_, rest)| rest[..7].to_owned());
        found.unwrap_or_else(|| panic!("{name} is not in {theme}"))
    };
    for theme in [light, dark] {
        for (text, ground, least) in [
            ("text", "page", 4.5),
            ("text", "head", 4.5),
            ("text", "warn-page", 4.5),
            ("muted", "page", 4.5),
            ("muted", "head", 4.5),
            ("link", "page", 4.5),
            ("warn", "warn-page", 4.5),
            // The edge of what has the focus.
            ("link", "head", 3.0),
        ] {
            let found = contrast(&value(theme, text), &value(theme, ground));
            assert!(found >= least, "{text} on {ground}: {found} in {theme}");
        }
    }
}
