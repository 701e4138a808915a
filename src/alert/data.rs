//! The alert as plain data.
//!
//! In: a module, what it decided of one event, and what is stored of that event. Out: [`Alert`], which serde writes and reads: as JSON it is what
//! templates see, name by name, and what a webhook is sent. Never here: words; a layout; anything that is not known of the event.
//!
//! What is not known is `null`, never left out, so that who reads the JSON always finds the same names.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::quote;
use crate::ast::{HashKind, Length, RuleKind, Timestamp, Unit};
use crate::bytecode::{Module, RuleCode};
use crate::event::Value;
use crate::explain::TagReason;
use crate::ir::{Asks, Context, Send as SendOf};
use crate::pipeline::Who;
use crate::sysmon::hashes;
use crate::sysmon::normalise::stored_name;
use crate::sysmon::rule_name::technique_url;
use crate::vm::{self, Closing, Effect, Fired, Outcome};

/// What is told of one event for one `send`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// `@timestamp` of the event.
    pub timestamp: Option<String>,
    /// The host, `winlog.computer_name`.
    pub host: Option<String>,
    /// What Sysmon calls such an event, `msg.action`.
    pub action: Option<String>,
    /// Which event.
    pub event: Event,
    /// The rule that sends.
    pub rule: Rule,
    /// How it asked to be sent.
    pub send: Send,
    /// What rules made of the event.
    pub decision: Decision,
    /// Techniques: those of the event's rule name, then those of the rule.
    pub techniques: Vec<Technique>,
    /// The hashes that the event has.
    pub hashes: Vec<Hash>,
    /// The file that the hashes belong to, of events for which a white list of hashes is asked.
    pub file: Option<String>,
    /// Only of alerts with a threshold or a correlation: what was counted.
    pub threshold: Option<Threshold>,
    /// Other events that belong to it.
    pub related: Vec<Related>,
    /// Only of the message that closes a series of suppressed ones: what was not sent.
    pub suppressed: Option<Suppressed>,
    /// The command to go on with.
    pub hunt: Option<String>,
    /// Where the event stands.
    pub place: Place,
    /// `msg` as stored.
    pub msg: Map<String, Json>,
    /// `meta` as stored.
    pub meta: Map<String, Json>,
    /// The event as the agent wrote it.
    pub raw: Option<String>,
}

/// Which event it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The catalogue's name: `sysmon.process_access`.
    pub name: Option<String>,
    /// Its id.
    pub id: Option<String>,
    /// Its time, under the name that it is stored by.
    #[serde(rename = "@timestamp")]
    pub timestamp: Option<String>,
}

/// The rule that sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: Option<String>,
    /// `low`, `high`, …
    pub severity: Option<String>,
    /// Why it exists.
    pub reason: Option<String>,
    /// Its techniques.
    pub techniques: Vec<String>,
    /// Where it was written: `alerts/x.rule:8:1`.
    pub place: String,
}

/// How a rule asked to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Send {
    /// `mail`, `webhook`, `file`.
    pub via: String,
    /// The template that the rule names.
    pub template: Option<String>,
    /// Whom it names.
    pub to: Vec<String>,
}

/// What rules made of the event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Its tags, sorted.
    pub tags: Vec<String>,
    /// The tags that filters set on the agent.
    pub agent_tags: Vec<String>,
    /// `msg.group`.
    pub group: Option<String>,
    /// Who set each of the tags, and why.
    pub tagged: Vec<Tagged>,
}

/// Who set a tag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tagged {
    /// The tag.
    pub tag: String,
    /// The rule that set it last.
    pub rule: String,
    /// `filter`, `classify`, `alert`.
    pub kind: String,
    /// The reason that the rule names.
    pub reason: Option<String>,
    /// The tests that led there, where somebody asked for them ([`Alert::explain`]).
    pub because: Vec<String>,
}

/// A technique of MITRE ATT&CK.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Technique {
    /// `T1055.001`.
    pub id: String,
    /// What the event's rule name calls it.
    pub name: Option<String>,
    /// Its page; of a retired one, that of its successor.
    pub url: String,
    /// `event`: Sysmon's configuration named it; `rule`: the rule did.
    pub from: String,
}

