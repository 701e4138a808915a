//! The log manager's dialect: what it can say, its typed fields, and what would go wrong in it.
//!
//! In: tests marked with the dialect. Out: diagnostics, and where the typed fields of the event stand. Never here: the
//! meaning of a test, which is the machine's and its slow twin's.

use rustc_hash::FxHashSet;

use super::{Checker, Facts, FieldFact, Missing};
use crate::ast::{self, Args, Base, FieldRef, Function, Literal, Number, Operator};
use crate::diagnostic::{Code, Diagnostic};
use crate::dialect::Dialect;
use crate::ir::{Bound, Check, FieldOp, From, Node, NodeId, Operand, Rule, SiteId, StmtId, StmtKind, Through, Typed};
use crate::origin::Origin;

/// What the log manager itself puts on an event, beside `msg`; no catalogue of ours has it.
const OWN_FIELDS: [&str; 4] = ["raw", "raw_offset", "input_type", "@version"];

/// Does only the log manager's event have this field?
pub(crate) fn own_field(name: &str) -> bool {
    name.starts_with("meta.") || OWN_FIELDS.contains(&name)
}

/// The type that an operand's values have in this dialect, where that is certain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Number => "a number",
        }
    }
}

/// A field's name before its typed suffix, the type and the attribute: `msg.src`, `ip`, `city`.
fn suffix(name: &str) -> Option<(&str, &str, &str)> {
    // A name that begins with `@`, or a part of one, has no suffix there.
    let (at, _) = name.match_indices('@').find(|(at, _)| *at > 0 && !name[..*at].ends_with('.'))?;
    let (plain, rest) = (&name[..at], &name[at + 1..]);
    let (word, attribute) = rest.split_once('.').unwrap_or((rest, ""));
    matches!(word, "int" | "float" | "ip" | "mac" | "id").then_some((plain, word, attribute))
}

