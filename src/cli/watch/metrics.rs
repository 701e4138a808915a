//! Metrics for Prometheus.
//!
//! In: sums, and requests `GET /metrics`. Out: its text format, one answer a connection. Never here: anything else of the process; a
//! request that is longer, or takes longer, than one of Prometheus does; on a loopback address a request that a web page sent under
//! another host's name.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::totals::{Totals, Way};
use crate::ast::RuleKind;
use crate::cli::Failure;
use crate::follow::Lag;

/// Bytes of a request's head.
const REQUEST: usize = 8 << 10;
/// How long one connection may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is told.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    pub(super) totals: Totals,
    pub(super) lag: Vec<Lag>,
    pub(super) open: usize,
    pub(super) rules: usize,
    /// Commits, and when the last one was.
    pub(super) commits: u64,
    pub(super) committed: Option<SystemTime>,
    /// What became of messages.
    pub(super) ways: Vec<Way>,
}

/// What is told, and who tells it.
#[derive(Clone, Debug)]
pub(super) struct Metrics {
    told: Arc<Mutex<Told>>,
    pub(super) address: SocketAddr,
}

impl Metrics {
    /// Listens. `any`: on an address that other machines reach too.
    pub(super) fn listen(address: SocketAddr, any: bool) -> Result<Metrics, Failure> {
        if !address.ip().is_loopback() && !any {
            return Err(Failure::unusable(
                format!("{} can be reached by other machines, and anybody there could read the metrics", address.ip()),
                format!("listen on 127.0.0.1:{}, or say --metrics-any", address.port()),
            ));
        }
        let listener = TcpListener::bind(address).and_then(|listener| Ok((listener.local_addr()?, listener)));
        let (address, listener) = listener.map_err(|error| {
            Failure::unusable(
                format!("metrics cannot be served on {address}: {error}"),
                "choose another port; port 0 takes any that is free",
            )
        })?;
        let told = Arc::new(Mutex::new(Told::default()));
        let metrics = Metrics { told: Arc::clone(&told), address };
        let started = SystemTime::now();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else {
                    // No more files may be opened just now.
                    std::thread::sleep(Duration::from_millis(100));
                    continue;
                };
                let text = || render(&told.lock().unwrap_or_else(PoisonError::into_inner), started);
                // Who asks and goes away is nobody's concern.
                let _ = answer(stream, address, text);
            }
        });
        Ok(metrics)
    }

    /// Tells this from now on.
    pub(super) fn tell(&self, told: Told) {
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = told;
    }
}

fn answer(mut stream: TcpStream, address: SocketAddr, text: impl Fn() -> String) -> std::io::Result<()> {
    let begun = Instant::now();
    let mut request = Vec::new();
    let mut piece = [0; 1024];
    let head = loop {
        if let Some(end) = memchr::memmem::find(&request, b"\r\n\r\n") {
            break request.get(..end).unwrap_or_default();
        }
        if request.len() > REQUEST {
            return respond(&mut stream, "431 Request Header Fields Too Large", "", "");
        }
        let left = PATIENCE.saturating_sub(begun.elapsed()).max(Duration::from_millis(1));
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut piece)? {
            0 => return Ok(()),
            read => request.extend_from_slice(piece.get(..read).unwrap_or_default()),
        }
        if begun.elapsed() >= PATIENCE {
            return respond(&mut stream, "408 Request Timeout", "", "");
        }
    };
    stream.set_write_timeout(Some(PATIENCE))?;
    let head = String::from_utf8_lossy(head).into_owned();
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let host = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("host").then(|| value.trim().to_string())
    });
    // A page that made its name lead here would send that name.
    if address.ip().is_loopback() && !host.as_deref().is_none_or(is_local) {
        return respond(&mut stream, "403 Forbidden", "", "only under an address of this machine\n");
    }
    match (method, target.split('?').next().unwrap_or_default()) {
        ("GET", "/metrics") => {
            respond(&mut stream, "200 OK", "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n", &text())
        }
        ("GET", _) => respond(&mut stream, "404 Not Found", "", "metrics are under /metrics\n"),
        _other => respond(&mut stream, "405 Method Not Allowed", "Allow: GET\r\n", ""),
    }
}

