//! From the typed form to instructions.
//!
//! In: a program, and the sources that give its places names. Out: a module. Conditions become jumps: a condition is
//! generated *for a target*, "go there if it is true (or false), else fall through", so that `not` costs nothing and
//! `and` / `or` stop early. Never here: recursion (a worklist does it), optimisation across tests.

use rustc_hash::FxHashMap;

use super::{Instr, Module, RuleCode, SiteCode};
use crate::ir::{Node, NodeId, Program, StmtId, StmtKind};
use crate::origin::{Locator, Origin, Sources};

/// A place in the code that is not known yet.
#[derive(Clone, Copy)]
struct Label(usize);

/// What is still to be generated, last first.
enum Work<'p> {
    /// Go to the label if the condition's value is this; else fall through.
    Cond(NodeId, bool, Label),
    /// A statement.
    Stmt(StmtId),
    /// An unconditional jump.
    Jump(Label),
    /// A result's name.
    Name(&'p str),
    /// The event can fill this step.
    Step(u8),
    /// Count in this context, and go to the label unless it is enough.
    When(u32, Label),
    /// The label is here.
    Bind(Label),
}

#[derive(Default)]
struct Code {
    instrs: Vec<Instr>,
    labels: Vec<Option<u32>>,
    /// Jumps whose target is a label, by address.
    jumps: Vec<(usize, Label)>,
}

impl Code {
    fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() - 1)
    }

    fn bind(&mut self, label: Label) {
        self.labels[label.0] = Some(self.instrs.len() as u32);
    }

    fn jump(&mut self, instr: Instr, label: Label) {
        self.jumps.push((self.instrs.len(), label));
        self.instrs.push(instr);
    }

    /// Fills in the targets.
    fn patch(&mut self) {
        for (at, label) in std::mem::take(&mut self.jumps) {
            let target = self.labels[label.0].unwrap_or(self.instrs.len() as u32);
            match &mut self.instrs[at] {
                Instr::JumpIfFalse { to, .. }
                | Instr::JumpIfTrue { to, .. }
                | Instr::Jump { to }
                | Instr::When { to, .. } => *to = target,
                Instr::Name(_)
                | Instr::Tag(_)
                | Instr::Untag(_)
                | Instr::Set(_)
                | Instr::Remove(_)
                | Instr::Send(_)
                | Instr::Step(_)
                | Instr::Remember(_)
                | Instr::Forget(_)
                | Instr::Drop
                | Instr::Keep
                | Instr::Stop => {}
            }
        }
        self.labels.clear();
    }

    /// One step of a condition; members go onto the worklist.
    fn cond<'p>(&mut self, nodes: &'p [Node], id: NodeId, when: bool, to: Label, work: &mut Vec<Work<'p>>) {
        match &nodes[id.index()] {
            Node::Const(value) => {
                if *value == when {
                    self.jump(Instr::Jump { to: 0 }, to);
                }
            }
            Node::Test(site) if when => self.jump(Instr::JumpIfTrue { site: site.0, to: 0 }, to),
            Node::Test(site) => self.jump(Instr::JumpIfFalse { site: site.0, to: 0 }, to),
            Node::Not(inner) => work.push(Work::Cond(*inner, !when, to)),
            // One member decides: `and` when it is false, `or` when it is true.
            Node::And(members) if !when => {
                work.extend(members.iter().rev().map(|member| Work::Cond(*member, when, to)))
            }
            Node::Or(members) if when => work.extend(members.iter().rev().map(|member| Work::Cond(*member, when, to))),
            Node::And(members) | Node::Or(members) => {
                let out = self.label();
                work.push(Work::Bind(out));
                let mut members = members.iter().rev();
                if let Some(last) = members.next() {
                    work.push(Work::Cond(*last, when, to));
                }
                work.extend(members.map(|member| Work::Cond(*member, !when, out)));
            }
        }
    }
}

