//! The examples of the manual, `grammar/README.md`, between its quotes.
#![allow(clippy::panic, clippy::expect_used)]

pub const MANUAL: &str = include_str!("../../grammar/README.md");

/// One fence: what stands behind its quotes, and its lines with their numbers in the manual.
pub struct Fence {
    pub line: usize,
    pub info: &'static str,
    pub lines: Vec<(usize, &'static str)>,
}

impl Fence {
    pub fn text(&self) -> String {
        text(&self.lines)
    }

    pub fn kind(&self) -> (&'static str, &'static str) {
        self.info.split_once(' ').unwrap_or((self.info, ""))
    }
}

pub fn text(lines: &[(usize, &str)]) -> String {
    lines.iter().map(|(_, line)| format!("{line}\n")).collect()
}

pub fn fences() -> Vec<Fence> {
    let mut fences = Vec::new();
    let mut open: Option<Fence> = None;
    for (line, content) in (1..).zip(MANUAL.lines()) {
        match (&mut open, content.strip_prefix("```")) {
            (None, Some(info)) => open = Some(Fence { line, info, lines: Vec::new() }),
            (Some(_), Some(_)) => fences.extend(open.take()),
            (Some(fence), None) => fence.lines.push((line, content)),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fence is never closed");
    fences
}

pub fn of_kind(kind: &str) -> Vec<Fence> {
    fences().into_iter().filter(|fence| fence.kind().0 == kind).collect()
}

/// An event as the manual writes it: JSON; or `data {…}`, `ID data {…}` for a Sysmon event with these event data. `<N times x>`
/// stands for a text too long to print. `ID at 10:00:05 on ws01 data {…}` happened then, on that host.
pub fn event(written: &str) -> String {
    let mut written = written.trim().to_string();
    while let Some((before, rest)) = written.split_once('<')
        && let Some((inside, after)) = rest.split_once('>')
        && let Some((times, what)) = inside.split_once(" times ")
        && let Ok(times) = times.parse::<usize>()
    {
        let repeated = vec![what; times].join(if what.starts_with('"') { "," } else { "" });
        written = format!("{before}{repeated}{after}");
    }
    match written.split_once("data ") {
        Some((head, data)) if head.contains(" at ") => {
            let inner = data.trim().strip_prefix('{').and_then(|data| data.strip_suffix('}')).expect("data {…}");
            let (id, rest) = head.split_once(" at ").expect("a time");
            let (time, host) = rest.trim().split_once(" on ").unwrap_or((rest.trim(), "ws01"));
            let time = if time.contains('T') { time.to_string() } else { format!("2026-11-26T{time}Z") };
            crate::support::sysmon_at(id.trim().parse().expect("an id"), inner, &time, host)
        }
        Some((id, data)) if id.is_empty() || id.trim().parse::<u32>().is_ok() => {
            let inner = data.trim().strip_prefix('{').and_then(|data| data.strip_suffix('}')).expect("data {…}");
            crate::support::sysmon(id.trim().parse().unwrap_or(1), inner)
        }
        _ => written,
    }
}
