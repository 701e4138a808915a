//! Where alerts of a project go.
//!
//! In: rules, and what `[deliver]` of their project says. Out: the ways of sending that the rules use, or what is missing and the lines to add.
//! Never here: sending.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::bytecode::{Instr, Module};
use crate::cli::{Failure, project, report, style};
use crate::deliver::{Channel, Delivery};
use crate::diagnostic::Code;
use crate::ir::Send;
use crate::origin::Sources;

/// The project that a compiled module lies in, or that it is used in: its folder, and what it says of delivery.
pub(super) fn project_of(
    paths: &[String],
    style: style::Style,
) -> Result<(Option<PathBuf>, Option<Delivery>), Failure> {
    let near = paths.iter().find_map(|path| project::find(Path::new(path))).or_else(|| project::find(Path::new(".")));
    let Some(folder) = near else { return Ok((None, None)) };
    let (mut sources, mut diagnostics) = (Sources::default(), Vec::new());
    let settings = project::settings(&folder, &mut sources, &mut diagnostics);
    report::need(&diagnostics, &sources, style, "the project file has errors")?;
    Ok((Some(folder), settings.delivery))
}

/// The statements that send: the rule, the place, what is sent.
fn sends(module: &Module) -> Vec<(&str, &str, &Send)> {
    let mut found = Vec::new();
    for rule in &module.rules {
        for at in rule.start..rule.end {
            let Some(Instr::Send(index)) = module.code.get(at as usize) else { continue };
            let place = module.at.get(at as usize).and_then(|place| module.places.get(*place as usize));
            if let Some(send) = module.sends.get(*index as usize) {
                found.push((rule.name.as_str(), place.map_or(rule.place.as_str(), String::as_str), send));
            }
        }
    }
    found
}

/// The lines that a project file needs for a channel.
pub(super) fn lines(channel: Channel) -> &'static str {
    match channel {
        Channel::Mail => {
            "[deliver.mail]\nserver = \"mail.example.org\"\nfrom = \"blocksieve@example.org\"\nto = [\"soc@example.org\"]\nuser = \"blocksieve\"\npassword = { env = \"MAIL_PASSWORD\" }"
        }
        Channel::Webhook => {
            "[deliver.webhook]\nurl = \"https://hooks.example.org/alerts\"\nsecret = { env = \"WEBHOOK_SECRET\" }"
        }
        Channel::File => "[deliver.file]\npath = \"alerts.ndjson\"",
    }
}

/// Lines behind a help, set off from it.
pub(super) fn set_off(lines: &str) -> String {
    lines.lines().map(|line| if line.is_empty() { "\n".to_string() } else { format!("\n    {line}") }).collect()
}

/// What rules send must have somewhere to go; the channels that they use.
pub(super) fn need_targets(module: &Module, delivery: Option<&Delivery>) -> Result<Vec<Channel>, Failure> {
    let mut channels: Vec<Channel> = Vec::new();
    let mut missing: BTreeMap<Channel, Vec<String>> = BTreeMap::new();
    let mut nobody = Vec::new();
    for (rule, place, send) in sends(module) {
        let Some(channel) = Channel::parse(&send.via) else {
            let message = format!("[{}] {place}: there is no way of sending called `{}`", Code::NoDelivery, send.via);
            return Err(Failure::unusable(message, "compile the rules again"));
        };
        if !channels.contains(&channel) {
            channels.push(channel);
        }
        match delivery {
            Some(delivery) if delivery.has(channel) => {
                let default = delivery.mail.as_ref().is_some_and(|mail| !mail.to.is_empty());
                if channel == Channel::Mail && send.to.is_empty() && !default {
                    nobody.push(format!("  {place}: the alert {rule:?}"));
                }
            }
            Some(_) | None => {
                missing.entry(channel).or_default().push(format!("  {place}: the alert {rule:?}"));
            }
        }
    }
    let mut told = String::new();
    let mut needed: Vec<&str> = Vec::new();
    for (channel, rules) in &missing {
        let word = channel.word();
        told.push_str(&format!("{} has no [deliver.{word}], and these send by {word}:\n", project::FILE));
        told.push_str(&format!("{}\n", rules.join("\n")));
        needed.push(lines(*channel));
    }
    if !nobody.is_empty() {
        told.push_str(&format!("these send mail to nobody:\n{}\n", nobody.join("\n")));
        if missing.is_empty() {
            needed.push("[deliver.mail]\nto = [\"soc@example.org\"]");
        }
    }
    if told.is_empty() {
        return Ok(channels);
    }
    let help = format!("add to {}, with your own names:{}", project::FILE, set_off(&needed.join("\n\n")));
    Err(Failure::unusable(format!("[{}] {}", Code::NoDelivery, told.trim_end()), help))
}
