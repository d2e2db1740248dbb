//! The rules of the house that a compiler does not check: arrows, modules, circles,
//! lengths and names. The sources are parsed, so that a rule is about what the
//! code uses, in whatever way it is written.

mod circles;
mod comments;
mod crates;
mod known;
mod names;
mod paths;
pub(crate) mod sources;
mod syntax;
mod uses;

use std::collections::BTreeMap;
use std::fs;
use std::sync::OnceLock;

use circles::{graph, offences};
use crates::{CRATES, Crate, programs, types};
use known::judge;
use names::is_private;
use sources::{files, root};
use uses::{Uses, is_below};

/// The tools: none of them knows another one.
const TOOLS: [&str; 3] = ["runs-fetch", "task-pause", "window-filter"];

/// The modules of the core above the model, from the top down. A module may use those
/// of the layers below its own, and no other of its own layer. Everything that is
/// not listed is the model, which uses none of them.
const LAYERS: [&[&str]; 4] =
    [&["cli"], &["client", "ledger", "timetable"], &["window_set"], &["jsonl"]];

/// The modules without I/O: they and all below them use no file, network, process,
/// thread or clock of the runtime, do not wait, and use only such modules.
const PURE: [(&str, &[&str]); 3] = [
    (
        "core",
        &[
            "alike",
            "change",
            "circuit_breaker",
            "cli::screen",
            "cli::table",
            "client::completeness",
            "client::concurrency::share",
            "client::date",
            "client::error",
            "client::html_entities",
            "client::list_item",
            "client::objects",
            "client::retry",
            "csv_cell",
            "exit",
            "hold",
            "identifier",
            "jsonl::end_record",
            "jsonl::error",
            "jsonl::format",
            "jsonl::scan",
            "jsonl::splice",
            "jsonl::text",
            "ledger::entry",
            "ledger::tenant_facts",
            "ledger::given_up",
            "ledger::active_hold",
            "ledger::state",
            "run",
            "scope",
            "short_name",
            "time",
            "timetable",
            "window",
            "window_set",
            "zone",
        ],
    ),
    (
        "task-pause",
        &[
            "decide",
            "jobs::history::join",
            "jobs::history::journal_line",
            "jobs::history::record",
            "reason",
            "timing",
            "types",
        ],
    ),
    (
        "window-filter",
        &[
            "check::outlook",
            "filter",
            "horizon",
            "listing::csv",
            "listing::line",
            "listing::listed",
            "listing::table",
            "record",
            "round_times",
            "scope_watch",
            "style",
            "suggest::quiet",
            "suggest::starts",
            "summary",
            "view::chart",
            "view::csv",
            "view::html",
            "view::in_order",
            "view::overview",
            "view::shown_run",
            "view::shown_window",
            "view::svg",
            "view::table",
            "view::timeline",
            "view::wrap",
        ],
    ),
];

/// The types of modules of the core that are not pure, and which hold nothing but data.
const DATA: [&str; 3] = ["cli::Refusal", "cli::Terminal", "ledger::LedgerError"];

/// The pure modules of the core that take such a value as a parameter, and its module.
const TAKES_DATA: [(&str, &str); 1] = [("cli::table", "cli::terminal")];

/// The modules of the core that know nothing of reading and writing, not even as traits.
const MODEL: [&str; 10] = [
    "change",
    "exit",
    "hold",
    "identifier",
    "run",
    "scope",
    "short_name",
    "time",
    "window",
    "zone",
];

/// The paths that are I/O. Reading and writing as traits are no I/O yet.
const IO: [&str; 12] = [
    "std::env",
    "std::fs",
    "std::io::stderr",
    "std::io::stdin",
    "std::io::stdout",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "rustix",
    "tokio",
];

/// The modules that a library belongs to, by crate.
type Homes = &'static [(&'static str, &'static [&'static str])];

/// The libraries that belong to some modules, by crate. The stand-in has its own.
const LIBRARIES: [(&str, Homes); 3] = [
    ("reqwest", &[("core", &["client"])]),
    (
        "clap",
        &[
            ("core", &["cli"]),
            ("runs-fetch", &["args"]),
            ("task-pause", &["args"]),
            ("window-filter", &["args"]),
        ],
    ),
    // Zones are found in `zone` and spelled in timetables; dates are all that
    // the times of records and of the command line take from it.
    ("jiff", &[("core", &["time", "time_arg", "timetable", "zone"])]),
];

