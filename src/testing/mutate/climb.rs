//! The search for an event that makes tests say what they are to say.
//!
//! In: events to begin with, a goal, and events that came before. Out: events that are as near to the goal as one change of a field after the
//! other brings them. Never here: whether anybody would notice.
//!
//! A test that cannot be made to say what it must is passed over for the next one that is open: the goal may have alternatives.

use super::goal::{Goal, Said, Target, reach};
use super::natural::Look;
use super::suggest::Suggester;
use super::values::{FOLDED, Put, as_written, asked, folded_into, guesses};
use super::{Fields, Memo};
use crate::ast::Function;
use crate::event::{Layout, MapView, Slot, Value};
use crate::ir::{Check, Node, NodeId, Program, SiteId, Stmt, StmtId, StmtKind, Test, Through, Where};
use crate::vm::{self, Machine, Options, Prepared};

/// Events from which a search begins.
pub(super) const BASES: usize = 3;
/// Tests that are looked at when none of those before them can be mended.
const OPEN: usize = 8;
/// A tag that no rule asks for.
const NOBODYS: &str = "\u{1}";

/// The program with each of its conditions asked at the beginning of its rule, whatever comes of the others: a search must see them all.
pub(super) fn probing(program: &Program) -> Program {
    let mut probing = program.clone();
    let (nodes, sites) = (&program.nodes, &program.sites);
    for (at, node) in (0u32..).map(NodeId).zip(nodes) {
        let Node::Test(site) = node else { continue };
        let Some(site) = sites.get(site.index()) else { continue };
        let Some(rule) = probing.rules.get_mut(site.rule.index()) else { continue };
        let first = StmtId(probing.stmts.len() as u32);
        let asks = StmtKind::If { arms: vec![(at, vec![first])], otherwise: Vec::new() };
        rule.body.insert(0, StmtId(first.0 + 1));
        let kinds = [StmtKind::Untag(NOBODYS.to_string()), asks];
        probing.stmts.extend(kinds.map(|kind| Stmt { kind, origin: site.origin }));
    }
    probing
}

/// How far from a goal, the event, what tests said of it.
type Reached = (usize, Fields, Said);

/// Steps that bring an event no nearer.
const SIDEWAYS: usize = 4;
/// Rules that set a tag, of which one is made to.
const TAGGERS: usize = 4;

