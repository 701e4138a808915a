//! The files of templates.
//!
//! In: what the project file says of templates, and the rules. Out: the templates without faults, and what is wrong with the others, at its place in
//! either file. Never here: what a template may say.

use std::io::Read;
use std::path::Path;

use super::load::Loaded;
use super::project::TemplateFile;
use crate::alert::template::Part;
use crate::alert::{Known, Template, TemplateFault, Texts};
use crate::ast::StmtKind;
use crate::diagnostic::{Code, Diagnostic};
use crate::limits::TEMPLATE_BYTES;
use crate::origin::{Origin, SourceId, Sources, Span};
use crate::sysmon::Catalogue;
use crate::table::opened::Word;

/// Reads and checks the project's templates. `whole`: all rules of the project were read, so that what none of them sets is set by none, and what none
/// names is named by none.
pub(super) fn load(loaded: &mut Loaded, catalogue: &Catalogue, whole: bool) -> Vec<Template> {
    let Some(files) = loaded.project.as_ref().and_then(|project| project.templates.as_ref()) else { return Vec::new() };
    let known = Known::of(catalogue).with_rules(&loaded.definitions);
    let known = if whole { known } else { known.open() };
    let (sources, diagnostics) = (&mut loaded.sources, &mut loaded.diagnostics);
    let mut templates = Vec::new();
    for file in files {
        templates.extend(open(file, &known, sources, diagnostics));
    }
    let named = |name: &str| {
        let mut stmts = loaded.definitions.iter().flat_map(|definition| &definition.stmts);
        stmts
            .any(|stmt| matches!(&stmt.kind, StmtKind::Send { template: Some(template), .. } if template.value == name))
    };
    for file in files.iter().filter(|file| whole && !named(&file.name)) {
        let message = format!("no alert names the template \"{}\"", file.name);
        let help = format!("write: send mail using template \"{}\"; or take it out", file.name);
        diagnostics.push(Diagnostic::new(Code::UnusedTemplate, file.subject.origin, message).help(help));
    }
    templates
}

/// One template; `None`: it has a fault, which was told.
fn open(
    file: &TemplateFile,
    known: &Known,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Template> {
    let mut read = |(word, path): &(Word, std::path::PathBuf)| {
        text(&file.name, word, path).map(|text| (sources.add(shown(path), text.as_str()), text))
    };
    let (body, html) = (read(&file.text), file.html.as_ref().map(read).transpose());
    let (body, html) = match (body, html) {
        (Ok(body), Ok(html)) => (body, html),
        (body, html) => {
            diagnostics.extend([body.err(), html.err()].into_iter().flatten().map(|found| *found));
            return None;
        }
    };
    let texts = Texts {
        name: file.name.clone(),
        subject: file.subject.text.clone(),
        text: body.1,
        html: html.as_ref().map(|(_, text)| text.clone()),
    };
    let places = Places { subject: &file.subject, text: body.0, html: html.map(|(source, _)| source) };
    match Template::parse(&texts, known) {
        Ok(template) => {
            diagnostics.extend(template.tried().into_iter().map(|fault| places.told(fault, &file.name, sources)));
            Some(template)
        }
        Err(faults) => {
            diagnostics.extend(faults.into_iter().map(|fault| places.told(fault, &file.name, sources)));
            None
        }
    }
}

/// Where the parts of a template stand.
struct Places<'f> {
    subject: &'f Word,
    text: SourceId,
    html: Option<SourceId>,
}

impl Places<'_> {
    fn told(&self, fault: TemplateFault, name: &str, sources: &Sources) -> Diagnostic {
        let TemplateFault { code, part, range, message, help } = fault;
        let span = |at: usize| Span::new(at + range.start, at + range.end);
        let origin = match (part, self.html) {
            (Part::Text, _) => Origin::span(self.text, span(0)),
            (Part::Html, Some(html)) => Origin::span(html, span(0)),
            // Where the subject has no escapes, the place in it is one in the project file.
            (Part::Subject | Part::Html, _) => {
                match (self.subject.origin.as_span(), sources.get(self.subject.origin.source)) {
                    (Some(word), Some(source))
                        if source.text.get(word.range()).and_then(|quoted| quoted.get(1..quoted.len() - 1))
                            == Some(self.subject.text.as_str()) =>
                    {
                        Origin::span(self.subject.origin.source, span(word.start as usize + 1))
                    }
                    (_, _) => self.subject.origin,
                }
            }
        };
        Diagnostic::new(code, origin, format!("template \"{name}\": {message}")).help(help)
    }
}

/// The text of a file.
fn text(name: &str, word: &Word, path: &Path) -> Result<String, Box<Diagnostic>> {
    let fault = |code, message: String, help: &str| {
        Box::new(Diagnostic::new(code, word.origin, format!("template \"{name}\": {message}")).help(help))
    };
    let unreadable = |error: std::io::Error| {
        let help = "the path begins at the folder of the project file";
        fault(Code::Unreadable, format!("{} cannot be read: {error}", shown(path)), help)
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    // One byte more tells what is too large from what just fits.
    file.take(TEMPLATE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > TEMPLATE_BYTES {
        let message = format!("{} has more than {TEMPLATE_BYTES} bytes", shown(path));
        return Err(fault(
            Code::TemplateTooLarge,
            message,
            "a message that long is not read; leave out what nobody needs",
        ));
    }
    crate::source::decode(&bytes).map(|text| text.replace("\r\n", "\n")).map_err(|_| {
        let message = format!("{} is not UTF-8", shown(path));
        fault(Code::NotUtf8, message, "save it as UTF-8")
    })
}

fn shown(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}
