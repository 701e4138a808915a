//! What a module must keep to before the machine takes it.
//!
//! In: any module, also one decoded from hostile bytes. Out: nothing, or the first rule that it breaks. After it the machine
//! may index without asking: every index is in range, every jump goes forward inside its rule, every pattern is one.
//! Never here: repair; whether a pattern stays within its limit, which is seen when it is first asked.

use super::{Instr, Module, SiteCode};
use crate::check::pattern;
use crate::dialect::Dialect;
use crate::event::{Layout, Slot};
use crate::ir::{Asks, Check, Element, From, KeyField, Node, Operand, SetValue, Test, Through};
use crate::limits;

/// A module that keeps to all of it, and that nothing has changed since: finding out takes its time, so it is done once.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified(Module);

impl Verified {
    /// Looks at everything that the module must keep to.
    pub fn new(module: Module) -> Result<Self, Invalid> {
        verify(&module)?;
        Ok(Self(module))
    }

    /// The module.
    pub fn into_module(self) -> Module {
        self.0
    }
}

/// The rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invalid {
    /// Code and its places differ in length.
    Places,
    /// A rule's code does not follow on the one before, or lies outside.
    RuleRange {
        /// Which rule.
        rule: usize,
    },
    /// An instruction has an operand out of range.
    Operand {
        /// Its address.
        pc: usize,
        /// Which operand.
        what: &'static str,
    },
    /// A jump goes backward or out of its rule.
    Jump {
        /// Its address.
        pc: usize,
    },
    /// A site names a test or rule that is not there.
    Site {
        /// Which site.
        site: usize,
    },
    /// A test has something out of range, or a pattern that is no regular expression.
    Test {
        /// Which test.
        test: usize,
        /// What.
        what: &'static str,
    },
    /// A removal or set names a slot that is not there.
    Slot,
    /// The layout lacks the three fixed slots, or a field without a path.
    Layout,
    /// A context has a number, length or key that none can have.
    Context {
        /// Which context.
        context: usize,
    },
    /// Rules are not in the order filters, classify rules, alerts.
    Order,
    /// A look-up has keys and values of different number.
    Lookup {
        /// Which look-up.
        lookup: usize,
    },
}

impl std::fmt::Display for Invalid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Invalid::Places => write!(f, "instructions and places differ in number"),
            Invalid::RuleRange { rule } => write!(f, "rule {rule} has code outside of the module"),
            Invalid::Operand { pc, what } => write!(f, "instruction {pc} has a {what} out of range"),
            Invalid::Jump { pc } => write!(f, "instruction {pc} jumps backward or out of its rule"),
            Invalid::Site { site } => write!(f, "site {site} names a test or rule that is not there"),
            Invalid::Test { test, what } => write!(f, "test {test} has {what}"),
            Invalid::Slot => write!(f, "a field that is set or removed has no slot"),
            Invalid::Layout => write!(f, "the layout of fields is not one"),
            Invalid::Lookup { lookup } => write!(f, "look-up {lookup} has keys without values, or values without keys"),
            Invalid::Context { context } => {
                write!(f, "context {context} has a number, length or key that none can have")
            }
            Invalid::Order => write!(f, "rules are not in the order filters, classify rules, alerts"),
        }
    }
}

/// Checks a module.
pub fn verify(module: &Module) -> Result<(), Invalid> {
    layout(&module.layout)?;
    if module.at.len() != module.code.len() || module.at.iter().any(|at| *at as usize >= module.places.len()) {
        return Err(Invalid::Places);
    }
    let mut from = 0;
    for (index, rule) in module.rules.iter().enumerate() {
        if rule.start != from || rule.end < rule.start || rule.end as usize > module.code.len() {
            return Err(Invalid::RuleRange { rule: index });
        }
        from = rule.end;
        for pc in rule.start..rule.end {
            instruction(module, pc as usize, rule.end)?;
        }
    }
    if from as usize != module.code.len() {
        return Err(Invalid::RuleRange { rule: module.rules.len() });
    }
    if !module.rules.is_sorted_by_key(|rule| rule.kind) {
        return Err(Invalid::Order);
    }
    for (index, SiteCode { test, rule, .. }) in module.sites.iter().enumerate() {
        if *test as usize >= module.tests.len() || *rule as usize >= module.rules.len() {
            return Err(Invalid::Site { site: index });
        }
    }
    if let Some(lookup) = module.lookups.iter().position(|lookup| lookup.keys.len() != lookup.values.len()) {
        return Err(Invalid::Lookup { lookup });
    }
    for (index, test) in module.tests.iter().enumerate() {
        check_test(module, &module.layout, test, true).map_err(|what| Invalid::Test { test: index, what })?;
    }
    contexts(module)?;
    let slot = |slot: &Slot| (slot.0 as usize) < module.layout.len();
    let sets = module.sets.iter().all(|(to, value)| {
        slot(to)
            && match value {
                SetValue::Operand(operand) => operand_fits(module, &module.layout, operand),
                SetValue::Text(_) | SetValue::Number(_) | SetValue::Bool(_) => true,
            }
    });
    if !sets || !module.removals.iter().all(|removal| removal.slots.iter().all(slot)) {
        return Err(Invalid::Slot);
    }
    Ok(())
}

