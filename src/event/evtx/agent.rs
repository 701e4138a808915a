//! From Windows' XML of one event to the tree that Winlogbeat 8 would send.
//!
//! In: the XML of one event. Out: a [`Value`], always a map; or in a few words why it is no event. Texts are as Windows
//! renders them: GUIDs in braces and capitals, `0x` hexadecimals, `true` and `false`. As in the agent, empty data is absent,
//! data without a name is `param1`, `param2`, ... by its place, of equal names the first counts, line ends are LF and those
//! at the end are cut. Never here: names that Windows looks up (accounts, messages, tasks of a provider).

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use crate::ast::Number;
use crate::event::Value;

/// What is read of one event.
#[derive(Debug, Default)]
struct Parts {
    /// Texts of `System`, by [`Head`].
    system: [Option<String>; Head::COUNT],
    event_data: Vec<(String, String)>,
    user_data: Vec<(String, String)>,
    /// The element that wraps the user data.
    user_data_name: Option<String>,
}

/// What is read of `System`: elements, and attributes of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Head {
    ActivityId,
    Channel,
    Computer,
    EventId,
    Keywords,
    Level,
    Opcode,
    ProcessId,
    ProviderGuid,
    ProviderName,
    RecordId,
    RelatedActivityId,
    Task,
    ThreadId,
    Time,
    UserId,
    Version,
}

impl Head {
    const COUNT: usize = Head::Version as usize + 1;

    fn of(element: &str, attribute: &str) -> Option<Head> {
        Some(match (element, attribute) {
            ("Channel", "") => Head::Channel,
            ("Computer", "") => Head::Computer,
            ("Correlation", "ActivityID") => Head::ActivityId,
            ("Correlation", "RelatedActivityID") => Head::RelatedActivityId,
            ("EventID", "") => Head::EventId,
            ("EventRecordID", "") => Head::RecordId,
            ("Execution", "ProcessID") => Head::ProcessId,
            ("Execution", "ThreadID") => Head::ThreadId,
            ("Keywords", "") => Head::Keywords,
            ("Level", "") => Head::Level,
            ("Opcode", "") => Head::Opcode,
            ("Provider", "Guid") => Head::ProviderGuid,
            ("Provider", "Name") => Head::ProviderName,
            ("Security", "UserID") => Head::UserId,
            ("Task", "") => Head::Task,
            ("TimeCreated", "SystemTime") => Head::Time,
            ("Version", "") => Head::Version,
            (_, _) => return None,
        })
    }
}

impl Parts {
    /// Notes a text of `System`, the first if it comes again.
    fn head(&mut self, element: &str, attribute: &str, text: &str) {
        let place = Head::of(element, attribute).and_then(|head| self.system.get_mut(head as usize));
        if let Some(place @ None) = place {
            *place = Some(text.to_string());
        }
    }
}

/// Where the reading stands, by the elements that are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    System,
    EventData,
    UserData,
    Other,
}

/// The agent's view of the event in `xml`.
pub(super) fn view(xml: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(xml).map_err(|error| format!("the record's XML is not UTF-8: {error}"))?;
    let parts = read(text).map_err(|error| format!("the record is no event: {error}"))?;
    Ok(build(parts))
}

fn read(xml: &str) -> Result<Parts, String> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut parts = Parts::default();
    let (mut section, mut depth, mut rooted) = (Section::Other, 0_usize, false);
    // The pair that is open, at which depth, and its text so far.
    let mut pair: Option<(usize, String)> = None;
    let mut text = String::new();
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(element) => {
                depth += 1;
                let name = element.local_name();
                let name: &str = name.as_ref();
                match (depth, section) {
                    (1, _) if name != "Event" => return Err(format!("its outer element is {name:?}")),
                    (1, _) => rooted = true,
                    (2, _) => {
                        section = match name {
                            "System" => Section::System,
                            "EventData" => Section::EventData,
                            "UserData" => Section::UserData,
                            _other => Section::Other,
                        };
                    }
                    (3, Section::System) => {
                        attributes(&element, |key, value| parts.head(name, key, value))?;
                        pair = Some((depth, name.to_string()));
                        text.clear();
                    }
                    (3, Section::UserData) => {
                        parts.user_data_name.get_or_insert_with(|| name.to_string());
                    }
                    (3, Section::EventData) | (4, Section::UserData) => {
                        let mut key = name.to_string();
                        attributes(&element, |attribute, value| {
                            if attribute == "Name" {
                                key = value.to_string();
                            }
                        })?;
                        pair = Some((depth, key));
                        text.clear();
                    }
                    (_, _) => {}
                }
            }
            Event::End(_) => {
                if let Some((_, key)) = pair.take_if(|(at, _)| *at == depth) {
                    match section {
                        Section::System => parts.head(&key, "", &text),
                        Section::EventData => parts.event_data.push((key, std::mem::take(&mut text))),
                        Section::UserData => parts.user_data.push((key, std::mem::take(&mut text))),
                        Section::Other => {}
                    }
                }
                depth = depth.saturating_sub(1);
            }
            Event::Text(part) if pair.as_ref().is_some_and(|(at, _)| *at == depth) => text.push_str(&part),
            Event::CData(part) if pair.as_ref().is_some_and(|(at, _)| *at == depth) => text.push_str(&part),
            Event::GeneralRef(name) if pair.as_ref().is_some_and(|(at, _)| *at == depth) => {
                text.push(reference(&name).ok_or_else(|| format!("an unknown reference &{};", &*name))?);
            }
            Event::Eof => break,
            Event::Text(_)
            | Event::CData(_)
            | Event::GeneralRef(_)
            | Event::Empty(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => {}
        }
    }
    match depth {
        0 if rooted => Ok(parts),
        0 => Err("it has no element".into()),
        _open => Err("an element does not close".into()),
    }
}

