//! What scalars stand for. The rows were held against `yaml.v2` 2.4.0 itself.

use blocksieve::yaml::{Resolved, Style, Tag};

use crate::{one, wrong};

/// `text`, alone in a document, is written in `style` and stands for `resolved`.
#[track_caller]
fn row(text: &str, style: Style, resolved: Resolved<'_>) {
    let document = one(text);
    let scalar = document.root().scalar().expect("a scalar");
    assert_eq!(scalar.style, style, "{text}");
    // Compared as it is shown, since no number is equal to not-a-number.
    assert_eq!(format!("{:?}", scalar.resolve()), format!("{resolved:?}"), "{text}");
}

#[track_caller]
fn plain(texts: &[&str], resolved: Resolved<'_>) {
    for text in texts {
        row(text, Style::Plain, resolved);
    }
}

/// These stand for themselves.
#[track_caller]
fn texts(texts: &[&str]) {
    for text in texts {
        row(text, Style::Plain, Resolved::Text(text));
    }
}

#[test]
fn nothing_and_its_words_are_null() {
    plain(&["---", "--- # only a comment", "~", "null", "Null", "NULL"], Resolved::Null);
    texts(&["nULL", "nil", "none", "~~"]);
}

#[test]
fn twenty_two_words_are_booleans() {
    plain(&["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"], Resolved::Bool(true));
    plain(&["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"], Resolved::Bool(false));
    texts(&["yEs", "oN", "tRUE", "yes!", "no.", "offline", "Yes No"]);
}

#[test]
fn integers_have_four_bases_and_underscores() {
    let rows: &[(&str, i128)] = &[
        ("0", 0),
        ("-0", 0),
        ("+0", 0),
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("1_000", 1000),
        ("1__0", 10),
        ("12_", 12),
        ("-_1", -1),
        ("0x1F", 31),
        ("0X1f", 31),
        ("-0x1F", -31),
        ("+0x1F", 31),
        ("0x_ff", 255),
        ("0b11", 3),
        ("0B11", 3),
        ("-0b11", -3),
        ("0o17", 15),
        ("0O17", 15),
        ("-0o17", -15),
    ];
    for (text, number) in rows {
        row(text, Style::Plain, Resolved::Int(*number));
    }
    texts(&["_1", "0b", "0b2", "0o8", "0x", "0xg", "0x__", "-_", "+", "--", "-1x", "1٢", "12 000", "1,5"]);
}

#[test]
fn a_leading_zero_is_octal_and_where_it_cannot_be_a_float() {
    plain(&["010", "0010", "0_10"], Resolved::Int(8));
    plain(&["00", "0_"], Resolved::Int(0));
    plain(&["08"], Resolved::Float(8.0));
    plain(&["0778"], Resolved::Float(778.0));
}

#[test]
fn integers_end_at_64_bits_and_are_floats_beyond_them_if_they_can_be() {
    plain(&["9223372036854775807", "0x7fffffffffffffff"], Resolved::Int(i64::MAX.into()));
    plain(&["18446744073709551615", "0xffffffffffffffff"], Resolved::Int(u64::MAX.into()));
    plain(&["-9223372036854775808", "-0x8000000000000000"], Resolved::Int(i64::MIN.into()));
    plain(&["18446744073709551616"], Resolved::Float(18_446_744_073_709_551_616.0));
    plain(&["-9223372036854775809"], Resolved::Float(-9_223_372_036_854_775_809.0));
    // With a sign, Go asks only for an `int64`.
    plain(&["+18446744073709551615"], Resolved::Float(18_446_744_073_709_551_615.0));
    texts(&["0x10000000000000000", "-0x8000000000000001"]);
    // Floating point would make 9007199254740992 of it.
    plain(&["9007199254740993"], Resolved::Int(9_007_199_254_740_993));
}

#[test]
fn floats_are_decimal() {
    plain(&["1.5", "+1.5", "15e-1", "1_.5", ".15e1", ".1_5e1"], Resolved::Float(1.5));
    plain(&["-.5"], Resolved::Float(-0.5));
    plain(&["5.", "5.0"], Resolved::Float(5.0));
    plain(&["1e5", "1E5", "1e+5", "1.e5", "0.1e6"], Resolved::Float(100_000.0));
    plain(&["1_0.5"], Resolved::Float(10.5));
    plain(&["12e03"], Resolved::Float(12_000.0));
    plain(&["1e-400"], Resolved::Float(0.0));
    texts(&[
        "1e400", "1e", "12e", "e5", ".", "..", "._5", ".5_", ".5__5", ".15_e1", ".e3", "1.5.2", "0x1p4", ".0x1", "1f",
    ]);
}

#[test]
fn infinity_and_not_a_number_begin_with_a_dot() {
    plain(&[".inf", ".Inf", ".INF", "+.inf", "+.INF"], Resolved::Float(f64::INFINITY));
    plain(&["-.inf", "-.Inf", "-.INF"], Resolved::Float(f64::NEG_INFINITY));
    plain(&[".nan", ".NaN", ".NAN"], Resolved::Float(f64::NAN));
    texts(&[".iNF", ".Nan", "inf", "Inf", "NaN", "infinity", ".infinity", "-.nan"]);
}

