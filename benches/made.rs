//! Lines and rules for the benches, from a seed: Winlogbeat 8 events of about 2 KB, with the rendered message.

/// A small generator of numbers (xorshift), so that every run sees the same lines.
pub struct Seed(pub u64);

impl Seed {
    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    fn word(&mut self) -> String {
        (0..3 + self.below(8)).map(|_| char::from(b'a' + self.below(26) as u8)).collect()
    }

    fn path(&mut self) -> String {
        let folder = ["C:\\Windows\\System32\\", "C:\\Program Files\\Vendor\\", "C:\\Users\\user\\AppData\\Local\\"]
            [self.below(3)];
        format!("{folder}{}.exe", self.word())
    }
}

/// This many lines of NDJSON.
pub fn lines(count: usize) -> Vec<String> {
    let mut seed = Seed(0x5eed_5eed_5eed_5eed);
    (0..count)
        .map(|n| {
            let id = [1, 3, 7, 10, 11, 12, 13, 22][seed.below(8)];
            let (image, other, command) = (seed.path(), seed.path(), format!("{} -{} {}", seed.path(), seed.word(), seed.word()));
            let data = serde_json::json!({
                "RuleName": "-", "UtcTime": "2024-01-31 10:00:00.123", "ProcessGuid": "{12345678-1234-1234-1234-123456789012}",
                "ProcessId": seed.below(9000).to_string(), "Image": image, "CommandLine": command, "User": "NT AUTHORITY\\SYSTEM",
                "ParentImage": other, "TargetFilename": other, "TargetObject": format!("HKLM\\Software\\{}", seed.word()),
                "ImageLoaded": other, "TargetImage": other, "QueryName": format!("{}.example.org", seed.word()), "DestinationIp": "10.1.2.3",
            });
            let message: String = data.as_object().into_iter().flatten().map(|(key, value)| format!("{key}: {value}\n")).collect();
            let filler = "x".repeat(700);
            serde_json::json!({
                "@timestamp": "2024-01-31T10:00:00.123Z", "agent": { "name": "ws01", "type": "winlogbeat", "version": "8.17.0" },
                "event": { "code": id.to_string(), "kind": "event", "provider": "Microsoft-Windows-Sysmon" }, "message": message + &filler,
                "winlog": { "channel": "Microsoft-Windows-Sysmon/Operational", "computer_name": "ws01.example.org", "event_data": data,
                    "event_id": id.to_string(), "provider_name": "Microsoft-Windows-Sysmon", "record_id": n },
            })
            .to_string()
        })
        .collect()
}

/// This many classify rules; without `guarded` every test of every rule is asked of every event.
pub fn rules(count: usize, guarded: bool) -> String {
    let mut seed = Seed(0x0bad_cafe);
    let kinds = [
        ("process_create", "CommandLine"),
        ("file_create", "TargetFilename"),
        ("image_load", "ImageLoaded"),
        ("dns_query", "QueryName"),
    ];
    (0..count)
        .map(|n| {
            let (event, field) = kinds[seed.below(4)];
            let guard = if guarded { format!("event is sysmon.{event} and ") } else { String::new() };
            let words: Vec<String> = (0..3).map(|_| format!("'{}'", seed.word())).collect();
            format!(
                "classify \"r{n}\" {{ if {guard}{field} contains any [{}] and Image ends with '\\{}.exe' and User != '{}' {{ tag \"r{n}\" }} }}\n",
                words.join(", "),
                seed.word(),
                seed.word()
            )
        })
        .collect()
}

/// A number with its bits well mixed, so that neighbours share nothing.
pub fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (n ^ (n >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ (n >> 32)
}

/// A hash as Sysmon writes it.
pub fn sha256(n: u64) -> String {
    (0..4).map(|part| format!("{:016X}", mixed(n * 4 + part + 1))).collect()
}

/// A lookup table of so many hashes, in no order.
pub fn table(rows: u64) -> String {
    let mut text = String::from("sha256,file\n");
    for n in 0..rows {
        text.push_str(&format!("{},C:\\Program Files\\Vendor\\program{n}.exe\n", sha256(n)));
    }
    text
}
