//! Random trees, for properties.
//!
//! In: proptest's choices. Out: [`definition`], any tree that the text language can say: every statement, operator, literal and
//! modifier, comments wherever a tree has them, and names and texts with quotes, backslashes, control characters and words of
//! the language in them. Most of these trees do not pass the checker; they are well-formed, no more. Plans are made first,
//! because proptest shrinks trees of boxes, not arenas.

pub(crate) mod manager;

use proptest::collection::vec;
use proptest::prelude::*;

use super::{
    AddressClass, Args, Arm, Asks, At, Base, Cond, CondId, CondKind, Definition, FieldRef, Function, HashKind, Length,
    Literal, Lookup, Meta, MetaKey, MetaValue, Operand, Operator, Rule, RuleKind, RuleSeverity, Step, Stmt, StmtId,
    StmtKind, Test, Timestamp, Unit, When,
};
use crate::dialect::{AgentVersion, Dialect};
use crate::origin::{Origin, SourceId};

/// A random definition of up to four rules.
pub(crate) fn definition() -> BoxedStrategy<Definition> {
    (vec(rule(), 0..4), comments())
        .prop_map(|(rules, comments)| {
            let mut def = Definition::new(SourceId(0));
            for plan in rules {
                let body = plan.body.into_iter().map(|stmt| stmt.store(&mut def)).collect();
                def.rules.push(Rule { body, ..plan.rule });
            }
            def.comments = comments;
            def
        })
        .boxed()
}

fn nowhere() -> Origin {
    Origin::whole(SourceId(0))
}

fn at<T>(value: T) -> At<T> {
    At::new(value, nowhere())
}

fn field_ref(name: String) -> FieldRef {
    FieldRef { name, origin: nowhere() }
}

#[derive(Clone, Debug)]
struct RulePlan {
    /// Without its body.
    rule: Rule,
    body: Vec<StmtPlan>,
}

#[derive(Clone, Debug)]
enum StmtPlan {
    Leaf(Box<StmtKind>, bool, Vec<String>),
    When { asks: AsksPlan, when: WhenPlan, body: Vec<StmtPlan>, disabled: bool, comments: Vec<String> },
    If { arms: Vec<(CondPlan, Vec<StmtPlan>)>, otherwise: Option<Vec<StmtPlan>>, disabled: bool, comments: Vec<String> },
}

#[derive(Clone, Debug)]
enum AsksPlan {
    Ready(Asks),
    Steps(bool, Vec<(CondPlan, Vec<FieldRef>, Vec<String>)>),
}

#[derive(Clone, Debug)]
struct WhenPlan {
    within: Length,
    from_first_hit: bool,
    by: Vec<FieldRef>,
    name: Option<String>,
}

#[derive(Clone, Debug)]
enum CondPlan {
    Test(Box<Test>, Vec<String>),
    Const(bool, Vec<String>),
    Not(Box<CondPlan>),
    And(Vec<CondPlan>),
    Or(Vec<CondPlan>),
    SomeOf(String, Box<CondPlan>),
}

impl StmtPlan {
    fn store(self, def: &mut Definition) -> StmtId {
        let (kind, disabled, comments) = match self {
            StmtPlan::Leaf(kind, disabled, comments) => (*kind, disabled, comments),
            StmtPlan::When { asks, when, body, disabled, comments } => {
                let asks = match asks {
                    AsksPlan::Ready(asks) => asks,
                    AsksPlan::Steps(ordered, steps) => {
                        let steps = steps.into_iter().map(|(cond, by, comments)| {
                            let cond = cond.store(def);
                            Step { cond, by, comments, origin: nowhere() }
                        });
                        Asks::Steps { ordered, steps: steps.collect() }
                    }
                };
                let body = body.into_iter().map(|stmt| stmt.store(def)).collect();
                let WhenPlan { within, from_first_hit, by, name } = when;
                let when = When { asks, within: at(within), from_first_hit, by, name: name.map(at) };
                (StmtKind::When { when: Box::new(when), body }, disabled, comments)
            }
            StmtPlan::If { arms, otherwise, disabled, comments } => {
                let bodies = |body: Vec<StmtPlan>, def: &mut Definition| -> Vec<StmtId> {
                    body.into_iter().map(|stmt| stmt.store(def)).collect()
                };
                let arms = arms
                    .into_iter()
                    .map(|(cond, body)| Arm { cond: cond.store(def), body: bodies(body, def) })
                    .collect();
                let otherwise = otherwise.map(|body| bodies(body, def));
                (StmtKind::If { arms, otherwise }, disabled, comments)
            }
        };
        def.add_stmt(Stmt { kind, disabled, comments, origin: nowhere() })
    }
}

