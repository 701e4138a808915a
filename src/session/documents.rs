//! One file in another dress.
//!
//! In: the text of a rule file, whichever it is: text, a workspace, an export of the log manager. Out: the same rules as blocks, as text, in
//! another form, as processors of Winlogbeat; and which block is which piece of the text. Nothing of it stays here. Never here: a
//! change of meaning; what is written is read again and must be the same tree.

use super::Session;
use super::locate::Locate;
use super::wire::{self, Converted, Drawn, Link, Texted, WinlogbeatOptions, WinlogbeatText};
use crate::ast;
use crate::bytecode;
use crate::check::{self, Context};
use crate::diagnostic::{self, Code, Diagnostic};
use crate::dialect::AgentVersion;
use crate::ir::Program;
use crate::origin::{Origin, SourceId, Sources};
use crate::source::blockly::Format;
use crate::source::{self, Parsed};
use crate::target::blockly::Linked;
use crate::target::{self, Form};

/// A text, read.
struct Read {
    sources: Sources,
    source: SourceId,
    parsed: Parsed,
}

impl Read {
    fn has_error(&self) -> bool {
        self.parsed.diagnostics.iter().any(Diagnostic::is_error)
    }

    fn diagnostics(&self) -> Vec<wire::Diagnostic> {
        Locate::new(&self.sources).diagnostics(&self.parsed.diagnostics)
    }

    fn with(&self, found: Vec<Diagnostic>) -> Vec<wire::Diagnostic> {
        let mut all = self.parsed.diagnostics.clone();
        all.extend(found);
        diagnostic::sort(&mut all);
        Locate::new(&self.sources).diagnostics(&all)
    }
}

impl Session {
    fn read(&self, name: &str, text: &str) -> Read {
        let mut sources = Sources::default();
        let source = sources.add(name, text);
        let parsed = source::parse(&mut sources, source, text, &self.project.registry);
        Read { sources, source, parsed }
    }

    /// A file as the blocks that Blockly loads. `layout`: the workspace in which they stood before, whose ids and places they keep.
    pub fn to_blocks(&self, name: &str, text: &str, layout: Option<&str>) -> Drawn {
        let read = self.read(name, text);
        // A workspace is loaded as it stands, also when its rules are not finished.
        let own = read.parsed.drawn.as_ref().filter(|drawn| drawn.format == Format::Json && !drawn.manager);
        if own.is_some_and(|drawn| !drawn.workspace.blocks.is_empty() || !read.has_error()) {
            let diagnostics = read.diagnostics();
            return Drawn { blocks: Some(text.to_string()), links: Vec::new(), diagnostics };
        }
        if read.has_error() {
            return Drawn { blocks: None, links: Vec::new(), diagnostics: read.diagnostics() };
        }
        let old = layout.map(|layout| self.read(name, layout)).filter(|old| !old.has_error());
        let old = old.as_ref().and_then(|old| old.parsed.drawn.as_ref());
        let old = read.parsed.drawn.as_ref().filter(|drawn| !drawn.manager).or(old);
        match target::blockly::linked(&read.parsed.definition, Format::Json, target::layout(old)) {
            Ok(Linked { text, links }) => {
                let links = links_of(&read.sources, links);
                Drawn { blocks: Some(text), links, diagnostics: read.diagnostics() }
            }
            Err(found) => Drawn { blocks: None, links: Vec::new(), diagnostics: read.with(found) },
        }
    }

    /// Blocks as canonical text.
    pub fn to_text(&self, name: &str, blocks: &str) -> Texted {
        let read = self.read(name, blocks);
        if read.has_error() {
            return Texted { text: None, links: Vec::new(), diagnostics: read.diagnostics() };
        }
        let text = target::text::write(&read.parsed.definition);
        let again = self.read(name, &text);
        if !ast::same(&read.parsed.definition, &again.parsed.definition) {
            return Texted { text: None, links: Vec::new(), diagnostics: read.with(vec![fault(read.source)]) };
        }
        // The text's own blocks, where those stand that it was made of, tell which is which.
        let old = target::layout(read.parsed.drawn.as_ref());
        let links = match target::blockly::linked(&again.parsed.definition, Format::Json, old) {
            Ok(linked) => links_of(&again.sources, linked.links),
            Err(_no_blocks) => Vec::new(),
        };
        Texted { text: Some(text), links, diagnostics: read.diagnostics() }
    }

    /// A text in its canonical layout. A workspace has none and stays as it is.
    pub fn format(&self, name: &str, text: &str) -> Converted {
        let read = self.read(name, text);
        let text = match &read.parsed.drawn {
            _ if read.has_error() => None,
            Some(_) => Some(text.to_string()),
            None => Some(target::text::write(&read.parsed.definition)),
        };
        Converted { text, diagnostics: read.diagnostics() }
    }

    /// A file in another form.
    pub fn convert(&self, name: &str, text: &str, to: wire::Form) -> Converted {
        let form = match to {
            wire::Form::Text => Form::Text,
            wire::Form::BlocklyJson => Form::Blockly(Format::Json),
            wire::Form::BlocklyXml => Form::Blockly(Format::Xml),
            wire::Form::LogmanagerXml => Form::LogManager,
        };
        let read = self.read(name, text);
        if read.has_error() {
            return Converted { text: None, diagnostics: read.diagnostics() };
        }
        let (definition, registry) = (&read.parsed.definition, &self.project.registry);
        match target::write(definition, form, read.parsed.drawn.as_ref(), registry) {
            Ok(text) if target::says_the_same(definition, form, &text, registry) => {
                Converted { text: Some(text), diagnostics: read.diagnostics() }
            }
            Ok(_) => Converted { text: None, diagnostics: read.with(vec![fault(read.source)]) },
            Err(found) => Converted { text: None, diagnostics: read.with(found) },
        }
    }

