//! What rules need to see, and what is left of them for a text.

use super::atom::{Asks, Table};
use super::witness::{Need, need, reads};
use super::*;
use crate::bytecode::Module;

fn module(rules: &str) -> Module {
    let (compiled, diagnostics) = crate::compile_text(rules, &[]);
    compiled.unwrap_or_else(|| panic!("{rules}\n{diagnostics:?}")).module
}

/// What the first rule needs, in words.
fn needs(condition: &str) -> Vec<String> {
    let module = module(&format!("classify \"r\" {{ if {condition} {{ tag \"t\" }} }}"));
    words(&module, &need(&module, 0, &Table::new(&module)))
}

fn words(module: &Module, need: &Need) -> Vec<String> {
    let Need::One(atoms) = need else { return vec!["anything".to_string()] };
    let name = |slot| module.layout.get(slot).unwrap().name.clone();
    atoms
        .iter()
        .map(|atom| match &atom.asks {
            Asks::Present => name(atom.slot),
            Asks::Equal(text) => format!("{} == {text}", name(atom.slot)),
            Asks::Start(text) => format!("{} = {text}*", name(atom.slot)),
            Asks::End(text) => format!("{} = *{text}", name(atom.slot)),
            Asks::Inside(text) => format!("{} = *{text}*", name(atom.slot)),
        })
        .collect()
}

#[test]
fn of_several_tests_that_must_hold_the_rarest_is_taken() {
    assert_eq!(needs(r"Image ends with '\cmd.exe' and CommandLine contains 'mimikatz'"), ["CommandLine = *mimikatz*"]);
    assert_eq!(needs(r"Image starts with 'C:\Windows\' and User == 'EXAMPLE\eve'"), [r"User == example\eve"]);
    assert_eq!(
        needs(r"event is sysmon.dns_query and QueryName ends with '.example.org'"),
        ["QueryName = *.example.org"]
    );
}

#[test]
fn of_alternatives_each_must_be_looked_for() {
    assert_eq!(needs("Image ends with any ['a1.exe', 'b2.exe']"), ["Image = *a1.exe", "Image = *b2.exe"]);
    assert_eq!(
        needs(r"(Image contains 'mimikatz' or QueryName == 'evil.example') and User != 'x'"),
        ["Image = *mimikatz*", "QueryName == evil.example"]
    );
    // Either both of these or that one: the rarer of both, and that one.
    assert_eq!(
        needs(r"(Image contains 'c' and CommandLine contains 'sekurlsa') or QueryName == 'evil.example'"),
        ["CommandLine = *sekurlsa*", "QueryName == evil.example"]
    );
}

#[test]
fn what_must_not_be_there_cannot_be_looked_for() {
    assert_eq!(needs("Image exists and not (CommandLine contains 'mimikatz')"), ["Image"]);
    assert_eq!(needs("CommandLine is blank"), ["anything"]);
    assert_eq!(needs("not (Image contains 'a' and User contains 'b')"), ["anything"]);
    assert_eq!(needs("Image contains 'mimikatz' or not (User contains 'b')"), ["anything"]);
}

#[test]
fn what_a_test_says_of_the_text_as_it_stands() {
    for (condition, need) in [
        ("CommandLine cased contains 'MimiKatz'", "CommandLine = *mimikatz*"),
        ("CommandLine any-dash contains '-enc-mode'", "CommandLine = *mode*"),
        ("CommandLine any-dash ends with 'run-mode'", "CommandLine = *mode*"),
        (r"file name of Image == 'Psexec.exe'", "Image = *psexec.exe"),
        (r"folder of Image == 'D:\Tools\'", r"Image = d:\tools\*"),
        (r"CommandLine like '*Invoke-?himikatz*'", "CommandLine = *himikatz*"),
        (r"CommandLine matches '(?i)https?://[0-9.]+/Stage'", "CommandLine = */stage*"),
        ("CommandLine contains all ['-x', 'sekurlsa']", "CommandLine = *sekurlsa*"),
        ("hash MD5 == '0123456789abcdef0123456789abcdef'", "Hashes = *0123456789abcdef0123456789abcdef*"),
        ("ProcessId > 4", "ProcessId"),
        ("CommandLine contains ''", "CommandLine"),
        ("SourceIp in [10.0.0.0/8]", "SourceIp"),
    ] {
        assert_eq!(needs(condition), [need], "{condition}");
    }
}

