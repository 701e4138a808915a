//! Arguments, as data.

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::alert::AlertArgs;
use super::lookup::LookupArgs;
use super::run::choose::ChoiceArgs;
#[cfg(feature = "serve")]
use super::serve::ServeArgs;
use super::style::ColorChoice;
use super::sysmon::{ImportSysmonArgs, SysmonArgs};
#[cfg(feature = "watch")]
use super::watch::WatchArgs;
use crate::ast::RuleKind;
use crate::diagnostic::Code;

/// Filters and alerts for Windows Sysmon events: check them, compile them, run them over real logs.
#[derive(Debug, Parser)]
#[command(name = "blocksieve", version, about, after_help = super::exit::Exit::table(), max_term_width = 120)]
pub(super) struct Cli {
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: ColorChoice,
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Find everything that is wrong, or hardly meant, in rules
    #[command(
        after_help = "Examples:\n  blocksieve check\n  blocksieve check examples/sysmon\n  blocksieve check --format sarif rules/ > findings.sarif\n  blocksieve check --deny-warnings --deny BS0446\n  blocksieve check - < new.rule"
    )]
    Check(CheckArgs),
    /// Compile rules to a module file, or filters to a configuration of Winlogbeat or of Sysmon
    #[command(
        after_help = "Examples:\n  blocksieve compile examples/sysmon -o sysmon.bsm\n  blocksieve compile examples/sysmon --to winlogbeat -o filters.yml\n  blocksieve compile examples/sysmon --to winlogbeat --whole --winlogbeat 7.17 --observe -o winlogbeat.yml\n  blocksieve compile filters/ --to sysmon --base sysmonconfig.xml -o quieter.xml"
    )]
    Compile(CompileArgs),
    /// Show compiled rules, instruction by instruction
    #[command(
        after_help = "Examples:\n  blocksieve listing filters/dns.rule\n  blocksieve listing sysmon.bsm --rule \"Sysmon: routine DNS of Windows\""
    )]
    Listing(ListingArgs),
    /// Run rules over events and show what they do
    #[command(
        after_help = "Examples:\n  blocksieve run examples/sysmon --events logs/*.evtx\n  blocksieve run sysmon.bsm --events - --show alerts --format ndjson < events.ndjson\n  blocksieve run rules --events logs --level high --format timeline --merge\n  blocksieve run rules --events logs --tag attack.credential-access --tag T1059 --format csv > hits.csv\n  blocksieve run rules --events logs --format summary --navigator layer.json\n  blocksieve run examples/sysmon --events logs --deliver"
    )]
    Run(RunArgs),
    /// Show events of any form, count them, turn them into another form
    #[command(
        after_help = "Examples:\n  blocksieve events logs/*.evtx\n  blocksieve events Sysmon.evtx --as winlogbeat > sysmon.ndjson\n  blocksieve events logs --where \"event is sysmon.dns_query\" --count-by QueryName --limit 20\n  blocksieve events logs --check"
    )]
    Events(EventsArgs),
    /// Follow processes to their parents and children until nothing new appears, and show what all of them did
    #[command(
        after_help = "Examples:\n  blocksieve hunt --from 365abb72-7c01-5cc4-0000-00102b3e0c00 logs/*.evtx\n  blocksieve hunt --where \"event is sysmon.process_access and TargetImage ends with '\\lsass.exe'\" logs\n  blocksieve hunt --where \"RuleName contains 'Credential Dumping'\" --format markdown logs > report.md"
    )]
    Hunt(HuntArgs),
    /// Show why a rule does what it does to one event: every condition with yes, no or not reached, and the value it saw
    #[command(
        after_help = "Examples:\n  blocksieve explain filters/dns.rule events.ndjson:12\n  blocksieve explain examples/sysmon Security.evtx:4711 --rule \"Sysmon: significant security event\""
    )]
    Explain(ExplainArgs),
    /// Run the tests beside the rules
    #[command(
        after_help = "Examples:\n  blocksieve test examples/sysmon\n  blocksieve test filters/dns.rule\n  blocksieve test --filter attack --watch\n  blocksieve test --update examples/sysmon\n  blocksieve test --coverage-format html --coverage-out coverage.html rules/\n  blocksieve test --coverage-threshold 100 --mutate rules/\n  blocksieve test --format junit rules/ > tests.xml"
    )]
    Test(TestArgs),
    /// Say what another version of the rules would change on real events
    #[command(
        after_help = "Examples:\n  blocksieve diff git:origin/main examples/sysmon --events logs/*.evtx\n  blocksieve diff rules.old rules --events - --format markdown < events.ndjson\n  blocksieve diff git:v1 rules --events attacks --max-newly-dropped 0"
    )]
    Diff(DiffArgs),
    /// Make a project with a filter, a classify rule, an alert, a table and tests that pass
    #[command(after_help = "Examples:\n  blocksieve new rules\n  blocksieve new --ci github soc-rules")]
    New(NewArgs),
    /// Explain the code of a diagnostic
    #[command(after_help = "Example:\n  blocksieve explain-code BS0401")]
    ExplainCode(CodeArgs),
    /// Bring rules into the canonical layout
    #[command(
        after_help = "Examples:\n  blocksieve fmt rules/\n  blocksieve fmt --check rules/\n  blocksieve fmt - < in.rule > out.rule"
    )]
    Fmt(FmtArgs),
    /// Turn rules into another dress: text, Blockly JSON, Blockly XML, the log manager's XML
    #[command(
        after_help = "Examples:\n  blocksieve convert --to blockly-json dns.rule -o dns.blocks.json\n  blocksieve convert --to text drawn.xml\n  blocksieve convert --to blockly-json dns.rule --onto dns.blocks.json -o dns.blocks.json"
    )]
    Convert(ConvertArgs),
    /// Turn what other systems filter by into rules
    Import(ImportArgs),
    /// Show, check and change the lookup tables of a project
    Lookup(LookupArgs),
    /// Sysmon's own configuration: check it, explain it, count it, compare it, put pieces together
    Sysmon(SysmonArgs),
    /// Show what alerts say, and look after what they send
    Alert(AlertArgs),
    /// Open the editor in the browser over the folder of a project
    #[cfg(feature = "serve")]
    Serve(ServeArgs),
    /// Run rules over event files that grow and rotate, and over standard input, without loss or repeat
    #[cfg(feature = "watch")]
    Watch(WatchArgs),
    /// Write completions for a shell to standard output
    #[command(after_help = "Example:\n  blocksieve completions bash > /etc/bash_completion.d/blocksieve")]
    Completions(CompletionsArgs),
    /// Write the manual pages of all commands
    #[command(after_help = "Examples:\n  blocksieve man /usr/local/share/man/man1\n  blocksieve man | man -l -")]
    Man(ManArgs),
}

