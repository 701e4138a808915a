//! Configurations that were cut, flipped and doubled, and such as nobody writes: whatever comes of them, `fuzz/src/configs.rs` says what must hold.

use blocksieve::origin::Sources;
use blocksieve::sysmon::config;
use proptest::prelude::*;
use proptest::test_runner::{Config as Runs, TestRunner};

use super::configs;

const CONFIG: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- a --><Sysmon schemaversion="4.90"><HashAlgorithms>*</HashAlgorithms><EventFiltering><!-- b -->
<RuleGroup name="é" groupRelation="or"><ProcessCreate onmatch="include"><Image name="x&amp;" condition="image">cmd.exe</Image>
<Rule groupRelation="and"><Image condition="contains any">a;;b;</Image><CommandLine condition="is not">&#x41;<!-- c -->d</CommandLine></Rule>
<CommandLine condition="begin with">%SystemRoot%\<![CDATA[a&b]]></CommandLine>
</ProcessCreate></RuleGroup><RegistryEvent onmatch="exclude"><User condition="excludes all">%A%; b</User></RegistryEvent><DnsQuery onmatch="exclude"/>
</EventFiltering></Sysmon>"#;

/// One thing that is done to bytes.
#[derive(Clone, Debug)]
enum Damage {
    Cut,
    Doubled,
    Flipped(u8),
    Put(&'static [u8]),
}

const PIECES: [&[u8]; 24] = [
    b"<",
    b">",
    b"\"",
    b"&",
    b";",
    b"<!--",
    b"-->",
    b"<Rule>",
    b"</Rule>",
    b"</RuleGroup>",
    b"<ProcessCreate onmatch=\"include\">",
    b"<![CDATA[",
    b"]]>",
    b" onmatch=\"exclude\"",
    b" name=\"\"",
    b"\xc3\xa9",
    b"\0",
    b"\xff\xfe",
    b"<?xml encoding=\"utf-16\"?>",
    b"<!DOCTYPE a [<!ENTITY b \"c\">]>",
    b"&b;",
    b"%",
    b"\xef\xbb\xbf",
    b"\xe9",
];

fn damage() -> impl Strategy<Value = (Damage, prop::sample::Index, usize)> {
    let damage = prop_oneof![
        Just(Damage::Cut),
        Just(Damage::Doubled),
        (0u8..8).prop_map(|bit| Damage::Flipped(1 << bit)),
        prop::sample::select(&PIECES[..]).prop_map(Damage::Put),
    ];
    (damage, any::<prop::sample::Index>(), 0usize..80)
}

fn damaged(whole: &[u8], all: &[(Damage, prop::sample::Index, usize)]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for (damage, at, length) in all {
        let start = at.index(bytes.len() + 1);
        let end = (start + length).min(bytes.len());
        match damage {
            Damage::Cut => drop(bytes.drain(start..end)),
            Damage::Doubled => {
                let again = bytes[start..end].to_vec();
                bytes.splice(start..start, again);
            }
            Damage::Flipped(bit) => bytes.get_mut(start).into_iter().for_each(|byte| *byte ^= bit),
            Damage::Put(piece) => drop(bytes.splice(start..start, piece.iter().copied())),
        }
    }
    bytes
}

#[test]
fn no_bytes_make_it_panic() {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let latin = CONFIG.replace("UTF-8", "ISO-8859-1").chars().map(|c| c as u8).collect::<Vec<u8>>();
    let whole = [CONFIG.as_bytes().to_vec(), utf16(CONFIG), latin];
    let given = (prop::sample::select(whole.to_vec()), prop::collection::vec(damage(), 0..4));
    let mut runner = TestRunner::new(Runs { failure_persistence: None, ..Runs::with_cases(3_000) });
    let read = std::cell::Cell::new(0);
    let result = runner.run(&given, |(whole, damage)| {
        let bytes = damaged(&whole, &damage);
        read.set(read.get() + usize::from(config::read(&mut Sources::default(), "a", &bytes).0.is_some()));
        configs::config(&bytes);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    // Some of them are configurations still.
    assert!(read.get() > 300, "{}", read.get());
}

#[test]
fn copies_of_the_examples_do_not_either() {
    let examples = ["security.xml", "security-and-forensics.xml"].map(|name| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sysmon/config").join(name);
        std::fs::read(path).unwrap()
    });
    let given = (prop::sample::select(examples.to_vec()), prop::collection::vec(damage(), 1..6));
    let mut runner = TestRunner::new(Runs { failure_persistence: None, ..Runs::with_cases(24) });
    let result = runner.run(&given, |(whole, damage)| {
        configs::config(&damaged(&whole, &damage));
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

/// Nodes in one group with `or`.
fn whole(nodes: &str) -> String {
    format!(
        "<Sysmon schemaversion=\"4.90\"><EventFiltering><RuleGroup groupRelation=\"or\">{nodes}</RuleGroup></EventFiltering></Sysmon>"
    )
}

/// A node that includes.
fn node(filters: &str) -> String {
    whole(&format!("<ProcessCreate onmatch=\"include\">{filters}</ProcessCreate>"))
}

/// What takes more time than its length says would not come to an end here.
#[test]
fn what_is_large_takes_time_by_its_length() {
    const MANY: usize = 5_000;
    let many = |one: &dyn Fn(usize) -> String| (0..MANY).map(one).collect::<String>();
    let long = "a;b ".repeat(250_000);
    let large = [
        ("filters", node(&many(&|n| format!("<Image name=\"n{n}\" condition=\"image\">{n}.exe</Image>")))),
        ("the same filter", node(&many(&|_| "<Image>a</Image>".to_string()))),
        ("the same filter under other names", node(&many(&|n| format!("<Image name=\"{n}\">a</Image>")))),
        (
            "names that leak",
            node(
                &many(&|n| format!("<Rule name=\"{n}\" groupRelation=\"and\"><Image>a</Image><User>b</User></Rule>"))
                    .replace("</Rule>", "</Rule><User>c</User>"),
            ),
        ),
        (
            "nodes with comments",
            whole(&many(&|n| format!("<!-- {n} --><ProcessCreate onmatch=\"include\"><!-- c --></ProcessCreate>"))),
        ),
        ("unknown elements", whole(&many(&|n| format!("<Process{n} onmatch=\"include\"/>")))),
        (
            "unknown options",
            format!("<Sysmon schemaversion=\"4.90\">{}</Sysmon>", many(&|n| format!("<a{n}>x</a{n}>"))),
        ),
        ("texts in pieces", node(&format!("<Image>{}</Image>", many(&|_| "a<!-- -->".to_string())))),
        ("a list", node(&format!("<Image condition=\"contains any\">{long}</Image>"))),
        (
            "long lists that exclude each other",
            node(&format!(
                "<Rule groupRelation=\"and\">{}</Rule>",
                "<Image condition=\"is any\">a;b;c;d</Image>".replace("a;b", &"e;f;".repeat(400)).repeat(150)
            )),
        ),
        ("variables", node(&format!("<Image condition=\"is any\">{}</Image>", "%SystemRoot%".repeat(50_000)))),
        ("an attribute", node(&format!("<Image name=\"{long}\">a</Image>"))),
        ("a name of an element", node(&format!("<{0}>a</{0}>", "a".repeat(500_000)))),
        ("a condition", node(&format!("<Image condition=\"{long}\">a</Image>"))),
    ];
    for (what, text) in &large {
        eprintln!("{what}: {} bytes", text.len());
        configs::config(text.as_bytes());
    }
}

#[test]
fn limits_are_told() {
    let told = |bytes: &[u8]| {
        let (config, found) = config::read(&mut Sources::default(), "hostile.xml", bytes);
        assert!(config.is_none());
        found.into_iter().map(|found| found.message).collect::<Vec<_>>().join("; ")
    };
    let deep = format!("{}{}", "<a>".repeat(50_000), "</a>".repeat(50_000));
    assert_eq!(told(deep.as_bytes()), "more than 64 elements inside of each other");
    assert_eq!(told(node(&"<Image/>".repeat(1_000_001)).as_bytes()), "more than 1000000 elements");
    let attributes: String = (0..65).map(|n| format!(" a{n}=\"\"")).collect();
    assert_eq!(told(node(&format!("<Image{attributes}/>")).as_bytes()), "an element with more than 64 attributes");
    // Entities of the file's own are never followed, so none can grow.
    let entities = "<!DOCTYPE a [<!ENTITY a \"&b;&b;\"><!ENTITY b \"&a;&a;\">]><Sysmon>&a;</Sysmon>";
    assert_eq!(told(entities.as_bytes()), "the entity `&a;` is not known");
    assert_eq!(told(node("<Image>a\0b</Image>").as_bytes()), "XML cannot carry the character U+0000");
    let mixed: Vec<u8> = [CONFIG.as_bytes(), b"\xff\xfe<\0a\0"].concat();
    assert_eq!(
        told(&mixed),
        format!("this file is not UTF-8 from byte {} on, in line 7, and \"UTF-8\" is declared", CONFIG.len())
    );
    let half: Vec<u8> =
        [&CONFIG.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()[..], CONFIG.as_bytes()].concat();
    assert_eq!(told(&half), "this file begins like UTF-16LE, but is none to its end");
}
