//! Random rules and events, drawn from one small vocabulary.

/// `raw` is the agent's to filters, and the log manager's behind it.
const FIELDS: [&str; 13] = [
    "raw",
    "Image",
    "CommandLine",
    "QueryName",
    "ProcessId",
    "ProcessGuid",
    "ParentProcessGuid",
    "DestinationIp",
    "UtcTime",
    "Hashes",
    "Odd",
    "User",
    "RuleName",
];
/// Fields that only rules behind the agent read: those that rules set and remove, one that the agent's event may have, and those
/// that the normaliser derives.
const NORMALISED: [&str; 17] = [
    "msg.group",
    "msg.image",
    "msg.n",
    "msg.m",
    "msg.m.inner",
    "msg.action",
    "msg.eventid",
    "msg.hash_md5",
    "msg.hash_sha256",
    "msg.virustotal",
    "msg.technique",
    "msg.technique_url",
    "msg.technique_retired",
    "msg.technique_name",
    "msg.odd",
    "msg.channel",
    "msg.processid@int.value",
];
/// Values of events and of rules: case, look-alikes, dashes, wildcards, escapes, numbers in many spellings, nothing.
pub const TEXTS: [&str; 47] = [
    "",
    "-",
    "a",
    "A",
    "ab",
    "aB",
    "abc",
    "b",
    "k",
    "K",
    "\u{212a}",
    "s",
    "\u{17f}",
    "ß",
    "é",
    "É",
    "ΣΑΣ",
    "ςας",
    "*",
    "?",
    "a*b",
    r"C:\a\b.exe",
    r"c:\A\B.EXE",
    r"\b.exe",
    "b.exe",
    r"\\",
    " -enc ",
    "x /enc y",
    "x –enc y",
    "1",
    "01",
    "0x1",
    "-1",
    "18446744073709551615",
    "true",
    "TRUE",
    "10.0.0.1",
    "::ffff:10.0.0.1",
    "2024-01-31 10:00:00.000",
    " +5 ",
    "-.5e1",
    "170141183460469231731687303715884105728",
    "its AB-cd",
    "MD5=0123456789abcdef0123456789ABCDEF,SHA256=-",
    "technique_id=T1055,technique_name=a",
    "T1060,t1003.001,ab",
    "https://attack.mitre.org/techniques/T1055/",
];

/// What makes a case: numbers that the generator spends, one a choice. Zero is always the simplest choice, so that shrinking
/// the numbers shrinks the rules; a tape that has run out gives zeros.
pub struct Tape<'t> {
    pub numbers: &'t [u32],
    pub at: usize,
    /// Behind the agent there are `msg.*` fields too.
    pub behind: bool,
}

