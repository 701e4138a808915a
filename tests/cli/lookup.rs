//! `blocksieve lookup`, in full: command, status, standard output, standard error, and the file afterwards.
#![cfg(all(feature = "cli", feature = "evtx"))]
#![allow(clippy::panic, clippy::expect_used)]

use std::path::Path;
use std::process::Command;

use crate::support::folder::Folder;
use crate::support::sysmon;

const PROJECT: &str = "[tables.white]\nfile = \"white.csv\"\nkey = \"sha256\"\nhashes = [\"sha256\", \"sha1\", \"md5\"]\n\n[tables.admins]\nfile = \"admins.csv\"\nkey = \"host\"\n";
const WHITE: &str = "# third-party files that were checked\nsha256,sha1,md5,file,comment\n,,6F1C0E9A4B7D25830C9E5A7712D84F36,scantray.exe,old scanners\n# ticket 12\nE1A8BC8B20B82A9FFDC010823A6DAC56C7CCDE8DC3670EE0779A2AFDFC8B95E1,,,backupagent.exe,\"backup, 4.2\"\n";
const ADMINS: &str = "host;owner\nadmin01;Eve\nadmin02;\"Ann; Bob\"\n";
/// A hash that no table has.
const NEW: &str = "C1D88F0C7B8F2D2A7B5F6EE0B51DEB0C9FC53CC26D1408F1CE0426436E4B4A3B";

fn project(name: &str, more: &[(&str, &[u8])]) -> Folder {
    let mut files: Vec<(&str, &[u8])> = vec![
        ("blocksieve.toml", PROJECT.as_bytes()),
        ("white.csv", WHITE.as_bytes()),
        ("admins.csv", ADMINS.as_bytes()),
    ];
    files.extend(more);
    Folder::new(name, &files)
}

fn white(folder: &Folder) -> String {
    std::fs::read_to_string(folder.0.join("white.csv")).expect("it is there")
}

/// What is in the folder besides the files of the project.
fn left_over(folder: &Folder) -> Vec<String> {
    let names = std::fs::read_dir(&folder.0).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| name.ends_with(".lock") || name.starts_with('.')).collect()
}

#[test]
fn list_shows_tables_and_rows_in_every_format() {
    let folder = project("lookup-list", &[("sub/x.rule", b"")]);
    insta::assert_snapshot!(folder.session(&[
        "lookup list",
        "lookup list --format json",
        "lookup list --format csv",
        "lookup list white",
        "lookup list white --where BACKUP --format json",
        "lookup list . admins --format csv",
        "lookup list sub/x.rule admins --where eve",
        "lookup list --project sub admins --where nobody",
        "lookup list whit",
        "lookup list nowhere admins",
        "lookup list . white --project .",
    ]));
}

#[test]
fn check_tells_of_tables_in_every_format() {
    let a = "82254025D1B98D60044D3AEB7C56EED7C61C07C3E30534D6E05DAB9D6C326750";
    let bad = format!(
        "sha256,imphash,file\n{a},,one\n{},,two\n{},,three\n00,,\"four\n{}\n",
        a.to_lowercase(),
        "0".repeat(64),
        "x"
    );
    let toml = format!(
        "{PROJECT}\n[tables.bad]\nfile = \"bad.csv\"\nkey = \"sha\"\nhashes = [\"sha256\", \"imphash\", \"hash\", \"sha1\"]\n\n[tables.gone]\nfile = \"gone.csv\"\nkey = \"x\"\n\n[tables.latin]\nfile = \"latin.csv\"\nkey = \"x\"\n\n[tables.empty]\nfile = \"empty.csv\"\nkey = \"x\"\n"
    );
    let folder = project(
        "lookup-check",
        &[
            ("p/blocksieve.toml", toml.as_bytes()),
            ("p/white.csv", WHITE.as_bytes()),
            ("p/admins.csv", ADMINS.as_bytes()),
            ("p/bad.csv", bad.as_bytes()),
            ("p/latin.csv", b"x\nM\xfcller\n"),
            ("p/empty.csv", b"x\n"),
        ],
    );
    insta::assert_snapshot!(folder.session(&[
        "lookup check",
        "lookup check --format ndjson",
        "lookup check p white",
        "lookup check p empty",
        "lookup check p bad",
        "lookup check p --format github",
        "lookup list p",
        "lookup list p bad",
        "lookup list p gone",
    ]));
}

