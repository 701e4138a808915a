//! A workspace as Blockly XML.
//!
//! In: a workspace. Out: what `Blockly.Xml.workspaceToDom` would give, a line a block; and what XML cannot carry: characters,
//! and the extra state of blocks that are not known. Never here: recursion.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::blockly::vocabulary::{ExtraKind, find, ours};
use crate::blockly::{Block, BlockId, Extra, ExtraValue, FieldValue, Note, Workspace};
use crate::source::blockly::carries;

/// What JavaScript's `encodeURIComponent` leaves alone.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Something that XML cannot carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncarried {
    /// In which block; `None` for a note, a variable, or the comments behind the last rule.
    pub block: Option<BlockId>,
    /// What, for a sentence: "the character U+0001 in the field TEXT".
    pub what: String,
}

/// Blockly's own namespace.
pub const NAMESPACE: &str = "https://developers.google.com/blockly/xml";

/// Writes a workspace, its root in this namespace. In another than Blockly's present one, a disabled block is written as
/// every Blockly reads it: older ones know no reasons, and would run it.
pub fn write(workspace: &Workspace, namespace: &str) -> (String, Vec<Uncarried>) {
    let reasons = namespace == NAMESPACE;
    let mut writer = Writer { workspace, out: String::new(), uncarried: Vec::new(), block: None, reasons };
    writer.out.push_str("<xml");
    writer.attribute("xmlns", namespace);
    writer.out.push_str(">\n");
    if !workspace.variables.is_empty() {
        writer.out.push_str("<variables>\n");
        for variable in &workspace.variables {
            writer.out.push_str("<variable");
            if !variable.kind.is_empty() {
                writer.attribute("type", &variable.kind);
            }
            writer.attribute("id", &variable.id);
            writer.out.push('>');
            writer.text(&variable.name, "the name of a variable");
            writer.out.push_str("</variable>\n");
        }
        writer.out.push_str("</variables>\n");
    }
    for note in &workspace.notes {
        writer.note(note);
    }
    for top in &workspace.tops {
        writer.blocks(*top);
        writer.out.push('\n');
    }
    writer.out.push_str("</xml>\n");
    (writer.out, writer.uncarried)
}

/// What is left to write.
enum Job {
    Text(String),
    Block(BlockId, bool),
    Close(BlockId),
}

struct Writer<'a> {
    workspace: &'a Workspace,
    out: String,
    uncarried: Vec<Uncarried>,
    block: Option<BlockId>,
    /// Say why a block is disabled?
    reasons: bool,
}

