//! What alerts say of a sample event.
//!
//! In: an event, the texts of the project's templates. Out: a message for each `send`, with what is wrong with its template. Never here: what a template
//! means; that is `alert/`.

use super::Session;
use super::wire::{Message, MessageRequest, TemplateText};
use crate::alert::{Alert, Decided, Known, Rendered, Template, Texts, render};
use crate::explain::became;
use crate::pipeline::{Pipeline, agents_text};
use crate::vm::{Effect, Options};

impl Session {
    /// What the alerts that fire on an event say of it. A template that has a fault says so, and the plain one stands in for it.
    pub fn alert_preview(&self, index: usize, request: &MessageRequest) -> Vec<Message> {
        let project = &self.project;
        let (Some(program), Some(prepared)) = (project.program(), project.prepared()) else { return Vec::new() };
        let Ok(mut pipeline) = Pipeline::new(prepared, &project.catalogue, Options::default()) else {
            return Vec::new();
        };
        let layout = pipeline.layout().clone();
        let alerts = self.state.samples().record(index, &layout, |record| {
            pipeline.decide(record.view);
            let text = agents_text(record);
            let Ok(stored) = pipeline.stored(record.view, text) else { return Vec::new() };
            let who = pipeline.who(record.view);
            let decided = Decided {
                module: prepared.module(),
                outcome: pipeline.outcome(),
                who: &who,
                file: &request.file,
                record: request.record,
                stored: &stored,
            };
            let mut alerts = Alert::all(&decided);
            if let Ok(became) = became(program, prepared, record.view, text, None) {
                alerts.iter_mut().for_each(|alert| alert.explain(&became.tags));
            }
            let rules = pipeline.outcome().effects.iter().filter_map(|effect| match effect {
                Effect::Send { rule, quiet: false, .. } => Some(*rule as usize),
                Effect::Send { .. }
                | Effect::Name { .. }
                | Effect::Tag { .. }
                | Effect::Untag { .. }
                | Effect::Set { .. }
                | Effect::Remove { .. } => None,
            });
            rules.zip(alerts).collect()
        });
        let known = Known::of(&project.catalogue).with_rules(project.definitions());
        alerts
            .unwrap_or_default()
            .into_iter()
            .map(|(rule, alert)| said(rule, &alert, &request.templates, &known))
            .collect()
    }
}

/// What one alert says.
fn said(rule: usize, alert: &Alert, templates: &[TemplateText], known: &Known) -> Message {
    let (template, mut problems) = match &alert.send.template {
        None => (Template::plain(), Vec::new()),
        Some(name) => match templates.iter().find(|template| template.name == *name) {
            None => (
                Template::plain(),
                vec![format!("the project has no template \"{name}\"; this is what is sent without one")],
            ),
            Some(found) => parsed(found, known),
        },
    };
    let Rendered { subject, text, html, data: _, failed } = render(&template, alert);
    problems.extend(failed);
    let send = &alert.send;
    Message {
        rule,
        via: send.via.clone(),
        to: send.to.clone(),
        template: send.template.clone(),
        subject,
        text,
        html,
        problems,
    }
}

/// A template, or the plain one and what is wrong.
fn parsed(text: &TemplateText, known: &Known) -> (Template, Vec<String>) {
    let TemplateText { name, subject, text, html } = text.clone();
    match Template::parse(&Texts { name, subject, text, html }, known) {
        Ok(template) => (template, Vec::new()),
        Err(faults) => {
            let told = |fault: crate::alert::TemplateFault| {
                format!("{}: {}; {}", fault.part.word(), fault.message, fault.help)
            };
            (Template::plain(), faults.into_iter().map(told).collect())
        }
    }
}
