//! Templates: what an alert says, in Jinja.
//!
//! In: the texts of a template, what is known of fields, an [`Alert`]. Out: [`Template`], or every [`TemplateFault`] with its place; then
//! [`Rendered`]: subject, text, HTML, and the data. Never here: files; other templates (nothing is included); an endless one (work, depth and output
//! have limits); an alert that is lost because its template failed: what was filled in until then is kept, and the fault stands in it.
//!
//! | file | what |
//! | --- | --- |
//! | `names.rs` | which names there are |
//! | `walk.rs` | the names of a template, checked |
//! | `value.rs` | the data as Jinja sees it; what is not there |
//! | `filters.rs` | filters of ours |
//! | `links.rs` | links of a page that would run something |
//! | `plain.txt` | what is sent where a rule names no template |

mod filters;
mod links;
mod names;
#[cfg(test)]
mod tests;
mod value;
mod walk;

pub use names::Known;

use std::borrow::Cow;
use std::io::{self, Write};
use std::ops::Range;
use std::sync::Arc;

use minijinja::machinery::parse;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use minijinja_contrib::pycompat;
use serde::Serialize;

use super::Alert;
use crate::diagnostic::Code;
use crate::diagnostic::render::visible;
use crate::limits::{
    ALERT_PART_BYTES, ALERT_SUBJECT_CHARS, TEMPLATE_BYTES, TEMPLATE_DEPTH, TEMPLATE_FUEL, TEMPLATE_TAG_BYTES,
};

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The subject: one line.
    Subject,
    /// The text.
    Text,
    /// The same as HTML, in which values are escaped.
    Html,
}

impl Part {
    /// `subject`, `text`, `html`.
    pub fn word(self) -> &'static str {
        match self {
            Part::Subject => "subject",
            Part::Text => "text",
            Part::Html => "html",
        }
    }
}

/// The texts of a template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// Its name.
    pub name: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The HTML, if there is one.
    pub html: Option<String>,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateFault {
    /// Which kind of finding.
    pub code: Code,
    /// In which part.
    pub part: Part,
    /// Where in it, in bytes.
    pub range: Range<usize>,
    /// One sentence.
    pub message: String,
    /// The way out.
    pub help: String,
}

/// The same in one part.
#[derive(Debug)]
struct Fault {
    code: Code,
    range: Range<usize>,
    message: String,
    help: String,
}

/// A template that was read and checked.
#[derive(Clone, Debug)]
pub struct Template {
    name: String,
    html: bool,
    env: Arc<Environment<'static>>,
}

/// An alert, filled in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// The text; lines end with LF.
    pub text: String,
    /// The HTML, if the template has one.
    pub html: Option<String>,
    /// The data, as receivers of JSON get it: nothing is cut or escaped.
    pub data: serde_json::Value,
    /// What failed; the message says it too, where it broke off.
    pub failed: Vec<String>,
}

/// Fills a template in. It never fails: of a part that could not be filled in there is what came before, and why.
pub fn render(template: &Template, alert: &Alert) -> Rendered {
    let data = alert.json();
    let variables = value::variables(&data);
    let mut failed = Vec::new();
    let mut part = |part: Part| {
        let (text, why) = template.fill(part, &variables);
        failed.extend(why);
        text
    };
    let (subject, text) = (one_line(&part(Part::Subject)), part(Part::Text));
    let html = template.html.then(|| links::harmless(part(Part::Html)));
    Rendered { subject, text, html, data, failed }
}

/// A subject: one line that mail programs show, and no header more.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = visible(&words.join(" ")).into_owned();
    match line.char_indices().nth(ALERT_SUBJECT_CHARS) {
        None => line,
        Some(_) => line.chars().take(ALERT_SUBJECT_CHARS - 1).chain(['…']).collect(),
    }
}

impl Template {
    /// Reads and checks a template.
    pub fn parse(texts: &Texts, known: &Known) -> Result<Template, Vec<TemplateFault>> {
        let parts =
            [(Part::Subject, Some(&texts.subject)), (Part::Text, Some(&texts.text)), (Part::Html, texts.html.as_ref())];
        let mut env = environment();
        let mut faults = Vec::new();
        for (part, text) in parts.into_iter().filter_map(|(part, text)| Some((part, text?))) {
            let found = match faults_of(text, known) {
                found if !found.is_empty() => found,
                _none => env
                    .add_template_owned(part.word(), text.clone())
                    .err()
                    .map(|error| syntax(&error, text))
                    .into_iter()
                    .collect(),
            };
            faults.extend(found.into_iter().map(|fault| Fault::into_part(fault, part)));
        }
        if faults.is_empty() {
            Ok(Template { name: texts.name.clone(), html: texts.html.is_some(), env: Arc::new(env) })
        } else {
            Err(faults)
        }
    }

