//! Events as Winlogbeat 8 sends them, without what nobody reads here.

use std::fmt::Write as _;

/// A log that begins on 2026-02-03 at eight.
#[derive(Default)]
pub struct Log {
    /// The lines so far.
    pub lines: String,
    /// Milliseconds since it began.
    at: u64,
}

impl Log {
    /// Adds an event so many milliseconds after the last one.
    pub fn add(&mut self, later: u64, id: u32, host: &str, data: &[(&str, &str)]) {
        self.at += later;
        let _ = write!(
            self.lines,
            "{{\"@timestamp\":\"{}\",\"agent\":{{\"type\":\"winlogbeat\",\"version\":\"8.17.0\"}},\"winlog\":{{\
             \"channel\":\"Microsoft-Windows-Sysmon/Operational\",\"computer_name\":\"{host}\",\"event_data\":{{",
            time(self.at),
        );
        for (number, (name, value)) in data.iter().enumerate() {
            let comma = if number == 0 { "" } else { "," };
            // Writing to a text cannot fail.
            let _ = write!(self.lines, "{comma}\"{name}\":\"{}\"", value.replace('\\', r"\\").replace('"', "\\\""));
        }
        let _ = writeln!(self.lines, "}},\"event_id\":\"{id}\",\"provider_name\":\"Microsoft-Windows-Sysmon\"}}}}");
    }
}

/// `2026-02-03T08:00:00.000Z` and so many milliseconds later; no log is longer than the month.
fn time(at: u64) -> String {
    let (seconds, milliseconds) = (8 * 3600 + at / 1000, at % 1000);
    let (day, rest) = (3 + seconds / 86_400, seconds % 86_400);
    format!("2026-02-{day:02}T{:02}:{:02}:{:02}.{milliseconds:03}Z", rest / 3600, rest / 60 % 60, rest % 60)
}
