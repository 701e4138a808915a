//! Mutants of what lists and texts hold: which there are, and that each can be noticed.

use super::*;

fn labels(rule: &str, kinds: &[Change]) -> Vec<String> {
    let of = compiled(rule);
    let all = mutants(&of.program, &of.definitions, |_| true).mutants;
    all.iter().filter(|mutant| kinds.contains(&mutant.change)).map(Mutant::label).collect()
}

const OF_LISTS: [Change; 3] = [Change::Member, Change::Edge, Change::Escape];

#[test]
fn each_member_of_a_list_is_left_out_and_each_sign_at_an_open_end_lost() {
    let of = |condition: &str| {
        let rule = format!("filter \"f\" {{ if event is sysmon.dns_query and {condition} {{ drop }} }}");
        let cut = |label: String| {
            label
                .split_once(" -> ")
                .map(|(head, after)| format!("{}: {after}", head.split(':').next().unwrap()))
                .unwrap()
        };
        labels(&rule, &OF_LISTS).into_iter().map(cut).collect::<Vec<_>>()
    };
    assert_eq!(
        of("QueryName ends with any ['.a.test', '.b.test']"),
        [
            "member: without '.a.test'",
            "edge: 'a.test' in place of '.a.test'",
            "member: without '.b.test'",
            "edge: 'b.test' in place of '.b.test'",
        ]
    );
    assert_eq!(
        of("RuleName not contains any ['Injection', 'Bypass']"),
        ["member: without 'Injection'", "member: without 'Bypass'"]
    );
    assert_eq!(of("Image starts with 'C:\\Tools\\'"), ["edge: 'C:\\Tools' in place of 'C:\\Tools\\'"]);
    // What stands alone is left out with its condition; at a closed end a sign that is lost leaves what nothing meets.
    assert_eq!(of("Image ends with 'a.exe'"), [""; 0]);
    assert_eq!(of("Image in ['C:\\a.exe', '.b']"), ["member: without 'C:\\a.exe'", "member: without '.b'"]);
    assert_eq!(
        of("DestinationIp in [10.0.0.0/8, 192.0.2.1] and DestinationPort in [80, 443]"),
        ["member: without 10.0.0.0/8", "member: without 192.0.2.1", "member: without 80", "member: without 443"]
    );
    assert_eq!(
        of(r"Image matches '^C:\\a\.exe$'"),
        [
            r"edge: without ^ in '^C:\\a\.exe$'",
            r"edge: without $ in '^C:\\a\.exe$'",
            r"escape: without a \ before a dot in '^C:\\a\.exe$'"
        ]
    );
    assert_eq!(of("Image like '*\\a.exe'"), ["edge: '*a.exe' in place of '*\\a.exe'"]);
    assert_eq!(
        of("event is any [sysmon.dns_query, sysmon.file_create]"),
        ["member: without sysmon.dns_query", "member: without sysmon.file_create"]
    );
    assert_eq!(of("has any tag [\"a\", \"b\"]"), ["member: without \"a\"", "member: without \"b\""]);
    // What the checker refuses is no mutant: `folder of` ends in its separator.
    assert_eq!(
        of("folder of Image in ['C:\\a\\', 'C:\\b\\']"),
        ["member: without 'C:\\a\\'", "member: without 'C:\\b\\'"]
    );
}

#[test]
fn a_mutant_of_a_member_stands_at_the_member() {
    let rule = "filter \"f\" { if event is sysmon.dns_query and QueryName in ['a', 'b'] { drop } }";
    let of = compiled(rule);
    let all = mutants(&of.program, &of.definitions, |_| true).mutants;
    let places = all.iter().filter(|mutant| mutant.change == Change::Member);
    let texts: Vec<&str> = places.map(|mutant| &rule[mutant.origin.as_span().unwrap().range()]).collect();
    assert_eq!(texts, ["'a'", "'b'"]);
}