/// Where rules come from.
#[derive(Debug, Args)]
pub(super) struct RuleArgs {
    /// Rules as text, Blockly workspaces or Sigma: project folders, folders, files, a compiled module, or `-` for standard input
    #[arg(required = true, value_name = "RULES")]
    pub rules: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Rules as text, Blockly workspaces or Sigma: project folders, folders, files, or `-` for standard input [default: the project around this folder]
    #[arg(value_name = "RULES")]
    pub rules: Vec<String>,
    /// How to write the findings
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: FindingsFormat,
    /// End with status 1 on warnings too
    #[arg(long)]
    pub deny_warnings: bool,
    /// Findings with this code are errors, whatever they are otherwise: `--deny BS0446` asks for an owner of every filter that drops; may be
    /// given several times
    #[arg(long, value_name = "CODE", value_parser = code, value_delimiter = ',')]
    pub deny: Vec<Code>,
}

/// A code of diagnostics.
fn code(word: &str) -> Result<Code, String> {
    Code::parse(word).ok_or_else(|| "codes look like BS0401; `blocksieve explain-code` lists them all".to_string())
}

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// Projects, folders, files of rules or of tests [default: the project around this folder]
    #[arg(value_name = "PATH")]
    pub rules: Vec<String>,
    /// Only tests with this text in their name or in the name of their file, ignoring case
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// How to write what came of them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: TestFormat,
    /// How many tests run at a time; the output is the same [default: one a processor]
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<std::num::NonZeroUsize>,
    /// Store the decisions of tests with `snapshot: true` in the file beside theirs; without this they are only compared
    #[arg(long)]
    pub update: bool,
    /// Run them again whenever a file changes
    #[arg(long)]
    pub watch: bool,
    #[command(flatten)]
    pub coverage: CoverageArgs,
    #[command(flatten)]
    pub mutate: MutateArgs,
}