/// Instructions for a condition alone: it ends in `keep` where it holds and in `drop` where it does not. Used for elements
/// of lists, whose nodes hold tests instead of sites.
pub fn condition_code(nodes: &[Node], root: NodeId) -> Vec<Instr> {
    let mut code = Code::default();
    let no = code.label();
    let mut work = vec![Work::Cond(root, false, no)];
    while let Some(item) = work.pop() {
        match item {
            Work::Cond(id, when, to) => code.cond(nodes, id, when, to, &mut work),
            Work::Bind(label) => code.bind(label),
            Work::Jump(_) | Work::Stmt(_) | Work::Name(_) | Work::Step(_) | Work::When(..) => {}
        }
    }
    code.instrs.push(Instr::Keep);
    code.bind(no);
    code.instrs.push(Instr::Drop);
    code.patch();
    code.instrs
}

struct Generator<'p> {
    program: &'p Program,
    locator: Locator<'p>,
    code: Code,
    at: Vec<u32>,
    places: Vec<String>,
    place_index: FxHashMap<Origin, u32>,
    texts: Vec<String>,
    text_index: FxHashMap<String, u32>,
    module: Module,
}

/// Compiles a program.
pub fn compile(program: &Program, sources: &Sources) -> Module {
    let module = Module {
        agent: program.agent,
        layout: program.layout.clone(),
        events: program.events.clone(),
        rules: Vec::with_capacity(program.rules.len()),
        tests: program.tests.clone(),
        sites: Vec::with_capacity(program.sites.len()),
        texts: Vec::new(),
        sets: Vec::new(),
        removals: Vec::new(),
        sends: Vec::new(),
        tables: program.tables.clone(),
        lookups: program.lookups.clone(),
        contexts: program.contexts.clone(),
        named: Vec::new(),
        stamp: program.stamp,
        code: Vec::new(),
        at: Vec::new(),
        places: Vec::new(),
    };
    let mut generator = Generator {
        program,
        locator: Locator::new(sources),
        code: Code::default(),
        at: Vec::new(),
        places: Vec::new(),
        place_index: FxHashMap::default(),
        texts: Vec::new(),
        text_index: FxHashMap::default(),
        module,
    };
    for rule in &program.rules {
        generator.rule(rule);
    }
    let mut module = generator.module;
    let mut locator = Locator::new(sources);
    for site in &program.sites {
        module.sites.push(SiteCode {
            test: site.test.0,
            rule: site.rule.0,
            text: site.text.clone(),
            place: locator.describe(site.origin),
        });
    }
    module.code = generator.code.instrs;
    module.at = generator.at;
    module.places = generator.places;
    module.texts = generator.texts;
    module
}

impl<'p> Generator<'p> {
    fn rule(&mut self, rule: &'p crate::ir::Rule) {
        let start = self.code.instrs.len() as u32;
        let mut work: Vec<Work<'p>> = rule.body.iter().rev().map(|stmt| Work::Stmt(*stmt)).collect();
        let mut place = self.place(rule.origin);
        while let Some(item) = work.pop() {
            match item {
                Work::Cond(id, when, to) => {
                    if let Node::Test(site) = self.program.node(id) {
                        place = self.place(self.program.sites[site.index()].origin);
                    }
                    self.code.cond(&self.program.nodes, id, when, to, &mut work);
                }
                Work::Jump(to) => self.code.jump(Instr::Jump { to: 0 }, to),
                Work::Bind(label) => self.code.bind(label),
                Work::Step(step) => self.code.instrs.push(Instr::Step(step)),
                Work::When(context, to) => self.code.jump(Instr::When { context, to: 0 }, to),
                Work::Name(name) => {
                    let name = self.text(name);
                    self.code.instrs.push(Instr::Name(name));
                }
                Work::Stmt(id) => {
                    let stmt = self.program.stmt(id);
                    place = self.place(stmt.origin);
                    self.stmt(&stmt.kind, &mut work);
                }
            }
            self.at.resize(self.code.instrs.len(), place);
        }
        self.code.patch();
        self.module.rules.push(RuleCode {
            kind: rule.kind,
            name: rule.name.clone(),
            id: rule.id.clone(),
            severity: rule.severity,
            reason: rule.reason.clone(),
            status: rule.status.clone(),
            techniques: rule.techniques.clone(),
            labels: rule.labels.clone(),
            quiet: rule.quiet.clone(),
            place: self.locator.describe(rule.origin),
            start,
            end: self.code.instrs.len() as u32,
        });
    }