fn layout(layout: &Layout) -> Result<(), Invalid> {
    let fixed = Layout::new();
    let starts = fixed.iter().all(|(slot, field)| layout.get(slot) == Some(field));
    if !starts || layout.len() > usize::from(u16::MAX) + 1 || layout.iter().any(|(_, field)| field.paths.is_empty()) {
        return Err(Invalid::Layout);
    }
    Ok(())
}

fn instruction(module: &Module, pc: usize, end: u32) -> Result<(), Invalid> {
    let inside = |index: u32, len: usize, what: &'static str| {
        if (index as usize) < len { Ok(()) } else { Err(Invalid::Operand { pc, what }) }
    };
    let jump = |to: u32| if to as usize > pc && to <= end { Ok(()) } else { Err(Invalid::Jump { pc }) };
    match module.code[pc] {
        Instr::JumpIfFalse { site, to } | Instr::JumpIfTrue { site, to } => {
            inside(site, module.sites.len(), "site")?;
            jump(to)
        }
        Instr::Jump { to } => jump(to),
        Instr::Name(text) | Instr::Tag(text) | Instr::Untag(text) => inside(text, module.texts.len(), "text"),
        Instr::Set(index) => inside(index, module.sets.len(), "set"),
        Instr::Remove(index) => inside(index, module.removals.len(), "removal"),
        Instr::Send(index) => inside(index, module.sends.len(), "send"),
        Instr::Step(step) => inside(u32::from(step), limits::STEPS, "step"),
        Instr::When { context, to } => {
            inside(context, module.contexts.len(), "context")?;
            match module.contexts[context as usize].asks {
                Asks::Mark => Err(Invalid::Operand { pc, what: "context" }),
                Asks::Events(_) | Asks::Distinct(..) | Asks::Steps { .. } => jump(to),
            }
        }
        Instr::Remember(index) => {
            inside(index, module.named.len(), "name")?;
            match module.contexts.get(module.named[index as usize].context as usize).map(|context| &context.asks) {
                Some(Asks::Mark) => Ok(()),
                Some(_) | None => Err(Invalid::Operand { pc, what: "name" }),
            }
        }
        Instr::Forget(index) => inside(index, module.named.len(), "name"),
        Instr::Drop | Instr::Keep | Instr::Stop => Ok(()),
    }
}

/// Contexts, what names them, and where time and host stand.
fn contexts(module: &Module) -> Result<(), Invalid> {
    let slot = |slot: Slot| (slot.0 as usize) < module.layout.len();
    let key = |fields: &[KeyField]| fields.len() <= limits::KEY_FIELDS && fields.iter().all(|field| slot(field.slot));
    let stamped = module.stamp.is_some_and(|stamp| slot(stamp.time) && slot(stamp.host) && slot(stamp.record));
    let needed = !module.contexts.is_empty() || module.rules.iter().any(|rule| rule.quiet.is_some());
    if (needed || module.stamp.is_some()) && !stamped {
        return Err(Invalid::Slot);
    }
    let most = limits::CONTEXT_EVENTS as u32;
    for (index, context) in module.contexts.iter().enumerate() {
        let keys = match &context.asks {
            Asks::Events(least) => (1..=most).contains(least) && context.by.len() == 1,
            Asks::Distinct(least, of) => (1..=most).contains(least) && context.by.len() == 1 && key(of),
            Asks::Steps { count, .. } => {
                (1..=limits::STEPS).contains(&usize::from(*count)) && context.by.len() == usize::from(*count)
            }
            Asks::Mark => context.by.is_empty() && context.from_first_hit,
        };
        if !keys || context.length < 1 || !context.by.iter().all(|fields| key(fields)) {
            return Err(Invalid::Context { context: index });
        }
    }
    for named in &module.named {
        if named.context as usize >= module.contexts.len() || !key(&named.by) {
            return Err(Invalid::Slot);
        }
    }
    if module.rules.iter().filter_map(|rule| rule.quiet.as_ref()).any(|quiet| quiet.length < 1 || !key(&quiet.by)) {
        return Err(Invalid::Slot);
    }
    Ok(())
}

