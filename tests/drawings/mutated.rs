//! No change of a file makes a panic, and none is skipped without a word.
//!
//! The files are the examples of `grammar/blocks.json`, drawn. A member, an item or an element is taken out, doubled, swapped,
//! renamed, or its text is changed. What is then read without an error says one thing in every form.

use std::sync::LazyLock;

use blocksieve::ast::{Definition, same};
use blocksieve::source::blockly::Format;
use blocksieve::target::blockly::{Old, write};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;

use crate::drawings::{Read, check, read, text};

/// The examples of all blocks, a drawing each.
fn drawings(format: Format) -> &'static [String] {
    static JSON: LazyLock<Vec<String>> = LazyLock::new(|| drawn(Format::Json));
    static XML: LazyLock<Vec<String>> = LazyLock::new(|| drawn(Format::Xml));
    match format {
        Format::Json => &JSON,
        Format::Xml => &XML,
    }
}

fn drawn(format: Format) -> Vec<String> {
    let file: Value = serde_json::from_str(include_str!("../../grammar/blocks.json")).unwrap();
    let blocks = file["blocks"].as_array().unwrap();
    let examples = blocks.iter().map(|block| {
        let example = block["example"].as_str().unwrap();
        let is_rule = ["filter", "classify", "alert"].iter().any(|kind| example.starts_with(kind));
        let rule = if is_rule {
            example.to_string()
        } else {
            format!(
                "// why\nclassify \"n\" {{ severity low if {example} {{ tag \"a\", \"b\" }} else {{ stop }} }}\n// end"
            )
        };
        write(&read(&rule).definition, format, None).unwrap()
    });
    examples.collect()
}

/// A change of a file.
#[derive(Clone, Debug)]
enum Change {
    Delete(Index),
    Double(Index),
    Swap(Index, Index),
    Rename(Index, String),
    Put(Index, Index),
    Text(Index, String),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<Index>;
    let word = prop_oneof![
        "[A-Z]{1,4}[0-9]{0,2}",
        Just(String::new()),
        Just("9999999999999999999999".to_string()),
        Just("-1".to_string()),
        Just("0".to_string()),
        Just("1e9".to_string()),
        Just("type".to_string()),
        Just("block".to_string()),
        Just("\u{0}\u{1f}\u{fffe}<&>\"']]>".to_string()),
        "\\PC{0,8}",
    ];
    prop_oneof![
        index().prop_map(Change::Delete),
        index().prop_map(Change::Double),
        (index(), index()).prop_map(|(a, b)| Change::Swap(a, b)),
        (index(), word.clone()).prop_map(|(a, name)| Change::Rename(a, name)),
        (index(), index()).prop_map(|(a, b)| Change::Put(a, b)),
        (index(), word).prop_map(|(a, text)| Change::Text(a, text)),
    ]
}

/// What must hold of any file: no panic, every place can be shown, and what has no error is one tree in every form.
fn holds(file: &str) -> Result<(), TestCaseError> {
    // Names and types are looked at without a panic too.
    let _ = check(file);
    let first = read(file);
    let good = |read: &Read| {
        read.told.iter().all(|told| ["BS0110", "BS0809", "BS0810", "BS0811"].iter().any(|code| told.starts_with(code)))
    };
    if !good(&first) {
        return Ok(());
    }
    let one = |definition: &Definition, other: &str| {
        let again = read(other);
        prop_assert!(same(definition, &again.definition), "{}\n---\n{}\n---\n{:?}", file, other, again.told);
        Ok(())
    };
    one(&first.definition, &text(&first.definition))?;
    one(&first.definition, &write(&first.definition, Format::Json, None).unwrap())?;
    // XML refuses what it cannot carry.
    if let Ok(xml) = write(&first.definition, Format::Xml, None) {
        one(&first.definition, &xml)?;
    }
    // Nor does it change where it stood, with all that belongs to no rule.
    let Some(drawn) = first.drawn.as_ref().filter(|drawn| !drawn.manager) else { return Ok(()) };
    for format in [Format::Json, Format::Xml] {
        let old = Old { workspace: &drawn.workspace, aside: &drawn.aside };
        if let Ok(kept) = write(&first.definition, format, Some(old)) {
            one(&first.definition, &kept)?;
            prop_assert!(good(&read(&kept)), "{}\n---\n{}\n---\n{:?}", file, kept, read(&kept).told);
        }
    }
    Ok(())
}