/// What is wanted of coverage.
#[derive(Debug, Args)]
#[command(next_help_heading = "Coverage")]
pub(super) struct CoverageArgs {
    /// Say what of the rules the tests made run
    #[arg(long)]
    pub coverage: bool,
    /// How to write it
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub coverage_format: Option<CoverageFormat>,
    /// Where to write it [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub coverage_out: Option<String>,
    /// End with status 1 if fewer conditions, in percent, were seen true and seen false
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub coverage_threshold: Option<u8>,
}

/// What is wanted of mutation.
#[derive(Debug, Args)]
#[command(next_help_heading = "Mutation")]
pub(super) struct MutateArgs {
    /// Change the rules one step at a time, and say which changes no test notices
    #[arg(long)]
    pub mutate: bool,
    /// How to write it
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub mutate_format: Option<MutateFormat>,
}

/// Renderings of mutation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum MutateFormat {
    /// For people: each change that no test notices, and a test that would
    #[default]
    Human,
    /// One JSON document
    Json,
}

/// Renderings of coverage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum CoverageFormat {
    /// For people: a line a rule, and what is not covered
    #[default]
    Table,
    /// One JSON document
    Json,
    /// lcov's tracefile, for genhtml, CI services and editors
    Lcov,
    /// A page with the rules as text and as blocks
    Html,
}

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// The rules before: a project, a folder, a file, a compiled module; NEW as it was at git:REV, or any git:REV:PATH
    #[arg(value_name = "OLD")]
    pub old: String,
    /// The rules after, in the same ways
    #[arg(value_name = "NEW")]
    pub new: String,
    /// Events in any form: files, packed ones too, folders, globs, or `-` for standard input
    #[arg(long, short, required = true, num_args = 1.., value_name = "FILE")]
    pub events: Vec<String>,
    /// Add the filters of this agent of both projects
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// How to write the differences
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: DiffFormat,
    /// How many events of each group to show
    #[arg(long, default_value_t = 3, value_name = "N")]
    pub examples: usize,
    /// Show with each of them the conditions of the rule that matters
    #[arg(long, short)]
    pub verbose: bool,
    /// End with status 1 if an event is decided differently
    #[arg(long)]
    pub exit_code: bool,
    /// End with status 1 if more events than these are newly dropped
    #[arg(long, value_name = "N")]
    pub max_newly_dropped: Option<u64>,
    /// End with status 1 if more alerts than these are gained
    #[arg(long, value_name = "N")]
    pub max_alerts_gained: Option<u64>,
    /// End with status 1 if more alerts than these are lost
    #[arg(long, value_name = "N")]
    pub max_alerts_lost: Option<u64>,
    /// Read all files at once, the earliest event first, so that alerts count over several logs as over one
    #[arg(long)]
    pub merge: bool,
    /// Check every byte of every record, also those that no rule reads
    #[arg(long)]
    pub strict: bool,
}

/// Renderings of differences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum DiffFormat {
    /// For people
    #[default]
    Human,
    /// For a comment on a pull request
    Markdown,
    /// One JSON document
    Json,
}

#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// The folder to make; its last part is the project's name
    #[arg(value_name = "PATH")]
    pub path: std::path::PathBuf,
    /// Add a workflow that checks, tests and compares the rules
    #[arg(long, value_enum, value_name = "SERVER")]
    pub ci: Option<CiServer>,
}

/// Whose workflow `new` adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CiServer {
    /// GitHub Actions
    Github,
    /// GitLab CI
    Gitlab,
}

#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// The folder to write a page a command into [default: the program's own page to standard output]
    #[arg(value_name = "FOLDER")]
    pub folder: Option<std::path::PathBuf>,
}

/// Renderings of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum TestFormat {
    /// For people: each test that fails, and how many pass
    #[default]
    Human,
    /// One JSON document
    Json,
    /// JUnit's XML, which CI servers read
    Junit,
    /// SARIF 2.1.0, for tests that fail or cannot run
    Sarif,
    /// GitHub workflow commands, for tests that fail or cannot run
    Github,
}

/// Renderings of diagnostics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum FindingsFormat {
    /// For people: the source with what is meant marked
    #[default]
    Human,
    /// One JSON document
    Json,
    /// One JSON object a line
    Ndjson,
    /// SARIF 2.1.0
    Sarif,
    /// GitHub workflow commands
    Github,
}

