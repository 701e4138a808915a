//! The log manager's own exports into the tree.
//!
//! In: a workspace without rule hats whose blocks are the log manager's, as far as their form was published. Out: one rule, an
//! alert if it sends and a classify rule otherwise, whose tests have the log manager's meaning. Tags, tables, templates and
//! prefix lists are named by uuid there; the project's registry names them here. A block without a meaning here is refused by
//! name. Never here: a guess at what an unpublished block does.

mod conditions;
mod constants;
mod values;

use super::lower::Lower;
use super::places::Places;
use super::shape;
use crate::ast::{Arm, At, Base, CondId, Definition, FieldRef, Operand, Rule, RuleKind, Stmt, StmtId, StmtKind};
use crate::blockly::vocabulary::logmanager::{BLOCKS, Kind};
use crate::blockly::vocabulary::{Shape, find, ours};
use crate::blockly::{BlockId, Registry, Workspace};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::text::shorten;
use values::{Depth, Value};

/// Blocks that the log manager must have, by the name that they would have, but that have no meaning here.
const UNPUBLISHED: &[&str] = &[
    "classifier_root",
    "controls_flow_statements",
    "controls_forEach",
    "controls_repeat_ext",
    "controls_whileUntil",
    "dictionaries_create_with",
    "dictionaries_set_index",
    "function_context",
    "function_csv_parse",
    "function_datetime_parse",
    "function_dictionaries_update",
    "function_json_parse",
    "function_kv_parse",
    "function_regex_parse",
    "function_xml_parse",
    "ip_create",
    "ip_subscript",
    "lists_getIndex",
    "lists_setIndex",
    "lists_split",
    "logic_ternary",
    "math_arithmetic",
    "math_float_create",
    "message_remove_tag",
    "message_send_syslog",
    "pass_to_parser",
    "pass_to_template",
    "text_getSubstring",
    "text_join",
    "text_replace",
    "text_trim",
    "variables_set",
];

/// The namespace of the log manager's exports.
pub(crate) const NAMESPACE: &str = "http://www.w3.org/1999/xhtml";

/// Is there a block of this type in the log manager?
pub(super) fn knows(kind: &str) -> bool {
    find(BLOCKS, kind).is_some() || UNPUBLISHED.contains(&kind)
}

/// Is this one of the log manager's exports? Its top block is a statement, one of its blocks is none of ours, as the message
/// that it works on always is, and none begins a rule of ours: what somebody begins to draw with ours is no export. Where all
/// its blocks could be of either system, the namespace tells: Blockly has left that of the exports behind.
pub(super) fn is_one(workspace: &Workspace, xhtml: bool) -> bool {
    let known = |kind: &str| find(BLOCKS, kind).map(|index| &BLOCKS[index]);
    let own = |kind: &str| find(ours::BLOCKS, kind).is_some();
    let hat = |kind: &str| find(ours::BLOCKS, kind).is_some_and(|index| ours::BLOCKS[index].shape == Shape::Hat);
    let statement =
        |kind: &str| known(kind).is_some_and(|def| def.shape == Shape::Statement) || UNPUBLISHED.contains(&kind);
    let any = |fits: &dyn Fn(&str) -> bool| workspace.blocks.iter().any(|block| fits(&block.kind));
    workspace.tops.iter().any(|top| statement(&workspace.block(*top).kind))
        && !workspace.tops.iter().any(|top| hat(&workspace.block(*top).kind))
        && (any(&|kind| knows(kind) && !own(kind)) || xhtml && !any(&|kind| own(kind) && !knows(kind)))
}