#[test]
fn an_address_is_looked_for_as_it_is_written_and_where_it_is_one_of_ipv6() {
    let addresses = ["SourceIp == 10.1.2.3", "SourceIp == 10.1.2.4", "SourceIp = *:*"];
    assert_eq!(needs("SourceIp in [10.1.2.3, 10.1.2.4]"), addresses);
    assert_eq!(needs("SourceIp == 10.1.2.3"), ["SourceIp == 10.1.2.3", "SourceIp = *:*"]);
    // The same address is written in more ways than one.
    assert_eq!(needs("SourceIp in [::1, 10.1.2.3]"), ["SourceIp"]);
}

#[test]
fn a_rule_that_does_something_before_it_asks_is_never_left_out() {
    let module = module("classify \"r\" { tag \"a\" if Image contains 'mimikatz' { tag \"b\" } }");
    assert_eq!(need(&module, 0, &Table::new(&module)), Need::Always);
}

#[test]
fn every_way_to_act_counts() {
    let module = module(
        "filter \"r\" { if Image contains 'mimikatz' { if User exists { tag \"a\" } else { keep } } \
         else if QueryName == 'evil.example' { tag \"b\" } else { keep } }",
    );
    let found = words(&module, &need(&module, 0, &Table::new(&module)));
    assert_eq!(found, ["Image = *mimikatz*", "QueryName == evil.example"]);
}

#[test]
fn a_rule_that_looks_at_every_field_is_not_plain() {
    let module = module("classify \"r\" { if any field contains 'mimikatz' and User exists { tag \"a\" } }");
    assert!(!reads(&module, 0).plain);
}

/// The rules that are left for a text of `Image`, by number.
fn left(rules: &[&str], text: &str) -> Vec<u32> {
    let text: String = rules
        .iter()
        .enumerate()
        .map(|(at, condition)| format!("classify \"r{at}\" {{ if {condition} {{ tag \"t\" }} }}\n"))
        .chain([format!("// {text}\n")])
        .collect();
    let module = module(&text);
    let ruleset = Ruleset::new(&module, (0, rules.len()), &|_| false, Indexing::Always);
    let route: Vec<u32> = (0..rules.len() as u32).collect();
    let plan = ruleset.plan(&module, module.events.len(), &route).unwrap();
    let value = text.rsplit("// ").next().unwrap_or_default().trim_end_matches('\n');
    let forms = [
        (Form::Plain, value.as_bytes().to_vec()),
        (Form::Escaped, {
            let mut escaped = Vec::new();
            Form::Escaped.append(value, &mut escaped);
            escaped
        }),
    ];
    let found = forms.map(|(form, bytes)| {
        let mut found = Vec::new();
        for field in &plan.fields {
            found.extend_from_slice(&field.present);
            if let Some(field) = &field.field {
                field.search(form, &bytes, &mut |rules| found.extend_from_slice(rules));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    });
    assert_eq!(found[0], found[1], "both forms of {value}");
    found[0].clone()
}

#[test]
fn a_text_leaves_the_rules_whose_witness_it_has() {
    let rules = [
        r"Image == 'c:\a\b.exe'",
        r"Image starts with 'C:\a\'",
        r"Image ends with '\B.exe'",
        r"Image contains '\'",
        r#"Image contains '"'"#,
        r"Image contains 'a\b'",
        r"Image in ['x', 'c:\a\b.exe']",
        r"Image ends with any ['e', '.exe', '\other-longer-than-most.exe', 'c:\a\b.exe']",
    ];
    assert_eq!(left(&rules, r"c:\a\b.exe"), [0, 1, 2, 3, 5, 6, 7]);
    assert_eq!(left(&rules, r"c:\b\a.exe"), [3, 7]);
    assert_eq!(left(&rules, r#"say "c:\a\b.exe""#), [3, 4, 5]);
    assert_eq!(left(&rules, "x"), [6]);
    assert_eq!(left(&rules, "q"), [] as [u32; 0]);
}
