//! A workspace as Blockly JSON.
//!
//! In: a workspace. Out: what `Blockly.serialization.workspaces.save` would give, a line a block and no indentation, so that a
//! change of one block is a change of one line and a deep chain costs neither stack nor room. Never here: recursion.

use crate::blockly::vocabulary::{ExtraKind, find, ours};
use crate::blockly::{Block, BlockId, Comment, Extra, ExtraValue, FieldValue, Note, Workspace};

/// What is left to write.
enum Job {
    Text(String),
    Block(BlockId, bool),
}

/// Writes a workspace.
pub fn write(workspace: &Workspace) -> String {
    let mut sections = Vec::new();
    if !workspace.tops.is_empty() {
        let mut out = "\"blocks\":{\"languageVersion\":0,\"blocks\":[".to_string();
        for (i, top) in workspace.tops.iter().enumerate() {
            out.push_str(if i == 0 { "\n" } else { ",\n" });
            block(workspace, *top, &mut out);
        }
        out.push_str("\n]}");
        sections.push(out);
    }
    if !workspace.variables.is_empty() {
        let lines = workspace.variables.iter().map(|variable| {
            let mut members = vec![text("name", &variable.name), text("id", &variable.id)];
            if !variable.kind.is_empty() {
                members.push(text("type", &variable.kind));
            }
            object(&members)
        });
        sections.push(list("variables", lines));
    }
    if !workspace.notes.is_empty() {
        sections.push(list("workspaceComments", workspace.notes.iter().map(note)));
    }
    for (key, value) in &workspace.rest {
        sections.push(format!("{}:{value}", quote(key)));
    }
    format!("{{{}}}\n", sections.join(",\n"))
}

fn list(key: &str, items: impl Iterator<Item = String>) -> String {
    format!("\"{key}\":[\n{}\n]", items.collect::<Vec<String>>().join(",\n"))
}

/// A text in quotes.
pub(super) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn text(key: &str, value: &str) -> String {
    format!("\"{key}\":{}", quote(value))
}

fn member(key: &str, value: impl std::fmt::Display) -> String {
    format!("\"{key}\":{value}")
}

fn object(members: &[String]) -> String {
    format!("{{{}}}", members.join(","))
}

fn note(note: &Note) -> String {
    let mut members = vec![text("id", &note.id)];
    // Blockly saves no empty text.
    if !note.text.is_empty() {
        members.push(text("text", &note.text));
    }
    if let Some((x, y)) = note.at {
        members.extend([member("x", x), member("y", y)]);
    }
    if let Some((height, width)) = note.size {
        members.extend([member("width", width), member("height", height)]);
    }
    let flags = [
        (note.collapsed, "collapsed", true),
        (note.undeletable, "deletable", false),
        (note.unmovable, "movable", false),
        (note.uneditable, "editable", false),
    ];
    members.extend(flags.iter().filter(|flag| flag.0).map(|(_, key, value)| member(key, value)));
    object(&members)
}

fn block(workspace: &Workspace, id: BlockId, out: &mut String) {
    let mut jobs = vec![Job::Block(id, true)];
    while let Some(job) = jobs.pop() {
        match job {
            Job::Text(text) => out.push_str(&text),
            Job::Block(id, top) => {
                let block = workspace.block(id);
                out.push('{');
                out.push_str(&head(block, top).join(","));
                let first = jobs.len();
                let mut inputs = Vec::new();
                for input in &block.inputs {
                    let mut inside = Vec::new();
                    connection(input.block, input.shadow, &mut inside);
                    if !inside.is_empty() {
                        let comma = if inputs.is_empty() { "" } else { "," };
                        inputs.push(Job::Text(format!("{comma}{}:", quote(&input.name))));
                        inputs.append(&mut inside);
                    }
                }
                if !inputs.is_empty() {
                    jobs.push(Job::Text(",\"inputs\":{".to_string()));
                    jobs.append(&mut inputs);
                    jobs.push(Job::Text("}".to_string()));
                }
                let mut next = Vec::new();
                connection(block.next, block.next_shadow, &mut next);
                if !next.is_empty() {
                    jobs.push(Job::Text(",\"next\":".to_string()));
                    jobs.append(&mut next);
                }
                jobs.push(Job::Text("}".to_string()));
                jobs[first..].reverse();
            }
        }
    }
}

