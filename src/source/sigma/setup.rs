//! What Sigma leaves to whoever runs its rules: which events a log source is, what its fields are called there, placeholders, how is alerted.
//!
//! In: the text of a `sigma.toml`. Out: a [`Setup`], or what is wrong with the file, with its place. Never here: files (who reads one hands over
//! what the lists of placeholders name), rules.
//!
//! [`Setup::standard`] is the table of this program, `sigma.toml` beside this file, whose head says what each key means. A project's own is laid
//! over it by [`Setup::with`].

use std::collections::BTreeMap;

use serde::Deserialize;

use super::model::LogSource;
use crate::ast::RuleSeverity;
use crate::check::CHANNELS;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::origin::{Origin, SourceId, Span};
use crate::sysmon::{Catalogue, EventIndex};

/// The name of the file.
pub const FILE: &str = "sigma.toml";
const STANDARD: &str = include_str!("sigma.toml");
/// The channel of Sysmon's own events.
const SYSMON: &str = "Microsoft-Windows-Sysmon/Operational";
/// What is named instead of a field, where a value is looked for everywhere.
pub const ANY_FIELD: &str = "any field";

/// What a `sigma.toml` says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// Log sources; those of the same names are alternatives.
    #[serde(default, rename = "logsource")]
    pub sources: Vec<Source>,
    /// What fields are called in events of all sources.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Values that are written otherwise, by field.
    #[serde(default)]
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// What placeholders stand for.
    #[serde(default)]
    pub placeholders: BTreeMap<String, Placeholder>,
    /// What an alert does.
    #[serde(default, rename = "send")]
    pub sends: Vec<Send>,
}

/// The values of a placeholder.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "a placeholder is a list of texts, or { file = \"names.txt\" }")]
pub enum Placeholder {
    /// Here.
    Values(Vec<String>),
    /// One a line of a file.
    File {
        /// Relative to the `sigma.toml`.
        file: String,
    },
}

/// A way of sending.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// `mail`, `webhook`, `file`.
    pub by: String,
    /// From this level on.
    pub level: Option<RuleSeverity>,
    /// The template.
    pub template: Option<String>,
    /// Recipients.
    #[serde(default)]
    pub to: Vec<String>,
}

/// The events of a log source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Sigma's `product`.
    pub product: Option<String>,
    /// Sigma's `category`.
    pub category: Option<String>,
    /// Sigma's `service`.
    pub service: Option<String>,
    /// Events by their names in rules.
    #[serde(default)]
    pub events: Vec<String>,
    /// Channels.
    #[serde(default)]
    pub channels: Vec<String>,
    /// Providers.
    #[serde(default)]
    pub providers: Vec<String>,
    /// Event ids.
    #[serde(default)]
    pub ids: Vec<u32>,
    /// Values that a field must have.
    #[serde(default, rename = "where")]
    pub wheres: BTreeMap<String, Vec<String>>,
    /// What fields are called.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Values that are written otherwise in these events, by field.
    #[serde(default)]
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// No other field is there.
    #[serde(default)]
    pub only: bool,
    /// Its data stand in a form of the event's own, `winlog.user_data`.
    #[serde(default, rename = "user-data")]
    pub user_data: bool,
}

impl Source {
    /// Could an event be one of both? Not if they are of different channels.
    fn meets(&self, other: &Source) -> bool {
        match (self.own_channels(), other.own_channels()) {
            (Some(own), Some(others)) => {
                own.iter().any(|channel| others.iter().any(|other| channel.eq_ignore_ascii_case(other)))
            }
            (Some(_), None) | (None, Some(_)) | (None, None) => true,
        }
    }

    /// The channels that its events stand in, if it says so.
    fn own_channels(&self) -> Option<Vec<&str>> {
        let of_sysmon = !self.events.is_empty() && self.events.iter().all(|event| event.starts_with("sysmon."));
        match self.channels.is_empty() {
            false => Some(self.channels.iter().map(String::as_str).collect()),
            true => of_sysmon.then(|| vec![SYSMON]),
        }
    }

    fn names(&self) -> [Option<&str>; 3] {
        [&self.product, &self.category, &self.service].map(Option::as_deref)
    }
}

impl Setup {
    /// The table of this program.
    pub fn standard() -> Setup {
        // A test reads it.
        toml::from_str(STANDARD).unwrap_or_default()
    }

    /// Reads a `sigma.toml`.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    #[expect(clippy::result_large_err, reason = "one a project, and whoever calls it keeps it as it is")]
    pub fn read(source: SourceId, text: &str) -> Result<Setup, Diagnostic> {
        let setup: Setup = toml::from_str(text).map_err(|error| {
            let origin = match error.span() {
                Some(span) => Origin::span(source, Span::new(span.start, span.end)),
                None => Origin::whole(source),
            };
            Diagnostic::new(Code::SigmaSetup, origin, error.message().trim_end_matches('.').to_string())
                .help("a sigma.toml has [[logsource]], [fields], [values.FIELD], [placeholders] and [[send]]; see grammar/sigma.md")
        })?;
        match setup.wrong() {
            None => Ok(setup),
            Some((word, message, help)) => {
                // Where it is written, as far as the word alone tells that.
                let at = word
                    .as_deref()
                    .filter(|word| !word.is_empty())
                    .and_then(|word| text.find(word).map(|at| (at, word.len())));
                let origin =
                    at.map_or(Origin::whole(source), |(at, length)| Origin::span(source, Span::new(at, at + length)));
                Err(Diagnostic::new(Code::SigmaSetup, origin, message).help(help))
            }
        }
    }

