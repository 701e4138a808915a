//! What a configuration consists of.
//!
//! In: nothing. Out: the types. Never here: reading, deciding.

use std::sync::Arc;

use super::{Document, ElementId, Encoding};
use crate::origin::{Origin, SourceId, Span};
use crate::sysmon::tags::Tag;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Its bytes in the text.
    pub span: Span,
}

/// A version of the schema: 4.50 is `(4, 50)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Schema {
    /// Before the dot.
    pub major: u16,
    /// Hundredths behind it.
    pub minor: u16,
}

impl Schema {
    /// Reads a version as Sysmon does: a number, rounded to hundredths, so that `4.5` is `4.50`.
    pub fn parse(text: &str) -> Option<Schema> {
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(major) || !digits(minor) || major.starts_with('0') {
            return None;
        }
        // Hundredths, rounded by the third digit.
        let mut places = minor.bytes().map(|byte| u32::from(byte - b'0')).chain([0, 0, 0]);
        let mut next = || places.next().unwrap_or(0);
        let hundredths = next() * 10 + next() + u32::from(next() >= 5);
        let major = major.parse::<u16>().ok()?.checked_add(u16::from(hundredths >= 100))?;
        Some(Schema { major, minor: (hundredths % 100) as u16 })
    }
}

impl From<(u16, u16)> for Schema {
    fn from((major, minor): (u16, u16)) -> Self {
        Schema { major, minor }
    }
}

impl std::fmt::Display for Schema {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:02}", self.major, self.minor)
    }
}

/// How the items of a node, or the filters of a Rule, belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// One is enough.
    Or,
    /// All are needed. In a node, one of several on the same field is enough.
    And,
}

impl Relation {
    /// `or`, `and`.
    pub fn word(self) -> &'static str {
        match self {
            Relation::Or => "or",
            Relation::And => "and",
        }
    }
}

/// What a node does with the events that match it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnMatch {
    /// They are logged.
    Include,
    /// They are not.
    Exclude,
}

impl OnMatch {
    /// `include`, `exclude`.
    pub fn word(self) -> &'static str {
        match self {
            OnMatch::Include => "include",
            OnMatch::Exclude => "exclude",
        }
    }
}

macro_rules! conditions {
    ($($name:ident = $word:literal, $since:expr, $list:literal, $doc:literal;)*) => {
        /// How a filter compares. The order is that of Sysmon's compiled form.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Condition {
            $( #[doc = $doc] $name, )*
        }

        impl Condition {
            /// All, in the order of the compiled form.
            pub const ALL: &'static [Condition] = &[ $( Condition::$name, )* ];

            /// As it is written.
            pub fn word(self) -> &'static str {
                match self { $( Condition::$name => $word, )* }
            }

            /// The schema version that brought it.
            pub fn since(self) -> Schema {
                match self { $( Condition::$name => Schema { major: $since.0, minor: $since.1 }, )* }
            }

            /// Is its value a list of items with `;` between them?
            pub fn takes_list(self) -> bool {
                match self { $( Condition::$name => $list, )* }
            }
        }
    };
}

conditions! {
    Is = "is", (1, 0), false, "Equal.";
    IsNot = "is not", (1, 0), false, "Not equal.";
    Contains = "contains", (1, 0), false, "The value is inside.";
    ContainsAny = "contains any", (4, 22), true, "One item is inside.";
    IsAny = "is any", (4, 31), true, "Equal to one item.";
    ContainsAll = "contains all", (4, 22), true, "Every item is inside.";
    Excludes = "excludes", (1, 0), false, "The value is not inside.";
    ExcludesAny = "excludes any", (4, 23), true, "No item is inside.";
    ExcludesAll = "excludes all", (4, 23), true, "Not every item is inside.";
    BeginWith = "begin with", (1, 0), false, "The value stands at the beginning.";
    EndWith = "end with", (1, 0), false, "The value stands at the end.";
    LessThan = "less than", (1, 0), false, "Before the value, as texts.";
    MoreThan = "more than", (1, 0), false, "Behind the value, as texts.";
    Image = "image", (1, 0), false, "The value is the path, or the name behind its last backslash.";
    NotBeginWith = "not begin with", (4, 70), false, "The value does not stand at the beginning.";
    NotEndWith = "not end with", (4, 70), false, "The value does not stand at the end.";
}

