//! gzip, zstd, UTF-16, and each inside of the other.

use std::io::Write;

use super::own;
use crate::event::testing::read;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

fn two() -> String {
    format!("{}\n{}\n", own(1), own(3))
}

const TOLD: [&str; 2] = ["1 winlogbeat 1", "2 winlogbeat 3"];

#[test]
fn packed_streams_are_opened_whatever_their_name() {
    let text = two();
    let bytes = text.as_bytes();
    for packed in [
        gzip(bytes),
        zstd(bytes),
        gzip(&zstd(bytes)),
        gzip(&utf16(&text, u16::to_le_bytes)),
        zstd(&gzip(&utf16(&format!("\u{feff}{text}"), u16::to_be_bytes))),
    ] {
        let seen = read(&packed);
        assert_eq!(seen.told(), TOLD);
        assert_eq!(seen.stats.bytes, text.len() as u64 + if seen.stats.bytes > text.len() as u64 { 3 } else { 0 });
    }
}

// D63
#[test]
fn utf_16_is_read_with_a_mark_and_without() {
    let xml = "<?xml version=\"1.0\" encoding=\"utf-16\"?><Event><System><EventID>1</EventID></System></Event>";
    for (text, told) in
        [(two(), TOLD.as_slice()), (format!("[{}]", own(1)), &TOLD[..1]), (xml.to_string(), &["1 xml 1"])]
    {
        for text in [text.clone(), format!("\u{feff}{text}")] {
            for unit in [u16::to_le_bytes, u16::to_be_bytes] {
                assert_eq!(read(&utf16(&text, unit)).told(), told, "{text}");
            }
        }
    }
}

#[test]
fn letters_of_any_plane_come_out_of_utf_16_and_half_ones_are_replaced() {
    let text = format!("\u{feff}{{\"winlog\":{{\"event_id\":\"1\"}},\"x\":\"{}\"}}\n", "ä漢😀".repeat(5000));
    let seen = read(&utf16(&text, u16::to_le_bytes));
    assert_eq!(seen.events[0].get("x"), "ä漢😀".repeat(5000));
    let mut bytes = utf16("\u{feff}{\"x\":\"?\"}", u16::to_le_bytes);
    let at = bytes.iter().position(|byte| *byte == b'?').unwrap();
    bytes[at + 1] = 0xd8;
    assert_eq!(read(&bytes).events[0].get("x"), "\u{fffd}");
    // Half a unit at the end.
    bytes.push(b'{');
    assert_eq!(read(&bytes).told(), ["in:1: something behind the end of the object (byte 11)"]);
}

#[test]
fn several_members_of_gzip_and_frames_of_zstd_are_one_stream() {
    let [one, two] = [format!("{}\n", own(1)), format!("{}\n", own(3))];
    assert_eq!(read(&[gzip(one.as_bytes()), gzip(two.as_bytes())].concat()).told(), TOLD);
    let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
    let frames = [zstd(one.as_bytes()), skipped.clone(), zstd(b""), zstd(two.as_bytes()), skipped].concat();
    assert_eq!(read(&frames).told(), TOLD);
}

#[test]
fn what_was_read_before_packed_bytes_are_damaged_is_kept() {
    let lines: String = (0..2000).map(|id| format!("{}\n", own(id % 200))).collect();
    for packed in [gzip(lines.as_bytes()), zstd(lines.as_bytes())] {
        // Of a small file all comes at once.
        let long = [packed.clone(), packed.clone()].concat();
        let cut = &long[..long.len() - 20];
        let seen = read(cut);
        assert!(seen.events.len() >= 2000, "{}", seen.events.len());
        let last = seen.damaged.last().unwrap();
        assert!(last.starts_with("in: what is packed is damaged: ") && last.contains("; the rest is lost"), "{last}");
        assert!(seen.error.is_none());
        // From the start on there is nothing to keep.
        assert!(read(&packed[..12]).error.is_some());
    }
}