impl Writer<'_> {
    fn cannot(&mut self, what: String) {
        self.uncarried.push(Uncarried { block: self.block, what });
    }

    /// Text between tags.
    fn text(&mut self, text: &str, what: &str) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                // So that `]]>` is never there.
                '>' => self.out.push_str("&gt;"),
                // A reader would make a line feed of it.
                '\r' => self.out.push_str("&#13;"),
                c if carries(c) => self.out.push(c),
                c => self.cannot(format!("the character U+{:04X} in {what}", c as u32)),
            }
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.push_str(&format!(" {name}=\""));
        for c in value.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '"' => self.out.push_str("&quot;"),
                '\t' | '\n' | '\r' => self.out.push_str(&format!("&#{};", c as u32)),
                c if carries(c) => self.out.push(c),
                c => self.cannot(format!("the character U+{:04X} in `{name}`", c as u32)),
            }
        }
        self.out.push('"');
    }

    fn flags(&mut self, flags: &[(bool, &str, &str)]) {
        for (set, name, value) in flags {
            if *set {
                self.attribute(name, value);
            }
        }
    }

    fn pair(&mut self, names: [&str; 2], pair: Option<(f64, f64)>) {
        if let Some((a, b)) = pair {
            self.attribute(names[0], &a.to_string());
            self.attribute(names[1], &b.to_string());
        }
    }

    fn note(&mut self, note: &Note) {
        self.out.push_str("<comment");
        self.attribute("id", &note.id);
        self.pair(["x", "y"], note.at);
        self.pair(["h", "w"], note.size);
        self.flags(&[
            (note.collapsed, "collapsed", "true"),
            (note.undeletable, "deletable", "false"),
            (note.unmovable, "movable", "false"),
            (note.uneditable, "editable", "false"),
        ]);
        self.out.push('>');
        self.text(&note.text, "a note");
        self.out.push_str("</comment>\n");
    }

    fn blocks(&mut self, top: BlockId) {
        let workspace = self.workspace;
        let mut jobs = vec![Job::Block(top, true)];
        while let Some(job) = jobs.pop() {
            match job {
                Job::Text(text) => self.out.push_str(&text),
                Job::Close(id) => self.out.push_str(if workspace.block(id).shadow { "</shadow>" } else { "</block>" }),
                Job::Block(id, top) => {
                    let block = workspace.block(id);
                    self.block = Some(id);
                    self.head(block, top);
                    let first = jobs.len();
                    for input in &block.inputs {
                        if input.content().is_none() {
                            continue;
                        }
                        let tag = if is_stack(block, &input.name, input.statements) { "statement" } else { "value" };
                        let mut open = String::new();
                        std::mem::swap(&mut open, &mut self.out);
                        self.attribute("name", &input.name);
                        std::mem::swap(&mut open, &mut self.out);
                        jobs.push(Job::Text(format!("<{tag}{open}>")));
                        connection(input.block, input.shadow, &mut jobs);
                        jobs.push(Job::Text(format!("</{tag}>")));
                    }
                    if block.below().is_some() {
                        jobs.push(Job::Text("<next>".to_string()));
                        connection(block.next, block.next_shadow, &mut jobs);
                        jobs.push(Job::Text("</next>".to_string()));
                    }
                    jobs.push(Job::Close(id));
                    jobs[first..].reverse();
                }
            }
        }
        self.block = None;
    }

    /// The opening tag, and all but inputs and what stands below.
    fn head(&mut self, block: &Block, top: bool) {
        self.out.push_str(if block.shadow { "<shadow" } else { "<block" });
        self.attribute("type", &block.kind);
        if !block.id.is_empty() {
            self.attribute("id", &block.id);
        }
        let look = &block.look;
        if let Some(inline) = look.inline {
            self.attribute("inline", if inline { "true" } else { "false" });
        }
        self.flags(&[(look.collapsed, "collapsed", "true")]);
        if !block.disabled.is_empty() && !self.reasons {
            self.attribute("disabled", "true");
        } else if !block.disabled.is_empty() {
            let reasons: Vec<String> =
                block.disabled.iter().map(|reason| utf8_percent_encode(reason, COMPONENT).to_string()).collect();
            self.attribute("disabled-reasons", &reasons.join(","));
        }
        self.flags(&[
            (look.undeletable, "deletable", "false"),
            (look.unmovable, "movable", "false"),
            (look.uneditable, "editable", "false"),
        ]);
        if top {
            self.pair(["x", "y"], block.at);
        }
        self.out.push('>');
        if let Some(extra) = &block.extra {
            self.mutation(block, extra);
        }
        for field in &block.fields {
            self.out.push_str("<field");
            self.attribute("name", &field.name);
            let text = match &field.value {
                FieldValue::Text(text) | FieldValue::Number(text) | FieldValue::Other(text) => text.clone(),
                FieldValue::Bool(yes) => if *yes { "TRUE" } else { "FALSE" }.to_string(),
                FieldValue::Variable { id, name, kind } => {
                    self.attribute("id", id);
                    if let Some(kind) = kind {
                        self.attribute("variabletype", kind);
                    }
                    let known = self.workspace.variables.iter().find(|variable| variable.id == *id);
                    name.clone().or_else(|| Some(known?.name.clone())).unwrap_or_default()
                }
            };
            self.out.push('>');
            self.text(&text, &format!("the field `{}`", field.name));
            self.out.push_str("</field>");
        }
        if let Some(comment) = &block.comment {
            self.out.push_str("<comment");
            if let Some(pinned) = comment.pinned {
                self.attribute("pinned", if pinned { "true" } else { "false" });
            }
            self.pair(["h", "w"], comment.size);
            self.pair(["x", "y"], comment.at);
            self.out.push('>');
            self.text(&comment.text, "a comment");
            self.out.push_str("</comment>");
        }
        if let Some(data) = &look.data {
            self.out.push_str("<data>");
            self.text(data, "`data`");
            self.out.push_str("</data>");
        }
    }

    fn mutation(&mut self, block: &Block, extra: &Extra) {
        let def = find(ours::BLOCKS, &block.kind).map(|index| &ours::BLOCKS[index]);
        if let (Some(raw), true) = (&extra.raw, extra.mutation) {
            self.out.push_str(raw);
            return;
        }
        let Some(def) = def else {
            self.cannot(format!("the extra state of the unknown block `{}`", block.kind));
            return;
        };
        let mut open = false;
        for (name, value) in &extra.values {
            let Some(known) =
                def.extra.iter().find(|def| *name == if extra.mutation { def.mutation } else { def.name })
            else {
                continue;
            };
            let value = match (value, known.kind) {
                (ExtraValue::Bool(false), _) | (ExtraValue::Other, _) => continue,
                (ExtraValue::Bool(true), _) => "1",
                (ExtraValue::Text(text) | ExtraValue::Number(text), ExtraKind::Count { .. } | ExtraKind::Flag) => text,
            };
            if !open {
                self.out.push_str("<mutation");
                open = true;
            }
            self.attribute(known.mutation, value);
        }
        if open {
            self.out.push_str("></mutation>");
        }
    }
}

fn connection(block: Option<BlockId>, shadow: Option<BlockId>, jobs: &mut Vec<Job>) {
    for id in [shadow, block].into_iter().flatten() {
        jobs.push(Job::Text("\n".to_string()));
        jobs.push(Job::Block(id, false));
    }
}

/// Is an input one for a stack? JSON does not say, but the block's definition does.
fn is_stack(block: &Block, name: &str, said: Option<bool>) -> bool {
    use crate::blockly::vocabulary::PartKind;
    said.unwrap_or_else(|| {
        let def = find(ours::BLOCKS, &block.kind).map(|index| &ours::BLOCKS[index]);
        let part = def.and_then(|def| def.parts.get(def.part(name)?.0));
        part.is_some_and(|part| matches!(part.kind, PartKind::Statements(_)))
    })
}