fn attributes(element: &BytesStart<'_>, mut each: impl FnMut(&str, &str)) -> Result<(), String> {
    for attribute in element.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
        let key = attribute.key.local_name();
        each(key.as_ref(), &value);
    }
    Ok(())
}

fn reference(name: &BytesRef<'_>) -> Option<char> {
    match &**name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _number => name.resolve_char_ref().ok().flatten(),
    }
}

/// A map under construction: absent values are left out.
#[derive(Default)]
struct Map(Vec<(String, Value)>);

impl Map {
    fn put(&mut self, key: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.0.push((key.into(), value));
        }
    }

    /// As a value, unless nothing is in it.
    fn some(self) -> Option<Value> {
        (!self.0.is_empty()).then_some(Value::Map(self.0))
    }
}

fn build(parts: Parts) -> Value {
    let raw = |key: Head| parts.system.get(key as usize)?.as_deref().filter(|value| !value.is_empty());
    let text = |key: Head| raw(key).map(|value| Value::Text(value.into()));
    let guid = |key: Head| raw(key).map(|value| Value::Text(rendered(value.into())));
    let number = |key: Head| raw(key).and_then(Number::parse_text);
    let integer = |key: Head| number(key).map(Value::Number);
    let known = |names: &[(u64, &str)], key: Head| {
        let own = number(key)?;
        let name = names.iter().find(|(at, _)| Number::Int((*at).into()) == own)?.1;
        Some(Value::Text(name.into()))
    };
    let word = |word: &str| Some(Value::Text(word.into()));
    let bits = raw(Head::Keywords).and_then(|bits| u64::from_str_radix(bits.strip_prefix("0x")?, 16).ok());
    let task = known(TASKS, Head::Task);

    let mut event = Map::default();
    event.put("action", task.clone());
    event.put("code", text(Head::EventId));
    event.put("kind", word("event"));
    event.put("outcome", bits.and_then(outcome).and_then(word));
    event.put("provider", text(Head::ProviderName));

    let mut user = Map::default();
    user.put("identifier", text(Head::UserId));
    let mut thread = Map::default();
    thread.put("id", integer(Head::ThreadId));
    let mut process = Map::default();
    process.put("pid", integer(Head::ProcessId));
    process.put("thread", thread.some());
    let mut user_data = pairs(parts.user_data);
    if !user_data.0.is_empty() {
        user_data.put("xml_name", parts.user_data_name.map(Value::Text));
    }

    let mut winlog = Map::default();
    winlog.put("activity_id", guid(Head::ActivityId));
    winlog.put("api", word("wineventlog"));
    winlog.put("channel", text(Head::Channel));
    winlog.put("computer_name", text(Head::Computer));
    winlog.put("event_data", pairs(parts.event_data).some());
    winlog.put("event_id", text(Head::EventId));
    winlog.put("keywords", bits.and_then(keywords));
    winlog.put("opcode", known(OPCODES, Head::Opcode));
    winlog.put("process", process.some());
    winlog.put("provider_guid", guid(Head::ProviderGuid));
    winlog.put("provider_name", text(Head::ProviderName));
    winlog.put("record_id", integer(Head::RecordId));
    winlog.put("related_activity_id", guid(Head::RelatedActivityId));
    winlog.put("task", task);
    winlog.put("user", user.some());
    winlog.put("user_data", user_data.some());
    winlog.put("version", number(Head::Version).filter(|version| *version != Number::Int(0)).map(Value::Number));

    let mut host = Map::default();
    host.put("name", text(Head::Computer));
    let mut log = Map::default();
    log.put("level", known(LEVELS, Head::Level));
    let mut whole = Map::default();
    whole.put("@timestamp", raw(Head::Time).map(|time| Value::Text(milliseconds(time))));
    whole.put("event", event.some());
    whole.put("host", host.some());
    whole.put("log", log.some());
    whole.put("winlog", winlog.some());
    Value::Map(whole.0)
}

