//! What compiles but is hardly meant.
//!
//! In: tests and rules as lowered, with their facts. Out: warnings and notes. Never here: errors.

use super::{Checker, Facts, FieldFact};
use crate::ast::{self, Args, Base, Definition, Literal, Operator};
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Node, NodeId, Rule, SiteId, StmtId, StmtKind};
use crate::origin::Origin;
use crate::sysmon::{EventIndex, FieldType};

impl Checker<'_> {
    /// Lints of one test.
    pub(super) fn lint_test(&mut self, test: &ast::Test, facts: &Facts) {
        // What a look-up gives is of the table's kind, not of the field's.
        let looked_up = matches!(test.subject.base, Base::Lookup(_));
        let kind = facts.fields.first().and_then(|field| field.kind).filter(|_| !looked_up);
        if let Some(field) = facts.fields.first()
            && field.path.paths.first().is_some_and(|path| path == "message")
        {
            self.report(
                Diagnostic::new(
                    Code::MessageText,
                    field.origin,
                    "the rendered message differs by language and version, and may hold `%1` instead of values",
                )
                .help("test the field itself, such as Image or CommandLine"),
            );
        }
        let single = matches!(&test.args, Args::One(_));
        let items: &[ast::Operand] = test.args.operands();
        let plain = matches!(
            test.op.value,
            Operator::Equals | Operator::Contains | Operator::StartsWith | Operator::EndsWith | Operator::In
        );
        for item in items {
            let Base::Literal(literal) = &item.base else { continue };
            if let Literal::Text(text) = literal
                && plain
            {
                self.plain_text(test, text, item.origin, kind, single);
            }
            self.type_fits(test, literal, kind, item.origin);
        }
    }

    fn plain_text(&mut self, test: &ast::Test, text: &str, origin: Origin, kind: Option<FieldType>, single: bool) {
        let word = test.op.value.entry().word;
        let path = kind == Some(FieldType::Path);
        if text.contains('*') || (path && text.contains('?') && !text.contains(r"\??\")) {
            self.report(
                Diagnostic::new(
                    Code::WildcardInPlain,
                    origin,
                    format!("after `{word}`, `*` and `?` are ordinary characters"),
                )
                .help("if a wildcard is meant, write `like`"),
            );
        }
        if test.op.value == Operator::Equals
            && single
            && path
            && text.split(';').filter(|part| !part.trim().is_empty()).count() > 1
        {
            let items: Vec<String> = text
                .split(';')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(|part| format!("'{part}'"))
                .collect();
            self.report(
                Diagnostic::new(Code::LooksLikeList, origin, "this is one value; no file name holds a `;`")
                    .help(format!("if several values are meant, write `in [{}]`", items.join(", "))),
            );
        }
        let needle = matches!(test.op.value, Operator::Contains | Operator::StartsWith | Operator::EndsWith);
        if needle && text.is_empty() {
            self.report(
                Diagnostic::new(
                    Code::EmptyNeedle,
                    origin,
                    "an empty text is in every text: this only asks whether the field is there",
                )
                .help("write the text that is meant, or `exists`"),
            );
        }
    }

    /// A regular expression that is only text.
    pub(super) fn needless_pattern(&mut self, origin: &Origin, text: &str, cased: bool) {
        let Some((literal, start, end)) = super::pattern::literal_of(text) else { return };
        if literal.contains(char::is_control) {
            return;
        }
        let cased = if cased { "cased " } else { "" };
        let word = match (start, end) {
            (true, true) => "==",
            (true, false) => "starts with",
            (false, true) => "ends with",
            (false, false) => "contains",
        };
        self.report(
            Diagnostic::new(Code::NeedlessPattern, *origin, "this pattern is only text")
                .help(format!("`{cased}{word} '{literal}'` says the same, and runs faster")),
        );
    }

    /// The same test twice under one `and` or `or`.
    pub(super) fn repeated_tests(&mut self, members: &[NodeId]) {
        if self.element.is_some() {
            return;
        }
        let mut seen: rustc_hash::FxHashMap<crate::ir::TestId, SiteId> = rustc_hash::FxHashMap::default();
        let mut found = Vec::new();
        for member in members {
            if let Node::Test(site) = self.main.nodes[member.index()]
                && let Some(first) = seen.insert(self.program.sites[site.index()].test, site)
            {
                found.push(
                    Diagnostic::new(
                        Code::DuplicateTest,
                        self.program.sites[site.index()].origin,
                        "this test stands here already",
                    )
                    .related(self.program.sites[first.index()].origin, "the first one")
                    .help("delete one of them, or mend the one that should differ"),
                );
            }
        }
        found.into_iter().for_each(|diagnostic| self.report(diagnostic));
    }

    /// Lints of a whole rule.
    pub(super) fn lint_rule(&mut self, definition: &Definition, rule: &ast::Rule, lowered: &Rule, _first_node: usize) {
        if !self.has_effect(&lowered.body) {
            let what = match (rule.body.is_empty(), rule.kind) {
                (true, _) => "the rule has no statements",
                (false, ast::RuleKind::Filter) => "the rule drops, tags and removes nothing",
                (false, ast::RuleKind::Classify) => "the rule tags and sets nothing",
                (false, ast::RuleKind::Alert) => "the rule sends nothing, and tags and sets nothing",
            };
            let help = match rule.kind {
                ast::RuleKind::Filter => "add `if … { drop }`, or write `disabled` before the rule",
                ast::RuleKind::Classify => "add `if … { tag \"…\" }`, or write `disabled` before the rule",
                ast::RuleKind::Alert => "add `if … { send mail }`, or write `disabled` before the rule",
            };
            let _ = definition;
            if !rule.disabled {
                self.report(Diagnostic::new(Code::DoesNothing, rule.name.origin, what).help(help));
            }
        }
        self.walk_events(&lowered.body, None);
    }

    fn has_effect(&self, body: &[StmtId]) -> bool {
        let mut work: Vec<StmtId> = body.to_vec();
        while let Some(id) = work.pop() {
            match &self.program.stmt(id).kind {
                StmtKind::Keep => {}
                StmtKind::If { arms, otherwise } => {
                    work.extend(otherwise.iter().copied());
                    arms.iter().for_each(|(_, body)| work.extend(body.iter().copied()));
                }
                StmtKind::When { context, body, .. } => {
                    // Others may ask for what has a name.
                    if self.program.contexts.get(*context as usize).is_some_and(|context| context.name.is_some()) {
                        return true;
                    }
                    work.extend(body.iter().copied());
                }
                StmtKind::FirstMatch(_)
                | StmtKind::Drop
                | StmtKind::Stop
                | StmtKind::Tag(_)
                | StmtKind::Untag(_)
                | StmtKind::Set { .. }
                | StmtKind::Remove(_)
                | StmtKind::Send(_)
                | StmtKind::Remember(_)
                | StmtKind::Forget(_) => return true,
            }
        }
        false
    }

    /// Walks statements with the events that are sure there.
    fn walk_events(&mut self, body: &[StmtId], events: Option<&[EventIndex]>) {
        for id in body {
            if let StmtKind::When { steps, body, .. } = &self.program.stmt(*id).kind {
                let (steps, body) = (steps.clone(), body.clone());
                for step in steps {
                    self.condition_events(step, true, events);
                }
                // Which events fill it, no step says alone.
                self.walk_events(&body, events);
                continue;
            }
            let StmtKind::If { arms, otherwise } = &self.program.stmt(*id).kind else { continue };
            let (arms, otherwise) = (arms.clone(), otherwise.clone());
            for (cond, body) in &arms {
                let sure = self.condition_events(*cond, true, events);
                self.walk_events(body, sure.as_deref().or(events));
            }
            self.walk_events(&otherwise, events);
        }
    }

    /// Lints a condition under the events that are sure, and gives those that are sure where it holds.
    fn condition_events(
        &mut self,
        node: NodeId,
        positive: bool,
        outer: Option<&[EventIndex]>,
    ) -> Option<Vec<EventIndex>> {
        let joined = match (&self.main.nodes[node.index()], positive) {
            (Node::Const(_), _) => return None,
            (Node::Not(inner), _) => {
                let inner = *inner;
                return self.condition_events(inner, !positive, outer);
            }
            (Node::Test(site), _) => {
                let site = *site;
                self.carried(site, outer);
                return self.facts.get(site.index()).and_then(|facts| facts.events.clone()).filter(|_| positive);
            }
            (Node::And(members), _) => (members.clone(), positive),
            (Node::Or(members), _) => (members.clone(), !positive),
        };
        let (members, all) = joined;
        if !all {
            members.iter().for_each(|member| {
                self.condition_events(*member, positive, outer);
            });
            return None;
        }
        // Members that name the event first, so that the others are read in their light.
        let mut sure: Option<Vec<EventIndex>> = outer.map(<[EventIndex]>::to_vec);
        let mut named: Option<SiteId> = None;
        for member in &members {
            let Node::Test(site) = self.main.nodes[member.index()] else { continue };
            let Some(events) = self.facts.get(site.index()).and_then(|facts| facts.events.clone()).filter(|_| positive)
            else {
                continue;
            };
            let both: Vec<EventIndex> = match &sure {
                Some(sure) => events.iter().copied().filter(|event| sure.contains(event)).collect(),
                None => events,
            };
            if both.is_empty() {
                let mut found =
                    Diagnostic::new(Code::NeverHolds, self.program.sites[site.index()].origin, "no event is both")
                        .help("join them by `or`, or write `event is any [...]`");
                if let Some(first) = named {
                    found = found.related(self.program.sites[first.index()].origin, "this asks for another event");
                }
                self.report(found);
                return sure;
            }
            named = Some(site);
            sure = Some(both);
        }
        for member in &members {
            let event_test = matches!(self.main.nodes[member.index()], Node::Test(site) if self.facts.get(site.index()).is_some_and(|f| f.events.is_some()));
            if !event_test {
                let sure = sure.clone();
                self.condition_events(*member, positive, sure.as_deref());
            }
        }
        sure
    }

    /// A tag that no rule of those that are checked sets.
    pub(super) fn unset_tag(&mut self, tag: &ast::At<String>) {
        if self.tags_set.contains(&tag.value) || tag.value.is_empty() {
            return;
        }
        let near = crate::diagnostic::nearest(&tag.value, self.tags_set.iter().map(String::as_str)).map(String::from);
        let found = Diagnostic::new(
            Code::UnsetTag,
            tag.origin,
            format!("no rule that is checked sets the tag \"{}\"", tag.value),
        );
        self.report(match near {
            Some(near) => found.help(format!("did you mean \"{near}\"?")),
            None => found.help(
                "behind the agent only tags of these rules count: set it in a classify rule, or check these rules with the one that sets it",
            ),
        });
    }

    /// A test on a field that none of the sure events carries.
    fn carried(&mut self, site: SiteId, events: Option<&[EventIndex]>) {
        let Some(events) = events else { return };
        let facts = self.facts.get(site.index());
        let one_of = facts.is_some_and(|facts| facts.one_of);
        let fields = facts.map(|facts| facts.fields.clone()).unwrap_or_default();
        let missing =
            |checker: &Self, field: &FieldFact| events.iter().all(|event| checker.never_carries(*event, field));
        // Of several that stand for one, one that is there is enough.
        if one_of && !fields.iter().all(|field| missing(self, field)) {
            return;
        }
        for field in fields.into_iter().take(if one_of { 1 } else { usize::MAX }) {
            let never = !events.is_empty() && missing(self, &field);
            let Some(def) = events.first().and_then(|event| self.context.catalogue.event_at(*event)) else { continue };
            if never && field.kind.is_some() {
                let near = crate::diagnostic::nearest(&field.name, def.fields.iter().map(String::as_str));
                let has = format!("it has {}", def.fields.join(", "));
                let help = near.map_or(has.clone(), |near| format!("did you mean `{near}`? {has}"));
                self.report(
                    Diagnostic::new(
                        Code::FieldNotCarried,
                        field.origin,
                        format!("{} ({}) never carries `{}`", def.name, def.id, field.name),
                    )
                    .help(help),
                );
            }
        }
    }
}
