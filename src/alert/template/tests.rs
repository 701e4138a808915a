//! What templates say of an alert, and what they refuse.

use serde_json::json;

use super::*;
use crate::sysmon::Catalogue;

fn known() -> Known {
    Known::of(&Catalogue::standard())
}

fn texts(text: &str, html: Option<&str>) -> Texts {
    Texts { name: "t".to_string(), subject: "s".to_string(), text: text.to_string(), html: html.map(String::from) }
}

fn parsed(text: &str, html: Option<&str>) -> Template {
    Template::parse(&texts(text, html), &known()).unwrap_or_else(|faults| panic!("{text}: {faults:?}"))
}

/// An alert with these fields under `msg`.
fn alert(msg: serde_json::Value) -> Alert {
    let mut alert = Alert::sample();
    alert.msg = msg.as_object().unwrap().clone();
    alert
}

fn said(text: &str, msg: serde_json::Value) -> String {
    let rendered = render(&parsed(text, None), &alert(msg));
    assert_eq!(rendered.failed, Vec::<String>::new(), "{text}");
    rendered.text
}

/// What a template is refused for: the text that is marked, the message, the help.
fn refused(text: &str) -> String {
    let faults = Template::parse(&texts(text, None), &known()).err().unwrap_or_default();
    let each = faults.iter().map(|fault| {
        let marked = text.get(fault.range.clone()).unwrap_or("?");
        format!("{} `{marked}`: {}; {}", fault.code, fault.message, fault.help)
    });
    each.collect::<Vec<String>>().join("\n")
}

#[test]
fn a_value_is_written_as_it_stands() {
    let msg = json!({ "logontype": "3", "src@ip": { "value": "10.0.0.1", "country_name": "Norway" }, "technique": ["T1", "T2"] });
    for (text, expected) in [
        ("LogonType {{ msg.logontype }}", "LogonType 3"),
        ("{{ msg['logontype'] }}", "3"),
        ("{{ msg['src@ip']['country_name'] }}", "Norway"),
        ("{{ msg['src@ip'].value }}", "10.0.0.1"),
        ("{{ msg.technique }}", "T1, T2"),
        ("{{ msg.technique[-1] }} {{ msg.technique|first }} {{ msg.technique|length }}", "T2 T1 2"),
        ("{{ meta.src.host }} {{ meta['src']['host'] }}", "ws01.example.org ws01.example.org"),
        ("{{ event['@timestamp'] }} {{ timestamp|time }}", "2024-01-31T10:00:00.123Z 2024-01-31 10:00:00 UTC"),
        ("{{ timestamp|time('%d.%m.%Y') }}", "31.01.2024"),
        ("{{ msg.get('logontype') }} {{ msg.get('whatever', 'x') }}", "3 x"),
        ("{{ host.upper() }} {{ host|truncate(7) }}", "WS01.EXAMPLE.ORG ws01..."),
        ("{% for t in decision.tagged %}{{ t.tag }} by {{ t.rule }}{% endfor %}", "suspicious by Sample: suspicious"),
        ("{{ threshold.count }} {{ threshold.key['winlog.computer_name'] }}", "12 ws01.example.org"),
        ("{{ 'yes' if msg.logontype == '3' }}{{ 'no' if msg.logontype == '4' }}", "yes"),
        ("{% set x = rule %}{{ x.name }}", "Sample: credential access"),
        ("{{ \"it's\"|shell }} {{ \"it's\"|literal }}", "'it'\\''s' \"it's\""),
        (
            "{{ msg|tojson }}",
            "{\"logontype\":\"3\",\"src@ip\":{\"value\":\"10.0.0.1\",\"country_name\":\"Norway\"},\"technique\":[\"T1\",\"T2\"]}",
        ),
    ] {
        let said = said(text, msg.clone());
        if text.contains("tojson") {
            assert_eq!(serde_json::from_str::<serde_json::Value>(&said).unwrap(), msg);
        } else {
            assert_eq!(said, expected, "{text}");
        }
    }
}

