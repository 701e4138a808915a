//! The cases of the engine's own tests.

use blocksieve::sysmon::config::decide::Decider;
use blocksieve::sysmon::config::{Plain, twin};

use super::{clean, folder};

const CASES: &str = include_str!("cases.txt");

/// `{X*255}` becomes 255 times X.
fn expand(text: &str) -> String {
    let mut out = text.to_string();
    for letter in ['X', 'Y', 'Z'] {
        out = out.replace(&format!("{{{letter}*255}}"), &letter.to_string().repeat(255));
    }
    out
}

#[test]
fn every_case_of_the_engine_decides_as_it_does_there() {
    let data = folder("sysmon-config/SysmonCommon/UnitTests/data");
    let (mut config, mut count, mut skipped) = (None, 0, 0);
    for line in CASES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with('<') {
            config = Some(clean(line, expand(line).as_bytes()));
            continue;
        }
        if let Some(file) = line.strip_prefix("FILE ") {
            config = data.as_ref().map(|data| clean(file, &std::fs::read(data.join(file)).unwrap()));
            continue;
        }
        let Some(config) = &config else {
            skipped += 1;
            continue;
        };
        let (event, expected) = line.split_once(" => ").unwrap();
        let mut parts = event.split(" | ");
        let id = parts.next().unwrap().parse().unwrap();
        let event = Plain::new(id, parts.map(|part| part.split_once('=').unwrap()));
        let decision = twin::decide(config, &event);
        assert_eq!(Decider::new(config).decide(&event), decision, "{line}");
        let name = config.name_of(&decision).map(|name| format!(" {name}")).unwrap_or_default();
        let told = format!("{}{name}", if decision.logged { "log" } else { "drop" });
        assert_eq!(told, expand(expected), "{line}\n{}", config.text);
        count += 1;
    }
    assert_eq!(count + skipped, 191);
    assert!(skipped == 0 || data.is_none());
}
