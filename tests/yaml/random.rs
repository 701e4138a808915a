//! Written trees come back, and no change of a text makes a panic.

use std::ops::Range;

use blocksieve::yaml::{Node, Style, Value, read};
use proptest::prelude::*;

use crate::{all, show};

// Trees that are written and read again -------------------------------------------------------------------------------

#[derive(Clone, Debug)]
enum Tree {
    Text(String, Style),
    List(Vec<Tree>, bool),
    Map(Vec<(String, Tree)>, bool),
}

fn tree() -> impl Strategy<Value = Tree> {
    let style = prop_oneof![Just(Style::Single), Just(Style::Double), Just(Style::Literal), Just(Style::Plain)];
    let text = prop_oneof!["[a-zé:#'\"\\\\ *-]{0,12}", "[a-z]{1,5}(\n[ a-z#:]{1,5}){0,3}", "[0-9a-z]{1,4}"];
    let leaf = (text, style).prop_map(|(text, style)| Tree::Text(text, style));
    leaf.prop_recursive(4, 24, 4, |inner| {
        let entries = prop::collection::vec(("[a-z]{1,4}", inner.clone()), 0..4);
        prop_oneof![
            (prop::collection::vec(inner, 0..4), any::<bool>()).prop_map(|(items, flow)| Tree::List(items, flow)),
            (entries, any::<bool>()).prop_map(|(entries, flow)| Tree::Map(entries, flow)),
        ]
    })
}

/// Writes trees, and remembers where each value stands, in the order of `all`.
#[derive(Default)]
struct Writer {
    text: String,
    places: Vec<Range<usize>>,
    comments: Vec<String>,
}

impl Writer {
    fn line(&mut self, indent: usize) {
        self.text += "\n";
        if self.text.len().is_multiple_of(3) {
            let comment = format!("c{} 'x' [ - a: b", self.text.len());
            self.text += &format!("{}# {comment}\n", " ".repeat(indent));
            self.comments.push(comment);
        }
        self.text += &" ".repeat(indent);
    }

    /// At the column `indent`, below what begins at the column `parent`.
    fn write(&mut self, tree: &Tree, parent: Option<usize>, indent: usize, flow: bool) {
        let place = self.places.len();
        let start = self.text.len();
        self.places.push(start..start);
        match tree {
            Tree::Text(text, style) => self.scalar(text, *style, parent, flow),
            Tree::List(items, in_flow) if flow || *in_flow || items.is_empty() => {
                self.text.push('[');
                for item in items {
                    self.write(item, None, indent, true);
                    self.text += " , ";
                }
                self.text.push(']');
            }
            Tree::Map(entries, in_flow) if flow || *in_flow || entries.is_empty() => {
                self.text.push('{');
                for (at, (key, value)) in entries.iter().enumerate() {
                    self.key(at, key);
                    self.write(value, None, indent, true);
                    self.text += ", ";
                }
                self.text.push('}');
            }
            Tree::List(items, _) => {
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        self.line(indent);
                    }
                    self.text += "- ";
                    self.write(item, Some(indent), indent + 2, false);
                }
            }
            Tree::Map(entries, _) => {
                for (at, (key, value)) in entries.iter().enumerate() {
                    if at > 0 {
                        self.line(indent);
                    }
                    self.key(at, key);
                    let block = match value {
                        Tree::List(items, flow) => !items.is_empty() && !flow,
                        Tree::Map(entries, flow) => !entries.is_empty() && !flow,
                        Tree::Text(..) => false,
                    };
                    if block {
                        self.line(indent + 3);
                    }
                    self.write(value, Some(indent), indent + 3, false);
                }
            }
        }
        self.places[place] = start..self.text.len();
    }

    fn key(&mut self, at: usize, key: &str) {
        let key = format!("{key}{at}");
        self.places.push(self.text.len()..self.text.len() + key.len());
        self.text += &format!("{key}: ");
    }

    fn scalar(&mut self, text: &str, style: Style, parent: Option<usize>, flow: bool) {
        match style {
            // Only what reads as itself.
            Style::Plain if !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric()) => self.text += text,
            Style::Literal if !flow && !text.is_empty() && !text.ends_with([' ', '\n']) => {
                let inner = format!("\n{}", " ".repeat(parent.map_or(1, |parent| parent + 1)));
                self.text += &format!("|1-{inner}{}", text.replace('\n', &inner));
            }
            Style::Single if !text.contains('\n') => self.text += &format!("'{}'", text.replace('\'', "''")),
            _ => self.text += &format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")),
        }
    }
}

