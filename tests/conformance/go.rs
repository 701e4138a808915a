//! What is rebuilt of Go's packages says what they say, wherever Go is installed; says aloud that it is skipped elsewhere.
//!
//! Random patterns, made of the pieces on which Go and the `regex` crate differ, with random texts; numbers in texts; networks.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

use std::io::Write;
use std::process::{Command, Stdio};

use blocksieve::check::pattern::build;
use blocksieve::dialect::AgentVersion;
use blocksieve::libbeat::network::{self, Network};
use blocksieve::libbeat::{parse_float, pattern};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

/// Go's answers, in order; `None` without Go.
fn go(questions: &[Value]) -> Option<Vec<Value>> {
    if Command::new("go").arg("version").output().is_err() {
        eprintln!("skipped: no `go` on this machine");
        return None;
    }
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/go/regexp.go");
    let mut child = Command::new("go")
        .args(["run", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("go starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let text: String = questions.iter().map(|question| format!("{question}\n")).collect();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("go ends");
    writer.join().expect("written").expect("written");
    assert!(output.status.success());
    let answers: Vec<Value> = String::from_utf8(output.stdout)
        .expect("text")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), questions.len());
    Some(answers)
}

fn sample<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::default();
    (0..count).map(|_| strategy.new_tree(&mut runner).expect("made").current()).collect()
}

/// Pieces of patterns, the odd ones above all.
fn piece() -> impl Strategy<Value = String> {
    let pieces = [
        "a",
        "b",
        "K",
        "s",
        "é",
        "ſ",
        "k",
        "Σ",
        "1",
        "_",
        "-",
        " ",
        "\n",
        "foo",
        ".",
        ".*",
        "^",
        "$",
        "^.*",
        ".*$",
        r"\d",
        r"\D",
        r"\w",
        r"\W",
        r"\s",
        r"\S",
        r"\b",
        r"\B",
        r"\A",
        r"\z",
        r"\Q.*\E",
        r"\Q",
        r"\E",
        r"\C",
        r"\x41",
        r"\x{e9}",
        r"\x{}",
        r"\012",
        r"\1",
        r"\0",
        r"\8",
        r"\<",
        r"\>",
        r"\_",
        r"\-",
        r"\.",
        r"\y",
        r"\é",
        r"\n",
        r"\pL",
        r"\p{Lu}",
        r"\p{^Lu}",
        r"\P{Greek}",
        r"\p{greek}",
        r"\p{Any}",
        r"\pC",
        r"\p{Letter}",
        "(?i)",
        "(?s)",
        "(?m)",
        "(?U)",
        "(?-i)",
        "(?ii)",
        "(?)",
        "(?x)",
        "(?i-s:",
        "(?-s)",
        "(?:",
        "(?i:",
        "(",
        "(?P<n>",
        "(?P<1a>",
        "(?P<a.b>",
        ")",
        ")",
        ")",
        "|",
        "|",
        "*",
        "+",
        "?",
        "*?",
        "{2}",
        "{0}",
        "{1}",
        "{2,}",
        "{0,2}",
        "{,3}",
        "{",
        "}",
        "{x}",
        "{ 2 }",
        "{1001}",
        "{3,2}",
        "{01}",
        "[ab]",
        "[^a]",
        "[",
        "]",
        "[]a]",
        "[^]a]",
        "[[]",
        "[a[b]",
        "[a&&b]",
        "[a--b]",
        "[a-]",
        "[-a]",
        r"[\w-z]",
        r"[a-\d]",
        "[z-a]",
        "[a-z]",
        "[[:alpha:]]",
        "[[:^word:]]",
        "[[:foo:]]",
        "[:alpha:]",
        r"[\b]",
        r"[^\W]",
        r"[^\s\S]",
        r"[\x41-\x{5a}]",
        r"[\]]",
        r"[\pL\d]",
        r"[^\PL]",
        "[é-ü]",
        "[^\n]",
        "&&",
        "~~",
        "#",
        "/",
    ];
    proptest::sample::select(pieces.to_vec()).prop_map(str::to_string)
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    let pieces = [
        "a", "b", "A", "B", "K", "k", "\u{212a}", "s", "S", "ſ", "é", "É", "ü", "Σ", "ς", "σ", "1", "٣", "_", "-", " ",
        "\n", "\t", "\u{b}", "\r", ".", "*", "foo", "FOO", "{", "}", "2", ",", "[", "]", "&", "~", "<", ">", "x", "z",
        "\\", "^", "$", "\u{1}", "/", "#", ":",
    ];
    let text =
        proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..6).prop_map(|pieces| pieces.concat());
    proptest::collection::vec(text, 12)
}

