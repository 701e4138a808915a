//! Hashes where Sysmon computes no SHA256, and what comes near.

use super::sample::{ALERT, INJECTION, Sample};
use super::threats::WHITELISTED;

// Listed in tables/sysmon-hash-whitelist.csv.
const PEDAL: &str = "SHA1=9C41D7E05B3A8F6627E4190B5CD8A2F37E016B54,IMPHASH=3B1E6A70C4D92F85E7A6013C5D8B42F9";
const SCAN_TRAY: &str = "MD5=6F1C0E9A4B7D25830C9E5A7712D84F36";

/// First what is whitelisted, then what must not be.
pub fn samples() -> Vec<Sample> {
    let pedal = |hashes: &'static str| {
        Sample::new(
            7,
            &[
                ("RuleName", INJECTION),
                ("Image", r"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE"),
                ("ImageLoaded", r"C:\Program Files\Sample Dictation\foot-pedal.dll"),
                ("Signature", "Sample Dictation GmbH"),
            ],
        )
        .with_value("Hashes", hashes.to_string())
    };
    let tray = |hashes: &'static str| {
        Sample::new(
            1,
            &[
                ("RuleName", INJECTION),
                ("Image", r"C:\Program Files\Sample Scanner\scantray.exe"),
                ("ParentImage", r"C:\Windows\explorer.exe"),
            ],
        )
        .with_value("Hashes", hashes.to_string())
    };
    let white =
        |sample: Sample, shows: &str| sample.about(WHITELISTED).tagged(&["suspicious", "whitelisted"]).shows(shows);
    let fires = |sample: Sample, shows: &str| sample.about(ALERT).tagged(&["suspicious"]).alerted().shows(shows);
    vec![
        white(pedal(PEDAL), "no SHA256, and a SHA1 that is listed"),
        white(tray(SCAN_TRAY), "no SHA256, and an MD5 that is listed"),
        white(
            pedal(
                "SHA1=9c41d7e05b3a8f6627e4190b5cd8a2f37e016b54,SHA256=0000000000000000000000000000000000000000000000000000000000000000",
            ),
            "all zeros are no SHA256",
        ),
        fires(
            pedal(
                "SHA1=9C41D7E05B3A8F6627E4190B5CD8A2F37E016B54,SHA256=5D0F1B7C93E24A68F0C7D1E6B95A3482C6F80D17E4B2935A7C60D8F1E3A4B592",
            ),
            "beside a SHA256, which is not listed, a listed SHA1 does not count",
        ),
        fires(
            tray(
                "MD5=6F1C0E9A4B7D25830C9E5A7712D84F36,SHA256=B7E4C2095D1A86F3E0B94C7D2A5F813696D0E7B1C48F2A3D5E6071B9C8F4A2D3",
            ),
            "nor does a listed MD5",
        ),
        fires(
            pedal("SHA1=9C41D7E05B3A8F6627E4190B5CD8A2F37E016B55"),
            "a SHA1 that differs from a listed one in its last digit",
        ),
        fires(tray("IMPHASH=6F1C0E9A4B7D25830C9E5A7712D84F36"), "an IMPHASH with the digits of a listed MD5"),
    ]
}