impl CondPlan {
    fn store(self, def: &mut Definition) -> CondId {
        let all = |members: Vec<CondPlan>, def: &mut Definition| -> Vec<CondId> {
            members.into_iter().map(|member| member.store(def)).collect()
        };
        let (kind, comments) = match self {
            CondPlan::Test(test, comments) => (CondKind::Test(test), comments),
            CondPlan::Const(value, comments) => (CondKind::Const(value), comments),
            CondPlan::Not(inner) => (CondKind::Not(inner.store(def)), Vec::new()),
            CondPlan::And(members) => (CondKind::And(all(members, def)), Vec::new()),
            CondPlan::Or(members) => (CondKind::Or(all(members, def)), Vec::new()),
            CondPlan::SomeOf(name, body) => {
                (CondKind::SomeOf { list: field_ref(name), body: body.store(def) }, Vec::new())
            }
        };
        def.add_cond(Cond { kind, comments, origin: nowhere() })
    }
}

/// Comments; mostly none.
fn comments() -> BoxedStrategy<Vec<String>> {
    let line = prop_oneof![
        "[ -~]{0,20}".prop_map(|line| line.trim_end().to_string()),
        Just("it's a \"quote { // and more".to_string()),
        Just("größer ✓".to_string()),
    ];
    prop_oneof![8 => Just(Vec::new()), 1 => vec(line, 1..3)].boxed()
}

/// Texts as they stand in rules, and texts that are hard to write.
pub(crate) fn text() -> BoxedStrategy<String> {
    prop_oneof![
        4 => "[a-z.\\\\: ]{0,12}",
        2 => Just(r"C:\Windows\System32\svchost.exe".to_string()),
        2 => "[ -~]{0,16}",
        1 => "\\PC{0,8}",
        1 => any::<String>(),
        1 => Just("it's \"both\"\\".to_string()),
        1 => Just("a\nfilter \"x\" {\n// no".to_string()),
        1 => Just("\0\r\t\u{7f}\u{85}\u{feff}\u{2028}ſ".to_string()),
        1 => "[a-z ]{100,140}",
    ]
    .boxed()
}

fn field() -> BoxedStrategy<String> {
    prop_oneof![
        4 => prop::sample::select(&["Image", "QueryName", "msg.rulename", "winlog.event_data.Image", "@timestamp"][..])
            .prop_map(str::to_string),
        1 => "[A-Za-z_@][A-Za-z0-9_@]{0,6}(\\.[A-Za-z0-9_@]{1,4}){0,2}",
        1 => prop::sample::select(crate::source::text::words::RESERVED).prop_map(str::to_string),
        1 => prop::sample::select(&["hash", "table", "number", "NOT", "to", "id", "event.code", "fe80", "a b", ""][..])
            .prop_map(str::to_string),
        1 => text(),
    ]
    .boxed()
}

fn literal() -> BoxedStrategy<Literal> {
    let written = prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<u64>().prop_map(|n| format!("{n:#x}")),
        Just("1.50".to_string()),
        Just("-2e3".to_string()),
        Just("007".to_string()),
        any::<std::net::Ipv4Addr>().prop_map(|a| a.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|a| a.to_string()),
        Just("::".to_string()),
        (any::<std::net::Ipv4Addr>(), 0..=32u8).prop_map(|(a, n)| format!("{a}/{n}")),
        (any::<std::net::Ipv6Addr>(), 0..=128u8).prop_map(|(a, n)| format!("{a}/{n}")),
        Just("2024-01-31".to_string()),
        Just("2024-01-31T10:00:00+09:00".to_string()),
        Just("2018-09-11 08:09:52.655".to_string()),
        Just("true".to_string()),
        Just("false".to_string()),
    ];
    prop_oneof![text().prop_map(Literal::Text), written.prop_map(|written| Literal::parse_unquoted(&written).unwrap()),]
        .boxed()
}

fn operand() -> BoxedStrategy<Operand> {
    let looked_up = (text().prop_map(at), text().prop_map(at), plain_operand())
        .prop_map(|(table, column, of)| Base::Lookup(Box::new(Lookup { table, column, of })));
    prop_oneof![
        12 => plain_operand(),
        1 => (looked_up, functions())
            .prop_map(|(base, through)| Operand { base, through, origin: nowhere() }),
    ]
    .boxed()
}

/// An operand that is no look-up.
fn plain_operand() -> BoxedStrategy<Operand> {
    let base = prop_oneof![
        4 => field().prop_map(|name| Base::Field(field_ref(name))),
        4 => literal().prop_map(Base::Literal),
        1 => prop_oneof![Just(Base::AnyField), Just(Base::AnyProcessGuid)],
        1 => prop::sample::select(&HashKind::ALL[..]).prop_map(Base::Hash),
    ];
    (base, functions()).prop_map(|(base, through)| Operand { base, through, origin: nowhere() }).boxed()
}