/// The names that several tools give to a type of the same meaning.
const SHARED: [&str; 3] = ["Args", "CheckArgs", "Word"];

/// The crates, parsed once: that takes a second.
fn crates() -> &'static [Crate] {
    static PARSED: OnceLock<Vec<Crate>> = OnceLock::new();
    PARSED.get_or_init(|| CRATES.iter().map(|name| Crate::read(name)).collect())
}

/// Judges each crate by itself, and each program, benchmark and fuzz target.
fn judge_each(rule: &str, offences: impl Fn(&Crate) -> Vec<String>) {
    let programs = programs();
    let all = crates().iter().chain(&programs);
    judge(rule, &all.map(|code| (code.name.clone(), offences(code))).collect());
}

/// Whether a module is one of these, or in one of them.
fn is_in(modules: &[&str], module: &str) -> bool {
    modules.iter().any(|above| is_below(module, above))
}

#[test]
fn every_module_that_a_rule_names_exists() {
    let crates = crates();
    let of = |name: &str| crates.iter().find(|code| code.name == name).unwrap();
    let layers = LAYERS.concat();
    let of_core = layers.iter().chain(&MODEL).chain(TAKES_DATA.iter().flat_map(|(a, b)| [a, b]));
    let mut modules: Vec<(&str, &str)> = of_core.map(|module| ("core", *module)).collect();
    for (name, pure) in PURE {
        modules.extend(pure.iter().map(|module| (name, *module)));
    }
    for (_, homes) in LIBRARIES {
        for (name, homes) in homes {
            modules.extend(homes.iter().map(|module| (*name, *module)));
        }
    }
    modules.retain(|(name, module)| !of(name).modules.contains_key(*module));
    assert_eq!(modules, [], "they are gone: name the modules that took their place");
}

#[test]
fn no_file_has_more_than_500_lines() {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, text) in files(&["crates", "tests"], ".rs") {
        let lines = text.lines().count();
        let found = found.entry(place(&file)).or_default();
        found.extend((lines > 500).then(|| format!("{file} has {lines}")));
    }
    judge("length", &found);
}

/// The crate that a file belongs to, or `tests`.
fn place(file: &str) -> String {
    file.strip_prefix("crates/").unwrap_or(file).split('/').next().unwrap().to_owned()
}

#[test]
fn modules_of_the_core_use_only_the_layers_below_them() {
    judge_each("arrows", |code| {
        let modules = graph(code).into_iter().flat_map(|(from, to)| wrong_arrows(&from, to));
        if code.name == "core" { modules.collect() } else { Vec::new() }
    });
}

/// The arrows of a module of the core that point up or sideways.
fn wrong_arrows(from: &str, to: impl IntoIterator<Item = String>) -> Vec<String> {
    let top = |module: &str| module.split("::").next().unwrap().to_owned();
    let layer = |module: &str| LAYERS.iter().position(|layer| layer.contains(&module));
    let layer = |module: &str| layer(module).unwrap_or(LAYERS.len());
    let own = top(from);
    let is_wrong = |to: &String| {
        let other = top(to);
        let is_allowed = own == other
            || layer(&other) > layer(&own)
            || layer(&other) == LAYERS.len() && layer(&own) == LAYERS.len()
            // The root is the page that names everything.
            || own.is_empty();
        !is_allowed
    };
    to.into_iter().filter(is_wrong).map(|to| format!("{from} -> {to}")).collect()
}

#[test]
fn an_arrow_up_or_sideways_is_found() {
    for (from, to, is_wrong) in [
        ("cli::report", "ledger", false),
        ("ledger::file", "hold", false),
        ("hold", "time", false),
        ("ledger::file", "ledger", false),
        ("client", "ledger::entry", true),
        ("timetable::csv", "cli", true),
        ("jsonl", "window_set", true),
        ("hold", "jsonl::scan", true),
    ] {
        assert_eq!(!wrong_arrows(from, [to.to_owned()]).is_empty(), is_wrong, "{from} -> {to}");
    }
}

#[test]
fn pure_modules_do_no_io_and_never_wait() {
    judge_each("pure", |code| impurities(code, pure_modules(&code.name), &crates()[0]));
}

