//! Blockly JSON (`Blockly.serialization.workspaces.save`) into a workspace.
//!
//! In: a JSON document. Out: blocks as they were saved. What a block state cannot hold is a finding at that block. Never here:
//! which blocks exist.

use super::json::{Document, NodeId, Value};
use super::places::Places;
use super::xml;
use crate::blockly::workspace::Look;
use crate::blockly::{Block, BlockId, Comment, Extra, ExtraValue, Field, FieldValue, Input, Note, Variable, Workspace};
use crate::diagnostic::{Code, nearest};
use crate::origin::Origin;
use crate::source::text::shorten;

/// What a block state may hold.
const MEMBERS: &[&str] = &[
    "type",
    "id",
    "x",
    "y",
    "collapsed",
    "deletable",
    "movable",
    "editable",
    "enabled",
    "disabledReasons",
    "inline",
    "data",
    "extraState",
    "icons",
    "fields",
    "inputs",
    "next",
];

/// Where a block is to be put.
#[derive(Clone, Copy)]
pub(super) enum Link {
    /// It stands alone.
    Top,
    /// In an input of a block, by index.
    Input(BlockId, usize),
    /// Below a block.
    Next(BlockId),
}

impl Link {
    /// Puts the block there.
    pub fn attach(self, workspace: &mut Workspace, id: BlockId, shadow: bool) {
        match self {
            Link::Top => workspace.tops.push(id),
            Link::Input(parent, input) => {
                if let Some(input) = workspace.block_mut(parent).inputs.get_mut(input) {
                    *(if shadow { &mut input.shadow } else { &mut input.block }) = Some(id);
                }
            }
            Link::Next(parent) => {
                let parent = workspace.block_mut(parent);
                *(if shadow { &mut parent.next_shadow } else { &mut parent.next }) = Some(id);
            }
        }
    }
}

/// Reads a document.
pub(super) fn workspace(document: &Document, text: &str, places: &mut Places) -> Workspace {
    let mut reader = Reader { document, text, places, workspace: Workspace::default() };
    reader.top();
    reader.workspace
}

struct Reader<'a> {
    document: &'a Document,
    text: &'a str,
    places: &'a mut Places,
    workspace: Workspace,
}

impl<'a> Reader<'a> {
    fn top(&mut self) {
        const WAY_OUT: &str = "a workspace that Blockly saves as JSON is an object with `blocks`";
        if self.document.is_empty() || !matches!(self.document.node(0).value, Value::Object(_)) {
            let what = if self.document.is_empty() { "nothing" } else { self.document.node(0).value.is() };
            let place = Origin::whole(self.places.source);
            self.places.report(Code::NotBlocks, place, format!("this is {what}, not a Blockly workspace"), WAY_OUT);
            return;
        }
        let members = self.document.members(0);
        let known = |key: &str| matches!(key, "blocks" | "variables" | "workspaceComments");
        if !members.is_empty() && !members.iter().any(|(key, _)| known(key)) {
            let place = Origin::whole(self.places.source);
            let message = "this JSON is not a Blockly workspace: it has no `blocks`";
            self.places.report(Code::NotBlocks, place, message, WAY_OUT);
            return;
        }
        for (key, node) in members {
            match key.as_str() {
                "blocks" => self.blocks(*node),
                "variables" => self.variables(*node),
                "workspaceComments" => self.notes(*node),
                _ => self.workspace.rest.push((key.clone(), self.raw(*node))),
            }
        }
    }

    /// The bytes of a value.
    fn raw(&self, node: NodeId) -> String {
        self.text.get(self.document.node(node).span.range()).unwrap_or_default().to_string()
    }

