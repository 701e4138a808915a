//! What Sysmon's engine compiles of a configuration, and what Sysmon for Linux says of its own.
//!
//! The compiled form is read here alone. Little endian; each record begins at a multiple of eight bytes. A header: version of the program, number of
//! nodes, its own size, schema version, first node. Nodes and filters are lists; a filter that belongs to a Rule says where its Rule is.

use blocksieve::sysmon::config::{Condition, Config, Item, OnMatch, Relation};
use blocksieve::sysmon::tags::TAGS;

use super::{clean, files, folder};

/// A configuration in words that both sides can be said in.
pub type Compiled = Vec<String>;

struct Blob<'b>(&'b [u8]);

impl Blob<'_> {
    fn int(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..at + 4].try_into().unwrap())
    }

    fn text(&self, at: usize, bytes: usize) -> String {
        let units: Vec<u16> =
            self.0[at..at + bytes].chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        let end = units.iter().position(|unit| *unit == 0).unwrap_or(units.len());
        String::from_utf16(&units[..end]).unwrap()
    }

    fn words(&self) -> Compiled {
        let schema = self.int(12);
        let mut out = vec![format!("schema {}.{:02}", schema >> 16, schema & 0xffff)];
        let relation = |value: u32| ["or", "and"][value as usize];
        let (mut at, nodes) = (self.int(16) as usize, self.int(4));
        for _ in 0..nodes {
            let [id, default, combine, next, count, first] = [0, 1, 2, 3, 4, 5].map(|n| self.int(at + 4 * n));
            out.push(format!("node {id} {} {}", ["exclude", "include"][default as usize], relation(combine)));
            let mut filter = first as usize;
            let mut rules: Vec<u32> = Vec::new();
            for _ in 0..count {
                let (field, name) = (self.int(filter), self.text(filter + 4, 512));
                let rest = filter + 516;
                let [kind, next, size, rule, rule_at] = [0, 1, 2, 3, 4].map(|n| self.int(rest + 4 * n));
                let value = self.text(rest + 20, size as usize);
                let within = if rule == 0 {
                    String::new()
                } else {
                    // Rules are numbered over the whole configuration; here by their order in the node.
                    let number = rules.iter().position(|known| *known == rule).unwrap_or_else(|| {
                        rules.push(rule);
                        rules.len() - 1
                    });
                    // Name (128 units), a number of eight bytes, five of four; then how its filters belong together.
                    format!(" rule {number} {}", relation(self.int(rule_at as usize + 256 + 8 + 16)))
                };
                let condition = Condition::ALL[kind as usize].word();
                out.push(format!("filter {field} {condition} {value:?} {name:?}{within}"));
                filter = next as usize;
            }
            at = next as usize;
        }
        out
    }
}

/// A configuration of ours in the same words: nodes by tag, then as they stand.
pub fn words(config: &Config) -> Compiled {
    let mut out = vec![format!("schema {}", config.schema.value)];
    for node in TAGS.iter().flat_map(|tag| config.nodes_of(tag)).map(|(_, node)| node) {
        out.push(format!("node {} {} {}", node.bound, node.on_match.word(), node.relation.word()));
        let mut rules = 0;
        for item in &node.items {
            let within = match item {
                Item::Filter(_) => String::new(),
                Item::Rule(rule) => {
                    rules += 1;
                    format!(" rule {} {}", rules - 1, rule.relation.word())
                }
            };
            for filter in item.filters() {
                let (condition, value) = (filter.condition.word(), &filter.value.value);
                let name = filter.name.as_deref().unwrap_or_default();
                out.push(format!("filter {} {condition} {value:?} {name:?}{within}", filter.position));
            }
        }
    }
    out
}

#[test]
fn every_configuration_compiles_to_what_sysmon_makes_of_it() {
    let Some(folder) = folder("sysmon-config/SysmonCommon/UnitTests/data") else { return };
    let mut equal = 0;
    for blob in files(&folder, ".xml.bin") {
        let path = blob.with_extension("");
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let config = clean(&name, &std::fs::read(&path).unwrap());
        let theirs = Blob(&std::fs::read(&blob).unwrap()).words();
        for (ours, theirs) in words(&config).iter().zip(&theirs) {
            assert_eq!(ours, theirs, "{name}");
        }
        assert_eq!(words(&config).len(), theirs.len(), "{name}");
        equal += 1;
    }
    assert_eq!(equal, 256);
}

/// A configuration as Sysmon for Linux prints it.
fn dump(config: &Config) -> String {
    let mut out = format!("Rule configuration (version {}):\n", config.schema.value);
    for node in TAGS.iter().flat_map(|tag| config.nodes_of(tag)).map(|(_, node)| node) {
        let on_match = match node.on_match {
            OnMatch::Include => "include",
            OnMatch::Exclude => "exclude",
        };
        let word = |relation| if relation == Relation::And { "And" } else { "Or" };
        let tag = node.tag.name;
        out.push_str(&format!(" - {tag:<34} onmatch: {on_match}   combine rules using '{}'\n", word(node.relation)));
        for item in &node.items {
            let indent = match item {
                Item::Filter(_) => "",
                Item::Rule(rule) => {
                    // It prints no more of a name.
                    let name: String = rule.name.iter().flat_map(|name| name.value.chars()).take(32).collect();
                    out.push_str(&format!("\tCompound Rule {name}   combine using {}\n", word(rule.relation)));
                    "    "
                }
            };
            for filter in item.filters() {
                let (field, condition, value) = (&filter.field.value, filter.condition.word(), &filter.value.value);
                out.push_str(&format!("\t{indent}{field:<30} filter: {condition:<12} value: '{value}'\n"));
            }
        }
    }
    out
}

#[test]
fn every_dump_of_sysmon_for_linux_says_the_same() {
    let Some(folder) = folder("sysmon-config/SysmonForLinux/test/rulestest") else { return };
    let mut equal = 0;
    for baseline in files(&folder.join("baseline"), ".rules") {
        let name = baseline.file_stem().unwrap().to_string_lossy().into_owned();
        let path = folder.join("configs").join(format!("{name}.xml"));
        let config = clean(&name, &std::fs::read(path).unwrap());
        let theirs = std::fs::read_to_string(&baseline).unwrap();
        // A Rule without a name is printed by its number.
        let number = |line: &str| {
            let name = line.strip_prefix("\tCompound Rule ").and_then(|rest| rest.get(..4));
            name.is_some_and(|name| {
                name.bytes().all(|byte| byte.is_ascii_digit()) && line.as_bytes().get(19) == Some(&b' ')
            })
        };
        let unnumbered =
            |line: &str| if number(line) { format!("{}{}", &line[..15], &line[19..]) } else { line.to_string() };
        let theirs: String = theirs.lines().map(|line| unnumbered(line) + "\n").collect();
        for (ours, theirs) in dump(&config).lines().zip(theirs.lines()) {
            assert_eq!(ours.trim_end(), theirs.trim_end(), "{name}");
        }
        assert_eq!(dump(&config).trim_end().lines().count(), theirs.trim_end().lines().count(), "{name}");
        equal += 1;
    }
    assert_eq!(equal, 23);
}
