//! Conditions.
//!
//! In: the setting below `when`, `if`, `not`, or a member of `or` and `and`. Out: the condition and where its parts stand. Never here: what a
//! condition holds for.
//!
//! libbeat takes the first operator of its list that is there and passes over the others. Fields below an operator are joined by AND.

use super::settings::{Kind, Setting};
use super::{Places, Reader};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::libbeat::network::{Network, NetworkName};
use crate::libbeat::pattern::{self, FaultKind};
use crate::libbeat::{Bound, Condition, Constant, parse_float};
use crate::origin::{Origin, Place, Span};

/// Operators in the order in which libbeat looks for them.
const OPERATORS: [&str; 9] = ["equals", "contains", "regexp", "range", "has_fields", "network", "or", "and", "not"];

type Found = (Condition, Places);

/// What a range asks of one field.
type Bounds = Vec<(Bound, f64)>;

/// A field below an operator, its setting, and the whole of both.
struct Field<'s, 'a> {
    path: String,
    setting: &'s Setting<'a>,
}

fn alone(condition: Condition, origin: Origin) -> Found {
    (condition, Places { origin, parts: Vec::new() })
}

/// One condition for all of them.
fn all(mut found: Vec<Found>, origin: Origin) -> Found {
    match found.len() {
        1 => found.swap_remove(0),
        0 => alone(Condition::True, origin),
        _ => {
            let (conditions, parts) = found.into_iter().unzip();
            (Condition::And(conditions), Places { origin, parts })
        }
    }
}

