use super::*;
use crate::mutant::{Genre, LineColumn, TextSpan};

/// The change of the code that follows a mark `§` in a source, and the source without it.
fn marked(marked: &str, genre: Genre, replacement: &str) -> (String, Mutant) {
    let (before, _) = marked.split_once('§').unwrap();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    let place = LineColumn { line, column };
    let mutant = Mutant {
        id: 3,
        file: "crates/a/src/lib.rs".to_owned(),
        genre,
        replacement: replacement.to_owned(),
        span: TextSpan { start: place, end: place },
    };
    (marked.replace('§', ""), mutant)
}

/// A source with the switch of one change, written `S`, and what became of the change.
fn switched(source: &str, genre: Genre, replacement: &str) -> (String, Fate) {
    let (source, mutant) = marked(source, genre, replacement);
    let mut rewritten = rewrite(&source, &[mutant]).unwrap();
    assert!(syn::parse_file(&rewritten.text).is_ok(), "{}", rewritten.text);
    (rewritten.text.replace("crate::mutant_switch::on(3)", "S"), rewritten.fates.remove(0))
}

#[test]
fn each_kind_of_change_stands_beside_the_code_that_it_is_about() {
    for (genre, replacement, source, expected) in [
        (
            Genre::BinaryOperator,
            "+",
            "fn f() -> u8 { g(a §- b * 2) }",
            "fn f() -> u8 { g((if S { (a) + (b * 2) } else { a - b * 2 })) }",
        ),
        (
            Genre::BinaryOperator,
            "-=",
            "fn f() { a §+= 1; }",
            "fn f() { (if S { (a) -= (1) } else { a += 1 }); }",
        ),
        (
            Genre::UnaryOperator,
            "",
            "fn f() { if §!a.is_b() && c {} }",
            "fn f() { if (if S { a.is_b() } else { !a.is_b() }) && c {} }",
        ),
        (
            Genre::FnValue,
            "Some(0)",
            "impl A { async fn f(&self) -> Option<u8> { § let a = 1; Some(a) } }",
            "impl A { async fn f(&self) -> Option<u8> {  if S { return Some(0); } let a = 1; Some(a) } }",
        ),
        (
            Genre::FnValue,
            "()",
            "trait A { fn f(&self) { §g() } }",
            "trait A { fn f(&self) { if S { return (); } g() } }",
        ),
        (
            Genre::StructField,
            "",
            "fn f() -> A { A { a: 1, §b: 2, ..c } }",
            "fn f() -> A { (if S { A { a: 1, ..c } } else { A { a: 1, b: 2, ..c } }) }",
        ),
        (
            Genre::MatchArm,
            "",
            "fn f() { match a { § 1 | 2 => b(), _ => c() } }",
            "fn f() { match a {  1 | 2 if !S => b(), _ => c() } }",
        ),
        (
            Genre::MatchArm,
            "",
            "fn f() { match a { § d if d > 1 || e => b(), _ => c() } }",
            "fn f() { match a {  d if !S && (d > 1 || e) => b(), _ => c() } }",
        ),
        (
            Genre::MatchArmGuard,
            "true",
            "fn f() { match a { d if § d > 1 => b(), _ => c() } }",
            "fn f() { match a { d if  (S || (d > 1)) => b(), _ => c() } }",
        ),
        (
            Genre::MatchArmGuard,
            "false",
            "fn f() { match a { d if § d > 1 => b(), _ => c() } }",
            "fn f() { match a { d if  (!S && (d > 1)) => b(), _ => c() } }",
        ),
    ] {
        // The marks stand before a space where the code of the change begins after it.
        let source = source.replace("§ ", " §");
        let (text, fate) = switched(&source, genre, replacement);
        assert_eq!(text, expected, "{genre:?}");
        assert_eq!(fate.unswitched, None, "{genre:?}");
    }
}

#[test]
fn code_within_changed_code_has_its_own_switch_and_the_code_of_a_change_has_none() {
    let source = "fn f() -> bool { !(a < b) }";
    let (_, mut outer) = marked("fn f() -> bool { §!(a < b) }", Genre::UnaryOperator, "");
    let (_, inner) = marked("fn f() -> bool { !(a §< b) }", Genre::BinaryOperator, ">");
    outer.id = 4;
    let rewritten = rewrite(source, &[inner, outer]).unwrap();
    let text = rewritten.text.replace("crate::mutant_switch::on", "on");
    assert_eq!(
        text,
        "fn f() -> bool { (if on(4) { (a < b) } else { !((if on(3) { (a) > (b) } else { a < b })) }) }"
    );
}

#[test]
fn several_changes_of_one_operator_are_one_choice() {
    let (source, one) = marked("fn f() -> bool { a §< b }", Genre::BinaryOperator, ">");
    let two = Mutant { id: 4, replacement: "==".to_owned(), ..one.clone() };
    let text = rewrite(&source, &[one, two]).unwrap().text;
    assert_eq!(
        text.replace("crate::mutant_switch::on", "on"),
        "fn f() -> bool { (if on(3) { (a) > (b) } else if on(4) { (a) == (b) } else { a < b }) }"
    );
}

