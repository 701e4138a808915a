//! Files of Sigma as data.
//!
//! In: the text of a file. Out: its documents, and everything that is wrong with them, each with line and column. Never here: what a rule means for
//! events of Windows.
//!
//! | in the file | here |
//! | --- | --- |
//! | several documents, `---` between them | each for itself |
//! | `action: global` | what it says holds for all rules behind it, also against what they say; `reset` ends it, `repeat` is the rule before with changes |
//! | a document with nothing in it | passed over |
//! | a key that Sigma does not know | nothing is said, since people may add their own; unless it looks like a misspelt one |
//! | a document with a fault | is no rule; its other faults are told too |
//! | metadata of the wrong form | a warning, and the rule is read without it |

mod correlation;
mod detection;
mod meta;

use rustc_hash::FxHashMap;

use super::model::{Body, Document, File, Filter, LogSource, Rule};
use crate::ast::At;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::limits;
use crate::origin::{Origin, SourceId, Span};
use crate::yaml::{self, Entry, Node, Resolved, Value, YamlError, YamlErrorKind};

/// Keys that a document of any kind may have.
const COMMON: [&str; 21] = [
    "title",
    "id",
    "name",
    "related",
    "taxonomy",
    "status",
    "description",
    "license",
    "author",
    "references",
    "date",
    "modified",
    "logsource",
    "fields",
    "falsepositives",
    "level",
    "tags",
    "scope",
    "detection",
    "correlation",
    "filter",
];

/// Reads a file.
pub fn read(source: SourceId, text: &str) -> (File, Vec<Diagnostic>) {
    let (documents, errors) = yaml::read_with_doubled_keys(text);
    let is_yaml = errors.iter().all(|error| error.kind == YamlErrorKind::DuplicateKey);
    let doubled: Vec<Span> = errors.iter().map(|error| error.place.span).collect();
    let mut reader = Reader { source, text, found: Vec::new(), faults: 0, logsources: Vec::new(), values: 0 };
    errors.into_iter().for_each(|error| reader.yaml(error));
    let mut file = File { source, documents: Vec::new(), count: 0, faulty: Vec::new(), faulty_names: Vec::new() };
    if is_yaml {
        let (mut global, mut before) = (Vec::new(), Vec::new());
        for document in &documents {
            let root = document.root();
            if root.scalar().is_some_and(|scalar| matches!(scalar.resolve(), Resolved::Null)) {
                continue;
            }
            let Some(own) = reader.top(root) else { continue };
            own.iter().for_each(|key| reader.misspelt(key));
            // What is counted or filtered is no rule that `global` could be about.
            let is_rule = !own.iter().any(|key| matches!(key.name, "correlation" | "filter"));
            let keys = match reader.action(&own) {
                Some("global") => {
                    // Own keys of people are nothing that other documents could take over.
                    global = own.iter().filter(|key| COMMON.contains(&key.name)).cloned().collect();
                    before = own;
                    continue;
                }
                Some("reset") => {
                    reader.only_action(&own);
                    global.clear();
                    continue;
                }
                Some("repeat") => {
                    let mut keys = std::mem::take(&mut before);
                    if keys.is_empty() {
                        let at = own.iter().find(|key| key.name == "action").map_or(root, |key| key.key);
                        let found = Diagnostic::new(
                            Code::SigmaShape,
                            reader.origin(at),
                            "nothing stands before it that could be repeated",
                        );
                        reader.found.push(found.help("leave `action: repeat` out, or write the rule before it"));
                    }
                    merge(&mut keys, &own);
                    keys
                }
                Some(_) | None => {
                    let mut keys = own;
                    if is_rule {
                        reader.overruled(&keys, &global);
                        merge(&mut keys, &global);
                    }
                    keys
                }
            };
            let inside = root.place().span;
            reader.faults = doubled.iter().filter(|span| inside.start <= span.start && span.start < inside.end).count();
            file.count += 1;
            match reader.document(root, &keys) {
                Some(document) => file.documents.push(document),
                None => {
                    file.faulty.append(&mut reader.logsources);
                    let names = keys.iter().filter(|key| matches!(key.name, "name" | "id"));
                    let texts = names.filter_map(|key| key.values.last()?.scalar());
                    file.faulty_names.extend(texts.map(|scalar| scalar.text.trim().to_string()));
                }
            }
            reader.logsources.clear();
            if reader.values > limits::YAML_NODES {
                break;
            }
            if is_rule {
                before = keys;
            }
        }
        if file.count == 0 && reader.found.is_empty() {
            let found = Diagnostic::new(Code::SigmaMissing, Origin::whole(source), "this file holds no rule of Sigma");
            reader.found.push(found.help("a rule has `title`, `logsource` and `detection`"));
        }
    }
    (file, reader.found)
}