impl Checker<'_> {
    /// Reports what the log manager has no blocks for.
    pub(super) fn manager_form(&mut self, test: &ast::Test) {
        let mut no = |what: String, origin: Origin, help: &str| {
            self.report(
                Diagnostic::new(Code::NotInDialect, origin, format!("the log manager cannot say {what}")).help(help),
            );
        };
        let entry = test.op.value.entry();
        match test.op.value {
            Operator::Equals
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual
            | Operator::Contains
            | Operator::StartsWith
            | Operator::EndsWith
            | Operator::In
            | Operator::Exists
            | Operator::IsBlank => {}
            Operator::Like
            | Operator::Matches
            | Operator::IsClass
            | Operator::EventIs
            | Operator::Acted
            | Operator::Remembered => no(
                format!("`{}`", entry.word),
                test.op.origin,
                "leave `strictly(logmanager)` out, or use ==, an ordering, contains, starts with, ends with, in or exists",
            ),
            Operator::HasTag => no(
                "a tag in another way".to_string(),
                test.op.origin,
                "leave `strictly(logmanager)` out: `has tag` means the same there",
            ),
        }
        if test.cased || test.any_dash {
            no("this modifier".to_string(), test.op.origin, "its tests are cased: leave `cased` and `any-dash` out");
        }
        if test.every {
            no("`all of`".to_string(), test.subject.origin, "a list is one value there: leave `all of` out");
        }
        let other = match &test.args {
            Args::One(operand) => Some(operand),
            Args::None
            | Args::Many { .. }
            | Args::Table { .. }
            | Args::Class(_)
            | Args::Events(_)
            | Args::Tags { .. }
            | Args::Rule(_)
            | Args::Remembered { .. } => None,
        };
        let looked_up = |operand: &'_ ast::Operand| match &operand.base {
            Base::Lookup(lookup) => Some(lookup.of.clone()),
            Base::Field(_) | Base::AnyField | Base::AnyProcessGuid | Base::Hash(_) | Base::Literal(_) | Base::Event => {
                None
            }
        };
        for operand in std::iter::once(&test.subject).chain(other) {
            for operand in [Some(operand.clone()), looked_up(operand)].into_iter().flatten() {
                if matches!(operand.base, Base::AnyField | Base::AnyProcessGuid | Base::Hash(_)) {
                    no("this operand".to_string(), operand.origin, "name the field");
                }
                let foreign = operand.through.iter().find(|function| !at_home(**function));
                if let (Some(function), Base::Field(_) | Base::Literal(_) | Base::Lookup(_)) = (foreign, &operand.base)
                {
                    no(
                        format!("`{}`", function.words()),
                        operand.origin,
                        "it knows lower, upper and title case, number of and length of",
                    );
                }
            }
        }
        let ordered = matches!(
            test.op.value,
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual
        );
        match &test.args {
            Args::One(operand) => match &operand.base {
                Base::Literal(Literal::Time { .. }) => {
                    no("a time".to_string(), operand.origin, "compare with a text or a number");
                }
                Base::Literal(Literal::Network { .. }) if test.op.value != Operator::In => {
                    no("this comparison".to_string(), operand.origin, "write `in` before a network");
                }
                Base::Literal(Literal::Address(_)) if ordered => {
                    no("an order of addresses".to_string(), operand.origin, "write `in` and a network");
                }
                Base::Literal(_)
                | Base::Field(_)
                | Base::Hash(_)
                | Base::Lookup(_)
                | Base::AnyField
                | Base::AnyProcessGuid
                | Base::Event => {}
            },
            Args::Many { items, origin, .. } => {
                if test.op.value != Operator::In {
                    no("a list here".to_string(), *origin, "write one test for each text, joined by `or` or `and`");
                }
                for item in items {
                    if let Base::Literal(Literal::Time { .. }) = item.base {
                        no("a time".to_string(), item.origin, "compare with texts or numbers");
                    }
                }
            }
            Args::Table { name, .. } => {
                no("`in table`".to_string(), name.origin, "leave `strictly(logmanager)` out");
            }
            Args::None
            | Args::Class(_)
            | Args::Events(_)
            | Args::Tags { .. }
            | Args::Rule(_)
            | Args::Remembered { .. } => {}
        }
    }

    /// A field of this dialect, perhaps with a typed suffix.
    pub(super) fn manager_field(&mut self, field: &FieldRef) -> (From, FieldFact) {
        let (name, typed) = match suffix(&field.name) {
            None => (field.name.as_str(), None),
            Some((plain, "int", "value")) => (plain, Some(Typed::Int)),
            Some((plain, "float", "value")) => (plain, Some(Typed::Float)),
            Some((plain, "ip" | "mac", "value")) => (plain, None),
            Some(_) => {
                self.report(
                    Diagnostic::new(
                        Code::ManagersOwn,
                        field.origin,
                        format!("only the log manager computes `{}`: other events do not have it", field.name),
                    )
                    .help("test the plain field, or run the rule on stored events of the log manager only"),
                );
                (field.name.as_str(), Some(Typed::Attribute))
            }
        };
        let plain = FieldRef { name: name.to_string(), origin: field.origin };
        let fact = self.field(&plain, Dialect::LogManager);
        let slot = self.slot(fact.path.clone(), field.origin);
        (typed.map_or(From::Slot(slot), |typed| From::Typed(typed, slot)), fact)
    }

    /// What is to be said of a lowered test: types that never meet, what a missing field means, an order that would stop.
    pub(super) fn manager_facts(&mut self, test: &ast::Test, subject: &Operand, check: &Check, facts: &mut Facts) {
        facts.missing = on_missing(subject, check);
        self.manager_types(test, subject, check);
        let (other, ordered) = match check {
            Check::Field(op, other, _) => (Some(other), matches!(op, FieldOp::Order(_))),
            check => (None, matches!(check, Check::Order(..))),
        };
        if ordered {
            // A field each, in the order of the operands.
            let operands = std::iter::once(subject).chain(other);
            let unsure = operands.zip(&facts.fields).filter(|(operand, _)| !always(operand));
            facts.stops = unsure.map(|(_, field)| field.clone()).collect();
        }
    }

    fn manager_types(&mut self, test: &ast::Test, subject: &Operand, check: &Check) {
        let Some(kind) = kind(subject) else { return };
        let mut never = |origin: Origin, what: &str, help: String| {
            let message = format!("in the log manager {what}");
            self.report(Diagnostic::new(Code::TypesNeverMeet, origin, message).help(help));
        };
        let subject_origin = test.subject.origin;
        if let Check::Field(op, other, _) = check {
            let right = self::kind(other);
            match op {
                FieldOp::Text(_) if kind == Kind::Number || right == Some(Kind::Number) => {
                    never(
                        subject_origin,
                        "a text test needs texts on both sides",
                        "compare numbers by `==`".to_string(),
                    );
                }
                FieldOp::Equals | FieldOp::Order(_) if right.is_some_and(|right| right != kind) => {
                    let verb = if *op == FieldOp::Equals { "never equals" } else { "has no order with" };
                    let help = "a plain field holds text; for its number write `@int.value` behind its name";
                    let what = right.map_or("", Kind::word);
                    never(subject_origin, &format!("{} {verb} {what}", kind.word()), help.to_string());
                }
                FieldOp::Text(_) | FieldOp::Equals | FieldOp::Order(_) => {}
            }
            return;
        }
        if let Check::Text { .. } = check {
            if kind == Kind::Number {
                never(subject_origin, "a number meets no text test", "compare it with a number".to_string());
            }
            return;
        }
        let items: &[ast::Operand] = test.args.operands();
        let plain = match &test.subject.base {
            Base::Field(field) if test.subject.through.is_empty() && kind == Kind::Text => {
                Some(suffix(&field.name).map_or(field.name.as_str(), |(plain, ..)| plain))
            }
            _ => None,
        };
        for item in items {
            let Base::Literal(literal) = &item.base else { continue };
            let fits = match literal {
                Literal::Number { .. } => kind == Kind::Number,
                Literal::Bool(_) => false,
                Literal::Text(_) | Literal::Address(_) | Literal::Network { .. } | Literal::Time { .. } => {
                    kind == Kind::Text
                }
            };
            if fits {
                continue;
            }
            let verb = if matches!(check, Check::Order(..)) { "has no order with" } else { "never equals" };
            let help = match (plain, literal) {
                (Some(name), Literal::Number { .. }) => {
                    format!(
                        "a plain field holds text; for its number write `{name}@int.value`, for its text quote the value"
                    )
                }
                (_, _) if kind == Kind::Number => "compare it with a number".to_string(),
                (_, _) => "quote the value to compare it as text".to_string(),
            };
            never(item.origin, &format!("{} {verb} a {}", kind.word(), literal.kind()), help);
        }
    }

    /// Notes every ordering that is reached where its field may be missing: the log manager's program would stop there.
    pub(super) fn manager_stops(&mut self, rule: &Rule) {
        let mut found = Vec::new();
        self.stops_in(&rule.body, &FxHashSet::default(), &mut found);
        for (site, name) in found {
            self.report(
                Diagnostic::new(
                    Code::OrderMayStop,
                    self.program.sites[site.index()].origin,
                    format!("where `{name}` is missing the log manager's program stops; here the test is false"),
                )
                .help(format!("ask `{name} exists` before it")),
            );
        }
    }

    /// Gives the paths that the statements remove. Nesting is bounded by `limits::DEPTH`.
    fn stops_in(&self, body: &[StmtId], sure: &FxHashSet<String>, found: &mut Vec<(SiteId, String)>) -> Vec<String> {
        let (mut sure, mut removed) = (sure.clone(), Vec::new());
        for id in body {
            let mut gone = Vec::new();
            match &self.program.stmt(*id).kind {
                StmtKind::If { arms, otherwise } => {
                    let mut here = sure.clone();
                    for (cond, body) in arms {
                        self.stops_at(*cond, &here, found);
                        let mut inside = here.clone();
                        inside.extend(self.sure_fields(*cond, true));
                        gone.extend(self.stops_in(body, &inside, found));
                        here.extend(self.sure_fields(*cond, false));
                    }
                    gone.extend(self.stops_in(otherwise, &here, found));
                }
                StmtKind::Remove(removal) => gone.clone_from(&removal.paths),
                StmtKind::When { steps, body, .. } => {
                    steps.iter().for_each(|step| self.stops_at(*step, &sure, found));
                    gone = self.stops_in(body, &sure, found);
                }
                StmtKind::FirstMatch(_)
                | StmtKind::Drop
                | StmtKind::Keep
                | StmtKind::Stop
                | StmtKind::Tag(_)
                | StmtKind::Untag(_)
                | StmtKind::Set { .. }
                | StmtKind::Send(_)
                | StmtKind::Remember(_)
                | StmtKind::Forget(_) => {}
            }
            sure.retain(|path| !gone.iter().any(|gone| super::is_under(path, gone)));
            removed.extend(gone);
        }
        removed
    }

    /// Members are asked from left to right, each only where those before it have not decided.
    fn stops_at(&self, node: NodeId, sure: &FxHashSet<String>, found: &mut Vec<(SiteId, String)>) {
        match &self.main.nodes[node.index()] {
            Node::Const(_) => {}
            Node::Not(inner) => self.stops_at(*inner, sure, found),
            Node::Test(site) => {
                let stops = self.facts.get(site.index()).map_or(&[][..], |facts| &facts.stops);
                let unsure = stops.iter().find(|field| !field.path.paths.iter().any(|path| sure.contains(path)));
                found.extend(unsure.map(|field| (*site, field.name.clone())));
            }
            node @ (Node::And(members) | Node::Or(members)) => {
                let mut sure = sure.clone();
                for member in members {
                    self.stops_at(*member, &sure, found);
                    sure.extend(self.sure_fields(*member, matches!(node, Node::And(_))));
                }
            }
        }
    }
}

