//! What must hold of any bytes that are read as a configuration of Sysmon.
//!
//! In: bytes. Out: nothing, or a panic that names what broke. Never here: expectations about what is understood.

use blocksieve::diagnostic::render;
use blocksieve::origin::Sources;
use blocksieve::sysmon::config::decide::Decider;
use blocksieve::sysmon::config::environment::{Environment, put_in};
use blocksieve::sysmon::config::{self, Config, Decision, Plain, diff, merge, stats, twin, write};

/// One event of a tag alone, and two of a series.
fn events() -> [Plain; 3] {
    [
        Plain::new(1, [("Image", r"C:\Windows\cmd.exe"), ("CommandLine", "cmd /c a;b"), ("User", "é")]),
        Plain::new(12, [("TargetObject", r"HKLM\a"), ("User", "eve")]),
        Plain::new(13, [("TargetObject", r"HKLM\a"), ("Details", "x")]),
    ]
}

/// Decides by the machine and by its plain twin.
fn decide(config: &Config) -> [Decision; 3] {
    let mut fast = Decider::new(config);
    events().map(|event| {
        let plain = twin::decide(config, &event);
        assert_eq!(fast.decide(&event), plain);
        plain
    })
}

/// A configuration is read without a panic; every finding can be shown; machine and twin agree, with variables too; what is written back decides the same
/// and is no other configuration.
pub fn config(data: &[u8]) {
    let mut sources = Sources::default();
    let (read, found) = config::read(&mut sources, "fuzz.xml", data);
    let _ = render::json::render(&found, &sources);
    let Some(mut read) = read else {
        assert!(found.iter().any(|found| found.is_error()));
        return;
    };
    let decided = decide(&read);
    stats::stats(&read);
    let written = write::canonical(&read);
    let (again, _) = config::read(&mut sources, "again.xml", written.as_bytes());
    let again = again.unwrap_or_else(|| panic!("{written}"));
    for (now, before) in decide(&again).into_iter().zip(decided) {
        assert_eq!((now.logged, again.name_of(&now)), (before.logged, read.name_of(&before)), "{written}");
    }
    diff::diff(&read, &again, &sources);
    put_in(&mut read, &Environment::windows());
    decide(&read);
    merge::merge(&[read, again], &sources);
}