impl Suggester<'_> {
    /// The event that the search comes to from one of its bases. `before`: what has to have come, and as what it is remembered.
    pub(super) fn climbed(
        &self,
        goal: &Goal,
        before: (&[Goal], &[Fields]),
        base: Option<&Fields>,
        from: usize,
        memo: &mut Memo,
    ) -> Option<Fields> {
        let key = (goal.clone(), before.0.to_vec(), base.is_some());
        if !memo.climbed.contains_key(&key) {
            let start = self.start(before.1);
            let mut events: Vec<(usize, Fields)> = Vec::with_capacity(BASES);
            for base in base.cloned().into_iter().chain(self.bases(goal, &start, &Fields::clone)) {
                let (far, event) = self.climb(base, goal, &start, true);
                if !events.iter().any(|(_, known)| *known == event) {
                    events.push((far, event));
                }
            }
            events.sort_by_key(|(far, _)| *far);
            memo.climbed.insert(key.clone(), events.into_iter().map(|(_, event)| event).collect());
        }
        memo.climbed.get(&key)?.get(from).cloned()
    }

    /// The same without a memory, of events to which something was done before.
    pub(super) fn nearest(&self, goal: &Goal, before: &[Fields], begin: &dyn Fn(&Fields) -> Fields) -> Option<Fields> {
        let start = self.start(before);
        let bases = self.bases(goal, &start, begin);
        let climbed = bases.into_iter().map(|base| self.climb(base, goal, &start, true));
        climbed.min_by_key(|(far, _)| *far).map(|(_, event)| event)
    }

    /// A machine that has seen some events.
    fn start(&self, before: &[Fields]) -> Machine<'_> {
        let mut machine = Machine::new(self.prober());
        for event in before {
            machine.decide(&MapView::new(&self.prober().module().layout, event), Options::default());
        }
        machine
    }

    /// The events that are nearest to the goal.
    fn bases(&self, goal: &Goal, start: &Machine<'_>, begin: &dyn Fn(&Fields) -> Fields) -> Vec<Fields> {
        let mut rated: Vec<(usize, Fields)> = Vec::with_capacity(self.events.len());
        for event in &self.events {
            let event = begin(event);
            rated.push((goal.far(&self.said(&event, start)), event));
        }
        rated.sort_by_key(|(far, _)| *far);
        rated.into_iter().take(BASES).map(|(_, event)| event).collect()
    }

    /// What the tests of all rules say of an event.
    fn said(&self, event: &Fields, start: &Machine<'_>) -> Said {
        let mut machine = Machine::new(self.prober());
        machine.resume(start.contexts().clone());
        let view = MapView::new(&self.prober().module().layout, event);
        let outcome = machine.decide(&view, Options { trace: true, ..Options::default() });
        let mut said: Said = outcome.trace.iter().map(|step| (step.site, step.holds)).collect();
        // Of a rule that could do nothing for such an event nothing is asked.
        for site in (0..self.rules.program.sites.len() as u32).map(SiteId) {
            if let Check::EventIs(events) = &self.rules.program.test_of(site).check {
                said.entry(site.0).or_insert_with(|| events.iter().any(|known| self.is_event(event, *known)));
            }
        }
        said
    }

    /// The rules, where they could be made to ask everything.
    fn prober(&self) -> &Prepared {
        self.probe.as_ref().unwrap_or(self.rules.prepared)
    }

    fn is_event(&self, event: &Fields, known: u32) -> bool {
        let Some(known) = self.rules.program.events.get(known as usize) else { return false };
        let provider = self.text_at(event, Layout::PROVIDER).unwrap_or_default();
        self.text_at(event, Layout::EVENT_ID).is_some_and(|id| id == known.id.to_string())
            && known.providers.iter().any(|other| other.eq_ignore_ascii_case(provider))
    }

    /// Changes one field after the other until no change brings the goal nearer; a few times to an event that is as near but not the same, for
    /// what was done first may have been the wrong alternative. `tags`: other rules may be made to set some.
    fn climb(&self, event: Fields, goal: &Goal, start: &Machine<'_>, tags: bool) -> (usize, Fields) {
        let said = self.said(&event, start);
        let mut now = (goal.far(&said), event, said);
        let mut best = (now.0, now.1.clone());
        let mut seen: Vec<Fields> = Vec::new();
        while now.0 > 0 && seen.len() <= SIDEWAYS {
            let (nearer, aside) = self.step(&now, goal, start, tags, &seen);
            if nearer.is_none() {
                seen.push(now.1.clone());
            }
            let Some(next) = nearer.or(aside) else { break };
            now = next;
            if now.0 < best.0 {
                best = (now.0, now.1.clone());
            }
        }
        best
    }

    /// One change that brings the goal nearer; or else one that makes a test say what it must, at the cost of another.
    fn step(
        &self,
        (far, event, said): &Reached,
        goal: &Goal,
        start: &Machine<'_>,
        tags: bool,
        seen: &[Fields],
    ) -> (Option<Reached>, Option<Reached>) {
        let mut aside = None;
        // What was not asked, for its rule did not run, cannot be seen to change; but nothing may have been asked at all.
        let (asked, unasked): (Vec<_>, Vec<_>) =
            goal.open(said).into_iter().partition(|(site, _)| said.contains_key(&site.0));
        for (site, value) in asked.into_iter().chain(unasked).take(OPEN) {
            let put = self.puts(event, site, value).into_iter().map(|puts| self.with(event, &puts));
            let tagged = if tags && value { self.tagged(event, site, start) } else { Vec::new() };
            for changed in put.chain(tagged) {
                let now = self.said(&changed, start);
                let came = goal.far(&now);
                if came < *far {
                    return (Some((came, changed, now)), None);
                }
                if aside.is_none() && came == *far && now.get(&site.0) == Some(&value) && !seen.contains(&changed) {
                    aside = Some((came, changed, now));
                }
            }
        }
        (None, aside)
    }

    /// What may make a test say this.
    fn puts(&self, event: &Fields, site: SiteId, value: bool) -> Vec<Vec<Put>> {
        let guesses = guesses(self.rules.program, &self.catalogue, site);
        if value {
            let mut puts = self.kept(event, site, &guesses.meet);
            puts.extend(guesses.meet);
            puts.extend(self.joined(event, site));
            return puts;
        }
        let mut puts = self.varied(event, site);
        puts.extend(self.kept(event, site, &guesses.miss));
        puts.extend(guesses.miss);
        puts
    }

    /// Of a test of a file name, or of a folder, values that leave the other as it is now.
    pub(super) fn kept(&self, event: &Fields, site: SiteId, puts: &[Vec<Put>]) -> Vec<Vec<Put>> {
        let through = self.rules.program.test_of(site).subject.through.first();
        let Some((slot, now)) = self.now(event, site) else { return Vec::new() };
        let (folder, name) = cut_name(now);
        let with = |text: &str| match through {
            Some(Through::Function(Function::FileName)) => Some(format!("{folder}{}", cut_name(text).1)),
            Some(Through::Function(Function::Folder)) => Some(format!("{}{name}", cut_name(text).0)),
            Some(Through::Function(_) | Through::Lookup(_)) | None => None,
        };
        let texts = puts.iter().flatten().filter(|put| put.slot == slot).filter_map(|put| with(put.text.as_deref()?));
        texts.map(|text| vec![Put { slot, text: Some(text) }]).collect()
    }

    /// The event, so that a rule gives it the tag that a test asks for.
    fn tagged(&self, event: &Fields, site: SiteId, start: &Machine<'_>) -> Vec<Fields> {
        let program = self.rules.program;
        let Check::HasTag { tags, .. } = &program.test_of(site).check else { return Vec::new() };
        let sets = |id: &StmtId| {
            let kind = program.stmts.get(id.index()).map(|stmt| &stmt.kind);
            matches!(kind, Some(StmtKind::Tag(tag)) if tags.contains(tag))
        };
        let setting = (0..program.stmts.len() as u32).map(StmtId).filter(sets);
        let goals = setting.filter_map(|id| self.reached(Target::Stmt(id))).take(TAGGERS);
        goals.map(|goal| self.climb(event.clone(), &goal, start, false).1).collect()
    }

    /// What must be so for a statement or condition to be reached, whichever rule has it.
    pub(super) fn reached(&self, target: Target) -> Option<Goal> {
        let program = self.rules.program;
        program.rules.iter().find_map(|rule| reach(program, &rule.body, target, true))
    }

    /// The text in a field of an event.
    pub(super) fn text_at<'f>(&self, event: &'f Fields, slot: Slot) -> Option<&'f str> {
        let (path, _) = self.path(slot, None)?;
        match found(event, &path.split('.').collect::<Vec<_>>())? {
            Value::Text(now) => Some(now),
            _other => None,
        }
    }

    pub(super) fn look(&self, slot: Slot) -> Look {
        self.rules.program.layout.get(slot).map_or(Look::Word, |field| Look::of(&self.catalogue, &field.name))
    }

    /// The field that a test asks, and the text in it.
    fn now<'f>(&self, event: &'f Fields, site: SiteId) -> Option<(Slot, &'f str)> {
        let slot = asked(self.rules.program.test_of(site))?;
        Some((slot, self.text_at(event, slot)?))
    }

    /// Of a text that must begin and end with something, both: what it is now, with what is asked for put before or behind it.
    fn joined(&self, event: &Fields, site: SiteId) -> Vec<Vec<Put>> {
        let (Some((slot, now)), Check::Text { place: at, needles, .. }) =
            (self.now(event, site), &self.rules.program.test_of(site).check)
        else {
            return Vec::new();
        };
        let both = |needle: &String| match at {
            Where::Start => format!("{needle}{now}"),
            Where::End | Where::Inside => format!("{now}{needle}"),
        };
        needles.iter().take(4).map(|needle| vec![Put { slot, text: Some(both(needle)) }]).collect()
    }

    /// What the field of a test holds now, with what only one of two tests lists in the place of what it begins with, ends with or holds.
    pub(super) fn swapped(&self, event: &Fields, site: SiteId, other: &Test) -> Vec<Vec<Put>> {
        let program = self.rules.program;
        let (Some((slot, now)), Check::Text { place, needles, .. }, Check::Text { needles: others, .. }) =
            (self.now(event, site), &program.test_of(site).check, &other.check)
        else {
            return Vec::new();
        };
        let written = program.sites.get(site.index()).map_or("", |site| site.text.as_str());
        let lower = now.to_ascii_lowercase();
        let is_in_both = |needle: &&String| needles.contains(needle) && others.contains(needle);
        let mut texts = Vec::new();
        for old in needles.iter().chain(others).map(|needle| needle.to_ascii_lowercase()) {
            let at = match place {
                Where::Start => lower.starts_with(&old).then_some(0),
                Where::End => lower.strip_suffix(&old).map(str::len),
                Where::Inside => lower.find(&old),
            };
            let around =
                at.and_then(|at| Some((now.get(..at)?, now.get(at..at + old.len())?, now.get(at + old.len()..)?)));
            let Some((before, there, behind)) = around else { continue };
            for new in needles.iter().chain(others).filter(|needle| !is_in_both(needle)) {
                let new = as_written(new, written);
                let plain = format!("{before}{new}{behind}");
                // Where the sign that was lost stands for itself: a folder or a name beside the one that is meant.
                match place {
                    Where::Start => {
                        texts.extend(there.chars().next_back().map(|sign| format!("{new}2{sign}{behind}")));
                        texts.push(plain);
                    }
                    Where::End | Where::Inside => {
                        texts.push(plain);
                        texts.extend(there.chars().next().map(|sign| format!("{before}{sign}my{new}{behind}")));
                    }
                }
            }
        }
        texts.into_iter().map(|text| vec![Put { slot, text: Some(text) }]).collect()
    }

    /// What the field of a test holds now, with a little more before, behind and within it.
    pub(super) fn varied(&self, event: &Fields, site: SiteId) -> Vec<Vec<Put>> {
        let Some((slot, now)) = self.now(event, site) else { return Vec::new() };
        let look = self.look(slot);
        if !look.is_text() {
            return Vec::new();
        }
        let (folder, name) = cut_name(now);
        let mut texts = vec![look.longer(now), look.led(now)];
        texts.extend(look.beside(now));
        texts.extend([format!("x{now}"), format!("{now}x")]);
        texts.extend(["x", "x\\"].into_iter().chain(FOLDED).map(|more| format!("{folder}{more}{name}")));
        // Within it, and with a letter that is another one only where case is ignored.
        let middle = now.char_indices().nth(now.chars().count() / 2).map_or(0, |(at, _)| at);
        let (before, behind) = now.split_at(middle);
        texts.extend(["-", " ", "\u{e9}"].map(|more| format!("{before}{more}{behind}")));
        texts.extend(FOLDED.map(|letter| folded_into(now, letter)));
        texts.into_iter().map(|text| vec![Put { slot, text: Some(text) }]).collect()
    }

    pub(super) fn with(&self, event: &Fields, puts: &[Put]) -> Fields {
        let mut event = event.clone();
        for put in puts {
            if let Some((path, text)) = self.path(put.slot, put.text.as_deref()) {
                let mut names: Vec<&str> = path.split('.').collect();
                names.reverse();
                place(&mut event, &mut names, text.map(Value::Text));
            }
        }
        event
    }

    /// Where the agent has what a slot reads, and how a value is written there.
    fn path(&self, slot: Slot, text: Option<&str>) -> Option<(String, Option<String>)> {
        let field = self.rules.program.layout.get(slot)?;
        let own = |path: &&String| !crate::event::is_stored(path);
        if let Some(path) = field.paths.iter().find(own) {
            return Some((path.clone(), text.map(str::to_string)));
        }
        let source = vm::sources(&field.paths, &self.catalogue);
        let path = source.first()?.paths.first()?.clone();
        let name = field.paths.first().map_or("", String::as_str);
        let dressed = |text: &str| match name.strip_prefix("msg.hash_") {
            Some(kind) => format!("{}={text}", kind.to_uppercase()),
            None if name == "msg.technique" => format!("technique_id={text}"),
            None if name == "msg.technique_name" => format!("technique_name={text}"),
            None => text.to_string(),
        };
        Some((path, text.map(dressed)))
    }
}

