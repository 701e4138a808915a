//! Configurations that were cut, flipped and doubled at random: whatever comes of them, nothing panics, and what is read can be decided by and written.

use blocksieve::origin::Sources;
use blocksieve::sysmon::config::decide::Decider;
use blocksieve::sysmon::config::stats::stats;
use blocksieve::sysmon::config::{self, Plain, merge, twin, write};

const CONFIG: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!-- a --><Sysmon schemaversion="4.90"><HashAlgorithms>*</HashAlgorithms><EventFiltering><!-- b -->
<RuleGroup name="é" groupRelation="or"><ProcessCreate onmatch="include"><Image name="x&amp;" condition="image">cmd.exe</Image>
<Rule groupRelation="and"><Image condition="contains any">a;;b;</Image><CommandLine condition="is not">&#x41;<!-- c -->d</CommandLine></Rule>
</ProcessCreate></RuleGroup><RegistryEvent onmatch="exclude"><User condition="excludes all">%A%; b</User></RegistryEvent><DnsQuery onmatch="exclude"/>
</EventFiltering></Sysmon>"#;

#[test]
fn no_bytes_make_it_panic() {
    let mut seed: u64 = 20_261_126;
    let mut next = move |below: usize| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as usize % below.max(1)
    };
    let utf16: Vec<u8> = CONFIG.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let pieces = [
        "<", ">", "\"", "&", ";", "<!--", "-->", "<Rule>", "</Rule>", "]]>", "onmatch", "é", "\0", "<?xml", "%",
        "\u{feff}",
    ];
    let (mut read, mut clean) = (0, 0);
    for round in 0..4_000 {
        let mut bytes = if round % 5 == 0 { utf16.clone() } else { CONFIG.as_bytes().to_vec() };
        for _ in 0..next(4) {
            let (a, b) = (next(bytes.len()), next(bytes.len()));
            let (start, end) = (a.min(b), a.max(b).min(a.min(b) + 60));
            match next(4) {
                0 => drop(bytes.drain(start..end)),
                1 => bytes[start] ^= 1 << next(8),
                2 => {
                    let again = bytes[start..end].to_vec();
                    bytes.splice(start..start, again);
                }
                _ => {
                    let piece = pieces[next(pieces.len())].bytes();
                    bytes.splice(start..start, piece);
                }
            }
        }
        let mut sources = Sources::default();
        let (config, found) = config::read(&mut sources, "damaged.xml", &bytes);
        let Some(config) = config else {
            assert!(!found.is_empty());
            continue;
        };
        read += 1;
        clean += usize::from(found.is_empty());
        let event = Plain::new(1, [("Image", "C:\\cmd.exe"), ("CommandLine", "a")]);
        let decision = twin::decide(&config, &event);
        assert_eq!(Decider::new(&config).decide(&event), decision);
        stats(&config);
        let canonical = write::canonical(&config);
        let (again, _) = config::read(&mut sources, "again.xml", canonical.as_bytes());
        let again = again.unwrap_or_else(|| panic!("{canonical}"));
        let now = twin::decide(&again, &event);
        assert_eq!((now.logged, again.name_of(&now)), (decision.logged, config.name_of(&decision)), "{canonical}");
        merge::merge(&[config, again], &sources);
    }
    assert!(read > 200 && clean < read, "{read} {clean}");
}