/// Is this the name of this machine for itself?
fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

fn respond(stream: &mut TcpStream, status: &str, headers: &str, body: &str) -> std::io::Result<()> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    stream.shutdown(std::net::Shutdown::Write)
}

/// A text between quotes.
fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// The text format.
fn render(told: &Told, started: SystemTime) -> String {
    let mut out = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, samples: &[(String, String)]| {
        // Writing into a text does not fail.
        let _ = write!(out, "# HELP blocksieve_{name} {help}\n# TYPE blocksieve_{name} {kind}\n");
        for (labels, value) in samples {
            let _ = writeln!(out, "blocksieve_{name}{labels} {value}");
        }
    };
    let one = |value: String| vec![(String::new(), value)];
    let Told { totals, lag, open, rules, commits, committed, ways } = told;
    let (forgotten, late, uncounted) = totals.uncounted;
    let counts = &totals.counts;
    for (name, help, value) in [
        ("events_total", "Events that were decided.", counts.events),
        ("event_bytes_total", "Bytes of the input that these events take.", counts.bytes),
        ("dropped_events_total", "Events that a filter dropped.", counts.dropped),
        ("dropped_event_bytes_total", "Bytes of the input that dropped events take.", counts.bytes_dropped),
        ("damaged_records_total", "Records that were skipped because they are damaged.", counts.damaged),
        ("failed_events_total", "Events on which a rule failed, and did nothing.", counts.failed),
        ("undecidable_events_total", "Events whose form lost what a rule asks for.", counts.undecidable),
        ("reloads_total", "Times that changed rules or lookup tables were taken.", totals.reloads),
        ("reload_failures_total", "Times that they were not, for they do not compile.", totals.reload_failures),
        ("commits_total", "Times that positions were stored.", *commits),
        ("forgotten_keys_total", "Keys that alerts forgot because there were too many.", forgotten),
        (
            "late_events_total",
            "Events that came late for the windows of alerts; they were counted by their time.",
            late,
        ),
        ("uncounted_events_total", "Events that alerts could not count for want of a key or a time.", uncounted),
    ] {
        metric(name, "counter", help, &one(value.to_string()));
    }
    let alerts = totals.rules.iter().filter(|((kind, _), _)| *kind == RuleKind::Alert);
    let alerts: Vec<_> =
        alerts.map(|((_, name), by)| (format!("{{rule=\"{}\"}}", label(name)), by.raised.to_string())).collect();
    metric("alerts_total", "counter", "Alerts that were raised, by rule.", &alerts);
    let warnings = totals.warnings.iter();
    let warnings: Vec<_> =
        warnings.map(|(code, count)| (format!("{{code=\"{}\"}}", label(code)), count.to_string())).collect();
    metric("warnings_total", "counter", "Warnings that were given, by code.", &warnings);
    let by_channel = |value: fn(&Way) -> u64| -> Vec<(String, String)> {
        ways.iter().map(|way| (format!("{{channel=\"{}\"}}", way.channel), value(way).to_string())).collect()
    };
    metric("messages_sent_total", "counter", "Messages that were delivered, by channel.", &by_channel(|way| way.sent));
    let help = "Attempts to deliver a message that failed, by channel.";
    metric("message_failures_total", "counter", help, &by_channel(|way| way.failures));
    metric("messages_waiting", "gauge", "Messages that wait, by channel.", &by_channel(|way| way.waiting));
    let help = "Messages that were refused or given up, by channel.";
    metric("messages_dead", "gauge", help, &by_channel(|way| way.dead));
    let lag: Vec<_> =
        lag.iter().map(|lag| (format!("{{input=\"{}\"}}", label(&lag.input)), lag.bytes.to_string())).collect();
    metric("lag_bytes", "gauge", "Bytes of an input that are there and not read yet.", &lag);
    metric("open_files", "gauge", "Files that are open.", &one(open.to_string()));
    metric("rules", "gauge", "Rules that are at work.", &one(rules.to_string()));
    metric(
        "start_time_seconds",
        "gauge",
        "When the process started, since 1970.",
        &one(format!("{:.3}", seconds(started))),
    );
    if let Some(committed) = committed {
        let help = "When positions were stored last, since 1970.";
        metric("last_commit_time_seconds", "gauge", help, &one(format!("{:.3}", seconds(*committed))));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::watch::totals::ByRule;

    #[test]
    fn every_metric_has_its_help_and_type_and_labels_are_escaped() {
        let mut told = Told { open: 2, rules: 3, ..Told::default() };
        told.totals.counts.events = 7;
        told.totals
            .rules
            .insert((RuleKind::Alert, "a \"b\" \\ c\nd".to_string()), ByRule { raised: 4, ..ByRule::default() });
        told.totals.rules.insert((RuleKind::Filter, "f".to_string()), ByRule::default());
        told.lag = vec![Lag { input: "x.log".to_string(), bytes: 9 }];
        told.totals.warnings.insert("BS0704".to_string(), 1);
        told.totals.uncounted = (5, 6, 8);
        told.ways = vec![Way { channel: "mail", sent: 3, failures: 2, fails: true, waiting: 1, dead: 4 }];
        let text = render(&told, UNIX_EPOCH);
        insta::assert_snapshot!(text);
        let names: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split(['{', ' ']).next())
            .collect();
        for name in names {
            assert!(text.contains(&format!("# HELP {name} ")) && text.contains(&format!("# TYPE {name} ")), "{name}");
        }
    }

    #[test]
    fn the_table_of_the_manual_is_what_is_told() {
        let page = include_str!("../../../grammar/watch.md");
        let told = Told { committed: Some(UNIX_EPOCH), ..Told::default() };
        let text = render(&told, UNIX_EPOCH);
        let of_program = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
        let rows = page.lines().filter_map(|line| {
            let (name, rest) = line.strip_prefix("| `blocksieve_")?.split_once("` | ")?;
            Some((format!("blocksieve_{name}"), rest.split(' ').next().unwrap_or_default().to_string()))
        });
        let of_program: Vec<_> = of_program.map(|(name, kind)| (name.to_string(), kind.to_string())).collect();
        assert_eq!(rows.collect::<Vec<_>>(), of_program);
    }

    #[test]
    fn whose_name_is_this_machine() {
        for local in ["127.0.0.1", "127.0.0.1:9464", "localhost:1", "[::1]:80", "LOCALHOST"] {
            assert!(is_local(local), "{local}");
        }
        for other in ["evil.example.org", "evil.example.org:9464", "10.0.0.1:9464", "", "localhost.example.org"] {
            assert!(!is_local(other), "{other}");
        }
    }

    #[test]
    fn a_request_is_answered_once_and_nothing_but_metrics_is_served() {
        let metrics = Metrics::listen(([127, 0, 0, 1], 0).into(), false).unwrap();
        let ask = |request: &str| {
            let mut stream = TcpStream::connect(metrics.address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            let _ = stream.read_to_string(&mut answer);
            answer.lines().next().unwrap_or_default().to_string()
        };
        assert_eq!(ask("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"), "HTTP/1.1 200 OK");
        assert_eq!(ask("GET /metrics HTTP/1.0\r\n\r\n"), "HTTP/1.1 200 OK");
        assert_eq!(ask("GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 404 Not Found");
        assert_eq!(ask("POST /metrics HTTP/1.1\r\n\r\n"), "HTTP/1.1 405 Method Not Allowed");
        assert_eq!(ask("GET /metrics HTTP/1.1\r\nHost: evil.example.org\r\n\r\n"), "HTTP/1.1 403 Forbidden");
        let long = format!("GET /{} HTTP/1.1\r\n", "x".repeat(REQUEST + 1024));
        assert!(["HTTP/1.1 431 Request Header Fields Too Large", ""].contains(&ask(&long).as_str()));
        let far = Metrics::listen(([0, 0, 0, 0], 0).into(), false).unwrap_err();
        assert!(far.message.contains("other machines"));
    }
}
