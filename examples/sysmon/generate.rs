//! Writes the sample events of this project: `cargo run --example sysmon-events`.
//!
//! In: the samples described in `generate/`, and a seed. Out: `events/sysmon.ndjson`, in the shape in which Winlogbeat 8.17
//! sends Sysmon's events, and beside it `events/expected.tsv`: what each sample is meant to become. The same bytes on every
//! run; a test compares them with the files. Never here: the engine. What is expected was thought by a person, so that the
//! engine can be measured by it.

#[path = "generate/every_event.rs"]
mod every_event;
#[path = "generate/noise.rs"]
mod noise;
#[path = "generate/sample.rs"]
mod sample;
#[path = "generate/threats.rs"]
mod threats;
#[path = "generate/whitelist.rs"]
mod whitelist;
#[path = "generate/winlogbeat.rs"]
mod winlogbeat;

use sample::Sample;

/// Both files.
pub struct Files {
    /// One event a line.
    pub events: String,
    /// A head line, then one line an event.
    pub expected: String,
}

/// Makes both files.
pub fn files() -> Result<Files, serde_json::Error> {
    let samples: Vec<Sample> = every_event::samples()
        .into_iter()
        .chain(noise::samples())
        .chain(threats::samples())
        .chain(whitelist::samples())
        .collect();
    let mut agent = winlogbeat::Agent::new();
    let mut files = Files { events: String::new(), expected: sample::HEAD.to_string() };
    for sample in &samples {
        let (record, line) = agent.send(sample)?;
        files.events.push_str(&line);
        files.events.push('\n');
        files.expected.push_str(&sample.expected(record));
        files.expected.push('\n');
    }
    Ok(files)
}

fn main() -> std::io::Result<()> {
    let files = files()?;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sysmon/events");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("sysmon.ndjson"), files.events)?;
    std::fs::write(folder.join("expected.tsv"), files.expected)
}