// JSON ---------------------------------------------------------------------------------------------------------------

/// Paths to all values.
fn paths(value: &Value) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut next = 0;
    while let Some(path) = all.get(next).cloned() {
        next += 1;
        match value.pointer(&path) {
            Some(Value::Object(members)) => {
                all.extend(members.keys().map(|key| format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"))));
            }
            Some(Value::Array(items)) => all.extend((0..items.len()).map(|i| format!("{path}/{i}"))),
            _ => {}
        }
    }
    all
}

fn parent(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", ""))
}

fn change_json(value: &mut Value, change: &Change) {
    let all = paths(value);
    let pick = |index: &Index| all[index.index(all.len())].clone();
    match change {
        Change::Delete(at) => {
            let path = pick(at);
            let (parent, key) = parent(&path);
            match value.pointer_mut(parent) {
                Some(Value::Object(members)) => _ = members.remove(key),
                Some(Value::Array(items)) => {
                    if let Ok(i) = key.parse::<usize>() {
                        items.remove(i);
                    }
                }
                _ => {}
            }
        }
        Change::Double(at) => {
            let path = pick(at);
            let copy = value.pointer(&path).cloned().unwrap();
            let (parent, key) = parent(&path);
            match value.pointer_mut(parent) {
                Some(Value::Object(members)) => _ = members.insert(format!("{key}1"), copy),
                Some(Value::Array(items)) => items.push(copy),
                _ => {}
            }
        }
        Change::Swap(a, b) => {
            let (a, b) = (pick(a), pick(b));
            let (left, right) = (value.pointer(&a).cloned().unwrap(), value.pointer(&b).cloned().unwrap());
            // One may stand in the other.
            if let Some(place) = value.pointer_mut(&a) {
                *place = right;
            }
            if let Some(place) = value.pointer_mut(&b) {
                *place = left;
            }
        }
        Change::Put(a, b) => {
            let copy = value.pointer(&pick(a)).cloned().unwrap();
            if let Some(place) = value.pointer_mut(&pick(b)) {
                *place = copy;
            }
        }
        Change::Rename(at, name) => {
            let path = pick(at);
            let (parent, key) = parent(&path);
            if let Some(Value::Object(members)) = value.pointer_mut(parent)
                && let Some(member) = members.remove(key)
            {
                members.insert(name.clone(), member);
            }
        }
        Change::Text(at, text) => {
            if let Some(place) = value.pointer_mut(&pick(at)) {
                *place = match serde_json::from_str(text) {
                    Ok(number @ Value::Number(_)) => number,
                    _ => Value::String(text.clone()),
                };
            }
        }
    }
}

// XML ----------------------------------------------------------------------------------------------------------------

/// An element of the regular XML that is written here: its name, its attributes, and what is in it.
#[derive(Clone, Debug)]
enum Node {
    Text(String),
    Element(String, Vec<(String, String)>, Vec<Node>),
}

/// Reads one node; `at` is moved behind it.
fn parse(xml: &str, at: &mut usize) -> Node {
    let rest = &xml[*at..];
    if !rest.starts_with('<') {
        let end = rest.find('<').unwrap_or(rest.len());
        *at += end;
        return Node::Text(rest[..end].to_string());
    }
    let end = rest.find('>').unwrap();
    let tag = &rest[1..end];
    *at += end + 1;
    let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
    let mut all = Vec::new();
    while let Some((key, value)) = attributes.split_once("=\"") {
        let (value, after) = value.split_once('"').unwrap();
        all.push((key.trim().to_string(), value.to_string()));
        attributes = after;
    }
    let mut inside = Vec::new();
    while !xml[*at..].starts_with("</") {
        inside.push(parse(xml, at));
    }
    *at += xml[*at..].find('>').unwrap() + 1;
    Node::Element(name.to_string(), all, inside)
}

fn print(node: &Node, out: &mut String) {
    match node {
        Node::Text(text) => out.push_str(text),
        Node::Element(name, attributes, inside) => {
            out.push_str(&format!("<{name}"));
            attributes.iter().for_each(|(key, value)| out.push_str(&format!(" {key}=\"{value}\"")));
            out.push('>');
            inside.iter().for_each(|node| print(node, out));
            out.push_str(&format!("</{name}>"));
        }
    }
}

/// The node with this number, counted as they are printed.
fn nth<'a>(node: &'a mut Node, n: &mut usize) -> Option<&'a mut Node> {
    if *n == 0 {
        return Some(node);
    }
    *n -= 1;
    match node {
        Node::Text(_) => None,
        Node::Element(_, _, inside) => inside.iter_mut().find_map(|node| nth(node, n)),
    }
}

