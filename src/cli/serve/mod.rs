//! `blocksieve serve`: the editor in the browser, over the folder of a project.
//!
//! In: a folder, where to listen. Out: on standard output the address to open, one line; then answers, until Ctrl-C. Never
//! here: a request to anybody else, and a file outside of the folder.
//!
//! | concern | where |
//! | --- | --- |
//! | which names of files there are | `path` |
//! | the folder: no links, changes on the state that was seen | `folder` |
//! | who may ask: host, origin, token | `guard` |
//! | connections and their limits | `http` |
//! | what is asked | `api`, `check`, `manifest`, `watch` |
//! | the page | `assets` |

mod answer;
mod api;
mod args;
mod assets;
mod check;
mod folder;
mod guard;
mod http;
mod manifest;
mod path;
mod watch;

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpListener;

pub(super) use args::ServeArgs;

use self::api::Api;
use self::folder::Folder;
use self::guard::{Hosts, Token};
use self::http::Site;
use self::watch::Watch;
use super::style;
use super::{Exit, Failure, load, project};

/// Threads that wait for the disk.
const DISK_THREADS: usize = 8;

pub(super) fn run(args: &ServeArgs) -> Result<Exit, Failure> {
    let shown = choose(args.project.as_deref())?;
    let folder = Folder::open(&shown).map_err(|error| {
        Failure::unusable(format!("{} cannot be opened: {error}", shown.display()), "look whether it may be read")
    })?;
    let token = Token::new()
        .map_err(|error| Failure::unusable(format!("the system gives no random bytes: {error}"), "try again"))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_blocking_threads(DISK_THREADS)
        .build()
        .map_err(|error| Failure::unusable(format!("the server cannot start: {error}"), "try again"))?;
    let result = runtime.block_on(serve(args, shown, folder, token));
    // A disk that does not answer holds nobody up.
    runtime.shutdown_background();
    result
}

async fn serve(args: &ServeArgs, shown: PathBuf, folder: Folder, token: Token) -> Result<Exit, Failure> {
    let asked = SocketAddr::new(args.listen, args.port);
    let listener = TcpListener::bind(asked).await.map_err(|error| cannot_listen(asked, &error))?;
    let address = listener.local_addr().map_err(|error| cannot_listen(asked, &error))?;
    // Before anybody can know the address: from here on Ctrl-C ends it well.
    let end = end_asked()?;
    tell(args, &shown, address, &token)?;
    let folder = Arc::new(folder);
    let watch = Arc::new(Watch::new(Arc::clone(&folder)));
    tokio::spawn(Arc::clone(&watch).run());
    let hosts = Hosts { ip: address.ip(), port: address.port() };
    let api = Api::new(folder, shown, args.read_only, watch);
    http::serve(listener, Arc::new(Site { hosts, token, api }), end).await;
    Ok(Exit::Clean)
}

/// The folder that is meant.
fn choose(given: Option<&str>) -> Result<PathBuf, Failure> {
    let Some(given) = given else {
        return project::find(Path::new(".")).ok_or_else(|| {
            Failure::unusable(
                format!("there is no project here: no {} in this folder or above it", project::FILE),
                "name the folder of a project or of rules, as in `blocksieve serve examples/sysmon`",
            )
        });
    };
    let path = Path::new(given);
    if !path.exists() {
        return Err(Failure::unusable(format!("{given} does not exist"), "name the folder of a project or of rules"));
    }
    if !path.is_dir() {
        return Err(Failure::unusable(format!("{given} is no folder"), "name the folder that it stands in"));
    }
    if path.join(project::FILE).is_file() {
        return Ok(path.to_path_buf());
    }
    if let Some(above) = project::find(path) {
        return Err(Failure::unusable(
            format!("{given} is a folder of the project {}", above.display()),
            format!("serve that: blocksieve serve {}", above.display()),
        ));
    }
    // Rules need no project, but a folder without either is more likely a mistake.
    if load::load_if_any(&[given.to_string()])?.files.is_empty() {
        return Err(Failure::unusable(
            format!("{given} is no project and has no rules"),
            format!("name another folder, or make it a project: write name = \"mine\" into {given}/{}", project::FILE),
        ));
    }
    Ok(path.to_path_buf())
}

/// What people are told: the address alone on standard output, all else on standard error.
fn tell(args: &ServeArgs, shown: &Path, address: SocketAddr, token: &Token) -> Result<(), Failure> {
    let mut err = style::stderr();
    let mode = if args.read_only { ", read only" } else { "" };
    writeln!(err, "serving {}{mode}; Ctrl-C ends it", shown.display())?;
    if !shown.join(project::FILE).is_file() {
        writeln!(err, "note: there is no {}: no lookup tables, and Winlogbeat's default version", project::FILE)?;
    }
    if !address.ip().is_loopback() {
        writeln!(
            err,
            "warning: {} can be reached by other machines, and nothing is encrypted: who sees the traffic can read and write \
             this project; leave --listen out, or tunnel to this machine",
            address.ip()
        )?;
    }
    if !assets::is_built() {
        writeln!(err, "note: {}", assets::NOT_BUILT.trim_end().replace('\n', "\n  "))?;
    }
    // Where all addresses are listened on, this machine's own.
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let mut out = style::stdout();
    writeln!(out, "editor: http://{}/#token={}", SocketAddr::new(ip, address.port()), token.as_str())?;
    out.finish()?;
    Ok(())
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Failure {
    let port = address.port();
    match error.kind() {
        std::io::ErrorKind::AddrInUse => Failure::unusable(
            format!("port {port} of {} is taken, perhaps by another `blocksieve serve`", address.ip()),
            "end that one, or choose another port: --port 0 takes any that is free",
        ),
        std::io::ErrorKind::PermissionDenied => Failure::unusable(
            format!("port {port} may not be listened on: {error}"),
            "choose one above 1023, or --port 0 for any that is free",
        ),
        std::io::ErrorKind::AddrNotAvailable => Failure::unusable(
            format!("{} is no address of this machine", address.ip()),
            "leave --listen out, or name an address that it has",
        ),
        _other => Failure::unusable(format!("{address} cannot be listened on: {error}"), "choose another --port"),
    }
}

/// Comes to pass when somebody asks the program to end: Ctrl-C, or a service manager's signal.
fn end_asked() -> Result<impl Future<Output = ()>, Failure> {
    let failure = |error| Failure::unusable(format!("signals cannot be waited for: {error}"), "try again");
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failure)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failure)?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => (),
                _ = terminate.recv() => (),
            }
        })
    }
    #[cfg(windows)]
    {
        let mut interrupt = tokio::signal::windows::ctrl_c().map_err(failure)?;
        Ok(async move {
            interrupt.recv().await;
        })
    }
}
