//! Hits of alerts, one a line: for people, and as CSV.
//!
//! In: the alert, the event with what tells most of it. Out: one line each, whatever an endpoint wrote: what is not seen or moves the cursor
//! stands as an escape, and nothing is a formula to a spreadsheet. Never here: which hits there are; where lines go.

use crate::bytecode::RuleCode;
use crate::cli::table::{cut_end, safe};
use crate::event::read::RecordPlace;
use crate::event::{Value, find};
use crate::explain;
use crate::pipeline::Who;

/// Fields that tell what happened, and whether they are columns of the CSV. An event has few of them, and they come in this order.
const TELLING: &[(&str, bool)] = &[
    ("Image", true),
    ("NewProcessName", false),
    ("ProcessName", false),
    ("CommandLine", true),
    ("ParentImage", true),
    ("ParentProcessName", false),
    ("User", true),
    ("SourceImage", false),
    ("TargetImage", false),
    ("GrantedAccess", false),
    ("ImageLoaded", false),
    ("Signature", false),
    ("TargetFilename", true),
    ("TargetObject", true),
    ("Details", false),
    ("NewName", false),
    ("PipeName", false),
    ("Protocol", false),
    ("DestinationIp", true),
    ("DestinationPort", true),
    ("DestinationHostname", false),
    ("QueryName", true),
    ("QueryResults", false),
    ("Device", false),
    ("Type", false),
    ("Configuration", false),
    ("Operation", false),
    ("Name", false),
    ("Query", false),
    ("Destination", false),
    ("Consumer", false),
    ("Filter", false),
    ("ServiceName", false),
    ("ImagePath", false),
    ("ServiceFileName", false),
    ("TaskName", false),
    ("ScriptBlockText", false),
    ("ShareName", false),
    ("RelativeTargetName", false),
    ("ObjectName", false),
    ("TargetUserName", false),
    ("TargetDomainName", false),
    ("SubjectUserName", false),
    ("LogonType", false),
    ("WorkstationName", false),
    ("IpAddress", false),
];

/// Values that are shown of an event that has none of these.
const OTHERS: usize = 8;

/// The columns before the fields.
const COLUMNS: [&str; 12] = [
    "time",
    "host",
    "level",
    "rule",
    "rule_id",
    "status",
    "techniques",
    "labels",
    "event_id",
    "event",
    "file",
    "record",
];

/// What tells most of an event: names and values.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Of an event as the agent would send it.
    pub(super) fn of(event: &[(String, Value)]) -> Self {
        let data: Vec<&[(String, Value)]> = ["winlog.event_data", "winlog.user_data"]
            .iter()
            .filter_map(|path| match find(event, path) {
                Some(Value::Map(members)) => Some(members.as_slice()),
                Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::List(_)) | None => None,
            })
            .collect();
        let shown = |value: &Value| explain::show(value.raw()).filter(|text| !text.is_empty() && text != "-");
        let telling = TELLING.iter().filter_map(|(name, _)| {
            let value = data.iter().find_map(|data| find(data, name))?;
            Some(((*name).to_string(), shown(value)?))
        });
        let telling: Vec<(String, String)> = telling.collect();
        if !telling.is_empty() {
            return Self(telling);
        }
        let others = data.iter().flat_map(|data| data.iter());
        Self(others.filter_map(|(name, value)| Some((name.clone(), shown(value)?))).take(OTHERS).collect())
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }
}

/// An alert on an event.
pub(super) struct Hit<'a> {
    pub(super) rule: &'a RuleCode,
    pub(super) who: &'a Who<'a>,
    pub(super) place: &'a RecordPlace<'a>,
    pub(super) fields: &'a Fields,
}

/// A value that could be taken for the beginning of the next one stands in quotes.
fn apart(value: &str) -> String {
    let value = safe(value);
    if value.contains(" | ") { format!("\"{}\"", value.replace('"', "\"\"")) } else { value }
}

/// A text that no spreadsheet takes for a formula: those begin with one of these signs, whatever blanks or quotes stand before.
fn cell(text: &str) -> String {
    let text = safe(text);
    let first = text.trim_start_matches(|c: char| c.is_whitespace() || c == '"').chars().next();
    if matches!(first, Some('=' | '+' | '-' | '@')) { format!("'{text}") } else { text }
}

/// Cells as a line, without its end.
fn csv_line<'c>(cells: impl Iterator<Item = &'c str>) -> std::io::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).map_err(std::io::Error::other)?;
    let line = writer.into_inner().map_err(|error| std::io::Error::other(error.to_string()))?;
    let line = String::from_utf8(line).map_err(std::io::Error::other)?;
    Ok(line.trim_end_matches('\n').to_string())
}

/// The first line of a CSV.
pub(super) fn csv_header() -> std::io::Result<String> {
    let fields = TELLING.iter().filter(|(_, column)| *column).map(|(name, _)| *name);
    csv_line(COLUMNS.into_iter().chain(fields).chain(["details"]))
}