impl Tape<'_> {
    pub fn below(&mut self, n: usize) -> usize {
        let number = self.numbers.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        number as usize % n
    }

    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    pub fn field(&mut self) -> String {
        if self.behind && self.rare(4) { self.pick(&NORMALISED) } else { self.pick(&FIELDS) }.to_string()
    }

    /// True once in `n`.
    pub fn rare(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    pub fn some<T>(&mut self, least: usize, most: usize, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = least + self.below(most - least + 1);
        (0..count).map(|_| one(self)).collect()
    }

    pub fn text(&mut self) -> String {
        format!("'{}'", self.pick(&TEXTS))
    }

    pub fn list(&mut self, one: impl FnMut(&mut Self) -> String) -> String {
        format!("[{}]", self.some(1, 11, one).join(", "))
    }

    pub fn literal(&mut self) -> String {
        if self.rare(4) { self.pick(&NUMBERS).to_string() } else { self.text() }
    }

    pub fn operand(&mut self) -> String {
        match self.below(13) {
            0..8 => {
                let (lookup, field) = self.looked_up();
                format!("{lookup}{field}")
            }
            8 | 9 => format!("{}{}", self.pick(&FUNCTIONS), self.field()),
            10 => {
                let (lookup, field) = self.looked_up();
                format!("{}{lookup}{}{field}", self.pick(&FUNCTIONS), self.pick(&FUNCTIONS))
            }
            11 if self.rare(3) => "any processguid".to_string(),
            11 => "any field".to_string(),
            _ if self.rare(3) => format!("{}hash MD5", self.pick(&FUNCTIONS)),
            _ => "hash MD5".to_string(),
        }
    }

    /// Something that a field is looked up in, before it; mostly nothing.
    pub fn lookup(&mut self) -> String {
        if self.rare(8) { format!("lookup \"t\" column \"{}\" of ", self.pick(&["v", "w"])) } else { String::new() }
    }

    /// A field, and what it is looked up in. Hashes are looked up among hashes only, and the table has others.
    pub fn looked_up(&mut self) -> (String, String) {
        let (lookup, field) = (self.lookup(), self.field());
        if field.starts_with("msg.hash_") { (String::new(), field) } else { (lookup, field) }
    }

    /// An operand, perhaps with `all of` before it and `cased` and `any-dash` behind it.
    pub fn subject(&mut self, dash: bool) -> String {
        let operand = self.operand();
        // `all of` means nothing before `any field` and its like.
        let every = if self.rare(4) && !operand.starts_with("any ") { "all of " } else { "" };
        let cased = if self.rare(3) { " cased" } else { "" };
        let dash = if dash && self.rare(4) { " any-dash" } else { "" };
        format!("{every}{operand}{cased}{dash}")
    }

    pub fn test(&mut self) -> String {
        match self.below(18) {
            0 => match self.subject(false) {
                // A hash is compared with a hash, or it does not compile.
                hash if hash.contains("hash") => format!("{hash} == '0123456789abcdef0123456789ABCDEF'"),
                subject => format!("{subject} {} {}", self.pick(&["==", "!="]), self.literal()),
            },
            1 => format!("{} {} {}", self.subject(true), self.pick(&PLACES), self.text()),
            2 => format!(
                "{} {} {} {}",
                self.subject(true),
                self.pick(&PLACES),
                self.pick(&["any", "all"]),
                self.list(Self::text)
            ),
            3 => match self.subject(false) {
                hash if hash.contains("hash") => {
                    format!("{hash} in ['0123456789abcdef0123456789abcdef', 'ffffffffffffffffffffffffffffffff']")
                }
                subject => format!("{subject} in {}", self.list(Self::literal)),
            },
            4 => format!("{} {} '{}'", self.subject(true), self.pick(&["like", "not like"]), self.pick(&WILDCARDS)),
            5 => {
                let patterns = self.list(|tape| format!("'{}'", tape.pick(&PATTERNS)));
                format!("{} matches {} {patterns}", self.subject(false), self.pick(&["any", "all"]))
            }
            6 => format!("{} {} {}", self.operand(), self.pick(&["<", "<=", ">", ">="]), self.pick(&BOUNDS)),
            7 => match self.operand() {
                hash if hash.contains("hash") => format!("{hash} {}", self.pick(&ASKS[..4])),
                operand => format!("{operand} {}", self.pick(&ASKS)),
            },
            8 => format!("{} {} {}", self.operand(), self.pick(&["<", ">="]), self.field()),
            9 => format!(
                "{} {} {}",
                self.subject(false),
                self.pick(&["==", "!=", "contains", "starts with", "ends with"]),
                self.field()
            ),
            10 => self.pick(&EVENTS_AND_TAGS).to_string(),
            11 => self.pick(&STRICT).to_string(),
            12 => self.pick(&["true", "false"]).to_string(),
            13..16 => {
                let field = self.field();
                self.manager_test(&field)
            }
            16 => format!("some of list {{ {} or x exists }}", self.manager_test("value")),
            _ => format!(
                "some of list {{ name == {} and not (value contains {} or x exists) }}",
                self.text(),
                self.text()
            ),
        }
    }

    /// An operand of the log manager: a field, perhaps a typed one, through functions.
    pub fn manager_operand(&mut self, field: &str) -> String {
        let suffix = self.pick(&["", "", "", "@int.value", "@float.value", "@ip.value", "@ip.version"]);
        let functions: String = (0..self.below(7).saturating_sub(4)).map(|_| self.pick(&MANAGER_FUNCTIONS)).collect();
        let lookup = if field.starts_with("msg.hash_") { String::new() } else { self.lookup() };
        let inner = if self.rare(4) { self.pick(&MANAGER_FUNCTIONS) } else { "" };
        format!("{functions}{lookup}{inner}{field}{suffix}")
    }

    pub fn manager_test(&mut self, field: &str) -> String {
        let operand = self.manager_operand(field);
        let predicate = match self.below(8) {
            0 => format!("{} {}", self.pick(&["==", "!="]), self.manager_literal()),
            1 => format!("{} {}", self.pick(&PLACES), self.text()),
            2 => format!("in {}", self.list(Self::manager_literal)),
            3 => self.pick(&["in 10.0.0.0/8", "in [::/0, '1']", "exists", "is missing"]).to_string(),
            4 => self.pick(&["is blank", "is not blank"]).to_string(),
            5 => format!("{} {}", self.pick(&["<", "<=", ">", ">="]), self.pick(&["0", "1", "-1", "1.5", "5"])),
            6 => {
                let other = self.field();
                format!("{} {}", self.pick(&["==", "!=", "<", ">="]), self.manager_operand(&other))
            }
            _ => {
                let other = self.field();
                format!("{} {}", self.pick(&PLACES), self.manager_operand(&other))
            }
        };
        format!("strictly(logmanager) {operand} {predicate}")
    }

    pub fn manager_literal(&mut self) -> String {
        // The log manager has no times.
        if self.rare(3) { self.pick(&NUMBERS[..10]).to_string() } else { self.text() }
    }

    pub fn condition(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.test();
        }
        match self.below(6) {
            0..3 => self.test(),
            3 => format!("({})", self.some(2, 4, |tape| tape.condition(depth - 1)).join(" and ")),
            4 => format!("({})", self.some(2, 4, |tape| tape.condition(depth - 1)).join(" or ")),
            _ => format!("not ({})", self.condition(depth - 1)),
        }
    }

    pub fn statement(&mut self, kind: &str, depth: usize) -> String {
        let plain: &[&str] = match kind {
            "filter" => &[
                "drop",
                "keep",
                "tag \"x\"",
                "untag \"y\"",
                "remove field Image",
                "remove fields QueryName, Odd",
                "remove fields RuleName, Hashes",
                "stop",
            ],
            "classify" => &[
                "tag \"x\"",
                "tag \"y\", \"z\"",
                "untag \"x\"",
                "set msg.group = 'g'",
                "set msg.image = file name of Image",
                "set msg.n = 5",
                "remove field msg.group",
                "remove fields msg.image, msg.m",
                "remove field msg.technique",
                "set msg.hash_md5 = 'ab'",
                "set msg.m = msg.technique",
                "set msg.n = msg.action",
                "set msg.group = msg.n",
                "stop",
            ],
            _ => &[
                "send mail",
                "send file to [\"a\"]",
                "tag \"x\"",
                "untag \"y\"",
                "set msg.group = 'g'",
                "remove field msg.group",
                "stop",
            ],
        };
        if depth == 0 || self.below(2) == 0 {
            return self.pick(plain).to_string();
        }
        let body = self.some(0, 2, |tape| tape.statement(kind, depth - 1)).join("\n");
        let mut out = format!("if {} {{ {body} }}", self.condition(2));
        if self.rare(3) {
            out += &format!(" else if {} {{ {} }}", self.condition(1), self.statement(kind, depth - 1));
        }
        if self.rare(3) {
            out += &format!(" else {{ {} }}", self.statement(kind, depth - 1));
        }
        out
    }

    pub fn rules(&mut self) -> String {
        let mut out = String::new();
        for n in 0..3 + self.below(6) {
            let kind = self.pick(&["filter", "filter", "filter", "classify", "classify", "alert"]);
            self.behind = kind != "filter";
            let body = self.some(1, 2, |tape| tape.statement(kind, 2)).join("\n");
            let allow = if kind == "filter" { "allow tamper events " } else { "" };
            // Most random filters would drop through a negation; an event guard makes them lawful.
            let guard = if kind == "filter" && !self.rare(8) {
                "event is any [sysmon.process_create, sysmon.dns_query] and "
            } else {
                ""
            };
            out += &format!("{kind} \"r{n}\" {{ {allow}if {guard}({}) {{ {body} }} }}\n", self.condition(3));
        }
        out
    }

    pub fn scalar(&mut self) -> String {
        match self.below(16) {
            0..9 => serde_json::Value::from(self.pick(&TEXTS)).to_string(),
            9 => self.pick(&["true", "false"]).to_string(),
            10..13 => self
                .pick(&[
                    "0",
                    "1",
                    "-1",
                    "2",
                    "10",
                    "1.5",
                    "1.0",
                    "18446744073709551615",
                    "18446744073709551616",
                    "-9223372036854775808",
                ])
                .to_string(),
            13 => "null".to_string(),
            14 => "\"\\u0041\\u00e9\\ud83d\\ude00\"".to_string(),
            _ => "\"c:\\\\a\\/B.exe\"".to_string(),
        }
    }

    pub fn value(&mut self) -> String {
        match self.below(9) {
            0..6 => self.scalar(),
            6 | 7 => format!("[{}]", self.some(0, 4, Self::scalar).join(", ")),
            _ if self.rare(3) => "{}".to_string(),
            _ => format!("{{\"inner\": {}, \"inner\": {}, \"b\": 1}}", self.scalar(), self.scalar()),
        }
    }

    /// A condition that holds only where some field has a certain text, as most rules that people write do.
    pub fn guarded(&mut self) -> String {
        let field = self.pick(&FIELDS[1..]);
        let op = self.pick(&["==", "contains", "starts with", "ends with", "cased ==", "cased contains"]);
        format!("{field} {op} {} and ({})", self.text(), self.condition(2))
    }

    /// An event whose fields hold texts and nothing else.
    pub fn event_of_texts(&mut self) -> String {
        let text = |tape: &mut Self| {
            let text = tape.some(1, 2, |tape| tape.pick(&TEXTS).to_string()).join("");
            serde_json::Value::from(text).to_string()
        };
        let data = self.some(2, 7, |tape| format!("\"{}\":{}", tape.pick(&FIELDS[1..]), text(tape))).join(",");
        format!(
            "{{\"winlog\":{{\"provider_name\":\"Microsoft-Windows-Sysmon\",\"event_id\":\"1\",\"event_data\":{{{data}}}}}}}"
        )
    }

    pub fn event(&mut self) -> String {
        let data = self.some(0, 7, |tape| format!("\"{}\": {}", tape.pick(&FIELDS), tape.value())).join(", ");
        let odd = self.pick(&["", "", "\"Odd@ip\": {\"version\": 6},", "\"Odd@ip\": {\"version\": \"\"},"]);
        let element = |tape: &mut Self| {
            format!(
                "{{{}}}",
                tape.some(0, 3, |tape| format!("\"{}\":{}", tape.pick(&["name", "value", "x"]), tape.value()))
                    .join(",")
            )
        };
        let list = self.some(0, 3, |tape| if tape.rare(5) { tape.value() } else { element(tape) }).join(", ");
        let id = self.pick(&["\"1\"", "1", "\"22\"", "\"4\"", "null"]);
        let provider = self.pick(&[
            "\"provider_name\": \"Microsoft-Windows-Sysmon\",",
            "\"provider_name\":\"microsoft-windows-SYSMON\",",
            "",
            "\"provider_name\": \"Other\",",
        ]);
        let tags = self.pick(&["", ", \"tags\": [\"x\"]", ", \"tags\": [\"y\", \"z\", 1]", ", \"tags\": \"x\""]);
        let msg = if self.rare(3) {
            let version = self.pick(&["4", "0", "\"4\"", "true", "false", "null", "[]", "{}"]);
            format!(
                "\"msg\": {{\"m\": {}, \"group\": {}, \"m@ip\": {{\"version\": {version}}}}},",
                self.value(),
                self.scalar()
            )
        } else {
            String::new()
        };
        let raw = if self.rare(4) { format!("\"raw\": {},", self.value()) } else { String::new() };
        format!(
            "{{{msg}{raw}{odd}\"winlog\": {{{provider}\"event_id\": {id}, \"channel\": \"Microsoft-Windows-Sysmon/Operational\", \"event_data\": {{{data}}}}}, \"list\": [{list}]{tags}}}"
        )
    }
}

