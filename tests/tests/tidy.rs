//! The house rules, over the whole repository.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const LINE_CHARACTERS_MAX: usize = 100;
const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;
/// The top level, besides dot-files.
const TOP_LEVEL: [&str; 8] =
    ["Cargo.lock", "Cargo.toml", "README.md", "daemon", "hardware", "kiosk", "protocol", "tests"];
/// What cargo and rustc leave behind; not ours.
const BUILT: &str = "target";
/// Lines with one of these may be longer: an address cannot be broken, a drawing is wide.
const LONG_LINES: [&str; 6] = ["https://", "http://", "─", "│", "►", "◄"];

/// Words that must not stand in a folder, each with the reason.
const BANNED: [(&[&str], &[&str], &str); 2] = [
    (
        &["daemon/src/sale"],
        &[
            "std::thread",
            "std::fs",
            "std::net",
            "Instant::now",
            "SystemTime",
            "getrandom",
            "tokio",
            "println!",
            "HashMap",
            "HashSet",
        ],
        "the middle is pure: time and fresh numbers are arguments",
    ),
    (
        &["protocol/src", "kiosk/src"],
        &["std::fs", "std::net::Tcp", "std::net::Udp", "std::thread", "Instant::now"],
        "a leaf of values touches nothing outside",
    ),
];
/// Packages that must not know each other.
const LEAVES: [&str; 3] = ["protocol", "hardware", "kiosk"];

#[test]
fn every_file_says_first_what_it_is() {
    complain(sources().iter().filter_map(|source| {
        let first = source.text.lines().next().unwrap_or_default();
        (!first.starts_with("//! ")).then(|| format!("{}:1: {first}", source.name))
    }));
}

#[test]
fn lines_fit_the_screen() {
    let long = |line: &str| {
        line.chars().count() > LINE_CHARACTERS_MAX && !LONG_LINES.iter().any(|it| line.contains(it))
    };
    complain(sources().iter().flat_map(|source| {
        let lines = numbered(&source.text).filter(|(number, line)| {
            let literal = line.trim_start().starts_with('"') || is_in_literal(source, *number);
            long(line) && !literal && !is_in_skipped_table(source, *number)
        });
        lines.map(|(number, line)| source.at(number, line)).collect::<Vec<_>>()
    }));
}

#[test]
fn files_can_be_read_in_one_go() {
    complain(sources().iter().filter_map(|source| {
        let lines = source.text.lines().count();
        (lines > FILE_LINES_MAX).then(|| format!("{}: {lines} lines", source.name))
    }));
}

#[test]
fn functions_fit_the_screen() {
    complain(sources().iter().flat_map(|source| {
        let long = functions(&source.text).into_iter().filter(|it| it.lines > FUNCTION_LINES_MAX);
        long.map(|it| format!("{}:{}: fn of {} lines", source.name, it.line, it.lines))
            .collect::<Vec<_>>()
    }));
}

#[test]
fn pure_folders_are_pure() {
    complain(sources().iter().flat_map(|source| {
        let mut faults = Vec::new();
        for (folders, words, reason) in BANNED {
            if !folders.iter().any(|folder| source.name.starts_with(folder)) {
                continue;
            }
            for (number, line) in numbered(&source.text) {
                let code = line.split("//").next().unwrap_or_default();
                if words.iter().any(|word| code.contains(word)) {
                    faults.push(format!("{} ({reason})", source.at(number, line)));
                }
            }
        }
        faults
    }));
}

#[test]
fn nothing_is_left_for_later() {
    // In parts, so that this file does not contain them.
    let words: Vec<String> = [
        ("TO", "DO"),
        ("FIX", "ME"),
        ("XX", "X"),
        ("to", "do!"),
        ("unimple", "mented!"),
        ("db", "g!("),
    ]
    .into_iter()
    .map(|(begin, end)| format!("{begin}{end}"))
    .collect();
    complain(sources().iter().flat_map(|source| {
        numbered(&source.text)
            .filter(|(_, line)| words.iter().any(|word| line.contains(word.as_str())))
            .map(|(number, line)| source.at(number, line))
            .collect::<Vec<_>>()
    }));
}

#[test]
fn every_lint_exception_has_a_reason() {
    complain(sources().iter().flat_map(|source| {
        let mut faults = Vec::new();
        for (number, line) in numbered(&source.text) {
            let start = line.trim_start();
            let begins = ["#[allow(", "#![allow(", "#[expect(", "#![expect("];
            if !begins.iter().any(|begin| start.starts_with(begin)) {
                continue;
            }
            let attribute: String =
                source.text.lines().skip(number - 1).collect::<Vec<_>>().join(" ");
            let attribute = attribute.split_once(")]").map_or("", |(attribute, _)| attribute);
            if !attribute.contains("reason = \"") {
                faults.push(source.at(number, line));
            }
        }
        faults
    }));
}

#[test]
fn leaves_do_not_know_each_other() {
    let mut faults = Vec::new();
    for leaf in LEAVES {
        let text = fs::read_to_string(root().join(leaf).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = toml::from_str(&text).unwrap();
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(dependencies) = manifest.get(table).and_then(toml::Value::as_table) else {
                continue;
            };
            let others = ["protocol", "hardware", "kiosk", "daemon", "tests"];
            for other in others.into_iter().filter(|other| dependencies.contains_key(*other)) {
                faults.push(format!("{leaf}/Cargo.toml: [{table}] {other}"));
            }
        }
    }
    let daemon = fs::read_to_string(root().join("daemon/Cargo.toml")).unwrap();
    let daemon: toml::Table = toml::from_str(&daemon).unwrap();
    let known = |leaf: &&str| daemon.get("dependencies").unwrap().get(leaf).is_some();
    assert!(LEAVES.iter().all(known), "the daemon stands on all three");
    complain(faults);
}