/// A hash of the event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hash {
    /// `SHA256`.
    pub kind: String,
    /// The hash.
    pub value: String,
    /// VirusTotal's page about the file, of hashes that it knows files by.
    pub url: Option<String>,
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// How many events.
    pub count: u64,
    /// How many different values, where the rule counts those.
    pub distinct: Option<u64>,
    /// Those values, as they are compared, fifty at most.
    pub values: Vec<String>,
    /// The time of the first.
    pub first: Option<String>,
    /// The time of the last.
    pub last: Option<String>,
    /// Within which time: `10 minutes`.
    pub window: Option<String>,
    /// By which fields, with their values.
    pub key: Map<String, Json>,
}

/// Another event that belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    /// Its time.
    pub time: Option<String>,
    /// Its host.
    pub host: Option<String>,
    /// Its id.
    pub event_id: Option<String>,
    /// The id of its record.
    pub record_id: Option<String>,
}

/// What was not sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Suppressed {
    /// How many alerts.
    pub count: u64,
    /// The time of the first.
    pub first: Option<String>,
    /// The time of the last.
    pub last: Option<String>,
    /// The fields that made them the same, with their values as they are compared.
    pub key: Map<String, Json>,
}

/// Where an event stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file, `-` for standard input.
    pub file: String,
    /// The number that `run` and `explain` know it by.
    pub record: u64,
}

/// An event that was decided.
#[derive(Clone, Copy, Debug)]
pub struct Decided<'a> {
    /// The rules.
    pub module: &'a Module,
    /// What they did.
    pub outcome: &'a Outcome,
    /// Which event it is.
    pub who: &'a Who<'a>,
    /// The file that it was read from.
    pub file: &'a str,
    /// Its number there.
    pub record: u64,
    /// What `Pipeline::stored` gave.
    pub stored: &'a [(String, Value)],
}

impl Alert {
    /// The alerts of an event, one a `send`, in the order in which the rules asked.
    pub fn all(decided: &Decided<'_>) -> Vec<Alert> {
        let sends = decided.outcome.effects.iter().filter_map(|effect| match effect {
            Effect::Send { rule, send, fired, quiet: false } => Some((*rule, *send, *fired)),
            Effect::Send { .. }
            | Effect::Name { .. }
            | Effect::Tag { .. }
            | Effect::Untag { .. }
            | Effect::Set { .. }
            | Effect::Remove { .. } => None,
        });
        let alert = |(rule, send, fired): (u32, u32, Option<u32>)| {
            let mut alert = Alert::of(decided, rule, Some(send))?;
            alert.count(decided.module, fired.and_then(|fired| decided.outcome.fired.get(fired as usize)));
            Some(alert)
        };
        sends.filter_map(alert).collect()
    }

    /// Says what was counted, where a `when` told it.
    pub fn count(&mut self, module: &Module, fired: Option<&Fired>) {
        let Some(fired) = fired else { return };
        self.threshold = Threshold::of(module, fired);
        let time = |related: &vm::Related| Timestamp::from_nanoseconds(related.time).to_string();
        self.related = fired
            .related
            .iter()
            .map(|related| Related {
                time: Some(time(related)),
                host: Some(related.host.clone()).filter(|host| !host.is_empty()),
                event_id: Some(related.event_id).filter(|id| *id != 0).map(|id| id.to_string()),
                record_id: Some(related.record).filter(|id| *id != 0).map(|id| id.to_string()),
            })
            .collect();
    }

