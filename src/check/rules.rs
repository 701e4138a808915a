//! Rules: names, metadata, statements.

use rustc_hash::FxHashMap;

use super::{Checker, lint};
use crate::ast::{self, At, Base, Definition, Literal, MetaKey, MetaValue, RuleKind, StmtId};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::dialect::Dialect;
use crate::event::FieldPath;
use crate::ir::{self, Removal, Rule, RuleId, Send, SetValue, StmtKind};
use crate::origin::Origin;

/// Ways of sending.
pub const CHANNELS: [&str; 3] = ["mail", "webhook", "file"];

/// How far a rule can be relied on.
pub const STATUSES: [&str; 5] = ["stable", "test", "experimental", "deprecated", "unsupported"];

/// Is it the id of a technique of MITRE ATT&CK, by its form?
pub fn is_technique(text: &str) -> bool {
    let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
    text.strip_prefix('T').is_some_and(|rest| match rest.split_once('.') {
        Some((main, sub)) => digits(main, 4) && digits(sub, 3),
        None => digits(rest, 4),
    })
}

/// Is it a word that a rule can be filed under?
fn is_label(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Where the code of an `allow` stands.
fn first_code(meta: &ast::Meta) -> Option<Origin> {
    match &meta.value {
        MetaValue::Allow(code, _) => Some(code.origin),
        MetaValue::Text(_)
        | MetaValue::Texts(_)
        | MetaValue::Severity(_)
        | MetaValue::Date(_)
        | MetaValue::Quiet(..)
        | MetaValue::Flag => None,
    }
}

impl Checker<'_> {
    /// Two rules may not share a kind and name, nor an id, in one file or in several.
    pub(super) fn unique_names(&mut self, definitions: &[Definition]) {
        let mut names: FxHashMap<(RuleKind, &str), Origin> = FxHashMap::default();
        let mut ids: FxHashMap<&str, Origin> = FxHashMap::default();
        let mut found = Vec::new();
        for rule in definitions.iter().flat_map(|definition| &definition.rules) {
            let name = rule.name.value.as_str();
            if let Some(first) = names.insert((rule.kind, name), rule.name.origin) {
                found.push(
                    Diagnostic::new(
                        Code::DuplicateRule,
                        rule.name.origin,
                        format!("there is {} named \"{name}\" already", rule.kind.with_article()),
                    )
                    .related(first, "the first one")
                    .help("give one of them another name"),
                );
            }
            for meta in rule.meta.iter().filter(|meta| meta.key == MetaKey::Id) {
                if let MetaValue::Text(id) = &meta.value
                    && let Some(first) = ids.insert(id, meta.origin)
                {
                    found.push(
                        Diagnostic::new(Code::DuplicateRule, meta.origin, format!("the id \"{id}\" is taken already"))
                            .related(first, "by this rule")
                            .help("an id belongs to one rule for ever: give this one its own"),
                    );
                }
            }
        }
        found.into_iter().for_each(|diagnostic| self.report(diagnostic));
    }

    /// Name and metadata.
    pub(super) fn head(&mut self, rule: &ast::Rule) -> Rule {
        let name = &rule.name;
        if name.value.trim().is_empty() {
            self.report(
                Diagnostic::new(Code::EmptyName, name.origin, "the rule has no name")
                    .help("name it after what it stops or finds"),
            );
        }
        let mut head = Rule {
            kind: rule.kind,
            name: name.value.clone(),
            id: None,
            severity: None,
            reason: None,
            status: None,
            techniques: Vec::new(),
            labels: Vec::new(),
            quiet: None,
            body: Vec::new(),
            origin: rule.origin,
        };
        let mut seen: FxHashMap<MetaKey, Origin> = FxHashMap::default();
        for meta in &rule.meta {
            if let MetaValue::Allow(code, reason) = &meta.value {
                self.allow(rule, code, reason);
                continue;
            }
            if let Some(first) = seen.insert(meta.key, meta.origin) {
                self.report(
                    Diagnostic::new(
                        Code::DuplicateMetadata,
                        meta.origin,
                        format!("`{}` is given twice", meta.key.word()),
                    )
                    .related(first, "first here")
                    .help("keep one of them"),
                );
                continue;
            }
            match (&meta.key, &meta.value) {
                (MetaKey::Id, MetaValue::Text(text)) => {
                    if text.trim().is_empty() {
                        self.report(
                            Diagnostic::new(Code::EmptyName, meta.origin, "the id is empty")
                                .help("leave the line out, or write an id"),
                        );
                    }
                    head.id = Some(text.clone());
                }
                (MetaKey::Reason, MetaValue::Text(text)) => head.reason = Some(text.clone()),
                (MetaKey::Owner, MetaValue::Text(owner)) => {
                    if !owner.chars().any(char::is_alphanumeric) {
                        self.report(
                            Diagnostic::new(Code::BadMetadata, meta.origin, "nobody is named as owner")
                                .help("write: owner \"…\", a person or team; or leave the line out"),
                        );
                    }
                }
                (MetaKey::Author | MetaKey::Ticket, MetaValue::Text(_)) => {}
                (MetaKey::Suppress, MetaValue::Quiet(length, by)) => head.quiet = self.quiet(*length, by, meta.origin),
                (MetaKey::Severity, MetaValue::Severity(severity)) => head.severity = Some(*severity),
                (MetaKey::Techniques, MetaValue::Texts(techniques)) => {
                    for technique in techniques {
                        self.technique(technique);
                    }
                    head.techniques = techniques.iter().map(|t| t.value.clone()).collect();
                }
                (MetaKey::Status, MetaValue::Text(status)) => {
                    if !STATUSES.contains(&status.as_str()) {
                        self.is_no("status", meta.origin, status, &STATUSES.join(", "));
                    }
                    head.status = Some(status.clone());
                }
                (MetaKey::Labels, MetaValue::Texts(labels)) => {
                    for label in labels.iter().filter(|label| !is_label(&label.value)) {
                        self.is_no("label", label.origin, &label.value, "attack.execution, cve.2021-44228");
                    }
                    head.labels = labels.iter().map(|label| label.value.clone()).collect();
                }
                (MetaKey::References | MetaKey::FalsePositives, MetaValue::Texts(_)) => {}
                (MetaKey::Expires, MetaValue::Date(date)) => {
                    if self.context.today.is_some_and(|today| *date <= today) {
                        self.report(
                            Diagnostic::new(
                                Code::Expired,
                                meta.origin,
                                format!("the rule \"{}\" is past its date", rule.name.value),
                            )
                            .help("look whether it is still needed; then move the date, or delete the rule"),
                        );
                    }
                }
                (MetaKey::AllowTamperEvents, MetaValue::Flag) => {}
                (key, _) => self.report(Diagnostic::new(
                    Code::BadMetadata,
                    meta.origin,
                    format!("`{}` cannot have a value of this kind", key.word()),
                )),
            }
        }
        head
    }

    /// `allow CODE because "…"`: a warning or note about rules, once, with a reason.
    fn allow(&mut self, rule: &ast::Rule, code: &At<String>, reason: &At<String>) {
        let found = |origin, message: String| Diagnostic::new(Code::BadMetadata, origin, message);
        match Code::parse(&code.value) {
            Some(known) if known.severity() == Severity::Error => {
                self.report(
                    found(code.origin, format!("{known} is an error, and no error can be allowed"))
                        .help("mend what it says; only warnings and notes can be meant"),
                );
            }
            Some(known) if !lint::can_be_allowed(known) => {
                self.report(
                    found(code.origin, format!("{known} is not about rules, and no rule can allow it"))
                        .help("what begins with BS02, BS03 or BS04 and is a warning or note can be allowed"),
                );
            }
            Some(_) => {}
            None => self.report(
                found(code.origin, format!("there is no code `{}`", code.value))
                    .help("codes stand in the findings' brackets, as in warning[BS0436]"),
            ),
        }
        if reason.value.trim().is_empty() {
            self.report(
                found(reason.origin, "no reason is given why this is meant".to_string())
                    .help(format!("write: allow {} because \"…\"", code.value)),
            );
        }
        let same = |other: &&ast::Meta| matches!(&other.value, MetaValue::Allow(own, _) if Code::parse(&own.value) == Code::parse(&code.value));
        if let Some(first) = rule.meta.iter().find(same).filter(|first| first_code(first) != Some(code.origin)) {
            self.report(
                Diagnostic::new(Code::DuplicateMetadata, code.origin, format!("`allow {}` is given twice", code.value))
                    .related(first.origin, "first here")
                    .help("keep one of them"),
            );
        }
    }

    fn technique(&mut self, technique: &At<String>) {
        if !is_technique(&technique.value) {
            self.is_no("id of a technique", technique.origin, &technique.value, "T1055, T1055.012");
        }
    }

    /// A value of metadata that is not what it should be, and what would be.
    fn is_no(&mut self, what: &str, origin: Origin, value: &str, such: &str) {
        self.report(
            Diagnostic::new(Code::BadMetadata, origin, format!("\"{value}\" is no {what}"))
                .help(format!("write it like one of these: {such}")),
        );
    }

    /// A list of statements. Disabled ones are checked and left out.
    pub(super) fn body(&mut self, definition: &Definition, body: &[StmtId]) -> Vec<ir::StmtId> {
        let mut out = Vec::with_capacity(body.len());
        let mut ended: Option<(Origin, &'static str)> = None;
        for id in body {
            let stmt = definition.stmt(*id);
            if let Some((by, word)) = ended
                && !stmt.disabled
            {
                self.report(
                    Diagnostic::new(Code::Unreachable, stmt.origin, "this statement is never reached")
                        .related(by, format!("`{word}` ends the rule here"))
                        .help("move it up, or delete it"),
                );
                ended = None;
            }
            let lowered = self.stmt(definition, stmt);
            if stmt.disabled {
                continue;
            }
            match &stmt.kind {
                ast::StmtKind::Drop => ended = Some((stmt.origin, "drop")),
                ast::StmtKind::Keep => ended = Some((stmt.origin, "keep")),
                ast::StmtKind::Stop => ended = Some((stmt.origin, "stop")),
                ast::StmtKind::If { .. }
                | ast::StmtKind::Tag(_)
                | ast::StmtKind::Untag(_)
                | ast::StmtKind::Set { .. }
                | ast::StmtKind::Remove(_)
                | ast::StmtKind::Send { .. }
                | ast::StmtKind::When { .. }
                | ast::StmtKind::Remember { .. }
                | ast::StmtKind::Forget { .. } => {}
            }
            out.extend(
                lowered
                    .into_iter()
                    .map(|kind| self.add_stmt(ir::Stmt { kind, origin: stmt.origin }))
                    .collect::<Vec<_>>(),
            );
        }
        out
    }

    /// Is the statement at home in this kind of rule?
    fn allowed(&mut self, stmt: &ast::Stmt) {
        use RuleKind::{Alert, Classify, Filter};
        let (word, kinds): (&str, &[RuleKind]) = match &stmt.kind {
            ast::StmtKind::If { .. } => return,
            ast::StmtKind::Stop => return,
            ast::StmtKind::Drop => ("drop", &[Filter]),
            ast::StmtKind::Keep => ("keep", &[Filter]),
            ast::StmtKind::Remove(_) => ("remove field", &[Filter, Classify, Alert]),
            ast::StmtKind::Tag(_) => ("tag", &[Filter, Classify, Alert]),
            ast::StmtKind::Untag(_) => ("untag", &[Filter, Classify, Alert]),
            ast::StmtKind::Set { .. } => ("set", &[Classify, Alert]),
            ast::StmtKind::Send { .. } => ("send", &[Alert]),
            ast::StmtKind::When { .. } => ("when", &[Alert]),
            ast::StmtKind::Remember { .. } => ("remember", &[Alert]),
            ast::StmtKind::Forget { .. } => ("forget", &[Alert]),
        };
        if !kinds.contains(&self.kind) {
            let homes: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
            self.report(
                Diagnostic::new(
                    Code::StatementNotHere,
                    stmt.origin,
                    format!("`{word}` cannot stand in a rule of kind {}", self.kind.word()),
                )
                .help(format!("it belongs into a rule of kind {}", homes.join(" or "))),
            );
        }
    }

    fn stmt(&mut self, definition: &Definition, stmt: &ast::Stmt) -> Vec<StmtKind> {
        self.allowed(stmt);
        match &stmt.kind {
            ast::StmtKind::If { arms, otherwise } => {
                // Nesting of statements is bounded by `limits::DEPTH`, which every source keeps.
                let arms: Vec<_> = arms
                    .iter()
                    .map(|arm| (self.condition(definition, arm.cond), self.body(definition, &arm.body)))
                    .collect();
                let otherwise = otherwise.as_ref().map(|body| self.body(definition, body)).unwrap_or_default();
                vec![StmtKind::If { arms, otherwise }]
            }
            ast::StmtKind::Drop => vec![StmtKind::Drop],
            ast::StmtKind::Keep => vec![StmtKind::Keep],
            ast::StmtKind::Stop => vec![StmtKind::Stop],
            ast::StmtKind::Tag(tags) => self.tags(tags, StmtKind::Tag),
            ast::StmtKind::Untag(tags) => self.tags(tags, StmtKind::Untag),
            ast::StmtKind::Set { field, value } => self.set_field(field, value),
            ast::StmtKind::Remove(fields) => {
                let mut removal = Removal { paths: Vec::new(), slots: Vec::new() };
                for field in fields {
                    let fact = self.field(field, Dialect::Ours);
                    if fact.path.paths.iter().any(|path| {
                        matches!(
                            path.as_str(),
                            "@timestamp" | "winlog.event_id" | "winlog.provider_name" | "winlog.channel" | "winlog"
                        )
                    }) {
                        self.report(
                            Diagnostic::new(
                                Code::NotSettable,
                                field.origin,
                                format!("`{}` says what the event is, and cannot be removed", field.name),
                            )
                            .help("remove fields of winlog.event_data, message, or the like"),
                        );
                    }
                    if self.kind == RuleKind::Filter {
                        removal.paths.extend(fact.path.paths);
                        continue;
                    }
                    if !field.name.starts_with("msg.") {
                        self.report(
                            Diagnostic::new(
                                Code::NotSettable,
                                field.origin,
                                format!("{} cannot remove `{}`", self.kind.with_article(), field.name),
                            )
                            .help("it removes fields under `msg.`; a filter removes the agent's own"),
                        );
                    }
                    // What the agent sent stays, as it does when such a field is set.
                    removal.paths.extend(fact.path.paths.into_iter().filter(|path| path.starts_with("msg.")));
                }
                vec![StmtKind::Remove(removal)]
            }
            ast::StmtKind::When { when, body } => self.when(definition, when, body, stmt.origin),
            ast::StmtKind::Remember { name, length, by } => self.remember(name, *length, by),
            ast::StmtKind::Forget { name, by } => self.forget(name, by),
            ast::StmtKind::Send { via, template, to } => {
                if !CHANNELS.contains(&via.value.as_str()) {
                    let near = crate::diagnostic::nearest(&via.value, CHANNELS);
                    self.report(
                        Diagnostic::new(
                            Code::UnknownChannel,
                            via.origin,
                            format!("there is no way of sending called `{}`", via.value),
                        )
                        .help(match near {
                            Some(near) => format!("did you mean `{near}`?"),
                            None => format!("there are {}", CHANNELS.join(", ")),
                        }),
                    );
                }
                if let Some(template) = template {
                    self.template(template);
                }
                vec![StmtKind::Send(Send {
                    via: via.value.clone(),
                    template: template.as_ref().map(|t| t.value.clone()),
                    to: to.iter().map(|t| t.value.clone()).collect(),
                })]
            }
        }
    }

    /// Has the project the template that a rule names?
    fn template(&mut self, template: &At<String>) {
        let Some(known) = self.context.templates.filter(|known| !known.contains(&template.value)) else { return };
        let near = crate::diagnostic::nearest(&template.value, known.iter().map(String::as_str));
        self.report(
            Diagnostic::new(
                Code::UnknownTemplate,
                template.origin,
                format!("the project has no template \"{}\"", template.value),
            )
            .help(match near {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => "name it in blocksieve.toml: [templates.NAME] with subject and text".to_string(),
            }),
        );
    }

    fn tags(&mut self, tags: &[At<String>], make: fn(String) -> StmtKind) -> Vec<StmtKind> {
        for tag in tags {
            self.tag_name(tag);
        }
        tags.iter().map(|tag| make(tag.value.clone())).collect()
    }

    pub(super) fn tag_name(&mut self, tag: &At<String>) {
        if tag.value.trim().is_empty() {
            self.report(
                Diagnostic::new(Code::EmptyName, tag.origin, "the tag has no name")
                    .help("write the tag's name between the quotes"),
            );
        }
    }

    fn set_field(&mut self, field: &ast::FieldRef, value: &ast::Operand) -> Vec<StmtKind> {
        if !field.name.starts_with("msg.") {
            self.report(
                Diagnostic::new(Code::NotSettable, field.origin, format!("`{}` cannot be set", field.name))
                    .help("classify rules set fields under `msg.`, such as `msg.group`"),
            );
        }
        let resolved = self.context.catalogue.resolve(&field.name);
        let path = FieldPath { name: field.name.clone(), paths: resolved.path.paths };
        let slot = self.slot(path, field.origin);
        let value = match &value.base {
            Base::Literal(literal) if value.through.is_empty() => match literal {
                Literal::Text(text) => SetValue::Text(text.clone()),
                Literal::Number { value, .. } => SetValue::Number(*value),
                Literal::Bool(value) => SetValue::Bool(*value),
                Literal::Address(address) => SetValue::Text(address.written.clone()),
                Literal::Network { written, .. } | Literal::Time { written, .. } => SetValue::Text(written.clone()),
            },
            Base::Field(_) | Base::Hash(_) | Base::Lookup(_) => match self.operand(value, Dialect::Ours) {
                Some((operand, _)) => SetValue::Operand(operand),
                None => return Vec::new(),
            },
            Base::Literal(_) | Base::AnyField | Base::AnyProcessGuid | Base::Event => {
                self.report(
                    Diagnostic::new(
                        Code::WrongOperand,
                        value.origin,
                        "a field is set to a literal, or to another field",
                    )
                    .help("write a text, a number, a field, or a function of a field"),
                );
                return Vec::new();
            }
        };
        vec![StmtKind::Set { slot, value }]
    }

    /// The id that the rule at hand will have if it stays.
    pub(super) fn this_rule(&self) -> RuleId {
        RuleId(self.program.rules.len() as u32)
    }
}