#[test]
fn the_top_level_is_the_agreed_one() {
    let found: BTreeSet<String> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('.') && name != BUILT)
        .collect();
    assert_eq!(found, TOP_LEVEL.map(str::to_owned).into());
}

#[test]
fn the_paths_in_the_readme_exist() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let rows = readme.lines().filter(|line| line.starts_with('|'));
    let words = rows.flat_map(|row| row.split('`').skip(1).step_by(2));
    let paths: BTreeSet<&str> = words.filter(|word| is_path(word)).collect();
    assert!(paths.len() >= LEAVES.len(), "there is a map of the files: {paths:?}");
    complain(paths.iter().filter(|path| !root().join(path).exists()));
    let pictures = readme.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
    complain(pictures.filter(|path| !root().join(path).is_file()));
}

#[test]
fn the_rules_see_what_they_forbid() {
    let text = "fn a() {\n    b();\n}\n\nimpl C {\n    fn d(\n        e: u8,\n    ) -> u8 {\n        '{';\n        \"}\"; // }\n        e\n    }\n}\n";
    let found: Vec<_> = functions(text).iter().map(|it| (it.line, it.lines)).collect();
    assert_eq!(found, [(1, 3), (6, 7)]);
    let source =
        Source { name: "x.rs".to_owned(), text: "let a = \"one\n two\n three\";\nb".to_owned() };
    let inside: Vec<_> = (1..=4).filter(|number| is_in_literal(&source, *number)).collect();
    assert_eq!(inside, [2, 3]);
    assert!(is_path("daemon/src/run.rs") && is_path("protocol/"));
    assert!(!is_path("cargo demo") && !is_path("POST /notify"));
}

/// A source file of ours.
struct Source {
    /// From the top of the repository.
    name: String,
    text: String,
}

impl Source {
    fn at(&self, number: usize, line: &str) -> String {
        format!("{}:{number}: {}", self.name, line.trim())
    }
}

/// One function of a file.
struct Function {
    /// Where it begins, from 1.
    line: usize,
    /// From its `fn` to its closing brace.
    lines: usize,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every Rust file of the five packages.
fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    for package in ["protocol", "hardware", "kiosk", "daemon", "tests"] {
        collect(&root().join(package), &mut sources);
    }
    assert!(sources.len() > 50, "the sources were not found");
    sources
}

fn collect(dir: &Path, sources: &mut Vec<Source>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.ends_with(BUILT) {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            sources.push(Source { name, text: fs::read_to_string(&path).unwrap() });
        }
    }
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}

/// Functions by the lines on which their text begins and its braces close. rustfmt sees to it that
/// a closing brace stands as far in as its `fn`.
fn functions(text: &str) -> Vec<Function> {
    let lines: Vec<&str> = text.lines().collect();
    let mut functions = Vec::new();
    for (start, line) in (0..).zip(&lines) {
        if !begins_function(line) {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let close = format!("{}}}", " ".repeat(indent));
        let declared = format!("{};", " ".repeat(indent));
        let length = lines.iter().skip(start).position(|line| {
            *line == close || (line.trim_end().ends_with(';') && line.starts_with(&declared))
        });
        if let Some(length) = length.filter(|_| !line.trim_end().ends_with([';', '}'])) {
            functions.push(Function { line: start + 1, lines: length + 1 });
        }
    }
    functions
}

fn begins_function(line: &str) -> bool {
    let line = line.trim_start();
    let words = ["pub", "const", "async", "unsafe", "extern"];
    let mut rest =
        line.split(' ').skip_while(|word| words.contains(word) || word.starts_with("pub("));
    rest.next() == Some("fn")
}

/// Whether line `number` begins inside a string literal that began on a line before. Raw strings
/// and comments with an odd quote are read as a reader would: the file is ours.
fn is_in_literal(source: &Source, number: usize) -> bool {
    let before = source.text.lines().take(number - 1);
    let mut inside = false;
    for line in before {
        let code = if inside { line } else { line.split("//").next().unwrap_or_default() };
        let quotes = code.replace("\\\\", "").replace("\\\"", "").replace("'\"'", "");
        inside ^= quotes.matches('"').count() % 2 == 1;
    }
    inside
}

/// Whether line `number` belongs to something that rustfmt is told to leave alone: a table.
fn is_in_skipped_table(source: &Source, number: usize) -> bool {
    let before: Vec<&str> = source.text.lines().take(number).collect();
    let skip = before.iter().rposition(|line| line.contains("rustfmt::skip"));
    skip.is_some_and(|skip| {
        let indent = |line: &str| line.len() - line.trim_start().len();
        let at = before.get(skip).map_or(0, |line| indent(line));
        let inside = before.iter().skip(skip + 2);
        inside.clone().count() > 0 && inside.clone().all(|line| indent(line) > at)
    })
}

/// A word of the README that is a path of this repository.
fn is_path(word: &str) -> bool {
    let tops = ["protocol/", "hardware/", "kiosk/", "daemon/", "tests/", ".ci/", ".cargo/"];
    tops.iter().any(|top| word.starts_with(top)) && !word.contains([' ', '*', '<', '{'])
}

/// Fails with all of them.
fn complain<T: ToString>(faults: impl IntoIterator<Item = T>) {
    let faults: Vec<String> = faults.into_iter().map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
