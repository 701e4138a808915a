//! Go's syntax, row by row, and libbeat's rewriting.

use super::{Fault, FaultKind, go, regexp};
use crate::check::pattern::build;
use crate::dialect::AgentVersion;

const VERSION: AgentVersion = AgentVersion::DEFAULT;

fn found(pattern: &str, text: &str) -> bool {
    let written = go(pattern, VERSION).unwrap_or_else(|fault| panic!("{pattern}: {fault:?}"));
    build(&written).unwrap().is_match(text)
}

#[test]
fn classes_of_perl_are_ascii() {
    let cases = [
        (r"^\d$", "7", true),
        (r"^\d$", "٣", false),
        (r"^\D$", "٣", true),
        (r"^\w$", "é", false),
        (r"^\W$", "é", true),
        (r"^\s$", "\u{b}", false),
        (r"^[[:space:]]$", "\u{b}", true),
        (r"^[^\W]$", "_", true),
        (r"^[\d\s]$", "\t", true),
        (r"^[\w-z]$", "-", true),
        (r"^[[:^alpha:]]$", "é", true),
        // Folding is Unicode's, and goes through classes that have names.
        (r"(?i)^\w$", "ſ", true),
        (r"(?i)^\W$", "ſ", false),
        (r"(?i)^k$", "\u{212a}", true),
        (r"(?i)^[[:word:]]$", "\u{212a}", true),
    ];
    for (pattern, text, expected) in cases {
        assert_eq!(found(pattern, text), expected, "{pattern} on {text:?}");
    }
}

#[test]
fn words_end_where_ascii_ends() {
    assert!(found(r"\bfoo\b", "éfoo"));
    assert!(!found(r"\Bfoo", "éfoo"));
    assert!(found(r"\b{start}", "a{start}") && !found(r"\b{start}", "a"));
}

#[test]
fn what_go_takes_as_it_stands() {
    let cases = [
        ("a{", "a{"),
        ("a{,3}", "a{,3}"),
        ("a{x}", "a{x}"),
        ("a{ 2 }", "a{ 2 }"),
        ("a{01}", "a{01}"),
        ("{", "{"),
        ("}", "}"),
        ("]", "]"),
        ("[[]", "["),
        ("[]]", "]"),
        ("[a[b]", "["),
        ("[a&&b]", "&"),
        ("[a~~b]", "~"),
        (r"[]\-a]", "-"),
        (r"\Qa.b\E", "a.b"),
        (r"\<\>\_\-\ ", "<>_- "),
        (r"\012\0\x41\x{1F600}", "\n\0A\u{1F600}"),
        (r"\a\f\n\r\t\v", "\u{7}\u{c}\n\r\t\u{b}"),
        (r"\p{Greek}\pL\P{^Lu}", "αaA"),
        ("(?P<1a>x)(?P<1a>y)", "xy"),
        ("(?)a(?i)b(?-i:c)(?ii)d", "aBcD"),
        ("a(?i)*", ""),
        ("^*$*", ""),
        ("(|a)", ""),
        ("", ""),
    ];
    for (pattern, text) in cases {
        assert!(found(&format!("^(?:{pattern})$"), text), "{pattern} on {text:?}");
    }
    assert!(!found("^a{2}$", "a{2}"));
    assert!(found(r"^\Qa.b)", "a.b)"));
    assert!(!found(r"^[^\d\D]", "a"));
    // Characters without a meaning yet are not of the category `C`.
    assert!(!found(r"^\pC$", "\u{378}") && found(r"^\PC$", "\u{378}") && found(r"^\p{C}$", "\u{1}"));
}

#[test]
fn flags_hold_until_their_group_ends() {
    assert!(found("(?:a(?i)b)c", "aBc") && !found("(?:a(?i)b)c", "aBC"));
    assert!(found("(?m)^b$", "a\nb") && !found("^b$", "a\nb"));
    assert!(found("(?s)a.b", "a\nb") && !found("a.b", "a\nb"));
    assert!(!found("a$", "a\n"));
    assert!(!found("(?m)a$", "a\r\n"));
}