#[derive(Debug, Args)]
pub(super) struct CompileArgs {
    #[command(flatten)]
    pub rules: RuleArgs,
    /// What to write
    #[arg(long, value_enum, default_value_t, value_name = "TARGET")]
    pub to: CompileTarget,
    /// The file to write; `-` for standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
    /// With --to sysmon: the configuration that the rules are put into; `-` for standard input
    #[arg(long, value_name = "CONFIG")]
    pub base: Option<String>,
    /// With --to sysmon: write what can be said exactly, list the rest as notes, and end with status 3
    #[arg(long)]
    pub partial: bool,
    #[command(flatten)]
    pub winlogbeat: WinlogbeatArgs,
}

/// What `compile` writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum CompileTarget {
    /// A module for this program, of all rules
    #[default]
    Module,
    /// The filters as processors of Winlogbeat
    Winlogbeat,
    /// The filters as exclude rules in a configuration of Sysmon, which --base names
    Sysmon,
}

/// How filters become processors of Winlogbeat.
#[derive(Debug, Args)]
#[command(next_help_heading = "With --to winlogbeat")]
pub(super) struct WinlogbeatArgs {
    /// The version of Winlogbeat that reads it, as in 8.17 [default: the project's]
    #[arg(long = "winlogbeat", value_name = "VERSION")]
    pub version: Option<String>,
    /// Write a whole winlogbeat.yml instead of the processors alone
    #[arg(long)]
    pub whole: bool,
    /// Drop nothing: set the tag would_drop:RULE where an event would be dropped
    #[arg(long)]
    pub observe: bool,
    /// Put the filters before Elastic's module script of Winlogbeat 7, which takes events apart [default: the project's]
    #[arg(long)]
    pub module_script: bool,
    /// Add the filters of this agent of the project
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    #[command(subcommand)]
    pub from: ImportFrom,
}

/// Whose rules `import` reads.
#[derive(Debug, Subcommand)]
pub(super) enum ImportFrom {
    /// A winlogbeat.yml, or a list of its processors: a filter each, with libbeat's own meaning
    #[command(
        after_help = "Examples:\n  blocksieve import winlogbeat winlogbeat.yml -o filters/agent.rule\n  blocksieve import winlogbeat --winlogbeat 7.12 old.yml --to blockly-json -o old.blocks.json"
    )]
    Winlogbeat(ImportWinlogbeatArgs),
    /// A configuration of Sysmon: what is doubtful in it and how many rules it has; it stays a configuration, with Sysmon's own meaning
    #[command(
        after_help = "Examples:\n  blocksieve import sysmon sysmonconfig.xml\n  blocksieve import sysmon old-utf16.xml -o sysmonconfig.xml"
    )]
    Sysmon(ImportSysmonArgs),
    /// Rules of Sigma: an alert each, asked of the events of Windows that their log sources stand for
    #[command(
        after_help = "Examples:\n  blocksieve import sigma rules/proc_creation_win_encoded.yml\n  blocksieve import sigma sigma/rules/windows -o rules\n  blocksieve import sigma rule.yml --to blockly-json -o rule.blocks.json"
    )]
    Sigma(ImportSigmaArgs),
}

#[derive(Debug, Args)]
pub(super) struct ImportSigmaArgs {
    /// Files of Sigma, folders of them, or `-` for standard input; those that are named together may name each other's rules
    #[arg(required = true, value_name = "RULES")]
    pub rules: Vec<String>,
    /// What to write
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    pub to: ImportForm,
    /// The file to write; a folder, for several; `-` for standard output [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct ImportWinlogbeatArgs {
    /// The configuration; `-` for standard input
    #[arg(value_name = "FILE")]
    pub file: String,
    /// The version of Winlogbeat that reads it, as in 8.17 [default: that of the project it stands in]
    #[arg(long = "winlogbeat", value_name = "VERSION")]
    pub version: Option<String>,
    /// What to write
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    pub to: ImportForm,
    /// The file to write; `-` for standard output [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
}

/// What `import` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ImportForm {
    /// Rules as text
    Text,
    /// A workspace as Blockly saves it now
    BlocklyJson,
    /// A workspace in Blockly's older form
    BlocklyXml,
}

#[derive(Debug, Args)]
pub(super) struct ConvertArgs {
    /// What to write
    #[arg(long, value_enum, value_name = "FORM")]
    pub to: ConvertForm,
    /// A workspace, or a layout file, whose ids, places and stray blocks are kept; for sigma, the file of Sigma of which is kept what was not changed [default: NAME.layout.json beside the rules]
    #[arg(long, value_name = "OLD")]
    pub onto: Option<String>,
    /// Rules as text, Blockly workspaces or Sigma: files, folders, or `-` for standard input
    #[arg(required = true, value_name = "RULES")]
    pub rules: Vec<String>,
    /// The file to write; a folder, for several; `-` for standard output [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
}

