//! Circles of uses between the modules of a crate.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::crates::Crate;
use super::uses::Uses;

/// The modules of a crate, each with those that it uses.
pub(super) type Graph = BTreeMap<String, BTreeSet<String>>;

/// The graph of a crate.
pub(super) fn graph(code: &Crate) -> Graph {
    code.modules.keys().map(|path| (path.clone(), Uses::of(code, path).modules)).collect()
}

/// The sets of modules that can all reach each other, with more than one in each.
fn circles(graph: &Graph) -> Vec<BTreeSet<String>> {
    let reach: BTreeMap<&String, BTreeSet<&String>> =
        graph.keys().map(|from| (from, reachable(graph, from))).collect();
    let mut found: Vec<BTreeSet<String>> = Vec::new();
    for from in graph.keys() {
        if found.iter().any(|circle| circle.contains(from)) {
            continue;
        }
        let back = |to: &&&String| **to != from && reach[**to].contains(from);
        let others: BTreeSet<String> =
            reach[from].iter().filter(back).map(|to| (*to).clone()).collect();
        if !others.is_empty() {
            found.push(others.into_iter().chain([from.clone()]).collect());
        }
    }
    found
}

/// The modules that are part of a circle, each with the shortest way around.
pub(super) fn offences(graph: &Graph) -> Vec<String> {
    let name =
        |module: &String| if module.is_empty() { "(root)".to_owned() } else { module.clone() };
    let describe = |circle: &BTreeSet<String>, from: &String| {
        let way = shortest(graph, circle, from).unwrap_or_default();
        let way: Vec<String> = way.iter().map(name).collect();
        format!("{}, in a circle of {}: {}", name(from), circle.len(), way.join(" -> "))
    };
    let circles = circles(graph);
    circles.iter().flat_map(|circle| circle.iter().map(|from| describe(circle, from))).collect()
}

fn reachable<'a>(graph: &'a Graph, from: &String) -> BTreeSet<&'a String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&String> = graph[from].iter().collect();
    while let Some(at) = open.pop() {
        if found.insert(at) {
            open.extend(&graph[at]);
        }
    }
    found
}

/// The shortest way from a module of a circle back to it.
fn shortest(graph: &Graph, circle: &BTreeSet<String>, from: &String) -> Option<Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut open = VecDeque::from([vec![from.clone()]]);
    while let Some(way) = open.pop_front() {
        for to in graph[&way[way.len() - 1]].iter().filter(|to| circle.contains(*to)) {
            let longer = [way.as_slice(), std::slice::from_ref(to)].concat();
            if to == from {
                return Some(longer);
            }
            if seen.insert(to.clone()) {
                open.push_back(longer);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(snippets: &[(&str, &str)]) -> Vec<String> {
        offences(&graph(&Crate::of_snippets(snippets)))
    }

    #[test]
    fn modules_that_use_each_other_are_a_circle() {
        let found = found(&[
            ("lib.rs", "mod a; mod b; mod c; mod d; use d::D;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "pub struct B; fn f() { super::c::f(); }"),
            ("c.rs", "pub fn f() -> crate::a::A { todo!() }"),
            ("d.rs", "use crate::a::A; pub struct D;"),
        ]);
        let expected = ["a -> b -> c -> a", "b -> c -> a -> b", "c -> a -> b -> c"];
        let expected = expected.map(|way| format!("{}, in a circle of 3: {way}", &way[..1]));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_parent_and_a_child_that_use_each_other_are_a_circle() {
        let found = found(&[
            ("lib.rs", "mod a;"),
            ("a.rs", "mod b; use b::B; pub struct A;"),
            ("a/b.rs", "use super::A; pub struct B;"),
        ]);
        assert_eq!(found[0], "a, in a circle of 2: a -> a::b -> a");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn siblings_that_meet_through_an_export_are_no_circle() {
        let found = found(&[
            ("lib.rs", "mod a;"),
            ("a.rs", "mod b; mod c; pub use b::B; pub use c::C;"),
            ("a/b.rs", "pub struct B;"),
            (
                "a/c.rs",
                "use super::B; pub struct C(B); #[cfg(test)] mod tests { use crate::a::A; }",
            ),
        ]);
        assert_eq!(found, Vec::<String>::new());
    }
}
