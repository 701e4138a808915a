//! Settings: what go-ucfg makes of YAML.
//!
//! In: a node of a document. Out: the same with keys split at their dots, merged where two keys lead to one place, and `$` done. Never here: what a
//! setting means.
//!
//! | what is written | what it is |
//! | --- | --- |
//! | `a.b: 1`, `a: {b: 1}` | the same; both beside each other are merged |
//! | the same place twice | an error, unless one of them is null |
//! | a key that is no text to YAML: `1`, `yes`, `n`, `~` | an error |
//! | a number between dots | the index of a list to go-ucfg; not understood here, so an error |
//! | `$$`, `$}` in a text, quoted or not | `$`, `}` |
//! | `${…}` | filled in when the agent starts; not understood here, so an error |
//! | any other `$` | itself |

use std::borrow::Cow;

use super::Reader;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::limits;
use crate::origin::{Origin, Span};
use crate::yaml::{Node, Resolved, Value};

/// A setting and where it stands.
pub(super) struct Setting<'a> {
    pub(super) kind: Kind<'a>,
    /// The value; of what a dotted key made, the key.
    pub(super) origin: Origin,
    /// The entry that it stands in: a list's member, or the key's value.
    pub(super) node: Node<'a>,
    /// A member is left out, after an error.
    pub(super) broken: bool,
}

pub(super) enum Kind<'a> {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(Cow<'a, str>),
    /// A text with `${…}` in it.
    Variable(&'a str),
    List(Vec<Setting<'a>>),
    Map(Vec<Member<'a>>),
}

/// A key and its setting.
pub(super) struct Member<'a> {
    pub(super) key: &'a str,
    /// The key.
    pub(super) origin: Origin,
    pub(super) setting: Setting<'a>,
}

impl<'a> Setting<'a> {
    pub(super) fn members(&self) -> &[Member<'a>] {
        match &self.kind {
            Kind::Map(members) => members,
            _ => &[],
        }
    }

    /// What a key leads to.
    pub(super) fn get(&self, key: &str) -> Option<&Setting<'a>> {
        self.members().iter().find(|member| member.key == key).map(|member| &member.setting)
    }

    /// For messages.
    pub(super) fn is(&self) -> &'static str {
        match self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Int(_) => "an integer",
            Kind::Float(_) => "a float",
            Kind::Text(_) => "a text",
            Kind::Variable(_) => "a variable",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
        }
    }
}

