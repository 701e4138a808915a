//! What a sample is: an event's fields, and what is meant to become of it.
//!
//! In: what the other files here describe. Out: samples, and their lines of `expected.tsv`. Never here: the agent's shape.

/// Names and values. An empty value is one that the event does not have.
pub type Fields = &'static [(&'static str, &'static str)];

/// The head line of `expected.tsv`.
pub const HEAD: &str = "record_id\tdecision\tfilter\tgroup\ttags\talert\tabout\tshows\n";

/// The predefined alert.
pub const ALERT: &str = "Sysmon: significant security event";
/// A rule name as the Sysmon configuration gives it, one of the three that the alert waits for.
pub const INJECTION: &str = "technique_id=T1055,technique_name=Process Injection";

/// One event of the sample log.
#[derive(Clone)]
pub struct Sample {
    /// The event id.
    pub event: u16,
    /// Who logged it.
    pub source: Source,
    /// What differs from the event's defaults; of equal names the last counts.
    pub fields: Vec<(&'static str, String)>,
    /// The filter that is meant to drop it.
    pub dropped_by: Option<&'static str>,
    /// The tags that classification is meant to set, in the order of their names.
    pub tags: Vec<&'static str>,
    /// The group that classification is meant to put it into, where it is not the one that it looks like.
    pub group: Option<&'static str>,
    /// Is the alert meant to fire?
    pub alert: bool,
    /// The rule that the sample was made for; `-` for none.
    pub about: &'static str,
    /// What it shows.
    pub shows: String,
}

/// Who logged an event.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Sysmon.
    Sysmon,
    /// Sysmon, by an event that names no provider.
    Channel,
    /// Sysmon, by an event whose provider is empty.
    Blank,
    /// Somebody else in Sysmon's channel.
    Stranger,
    /// Some program, in the channel Application.
    Application,
    /// The same, by an event that names no provider.
    Nobody,
    /// Windows' auditing, in the channel Security.
    Security,
    /// Windows' firewall, whose rules have names.
    Firewall,
}

impl Sample {
    /// An event of Sysmon with these fields; kept, and nothing more.
    pub fn new(event: u16, fields: Fields) -> Self {
        Self {
            event,
            source: Source::Sysmon,
            fields: fields.iter().map(|(name, value)| (*name, (*value).to_string())).collect(),
            dropped_by: None,
            tags: Vec::new(),
            group: None,
            alert: false,
            about: "-",
            shows: String::new(),
        }
    }

    /// Made for this rule.
    pub fn about(mut self, rule: &'static str) -> Self {
        self.about = rule;
        self
    }

    /// Shows this.
    pub fn shows(mut self, what: impl Into<String>) -> Self {
        self.shows = what.into();
        self
    }

    /// The same with other values.
    pub fn with(mut self, fields: Fields) -> Self {
        self.fields.extend(fields.iter().map(|(name, value)| (*name, (*value).to_string())));
        self
    }

    /// The same with one other value.
    pub fn with_value(mut self, name: &'static str, value: String) -> Self {
        self.fields.push((name, value));
        self
    }

    /// The same by another source.
    pub fn from(mut self, source: Source) -> Self {
        self.source = source;
        self
    }

    /// Meant to be dropped by the filter that it is about.
    pub fn dropped(mut self) -> Self {
        self.dropped_by = Some(self.about);
        self
    }

    /// Meant to be tagged.
    pub fn tagged(mut self, tags: &[&'static str]) -> Self {
        self.tags = tags.to_vec();
        self
    }

    /// Meant to be in this group.
    pub fn grouped(mut self, group: &'static str) -> Self {
        self.group = Some(group);
        self
    }

    /// Meant to raise the alert.
    pub fn alerted(mut self) -> Self {
        self.alert = true;
        self
    }

    /// The value of a field, if the sample says one.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().rev().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }

    /// The group that it is meant to be in; `-` for what was dropped, and for events of others.
    fn meant_group(&self) -> &'static str {
        if self.dropped_by.is_some() || !matches!(self.source, Source::Sysmon | Source::Channel | Source::Blank) {
            return "-";
        }
        if self.tags.contains(&"suspicious") {
            return "suspicious";
        }
        let named = !matches!(self.value("RuleName"), None | Some("" | "-"));
        let kind = matches!(self.event, 4 | 8 | 9 | 19 | 20 | 21 | 25 | 27 | 28);
        self.group.unwrap_or(if named || kind { "security" } else { "forensic" })
    }

    /// Its line of `expected.tsv`, without the line end.
    pub fn expected(&self, record: u64) -> String {
        let tags = if self.tags.is_empty() { "-".to_string() } else { self.tags.join(",") };
        let decision = if self.dropped_by.is_some() { "drop" } else { "keep" };
        let alert = if self.alert { ALERT } else { "-" };
        let filter = self.dropped_by.unwrap_or("-");
        [
            record.to_string().as_str(),
            decision,
            filter,
            self.meant_group(),
            tags.as_str(),
            alert,
            self.about,
            self.shows.as_str(),
        ]
        .join("\t")
    }
}