/// The uses of I/O, of waiting and of other modules, in modules that are pure.
fn impurities(code: &Crate, pure: &[&str], the_core: &Crate) -> Vec<String> {
    let mut found = Vec::new();
    let pure_core = pure_modules("core");
    for path in code.modules.keys().filter(|path| is_in(pure, path)) {
        let uses = Uses::of(code, path);
        found.extend(uses.below(&IO).into_iter().map(|io| format!("{path} uses {io}")));
        found.extend(uses.is_async.then(|| format!("{path} is asynchronous")));
        let is_data = |to: &str| code.name == "core" && TAKES_DATA.contains(&(path, to));
        let other = uses.modules.iter().filter(|to| !is_in(pure, to) && !is_data(to));
        found.extend(other.map(|to| format!("{path} uses {to}, which is not pure")));
        for (item, to) in uses.modules_of(the_core) {
            let is_pure = is_in(pure_core, &to) || is_in(&DATA, item);
            found.extend(
                (!is_pure).then(|| format!("{path} uses {item} of {to}, which is not pure")),
            );
        }
    }
    found
}

/// The modules of a crate that are pure.
fn pure_modules(name: &str) -> &'static [&'static str] {
    PURE.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, modules)| *modules)
}

#[test]
fn the_model_knows_no_reading_and_writing() {
    judge_each("model", |code| {
        let modules = if code.name == "core" { &MODEL[..] } else { &[] };
        let paths = code.modules.keys().filter(|path| is_in(modules, path));
        let found = paths.flat_map(|path| {
            let uses = Uses::of(code, path);
            let found = uses.below(&["std::io"]).into_iter().map(|io| format!("{path} uses {io}"));
            found.collect::<Vec<_>>()
        });
        found.collect()
    });
}

#[test]
fn io_and_waiting_in_a_pure_module_are_found() {
    let found = |a: &str| {
        let code = Crate::of_snippets(&[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", a),
            ("b.rs", "pub struct B;"),
        ]);
        impurities(&code, &["a"], &crates()[0])
    };
    assert_eq!(found("use std::fs::File;"), ["a uses std::fs::File"]);
    assert_eq!(found("fn f() { std::env::var(\"X\"); }"), ["a uses std::env::var"]);
    assert_eq!(found("use tokio::time::Instant;"), ["a uses tokio::time::Instant"]);
    assert_eq!(found("async fn f() {}"), ["a is asynchronous"]);
    assert_eq!(found("use crate::b::B;"), ["a uses b, which is not pure"]);
    assert_eq!(found("use std::time::Instant;"), ["a uses std::time::Instant"]);
    assert_eq!(found("fn f() { std::time::SystemTime::now() }").len(), 1);
    assert_eq!(found("use std::io::{Read, Write}; use std::fmt;"), Vec::<String>::new());
    // Neither hides what it does behind the core.
    for (a, is_pure) in [
        ("use maintenance_core::clock::now;", false),
        ("fn f() { maintenance_core::clock::now() }", false),
        ("use maintenance_core::client::Client;", false),
        ("use maintenance_core::ledger::Ledger;", false),
        ("use maintenance_core::cli::Messages;", false),
        ("use maintenance_core::hold::Hold;", true),
        ("use maintenance_core::ledger::LedgerState;", true),
        ("use maintenance_core::client::ClientError;", true),
        ("use maintenance_core::cli::Refusal;", true),
    ] {
        assert_eq!(found(a).is_empty(), is_pure, "{a}: {:?}", found(a));
    }
}

