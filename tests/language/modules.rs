//! Modules: what is written is read again; hostile bytes are refused; instructions do what the slow twin says.

#![allow(clippy::panic, clippy::expect_used)]

use crate::support;
use blocksieve::Compiled;
use blocksieve::bytecode::{self, Instr, Invalid, LoadError, Verified};
use blocksieve::event::{Form, MapView, Value, json};
use blocksieve::ir::{Check, NodeId, Row, StmtId, StmtKind, twin};
use blocksieve::origin::Sources;
use blocksieve::table::TableDef;
use blocksieve::vm::{Fault, Machine, Options, Prepared};
use proptest::prelude::*;

const RULES: &str = r#"
filter "first" { if Image contains any ['x', ''] { tag "first" } }
filter "second" { if Image contains 'xy' and Image starts with 'c' { drop } }
filter "drops" { if event is sysmon.dns_query and (QueryName ends with any ['.a', '.b'] or Image matches '^C:.*x$') { drop } else { tag "seen" } }
classify "sets" { if some of list { name == 'a' and not value exists } { set msg.group = lower case of Image untag "x" } else if Hashes exists { stop } }
classify "tables" { if QueryName in table "t" or lookup "t" column "v" of Image == 'b' { tag "t" } }
alert "sends" { if msg.group in ['a', 1, 10.0.0.0/8, true] or has tag "x" { send mail using template "t" to ["me"] } }
"#;

fn compiled() -> Compiled {
    support::compile_with(RULES, &[TableDef::new("t", &[("k", &["x.a", "ž", "C:\\x"]), ("v", &["a", "", "b"])])])
}

/// The module's bytes with a checksum that fits, so that it is the verifier that has to refuse them.
fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.len() >= 18 {
        let length = (bytes.len() - 18) as u32;
        bytes[10..14].copy_from_slice(&length.to_le_bytes());
        let checksum = crc32fast::hash(&bytes[18..]);
        bytes[14..18].copy_from_slice(&checksum.to_le_bytes());
    }
    bytes
}

