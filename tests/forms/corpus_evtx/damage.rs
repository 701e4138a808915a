//! Logs of the corpus that were cut, flipped and overwritten: nothing panics, and what is whole is read.

use super::*;

/// Some small files of the corpus, of different shapes.
fn some(corpus: &Path) -> Vec<Vec<u8>> {
    let files = evtx_files(corpus);
    let read = |path: &PathBuf| std::fs::read(path).unwrap();
    let files: Vec<_> = files.iter().map(read).filter(|bytes| bytes.len() < 100_000).step_by(40).collect();
    assert!(files.len() > 3);
    files
}

// D66
#[test]
fn a_file_cut_short_gives_the_records_before_the_cut_and_one_report() {
    let Some(corpus) = corpus() else { return };
    for bytes in some(&corpus) {
        let (whole, _) = read(&bytes);
        for cut in [bytes.len() - 1024, bytes.len() - 40_000, 4096 + 512 + 1000, 4096 + 513, 4096 + 100] {
            let (keep, stats) = read(&bytes[..cut]);
            let before = whole.events.iter().filter(|(_, offset, _)| {
                let size = &bytes[*offset as usize + 4..*offset as usize + 8];
                *offset as usize + u32::from_le_bytes(size.try_into().unwrap()) as usize <= cut
            });
            assert_eq!(keep.events, before.cloned().collect::<Vec<_>>(), "cut at {cut}");
            assert_eq!(stats.damaged, 1, "{:?}", keep.damaged);
            assert_eq!(keep.damaged[0].1, cut as u64);
            assert!(keep.damaged[0].2.contains("cut short"), "{:?}", keep.damaged);
        }
        // The header of a file says how many chunks follow: none of them is lost in silence.
        let (keep, _) = read(&bytes[..4096]);
        assert_eq!(keep.damaged.len(), 1);
        assert!(keep.damaged[0].2.contains("promises"), "{:?}", keep.damaged);
        let mut empty = bytes[..4096].to_vec();
        empty[42..44].fill(0);
        assert_eq!(read(&empty).1.damaged, 0, "a log without events");
        assert_eq!(read(&bytes[..1000]).0.damaged.len(), 1);
    }
}

#[test]
fn a_damaged_chunk_is_reported_and_the_other_chunks_are_read() {
    let Some(corpus) = corpus() else { return };
    let files = evtx_files(&corpus);
    let mut bytes = files.iter().map(|path| std::fs::read(path).unwrap()).find(|bytes| bytes.len() > 500_000).unwrap();
    let (whole, _) = read(&bytes);
    let second = 4096 + 65_536;
    bytes[second] = b'X';
    let (keep, stats) = read(&bytes);
    let elsewhere = |offset: u64| !(second as u64..second as u64 + 65_536).contains(&offset);
    let expected: Vec<_> = whole.events.into_iter().filter(|(_, offset, _)| elsewhere(*offset)).collect();
    assert_eq!(keep.events, expected);
    assert_eq!(stats.damaged, 1);
    assert_eq!(keep.damaged[0].1, second as u64);
}

#[test]
fn a_damaged_header_of_the_file_does_not_lose_its_records() {
    let Some(corpus) = corpus() else { return };
    let mut bytes = some(&corpus).swap_remove(0);
    let (whole, _) = read(&bytes);
    bytes[0] = b'X';
    let (keep, stats) = read(&bytes);
    assert_eq!(keep.events, whole.events);
    assert_eq!(stats.damaged, 1);
}

#[test]
fn what_is_no_evtx_file_is_one_report() {
    for bytes in [&b""[..], b"{}", b"ElfFile", &[b' '; 200_000]] {
        let (keep, stats) = read(bytes);
        assert_eq!((stats.events, stats.damaged), (0, 1), "{:?}", keep.damaged);
    }
}

// D65, D67
#[test]
fn a_record_of_size_zero_is_reported_and_the_others_are_read() {
    let Some(corpus) = corpus() else { return };
    for mut bytes in some(&corpus) {
        let (whole, _) = read(&bytes);
        let Some((number, offset, _)) = whole.events.get(1) else { continue };
        let (number, offset) = (*number, *offset);
        bytes[offset as usize + 4..offset as usize + 8].fill(0);
        let (keep, stats) = read(&bytes);
        assert_eq!(stats.damaged, 1);
        assert_eq!((keep.damaged[0].0, keep.damaged[0].1), (number, offset));
        let expected: Vec<_> = whole.events.into_iter().filter(|event| event.1 != offset).collect();
        assert_eq!(keep.events, expected);
    }
}

/// A small generator of numbers; the same seed gives the same numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// Damages a file in one of several ways, mostly where something stands.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0) + 1;
    for _ in 0..=random.below(4) {
        let area = match random.below(4) {
            0 => 0..128,
            1 => 4096..4096 + 512,
            2 => 4096 + 512..4096 + 4096,
            _ => 4096..used.max(4096 + 1024),
        };
        let at = (area.start + random.below(area.len())).min(bytes.len().saturating_sub(1));
        match random.below(8) {
            0 => bytes.truncate(at.max(1)),
            1 => {
                let end = (at + random.below(64)).min(bytes.len());
                bytes[at..end].fill([0, 0xff, 0x2a][random.below(3)]);
            }
            2 => {
                let from = random.below(bytes.len());
                let len = random.below(256).min(bytes.len() - from).min(bytes.len() - at);
                bytes.copy_within(from..from + len, at);
            }
            3 => {
                for byte in bytes.iter_mut().skip(at).take(4) {
                    *byte = random.next() as u8;
                }
            }
            4 => {
                // A small number where one may stand: a size, a count, a type, an offset.
                for (i, byte) in bytes.iter_mut().skip(at & !3).take(4).enumerate() {
                    *byte = if i == 0 { random.next() as u8 } else { 0 };
                }
            }
            _ => bytes[at] ^= 1 << random.below(8),
        }
    }
}

#[test]
fn damaged_files_never_panic_and_always_end() {
    let Some(corpus) = corpus() else { return };
    let mutations = std::env::var("BLOCKSIEVE_MUTATIONS").map_or(400u64, |count| count.parse().unwrap());
    let seed = std::env::var("BLOCKSIEVE_SEED").map_or(1u64, |seed| seed.parse().unwrap());
    let files = some(&corpus);
    let (mut records, mut reports, mut slowest) = (0, 0, (std::time::Duration::ZERO, 0));
    for mutation in seed..seed + mutations {
        let mut random = Random(mutation.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut bytes = files[random.below(files.len())].clone();
        damage(&mut bytes, &mut random);
        let start = std::time::Instant::now();
        let Ok((_, stats)) = std::panic::catch_unwind(|| read(&bytes)) else { panic!("mutation {mutation} panics") };
        let took = start.elapsed();
        assert!(took.as_secs() < 10, "mutation {mutation}: {took:?}");
        slowest = slowest.max((took, mutation));
        assert!((stats.events + stats.damaged) as usize <= bytes.len() / 28 + 3, "mutation {mutation}: {stats:?}");
        records += stats.events;
        reports += stats.damaged;
    }
    println!("{mutations} damaged files: {records} records, {reports} reports, slowest {slowest:?}");
    assert!(records > 0 && reports > 0);
}
