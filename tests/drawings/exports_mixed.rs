//! Exports made of parts of others hold what must hold of any bytes: `fuzz/src/workspaces.rs` says what. Blocks stand where Blockly
//! would never let them, and where it would.
#![allow(clippy::panic, clippy::expect_used)]

#[path = "../../fuzz/src/workspaces.rs"]
mod any;

use std::path::Path;

use blocksieve::source::blockly::Format;
use proptest::prelude::*;

/// What the exports name by uuid, under the ids that are known there.
const IDS: [(&str, &str); 4] = [("TAG", "t"), ("ALERT_TEMPLATE", "m"), ("TABLE", "l"), ("IP_PREFIX_LIST", "n")];

/// Texts that fields may get.
const TEXTS: &[&str] =
    &["msg", "meta", "raw", "event", "GT", "NEQ", "ENDSWITH", "src@ip", "city", "a.b", "", "-1", "1e3"];

fn seeds() -> Vec<String> {
    let mut seeds = Vec::new();
    for folder in ["tests/exports", "tests/exports/broken", "examples/sysmon/logmanager"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let files =
            std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path());
        let mut files: Vec<_> = files.filter(|file| file.extension().is_some_and(|ending| ending == "xml")).collect();
        files.sort();
        for file in files {
            let mut xml = std::fs::read_to_string(file).expect("text");
            for (field, id) in IDS {
                fill(&mut xml, &format!("<field name=\"{field}\">"), &mut |_| Some(id));
            }
            seeds.push(xml);
        }
    }
    seeds
}

/// Gives the fields that begin like this other texts; `None` leaves one as it is.
fn fill(xml: &mut String, begin: &str, text: &mut dyn FnMut(usize) -> Option<&'static str>) {
    let (mut from, mut number) = (0, 0);
    while let Some(at) = xml[from..].find(begin) {
        from += at + begin.len();
        from += xml[from - 1..].find('>').expect("the tag ends");
        let end = from + xml[from..].find('<').expect("the field ends");
        if let Some(text) = text(number) {
            xml.replace_range(from..end, text);
        }
        number += 1;
    }
}

/// Where the blocks of an export begin and end.
fn blocks(xml: &str) -> Vec<std::ops::Range<usize>> {
    let (mut open, mut blocks) = (Vec::new(), Vec::new());
    for (at, word) in xml.match_indices("block") {
        if xml[..at].ends_with("</") {
            blocks.extend(open.pop().map(|begin| begin..at + word.len() + 1));
        } else if xml[..at].ends_with('<') {
            open.push(at - 1);
        }
    }
    blocks
}

/// One change: a block for another, and what is done to that.
#[derive(Clone, Debug)]
struct Change {
    old: prop::sample::Index,
    from: prop::sample::Index,
    new: prop::sample::Index,
    text: Option<(prop::sample::Index, &'static str)>,
    look: u8,
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    let text = prop::option::weighted(0.4, (index(), prop::sample::select(TEXTS)));
    (index(), index(), index(), text, 0..8u8).prop_map(|(old, from, new, text, look)| Change {
        old,
        from,
        new,
        text,
        look,
    })
}

fn changed(xml: &mut String, change: &Change, seeds: &[String]) {
    let from = change.from.get(seeds);
    let (old, new) = (blocks(xml), blocks(from));
    if old.is_empty() || new.is_empty() {
        return;
    }
    let mut block = from[change.new.get(&new).clone()].to_string();
    if let Some((which, text)) = change.text {
        let fields = block.matches("<field name=\"").count();
        if fields > 0 {
            let which = which.index(fields);
            fill(&mut block, "<field name=\"", &mut |number| (number == which).then_some(text));
        }
    }
    match change.look {
        0 => block = block.replacen("<block", "<block disabled=\"true\"", 1),
        1 => {
            let end = block.find('>').expect("the tag ends") + 1;
            block.insert_str(end, "<comment>of\nmine</comment>");
        }
        _ => {}
    }
    xml.replace_range(change.old.get(&old).clone(), &block);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_read_of_them_goes_round(
        seed in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 1..6),
    ) {
        let seeds = seeds();
        let mut xml = seed.get(&seeds).clone();
        for change in &changes {
            changed(&mut xml, change, &seeds);
        }
        any::workspace(xml.as_bytes(), Format::Xml);
    }
}
