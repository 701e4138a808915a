//! Hunts over small logs, and the walk against a plain closure.

mod shown;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ops::ControlFlow;

use proptest::prelude::*;
use rustc_hash::FxHashSet;

use super::*;
use crate::dialect::AgentVersion;
use crate::event::Layout;
use crate::event::read::{Damaged, EventReader, Record, Sink};
use crate::sysmon::Catalogue;

/// The process of this letter.
fn guid(letter: char) -> Guid {
    Guid::read(&format!("{{0b1e5a11-4f20-6981-0000-0000000000{:02x}}}", u32::from(letter))).process().unwrap()
}

/// The letters of processes, in order.
fn letters<'g>(guids: impl IntoIterator<Item = &'g Guid>) -> String {
    let letter = |guid: &Guid| ('a'..='z').find(|letter| self::guid(*letter) == *guid).unwrap_or('?');
    let letters: BTreeSet<char> = guids.into_iter().map(letter).collect();
    letters.into_iter().collect()
}

/// A log: `a>b` is a created b, `a!b` a thread, `a=b` an access with the right to write, `a-b` one without; `x` before the link gives the
/// images: `a>b C:\a.exe C:\b.exe`.
fn log(text: &str) -> String {
    let mut lines = String::new();
    for event in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut words = event.split_whitespace();
        let link: Vec<char> = words.next().unwrap().chars().collect();
        let [from, how, to] = link.as_slice() else { panic!("{event}") };
        let of = |letter: char| {
            if letter == '0' { "{00000000-0000-0000-0000-000000000000}".into() } else { guid(letter).to_string() }
        };
        let (from_image, to_image) = (words.next().unwrap_or(r"C:\from.exe"), words.next().unwrap_or(r"C:\to.exe"));
        let (id, names, rest) = match how {
            '>' => (1, ["ParentProcessGuid", "ProcessGuid", "ParentImage", "Image"], ""),
            '!' => (8, ["SourceProcessGuid", "TargetProcessGuid", "SourceImage", "TargetImage"], ""),
            '=' => (
                10,
                ["SourceProcessGUID", "TargetProcessGUID", "SourceImage", "TargetImage"],
                r#","GrantedAccess":"0x1438""#,
            ),
            '-' => (
                10,
                ["SourceProcessGUID", "TargetProcessGUID", "SourceImage", "TargetImage"],
                r#","GrantedAccess":"0x1410""#,
            ),
            other => panic!("{other}"),
        };
        let [first, second, third, fourth] = names;
        let (from_image, to_image) = (from_image.replace('\\', r"\\"), to_image.replace('\\', r"\\"));
        lines.push_str(&format!(
            r#"{{"@timestamp":"2026-02-03T08:00:00Z","winlog":{{"provider_name":"Microsoft-Windows-Sysmon","channel":"c","event_id":"{id}","computer_name":"h","event_data":{{"{first}":"{}","{second}":"{}","{third}":"{from_image}","{fourth}":"{to_image}"{rest}}}}}}}"#,
            of(*from),
            of(*to),
        ));
        lines.push('\n');
    }
    lines
}

/// Calls something with each event.
struct Each<F>(F);

impl<F: FnMut(&Record<'_>)> Sink for Each<F> {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        (self.0)(&record);
        ControlFlow::Continue(())
    }

    fn damaged(&mut self, damaged: Damaged) {
        panic!("{damaged}");
    }
}

