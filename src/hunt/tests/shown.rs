//! Hunts as they are shown: bounds of pictures, and nothing of an event as markup.

use super::*;

#[test]
fn a_picture_has_bounds_and_begins_with_the_starts() {
    let number = |number: u32| Guid::read(&format!("{{0b1e5a11-4f20-6981-0000-0000{number:08x}}}")).process().unwrap();
    let mut links = InMemory::default();
    (1..1000).for_each(|at| links.push(Link { from: number(0), to: number(at), how: How::Created }));
    let options = Options { start: vec![number(999)], ..Options::default() };
    let walked = walk(&options, &Roots::default(), &mut links.sorted().unwrap()).unwrap();
    let mut hunt = Gather::new(&Catalogue::standard(), walked).unwrap().finish();
    for process in &mut hunt.processes {
        process.parent = (process.guid != number(0)).then(|| number(0));
        process.command_line = Some("<".repeat(100));
    }
    let cross = |how: How, at: u32| Cross {
        from: number(999),
        from_image: None,
        to: number(2000 + at),
        to_image: None,
        how,
        rights: None,
        count: 1,
        first: None,
    };
    hunt.cross = (0..1000).map(|at| cross(if at == 500 { How::Thread } else { How::Read }, at)).collect();
    for picture in [report::dot(&hunt), report::mermaid(&hunt)] {
        assert!(picture.len() < 150_000 && picture.matches("->").count() + picture.matches("-.").count() <= 900);
        assert!(picture.contains("more"), "{picture}");
    }
    let dot = report::dot(&hunt);
    assert!(
        dot.contains("p0 [label=\"{0B1E5A11-4F20-6981-0000-0000000003E7}") && dot.contains("remote thread"),
        "{dot}"
    );
    assert!(dot.contains("more [label=\"+1560 processes more\""));
    assert!(report::mermaid(&hunt).len() <= 45_000);
}

/// What is left of a line of Markdown without its code spans.
fn outside(line: &str) -> String {
    let (mut out, mut rest) = (String::new(), line);
    while let Some(at) = rest.find('`') {
        out.push_str(&rest[..at]);
        let fence = rest[at..].chars().take_while(|c| *c == '`').count();
        let inside = &rest[at + fence..];
        let mut runs =
            inside.match_indices('`').map(|(at, _)| at).filter(|at| *at == 0 || inside.as_bytes()[at - 1] != b'`');
        let end = runs.find(|at| inside[*at..].chars().take_while(|c| *c == '`').count() == fence);
        let Some(end) = end else { return out + &rest[at..] };
        rest = &inside[end + fence..];
    }
    out + rest
}

#[test]
fn a_thing_without_a_name_is_shown_as_such() {
    let mut hunt = hunt("a>b", "a", false, Stops::default(), None);
    let what = Thing { event: "dns_query".into(), what: String::new(), count: 1, first: None };
    hunt.processes[0].things = vec![Things { kind: "names", things: vec![what], beyond: 0 }];
    assert!(report::tree(&hunt).contains("names: (empty)"));
    assert!(report::markdown(&hunt).contains("  - dns query (empty)"));
}

#[test]
fn a_process_whose_creation_was_not_read_is_seen_since_its_first_event() {
    let mut hunt = hunt("a>b", "a", false, Stops::default(), None);
    hunt.processes[0].created = None;
    hunt.processes[0].first_seen = Some("2025-03-04T07:02:01Z".to_string());
    let tree = report::tree(&hunt);
    assert!(tree.contains("seen since 2025-03-04T07:02:01Z  "), "{tree}");
    hunt.processes[0].created = Some("2025-03-04T07:02:00Z".to_string());
    let tree = report::tree(&hunt);
    assert!(tree.contains("2025-03-04T07:02:00Z  ") && !tree.contains("seen since 2025-03-04T07:02:01Z"), "{tree}");
}

/// Text that looks like markup: every piece has the letter ø, which no words of ours have.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = [
        "ø",
        "`ø",
        "``",
        "\\",
        "|ø",
        "\\|ø`",
        "<ø>",
        "[ø](ø:ø)",
        "**ø**",
        "\n# ø",
        "\u{1b}[31mø",
        "ø\u{202e}",
        "ø ",
        " ",
        "&lt;ø",
        "\\nø",
        "_ø_",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_of_an_event_is_markup_or_moves_a_terminal(texts in prop::collection::vec(hostile(), 12)) {
        let mut hunt = hunt("a>b\n b=c\n b!d\n b>e", "b", false, Stops::default(), None);
        let mut texts = texts.into_iter().cycle();
        let mut next = || texts.next();
        for process in hunt.processes.iter_mut().chain(&mut hunt.stopped) {
            for place in [
                &mut process.host, &mut process.pid, &mut process.image, &mut process.command_line, &mut process.current_directory,
                &mut process.user, &mut process.integrity, &mut process.ended, &mut process.parent_pid, &mut process.parent_image,
                &mut process.parent_command_line,
            ] {
                *place = next();
            }
            let what = Thing { event: "dns_query".into(), what: next().unwrap(), count: 1, first: None };
            process.things = vec![Things { kind: "names", things: vec![what], beyond: 0 }];
        }
        for cross in &mut hunt.cross {
            (cross.from_image, cross.to_image, cross.rights) = (next(), next(), next());
        }
        for counts in [&mut hunt.actions, &mut hunt.rule_names, &mut hunt.destinations, &mut hunt.ports] {
            *counts = vec![Counted { value: next().unwrap(), count: 1 }];
        }
        let used = UsedAgain { host: next().unwrap(), pid: next().unwrap(), processes: 2 };
        let injected = Injected { from: guid('a'), from_image: next(), to: guid('b'), to_image: next(), first: next() };
        hunt.notes = vec![
            Note::UsedAgain { ids: 1, examples: vec![used] },
            Note::CodeInStopped { count: 1, examples: vec![injected] },
            Note::InVain { option: "--through", value: next().unwrap() },
        ];
        let markdown = report::markdown(&hunt);
        let mermaid = report::mermaid(&hunt);
        prop_assert!(markdown.contains(&mermaid));
        for line in markdown.replace(&mermaid, "").lines().filter(|line| !line.starts_with("```")) {
            prop_assert!(!outside(line).contains('ø'), "{}", line);
            // A table's cells end where they should.
            if line.starts_with('|') {
                prop_assert!(line.matches('|').count() == 3 || !line.contains('`'), "{}", line);
            }
        }
        for line in mermaid.lines() {
            prop_assert!(!line.replace("<br>", "").replace("-->", "").replace(".->", "").contains(['<', '>', '`', '\\', '_', '*']), "{}", line);
        }
        for text in [markdown, mermaid, report::dot(&hunt), report::tree(&hunt)] {
            prop_assert!(!text.contains(['\u{1b}', '\u{202e}']), "{}", text);
        }
    }
}
