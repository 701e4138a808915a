//! Blockly XML into a workspace.
//!
//! In: an XML document. Out: blocks as they were saved. What no save of Blockly holds is a finding. Never here: which blocks
//! exist.

use rustc_hash::FxHashSet;

use super::places::Places;
use super::state::Link;
use super::xml::{Document, Element, ElementId};
use crate::blockly::{Block, BlockId, Comment, Extra, Field, FieldValue, Input, Note, Variable, Workspace};
use crate::diagnostic::{Code, nearest};
use crate::origin::Origin;
use crate::source::text::shorten;

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
        let root = self.document.element_at(0);
        if root.name != "xml" {
            let place = self.places.span(root.place());
            let message = format!("the root element is `{}`, so this is no Blockly workspace", shorten(&root.name));
            let help = match &*root.name {
                "Sysmon" => "this is a configuration of Sysmon: `blocksieve sysmon check` looks at it",
                _ => "a workspace that Blockly saves begins with `<xml`",
            };
            self.places.report(Code::NotBlocks, place, message, help);
            return;
        }
        let place = self.places.span(root.place());
        self.no_text(root, place);
        let mut work = Vec::new();
        let mut variables = false;
        for id in &root.children {
            let element = self.document.element_at(*id);
            let place = self.places.span(element.place());
            match element.name.as_str() {
                "block" => work.push((*id, Link::Top, false)),
                "variables" if std::mem::replace(&mut variables, true) => {
                    let message = "a second `variables` stands in one workspace";
                    self.places.report(Code::DuplicatePart, place, message, "put all variables into one");
                }
                "variables" => self.variables(element),
                "comment" => self.note(element),
                other => self.unknown(place, "element", other, &["block", "variables", "comment"]),
            }
        }
        work.reverse();
        let mut inside = Vec::new();
        while let Some((element, link, shadow)) = work.pop() {
            self.block(element, link, shadow, &mut inside);
            work.extend(inside.drain(..).rev());
        }
    }

    fn unknown(&mut self, place: Origin, what: &str, name: &str, known: &[&str]) {
        let help = match nearest(name, known.iter().copied()) {
            Some(name) => format!("did you mean `{name}`?"),
            None if known.is_empty() => "take it out".to_string(),
            None if known.len() == 1 => format!("known is {}", known[0]),
            None => format!("known are {}", known.join(", ")),
        };
        let message = format!("the {what} `{}` is nothing that Blockly saves here", shorten(name));
        self.places.report(Code::BadBlock, place, message, help);
    }

    /// Only these attributes; of elements that hold text, no element either.
    fn plain(&mut self, element: &Element, known: &[&str], place: Origin) {
        for (name, _) in &element.attributes {
            if !known.contains(&name.as_str()) {
                self.unknown(place, "attribute", name, known);
            }
        }
        if let Some(child) = element.children.first() {
            let name = shorten(&self.document.element_at(*child).name);
            let message = format!("the element `{name}` stands in `{}`, where only text belongs", element.name);
            self.places.report(Code::BadBlock, place, message, "write `<` as `&lt;` if it is text; else take it out");
        }
    }

    fn no_text(&mut self, element: &Element, place: Origin) {
        let text = element.text.trim();
        if !text.is_empty() {
            let message = format!("text stands in `{}`, where only elements belong: `{}`", element.name, shorten(text));
            self.places.report(Code::BadBlock, place, message, "take it out, or put it into a `field`");
        }
    }

    fn variables(&mut self, element: &'a Element) {
        for id in &element.children {
            let variable = self.document.element_at(*id);
            let place = self.places.span(variable.place());
            if variable.name != "variable" {
                self.unknown(place, "element", &variable.name, &["variable"]);
                continue;
            }
            self.plain(variable, &["id", "type"], place);
            let attribute = |name| variable.attribute(name).unwrap_or_default().to_string();
            self.workspace.variables.push(Variable {
                id: attribute("id"),
                name: variable.text.clone(),
                kind: attribute("type"),
            });
        }
    }

    fn number(&mut self, element: &Element, name: &str, place: Origin) -> Option<f64> {
        let written = element.attribute(name)?;
        match written.trim().parse::<f64>() {
            Ok(value) if value.is_finite() => Some(value),
            Ok(_) | Err(_) => {
                let message = format!("`{name}` is `{}`, where a number is expected", shorten(written));
                self.places.report(
                    Code::BadBlock,
                    place,
                    message,
                    "save the workspace again, or mend the value by hand",
                );
                None
            }
        }
    }

    fn flag(&mut self, element: &Element, name: &str, place: Origin) -> Option<bool> {
        match element.attribute(name)? {
            "true" => Some(true),
            "false" => Some(false),
            other => {
                let message = format!("`{name}` is `{}`, where true or false is expected", shorten(other));
                self.places.report(
                    Code::BadBlock,
                    place,
                    message,
                    "save the workspace again, or mend the value by hand",
                );
                None
            }
        }
    }

    fn note(&mut self, element: &Element) {
        let place = self.places.span(element.place());
        const KNOWN: &[&str] = &["id", "x", "y", "h", "w", "collapsed", "deletable", "movable", "editable"];
        self.plain(element, KNOWN, place);
        let x = self.number(element, "x", place);
        let y = self.number(element, "y", place);
        let height = self.number(element, "h", place);
        let width = self.number(element, "w", place);
        let note = Note {
            id: element.attribute("id").unwrap_or_default().to_string(),
            text: element.text.clone(),
            at: x.zip(y),
            size: height.zip(width),
            collapsed: self.flag(element, "collapsed", place) == Some(true),
            undeletable: self.flag(element, "deletable", place) == Some(false),
            unmovable: self.flag(element, "movable", place) == Some(false),
            uneditable: self.flag(element, "editable", place) == Some(false),
        };
        self.workspace.notes.push(note);
    }

    fn block(&mut self, element: ElementId, link: Link, shadow: bool, inside: &mut Vec<(ElementId, Link, bool)>) {
        let document = self.document;
        let element = document.element_at(element);
        let block = Block {
            kind: element.attribute("type").unwrap_or_default().to_string(),
            id: element.attribute("id").unwrap_or_default().to_string(),
            shadow,
            span: Some(element.place()),
            ..Block::default()
        };
        self.places.add(&block);
        let id = self.workspace.add(block);
        link.attach(&mut self.workspace, id, shadow);
        let place = self.places.block(id);
        if self.workspace.block(id).kind.is_empty() {
            self.places.report(Code::BadBlock, place, "a block has no `type`", "give it one, or take it out");
        }
        self.attributes(element, id, place);
        self.no_text(element, place);
        let mut seen = FxHashSet::default();
        let mut once: Vec<&str> = Vec::new();
        for child in &element.children {
            let child_element = document.element_at(*child);
            let element_name = child_element.name.as_str();
            let what = if matches!(element_name, "field" | "title") { "field" } else { "input" };
            if let Some(name) = child_element.attribute("name")
                && !seen.insert((what, name))
            {
                let place = self.places.part(id, name);
                let message = format!("the {what} `{}` stands twice in one block", shorten(name));
                self.places.report(Code::DuplicatePart, place, message, "keep the one that is meant");
                continue;
            }
            if matches!(element_name, "next" | "comment" | "data" | "mutation") {
                if once.contains(&element_name) {
                    let message = format!("a second `{element_name}` stands in one block");
                    self.places.report(Code::DuplicatePart, place, message, "keep the one that is meant");
                    continue;
                }
                once.push(element_name);
            }
            match element_name {
                "field" | "title" => self.field(child_element, id, place),
                "value" => self.input(child_element, id, false, inside, place),
                "statement" => self.input(child_element, id, true, inside, place),
                "next" => self.connection(child_element, Link::Next(id), inside, &[], place),
                "comment" => self.comment(child_element, id, place),
                "data" => {
                    self.plain(child_element, &[], place);
                    self.workspace.block_mut(id).look.data = Some(child_element.text.clone());
                }
                "mutation" => {
                    let (start, end) = child_element.span;
                    let raw = self.text.get(start..end).map(str::to_string);
                    let extra = Extra { values: document.mutation(child_element), mutation: true, raw };
                    self.workspace.block_mut(id).extra = Some(extra);
                }
                other => self.unknown(
                    place,
                    "element",
                    other,
                    &["field", "value", "statement", "next", "comment", "data", "mutation"],
                ),
            }
        }
    }

    fn attributes(&mut self, element: &Element, id: BlockId, place: Origin) {
        const KNOWN: &[&str] = &[
            "type",
            "id",
            "x",
            "y",
            "collapsed",
            "disabled",
            "disabled-reasons",
            "deletable",
            "movable",
            "editable",
            "inline",
        ];
        let x = self.number(element, "x", place);
        let y = self.number(element, "y", place);
        let mut disabled: Vec<String> = Vec::new();
        if let Some(reasons) = element.attribute("disabled-reasons") {
            // A comma within a reason is escaped.
            disabled.extend(reasons.split(',').filter(|reason| !reason.is_empty()).map(unescape));
        }
        match element.attribute("disabled") {
            None | Some("false") => {}
            Some("true" | "disabled") if disabled.is_empty() => disabled.push("MANUALLY_DISABLED".to_string()),
            Some("true" | "disabled") => {}
            Some(other) => {
                let message = format!("`disabled` is `{}`, where true or false is expected", shorten(other));
                self.places.report(
                    Code::BadBlock,
                    place,
                    message,
                    "save the workspace again, or mend the value by hand",
                );
            }
        }
        for (name, _) in &element.attributes {
            if !KNOWN.contains(&name.as_str()) {
                self.unknown(place, "attribute", name, KNOWN);
            }
        }
        let collapsed = self.flag(element, "collapsed", place) == Some(true);
        let inline = self.flag(element, "inline", place);
        let undeletable = self.flag(element, "deletable", place) == Some(false);
        let unmovable = self.flag(element, "movable", place) == Some(false);
        let uneditable = self.flag(element, "editable", place) == Some(false);
        let block = self.workspace.block_mut(id);
        block.at = x.zip(y);
        block.disabled = disabled;
        block.look.collapsed = collapsed;
        block.look.inline = inline;
        block.look.undeletable = undeletable;
        block.look.unmovable = unmovable;
        block.look.uneditable = uneditable;
    }

    fn field(&mut self, element: &Element, id: BlockId, place: Origin) {
        let Some(name) = element.attribute("name") else {
            self.places.report(Code::BadBlock, place, "a field has no `name`", "give it one, or take it out");
            return;
        };
        let place = self.places.part(id, name);
        self.plain(element, &["name", "id", "variabletype"], place);
        let value = match element.attribute("id") {
            Some(variable) => FieldValue::Variable {
                id: variable.to_string(),
                name: Some(element.text.clone()),
                kind: element.attribute("variabletype").map(str::to_string),
            },
            None => FieldValue::Text(element.text.clone()),
        };
        self.workspace.block_mut(id).fields.push(Field { name: name.to_string(), value });
    }

    fn input(
        &mut self,
        element: &'a Element,
        id: BlockId,
        statements: bool,
        inside: &mut Vec<(ElementId, Link, bool)>,
        place: Origin,
    ) {
        let Some(name) = element.attribute("name") else {
            self.places.report(Code::BadBlock, place, "an input has no `name`", "give it one, or take it out");
            return;
        };
        let index = self.workspace.block(id).inputs.len();
        let input = Input { name: name.to_string(), block: None, shadow: None, statements: Some(statements) };
        self.workspace.block_mut(id).inputs.push(input);
        let place = self.places.part(id, name);
        self.connection(element, Link::Input(id, index), inside, &["name"], place);
    }

    fn connection(
        &mut self,
        element: &'a Element,
        link: Link,
        inside: &mut Vec<(ElementId, Link, bool)>,
        attributes: &[&str],
        place: Origin,
    ) {
        self.no_text(element, place);
        for (name, _) in &element.attributes {
            if !attributes.contains(&name.as_str()) {
                self.unknown(place, "attribute", name, attributes);
            }
        }
        let mut seen = [false; 2];
        for child in &element.children {
            let child_element = self.document.element_at(*child);
            let shadow = match child_element.name.as_str() {
                "block" => false,
                "shadow" => true,
                other => {
                    self.unknown(place, "element", other, &["block", "shadow"]);
                    continue;
                }
            };
            if std::mem::replace(&mut seen[usize::from(shadow)], true) {
                let message = format!("a second `{}` stands where one fits", child_element.name);
                self.places.report(Code::DuplicatePart, place, message, "keep the one that is meant");
                continue;
            }
            inside.push((*child, link, shadow));
        }
    }

    fn comment(&mut self, element: &Element, id: BlockId, place: Origin) {
        self.plain(element, &["pinned", "h", "w", "x", "y"], place);
        let height = self.number(element, "h", place);
        let width = self.number(element, "w", place);
        let x = self.number(element, "x", place);
        let y = self.number(element, "y", place);
        let comment = Comment {
            text: element.text.clone(),
            pinned: self.flag(element, "pinned", place),
            size: height.zip(width),
            at: x.zip(y),
        };
        self.workspace.block_mut(id).comment = Some(comment);
    }
}

/// Undoes `encodeURIComponent`, which Blockly applies to each reason.
fn unescape(reason: &str) -> String {
    percent_encoding::percent_decode_str(reason).decode_utf8_lossy().into_owned()
}