/// What Windows itself calls levels, opcodes, tasks and keywords; a provider's own names are in the provider's files.
const LEVELS: &[(u64, &str)] =
    &[(0, "information"), (1, "critical"), (2, "error"), (3, "warning"), (4, "information"), (5, "verbose")];
const OPCODES: &[(u64, &str)] = &[
    (0, "Info"),
    (1, "Start"),
    (2, "Stop"),
    (3, "DCStart"),
    (4, "DCStop"),
    (5, "Extension"),
    (6, "Reply"),
    (7, "Resume"),
    (8, "Suspend"),
    (9, "Send"),
];
const TASKS: &[(u64, &str)] = &[(0, "None")];
const AUDIT_FAILURE: u64 = 0x10_0000_0000_0000;
const AUDIT_SUCCESS: u64 = 0x20_0000_0000_0000;
const KEYWORDS: &[(u64, &str)] = &[
    (0x1_0000_0000_0000, "Response Time"),
    (0x2_0000_0000_0000, "WDI Context"),
    (0x4_0000_0000_0000, "WDI Diag"),
    (0x8_0000_0000_0000, "SQM"),
    (AUDIT_FAILURE, "Audit Failure"),
    (AUDIT_SUCCESS, "Audit Success"),
    (0x40_0000_0000_0000, "Correlation Hint"),
    (0x80_0000_0000_0000, "Classic"),
];
/// Keywords below are a provider's own.
const OWN_KEYWORDS: u64 = 0xffff_ffff_ffff;

fn keywords(bits: u64) -> Option<Value> {
    if bits & OWN_KEYWORDS != 0 {
        return None;
    }
    let names: Vec<Value> =
        KEYWORDS.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, name)| Value::Text((*name).into())).collect();
    (!names.is_empty()).then_some(Value::List(names))
}

fn outcome(bits: u64) -> Option<&'static str> {
    if bits & AUDIT_FAILURE != 0 {
        Some("failure")
    } else if bits & AUDIT_SUCCESS != 0 {
        Some("success")
    } else {
        None
    }
}

/// Names and values as the agent keeps them.
fn pairs(data: Vec<(String, String)>) -> Map {
    // Few events have many names; those that do must not cost a comparison of each with each.
    const FEW: usize = 64;
    let mut map = Map(Vec::with_capacity(data.len()));
    let mut seen = std::collections::HashSet::new();
    let many = data.len() > FEW;
    for (at, (name, value)) in data.into_iter().enumerate() {
        if value.is_empty() {
            continue;
        }
        let name = if name.is_empty() || name == "Data" { format!("param{}", at + 1) } else { name };
        let new = if many { seen.insert(name.clone()) } else { map.0.iter().all(|(earlier, _)| *earlier != name) };
        if new {
            map.0.push((name, Value::Text(rendered(line_ends(value)))));
        }
    }
    map
}

fn line_ends(mut value: String) -> String {
    if value.contains('\n') {
        value = value.replace("\r\n", "\n");
        value.truncate(value.trim_end_matches('\n').len());
    }
    value
}

/// A text that is a GUID as a whole gets capitals; the crate renders small letters, Windows and the agent capitals.
fn rendered(mut value: String) -> String {
    const FORM: &[u8] = b"{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";
    let fits = |(byte, form): (u8, &u8)| if *form == b'x' { byte.is_ascii_hexdigit() } else { byte == *form };
    if value.len() == FORM.len() && value.bytes().zip(FORM).all(fits) {
        value.make_ascii_uppercase();
    }
    value
}

