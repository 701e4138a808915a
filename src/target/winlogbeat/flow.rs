//! The statements of filters as processors.
//!
//! In: the filters of a program, in their order. Out: entries that do to an event of the agent what the filters do. Never here: how they are written.
//!
//! libbeat has no statement that ends a list of processors but `drop_event`. Where a rule ends early by `keep`, what would have followed in the rule is
//! put into the branches that go on; where all end by `stop`, so are the rules behind it. An observed filter, which tags instead of dropping, has the
//! same behind a `drop`.

use super::test::{self, Around, writable};
use super::truth::Truth;
use super::{Refused, Winlogbeat, pattern};
use crate::ast::RuleKind;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Check, Node, NodeId, Program, Rule, StmtId, StmtKind};
use crate::libbeat::Condition;
use crate::origin::Origin;
use crate::sysmon::Catalogue;

/// The tag that an observed filter sets instead of dropping, but for the rule's name.
pub const WOULD_DROP: &str = "would_drop:";

/// A processor that is to be written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Comments above it, a line each.
    pub(super) comments: Vec<String>,
    /// Only if this holds; never [`Truth::Never`].
    pub(super) when: Truth,
    /// What it does.
    pub(super) act: Act,
}

/// What a processor does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    Drop,
    Tag(Vec<String>),
    Remove(Vec<String>),
    /// `then` where the condition holds, and `otherwise` where it does not.
    Branch {
        then: Vec<Entry>,
        otherwise: Vec<Entry>,
    },
}

impl Entry {
    fn plain(act: Act) -> Entry {
        Entry { comments: Vec::new(), when: Truth::Always, act }
    }
}

/// Processors that may be written for one program. Branches that repeat what follows them can be many.
const ENTRIES: usize = 20_000;

/// Filters as entries.
pub(super) struct Flowed {
    pub(super) entries: Vec<Entry>,
    /// Filters of which there is nothing.
    pub(super) nothing: Vec<String>,
}

/// All filters of a program.
pub(super) fn entries(
    program: &Program,
    catalogue: &Catalogue,
    options: &Winlogbeat,
) -> Result<Flowed, Vec<Diagnostic>> {
    let mut flow =
        Flow { program, catalogue, observe: options.observe, module: options.module, found: Vec::new(), left: ENTRIES };
    let rules: Vec<&Rule> = program.rules.iter().filter(|rule| rule.kind == RuleKind::Filter).collect();
    let frames: Vec<Frame<'_>> = rules.iter().rev().map(|rule| Frame { rule, body: &rule.body, named: true }).collect();
    let mut out = Vec::new();
    flow.run(frames, false, &mut out);
    if !flow.found.is_empty() {
        return Err(flow.found);
    }
    // Each rule alone, as what stands before it may keep it from being reached. One that stops others does something.
    let mut nothing = Vec::new();
    for rule in rules {
        let mut alone = Vec::new();
        flow.run(vec![Frame { rule, body: &rule.body, named: true }], false, &mut alone);
        if alone.is_empty() && flow.ends_early(&rule.body) != Early::All {
            nothing.push(rule.name.clone());
        }
    }
    Ok(Flowed { entries: out, nothing })
}

/// Statements that are still to come, the next frame last.
#[derive(Clone, Copy)]
struct Frame<'p> {
    rule: &'p Rule,
    body: &'p [StmtId],
    /// What is written of it gets the rule's name; it is no part of something that has it.
    named: bool,
}

struct Flow<'p> {
    program: &'p Program,
    catalogue: &'p Catalogue,
    observe: bool,
    module: bool,
    found: Vec<Diagnostic>,
    left: usize,
}

impl<'p> Flow<'p> {
    /// Writes all that is still to come. Branches nest as deep as statements do, and rules that end early.
    fn run(&mut self, mut frames: Vec<Frame<'p>>, of_sysmon: bool, out: &mut Vec<Entry>) {
        while let Some(frame) = frames.pop() {
            let Some((stmt, rest)) = frame.body.split_first() else { continue };
            let rule = frame.rule;
            frames.push(Frame { body: rest, ..frame });
            let before = out.len();
            match self.statement(rule, *stmt, of_sysmon, &frames, out) {
                Next::Through => {}
                Next::EndsRule => frames.retain(|frame| !std::ptr::eq(frame.rule, rule)),
                Next::EndsAll => frames.clear(),
            }
            let own = out.get_mut(before..).unwrap_or_default();
            for entry in own.iter_mut().filter(|entry| frame.named && entry.comments.is_empty()) {
                entry.comments = comments(rule);
            }
            if self.left == 0 {
                return;
            }
        }
    }