impl Reader<'_> {
    /// The settings below a node. A member with an error is left out; `None` if all is.
    pub(super) fn settings<'a>(&mut self, node: Node<'a>) -> Option<Setting<'a>> {
        self.setting(node, 0)
    }

    fn setting<'a>(&mut self, node: Node<'a>, depth: usize) -> Option<Setting<'a>> {
        let origin = self.origin(node.place());
        if depth > limits::YAML_DEPTH {
            self.report(
                Diagnostic::new(
                    Code::BadYaml,
                    origin,
                    format!("settings are nested more than {} deep, dots counted", limits::YAML_DEPTH),
                )
                .help("no condition needs as many levels"),
            );
            return None;
        }
        let mut broken = false;
        let kind = match node.value() {
            Value::Scalar(scalar) => match scalar.resolve() {
                Resolved::Null => Kind::Null,
                Resolved::Bool(value) => Kind::Bool(value),
                Resolved::Int(value) => Kind::Int(value),
                Resolved::Float(value) => Kind::Float(value),
                Resolved::Text(text) | Resolved::Timestamp(text) => expanded(text),
            },
            Value::Sequence(items) => {
                let count = items.len();
                let items: Vec<Setting<'a>> =
                    items.into_iter().filter_map(|item| self.setting(item, depth + 1)).collect();
                broken = items.len() < count;
                Kind::List(items)
            }
            Value::Mapping(_) => {
                let entries = node.merged().unwrap_or_else(|error| {
                    broken = true;
                    self.yaml_error(error);
                    Vec::new()
                });
                let mut members = Vec::new();
                for entry in entries {
                    let value = self.setting_below(entry.key, entry.value, depth);
                    let inserted = match (self.key(entry.key), value) {
                        (Some(key), Some(setting)) => self.insert(&mut members, key, entry.key, setting),
                        _ => false,
                    };
                    broken |= !inserted;
                }
                Kind::Map(members)
            }
        };
        Some(Setting { kind, origin, node, broken })
    }

    /// Is all that is below a setting known? Reports what is filled in later. As deep as the settings.
    pub(super) fn is_sound(&mut self, setting: &Setting<'_>) -> bool {
        let mut sound = !setting.broken;
        match &setting.kind {
            Kind::Variable(name) => {
                sound = false;
                self.report(
                    Diagnostic::new(
                        Code::AgentVariable,
                        setting.origin,
                        format!("`${{{name}}}` is filled in when the agent starts, with what is not known here"),
                    )
                    .help("write the value itself; for the characters as they stand write `$${`"),
                );
            }
            Kind::List(items) => {
                for item in items {
                    sound &= self.is_sound(item);
                }
            }
            Kind::Map(members) => {
                for member in members {
                    sound &= self.is_sound(&member.setting);
                }
            }
            Kind::Text(text) => self.dollars(text, setting),
            Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => {}
        }
        sound
    }

    /// Says where the agent reads another text than what is written. Who writes `$${` knows it: it is there for nothing else.
    fn dollars(&mut self, read: &str, setting: &Setting<'_>) {
        let Some(scalar) = setting.node.scalar() else { return };
        let (Resolved::Text(written) | Resolved::Timestamp(written)) = scalar.resolve() else { return };
        if written == read || written.replace("$${", "${") == read {
            return;
        }
        self.report(
            Diagnostic::new(
                Code::AgentDollar,
                setting.origin,
                format!("the agent reads `{read}` here: of `$$` it takes one, of `$}}` the dollar sign"),
            )
            .help("in a pattern write a dollar sign as `[$]`, in a text as `$$`"),
        );
    }

    fn setting_below<'a>(&mut self, key: Node<'a>, value: Node<'a>, depth: usize) -> Option<Setting<'a>> {
        let dots = key.key().map_or(0, |key| key.matches('.').count());
        self.setting(value, depth + 1 + dots)
    }

    /// A key that is a text to YAML too.
    fn key<'a>(&mut self, node: Node<'a>) -> Option<&'a str> {
        let origin = self.origin(node.place());
        let key = match node.key() {
            Ok(key) => key,
            Err(error) => {
                self.yaml_error(error);
                return None;
            }
        };
        let resolved = node.scalar().map(|scalar| scalar.resolve());
        if let Some(other @ (Resolved::Null | Resolved::Bool(_) | Resolved::Int(_) | Resolved::Float(_))) = resolved {
            self.refuse(origin, format!("the key `{key}` is {}, and keys are texts", other.is()), "put it in quotes");
            return None;
        }
        let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if key.split('.').any(number) {
            let mut finding = Diagnostic::new(
                Code::AgentNotRead,
                origin,
                "a number in a key is the index of a list, which is not read here",
            )
            .help("write the list with its members");
            finding.severity = Severity::Error;
            self.report(finding);
            return None;
        }
        Some(key)
    }

    /// Puts a setting where its key leads to; `false` after an error.
    fn insert<'a>(
        &mut self,
        members: &mut Vec<Member<'a>>,
        key: &'a str,
        node: Node<'a>,
        setting: Setting<'a>,
    ) -> bool {
        let origin = self.origin(node.place());
        let (head, setting) = match key.split_once('.') {
            None => (key, setting),
            Some((head, rest)) => {
                let (place, entry) = (setting.origin, setting.node);
                let mut below = Vec::new();
                if !self.insert(&mut below, rest, node, setting) {
                    return false;
                }
                (head, Setting { kind: Kind::Map(below), origin: origin_to(origin, place), node: entry, broken: false })
            }
        };
        self.merge(members, Member { key: head, origin, setting })
    }

    fn merge<'a>(&mut self, members: &mut Vec<Member<'a>>, new: Member<'a>) -> bool {
        let Some(old) = members.iter_mut().find(|member| member.key == new.key) else {
            members.push(new);
            return true;
        };
        match (&mut old.setting.kind, new.setting.kind) {
            (_, Kind::Null) => true,
            (Kind::Map(own), Kind::Map(more)) => {
                let mut whole = true;
                for member in more {
                    whole &= self.merge(own, member);
                }
                old.setting.broken |= new.setting.broken;
                whole
            }
            (Kind::Null, kind) => {
                old.setting = Setting { kind, ..new.setting };
                true
            }
            _ => {
                let finding = Diagnostic::new(
                    Code::AgentRefuses,
                    new.origin,
                    format!("the setting `{}` is there twice", new.key),
                )
                .related(old.origin, "the first")
                .help("a key with dots and nested keys may lead to one place: keep one of them");
                self.report(finding);
                false
            }
        }
    }
}

/// What is left of the dollar signs.
fn expanded(text: &str) -> Kind<'_> {
    if !text.contains('$') {
        return Kind::Text(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('$') {
        out.push_str(before);
        rest = match behind.chars().next() {
            Some('{') => {
                let behind = behind.get(1..).unwrap_or_default();
                return Kind::Variable(behind.split_once('}').map_or(behind, |(name, _)| name));
            }
            Some(kept @ ('$' | '}')) => {
                out.push(kept);
                behind.get(1..).unwrap_or_default()
            }
            Some(_) | None => {
                out.push('$');
                behind
            }
        };
    }
    out.push_str(rest);
    Kind::Text(Cow::Owned(out))
}

fn origin_to(key: Origin, value: Origin) -> Origin {
    let span = |origin: Origin| origin.as_span().unwrap_or(Span { start: 0, end: 0 });
    Origin::span(key.source, span(key).to(span(value)))
}