fn same(tree: &Tree, node: Node<'_>) -> bool {
    match (tree, node.value()) {
        (Tree::Text(text, _), Value::Scalar(scalar)) => scalar.text.as_ref() == text,
        (Tree::List(items, _), Value::Sequence(nodes)) => {
            items.len() == nodes.len() && items.iter().zip(nodes).all(|(item, node)| same(item, node))
        }
        (Tree::Map(entries, _), Value::Mapping(found)) => {
            entries.len() == found.len()
                && entries.iter().enumerate().zip(found).all(|((at, (key, value)), entry)| {
                    entry.key.key() == Ok(&format!("{key}{at}")) && same(value, entry.value)
                })
        }
        _ => false,
    }
}

proptest! {
    #[test]
    fn a_tree_that_is_written_comes_back_with_its_places_and_comments(tree in tree()) {
        let mut writer = Writer::default();
        writer.write(&tree, None, 0, false);
        let text = writer.text;
        let documents = read(&text).unwrap_or_else(|errors| panic!("{text}\n{errors:#?}"));
        let root = documents[0].root();
        prop_assert!(same(&tree, root), "{text}\n{}", show(root));
        let cuts: Vec<_> = all(root).into_iter().map(|node| &text[node.place().span.range()]).collect();
        let written: Vec<_> = writer.places.into_iter().map(|place| &text[place]).collect();
        prop_assert_eq!(cuts, written, "{}", text);
        let comments: Vec<_> = documents[0].comments().iter().map(|comment| comment.text.to_string()).collect();
        prop_assert_eq!(comments, writer.comments, "{}", text);
    }
}

// Texts that nobody wrote ---------------------------------------------------------------------------------------------

const SEEDS: &[&str] = &[
    "a: 1\nb:\n  - x\n  - y: z # c\n    w: |\n      text\n       more\n\n  - >-\n    folded\n    text\nc: {d: e, f: [g, 'h', \"i\"]}\n",
    "&a a: &b {x: 1}\nc: *b\n*a : d\n<<: *b\n",
    "- - - a\n  - b\n- ? c\n  : d\n- [a: b, {c: d}: e, ? f : g]\n",
    "%YAML 1.1\n---\na\n...\n# c\n---\n'b''c'\n--- |\n  d\n\n",
    "a: 'x\n  y\n\n  z'\nb: \"x\\\n  y\\n\\u00e9\"\nc: x\n  y\n",
    "\u{feff}a: !!str 1\r\nb: !!int '2'\r\n# c\r\nd: # e\r\n  - f # g\r\n",
    "selection:\n  Image|endswith: '\\cmd.exe'\n  CommandLine|contains:\n    - ' -enc '\n    - \"x\\ty\"\ncondition: selection and not 1 of filter_*\n",
];

/// Something put in place of a part of one of the seeds.
#[derive(Clone, Debug)]
struct Change {
    at: prop::sample::Index,
    removed: usize,
    put: String,
}

fn change() -> impl Strategy<Value = Change> {
    let sign = prop::sample::select(vec![
        " ",
        "\n",
        "\t",
        ":",
        "-",
        "?",
        "#",
        ",",
        "[",
        "]",
        "{",
        "}",
        "'",
        "\"",
        "&",
        "*",
        "!",
        "|",
        ">",
        "%",
        "@",
        "~",
        "\\",
        "\r\n",
        "\r",
        "\n  ",
        ": ",
        "- ",
        "? ",
        " #",
        "---\n",
        "...\n",
        "<<: ",
        "&a ",
        "*a",
        "!!str ",
        "|\n",
        "é",
        "\0",
        "\u{feff}",
        "\u{85}",
        "\u{2028}",
        "[[[[",
        "%TAG ! x\n",
        "|9+\n",
        "\"\\",
    ]);
    let put = prop_oneof![4 => sign.prop_map(str::to_string), 1 => ".{0,3}"];
    (any::<prop::sample::Index>(), 0usize..4, put).prop_map(|(at, removed, put)| Change { at, removed, put })
}

