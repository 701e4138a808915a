//! The blocks that there are: `grammar/blocks.json`, made into tables by `build.rs`.
//!
//! In: nothing. Out: for the type of a block its shape, its parts, its extra state; for a part's name which part it is. Never
//! here: labels and colours.

/// One block.
#[derive(Clone, Copy, Debug)]
pub struct BlockDef {
    /// Its type.
    pub name: &'static str,
    /// How it joins others.
    pub shape: Shape,
    /// Its fields and inputs.
    pub parts: &'static [Part],
    /// Its extra state.
    pub extra: &'static [ExtraDef],
    /// Is it written, or only read?
    pub written: bool,
}

/// How a block joins others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Begins a rule.
    Hat,
    /// Says something about a rule.
    Metadata,
    /// Does something.
    Statement,
    /// A step of a correlation.
    Step,
    /// Fits an input with one of these checks.
    Value(&'static [&'static str]),
}

impl Shape {
    /// The checks that it offers to the input or stack that it stands in.
    pub fn offers(self) -> &'static [&'static str] {
        match self {
            Shape::Hat => &[],
            Shape::Metadata => &["Metadata"],
            Shape::Statement => &["Statement"],
            Shape::Step => &["Step"],
            Shape::Value(checks) => checks,
        }
    }
}

/// A field or input.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Its name in blocks.json; that of a repeated part is never in a workspace as it is.
    pub name: &'static str,
    /// What it is.
    pub kind: PartKind,
    /// Is there more than one of it?
    pub repeat: Option<Repeat>,
    /// It is there only if this flag of the extra state is set.
    pub when: Option<&'static str>,
    /// It may be left out.
    pub optional: bool,
}

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// A field of any text.
    Text,
    /// A field with the name of a variable.
    Variable,
    /// A field that offers these values; the first is its default.
    Options(&'static [&'static str]),
    /// A field that holds an unquoted literal of the language: `number`, `address`, `network`, `time`, `any`; or
    /// `whole`, a count.
    Literal(&'static str),
    /// A field that holds a number of JSON.
    Number,
    /// An input for a block with one of these checks.
    Value(&'static [&'static str]),
    /// An input for a stack of blocks with one of these checks.
    Statements(&'static [&'static str]),
}

impl PartKind {
    /// Is it an input?
    pub fn is_input(self) -> bool {
        match self {
            PartKind::Value(_) | PartKind::Statements(_) => true,
            PartKind::Text | PartKind::Variable | PartKind::Options(_) | PartKind::Literal(_) | PartKind::Number => {
                false
            }
        }
    }
}

/// How often a part is there, and under which names.
#[derive(Clone, Copy, Debug)]
pub struct Repeat {
    /// The count of the extra state.
    pub count: &'static str,
    /// So many more than the count says.
    pub plus: u32,
    /// There are no fewer than this.
    pub least: u32,
    /// The first names.
    pub first: &'static [&'static str],
    /// All others: this, and their index.
    pub then: &'static str,
}

/// A member of the extra state.
#[derive(Clone, Copy, Debug)]
pub struct ExtraDef {
    /// Its name in JSON.
    pub name: &'static str,
    /// Its name in an XML mutation.
    pub mutation: &'static str,
    /// What it is.
    pub kind: ExtraKind,
}

/// What a member of the extra state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExtraKind {
    /// How many.
    Count {
        /// How many if it does not say.
        absent: u32,
    },
    /// Set or not.
    Flag,
}

impl Part {
    /// The name of the part with index `i`.
    pub fn name_at(&self, i: u32) -> String {
        match self.repeat {
            None => self.name.to_string(),
            Some(repeat) => match repeat.first.get(i as usize) {
                Some(first) => (*first).to_string(),
                None => format!("{}{i}", repeat.then),
            },
        }
    }

    /// The index of the part that is called `name`, if it is this one.
    pub fn index_of(&self, name: &str) -> Option<u32> {
        let Some(repeat) = self.repeat else { return (name == self.name).then_some(0) };
        if let Some(i) = repeat.first.iter().position(|first| *first == name) {
            return u32::try_from(i).ok();
        }
        let number = name.strip_prefix(repeat.then)?;
        let index: u32 = number.parse().ok()?;
        // `ADD01` and `ADD+1` are no names of it.
        (index as usize >= repeat.first.len() && number == index.to_string()).then_some(index)
    }
}

impl BlockDef {
    /// The part that is called `name`, with its index.
    pub fn part(&self, name: &str) -> Option<(usize, u32)> {
        self.parts.iter().enumerate().find_map(|(i, part)| Some((i, part.index_of(name)?)))
    }

    /// The part with this name in blocks.json.
    pub fn part_named(&self, name: &str) -> Option<usize> {
        self.parts.iter().position(|part| part.name == name)
    }
}

/// The index of the block of this type.
pub fn find(blocks: &[BlockDef], name: &str) -> Option<usize> {
    // A file asks thousands of times, among some fifty names: a walk is short.
    blocks.iter().position(|block| block.name == name)
}

include!(concat!(env!("OUT_DIR"), "/blocks.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_repeated_parts_go_both_ways() {
        let part = |block: &str, name: &str| {
            let def = &ours::BLOCKS[find(ours::BLOCKS, block).unwrap()];
            def.parts[def.part_named(name).unwrap()]
        };
        let member = part("logic_operation", "MEMBER");
        let names: Vec<String> = (0..4).map(|i| member.name_at(i)).collect();
        assert_eq!(names, ["A", "B", "MEMBER2", "MEMBER3"]);
        let tag = part("message_add_tag", "TAG");
        for i in 0..12 {
            assert_eq!(member.index_of(&member.name_at(i)), Some(i));
            assert_eq!(tag.index_of(&tag.name_at(i)), Some(i));
        }
        for other in ["MEMBER", "MEMBER0", "MEMBER02", "MEMBER+3", "C", "", "OP"] {
            assert_eq!(member.index_of(other), None, "{other}");
        }
        assert_eq!(tag.index_of("TAG0"), None);
    }

    #[test]
    fn kinds_stand_in_the_order_of_the_table() {
        assert_eq!(ours::Kind::ALL.len(), ours::BLOCKS.len());
        assert_eq!(ours::BLOCKS[ours::Kind::ControlsIf as usize].name, "controls_if");
        assert_eq!(ours::BLOCKS[ours::Kind::TextBase64 as usize].name, "text_base64");
    }
}