#[test]
fn add_and_remove_by_hand() {
    let folder = project("lookup-hand", &[]);
    insta::assert_snapshot!(folder.session(&[
        &format!(
            "lookup add white SHA256={} file=dictate64.dll 'comment=dictation, medical department'",
            NEW.to_lowercase()
        ),
        &format!("lookup add white {NEW}"),
        "lookup add white 9C41D7E05B3A8F6627E4190B5CD8A2F37E016B54 file=foot-pedal.dll --note pedal --dry-run",
        "lookup add white 9C41D7E05B3A8F6627E4190B5CD8A2F37E016B54 file=foot-pedal.dll --note pedal",
        "lookup add admins host=ADMIN00 'owner=Zoe; Max'",
        "lookup list admins",
        &format!("lookup remove white {}F", &NEW[..63]),
        &format!("lookup remove white {NEW} 6f1c0e9a4b7d25830c9e5a7712d84f36 --dry-run"),
        &format!("lookup remove white {NEW} 9C41D7E05B3A8F6627E4190B5CD8A2F37E016B54"),
    ]));
    assert_eq!(white(&folder), WHITE, "what was added is gone, and nothing else");
    assert_eq!(left_over(&folder), Vec::<String>::new());
}

#[test]
fn what_may_not_be_added_is_refused_and_nothing_is_written() {
    let folder = project("lookup-refused", &[]);
    insta::assert_snapshot!(folder.session(&[
        "lookup add white",
        "lookup add whit x",
        "lookup add white fle=x",
        "lookup add white something",
        "lookup add white file=x.exe",
        "lookup add white SHA256=00",
        &format!("lookup add white SHA1={NEW}"),
        &format!("lookup add white SHA256={}", "0".repeat(64)),
        "lookup add white MD5=D41D8CD98F00B204E9800998ECF8427E",
        "lookup add white 6F1C0E9A4B7D25830C9E5A7712D84F36",
        "lookup add white MD5=6f1c0e9a4b7d25830c9e5a7712d84f36",
        "lookup add white IMPHASH=6F1C0E9A4B7D25830C9E5A7712D84F36",
        &format!("lookup add white SHA256={NEW} sha256={NEW}"),
        &format!("lookup add white SHA256={NEW} 'file=C:\\Windows\\System32\\WmiPrvSE.exe'"),
        &format!("lookup add white SHA256={NEW} 'file=D:\\x\\certutil.exe'"),
        &format!("lookup add white SHA256={NEW} 'file=C:\\Windows\\WinSxS\\x\\y.dll'"),
        "lookup add admins host=admin01",
        "lookup add admins owner=Eve",
        "lookup add admins host=x --note y",
        "lookup remove white",
        "lookup remove admins nobody",
        "lookup remove admins admin3",
    ]));
    assert_eq!(white(&folder), WHITE);
    assert_eq!(left_over(&folder), Vec::<String>::new());
    let forced = folder.session(&[&format!("lookup add white SHA256={NEW} file=svchost.exe --force")]);
    assert!(forced.contains("note: this is a component of Windows"), "{forced}");
    assert!(white(&folder).contains(&format!("{NEW},,,svchost.exe,\n")));
}