impl Condition {
    /// Reads a condition; case does not count, and nothing is `is`.
    pub fn parse(text: &str) -> Option<Condition> {
        if text.is_empty() {
            return Some(Condition::Is);
        }
        Condition::ALL.iter().copied().find(|condition| condition.word().eq_ignore_ascii_case(text))
    }

    /// Does it hold for a field that has nothing to do with the value?
    pub fn is_negative(self) -> bool {
        use Condition as C;
        matches!(self, C::IsNot | C::Excludes | C::ExcludesAny | C::ExcludesAll | C::NotBeginWith | C::NotEndWith)
    }
}

/// A test of one field.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The field, as Sysmon names it, and where that stands.
    pub field: Placed<String>,
    /// The field's position in the event that the node is bound to.
    pub position: u16,
    /// How it compares.
    pub condition: Condition,
    /// Where that is said, if it is.
    pub condition_span: Option<Span>,
    /// With what; as written. The place is that of the element where there is no text.
    pub value: Placed<String>,
    /// What it is with variables put in; none where nobody has given any. See `environment.rs`.
    pub put_in: Option<PutIn>,
    /// The name that it gives: its own, else its Rule's, else its group's.
    pub name: Option<Arc<str>>,
    /// Its own name.
    pub own_name: Option<Placed<String>>,
    /// From `<` to `>`.
    pub span: Span,
    /// The element.
    pub element: ElementId,
}

/// A value with variables put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutIn {
    /// The text.
    Text(String),
    /// More than Sysmon has room for.
    TooLong,
}

impl Filter {
    /// What its field is compared with. None: it never matches.
    pub fn compared(&self) -> Option<&str> {
        match &self.put_in {
            None => Some(&self.value.value),
            Some(PutIn::Text(text)) => Some(text),
            Some(PutIn::TooLong) => None,
        }
    }
}

/// Filters that stand together.
#[derive(Clone, Debug)]
pub struct Rule {
    /// How they belong together.
    pub relation: Relation,
    /// Its own name.
    pub name: Option<Placed<String>>,
    /// In the order of the text.
    pub filters: Vec<Filter>,
    /// From `<` to `>`.
    pub span: Span,
    /// The opening tag alone.
    pub tag: Span,
    /// The element.
    pub element: ElementId,
}

/// What stands in a node.
#[derive(Clone, Debug)]
pub enum Item {
    /// A filter alone.
    Filter(Filter),
    /// A Rule.
    Rule(Rule),
}

impl Item {
    /// Its filters.
    pub fn filters(&self) -> &[Filter] {
        match self {
            Item::Filter(filter) => std::slice::from_ref(filter),
            Item::Rule(rule) => &rule.filters,
        }
    }

    /// The filter, if it is one alone.
    pub fn alone(&self) -> Option<&Filter> {
        match self {
            Item::Filter(filter) => Some(filter),
            Item::Rule(_) => None,
        }
    }

    /// From `<` to `>`.
    pub fn span(&self) -> Span {
        match self {
            Item::Filter(filter) => filter.span,
            Item::Rule(rule) => rule.span,
        }
    }

    /// The element.
    pub fn element(&self) -> ElementId {
        match self {
            Item::Filter(filter) => filter.element,
            Item::Rule(rule) => rule.element,
        }
    }
}

/// Rules for one tag.
#[derive(Clone, Debug)]
pub struct Node {
    /// For which events.
    pub tag: &'static Tag,
    /// What happens to those that match.
    pub on_match: OnMatch,
    /// How its items belong together.
    pub relation: Relation,
    /// Does its group say so? Else it is the default of the schema version.
    pub relation_said: bool,
    /// The group that it stands in directly; index into [`Config::groups`].
    pub group: Option<usize>,
    /// The event whose fields its filters mean: of a series the first that has them all.
    pub bound: u32,
    /// In the order of the text.
    pub items: Vec<Item>,
    /// From `<` to `>`.
    pub span: Span,
    /// The opening tag alone.
    pub tag_span: Span,
    /// The element.
    pub element: ElementId,
}

