//! Random trees that say only what the log manager's published blocks can say.
//!
//! In: proptest's choices. Out: [`definition`], of one rule. `and` and `or` stand in turn, lists hold constants, and no test is
//! one of a constant: those are what no blocks keep apart from something simpler.

use ipnet::IpNet;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{CondPlan, RulePlan, StmtPlan, at, comments, field_ref, nowhere, text};
use crate::ast::{
    Args, Base, Definition, Function, Literal, Lookup, Operand, Operator, Rule, RuleKind, StmtKind, Test,
};
use crate::dialect::Dialect;
use crate::origin::SourceId;
use crate::source::blockly::carries;

/// A random definition of one rule.
pub(crate) fn definition() -> BoxedStrategy<Definition> {
    let classify = vec(statement(classify_leaf()), 1..4).prop_map(|body| (RuleKind::Classify, body));
    let alert = (vec(statement(send()), 0..3), send()).prop_map(|(mut body, last)| {
        body.push(last);
        (RuleKind::Alert, body)
    });
    (prop_oneof![classify, alert], text())
        .prop_map(|((kind, body), name)| {
            let rule = Rule {
                kind,
                name: at(name),
                disabled: false,
                meta: Vec::new(),
                body: Vec::new(),
                comments: Vec::new(),
                origin: nowhere(),
            };
            let RulePlan { rule, body } = RulePlan { rule, body: body.into_iter().flatten().collect() };
            let mut def = Definition::new(SourceId(0));
            let body = body.into_iter().map(|stmt| stmt.store(&mut def)).collect();
            def.rules.push(Rule { body, ..rule });
            def
        })
        .boxed()
}

/// Text that XML can carry.
fn carried() -> BoxedStrategy<String> {
    text().prop_map(|text| text.chars().filter(|c| carries(*c)).collect()).boxed()
}

fn remarks() -> BoxedStrategy<Vec<String>> {
    comments().prop_map(|lines| lines.into_iter().filter(|line| line.chars().all(carries)).collect()).boxed()
}

fn field() -> BoxedStrategy<String> {
    prop_oneof![
        4 => prop::sample::select(
            &["msg.action", "msg.port@int.value", "msg.src@ip.city", "msg.mac@mac.vendor", "meta.src.host", "raw", "@timestamp"][..]
        )
        .prop_map(str::to_string),
        2 => "(msg|meta|winlog|raw)(\\.[a-z_@ ]{1,6}){1,3}",
        1 => carried().prop_map(|key| format!("msg.{}", key.replace('.', "_"))).prop_filter("a name", |name| name != "msg."),
    ]
    .boxed()
}

fn looked_at() -> BoxedStrategy<Base> {
    prop_oneof![
        5 => field().prop_map(|name| Base::Field(field_ref(name))),
        1 => (carried().prop_map(at), carried().prop_map(at), field(), functions(0..2)).prop_map(
            |(table, column, of, through)| {
                let of = Operand { base: Base::Field(field_ref(of)), through, origin: nowhere() };
                Base::Lookup(Box::new(Lookup { table, column, of }))
            }
        ),
    ]
    .boxed()
}

fn functions(many: std::ops::Range<usize>) -> BoxedStrategy<Vec<Function>> {
    use Function::*;
    vec(prop::sample::select(&[LowerCase, UpperCase, TitleCase, NumberOf, LengthOf][..]), many).boxed()
}

fn operand() -> BoxedStrategy<Operand> {
    let functions = prop_oneof![3 => functions(0..1), 1 => functions(1..crate::limits::FUNCTIONS + 1)];
    (looked_at(), functions).prop_map(|(base, through)| Operand { base, through, origin: nowhere() }).boxed()
}

/// One that may be a text.
fn texts() -> BoxedStrategy<Operand> {
    operand()
        .prop_filter("a text", |operand| match &operand.base {
            Base::Field(field) => !crate::blockly::message::no_text(&field.name),
            _ => true,
        })
        .boxed()
}

fn constant(literal: Literal) -> Operand {
    Operand { base: Base::Literal(literal), through: Vec::new(), origin: nowhere() }
}

fn literal() -> BoxedStrategy<Operand> {
    let unquoted = prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        Just("18446744073709551615".to_string()),
        Just("9.50".to_string()),
        Just("-2e3".to_string()),
        Just("true".to_string()),
        Just("false".to_string()),
        any::<std::net::IpAddr>().prop_map(|a| a.to_string()),
    ];
    prop_oneof![
        carried().prop_map(|text| constant(Literal::Text(text))),
        unquoted.prop_map(|written| constant(Literal::parse_unquoted(&written).unwrap())),
    ]
    .boxed()
}

fn networks() -> BoxedStrategy<Vec<Operand>> {
    let network = (any::<std::net::Ipv4Addr>(), 0..=32u8).prop_map(|(address, length)| {
        let written = format!("{address}/{length}");
        let value: IpNet = written.parse().unwrap();
        constant(Literal::Network { value: value.trunc(), written })
    });
    vec(network, 1..4).boxed()
}