    fn statement(
        &mut self,
        rule: &'p Rule,
        stmt: StmtId,
        of_sysmon: bool,
        frames: &[Frame<'p>],
        out: &mut Vec<Entry>,
    ) -> Next {
        let stmt = self.program.stmt(stmt);
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            self.found.push(
                Diagnostic::new(Code::NotInTarget, rule.origin, "these rules would become too many processors for Winlogbeat")
                    .help("rules that end early by `keep` or `stop` repeat what follows them: put the conditions into the rules that drop"),
            );
            return Next::EndsAll;
        }
        match &stmt.kind {
            StmtKind::Drop if self.observe => {
                let tag = format!("{WOULD_DROP}{}", rule.name);
                self.can_stand(rule.origin, "the name of this rule", &tag);
                out.push(Entry::plain(Act::Tag(vec![tag])));
                Next::EndsRule
            }
            StmtKind::Drop => {
                out.push(Entry::plain(Act::Drop));
                Next::EndsAll
            }
            StmtKind::Keep => Next::EndsRule,
            StmtKind::Stop => Next::EndsAll,
            StmtKind::Tag(tag) => {
                self.can_stand(stmt.origin, "this tag", tag);
                // Tags of one statement are one processor.
                match out.last_mut() {
                    Some(Entry { when: Truth::Always, act: Act::Tag(tags), .. }) => tags.push(tag.clone()),
                    _ => out.push(Entry::plain(Act::Tag(vec![tag.clone()]))),
                }
                Next::Through
            }
            StmtKind::Remove(removal) => {
                for path in &removal.paths {
                    if let Err(refused) = writable(path).and_then(|()| removable(path, self.catalogue)) {
                        self.refuse(stmt.origin, refused);
                    }
                }
                out.push(Entry::plain(Act::Remove(removal.paths.clone())));
                Next::Through
            }
            StmtKind::If { arms, otherwise } => self.branch(rule, arms, otherwise, of_sysmon, frames, out),
            StmtKind::Untag(_) => {
                self.refuse(
                    stmt.origin,
                    Refused::new("`untag`", "Winlogbeat only adds tags: leave the tag out where it would be set"),
                );
                Next::Through
            }
            StmtKind::Set { .. } => {
                self.refuse(stmt.origin, Refused::new("`set`", "set it in a classify rule, behind the agent"));
                Next::Through
            }
            StmtKind::FirstMatch(_) => {
                self.refuse(stmt.origin, Refused::new("a table of named rows", "write it as `if … else if …`"));
                Next::Through
            }
            StmtKind::Send(_) => {
                self.refuse(stmt.origin, Refused::new("`send`", "alerts are for behind the agent"));
                Next::Through
            }
            StmtKind::When { .. } | StmtKind::Remember(_) | StmtKind::Forget(_) => {
                self.refuse(stmt.origin, Refused::new("what is remembered", "alerts are for behind the agent"));
                Next::Through
            }
        }
    }