/// A path as its folder, with the last `\`, and its name.
pub(super) fn cut_name(path: &str) -> (&str, &str) {
    path.split_at(path.rfind('\\').map_or(0, |at| at + 1))
}

/// What stands in a field.
fn found<'f>(fields: &'f Fields, names: &[&str]) -> Option<&'f Value> {
    let (first, rest) = names.split_first()?;
    let value = fields.iter().find(|(name, _)| name == first).map(|(_, value)| value)?;
    match (rest, value) {
        ([], value) => Some(value),
        (rest, Value::Map(inner)) => found(inner, rest),
        _ => None,
    }
}

/// Sets a field, or takes it away. `names`: the last first.
fn place(fields: &mut Fields, names: &mut Vec<&str>, value: Option<Value>) {
    let Some(name) = names.pop() else { return };
    let at = fields.iter().position(|(have, _)| have == name);
    if names.is_empty() {
        match (at, value) {
            (Some(at), Some(value)) => {
                if let Some(field) = fields.get_mut(at) {
                    field.1 = value;
                }
            }
            (Some(at), None) => drop(fields.remove(at)),
            (None, Some(value)) => fields.push((name.to_string(), value)),
            (None, None) => {}
        }
        return;
    }
    let at = at.unwrap_or_else(|| {
        fields.push((name.to_string(), Value::Map(Vec::new())));
        fields.len() - 1
    });
    if let Some((_, Value::Map(inner))) = fields.get_mut(at) {
        place(inner, names, value);
    }
}
