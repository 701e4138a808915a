//! Correlations: streams of events, and what is told at which of them.

use super::{sigma, support};

/// Rules about processes whose image is `a`, `b`, `c`, by these names; none of them alerts by itself once it is counted.
fn abc(extra: &str) -> String {
    let rule = |name: &str| {
        format!(
            "title: Rule {name}\nname: {name}\nlogsource: {{product: windows, category: process_creation}}\ndetection: {{selection: {{Image: {name}}}, condition: selection}}\n"
        )
    };
    format!("{}---\n{}---\n{}---\n{}", rule("a"), rule("b"), rule("c"), extra.trim_start())
}

fn correlation(title: &str, kind: &str, rest: &str) -> String {
    let rest: String = rest.trim().lines().map(|line| format!("  {line}\n")).collect();
    format!("title: {title}\ncorrelation:\n  type: {kind}\n{rest}")
}

/// Decides a stream: `TIME HOST DATA => what is told`, a line an event; machine and twin at once.
#[track_caller]
fn stream(rules: &str, lines: &str) {
    let compiled = sigma::rules(rules);
    let (mut events, mut expected) = (Vec::new(), Vec::new());
    for line in lines.trim().lines() {
        let (event, told) = line.split_once("=>").unwrap_or((line, ""));
        let [time, host, data] = event.trim().splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let members: Vec<String> = data
            .split_whitespace()
            .map(|pair| pair.split_once('=').unwrap_or_else(|| panic!("{line}")))
            .map(|(name, value)| format!(r#""{name}":"{value}""#))
            .collect();
        events.push(support::sysmon_at(1, &members.join(","), &format!("2026-11-28T{time}Z"), host));
        expected
            .push(told.split(',').map(str::trim).filter(|name| !name.is_empty()).map(String::from).collect::<Vec<_>>());
    }
    let decisions = support::decide_all(&compiled, &events);
    let in_order = |mut names: Vec<String>| {
        names.sort();
        names
    };
    let told: Vec<Vec<String>> = decisions.iter().map(|decision| in_order(sigma::sent(&compiled, decision))).collect();
    let expected: Vec<Vec<String>> = expected.into_iter().map(in_order).collect();
    assert_eq!(told, expected, "{lines}");
}

#[test]
fn event_count_tells_when_enough_have_come_within_the_time() {
    let rules = abc(&correlation("Many", "event_count", "rules: a\ntimespan: 1m\ncondition:\n  gte: 3"));
    stream(
        &rules,
        "
        10:00:00 h Image=a
        10:00:10 h Image=b => Rule b
        10:00:30 h Image=a
        10:00:59 h Image=a => Many
        10:05:00 h Image=a
        10:06:00 h Image=a
        10:06:30 h Image=a
        10:06:31 h Image=a => Many",
    );
}

#[test]
fn more_than_so_many_are_one_more() {
    let rules = abc(&correlation("More", "event_count", "rules:\n  - a\ntimespan: 1h\ncondition:\n  gt: 2"));
    stream(&rules, "10:00:00 h Image=a\n10:00:01 h Image=a\n10:00:02 h Image=a => More");
}

#[test]
fn events_are_counted_apart_by_their_group() {
    let rules = abc(&correlation(
        "Many",
        "event_count",
        "rules: a\ngroup-by:\n  - User\n  - Computer\ntimespan: 1m\ncondition:\n  gte: 2",
    ));
    stream(
        &rules,
        "
        10:00:00 h1 Image=a User=u
        10:00:01 h2 Image=a User=u
        10:00:02 h1 Image=a User=v
        10:00:03 h1 Image=a
        10:00:04 h1 Image=a
        10:00:05 h1 Image=a User=U => Many",
    );
}

#[test]
fn several_rules_are_counted_together() {
    let rules = abc(&correlation("Any", "event_count", "rules: [a, b]\ntimespan: 1m\ncondition:\n  gte: 2"));
    stream(&rules, "10:00:00 h Image=a\n10:00:01 h Image=c => Rule c\n10:00:02 h Image=b => Any");
}

#[test]
fn rules_that_are_counted_alert_only_where_generate_says_so() {
    for (generate, told) in [("", ""), ("\ngenerate: false", ""), ("\ngenerate: true", "Rule a")] {
        let rest = format!("rules: a\ntimespan: 1m\ncondition:\n  gte: 2{generate}");
        let rules = abc(&correlation("Many", "event_count", &rest));
        let second = if told.is_empty() { "Many".to_string() } else { format!("{told}, Many") };
        stream(
            &rules,
            &format!("10:00:00 h Image=a => {told}\n10:00:01 h Image=a => {second}\n10:00:02 h Image=b => Rule b"),
        );
    }
}

#[test]
fn value_count_counts_different_values() {
    let rules = abc(&correlation(
        "Users",
        "value_count",
        "rules: a\ngroup-by: Computer\ntimespan: 1m\ncondition:\n  field: User\n  gte: 3",
    ));
    stream(
        &rules,
        "
        10:00:00 h Image=a User=u
        10:00:01 h Image=a User=U
        10:00:02 h Image=a User=v
        10:00:03 g Image=a User=w
        10:00:04 h Image=a
        10:00:05 h Image=b User=w => Rule b
        10:00:06 h Image=a User=w => Users",
    );
    // Over more than the time it is not reached.
    stream(&rules, "10:00:00 h Image=a User=u\n10:00:50 h Image=a User=v\n10:01:40 h Image=a User=w");
    // Several fields are counted together.
    let rules = abc(&correlation(
        "Pairs",
        "value_count",
        "rules: a\ntimespan: 1m\ncondition:\n  field: [User, CurrentDirectory]\n  gte: 2",
    ));
    stream(
        &rules,
        "10:00:00 h Image=a User=u CurrentDirectory=1\n10:00:01 h Image=a User=u CurrentDirectory=1\n10:00:02 h Image=a User=u CurrentDirectory=2 => Pairs",
    );
}

#[test]
fn temporal_waits_for_each_rule_in_any_order() {
    let rules = abc(&correlation("Both", "temporal", "rules:\n  - a\n  - b\ngroup-by:\n  - User\ntimespan: 5m"));
    stream(
        &rules,
        "
        10:00:00 h Image=b User=u
        10:00:01 h Image=b User=u
        10:00:02 h Image=a User=v
        10:04:00 h Image=a User=u => Both
        10:20:00 h Image=a User=x
        10:26:00 h Image=b User=x",
    );
    let three = abc(&correlation("Three", "temporal", "rules: [a, b, c]\ntimespan: 1m\ncondition:\n  gte: 3"));
    stream(&three, "10:00:00 h Image=c\n10:00:01 h Image=a\n10:00:02 h Image=a\n10:00:03 h Image=b => Three");
}

#[test]
fn temporal_ordered_waits_for_them_in_their_order() {
    let rules = abc(&correlation("Then", "temporal_ordered", "rules:\n  - a\n  - b\ngroup-by: User\ntimespan: 5m"));
    stream(
        &rules,
        "
        10:00:00 h Image=b User=u
        10:00:01 h Image=a User=u
        10:00:02 h Image=c User=u => Rule c
        10:00:03 h Image=b User=v
        10:00:04 h Image=b User=u => Then
        10:10:00 h Image=a User=u
        10:15:00 h Image=b User=u",
    );
}

#[test]
fn an_alias_is_another_field_in_each_rule() {
    let aliases = "aliases:\n  who:\n    a: User\n    b: ParentUser\ngroup-by: who\ntimespan: 1m";
    let rules = abc(&correlation("Same", "temporal", &format!("rules: [a, b]\n{aliases}")));
    stream(
        &rules,
        "
        10:00:00 h Image=a User=u ParentUser=x
        10:00:01 h Image=b User=u ParentUser=x
        10:00:02 h Image=b User=y ParentUser=u => Same",
    );
    let rules = abc(&correlation("Counted", "event_count", &format!("rules: [a, b]\n{aliases}\ncondition:\n  gte: 2")));
    stream(
        &rules,
        "
        10:00:00 h Image=a User=u ParentUser=x
        10:00:01 h Image=b User=u ParentUser=x
        10:00:02 h Image=b User=y ParentUser=u => Counted",
    );
    let rules = abc(&correlation(
        "Values",
        "value_count",
        "rules: [a, b]\naliases:\n  who:\n    a: User\n    b: ParentUser\ntimespan: 1m\ncondition:\n  field: who\n  gte: 2",
    ));
    stream(
        &rules,
        "10:00:00 h Image=a User=u\n10:00:01 h Image=b ParentUser=u\n10:00:02 h Image=b ParentUser=v => Values",
    );
}

#[test]
fn lengths_of_time() {
    for (timespan, within, without) in
        [("2s", "10:00:01", "10:00:02"), ("2m", "10:01:59", "10:02:00"), ("2h", "11:59:59", "12:00:00")]
    {
        let rules =
            abc(&correlation("Two", "event_count", &format!("rules: a\ntimespan: {timespan}\ncondition:\n  gte: 2")));
        stream(&rules, &format!("10:00:00 h Image=a\n{within} h Image=a => Two"));
        stream(&rules, &format!("10:00:00 h Image=a\n{without} h Image=a"));
    }
}

#[test]
fn a_rule_is_named_by_its_id_too() {
    let id = "5d2c62fe-3cbb-47c3-88e1-88ef73503a9f";
    let rules = abc(&correlation("Two", "event_count", &format!("rules: {id}\ntimespan: 1m\ncondition:\n  gte: 2")))
        .replacen("name: a\n", &format!("id: {id}\n"), 1);
    stream(&rules, "10:00:00 h Image=a\n10:00:01 h Image=a => Two");
}

#[test]
fn a_correlation_waits_for_others() {
    let many = "name: many\n".to_string()
        + &correlation("Many", "event_count", "rules: a\ngroup-by: User\ntimespan: 1m\ncondition:\n  gte: 2");
    let then = correlation("Then", "temporal_ordered", "rules: [many, b]\ngroup-by: User\ntimespan: 10m");
    let lines = "
        10:00:00 h Image=a User=u
        10:00:01 h Image=b User=u
        10:00:02 h Image=a User=u
        10:00:03 h Image=b User=v
        10:00:04 h Image=b User=u => Then";
    // Whichever of them is written first.
    stream(&abc(&format!("{many}---\n{then}")), lines);
    stream(&abc(&format!("{then}---\n{many}")), lines);
    // Another rule may have its title.
    let lines_of_two = lines.replacen("Image=a User=u", "Image=a User=u => Many", 2);
    let namesake = "title: Many\nlogsource: {product: windows, category: process_creation}\ndetection: {s: {Image: a, User: u}, condition: s}\n";
    stream(&format!("{namesake}---\n{}", abc(&format!("{many}---\n{then}"))), &lines_of_two);
    let loud = many.clone() + "  generate: true\n";
    let counted = correlation("Twice", "event_count", "rules: many\ntimespan: 1h\ncondition:\n  gte: 2");
    let lines = "
        10:00:00 h Image=a User=u => Rule a
        10:00:01 h Image=a User=u => Rule a
        10:00:02 h Image=a User=v => Rule a
        10:00:03 h Image=a User=v => Rule a, Twice";
    stream(&abc(&format!("{counted}---\n{loud}")), lines);
}

#[test]
fn a_filter_filters_what_is_counted() {
    let filter = "---\ntitle: Filter\nlogsource: {product: windows}\nfilter: {rules: a, selection: {User: test}, condition: not selection}\n";
    let rules = abc(&(correlation("Many", "event_count", "rules: a\ntimespan: 1m\ncondition:\n  gte: 2") + filter));
    stream(&rules, "10:00:00 h Image=a User=u\n10:00:01 h Image=a User=test\n10:00:02 h Image=a User=u => Many");
}

#[test]
fn a_correlation_counts_what_each_log_source_says() {
    let rule = "title: Started\nname: started\nlogsource: {product: windows, category: process_creation}\ndetection: {selection: {Image: a}, condition: selection}\n---\n";
    let rules =
        rule.to_string() + &correlation("Two", "event_count", "rules: started\ntimespan: 1m\ncondition:\n  gte: 2");
    let compiled = sigma::rules(&rules);
    let security = r#"{"@timestamp":"2026-11-28T10:00:01Z","winlog":{"computer_name":"h","channel":"Security","provider_name":"Microsoft-Windows-Security-Auditing","event_id":"4688","event_data":{"NewProcessName":"a"}}}"#;
    let events = [support::sysmon_at(1, r#""Image":"a""#, "2026-11-28T10:00:00Z", "h"), security.to_string()];
    let told: Vec<Vec<String>> =
        support::decide_all(&compiled, &events).iter().map(|decision| sigma::sent(&compiled, decision)).collect();
    assert_eq!(told, [vec![], vec!["Two".to_string()]]);
}

/// A process that was started, as Sysmon and as the Security log tell it.
fn started(time: &str, image: &str, user: &str) -> [String; 2] {
    let at = format!("2026-11-28T{time}Z");
    let security = format!(
        r#"{{"@timestamp":"{at}","winlog":{{"computer_name":"h","channel":"Security","provider_name":"Microsoft-Windows-Security-Auditing","event_id":"4688","event_data":{{"NewProcessName":"{image}","SubjectUserName":"{user}"}}}}}}"#
    );
    [support::sysmon_at(1, &format!(r#""Image":"{image}","User":"{user}""#), &at, "h"), security]
}

#[test]
fn a_group_is_called_otherwise_in_each_log_source() {
    let rule = "title: Started\nname: started\nlogsource: {product: windows, category: process_creation}\ndetection: {selection: {Image|startswith: a}, condition: selection}\n";
    let other = rule.replace("Started", "Other").replace("started", "other").replace("startswith: a", "startswith: b");
    let [[_, a1], [a2, _], [ax, _], [_, bx], [b, _], [_, c]] = [
        started("10:00:00", "a.exe", "u"),
        started("10:00:01", "a.exe", "u"),
        started("10:00:02", "ax.exe", "u"),
        started("10:00:03", "bx.exe", "u"),
        started("10:00:04", "b.exe", "u"),
        started("10:00:05", "c.exe", "u"),
    ];
    let events = [a1, ax, a2, bx, b, c];
    for (correlation, told) in [
        (
            correlation("Two", "event_count", "rules: started\ngroup-by: Image\ntimespan: 1m\ncondition:\n  gte: 2"),
            [2].as_slice(),
        ),
        (correlation("Two", "value_count", "rules: started\ntimespan: 1m\ncondition:\n  field: Image\n  gte: 2"), &[1]),
        (correlation("Two", "temporal", "rules: [started, other]\ngroup-by: EventID\ntimespan: 1m"), &[3, 4]),
    ] {
        let compiled = sigma::rules(&format!("{rule}---\n{other}---\n{correlation}"));
        let told_at: Vec<usize> = support::decide_all(&compiled, &events)
            .iter()
            .enumerate()
            .filter(|(_, decision)| sigma::sent(&compiled, decision).contains(&"Two".to_string()))
            .map(|(at, _)| at)
            .collect();
        assert_eq!(told_at, told, "{correlation}");
    }
    // Steps go by what the field is called in each alternative too.
    let same = correlation(
        "Same",
        "temporal_ordered",
        "rules: [started, other]\naliases:\n  what:\n    started: Image\n    other: ParentImage\ngroup-by: what\ntimespan: 1m",
    );
    let compiled = sigma::rules(&format!("{rule}---\n{other}---\n{same}"));
    let child = r#"{"@timestamp":"2026-11-28T10:00:09Z","winlog":{"computer_name":"h","channel":"Security","event_id":"4688","event_data":{"NewProcessName":"b.exe","ParentProcessName":"A.EXE"}}}"#;
    let events = [started("10:00:00", "a.exe", "u")[0].clone(), child.to_string()];
    let told: Vec<Vec<String>> =
        support::decide_all(&compiled, &events).iter().map(|decision| sigma::sent(&compiled, decision)).collect();
    assert_eq!(told, [vec![], vec!["Same".to_string()]]);
}

#[test]
fn a_correlation_waits_for_what_another_one_told_and_not_for_what_it_counted() {
    for (group, aliases) in
        [("who", "aliases:\n  who:\n    a: User"), ("User", ""), ("Image", ""), ("[Image, User]", "")]
    {
        for (least, told) in [(3, ""), (2, "Guess")] {
            let inner = format!("rules: a\ntimespan: 1h\ncondition:\n  gte: {least}\ngroup-by: {group}\n{aliases}");
            let inner = correlation("Inner", "event_count", &inner).replace("correlation:", "name: many\ncorrelation:");
            let outer = correlation("Guess", "temporal_ordered", "rules: [many, b]\ntimespan: 1h\ngroup-by: User");
            stream(
                &abc(&format!("{inner}---\n{outer}")),
                &format!("10:00:00 h Image=a User=u\n10:00:01 h Image=a User=u\n10:00:02 h Image=b User=u => {told}"),
            );
        }
    }
}

#[test]
fn a_correlation_that_is_told_itself_is_waited_for_too() {
    let inner = correlation("Inner", "event_count", "rules: a\ntimespan: 1h\ncondition:\n  gte: 2")
        .replace("correlation:", "name: many\ncorrelation:");
    let outer = correlation("Outer", "temporal_ordered", "rules: [many, b]\ntimespan: 1h\ngenerate: true");
    stream(
        &abc(&format!("{inner}---\n{outer}")),
        "
        10:00:00 h Image=a
        10:00:01 h Image=b => Rule b
        10:00:02 h Image=a => Inner
        10:00:03 h Image=b => Rule b, Outer",
    );
}

#[test]
fn an_alias_is_no_other_correlation_s() {
    let two = |first: &str, second: &str| {
        let one = |title: &str, field: &str| {
            let rest = format!(
                "rules: [a, b]\ntimespan: 1h\ncondition:\n  gte: 1\ngroup-by: k\naliases:\n  k:\n    a: {field}\n    b: ParentImage"
            );
            correlation(title, "event_count", &rest)
        };
        abc(&format!("{}---\n{}", one("T-1", first), one("T 1", second)))
    };
    stream(&two("User", "Company"), "10:00:00 h Image=a User=u => T-1\n10:00:01 h Image=a Company=c => T 1");
    // Nor another alias of the same.
    let both = "rules: [a, b]\ntimespan: 1h\ncondition:\n  gte: 2\ngroup-by: [src.ip, src_ip]\naliases:\n  src.ip:\n    a: User\n    b: Company\n  src_ip:\n    a: ParentImage\n    b: ParentImage";
    stream(
        &abc(&correlation("Both", "event_count", both)),
        "
        10:00:00 h Image=a User=u ParentImage=p
        10:00:01 h Image=a User=v ParentImage=p
        10:00:02 h Image=b Company=v ParentImage=p => Both",
    );
}

#[test]
fn a_step_goes_by_its_own_field_where_an_event_is_of_several() {
    let rule = |name: &str, part: &str| {
        format!(
            "title: Rule {name}\nname: {name}\nlogsource: {{product: windows, category: process_creation}}\ndetection: {{s: {{CommandLine|contains: {part}}}, condition: s}}\n---\n"
        )
    };
    let chain = correlation(
        "Chain",
        "temporal_ordered",
        "rules: [first, then]\ntimespan: 1h\ngroup-by: k\naliases:\n  k:\n    first: Image\n    then: ParentImage",
    );
    stream(
        &format!("{}{}{chain}", rule("first", "a"), rule("then", "b")),
        "
        10:00:00 h CommandLine=a Image=p
        10:00:01 h CommandLine=ab Image=q ParentImage=p => Chain
        10:00:02 h CommandLine=b Image=r ParentImage=q => Chain",
    );
}

#[test]
fn a_rule_that_one_correlation_lets_alert_alerts_however_the_others_name_it() {
    let id = "0b8a3c2e-7d1f-4d55-9a66-3f6a6b0f1c11";
    let counted = correlation("Counted", "event_count", "rules: a\ntimespan: 1h\ncondition:\n  gte: 9");
    let told = format!("rules: {id}\ntimespan: 1h\ncondition:\n  gte: 9\ngenerate: true");
    let rules = abc(&format!("{counted}---\n{}", correlation("Told", "event_count", &told))).replacen(
        "name: a\n",
        &format!("name: a\nid: {id}\n"),
        1,
    );
    stream(&rules, "10:00:00 h Image=a => Rule a");
}

#[test]
fn a_correlation_of_another_groups_by_what_each_log_source_calls_it() {
    let rule = "title: Started\nname: started\nlogsource: {product: windows, category: process_creation}\ndetection: {selection: {Image|startswith: a}, condition: selection}\n";
    let inner =
        correlation("Inner", "event_count", "rules: started\ngroup-by: Image\ntimespan: 1s\ncondition:\n  gte: 1")
            .replace("correlation:", "name: inner\ncorrelation:");
    let outer =
        correlation("Outer", "event_count", "rules: inner\ngroup-by: Image\ntimespan: 1m\ncondition:\n  gte: 2");
    let compiled = sigma::rules(&format!("{rule}---\n{inner}---\n{outer}"));
    let [[a1, _], [_, a2], [_, ax], [ax2, _]] = [
        started("10:00:00", "a.exe", "u"),
        started("10:00:02", "a.exe", "u"),
        started("10:00:04", "ax.exe", "u"),
        started("10:00:06", "ax.exe", "u"),
    ];
    let told: Vec<Vec<String>> = support::decide_all(&compiled, &[a1, a2, ax, ax2])
        .iter()
        .map(|decision| sigma::sent(&compiled, decision))
        .collect();
    let outer = vec!["Outer".to_string()];
    assert_eq!(told, [vec![], outer.clone(), vec![], outer]);
}