    /// What is told at the end of a period in which an alert stayed quiet: one message for each `send` that was kept back. What made the alerts the same
    /// stands where the fields do, as it is compared.
    pub fn closing(module: &Module, closing: &Closing, host: &str) -> Vec<Alert> {
        let Some(code) = module.rules.get(closing.rule as usize) else { return Vec::new() };
        let time = |nanoseconds: i64| Some(Timestamp::from_nanoseconds(nanoseconds).to_string());
        let fields = code.quiet.iter().flat_map(|quiet| &quiet.by).map(|field| field.name.as_str());
        let (mut msg, mut key) = (Map::new(), Map::new());
        for (name, value) in fields.zip(vm::key_parts(&closing.key)) {
            let Some(value) = value else { continue };
            if let Some(name) = name.strip_prefix("msg.") {
                msg.insert(name.to_string(), Json::String(value.clone()));
            }
            key.insert(name.to_string(), Json::String(value));
        }
        let all = module.sends_of(closing.rule);
        let kept = |at: usize| closing.sends >> at.min(63) & 1 == 1;
        // Rules that changed meanwhile may send other things.
        let none = !(0..all.len()).any(kept);
        let sends = all.iter().enumerate().filter(|(at, _)| none || kept(*at)).map(|(_, send)| *send);
        let alert = |send: &SendOf| Alert {
            timestamp: time(closing.last),
            host: Some(host.to_string()).filter(|host| !host.is_empty()),
            rule: Rule::of(code),
            send: Send::of(send),
            suppressed: Some(Suppressed {
                count: closing.count,
                first: time(closing.first),
                last: time(closing.last),
                key: key.clone(),
            }),
            msg: msg.clone(),
            ..Alert::default()
        };
        sends.filter_map(|send| module.sends.get(send as usize)).map(alert).collect()
    }

    /// What one rule would say of an event. `send`: index into the module's sends; none: it does not fire on this event. `None`: the module has
    /// no such rule.
    pub fn of(decided: &Decided<'_>, rule: u32, send: Option<u32>) -> Option<Alert> {
        let Decided { module, outcome, who, file, record, stored } = *decided;
        let code = module.rules.get(rule as usize)?;
        let send = send.and_then(|send| module.sends.get(send as usize));
        let (msg, meta) = (map(stored, "msg"), map(stored, "meta"));
        let rule = Rule::of(code);
        let texts = |tags: Vec<&str>| tags.into_iter().map(String::from).collect();
        Some(Alert {
            timestamp: who.time.clone(),
            host: who.host.clone(),
            action: text(&msg, "action"),
            event: Event { name: who.event.map(String::from), id: who.event_id.clone(), timestamp: who.time.clone() },
            send: send.map_or_else(Send::default, Send::of),
            decision: Decision {
                tags: texts(outcome.effects.tags(module)),
                agent_tags: texts(outcome.effects.agent_tags(module)),
                group: text(&msg, "group"),
                tagged: tagged(module, outcome),
            },
            techniques: techniques(&msg, &rule.techniques),
            hashes: hashes_of(&msg),
            file: file_of(&msg, who),
            hunt: hunt(&msg, file),
            threshold: None,
            related: Vec::new(),
            suppressed: None,
            place: Place { file: file.to_string(), record },
            raw: text_of(stored.iter().find(|(name, _)| name == "raw").map(|(_, value)| value)),
            rule,
            msg,
            meta,
        })
    }

    /// Says by which tests the tags came about ([`crate::explain::became`] knows).
    pub fn explain(&mut self, reasons: &[TagReason]) {
        for tagged in &mut self.decision.tagged {
            let same = |reason: &&TagReason| reason.tag == tagged.tag && reason.kind.word() == tagged.kind;
            if let Some(reason) = reasons.iter().find(same) {
                tagged.because.clone_from(&reason.because);
            }
        }
    }