#[test]
fn an_event_gives_its_best_hash_and_the_file_that_it_belongs_to() {
    let sha1 = "SHA1=0123456789012345678901234567890123456789";
    let md5 = "MD5=ABCDEF0123456789ABCDEF0123456789";
    let hashes = |value: &str| format!("\"Hashes\":\"{value}\"");
    let hash = |last: char| format!("SHA256={}{last}", &NEW[..63]);
    let file = |name: &str| format!("\"{name}\":\"C:\\\\Program Files\\\\{name}.bin\"");
    let windows = r#""Image":"C:\\Users\\Public\\a.exe","OriginalFileName":"CertUtil.exe""#;
    let drivers = r#""ImageLoaded":"C:\\Windows\\System32\\drivers\\x.sys""#;
    let signed = |by: &str| format!(r#"{drivers},"Signed":"true","Signature":"{by}","SignatureStatus":"Valid""#);
    let lines = [
        sysmon(1, &format!("{},{}", file("Image"), hashes(&format!("{sha1},{md5},{},IMPHASH=AA", hash('0'))))),
        sysmon(6, &format!("{},{}", signed("Sample Labels Ltd"), hashes(&hash('1')))),
        sysmon(7, &format!("{},{},{}", file("Image"), file("ImageLoaded"), hashes(&format!("{md5},{sha1}")))),
        sysmon(15, &format!("{},{},\"Hash\":\"{}\"", file("Image"), file("TargetFilename"), hash('2'))),
        sysmon(23, &format!("{},{},{}", file("Image"), file("TargetFilename"), hashes(md5))),
        sysmon(3, &file("Image")),
        sysmon(26, &format!("{},{}", file("TargetFilename"), hashes(&hash('3')))),
        sysmon(1, &format!("{},{}", file("Image"), hashes("IMPHASH=AB"))),
        sysmon(1, &format!("{},{}", file("Image"), hashes("-"))),
        sysmon(1, &format!("{windows},{}", hashes(&hash('4')))),
        sysmon(6, &format!("{},{}", signed("Microsoft Windows Hardware Compatibility Publisher"), hashes(&hash('5')))),
        sysmon(6, &format!("{drivers},{}", hashes(&hash('6')))),
        sysmon(1, &hashes(&hash('7'))),
        r#"{"winlog":{"provider_name":"Other","event_id":1}}"#.to_string(),
        r#"{"winlog":"#.to_string(),
        sysmon(
            1,
            &format!(
                "{},{}",
                file("Image"),
                hashes("SHA256=E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")
            ),
        ),
        sysmon(1, &format!("{},{}", file("Image"), hashes("SHA256=12"))),
        sysmon(1, &format!("{},{}", file("Image"), hashes(&format!("SHA256={},{sha1}", "0".repeat(64))))),
    ];
    let folder = project("lookup-event", &[("e.ndjson", lines.join("\n").as_bytes())]);
    insta::assert_snapshot!(folder.session(&[
        "lookup add white --event e.ndjson:1 --note 'seen on ws01' --dry-run",
        "lookup add white --event e.ndjson:2",
        "lookup add white --event e.ndjson:3",
        "lookup add white --event e.ndjson:4",
        "lookup add white --event e.ndjson:5",
        "lookup add white --event e.ndjson:5",
        "lookup add white --event e.ndjson:6",
        "lookup add white --event e.ndjson:7",
        "lookup add white --event e.ndjson:8",
        "lookup add white --event e.ndjson:9",
        "lookup add white --event e.ndjson:10",
        "lookup add white --event e.ndjson:11",
        "lookup add white --event e.ndjson:12",
        "lookup add white --event e.ndjson:12 --force",
        "lookup add white --event e.ndjson:13",
        "lookup add white --event e.ndjson:14",
        "lookup add white --event e.ndjson:15",
        "lookup add white --event e.ndjson:16",
        "lookup add white --event e.ndjson:17",
        "lookup add white --event e.ndjson:18",
        "lookup add white --event e.ndjson:99",
        "lookup add white --event e.ndjson",
        "lookup add white --event gone.ndjson:1",
        "lookup add white --event e.ndjson:1 file=other.exe",
        "lookup add admins --event e.ndjson:1",
        "lookup add white --event - < e.ndjson",
        "lookup add white --event -:1 < e.ndjson",
        "lookup check",
    ]));
}

#[test]
fn without_a_project_or_with_a_broken_one_it_says_so() {
    let folder = Folder::new(
        "lookup-none",
        &[
            ("broken/blocksieve.toml", b"[tables.white]\nfile = \"white.csv\"\nkey = 5\n"),
            ("none/blocksieve.toml", b"name = \"none\"\n"),
            ("old/blocksieve.toml", format!("winlogbeat = \"5\"\n{PROJECT}").as_bytes()),
            ("old/white.csv", WHITE.as_bytes()),
            ("open/blocksieve.toml", PROJECT.as_bytes()),
            ("open/white.csv", b"sha256,sha1,md5,file\n\"open,,,\n"),
            ("open/admins.csv", b"owner\nEve\n"),
            ("bad/blocksieve.toml", PROJECT.as_bytes()),
            ("bad/white.csv", b"sha256,sha1,md5,file,comment\n00,,,x,\n11,,,y,\n"),
        ],
    );
    insta::assert_snapshot!(folder.session(&[
        "lookup list",
        "lookup add white x",
        "lookup list nowhere",
        "lookup list none",
        "lookup check none",
        "lookup add white x --project none",
        "lookup add white x --project broken",
        "lookup check broken white",
        "lookup check broken",
        "lookup add white x --project old",
        &format!("lookup add white {NEW} --project open"),
        "lookup remove white x --project open",
        "lookup add admins owner=Ann --project open",
        &format!("lookup add white {NEW} --project bad"),
        "lookup remove white 00 --project bad",
        "lookup list bad white --format csv",
    ]));
}

#[test]
fn a_file_keeps_its_encoding_its_line_ends_and_its_permissions() {
    let utf16 = |text: &str| -> Vec<u8> {
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let windows = WHITE.replace('\n', "\r\n").replace("old scanners", "alte Geräte");
    let mark = [b"\xef\xbb\xbf", windows.as_bytes()].concat();
    for (name, bytes) in [("mark", mark), ("utf16", utf16(&windows))] {
        let folder = project(&format!("lookup-{name}"), &[("white.csv", &bytes)]);
        let file = folder.0.join("white.csv");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("set");
            std::fs::rename(&file, folder.0.join("real.csv")).expect("moved");
            std::os::unix::fs::symlink("real.csv", &file).expect("linked");
        }
        let told = folder.session(&[&format!("lookup add white {NEW} 'file=Ünterlage.exe'")]);
        assert!(told.contains("added to ./white.csv, line 4:"), "{told}");
        let text = windows.replace("# ticket 12", &format!("{NEW},,,Ünterlage.exe,\r\n# ticket 12"));
        let wanted = if name == "mark" { [b"\xef\xbb\xbf", text.as_bytes()].concat() } else { utf16(&text) };
        assert!(std::fs::read(&file).expect("it is there") == wanted, "{name}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let real = folder.0.join("real.csv");
            assert_eq!(real.metadata().expect("there").permissions().mode() & 0o777, 0o640);
            assert!(file.symlink_metadata().expect("there").is_symlink());
        }
        folder.session(&[&format!("lookup remove white {NEW}")]);
        assert!(std::fs::read(&file).expect("it is there") == bytes, "{name}");
    }
}

#[test]
fn a_table_beyond_the_limit_is_told_before_it_is_read() {
    let folder = project("lookup-large", &[]);
    let file = std::fs::File::create(folder.0.join("white.csv")).expect("a file");
    // No more than a hole, where the file system knows such.
    file.set_len(blocksieve::limits::TABLE_BYTES as u64 + 1).expect("room");
    insta::assert_snapshot!(folder.session(&["lookup check . white", &format!("lookup add white {NEW}")]));
    assert_eq!(left_over(&folder), Vec::<String>::new());
}

#[test]
fn many_at_once_lose_nothing() {
    let folder = project("lookup-race", &[]);
    let run = |n: usize| {
        let hash = format!("SHA256={:064x}", 0xabc0 + n);
        let mut command = Command::new(env!("CARGO_BIN_EXE_blocksieve"));
        command.args(["lookup", "add", "white", &hash, &format!("file=f{n}.exe")]).current_dir(&folder.0);
        command.stdout(std::process::Stdio::null()).spawn().expect("starts")
    };
    let children: Vec<_> = (0..16).map(run).collect();
    for mut child in children {
        assert_eq!(child.wait().expect("ends").code(), Some(0));
    }
    let text = white(&folder);
    assert_eq!(text.lines().count(), WHITE.lines().count() + 16, "{text}");
    assert!(folder.session(&["lookup check"]).contains("2 tables, 20 rows checked: clean"));
    let keys: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).skip(1).collect();
    assert!(keys.is_sorted(), "{text}");
    assert_eq!(left_over(&folder), Vec::<String>::new());
}

