//! Conditions and fields.

use super::{Checker, Facts, FieldFact, Scope};
use crate::ast::{self, CondId, CondKind, Definition, FieldRef};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::dialect::Dialect;
use crate::event::FieldPath;
use crate::ir::{Check, Element, From, Node, NodeId, Operand, Site, Test};
use crate::origin::Origin;
use crate::sysmon::Catalogue;

/// What is still to be done with a condition.
enum Step {
    /// Lower it.
    Enter(CondId),
    /// Its members are lowered: join them.
    Leave(CondId),
}

impl Checker<'_> {
    /// Lowers a condition. A test with an error becomes a constant, so that its rule can be checked to its end.
    pub(super) fn condition(&mut self, definition: &Definition, root: CondId) -> NodeId {
        let mut steps = vec![Step::Enter(root)];
        let mut done: Vec<NodeId> = Vec::new();
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter(id) => match &definition.cond(id).kind {
                    CondKind::And(members) | CondKind::Or(members) => {
                        steps.push(Step::Leave(id));
                        steps.extend(members.iter().rev().map(|member| Step::Enter(*member)));
                    }
                    CondKind::Not(inner) => {
                        self.negated += 1;
                        steps.push(Step::Leave(id));
                        steps.push(Step::Enter(*inner));
                    }
                    CondKind::SomeOf { body, .. } => {
                        if self.element.is_some() {
                            self.report(
                                Diagnostic::new(
                                    Code::NestedSomeOf,
                                    definition.cond(id).origin,
                                    "`some of` cannot stand inside `some of`",
                                )
                                .help("test the inner list with a plain test: it holds if one member meets it"),
                            );
                            let node = self.scope().node(Node::Const(false));
                            done.push(node);
                            continue;
                        }
                        self.element = Some(Scope::default());
                        steps.push(Step::Leave(id));
                        steps.push(Step::Enter(*body));
                    }
                    CondKind::Test(test) => {
                        let node = self.test_node(definition, id, test);
                        done.push(node);
                    }
                    CondKind::Const(value) => {
                        let node = self.scope().node(Node::Const(*value));
                        done.push(node);
                    }
                },
                Step::Leave(id) => {
                    let cond = definition.cond(id);
                    let node = match &cond.kind {
                        CondKind::And(members) | CondKind::Or(members) => {
                            let lowered = done.split_off(done.len().saturating_sub(members.len()));
                            self.repeated_tests(&lowered);
                            if matches!(cond.kind, CondKind::And(_)) { Node::And(lowered) } else { Node::Or(lowered) }
                        }
                        CondKind::Not(_) => {
                            self.negated -= 1;
                            done.pop().map_or(Node::Const(false), Node::Not)
                        }
                        CondKind::SomeOf { list, .. } => self.some_of(definition, id, list, done.pop()),
                        CondKind::Test(_) | CondKind::Const(_) => continue,
                    };
                    let node = self.scope().node(node);
                    done.push(node);
                }
            }
        }
        done.pop().unwrap_or_else(|| self.scope().node(Node::Const(false)))
    }

    fn test_node(&mut self, definition: &Definition, id: CondId, test: &ast::Test) -> NodeId {
        let node = match self.test(test) {
            None => Node::Const(false),
            Some((test, facts)) => self.place_test(definition, id, test, facts),
        };
        self.scope().node(node)
    }

    /// Interns a test at its level and, at the program's, gives it a site.
    fn place_test(&mut self, definition: &Definition, id: CondId, test: Test, facts: Facts) -> Node {
        let test = self.scope().intern(test);
        if self.element.is_some() {
            // Inside an element a node holds the test itself: only the whole `some of` is a site.
            return Node::Test(crate::ir::SiteId(test.0));
        }
        let site = Site {
            test,
            rule: self.this_rule(),
            text: crate::target::text::condition(definition, id),
            origin: definition.cond(id).origin,
        };
        Node::Test(self.add_site(site, facts))
    }

    fn some_of(&mut self, definition: &Definition, id: CondId, list: &FieldRef, body: Option<NodeId>) -> Node {
        let (Some(scope), Some(root)) = (self.element.take(), body) else { return Node::Const(false) };
        let fact = self.field(list, Dialect::Ours);
        let slot = self.slot(fact.path.clone(), list.origin);
        let element = Element { list: slot, layout: scope.layout, tests: scope.tests, nodes: scope.nodes, root };
        let test = Test {
            dialect: Dialect::Ours,
            every: false,
            subject: Operand { from: From::Slot(slot), through: Vec::new() },
            check: Check::Some(Box::new(element)),
        };
        self.place_test(definition, id, test, Facts { fields: vec![fact], ..Facts::default() })
    }

    /// Looks a field up. Inside an element, names are the element's own.
    pub(super) fn field(&mut self, field: &FieldRef, dialect: Dialect) -> FieldFact {
        if field.name.trim().is_empty() {
            self.report(
                Diagnostic::new(Code::EmptyName, field.origin, "the field has no name")
                    .help("write the field's name between the quotes"),
            );
        }
        if self.element.is_some() {
            let path = FieldPath { name: field.name.clone(), paths: vec![field.name.clone()] };
            return FieldFact { name: field.name.clone(), origin: field.origin, path, kind: None, common: false };
        }
        let resolved = self.context.catalogue.resolve(&field.name);
        let mut path = resolved.path;
        path.name.clone_from(&field.name);
        let (kind, common, normalised) =
            resolved.def.map_or((None, false, false), |def| (Some(def.kind), def.common, def.normalised));
        if normalised || field.name.starts_with("msg.") {
            if self.kind == crate::ast::RuleKind::Filter {
                let agent = path.paths.iter().find_map(|path| path.strip_prefix("winlog.event_data."));
                let help = match agent {
                    Some(name) => format!("a filter runs on the agent, before `msg.*` is made: use `{name}`"),
                    None => "a filter runs on the agent, before `msg.*` is made: use a field of the agent's event"
                        .to_string(),
                };
                let mut found = Diagnostic::new(
                    Code::NotOnTheAgent,
                    field.origin,
                    format!("`{}` does not exist on the agent", field.name),
                )
                .help(help);
                if let Some(name) = agent {
                    found = found.fix(field.origin, name);
                }
                self.report(found);
            }
            if let Some(right) =
                resolved.def.filter(|def| def.aliases.contains(&field.name)).map(|def| def.name.clone())
            {
                self.report(
                    Diagnostic::new(
                        Code::MisspeltField,
                        field.origin,
                        format!("`{}` is a misspelling of `{right}`", field.name),
                    )
                    .help("it is read as that field; write it so")
                    .fix(field.origin, &right),
                );
            }
            if resolved.def.is_none()
                && dialect != Dialect::LogManager
                && !self.fields_set.contains(&field.name)
                && let Some(near) = slip(&field.name, self.context.catalogue.field_names())
            {
                let found = Diagnostic::new(
                    Code::UnknownField,
                    field.origin,
                    format!("the catalogue has no field `{}`", field.name),
                )
                .help(format!("did you mean `{near}`?"))
                .fix(field.origin, near);
                self.report(found);
            }
            // Its own slot, so that `set msg.image` leaves the agent's `Image` alone.
            if !path.paths.contains(&field.name) {
                path.paths.insert(0, field.name.clone());
            }
        } else if resolved.def.is_none()
            && !(field.name.contains(char::is_whitespace) || crate::sysmon::known_elsewhere(&field.name))
            && !((dialect == Dialect::LogManager || self.kind != crate::ast::RuleKind::Filter)
                && super::logmanager::own_field(&field.name))
        {
            self.report(unknown_field(self.context.catalogue, &field.name, field.origin));
        }
        FieldFact { name: field.name.clone(), origin: field.origin, path, kind, common }
    }
}

/// The name of a `msg.*` field that is at most two keystrokes, and a quarter of the name, away. Other products' fields stand
/// below `msg` too, so what is further off is no slip.
pub(crate) fn slip<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = nearest(name, names.filter(|name| name.starts_with("msg.")))?;
    let distance = strsim::damerau_levenshtein(name, near);
    (distance <= 2 && distance * 4 <= name.len() - "msg.".len()).then_some(near)
}

/// Says that the catalogue does not know a field, and which one is near.
pub(crate) fn unknown_field(catalogue: &Catalogue, name: &str, origin: Origin) -> Diagnostic {
    let near = nearest(name, catalogue.field_names());
    let found = Diagnostic::new(Code::UnknownField, origin, format!("the catalogue has no field `{name}`"));
    match near {
        Some(near) => found.help(format!("did you mean `{near}`?")).fix(origin, near),
        None => found.help("Sysmon's own names are written as Sysmon writes them (`Image`); others by their path (`winlog.computer_name`)"),
    }
}
