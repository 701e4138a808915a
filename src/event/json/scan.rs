//! One pass over one line.
//!
//! In: a plan and the bytes of a line. Out: a [`LineView`] that borrows both. Never here: allocation once the buffers have
//! grown (but for [`EventView::leaves`], which reads the whole line), and decoding of values.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::ControlFlow;

use super::plan::LinePlan;
use super::predict::{Keys, Place, Seen};
#[cfg(not(target_arch = "wasm32"))]
use super::skip_open;
use super::{Damage, classify, decode_string, find_quote_or_escape, parse, skip_space, string_end, value_end};
use crate::ast::Number;
use crate::event::value::{is_plain_id, leaves, whole_number};
use crate::event::{EventView, Raw, Slot, Value};
use crate::limits::EVENT_DEPTH;

/// Where the value of one path was found.
#[derive(Clone, Copy, Debug)]
struct Found {
    start: u32,
    end: u32,
    /// The level at which its key stood; the smallest counts. [`Found::NOWHERE`] has the largest.
    depth: u32,
}

impl Found {
    const NOWHERE: Found = Found { start: 0, end: 0, depth: u32::MAX };
}

/// The buffers of the scan, used again for every line.
#[derive(Clone, Debug, Default)]
pub struct LineScanner {
    found: Vec<Found>,
    /// Edge by edge, the number of the last line that had its key.
    seen: Vec<u32>,
    line: u32,
    /// Levels of the plan that are open around the current one.
    open: Vec<u32>,
    key: String,
    facts: Facts,
    keys: Keys,
}

/// What one pass learned besides the values.
#[derive(Clone, Copy, Debug, Default)]
struct Facts {
    duplicates: u32,
    winlog: bool,
}

/// Where the pass is.
#[derive(Debug)]
struct Here {
    /// The plan's level; or one of those that nobody reads, see [`unread_below`].
    level: u32,
    next: Next,
    at: usize,
}

impl Here {
    fn place(&self) -> Place {
        Place { level: self.level, first: matches!(self.next, Next::First) }
    }
}

/// A level that nobody reads: which of the plan's levels is around it, and how many such levels lie between.
#[cfg(not(target_arch = "wasm32"))]
const UNREAD: u32 = 1 << 31;
const _: () = assert!(EVENT_DEPTH <= 1 << 8);

/// The level of a map below this one that nobody reads; none where a number cannot say it.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn unread_below(level: u32) -> Option<u32> {
    match level {
        UNREAD.. => Some(level + 1),
        // Of less than 23 bits.
        _ => (level < 1 << 23).then_some(UNREAD | level << 8),
    }
}

/// How many levels that nobody reads are open; none where somebody reads this one.
#[cfg(not(target_arch = "wasm32"))]
fn unread_levels(level: u32) -> Option<usize> {
    (level >= UNREAD).then_some((level & 0xff) as usize + 1)
}

/// What comes next in the pass.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// The first key of a map, or its end.
    First,
    /// A key.
    Key,
    /// A comma, or the end of a map.
    After,
}

impl LineScanner {
    /// A scanner without buffers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many keys were passed over together with others, so far.
    #[cfg(test)]
    pub(super) fn keys_compared_at_once(&self) -> u32 {
        self.keys.members_of_runs()
    }