impl Node {
    /// All its filters, those of Rules too.
    pub fn filters(&self) -> impl Iterator<Item = &Filter> {
        self.items.iter().flat_map(Item::filters)
    }
}

/// A RuleGroup.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name, if it is not empty.
    pub name: Option<Placed<String>>,
    /// What it says of its nodes.
    pub relation: Option<Relation>,
    /// The opening tag.
    pub tag: Span,
    /// The element.
    pub element: ElementId,
}

/// An option: an element beside `EventFiltering`.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its name.
    pub name: Placed<String>,
    /// What stands in it, without blanks around it.
    pub value: String,
    /// Does Sysmon know it, and all options before it?
    pub read: bool,
}

/// A configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its source.
    pub source: SourceId,
    /// The text that all places are in.
    pub text: Arc<str>,
    /// How it was encoded.
    pub encoding: Encoding,
    /// Its elements.
    pub document: Document,
    /// The version of its schema.
    pub schema: Placed<Schema>,
    /// Its options in order.
    pub options: Vec<Setting>,
    /// Its groups in order.
    pub groups: Vec<Group>,
    /// Its nodes in the order of the text.
    pub nodes: Vec<Node>,
}

/// A filter of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FilterAt {
    /// Index into [`Config::nodes`].
    pub node: u32,
    /// Index into [`Node::items`].
    pub item: u32,
    /// Index into [`Item::filters`].
    pub filter: u32,
}

impl Config {
    /// A place in it.
    pub fn origin(&self, span: Span) -> Origin {
        Origin::span(self.source, span)
    }

    /// A filter by its place in the lists.
    pub fn filter(&self, at: FilterAt) -> Option<&Filter> {
        self.nodes.get(at.node as usize)?.items.get(at.item as usize)?.filters().get(at.filter as usize)
    }

    /// The name that a decision gives the event.
    pub fn name_of(&self, decision: &Decision) -> Option<&str> {
        decision.named.and_then(|at| self.filter(at)).and_then(|filter| filter.name.as_deref())
    }

    /// The nodes of a tag, with their indexes.
    pub fn nodes_of(&self, tag: &'static Tag) -> impl DoubleEndedIterator<Item = (usize, &Node)> {
        self.nodes.iter().enumerate().filter(move |(_, node)| std::ptr::eq(node.tag, tag) || node.tag == tag)
    }
}

/// Why an event is logged or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// No configuration filters such events.
    Always,
    /// No node has the event's tag: its default.
    NoNode,
    /// One node has the tag, and does not match: the opposite of what it does.
    NoMatch,
    /// Several nodes have the tag, and none matches.
    NoneMatches,
    /// A node matches.
    Matches {
        /// Index into [`Config::nodes`].
        node: u32,
        /// The last filter that it took.
        filter: FilterAt,
    },
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decision {
    /// Is it logged?
    pub logged: bool,
    /// Why.
    pub why: Why,
    /// The filter whose name the event gets; of an event that is not logged, what Sysmon has in mind.
    pub named: Option<FilterAt>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_rounded_to_hundredths() {
        let read = |text: &str| Schema::parse(text).map(|schema| schema.to_string()).unwrap_or_default();
        let table = [
            ("4.50", "4.50"),
            ("4.5", "4.50"),
            ("4.1", "4.10"),
            ("4", "4.00"),
            ("4.225", "4.23"),
            ("4.224", "4.22"),
            ("4.999", "5.00"),
            ("04.5", ""),
            ("", ""),
            ("4.", ""),
            (".5", ""),
            ("four", ""),
            ("4.5x", ""),
            ("70000.1", ""),
        ];
        for (text, version) in table {
            assert_eq!(read(text), version, "{text}");
        }
    }

    #[test]
    fn conditions_ignore_case_and_nothing_is_is() {
        assert_eq!(Condition::parse(""), Some(Condition::Is));
        assert_eq!(Condition::parse("Contains Any"), Some(Condition::ContainsAny));
        assert_eq!(Condition::parse("contains  any"), None);
        assert_eq!(Condition::parse("begins with"), None);
    }
}