fn count(node: &Node) -> usize {
    match node {
        Node::Text(_) => 1,
        Node::Element(_, _, inside) => 1 + inside.iter().map(count).sum::<usize>(),
    }
}

fn change_xml(root: &mut Node, change: &Change) {
    let total = count(root);
    let nth_of = |root: &mut Node, index: &Index| nth(root, &mut index.index(total)).cloned();
    let put = |root: &mut Node, index: &Index, with: Node| {
        if let Some(place) = nth(root, &mut index.index(total)) {
            *place = with;
        }
    };
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    match change {
        Change::Delete(at) => put(root, at, Node::Text(String::new())),
        Change::Double(at) => {
            if let Some(Node::Element(_, _, inside)) = nth(root, &mut at.index(total))
                && let Some(first) = inside.first().cloned()
            {
                inside.push(first);
            }
        }
        Change::Swap(a, b) => {
            if let (Some(left), Some(right)) = (nth_of(root, a), nth_of(root, b)) {
                put(root, a, right);
                put(root, b, left);
            }
        }
        Change::Put(a, b) => {
            if let Some(copy) = nth_of(root, a) {
                put(root, b, copy);
            }
        }
        Change::Rename(at, to) => {
            if let Some(Node::Element(name, attributes, _)) = nth(root, &mut at.index(total)) {
                match attributes.first_mut() {
                    Some((key, _)) if to.len() % 2 == 0 && !to.is_empty() => *key = escaped(to),
                    _ => *name = to.clone(),
                }
            }
        }
        Change::Text(at, text) => match nth(root, &mut at.index(total)) {
            Some(Node::Text(old)) => *old = escaped(text),
            Some(Node::Element(_, attributes, _)) => {
                if let Some((_, value)) = attributes.last_mut() {
                    *value = escaped(text);
                }
            }
            None => {}
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn json_that_was_changed(which in any::<Index>(), changes in prop::collection::vec(change(), 1..4)) {
        let drawings = drawings(Format::Json);
        let mut value: Value = serde_json::from_str(&drawings[which.index(drawings.len())]).unwrap();
        changes.iter().for_each(|change| change_json(&mut value, change));
        holds(&value.to_string())?;
    }

    #[test]
    fn xml_that_was_changed(which in any::<Index>(), changes in prop::collection::vec(change(), 1..4)) {
        let drawings = drawings(Format::Xml);
        let mut root = parse(drawings[which.index(drawings.len())].trim_end(), &mut 0);
        changes.iter().for_each(|change| change_xml(&mut root, change));
        let mut file = String::new();
        print(&root, &mut file);
        holds(&file)?;
    }

    #[test]
    fn a_file_of_which_bytes_were_changed(
        which in any::<Index>(),
        xml in any::<bool>(),
        edits in prop::collection::vec((any::<Index>(), any::<u8>(), 0..3u8), 1..5),
    ) {
        let drawings = drawings(if xml { Format::Xml } else { Format::Json });
        let mut bytes = drawings[which.index(drawings.len())].clone().into_bytes();
        for (at, byte, how) in edits {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => bytes.truncate(at.max(1)),
            }
        }
        holds(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn no_member_of_a_block_is_renamed_without_a_finding(which in any::<Index>(), at in any::<Index>()) {
        let drawings = drawings(Format::Json);
        let mut value: Value = serde_json::from_str(&drawings[which.index(drawings.len())]).unwrap();
        // Not the top, where plugins keep what they like.
        let paths: Vec<String> = paths(&value).into_iter().filter(|path| path.matches('/').count() > 1).collect();
        let path = &paths[at.index(paths.len())];
        let (parent, key) = parent(path);
        if let Some(Value::Object(members)) = value.pointer_mut(parent) {
            // In the icons a plugin may have others.
            prop_assume!(!parent.ends_with("/icons"));
            let member = members.remove(key).unwrap();
            members.insert("nobody_has_this".to_string(), member);
            prop_assert!(!read(&value.to_string()).told.is_empty(), "{path} of\n{value}");
        }
    }
}