impl Hit<'_> {
    fn level(&self) -> &'static str {
        self.rule.severity.map_or("none", crate::ast::RuleSeverity::word)
    }

    /// For people; no longer than so many characters, if that is asked for.
    pub(super) fn line(&self, width: Option<usize>) -> String {
        let or_none = |text: &Option<String>| safe(text.as_deref().filter(|text| !text.is_empty()).unwrap_or("-"));
        let mut line = format!(
            "{}  {}  {:<13}  {}",
            or_none(&self.who.time),
            or_none(&self.who.host),
            self.level(),
            apart(&self.rule.name)
        );
        if !self.rule.techniques.is_empty() {
            line.push_str(&format!("  [{}]", safe(&self.rule.techniques.join(" "))));
        }
        for (at, (name, value)) in self.fields.0.iter().enumerate() {
            line.push_str(if at == 0 { "  " } else { " | " });
            line.push_str(&format!("{}: {}", apart(name), apart(value)));
        }
        match width {
            Some(width) => cut_end(&line, width),
            None => line,
        }
    }

    /// As CSV.
    pub(super) fn row(&self) -> std::io::Result<String> {
        let text = |text: &Option<String>| cell(text.as_deref().unwrap_or_default());
        let rule = self.rule;
        let own = [
            text(&self.who.time),
            text(&self.who.host),
            self.level().to_string(),
            cell(&rule.name),
            text(&rule.id),
            text(&rule.status),
            cell(&rule.techniques.join(" ")),
            cell(&rule.labels.join(" ")),
            text(&self.who.event_id),
            self.who.event.unwrap_or_default().to_string(),
            cell(self.place.file),
            self.place.number.to_string(),
        ];
        let columns = TELLING.iter().filter(|(_, column)| *column);
        let columns = columns.map(|(name, _)| cell(self.fields.value(name).unwrap_or_default()));
        let is_column = |name: &str| TELLING.iter().any(|(column, own)| *own && *column == name);
        let others = self.fields.0.iter().filter(|(name, _)| !is_column(name));
        let others: Vec<String> = others.map(|(name, value)| format!("{}: {}", apart(name), apart(value))).collect();
        let cells: Vec<String> = own.into_iter().chain(columns).chain([cell(&others.join(" | "))]).collect();
        csv_line(cells.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(data: &[(&str, &str)]) -> Fields {
        let data = data.iter().map(|(name, value)| ((*name).to_string(), Value::Text((*value).to_string()))).collect();
        Fields::of(&[("winlog".to_string(), Value::Map(vec![("event_data".to_string(), Value::Map(data))]))])
    }

    fn told(data: &[(&str, &str)]) -> Vec<String> {
        fields(data).0.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn what_tells_most_comes_in_one_order_and_what_says_nothing_not_at_all() {
        assert_eq!(
            told(&[("User", "a"), ("CommandLine", "x"), ("Details", "-"), ("Hashes", "h")]),
            ["CommandLine=x", "User=a"]
        );
        assert_eq!(
            told(&[("Hashes", "h"), ("Other", "")]),
            ["Hashes=h"],
            "of an event without any of them, the first values"
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@x", "  =1", "\"=1", "\u{a0}=1"] {
            assert!(cell(formula).starts_with('\''), "{formula:?}");
        }
        for other in ["a=1", "C:\\x -enc", "", "'=1", "\t=1", "\r\n=1"] {
            assert!(!cell(other).starts_with(['=', '+', '-', '@', '\t', '\r']), "{other:?}");
            assert_eq!(cell(other), safe(other), "{other:?}");
        }
    }

    #[test]
    fn a_line_is_cut_where_a_terminal_ends_and_nowhere_else() {
        let rule = RuleCode {
            kind: crate::ast::RuleKind::Alert,
            name: "long".to_string(),
            id: None,
            severity: None,
            reason: None,
            status: None,
            techniques: vec!["T1059".to_string()],
            labels: Vec::new(),
            quiet: None,
            place: String::new(),
            start: 0,
            end: 0,
        };
        let file = "a.ndjson".into();
        let place = RecordPlace { file: &file, number: 1, offset: 0 };
        let (who, fields) = (Who::default(), fields(&[("CommandLine", &"x".repeat(200))]));
        let hit = Hit { rule: &rule, who: &who, place: &place, fields: &fields };
        assert_eq!(hit.line(Some(50)), "-  -  none           long  [T1059]  CommandLine: …");
        assert!(hit.line(None).ends_with(&"x".repeat(200)));
    }

    #[test]
    fn no_value_looks_like_the_next_one() {
        assert_eq!(apart("a | User: b\u{1b}[2J"), "\"a | User: b\\u{1b}[2J\"");
        assert_eq!(apart("a|b"), "a|b");
    }
}