/// What `convert` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ConvertForm {
    /// Rules as text
    Text,
    /// What `Blockly.serialization.workspaces.save` gives
    BlocklyJson,
    /// What `Blockly.Xml.workspaceToDom` gives
    BlocklyXml,
    /// As the log manager exports a rule; only its own blocks, one rule a file
    LogmanagerXml,
    /// Rules of Sigma, version 2; of those that came from Sigma, what was not changed stays as it stands
    Sigma,
}

#[derive(Debug, Args)]
pub(super) struct ListingArgs {
    #[command(flatten)]
    pub rules: RuleArgs,
    /// Only the rule of this name or id
    #[arg(long, value_name = "NAME")]
    pub rule: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub rules: RuleArgs,
    /// Add the filters of this agent of the project
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// Events in any form: files, packed ones too, folders, globs, or `-` for standard input
    #[arg(long, short, required = true, num_args = 1.., value_name = "FILE")]
    pub events: Vec<String>,
    /// Which events to show [default: dropped and alerts]
    #[arg(long, value_enum, value_name = "WHICH", value_delimiter = ',')]
    pub show: Vec<Show>,
    /// How to write them [default: table on a terminal, ndjson otherwise]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<RunFormat>,
    #[command(flatten)]
    pub choice: ChoiceArgs,
    /// Write a layer for the MITRE ATT&CK Navigator: the techniques of alerts with hits
    #[arg(long, value_name = "FILE")]
    pub navigator: Option<String>,
    /// The last stage to run
    #[arg(long, value_enum, value_name = "STAGE")]
    pub until: Option<Stage>,
    /// Read all files at once, the earliest event first, so that alerts count over several logs as over one
    #[cfg_attr(feature = "deliver", arg(long, conflicts_with = "deliver"))]
    #[cfg_attr(not(feature = "deliver"), arg(long))]
    pub merge: bool,
    /// End with status 1 if a rule dropped, tagged or alerted
    #[arg(long)]
    pub fail_on_match: bool,
    /// Check every byte of every record, also those that no rule reads
    #[arg(long)]
    pub strict: bool,
    /// Threads that decide long files of a record a line, by rules that remember nothing; the output is the same [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=256))]
    pub threads: Option<usize>,
    /// Tell which rules and tests take most of the time; one thread decides
    #[arg(long)]
    pub profile: bool,
    /// No summary on standard error
    #[arg(long, short)]
    pub quiet: bool,
    #[cfg(feature = "deliver")]
    #[command(flatten)]
    pub delivery: super::outgoing::DeliverArgs,
    /// Where is kept what was read, what alerts remember and what is to be sent [default: .blocksieve/state.db of the project]
    #[cfg(feature = "deliver")]
    #[arg(long, value_name = "FILE", requires = "deliver", help_heading = "Delivery")]
    pub state: Option<std::path::PathBuf>,
    /// These are the last events: alerts that stay quiet are summed up now, and not when their time is over
    #[cfg(feature = "deliver")]
    #[arg(long, requires = "deliver", help_heading = "Delivery")]
    pub last: bool,
}