fn connection(block: Option<BlockId>, shadow: Option<BlockId>, jobs: &mut Vec<Job>) {
    let mut open = "{";
    for (key, id) in [("shadow", shadow), ("block", block)] {
        if let Some(id) = id {
            jobs.push(Job::Text(format!("{open}\"{key}\":\n")));
            jobs.push(Job::Block(id, false));
            open = ",";
        }
    }
    if open == "," {
        jobs.push(Job::Text("}".to_string()));
    }
}

/// All members of a block state but inputs and what stands below.
fn head(block: &Block, top: bool) -> Vec<String> {
    let mut members = vec![text("type", &block.kind)];
    if !block.id.is_empty() {
        members.push(text("id", &block.id));
    }
    if let (true, Some((x, y))) = (top, block.at) {
        members.extend([member("x", x), member("y", y)]);
    }
    let look = &block.look;
    let flags = [
        (look.collapsed, "collapsed", true),
        (look.undeletable, "deletable", false),
        (look.unmovable, "movable", false),
        (look.uneditable, "editable", false),
    ];
    members.extend(flags.iter().filter(|flag| flag.0).map(|(_, key, value)| member(key, value)));
    if !block.disabled.is_empty() {
        let reasons: Vec<String> = block.disabled.iter().map(|reason| quote(reason)).collect();
        members.push(format!("\"disabledReasons\":[{}]", reasons.join(",")));
    }
    members.extend(look.inline.map(|inline| member("inline", inline)));
    members.extend(look.data.as_ref().map(|data| text("data", data)));
    members.extend(
        block.extra.as_ref().and_then(|extra| self::extra(block, extra)).map(|extra| member("extraState", extra)),
    );
    let mut icons: Vec<String> = Vec::new();
    icons.extend(block.comment.as_ref().map(comment));
    icons.extend(look.icons.iter().map(|(key, state)| format!("{}:{state}", quote(key))));
    if !icons.is_empty() {
        members.push(member("icons", object(&icons)));
    }
    if !block.fields.is_empty() {
        let fields: Vec<String> =
            block.fields.iter().map(|field| format!("{}:{}", quote(&field.name), value(&field.value))).collect();
        members.push(member("fields", object(&fields)));
    }
    members
}

fn comment(comment: &Comment) -> String {
    let mut members = vec![text("text", &comment.text)];
    members.extend(comment.pinned.map(|pinned| member("pinned", pinned)));
    if let Some((height, width)) = comment.size {
        members.extend([member("height", height), member("width", width)]);
    }
    if let Some((x, y)) = comment.at {
        members.extend([member("x", x), member("y", y)]);
    }
    member("comment", object(&members))
}

fn value(value: &FieldValue) -> String {
    match value {
        FieldValue::Text(text) => quote(text),
        FieldValue::Number(number) => number.clone(),
        FieldValue::Bool(yes) => yes.to_string(),
        FieldValue::Variable { id, name, kind } => {
            let mut members = vec![text("id", id)];
            members.extend(name.as_ref().map(|name| text("name", name)));
            members.extend(kind.as_ref().map(|kind| text("type", kind)));
            object(&members)
        }
        FieldValue::Other(json) => json.clone(),
    }
}

/// Extra state: as it was, or from the names of a mutation to those of JSON for a block that is known.
fn extra(block: &Block, extra: &Extra) -> Option<String> {
    let def = find(ours::BLOCKS, &block.kind).map(|index| &ours::BLOCKS[index]);
    match (&extra.raw, extra.mutation, def) {
        (Some(raw), false, _) => return Some(raw.clone()),
        (Some(raw), true, None) => return Some(quote(raw)),
        (Some(_), true, Some(_)) | (None, ..) => {}
    }
    let members: Vec<String> = extra
        .values
        .iter()
        .filter_map(|(name, value)| {
            let known = def?.extra.iter().find(|def| name == if extra.mutation { def.mutation } else { def.name })?;
            let value = match (value, known.kind) {
                // What is no number in the mutation of a stray block stays what it is.
                (ExtraValue::Text(text) | ExtraValue::Number(text), ExtraKind::Count { .. }) => {
                    text.parse::<u32>().map_or_else(|_| quote(text), |count| count.to_string())
                }
                (ExtraValue::Text(text) | ExtraValue::Number(text), ExtraKind::Flag) => {
                    (!matches!(text.as_str(), "0" | "false" | "FALSE")).to_string()
                }
                (ExtraValue::Bool(yes), _) => yes.to_string(),
                (ExtraValue::Other, _) => return None,
            };
            Some(member(known.name, value))
        })
        .collect();
    (!members.is_empty()).then(|| object(&members))
}