/// Keys that a document, and what stands under one of them, may have: some twenty times what rules have.
const MEMBERS: usize = 1000;

/// What a text counts for: one value, and more where it is long.
pub(super) fn weight(text: &str) -> usize {
    1 + text.len() / 64
}

/// The text of a key; none of one that is no text.
fn name_of<'a>(key: Node<'a>) -> Option<&'a str> {
    key.scalar().map(|scalar| &*scalar.text)
}

/// A key with what is written under it, in this document and in those that it builds on.
#[derive(Clone, Debug)]
struct Key<'a> {
    name: &'a str,
    key: Node<'a>,
    /// The last one counts; of mappings, all of them.
    values: Vec<Node<'a>>,
}

fn merge<'a>(into: &mut Vec<Key<'a>>, more: &[Key<'a>]) {
    for key in more {
        match into.iter_mut().find(|known| known.name == key.name) {
            Some(known) => {
                known.key = key.key;
                known.values.extend(&key.values);
            }
            None => into.push(key.clone()),
        }
    }
}

struct Reader<'t> {
    source: SourceId,
    text: &'t str,
    found: Vec<Diagnostic>,
    /// Faults of the document that is read.
    faults: usize,
    /// The log source of the document that is read.
    logsources: Vec<LogSource>,
    /// Keys and values that were read, those of `action: global` for each document that takes them over.
    values: usize,
}

impl<'t> Reader<'t> {
    fn origin(&self, node: Node<'_>) -> Origin {
        Origin::span(self.source, node.place().span)
    }

    fn fault(&mut self, code: Code, origin: Origin, message: impl Into<String>, help: impl Into<String>) {
        self.found.push(Diagnostic::new(code, origin, message).help(help));
        self.faults += 1;
    }

    fn warn(&mut self, code: Code, origin: Origin, message: impl Into<String>, help: impl Into<String>) {
        self.found.push(Diagnostic::new(code, origin, message).help(help));
    }

    fn yaml(&mut self, error: YamlError) {
        let place = |place: yaml::Place| Origin::span(self.source, place.span);
        let mut found = Diagnostic::new(Code::SigmaYaml, place(error.place), error.message).help(error.help);
        if let Some(other) = error.other {
            found = found.related(place(other), "the other");
        }
        self.found.push(found);
    }