fn functions() -> BoxedStrategy<Vec<Function>> {
    prop_oneof![
        3 => Just(Vec::new()),
        1 => vec(prop::sample::select(&Function::ALL[..]), 1..=crate::limits::FUNCTIONS),
    ]
    .boxed()
}

fn dialect() -> BoxedStrategy<Dialect> {
    prop_oneof![
        8 => Just(Dialect::Ours),
        1 => Just(Dialect::Winlogbeat(AgentVersion::DEFAULT)),
        1 => (6..=9u8, any::<u8>()).prop_map(|(major, minor)| Dialect::Winlogbeat(AgentVersion { major, minor })),
        1 => prop::sample::select(&[Dialect::Sysmon, Dialect::Sigma, Dialect::LogManager][..]),
    ]
    .boxed()
}

fn texts() -> BoxedStrategy<Vec<At<String>>> {
    vec(text().prop_map(at), 0..4).boxed()
}

fn some_texts() -> BoxedStrategy<Vec<At<String>>> {
    vec(text().prop_map(at), 1..4).boxed()
}

/// An operator and what it may compare with.
fn predicate() -> BoxedStrategy<(Operator, Args)> {
    use Operator::*;
    let many =
        |all: BoxedStrategy<bool>| {
            (all, prop_oneof![4 => vec(operand(), 0..4), 1 => vec(operand(), 10..20)])
                .prop_map(|(all, items)| Args::Many { all, items, origin: nowhere() })
        };
    let table = (text().prop_map(at), prop::option::of(text().prop_map(at)))
        .prop_map(|(name, column)| Args::Table { name, column });
    prop_oneof![
        (
            prop::sample::select(&[Equals, Less, LessOrEqual, Greater, GreaterOrEqual][..]),
            operand().prop_map(Args::One)
        ),
        (
            prop::sample::select(&[Contains, StartsWith, EndsWith, Like, Matches][..]),
            prop_oneof![operand().prop_map(Args::One), many(any::<bool>().boxed())]
        ),
        (Just(In), prop_oneof![operand().prop_map(Args::One), many(Just(false).boxed()), table]),
        (Just(IsClass), prop::sample::select(&AddressClass::ALL[..]).prop_map(Args::Class)),
        (prop::sample::select(&[Exists, IsBlank][..]), Just(Args::None)),
        (Just(EventIs), event_names().prop_map(Args::Events)),
        (Just(HasTag), (any::<bool>(), texts()).prop_map(|(all, tags)| Args::Tags { all, tags })),
        (Just(Acted), text().prop_map(|name| Args::Rule(at(name)))),
        (
            Just(Remembered),
            (text(), prop_oneof![Just(1), any::<u64>()], by()).prop_map(|(name, least, by)| Args::Remembered {
                name: at(name),
                least: at(least),
                by
            })
        ),
    ]
    .boxed()
}

fn by() -> BoxedStrategy<Vec<FieldRef>> {
    prop_oneof![2 => Just(Vec::new()), 1 => vec(field().prop_map(field_ref), 1..3)].boxed()
}

fn length() -> BoxedStrategy<Length> {
    (prop_oneof![Just(1), 0..100u64, any::<u64>()], prop::sample::select(&Unit::ALL[..]))
        .prop_map(|(count, unit)| Length { count, unit })
        .boxed()
}

fn when() -> BoxedStrategy<WhenPlan> {
    (length(), any::<bool>(), by(), prop::option::of(text()))
        .prop_map(|(within, from_first_hit, by, name)| WhenPlan { within, from_first_hit, by, name })
        .boxed()
}

fn asks() -> BoxedStrategy<AsksPlan> {
    let number = prop_oneof![Just(1), any::<u64>()];
    prop_oneof![
        number.clone().prop_map(|least| AsksPlan::Ready(Asks::Events(at(least)))),
        (number, vec(field().prop_map(field_ref), 1..3))
            .prop_map(|(least, fields)| AsksPlan::Ready(Asks::Distinct(at(least), fields))),
        (any::<bool>(), vec((condition(), by(), comments()), 0..3))
            .prop_map(|(ordered, steps)| AsksPlan::Steps(ordered, steps)),
    ]
    .boxed()
}

fn event_names() -> BoxedStrategy<Vec<At<String>>> {
    let name = prop_oneof![4 => "(sysmon|linux)\\.[a-z_]{1,12}", 1 => text()];
    vec(name.prop_map(at), 0..4).boxed()
}

fn test() -> BoxedStrategy<Test> {
    (dialect(), operand(), predicate(), any::<[bool; 3]>())
        .prop_map(|(dialect, subject, (op, args), flags)| {
            let about_event =
                matches!(op, Operator::EventIs | Operator::HasTag | Operator::Acted | Operator::Remembered);
            let [every, cased, any_dash] = if about_event { [false; 3] } else { flags };
            let subject = if about_event {
                Operand { base: Base::Event, through: Vec::new(), origin: nowhere() }
            } else {
                subject
            };
            Test { dialect, every, subject, cased, any_dash, op: At::new(op, nowhere()), args }
        })
        .boxed()
}

