//! A long log with a hidden chain.
//!
//! Fifty processes: a trunk of ten, each started by the one before, and from each of them a branch of four. The third of the trunk calls
//! itself `explorer.exe`, in a folder of its own; the seventh is `C:\\Windows\\explorer.exe`, started by the sixth; the first process of every
//! third branch was there before and got a thread from its trunk. The trunk's first was started by the real `explorer.exe` of its
//! computer, from which thousands of others descend. Beside them, spread over twenty computers: processes that start and end, connect, ask
//! for names and write files; some whose parent's GUID is all zeros; some with the process ids of the chain. Every other GUID is written in
//! capitals.

use std::io::{self, Write};

use super::event::Log;

const HOSTS: usize = 20;
const NONE: &str = "{00000000-0000-0000-0000-000000000000}";
const EXPLORER: &str = r"C:\Windows\explorer.exe";
const TRUNK: usize = 10;
const BRANCH: usize = 4;

/// A generator of numbers from a seed: SplitMix64.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % most as u64).unwrap_or(0)
    }
}

fn guid(number: usize) -> String {
    let text = format!("{{c4a11000-{:04x}-6981-{:04x}-{:012x}}}", number % 0xfff1, number % 7919, number + 1);
    if number.is_multiple_of(2) { text.to_uppercase() } else { text }
}

/// A process that events are about.
#[derive(Clone)]
struct Process {
    number: usize,
    image: String,
}

/// One step of the chain: which process, created by which, or with a thread from which.
struct Step {
    process: Process,
    from: Process,
    by_thread: bool,
}

/// The steps in their order, the first process in front; the numbers are those of their GUIDs.
fn chain(explorer: &Process) -> Vec<Step> {
    let base = 50_000_000;
    let mut steps = Vec::new();
    let mut before = explorer.clone();
    for trunk in 0..TRUNK {
        let image = match trunk {
            2 => r"C:\Users\Public\explorer.exe".to_string(),
            6 => EXPLORER.to_string(),
            _ => format!(r"C:\Users\Public\stage{trunk}.exe"),
        };
        let process = Process { number: base + trunk * 10, image };
        steps.push(Step { process: process.clone(), from: before, by_thread: false });
        let mut above = process.clone();
        for branch in 0..BRANCH {
            let image = format!(r"C:\Windows\System32\tool{trunk}{branch}.exe");
            let next = Process { number: base + trunk * 10 + branch + 1, image };
            let by_thread = branch == 0 && trunk % 3 == 0;
            steps.push(Step { process: next.clone(), from: above, by_thread });
            above = next;
        }
        before = process;
    }
    steps
}

/// Writes so many events; gives the GUIDs of the chain, the first process in front.
pub fn write(count: usize, out: &mut impl Write) -> io::Result<Vec<String>> {
    let mut numbers = Numbers(17);
    let mut log = Log::default();
    let mut living: Vec<Vec<Process>> = Vec::new();
    let mut next = 1;
    for host in 0..HOSTS {
        let explorer = Process { number: next, image: EXPLORER.to_string() };
        let userinit = Process { number: next + 1, image: r"C:\Windows\System32\userinit.exe".to_string() };
        created(&mut log, &name(host), &explorer, &userinit, &guid(userinit.number));
        living.push(vec![explorer]);
        next += 2;
    }
    let explorer = living
        .first()
        .and_then(|all| all.first())
        .cloned()
        .unwrap_or_else(|| Process { number: 1, image: EXPLORER.to_string() });
    let steps = chain(&explorer);
    let expected = steps.iter().map(|step| guid(step.process.number).to_uppercase()).collect();
    let rest = count.saturating_sub(HOSTS + steps.len());
    let mut hidden = steps.into_iter().enumerate().peekable();
    let total = TRUNK * (BRANCH + 1);
    for number in 0..rest {
        while hidden.peek().is_some_and(|(at, _)| number >= rest * (at + 1) / (total + 2)) {
            if let Some((_, step)) = hidden.next() {
                add(&mut log, &step);
            }
        }
        noise(&mut log, &mut numbers, &mut living, &mut next);
        if log.lines.len() > 1 << 20 {
            out.write_all(log.lines.as_bytes())?;
            log.lines.clear();
        }
    }
    for (_, step) in hidden {
        add(&mut log, &step);
    }
    out.write_all(log.lines.as_bytes())?;
    Ok(expected)
}

fn name(host: usize) -> String {
    format!("ws{host:02}.example.org")
}

fn add(log: &mut Log, step: &Step) {
    let (host, from) = (name(0), guid(step.from.number));
    if step.by_thread {
        let to = guid(step.process.number);
        let data = [
            ("SourceProcessGuid", from.as_str()),
            ("SourceImage", &step.from.image),
            ("TargetProcessGuid", &to),
            ("TargetImage", &step.process.image),
        ];
        log.add(1, 8, &host, &data);
    } else {
        created(log, &host, &step.process, &step.from, &from);
    }
}

fn created(log: &mut Log, host: &str, process: &Process, parent: &Process, parent_guid: &str) {
    let (own, pid) = (guid(process.number), (process.number % 5000 * 4).to_string());
    let parent_pid = (parent.number % 5000 * 4).to_string();
    let data = [
        ("RuleName", "-"),
        ("ProcessGuid", own.as_str()),
        ("ProcessId", &pid),
        ("Image", &process.image),
        ("CommandLine", &process.image),
        ("User", r"EXAMPLE\eva.novak"),
        ("ParentProcessGuid", parent_guid),
        ("ParentProcessId", &parent_pid),
        ("ParentImage", &parent.image),
    ];
    log.add(1, 1, host, &data);
}

fn noise(log: &mut Log, numbers: &mut Numbers, living: &mut [Vec<Process>], next: &mut usize) {
    let at = numbers.below(HOSTS);
    let (host, choice) = (name(at), numbers.below(10));
    let Some(all) = living.get_mut(at) else { return };
    let chosen = numbers.below(all.len().max(1));
    let Some(by) = all.get(chosen).cloned() else { return };
    let own = guid(by.number);
    match choice {
        // One in seven is started by a program, the others by the shell of their computer.
        0..=2 => {
            let process =
                Process { number: *next, image: format!(r"C:\Program Files\App{}\app.exe", numbers.below(500)) };
            *next += 1;
            let parent = if numbers.below(7) == 0 { by } else { all.first().cloned().unwrap_or(by) };
            let parent_guid = if numbers.below(50) == 0 { NONE.to_string() } else { guid(parent.number) };
            created(log, &host, &process, &parent, &parent_guid);
            if all.len() < 200 {
                all.push(process);
            } else if let Some(place) = all.get_mut(1 + numbers.below(199)) {
                *place = process;
            }
        }
        3 => log.add(1, 5, &host, &[("ProcessGuid", &own), ("Image", &by.image)]),
        4..=6 => {
            let query = format!("host{}.example.org", numbers.below(5000));
            log.add(1, 22, &host, &[("ProcessGuid", &own), ("Image", &by.image), ("QueryName", &query)]);
        }
        _ => {
            let ip = format!("198.51.{}.{}", numbers.below(100), numbers.below(250));
            let data = [
                ("ProcessGuid", own.as_str()),
                ("Image", &by.image),
                ("DestinationIp", &ip),
                ("DestinationPort", "443"),
            ];
            log.add(1, 3, &host, &data);
        }
    }
}