    /// What the form of the file does not show: a word of it, what is wrong, and the way out.
    fn wrong(&self) -> Option<(Option<String>, String, String)> {
        let catalogue = Catalogue::standard();
        let events = (0..=u16::MAX).map_while(|at| catalogue.event_at(EventIndex(at)));
        let names: Vec<&str> = events.map(|event| event.name.as_str()).collect();
        for source in &self.sources {
            if let Some(event) = source.events.iter().find(|event| catalogue.event(event).is_none()) {
                let near = nearest(event, names.iter().copied());
                let help = near.map_or_else(
                    || {
                        "the events that have names are those of Sysmon; others are named by `channels` and `ids`"
                            .to_string()
                    },
                    |near| format!("did you mean `{near}`?"),
                );
                return Some((Some(event.clone()), format!("there is no event `{event}`"), help));
            }
            let asks = source.events.len()
                + source.channels.len()
                + source.providers.len()
                + source.ids.len()
                + source.wheres.len();
            let all = source.category.is_none() && source.service.is_none();
            if asks == 0 && !all {
                let word = source.category.clone().or_else(|| source.service.clone());
                let message =
                    "this log source says nothing of its events, so that its rules would be asked of all".to_string();
                return Some((word, message, "write `channels`, `events`, `providers`, `ids` or `where`".to_string()));
            }
        }
        let send = self.sends.iter().find(|send| !CHANNELS.contains(&send.by.as_str()))?;
        let near = nearest(&send.by, CHANNELS).map(|near| format!("did you mean `{near}`?"));
        let help = near.unwrap_or_else(|| format!("there are: {}", CHANNELS.join(", ")));
        Some((Some(send.by.clone()), format!("nothing is sent by `{}`", send.by), help))
    }

    /// With another one laid over it.
    #[must_use]
    pub fn with(mut self, over: Setup) -> Setup {
        let same = |one: Option<&str>, other: Option<&str>| match (one, other) {
            (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
            (one, other) => one.is_none() && other.is_none(),
        };
        let named = |one: &Source, other: &Source| {
            one.names().into_iter().zip(other.names()).all(|(one, other)| same(one, other))
        };
        self.sources.retain(|source| !over.sources.iter().any(|other| named(source, other)));
        self.sources.extend(over.sources);
        self.fields.extend(over.fields);
        self.values.extend(over.values);
        self.placeholders.extend(over.placeholders);
        if !over.sends.is_empty() {
            self.sends = over.sends;
        }
        self
    }

    /// The files that placeholders name.
    pub fn files(&self) -> Vec<&str> {
        fn file(placeholder: &Placeholder) -> Option<&str> {
            match placeholder {
                Placeholder::File { file } => Some(file),
                Placeholder::Values(_) => None,
            }
        }
        self.placeholders.values().filter_map(file).collect()
    }

    /// Puts the lines of a file in the place of its name.
    pub fn fill(&mut self, name: &str, text: &str) {
        for placeholder in self.placeholders.values_mut() {
            if matches!(placeholder, Placeholder::File { file } if file == name) {
                let line = |line: &str| {
                    Some(line.trim().to_string()).filter(|line| !line.is_empty() && !line.starts_with('#'))
                };
                *placeholder = Placeholder::Values(text.lines().filter_map(line).collect());
            }
        }
    }

    /// The values of a placeholder.
    pub fn placeholder(&self, name: &str) -> Option<&[String]> {
        match self.placeholders.get(name)? {
            Placeholder::Values(values) => Some(values),
            Placeholder::File { .. } => None,
        }
    }

    /// The alternatives that a rule's log source stands for: those that are named as it is; failing that, of its product where it names
    /// both category and service, those of the one and the other together. None: nobody knows it.
    pub fn alternatives(&self, asked: &LogSource) -> Vec<Vec<&Source>> {
        let word = |at: &Option<crate::ast::At<String>>| at.as_ref().map(|at| at.value.clone());
        let (product, category, service) = (word(&asked.product), word(&asked.category), word(&asked.service));
        let find = |category: Option<&str>, service: Option<&str>| {
            let same = |own: &Option<String>, asked: Option<&str>| match (own, asked) {
                (Some(own), Some(asked)) => own.eq_ignore_ascii_case(asked),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            // A category or service alone is that of Windows, which all of these events are.
            let of_product = |source: &&Source| match &product {
                Some(product) => same(&source.product, Some(product)),
                None => category.is_some() || service.is_some(),
            };
            let fits = |source: &&Source| {
                of_product(source) && same(&source.category, category) && same(&source.service, service)
            };
            self.sources.iter().filter(fits).collect::<Vec<_>>()
        };
        let exact = find(category.as_deref(), service.as_deref());
        if !exact.is_empty() || category.is_none() || service.is_none() {
            return exact.into_iter().map(|source| vec![source]).collect();
        }
        let (of_category, of_service) = (find(category.as_deref(), None), find(None, service.as_deref()));
        let pairs = of_category.iter().flat_map(|one| of_service.iter().map(move |other| vec![*one, *other]));
        pairs.filter(|pair| pair.windows(2).all(|two| two[0].meets(two[1]))).collect()
    }

    /// Names of log sources of a kind, for *did you mean*.
    pub fn known(&self) -> impl Iterator<Item = &str> {
        self.sources.iter().flat_map(|source| [&source.category, &source.service]).flatten().map(String::as_str)
    }
}