fn condition() -> BoxedStrategy<CondPlan> {
    let leaf = prop_oneof![
        8 => (test(), comments()).prop_map(|(test, comments)| CondPlan::Test(Box::new(test), comments)),
        1 => (any::<bool>(), comments()).prop_map(|(value, comments)| CondPlan::Const(value, comments)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| CondPlan::Not(Box::new(inner))),
            vec(inner.clone(), 2..4).prop_map(CondPlan::And),
            vec(inner.clone(), 2..4).prop_map(CondPlan::Or),
            (field(), inner).prop_map(|(name, body)| CondPlan::SomeOf(name, Box::new(body))),
        ]
    })
    .boxed()
}

fn statement() -> BoxedStrategy<StmtPlan> {
    let word = prop_oneof![Just("mail".to_string()), Just("web-hook".to_string()), Just("to".to_string()), text()];
    let leaf = prop_oneof![
        Just(StmtKind::Drop),
        Just(StmtKind::Keep),
        Just(StmtKind::Stop),
        some_texts().prop_map(StmtKind::Tag),
        some_texts().prop_map(StmtKind::Untag),
        (field(), operand()).prop_map(|(name, value)| StmtKind::Set { field: field_ref(name), value }),
        vec(field().prop_map(field_ref), 1..4).prop_map(StmtKind::Remove),
        (word.prop_map(at), prop::option::of(text().prop_map(at)), texts())
            .prop_map(|(via, template, to)| StmtKind::Send { via, template, to }),
        (text(), length(), by()).prop_map(|(name, length, by)| StmtKind::Remember {
            name: at(name),
            length: at(length),
            by
        }),
        (text(), by()).prop_map(|(name, by)| StmtKind::Forget { name: at(name), by }),
    ];
    let leaf = (leaf, prop::bool::weighted(0.2), comments())
        .prop_map(|(kind, disabled, comments)| StmtPlan::Leaf(Box::new(kind), disabled, comments));
    leaf.prop_recursive(3, 12, 3, |inner| {
        let body = vec(inner, 0..3);
        let arms = vec((condition(), body.clone()), 1..3);
        let when = (asks(), when(), body.clone(), prop::bool::weighted(0.2), comments())
            .prop_map(|(asks, when, body, disabled, comments)| StmtPlan::When { asks, when, body, disabled, comments });
        let choice = (arms, prop::option::of(body), prop::bool::weighted(0.2), comments())
            .prop_map(|(arms, otherwise, disabled, comments)| StmtPlan::If { arms, otherwise, disabled, comments });
        prop_oneof![3 => choice, 1 => when]
    })
    .boxed()
}

fn meta() -> BoxedStrategy<Meta> {
    let texts_keys = &[MetaKey::Techniques, MetaKey::Labels, MetaKey::References, MetaKey::FalsePositives][..];
    let text_keys =
        &[MetaKey::Id, MetaKey::Reason, MetaKey::Author, MetaKey::Owner, MetaKey::Status, MetaKey::Ticket][..];
    prop_oneof![
        (prop::sample::select(text_keys), text().prop_map(MetaValue::Text)),
        (prop::sample::select(texts_keys), texts().prop_map(MetaValue::Texts)),
        (Just(MetaKey::Severity), prop::sample::select(&RuleSeverity::ALL[..]).prop_map(MetaValue::Severity)),
        (Just(MetaKey::Expires), (0..40_000i64).prop_map(|d| MetaValue::Date(Timestamp::new(d * 86_400, 0)))),
        (Just(MetaKey::Suppress), (length(), by()).prop_map(|(length, by)| MetaValue::Quiet(at(length), by))),
        (Just(MetaKey::AllowTamperEvents), Just(MetaValue::Flag)),
        (Just(MetaKey::Allow), ("BS0[0-9]{3}", text()).prop_map(|(code, why)| MetaValue::Allow(at(code), at(why)))),
    ]
    .prop_map(|(key, value)| Meta { key, value, origin: nowhere() })
    .boxed()
}

fn rule() -> BoxedStrategy<RulePlan> {
    let kind = prop::sample::select(&[RuleKind::Filter, RuleKind::Classify, RuleKind::Alert][..]);
    (kind, text(), prop::bool::weighted(0.2), vec(meta(), 0..4), vec(statement(), 0..4), comments())
        .prop_map(|(kind, name, disabled, meta, body, comments)| RulePlan {
            rule: Rule { kind, name: at(name), disabled, meta, body: Vec::new(), comments, origin: nowhere() },
            body,
        })
        .boxed()
}
