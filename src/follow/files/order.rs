//! Which of several files is to be read first.
//!
//! In: files that were met at once. Out: the same, oldest first, for alerts count by the time of events, and an event that comes behind younger
//! ones is late. Never here: what is in them.
//!
//! | files | order |
//! | --- | --- |
//! | `x.log.2.gz`, `x.log.1`, `x.log`: one log that is rotated | the higher number first, the name without one last |
//! | any others | by the time of their last change, earliest first; of equal times by their paths |
//!
//! A copy often has the time at which it was made; the number outlives that. A log keeps the places that its files have by their times.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::event::input::PACKED;

/// Digits of a number of rotation, at most; more are a date.
const DIGITS: usize = 5;

/// The log that a file is a part of: the name without its packing and its number; and that number.
pub(super) fn log_of(path: &Path) -> (PathBuf, u32) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let packed =
        PACKED.iter().filter_map(|ending| name.strip_suffix(ending)?.strip_suffix('.')).min_by_key(|n| n.len());
    let plain = packed.unwrap_or(&name);
    let numbered = plain.rsplit_once('.').filter(|(log, digits)| {
        let is_number =
            !digits.is_empty() && digits.len() <= DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number && !log.is_empty()
    });
    let (log, number) = match numbered {
        Some((log, digits)) => (log, digits.parse().unwrap_or(0)),
        None => (plain, 0),
    };
    (path.with_file_name(log), number)
}

/// Oldest first. Each with the time of its last change, where that is known.
pub(super) fn oldest_first<T>(mut files: Vec<(PathBuf, Option<SystemTime>, T)>) -> Vec<(PathBuf, T)> {
    // Stable: of equal times the order stays.
    files.sort_by_key(|(_, changed, _)| *changed);
    let mut logs: HashMap<PathBuf, Vec<usize>> = HashMap::new();
    for (at, (path, ..)) in files.iter().enumerate() {
        logs.entry(log_of(path).0).or_default().push(at);
    }
    let mut order: Vec<usize> = (0..files.len()).collect();
    for places in logs.into_values() {
        let mut members = places.clone();
        let number = |at: &usize| files.get(*at).map_or(0, |(path, ..)| log_of(path).1);
        members.sort_by_key(|at| std::cmp::Reverse(number(at)));
        for (place, member) in places.into_iter().zip(members) {
            if let Some(slot) = order.get_mut(place) {
                *slot = member;
            }
        }
    }
    let mut files: Vec<Option<(PathBuf, T)>> = files.into_iter().map(|(path, _, rest)| Some((path, rest))).collect();
    order.into_iter().filter_map(|at| files.get_mut(at)?.take()).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_log_and_the_number_of_a_file() {
        let of = |path: &str| {
            let (log, number) = log_of(Path::new(path));
            format!("{} {number}", log.display())
        };
        let cases = [
            ("d/x.log", "d/x.log 0"),
            ("d/x.log.1", "d/x.log 1"),
            ("d/x.log.12.gz", "d/x.log 12"),
            ("x.log.3.tar.gz", "x.log 3"),
            ("x.log.gz", "x.log 0"),
            ("x.log.20260301", "x.log.20260301 0"),
            ("x-20260301.log.gz", "x-20260301.log 0"),
            ("x.1.log", "x.1.log 0"),
            (".1", ".1 0"),
            ("winlogbeat.7", "winlogbeat 7"),
        ];
        for (path, expected) in cases {
            assert_eq!(of(path), expected, "{path}");
        }
    }

    #[test]
    fn numbers_count_within_a_log_and_times_between_logs() {
        let order = |files: &[(&str, u64)]| -> Vec<String> {
            let at = |seconds: &u64| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(*seconds));
            let files = files.iter().map(|(path, seconds)| (PathBuf::from(path), at(seconds), ())).collect();
            oldest_first(files).into_iter().map(|(path, ())| path.display().to_string()).collect()
        };
        assert_eq!(
            order(&[("x.log", 3), ("x.log.1", 2), ("x.log.10.gz", 0), ("x.log.2.gz", 1)]),
            ["x.log.10.gz", "x.log.2.gz", "x.log.1", "x.log"]
        );
        // Copied in the order of their names.
        assert_eq!(order(&[("x.log", 1), ("x.log.1", 2), ("x.log.2", 3)]), ["x.log.2", "x.log.1", "x.log"]);
        assert_eq!(order(&[("b.log", 1), ("a.log", 2), ("c.log", 1)]), ["b.log", "c.log", "a.log"]);
        assert_eq!(
            order(&[("x.log", 1), ("y.log", 2), ("x.log.1", 3), ("z-20260302", 9), ("z-20260301", 8)]),
            ["x.log.1", "y.log", "x.log", "z-20260301", "z-20260302"]
        );
    }
}
