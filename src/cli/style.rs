//! Colours, progress and output that may end early.
//!
//! In: `--color`, a few environment variables, whether standard output and standard error are terminals. Out: yes or no for
//! each, and writers for which a reader that went away (`| head`) is no error. Never here: what is written.
//!
//! Colours, the first line that applies:
//!
//! | condition | colours |
//! | --- | --- |
//! | `--color always`, `--color never` | as it says |
//! | `NO_COLOR` is set and not empty | no |
//! | `CLICOLOR_FORCE` is set and neither empty nor `0` | yes |
//! | the stream is no terminal, `TERM` is `dumb`, or `CLICOLOR` is `0` | no |
//! | otherwise | yes |
//!
//! Progress is drawn only where standard error is a terminal that is not `dumb`, whatever is said about colours.

use std::io::{self, BufWriter, IsTerminal, Write};

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// As terminal and environment say.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The environment, as far as it matters here.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `NO_COLOR`
    pub no_color: Option<String>,
    /// `CLICOLOR`
    pub clicolor: Option<String>,
    /// `CLICOLOR_FORCE`
    pub clicolor_force: Option<String>,
    /// `TERM`
    pub term: Option<String>,
}

impl Environment {
    /// That of the process. What is not Unicode counts as set.
    pub fn of_process() -> Self {
        let get = |name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        Self {
            no_color: get("NO_COLOR"),
            clicolor: get("CLICOLOR"),
            clicolor_force: get("CLICOLOR_FORCE"),
            term: get("TERM"),
        }
    }

    fn dumb(&self) -> bool {
        self.term.as_deref() == Some("dumb")
    }
}

/// What may be done to each stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Colours on standard output.
    pub stdout_colors: bool,
    /// Colours on standard error.
    pub stderr_colors: bool,
    /// A progress bar, on standard error.
    pub progress: bool,
    /// Is standard output a terminal? Decides between tables for people and plain lines where `--format` is not given.
    pub stdout_terminal: bool,
}

impl Style {
    /// Decides from the process's own streams and environment.
    pub fn detect(choice: ColorChoice) -> Style {
        let (stdout, stderr) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        Style::decide(choice, &Environment::of_process(), stdout, stderr)
    }

    /// Decides; a pure function of its arguments.
    pub fn decide(choice: ColorChoice, environment: &Environment, stdout: bool, stderr: bool) -> Style {
        Style {
            stdout_colors: colors(choice, environment, stdout),
            stderr_colors: colors(choice, environment, stderr),
            progress: stderr && !environment.dumb(),
            stdout_terminal: stdout,
        }
    }
}

fn colors(choice: ColorChoice, environment: &Environment, terminal: bool) -> bool {
    let set = |value: &Option<String>| value.as_deref().is_some_and(|value| !value.is_empty());
    let zero = |value: &Option<String>| value.as_deref() == Some("0");
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if set(&environment.no_color) => false,
        ColorChoice::Auto if set(&environment.clicolor_force) && !zero(&environment.clicolor_force) => true,
        ColorChoice::Auto => terminal && !environment.dumb() && !zero(&environment.clicolor),
    }
}

/// A writer that ends quietly: once the reader is gone (`BrokenPipe`), everything written is thrown away and counts as
/// written. Every other error is passed on. [`Output::is_closed`] tells a long run that nobody listens any more.
#[derive(Debug)]
pub struct Output<W: Write> {
    to: W,
    closed: bool,
}

impl<W: Write> Output<W> {
    /// Around `to`.
    pub fn new(to: W) -> Self {
        Self { to, closed: false }
    }

    /// Has the reader gone away?
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Writes out what is buffered.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush()
    }

    fn quiet<T>(&mut self, result: io::Result<T>, instead: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(instead)
            }
            other => other,
        }
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let result = self.to.write(bytes);
        self.quiet(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let result = self.to.flush();
        self.quiet(result, ())
    }
}

/// Characters that a line has room for on the terminal, where one is known.
pub fn width() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)).filter(|width| *width > 0)
}

/// Standard output, locked and buffered; call [`Output::finish`] at the end.
pub fn stdout() -> Output<BufWriter<io::StdoutLock<'static>>> {
    Output::new(BufWriter::with_capacity(64 << 10, io::stdout().lock()))
}

/// Standard error, written at once.
pub fn stderr() -> Output<io::Stderr> {
    Output::new(io::stderr())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(value: &str) -> Option<String> {
        Some(value.to_string())
    }

    #[test]
    fn the_table_of_colours_row_by_row() {
        use ColorChoice::*;
        let plain = Environment::default();
        let on = |choice, environment: &Environment, terminal| {
            Style::decide(choice, environment, terminal, false).stdout_colors
        };
        let no_color = Environment { no_color: set("1"), clicolor_force: set("1"), ..plain.clone() };
        assert!(on(Always, &no_color, false) && !on(Never, &plain, true), "the option is above all");
        assert!(!on(Auto, &no_color, true), "NO_COLOR is above CLICOLOR_FORCE");
        assert!(on(Auto, &Environment { no_color: set(""), ..plain.clone() }, true), "an empty NO_COLOR says nothing");
        assert!(on(Auto, &Environment { clicolor_force: set("1"), ..plain.clone() }, false));
        assert!(!on(Auto, &Environment { clicolor_force: set("0"), ..plain.clone() }, false));
        assert!(!on(Auto, &Environment { clicolor: set("0"), ..plain.clone() }, true));
        assert!(!on(Auto, &Environment { term: set("dumb"), ..plain.clone() }, true));
        assert!(on(Auto, &plain, true) && !on(Auto, &plain, false));
    }

    #[test]
    fn progress_only_where_standard_error_is_a_terminal() {
        let plain = Environment::default();
        assert!(Style::decide(ColorChoice::Never, &plain, false, true).progress);
        assert!(!Style::decide(ColorChoice::Always, &plain, true, false).progress);
        let dumb = Environment { term: set("dumb"), ..plain };
        assert!(!Style::decide(ColorChoice::Always, &dumb, true, true).progress);
    }

    /// Takes some bytes, then fails.
    struct Failing(usize, io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(self.1.into());
            }
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_goes_away_is_no_error() {
        let mut output = Output::new(Failing(3, io::ErrorKind::BrokenPipe));
        output.write_all(b"ab").unwrap();
        assert!(!output.is_closed());
        output.write_all(b"cdef").unwrap();
        assert!(output.is_closed());
        output.write_all(b"more").unwrap();
        output.finish().unwrap();
    }

    #[test]
    fn also_when_it_goes_while_the_buffer_is_written_out() {
        let mut output = Output::new(BufWriter::new(Failing(0, io::ErrorKind::BrokenPipe)));
        output.write_all(b"buffered").unwrap();
        output.flush().unwrap();
        assert!(output.is_closed());
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let mut output = Output::new(Failing(0, io::ErrorKind::StorageFull));
        assert_eq!(output.write_all(b"a").unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