#[test]
fn whoever_reads_while_rows_are_added_sees_a_whole_file() {
    let folder = project("lookup-whole", &[]);
    let file = folder.0.join("white.csv");
    let writer = {
        let path = folder.0.clone();
        std::thread::spawn(move || {
            for n in 0..20 {
                let hash = format!("SHA256={:064x}", 0xabc0 + n);
                let mut command = Command::new(env!("CARGO_BIN_EXE_blocksieve"));
                command.args(["lookup", "add", "white", &hash]).current_dir(&path).stdout(std::process::Stdio::null());
                assert!(command.status().expect("starts").success());
            }
        })
    };
    let mut seen = 0;
    while !writer.is_finished() {
        let text = std::fs::read_to_string(&file).expect("it is always there");
        assert!(text.starts_with("# third-party") && text.ends_with("\"backup, 4.2\"\n"), "{text}");
        seen += 1;
    }
    writer.join().expect("no fault");
    assert!(seen > 0);
}

#[test]
fn the_example_of_the_readme_is_so() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).expect("it is there");
    let (_, rest) = readme.split_once("$ blocksieve lookup ").expect("an example");
    let (command, output) = rest.split_once("```").expect("a fence").0.split_once('\n').expect("lines");
    let paths = ["blocksieve.toml", "tables/sysmon-hash-whitelist.csv", "events/sysmon.ndjson"];
    let paths = paths.map(|path| format!("examples/sysmon/{path}"));
    let files = paths.each_ref().map(|path| (path.as_str(), std::fs::read(root.join(path)).expect("it is there")));
    let folder = Folder::new("lookup-readme", &files.each_ref().map(|(path, bytes)| (*path, bytes.as_slice())));
    let told = folder.session(&[&format!("lookup {}", command.replace('"', "'"))]);
    assert!(told.ends_with(&format!("\n[0]\n--- out\n{}\n\n", output.trim_end())), "{told}\n{output}");
}

