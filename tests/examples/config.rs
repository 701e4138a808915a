//! The configurations of Sysmon in `examples/sysmon/config`, held to their samples, their page, and the rules that read their names.
//!
//! | file | what it asks |
//! | --- | --- |
//! | `samples.rs` | does each rule log its sample and leave its near miss; is every rule shown by one |
//! | `more.rs` | does the second log all that the first logs, under the same names: samples, random events, the corpus; what the page says of volume |
//! | `shape.rs` | is nothing prevented, nothing excepted that users can make, no finding of the checker left; are the names those of techniques |
//! | `page.rs` | are the numbers and the table of techniques in README.md those of the files |
//! | `chain.rs` | does an event that a rule names reach the tag, the group and the mail |
//!
//! The corpus is no part of the repository: the folder is that of `BLOCKSIEVE_CORPUS`, else `../shared/corpus`; where there is none, its test says so
//! and passes.
// What is not as expected here is a failed test.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod chain;
mod more;
mod page;
mod samples;
mod shape;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::support;
use blocksieve::diagnostic::Diagnostic;
use blocksieve::origin::Sources;
use blocksieve::sysmon::Catalogue;
use blocksieve::sysmon::config::{self, Config, Decision, Item, OnMatch, Plain, Why, decide::Decider, twin};
use blocksieve::yaml::{self, Node};

const SECURITY: &str = "security.xml";
const FORENSICS: &str = "security-and-forensics.xml";

/// What rules that only give context are called, before the rest of their name.
const FORENSIC: &str = "Forensic,";

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/sysmon/config").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A configuration, and what the checker says of it.
fn read(name: &str) -> (Config, Vec<Diagnostic>) {
    let (config, found) = config::read(&mut Sources::default(), name, text(name).as_bytes());
    (config.unwrap_or_else(|| panic!("{name}: {found:#?}")), found)
}

/// Where an item of a configuration is: index of the node, and in it.
type Place = (usize, usize);

/// What a configuration does with an event.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Decided {
    logged: bool,
    name: String,
    /// The item that decides, where one matches.
    by: Option<Place>,
}

/// Decides by the machine and by its plain twin, which must agree.
struct Deciding {
    config: Config,
    fast: Decider,
}

impl Deciding {
    fn new(name: &str) -> Self {
        let (config, _) = read(name);
        Self { fast: Decider::new(&config), config }
    }

    fn decide(&mut self, event: &Event) -> Decided {
        let plain = plain(event);
        let decision = twin::decide(&self.config, &plain);
        assert_eq!(self.fast.decide(&plain), decision, "{event:?}");
        self.told(decision)
    }

    /// By the machine alone, where events are many.
    fn decide_fast(&mut self, event: &Event) -> Decided {
        let decision = self.fast.decide(&plain(event));
        self.told(decision)
    }

    fn told(&self, decision: Decision) -> Decided {
        Decided {
            logged: decision.logged,
            name: self.config.name_of(&decision).unwrap_or("-").to_string(),
            by: match decision.why {
                Why::Matches { node, filter } => Some((node as usize, filter.item as usize)),
                Why::Always | Why::NoNode | Why::NoMatch | Why::NoneMatches => None,
            },
        }
    }
}

fn plain(event: &Event) -> Plain {
    Plain::new(event.id, event.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// The items of a configuration's nodes of one kind, with the tag and where they are.
fn items(config: &Config, kind: OnMatch) -> impl Iterator<Item = (&'static str, Place, &Item)> {
    let nodes = config.nodes.iter().enumerate().filter(move |(_, node)| node.on_match == kind);
    nodes.flat_map(|(at, node)| node.items.iter().enumerate().map(move |(item, it)| (node.tag.name, (at, item), it)))
}

/// The name that an item gives.
fn name_of(item: &Item) -> &str {
    let mut names = item.filters().iter().map(|filter| filter.name.as_deref().unwrap_or("-"));
    let name = names.next().expect("an item has a filter");
    assert!(names.all(|other| other == name), "an item has one name: {name}");
    name
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Event {
    id: u32,
    fields: BTreeMap<String, String>,
}

/// What a sample is for.
#[derive(Debug, PartialEq, Eq)]
enum About {
    /// A rule of both configurations gives this name.
    Both(String),
    /// A rule of the second alone does.
    Forensics(String),
    /// The exclude node of this tag keeps it out.
    Dropped(String),
}

#[derive(Debug)]
struct Sample {
    about: About,
    event: Event,
    near_miss: Event,
}

/// Everything in samples.yaml.
fn all_samples() -> Vec<Sample> {
    let text = text("samples.yaml");
    let documents = yaml::read(&text).unwrap_or_else(|wrong| panic!("samples.yaml: {wrong:?}"));
    let catalogue = Catalogue::standard();
    let list = documents[0].root().items();
    list.into_iter().map(|node| sample(node, &catalogue)).collect()
}

fn sample(node: Node<'_>, catalogue: &Catalogue) -> Sample {
    let (mut about, mut forensics, mut id, mut event, mut near) = (None, false, None, None, None);
    let word = |node: Node<'_>| node.scalar().expect("a text").text.to_string();
    let fields = |node: Node<'_>| -> BTreeMap<String, String> {
        node.entries()
            .into_iter()
            .map(|entry| (entry.key.key().expect("a name").to_string(), word(entry.value)))
            .collect()
    };
    for entry in node.entries() {
        match entry.key.key().expect("a name") {
            "rule" => about = Some(About::Both(word(entry.value))),
            "dropped" => about = Some(About::Dropped(word(entry.value))),
            "in" => forensics = word(entry.value) == "forensics",
            "id" => id = word(entry.value).parse().ok(),
            "event" => event = Some(fields(entry.value)),
            "near_miss" => near = Some(fields(entry.value)),
            other => panic!("samples.yaml: `{other}` is no part of a sample"),
        }
    }
    let about = match about.expect("what it is for") {
        About::Both(name) if forensics => About::Forensics(name),
        about => about,
    };
    let (id, fields): (u32, _) = (id.expect("an id"), event.expect("an event"));
    let near = near.filter(|near| !near.is_empty()).expect("a near miss");
    let known =
        catalogue.events.iter().find(|event| event.id == id && event.name.starts_with("sysmon.")).expect("an event");
    for name in fields.keys().chain(near.keys()) {
        assert!(known.fields.contains(name), "event {id} has no field {name}");
    }
    let mut missed = fields.clone();
    missed.extend(near);
    assert_ne!(missed, fields, "a near miss differs: {fields:?}");
    Sample { about, event: Event { id, fields }, near_miss: Event { id, fields: missed } }
}
