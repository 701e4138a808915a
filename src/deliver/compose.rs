//! What a message is made of.
//!
//! In: an alert, and the template that its rule names. Out: a [`Message`]. Never here: where it goes; a clock; what a template may say, which is
//! `alert/template/`.

use serde_json::Value;

use super::{Channel, Message, one_line};
use crate::alert::{Alert, Rendered, Template, render};

/// Makes a message of an alert. `id`: [`Identity::id`](super::Identity::id).
pub fn compose(id: String, via: Channel, alert: &Alert, template: &Template) -> Message {
    let Rendered { subject, text, html, data, failed } = render(template, alert);
    // Who gets the message is to know that a part of it is missing.
    let text = failed.iter().fold(text, |text, why| format!("{text}\n[{}]\n", one_line(why)));
    Message {
        id,
        rule: alert.rule.name.clone(),
        via,
        to: alert.send.to.clone(),
        subject: one_line(&subject),
        text,
        html,
        data,
        time: alert.timestamp.clone(),
    }
}

impl Message {
    /// What a webhook and a file get: one JSON object on one line, the id first.
    pub fn body(&self) -> String {
        let mut body = format!("{{\"id\":{}", Value::from(self.id.as_str()));
        match &self.data {
            Value::Object(members) => {
                for (name, value) in members.iter().filter(|(name, _)| *name != "id") {
                    body.push_str(&format!(",{}:{value}", Value::from(name.as_str())));
                }
            }
            other => body.push_str(&format!(",\"data\":{other}")),
        }
        body.push('}');
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_as_a_message() {
        let mut alert = Alert::sample();
        alert.rule.name = "Dump\r\nBcc: x@example.org".to_string();
        alert.send.to = vec!["soc@example.org".to_string()];
        let message = compose("0123".to_string(), Channel::Mail, &alert, &Template::plain());
        assert!(!message.subject.contains(['\r', '\n']), "{}", message.subject);
        assert_eq!((message.to.as_slice(), &message.time), (&["soc@example.org".to_string()][..], &alert.timestamp));
        let body = message.body();
        assert!(body.starts_with("{\"id\":\"0123\",") && !body.contains('\n'), "{body}");
        let read: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(read["rule"]["name"], alert.rule.name.as_str());
    }
}