    /// The project's filters, or those of one file, as Winlogbeat's processors.
    pub fn winlogbeat(&self, options: &WinlogbeatOptions) -> WinlogbeatText {
        let project = &self.project;
        let none = |diagnostics| WinlogbeatText { yaml: None, nothing: Vec::new(), diagnostics };
        let version = match options.version.as_deref().map(AgentVersion::parse) {
            None => project.agent,
            Some(Some(version)) => version,
            Some(None) => {
                let written = options.version.as_deref().unwrap_or_default();
                let message = format!("\"{written}\" is no version of Winlogbeat that is known");
                let found = Diagnostic::new(Code::UnknownVersion, Origin::whole(SourceId::default()), message)
                    .help("write it as \"8.17\"; 6 to 9 are known");
                return none(Locate::new(&Sources::default()).diagnostics(&[found]));
            }
        };
        let context = Context { agent: version, ..project.context() };
        let one: [ast::Definition; 1];
        let definitions = match options.file.as_deref() {
            None => project.definitions(),
            Some(file) => {
                let Some(definition) = project.definition(file) else {
                    let found = Diagnostic::new(
                        Code::Unreadable,
                        Origin::whole(SourceId::default()),
                        format!("the project has no rules in \"{file}\""),
                    )
                    .help("name one of its files");
                    return none(Locate::new(&Sources::default()).diagnostics(&[found]));
                };
                one = [definition.clone()];
                &one
            }
        };
        let checked = check::check(definitions, &context);
        let mut found: Vec<Diagnostic> = project
            .diagnostics()
            .iter()
            .filter(|found| {
                found.is_error() && definitions.iter().any(|each| each.source == found.primary.origin.source)
            })
            .cloned()
            .collect();
        for new in checked.diagnostics {
            if new.is_error() && !found.contains(&new) {
                found.push(new);
            }
        }
        let mut locate = Locate::new(project.sources());
        if !found.is_empty() {
            diagnostic::sort(&mut found);
            return none(locate.diagnostics(&found));
        }
        match target::winlogbeat::write(&checked.program, &project.catalogue, &self.written_as(options, version)) {
            Ok(target::winlogbeat::Written { yaml, nothing }) => {
                WinlogbeatText { yaml: Some(yaml), nothing, diagnostics: Vec::new() }
            }
            Err(mut found) => {
                diagnostic::sort(&mut found);
                none(locate.diagnostics(&found))
            }
        }
    }

    fn written_as(&self, options: &WinlogbeatOptions, version: AgentVersion) -> target::winlogbeat::Winlogbeat {
        let collect = &self.project.collect;
        let mut channels = if options.whole { collect.channels.clone() } else { Vec::new() };
        if options.whole && channels.is_empty() {
            channels.push(target::winlogbeat::SYSMON.to_string());
        }
        target::winlogbeat::Winlogbeat {
            observe: options.observe,
            module: collect.module_script && version.major == 7,
            channels,
            hosts: collect.hosts.clone(),
            name: self.project.name.clone(),
        }
    }

    /// A configuration of Winlogbeat as rules. What is not understood is reported and kept as a comment.
    pub fn import_winlogbeat(&self, name: &str, text: &str, version: Option<&str>) -> Converted {
        let mut sources = Sources::default();
        let source = sources.add(name, text);
        let version = match version.map(AgentVersion::parse) {
            None => self.project.agent,
            Some(Some(version)) => version,
            Some(None) => {
                let found = Diagnostic::new(
                    Code::UnknownVersion,
                    Origin::whole(source),
                    "this is no version of Winlogbeat that is known",
                )
                .help("write it as \"8.17\"; 6 to 9 are known");
                return Converted { text: None, diagnostics: Locate::new(&sources).diagnostics(&[found]) };
            }
        };
        let (definition, found) = source::winlogbeat::read(source, text, version);
        let text = (!found.iter().any(Diagnostic::is_error)).then(|| target::text::write(&definition));
        Converted { text, diagnostics: Locate::new(&sources).diagnostics(&found) }
    }

    /// What the rules became; of one file, or of all.
    pub fn listing(&self, file: Option<&str>) -> String {
        let (project, whole) = (&self.project, self.project.module());
        let Some(file) = file else {
            return whole.map_or(String::new(), |module| bytecode::listing(module, None));
        };
        let Some(definition) = project.definition(file) else { return String::new() };
        let program: Program = check::check(std::slice::from_ref(definition), &project.context()).program;
        bytecode::listing(&bytecode::compile(&program, project.sources()), None)
    }
}

fn links_of(sources: &Sources, links: Vec<(String, Origin)>) -> Vec<Link> {
    let mut locate = Locate::new(sources);
    let mut found = Vec::with_capacity(links.len());
    for (block, origin) in links {
        if let Some((start, end)) = locate.span(origin) {
            found.push(Link { block, start, end });
        }
    }
    found
}

/// What is said where the program would change a rule by writing it down.
fn fault(source: SourceId) -> Diagnostic {
    Diagnostic::new(Code::NotCarried, Origin::whole(source), "this would not say exactly the same")
        .help("keep the rule as it is; this is a fault of the program, please report it with the file")
}