/// `2021-02-25T15:04:48.6073435Z` with milliseconds, as the agent writes it; anything else as it is.
fn milliseconds(time: &str) -> String {
    match time.strip_suffix('Z').and_then(|time| time.split_once('.')) {
        Some((seconds, fraction)) if fraction.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{seconds}.{:0<3.3}Z", fraction)
        }
        Some(_) | None => time.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::find;

    const SYSTEM: &str = "<System><Provider Name=\"Microsoft-Windows-Sysmon\" \
        Guid=\"{5770385f-c22a-43e0-bf4c-06f5698ffbd9}\"/><EventID>1</EventID><Version>5</Version><Level>4</Level>\
        <Task>1</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords>\
        <TimeCreated SystemTime=\"2021-02-25T15:04:48.6073435Z\"/><EventRecordID>7</EventRecordID><Correlation/>\
        <Execution ProcessID=\"3800\" ThreadID=\"6444\"/><Channel>Microsoft-Windows-Sysmon/Operational</Channel>\
        <Computer>HOST</Computer><Security UserID=\"S-1-5-18\"/></System>";

    fn event(body: &str) -> Vec<(String, Value)> {
        let xml = format!(
            "<?xml version=\"1.0\"?><Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">{SYSTEM}{body}</Event>"
        );
        match view(xml.as_bytes()).unwrap() {
            Value::Map(members) => members,
            other => panic!("{other:?}"),
        }
    }

    fn text(event: &[(String, Value)], path: &str) -> Option<String> {
        find(event, path).map(|value| match value {
            Value::Text(text) => text.clone(),
            Value::Number(number) => format!("#{}", number.text()),
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn the_head_of_an_event_becomes_what_winlogbeat_sends() {
        let event = event("");
        let expected = [
            ("@timestamp", "2021-02-25T15:04:48.607Z"),
            ("event.code", "1"),
            ("event.provider", "Microsoft-Windows-Sysmon"),
            ("host.name", "HOST"),
            ("log.level", "information"),
            ("winlog.event_id", "1"),
            ("winlog.provider_guid", "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"),
            ("winlog.record_id", "#7"),
            ("winlog.opcode", "Info"),
            ("winlog.version", "#5"),
            ("winlog.process.pid", "#3800"),
            ("winlog.process.thread.id", "#6444"),
            ("winlog.user.identifier", "S-1-5-18"),
        ];
        for (path, value) in expected {
            assert_eq!(text(&event, path).as_deref(), Some(value), "{path}");
        }
        for absent in ["winlog.task", "winlog.keywords", "winlog.event_data", "winlog.user_data", "event.outcome"] {
            assert_eq!(text(&event, absent), None, "{absent}");
        }
    }

    #[test]
    fn data_is_kept_as_the_agent_keeps_it() {
        let event = event(
            "<EventData><Data Name=\"RuleName\"></Data><Data Name=\"Guid\">{63a74932-aaaa-bbbb-cccc-00000000abcd}</Data>\
             <Data>two</Data><Data Name=\"A\">one &amp; &#x41;\r\ntwo\r\n\r\n</Data><Data Name=\"A\">second</Data>\
             <Data>six</Data><Data/><Binary>00FF</Binary><ComplexData Name=\"C\">x<y>no</y>z</ComplexData></EventData>",
        );
        let data = |name: &str| text(&event, &format!("winlog.event_data.{name}"));
        assert_eq!(data("RuleName"), None);
        assert_eq!(data("Guid").as_deref(), Some("{63A74932-AAAA-BBBB-CCCC-00000000ABCD}"));
        assert_eq!(data("param3").as_deref(), Some("two"));
        assert_eq!(data("A").as_deref(), Some("one & A\ntwo"));
        assert_eq!(data("param6").as_deref(), Some("six"));
        assert_eq!(data("Binary").as_deref(), Some("00FF"));
        assert_eq!(data("C").as_deref(), Some("xz"));
    }

    #[test]
    fn user_data_has_its_own_place() {
        let event = event(
            "<UserData><LogFileCleared xmlns=\"x\"><SubjectUserName>joe</SubjectUserName></LogFileCleared></UserData>",
        );
        assert_eq!(text(&event, "winlog.user_data.SubjectUserName").as_deref(), Some("joe"));
        assert_eq!(text(&event, "winlog.user_data.xml_name").as_deref(), Some("LogFileCleared"));
        assert_eq!(text(&event, "winlog.event_data"), None);
    }

    #[test]
    fn keywords_are_named_as_far_as_windows_names_them() {
        assert_eq!(keywords(0x8020_0000_0000_0000), Some(Value::List(vec![Value::Text("Audit Success".into())])));
        assert_eq!(outcome(0x8010_0000_0000_0000), Some("failure"));
        // A provider's own bit: its name is not known.
        assert_eq!(keywords(0x8000_0000_0000_0001), None);
        assert_eq!(keywords(0x8000_0000_0000_0000), None);
    }

    #[test]
    fn what_is_no_event_is_refused() {
        for xml in [
            "",
            "<Events/>",
            "<Event><System>",
            "<Event><EventData><Data>&nope;</Data></EventData></Event>",
            "<Event></Even>",
        ] {
            assert!(view(xml.as_bytes()).is_err(), "{xml}");
        }
        assert!(view(b"<Event>\xff</Event>").is_err());
    }
}
