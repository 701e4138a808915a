//! Every message once, as `check` prints it: what is wrong, where, and the way out.

use blocksieve::diagnostic::render::human::{Options, render};
use blocksieve::source::sigma::Setup;

use super::sigma;

/// What is said of each of these files, one below the other.
fn said(files: &[String]) -> String {
    let one = |text: &String| {
        let (_, sources, found) = sigma::compile(&[("rule.yml", text)], &Setup::standard());
        assert!(!found.is_empty(), "nothing is said of\n{text}");
        render(&found, &sources, &Options::default())
    };
    files.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// Files that are as they stand.
fn whole(texts: &[&str]) -> String {
    said(&texts.iter().map(|text| text.trim_start_matches('\n').to_string()).collect::<Vec<_>>())
}

/// Rules about process creation with these detections.
fn detections(texts: &[&str]) -> String {
    said(&texts.iter().map(|text| sigma::rule(text)).collect::<Vec<_>>())
}

/// Rules with one item.
fn items(texts: &[&str]) -> String {
    said(
        &texts
            .iter()
            .map(|text| sigma::rule(&format!("  selection:\n    {text}\n  condition: selection")))
            .collect::<Vec<_>>(),
    )
}

/// Correlations of a rule that is there.
fn correlations(texts: &[&str]) -> String {
    let rule = |name: &str| {
        format!(
            "title: Rule {name}\nname: {name}\nlogsource: {{product: windows, category: process_creation}}\ndetection: {{s: {{Image: a}}, condition: s}}\n---\n"
        )
    };
    let one =
        |text: &&str| format!("{}{}title: Counted\ncorrelation:\n{}\n", rule("one"), rule("two"), text.trim_end());
    said(&texts.iter().map(one).collect::<Vec<_>>())
}

#[test]
fn of_texts_that_are_too_short_for_base64() {
    insta::assert_snapshot!(items(&[
        "Image|windash|base64offset|contains: a",
        "Image|base64offset|startswith: a",
        "Image|utf16be|base64offset|contains: ''",
        "Image|base64|contains: ''",
    ]));
}

#[test]
fn of_files_and_documents() {
    insta::assert_snapshot!(whole(&[
        "title: 'x\nlogsource:\n",
        "action: global\ntitle: x\n",
        "- title: x\n",
        "title: x\n? [a, b]\n: c\nlogsource: {category: process_creation}\ndetection: {s: {Image: a}, condition: s}\n",
        "title: x\naction: merge\nlogsource: {category: process_creation}\ndetection: {s: {Image: a}, condition: s}\n",
        "action: reset\ntitle: x\n---\ntitle: y\nlogsource: {category: process_creation}\ndetection: {s: {Image: a}, condition: s}\n",
        "action: global\ntitle: x\n---\ntitle: y\nlogsource: {category: process_creation}\ndetection: {s: {Image: a}, condition: s}\n",
        "title: x\nlogsource: {category: process_creation}\n",
        "title: x\nlogsource: {category: process_creation}\nselection: {Image: a}\ncondition: selection\n",
        "title: x\nlogsource: {category: process_creation}\ndetection: {s: {Image: a}, condition: s}\nfilter: {}\n",
        "title: x\nlogsource: {category: process_creation}\ndetection: {s: {Image: a}}\ncondition: s\n",
        "title: x\ndetection: {s: {Image: a}, condition: s}\n",
        "logsource: {category: process_creation}\ndetection: {s: {Image: a}, condition: s}\n",
        "title: [x]\nlogsource: {category: process_creation}\ndetection: {s: {Image: a}, condition: s}\n",
        "title: x\nlogsource: process_creation\ndetection: {s: {Image: a}, condition: s}\n",
        "title: x\nlogsource: {category: [a]}\ndetection: [s]\n",
        "title: x\nlevle: high\nLogsource: {}\nlogsource: {category: process_creation, servcie: x}\ndetection: {s: {Image: a}, condition: s}\n",
        "title: x\nlogsource: {category: process_creation}\ndetection:\n  s:\n    Image: a\n    Image: b\n  condition: s\n",
    ]));
}

#[test]
fn of_metadata() {
    let long = "x".repeat(257);
    let rule = |meta: &str| {
        format!("{meta}\nlogsource: {{category: process_creation}}\ndetection: {{s: {{Image: a}}, condition: s}}\n")
    };
    insta::assert_snapshot!(said(&[
        rule(&format!("title: {long}")),
        rule("title: x\nid: 1234"),
        rule("title: x\nstatus: tested\nlevel: urgent"),
        rule("title: x\nlevel: hihg"),
        rule("title: x\nlevel: [high]"),
        rule("title: x\ntags: [execution, attack., 'attack.t 1']"),
        rule("title: x\nreferences: {a: b}\nfalsepositives:\n  - {a: b}"),
        rule("title: x\ndate: 31.1.2024\nmodified: 2024-13-01"),
        rule("title: x\ndescription: []\nauthor: null"),
    ]));
}

#[test]
fn of_detections() {
    insta::assert_snapshot!(detections(&[
        "  selection:\n    Image: a",
        "  selection:\n    Image: a\n  timeframe: 5m\n  condition: selection",
        "  selection:\n    Image: a\n  condition: []",
        "  selection:\n    Image: a\n  other:\n    Image: b\n  condition: selection",
        "  selection:\n    Image: a\n  condition: {selection: 1}",
        "  selection: {}\n  condition: selection",
        "  selection: []\n  condition: selection",
        "  selection:\n    - Image: a\n    - []\n  condition: selection",
        "  selection:\n    Image: []\n  condition: selection",
        "  selection:\n    Image: {a: b}\n  condition: selection",
        "  selection:\n    Image:\n      - a\n      - [b]\n  condition: selection",
        "  selection:\n    - null\n  condition: selection",
        "  ? [a, b]\n  : c\n  condition: selection",
    ]));
}

#[test]
fn of_what_nests_too_deeply() {
    let deep = format!("  selection: {}{{Image: a}}{}\n  condition: selection", "[".repeat(70), "]".repeat(70));
    insta::assert_snapshot!(detections(&[&deep]));
}

#[test]
fn of_conditions() {
    let of = |condition: &str| sigma::rule(&format!("  selection:\n    Image: a\n  condition: {condition}"));
    let deep = format!("{}selection{}", "(".repeat(400), ")".repeat(400));
    let nots = format!("{}selection", "not ".repeat(400));
    insta::assert_snapshot!(said(&[
        of("''"),
        of("selection and"),
        of("selection selection"),
        of("(selection"),
        of("(selection selection"),
        of("selection)"),
        of("and selection"),
        of("selection && selection"),
        of("'!selection'"),
        of("2 of selection*"),
        of("1 of"),
        of("1 of (selection)"),
        of("selection*"),
        of("selection | count() > 5"),
        of("selektion"),
        of("other"),
        of("selection and 1 of filter_*"),
        of("\"selection and\\x20other\""),
        of(&deep),
        of(&nots),
    ]));
}

#[test]
fn of_modifiers() {
    insta::assert_snapshot!(items(&[
        "Image|containz: a",
        "Image|like: a",
        "'Image|like': a",
        "Image|contains|contains: a",
        "Image|contains|endswith: a",
        "Image|i: a",
        "Image|base64|base64offset: a",
        "Image|base64|wide: a",
        "Image|wide|utf16be|base64: a",
        "Image|wide|contains: a",
        "UtcTime|hour|minute: 1",
        "Image|re|windash: a",
        "Image|re|base64: a",
        "Image|re|base64offset: a",
        "Image|cidr|fieldref: a",
        "UtcTime|hour|contains: 1",
        "ProcessId|gt|cased: 1",
        "Image|all: a",
    ]));
}

#[test]
fn of_values() {
    insta::assert_snapshot!(items(&[
        "Image|exists: yes please",
        "Image|exists: 1",
        "ProcessId|gt: many",
        "ProcessId|gt: '5'",
        "DestinationIp|cidr: 10.0.0.0/33",
        "DestinationIp|cidr: 10.*",
        "Image|contains: null",
        "Image|re: null",
        "UtcTime|hour: three",
        "Image|base64: 'a*'",
        "Image|base64offset|contains: 7",
        "Image|fieldref: 'Parent*'",
        "Image|fieldref: 7",
        "Image|fieldref: ''",
        "'|gt': 7",
        "'|exists': true",
        "Image|re: 'a(?!b)'",
        "Image|re: 'a['",
        "User|expand: '%admins%'",
        "Image: 'C:\\Temp\\*'",
    ]));
}

#[test]
fn of_log_sources() {
    let of = |logsource: &str| sigma::rule_of(logsource, "  selection:\n    Image: a\n  condition: selection");
    let only = "title: x\nlogsource: {product: windows, category: process_creation, service: security}\ndetection: {s: {OriginalFileName: a}, condition: s}\n";
    insta::assert_snapshot!(said(&[
        of("definition: whatever there is"),
        of("product: linux\n  service: auditd"),
        of("product: windows\n  category: process_creaton"),
        of("product: windows\n  service: nobody_knows"),
        of("category: webserver"),
        of("category: process_creation\n  service: nobody_knows"),
        only.to_string(),
    ]));
}

#[test]
fn of_correlations() {
    insta::assert_snapshot!(correlations(&[
        "  rules: one",
        "  type: event_count\n  timespan: 1m\n  condition: {gte: 1}",
        "  type: event_cuont\n  rules: one\n  timespan: 1m\n  condition: {gte: 1}",
        "  type: value_avg\n  rules: one\n  timespan: 1m\n  condition: {gte: 1}",
        "  type: event_count\n  rules: []\n  timespan: 1m\n  condition: {gte: 2}",
        "  type: event_count\n  rules: {a: b}\n  timespan: 1m\n  condition: {gte: 2}",
        "  type: event_count\n  rules: one\n  timespan: soon\n  condition: {gte: 2}",
        "  type: event_count\n  rules: one\n  timespan: 0m\n  condition: {gte: 2}",
        "  type: event_count\n  rules: one\n  timespan: 1m",
        "  type: event_count\n  rules: one\n  timespan: 1m\n  condition: many",
        "  type: temporal\n  rules: [one, two]\n  timespan: 1m\n  condition: one or two",
        "  type: event_count\n  rules: one\n  timespan: 1m\n  condition: {gte: many}",
        "  type: event_count\n  rules: one\n  timespan: 1m\n  condition: {gte: 1.5}",
        "  type: event_count\n  rules: one\n  timespan: 1m\n  condition: {lt: 5}",
        "  type: event_count\n  rules: one\n  timespan: 1m\n  condition: {gte: 5, gt: 4}",
        "  type: event_count\n  rules: one\n  timespan: 1m\n  condition: {eq: 5}",
        "  type: event_count\n  rules: one\n  timespan: 1m\n  condition: {gtt: 5}",
        "  type: event_count\n  rules: one\n  timespan: 1m\n  condition: {field: User, gte: 5}",
        "  type: value_count\n  rules: one\n  timespan: 1m\n  condition: {gte: 5}",
        "  type: value_count\n  rules: one\n  timespan: 1m\n  condition: {field: User}",
        "  type: temporal\n  rules: [one, two]\n  timespan: 1m\n  condition: {field: User, gte: 2}",
        "  type: temporal\n  rules: [one, two]\n  timespan: 1m\n  condition: {gte: 1}",
        "  type: temporal\n  rules: [one]\n  timespan: 1m",
        "  type: event_count\n  rules: one\n  timespan: 1m\n  condition: {gte: 2}\n  generate: perhaps",
        "  type: event_count\n  rules: one\n  timespam: 1m\n  condition: {gte: 2}",
        "  type: event_count\n  rules: one\n  timespan: 1m\n  condition: {gte: 2}\n  aliases: [a]",
        "  type: event_count\n  rules: one\n  timespan: 1m\n  condition: {gte: 2}\n  aliases: {who: {two: User}}",
        "  type: temporal\n  rules: [one, two]\n  timespan: 1m\n  aliases: {who: {one: User}}\n  group-by: who",
        "  type: event_count\n  rules: [one, three]\n  timespan: 1m\n  condition: {gte: 2}",
        "  type: event_count\n  rules: [one, onee]\n  timespan: 1m\n  condition: {gte: 2}",
        "  type: event_count\n  rules: one\n  timespan: 1m\n  condition: {gte: 0}",
        "  type: event_count\n  rules: [one, two]\n  timespan: 1m\n  condition: {gte: 2}\n  aliases: {who: {one: User}}\n  group-by: who",
        "  type: event_count\n  rules: one\n  timespan: 1m\n  condition: {gte: 2}\n  group-by: [a, b, c, d, e, f, g, h, i]",
    ]));
    let many: Vec<String> = (0..40)
        .map(|n| {
            format!("title: Rule {n}\nname: r{n}\nlogsource: {{category: process_creation}}\ndetection: {{s: {{Image: a{n}}}, condition: s}}\n---\n")
        })
        .collect();
    let names: Vec<String> = (0..40).map(|n| format!("r{n}")).collect();
    let too_many = format!(
        "{}title: Counted\ncorrelation:\n  type: temporal\n  rules: [{}]\n  timespan: 1m\n",
        many.concat(),
        names.join(", ")
    );
    let data = "title: Rule\nname: one\nlogsource: {product: windows, category: ps_classic_start}\ndetection: {s: {Data: a}, condition: s}\n---\ntitle: Counted\ncorrelation: {type: event_count, rules: one, group-by: Data, timespan: 1m, condition: {gte: 2}}\n";
    let filter = "title: Filter\nname: sieve\nlogsource: {product: windows}\nfilter: {rules: any, s: {Image: a}, condition: s}\n---\ntitle: Counted\ncorrelation: {type: event_count, rules: sieve, timespan: 1m, condition: {gte: 2}}\n";
    insta::assert_snapshot!(whole(&[&too_many, data, filter]));
}

#[test]
fn of_names() {
    let rule = |title: &str, name: &str| {
        format!(
            "title: {title}\nname: {name}\nlogsource: {{product: windows, category: process_creation}}\ndetection: {{s: {{Image: {title}}}, condition: s}}\n---\n"
        )
    };
    let counts = |title: &str, name: &str, of: &str| {
        format!(
            "title: {title}\nname: {name}\ncorrelation: {{type: event_count, rules: {of}, timespan: 1m, condition: {{gte: 2}}}}\n---\n"
        )
    };
    // Two of one name; each the other, and itself; one that has a mistake, which is said once.
    let doubled = format!("{}{}{}", rule("A", "a"), rule("B", "a"), counts("C", "c", "a"));
    let each_other = format!("{}{}{}", counts("A", "a", "b"), counts("B", "b", "a"), counts("C", "c", "c"));
    let mistaken = format!("{}{}", rule("A", "a").replace("condition: s", "condition: t"), counts("C", "c", "a"));
    let filter = |rules: &str| {
        format!(
            "title: F\nlogsource: {{product: windows, service: security}}\nfilter: {{rules: [{rules}], s: {{User: a}}, condition: not s}}\n"
        )
    };
    let unfit = format!("{}{}{}", rule("A", "a"), counts("C", "c", "a"), filter("a, c"));
    insta::assert_snapshot!(whole(&[&doubled, &each_other, &mistaken, &unfit]));
}

#[test]
fn of_filters() {
    insta::assert_snapshot!(whole(&[
        "title: x\nlogsource: {product: windows}\nfilter: {s: {Image: a}, condition: s}\n",
        "title: x\nlogsource: {product: windows}\nfilter: {rules: null, s: {Image: a}, condition: s}\n",
        "title: x\nlogsource: {product: windows}\nfilter: {rules: {a: b}, s: {Image: a}, condition: s}\n",
        "title: x\nlogsource: {product: windows}\nfilter: {rules: nobody, s: {Image: a}, condition: s}\n",
    ]));
}

#[test]
fn of_the_setup() {
    let said: Vec<String> = [
        "[[logsource]\n",
        "[[logsource]]\nproduct = \"windows\"\nservice = \"x\"\nchannel = \"X\"\n",
        "[[logsource]]\nids = \"5\"\n",
        "[placeholders]\nadmins = 5\n",
        "[[send]]\nlevel = \"high\"\n",
        "[[send]]\nby = \"mail\"\nlevel = \"urgent\"\n",
        "[fields]\nUser = 5\n",
        "[sends]\n",
        "[[logsource]]\nproduct = \"windows\"\nservice = \"x\"\nevents = [\"sysmon.process_creat\"]\n",
        "[[logsource]]\nproduct = \"windows\"\nservice = \"x\"\n",
        "[[send]]\nby = \"pigeon\"\n",
    ]
    .into_iter()
    .map(|text| {
        let mut sources = blocksieve::origin::Sources::default();
        let id = sources.add("sigma.toml", text);
        let fault = Setup::read(id, text).expect_err(text);
        render(&[fault], &sources, &Options::default())
    })
    .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn of_placeholders() {
    let setup = |toml: &str| Setup::standard().with(Setup::read(blocksieve::origin::SourceId(0), toml).unwrap());
    let rule = |value: &str| sigma::rule(&format!("  selection:\n    User|expand: '{value}'\n  condition: selection"));
    let many: Vec<String> = (0..400).map(|n| format!("'a{n}'")).collect();
    let said: Vec<String> = [
        ("%admin%", "[placeholders]\nadmins = ['a']\n".to_string()),
        ("%nobody%", "[placeholders]\nnobody = []\n".to_string()),
        ("%a%%a%%a%", format!("[placeholders]\na = [{}]\n", many.join(","))),
        ("%hosts%", "[placeholders]\nhosts = { file = 'hosts.txt' }\n".to_string()),
    ]
    .into_iter()
    .map(|(value, toml)| {
        let text = rule(value);
        let (_, sources, found) = sigma::compile(&[("rule.yml", &text)], &setup(&toml));
        assert!(!found.is_empty(), "{value}");
        render(&found, &sources, &Options::default())
    })
    .collect();
    insta::assert_snapshot!(said.join("\n"));
}