    /// As JSON: what templates see, and receivers of JSON are sent.
    pub fn json(&self) -> Json {
        // Maps with texts for keys, and numbers that are finite: there is nothing that JSON could not hold.
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Threshold {
    /// What a `when` counted that fired.
    pub fn of(module: &Module, fired: &Fired) -> Option<Threshold> {
        let context = module.contexts.get(fired.context as usize)?;
        let names = context.by.first().map_or(&[][..], Vec::as_slice).iter().map(|field| field.name.clone());
        let time = |related: &vm::Related| Timestamp::from_nanoseconds(related.time).to_string();
        let (count, distinct) = match &context.asks {
            Asks::Events(_) | Asks::Mark => (fired.count, None),
            Asks::Distinct(..) => (fired.related.len() as u64, Some(fired.count)),
            Asks::Steps { .. } => (fired.related.len() as u64, None),
        };
        Some(Threshold {
            count,
            distinct,
            values: fired.values.clone(),
            first: fired.related.first().map(time),
            last: fired.related.last().map(time),
            window: Some(span(context.length)),
            key: names.zip(fired.key.iter().map(|value| Json::String(value.clone()))).collect(),
        })
    }

    /// Just enough for a `when`, at the same times.
    pub(super) fn under(self, context: &Context) -> Threshold {
        let (count, distinct) = match context.asks {
            Asks::Events(least) => (u64::from(least), None),
            Asks::Distinct(least, _) => (u64::from(least), Some(u64::from(least))),
            Asks::Steps { count, .. } => (u64::from(count), None),
            Asks::Mark => (1, None),
        };
        let names = context.by.iter().flatten().map(|field| field.name.clone());
        let key = names.map(|name| (name, Json::String("sample".to_string()))).collect();
        let values = distinct.map(|_| "sample".to_string()).into_iter().collect();
        Threshold { count, distinct, values, window: Some(span(context.length)), key, ..self }
    }
}

impl Rule {
    pub(super) fn of(code: &RuleCode) -> Rule {
        Rule {
            name: code.name.clone(),
            id: code.id.clone(),
            severity: code.severity.map(|severity| severity.word().to_string()),
            reason: code.reason.clone(),
            techniques: code.techniques.clone(),
            place: code.place.clone(),
        }
    }
}

impl Send {
    pub(super) fn of(send: &SendOf) -> Send {
        Send { via: send.via.clone(), template: send.template.clone(), to: send.to.clone() }
    }
}

/// A length of time for people: `10 minutes`.
fn span(nanoseconds: i64) -> String {
    let seconds = u64::try_from(nanoseconds / 1_000_000_000).unwrap_or(0);
    let unit = Unit::ALL.into_iter().rev().find(|unit| seconds.is_multiple_of(unit.seconds()));
    let unit = unit.unwrap_or(Unit::Seconds);
    Length { count: seconds / unit.seconds(), unit }.to_string()
}

/// A map of what is stored.
fn map(stored: &[(String, Value)], name: &str) -> Map<String, Json> {
    let value = stored.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    match value.map(serde_json::to_value) {
        Some(Ok(Json::Object(members))) => members,
        Some(_) | None => Map::new(),
    }
}

fn text_of(value: Option<&Value>) -> Option<String> {
    match value {
        Some(Value::Text(text)) => Some(text.clone()),
        Some(_) | None => None,
    }
}

/// A text under `msg`.
fn text(msg: &Map<String, Json>, name: &str) -> Option<String> {
    msg.get(name).and_then(Json::as_str).map(String::from)
}

/// One text, or a list of them.
fn texts(msg: &Map<String, Json>, name: &str) -> Vec<String> {
    match msg.get(name) {
        Some(Json::String(one)) => vec![one.clone()],
        Some(Json::Array(many)) => many.iter().filter_map(Json::as_str).map(String::from).collect(),
        Some(_) | None => Vec::new(),
    }
}

/// The rule that set each tag last, in the order of the tags.
fn tagged(module: &Module, outcome: &Outcome) -> Vec<Tagged> {
    let effects = &outcome.effects;
    let mut all = Vec::new();
    for (agent, tags) in [(false, effects.tags(module)), (true, effects.agent_tags(module))] {
        for tag in tags {
            let setter = effects.iter().rev().find_map(|effect| match effect {
                Effect::Tag { rule, kind, text } if (*kind == RuleKind::Filter) == agent => {
                    let same = module.texts.get(*text as usize).is_some_and(|text| text == tag);
                    module.rules.get(*rule as usize).filter(|_| same)
                }
                Effect::Tag { .. }
                | Effect::Name { .. }
                | Effect::Untag { .. }
                | Effect::Set { .. }
                | Effect::Remove { .. }
                | Effect::Send { .. } => None,
            });
            all.extend(setter.map(|rule| Tagged {
                tag: tag.to_string(),
                rule: rule.name.clone(),
                kind: rule.kind.word().to_string(),
                reason: rule.reason.clone(),
                because: Vec::new(),
            }));
        }
    }
    all
}

pub(super) fn techniques(msg: &Map<String, Json>, of_rule: &[String]) -> Vec<Technique> {
    let of_event = texts(msg, "technique");
    let names = texts(msg, "technique_name");
    // Of several names nobody knows whose each is.
    let name = match (of_event.as_slice(), names.as_slice()) {
        ([_], [name]) => Some(name.clone()),
        (_, _) => None,
    };
    let technique = |id: &String, from: &str, name: Option<String>| Technique {
        id: id.clone(),
        name,
        url: technique_url(id),
        from: from.to_string(),
    };
    let mut all: Vec<Technique> = of_event.iter().map(|id| technique(id, "event", name.clone())).collect();
    all.extend(of_rule.iter().filter(|id| !of_event.contains(id)).map(|id| technique(id, "rule", None)));
    all
}

fn hashes_of(msg: &Map<String, Json>) -> Vec<Hash> {
    let hash = |kind: HashKind| {
        let value = text(msg, &format!("hash_{}", kind.word().to_ascii_lowercase()))?;
        let url = hashes::virustotal(&format!("{}={value}", kind.word()));
        Some(Hash { kind: kind.word().to_string(), value, url })
    };
    // The one that counts first.
    [HashKind::Sha256, HashKind::Sha1, HashKind::Md5, HashKind::Imphash].into_iter().filter_map(hash).collect()
}

/// The file that the hashes of an event belong to.
fn file_of(msg: &Map<String, Json>, who: &Who<'_>) -> Option<String> {
    who.event.filter(|name| name.starts_with("sysmon."))?;
    let field = hashes::file_field(who.event_id.as_deref()?.parse().ok()?)?;
    text(msg, &stored_name(field))
}

/// The command that goes from the process to all that has to do with it. Only a whole GUID is put into it.
fn hunt(msg: &Map<String, Json>, file: &str) -> Option<String> {
    let guid = ["processguid", "sourceprocessguid"].into_iter().find_map(|name| text(msg, name))?;
    quote::is_guid(&guid).then(|| hunt_for(&guid, file))
}

/// The same for a GUID that is one: digits and braces, which every shell leaves alone between double quotes.
pub(super) fn hunt_for(guid: &str, file: &str) -> String {
    let events = match file {
        "-" => "FILE".to_string(),
        file if file.starts_with('-') => quote::shell(&format!("./{file}")),
        file => quote::shell(file),
    };
    format!("blocksieve hunt --from \"{guid}\" {events}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{MapView, json};
    use crate::explain::became;
    use crate::pipeline::Pipeline;
    use crate::sysmon::Catalogue;
    use crate::vm::{Options, Prepared};

    const RULES: &str = r#"
        filter "agent" { tag "edge" }
        classify "suspicious" {
            reason "it reads what it should not"
            if event is sysmon.process_access { tag "suspicious" set msg.group = 'suspicious' }
        }
        classify "again" { if event is sysmon.process_create { tag "suspicious" } }
        alert "all" {
            id "a-1"
            severity high
            reason "why"
            techniques ["T1003", "T1055"]
            send mail using template "t" to ["soc@example.org"]
            send webhook
        }"#;

    /// The alerts of an event of Sysmon with this id and these data, read from this file.
    fn alerts(id: u32, data: &str, file: &str) -> Vec<Alert> {
        let (compiled, found) = crate::compile_text(RULES, &[]);
        let compiled = compiled.unwrap_or_else(|| panic!("{found:?}"));
        let prepared = Prepared::new(compiled.module.clone()).unwrap();
        let catalogue = Catalogue::standard();
        let mut pipeline = Pipeline::new(&prepared, &catalogue, Options::default()).unwrap();
        let event = format!(
            r#"{{"@timestamp":"2024-01-31T10:00:00.123Z","winlog":{{"provider_name":"Microsoft-Windows-Sysmon","event_id":"{id}",
            "computer_name":"ws01.example.org","event_data":{data}}}}}"#
        );
        let Value::Map(event) = json::parse(event.as_bytes()).unwrap() else { panic!("no map") };
        let layout = pipeline.layout().clone();
        let view = MapView::new(&layout, &event);
        pipeline.decide(&view);
        let stored = pipeline.stored(&view, Some("the record")).unwrap();
        let who = pipeline.who(&view);
        let (module, outcome) = (prepared.module(), pipeline.outcome());
        let mut all = Alert::all(&Decided { module, outcome, who: &who, file, record: 7, stored: &stored });
        let reasons = became(&compiled.program, &prepared, &view, None, None).unwrap().tags;
        all.iter_mut().for_each(|alert| alert.explain(&reasons));
        all
    }

    const GUID: &str = "{747F3D96-68DB-5E76-0000-0010B6A50000}";

    #[test]
    fn an_alert_says_who_sent_it_and_who_tagged_the_event_and_why() {
        let all = alerts(10, &format!(r#"{{"SourceProcessGUID":"{GUID}","TargetImage":"C:\\a"}}"#), "logs/a b.evtx");
        let vias: Vec<&str> = all.iter().map(|alert| alert.send.via.as_str()).collect();
        assert_eq!(vias, ["mail", "webhook"]);
        let alert = &all[0];
        assert_eq!(alert.send.template.as_deref(), Some("t"));
        assert_eq!(
            (alert.host.as_deref(), alert.action.as_deref()),
            (Some("ws01.example.org"), Some("Process accessed"))
        );
        assert_eq!((alert.rule.name.as_str(), alert.rule.severity.as_deref()), ("all", Some("high")));
        assert_eq!(alert.decision.group.as_deref(), Some("suspicious"));
        assert_eq!(
            (alert.decision.tags.as_slice(), alert.decision.agent_tags.as_slice()),
            (["suspicious".to_string()].as_slice(), ["edge".to_string()].as_slice())
        );
        let tagged: Vec<_> = alert
            .decision
            .tagged
            .iter()
            .map(|tag| (tag.rule.as_str(), tag.kind.as_str(), tag.reason.as_deref(), tag.because.join(" and ")))
            .collect();
        assert_eq!(
            tagged,
            [
                (
                    "suspicious",
                    "classify",
                    Some("it reads what it should not"),
                    "event is sysmon.process_access".to_string()
                ),
                ("agent", "filter", None, String::new()),
            ]
        );
        assert_eq!(
            alert.hunt.as_deref(),
            Some("blocksieve hunt --from \"{747F3D96-68DB-5E76-0000-0010B6A50000}\" 'logs/a b.evtx'")
        );
        assert_eq!((alert.file.as_deref(), alert.raw.as_deref(), alert.place.record), (None, Some("the record"), 7));
    }

    #[test]
    fn techniques_of_the_event_come_before_those_of_the_rule_and_hashes_by_their_weight() {
        let hash = "AB".repeat(32);
        let data = format!(
            r#"{{"RuleName":"technique_id=T1055,technique_name=Process Injection","Image":"C:\\x.exe","Hashes":"MD5={},SHA256={hash},IMPHASH=1","ProcessGuid":"'; rm -rf /"}}"#,
            "1".repeat(32)
        );
        let alert = &alerts(1, &data, "-")[0];
        let techniques: Vec<_> =
            alert.techniques.iter().map(|t| (t.id.as_str(), t.name.as_deref(), t.from.as_str())).collect();
        assert_eq!(techniques, [("T1055", Some("Process Injection"), "event"), ("T1003", None, "rule")]);
        let hashes: Vec<_> = alert.hashes.iter().map(|hash| (hash.kind.as_str(), hash.url.is_some())).collect();
        assert_eq!(hashes, [("SHA256", true), ("MD5", true), ("IMPHASH", false)]);
        assert_eq!(alert.file.as_deref(), Some(r"C:\x.exe"));
        // What is no GUID gets into no command.
        assert_eq!(alert.hunt, None);
        let good = alerts(1, &format!(r#"{{"ProcessGuid":"{GUID}"}}"#), "-");
        assert!(good[0].hunt.as_ref().is_some_and(|hunt| hunt == &format!("blocksieve hunt --from \"{GUID}\" FILE")));
        assert!(hunt_for(GUID, "-x.log").ends_with(" ./-x.log"), "no option");
    }

    #[test]
    fn it_is_read_again_as_it_was_written() {
        for alert in [
            Alert::sample(),
            Alert::default(),
            alerts(3, r#"{"DestinationPort":443,"Odd":[1,null,{"a":true}]}"#, "a").remove(0),
        ] {
            let written = serde_json::to_string(&alert).unwrap();
            assert_eq!(serde_json::from_str::<Alert>(&written).unwrap(), alert);
        }
    }
}
