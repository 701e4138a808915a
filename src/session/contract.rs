//! The page's types (`types.ts`, `board.ts`, `configuration.ts`, `hunting.ts` of `www/src/engine`) against those that cross: what the page
//! believes is what the engine says.
//!
//! In: the files, and what `ts-rs` makes of the Rust types. Out: a failure that shows both shapes of a type that differs. Names of types and
//! comments do not count; names of fields, types and the words of enumerations do.

use std::collections::BTreeMap;

use ts_rs::{Config, TS};

use super::board::wire as board;
use super::configuration::wire as configuration;
use super::hunting::wire as hunting;
use super::{project, wire};

/// The shape of a type. Names are looked up, so that only structure is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    Word(String),
    List(Box<Shape>),
    /// Sorted, each once.
    OneOf(Vec<Shape>),
    /// With `?` behind the names of those that may be missing.
    Object(BTreeMap<String, Shape>),
}

/// Reads the types of a text in the subset of TypeScript that the contract is written in.
struct Reader {
    tokens: Vec<String>,
    at: usize,
}

type Types = BTreeMap<String, Shape>;

impl Reader {
    fn new(text: &str) -> Self {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let line = || rest.find('\n').unwrap_or(rest.len());
            let length = if rest.starts_with("//") {
                line()
            } else if rest.starts_with("/*") {
                rest.find("*/").unwrap() + 2
            } else if first == '"' {
                rest[1..].find('"').unwrap() + 2
            } else if first.is_alphanumeric() || first == '_' {
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            let (token, behind) = rest.split_at(length);
            if !token.trim().is_empty() && !token.starts_with("//") && !token.starts_with("/*") {
                tokens.push(token.to_string());
            }
            rest = behind;
        }
        Self { tokens, at: 0 }
    }

    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", String::as_str)
    }

    fn next(&mut self) -> String {
        self.at += 1;
        self.tokens[self.at - 1].clone()
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.peek() == token;
        self.at += usize::from(found);
        found
    }

    /// All types that are declared; what else stands there is passed over.
    fn types(&mut self) -> Types {
        let mut types = Types::new();
        while self.at < self.tokens.len() {
            match self.next().as_str() {
                "interface" => {
                    let name = self.next();
                    let base = if self.take("extends") { Some(self.next()) } else { None };
                    // The one with calls in it.
                    if name == "Engine" {
                        continue;
                    }
                    let own = self.shape(&types);
                    let base = base.map(|base| types[&base].clone());
                    types.insert(name, base.into_iter().fold(own, both));
                }
                "type" => {
                    let name = self.next();
                    if self.take("=") {
                        let shape = self.shape(&types);
                        types.insert(name, shape);
                    }
                }
                _ => {}
            }
        }
        types
    }

    fn shape(&mut self, types: &Types) -> Shape {
        self.take("|");
        let mut members = vec![self.meet(types)];
        while self.take("|") {
            members.push(self.meet(types));
        }
        one_of(members)
    }

    fn meet(&mut self, types: &Types) -> Shape {
        let mut shape = self.list(types);
        while self.take("&") {
            shape = both(shape, self.list(types));
        }
        shape
    }

    fn list(&mut self, types: &Types) -> Shape {
        let mut shape = self.single(types);
        while self.take("[") {
            assert!(self.take("]"));
            shape = Shape::List(Box::new(shape));
        }
        shape
    }

    fn single(&mut self, types: &Types) -> Shape {
        let token = self.next();
        match token.as_str() {
            "(" => {
                let shape = self.shape(types);
                assert!(self.take(")"));
                shape
            }
            "{" => {
                let mut fields = BTreeMap::new();
                while !self.take("}") {
                    let mut name = self.next().trim_matches('"').to_string();
                    if self.take("?") {
                        name.push('?');
                    }
                    assert!(self.take(":"), "{name} before {}", self.peek());
                    fields.insert(name, self.shape(types));
                    let _ = self.take(";") || self.take(",");
                }
                Shape::Object(fields)
            }
            "Array" => {
                assert!(self.take("<"));
                let member = self.shape(types);
                assert!(self.take(">"));
                Shape::List(Box::new(member))
            }
            // A name of the language, or of a type; what stands further down is looked up at the end.
            word => types.get(word).cloned().unwrap_or_else(|| Shape::Word(word.to_string())),
        }
    }
}

/// A shape without names of types.
fn resolved(shape: &Shape, types: &Types) -> Shape {
    match shape {
        Shape::Word(word) => types.get(word).map_or_else(|| shape.clone(), |known| resolved(known, types)),
        Shape::List(member) => Shape::List(Box::new(resolved(member, types))),
        Shape::OneOf(members) => one_of(members.iter().map(|member| resolved(member, types)).collect()),
        Shape::Object(fields) => {
            Shape::Object(fields.iter().map(|(name, field)| (name.clone(), resolved(field, types))).collect())
        }
    }
}