/// Reads the rule of this name. Gives the blocks that are no part of it.
pub(super) fn rule(
    workspace: &Workspace,
    name: &str,
    registry: &Registry,
    places: &mut Places,
    def: &mut Definition,
) -> Vec<BlockId> {
    let is_statement = |id: &BlockId| {
        find(BLOCKS, &workspace.block(*id).kind).is_some_and(|index| BLOCKS[index].shape == Shape::Statement)
            || UNPUBLISHED.contains(&workspace.block(*id).kind.as_str())
    };
    let (mut stacks, mut aside): (Vec<BlockId>, Vec<BlockId>) = workspace.tops.iter().partition(|id| is_statement(id));
    super::orphans(workspace, &aside, places);
    super::top_to_bottom(workspace, &mut stacks);
    if refused(workspace, places) {
        return aside;
    }
    let shapes = shape::check(workspace, BLOCKS, &stacks, places);
    aside.extend(&shapes.left_out);
    let Some(first) = stacks.first() else { return aside };
    let origin = places.block(*first);
    let lower = Lower { workspace, blocks: BLOCKS, shapes: &shapes, places, def };
    let mut manager = Manager { lower, registry, comments: Vec::new() };
    let mut body = Vec::new();
    let mut good = true;
    for stack in stacks {
        match manager.statements(Some(stack), 0) {
            Some(mut stmts) => body.append(&mut stmts),
            None => good = false,
        }
    }
    // A faulty rule is lowered for what else is found in it, and then left out.
    if good && manager.lower.shapes.faulty.is_empty() {
        // Not every block that sends is part of the rule: one may stand aside.
        let sends = manager.lower.def.stmts.iter().any(|stmt| matches!(stmt.kind, StmtKind::Send { .. }));
        manager.lower.def.rules.push(Rule {
            kind: if sends { RuleKind::Alert } else { RuleKind::Classify },
            name: At::new(name.to_string(), origin),
            disabled: false,
            meta: Vec::new(),
            body,
            comments: Vec::new(),
            origin,
        });
    } else if !places.diagnostics.iter().any(Diagnostic::is_error) {
        places.report(Code::BadBlock, origin, "this rule was not understood", "please report it with the file");
    }
    aside
}

/// Blocks of the log manager that have no meaning here are told by name, before anything else is said of them.
fn refused(workspace: &Workspace, places: &mut Places) -> bool {
    let mut found = false;
    for (i, block) in workspace.blocks.iter().enumerate() {
        let kind = block.kind.as_str();
        if !UNPUBLISHED.contains(&kind) && kind != "regex_assign" {
            continue;
        }
        found = true;
        let place = places.block(BlockId(u32::try_from(i).unwrap_or(u32::MAX)));
        let help = match kind {
            "regex_assign" | "function_regex_parse" => {
                "the block that it stands in was never published; test the field with `matches` in a rule of ours"
            }
            "pass_to_parser" | "pass_to_template" | "classifier_root" => {
                "there are no parsers to choose here: events are read by their form; take it out"
            }
            "function_context" => "write the threshold as a rule of ours",
            "message_remove_tag" => "write the rule as ours, where `untag` takes tags away",
            "dictionaries_set_index" => "write the rule as ours, where `set` sets a field below msg",
            _ => "take it out, or write the rule as text",
        };
        let message = format!("the log manager's block `{}` has no meaning here", shorten(kind));
        places.report(Code::NotHere, place, message, help);
    }
    found
}

/// Lowers the log manager's blocks.
struct Manager<'a> {
    lower: Lower<'a>,
    registry: &'a Registry,
    /// Of blocks whose test is still being read.
    comments: Vec<String>,
}

