//! One test of a rule as a condition of libbeat.
//!
//! In: a typed test. Out: a condition that holds for exactly the same events of the agent, or why there is none and what to write instead. Never
//! here: statements, and approximations.

use super::shape::Shape;
use super::truth::Truth;
use super::value::{self, Seen};
use super::{Refused, refuse, strict};
use crate::dialect::{AgentVersion, Dialect};
use crate::ir::{Check, From, Program, Test, Through};
use crate::libbeat::{Condition, Constant};
use crate::sysmon::Catalogue;

/// Where a test stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around<'p> {
    pub(super) program: &'p Program,
    pub(super) catalogue: &'p Catalogue,
    /// Is it sure that the event is one of Sysmon's?
    pub(super) of_sysmon: bool,
    /// Do the filters stand before the module's script, among the processors of an event log?
    pub(super) module: bool,
}

impl Around<'_> {
    pub(super) fn version(&self) -> AgentVersion {
        self.program.agent
    }

    /// What stands at a path. Other providers write other things under Sysmon's names.
    pub(super) fn shape(&self, path: &str) -> Shape {
        let shape = Shape::of(path, self.version(), self.catalogue);
        let own = path.starts_with("winlog.event_data.");
        match shape {
            Shape::Decimal | Shape::Hex | Shape::Truth if own && !self.of_sysmon => Shape::Text,
            shape => shape,
        }
    }
}

/// The condition that says what the test says.
pub(super) fn condition(around: Around<'_>, test: &Test) -> Result<Truth, Refused> {
    match test.dialect {
        Dialect::Ours => {}
        Dialect::Winlogbeat(version) => return strict::condition(around, version, test),
        Dialect::Sysmon | Dialect::Sigma | Dialect::LogManager => {
            return refuse("a test in another system's dialect", "write it in this language's own, without `strictly`");
        }
    }
    match &test.check {
        Check::EventIs(events) => return Ok(event_is(around, events)),
        Check::HasTag { tags, all, .. } => return has_tag(tags, *all),
        Check::Some(_) => {
            return refuse("`some of`", "Winlogbeat's own fields hold no lists of objects: test the field itself");
        }
        Check::Field(..) => {
            return refuse("a comparison of two fields", "compare with the values that are meant");
        }
        _ => {}
    }
    let groups: Vec<Vec<String>> = match test.subject.from {
        From::Slot(slot) | From::Hash(_, slot) => vec![paths(around, slot)?],
        From::AnyOf(slots) => slots.into_iter().map(|slot| paths(around, slot)).collect::<Result<_, _>>()?,
        From::AnyField => return refuse("`any field`", "name the fields that are meant, joined by `or`"),
        From::Typed(..) | From::Event => return refuse("this operand", "name a field"),
    };
    let seen = seen(test)?;
    if test.every && groups.iter().flatten().any(|path| around.shape(path) == Shape::Texts) {
        return refuse("`all of` on a list", "libbeat asks for one member: leave `all of` out where that is meant");
    }
    let whole = test.subject.through.is_empty() && matches!(test.subject.from, From::Slot(_) | From::AnyOf(_));
    match &test.check {
        Check::Exists if whole => {
            let there = groups.into_iter().flatten().map(|path| Condition::HasFields(vec![path]));
            Ok(Truth::any(there.map(Truth::from)))
        }
        Check::Blank => {
            let missing = Truth::all(groups.iter().flatten().map(|path| Truth::from(has(path)).not()));
            let blank = first_of(&groups, |path| value::blank(around, path, seen))?;
            Ok(Truth::any([missing, blank]))
        }
        check => first_of(&groups, |path| value::condition(around, path, seen, check)),
    }
}

/// Through what the value is seen.
fn seen(test: &Test) -> Result<Seen, Refused> {
    use crate::ast::Function as F;
    if let (From::Hash(kind, _), []) = (test.subject.from, test.subject.through.as_slice()) {
        return Ok(Seen::Hash(kind));
    }
    let not_that = |what: &str, help: &str| refuse(format!("`{what}`"), help);
    match (test.subject.from, test.subject.through.as_slice()) {
        (From::Hash(..), _) => refuse("a function of a hash", "test the hash itself"),
        (_, []) => Ok(Seen::Plain),
        (_, [Through::Function(F::FileName)]) => Ok(Seen::FileName),
        (_, [Through::Function(F::Folder)]) => Ok(Seen::Folder),
        (_, [Through::Function(F::LengthOf)]) => Ok(Seen::Length),
        (_, [Through::Function(function @ (F::LowerCase | F::UpperCase | F::TitleCase))]) => {
            not_that(function.words(), "leave it out: texts are compared ignoring case, unless `cased` says otherwise")
        }
        (_, [Through::Function(function)]) => {
            not_that(function.words(), "the agent computes nothing: test the text as it stands")
        }
        (_, [Through::Lookup(_)]) => {
            refuse("`lookup`", "the agent has no tables: classify rules run where there are some")
        }
        (_, _) => refuse("a function of a function", "the agent computes nothing: test the text as it stands"),
    }
}