    /// The keys of a document.
    fn top<'a>(&mut self, root: Node<'a>) -> Option<Vec<Key<'a>>> {
        let Value::Mapping(entries) = root.value() else {
            let origin = self.origin(root);
            let help = "a rule of Sigma is a mapping with `title`, `logsource` and `detection`";
            self.fault(Code::SigmaShape, origin, "this document is no mapping", help);
            return None;
        };
        if entries.len() > MEMBERS {
            let origin = self.origin(root);
            let message = format!("a document of more than {MEMBERS} keys");
            self.fault(Code::SigmaShape, origin, message, "write a document for each rule, with `---` between them");
            return None;
        }
        let mut keys = Vec::with_capacity(entries.len());
        for entry in &entries {
            match entry.key.scalar() {
                Some(scalar) => keys.push(Key { name: &scalar.text, key: entry.key, values: vec![entry.value] }),
                None => {
                    let origin = self.origin(entry.key);
                    self.fault(Code::SigmaShape, origin, "a key that is no text", "write a name before the colon");
                }
            }
        }
        Some(keys)
    }

    fn action<'a>(&mut self, keys: &[Key<'a>]) -> Option<&'a str> {
        let key = keys.iter().find(|key| key.name == "action")?;
        let node = *key.values.last()?;
        let word = node.scalar().map(|scalar| &*scalar.text);
        if let Some("global" | "reset" | "repeat") = word {
            return word;
        }
        let origin = self.origin(node);
        let near = word.and_then(|word| nearest(word, ["global", "reset", "repeat"]));
        let help = near.map(|near| format!("did you mean `{near}`?"));
        let help = help.unwrap_or_else(|| "write `global`, `reset` or `repeat`".to_string());
        self.fault(Code::SigmaShape, origin, "no such action", help);
        None
    }

    /// Nothing stands beside `action: reset`: it would be read as nothing.
    fn only_action(&mut self, keys: &[Key<'_>]) {
        if let Some(other) = keys.iter().find(|key| key.name != "action") {
            let origin = self.origin(other.key);
            let message = format!("`{}` beside `action: reset`, which makes no rule", other.name);
            self.fault(Code::SigmaShape, origin, message, "write the rule into a document of its own, behind `---`");
        }
    }

    /// Says which keys of a rule do not hold against `action: global`.
    fn overruled(&mut self, own: &[Key<'_>], global: &[Key<'_>]) {
        let is_mapping = |key: &Key<'_>| key.values.iter().all(|node| matches!(node.value(), Value::Mapping(_)));
        for key in own {
            let Some(above) = global.iter().find(|above| above.name == key.name) else { continue };
            if !(is_mapping(key) && is_mapping(above)) {
                let (origin, other) = (self.origin(key.key), self.origin(above.key));
                let message = format!("`{}` stands under `action: global` too, and that holds", key.name);
                let found = Diagnostic::new(Code::SigmaShape, origin, message).related(other, "this holds");
                let found = found.help("leave one of them out").weighing(crate::diagnostic::Severity::Warning);
                self.found.push(found);
            }
        }
    }

    fn document(&mut self, root: Node<'_>, keys: &[Key<'_>]) -> Option<Document> {
        let origin = self.origin(root);
        let meta = self.meta(keys, root);
        let find = |name: &str| keys.iter().find(|key| key.name == name);
        let body = match (find("detection"), find("correlation"), find("filter")) {
            (Some(key), None, None) => self.rule(keys, key, root).map(Body::Rule),
            (None, Some(key), None) => self.correlation(key).map(Body::Correlation),
            (None, None, Some(key)) => self.filter(keys, key, root).map(Body::Filter),
            (None, None, None) => {
                let help = "write what to look for below `detection:`, with a `condition:` among it";
                let misplaced = keys.iter().find(|key| matches!(key.name, "condition" | "selection"));
                let help = match misplaced {
                    Some(_) => "indent `condition` and what it names by one more step, below `detection:`",
                    None => help,
                };
                self.fault(Code::SigmaMissing, origin, "this document has no `detection`", help);
                None
            }
            (_, Some(key), _) | (_, None, Some(key)) => {
                let origin = self.origin(key.key);
                let message = format!("a document is one thing, and this has `{}` beside another", key.name);
                self.fault(Code::SigmaShape, origin, message, "write a document for each, with `---` between them");
                None
            }
        };
        let body = body?;
        (self.faults == 0).then_some(Document { meta, body, origin })
    }

    /// A key that is nearly one of Sigma's.
    fn misspelt(&mut self, key: &Key<'_>) {
        // That the last two stand too far left is said by whoever misses them.
        if COMMON.contains(&key.name) || matches!(key.name, "action" | "selection" | "condition") {
            return;
        }
        let origin = self.origin(key.key);
        let known = COMMON.iter().copied().find(|known| known.eq_ignore_ascii_case(key.name));
        // Own keys are allowed, and long ones are no slip.
        let close = |name: &&str| name.len().abs_diff(key.name.len()) <= 2;
        if let Some(near) = known.or_else(|| nearest(key.name, COMMON).filter(close)) {
            self.warn(
                Code::SigmaUnknownKey,
                origin,
                format!("Sigma has no key `{}`", key.name),
                format!("did you mean `{near}`?"),
            );
        }
    }

    /// Is there room for so many keys or values more? Says once that there is none.
    fn room(&mut self, count: usize, at: Origin) -> bool {
        let before = self.values;
        self.values += count;
        if self.values <= limits::YAML_NODES {
            return true;
        }
        if before <= limits::YAML_NODES {
            let most = limits::YAML_NODES;
            let message =
                format!("with what `action: global` adds to each document this file has more than {most} values");
            self.fault(Code::SigmaShape, at, message, "write what is long into one rule, or into several files");
        }
        false
    }

    /// The text of a key that must be one, or nothing where it is not there.
    fn text(&mut self, node: Node<'_>, code: Code, what: &str) -> Option<At<String>> {
        let origin = self.origin(node);
        match node.scalar() {
            Some(scalar) if !matches!(scalar.resolve(), Resolved::Null) => {
                if !self.room(weight(&scalar.text), origin) {
                    return None;
                }
                Some(At::new(scalar.text.trim().to_string(), origin))
            }
            Some(_) | None => {
                let found = Diagnostic::new(code, origin, format!("{what} is no text"));
                self.found.push(found.help("write a text; in quotes if it begins with `[`, `{` or `*`"));
                None
            }
        }
    }

    /// What stands under a key that is there: a mapping with all that its documents say, the last of what they say otherwise.
    fn mapping<'a>(&mut self, key: &Key<'a>) -> Option<Vec<Entry<'a>>> {
        let entries =
            self.mappings(key)?.into_iter().filter_map(|(key, mut values)| Some(Entry { key, value: values.pop()? }));
        Some(entries.collect())
    }

    /// The same with everything that is said under each of its keys.
    fn mappings<'a>(&mut self, key: &Key<'a>) -> Option<Vec<(Node<'a>, Vec<Node<'a>>)>> {
        let mut entries: Vec<(Node<'a>, Vec<Node<'a>>)> = Vec::new();
        let mut known: FxHashMap<Option<&str>, usize> = FxHashMap::default();
        for node in &key.values {
            let Value::Mapping(own) = node.value() else {
                let origin = self.origin(*node);
                let message = format!("`{}` is no mapping", key.name);
                self.fault(Code::SigmaShape, origin, message, "write its keys below it, indented, each with a colon");
                return None;
            };
            if !self.room(own.len(), self.origin(key.key)) {
                return None;
            }
            for entry in own {
                let at = *known.entry(name_of(entry.key)).or_insert(entries.len());
                match entries.get_mut(at) {
                    Some((key, values)) => {
                        *key = entry.key;
                        values.push(entry.value);
                    }
                    None => entries.push((entry.key, vec![entry.value])),
                }
            }
        }
        if entries.len() > MEMBERS {
            let origin = self.origin(key.key);
            let message = format!("`{}` has more than {MEMBERS} keys", key.name);
            self.fault(Code::SigmaShape, origin, message, "write several rules");
            return None;
        }
        Some(entries)
    }

    fn logsource(&mut self, keys: &[Key<'_>], root: Node<'_>) -> Option<LogSource> {
        let Some(key) = keys.iter().find(|key| key.name == "logsource") else {
            let origin = self.origin(root);
            let help = "write which events it is about, as in `logsource:` with `product: windows` and `category: process_creation`";
            self.fault(Code::SigmaMissing, origin, "this document has no `logsource`", help);
            return None;
        };
        let mut source = LogSource { product: None, category: None, service: None, origin: self.origin(key.key) };
        let before = self.faults;
        for entry in self.mapping(key)? {
            let Ok(name) = entry.key.key() else { continue };
            let origin = self.origin(entry.key);
            let slot = match name {
                "product" => &mut source.product,
                "category" => &mut source.category,
                "service" => &mut source.service,
                "definition" => continue,
                other => {
                    // Without it the rule would be about more events than its author means.
                    if let Some(near) = nearest(other, ["product", "category", "service", "definition"]) {
                        let message = format!("a log source has no `{other}`");
                        self.fault(Code::SigmaUnknownKey, origin, message, format!("did you mean `{near}`?"));
                    }
                    continue;
                }
            };
            let faults = self.found.len();
            *slot = self.text(entry.value, Code::SigmaShape, &format!("`{name}`"));
            self.faults += self.found.len() - faults;
        }
        if self.faults == before {
            self.logsources.push(source.clone());
        }
        Some(source)
    }

    fn rule(&mut self, keys: &[Key<'_>], key: &Key<'_>, root: Node<'_>) -> Option<Rule> {
        let logsource = self.logsource(keys, root);
        let entries = self.mappings(key)?;
        let detections = self.detections(key.key, &entries, keys);
        Some(Rule { logsource: logsource?, detections: detections?.into() })
    }

    fn filter(&mut self, keys: &[Key<'_>], key: &Key<'_>, root: Node<'_>) -> Option<Filter> {
        let logsource = self.logsource(keys, root);
        let mut entries = self.mappings(key)?;
        let named =
            |(name, _): &(Node<'_>, Vec<Node<'_>>)| name.scalar().is_some_and(|scalar| &*scalar.text == "rules");
        let rules = match entries.iter().position(named).map(|at| entries.remove(at)) {
            None => {
                let origin = self.origin(key.key);
                let help = "write `rules: any`, or a list of names or ids of rules";
                self.fault(Code::SigmaMissing, origin, "nothing says which rules this filters", help);
                None
            }
            Some((name, values)) => {
                let node = values.last().copied().unwrap_or(name);
                match node.scalar() {
                    Some(scalar) if scalar.text.eq_ignore_ascii_case("any") => None,
                    Some(scalar) if matches!(scalar.resolve(), Resolved::Null) => {
                        let origin = self.origin(name);
                        let help = "write `rules: any`, or a list of names or ids of rules";
                        self.fault(Code::SigmaShape, origin, "nothing stands under `rules`", help);
                        None
                    }
                    Some(_) | None => Some(self.texts(node, Code::SigmaShape, "`rules`")).filter(|all| !all.is_empty()),
                }
            }
        };
        let detections = self.detections(key.key, &entries, keys);
        Some(Filter { logsource: logsource?, rules, detections: detections?.into() })
    }

    /// A list of texts, or one of them.
    fn texts(&mut self, node: Node<'_>, code: Code, what: &str) -> Vec<At<String>> {
        match node.value() {
            Value::Sequence(items) => items
                .into_iter()
                .filter_map(|item| {
                    let text = self.text(item, code, &format!("a member of {what}"))?;
                    Some(text)
                })
                .collect(),
            Value::Scalar(scalar) if matches!(scalar.resolve(), Resolved::Null) => Vec::new(),
            Value::Scalar(_) => self.text(node, code, what).into_iter().collect(),
            Value::Mapping(_) => {
                let origin = self.origin(node);
                self.warn(code, origin, format!("{what} is a mapping"), "write a list, a `- ` before each member");
                Vec::new()
            }
        }
    }
}