#[test]
fn the_sum_of_a_frame_must_fit() {
    let mut packed = zstd(two().as_bytes());
    let last = packed.len() - 1;
    packed[last] ^= 1;
    let seen = read(&packed);
    assert_eq!(seen.events.len(), 2);
    assert!(seen.damaged[0].contains("the sum of a zstd frame does not fit its bytes"), "{:?}", seen.damaged);
}

#[test]
fn what_is_packed_many_times_over_is_refused() {
    let mut bytes = two().into_bytes();
    for times in 1..=5 {
        bytes = gzip(&bytes);
        let seen = read(&bytes);
        if times <= 4 {
            assert_eq!(seen.told(), TOLD, "{times}");
        } else {
            assert!(seen.error.unwrap().starts_with("this looks like a file that is packed many times over"));
        }
    }
}

#[test]
fn nothing_packed_is_nothing() {
    assert_eq!(read(&gzip(b"")).told(), [""; 0]);
    assert_eq!(read(&zstd(b"")).told(), [""; 0]);
    assert!(read(b"\x1f\x8b\x08\0").error.is_some(), "gzip that ends in its header");
    assert!(read(b"\x28\xb5\x2f\xfd").error.is_some(), "zstd that ends in its header");
}

#[test]
fn a_stream_of_zstd_that_asks_for_much_memory_is_refused() {
    // A frame with a window of 16 MiB: descriptor, window, one empty block that is the last.
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 14 << 3, 0x01, 0x00, 0x00];
    let error = read(&frame).error.unwrap();
    assert!(
        error.contains("asks for 16777216 bytes of memory") && error.contains("unpack it to a file first"),
        "{error}"
    );
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 13 << 3, 0x01, 0x00, 0x00];
    assert_eq!(read(&frame).told(), [""; 0]);
}

#[cfg(feature = "evtx")]
#[test]
fn evtx_is_read_out_of_a_stream_as_out_of_a_file() {
    let file = include_bytes!("../../../../tests/forms/files/events.evtx");
    let whole = read(file);
    assert!(whole.events.len() > 5 && whole.damaged.is_empty());
    for packed in [gzip(file), zstd(file), zstd(&gzip(file))] {
        assert_eq!(read(&packed).told(), whole.told());
    }
    // What came before the stream breaks off is there.
    let twice = gzip(&[&file[..], &file[4096..], &noise(1 << 17)].concat());
    let seen = read(&twice[..twice.len() - 1000]);
    assert_eq!(seen.events.len(), 2 * whole.events.len());
    assert!(seen.damaged.last().unwrap().starts_with("in: what is packed is damaged: "), "{:?}", seen.damaged);
}

/// Bytes that cannot be packed.
#[cfg(feature = "evtx")]
fn noise(length: usize) -> Vec<u8> {
    let mut seed = 1u32;
    let byte = |_| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    };
    (0..length).map(byte).collect()
}

/// What a packed file can be made of, however long it is.
#[cfg(feature = "evtx")]
#[test]
fn evtx_out_of_a_stream_is_given_chunk_by_chunk() {
    use std::io::Read;
    use std::ops::ControlFlow;

    struct Counted<R>(R, u64);
    impl<R: Read> Read for Counted<R> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = self.0.read(buffer)?;
            self.1 += count as u64;
            Ok(count)
        }
    }
    struct First;
    impl crate::event::read::Sink for First {
        fn event(&mut self, _: crate::event::read::Record<'_>) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
        fn damaged(&mut self, damaged: crate::event::read::Damaged) {
            panic!("{damaged}");
        }
    }
    let file = include_bytes!("../../../../tests/forms/files/events.evtx");
    // A log's header, very many chunks without events, and then some.
    let empty = std::io::repeat(0).take(4096 * (64 << 10));
    let mut stream = Counted((&file[..4096]).chain(&file[4096..]).chain(empty), 0);
    let mut reader = super::EventReader::new(&super::Layout::new(), crate::dialect::AgentVersion::DEFAULT);
    reader.read(&"in".into(), &mut stream, &mut First).unwrap();
    assert!(stream.1 < 1 << 20, "{} bytes were read for one event", stream.1);
}