#[test]
fn what_is_not_there_is_visible_and_no_error() {
    for (text, expected) in [
        ("{{ msg.user }} {{ msg['user'] }}", "[no msg.user] [no msg.user]"),
        ("{{ msg.username }}", "[no msg.username]"),
        ("{{ msg['src@ip']['country_name'] }}", "[no msg['src@ip'].country_name]"),
        ("{{ msg.username|upper }}", "[NO MSG.USERNAME]"),
        ("{{ msg.username.lower() }}", "[no msg.username]"),
        ("a {{ msg.username ~ '!' }}", "a [no msg.username]!"),
        ("{{ msg.get('username') }}", "[no msg.username]"),
        ("{{ msg.username|oneline }} {{ msg.utctime|time }}", "[no msg.username] [no msg.utctime]"),
        ("{% if msg.username %}x{% else %}none{% endif %}", "none"),
        ("{{ msg.username|default('nobody') }} {{ msg.username|d }}.", "nobody ."),
        ("{{ msg.username or 'nobody' }}", "nobody"),
        ("{{ msg.username is defined }} {{ msg.username is undefined }} {{ msg.username is none }}", "False True True"),
        ("{{ host is defined }} {{ host is none }}", "True False"),
        ("{% for x in msg.username %}x{% endfor %}{{ msg.username|length }}", "0"),
        ("{{ hashes[7].url }} {{ ([]|first) }}", "[no hashes[7].url] [no first of an empty list]"),
        ("{{ msg.username == '' }} {{ 'a' in msg.username }}", "False False"),
    ] {
        assert_eq!(said(text, json!({})), expected, "{text}");
    }
    let mut bare = Alert::default();
    bare.rule.name = "r".to_string();
    let text = "{{ threshold.count }} {{ suppressed.first }} {{ hunt }} {{ timestamp|time }} {{ related }}";
    let expected = "[no threshold.count] [no suppressed.first] [no hunt] [no timestamp] ";
    assert_eq!(render(&parsed(text, None), &bare).text, expected);
}