    /// Finds the plan's fields in one line, which holds one JSON object.
    pub fn scan<'a>(&'a mut self, plan: &'a LinePlan, line: &'a [u8]) -> Result<LineView<'a>, Damage> {
        if u32::try_from(line.len()).is_err() {
            return Err(Damage::new(0, "a line of more than 4 GiB"));
        }
        self.found.clear();
        self.found.resize(plan.terms, Found::NOWHERE);
        if self.seen.len() < plan.edges.len() {
            self.seen.resize(plan.edges.len(), 0);
        }
        self.open.clear();
        self.facts = Facts::default();
        self.line = self.line.wrapping_add(1);
        if self.line == 0 {
            self.seen.fill(0);
            self.line = 1;
        }
        self.keys.begin(plan.number);
        self.pass(plan, line)?;
        let (parsed, id) = (OnceCell::new(), OnceCell::new());
        Ok(LineView { plan, line, found: &self.found, facts: self.facts, parsed, id })
    }

    fn pass(&mut self, plan: &LinePlan, line: &[u8]) -> Result<(), Damage> {
        let start = skip_space(line, 0);
        if line.get(start) != Some(&b'{') {
            return Err(Damage::new(start, "no object"));
        }
        let mut here = Here { level: 0, next: Next::First, at: start + 1 };
        loop {
            #[cfg(not(target_arch = "wasm32"))]
            let from = Here { ..here };
            match self.step(plan, &mut here, line) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => return Ok(()),
                #[cfg(target_arch = "wasm32")]
                Err(damage) => return Err(damage),
                #[cfg(not(target_arch = "wasm32"))]
                Err(damage) => {
                    // In what nobody reads only brackets and quotes are paired: it is passed over from where it was in order.
                    let (Some(left), Some(open)) = (unread_levels(here.level), unread_levels(from.level)) else {
                        return Err(damage);
                    };
                    self.open.truncate(self.open.len() + 1 - left);
                    let level = self.open.pop().unwrap_or(0);
                    let at = skip_open(line, from.at, self.open.len() + 1, open)?;
                    self.keys.lose();
                    here = Here { level, next: Next::After, at };
                }
            }
        }
    }

    /// From the end of a value, or the start of a map, over the next key to the end of its value, or into it; breaks behind the object's
    /// end.
    #[inline(always)]
    fn step(&mut self, plan: &LinePlan, here: &mut Here, line: &[u8]) -> Result<ControlFlow<()>, Damage> {
        #[cfg(not(target_arch = "wasm32"))]
        if let Some(run) = self.keys.run(here.place(), line, here.at) {
            self.open.truncate(self.open.len() - run.closes.min(self.open.len()));
            self.open.extend_from_slice(&run.opens);
            let next = if run.end.first { Next::First } else { Next::After };
            *here = Here { level: run.end.level, next, at: here.at + run.bytes.len() };
            return Ok(ControlFlow::Continue(()));
        }
        if let Some(known) = self.keys.foresee(here.place(), line, here.at) {
            for _ in 0..known.closes {
                here.level = self.open.pop().unwrap_or(0);
            }
            if known.ends {
                return Ok(ControlFlow::Break(()));
            }
            // Of most members nobody reads the value, which is a text.
            if known.text && known.edge.is_none() {
                let open = || Damage::new(known.value, "a text that does not end");
                let end = string_end(line, known.value + 1).ok_or_else(open)? + 1;
                #[cfg(not(target_arch = "wasm32"))]
                self.keys.note(line.get(known.value..end).unwrap_or_default());
                (here.next, here.at) = (Next::After, end);
                return Ok(ControlFlow::Continue(()));
            }
            return self.value(plan, known.edge, here, line, known.value);
        }
        self.read(plan, here, line)
    }

    /// The same for a key that was not foreseen.
    #[inline(never)]
    fn read(&mut self, plan: &LinePlan, here: &mut Here, line: &[u8]) -> Result<ControlFlow<()>, Damage> {
        let (from, place) = (here.at, here.place());
        let mut closes: u8 = 0;
        loop {
            let at = skip_space(line, here.at);
            let closing = match (here.next, line.get(at)) {
                (_, None) => return Err(Damage::new(at, "an object that does not close")),
                (Next::First | Next::Key, Some(b'"')) => false,
                (Next::First | Next::After, Some(b'}')) => true,
                (Next::After, Some(b',')) => {
                    (here.at, here.next) = (at + 1, Next::Key);
                    continue;
                }
                (Next::First | Next::Key, Some(_)) => return Err(Damage::new(at, "a key is missing")),
                (Next::After, Some(_)) => return Err(Damage::new(at, "neither a comma nor the end of the object")),
            };
            if !closing {
                here.at = at;
                break;
            }
            (here.at, here.next) = (at + 1, Next::After);
            match self.open.pop() {
                Some(outer) => here.level = outer,
                None => {
                    let end = skip_space(line, at + 1);
                    if end < line.len() {
                        return Err(Damage::new(end, "something behind the end of the object"));
                    }
                    self.keys.learn(
                        place,
                        line,
                        from,
                        Seen { closes, level: here.level, ends: true, edge: None, value: end },
                    );
                    return Ok(ControlFlow::Break(()));
                }
            }
            // No more than a line may have levels.
            closes = closes.saturating_add(1);
        }
        let (edge, behind) = self.read_key(plan, here.level, line, here.at)?;
        let colon = skip_space(line, behind);
        if line.get(colon) != Some(&b':') {
            return Err(Damage::new(colon, "a colon is missing"));
        }
        let value = skip_space(line, colon + 1);
        self.keys.learn(place, line, from, Seen { closes, level: here.level, ends: false, edge, value });
        self.value(plan, edge, here, line, value)
    }

    /// Passes over the value at `at`, or goes into it.
    #[inline(always)]
    fn value(
        &mut self,
        plan: &LinePlan,
        edge: Option<u32>,
        here: &mut Here,
        line: &[u8],
        at: usize,
    ) -> Result<ControlFlow<()>, Damage> {
        let level = here.level;
        if let Some(edge) = edge {
            let met = self.meet(plan, edge, level, line, at);
            let open = self.open.len() + 1;
            if let Some(term) = met.term {
                // Lines are below 4 GiB.
                let end = value_end(line, at, open)?;
                self.note(term, at, end, plan, level);
                if met.below.is_none() {
                    (here.next, here.at) = (Next::After, end);
                    return Ok(ControlFlow::Continue(()));
                }
            }
            if let Some(below) = met.below {
                if open >= EVENT_DEPTH {
                    return Err(Damage::new(at, "nested too deeply"));
                }
                self.open.push(level);
                *here = Here { level: below, next: Next::First, at: at + 1 };
                return Ok(ControlFlow::Continue(()));
            }
        }
        #[cfg(not(target_arch = "wasm32"))]
        if edge.is_none()
            && line.get(at) == Some(&b'{')
            && self.keys.goes_in()
            && self.open.len() + 1 < EVENT_DEPTH
            && let Some(below) = unread_below(level)
        {
            // Nobody reads it, but keys that were foreseen are passed over faster than those that are not.
            self.keys.note(b"{");
            self.open.push(level);
            *here = Here { level: below, next: Next::First, at: at + 1 };
            return Ok(ControlFlow::Continue(()));
        }
        let end = value_end(line, at, self.open.len() + 1)?;
        #[cfg(not(target_arch = "wasm32"))]
        if edge.is_none() {
            self.keys.note(line.get(at..end).unwrap_or_default());
        }
        (here.next, here.at) = (Next::After, end);
        Ok(ControlFlow::Continue(()))
    }

    /// Notes where the value of a path stands, unless one at an outer level is known.
    fn note(&mut self, term: u32, start: usize, end: usize, plan: &LinePlan, level: u32) {
        let depth = plan.levels.get(level as usize).map_or(0, |level| level.depth);
        if let Some(found) = self.found.get_mut(term as usize)
            && depth < found.depth
        {
            *found = Found { start: start as u32, end: end as u32, depth };
        }
    }

    /// The plan's edge for the key whose quote is at `at`, and the offset behind the key.
    #[inline]
    fn read_key(
        &mut self,
        plan: &LinePlan,
        level: u32,
        line: &[u8],
        at: usize,
    ) -> Result<(Option<u32>, usize), Damage> {
        let open = || Damage::new(at, "a text that does not end");
        let stop = find_quote_or_escape(line, at + 1).ok_or_else(open)?;
        if line.get(stop) == Some(&b'"') {
            let key = line.get(at + 1..stop).unwrap_or_default();
            return Ok((plan.find(level, key), stop + 1));
        }
        let end = string_end(line, at + 1).ok_or_else(open)?;
        self.key.clear();
        let decoded = decode_string(line.get(at + 1..end).unwrap_or_default(), &mut self.key);
        // A key that cannot be read is no key that anybody asked for.
        let edge = decoded.is_ok().then(|| plan.find(level, self.key.as_bytes())).flatten();
        Ok((edge, end + 1))
    }

    /// What the plan wants of the value at `at`: its place, for a path, and what is below it.
    #[inline]
    fn meet(&mut self, plan: &LinePlan, edge: u32, level: u32, line: &[u8], at: usize) -> Met {
        let at_edge = edge as usize;
        let (Some(edge), Some(seen)) = (plan.edges.get(at_edge), self.seen.get_mut(at_edge)) else {
            return Met::default();
        };
        if *seen == self.line {
            self.facts.duplicates += 1;
            return Met::default();
        }
        *seen = self.line;
        let map = line.get(at) == Some(&b'{');
        self.facts.winlog |= level == 0 && (edge.key.starts_with(b"winlog.") || map && *edge.key == *b"winlog");
        Met { term: edge.term, below: edge.below.filter(|_| map) }
    }
}