#[test]
fn the_iterators_of_changes_and_that_of_the_code_are_of_one_type() {
    let source = "fn f() -> impl Iterator<Item = u8> { §let a = b(|| return 1); a.iter() }";
    let (source, one) = marked(source, Genre::FnValue, "empty()");
    let two = Mutant { id: 4, replacement: "once(1)".to_owned(), ..one.clone() };
    let text = rewrite(&source, &[one, two]).unwrap().text;
    assert_eq!(
        text.replace("crate::mutant_switch::Chosen::", "")
            .replace("crate::mutant_switch::on", "on"),
        "fn f() -> impl Iterator<Item = u8> { \
         if on(3) { return Change(empty()); } if on(4) { return Own(Change(once(1))); } \
         Own(Own({ let a = b(|| return 1); a.iter() })) }"
    );
}

#[test]
fn what_cannot_be_switched_is_left_as_it_is_and_says_why() {
    for (genre, source, why) in [
        (Genre::BinaryOperator, "fn f() { if let Some(a) = b §&& a {} }", Unswitched::LetChain),
        (Genre::FnValue, "fn f() -> impl Fn() -> u8 { §|| 1 }", Unswitched::OpaqueType),
        (
            Genre::FnValue,
            "fn f() -> impl Iterator<Item = u8> { §if a { return b.iter(); } c.iter() }",
            Unswitched::OpaqueType,
        ),
        (Genre::BinaryOperator, "const A: u8 = 2 §* 3;", Unswitched::NotRun),
        (Genre::BinaryOperator, "static A: u8 = 2 §* 3;", Unswitched::NotRun),
        (Genre::BinaryOperator, "fn f() -> [u8; 2 §* 3] { a }", Unswitched::NotRun),
        (Genre::BinaryOperator, "fn f() { [0; 2 §* 3] }", Unswitched::NotRun),
        (Genre::BinaryOperator, "fn f() { const { 2 §* 3 } }", Unswitched::NotRun),
        (Genre::BinaryOperator, "enum A { B = 2 §* 3 }", Unswitched::NotRun),
        (Genre::UnaryOperator, "fn f() { match a { §-1 => b, _ => c } }", Unswitched::NotRun),
        (Genre::StructField, "fn f() { A { §a: 1, b: 2 } }", Unswitched::NotRun),
        (Genre::BinaryOperator, "fn f() { m!(a §+ b) }", Unswitched::NotRun),
        (Genre::Other, "fn f() { a §+ b }", Unswitched::NotRun),
    ] {
        let (text, fate) = switched(source, genre, "||");
        assert_eq!(text, source.replace('§', ""));
        assert_eq!(fate.unswitched, Some(why), "{source}");
        assert_eq!((fate.code, fate.site), (None, None), "{source}");
    }
}

#[test]
fn the_places_of_a_change_are_its_code_and_the_expression_that_it_is_in() {
    let part = |text: &str, part: Option<Range<usize>>| {
        part.map(|part| text.get(part).unwrap().replace("crate::mutant_switch::on(3)", "S"))
    };
    for (genre, source, code, site) in [
        (
            Genre::BinaryOperator,
            "fn f() { g(a §+ b) }",
            Some("(a) || (b)"),
            "(if S { (a) || (b) } else { a + b })",
        ),
        (Genre::FnValue, "fn f() { §g() }", Some("||"), "if S { return ||; } "),
        (
            Genre::MatchArm,
            "fn f() { match a { §1 => b, _ => c } }",
            None,
            "match a { 1 if !S => b, _ => c }",
        ),
    ] {
        let (source, mutant) = marked(source, genre, "||");
        let Rewritten { text, mut fates } = rewrite(&source, &[mutant]).unwrap();
        let fate = fates.remove(0);
        assert_eq!(part(&text, fate.code).as_deref(), code);
        assert_eq!(part(&text, fate.site).as_deref(), Some(site));
    }
}

#[test]
fn a_function_with_a_switch_is_const_no_more() {
    let (text, fate) = switched("const fn f() -> u8 { a §+ b }", Genre::BinaryOperator, "-");
    assert_eq!(text, "      fn f() -> u8 { (if S { (a) - (b) } else { a + b }) }");
    assert!(fate.in_const_function);
    let (text, fate) = switched("const fn f() {} fn g() { a §+ b; }", Genre::BinaryOperator, "-");
    assert!(text.starts_with("const fn f() {} "), "{text}");
    assert!(!fate.in_const_function);
}

#[test]
fn a_source_that_is_no_rust_is_an_error() {
    assert!(rewrite("fn f( {", &[]).is_err());
}