const NUMBERS: [&str; 11] =
    ["1", "-1", "0x1", "1.0", "1.5", "18446744073709551615", "true", "false", "10.0.0.1", "::1", "2024-01-31"];
const FUNCTIONS: [&str; 9] = [
    "lower case of ",
    "upper case of ",
    "title case of ",
    "number of ",
    "length of ",
    "file name of ",
    "folder of ",
    "hour of ",
    "weekday of ",
];
const MANAGER_FUNCTIONS: [&str; 5] = ["number of ", "length of ", "lower case of ", "upper case of ", "title case of "];
const PLACES: [&str; 5] = ["contains", "starts with", "ends with", "not contains", "not ends with"];
const PATTERNS: [&str; 13] =
    [r"^a", r"b$", r"\d+", r"\w", r"\s-", "a.b", "(a|é)", "[^a]", "", r"^\\", r"\bb", "k", "(?i)S"];
const WILDCARDS: [&str; 13] =
    ["*", "?", "*b*", "a?c", r"*\\b.exe", "a**", "*?*", "", r"\*", "*a*b*c*", "??", "*k", "s*"];
const BOUNDS: [&str; 5] = ["1", "2.5", "10.0.0.5", "2024-01-01", "9"];
const ASKS: [&str; 9] = [
    "exists",
    "is missing",
    "is blank",
    "is not blank",
    "is private",
    "is not public",
    "is loopback",
    "in 10.0.0.0/8",
    "in [10.0.0.0/8, '1']",
];
const EVENTS_AND_TAGS: [&str; 7] = [
    "event is sysmon.process_create",
    "event is not sysmon.dns_query",
    "event is any [sysmon.process_create, sysmon.state_change]",
    "has tag \"x\"",
    "not has tag \"y\"",
    "has any tag [\"x\", \"z\"]",
    "has all tags [\"x\", \"y\"]",
];
const STRICT: [&str; 14] = [
    "strictly Image == 'a'",
    "strictly winlog.event_id == 1",
    "strictly(7.0) winlog.event_id == '1'",
    "strictly Odd contains 'a'",
    "strictly Odd matches '^a'",
    "strictly ProcessId > 0",
    "strictly(8.0) ProcessId > 0",
    "strictly(8.0) DestinationIp is public",
    "strictly DestinationIp is public",
    "strictly Odd in [10.0.0.0/8]",
    "strictly Odd exists",
    "strictly Odd contains ''",
    "strictly Odd == -1",
    "strictly Odd == true",
];