/// What is wanted of a value.
#[derive(Clone, Copy, Debug, Default)]
struct Met {
    term: Option<u32>,
    below: Option<u32>,
}

/// One line of JSON, seen through a layout; values are as they stand in the line.
#[derive(Debug)]
pub struct LineView<'a> {
    plan: &'a LinePlan,
    line: &'a [u8],
    found: &'a [Found],
    facts: Facts,
    /// The whole line, read when somebody asks for its leaves.
    parsed: OnceCell<Result<Value, Damage>>,
    /// The event id as text, where the line has it in another way.
    id: OnceCell<String>,
}

impl LineView<'_> {
    /// Keys that came again, among those that the pass looked at; the first counted.
    pub fn duplicate_keys(&self) -> u32 {
        self.facts.duplicates
    }

    /// Is there an object `winlog`, as Winlogbeat from version 7 on writes it, of which certainly nothing was moved elsewhere
    /// behind the agent? Whatever moves data leaves its name.
    pub fn is_agents(&self) -> bool {
        let mut marks = self.plan.marks.iter().filter_map(|mark| self.found.get(*mark as usize));
        self.facts.winlog && marks.all(|mark| matches!(self.value(mark), Raw::Absent))
    }

    /// An event id as the plan's version of the agent sends it: the version that wrote the line may have had a number in the
    /// place of a text, or a text in the place of a number.
    fn id(&self, found: &Found) -> Raw<'_> {
        let value = self.value(found);
        let Some(text_ids) = self.plan.text_ids else { return value };
        let written = self.line.get(found.start as usize..found.end as usize).unwrap_or_default();
        match value {
            Raw::Number(Number::Int(_)) if text_ids && is_plain_id(written) => Raw::Json(written),
            Raw::Number(Number::Int(number)) if text_ids => Raw::Text(self.id.get_or_init(|| number.to_string())),
            Raw::Json(digits) if text_ids && is_plain_id(digits) => value,
            Raw::Json(inside) => {
                let mut text = String::new();
                match decode_string(inside, &mut text).ok().and_then(|()| whole_number(&text)) {
                    Some(number) if text_ids => Raw::Text(self.id.get_or_init(|| number.to_string())),
                    Some(number) => Raw::Number(Number::Int(number)),
                    None => value,
                }
            }
            _other => value,
        }
    }

    /// The same in the whole event.
    fn with_id(&self, event: Value) -> Value {
        let Some(text_ids) = self.plan.text_ids else { return event };
        let Value::Map(mut members) = event else { return event };
        if let Some((_, Value::Map(winlog))) = members.iter_mut().find(|(key, _)| key == "winlog")
            && let Some((_, id)) = winlog.iter_mut().find(|(key, _)| key == "event_id")
        {
            let number = match id {
                Value::Number(Number::Int(number)) => Some(*number),
                Value::Text(text) if text_ids && is_plain_id(text.as_bytes()) => None,
                Value::Text(text) => whole_number(text),
                Value::Number(Number::Float(_)) | Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => None,
            };
            if let Some(number) = number {
                *id = if text_ids { Value::Text(number.to_string()) } else { Value::Number(Number::Int(number)) };
            }
        }
        Value::Map(members)
    }

    fn value(&self, found: &Found) -> Raw<'_> {
        if found.depth == u32::MAX {
            return Raw::Absent;
        }
        self.line.get(found.start as usize..found.end as usize).map_or(Raw::Malformed, classify)
    }
}