#[test]
fn each_library_stays_in_its_modules() {
    judge_each("libraries", |code| {
        if code.name.starts_with("tmc-standin") {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (library, homes) in LIBRARIES {
            let modules = homes.iter().find(|(name, _)| *name == code.name);
            let modules = modules.map_or(&[][..], |(_, modules)| *modules);
            for path in code.modules.keys().filter(|path| !is_in(modules, path)) {
                let uses = Uses::of(code, path);
                let uses = uses.below(&[library]);
                found.extend(uses.into_iter().map(|path_of| format!("{path} uses {path_of}")));
            }
        }
        found
    });
}

#[test]
fn no_modules_use_each_other_in_a_circle() {
    judge_each("circles", |code| offences(&graph(code)));
}

#[test]
fn no_function_has_more_than_five_parameters() {
    judge_each("parameters", |code| {
        let functions = code.modules.iter().flat_map(|(path, module)| {
            let functions = module.names.functions.iter();
            let many = functions.filter(|(_, count)| *count > 5);
            many.map(move |(name, count)| format!("{path}::{name} has {count}"))
        });
        functions.collect()
    });
}

#[test]
fn no_module_or_type_has_a_private_word_for_a_name() {
    judge_each("private words", |code| {
        let mut found = Vec::new();
        for (path, module) in &code.modules {
            let name = path.rsplit("::").next().unwrap().to_owned();
            let names = module.names.types.iter().chain([&name]);
            let private = names.filter(|name| is_private(name));
            found.extend(private.map(|name| format!("{path}: {name}")));
        }
        found
    });
}

#[test]
fn no_two_types_have_one_name() {
    let all = types(crates()).into_iter();
    let twice = all.filter(|(name, places)| places.len() > 1 && !SHARED.contains(&name.as_str()));
    let twice = twice.map(|(name, places)| format!("{name}: {}", places.join(", "))).collect();
    judge("homonyms", &[("workspace".to_owned(), twice)].into());
}

#[test]
fn tools_do_not_see_each_other_and_the_stand_in_sees_none_of_them() {
    let ours = [&TOOLS[..], &["maintenance-core"]].concat();
    for code in crates() {
        let manifest = fs::read_to_string(root().join(format!("crates/{}/Cargo.toml", code.name)));
        let known: Vec<String> = dependencies(&manifest.unwrap());
        let mut seen: Vec<&str> =
            ours.iter().copied().filter(|name| known.iter().any(|one| one == name)).collect();
        let expected: &[&str] =
            if TOOLS.contains(&code.name.as_str()) { &["maintenance-core"] } else { &[] };
        assert_eq!(seen, expected, "{}: Cargo.toml", code.name);
        let libraries = ours.iter().map(|name| name.replace('-', "_"));
        let libraries: Vec<String> = libraries.collect();
        seen.clear();
        for path in code.modules.keys() {
            let uses = Uses::of(code, path);
            for (name, library) in ours.iter().zip(&libraries) {
                let is_seen = !uses.below(&[library]).is_empty() && !seen.contains(name);
                seen.extend(is_seen.then_some(*name));
            }
        }
        assert_eq!(seen, expected, "{}: what the code uses", code.name);
    }
}

#[test]
fn every_crate_and_every_program_is_judged() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, members) = manifest.split_once("\nmembers = [\n").unwrap();
    let (members, _) = members.split_once("\n]").unwrap();
    let members = members.lines().map(|line| line.trim().trim_matches(['"', ',']));
    let members: Vec<_> = members.map(|path| path.strip_prefix("crates/").unwrap()).collect();
    assert_eq!(members, CRATES);
    let programs = programs();
    for name in TOOLS {
        let program = programs.iter().find(|code| code.name == format!("bin/{name}.rs")).unwrap();
        let library = name.replace('-', "_");
        let uses = Uses::of(program, "");
        // `env!` is the standard library's, too: it reads what the build script says.
        let is_std = |path: &str| path == "env" || is_below(path, "std");
        let others = uses.external.iter().filter(|path| !is_std(path));
        assert!(others.clone().all(|path| is_below(path, &library)), "{name}: {others:?}");
    }
    for name in ["tmc-standin/src/main.rs", "core/benches/inner.rs", "fuzz/fuzz_targets/line.rs"] {
        assert!(programs.iter().any(|code| code.name == name), "{name}");
    }
}

/// The names of the dependencies in a manifest, of every kind.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut in_table = false;
    let mut found = Vec::new();
    for line in manifest.lines() {
        if let Some(title) = line.strip_prefix('[') {
            let title = title.trim_end_matches(']');
            in_table = title.ends_with("dependencies");
            found.extend(title.rsplit_once("dependencies.").map(|(_, name)| name.to_owned()));
        } else if in_table && !line.starts_with('#') {
            let name = line.split(['.', '=', ' ']).next().unwrap();
            found.extend((!name.is_empty()).then(|| name.trim_matches('"').to_owned()));
        }
    }
    found
}

#[test]
fn dependencies_of_every_kind_are_found() {
    let manifest = "[package]\nname = \"x\"\n[dependencies]\na.workspace = true\n# b = 1\n\
                    c = { path = \"..\" }\n[target.'cfg(unix)'.dev-dependencies]\nd=\"1\"\n\
                    [build-dependencies.e]\nversion = \"1\"\n[lints]\nf = 1\n";
    assert_eq!(dependencies(manifest), ["a", "c", "d", "e"]);
}
