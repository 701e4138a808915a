//! One test: operand types, literals, modifiers, dialects.

use super::agent::asks_the_time;
use super::operands::{PROCESS_GUIDS, any_of, args_origin, is_field, keeps_value};
use super::{Checker, Facts, Missing};
use crate::ast::{self, Args, Base, Function, Literal, Operator};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::dialect::{Dialect, Fold};
use crate::event::{FieldPath, Slot};
use crate::ir::{Bound, Check, Cmp, Compare, FieldOp, From, Operand, Test, Through, Where};
use crate::limits;
use crate::operator::Shape;
use crate::origin::Origin;

impl Checker<'_> {
    /// Lowers a test; `None` after an error.
    pub(super) fn test(&mut self, test: &ast::Test) -> Option<(Test, Facts)> {
        let entry = test.op.value.entry();
        let errors = self.errors;
        if test.cased && !entry.cased {
            self.report(
                Diagnostic::new(
                    Code::BadModifier,
                    test.op.origin,
                    format!("`cased` has no meaning before `{}`", entry.word),
                )
                .help("only operators on text know it: leave it out"),
            );
        }
        if test.any_dash && !entry.any_dash {
            self.report(
                Diagnostic::new(
                    Code::BadModifier,
                    test.op.origin,
                    format!("`any-dash` has no meaning before `{}`", entry.word),
                )
                .help("only contains, starts with, ends with and like know it: leave it out"),
            );
        }
        if test.every
            && let Some(words) = any_of(&test.subject)
        {
            self.report(
                Diagnostic::new(
                    Code::BadModifier,
                    test.subject.origin,
                    format!("`all of` has no meaning before `{words}`"),
                )
                .help("leave `all of` out, or name the field"),
            );
        }
        self.strict_form(test);
        if test.dialect == Dialect::LogManager && self.errors > errors {
            return None;
        }
        let fold = match test.cased {
            true => Fold::Cased,
            false => test.dialect.reading().fold,
        };
        let compare = Compare { fold, any_dash: test.any_dash };
        let (check, subject, facts) = match entry.shape {
            Shape::Events => self.event_is(test)?,
            Shape::Tags => self.has_tag(test)?,
            Shape::Rule => self.acted(test)?,
            Shape::Remembered => self.remembered(test)?,
            Shape::Nothing
            | Shape::Value
            | Shape::Ordered
            | Shape::Texts
            | Shape::Patterns
            | Shape::Set
            | Shape::Class => {
                let (subject, mut facts) = self.operand(&test.subject, test.dialect)?;
                let mut check = self.field_check(test, compare, &subject, &mut facts)?;
                if asks_the_time(test) {
                    check = self.never_of_time(test);
                }
                // What another function makes of a value says nothing of the value.
                if !subject.through.iter().all(keeps_value) {
                    facts.equals.clear();
                }
                if test.dialect == Dialect::LogManager {
                    self.manager_facts(test, &subject, &check, &mut facts);
                }
                (check, subject, facts)
            }
        };
        if self.errors > errors {
            return None;
        }
        self.lint_test(test, &facts);
        Some((Test { dialect: test.dialect, every: test.every, subject, check }, facts))
    }

    /// A value of the event. Literals are no such thing.
    pub(super) fn operand(&mut self, operand: &ast::Operand, dialect: Dialect) -> Option<(Operand, Facts)> {
        if operand.through.len() > limits::FUNCTIONS {
            self.report(
                Diagnostic::new(
                    Code::BadFunction,
                    operand.origin,
                    format!("more than {} functions on one operand", limits::FUNCTIONS),
                )
                .help("leave some out"),
            );
            return None;
        }
        for function in &operand.through {
            if matches!(function, Function::Base64 | Function::Base64Wide) {
                self.report(
                    Diagnostic::new(
                        Code::BadFunction,
                        operand.origin,
                        format!("`{}` is for a text of the rule, not for a field", function.words()),
                    )
                    .help("write it before the text: CommandLine contains base64 of 'whoami'"),
                );
                return None;
            }
        }
        let (from, facts) = match &operand.base {
            Base::Lookup(lookup) => {
                let (mut looked_up, facts) = self.looked_up(lookup, dialect)?;
                looked_up.through.extend(operand.through.iter().copied().map(Through::Function));
                if looked_up.through.len() > limits::FUNCTIONS {
                    self.report(
                        Diagnostic::new(
                            Code::BadFunction,
                            operand.origin,
                            format!("more than {} functions on one operand, the look-up counted", limits::FUNCTIONS),
                        )
                        .help("leave some out"),
                    );
                    return None;
                }
                return Some((looked_up, facts));
            }
            Base::Field(field) if dialect == Dialect::LogManager => {
                let (from, fact) = self.manager_field(field);
                (from, Facts { fields: vec![fact], ..Facts::default() })
            }
            Base::Field(field) => {
                let fact = self.field(field, dialect);
                let slot = self.slot(fact.path.clone(), field.origin);
                (From::Slot(slot), Facts { fields: vec![fact], ..Facts::default() })
            }
            Base::AnyField | Base::AnyProcessGuid if self.element.is_some() => {
                let words = any_of(operand).unwrap_or_default();
                self.report(
                    Diagnostic::new(
                        Code::BadFunction,
                        operand.origin,
                        format!("`{words}` has no meaning inside `some of`"),
                    )
                    .help("name the element's field"),
                );
                return None;
            }
            Base::AnyField => (From::AnyField, Facts { any_field: true, ..Facts::default() }),
            Base::AnyProcessGuid => {
                let facts = PROCESS_GUIDS
                    .map(|name| self.field(&ast::FieldRef { name: name.to_string(), origin: operand.origin }, dialect));
                let slots = facts.each_ref().map(|fact| self.slot(fact.path.clone(), operand.origin));
                (From::AnyOf(slots), Facts { fields: facts.into(), one_of: true, ..Facts::default() })
            }
            Base::Hash(kind) => {
                let field = ast::FieldRef { name: "Hashes".to_string(), origin: operand.origin };
                let fact = self.field(&field, dialect);
                let slot = self.slot(fact.path.clone(), operand.origin);
                (From::Hash(*kind, slot), Facts { fields: vec![fact], ..Facts::default() })
            }
            Base::Literal(literal) => {
                self.report(
                    Diagnostic::new(
                        Code::WrongOperand,
                        operand.origin,
                        format!("a test begins with a field, not with a {}", literal.kind()),
                    )
                    .help("turn it round: the field first, then the operator, then the value"),
                );
                return None;
            }
            Base::Event => {
                self.report(
                    Diagnostic::new(Code::WrongOperand, operand.origin, "this operator needs a field")
                        .help("write the field's name before the operator"),
                );
                return None;
            }
        };
        let through = operand.through.iter().copied().map(Through::Function).collect();
        Some((Operand { from, through }, facts))
    }

    fn event_is(&mut self, test: &ast::Test) -> Option<(Check, Operand, Facts)> {
        let Args::Events(names) = &test.args else { return self.wrong_args(test) };
        if self.element.is_some() {
            self.report(
                Diagnostic::new(Code::BadFunction, test.op.origin, "`event is` has no meaning inside `some of`")
                    .help("move it in front of `some of`"),
            );
            return None;
        }
        if names.is_empty() {
            self.report(
                Diagnostic::new(Code::EmptyList, test.op.origin, "the list of events is empty")
                    .help("name at least one event, such as sysmon.dns_query"),
            );
            return None;
        }
        let mut keys = Vec::new();
        let mut events = Vec::new();
        for name in names {
            match self.context.catalogue.event(&name.value) {
                Some((index, _)) => {
                    keys.push(self.event(index));
                    events.push(index);
                }
                None => {
                    let known = self.context.catalogue.events.iter().map(|event| event.name.as_str());
                    let near = nearest(&name.value, known);
                    let mut found =
                        Diagnostic::new(Code::UnknownEvent, name.origin, format!("there is no event `{}`", name.value));
                    found = match near {
                        Some(near) => found.help(format!("did you mean `{near}`?")).fix(name.origin, near),
                        None => found.help(
                            "events are named as in sysmon.process_create, sysmon.dns_query; the manual lists them",
                        ),
                    };
                    self.report(found);
                }
            }
        }
        crate::order::sort(&mut keys);
        keys.dedup();
        let subject = Operand { from: From::Event, through: Vec::new() };
        Some((Check::EventIs(keys), subject, Facts { events: Some(events), ..Facts::default() }))
    }

    fn has_tag(&mut self, test: &ast::Test) -> Option<(Check, Operand, Facts)> {
        let Args::Tags { all, tags } = &test.args else { return self.wrong_args(test) };
        if self.element.is_some() {
            self.report(
                Diagnostic::new(Code::BadFunction, test.op.origin, "`has tag` has no meaning inside `some of`")
                    .help("move it in front of `some of`"),
            );
            return None;
        }
        if tags.is_empty() {
            self.report(
                Diagnostic::new(Code::EmptyList, test.op.origin, "the list of tags is empty")
                    .help("name at least one tag"),
            );
            return None;
        }
        tags.iter().for_each(|tag| self.tag_name(tag));
        // On the agent there may be others.
        if self.kind != ast::RuleKind::Filter {
            tags.iter().for_each(|tag| self.unset_tag(tag));
        }
        let mut names: Vec<String> = tags.iter().map(|tag| tag.value.clone()).collect();
        crate::order::sort(&mut names);
        names.dedup();
        let agent = match self.kind {
            ast::RuleKind::Filter => Some(self.agent_tags(test.op.origin)),
            ast::RuleKind::Classify | ast::RuleKind::Alert => None,
        };
        let subject = Operand { from: From::Event, through: Vec::new() };
        Some((Check::HasTag { tags: names, all: *all, agent }, subject, Facts::default()))
    }

    /// The slot of the agent's own tags.
    fn agent_tags(&mut self, origin: Origin) -> Slot {
        self.slot(FieldPath { name: "tags".to_string(), paths: vec!["tags".to_string()] }, origin)
    }

    pub(super) fn wrong_args<T>(&mut self, test: &ast::Test) -> Option<T> {
        let entry = test.op.value.entry();
        let needs = match entry.shape {
            Shape::Nothing => "nothing behind it",
            Shape::Value => "one value or field behind it",
            Shape::Ordered => "a number, a time, an address or a field behind it",
            Shape::Texts => "a text, `any [...]`, `all [...]` or a field behind it",
            Shape::Patterns => "a quoted pattern, `any [...]` or `all [...]` behind it",
            Shape::Set => "a list, a network or a table behind it",
            Shape::Class => "a class of addresses behind it",
            Shape::Events => "event names behind it",
            Shape::Tags => "tags behind it",
            Shape::Rule => "the name of a rule before it",
            Shape::Remembered => "a name behind it",
        };
        self.report(
            Diagnostic::new(Code::WrongOperand, args_origin(test), format!("`{}` needs {needs}", entry.word))
                .help("the manual's table of operators shows what each takes"),
        );
        None
    }

    fn field_check(
        &mut self,
        test: &ast::Test,
        compare: Compare,
        subject: &Operand,
        facts: &mut Facts,
    ) -> Option<Check> {
        match test.op.value {
            Operator::Exists => Some(Check::Exists),
            Operator::IsBlank => {
                facts.missing = Missing::Holds;
                Some(Check::Blank)
            }
            Operator::Equals => match &test.args {
                Args::One(operand) if is_field(operand) => {
                    self.other_field(test, operand, FieldOp::Equals, compare.fold, facts)
                }
                Args::One(operand) => self.set(test, std::slice::from_ref(operand), compare.fold, subject, facts),
                Args::None
                | Args::Many { .. }
                | Args::Table { .. }
                | Args::Class(_)
                | Args::Events(_)
                | Args::Tags { .. }
                | Args::Rule(_)
                | Args::Remembered { .. } => self.wrong_args(test),
            },
            Operator::Less => self.order(test, Cmp::Less, facts),
            Operator::LessOrEqual => self.order(test, Cmp::LessOrEqual, facts),
            Operator::Greater => self.order(test, Cmp::Greater, facts),
            Operator::GreaterOrEqual => self.order(test, Cmp::GreaterOrEqual, facts),
            Operator::Contains => self.text(test, Where::Inside, compare, facts),
            Operator::StartsWith => self.text(test, Where::Start, compare, facts),
            Operator::EndsWith => self.text(test, Where::End, compare, facts),
            Operator::Like => self.like(test, compare),
            Operator::Matches => self.matches(test),
            Operator::In => match &test.args {
                Args::Many { items, .. } => self.set(test, items, compare.fold, subject, facts),
                Args::One(operand) if matches!(operand.base, Base::Literal(Literal::Network { .. })) => {
                    self.set(test, std::slice::from_ref(operand), compare.fold, subject, facts)
                }
                Args::Table { name, column } => self.table_check(test, name, column.as_ref()),
                Args::None
                | Args::One(_)
                | Args::Class(_)
                | Args::Events(_)
                | Args::Tags { .. }
                | Args::Rule(_)
                | Args::Remembered { .. } => self.wrong_args(test),
            },
            Operator::IsClass => match &test.args {
                Args::Class(class) => Some(Check::Class(*class)),
                Args::None
                | Args::One(_)
                | Args::Many { .. }
                | Args::Table { .. }
                | Args::Events(_)
                | Args::Tags { .. }
                | Args::Rule(_)
                | Args::Remembered { .. } => self.wrong_args(test),
            },
            Operator::EventIs | Operator::HasTag | Operator::Acted | Operator::Remembered => self.wrong_args(test),
        }
    }

    pub(super) fn other_field(
        &mut self,
        test: &ast::Test,
        operand: &ast::Operand,
        op: FieldOp,
        fold: Fold,
        facts: &mut Facts,
    ) -> Option<Check> {
        if let Some(words) = any_of(operand) {
            self.report(
                Diagnostic::new(
                    Code::WrongOperand,
                    operand.origin,
                    format!("`{words}` cannot stand behind an operator"),
                )
                .help(format!("put it in front: {words} == 'x'")),
            );
            return None;
        }
        if test.any_dash {
            self.report(
                Diagnostic::new(
                    Code::BadModifier,
                    test.op.origin,
                    "`any-dash` needs a text of the rule behind the operator",
                )
                .help("leave it out"),
            );
            return None;
        }
        let (other, more) = self.operand(operand, test.dialect)?;
        facts.fields.extend(more.fields);
        Some(Check::Field(op, other, fold))
    }

    fn order(&mut self, test: &ast::Test, cmp: Cmp, facts: &mut Facts) -> Option<Check> {
        let Args::One(operand) = &test.args else { return self.wrong_args(test) };
        if is_field(operand) {
            return self.other_field(test, operand, FieldOp::Order(cmp), Fold::Cased, facts);
        }
        let strict = matches!(test.dialect, Dialect::Winlogbeat(_));
        match &operand.base {
            Base::Literal(Literal::Number { value, .. }) if operand.through.is_empty() => {
                Some(Check::Order(cmp, Bound::Number(*value)))
            }
            Base::Literal(Literal::Time { value, .. }) if operand.through.is_empty() && !strict => {
                Some(Check::Order(cmp, Bound::Time(*value)))
            }
            Base::Literal(Literal::Address(address)) if operand.through.is_empty() && !strict => {
                Some(Check::Order(cmp, Bound::Address(address.value.to_canonical())))
            }
            Base::Literal(literal) => {
                let help = match literal {
                    Literal::Text(text) if Literal::parse_unquoted(text).is_some() => {
                        format!("without quotes it is one: {text}")
                    }
                    _ => "write a number, a time or an address without quotes".to_string(),
                };
                self.report(
                    Diagnostic::new(
                        Code::WrongOperand,
                        operand.origin,
                        format!("`{}` has no order with a {}", cmp.word(), literal.kind()),
                    )
                    .help(help),
                );
                None
            }
            Base::Field(_) | Base::Hash(_) | Base::Lookup(_) | Base::AnyField | Base::AnyProcessGuid | Base::Event => {
                self.wrong_args(test)
            }
        }
    }
}