fn at_home(function: Function) -> bool {
    match function {
        Function::LowerCase | Function::UpperCase | Function::TitleCase | Function::NumberOf | Function::LengthOf => {
            true
        }
        Function::FileName
        | Function::Folder
        | Function::Year
        | Function::Month
        | Function::Day
        | Function::Week
        | Function::Weekday
        | Function::Hour
        | Function::Minute
        | Function::Base64
        | Function::Base64Wide => false,
    }
}

fn kind(operand: &Operand) -> Option<Kind> {
    match (operand.through.last(), operand.from) {
        (Some(Through::Function(Function::NumberOf | Function::LengthOf)), _) => Some(Kind::Number),
        (Some(_), _) => Some(Kind::Text),
        (None, From::Slot(_)) => Some(Kind::Text),
        (None, From::Typed(Typed::Int | Typed::Float, _)) => Some(Kind::Number),
        (None, From::Typed(Typed::Attribute, _) | From::AnyField | From::AnyOf(_) | From::Hash(..) | From::Event) => {
            None
        }
    }
}

/// Has the operand a value whatever the event holds? *Create number with* makes one out of nothing.
fn always(operand: &Operand) -> bool {
    operand.through.last() == Some(&Through::Function(Function::NumberOf))
}

/// What the test says where its field is missing.
fn on_missing(subject: &Operand, check: &Check) -> Missing {
    let says = |holds: bool| if holds { Missing::Holds } else { Missing::Fails };
    let none = Number::Int(-1);
    match (check, always(subject)) {
        (Check::Field(op, other, _), own) => {
            // Where the other is missing too, they are equal.
            if own || always(other) || *op == FieldOp::Equals { Missing::Either } else { Missing::Fails }
        }
        (Check::Blank, own) => says(!own),
        (Check::Exists, own) => says(own),
        (Check::Order(cmp, Bound::Number(bound)), true) => {
            says(none.partial_cmp(bound).is_some_and(|order| cmp.holds(order)))
        }
        (Check::In(set), true) => says(set.numbers.contains(&none)),
        (_, _) => Missing::Fails,
    }
}

#[cfg(test)]
mod tests {
    use super::suffix;

    #[test]
    fn a_typed_suffix_is_cut_from_the_name() {
        assert_eq!(suffix("msg.eventid@int.value"), Some(("msg.eventid", "int", "value")));
        assert_eq!(suffix("meta.src.ip@ip.country_code"), Some(("meta.src.ip", "ip", "country_code")));
        assert_eq!(suffix("meta.tags@id"), Some(("meta.tags", "id", "")));
        for none in ["msg.eventid", "@timestamp", "msg.@int.value", "msg.mail@home.value", ""] {
            assert_eq!(suffix(none), None, "{none:?}");
        }
    }
}
