//! Event XML in, agent's events out; where events begin and end.

use crate::event::Form;
use crate::event::testing::{Event, event, read, read_once};
use crate::limits::{EVENT_DEPTH, RECORD_MEMBERS};

/// An event with this behind its header.
fn xml(rest: &str) -> String {
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='P'/><EventID>1</EventID>\
         </System>{rest}</Event>"
    )
}

fn of(rest: &str) -> Event {
    let event = event(xml(rest));
    assert_eq!(event.form, Form::Xml);
    event
}

fn data(inside: &str) -> Vec<String> {
    of(&format!("<EventData>{inside}</EventData>")).data()
}

/// What is wrong with an event.
fn damage(event: &str) -> String {
    let seen = read(event.as_bytes());
    assert!(seen.events.is_empty() && seen.damaged.len() == 1, "{event}: {seen:?}");
    seen.damaged[0].trim_start_matches("in:1: ").to_string()
}

#[test]
fn the_header_and_the_data_of_windows() {
    let event = event(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>\
         <Provider Name='Microsoft-Windows-Sysmon' Guid='{5770385F-C22A-43E0-BF4C-06F5698FFBD9}' EventSourceName='old'/>\
         <EventID Qualifiers='16384'>1</EventID><Version>5</Version><Level>4</Level><Task>1</Task><Opcode>0</Opcode>\
         <Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime='2024-03-05T08:09:10.123456700Z'/>\
         <EventRecordID>4711</EventRecordID><Correlation ActivityID='{A1B2C3D4-0001-65E6-0100-000000002A00}'/>\
         <Execution ProcessID='2468' ThreadID='3120' SessionID='0'/><Channel>Microsoft-Windows-Sysmon/Operational</Channel>\
         <Computer>ws07</Computer><Security UserID='S-1-5-18'/></System><EventData><Data Name='RuleName'></Data>\
         <Data Name='Image'>C:\\a.exe</Data><Data Name='ProcessId'>7</Data></EventData></Event>",
    );
    insta::assert_snapshot!(event.show(), @r#"
    @timestamp "2024-03-05T08:09:10.1234567Z"
    event.code "1"
    event.kind "event"
    event.provider "Microsoft-Windows-Sysmon"
    host.name "ws07"
    log.level "information"
    winlog.activity_id "{A1B2C3D4-0001-65E6-0100-000000002A00}"
    winlog.channel "Microsoft-Windows-Sysmon/Operational"
    winlog.computer_name "ws07"
    winlog.event_data.Image "C:\\a.exe"
    winlog.event_data.ProcessId "7"
    winlog.event_id "1"
    winlog.process.pid 2468
    winlog.process.thread.id 3120
    winlog.provider_guid "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}"
    winlog.provider_name "Microsoft-Windows-Sysmon"
    winlog.record_id 4711
    winlog.user.identifier "S-1-5-18"
    winlog.version 5
    "#);
    for lost in ["message", "winlog.task", "winlog.user.name", "winlog.api", "tags"] {
        assert!(event.lost(lost), "{lost}");
    }
    // The channel's bit has no name.
    assert!(!event.lost("winlog.keywords"));
}

#[test]
fn references_are_the_characters_that_they_stand_for() {
    for (written, said) in [
        ("&lt;a href=&quot;x&quot;&gt;&amp;&apos;", "<a href=\"x\">&'"),
        ("&#65;&#x42;&#X43;&#x1F600;", "ABC😀"),
        ("a&#13;&#10;b&#10;", "a\nb"),
        ("&amp;lt;", "&lt;"),
        ("tab&#9;bell&#7;", "tab\tbell\u{7}"),
        // Forwarders take the semicolon away; what is left is text.
        ("&ltAnonymous Pipe&gt", "&ltAnonymous Pipe&gt"),
        ("a & b && c", "a & b && c"),
    ] {
        assert_eq!(data(&format!("<Data Name='X'>{written}</Data>")), [format!("X={said}")], "{written}");
    }
    for unknown in ["&nbsp;", "&#0;", "&#xD800;", "&#1114112;", "&#x;", "&#;"] {
        let told = damage(&xml(&format!("<EventData><Data Name='X'>{unknown}</Data></EventData>")));
        assert!(told.starts_with("an entity that XML does not have"), "{unknown}: {told}");
    }
}

#[test]
fn what_a_value_is_made_of() {
    for (inside, value) in [
        ("plain", "plain"),
        ("<![CDATA[a < b && c]]>", "a < b && c"),
        ("a<![CDATA[<]]>b", "a<b"),
        ("a\r\nb\rc\nd\r\n", "a\nb\nc\nd"),
        (" blanks at both ends ", " blanks at both ends "),
        ("a<!-- no text -->b", "ab"),
        ("a<?nor this?>b", "ab"),
        // Elements inside of a value are no text of it.
        ("a<b>c<d/></b>e", "ae"),
        ("\u{6f22}\u{1f600}", "\u{6f22}\u{1f600}"),
    ] {
        assert_eq!(data(&format!("<Data Name='X'>{inside}</Data>")), [format!("X={value}")], "{inside}");
    }
}

#[test]
fn what_is_empty_is_absent_and_counts_for_those_without_a_name() {
    assert_eq!(data(""), [""; 0]);
    assert_eq!(of("<EventData/>").data(), [""; 0]);
    assert_eq!(of("").data(), [""; 0]);
    assert_eq!(
        data("<Data Name='A'/><Data Name='B'></Data><Data Name='C'>\r\n</Data><Data Name='D'>d</Data>"),
        ["D=d"]
    );
    // D37
    assert_eq!(data("<Data>winlogbeat</Data><Data>running</Data>"), ["param1=winlogbeat", "param2=running"]);
    assert_eq!(data("<Data>a</Data><Data/><Data></Data><Data>d</Data>"), ["param1=a", "param4=d"]);
    assert_eq!(
        data("<Data Name='N'>n</Data><Data Name=''>x</Data><Data Name='Data'>y</Data>"),
        ["N=n", "param2=x", "param3=y"]
    );
    assert_eq!(data("<Data>a</Data><Binary>CAFE</Binary>"), ["param1=a", "Binary=CAFE"]);
}

#[test]
fn names_are_attributes_in_either_quotes() {
    assert_eq!(
        data("<Data Name=\"A\">1</Data><Data  Name = 'B' >2</Data><Data x='y' Name='a&amp;b'>3</Data>"),
        ["A=1", "B=2", "a&b=3"]
    );
    assert!(damage(&xml("<EventData><Data Name=A>1</Data></EventData>")).starts_with("an attribute that is none"));
}

#[test]
fn of_a_name_that_comes_again_the_first_value_that_is_not_empty_counts() {
    let twice = "<EventData><Data Name='X'/><Data Name='X'>1</Data><Data Name='X'>2</Data></EventData>";
    let seen = read(xml(twice).as_bytes());
    assert_eq!((seen.events[0].data(), seen.stats.duplicate_keys), (vec!["X=1".to_string()], 1));
    let event = event(
        "<Event><System><EventID>1</EventID><EventID>2</EventID><Channel>A</Channel></System>\
         <System><Channel>B</Channel></System><EventData><Data Name='X'>1</Data></EventData><EventData><Data>2</Data></EventData></Event>",
    );
    assert_eq!((event.get("winlog.event_id"), event.get("winlog.channel")), ("1".into(), "A".into()));
    assert_eq!(event.data(), ["X=1", "param2=2"]);
}

#[test]
fn a_rendered_event_has_what_the_renderer_knew() {
    let event = of(
        "<RenderingInfo Culture='en-US'><Message>Process Create:\r\nRuleName: -</Message><Level>Information</Level>\
         <Task>Process Create (rule: ProcessCreate)</Task><Opcode>Info</Opcode><Channel>other</Channel><Provider>other</Provider>\
         <Keywords><Keyword>Audit \"Success\"</Keyword><Keyword>B</Keyword></Keywords></RenderingInfo>",
    );
    for (path, value) in [
        ("message", "Process Create:\nRuleName: -"),
        ("log.level", "information"),
        ("winlog.task", "Process Create (rule: ProcessCreate)"),
        ("event.action", "Process Create (rule: ProcessCreate)"),
        ("winlog.opcode", "Info"),
        ("winlog.keywords", "Audit \"Success\", B"),
        ("winlog.provider_name", "P"),
    ] {
        assert_eq!(event.get(path), value, "{path}");
    }
    let without = of("<RenderingInfo Culture='de-DE'><Message/><Keywords/></RenderingInfo>");
    assert!(without.lost("message") && without.lost("winlog.keywords"));
}

#[test]
fn user_data_are_what_stands_in_their_only_element() {
    let event = of(
        "<UserData><LogFileCleared xmlns='x'><SubjectUserName>bob</SubjectUserName><Empty/><Data Name='N'>n</Data><Data>d</Data>\
         </LogFileCleared><Second><A>1</A></Second></UserData>",
    );
    assert_eq!(event.data(), [""; 0]);
    for (name, value) in
        [("SubjectUserName", "bob"), ("N", "n"), ("param4", "d"), ("xml_name", "LogFileCleared"), ("A", "")]
    {
        assert_eq!(event.get(&format!("winlog.user_data.{name}")), value, "{name}");
    }
}

#[test]
fn sysmon_for_linux() {
    let event = event(
        "<Event><System><Provider Name=\"Linux-Sysmon\" Guid=\"{ff032593-a8d3-4f13-b0d6-01fc615a0f97}\"/><EventID>1</EventID>\
         <Version>5</Version><Level>4</Level><Task>1</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords>\
         <TimeCreated SystemTime=\"2024-03-05T08:09:10.123450000Z\"/><EventRecordID>20</EventRecordID><Correlation/>\
         <Execution ProcessID=\"86107\" ThreadID=\"86107\"/><Channel>Linux-Sysmon/Operational</Channel><Computer>u</Computer>\
         <Security UserId=\"0\"/></System><EventData><Data Name=\"RuleName\">-</Data><Data Name=\"Image\">/usr/bin/a</Data></EventData></Event>",
    );
    assert_eq!(event.get("@timestamp"), "2024-03-05T08:09:10.12345Z");
    assert_eq!(
        (event.get("winlog.provider_name"), event.get("winlog.user.identifier")),
        ("Linux-Sysmon".into(), "0".into())
    );
    assert_eq!(event.data(), ["RuleName=-", "Image=/usr/bin/a"]);
}

#[test]
fn what_says_nothing_is_passed_over() {
    let event = of(
        "<ProcessingErrorData><ErrorCode>15027</ErrorCode></ProcessingErrorData><DebugData><Data Name='X'>1</Data></DebugData>\
         <EventData>text<Data Name='Y'>2</Data>text</EventData><BinaryEventData>00</BinaryEventData>",
    );
    assert_eq!(event.data(), ["Y=2"]);
}

#[test]
fn garbage_is_damage_with_its_place() {
    let system = "<System><EventID>1</EventID></System>";
    for (event, told) in [
        ("<Event><EventData><Data>x</Data></EventData></Event>".to_string(), "it has no System element (byte 0)"),
        (
            format!("<Event>{system}<EventData><Data>x</EventData></Event>"),
            "elements that do not fit together (byte 62)",
        ),
        (format!("<Event>{system}<EventData></Event>"), "elements that do not fit together (byte 55)"),
        (format!("<Event>{system}<![CDATA[x</Event>"), "markup that does not end (byte 44)"),
        (format!("<Event>{system}<!-- x</Event>"), "markup that does not end (byte 44)"),
        (format!("<Event>{system}"), "an event that does not close (byte 0)"),
    ] {
        assert_eq!(damage(&event), told, "{event}");
    }
}

#[test]
fn bytes_that_are_no_text_are_damage_where_they_are_read() {
    let mut bytes = xml("<EventData><Data Name='X'>ab</Data><Data Name='Y'>c</Data></EventData>").into_bytes();
    let at = bytes.windows(2).rposition(|pair| pair == b"ab").unwrap();
    bytes[at] = 0xff;
    // The event as a whole cannot be read, but nobody has to read all of it.
    let seen = read(&bytes);
    assert_eq!((seen.told(), seen.events[0].members.len()), (vec!["1 xml -".to_string()], 0));
    let strict = crate::event::testing::read_strictly(&bytes);
    assert_eq!(strict.told(), [format!("in:1: not UTF-8 (byte {at})")]);
    // What the walk over the markup meets has to be text.
    let bytes = xml("<EventData><Data Name='X'>&lt;\u{e4}</Data></EventData>").replace('\u{e4}', "?").into_bytes();
    let at = bytes.iter().rposition(|byte| *byte == b'?').unwrap();
    let bytes = [&bytes[..at], b"\xff", &bytes[at + 1..]].concat();
    assert!(read(&bytes).damaged[0].starts_with("in:1: not UTF-8"));
}

#[test]
fn nesting_has_a_limit() {
    let nested = |depth: usize| xml(&format!("<Extra>{}{}</Extra>", "<a>".repeat(depth), "</a>".repeat(depth)));
    assert_eq!(event(nested(EVENT_DEPTH - 2)).form, Form::Xml);
    assert!(damage(&nested(EVENT_DEPTH - 1)).starts_with("nested too deeply"));
    // Bytes by the million are read without a stack by the million.
    assert!(damage(&xml(&"<a>".repeat(1_000_000))).starts_with("nested too deeply"));
}

#[test]
fn events_in_a_row_with_anything_between_them() {
    let (one, two) = (xml(""), xml("<EventData/>"));
    for between in ["", "\n", "\r\n\r\n", "text & no markup", "<!-- comment -->", "</Events><Events>", "<Other/>", "\0"]
    {
        let text = format!("<Events>{one}{between}{two}</Events>");
        let seen = read(text.as_bytes());
        assert_eq!(seen.told(), ["1 xml 1", "2 xml 1"], "{between:?}");
        assert_eq!(seen.events[1].offset, (8 + one.len() + between.len()) as u64);
        assert_eq!(seen.events[1].text.as_deref(), Some(two.as_str()));
        assert_eq!(seen.stats.bytes, text.len() as u64);
    }
    // Two documents, each with a head.
    let head = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
    assert_eq!(read(format!("{head}{one}\n{head}{two}").as_bytes()).told(), ["1 xml 1", "2 xml 1"]);
    assert_eq!(read(format!("\u{feff}{head}{one}").as_bytes()).told(), ["1 xml 1"]);
}

#[test]
fn an_event_that_is_cut_short_costs_no_other() {
    let whole = xml("<EventData><Data Name='X'>1</Data></EventData>");
    for cut in [10, 20, whole.len() / 2, whole.len() - 1] {
        let text = format!("{whole}\n{}\n{whole}\n{}", &whole[..cut], &whole[..cut]);
        let place = whole.len() + 1;
        let last = 2 * place + cut + 1;
        assert_eq!(
            read(text.as_bytes()).told(),
            [
                "1 xml 1".to_string(),
                "3 xml 1".to_string(),
                format!("in:2: an event that is cut short by the next one (byte {place})"),
                format!("in:4: an event that does not close (byte {last})"),
            ],
            "{cut}"
        );
    }
}

#[test]
fn elements_may_have_the_prefix_of_their_namespace() {
    let text = "<e:Events xmlns:e='x'><e:Event><e:System><e:EventID>1</e:EventID></e:System><e:EventData><e:Data Name='X'>1</e:Data>\
                </e:EventData></e:Event>\n<a-very.long_prefix0:Event\n><System><EventID>2</EventID></System></a-very.long_prefix0:Event ></e:Events>";
    let seen = read(text.as_bytes());
    assert_eq!(seen.told(), ["1 xml 1", "2 xml 2"]);
    assert_eq!(seen.events[0].data(), ["X=1"]);
}

#[test]
fn what_begins_like_an_event_is_none() {
    for none in ["<Events/>", "<EventData/>", "<Event/>", "<MyEvent>", "< Event>", "<Event.x>", "<!-- Event -->"] {
        let seen = read(format!("{none}{}{none}", xml("")).as_bytes());
        assert_eq!(seen.told(), ["1 xml 1"], "{none}");
    }
}

mod plain {
    //! The short way and the long way say the same.

    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    /// Comments behind every tag, so that nothing is as plain as Windows writes it.
    fn the_long_way(xml: &str) -> String {
        xml.replace('>', "><!-- -->")
    }

    /// An element, or what only looks like one.
    fn element() -> impl Strategy<Value = String> {
        let text = select(vec![
            "",
            "x",
            "a b",
            "\r\n",
            "a\r\nb\n",
            "&lt;",
            "&#10;",
            "ä漢😀",
            "]]",
            "'\"",
            "a & b",
            "<b/>",
            "<![CDATA[c]]>",
            "7",
        ]);
        let open = select(vec![
            "<Data Name='A'>",
            "<Data Name=\"B\">",
            "<Data Name='Data'>",
            "<Data Name=''>",
            "<Data>",
            "<Data Name='A&amp;B'>",
            "<Data  Name='C'>",
            "<Data Name='D' x='y'>",
            "<Data Name='E' >",
        ]);
        let header =
            select(vec!["EventID", "Level", "Task", "Channel", "Computer", "Version", "Keywords", "Message", "Other"]);
        let layout = select(vec!["", "\n  ", " ", "text"]);
        prop_oneof![
            3 => (layout.clone(), open, text.clone()).prop_map(|(layout, open, text)| format!("{layout}{open}{text}</Data>")),
            1 => (layout, header, text).prop_map(|(layout, name, text)| format!("{layout}<{name}>{text}</{name}>")),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn elements_are_what_quick_xml_makes_of_them(
            system in proptest::collection::vec(element(), 0..5),
            data in proptest::collection::vec(element(), 0..8),
            rendered in proptest::collection::vec(element(), 0..4),
        ) {
            let xml = format!(
                "<Event><System>{}</System><EventData>{}</EventData><RenderingInfo>{}</RenderingInfo></Event>",
                system.concat(), data.concat(), rendered.concat(),
            );
            let (short, long) = (read(xml.as_bytes()), read(the_long_way(&xml).as_bytes()));
            let events = |seen: &crate::event::testing::Seen| seen.events.iter().map(Event::show).collect::<Vec<_>>();
            prop_assert_eq!(events(&short), events(&long), "{}", xml);
            prop_assert_eq!(short.damaged.len(), long.damaged.len(), "{}", xml);
        }
    }
}

#[test]
fn an_event_with_too_many_elements_is_refused_and_the_next_one_read() {
    let system = "<System><EventID>1</EventID></System>";
    for data in ["<Data Name='a'>1</Data>", "<Data Name='a'>&lt;</Data>", "<x/>"] {
        let event = |count: usize| format!("<Event>{system}<EventData>{}</EventData></Event>", data.repeat(count));
        // The two of the header, and those around, count too.
        let fits = event(RECORD_MEMBERS - 4);
        let seen = read_once(format!("{}{fits}", event(RECORD_MEMBERS)).as_bytes());
        assert_eq!((seen.events.len(), seen.stats.too_large), (1, 1), "{data}: {:?}", seen.damaged);
        assert!(seen.damaged[0].starts_with("in:1: more than 131072 keys, elements or members of lists (byte "));
    }
}

#[test]
fn names_that_come_again_are_counted_without_comparing_each_with_each() {
    let system = "<System><EventID>1</EventID></System>";
    // Values that are not there do not count.
    let empty = "<Data Name='a'></Data>".repeat(60_000);
    let same = "<Data Name='a'>1</Data>".repeat(20_000);
    let other: String = (0..40_000).map(|at| format!("<Data Name='b{at}'>1</Data>")).collect();
    let event = format!("<Event>{system}<EventData>{empty}{same}{other}</EventData></Event>");
    let seen = read_once(event.as_bytes());
    assert_eq!((seen.events.len(), seen.stats.duplicate_keys), (1, 19_999));
}

#[test]
fn an_element_that_closes_itself_is_no_event() {
    for empty in ["<Event/>", "<Event />", "<Event xmlns='x'/>", "<Event\n xmlns='x' />"] {
        for text in [format!("<Event><System/></Event>\n{empty}"), format!("{empty}<Event><System/></Event>")] {
            let seen = read(text.as_bytes());
            assert_eq!((seen.events.len(), seen.damaged.len()), (1, 0), "{text}");
        }
    }
}