#[test]
fn a_lost_member_of_a_list_that_protects_comes_with_a_test_that_would_notice() {
    let rule = "filter \"f\" {
    if event is any [sysmon.file_create, sysmon.file_delete]
       and Image in ['C:\\Windows\\a.exe', 'C:\\Windows\\b.exe', 'C:\\Windows\\c.exe', 'C:\\Windows\\d.exe', 'C:\\Windows\\e.exe', 'C:\\Windows\\f.exe']
       and TargetFilename starts with 'C:\\ProgramData\\Search\\'
       and TargetFilename ends with any ['.chk', '.ci', '.dir', '.edb', '.jcp', '.log']
       and RuleName not contains any ['Credential Dumping', 'Process Injection', 'Sysmon Bypass', 'Beacon', 'Tunnel', 'Masquerading'] {
        drop
    }
}
";
    let one = case(
        "it goes",
        11,
        "Image: 'C:\\Windows\\a.exe', TargetFilename: 'C:\\ProgramData\\Search\\x.log', RuleName: '-'",
        "decision: dropped",
    );
    let told = judged(rule, &format!("tests:\n{one}"));
    let of_lists = told.iter().filter(|(label, _)| OF_LISTS.iter().any(|kind| label.starts_with(kind.word())));
    let left: Vec<_> = of_lists.filter(|(_, came)| came.is_err()).collect();
    assert!(left.len() >= 24, "{left:#?}");
    for (label, came) in left {
        let test = came.as_ref().unwrap_err().as_ref().unwrap_or_else(|| panic!("no test for {label}"));
        let after = judged(rule, &format!("tests:\n{one}{}", test.strip_prefix("tests:\n").unwrap()));
        assert!(after.iter().any(|(other, came)| other == label && came.is_ok()), "{label}\n{test}");
    }
}

#[test]
fn of_a_long_list_a_hundred_members_are_tried_and_the_others_are_told() {
    let long = (0..250).map(|at| format!("'name-{at}.test'")).collect::<Vec<_>>().join(", ");
    let rule = format!("filter \"f\" {{ if event is sysmon.dns_query and QueryName in [{long}] {{ drop }} }}");
    let of = compiled(&rule);
    let planned = mutants(&of.program, &of.definitions, |_| true);
    let left_out: Vec<&str> =
        planned.mutants.iter().filter(|it| it.change == Change::Member).map(|it| it.after.as_str()).collect();
    assert_eq!(left_out.len(), 100);
    assert_eq!((left_out[0], left_out[99]), ("without 'name-0.test'", "without 'name-249.test'"));
    let [untried] = planned.untried.as_slice() else { panic!("{:?}", planned.untried) };
    assert_eq!((untried.members, untried.tried), (250, 100));
    // As many as may be: nothing is left to tell.
    let short = rule.replace(&long, &(0..100).map(|at| format!("'n{at}'")).collect::<Vec<_>>().join(", "));
    let of = compiled(&short);
    assert!(mutants(&of.program, &of.definitions, |_| true).untried.is_empty());
}

#[test]
fn one_entry_of_a_list_names_several_rules_or_mutants_and_each_of_them() {
    let of = |text: &str| {
        let (listed, found) = read_listed(SourceId(0), text);
        let listed = listed.into_iter().map(|entry| format!("{} {} {}", entry.rule, entry.mutant, entry.reason));
        (listed.collect::<Vec<_>>(), found.into_iter().map(|found| found.message).collect::<Vec<_>>())
    };
    let (listed, found) = of("mutants:\n  - { rule: [a, b], mutant: [x, y], reason: why }\n");
    assert_eq!((listed, found), (["a x why", "a y why", "b x why", "b y why"].map(String::from).to_vec(), Vec::new()));
    let (listed, found) =
        of("mutants:\n  - { rule: [a, ''], mutant: x, reason: why }\n  - { rule: a, mutant: x, reason: [why] }\n");
    assert!(listed.is_empty());
    assert_eq!(found, ["`rule` is a text, or a list of texts", "`reason` is a text"]);
}