#[test]
fn timestamps_are_told_and_keep_their_text() {
    for text in [
        "2020-01-01",
        "2020-1-1",
        "2020-02-29",
        "0000-01-01",
        "2001-12-14 21:59:43",
        "2001-12-14 1:2:3",
        "2001-12-14  21:59:43.10",
        "2001-12-14T21:59:43Z",
        "2001-12-14t21:59:43.10-05:00",
        "2001-12-14T1:2:3,5Z",
        "2001-12-14T21:59:43.123456789+24:00",
    ] {
        row(text, Style::Plain, Resolved::Timestamp(text));
    }
    texts(&[
        "2020-13-01",
        "2020-02-30",
        "2020-00-01",
        "2020-01-00",
        "2020-001-01",
        "20201-01-01",
        "2020-01-01-01",
        "2020/01/01",
        "2001-12-14T21:59:43",
        "2001-12-14 21:59:43Z",
        "2001-12-14 21:59",
        "2001-12-14T24:00:00Z",
        "2001-12-14T23:60:00Z",
        "2001-12-14T1:2:3.Z",
        "2001-12-14T01:02:03z",
        "2001-12-14T01:02:03+1:00",
        "2001-12-14T01:02:03+25:00",
        "2001-12-14T001:02:03Z",
    ]);
}

#[test]
fn what_looks_like_a_number_elsewhere_is_text() {
    // Sexagesimal numbers, versions, addresses, times, hashes, and two signs of YAML 1.1.
    texts(&["1:30", "190:20:30", "1.2.3", "10.0.0.0/8", "21:59", "0123456789abcdef", "=", "<<"]);
}

#[test]
fn quoted_and_block_texts_are_texts() {
    row("'12'", Style::Single, Resolved::Text("12"));
    row("'it''s'", Style::Single, Resolved::Text("it's"));
    row(r"'C:\Windows\*'", Style::Single, Resolved::Text(r"C:\Windows\*"));
    row("\"yes\"", Style::Double, Resolved::Text("yes"));
    row(r#""\x41\u00e9\U0001F600\t\\\"\/\N\_\e\0""#, Style::Double, Resolved::Text("Aé😀\t\\\"/\u{85}\u{a0}\u{1b}\0"));
    row("\"a\n  b\n\n  c \\\n  d\"", Style::Double, Resolved::Text("a b\nc d"));
    row("|\n  12\n", Style::Literal, Resolved::Text("12\n"));
    row(">\n  a\n  b\n\n  c\n", Style::Folded, Resolved::Text("a b\nc\n"));
    row("a\n b\n\n c", Style::Plain, Resolved::Text("a b\nc"));
}

#[test]
fn block_texts_keep_as_many_line_ends_as_they_say() {
    row("|\n  a\n\n", Style::Literal, Resolved::Text("a\n"));
    row("|-\n  a\n\n", Style::Literal, Resolved::Text("a"));
    row("|+\n  a\n\n", Style::Literal, Resolved::Text("a\n\n"));
    row("|2-\n   a\n  b\n", Style::Literal, Resolved::Text(" a\nb"));
    row("|\n\n   a\n", Style::Literal, Resolved::Text("\na\n"));
    row("|", Style::Literal, Resolved::Text(""));
    row("|+\n\n\n", Style::Literal, Resolved::Text("\n\n"));
}

#[test]
fn a_block_text_has_no_more_line_ends_than_the_file() {
    row("|\n  a", Style::Literal, Resolved::Text("a"));
    row("|\n  a\n  ", Style::Literal, Resolved::Text("a\n"));
    row("|\n  a\n   ", Style::Literal, Resolved::Text("a\n "));
    row("|\n  a\n ", Style::Literal, Resolved::Text("a\n"));
    row("|+\n  ", Style::Literal, Resolved::Text(""));
    row("|+\n\n ", Style::Literal, Resolved::Text("\n"));
    row(">\n  a\n  b", Style::Folded, Resolved::Text("a b"));
    row("|2\n    a", Style::Literal, Resolved::Text("  a"));
    row("!!str |\r\n  a\r\n  b", Style::Literal, Resolved::Text("a\nb"));
}

#[test]
fn a_tag_of_yaml_decides_whatever_the_style() {
    let rows = [
        ("!!str 12", Tag::Str, Resolved::Text("12")),
        ("!!str", Tag::Str, Resolved::Text("")),
        ("!!str 2020-01-01", Tag::Str, Resolved::Text("2020-01-01")),
        ("!!int '12'", Tag::Int, Resolved::Int(12)),
        ("!!float 12", Tag::Float, Resolved::Float(12.0)),
        ("!!bool yes", Tag::Bool, Resolved::Bool(true)),
        ("!!null ''", Tag::Null, Resolved::Null),
        ("!!timestamp \"2020-01-01\"", Tag::Timestamp, Resolved::Timestamp("2020-01-01")),
        ("!<tag:yaml.org,2002:int> 12", Tag::Int, Resolved::Int(12)),
    ];
    for (text, tag, resolved) in rows {
        let document = one(text);
        let scalar = document.root().scalar().unwrap();
        assert_eq!((scalar.tag, scalar.resolve()), (Some(tag), resolved), "{text}");
    }
}

#[test]
fn a_tag_that_does_not_fit_is_refused() {
    for text in ["!!int x", "!!int 1.5", "!!bool 1", "!!null x", "!!float 18446744073709551615", "!!timestamp 12"] {
        assert_eq!(wrong(text)[0].kind, blocksieve::yaml::YamlErrorKind::TagMismatch, "{text}");
    }
}