/// Reads, and runs what was accepted: neither may panic.
fn met(bytes: &[u8]) -> bool {
    let Ok(module) = bytecode::read(bytes) else { return false };
    let prepared = Prepared::of(module);
    let mut machine = Machine::new(&prepared);
    let event = support::sysmon(22, r#""QueryName":"x.a","Image":"C:\\x","Hashes":"MD5=1","list":[{"name":"a"}]"#);
    if let Ok(Value::Map(members)) = json::parse(event.as_bytes()) {
        let steps = machine.decide(&MapView::new(&prepared.module().layout, &members), Options::default()).steps;
        assert!(steps <= prepared.module().code.len() as u64, "{steps} steps");
    }
    true
}

#[test]
fn what_is_written_is_read_again_and_is_the_same_every_time() {
    let module = compiled().module;
    let bytes = bytecode::write(&module);
    assert_eq!(bytecode::read(&bytes).map(Verified::into_module).as_ref(), Ok(&module));
    assert_eq!(bytes, bytecode::write(&compiled().module));
}

#[test]
fn foreign_newer_and_damaged_files_are_told_apart() {
    let bytes = bytecode::write(&compiled().module);
    assert_eq!(bytecode::read(b"MZ"), Err(LoadError::NotAModule));
    let mut newer = bytes.clone();
    newer[8] = 99;
    assert_eq!(bytecode::read(&newer), Err(LoadError::Version { found: 99 }));
    assert!(matches!(bytecode::read(&bytes[..bytes.len() - 1]), Err(LoadError::Damaged(_))));
    assert!(matches!(bytecode::read(&[bytes.as_slice(), &[0]].concat()), Err(LoadError::Damaged(_))));
    let mut flipped = bytes.clone();
    flipped[40] ^= 1;
    assert!(matches!(bytecode::read(&flipped), Err(LoadError::Damaged(_))));
}

#[test]
fn a_backward_jump_and_an_index_out_of_range_are_refused() {
    let good = compiled().module;
    let mut backward = good.clone();
    backward.code[2] = Instr::Jump { to: 1 };
    assert!(matches!(bytecode::read(&bytecode::write(&backward)), Err(LoadError::Invalid(_))));
    let mut outside = good.clone();
    outside.code[0] = Instr::Tag(1000);
    assert!(matches!(bytecode::read(&bytecode::write(&outside)), Err(LoadError::Invalid(_))));
    let mut beyond = good;
    beyond.code[0] = Instr::JumpIfTrue { site: 0, to: beyond.rules[0].end + 1 };
    assert!(matches!(bytecode::read(&bytecode::write(&beyond)), Err(LoadError::Invalid(_))));
}

#[test]
fn a_pattern_beyond_its_limit_fails_the_rule_that_asks_it_and_no_other() {
    let mut module = support::compile(
        "filter \"large\" { if Image matches 'x' { tag \"l\" } }\nfilter \"small\" { if Image contains 'x' { tag \"s\" } }",
    )
    .module;
    let large = module.tests.iter_mut().find_map(|test| match &mut test.check {
        Check::Matches { patterns, .. } => patterns.first_mut(),
        _ => None,
    });
    *large.expect("a pattern") = r"(?:\w{1000}){1000}".to_string();
    let prepared = Prepared::of(bytecode::read(&bytecode::write(&module)).expect("its patterns are patterns"));
    let mut machine = Machine::new(&prepared);
    let event = support::event(&support::sysmon(1, r#""Image":"x""#));
    let outcome = machine.decide(&MapView::new(&prepared.module().layout, &event), Options::default());
    assert_eq!(
        outcome.failures.iter().map(|failure| (failure.rule, failure.fault)).collect::<Vec<_>>(),
        [(0, Fault::Pattern)]
    );
    assert_eq!(outcome.effects.iter().map(|effect| effect.rule()).collect::<Vec<_>>(), [1]);
}

#[test]
fn tables_come_back_whole_and_a_look_up_without_its_values_is_refused() {
    let good = compiled().module;
    let keys = |module: &bytecode::Module| module.tables[0].keys.iter().map(str::to_string).collect::<Vec<_>>();
    assert_eq!(keys(&good), ["c:\\x", "x.a", &blocksieve::fold::fold("ž")]);
    let read = bytecode::read(&bytecode::write(&good)).expect("it is good");
    assert_eq!(keys(&read.into_module()), keys(&good));
    let mut short = good;
    short.lookups[0].values = ["a"].into_iter().collect::<blocksieve::texts::Texts>().into();
    let refused = bytecode::read(&bytecode::write(&short));
    assert_eq!(refused, Err(LoadError::Invalid(Invalid::Lookup { lookup: 0 })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        met(&bytes);
        met(&with_checksum([bytecode::MAGIC, &bytecode::VERSION.to_le_bytes()[..], &[0; 8], &bytes].concat()));
    }

    #[test]
    fn changed_modules_never_panic(changes in proptest::collection::vec((any::<u32>(), any::<u8>()), 1..6), cut in any::<Option<u16>>()) {
        let mut bytes = bytecode::write(&compiled().module);
        for (at, to) in changes {
            let at = 18 + at as usize % (bytes.len() - 18);
            bytes[at] = to;
        }
        if let Some(cut) = cut {
            bytes.truncate(18 + cut as usize % (bytes.len() - 18));
        }
        met(&with_checksum(bytes));
    }
}

#[test]
fn a_first_match_table_names_by_its_first_row_and_keeps_its_order() {
    // No text says it yet: the rule's `if` is made a table of three rows by hand.
    let mut compiled = support::compile(
        r#"classify "table" { if Image == 'a' { tag "one" } if Image in ['a', 'b'] { tag "two" } if Image exists { tag "three" } }"#,
    );
    let body = compiled.program.rules[0].body.clone();
    let mut rows = Vec::new();
    for (n, id) in body.iter().enumerate() {
        let StmtKind::If { arms, .. } = &compiled.program.stmts[id.index()].kind else { panic!("an if") };
        let (cond, body): (NodeId, Vec<StmtId>) = arms[0].clone();
        rows.push(Row { name: (n != 1).then(|| format!("row {n}")), cond, body });
    }
    compiled.program.stmts[body[0].index()].kind = StmtKind::FirstMatch(rows);
    compiled.program.rules[0].body.truncate(1);
    compiled.module = bytecode::compile(&compiled.program, &Sources::default());
    let words = |image: &str| {
        let decision = support::decide(&compiled, &support::sysmon(1, &format!(r#""Image":"{image}""#)));
        decision.did.iter().map(|did| format!("{did:?}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(words("a"), r#"Name(0, "row 0") Tag(0, "one")"#);
    assert_eq!(words("b"), r#"Tag(0, "two")"#);
    assert_eq!(words("c"), r#"Name(0, "row 2") Tag(0, "three")"#);
    assert!(bytecode::listing(&compiled.module, None).contains("name \"row 2\""));
}

#[test]
fn the_trace_says_what_each_test_said_and_stops_where_the_rule_did() {
    let compiled =
        support::compile(r#"classify "c" { if Image == 'a' and User == 'b' or Details == 'c' { tag "t" } }"#);
    let prepared = Prepared::new(compiled.module.clone()).expect("valid");
    let members = support::event(&support::sysmon(1, r#""Image":"x","Details":"c""#));
    let mut machine = Machine::new(&prepared);
    let options = Options { trace: true, ..Options::default() };
    let trace = &machine.decide(&MapView::new(&prepared.module().layout, &members), options).trace;
    let said: Vec<(u32, bool)> = trace.iter().map(|step| (step.site, step.holds)).collect();
    assert_eq!(said, [(0, false), (2, true)]);
    let slow = twin::decide(&compiled.program, &members, Form::Winlogbeat);
    assert_eq!(slow.did.len(), 1);
}