#[test]
fn names_that_nobody_knows_are_refused_with_the_nearest() {
    let texts = [
        "{{ msg.imagee }}",
        "{{ msg['imagee'] }}",
        "{{ msg.TargetImage }}",
        "{{ msg.qqqqqqqqqqqq }}",
        "{{ image }}",
        "{{ hots }}",
        "{{ rule.nmae }}",
        "{{ decision.tagged.rule }}",
        "{% for tagged in decision.tagged %}{{ tagged.rulee }}{% endfor %}",
        "{{ hashes[0].urll }}",
        "{{ (hashes|first).urll }}",
        "{{ meta.src.hots }}",
        "{{ host|uper }}",
        "{{ host|safe }}",
        "{% if host is defned %}{% endif %}",
        "{{ rnage(3) }}",
        "{{ host.uper() }}",
        "{% autoescape false %}{{ host }}{% endautoescape %}",
        "{% include 'x' %}",
        "{{ host",
        "{% if host %}",
        "a\n{% endif %}",
        "{{ a b }}",
    ];
    let all: Vec<String> = texts.iter().map(|text| format!("{text}\n    {}", refused(text))).collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn names_of_the_template_and_of_the_projects_rules_are_known() {
    for text in [
        "{% macro row(a, b='x') %}{{ a }}{{ b }}{% endmacro %}{{ row(host) }}",
        "{% set ns = namespace(n=0) %}{% for h in hashes %}{% set ns.n = ns.n + 1 %}{{ loop.index }}{% endfor %}{{ ns.n }}",
        "{% with a = rule %}{{ a.name }}{% endwith %}",
        "{% for name, value in msg|items %}{{ name }}{{ value }}{% endfor %}",
        "{% macro wrap() %}<{{ caller() }}>{% endmacro %}{% call wrap() %}x{% endcall %}{{ range(3) }}",
        "{{ msg.logontype }}{{ msg['destinationport@int'].value }}{{ msg.group }}",
    ] {
        let faults = refused(text);
        assert_eq!(faults, "", "{text}");
    }
    let (compiled, _) = crate::compile_text("classify \"o\" { if msg.shift == '1' { set msg.owner = 'x' } }", &[]);
    let known = known().with_rules(&[compiled.unwrap().definition]);
    assert!(Template::parse(&texts("{{ msg.owner }} {{ msg.shift }}", None), &known).is_ok());
    assert!(Template::parse(&texts("{{ msg.ownr }}", None), &known).is_err());
    assert!(Template::parse(&texts("{{ msg.ownr }}", None), &known.open()).is_ok());
}

#[test]
fn every_name_of_jinja_that_is_let_through_is_there() {
    let env = environment();
    for filter in walk::FILTERS.iter().chain(&filters::FILTERS) {
        let there = env.render_str("{{ name is filter }}", minijinja::context!(name => *filter)).unwrap();
        assert_eq!(there, "True", "{filter}");
    }
    for test in walk::TESTS {
        let there = env.render_str("{{ name is test }}", minijinja::context!(name => *test)).unwrap();
        assert_eq!(there, "True", "{test}");
    }
    for function in walk::FUNCTIONS {
        assert!(env.globals().any(|(name, _)| name == *function), "{function}");
    }
}

#[test]
fn the_variables_are_those_of_the_data() {
    let data = Alert::sample().json();
    let mut have: Vec<&str> = data.as_object().unwrap().keys().map(String::as_str).collect();
    have.sort_unstable();
    let known: Vec<&str> = names::VARIABLES.iter().map(|(name, _)| *name).collect();
    assert_eq!(have, known);
    // Nothing in the sample has a name that could not be asked for.
    fn walk(data: &serde_json::Value, shape: names::Shape, path: &str) {
        match (data, shape) {
            (serde_json::Value::Object(members), names::Shape::Map(names)) => {
                for (name, value) in members {
                    let found = names.iter().find(|(known, _)| known == name);
                    let (_, shape) = found.unwrap_or_else(|| panic!("{path}.{name}"));
                    walk(value, *shape, &format!("{path}.{name}"));
                }
            }
            (serde_json::Value::Array(items), names::Shape::List(item)) => {
                items.iter().for_each(|value| walk(value, *item, path));
            }
            (_, names::Shape::Any | names::Shape::Msg) => {}
            (other, shape) => panic!("{path}: {other} is no {shape:?}"),
        }
    }
    for (name, shape) in names::VARIABLES {
        walk(&data[name], *shape, name);
    }
}

#[test]
fn the_plain_template_passes_its_own_checks() {
    let plain = Texts { text: include_str!("plain.txt").to_string(), ..texts("", None) };
    assert!(Template::parse(&plain, &known()).is_ok());
    assert_eq!(Template::plain().tried(), []);
    let rendered = render(&Template::plain(), &Alert::sample());
    insta::assert_snapshot!(format!("{}\n\n{}", rendered.subject, rendered.text));
}

// Values that an endpoint chose.

#[test]
fn a_value_is_no_template() {
    let msg = json!({ "commandline": "{{ host }} {% for x in range(9) %} {# #}" });
    assert_eq!(said("{{ msg.commandline }}", msg), "{{ host }} {% for x in range(9) %} {# #}");
}

#[test]
fn html_is_escaped_in_the_page_and_nowhere_else() {
    let hostile = "<script>alert('1')</script>\" onload=\"x&";
    let macros = "{% macro b(x) %}<b>{{ x }}</b>{% endmacro %}{% set y %}<i>{{ msg.commandline }}</i>{% endset %}";
    let html = format!("{macros}<a title=\"{{{{ msg.commandline }}}}\">{{{{ b(msg.commandline) }}}}{{{{ y }}}}</a>");
    let rendered = render(&parsed("{{ msg.commandline }}", Some(&html)), &alert(json!({ "commandline": hostile })));
    assert_eq!(rendered.text, hostile);
    let escaped = "&lt;script&gt;alert(&#x27;1&#x27;)&lt;&#x2f;script&gt;&quot; onload=&quot;x&amp;";
    assert_eq!(rendered.html.unwrap(), format!("<a title=\"{escaped}\"><b>{escaped}</b><i>{escaped}</i></a>"));
    // What is not there and a list are escaped as well.
    let page =
        "{{ msg.get('<b>') }}{{ msg.technique }}{{ msg }}{{ msg.technique|join('<') }}{{ msg.technique|tojson }}";
    let rendered = render(&parsed("", Some(page)), &alert(json!({ "technique": ["<i>", "&"], "image": "<u>" })));
    let page = rendered.html.unwrap();
    assert!(!page.contains("<b>") && !page.contains("<i>") && !page.contains("<u>"), "{page}");
}

#[test]
fn a_link_that_an_endpoint_chose_runs_nothing() {
    let page = "<a href=\"{{ msg.commandline }}\">{{ msg.commandline }}</a><a href=\"https://x.example.org/{{ msg.commandline }}\">";
    let rendered = render(&parsed("", Some(page)), &alert(json!({ "commandline": "JavaScript:alert(1)" })));
    assert_eq!(
        rendered.html.unwrap(),
        "<a href=\"unsafe:JavaScript:alert(1)\">JavaScript:alert(1)</a><a href=\"https://x.example.org/JavaScript:alert(1)\">"
    );
}

#[test]
fn a_subject_is_one_bounded_line() {
    let mut texts = texts("", None);
    texts.subject = "{{ msg.commandline }}".to_string();
    let template = Template::parse(&texts, &known()).unwrap();
    let subject = |value: &str| render(&template, &alert(json!({ "commandline": value }))).subject;
    assert_eq!(subject("a\r\nBcc: x@example.org\r\n\r\nbody"), "a Bcc: x@example.org body");
    assert_eq!(subject("x\u{202e}gpj.exe \u{200b}y\0"), "x\\u{202e}gpj.exe \\u{200b}y\\0");
    assert_eq!(subject(&"é".repeat(1000)).chars().count(), ALERT_SUBJECT_CHARS);
    assert_eq!(subject("\u{2028}\u{2029}\u{85}a"), "\\u{2028}\\u{2029}\\u{85}a");
}

#[test]
fn hidden_characters_are_visible_and_line_breaks_stay_unless_asked() {
    let msg = json!({ "commandline": "a\u{202e}b\u{1b}[2J\r\nReason: harmless" });
    assert_eq!(said("{{ msg.commandline }}", msg.clone()), "a\\u{202e}b\\u{1b}[2J\nReason: harmless");
    assert_eq!(said("{{ msg.commandline|oneline }}", msg), "a\\u{202e}b\\u{1b}[2J ↵ Reason: harmless");
}

#[test]
fn a_long_value_is_cut_and_says_so_and_the_data_are_whole() {
    let long = "é".repeat(65_536);
    let rendered = render(&parsed("{{ msg.commandline }}", None), &alert(json!({ "commandline": long })));
    assert!(rendered.text.ends_with("é [… cut: 65536 characters in all]"), "{}", rendered.text.len());
    assert_eq!(rendered.text.chars().filter(|c| *c == 'é').count(), crate::limits::ALERT_VALUE_CHARS);
    assert_eq!(rendered.data["msg"]["commandline"], json!(long));
}

#[test]
fn no_template_runs_away_and_what_was_filled_in_is_kept() {
    let endless = "{% macro f(n) %}{{ f(n) }}{% endmacro %}";
    let loops = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
    for (text, why) in [
        (format!("first {endless}{{{{ f(1) }}}}"), "recursion"),
        (format!("first {loops}"), "fuel"),
        ("first {% for a in range(9999) %}{{ 'x' * 1000 }}{% endfor %}".to_string(), "512 KiB"),
        ("first {{ msg.image + 1 }}".to_string(), "in line 1"),
        ("first\n{{ timestamp|time('%!') }}".to_string(), "in line 2"),
    ] {
        let template = parsed(&text, Some(&text));
        let rendered = render(&template, &Alert::sample());
        assert!(rendered.text.starts_with("first") && rendered.text.ends_with("]\n"), "{text}");
        assert!(rendered.html.unwrap().starts_with("first"));
        assert_eq!(rendered.failed.len(), 2, "{:?}", rendered.failed);
        assert!(rendered.failed[0].contains(why), "{:?}", rendered.failed);
        assert!(rendered.text.len() < ALERT_PART_BYTES + 1000);
        assert!(!template.tried().is_empty());
    }
}

#[test]
fn a_template_has_limits_of_its_own() {
    let long = format!("{{{{ host{} }}}}", "~host".repeat(TEMPLATE_TAG_BYTES / 5));
    assert!(refused(&long).starts_with("BS0525"));
    assert!(refused(&"x".repeat(TEMPLATE_BYTES + 1)).starts_with("BS0525"));
    let deep = format!("{{{{ {}1{} }}}}", "(".repeat(480), ")".repeat(480));
    assert!(refused(&deep).starts_with("BS0520"), "{}", refused(&deep));
    let nested = "{% if host %}".repeat(5000);
    assert!(refused(&nested).starts_with("BS0520"));
    let chain = format!("{{{{ msg.image{} }}}}", ".a".repeat(480));
    assert_eq!(refused(&chain), "");
}

// The predefined template.

fn predefined() -> Template {
    let texts = Texts {
        name: "sysmon".to_string(),
        subject: "{{ rule.name }} {{ msg.commandline }}".to_string(),
        text: include_str!("../../../examples/sysmon/templates/sysmon.txt").to_string(),
        html: Some(include_str!("../../../examples/sysmon/templates/sysmon.html").to_string()),
    };
    Template::parse(&texts, &known()).unwrap_or_else(|faults| panic!("{faults:?}"))
}

#[test]
fn the_predefined_template_can_be_filled_in_with_everything_and_with_nothing() {
    let template = predefined();
    assert_eq!(template.tried(), []);
    let bare = render(&template, &Alert::default());
    assert!(!bare.text.contains("[no "), "{}", bare.text);
    assert!(!bare.html.unwrap().contains("[no "));
}

/// The names under `msg` that the predefined template asks for, and some that none does.
fn fields() -> Vec<String> {
    let all = concat!(
        include_str!("../../../examples/sysmon/templates/sysmon.txt"),
        include_str!("../../../examples/sysmon/templates/sysmon.html"),
        "msg.technique_name msg.odd"
    );
    let name = |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    let mut names: Vec<String> = all.split("msg.").skip(1).map(name).collect();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() > 40, "{names:?}");
    names
}