/// What holds of everything that is read or refused.
fn holds(text: &str) -> Result<(), TestCaseError> {
    // Line and column of a byte, counted plainly.
    let line_column = |offset: usize| {
        let before = text[..offset].trim_start_matches('\u{feff}');
        // A position between the two characters of a line end is one column on in the line that they end.
        let inside = before.ends_with('\r') && text[offset..].starts_with('\n');
        let ended = before.strip_suffix('\r').filter(|_| inside).unwrap_or(before);
        let ended = ended.replace("\r\n", "\n").replace('\r', "\n");
        let line = ended.rsplit('\n').next().unwrap_or_default();
        (ended.matches('\n').count() + 1, line.chars().count() + 1 + usize::from(inside))
    };
    let documents = match read(text) {
        Ok(documents) => documents,
        Err(errors) => {
            prop_assert!(!errors.is_empty());
            for error in errors {
                prop_assert!(text.get(error.place.span.range()).is_some(), "{error:?}");
                prop_assert!(!error.message.is_empty() && !error.help.is_empty());
                let at = error.place.at;
                prop_assert_eq!((at.line as usize, at.column as usize), line_column(error.place.span.start as usize));
            }
            return Ok(());
        }
    };
    let mut last_comment = 0;
    for document in &documents {
        for comment in document.comments() {
            prop_assert!(comment.place.at.line > last_comment);
            last_comment = comment.place.at.line;
            prop_assert!(text[comment.place.span.range()].starts_with('#'));
        }
        for node in all(document.root()) {
            let place = node.place();
            let cut = text.get(place.span.range());
            prop_assert!(cut.is_some(), "{place:?}");
            let cut = cut.unwrap_or_default();
            let at = (place.at.line as usize, place.at.column as usize);
            prop_assert_eq!(at, line_column(place.span.start as usize), "{:?}", cut);
            let Value::Scalar(scalar) = node.value() else {
                let members = node.items().into_iter().chain(node.entries().into_iter().flat_map(|e| [e.key, e.value]));
                for member in members.filter(|_| node.aliased().is_none()) {
                    let inner = member.place().span;
                    prop_assert!(
                        place.span.start <= inner.start && inner.end <= place.span.end,
                        "{:?} in {:?}",
                        inner,
                        cut
                    );
                }
                if let Err(error) = node.merged() {
                    prop_assert!(text.get(error.place.span.range()).is_some());
                }
                continue;
            };
            if node.aliased().is_some() {
                prop_assert!(cut.starts_with('*'));
                continue;
            }
            match scalar.style {
                Style::Plain if cut.contains(['\n', '\r']) => prop_assert!(scalar.text.contains([' ', '\n'])),
                Style::Plain => prop_assert_eq!(cut, scalar.text.as_ref()),
                Style::Single => {
                    prop_assert!(cut.len() >= 2 && cut.starts_with('\'') && cut.ends_with('\''), "{:?}", cut)
                }
                Style::Double => {
                    prop_assert!(cut.len() >= 2 && cut.starts_with('"') && cut.ends_with('"'), "{:?}", cut)
                }
                Style::Literal => prop_assert!(cut.starts_with('|')),
                Style::Folded => prop_assert!(cut.starts_with('>')),
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_changed_text_is_read_or_refused_at_a_place(
        seed in prop::sample::select(SEEDS),
        changes in prop::collection::vec(change(), 1..5),
    ) {
        let mut text = seed.to_string();
        for change in changes {
            let boundaries: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let start = change.at.index(boundaries.len());
            let end = (start + change.removed).min(boundaries.len() - 1);
            text.replace_range(boundaries[start]..boundaries[end], &change.put);
        }
        holds(&text)?;
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place(text in "(?s:.{0,40})") {
        holds(&text)?;
    }

    #[test]
    fn any_signs_are_read_or_refused_at_a_place(text in "[-a:?#,\\[\\]{}'\"&*!|>%@ \n\t\r\\\\.~<é]{0,24}") {
        holds(&text)?;
    }
}