impl Manager<'_> {
    fn kind(&self, id: BlockId) -> Option<Kind> {
        Kind::ALL.get(self.lower.index(id)?).copied()
    }

    /// A refusal at a block or one of its parts.
    fn refuse(&mut self, id: BlockId, part: Option<&str>, message: impl Into<String>, help: &str) {
        let place = match part {
            Some(part) => self.lower.places.part(id, part),
            None => self.lower.places.block(id),
        };
        self.lower.places.report(Code::NotHere, place, message, help);
    }

    /// The name behind a uuid.
    fn named<T: Clone>(
        &mut self,
        id: BlockId,
        part: &str,
        what: &str,
        section: &str,
        map: impl Fn(&Registry) -> &std::collections::BTreeMap<String, T>,
    ) -> Option<At<T>> {
        let uuid = self.lower.text(id, part, 0)?;
        if let Some(value) = map(self.registry).get(&uuid.value) {
            return Some(At::new(value.clone(), uuid.origin));
        }
        let shown = shorten(&uuid.value);
        self.lower.places.report(
            Code::UnknownReference,
            uuid.origin,
            format!("the project does not say which {what} `{shown}` is"),
            format!("name it in blocksieve.toml, under [logmanager.{section}]: \"{shown}\" = …"),
        );
        None
    }

    fn statements(&mut self, first: Option<BlockId>, depth: usize) -> Option<Vec<StmtId>> {
        let mut all = Vec::new();
        let mut next = first;
        let mut good = true;
        while let Some(id) = next {
            next = self.lower.block(id).below();
            match self.statement(id, depth) {
                Some(mut stmts) => all.append(&mut stmts),
                None => good = false,
            }
        }
        good.then_some(all)
    }

    /// One block; a renaming becomes two statements.
    fn statement(&mut self, id: BlockId, depth: usize) -> Option<Vec<StmtId>> {
        let kind = self.kind(id)?;
        self.comments = self.lower.comments(id);
        let kinds = match kind {
            Kind::ControlsIf => {
                self.lower.deep(depth + 1, id)?;
                let comments = std::mem::take(&mut self.comments);
                let choice = self.choice(id, depth);
                self.comments = comments;
                vec![choice?]
            }
            Kind::MessageAddTag => {
                self.message(id, "VAR", &["meta"]);
                vec![StmtKind::Tag(vec![self.named(id, "TAG", "tag", "tags", |registry| &registry.tags)?])]
            }
            Kind::AlertSend => {
                self.message(id, "VAR", &["msg", "event"]);
                let template =
                    self.named(id, "ALERT_TEMPLATE", "template", "templates", |registry| &registry.templates)?;
                let via = At::new("mail".to_string(), self.lower.places.block(id));
                vec![StmtKind::Send { via, template: Some(template), to: Vec::new() }]
            }
            Kind::FunctionDictionariesRenameKey => {
                let from = self.key(id, "FROM", depth)?;
                let to = self.key(id, "TO", depth)?;
                if from.name == to.name {
                    let help = "take it out: there it changes nothing, and here the key would be gone";
                    self.refuse(id, None, "a key is renamed to itself", help);
                    return None;
                }
                let value = Operand { base: Base::Field(from.clone()), through: Vec::new(), origin: from.origin };
                vec![StmtKind::Set { field: to, value }, StmtKind::Remove(vec![from])]
            }
            _ => return None,
        };
        let origin = self.lower.places.block(id);
        let disabled = self.lower.disabled(id);
        let mut comments = std::mem::take(&mut self.comments);
        let stmts = kinds.into_iter().map(|kind| {
            let comments = std::mem::take(&mut comments);
            self.lower.def.add_stmt(Stmt { kind, disabled, comments, origin })
        });
        Some(stmts.collect())
    }

    /// Is a part of the message what is expected there? Anything else is told, and does not count.
    fn message(&mut self, id: BlockId, part: &str, expected: &[&str]) {
        let Some(child) = self.lower.input(id, part, 0) else { return };
        self.comments.append(&mut self.lower.comments(child));
        let is = match self.kind(child) {
            Some(Kind::Message) => self.lower.option(child, "OBJECT").map(str::to_string),
            Some(Kind::VariablesGet) => self.variable(child),
            Some(_) | None => None,
        };
        if !is.as_deref().is_some_and(|is| expected.contains(&is)) {
            let message = format!("this works on {} only, and does so here too", expected.join(" or "));
            let place = self.lower.places.block(child);
            let help = format!("put `message {}` there", expected[0]);
            self.lower.places.report(Code::ReadAsOther, place, message, help);
        }
    }

    /// The key of a renaming.
    fn key(&mut self, id: BlockId, part: &str, depth: usize) -> Option<FieldRef> {
        let child = self.lower.input(id, part, 0)?;
        match self.value(child, Depth::at(depth))? {
            Value::Path(name) if name.starts_with("msg.") => {
                Some(FieldRef { name, origin: self.lower.places.block(child) })
            }
            Value::Path(_)
            | Value::Null
            | Value::Literal(_)
            | Value::Operand(_)
            | Value::Cond(_)
            | Value::List(_)
            | Value::Networks(_) => {
                self.refuse(child, None, "only a key of `msg` can be renamed here", "put `msg` with a key there");
                None
            }
        }
    }

    /// An `if` at this depth; as in text, its condition stands there too, and what it does is one deeper.
    fn choice(&mut self, id: BlockId, depth: usize) -> Option<StmtKind> {
        let mut arms = Vec::new();
        let mut good = true;
        for i in 0..self.lower.size(id, "IF") {
            let cond: Option<CondId> =
                self.lower.input(id, "IF", i).and_then(|cond| self.truth(cond, Depth::at(depth)));
            let body = self.statements(self.lower.input(id, "DO", i), depth + 1);
            match (cond, body) {
                (Some(cond), Some(body)) => arms.push(Arm { cond, body }),
                (None, _) | (_, None) => good = false,
            }
        }
        let otherwise = match self.lower.size(id, "ELSE") {
            0 => None,
            _ => Some(self.statements(self.lower.input(id, "ELSE", 0), depth + 1)?),
        };
        good.then_some(StmtKind::If { arms, otherwise })
    }
}
