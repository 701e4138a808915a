//! The slow twin: the plain evaluator over the IR that every faster way is measured by.
//!
//! In: a program and a materialised event. Out: what the rules do, in the same terms as the machine's outcome. It shares no
//! search structure, no cache and no code of evaluation with `vm/`; it allocates freely and asks every test anew. Never
//! here: speed; recursion over conditions (they are evaluated upwards through their arena).

mod counting;
mod logmanager;
mod memory;
mod single;
mod strict;
mod values;

pub use self::memory::Memory;
use self::single::{
    address, as_compared, fields, fits, inside, meets, number_of, of_class, order, placed, text_of, time,
};
use self::strict::strictly;
use super::{Check, Compare, Element, From, Node, NodeId, Program, SetValue, StmtId, StmtKind, Test};
use crate::ast::{Number, RuleKind};
use crate::dialect::{Dialect, Reading};
use crate::event::{Form, Layout, Slot, Value};
use crate::fold;
use crate::limits;

/// What a rule did, in words that can be compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Did {
    /// A first-match table named the result.
    Name(u32, String),
    /// A tag was added.
    Tag(u32, String),
    /// A tag was taken away.
    Untag(u32, String),
    /// A slot was set.
    Set(u32, Slot, Value),
    /// Paths were removed.
    Remove(u32, Vec<String>),
    /// Something is to be sent; or not, as it was sent a short time ago.
    Send(u32, super::Send, bool),
}

impl Did {
    /// The rule that did it.
    pub fn rule(&self) -> u32 {
        match self {
            Did::Name(rule, _)
            | Did::Tag(rule, _)
            | Did::Untag(rule, _)
            | Did::Set(rule, ..)
            | Did::Remove(rule, _)
            | Did::Send(rule, ..) => *rule,
        }
    }
}

/// A test could not be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed;

/// What the rules did to one event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// The filter that dropped it.
    pub dropped_by: Option<u32>,
    /// The later filters that would have dropped it.
    pub would_drop: Vec<u32>,
    /// What rules did, in order.
    pub did: Vec<Did>,
    /// Rules that failed.
    pub failed: Vec<u32>,
}

type Fields = [(String, Value)];

/// Decides one event, with a preview of later drops. Of its form only this counts: `msg`, `meta` and `raw` are the log manager's own
/// or the endpoint's, which no rule behind the agent means.
pub fn decide(program: &Program, event: &Fields, form: Form) -> Decision {
    decide_next(program, event, form, &mut Memory::default())
}

/// Decides an event after others.
pub fn decide_next(program: &Program, event: &Fields, form: Form, memory: &mut Memory) -> Decision {
    let stored = form == Form::LogManager;
    let (kind, decision) = (RuleKind::Filter, Decision::default());
    let mut run = Run { program, event, stored, kind, decision, element: None, memory, moment: None };
    for kind in [RuleKind::Filter, RuleKind::Classify, RuleKind::Alert] {
        run.kind = kind;
        // The time of the event ends quiet periods, whether or not an alert asks for it.
        if kind == RuleKind::Alert && program.rules.iter().any(|rule| rule.quiet.is_some()) {
            let _known = run.moment();
        }
        for (index, rule) in program.rules.iter().enumerate().filter(|(_, rule)| rule.kind == kind) {
            let (index, mark) = (index as u32, run.decision.did.len());
            let ran = run.body(index, &rule.body);
            let ran = ran.and_then(|end| run.hush(index, mark).map(|()| end));
            match ran {
                Ok(End::Stop) => break,
                Ok(End::Through | End::Keep) => {}
                Ok(End::Drop) if run.decision.dropped_by.is_none() => run.decision.dropped_by = Some(index),
                Ok(End::Drop) => run.decision.would_drop.push(index),
                Err(Failed) => {
                    run.decision.did.truncate(mark);
                    run.decision.failed.push(index);
                }
            }
        }
        if run.decision.dropped_by.is_some() {
            break;
        }
    }
    run.decision
}

enum End {
    Through,
    Keep,
    Drop,
    Stop,
}