fn operand_fits(module: &Module, layout: &Layout, operand: &Operand) -> bool {
    let slot = match operand.from {
        From::Slot(slot) | From::Hash(_, slot) | From::Typed(_, slot) => Some(slot),
        From::AnyOf(slots) => slots.into_iter().max(),
        From::AnyField | From::Event => None,
    };
    let known = |through: &Through| match through {
        Through::Function(_) => true,
        Through::Lookup(lookup) => lookup.index() < module.lookups.len(),
    };
    slot.is_none_or(|slot| (slot.0 as usize) < layout.len())
        && operand.through.len() <= limits::FUNCTIONS
        && operand.through.iter().all(known)
}

fn check_test(module: &Module, layout: &Layout, test: &Test, outer: bool) -> Result<(), &'static str> {
    if !operand_fits(module, layout, &test.subject) {
        return Err("an operand out of range");
    }
    let typed = |operand: &Operand| matches!(operand.from, From::Typed(..));
    let any_typed = typed(&test.subject) || matches!(&test.check, Check::Field(_, other, _) if typed(other));
    if any_typed && test.dialect != Dialect::LogManager {
        return Err("a typed field outside of its dialect");
    }
    match &test.check {
        Check::Matches { patterns, .. } => {
            if patterns.iter().any(|pattern| !pattern::is_pattern(pattern)) {
                return Err("a pattern that is no regular expression");
            }
        }
        Check::Table(table) if table.index() >= module.tables.len() => return Err("a table out of range"),
        Check::Field(_, other, _) if !operand_fits(module, layout, other) => return Err("an operand out of range"),
        Check::EventIs(events) if events.iter().any(|event| *event as usize >= module.events.len()) => {
            return Err("an event out of range");
        }
        Check::Acted(rule) if *rule as usize >= module.rules.len() => return Err("a rule out of range"),
        Check::Remembered(named, least) => {
            let key = |field: &KeyField| (field.slot.0 as usize) < layout.len();
            let known = (named.context as usize) < module.contexts.len();
            if !known || *least == 0 || named.by.len() > limits::KEY_FIELDS || !named.by.iter().all(key) {
                return Err("a context out of range");
            }
        }
        Check::HasTag { agent: Some(slot), .. } if (slot.0 as usize) >= layout.len() => {
            return Err("a slot out of range");
        }
        Check::Some(_) if !outer => return Err("a list inside a list"),
        Check::Some(element) => {
            if (element.list.0 as usize) >= layout.len() {
                return Err("a slot out of range");
            }
            check_element(module, element)?;
        }
        Check::Exists
        | Check::Blank
        | Check::Order(..)
        | Check::Text { .. }
        | Check::Like { .. }
        | Check::In(_)
        | Check::Class(_)
        | Check::Table(_)
        | Check::Field(..)
        | Check::EventIs(_)
        | Check::Acted(_)
        | Check::HasTag { .. } => {}
    }
    Ok(())
}

fn check_element(module: &Module, element: &Element) -> Result<(), &'static str> {
    crate::bytecode::verify::layout(&element.layout).map_err(|_| "an element without a layout")?;
    for (index, node) in element.nodes.iter().enumerate() {
        // Children before parents: no circle, and the code made of it ends.
        let fits = match node {
            Node::Const(_) => true,
            Node::Test(test) => test.index() < element.tests.len(),
            Node::Not(child) => child.index() < index,
            Node::And(members) | Node::Or(members) => members.iter().all(|member| member.index() < index),
        };
        if !fits {
            return Err("an element's condition out of order");
        }
    }
    // The same child under many parents would grow beyond all bounds when it is spelled out as code.
    let mut used = vec![false; element.nodes.len()];
    for child in element.nodes.iter().flat_map(crate::ir::simplify::children) {
        if std::mem::replace(&mut used[child.index()], true) {
            return Err("an element's condition used twice");
        }
    }
    if element.root.index() >= element.nodes.len() {
        return Err("an element without a condition");
    }
    element.tests.iter().try_for_each(|test| match test.check {
        Check::EventIs(_) | Check::HasTag { .. } | Check::Acted(_) | Check::Remembered(..) => {
            Err("an event test inside an element")
        }
        _ => check_test(module, &element.layout, test, false),
    })
}