    fn branch(
        &mut self,
        rule: &'p Rule,
        arms: &'p [(NodeId, Vec<StmtId>)],
        otherwise: &'p [StmtId],
        of_sysmon: bool,
        frames: &[Frame<'p>],
        out: &mut Vec<Entry>,
    ) -> Next {
        let bodies = arms.iter().map(|(_, body)| body.as_slice()).chain([otherwise]);
        let mut early = bodies.map(|body| self.ends_early(body)).max().unwrap_or(Early::No);
        if early == Early::Rule {
            // What follows in the rule goes into the branches, and what that ends with it.
            let rest = frames.iter().filter(|frame| std::ptr::eq(frame.rule, rule));
            early = rest.map(|frame| self.ends_early(frame.body)).max().unwrap_or(early).max(early);
        }
        let behind = |body: &'p [StmtId]| {
            let follows = |frame: &&Frame<'p>| match early {
                Early::No => false,
                Early::Rule => std::ptr::eq(frame.rule, rule),
                Early::All => true,
            };
            let named = |frame: &Frame<'p>| Frame { named: !std::ptr::eq(frame.rule, rule), ..*frame };
            let mut all: Vec<Frame<'p>> = frames.iter().filter(follows).map(named).collect();
            all.push(Frame { rule, body, named: false });
            all
        };
        // From the last arm to the first: each has the later ones in its `else`.
        let mut rest = Vec::new();
        self.run(behind(otherwise), of_sysmon, &mut rest);
        for (cond, body) in arms.iter().rev() {
            let when = self.condition(rule, *cond, of_sysmon);
            let guarded = of_sysmon || self.is_of_sysmon(*cond);
            let mut then = Vec::new();
            self.run(behind(body), guarded, &mut then);
            rest = either(when, then, rest);
        }
        out.extend(rest);
        match early {
            Early::No => Next::Through,
            Early::Rule => Next::EndsRule,
            Early::All => Next::EndsAll,
        }
    }

    /// What can a `keep`, a `stop`, or what stands for a drop, end in here?
    fn ends_early(&self, body: &[StmtId]) -> Early {
        let each = body.iter().map(|stmt| match &self.program.stmt(*stmt).kind {
            StmtKind::Keep => Early::Rule,
            StmtKind::Stop => Early::All,
            StmtKind::Drop if self.observe => Early::Rule,
            StmtKind::If { arms, otherwise } => {
                let bodies = arms.iter().map(|(_, body)| body.as_slice()).chain([otherwise.as_slice()]);
                bodies.map(|body| self.ends_early(body)).max().unwrap_or(Early::No)
            }
            // Behind a drop nothing runs anyway.
            StmtKind::Drop
            | StmtKind::FirstMatch(_)
            | StmtKind::Tag(_)
            | StmtKind::Untag(_)
            | StmtKind::Set { .. }
            | StmtKind::Remove(_)
            | StmtKind::Send(_)
            | StmtKind::When { .. }
            | StmtKind::Remember(_)
            | StmtKind::Forget(_) => Early::No,
        });
        each.max().unwrap_or(Early::No)
    }

    /// Is it sure, where this condition holds, that the event is Sysmon's?
    fn is_of_sysmon(&self, cond: NodeId) -> bool {
        match self.program.node(cond) {
            Node::Test(site) => match &self.program.test_of(*site).check {
                Check::EventIs(events) => events.iter().all(|event| {
                    self.program.events.get(*event as usize).is_some_and(|event| event.name.starts_with("sysmon."))
                }),
                _ => false,
            },
            Node::And(members) => members.iter().any(|member| self.is_of_sysmon(*member)),
            Node::Or(members) => !members.is_empty() && members.iter().all(|member| self.is_of_sysmon(*member)),
            Node::Const(_) | Node::Not(_) => false,
        }
    }

    /// A condition. Nesting is bounded by `limits::DEPTH`.
    fn condition(&mut self, rule: &Rule, id: NodeId, of_sysmon: bool) -> Truth {
        match self.program.node(id) {
            Node::Const(true) => Truth::Always,
            Node::Const(false) => Truth::Never,
            Node::Not(inner) => self.condition(rule, *inner, of_sysmon).not(),
            Node::And(members) => {
                // What other members say of the event is true where this one matters.
                let guarded = of_sysmon || self.is_of_sysmon(id);
                let members: Vec<Truth> = members.iter().map(|member| self.condition(rule, *member, guarded)).collect();
                Truth::all(guards_first(members))
            }
            Node::Or(members) => {
                let members: Vec<Truth> =
                    members.iter().map(|member| self.condition(rule, *member, of_sysmon)).collect();
                Truth::any(members)
            }
            Node::Test(site) => {
                let around =
                    Around { program: self.program, catalogue: self.catalogue, of_sysmon, module: self.module };
                match test::condition(around, self.program.test_of(*site)) {
                    Ok(truth) => truth,
                    Err(refused) => {
                        let origin = self.program.sites.get(site.index()).map_or(rule.origin, |site| site.origin);
                        self.refuse(origin, refused);
                        Truth::Never
                    }
                }
            }
        }
    }

    fn can_stand(&mut self, origin: Origin, what: &str, text: &str) {
        if !pattern::can_stand(text) {
            let refused = Refused::new(
                format!("{what}, which has a control character, `${{` or `$$`,"),
                "libbeat would take it for a variable: use other characters",
            );
            self.refuse(origin, refused);
        }
    }

    fn refuse(&mut self, origin: Origin, refused: Refused) {
        let Refused { what, help } = refused;
        let message = format!("Winlogbeat cannot say {what}").trim_end_matches(',').to_string();
        self.found.push(Diagnostic::new(Code::NotInTarget, origin, message).help(help));
    }
}

