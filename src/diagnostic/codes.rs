//! The registry of codes. A number, once released, is never given to anything else.
//!
//! | range | about |
//! | --- | --- |
//! | BS01xx | spelling and limits |
//! | BS02xx | names |
//! | BS03xx | types and patterns |
//! | BS04xx | safety and lints |
//! | BS05xx | projects and configuration |
//! | BS06xx | modules |
//! | BS07xx | events |
//! | BS08xx | blocks, and what a target cannot hold |
//! | BS09xx | agents' configurations |
//! | BS10xx | Sysmon's configuration |
//! | BS11xx | rules of Sigma |
//!
//! Each code has a page in `grammar/diagnostics.md`, which `explain-code` prints; a test holds the two together and compiles
//! the page's examples.

use serde::{Deserialize, Serialize};

use super::Severity;

macro_rules! codes {
    ($( $name:ident = $number:literal, $severity:ident, $title:literal; )*) => {
        /// Which kind of finding; the number is stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[repr(u16)]
        pub enum Code {
            $( #[doc = $title] $name = $number, )*
        }

        impl Code {
            /// All codes by number.
            pub const ALL: &'static [Code] = &[ $( Code::$name, )* ];

            /// The severity that findings of this code have unless said otherwise.
            pub fn severity(self) -> Severity {
                match self { $( Code::$name => Severity::$severity, )* }
            }

            /// What it is about, in a few words.
            pub fn title(self) -> &'static str {
                match self { $( Code::$name => $title, )* }
            }
        }
    };
}

