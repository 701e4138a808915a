//! What is done to files while they are followed, scenario by scenario, and all of it at random.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;

use super::{Files, Options};
use crate::dialect::AgentVersion;
use crate::event::Layout;
use crate::event::read::{self, Damaged, EventReader, Record};
use crate::follow::{Notice, Polled, Positions, Sink, Source};

/// What came.
#[derive(Default)]
struct Got {
    /// `FILE:NUMBER ID` of each record, and damage in words.
    all: Vec<String>,
    notices: Vec<String>,
    /// Breaks off behind so many; 0: never.
    most: usize,
    taken: usize,
}

impl read::Sink for Got {
    fn event(&mut self, record: Record<'_>) -> ControlFlow<()> {
        let id = crate::explain::show(record.view.raw(Layout::EVENT_ID)).unwrap_or_default();
        let file = record.place.file.rsplit('/').next().unwrap_or_default();
        self.all.push(format!("{file}:{} {id}", record.place.number));
        self.taken += 1;
        if self.taken == self.most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn damaged(&mut self, damaged: Damaged) {
        self.all.push(format!("damaged: {}", damaged.reason));
    }
}

impl Sink for Got {
    fn notice(&mut self, notice: Notice) {
        self.notices.push(format!("{}: {}", notice.input.rsplit('/').next().unwrap_or_default(), notice.message));
    }
}

/// A folder that is followed.
struct World {
    folder: PathBuf,
    given: Vec<String>,
    still: Duration,
    once: bool,
    only_new: bool,
    files: Option<Files>,
    reader: EventReader,
    got: Got,
    committed: Positions,
    next: u32,
}

const LONG: Duration = Duration::from_secs(3600);

impl World {
    fn new(name: &str, given: &str) -> World {
        let folder = std::env::temp_dir().join(format!("blocksieve-follow-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        World {
            given: vec![format!("{}/{given}", folder.display())],
            folder,
            still: Duration::ZERO,
            once: false,
            only_new: false,
            files: None,
            reader: EventReader::new(&Layout::new(), AgentVersion::DEFAULT),
            got: Got::default(),
            committed: Positions::new(),
            next: 0,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn append(&self, name: &str, text: &str) {
        let mut file = OpenOptions::new().append(true).create(true).open(self.path(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Appends so many events with ids of their own.
    fn events(&mut self, name: &str, count: u32) {
        let text: String = (0..count).map(|_| self.line()).collect();
        self.append(name, &text);
    }

    fn line(&mut self) -> String {
        self.next += 1;
        // As long as real ones, so that the prints of a file are those of a part of it.
        format!("{{\"winlog\":{{\"event_id\":\"{}\",\"pad\":\"{}\"}}}}\n", self.next, "x".repeat(100))
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// What logrotate's copytruncate does.
    fn copy_truncate(&self, from: &str, to: &str) {
        fs::copy(self.path(from), self.path(to)).unwrap();
        OpenOptions::new().write(true).open(self.path(from)).unwrap().set_len(0).unwrap();
    }

    fn gzip(&self, from: &str, to: &str) {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&fs::read(self.path(from)).unwrap()).unwrap();
        fs::write(self.path(to), gzip.finish().unwrap()).unwrap();
        fs::remove_file(self.path(from)).unwrap();
    }

    /// Polls until nothing comes, or the sink broke off.
    fn poll(&mut self) -> Polled {
        let options = Options {
            given: self.given.clone(),
            once: self.once,
            goes_on: false,
            only_new: self.only_new,
            still: self.still,
            look: Duration::ZERO,
        };
        let files = self.files.get_or_insert_with(|| {
            let mut files = Files::new(options);
            files.restore(&self.committed).unwrap();
            files
        });
        self.got.taken = 0;
        loop {
            let polled = files.poll(&mut self.reader, &mut self.got);
            if polled != Polled::More || (self.got.most > 0 && self.got.taken == self.got.most) {
                return polled;
            }
        }
    }

    fn commit(&mut self) {
        self.committed = self.files.as_ref().unwrap().positions();
    }

    /// The process ends and another one goes on from what was committed.
    fn restart(&mut self) {
        self.files = None;
    }

    /// What came since the last time.
    fn came(&mut self) -> String {
        self.poll();
        std::mem::take(&mut self.got.all).join(", ")
    }

    fn notices(&mut self) -> String {
        std::mem::take(&mut self.got.notices).join("\n")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn a_file_that_grows_gives_each_line_once_when_its_end_is_there() {
    let mut world = World::new("grows", "x.log");
    world.still = LONG;
    assert_eq!(world.came(), "");
    assert_eq!(world.notices(), format!("x.log: no such file or folder; waiting for it"));
    world.events("x.log", 2);
    assert_eq!(world.came(), "x.log:1 1, x.log:2 2");
    let line = world.line();
    world.append("x.log", &line[..30]);
    assert_eq!(world.came(), "");
    world.append("x.log", &line[30..]);
    assert_eq!(world.came(), "x.log:3 3");
    assert_eq!((world.came(), world.notices()), (String::new(), String::new()));
}

#[test]
fn a_renamed_file_is_read_to_its_end_before_the_one_that_took_its_name() {
    let mut world = World::new("renamed", "x.log");
    world.still = LONG;
    world.events("x.log", 1);
    assert_eq!(world.came(), "x.log:1 1");
    world.events("x.log", 1);
    world.rename("x.log", "x.log.1");
    world.events("x.log", 1);
    assert_eq!(world.came(), "x.log:2 2, x.log:1 3");
    // The writer has not heard of it yet.
    world.events("x.log.1", 1);
    world.events("x.log", 1);
    assert_eq!(world.came(), "x.log:3 4, x.log:2 5");
}

#[test]
fn where_the_old_name_is_watched_too_nothing_comes_twice() {
    let mut world = World::new("both", "x.log*");
    world.events("x.log", 2);
    assert_eq!(world.came(), "x.log:1 1, x.log:2 2");
    world.events("x.log", 1);
    world.rename("x.log", "x.log.1");
    world.events("x.log", 1);
    assert_eq!(world.came(), "x.log:3 3, x.log:1 4");
    world.gzip("x.log.1", "x.log.2.gz");
    world.rename("x.log", "x.log.1");
    world.events("x.log", 1);
    assert_eq!(world.came(), "x.log:1 5");
    world.rename("x.log.2.gz", "x.log.3.gz");
    world.gzip("x.log.1", "x.log.2.gz");
    assert_eq!(world.came(), "");
    world.commit();
    world.restart();
    assert_eq!(world.came(), "", "after a restart too");
}

#[test]
fn what_was_emptied_is_read_from_its_start_and_the_rest_from_its_copy() {
    let mut world = World::new("copytruncate", "x.log*");
    world.events("x.log", 12);
    world.came();
    world.events("x.log", 2);
    world.copy_truncate("x.log", "x.log.1");
    world.events("x.log", 1);
    assert_eq!(world.came(), "x.log.1:13 13, x.log.1:14 14, x.log:1 15");
    assert_eq!(world.notices(), "x.log: was emptied or written anew: read from its start");
    world.copy_truncate("x.log", "x.log.1");
    assert_eq!(world.came(), "", "short files too");
    // Grown beyond the old length before anybody looked.
    world.events("x.log", 3);
    assert_eq!(world.came(), "x.log:1 16, x.log:2 17, x.log:3 18");
}

#[test]
fn a_copy_that_is_still_being_made_waits() {
    let mut world = World::new("copying", "x.log*");
    world.still = LONG;
    world.events("x.log", 20);
    world.came();
    let text = fs::read(world.path("x.log")).unwrap();
    fs::write(world.path("x.log.1"), &text[..2000]).unwrap();
    assert_eq!(world.came(), "");
    fs::write(world.path("x.log.1"), &text).unwrap();
    assert_eq!(world.came(), "");
    world.events("x.log.1", 1);
    assert_eq!(world.came(), "x.log.1:21 21");
}

#[test]
fn a_file_that_only_begins_like_another_is_read() {
    let mut world = World::new("alike", "*.log");
    world.events("a.log", 20);
    let text = fs::read_to_string(world.path("a.log")).unwrap();
    world.came();
    let other = text.replace("\"20\"", "\"77\"") + "{\"winlog\":{\"event_id\":\"78\"}}\n";
    fs::write(world.path("b.log"), other).unwrap();
    assert!(world.came().starts_with("b.log:1 1, b.log:2 2,"));
    // A replaced file that is longer and another.
    let other = text.replace("\"1\"", "\"500\"") + "{\"winlog\":{\"event_id\":\"79\"}}\n";
    fs::write(world.path("a.log"), other).unwrap();
    let came = world.came();
    assert!(came.starts_with("a.log:1 500, ") && came.ends_with("a.log:21 79"), "{came}");
}

#[test]
fn a_packed_file_gives_what_was_not_read_of_it_before_it_was_packed() {
    let mut world = World::new("packed", "*");
    world.events("x.log", 15);
    world.came();
    world.commit();
    world.restart();
    world.events("x.log", 2);
    world.gzip("x.log", "x.log.1.gz");
    world.events("x.log", 1);
    let mut came: Vec<String> = world.came().split(", ").map(String::from).collect();
    // Which comes first depends on whether the file system gives a number again.
    came.sort();
    assert_eq!(came, ["x.log.1.gz:16 16", "x.log.1.gz:17 17", "x.log:1 18"]);
}

#[test]
fn a_packed_file_that_is_not_whole_waits() {
    let mut world = World::new("unfinished", "*");
    world.still = LONG;
    world.events("x.log", 3);
    world.gzip("x.log", "x.log.gz");
    let bytes = fs::read(world.path("x.log.gz")).unwrap();
    fs::write(world.path("x.log.gz"), &bytes[..40]).unwrap();
    assert_eq!((world.came(), world.notices()), (String::new(), String::new()));
    world.restart();
    world.still = Duration::ZERO;
    assert_eq!(world.came(), "");
    assert!(world.notices().starts_with("x.log.gz: cannot be read: "));
    fs::write(world.path("x.log.gz"), &bytes).unwrap();
    assert_eq!(world.came(), "x.log.gz:1 1, x.log.gz:2 2, x.log.gz:3 3");
}

#[test]
fn files_that_appear_and_vanish() {
    let mut world = World::new("appear", "");
    assert_eq!(world.came(), "");
    world.events("b.ndjson", 1);
    fs::create_dir(world.path("deep")).unwrap();
    world.events("deep/a.json", 1);
    world.append("notes.txt", "nothing\n");
    assert_eq!(world.came(), "b.ndjson:1 1, a.json:1 2");
    world.events("b.ndjson", 1);
    fs::remove_file(world.path("b.ndjson")).unwrap();
    assert_eq!(world.came(), "b.ndjson:2 3");
    world.events("b.ndjson", 1);
    assert_eq!(world.came(), "b.ndjson:1 4");
}

#[cfg(unix)]
#[test]
fn a_link_that_is_switched_leads_to_another_file_and_the_old_one_is_read_to_its_end() {
    let mut world = World::new("link", "current.log");
    let switch = |world: &World, to: &str| {
        let _ = fs::remove_file(world.path("current.log"));
        std::os::unix::fs::symlink(to, world.path("current.log")).unwrap();
    };
    world.events("a", 1);
    switch(&world, "a");
    assert_eq!(world.came(), "current.log:1 1");
    world.events("a", 1);
    world.events("b", 1);
    switch(&world, "b");
    assert_eq!(world.came(), "current.log:2 2, current.log:1 3");
}

#[test]
fn the_last_line_is_taken_when_nothing_comes_any_more() {
    let mut world = World::new("last", "x.log");
    let (line, half) = (world.line(), "{\"winlog\":");
    world.append("x.log", line.trim_end());
    assert_eq!(world.came(), "x.log:1 1", "it is a whole object, and nobody has changed it");
    world.append("x.log", "\n");
    world.events("x.log", 1);
    assert_eq!(world.came(), "x.log:2 2");
    world.append("x.log", half);
    assert_eq!(world.came(), "", "half of one waits");
    world.rename("x.log", "x.log.1");
    assert_eq!(world.came(), "damaged: a value is missing", "renamed: nothing comes any more");
}

#[test]
fn once_reads_what_is_there_file_by_file_and_ends() {
    let mut world = World::new("once", "");
    world.once = true;
    world.events("a.log", 3);
    world.events("b.log", 1);
    world.append("b.log", "{\"winlog\":{\"event_id\":\"9\"}}");
    world.got.most = 2;
    assert_eq!(world.poll(), Polled::More);
    world.got.most = 0;
    assert_eq!(world.poll(), Polled::Ended);
    assert_eq!(world.came(), "a.log:1 1, a.log:2 2, a.log:3 3, b.log:1 4, b.log:2 9");
}

/// All ids that come, a few a poll.
fn ids_in_pieces(world: &mut World, most: usize) -> String {
    world.got.most = most;
    while world.poll() == Polled::More {}
    let all = std::mem::take(&mut world.got.all);
    let ids: Vec<&str> = all.iter().filter_map(|one| one.split(' ').nth(1)).collect();
    ids.join(" ")
}

#[test]
fn a_rotated_log_is_read_oldest_first_and_each_file_to_its_end() {
    let mut world = World::new("order", "*");
    for name in ["x.log.10", "x.log.2", "x.log.1", "x.log"] {
        world.events(name, 3);
    }
    world.events("a.log", 1);
    world.gzip("x.log.10", "x.log.10.gz");
    // Copied in the order of their names, as it happens; another log is older than all.
    for (name, seconds) in [("x.log", 4), ("x.log.1", 5), ("x.log.10.gz", 6), ("x.log.2", 7), ("a.log", 3)] {
        let time = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds);
        fs::File::options().append(true).open(world.path(name)).unwrap().set_modified(time).unwrap();
    }
    assert_eq!(ids_in_pieces(&mut world, 2), "13 1 2 3 4 5 6 7 8 9 10 11 12");
    // A log that is always written to keeps its younger file waiting for what was there only.
    world.events("x.log", 5);
    world.rename("x.log", "x.log.0");
    world.events("x.log", 2);
    assert_eq!(ids_in_pieces(&mut world, 2), "14 15 16 17 18 19 20");
    world.commit();
    world.restart();
    // And after a restart in the middle.
    world.events("x.log", 3);
    world.rename("x.log", "x.log.00");
    world.events("x.log", 2);
    assert_eq!(ids_in_pieces(&mut world, 2), "21 22 23 24 25");
}

#[test]
fn once_reads_what_is_new_of_a_file_that_is_read_whole() {
    let mut world = World::new("whole-once", "*");
    world.once = true;
    let array = |ids: &[u32]| {
        // Longer than the print of a beginning.
        let event = |id| format!("{{\"winlog\":{{\"event_id\":\"{id}\",\"pad\":\"{}\"}}}}", "x".repeat(1200));
        let all: Vec<String> = ids.iter().map(event).collect();
        format!("[{}]\n", all.join(",\n"))
    };
    let mut with = |ids: &[u32]| {
        fs::write(world.path("a.json"), array(ids)).unwrap();
        let came = world.came();
        world.commit();
        world.restart();
        (came, world.notices())
    };
    let none = String::new;
    assert_eq!(with(&[1, 2]), ("a.json:1 1, a.json:2 2".to_string(), none()));
    assert_eq!(with(&[1, 2]), (none(), none()));
    assert_eq!(with(&[1, 2, 3]), ("a.json:3 3".to_string(), none()), "what was added");
    let anew = "a.json: was emptied or written anew: read from its start".to_string();
    assert_eq!(with(&[1]), ("a.json:1 1".to_string(), anew), "shorter: another one");
}

#[test]
fn a_process_that_stands_elsewhere_names_files_as_it_was_told_to() {
    let mut world = World::new("elsewhere", "x.log");
    world.events("x.log", 1);
    world.came();
    world.commit();
    world.restart();
    // Another number, a copy from a backup: known by what is in it.
    fs::copy(world.path("x.log"), world.path("y")).unwrap();
    world.rename("y", "x.log");
    world.events("x.log", 1);
    assert_eq!(world.came(), "x.log:2 2");
}

#[test]
fn only_what_is_new() {
    let mut world = World::new("new", "*.log");
    world.only_new = true;
    world.events("a.log", 3);
    assert_eq!(world.came(), "");
    world.events("a.log", 1);
    world.events("b.log", 1);
    assert_eq!(world.came(), "a.log:4 4, b.log:1 5");
}

#[test]
fn csv_keeps_its_header_and_xml_its_events() {
    let mut world = World::new("forms", "*");
    world.append("a.csv", "EventId,Computer,Channel\n1,h,c\n");
    world.append("b.xml", "<Events><Event><System><EventID>2</EventID></System></Event>");
    assert_eq!(world.came(), "a.csv:1 1, b.xml:1 2");
    world.commit();
    world.restart();
    world.append("a.csv", "3,h,c\n");
    world.append("b.xml", "\n<Event><System><EventID>4</EventID></System></Event>");
    assert_eq!(world.came(), "a.csv:2 3, b.xml:2 4");
}

#[test]
fn what_has_to_be_read_whole_is_read_once_and_told_when_it_grows() {
    let mut world = World::new("whole", "*");
    let array = "[{\"winlog\":{\"event_id\":\"1\"}},\n{\"winlog\":{\"event_id\":\"2\"}}]\n";
    world.append("a.json", array);
    world.got.most = 1;
    assert_eq!(world.came(), "a.json:1 1");
    world.commit();
    world.restart();
    world.got.most = 0;
    assert_eq!(world.came(), "a.json:2 2", "a restart in the middle repeats nothing");
    world.append("copy.json", array);
    world.append("a.json", "[{\"winlog\":{\"event_id\":\"3\"}}]");
    assert_eq!(world.came(), "");
    assert!(world.notices().starts_with("a.json: changed after it was read"));
    fs::write(world.path("new"), array).unwrap();
    fs::rename(world.path("new"), world.path("a.json")).unwrap();
    fs::write(world.path("a.json"), array.replace("\"1\"", "\"8\"")).unwrap();
    assert_eq!(world.came(), "a.json:1 8, a.json:2 2", "a new file of the name");
}

#[test]
fn what_was_renamed_while_nobody_looked_is_found_beside_its_old_name() {
    let mut world = World::new("beside", "x.log");
    world.events("x.log", 1);
    world.came();
    world.commit();
    world.restart();
    world.events("x.log", 1);
    world.rename("x.log", "x.log.1");
    world.events("x.log", 1);
    assert_eq!(world.came(), "x.log:2 2, x.log:1 3");
}

#[test]
fn what_nobody_asks_for_any_more_is_left_alone() {
    let mut world = World::new("asked", "x.log");
    world.events("x.log", 1);
    world.came();
    world.commit();
    world.restart();
    world.events("x.log", 1);
    world.events("y.log", 1);
    let other = vec![world.path("y.log").display().to_string()];
    let before = std::mem::replace(&mut world.given, other);
    assert_eq!(world.came(), "y.log:1 3");
    world.commit();
    world.restart();
    world.given = before;
    assert_eq!(world.came(), "x.log:2 2", "and it is known again when somebody does");
}

#[test]
fn unknown_forms_are_told_once() {
    let mut world = World::new("unknown", "*");
    world.append("a.log", &"nothing that is known\n".repeat(300));
    world.events("b.log", 1);
    assert_eq!(world.came(), "b.log:1 1");
    assert!(world.notices().starts_with("a.log: events of an unknown form; known forms: "));
    world.append("a.log", "more\n");
    assert_eq!((world.came(), world.notices()), (String::new(), String::new()));
}

/// What writers, rotation and the process do.
#[derive(Clone, Debug)]
enum Step {
    Write(u32),
    Half,
    Rename,
    Copy,
    Pack,
    Shift,
    Poll(usize),
    Commit,
    Restart,
    Kill,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (1..30_u32).prop_map(Step::Write),
        2 => Just(Step::Half),
        2 => Just(Step::Rename),
        2 => Just(Step::Copy),
        1 => Just(Step::Pack),
        1 => Just(Step::Shift),
        6 => (0..20_usize).prop_map(Step::Poll),
        3 => Just(Step::Commit),
        1 => Just(Step::Restart),
        1 => Just(Step::Kill),
    ];
    prop::collection::vec(step, 1..40)
}

/// Runs the steps; gives how often each event came, of how many, and how often the process was killed.
fn play(name: &str, steps: &[Step], with_kills: bool) -> (BTreeMap<String, usize>, u32, usize) {
    let mut world = World::new(name, "x.log*");
    let (mut rest, mut kills, mut names) = (String::new(), 0, 0);
    let exists = |world: &World, name: &str| world.path(name).exists();
    // A line that is begun is ended before the file goes.
    let finish = |world: &mut World, rest: &mut String| world.append("x.log", &std::mem::take(rest));
    world.still = LONG;
    for step in steps {
        match step {
            Step::Write(count) => {
                finish(&mut world, &mut rest);
                world.events("x.log", *count);
            }
            Step::Half => {
                finish(&mut world, &mut rest);
                let line = world.line();
                world.append("x.log", &line[..20]);
                rest = line[20..].to_string();
            }
            Step::Rename | Step::Copy if exists(&world, "x.log") => {
                finish(&mut world, &mut rest);
                if exists(&world, "x.log.1") {
                    names += 1;
                    world.rename("x.log.1", &format!("x.log.1{names:04}"));
                }
                match step {
                    Step::Rename => world.rename("x.log", "x.log.1"),
                    _ => world.copy_truncate("x.log", "x.log.1"),
                }
            }
            Step::Pack if exists(&world, "x.log.1") => {
                names += 1;
                world.gzip("x.log.1", &format!("x.log.2{names:04}.gz"));
            }
            Step::Shift => {
                names += 1;
                let from = format!("x.log.2{:04}.gz", names - 1);
                if exists(&world, &from) {
                    world.rename(&from, &format!("x.log.3{names:04}.gz"));
                }
            }
            Step::Poll(most) => {
                world.got.most = *most;
                world.poll();
            }
            Step::Commit if world.files.is_some() => world.commit(),
            Step::Restart => {
                if world.files.is_some() {
                    world.commit();
                }
                world.restart();
            }
            Step::Kill if with_kills => {
                kills += 1;
                world.restart();
            }
            Step::Rename | Step::Copy | Step::Pack | Step::Commit | Step::Kill => {}
        }
    }
    finish(&mut world, &mut rest);
    (world.got.most, world.still) = (0, Duration::ZERO);
    if world.files.is_some() {
        world.commit();
    }
    world.restart();
    world.poll();
    world.poll();
    let mut counts = BTreeMap::new();
    for came in std::mem::take(&mut world.got.all) {
        let id = came.split_once(' ').map_or(came.clone(), |(_, id)| id.to_string());
        *counts.entry(id).or_insert(0) += 1;
    }
    (counts, world.next, kills)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn whatever_is_done_to_the_files_everything_comes_exactly_once(steps in steps()) {
        let (counts, written, _) = play("random", &steps, false);
        let expected: BTreeMap<String, usize> = (1..=written).map(|id| (id.to_string(), 1)).collect();
        prop_assert_eq!(counts, expected);
    }

    #[test]
    fn and_with_kills_at_least_once_and_no_more_often_than_it_was_killed(steps in steps()) {
        let (counts, written, kills) = play("killed", &steps, true);
        prop_assert_eq!(counts.len(), written as usize);
        for (id, count) in counts {
            prop_assert!(count <= 1 + kills, "{} came {} times after {} kills", id, count, kills);
        }
    }
}