impl EventView for LineView<'_> {
    fn raw(&self, slot: Slot) -> Raw<'_> {
        let Some(terms) = self.plan.slots.get(usize::from(slot.0)) else { return Raw::Absent };
        let mut best = Raw::Absent;
        for term in terms {
            let Some(found) = self.found.get(*term as usize) else { continue };
            match if self.plan.id == Some(*term) { self.id(found) } else { self.value(found) } {
                Raw::Absent => {}
                Raw::Null => best = Raw::Null,
                value => return value,
            }
        }
        best
    }

    /// As [`EventView::leaves`] says. Of a line that is damaged somewhere inside, one malformed value comes under no path.
    fn leaves(&self, visit: &mut dyn FnMut(&str, Raw<'_>) -> ControlFlow<()>) {
        match self.parsed.get_or_init(|| parse(self.line).map(|event| self.with_id(event))) {
            Ok(Value::Map(members)) => leaves(members, visit),
            Ok(_) | Err(_) => {
                // There is nothing more to visit, whatever the answer.
                let _ = visit("", Raw::Malformed);
            }
        }
    }

    fn whole(&self) -> Result<Cow<'_, [(String, Value)]>, Damage> {
        match self.parsed.get_or_init(|| parse(self.line).map(|event| self.with_id(event))) {
            Ok(Value::Map(members)) => Ok(Cow::Borrowed(members)),
            Ok(_) => Err(Damage::new(0, "no object")),
            Err(damage) => Err(*damage),
        }
    }
}