mod random {
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};

    use super::*;

    /// A value that an endpoint chose: it begins with what must not come out as it stands.
    fn hostile() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            Just("{{ raw }}".to_string()),
            Just("{% for x in range(9) %}".to_string()),
            Just("</td></table><script>".to_string()),
            Just("\r\n\r\nSubject: x\r\n".to_string()),
            Just("\u{202e}\u{2066}\u{0}\u{feff}".to_string()),
            Just("'; rm -rf / #".to_string()),
            Just("x".repeat(9000)),
            "\\PC{0,20}",
            ".{0,20}",
        ];
        prop::collection::vec(part, 0..4).prop_map(|parts| format!("<q\"'{}", parts.concat()))
    }

    fn value() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            8 => hostile().prop_map(Json::from),
            1 => any::<i64>().prop_map(Json::from),
            1 => any::<bool>().prop_map(Json::from),
            1 => Just(Json::Null),
        ];
        leaf.prop_recursive(2, 8, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
                prop::collection::btree_map("[a-z@<]{1,6}", inner, 0..3).prop_map(|map| json!(map)),
            ]
        })
    }

    fn alerts() -> impl Strategy<Value = Alert> {
        let msg = prop::collection::vec((prop::sample::select(fields()), value()), 0..12);
        let texts = prop::collection::vec(prop::option::of(hostile()), 8);
        (msg, texts, prop::sample::select(vec!["1", "4", "8", "10", "15", "255", "<q"])).prop_map(|(msg, texts, id)| {
            let mut alert = Alert::sample();
            alert.msg = msg.into_iter().collect();
            let [time, host, action, reason, file, raw, because, name] =
                <[Option<String>; 8]>::try_from(texts).unwrap();
            (alert.timestamp, alert.host, alert.action, alert.file, alert.raw) = (time, host, action, file, raw);
            alert.rule.reason = reason;
            alert.rule.name = name.unwrap_or_default();
            alert.decision.tagged[0].because = because.into_iter().collect();
            alert.event.id = Some(id.to_string());
            alert
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

        #[test]
        fn no_event_keeps_an_alert_from_being_said_and_none_gets_into_the_page(alert in alerts()) {
            let rendered = render(&predefined(), &alert);
            prop_assert_eq!(&rendered.failed, &Vec::<String>::new());
            let hidden = |text: &str| text.chars().find(|c| (c.is_control() && *c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
            let html = rendered.html.unwrap_or_default();
            prop_assert!(!html.contains("<q") && !html.contains("<script"), "{}", html);
            prop_assert_eq!(hidden(&html), None);
            prop_assert_eq!(hidden(&rendered.text), None);
            // No line of the text is an endpoint's.
            prop_assert!(rendered.text.lines().all(|line| !line.starts_with("Subject:")));
            prop_assert!(!rendered.subject.contains('\n') && rendered.subject.chars().count() <= ALERT_SUBJECT_CHARS);
            prop_assert!(rendered.text.len() <= ALERT_PART_BYTES && html.len() <= ALERT_PART_BYTES);
        }

        #[test]
        fn the_plain_template_takes_any_event(alert in alerts()) {
            prop_assert_eq!(render(&Template::plain(), &alert).failed, Vec::<String>::new());
        }

        #[test]
        fn no_text_is_a_template_that_panics(text in "([{}%#|.a-z'\\[\\]() ]|\\{\\{ msg\\.image |\\{% if host %\\}|\\}\\}){0,60}") {
            if let Ok(template) = Template::parse(&texts(&text, Some(&text)), &known()) {
                let _ = render(&template, &Alert::sample());
                let _ = template.tried();
            }
        }
    }
}