    fn stmt(&mut self, kind: &'p StmtKind, work: &mut Vec<Work<'p>>) {
        let instr = match kind {
            StmtKind::If { arms, otherwise } => {
                let end = self.code.label();
                let mut items = Vec::new();
                for (i, (cond, body)) in arms.iter().enumerate() {
                    let last = i + 1 == arms.len() && otherwise.is_empty();
                    let next = if last { end } else { self.code.label() };
                    items.push(Work::Cond(*cond, false, next));
                    items.extend(body.iter().map(|stmt| Work::Stmt(*stmt)));
                    if !last {
                        if !self.ends(body) {
                            items.push(Work::Jump(end));
                        }
                        items.push(Work::Bind(next));
                    }
                }
                items.extend(otherwise.iter().map(|stmt| Work::Stmt(*stmt)));
                items.push(Work::Bind(end));
                work.extend(items.into_iter().rev());
                return;
            }
            StmtKind::FirstMatch(rows) => {
                let end = self.code.label();
                let mut items = Vec::new();
                for row in rows {
                    let next = self.code.label();
                    items.push(Work::Cond(row.cond, false, next));
                    items.extend(row.name.as_deref().map(Work::Name));
                    items.extend(row.body.iter().map(|stmt| Work::Stmt(*stmt)));
                    items.push(Work::Jump(end));
                    items.push(Work::Bind(next));
                }
                items.push(Work::Bind(end));
                work.extend(items.into_iter().rev());
                return;
            }
            StmtKind::When { context, steps, body } => {
                let end = self.code.label();
                let mut items = Vec::new();
                for (step, cond) in (0u8..).zip(steps) {
                    let next = self.code.label();
                    items.extend([Work::Cond(*cond, false, next), Work::Step(step), Work::Bind(next)]);
                }
                items.push(Work::When(*context, end));
                items.extend(body.iter().map(|stmt| Work::Stmt(*stmt)));
                items.push(Work::Bind(end));
                work.extend(items.into_iter().rev());
                return;
            }
            StmtKind::Remember(named) => Instr::Remember(index_of(&mut self.module.named, named.clone())),
            StmtKind::Forget(named) => Instr::Forget(index_of(&mut self.module.named, named.clone())),
            StmtKind::Drop => Instr::Drop,
            StmtKind::Keep => Instr::Keep,
            StmtKind::Stop => Instr::Stop,
            StmtKind::Tag(tag) => Instr::Tag(self.text(tag)),
            StmtKind::Untag(tag) => Instr::Untag(self.text(tag)),
            StmtKind::Set { slot, value } => Instr::Set(index_of(&mut self.module.sets, (*slot, value.clone()))),
            StmtKind::Remove(removal) => Instr::Remove(index_of(&mut self.module.removals, removal.clone())),
            StmtKind::Send(send) => Instr::Send(index_of(&mut self.module.sends, send.clone())),
        };
        self.code.instrs.push(instr);
    }

    /// Does a body end the rule by its last statement?
    fn ends(&self, body: &[StmtId]) -> bool {
        body.last()
            .is_some_and(|id| matches!(self.program.stmt(*id).kind, StmtKind::Drop | StmtKind::Keep | StmtKind::Stop))
    }

    fn place(&mut self, origin: Origin) -> u32 {
        let next = self.places.len() as u32;
        *self.place_index.entry(origin).or_insert_with(|| {
            self.places.push(self.locator.describe(origin));
            next
        })
    }

    fn text(&mut self, text: &str) -> u32 {
        if let Some(index) = self.text_index.get(text) {
            return *index;
        }
        let index = self.texts.len() as u32;
        self.texts.push(text.to_string());
        self.text_index.insert(text.to_string(), index);
        index
    }
}

fn index_of<T: PartialEq>(pool: &mut Vec<T>, item: T) -> u32 {
    let at = pool.iter().position(|have| *have == item).unwrap_or_else(|| {
        pool.push(item);
        pool.len() - 1
    });
    at as u32
}