fn test() -> BoxedStrategy<Test> {
    use Operator::*;
    let other = || prop_oneof![3 => literal(), 1 => operand()];
    let other_text = || prop_oneof![3 => carried().prop_map(|text| constant(Literal::Text(text))), 1 => texts()];
    let list = |items: Vec<Operand>| Args::Many { all: false, items, origin: nowhere() };
    let about = prop_oneof![
        (
            operand(),
            prop::sample::select(&[Equals, Less, LessOrEqual, Greater, GreaterOrEqual][..]),
            other().prop_map(Args::One)
        ),
        (texts(), prop::sample::select(&[Contains, StartsWith, EndsWith][..]), other_text().prop_map(Args::One)),
        (texts(), Just(Contains), literal().prop_map(Args::One)),
        (operand(), Just(In), prop_oneof![vec(literal(), 1..4), networks()].prop_map(list)),
        (operand(), prop::sample::select(&[Exists, IsBlank][..]), Just(Args::None)),
    ];
    let tag = carried().prop_map(|tag| (Base::Event, Args::Tags { all: false, tags: vec![at(tag)] }));
    let plain = |dialect: Dialect, subject: Operand, op: Operator, args: Args| Test {
        dialect,
        every: false,
        subject,
        cased: false,
        any_dash: false,
        op: at_op(op),
        args,
    };
    prop_oneof![
        5 => about.prop_map(move |(subject, op, args)| plain(Dialect::LogManager, subject, op, args)),
        1 => tag.prop_map(move |(base, args)| {
            plain(Dialect::Ours, Operand { base, through: Vec::new(), origin: nowhere() }, HasTag, args)
        }),
    ]
    .boxed()
}

fn at_op(op: Operator) -> crate::ast::At<Operator> {
    crate::ast::At::new(op, nowhere())
}

/// What a condition may not be where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Not {
    And,
    Or,
    Nothing,
}

fn condition(depth: u32, not: Not) -> BoxedStrategy<CondPlan> {
    let leaf = (test(), remarks()).prop_map(|(test, remarks)| CondPlan::Test(Box::new(test), remarks));
    let constant = (any::<bool>(), remarks()).prop_map(|(value, remarks)| CondPlan::Const(value, remarks));
    let leaf = prop_oneof![8 => leaf, 1 => constant].boxed();
    if depth == 0 {
        return leaf;
    }
    let negation = condition(depth - 1, Not::Nothing).prop_map(|inner| CondPlan::Not(Box::new(inner)));
    let mut all: Vec<BoxedStrategy<CondPlan>> = vec![leaf, negation.boxed()];
    if not != Not::And {
        all.push(vec(condition(depth - 1, Not::And), 2..4).prop_map(CondPlan::And).boxed());
    }
    if not != Not::Or {
        all.push(vec(condition(depth - 1, Not::Or), 2..4).prop_map(CondPlan::Or).boxed());
    }
    prop::strategy::Union::new(all).boxed()
}

fn send() -> BoxedStrategy<Vec<StmtPlan>> {
    let send = carried().prop_map(|template| StmtKind::Send {
        via: at("mail".to_string()),
        template: Some(at(template)),
        to: Vec::new(),
    });
    (send, prop::bool::weighted(0.2), remarks())
        .prop_map(|(kind, disabled, remarks)| vec![StmtPlan::Leaf(Box::new(kind), disabled, remarks)])
        .boxed()
}

fn classify_leaf() -> BoxedStrategy<Vec<StmtPlan>> {
    let tag = (carried(), prop::bool::weighted(0.2), remarks()).prop_map(|(tag, disabled, remarks)| {
        vec![StmtPlan::Leaf(Box::new(StmtKind::Tag(vec![at(tag)])), disabled, remarks)]
    });
    let key = || carried().prop_map(|key| format!("msg.k{}", key.replace('.', "_")));
    // To another key: a renaming to itself is refused.
    let rename = (key(), key().prop_map(|key| key + "2"), prop::bool::weighted(0.2), remarks()).prop_map(
        |(from, to, disabled, remarks)| {
            let to = if to == from { format!("{to}2") } else { to };
            let value = Operand { base: Base::Field(field_ref(from.clone())), through: Vec::new(), origin: nowhere() };
            let set = StmtKind::Set { field: field_ref(to), value };
            let remove = StmtKind::Remove(vec![field_ref(from)]);
            vec![
                StmtPlan::Leaf(Box::new(set), disabled, remarks),
                StmtPlan::Leaf(Box::new(remove), disabled, Vec::new()),
            ]
        },
    );
    prop_oneof![tag, rename].boxed()
}

/// A block; a renaming is two statements.
fn statement(leaf: BoxedStrategy<Vec<StmtPlan>>) -> BoxedStrategy<Vec<StmtPlan>> {
    leaf.prop_recursive(3, 8, 3, |inner| {
        let body = vec(inner, 0..3).prop_map(|stmts| stmts.into_iter().flatten().collect::<Vec<StmtPlan>>());
        let arms = vec((condition(2, Not::Nothing), body.clone()), 1..3);
        (arms, prop::option::of(body), prop::bool::weighted(0.2), remarks()).prop_map(
            |(arms, otherwise, disabled, comments)| vec![StmtPlan::If { arms, otherwise, disabled, comments }],
        )
    })
    .boxed()
}
