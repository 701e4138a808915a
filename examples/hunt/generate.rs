//! Writes the events of this example: `cargo run --example hunt-events` the incident; with a number, so many events with a hidden chain.
//!
//! In: nothing, or how many events. Out: `incident.ndjson` beside this file; or that many lines on standard output, in the shape in which
//! Winlogbeat 8 sends them, and on standard error the GUIDs of the processes that a hunt from the first one must reach. The same bytes on
//! every run. Never here: the engine.

#[path = "generate/chain.rs"]
mod chain;
#[path = "generate/event.rs"]
mod event;
#[path = "generate/incident.rs"]
mod incident;

use std::io::Write;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Some(count) = std::env::args().nth(1) else {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/hunt/incident.ndjson");
        return Ok(std::fs::write(file, incident::lines())?);
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let expected = chain::write(count.parse()?, &mut out)?;
    out.flush()?;
    for guid in expected {
        eprintln!("{guid}");
    }
    Ok(())
}
