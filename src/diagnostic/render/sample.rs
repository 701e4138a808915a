//! One set of findings for the tests of every rendering, nasty ones among them.

use crate::diagnostic::{Code, Diagnostic};
use crate::origin::{BlockName, Origin, Place, SourceId, Sources, Span};

/// The place of the `nth` (from 0) occurrence of `word`.
fn nth(sources: &Sources, id: SourceId, word: &str, n: usize) -> Origin {
    let text = &sources.get(id).unwrap().text;
    let (at, _) = text.match_indices(word).nth(n).unwrap_or_else(|| panic!("{word:?} is not {n} times in {text:?}"));
    Origin::span(id, Span::new(at, at + word.len()))
}

/// The findings and the sources that they are about.
pub fn set() -> (Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let noise = sources.add(
        "rules/noise.rules",
        "filter \"Updater\" {\n    if Imgae == 'C:\\*\\updater.exe'\n       and CommandLine != '-quiet' {\n        drop\n    }\n}\n\nfilter \"Updater\" {\n    keep\n}\n",
    );
    // A tab, CRLF, letters beyond ASCII (two of them look-alikes), a bell, an escape and an override.
    let odd = sources.add(
        "rules/a b, ž:1.rules",
        "alert \"ſystem\" {\r\n\tif Image ends with '\u{202e}exe.\u{7}\u{1b}[31mcod' {\r\n\t\tsend pigeon\r\n\t}\r\n}\r\n",
    );
    let minified = format!("filter \"m\" {{ if Image in [{}'x;y'] {{ drop }} }}", "'C:\\a.exe', ".repeat(9000));
    let long = sources.add("./min.rules", minified);
    // Blocks are named by whoever wrote the file.
    let drawn = sources.add_drawn(
        "drawn.json",
        "{}",
        vec![BlockName { name: "Kq:%2,\u{7}b".into(), start: Some(0) }, "VALUE".into()],
    );
    let drawn_place = Place::Block { block: 0, part: Some(1) };

    let at = |id, word: &str, n| nth(&sources, id, word, n);
    let diagnostics = vec![
        Diagnostic::new(Code::UnknownField, at(noise, "Imgae", 0), "no field of the catalogue is called `Imgae`")
            .help("did you mean `Image`?")
            .fix(at(noise, "Imgae", 0), "Image"),
        Diagnostic::new(
            Code::WildcardInPlain,
            at(noise, "'C:\\*\\updater.exe'", 0),
            "`*` is an ordinary character in `==`",
        )
        .label("compared letter by letter")
        .help("use `like`, where `*` is anything"),
        Diagnostic::new(
            Code::UnguardedNegation,
            at(noise, "drop", 0),
            "the drop is reached by events without `CommandLine`",
        )
        .label("drops them")
        .related(at(noise, "CommandLine != '-quiet'", 0), "holds where the field is missing")
        .help("put `event is …` in front of the test"),
        Diagnostic::new(Code::DuplicateRule, at(noise, "\"Updater\"", 1), "two rules are called `Updater`")
            .related(at(noise, "\"Updater\"", 0), "the first one")
            .related(at(odd, "\"ſystem\"", 0), "in another file"),
        Diagnostic::new(
            Code::ControlCharacter,
            at(odd, "'\u{202e}exe.\u{7}\u{1b}[31mcod'", 0),
            "the value `\u{202e}exe.\u{7}\u{1b}[31mcod` holds 100% control characters\n::error::injected",
        )
        .help("write them as escapes:\n\"\\u{202e}exe.\""),
        Diagnostic::new(Code::UnknownChannel, at(odd, "send pigeon\r\n\t}", 0), "nothing is sent by `pigeon`"),
        Diagnostic::new(Code::LooksLikeList, at(long, "'x;y'", 0), "one value that looks like two")
            .fix(at(long, "'x;y'", 0), "'x', 'y'"),
        Diagnostic::new(
            Code::EmptyNeedle,
            Origin { source: drawn, place: drawn_place },
            "an empty text is in every text",
        )
        .fix(Origin { source: drawn, place: drawn_place }, "svchost"),
        Diagnostic::new(Code::MessageText, Origin { source: drawn, place: Place::Block { block: 0, part: None } }, "m"),
        Diagnostic::new(Code::NoRules, Origin::whole(drawn), "there is no rule in this file"),
        Diagnostic::new(Code::Unreadable, Origin::whole(SourceId(99)), "no such source"),
    ];
    (diagnostics, sources)
}