#[derive(Debug, Args)]
pub(super) struct EventsArgs {
    /// Events in any form: files, packed ones too, folders, globs, or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    pub events: Vec<String>,
    /// How to write them [default: table on a terminal, winlogbeat otherwise; of counts and checks ndjson otherwise]
    #[arg(long = "as", value_enum, value_name = "FORM")]
    pub form: Option<EventsForm>,
    /// Only events that meet this condition, in the language of rules
    #[arg(long = "where", value_name = "CONDITION")]
    pub condition: Option<String>,
    /// Run the classify rules of this project first, and know its lookup tables
    #[arg(long, value_name = "FOLDER", conflicts_with = "check")]
    pub project: Option<String>,
    /// Count the events by the values of up to three fields (`any processguid` and `hash SHA256` too) instead of showing them
    #[arg(long, value_name = "FIELD,...")]
    pub count_by: Vec<String>,
    /// Read every byte of every record and say of each input what it holds and what is damaged
    #[arg(long, conflicts_with_all = ["condition", "count_by", "limit"])]
    pub check: bool,
    /// Stop after so many events; of counts, show so many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// No summary on standard error
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("begin").required(true).multiple(true).args(["from", "condition"]))]
pub(super) struct HuntArgs {
    /// Events in any form: files, packed ones too, folders, globs. They are read twice
    #[arg(required = true, value_name = "FILE")]
    pub events: Vec<String>,
    /// Begin with the process of this ProcessGUID, with or without braces; may be repeated
    #[arg(long, value_name = "GUID")]
    pub from: Vec<String>,
    /// Begin with the processes that caused the events which meet this condition, in the language of rules
    #[arg(long = "where", value_name = "CONDITION")]
    pub condition: Option<String>,
    /// Run the classify rules of this project: they say which events are suspicious
    #[arg(long, value_name = "FOLDER")]
    pub project: Option<String>,
    /// Also follow accesses with the right to write the memory of a process or to create a thread in it
    #[arg(long)]
    pub access: bool,
    /// Stop after so many rounds
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_depth: Option<u32>,
    /// Also stop at processes with this image, a full path; may be repeated
    #[arg(long, value_name = "PATH")]
    pub stop_at: Vec<String>,
    /// Go through this process, or all with this image, although it is one of the system's own that the hunt stops at; may be repeated
    #[arg(long, value_name = "GUID|PATH")]
    pub through: Vec<String>,
    /// How to write it
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "tree")]
    pub format: HuntForm,
    /// No summary on standard error
    #[arg(long, short)]
    pub quiet: bool,
}

/// Forms that hunts are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum HuntForm {
    /// Processes under their parents, with what hangs from each
    Tree,
    /// The events of these processes, in the order of the files
    Table,
    /// Everything, as one JSON object
    Json,
    /// A picture for Graphviz
    Dot,
    /// A picture for Mermaid
    Mermaid,
    /// A report
    Markdown,
    /// A filter that drops the events of these processes
    Filter,
    /// An alert for the events of these processes
    Alert,
}

/// Forms that events are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum EventsForm {
    /// For people
    Table,
    /// As the agent would send them, one JSON object a line
    Winlogbeat,
    /// As the log manager stores them, one JSON object a line
    Msg,
    /// Header and data in one level of keys, one JSON object a line
    Flat,
    /// As they stand, one JSON object a line; XML and EVTX as evtx_dump writes them
    Ndjson,
}

/// Which events to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Show {
    /// Those that a filter drops
    Dropped,
    /// Those that no filter drops
    Kept,
    /// Those that a classify rule or an alert tags
    Tagged,
    /// Those that an alert sends
    Alerts,
    /// All
    All,
    /// None: only the summary
    None,
}

/// Forms of decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RunFormat {
    /// For people
    Table,
    /// One JSON document with decisions and summary
    Json,
    /// One JSON object a decision
    Ndjson,
    /// Kept events as the log manager stores them, one JSON object a line
    Msg,
    /// One line a hit of an alert: time, host, level, rule, techniques, and what tells most of the event
    Timeline,
    /// The same as CSV
    Csv,
    /// Hits by level, alert, host and technique
    Summary,
}

/// Stages of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Stage {
    /// Filters only
    Filter,
    /// Filters and classification
    Classify,
    /// Everything
    Alert,
}

impl Stage {
    pub(super) fn kind(self) -> RuleKind {
        match self {
            Stage::Filter => RuleKind::Filter,
            Stage::Classify => RuleKind::Classify,
            Stage::Alert => RuleKind::Alert,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Rules as text, Blockly workspaces or Sigma: a project folder, a folder, a file, or `-`
    #[arg(value_name = "RULES")]
    pub rules: String,
    /// One event: FILE:N as `run` and `events` show it: the line, or the record's number; for EVTX the event record id too
    #[arg(value_name = "EVENT")]
    pub event: String,
    /// Only the rule of this name or id [default: every rule that reads the event]
    #[arg(long, value_name = "NAME")]
    pub rule: Option<String>,
    /// Show what is stored of the event where only filters are asked too
    #[arg(long)]
    pub all: bool,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(super) struct CodeArgs {
    /// The code, as in BS0401; all codes are listed where none is given
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct FmtArgs {
    #[command(flatten)]
    pub rules: RuleArgs,
    /// Write nothing; end with status 1 if a file would change
    #[arg(long)]
    pub check: bool,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