codes! {
    Syntax = 100, Error, "not the language";
    UnclosedText = 101, Error, "a quote that is never closed";
    UnknownEscape = 102, Error, "an escape that double quotes do not know";
    Unbalanced = 103, Error, "a bracket without its partner";
    TooDeep = 104, Error, "nested too deeply";
    TextTooLong = 105, Error, "a text that is too long";
    ListTooLong = 106, Error, "a list that is too long";
    SourceTooLarge = 107, Error, "a definition file that is too large";
    NumberTooLarge = 108, Error, "a number beyond 64 bits";
    BadLiteral = 109, Error, "an unquoted value that is none";
    ControlCharacter = 110, Warning, "a control character inside a value";
    NotUtf8 = 111, Error, "a file that is not UTF-8";
    TooManyRules = 112, Error, "too many rules in one file";
    UnknownField = 200, Warning, "a field that the catalogue does not know";
    FieldNotCarried = 201, Warning, "a field that the tested event never carries";
    UnknownEvent = 202, Error, "an event name that does not exist";
    UnknownTable = 203, Error, "a lookup table that the project does not have";
    DuplicateRule = 204, Error, "two rules with one name or id";
    UnknownMetadata = 205, Error, "metadata of an unknown name";
    DuplicateMetadata = 206, Error, "the same metadata twice";
    BadMetadata = 207, Error, "a metadata value of the wrong kind";
    UnknownHash = 208, Error, "a hash that Sysmon does not compute";
    NotOnTheAgent = 209, Error, "a field that exists only after the agent";
    StatementNotHere = 210, Error, "a statement that this kind of rule cannot hold";
    EmptyName = 211, Error, "an empty name";
    UnknownColumn = 212, Error, "a column that the lookup table does not have";
    NotSettable = 213, Error, "a field that no rule can set";
    UnknownVersion = 214, Error, "a Winlogbeat version that is not known";
    UnknownChannel = 215, Error, "a way of sending that does not exist";
    MisspeltField = 216, Warning, "a field under a name that is only tolerated";
    UnsetTag = 217, Note, "a tag that no rule sets";
    UnknownRule = 218, Error, "a rule that is not there, or runs later";
    UnknownContext = 219, Error, "a name under which nothing is remembered";
    ContextMismatch = 220, Error, "one name for what is remembered in two ways";
    BadWindow = 221, Error, "a number or length of time that no window can have";
    WrongOperand = 300, Error, "an operand that the operator cannot take";
    EmptyList = 301, Error, "an empty list";
    BadPattern = 302, Error, "a pattern that is not a regular expression";
    UnsupportedPattern = 303, Error, "a pattern that needs look-around or back-references";
    PatternTooLarge = 304, Error, "a pattern that is too large";
    BadModifier = 305, Error, "a modifier that the operator does not know";
    BadFunction = 306, Error, "a function that has no meaning here";
    NotInDialect = 307, Error, "a test that the dialect cannot hold";
    NestedSomeOf = 308, Error, "some-of inside some-of";
    TypeNeverFits = 309, Warning, "a value that this field never has";
    BadHash = 310, Error, "a hash of the wrong length or digits";
    TooManyFields = 311, Error, "too many different fields";
    TamperEvents = 400, Error, "a rule that can drop tamper events";
    UnguardedNegation = 401, Error, "a drop through a negation without a guard";
    WildcardInPlain = 402, Warning, "a wildcard in a plain operator";
    LooksLikeList = 403, Warning, "one value that looks like a list";
    EscapedWildcard = 404, Warning, "a backslash that makes a wildcard plain";
    Unreachable = 405, Warning, "a statement that is never reached";
    DuplicateTest = 406, Warning, "the same test twice in one condition";
    DoesNothing = 407, Warning, "a rule without effect";
    NeverHolds = 408, Warning, "a condition that can never hold";
    EmptyNeedle = 409, Warning, "an empty text that is in every text";
    MessageText = 410, Note, "a test on the rendered message";
    Expired = 411, Warning, "a rule past its date";
    NeedlessPattern = 412, Note, "a pattern that could be a plain test";
    TypesNeverMeet = 413, Warning, "types that never meet in the log manager";
    ManagersOwn = 414, Warning, "a value that only the log manager computes";
    OrderMayStop = 415, Note, "an ordering that would stop the log manager's program";
    AlwaysHolds = 430, Warning, "a condition that always holds";
    SameConditions = 431, Warning, "two rules with the same conditions";
    Swallowed = 432, Warning, "a drop that is left nothing by an earlier one";
    TwoWhitelists = 433, Warning, "filters that together drop everything";
    NeededField = 434, Warning, "a removed field that is needed later";
    WholeEvent = 435, Warning, "a drop of every event of a kind";
    WritableFolder = 436, Warning, "a drop by a folder that users can write to";
    NoFolder = 437, Warning, "a drop by a program's name without its folder";
    OpenPrefix = 438, Warning, "a folder without its last backslash";
    OpenSuffix = 439, Warning, "a domain without the dot before it";
    NameContains = 440, Warning, "a drop by a part of a host name";
    AttackerText = 441, Warning, "a drop by text that an intruder can choose";
    UncheckedSignature = 442, Warning, "a signature that is not asked to be valid";
    DropsAlert = 443, Note, "a drop of what an alert waits for";
    UnanchoredPattern = 444, Note, "a pattern without a beginning";
    SlowPattern = 445, Warning, "a pattern with a large count";
    NoOwner = 446, Note, "drops that nobody answers for";
    UnusedAllow = 447, Warning, "an exception that nothing needs";
    AutostartKey = 448, Warning, "a drop of keys by which programs start";
    OpenDot = 449, Warning, "a dot of a pattern that is any character";
    NoRules = 500, Error, "no rules found";
    Unreadable = 501, Error, "a file that cannot be read";
    BadProject = 502, Error, "a project file that cannot be understood";
    BadTable = 503, Error, "a lookup table that is no correct CSV";
    TableTooLarge = 504, Error, "a lookup table that is too large";
    EmptyTable = 505, Note, "a lookup table without rows";
    HashOfNothing = 506, Error, "a hash that stands for no file";
    DuplicateHash = 507, Warning, "the same hash twice in one lookup table";
    ImphashListed = 508, Error, "a lookup table of IMPHASHes";
    BadTest = 509, Error, "a test of rules that cannot run";
    TestFails = 510, Error, "a test of rules that fails";
    BadDelivery = 511, Error, "a way of delivery that cannot work";
    LiteralSecret = 512, Error, "a secret that stands in the project file";
    NoSecret = 513, Error, "a secret or certificate that cannot be had";
    NoDelivery = 514, Error, "alerts that the project does not say where to deliver";
    StateUnusable = 515, Error, "a state file that cannot be used";
    NotDelivered = 516, Warning, "messages that cannot be delivered";
    UnnoticedChange = 517, Error, "a change of a rule that no test notices";
    LowCoverage = 518, Error, "fewer conditions seen both ways than asked for";
    UntriedMembers = 519, Note, "members of a long list that mutation does not try";
    BadTemplate = 520, Error, "a template that cannot be read";
    UnknownInTemplate = 521, Error, "a name that no template knows";
    UnknownTemplate = 522, Error, "a template that the project does not have";
    UnusedTemplate = 523, Note, "a template that no alert names";
    TemplateFails = 524, Warning, "a template that cannot be filled in";
    TemplateTooLarge = 525, Error, "a template that is too large";
    UnreadRules = 526, Warning, "a file that looks like rules and is not read";
    NotAModule = 600, Error, "a file that is not a module";
    ModuleVersion = 601, Error, "a module of another version";
    ModuleDamaged = 602, Error, "a damaged module";
    ModuleInvalid = 603, Error, "a module that breaks the rules of bytecode";
    UnknownForm = 700, Error, "events of an unknown form";
    DamagedRecord = 701, Warning, "a damaged record";
    RecordTooLarge = 702, Warning, "a record beyond the limit";
    ValueTooLarge = 703, Warning, "a value beyond the limit";
    KeysForgotten = 704, Warning, "keys that were forgotten";
    NotFollowed = 710, Warning, "an input that cannot be followed";
    NotReloaded = 711, Warning, "changed rules that are not taken";
    NotBlocks = 800, Error, "a file that is no Blockly workspace";
    BadBlock = 801, Error, "a block that is not as Blockly saves it";
    UnknownBlock = 802, Error, "a block that does not exist";
    UnknownPart = 803, Error, "a field or input that the block does not have";
    BadField = 804, Error, "a value that the field cannot have";
    MissingPart = 805, Error, "a field or input that is left empty";
    WrongChild = 806, Error, "a block where it does not fit";
    DuplicatePart = 807, Error, "something twice where one fits";
    BadExtraState = 808, Error, "extra state that makes no block";
    RoundedNumber = 809, Warning, "a number that may have been rounded";
    Orphan = 810, Note, "blocks that belong to no rule";
    DisabledPart = 811, Warning, "a disabled block inside a rule";
    NotCarried = 812, Error, "a character that XML cannot carry";
    NotInTarget = 813, Error, "a construct that the target cannot hold";
    UnknownReference = 830, Error, "a tag, table or template that the project does not name";
    NotHere = 831, Error, "a block of the log manager without a meaning here";
    NeverSet = 832, Warning, "a variable that nothing sets";
    ReadAsOther = 833, Warning, "a value that the log manager reads as another";
    BadYaml = 900, Error, "a configuration that is no YAML";
    AgentRefuses = 901, Error, "a configuration that keeps the agent from starting";
    AgentIgnores = 902, Warning, "a setting that the agent passes over";
    AgentAlways = 903, Warning, "a condition that holds for every event";
    AgentNever = 904, Warning, "a condition that holds for no event";
    AgentVariable = 905, Error, "a value that is filled in when the agent starts";
    AgentNotRead = 906, Warning, "a part of a configuration that is not understood";
    TamperAllowed = 907, Warning, "a filter of the agent that can drop tamper events";
    AgentUnanchored = 908, Warning, "a pattern that is found inside of longer values";
    AgentDollar = 909, Warning, "a dollar sign that the agent takes away";
    AgentNothing = 910, Warning, "a configuration without processors and event logs";
    ConfigNotXml = 1000, Error, "a configuration of Sysmon that is no XML";
    BadSchemaVersion = 1001, Error, "a schema version that Sysmon does not know";
    IncorrectField = 1002, Error, "a field that the events of a node do not have";
    UnknownCondition = 1003, Error, "a condition that does not exist";
    BadOnMatch = 1004, Error, "a node that does not say what happens on a match";
    ConfigRefused = 1005, Error, "a configuration that Sysmon refuses";
    UnknownInConfig = 1006, Warning, "an element, option or attribute that Sysmon does not know";
    NoGroupRelation = 1007, Warning, "a RuleGroup that does not say how its rules belong together";
    NewerThanSchema = 1008, Warning, "something newer than the schema version";
    ListUnderSingle = 1009, Warning, "a list under a condition that takes one value";
    DefaultSwitched = 1010, Warning, "a second node of a tag that switches its default to drop";
    AndWhereOr = 1011, Warning, "a node that wants all where one is probably meant";
    LeakingName = 1012, Warning, "a name that can go to an event of another rule";
    EmptyItem = 1013, Warning, "an empty value or item of a list";
    BlankInList = 1014, Warning, "a blank beside a semicolon";
    NeverMatches = 1015, Warning, "a rule that can never match";
    VariableInValue = 1016, Note, "a percent sign in a value";
    BlockingNode = 1017, Warning, "a node that prevents what it matches";
    MergeConflict = 1018, Warning, "pieces that say different things";
    LetterBeyondAscii = 1019, Note, "a letter beyond ASCII in a value";
    ValueInPieces = 1020, Warning, "a value in several pieces";
    OtherEncoding = 1021, Warning, "an encoding that is not the one declared";
    AlwaysMatches = 1022, Warning, "filters that together match every event";
    OrderOfTexts = 1023, Warning, "numbers that are compared as texts";
    SigmaYaml = 1100, Error, "a file of Sigma that is no YAML";
    SigmaShape = 1101, Error, "a part of a Sigma rule in another form than it has";
    SigmaMissing = 1102, Error, "a Sigma rule without what it must have";
    SigmaUnknownKey = 1103, Warning, "a key that Sigma does not know";
    SigmaMeta = 1104, Warning, "metadata that is not of Sigma's form";
    SigmaCondition = 1105, Error, "a condition of Sigma that cannot be read";
    SigmaNoDetection = 1106, Error, "a detection that is not there";
    SigmaUnused = 1107, Warning, "a detection that no condition names";
    SigmaModifier = 1108, Error, "a modifier that is not there, or means nothing here";
    SigmaValue = 1109, Error, "a value that the modifier cannot take";
    SigmaLogSource = 1110, Error, "a log source without events of Windows";
    SigmaCorrelation = 1111, Error, "a correlation that no alert can say";
    SigmaReference = 1112, Error, "a rule of Sigma that is not there";
    SigmaPlaceholder = 1113, Error, "a placeholder without values";
    SigmaSetup = 1114, Error, "a sigma.toml that cannot be understood";
    SigmaUnsaid = 1115, Error, "what Sigma cannot say";
    SigmaEscaped = 1116, Note, "a wildcard that a folder's backslash takes away";
}

impl Code {
    /// Reads `BS0401`, `bs401` or `401`.
    pub fn parse(text: &str) -> Option<Code> {
        let digits = text.trim().trim_start_matches(['b', 'B']).trim_start_matches(['s', 'S']);
        let number: u16 = digits.parse().ok()?;
        Code::ALL.iter().copied().find(|code| *code as u16 == number)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BS{:04}", *self as u16)
    }
}