    /// What is sent where a rule names no template: what rule, event and data say, a line each.
    pub fn plain() -> Template {
        let mut env = environment();
        let subject = "[{{ rule.severity|default('alert') }}] {% if suppressed %}{{ suppressed.count }} more kept quiet: {% endif %}{{ rule.name }} on {{ host|default('an unknown host') }}";
        // Both are held to the checks by a test.
        let _ = env.add_template_owned(Part::Subject.word(), subject);
        let _ = env.add_template_owned(Part::Text.word(), include_str!("plain.txt"));
        Template { name: "plain".to_string(), html: false, env: Arc::new(env) }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Tries it: what fails of a made-up alert, and of one of which nothing is known. Names are known to be right; what is left are mistakes like
    /// `msg.image + 1`.
    pub fn tried(&self) -> Vec<TemplateFault> {
        let mut found: Vec<TemplateFault> = Vec::new();
        for alert in [Alert::sample(), Alert::default()] {
            let variables = value::variables(&alert.json());
            for part in [Part::Subject, Part::Text, Part::Html] {
                if (part != Part::Html || self.html)
                    && let Err((_, error)) = self.run(part, &variables)
                    && !found.iter().any(|fault| fault.part == part)
                {
                    found.push(TemplateFault {
                        code: Code::TemplateFails,
                        part,
                        range: error.range().unwrap_or(0..0),
                        message: format!("with a made-up alert this cannot be filled in: {}", reason(&error)),
                        help: "write it so that it holds for any value, and for one that is not there".to_string(),
                    });
                }
            }
        }
        found
    }

    /// A part, and why it broke off.
    fn fill(&self, part: Part, variables: &minijinja::Value) -> (String, Option<String>) {
        match self.run(part, variables) {
            Ok(text) => (text, None),
            Err((mut text, error)) => {
                let line = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
                let why =
                    format!("the {} of template \"{}\" broke off{line}: {}", part.word(), self.name, reason(&error));
                let shown = visible(&why);
                match part {
                    Part::Subject => text.push_str(" [broke off]"),
                    Part::Text => text.push_str(&format!("\n[{shown}]\n")),
                    Part::Html => {
                        text.push_str(&format!("<p>[{}]</p>", minijinja::HtmlEscape(&shown)));
                    }
                }
                (text, Some(why))
            }
        }
    }

    fn run(&self, part: Part, variables: &minijinja::Value) -> Result<String, (String, Error)> {
        let mut out = Bounded::default();
        let done = self
            .env
            .get_template(part.word())
            .and_then(|template| template.render_captured_to(variables.clone(), &mut out).map(|_| ()));
        let text = String::from_utf8_lossy(&out.bytes).into_owned();
        match done {
            Ok(()) => Ok(text),
            Err(_) if out.full => {
                let limit = format!("it is longer than {} KiB", ALERT_PART_BYTES >> 10);
                Err((text, Error::new(ErrorKind::WriteFailure, limit)))
            }
            Err(error) => Err((text, error)),
        }
    }
}

/// Output with an end.
#[derive(Default)]
struct Bounded {
    bytes: Vec<u8>,
    full: bool,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > ALERT_PART_BYTES {
            self.full = true;
            return Err(io::Error::other("too long"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Fault {
    fn into_part(self, part: Part) -> TemplateFault {
        let Fault { code, range, message, help } = self;
        TemplateFault { code, part, range, message, help }
    }
}

/// What Jinja offers, with our filters, and limits.
fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    filters::add(&mut env);
    env.remove_filter("safe");
    env.remove_global("debug");
    env.set_unknown_method_callback(pycompat::unknown_method_callback);
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    env.set_auto_escape_callback(|name| if name == Part::Html.word() { AutoEscape::Html } else { AutoEscape::None });
    env.set_fuel(Some(TEMPLATE_FUEL));
    env.set_recursion_limit(TEMPLATE_DEPTH);
    env.set_debug(false);
    env
}

/// The faults of one part.
fn faults_of(text: &str, known: &Known) -> Vec<Fault> {
    if text.len() > TEMPLATE_BYTES {
        return vec![Fault {
            code: Code::TemplateTooLarge,
            range: 0..0,
            message: format!("it has {} bytes, and {TEMPLATE_BYTES} are the most", text.len()),
            help: "a message that long is not read; leave out what nobody needs".to_string(),
        }];
    }
    if let Some(range) = long_tag(text) {
        return vec![Fault {
            code: Code::TemplateTooLarge,
            range,
            message: format!("there are more than {TEMPLATE_TAG_BYTES} bytes between the braces"),
            help: "give parts of it names by {% set %}".to_string(),
        }];
    }
    match parse(text, "template", SyntaxConfig::default()) {
        Ok(tree) => walk::faults(&tree, known),
        Err(error) => vec![syntax(&error, text)],
    }
}

/// An expression or statement beyond the limit: readers of Jinja recurse over it.
fn long_tag(text: &str) -> Option<Range<usize>> {
    let mut rest = 0;
    while let Some(at) = text.get(rest..).and_then(|left| left.find(['{'])).map(|at| at + rest) {
        let tag = text.get(at..).unwrap_or_default();
        let close = match tag.as_bytes().get(1) {
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            Some(b'#') => "#}",
            Some(_) | None => {
                rest = at + 1;
                continue;
            }
        };
        let end = tag.find(close).unwrap_or(tag.len());
        if end > TEMPLATE_TAG_BYTES && close != "#}" {
            return Some(at..at + 2);
        }
        rest = at + end.max(1);
    }
    None
}

/// A mistake of spelling.
fn syntax(error: &Error, text: &str) -> Fault {
    let message = reason(error);
    let help = if ["include", "extends", "import", "from", "block"]
        .iter()
        .any(|word| message.contains(&format!("unknown statement {word}")))
    {
        "a template is one file: write out what it would take from another, perhaps as a macro"
    } else {
        "this is Jinja: {{ a value }}, {% if … %}…{% endif %}, {% for each in … %}…{% endfor %}, {# a remark #}"
    };
    let end = text.len();
    let range = error.range().map_or(end..end, |range| range.start.min(end)..range.end.min(end));
    Fault { code: Code::BadTemplate, range, message, help: help.to_string() }
}

/// Why, in the words of the library, without places that are told otherwise.
fn reason(error: &Error) -> String {
    let kind = error.kind().to_string();
    let said: Cow<'_, str> = match error.detail() {
        Some(detail) => Cow::Owned(detail.to_string()),
        None => Cow::Owned(kind),
    };
    said.trim().replace('\n', " ")
}
