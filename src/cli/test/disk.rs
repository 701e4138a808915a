//! Files and templates around tests.
//!
//! In: paths in test files, alerts. Out: the events of those files, whatever their form, and what alerts say by the templates of the
//! project. Never here: what is expected of either.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::suite::below;
use crate::alert::{Alert, Template, render};
use crate::event::archive::Archive;
use crate::event::input::{self, Input};
use crate::event::read::{EventReader, ReadError, Sink};
use crate::origin::SourceId;
use crate::table::TableDef;
use crate::testing::{Message, NotRead, Outside};

pub(in crate::cli) struct Disk<'c> {
    /// The folders of the test files.
    pub(in crate::cli) folders: BTreeMap<SourceId, PathBuf>,
    pub(in crate::cli) templates: &'c [Template],
    pub(in crate::cli) tables: &'c [TableDef],
}

impl Outside for Disk<'_> {
    fn read(&self, tests: SourceId, path: &str, reader: &mut EventReader, sink: &mut dyn Sink) -> Result<(), NotRead> {
        let folder = self.folders.get(&tests).map_or(Path::new(""), PathBuf::as_path);
        let given = below(folder, path).display().to_string();
        let inputs = input::inputs(&[&given]).map_err(|error| {
            let help = format!("{}; the path begins at the folder of the test file", error.help);
            NotRead::Wrong(format!("{}: {}", shown(&given), input::shown(&error.reason)), help)
        })?;
        inputs.iter().try_for_each(|input| one(input, reader, sink))
    }

    fn message(&self, alert: &Alert) -> Option<Message> {
        let name = alert.send.template.as_ref();
        let found = name.and_then(|name| self.templates.iter().find(|template| template.name() == name));
        let plain;
        let template = match found {
            Some(template) => template,
            None => {
                plain = Template::plain();
                &plain
            }
        };
        let rendered = render(template, alert);
        let failed = rendered.failed.iter().map(ToString::to_string).collect();
        Some(Message { subject: rendered.subject, body: rendered.text, failed })
    }

    fn tables(&self) -> &[TableDef] {
        self.tables
    }
}

/// One file, or all files of an archive.
fn one(input: &Input, reader: &mut EventReader, sink: &mut dyn Sink) -> Result<(), NotRead> {
    let (path, only) = match input {
        Input::Standard => {
            let help = "name a file: a test says the same every time".to_string();
            return Err(NotRead::Wrong("tests read no standard input".to_string(), help));
        }
        Input::File(path) => (path, None),
        Input::Member(path, member) => (path, Some(member.as_str())),
    };
    let name: Arc<str> = shown(&path.display().to_string()).into();
    let wrong = |name: &str, error: &ReadError| match error {
        ReadError::Io(error) => NotRead::Wrong(
            format!("{name} cannot be read: {error}"),
            "look whether it is whole and may be read".to_string(),
        ),
        ReadError::Form(form) => NotRead::Wrong(format!("{name}: {form}"), form.way_out.to_string()),
    };
    let mut file = File::open(path).map_err(|error| wrong(&name, &error.into()))?;
    let archive = Archive::of(&mut file).map_err(|error| wrong(&name, &error.into()))?;
    let Some(archive) = archive else {
        return reader.read_file(&name, file, sink).map_err(|error| wrong(&name, &error));
    };
    let (mut found, mut result) = (false, Ok(()));
    let read = archive.members(&mut file, &mut |member, stream| {
        if result.is_err() || only.is_some_and(|only| only != member) {
            return;
        }
        found = true;
        let name: Arc<str> = format!("{name}!{}", input::shown(member)).into();
        let read = stream.map_err(ReadError::from).and_then(|stream| reader.read(&name, stream, sink));
        result = read.map_err(|error| wrong(&name, &error));
    });
    read.map_err(|error| wrong(&name, &error.into()))?;
    if !found {
        return Err(NotRead::Wrong(format!("{name} has no such file in it"), "look at the spelling".to_string()));
    }
    result
}

/// With `/` between the parts on every system.
fn shown(path: &str) -> String {
    input::shown(&path.replace('\\', "/"))
}
