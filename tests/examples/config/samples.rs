//! Each rule logs its sample and leaves its near miss; no rule is without.

use std::collections::BTreeSet;

use super::*;

#[test]
fn each_rule_logs_its_sample_and_not_what_comes_near() {
    let (mut security, mut forensics) = (Deciding::new(SECURITY), Deciding::new(FORENSICS));
    let mut wrong = Vec::new();
    for sample in all_samples() {
        let [(first, missed), (second, second_missed)] = [&mut security, &mut forensics]
            .map(|config| (config.decide(&sample.event), config.decide(&sample.near_miss)));
        let mut must = |right: bool, what: &str| {
            if !right {
                wrong.push(format!("{what}: {first:?} {second:?}, near miss {missed:?} {second_missed:?}: {sample:?}"));
            }
        };
        match &sample.about {
            About::Both(name) => {
                must(first.logged && first.name == *name, "security logs it");
                must(second.logged && second.name == *name, "the other too");
                must(!missed.logged, "security leaves the near miss");
                must(second.by != second_missed.by, "the rule leaves it in the other too");
            }
            About::Forensics(name) => {
                must(!first.logged, "it is none of security's");
                must(second.logged && second.name == *name, "the other logs it");
                must(!missed.logged && second.by != second_missed.by, "the rule leaves the near miss");
            }
            About::Dropped(_) => {
                must(!first.logged && !second.logged, "it is kept out");
                must(second.by.is_some(), "by a rule");
                must(second_missed.logged, "the near miss is logged");
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_rule_is_without_a_sample() {
    for name in [SECURITY, FORENSICS] {
        let mut config = Deciding::new(name);
        let decide: BTreeSet<Place> =
            all_samples().iter().filter_map(|sample| config.decide(&sample.event).by).collect();
        let without = |kind| -> Vec<String> {
            let items = items(&config.config, kind).filter(|(_, place, _)| !decide.contains(place));
            items.map(|(tag, _, item)| format!("{tag}: {}", &config.config.text[item.span().range()])).collect()
        };
        for kind in [OnMatch::Include, OnMatch::Exclude] {
            let without = without(kind);
            assert!(without.is_empty(), "{name}: {} without:\n{}", without.len(), without.join("\n"));
        }
        assert!(decide.len() > 300, "{name}: {} rules", decide.len());
    }
}

/// What differs between two texts, without what they begin and end with alike.
fn difference<'t>(one: &'t str, other: &'t str) -> [&'t str; 2] {
    let alike = |one: &mut dyn Iterator<Item = char>, other: &mut dyn Iterator<Item = char>| {
        one.zip(other).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum::<usize>()
    };
    let start = alike(&mut one.chars(), &mut other.chars());
    let (one, other) = (&one[start..], &other[start..]);
    let end = alike(&mut one.chars().rev(), &mut other.chars().rev());
    [&one[..one.len() - end], &other[..other.len() - end]]
}

#[test]
fn what_sends_a_mail_is_left_by_one_word() {
    let (mut near, mut wrong) = (0, Vec::new());
    let samples = all_samples();
    let mails = |about: &About| match about {
        About::Both(name) | About::Forensics(name) => shape::ALERTING.iter().any(|(_, alert)| name.contains(alert)),
        About::Dropped(_) => false,
    };
    for Sample { about, event, near_miss } in samples.iter().filter(|sample| mails(&sample.about)) {
        near += 1;
        let other = |name: &&String| event.fields.get(*name) != near_miss.fields.get(*name);
        let fields: Vec<&String> = near_miss.fields.keys().filter(other).collect();
        let of = |event: &Event, name: &String| event.fields.get(name).cloned().unwrap_or_default();
        let one_word = |name: &String| {
            // Another program is one thing.
            name.ends_with("Image")
                || !difference(&of(event, name), &of(near_miss, name)).iter().any(|piece| piece.contains([' ', '\\']))
        };
        match fields.as_slice() {
            [name] if one_word(name) => {}
            _ => wrong.push(format!("{about:?}: {event:?} {near_miss:?}")),
        }
    }
    assert!(near >= 30, "{near}");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