#[test]
fn the_sample_events_can_be_added_to_the_example() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/sysmon");
    let read = |path: &str| std::fs::read(example.join(path)).expect("it is there");
    let (toml, table, events) =
        (read("blocksieve.toml"), read("tables/sysmon-hash-whitelist.csv"), read("events/sysmon.ndjson"));
    let folder = Folder::new(
        "lookup-example",
        &[("blocksieve.toml", &toml), ("tables/sysmon-hash-whitelist.csv", &table), ("e.ndjson", &events)],
    );
    // Whatever event is tried: it is added, or a sentence says why not.
    let mut counts = std::collections::BTreeMap::new();
    for line in (1..=events.split(|byte| *byte == b'\n').count()).step_by(3) {
        let told = folder.session(&[&format!("lookup add sysmon-hash-whitelist --event e.ndjson:{line} --dry-run")]);
        let status = told.split(['[', ']']).nth(1).expect("a status").to_string();
        assert!(told.contains("would be added to") == (status == "0"), "{told}");
        assert!(told.contains("help:") == (status != "0"), "{told}");
        *counts.entry(status).or_insert(0) += 1;
    }
    assert!(counts.get("0") > Some(&2) && counts.get("1") > Some(&50), "{counts:?}");
}

#[test]
fn what_is_pasted_out_of_an_event_gives_the_hash_that_counts() {
    let sha1 = "SHA1=0123456789012345678901234567890123456789";
    let md5 = "MD5=ABCDEF0123456789ABCDEF0123456789";
    let toml = PROJECT.replace("hashes = [\"sha256\", \"sha1\", \"md5\"]", "hashes = [\"SHA256\", \"Sha1\", \"md5\"]");
    let only = format!("{toml}\n[tables.only]\nfile = \"only.csv\"\nkey = \"sha1\"\nhashes = [\"sha1\"]\n");
    let folder = project("lookup-pasted", &[("blocksieve.toml", only.as_bytes()), ("only.csv", b"sha1,file\n")]);
    insta::assert_snapshot!(folder.session(&[
        &format!("lookup add white {sha1},{md5},SHA256={NEW},IMPHASH=AA file=a.exe"),
        &format!("lookup add white '{sha1}, {md5}' file=b.exe"),
        &format!("lookup add only {sha1},{md5} file=b.exe --dry-run"),
        &format!("lookup add only {sha1},{md5},SHA256={NEW} file=a.exe"),
        "lookup add white MD5=00000000000000000000000000000000,IMPHASH=AB",
        &format!("lookup add white {md5},comment=x"),
        "lookup list white",
    ]));
}

#[test]
fn what_an_event_added_the_same_event_takes_out() {
    let event = |hashes: &str| sysmon(1, &format!("\"Image\":\"C:\\\\a.exe\",\"Hashes\":\"{hashes}\""));
    let lines = [
        event(&format!("SHA256={NEW}")),
        event("SHA1=0123456789012345678901234567890123456789,MD5=6F1C0E9A4B7D25830C9E5A7712D84F36"),
        event("IMPHASH=AB"),
    ];
    let folder = project("lookup-remove-event", &[("e.ndjson", lines.join("\n").as_bytes())]);
    insta::assert_snapshot!(folder.session(&[
        "lookup add white --event e.ndjson:1",
        "lookup remove white --event e.ndjson:1 --dry-run",
        "lookup remove white --event e.ndjson:1",
        "lookup remove white --event e.ndjson:1",
        "lookup remove white --event e.ndjson:2 --dry-run",
        "lookup remove white --event e.ndjson:3",
        "lookup remove white --event e.ndjson:9",
        "lookup remove white",
    ]));
    assert_eq!(white(&folder), WHITE);
}

#[test]
fn an_interrupted_change_holds_nobody_up() {
    let folder = project("lookup-interrupted", &[(".white.csv.lock", b""), (".white.csv.new", b"sha256,sha")]);
    let start = std::time::Instant::now();
    assert!(folder.session(&[&format!("lookup add white SHA256={NEW}")]).contains("added to ./white.csv"));
    assert!(start.elapsed() < std::time::Duration::from_secs(9));
    assert!(white(&folder).contains(NEW));
}