fn one_of(members: Vec<Shape>) -> Shape {
    let mut flat = Vec::new();
    for member in members {
        match member {
            Shape::OneOf(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    flat.sort();
    flat.dedup();
    if flat.len() == 1 { flat.remove(0) } else { Shape::OneOf(flat) }
}

fn both(a: Shape, b: Shape) -> Shape {
    match (a, b) {
        (Shape::Object(mut a), Shape::Object(b)) => {
            a.extend(b);
            Shape::Object(a)
        }
        (a, b) => panic!("no objects: {a:?} & {b:?}"),
    }
}

/// A type and all that it is made of, the innermost first.
struct Declared {
    config: Config,
    text: String,
}

impl ts_rs::TypeVisitor for Declared {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Types of the language have no declaration, and stand in no file.
        if T::output_path().is_none() {
            return;
        }
        T::visit_dependencies(self);
        self.text.push_str(&T::decl(&self.config));
        self.text.push('\n');
    }
}

fn rust<T: TS + 'static>() -> Shape {
    let mut declared = Declared { config: Config::new().with_large_int("number"), text: String::new() };
    ts_rs::TypeVisitor::visit::<T>(&mut declared);
    let name = T::ident(&declared.config);
    Reader::new(&declared.text).types().remove(&name).unwrap()
}

#[test]
fn the_page_and_the_engine_mean_the_same_types() {
    let read = |name: &str| {
        let path = format!("{}/www/src/engine/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    };
    let files = ["board.ts", "types.ts", "configuration.ts", "hunting.ts"].map(read);
    let page = Reader::new(&files.concat()).types();
    let engine = [
        ("RuleFile", rust::<wire::RuleFile>()),
        ("Settings", rust::<project::Settings>()),
        ("Table", rust::<project::Table>()),
        ("Place", rust::<wire::Place>()),
        ("Diagnostic", rust::<wire::Diagnostic>()),
        ("Rule", rust::<wire::Rule>()),
        ("Compiled", rust::<wire::Compiled>()),
        ("Drawn", rust::<wire::Drawn>()),
        ("Link", rust::<wire::Link>()),
        ("Texted", rust::<wire::Texted>()),
        ("Form", rust::<wire::Form>()),
        ("Converted", rust::<wire::Converted>()),
        ("WinlogbeatOptions", rust::<wire::WinlogbeatOptions>()),
        ("WinlogbeatText", rust::<wire::WinlogbeatText>()),
        ("Loaded", rust::<wire::EventsLoaded>()),
        ("EventCount", rust::<wire::EventCount>()),
        ("Decided", rust::<wire::Decided>()),
        ("RuleCount", rust::<wire::RuleCount>()),
        ("DecisionFilter", rust::<wire::DecisionFilter>()),
        ("Selection", rust::<wire::Selection>()),
        ("Selected", rust::<wire::Selected>()),
        ("Row", rust::<wire::Row>()),
        ("ValueType", rust::<wire::ValueType>()),
        ("FieldValue", rust::<wire::FieldValue>()),
        ("EventDetail", rust::<wire::EventDetail>()),
        ("MarkState", rust::<wire::MarkState>()),
        ("Mark", rust::<wire::Mark>()),
        ("Explained", rust::<wire::Explained>()),
        ("FieldInfo", rust::<wire::FieldInfo>()),
        ("EventInfo", rust::<wire::EventInfo>()),
        ("ValueCount", rust::<wire::ValueCount>()),
        ("DraftRequest", rust::<wire::DraftRequest>()),
        ("Draft", rust::<wire::Draft>()),
        ("TableEdit", rust::<wire::TableEdit>()),
        ("TemplateText", rust::<wire::TemplateText>()),
        ("MessageRequest", rust::<wire::MessageRequest>()),
        ("Message", rust::<wire::Message>()),
        ("TestResult", rust::<wire::TestResult>()),
        ("Tested", rust::<wire::Tested>()),
        ("CoverGrade", rust::<wire::CoverGrade>()),
        ("CoveredPiece", rust::<wire::CoveredPiece>()),
        ("Covered", rust::<wire::Covered>()),
        ("Refused", rust::<wire::Refused>()),
        ("BoardQuery", rust::<board::BoardQuery>()),
        ("BoardTerm", rust::<board::BoardTerm>()),
        ("BoardWanted", rust::<board::BoardWanted>()),
        ("Board", rust::<board::Board>()),
        ("OverTime", rust::<board::OverTime>()),
        ("Top", rust::<board::Top>()),
        ("TopValue", rust::<board::TopValue>()),
        ("HostHealth", rust::<board::HostHealth>()),
        ("BoardRule", rust::<board::BoardRule>()),
        ("ConfigText", rust::<configuration::ConfigText>()),
        ("Configured", rust::<configuration::Configured>()),
        ("ConfigNode", rust::<configuration::ConfigNode>()),
        ("ConfigItem", rust::<configuration::ConfigItem>()),
        ("ConfigFilter", rust::<configuration::ConfigFilter>()),
        ("ConfigFound", rust::<configuration::ConfigFound>()),
        ("ConfigPart", rust::<configuration::ConfigPart>()),
        ("ConfigRow", rust::<configuration::ConfigRow>()),
        ("ConfigSums", rust::<configuration::ConfigSums>()),
        ("ConfigEventSum", rust::<configuration::ConfigEventSum>()),
        ("ConfigNameSum", rust::<configuration::ConfigNameSum>()),
        ("ConfigSpot", rust::<configuration::ConfigSpot>()),
        ("ConfigExplained", rust::<configuration::ConfigExplained>()),
        ("ConfigMet", rust::<configuration::ConfigMet>()),
        ("ConfigMetItem", rust::<configuration::ConfigMetItem>()),
        ("HuntRequest", rust::<hunting::HuntRequest>()),
        ("HuntBegun", rust::<hunting::HuntBegun>()),
        ("HuntGuids", rust::<hunting::HuntGuids>()),
        ("HuntWalked", rust::<hunting::HuntWalked>()),
        ("HuntStuck", rust::<hunting::HuntStuck>()),
        ("HuntForm", rust::<hunting::HuntForm>()),
        ("HuntDocument", rust::<crate::hunt::Hunt>()),
        ("Hunted", rust::<hunting::Hunted<'static>>()),
    ];
    for (name, engine) in &engine {
        assert_eq!(
            page.get(*name).map(|shape| resolved(shape, &page)).as_ref(),
            Some(engine),
            "{name}: left is the page, right the engine"
        );
    }
}