struct Run<'a> {
    program: &'a Program,
    event: &'a Fields,
    /// Did the log manager write the event?
    stored: bool,
    /// Of the rule that runs.
    kind: RuleKind,
    decision: Decision,
    /// Inside `some of`: the element's layout and fields.
    element: Option<(&'a Layout, &'a Fields)>,
    memory: &'a mut Memory,
    /// When and where the event happened, once it was asked.
    moment: Option<Option<memory::When>>,
}

/// A single value.
#[derive(Clone, Debug, PartialEq)]
enum Single {
    Bool(bool),
    Number(Number),
    Text(String),
}

/// What an operand gives.
struct Values {
    /// Its values; `None` for a member without one (a map in a list, a text that is no number).
    values: Vec<Option<Single>>,
    /// Is the field itself there and not null?
    there: bool,
    /// Did it stand as a list or map?
    compound: bool,
}

impl Run<'_> {
    fn body(&mut self, rule: u32, body: &[StmtId]) -> Result<End, Failed> {
        for id in body {
            let kind = self.program.stmt(*id).kind.clone();
            let end = match kind {
                StmtKind::If { arms, otherwise } => {
                    let mut taken = None;
                    for (cond, body) in &arms {
                        if self.condition(*cond)? {
                            taken = Some(body);
                            break;
                        }
                    }
                    self.body(rule, taken.unwrap_or(&otherwise))?
                }
                StmtKind::FirstMatch(rows) => {
                    let mut end = End::Through;
                    for row in &rows {
                        if self.condition(row.cond)? {
                            if let Some(name) = &row.name {
                                self.decision.did.push(Did::Name(rule, name.clone()));
                            }
                            end = self.body(rule, &row.body)?;
                            break;
                        }
                    }
                    end
                }
                StmtKind::Drop => End::Drop,
                StmtKind::Keep => End::Keep,
                StmtKind::Stop => End::Stop,
                StmtKind::Tag(tag) => self.note(Did::Tag(rule, tag)),
                StmtKind::Untag(tag) => self.note(Did::Untag(rule, tag)),
                StmtKind::Remove(removal) => self.note(Did::Remove(rule, removal.paths)),
                StmtKind::Send(send) => self.note(Did::Send(rule, send, false)),
                StmtKind::When { context, steps, body } => match self.when(context, &steps)? {
                    true => self.body(rule, &body)?,
                    false => End::Through,
                },
                StmtKind::Remember(named) => self.remember(&named)?,
                StmtKind::Forget(named) => self.forget(&named)?,
                StmtKind::Set { slot, value } => {
                    let value = match value {
                        SetValue::Text(text) => Some(Value::Text(text)),
                        SetValue::Number(number) => Some(Value::Number(number)),
                        SetValue::Bool(flag) => Some(Value::Bool(flag)),
                        SetValue::Operand(operand) => {
                            let first =
                                self.values(&operand, Dialect::Ours.reading())?.values.into_iter().flatten().next();
                            first.map(|single| match single {
                                Single::Bool(flag) => Value::Bool(flag),
                                Single::Number(number) => Value::Number(number),
                                Single::Text(text) => Value::Text(text),
                            })
                        }
                    };
                    value.map_or(End::Through, |value| self.note(Did::Set(rule, slot, value)))
                }
            };
            if !matches!(end, End::Through) {
                return Ok(end);
            }
        }
        Ok(End::Through)
    }

    fn note(&mut self, did: Did) -> End {
        self.decision.did.push(did);
        End::Through
    }

    fn condition(&mut self, root: NodeId) -> Result<bool, Failed> {
        let program = self.program;
        self.nodes(&program.nodes, root, &|site: u32| &program.tests[program.sites[site as usize].test.index()])
    }

    /// Evaluates a condition with a stack of (node, next member).
    fn nodes<'t>(&mut self, nodes: &[Node], root: NodeId, test: &dyn Fn(u32) -> &'t Test) -> Result<bool, Failed> {
        let mut stack: Vec<(NodeId, usize)> = vec![(root, 0)];
        let mut value = false;
        while let Some((id, next)) = stack.pop() {
            match &nodes[id.index()] {
                Node::Const(constant) => value = *constant,
                Node::Test(site) => value = self.holds(test(site.0))?,
                Node::Not(inner) if next == 0 => {
                    stack.push((id, 1));
                    stack.push((*inner, 0));
                }
                Node::Not(_) => value = !value,
                Node::And(members) | Node::Or(members) => {
                    let and = matches!(nodes[id.index()], Node::And(_));
                    if next == 0 {
                        value = and;
                    } else if value != and {
                        continue;
                    }
                    if let Some(member) = members.get(next) {
                        stack.push((id, next + 1));
                        stack.push((*member, 0));
                    }
                }
            }
        }
        Ok(value)
    }

    fn holds(&mut self, test: &Test) -> Result<bool, Failed> {
        let reading = test.dialect.reading();
        if test.dialect == Dialect::LogManager {
            return logmanager::holds(self, test);
        }
        if let (Dialect::Winlogbeat(version), From::Slot(slot)) = (test.dialect, test.subject.from) {
            return strictly(version, self.slot(slot), &test.check);
        }
        match &test.check {
            Check::EventIs(events) => {
                let kind = self.event_kind();
                Ok(events.iter().any(|event| kind == Some(*event)))
            }
            Check::HasTag { tags, all, agent } => {
                let has: Vec<bool> = tags.iter().map(|tag| self.has_tag(tag, *agent)).collect();
                Ok(if *all { has.iter().all(|has| *has) } else { has.iter().any(|has| *has) })
            }
            Check::Some(element) => self.some_of(element),
            Check::Acted(other) => Ok(self.decision.did.iter().any(|did| did.rule() == *other)),
            Check::Remembered(named, least) => self.remembered(named, *least),
            check => {
                let values = self.values(&test.subject, reading)?;
                self.over_values(check, test, &values, reading)
            }
        }
    }

    fn over_values(&mut self, check: &Check, test: &Test, values: &Values, reading: Reading) -> Result<bool, Failed> {
        if test.subject.from != From::AnyField && !test.every {
            match check {
                Check::Exists if test.subject.through.is_empty() && matches!(test.subject.from, From::Slot(_)) => {
                    return Ok(values.there || reading.absent_reads_as.is_some());
                }
                Check::Text { place, needles, all: true, compare } => {
                    // Each needle may lie in another member.
                    return Ok(needles.iter().all(|needle| {
                        values.values.iter().flatten().any(|value| {
                            text_of(value, reading)
                                .is_some_and(|text| placed(&as_compared(&text, *compare), needle, *place))
                        })
                    }));
                }
                _ => {}
            }
        }
        if let (Check::Text { place, needles, all: true, compare }, From::AnyField) = (check, test.subject.from) {
            return Ok(needles.iter().all(|needle| {
                values.values.iter().flatten().any(|value| {
                    text_of(value, reading).is_some_and(|text| placed(&as_compared(&text, *compare), needle, *place))
                })
            }));
        }
        let mut answers = Vec::new();
        for value in &values.values {
            answers.push(match value {
                Some(value) => self.single(check, value, reading)?,
                None => false,
            });
        }
        let blank_by_absence = matches!(check, Check::Blank)
            && test.subject.from != From::AnyField
            && !values.compound
            && values.values.iter().all(Option::is_none);
        let every = test.every && values.compound;
        Ok(blank_by_absence
            || if every {
                !answers.is_empty() && answers.iter().all(|yes| *yes)
            } else {
                answers.iter().any(|yes| *yes)
            })
    }

    fn single(&mut self, check: &Check, value: &Single, reading: Reading) -> Result<bool, Failed> {
        let text = text_of(value, reading);
        let with = |holds: &dyn Fn(&str) -> bool| text.as_deref().is_some_and(holds);
        let many = |answers: Vec<bool>, all: bool| {
            if all { answers.iter().all(|yes| *yes) } else { answers.iter().any(|yes| *yes) }
        };
        Ok(match check {
            Check::Exists => true,
            Check::Blank => with(&|text| text.is_empty() || text == "-"),
            Check::Order(cmp, bound) => order(value, bound, reading).is_some_and(|order| meets(*cmp, order)),
            Check::Text { place, needles, all, compare } => with(&|text| {
                many(needles.iter().map(|needle| placed(&as_compared(text, *compare), needle, *place)).collect(), *all)
            }),
            Check::Like { patterns, all, compare } => with(&|text| {
                many(patterns.iter().map(|pattern| fits(pattern, &as_compared(text, *compare))).collect(), *all)
            }),
            Check::Matches { patterns, all } => {
                let Some(text) = text else { return Ok(false) };
                let mut answers = Vec::new();
                for pattern in patterns {
                    answers.push(crate::check::pattern::build(pattern).map_err(|_| Failed)?.is_match(&text));
                }
                many(answers, *all)
            }
            Check::In(set) => {
                let by_text = set.fold.is_some_and(|fold| {
                    with(&|text| set.texts.contains(&as_compared(text, Compare { fold, any_dash: false })))
                });
                let number = number_of(value, reading);
                let truth = match value {
                    Single::Bool(truth) => Some(*truth),
                    Single::Text(text) if reading.converts => text.to_ascii_lowercase().parse::<bool>().ok(),
                    Single::Text(_) | Single::Number(_) => None,
                };
                by_text
                    || set.numbers.iter().any(|wanted| number == Some(*wanted))
                    || set.bools.iter().any(|wanted| truth == Some(*wanted))
                    || address(value).is_some_and(|address| set.networks.iter().any(|net| inside(net, address)))
                    || time(value).is_some_and(|time| set.times.contains(&time))
            }
            Check::Class(class) => address(value).is_some_and(|address| of_class(*class, address)),
            Check::Table(table) => {
                let keys = &self.program.tables[table.index()].keys;
                with(&|text| keys.iter().any(|key| key == fold::fold(text)))
            }
            Check::Field(op, other, fold) => {
                let others = self.values(other, reading)?;
                others.values.iter().flatten().any(|other| fields(*op, *fold, reading, value, other))
            }
            Check::EventIs(_) | Check::HasTag { .. } | Check::Acted(_) | Check::Remembered(..) | Check::Some(_) => {
                false
            }
        })
    }

    fn some_of(&mut self, element: &Element) -> Result<bool, Failed> {
        let Some(Value::List(members)) = self.slot(element.list) else { return Ok(false) };
        for (count, member) in members.iter().enumerate() {
            if count >= limits::VALUE_MEMBERS {
                return Err(Failed);
            }
            if let Value::Map(fields) = member {
                let mut nothing = Memory::default();
                let mut inner = Run {
                    memory: &mut nothing,
                    moment: None,
                    program: self.program,
                    event: &[],
                    stored: true,
                    kind: self.kind,
                    decision: Decision::default(),
                    element: Some((&element.layout, fields)),
                };
                if inner.nodes(&element.nodes, element.root, &|test| &element.tests[test as usize])? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn event_kind(&self) -> Option<u32> {
        let id = match self.slot(Layout::EVENT_ID)? {
            Value::Number(number) => number,
            Value::Text(text) => Number::parse_text(&text)?,
            _ => return None,
        };
        let name = |value: Option<Value>| match value {
            Some(Value::Text(text)) => Some(fold::fold(&text)),
            _ => None,
        };
        let (provider, channel) = (self.slot(Layout::PROVIDER), self.slot(Layout::CHANNEL));
        let provider = provider.filter(|name| *name != Value::Text(String::new()));
        self.program
            .events
            .iter()
            .position(|event| {
                let names = if provider.is_none() { &event.channels } else { &event.providers };
                let own = if provider.is_none() { name(channel.clone()) } else { name(provider.clone()) };
                Number::Int(event.id.into()) == id
                    && own.is_some_and(|own| names.iter().any(|name| fold::fold(name) == own))
            })
            .map(|index| index as u32)
    }

    fn has_tag(&self, tag: &str, agent: Option<Slot>) -> bool {
        let on_agent = |rule: u32| self.program.rules[rule as usize].kind == RuleKind::Filter;
        for did in self.decision.did.iter().rev() {
            match did {
                Did::Tag(rule, name) if name == tag && on_agent(*rule) == agent.is_some() => return true,
                Did::Untag(rule, name) if name == tag && on_agent(*rule) == agent.is_some() => return false,
                _ => {}
            }
        }
        match agent.and_then(|slot| self.slot(slot)) {
            Some(Value::Text(text)) => text == tag,
            Some(Value::List(members)) => members.iter().any(|member| *member == Value::Text(tag.to_string())),
            _ => false,
        }
    }
}