fn read(text: &str, layout: &Layout, each: impl FnMut(&Record<'_>)) {
    let mut reader = EventReader::new(layout, AgentVersion::DEFAULT);
    reader.read(&"log".into(), &mut text.as_bytes(), &mut Each(each)).unwrap();
}

fn hunt(text: &str, start: &str, access: bool, stops: Stops, max_depth: Option<u32>) -> Hunt {
    let (catalogue, text) = (Catalogue::standard(), log(text));
    let mut reader = LinkReader::new(&catalogue, access).unwrap();
    let (mut roots, mut links) = (Roots::new(stops), InMemory::default());
    let layout = reader.layout().clone();
    read(&text, &layout, |record| {
        reader.link(record.view, Some(&mut roots)).into_iter().for_each(|link| links.push(link))
    });
    let options = Options { start: start.chars().map(guid).collect(), met: Vec::new(), max_depth };
    let walked = walk(&options, &roots, &mut links.sorted().unwrap()).unwrap();
    let mut gather = Gather::new(&catalogue, walked).unwrap();
    let layout = gather.layout().clone();
    read(&text, &layout, |record| drop(gather.take(record.view, false)));
    gather.finish()
}

/// `processes | stopped`, after each round.
fn rounds(text: &str, start: &str) -> Vec<String> {
    told(&hunt(text, start, false, Stops::default(), None))
}

fn told(hunt: &Hunt) -> Vec<String> {
    let round = |round: &Vec<Reached>| {
        let of = |stopped: bool| letters(round.iter().filter(|one| one.stopped == stopped).map(|one| &one.guid));
        let (found, stopped) = (of(false), of(true));
        if stopped.is_empty() { found } else { format!("{found} | {stopped}") }
    };
    hunt.rounds.iter().map(round).collect()
}

const SHELL: &str = r"C:\Windows\explorer.exe";
const USERINIT: &str = r"C:\Windows\System32\userinit.exe";

#[test]
fn parents_and_children_are_followed_until_nothing_new_appears() {
    let log = "a>b\n b>c\n b>d\n d>e\n x>y";
    assert_eq!(rounds(log, "c"), ["b", "ad", "e"]);
    assert_eq!(rounds(log, "e"), ["d", "b", "ac"]);
    assert_eq!(rounds(log, "xe"), ["dy", "b", "ac"]);
}

#[test]
fn the_order_of_events_does_not_count() {
    assert_eq!(rounds("d>e\n b>d\n b>c\n a>b", "c"), rounds("a>b\n b>c\n b>d\n d>e", "c"));
}

#[test]
fn unknown_parents_link_nothing() {
    assert_eq!(rounds("0>b\n 0>c\n b>d", "d"), ["b"]);
    let hunt = hunt("0>b\n 0>c\n b>d", "d", false, Stops::default(), None);
    assert!(hunt.notes.contains(&Note::NoParent { processes: 1 }), "{:?}", hunt.notes);
}

#[test]
fn threads_link_both_ways() {
    assert_eq!(rounds("a>b\n b!c\n c>d\n x!a", "d"), ["c", "b", "a", "x"]);
}

#[test]
fn accesses_link_only_if_asked_for_and_with_the_right_to_write() {
    let text = "a>b\n b=c\n b-d\n c>e\n d>f";
    assert_eq!(rounds(text, "a"), ["b"]);
    assert_eq!(told(&hunt(text, "a", true, Stops::default(), None)), ["b", "c", "e"]);
    // Told they are all the same.
    let hunt = hunt(text, "a", false, Stops::default(), None);
    assert_eq!(letters(hunt.cross.iter().map(|cross| &cross.to)), "cd");
    let hows: Vec<How> = hunt.cross.iter().map(|cross| cross.how).collect();
    assert_eq!(serde_json::to_value(hows).unwrap(), serde_json::json!(["access", "read"]));
}

#[test]
fn the_walk_stops_at_windows_own_processes_and_goes_through_who_only_has_the_name() {
    let real = format!("u>s {USERINIT} {SHELL}\n s>b {SHELL} C:\\b.exe\n s>c {SHELL} C:\\c.exe");
    assert_eq!(rounds(&real, "b"), [" | s"]);
    let elsewhere = format!("u>s {USERINIT} C:\\Users\\explorer.exe\n s>b C:\\Users\\explorer.exe C:\\b.exe\n s>c");
    assert_eq!(rounds(&elsewhere, "b"), ["s", "cu"]);
    let foreign = format!("u>s C:\\b.exe {SHELL}\n s>b {SHELL} C:\\b.exe\n s>c {SHELL} C:\\c.exe");
    assert_eq!(rounds(&foreign, "b"), ["s", "cu"]);
}

#[test]
fn a_root_whose_creation_is_not_there_is_known_by_its_path_and_the_hunt_says_so() {
    let text = format!("s>b {SHELL} C:\\b.exe\n s>c {SHELL} C:\\c.exe");
    let hunt = hunt(&text, "b", false, Stops::default(), None);
    assert_eq!(told(&hunt), [" | s"]);
    assert_eq!(hunt.stopped[0].stop, Some("the system's own by its path; its creation is not in the log"));
    assert_eq!(hunt.stopped[0].children, 2);
}

#[test]
fn a_hunt_goes_through_a_root_that_it_began_with_or_that_was_named() {
    let text = format!("u>s {USERINIT} {SHELL}\n s>b {SHELL} C:\\b.exe\n s>c {SHELL} C:\\c.exe");
    assert_eq!(rounds(&text, "s"), ["bcu"]);
    let mut stops = Stops::default();
    stops.guids.insert(guid('s'));
    assert_eq!(told(&hunt(&text, "b", false, stops, None)), ["s", "cu"]);
    let mut stops = Stops::default();
    stops.through(&SHELL.to_uppercase());
    assert_eq!(told(&hunt(&text, "b", false, stops, None)), ["s", "cu"]);
}

#[test]
fn as_many_rounds_as_are_allowed_and_a_note_that_there_is_more() {
    let hunt = |depth| hunt("a>b\n b>c\n c>d", "a", false, Stops::default(), Some(depth));
    assert_eq!(told(&hunt(2)), ["b", "c"]);
    assert!(hunt(2).cut && hunt(2).notes.contains(&Note::Cut));
    assert!(!hunt(3).cut);
}

#[test]
fn a_process_that_is_in_no_event_is_told() {
    let hunt = hunt("a>b", "z", false, Stops::default(), None);
    assert_eq!(hunt.notes, [Note::NotNamed { guid: guid('z') }]);
}

#[test]
fn parents_that_are_each_others_end_a_tree_too() {
    let hunt = hunt("a>b\n b>a\n a>a", "a", false, Stops::default(), None);
    let tree = report::tree(&hunt);
    assert_eq!(tree.matches("{0B1E5A11").count(), 2, "{tree}");
}

#[test]
fn a_chain_as_long_as_may_be_is_written() {
    let number = |number: u32| Guid::read(&format!("{{0b1e5a11-4f20-6981-0000-0000{number:08x}}}")).process().unwrap();
    let mut links = InMemory::default();
    (1..5000).for_each(|at| links.push(Link { from: number(at), to: number(at + 1), how: How::Created }));
    let options = Options { start: vec![number(1)], ..Options::default() };
    let walked = walk(&options, &Roots::default(), &mut links.sorted().unwrap()).unwrap();
    assert_eq!(walked.rounds.len(), 4999);
    let catalogue = Catalogue::standard();
    let mut hunt = Gather::new(&catalogue, walked).unwrap().finish();
    hunt.processes.sort_by_key(|process| process.guid);
    let parents: Vec<Guid> = hunt.processes.iter().map(|process| process.guid).collect();
    hunt.processes.iter_mut().skip(1).zip(parents).for_each(|(process, parent)| process.parent = Some(parent));
    let tree = report::tree(&hunt);
    assert_eq!(tree.matches("└─").count(), 4999);
    assert!(tree.lines().all(|line| line.chars().count() < 400));
}

#[test]
fn who_is_called_a_root_and_was_created_as_something_else_is_none() {
    let created = r"a>s C:\a.exe C:\s.exe";
    for called in [format!("s>b {SHELL} C:\\b.exe"), format!("s!b {SHELL} C:\\b.exe"), format!("x!s C:\\x.exe {SHELL}")]
    {
        for text in [format!("{created}\n {called}\n s>b"), format!("{called}\n s>b\n {created}")] {
            let reached = told(&hunt(&text, "b", false, Stops::default(), None)).concat();
            assert!(reached.contains('s') && reached.contains('a') && !reached.contains('|'), "{text}: {reached}");
        }
    }
}

#[test]
fn a_root_whose_parent_is_not_known_stops_the_walk_and_the_hunt_says_so() {
    for creation in [format!("u>s ? {SHELL}"), format!("u>s - {SHELL}"), format!("0>s {USERINIT} {SHELL}")] {
        let text = format!("{creation}\n s>b {SHELL} C:\\b.exe\n s>c {SHELL} C:\\c.exe");
        let hunt = hunt(&text, "b", false, Stops::default(), None);
        assert_eq!(told(&hunt), [" | s"]);
        assert_eq!(hunt.stopped[0].stop, Some("the system's own by its path; Sysmon did not know its parent"));
    }
}

#[test]
fn code_in_a_process_that_is_stopped_at_is_told_in_every_form() {
    let text =
        format!("u>s {USERINIT} {SHELL}\n x>e\n e!s C:\\e.exe {SHELL}\n s>c {SHELL} C:\\c.exe\n s>d {SHELL} C:\\d.exe");
    let found = hunt(&text, "e", false, Stops::default(), None);
    assert_eq!(told(&found), ["x | s"]);
    let Note::CodeInStopped { count: 1, examples } = &found.notes[0] else { panic!("{:?}", found.notes) };
    assert_eq!((examples[0].from, examples[0].to), (guid('e'), guid('s')));
    let told = format!("code of the hunt may run there; 2 of its children are not shown: --through {}", guid('s'));
    assert!(report::tree(&found).contains(&told), "{}", report::tree(&found));
    assert!(report::dot(&found).contains(&told));
    assert!(report::mermaid(&found).contains("code of the hunt may run there"));
    assert!(report::markdown(&found).contains(&told.replace(&guid('s').to_string(), &format!("`{}`", guid('s')))));
    assert!(report::alert(&found).contains("not of 1 process that it did not go through"));
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(
        (&json["stopped"][0]["code_put_in"], &json["notes"][0]["note"]),
        (&true.into(), &"code_in_stopped".into())
    );
    assert!(json["notes"][0]["text"].as_str().unwrap().starts_with("code of the hunt may run"));
    // What was started there is shown once somebody goes through.
    let mut stops = Stops::default();
    stops.guids.insert(guid('s'));
    let through = hunt(text.as_str(), "e", false, stops, None);
    assert_eq!(super::tests::told(&through), ["sx", "cdu"]);
    assert!(!through.notes.iter().any(|note| matches!(note, Note::CodeInStopped { .. })));
    // An access that lets in, too, followed or not; one that only reads is none.
    for (link, noted) in [("e=s", true), ("e-s", false), ("s!e", false)] {
        let text = text.replace("e!s", link) + &format!("\n s>e {SHELL}");
        let found = hunt(&text, "e", false, Stops::default(), None);
        assert_eq!(found.stopped.len(), 1, "{link}");
        assert_eq!(found.stopped[0].code_put_in, noted, "{link}");
    }
}

#[test]
fn a_condition_does_not_begin_with_roots_and_names_do() {
    let text = format!("u>s {USERINIT} {SHELL}\n s>b {SHELL} C:\\b.exe\n s>c {SHELL} C:\\c.exe");
    let mut links = InMemory::default();
    let mut roots = Roots::default();
    let catalogue = Catalogue::standard();
    let mut reader = LinkReader::new(&catalogue, false).unwrap();
    let layout = reader.layout().clone();
    read(&log(&text), &layout, |record| {
        reader.link(record.view, Some(&mut roots)).into_iter().for_each(|link| links.push(link))
    });
    let mut links = links.sorted().unwrap();
    let mut begin = |start: &str, met: &str| {
        let guids = |letters: &str| letters.chars().map(guid).collect();
        walk(&Options { start: guids(start), met: guids(met), max_depth: None }, &roots, &mut links)
    };
    let both = begin("", "sb").unwrap();
    assert_eq!(
        (both.start, both.not_begun, letters(both.reached.keys())),
        (vec![guid('b')], vec![guid('s')], "b".into())
    );
    assert_eq!(begin("", "s").unwrap_err(), Broken::Nowhere(vec![guid('s')]));
    let named = begin("s", "sb").unwrap();
    assert_eq!((named.not_begun, letters(named.reached.keys())), (vec![], "bcsu".into()));
}

#[test]
fn of_creations_that_disagree_the_first_counts_and_children_are_counted_once() {
    let hunt = hunt(
        "a>b C:\\a.exe C:\\b.exe\n x>b C:\\a.exe C:\\fake.exe\n a>b C:\\a.exe C:\\b.exe\n a>c\n a>c",
        "a",
        false,
        Stops::default(),
        None,
    );
    let of = |letter: char| hunt.processes.iter().find(|process| process.guid == guid(letter)).unwrap();
    assert_eq!((of('b').image.as_deref(), of('b').parent), (Some(r"C:\b.exe"), Some(guid('a'))));
    assert!(hunt.notes.contains(&Note::Contradicted { processes: 1, examples: vec![guid('b')] }), "{:?}", hunt.notes);
    assert_eq!((of('a').children, of('a').children_not_shown, of('x').children), (2, 0, 1));
}

/// Links that are looked through again for each round, as files are.
struct Again(Vec<Link>);

impl Links for Again {
    type Error = Infallible;

    fn touching(&mut self, front: &FxHashSet<Guid>, take: &mut dyn FnMut(Link)) -> Result<(), Infallible> {
        let touches = |link: &&Link| front.contains(&link.from) || front.contains(&link.to);
        self.0.iter().filter(touches).for_each(|link| take(*link));
        Ok(())
    }
}

/// All that hang together with these, found one link after the other.
fn closure(links: &[Link], start: &[Guid]) -> BTreeSet<Guid> {
    let mut reached: BTreeSet<Guid> = start.iter().copied().collect();
    loop {
        let before = reached.len();
        for link in links {
            if reached.contains(&link.from) || reached.contains(&link.to) {
                reached.extend([link.from, link.to]);
            }
        }
        if reached.len() == before {
            return reached;
        }
    }
}

fn a_link() -> impl Strategy<Value = Link> {
    let letter = || prop::sample::select(('a'..='z').collect::<Vec<_>>()).prop_map(guid);
    let how = prop::sample::select(vec![How::Created, How::Thread, How::Access]);
    (letter(), letter(), how).prop_map(|(from, to, how)| Link { from, to, how })
}

proptest! {
    #[test]
    fn the_walk_reaches_what_hangs_together_wherever_the_links_are(
        links in prop::collection::vec(a_link(), 0..30), start in prop::sample::subsequence(vec!['a', 'b', 'c'], 1..=3),
    ) {
        let start: Vec<Guid> = start.into_iter().map(guid).collect();
        let options = Options { start: start.clone(), ..Options::default() };
        let roots = Roots::default();
        let mut memory = InMemory::default();
        links.iter().chain(&links).for_each(|link| memory.push(*link));
        let memory = walk(&options, &roots, &mut memory.sorted().unwrap()).unwrap();
        let again = walk(&options, &roots, &mut Again(links.clone())).unwrap();
        prop_assert_eq!(&memory.rounds, &again.rounds);
        let reached: BTreeSet<Guid> = memory.reached.keys().copied().collect();
        prop_assert_eq!(reached, closure(&links, &start));
        // A process is found once, in the round after one that it is linked to.
        for (number, round) in memory.rounds.iter().enumerate() {
            for found in &round.found {
                let other = if found.over.from == found.guid { found.over.to } else { found.over.from };
                prop_assert_eq!(memory.reached[&other] as usize, number);
            }
        }
    }
}