    fn items(&mut self, node: NodeId, what: &str) -> Vec<NodeId> {
        match &self.document.node(node).value {
            Value::Array(items) => items.clone(),
            other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Object(_)) => {
                let message = format!("{what} is {}, where a list is expected", other.is());
                let place = self.places.span(self.document.node(node).span);
                self.places.report(Code::NotBlocks, place, message, "save the workspace again");
                Vec::new()
            }
        }
    }

    fn text_of(&mut self, node: NodeId, place: Origin, what: &str) -> Option<String> {
        match &self.document.node(node).value {
            Value::Text(text) => Some(text.clone()),
            // Ids that are numbers are still names.
            Value::Number(number) => Some(number.clone()),
            other @ (Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => {
                self.wrong(place, what, other.is(), "a text");
                None
            }
        }
    }

    /// The members of what must be an object; `None` if it is none, which is told.
    fn object(&mut self, node: NodeId, code: Code, place: Origin, what: &str) -> Option<&'a [(String, NodeId)]> {
        let document = self.document;
        match &document.node(node).value {
            Value::Object(members) => Some(members),
            other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Array(_)) => {
                let message = format!("`{}` is {}, where an object is expected", shorten(what), other.is());
                let help = "save the workspace again, or mend the value by hand";
                self.places.report(code, place, message, help);
                None
            }
        }
    }

    fn bool_of(&mut self, node: NodeId, place: Origin, what: &str) -> Option<bool> {
        match &self.document.node(node).value {
            Value::Bool(yes) => Some(*yes),
            other @ (Value::Null | Value::Number(_) | Value::Text(_) | Value::Array(_) | Value::Object(_)) => {
                self.wrong(place, what, other.is(), "true or false");
                None
            }
        }
    }

    fn number_of(&mut self, node: NodeId, place: Origin, what: &str) -> Option<f64> {
        if let Value::Number(number) = &self.document.node(node).value
            && let Ok(value) = number.parse::<f64>()
            && value.is_finite()
        {
            return Some(value);
        }
        let is = self.document.node(node).value.is();
        self.wrong(place, what, is, "a number");
        None
    }

    fn wrong(&mut self, place: Origin, what: &str, is: &str, expected: &str) {
        let message = format!("`{}` is {is}, where {expected} is expected", shorten(what));
        self.places.report(Code::BadBlock, place, message, "save the workspace again, or mend the value by hand");
    }

    fn variables(&mut self, node: NodeId) {
        for item in self.items(node, "`variables`") {
            let place = self.places.span(self.document.node(item).span);
            let mut variable = Variable::default();
            for (key, value) in self.object(item, Code::BadBlock, place, "variable").unwrap_or_default() {
                match key.as_str() {
                    "id" => variable.id = self.text_of(*value, place, key).unwrap_or_default(),
                    "name" => variable.name = self.text_of(*value, place, key).unwrap_or_default(),
                    "type" => variable.kind = self.text_of(*value, place, key).unwrap_or_default(),
                    _ => self.unknown(place, key, &["id", "name", "type"]),
                }
            }
            self.workspace.variables.push(variable);
        }
    }

    fn unknown(&mut self, place: Origin, key: &str, known: &[&str]) {
        let help = match nearest(key, known.iter().copied()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("known are {}", known.join(", ")),
        };
        let message = format!("`{}` is nothing that Blockly saves here", shorten(key));
        self.places.report(Code::BadBlock, place, message, help);
    }

    fn notes(&mut self, node: NodeId) {
        const KNOWN: &[&str] =
            &["id", "text", "x", "y", "width", "height", "collapsed", "deletable", "movable", "editable"];
        for item in self.items(node, "`workspaceComments`") {
            let place = self.places.span(self.document.node(item).span);
            let mut note = Note::default();
            let (mut x, mut y, mut width, mut height) = (None, None, None, None);
            for (key, value) in self.object(item, Code::BadBlock, place, "comment").unwrap_or_default() {
                let value = *value;
                match key.as_str() {
                    "id" => note.id = self.text_of(value, place, key).unwrap_or_default(),
                    "text" => note.text = self.text_of(value, place, key).unwrap_or_default(),
                    "x" => x = self.number_of(value, place, key),
                    "y" => y = self.number_of(value, place, key),
                    "width" => width = self.number_of(value, place, key),
                    "height" => height = self.number_of(value, place, key),
                    "collapsed" => note.collapsed = self.bool_of(value, place, key) == Some(true),
                    "deletable" => note.undeletable = self.bool_of(value, place, key) == Some(false),
                    "movable" => note.unmovable = self.bool_of(value, place, key) == Some(false),
                    "editable" => note.uneditable = self.bool_of(value, place, key) == Some(false),
                    _ => self.unknown(place, key, KNOWN),
                }
            }
            note.at = x.zip(y);
            note.size = height.zip(width);
            self.workspace.notes.push(note);
        }
    }

    fn blocks(&mut self, node: NodeId) {
        let place = self.places.span(self.document.node(node).span);
        let members = self.object(node, Code::NotBlocks, place, "blocks");
        if members.is_some_and(|members| !members.iter().any(|(key, _)| key == "blocks")) {
            let message = "`blocks` holds no list `blocks`";
            self.places.report(Code::NotBlocks, place, message, "save the workspace again");
        }
        let mut tops = Vec::new();
        for (key, value) in members.unwrap_or_default() {
            match key.as_str() {
                "blocks" => tops = self.items(*value, "`blocks.blocks`"),
                "languageVersion" => {
                    // Blockly has never written another; if it does, blocks may mean something else.
                    let value = self.document.node(*value);
                    if !matches!(&value.value, Value::Number(version) if version == "0") {
                        let place = self.places.span(value.span);
                        let message = "the `languageVersion` of the blocks is not 0, which alone is known";
                        self.places.report(
                            Code::NotBlocks,
                            place,
                            message,
                            "save the workspace again, with the editor of this version",
                        );
                    }
                }
                _ => {
                    let place = self.places.span(self.document.node(*value).span);
                    self.unknown(place, key, &["languageVersion", "blocks"]);
                }
            }
        }
        let mut work: Vec<(NodeId, Link, bool)> = tops.into_iter().rev().map(|node| (node, Link::Top, false)).collect();
        let mut inside = Vec::new();
        while let Some((node, link, shadow)) = work.pop() {
            self.block(node, link, shadow, &mut inside);
            // Depth first, in the order of the file.
            work.extend(inside.drain(..).rev());
        }
    }

    fn block(&mut self, node: NodeId, link: Link, shadow: bool, inside: &mut Vec<(NodeId, Link, bool)>) {
        let document = self.document;
        let mut block = Block { shadow, span: Some(document.node(node).span), ..Block::default() };
        if !matches!(document.node(node).value, Value::Object(_)) {
            let place = self.places.span(document.node(node).span);
            let message = format!("a block is {}, where an object is expected", document.node(node).value.is());
            self.places.report(Code::NotBlocks, place, message, "save the workspace again");
            // Its place is taken, so that nothing is missing there.
            self.places.add(&block);
            let id = self.workspace.add(block);
            link.attach(&mut self.workspace, id, shadow);
            return;
        }
        let members = document.members(node);
        for (key, value) in members {
            // What is no text is told below, when the block has a name.
            if let Value::Text(text) | Value::Number(text) = &document.node(*value).value {
                match key.as_str() {
                    "type" => block.kind.clone_from(text),
                    "id" => block.id.clone_from(text),
                    _ => {}
                }
            }
        }
        self.places.add(&block);
        let id = self.workspace.add(block);
        link.attach(&mut self.workspace, id, shadow);
        let place = self.places.block(id);
        let is_text = |node: NodeId| matches!(document.node(node).value, Value::Text(_));
        let wrong = members.iter().any(|(key, value)| key == "type" && !is_text(*value));
        if self.workspace.block(id).kind.is_empty() && !wrong {
            self.places.report(Code::BadBlock, place, "a block has no `type`", "give it one, or take it out");
        }
        let (mut x, mut y) = (None, None);
        let mut look = Look::default();
        let mut disabled = Vec::new();
        for (key, value) in members {
            let value = *value;
            match key.as_str() {
                "type" | "id" => _ = self.text_of(value, place, key),
                "x" => x = self.number_of(value, place, key),
                "y" => y = self.number_of(value, place, key),
                "collapsed" => look.collapsed = self.bool_of(value, place, key) == Some(true),
                "deletable" => look.undeletable = self.bool_of(value, place, key) == Some(false),
                "movable" => look.unmovable = self.bool_of(value, place, key) == Some(false),
                "editable" => look.uneditable = self.bool_of(value, place, key) == Some(false),
                "inline" => look.inline = self.bool_of(value, place, key),
                "data" => look.data = self.text_of(value, place, key),
                // As it was saved before May 2024.
                "enabled" => {
                    if self.bool_of(value, place, key) == Some(false) {
                        disabled.push("MANUALLY_DISABLED".to_string());
                    }
                }
                "disabledReasons" => match &document.node(value).value {
                    Value::Array(reasons) => {
                        for reason in reasons {
                            disabled.extend(self.text_of(*reason, place, key));
                        }
                    }
                    other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Object(_)) => {
                        self.wrong(place, key, other.is(), "a list");
                    }
                },
                "extraState" => {
                    let extra = self.extra(value, place);
                    self.workspace.block_mut(id).extra = extra;
                }
                "icons" => self.icons(value, id, &mut look, place),
                "fields" => self.fields(value, id, place),
                "inputs" => self.inputs(value, id, inside, place),
                "next" => self.connection(value, Link::Next(id), inside, place, "next"),
                _ => self.unknown(place, key, MEMBERS),
            }
        }
        let block = self.workspace.block_mut(id);
        block.at = x.zip(y);
        block.look = look;
        block.disabled = disabled;
    }

    /// `{"block": …, "shadow": …}`.
    fn connection(
        &mut self,
        node: NodeId,
        link: Link,
        inside: &mut Vec<(NodeId, Link, bool)>,
        place: Origin,
        what: &str,
    ) {
        if !matches!(self.document.node(node).value, Value::Object(_)) {
            let is = self.document.node(node).value.is();
            self.wrong(place, what, is, "an object with `block` or `shadow`");
        }
        for (key, value) in self.document.members(node) {
            match key.as_str() {
                "block" => inside.push((*value, link, false)),
                "shadow" => inside.push((*value, link, true)),
                _ => self.unknown(place, key, &["block", "shadow"]),
            }
        }
    }

    fn inputs(&mut self, node: NodeId, id: BlockId, inside: &mut Vec<(NodeId, Link, bool)>, place: Origin) {
        for (name, value) in self.object(node, Code::BadBlock, place, "inputs").unwrap_or_default() {
            let index = self.workspace.block(id).inputs.len();
            let input = Input { name: name.clone(), block: None, shadow: None, statements: None };
            self.workspace.block_mut(id).inputs.push(input);
            let place = self.places.part(id, name);
            self.connection(*value, Link::Input(id, index), inside, place, name);
        }
    }

    fn fields(&mut self, node: NodeId, id: BlockId, place: Origin) {
        for (name, value) in self.object(node, Code::BadBlock, place, "fields").unwrap_or_default() {
            let value = match &self.document.node(*value).value {
                Value::Text(text) => FieldValue::Text(text.clone()),
                Value::Number(number) => FieldValue::Number(number.clone()),
                Value::Bool(yes) => FieldValue::Bool(*yes),
                Value::Object(members) => {
                    let member = |key: &str| {
                        let (_, node) = members.iter().find(|(name, _)| name == key)?;
                        match &self.document.node(*node).value {
                            Value::Text(text) => Some(text.clone()),
                            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                                None
                            }
                        }
                    };
                    match member("id") {
                        Some(id) => FieldValue::Variable { id, name: member("name"), kind: member("type") },
                        None => FieldValue::Other(self.raw(*value)),
                    }
                }
                Value::Null | Value::Array(_) => FieldValue::Other(self.raw(*value)),
            };
            self.workspace.block_mut(id).fields.push(Field { name: name.clone(), value });
        }
    }

    fn extra(&mut self, node: NodeId, place: Origin) -> Option<Extra> {
        let raw = Some(self.raw(node));
        match &self.document.node(node).value {
            Value::Null => None,
            // Blocks with the older mutator hooks keep the XML of their mutation here.
            Value::Text(text) => Some(xml::mutation(text, self.places, place)),
            Value::Object(members) => {
                let plain = |node: NodeId| match &self.document.node(node).value {
                    Value::Text(text) => ExtraValue::Text(text.clone()),
                    Value::Number(number) => ExtraValue::Number(number.clone()),
                    Value::Bool(yes) => ExtraValue::Bool(*yes),
                    Value::Null | Value::Array(_) | Value::Object(_) => ExtraValue::Other,
                };
                let values = members.iter().map(|(key, node)| (key.clone(), plain(*node))).collect();
                Some(Extra { values, mutation: false, raw })
            }
            Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
                Some(Extra { values: vec![(String::new(), ExtraValue::Other)], mutation: false, raw })
            }
        }
    }

    fn icons(&mut self, node: NodeId, id: BlockId, look: &mut Look, place: Origin) {
        for (kind, state) in self.object(node, Code::BadBlock, place, "icons").unwrap_or_default() {
            if kind != "comment" {
                look.icons.push((kind.clone(), self.raw(*state)));
                continue;
            }
            let mut comment = Comment::default();
            let (mut x, mut y, mut width, mut height) = (None, None, None, None);
            for (key, value) in self.object(*state, Code::BadBlock, place, "comment").unwrap_or_default() {
                let value = *value;
                match key.as_str() {
                    "text" => comment.text = self.text_of(value, place, key).unwrap_or_default(),
                    "pinned" => comment.pinned = self.bool_of(value, place, key),
                    "height" => height = self.number_of(value, place, key),
                    "width" => width = self.number_of(value, place, key),
                    "x" => x = self.number_of(value, place, key),
                    "y" => y = self.number_of(value, place, key),
                    _ => self.unknown(place, key, &["text", "pinned", "height", "width", "x", "y"]),
                }
            }
            comment.size = height.zip(width);
            comment.at = x.zip(y);
            self.workspace.block_mut(id).comment = Some(comment);
        }
    }
}
