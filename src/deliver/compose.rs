//! What a message says.
//!
//! In: an alert: the rule, its `send`, and the event as it is stored. Out: a [`Message`]. Never here: where it goes, and a clock.
//!
//! Templates come in here: [`compose`] is the one place that makes the text of messages.

use serde_json::{Value, json};

use super::{Channel, Message, one_line};

/// An alert that a rule raised for one event.
#[derive(Clone, Copy, Debug)]
pub struct Alert<'a> {
    /// The message's id ([`Identity::id`](super::Identity::id)).
    pub id: &'a str,
    /// The rule's name.
    pub rule: &'a str,
    /// The rule's own id.
    pub rule_id: Option<&'a str>,
    /// How bad the rule says it is.
    pub severity: Option<&'a str>,
    /// Techniques of ATT&CK that the rule names.
    pub techniques: &'a [String],
    /// Where it goes.
    pub via: Channel,
    /// The template that the rule names.
    pub template: Option<&'a str>,
    /// The recipients that the rule names.
    pub to: &'a [String],
    /// The event as it is stored: `@timestamp`, `msg`, `meta`, `raw`.
    pub event: &'a Value,
    /// When it happened.
    pub time: Option<&'a str>,
    /// Where it happened.
    pub host: Option<&'a str>,
}

/// Longest value of a field in the text of a mail; the whole event is in [`Message::data`].
const LONGEST: usize = 1000;

/// Makes a message of an alert.
pub fn compose(alert: &Alert<'_>) -> Message {
    let host = alert.host.unwrap_or("an unknown host");
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let cut: String = value.chars().take(LONGEST).collect();
        let more = if cut.len() < value.len() { "…" } else { "" };
        text.push_str(&format!("{}: {}{more}\n", one_line(name), one_line(&cut)));
    };
    line("Alert", alert.rule);
    if let Some(severity) = alert.severity {
        line("Severity", severity);
    }
    line("Host", host);
    line("Time", alert.time.unwrap_or("unknown"));
    if !alert.techniques.is_empty() {
        line("Techniques", &alert.techniques.join(", "));
    }
    if let Some(Value::Object(fields)) = alert.event.get("msg") {
        // Typed twins of fields say the same once more.
        for (name, value) in fields.iter().filter(|(name, _)| !name.contains('@')) {
            match value {
                Value::String(value) => line(name, value),
                other => line(name, &other.to_string()),
            }
        }
    }
    let data = json!({
        "rule": { "name": alert.rule, "id": alert.rule_id, "severity": alert.severity, "techniques": alert.techniques },
        "via": alert.via,
        "template": alert.template,
        "time": alert.time,
        "host": alert.host,
        "event": alert.event,
    });
    Message {
        id: alert.id.to_string(),
        rule: alert.rule.to_string(),
        via: alert.via,
        to: alert.to.to_vec(),
        subject: one_line(&format!("Blocksieve: {} on {host}", alert.rule)),
        text,
        html: None,
        data,
        time: alert.time.map(str::to_string),
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
        let event = json!({ "@timestamp": "2026-03-01T08:15:00Z", "msg": { "eventid": "1", "eventid@int": { "value": 1 }, "image": "C:\\a\nb.exe", "list": [1] } });
        let alert = Alert {
            id: "0123",
            rule: "Dump\r\nBcc: x@example.org",
            rule_id: None,
            severity: Some("high"),
            techniques: &["T1003".to_string()],
            via: Channel::Mail,
            template: Some("sysmon"),
            to: &["soc@example.org".to_string()],
            event: &event,
            time: Some("2026-03-01T08:15:00Z"),
            host: Some("pc1.example.org"),
        };
        let message = compose(&alert);
        assert_eq!(message.subject, "Blocksieve: Dump Bcc: x@example.org on pc1.example.org");
        insta::assert_snapshot!(message.text, @r"
        Alert: Dump Bcc: x@example.org
        Severity: high
        Host: pc1.example.org
        Time: 2026-03-01T08:15:00Z
        Techniques: T1003
        eventid: 1
        image: C:\a b.exe
        list: [1]
        ");
        let body = message.body();
        assert!(body.starts_with("{\"id\":\"0123\",") && !body.contains('\n'), "{body}");
        let read: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((&read["event"], &read["rule"]["severity"]), (&event, &json!("high")));
    }
}