/// What may end before its last statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Early {
    No,
    Rule,
    All,
}

/// What a statement leaves to be done.
enum Next {
    Through,
    EndsRule,
    EndsAll,
}

/// Tests of provider, id and channel in front, those by `equals` first: they are cheap, and most events fail them.
fn guards_first(mut members: Vec<Truth>) -> Vec<Truth> {
    members.sort_by_key(|member| match member {
        Truth::Always | Truth::Never => 0,
        Truth::If(Condition::Equals(path, _)) if is_head(path) => 0,
        Truth::If(condition) if is_guard(condition) => 1,
        Truth::If(_) => 2,
    });
    members
}

fn is_head(path: &str) -> bool {
    matches!(path, "winlog.provider_name" | "winlog.event_id" | "winlog.channel")
}

/// Does it ask for nothing but provider, id and channel?
pub(super) fn is_guard(condition: &Condition) -> bool {
    match condition {
        Condition::Equals(path, _) | Condition::Regexp(path, _) => is_head(path),
        Condition::Or(members) | Condition::And(members) => members.iter().all(is_guard),
        Condition::True
        | Condition::Contains(..)
        | Condition::Range(..)
        | Condition::Network(..)
        | Condition::HasFields(_)
        | Condition::Not(_) => false,
    }
}

/// `then` where the condition holds, else `rest`.
fn either(when: Truth, mut then: Vec<Entry>, rest: Vec<Entry>) -> Vec<Entry> {
    match when {
        Truth::Always => return then,
        Truth::Never => return rest,
        Truth::If(_) => {}
    }
    match (then.len(), rest.is_empty()) {
        (0, true) => Vec::new(),
        (0, false) => match rest.as_slice() {
            [Entry { when: Truth::Always, .. }] => {
                rest.into_iter().map(|entry| Entry { when: when.clone().not(), ..entry }).collect()
            }
            _ => vec![Entry {
                comments: Vec::new(),
                when: when.not(),
                act: Act::Branch { then: rest, otherwise: Vec::new() },
            }],
        },
        // One processor has its own `when`.
        (1, true)
            if matches!(
                then.as_slice(),
                [Entry { when: Truth::Always, act: Act::Drop | Act::Tag(_) | Act::Remove(_), .. }]
            ) =>
        {
            then.iter_mut().for_each(|entry| entry.when = when.clone());
            then
        }
        (_, _) => vec![Entry { comments: Vec::new(), when, act: Act::Branch { then, otherwise: rest } }],
    }
}

/// Can libbeat take this field away without an error?
fn removable(path: &str, catalogue: &Catalogue) -> Result<(), Refused> {
    if path.starts_with('/') && path.ends_with('/') {
        return Err(Refused::new(format!("the removal of `{path}`"), "libbeat would take the name for a pattern"));
    }
    let is_text = |above: &str| {
        catalogue.resolve(above).def.is_some()
            || above.strip_prefix("winlog.event_data.").is_some_and(|name| !name.contains('.'))
    };
    let mut dots = path.match_indices('.').map(|(at, _)| path.get(..at).unwrap_or_default());
    match dots.find(|above| is_text(above)) {
        None => Ok(()),
        Some(above) => Err(Refused::new(
            format!("the removal of `{path}`, which lies below a value"),
            format!("libbeat ends the branch with an error there: remove `{above}`"),
        )),
    }
}

/// The name of a rule, and why it is there.
fn comments(rule: &Rule) -> Vec<String> {
    let lines = std::iter::once(rule.name.as_str()).chain(rule.reason.as_deref());
    lines
        .flat_map(|text| text.split(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')))
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.trim().to_string())
        .collect()
}