#[test]
fn faults_have_their_place() {
    let at = |pattern: &str| match go(pattern, VERSION) {
        Err(Fault { kind: FaultKind::Bad, at, .. }) => Some(at),
        Ok(_) | Err(_) => None,
    };
    let cases = [
        ("58gdhsga-=kw++w00", 13),
        ("a**", 2),
        ("a{2}{3}", 4),
        ("xa{1001}", 2),
        ("a{3,2}", 1),
        ("(?:a{50}){50}", 9),
        ("*a", 0),
        ("(*)", 1),
        ("a|*", 2),
        ("(a", 0),
        ("(a(b", 2),
        ("a)", 1),
        ("[a", 0),
        ("[]", 0),
        ("[^]", 0),
        ("[z-a]", 1),
        (r"[a-\d]", 3),
        (r"[\b]", 1),
        ("[[:foo:]]", 1),
        (r"ab\1", 2),
        (r"\8", 0),
        (r"\C", 0),
        (r"\u00e9", 0),
        (r"\é", 0),
        (r"\y", 0),
        (r"\Z", 0),
        (r"\", 0),
        (r"\x{}", 0),
        (r"\x{110000}", 0),
        (r"\xg", 0),
        (r"\p{greek}", 0),
        (r"\p{Letter}", 0),
        (r"\p{gc=Lu}", 0),
        (r"\p", 0),
        ("x(?x)y", 3),
        ("(?u)", 2),
        ("(?-)", 3),
        ("(?i", 0),
        ("(?=a)", 0),
        ("(?<=a)", 0),
        ("(?P<a.b>x)", 4),
        ("(?P=a)", 2),
    ];
    for (pattern, place) in cases {
        assert_eq!(at(pattern), Some(place), "{pattern}");
    }
}

#[test]
fn names_without_p_came_with_a_later_go() {
    assert!(go("(?<n>a)", VERSION).is_ok());
    assert!(go("(?<n>a)", AgentVersion { major: 8, minor: 14 }).is_err());
}

#[test]
fn what_is_too_much_for_us_is_told_apart() {
    let kind = |pattern: &str| go(pattern, VERSION).map_err(|fault| fault.kind);
    assert_eq!(kind(&format!("{}a{}", "(".repeat(400), ")".repeat(400))), Err(FaultKind::TooLarge));
    assert_eq!(kind(r"(?:\pL{30}){30}{1}"), Err(FaultKind::Bad));
    assert_eq!(kind(r"(?:(?:\pL|\pN){30}){30}"), Err(FaultKind::TooLarge));
    // Groups that change nothing have no depth.
    assert!(kind(&format!("{}a{}", "(?:".repeat(400), ")".repeat(400))).is_ok());
    assert!(kind(r"(?:\w{30}){30}").is_ok());
}

#[test]
fn libbeat_cuts_what_takes_anything_at_either_end() {
    let cases = [
        ("^.*foo.*$", "foo"),
        (".*foo", "foo"),
        ("foo.*", "foo"),
        ("^.*$", ".*"),
        ("^.*", "(?:)"),
        ("^.{0,}foo", "foo"),
        ("^(.*)foo", "foo"),
        ("(^.*foo)", "foo"),
        ("(?:^.*)foo", "foo"),
        (".*(^.*foo)", "foo"),
        ("^foo.*$", "^foo"),
        // Not these.
        ("(^.*)foo", "^.*foo"),
        ("^.*?foo", "^.*foo"),
        ("^.+foo", "^.+foo"),
        ("(?s)^.*foo", "^(?s:.)*foo"),
        ("(?i)^.*foo", "^.*(?i:foo)"),
        ("(?U)^.*foo", "^.*foo"),
        (r"^foo.*\z", "^foo.*$"),
        (r"foo\.*", r"foo\.*"),
        ("^.*a|b", "^.*a|b"),
        (".*.*.*^.*foo", "(?:.*){2}^.*foo"),
        // The flags of the moment are those of the node.
        ("(?i)(?-i:^.*)foo", "(?i:foo)"),
    ];
    for (pattern, expected) in cases {
        assert_eq!(regexp(pattern, VERSION).as_deref(), Ok(expected), "{pattern}");
    }
}

#[test]
fn before_7_4_plain_texts_were_taken_as_written() {
    let old = AgentVersion { major: 7, minor: 3 };
    let cases = [
        ("(?i)foo", "FOO"),
        ("(?i)^foo$", "^FOO$"),
        ("(?i)^.*fk", "^.*(?i:fk)"),
        ("(?i:foo).*", "FOO"),
        ("(?i)foo|bar", "FOO|BAR"),
        ("[Ff]", "F"),
        ("(?i)[f]", "F"),
        ("[f]oo", "foo"),
        (r"^(?i:fo)\d{2}-", r"^FO[0-9]{2}\-"),
        // These were other trees, and right.
        ("(?i)foo$", "(?i:foo)$"),
        ("(?i)foo|fab", "(?i:foo)|(?i:fab)"),
        ("(?i)f.o", "(?i:f).(?i:o)"),
    ];
    for (pattern, expected) in cases {
        assert_eq!(regexp(pattern, old).as_deref(), Ok(expected), "{pattern}");
    }
}

#[test]
fn repetitions_are_written_out_before_go_reads_them_again() {
    // Measured with Go 1.19.
    let taken = ["^a{1,500}$", "a{0,500}", "^a{0,499}$", "^a{1000}$", "^a{600,}$", "(?:a{1,200}){1,5}"];
    let more = ["^(a{0,400}|b{0,400})$", "^(?:b|a{1,499})$", "^(?:a{1,499}b)*$"];
    for pattern in taken.into_iter().chain(more) {
        assert!(regexp(pattern, VERSION).is_ok(), "{pattern}");
    }
    let refused = ["^a{1,501}$", "^a{1,900}$", "a{0,501}", "^a{0,500}$", "^(?:a{1,500}b)*$"];
    for pattern in refused.into_iter().chain(["x(?:y|z{100,700})", "(?:(?:a{0,400}b)?){1,2}c{0,600}"]) {
        let fault = regexp(pattern, VERSION).expect_err(pattern);
        assert_eq!((fault.kind, fault.at), (FaultKind::Bad, 0), "{pattern}");
        assert!(go(pattern, VERSION).is_ok(), "Go alone takes {pattern}");
    }
}