#[test]
fn patterns_mean_what_they_mean_in_go() {
    let count = std::env::var("BLOCKSIEVE_GO_PATTERNS").ok().and_then(|count| count.parse().ok()).unwrap_or(10_000);
    let strategy = (proptest::collection::vec(piece(), 1..8).prop_map(|pieces| pieces.concat()), texts());
    let samples = sample(&strategy, count);
    let questions: Vec<Value> =
        samples.iter().map(|(pattern, texts)| json!({"pattern": pattern, "texts": texts})).collect();
    let Some(answers) = go(&questions) else { return };
    let (mut refused, mut pairs, mut found) = (0, 0, 0);
    let mut wrong = Vec::new();
    for ((text, texts), answer) in samples.iter().zip(answers) {
        // Names without `P` are newer than the Go that may be here.
        match (pattern::go(text, AgentVersion { major: 8, minor: 14 }), answer["error"].as_str()) {
            (Err(_), Some(_)) => refused += 1,
            (Ok(written), None) => {
                let regex = build(&written).unwrap();
                for (at, value) in texts.iter().enumerate() {
                    let expected = answer["found"][at].as_bool().unwrap();
                    pairs += 1;
                    found += usize::from(expected);
                    if regex.is_match(value) != expected {
                        wrong.push(format!("{text:?} as {written:?} on {value:?}: Go says {expected}"));
                    }
                }
            }
            (Ok(_), Some(error)) => wrong.push(format!("{text:?} is taken; Go: {error}")),
            (Err(fault), None) => wrong.push(format!("{text:?} is refused: {fault:?}")),
        }
    }
    eprintln!("{count} patterns, {refused} refused by both; {pairs} pairs, {found} found");
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n")
    );
    assert!(found > 0 && refused > 0);
}

#[test]
fn numbers_are_read_as_go_reads_them() {
    let form = "[+-]?(0[xX]_?)?[0-9a-fA-F_]{0,12}\\.?[0-9a-f_]{0,12}([eEpP][+-]?[0-9_]{0,4})?|[iI]nf(inity)?|[+-]?nan|[+-]?[0-9]{1,25}(e[0-9]{1,3})?";
    let mut samples = sample(&proptest::string::string_regex(form).unwrap(), 20_000);
    samples.extend((-1080..-1020).map(|exponent| format!("0x1.8000000000001p{exponent}")));
    let questions: Vec<Value> = samples.iter().map(|text| json!({"float": text})).collect();
    let Some(answers) = go(&questions) else { return };
    let mut read = 0;
    for (text, answer) in samples.iter().zip(answers) {
        let expected = answer["bits"].as_str().map(|bits| f64::from_bits(bits.parse().unwrap()));
        read += usize::from(expected.is_some());
        let own = parse_float(text);
        let nan = |number: Option<f64>| number.is_some_and(f64::is_nan);
        assert!(
            own.map(f64::to_bits) == expected.map(f64::to_bits) || nan(own) && nan(expected),
            "{text}: {own:?}, Go: {expected:?}"
        );
    }
    eprintln!("{} numbers, {read} read", samples.len());
    assert!(read > 0);
}

#[test]
fn networks_hold_what_they_hold_in_go() {
    let networks = [
        "10.0.0.0/8",
        "10.1.2.3/8",
        "0.0.0.0/0",
        "::/0",
        "fd00::/8",
        "fe80::1/10",
        "::ffff:10.0.0.0/104",
        "::ffff:0.0.0.0/96",
        "::ffff:0.0.0.0/95",
        "::ffff:1.2.3.4/128",
        "127.0/8",
        "10.0.0.0",
        "10.0.0.0/33",
        "10.0.0.0/08",
        "10.0.0.0/+8",
        "10.0.0.0/",
        "/8",
        "fe80::1%eth0/10",
        "1.2.3.4/32",
        "010.0.0.0/8",
        "::/129",
        "loop-back",
        "",
        "::1/128",
        "0::/0",
        "192.168.0.0/16 ",
    ];
    let addresses = [
        "10.0.0.1",
        "11.0.0.1",
        "127.0.0.1",
        "::1",
        "::",
        "::ffff:10.2.3.4",
        "::ffff:a02:304",
        "fe80::1",
        "fe80::1%eth0",
        "fd12::1",
        "0.0.0.0",
        "255.255.255.255",
        "010.0.0.1",
        "1.2.3.4",
        "1.2.3",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::",
        "1:2:3:4:5:6:7:8::",
        "::1.2.3.4",
        "1::2::3",
        "",
        " 10.0.0.1",
        "10.0.0.1 ",
        "0x0a.0.0.1",
        "a",
    ];
    let questions: Vec<Value> = networks.iter().map(|net| json!({"cidr": net, "texts": addresses})).collect();
    let Some(answers) = go(&questions) else { return };
    for (net, answer) in networks.iter().zip(answers) {
        let own = Network::parse(net);
        assert_eq!(own.is_none(), answer["error"].is_string(), "{net}");
        let Some(own) = own else { continue };
        for (at, text) in addresses.iter().enumerate() {
            let inside = network::address(text).is_some_and(|address| own.contains(address));
            assert_eq!(inside, answer["found"][at].as_bool().unwrap(), "{text} in {net}");
        }
    }
}