fn paths(around: Around<'_>, slot: crate::event::Slot) -> Result<Vec<String>, Refused> {
    let paths = around.program.layout.get(slot).map(|field| field.paths.clone()).unwrap_or_default();
    // A name that nobody knows may stand at the top of a flat event; the agent's has its data elsewhere.
    let known: Vec<String> = match paths.as_slice() {
        [data, top] if data.strip_prefix("winlog.event_data.") == Some(top) => vec![data.clone()],
        _ => paths,
    };
    for path in &known {
        writable(path)?;
        let later = ["agent.", "ecs.", "host."].iter().any(|top| path.starts_with(top));
        if around.module && later {
            return refuse(
                format!("a test on `{path}` before the module's script"),
                "the agent adds it later: ask for `winlog.computer_name`, or leave --module-script out",
            );
        }
    }
    Ok(known)
}

/// Can a path stand in a configuration and mean the same there?
pub(super) fn writable(path: &str) -> Result<(), Refused> {
    let index = |part: &str| part.is_empty() || part.bytes().all(|byte| byte.is_ascii_digit());
    if !path.split('.').any(index) && super::pattern::can_stand(path) {
        return Ok(());
    }
    refuse(
        format!("the field name `{}`", path.escape_debug()),
        "libbeat takes names of visible characters joined by single dots, without `${`, and numbers for places in lists",
    )
}

pub(super) fn has(path: &str) -> Condition {
    Condition::HasFields(vec![path.to_string()])
}

/// Of each group the first path that is there counts; one group is enough.
fn first_of(groups: &[Vec<String>], mut of: impl FnMut(&str) -> Result<Truth, Refused>) -> Result<Truth, Refused> {
    let mut any = Vec::new();
    for paths in groups {
        let mut rest = Truth::Never;
        for path in paths.iter().rev() {
            let behind = Truth::all([Truth::from(has(path)).not(), rest.clone()]);
            rest = Truth::any([of(path)?, behind]);
        }
        any.push(rest);
    }
    Ok(Truth::any(any))
}

/// The provider and the id together.
fn event_is(around: Around<'_>, events: &[u32]) -> Truth {
    let mut by_provider: Vec<(&[String], Vec<u32>)> = Vec::new();
    for event in events.iter().filter_map(|event| around.program.events.get(*event as usize)) {
        match by_provider.iter_mut().find(|(providers, _)| *providers == event.providers.as_slice()) {
            Some((_, ids)) => ids.push(event.id),
            None => by_provider.push((&event.providers, vec![event.id])),
        }
    }
    Truth::any(by_provider.into_iter().map(|(providers, mut ids)| {
        ids.sort_unstable();
        let equals = |path: &str, text: &str| Condition::Equals(path.into(), Constant::Text(text.into()));
        // Linux has its own Sysmon, and no Winlogbeat.
        let windows = providers.iter().filter(|provider| *provider != crate::sysmon::LINUX);
        let provider = Truth::any(windows.map(|provider| equals("winlog.provider_name", provider).into()));
        Truth::all([provider, ids_are(around.version(), &ids)])
    }))
}

/// The event id is one of these.
fn ids_are(version: AgentVersion, ids: &[u32]) -> Truth {
    let path = "winlog.event_id";
    if version.has_text_ids() {
        let texts: Vec<String> = ids.iter().map(u32::to_string).collect();
        return value::one_of_texts(path, Shape::Decimal, Seen::Plain, false, &texts);
    }
    Truth::any(ids.iter().map(|id| Condition::Equals(path.into(), Constant::Int((*id).into())).into()))
}

fn has_tag(tags: &[String], all: bool) -> Result<Truth, Refused> {
    let one = |tag: &String| Truth::from(value::regexp("tags", "", &format!("^{}$", super::pattern::escaped(tag))));
    let each = tags.iter().map(one);
    if all {
        return Ok(Truth::all(each));
    }
    let tags: Vec<String> = tags.iter().map(|tag| super::pattern::escaped(tag)).collect();
    Ok(value::regexp("tags", "", &format!("^{}$", super::pattern::one_of(tags))).into())
}