impl Reader<'_> {
    /// A condition; `None` after an error.
    pub(super) fn condition(&mut self, setting: &Setting<'_>) -> Option<Found> {
        match &setting.kind {
            Kind::Map(_) | Kind::List(_) | Kind::Null => {}
            Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Text(_) | Kind::Variable(_) => {
                self.refuse(
                    setting.origin,
                    format!("a condition is a mapping, and this is {}", setting.is()),
                    format!("write one of {}", OPERATORS.join(", ")),
                );
                return None;
            }
        }
        let mut present: Vec<(&str, Origin, &Setting<'_>)> = Vec::new();
        let mut sound = true;
        for member in setting.members() {
            if !OPERATORS.contains(&member.key) {
                let near = nearest(member.key, OPERATORS).map(|word| format!("did you mean `{word}`? "));
                self.ignored(
                    member.origin,
                    format!("the agent knows no condition `{}` and passes over it", member.key),
                    format!("{}conditions are {}", near.unwrap_or_default(), OPERATORS.join(", ")),
                );
                continue;
            }
            match self.is_present(member.key, &member.setting) {
                Some(true) => present.push((member.key, member.origin, &member.setting)),
                Some(false) => {}
                None => sound = false,
            }
        }
        if !sound {
            return None;
        }
        let order = |key: &str| OPERATORS.iter().position(|operator| *operator == key);
        present.sort_by_key(|(key, ..)| order(key));
        let Some((first, _, below)) = present.first() else {
            self.refuse(
                setting.origin,
                "there is no condition here",
                format!("write one of {}, with what it asks of", OPERATORS.join(", ")),
            );
            return None;
        };
        for (key, origin, _) in present.iter().skip(1) {
            self.ignored(
                *origin,
                format!("the agent takes `{first}` and passes over `{key}` beside it"),
                "join them by `and`, a list with one condition a member",
            );
        }
        match *first {
            "equals" => self.fields(below, Self::equals),
            "contains" => self.fields(below, Self::contains),
            "regexp" => self.fields(below, Self::regexp),
            "range" => self.range(below),
            "has_fields" => self.has_fields(below),
            "network" => self.network(below),
            "or" => self.list(below, Condition::Or),
            "and" => self.list(below, Condition::And),
            _ => {
                let (inner, places) = self.condition(below)?;
                Some((Condition::Not(Box::new(inner)), Places { origin: below.origin, parts: vec![places] }))
            }
        }
    }

    /// Does libbeat see this operator? `None` if it would not start.
    fn is_present(&mut self, key: &str, setting: &Setting<'_>) -> Option<bool> {
        let empty = match &setting.kind {
            Kind::Null => return Some(false),
            Kind::Map(members) => members.is_empty(),
            Kind::List(items) => items.is_empty(),
            Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Text(_) | Kind::Variable(_) => false,
        };
        match (key, &setting.kind) {
            ("has_fields", _) => Some(true),
            ("network", Kind::Map(_)) => Some(!empty),
            ("equals" | "contains" | "regexp" | "range", Kind::Map(_)) if !empty => Some(true),
            ("or" | "and", Kind::List(_)) => Some(!empty),
            ("not", Kind::Map(_) | Kind::List(_)) => Some(true),
            ("or" | "and", Kind::Map(_)) | ("network", Kind::List(_)) => {
                if !empty {
                    let needs = if key == "network" { "fields" } else { "a list of conditions" };
                    self.ignored(
                        setting.origin,
                        format!("`{key}` needs {needs}; the agent passes over this"),
                        format!("write `{key}:` with {needs} below it"),
                    );
                }
                Some(false)
            }
            _ => {
                let needs = if matches!(key, "or" | "and") { "a list of conditions" } else { "fields below it" };
                let found = if empty { "nothing" } else { setting.is() };
                self.refuse(
                    setting.origin,
                    format!("`{key}` needs {needs}, and here is {found}"),
                    "write what it asks of",
                );
                None
            }
        }
    }

    fn list(&mut self, setting: &Setting<'_>, join: fn(Vec<Condition>) -> Condition) -> Option<Found> {
        let Kind::List(items) = &setting.kind else { return None };
        let found: Vec<Option<Found>> = items.iter().map(|item| self.condition(item)).collect();
        let (conditions, parts) = found.into_iter().collect::<Option<Vec<_>>>()?.into_iter().unzip();
        Some((join(conditions), Places { origin: setting.origin, parts }))
    }

    /// The fields below an operator. Nested keys are one path, members of lists are fields `.0`, `.1`, ... which no event has.
    fn flat<'s, 'a>(&mut self, setting: &'s Setting<'a>, lists: bool) -> Option<Vec<Field<'s, 'a>>> {
        let mut fields = Vec::new();
        let mut sound = true;
        // Settings yet to be looked at, the next one last.
        let mut open: Vec<Field<'s, 'a>> = vec![Field { path: String::new(), setting }];
        while let Some(Field { path, setting }) = open.pop() {
            let below = |key: &str| if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
            match &setting.kind {
                Kind::Map(members) if !members.is_empty() => {
                    let members = members.iter().rev();
                    open.extend(members.map(|member| Field { path: below(member.key), setting: &member.setting }));
                }
                Kind::List(items) if lists && !items.is_empty() => {
                    self.report(
                        Diagnostic::new(
                            Code::AgentNever,
                            setting.origin,
                            format!("a list asks for fields `{path}.0`, `{path}.1`, ..., which no event has: this never holds"),
                        )
                        .help("write an `or` with one condition for each value"),
                    );
                    let items = items.iter().enumerate().rev();
                    open.extend(items.map(|(at, item)| Field { path: below(&at.to_string()), setting: item }));
                }
                Kind::Map(_) | Kind::Null => {
                    sound = false;
                    self.refuse(
                        setting.origin,
                        format!("there is no value for `{path}`"),
                        "write the value, in quotes if it is a text",
                    );
                }
                Kind::List(items) if items.is_empty() => {
                    sound = false;
                    self.refuse(
                        setting.origin,
                        format!("an empty list for `{path}`: older agents do not start, newer ones pass over it"),
                        "write the value",
                    );
                }
                Kind::List(_) | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Text(_) | Kind::Variable(_) => {
                    fields.push(Field { path, setting });
                }
            }
        }
        sound.then_some(fields)
    }

    fn fields(
        &mut self,
        setting: &Setting<'_>,
        one: fn(&mut Self, &Field<'_, '_>) -> Option<Condition>,
    ) -> Option<Found> {
        let fields = self.flat(setting, true)?;
        let found: Vec<Option<Found>> = fields
            .iter()
            .map(|field| one(self, field).map(|condition| alone(condition, field.setting.origin)))
            .collect();
        Some(all(found.into_iter().collect::<Option<_>>()?, setting.origin))
    }

    fn equals(&mut self, field: &Field<'_, '_>) -> Option<Condition> {
        let origin = field.setting.origin;
        let wanted = match &field.setting.kind {
            Kind::Text(text) => Constant::Text(text.to_string()),
            Kind::Int(number) => Constant::Int(*number),
            Kind::Bool(flag) => Constant::Bool(*flag),
            Kind::Float(_) | Kind::Null | Kind::Variable(_) | Kind::List(_) | Kind::Map(_) => {
                self.refuse(
                    origin,
                    format!("`equals` compares texts, integers and booleans, and this is {}", field.setting.is()),
                    "use `range` for numbers with a fraction, or put the value in quotes",
                );
                return None;
            }
        };
        self.event_id(field, &wanted);
        Some(Condition::Equals(field.path.clone(), wanted))
    }

    /// Event ids changed their name in 7.0, and became texts in 7.13.
    fn event_id(&mut self, field: &Field<'_, '_>, wanted: &Constant) {
        let version = self.version;
        let origin = field.setting.origin;
        let never = |message: String| Diagnostic::new(Code::AgentNever, origin, message);
        let finding = match (field.path.as_str(), wanted) {
            ("winlog.event_id" | "event.code", Constant::Int(id)) if version.has_text_ids() => {
                never("event ids are texts since Winlogbeat 7.13, and this is an integer: it never holds".to_string())
                    .help("put it in quotes; around it, `not` holds for every event")
                    .fix(origin, format!("'{id}'"))
            }
            ("winlog.event_id", Constant::Text(id)) if !version.has_text_ids() => {
                never("event ids are integers before Winlogbeat 7.13, and this is a text: it never holds".to_string())
                    .help(format!("write {id} without quotes"))
            }
            ("event_id", _) if version.major >= 7 => {
                never("since Winlogbeat 7.0 no event has `event_id`: it never holds".to_string())
                    .help("the field is `winlog.event_id`")
            }
            _ => return,
        };
        self.report(finding);
    }

    fn text<'s>(&mut self, operator: &str, field: &'s Field<'_, '_>) -> Option<&'s str> {
        match &field.setting.kind {
            Kind::Text(text) => Some(text),
            Kind::Null
            | Kind::Bool(_)
            | Kind::Int(_)
            | Kind::Float(_)
            | Kind::Variable(_)
            | Kind::List(_)
            | Kind::Map(_) => {
                self.refuse(
                    field.setting.origin,
                    format!("`{operator}` needs a text, and this is {}", field.setting.is()),
                    "put it in quotes",
                );
                None
            }
        }
    }

    fn contains(&mut self, field: &Field<'_, '_>) -> Option<Condition> {
        let needle = self.text("contains", field)?.to_string();
        Some(Condition::Contains(field.path.clone(), needle))
    }

    fn regexp(&mut self, field: &Field<'_, '_>) -> Option<Condition> {
        let text = self.text("regexp", field)?.to_string();
        if let Err(fault) = pattern::regexp(&text, self.version) {
            let origin = inside(field.setting.origin, &text, fault.at);
            let (code, help) = match fault.kind {
                FaultKind::Bad => (Code::AgentRefuses, "patterns are regular expressions in Go's syntax"),
                FaultKind::TooLarge => (Code::PatternTooLarge, "use smaller repetitions, or several conditions"),
            };
            self.report(Diagnostic::new(code, origin, fault.message).help(help));
            return None;
        }
        Some(Condition::Regexp(field.path.clone(), text))
    }

    fn range(&mut self, setting: &Setting<'_>) -> Option<Found> {
        let fields = self.flat(setting, false)?;
        let mut found: Vec<(String, Bounds, Origin)> = Vec::new();
        let mut sound = true;
        for Field { path, setting } in &fields {
            let (field, word) = path.rsplit_once('.').unwrap_or((path, path));
            let bound = Bound::ALL.into_iter().find(|bound| bound.word() == word);
            let limit = match &setting.kind {
                Kind::Int(number) => Some(*number as f64),
                Kind::Float(number) => Some(*number),
                Kind::Text(text) => parse_float(text),
                Kind::Null | Kind::Bool(_) | Kind::Variable(_) | Kind::List(_) | Kind::Map(_) => None,
            };
            let (Some(bound), Some(limit)) = (bound, limit) else {
                sound = false;
                match bound {
                    None => self.refuse(
                        setting.origin,
                        format!("`range` knows no bound `{word}`"),
                        "bounds are gte, gt, lte and lt, below the field: `FIELD.gte: 5`",
                    ),
                    Some(_) => self.refuse(
                        setting.origin,
                        format!("the bound of a `range` is a number, and this is {}", setting.is()),
                        "write a number",
                    ),
                }
                continue;
            };
            match found.iter_mut().find(|(name, ..)| name == field) {
                Some((_, bounds, _)) => bounds.push((bound, limit)),
                None => found.push((field.to_string(), vec![(bound, limit)], setting.origin)),
            }
        }
        let ranges = found.into_iter().map(|(field, mut bounds, origin)| {
            bounds.sort_by_key(|(bound, _)| *bound);
            alone(Condition::Range(field, bounds), origin)
        });
        sound.then(|| all(ranges.collect(), setting.origin))
    }

    fn has_fields(&mut self, setting: &Setting<'_>) -> Option<Found> {
        let fields = match &setting.kind {
            Kind::Map(_) => Vec::new(),
            _ => self.texts("has_fields", setting)?,
        };
        if fields.is_empty() {
            self.report(
                Diagnostic::new(
                    Code::AgentAlways,
                    setting.origin,
                    "`has_fields` without a field holds for every event",
                )
                .help("name a field, or leave the condition out"),
            );
            return Some(alone(Condition::True, setting.origin));
        }
        Some(alone(Condition::HasFields(fields), setting.origin))
    }

    fn network(&mut self, setting: &Setting<'_>) -> Option<Found> {
        let fields = self.flat(setting, false)?;
        let mut found = Vec::new();
        let mut sound = true;
        for Field { path, setting } in &fields {
            let single = std::slice::from_ref(*setting);
            let networks = match &setting.kind {
                Kind::List(items) => items.as_slice(),
                _ => single,
            };
            let mut names = Vec::new();
            for network in networks {
                match &network.kind {
                    Kind::Text(text) if Network::parse(text).is_some() => names.push(text.to_string()),
                    Kind::Text(text) => {
                        sound = false;
                        let near = nearest(text, NetworkName::words()).map(|word| format!("did you mean `{word}`? "));
                        let words: Vec<&str> = NetworkName::words().collect();
                        self.refuse(
                            network.origin,
                            format!("`{text}` is no network"),
                            format!("{}networks are ADDRESS/LENGTH, or {}", near.unwrap_or_default(), words.join(", ")),
                        );
                    }
                    _ => {
                        sound = false;
                        self.refuse(
                            network.origin,
                            format!("a network is a text, and this is {}", network.is()),
                            "put it in quotes",
                        );
                    }
                }
            }
            found.push(alone(Condition::Network(path.clone(), names), setting.origin));
        }
        sound.then(|| all(found, setting.origin))
    }
}

/// A place inside a text, where it is written as it stands; the whole text otherwise.
fn inside(origin: Origin, text: &str, at: usize) -> Origin {
    let Place::Span(span) = origin.place else { return origin };
    let len = span.range().len();
    let quotes = match len.checked_sub(text.len()) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return origin,
    };
    let start = span.start as usize + quotes + at.min(text.len());
    Origin::span(origin.source, Span::new(start, (start + 1).min(span.end as usize)))
}
