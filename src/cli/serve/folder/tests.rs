//! Files read, listed, written, renamed and removed, and everything that is refused.

use super::*;

fn folder(name: &str, files: &[(&str, &str)]) -> (std::path::PathBuf, Folder) {
    let root = std::env::temp_dir().join(format!("blocksieve-serve-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&root);
    std::fs::create_dir_all(&root).unwrap();
    for (name, text) in files {
        std::fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
        std::fs::write(root.join(name), text).unwrap();
    }
    let folder = Folder::open(&root).unwrap();
    (root, folder)
}

fn path(text: &str) -> ProjectPath {
    ProjectPath::file(text).unwrap().0
}

fn names(files: &[Listed]) -> Vec<&str> {
    files.iter().map(|file| file.path.as_str()).collect()
}

#[test]
fn a_list_has_what_the_page_can_open() {
    let (root, folder) = folder(
        "list",
        &[("b.rule", "x"), ("a/c.csv", ""), ("a/x.exe", ""), (".git/x.rule", ""), ("sub/blocksieve.toml", "")],
    );
    assert_eq!(names(&folder.list(&[]).unwrap()), ["a/c.csv", "b.rule"]);
    std::fs::remove_dir_all(root).unwrap();
}

#[test]
fn of_files_in_yaml_rules_of_sigma_are_opened_and_no_others() {
    const RULE: &str = "title: T\nlogsource: {category: dns_query}\ndetection: {a: {QueryName: b}, condition: a}\n";
    let (root, folder) = folder("yaml", &[("a.yml", RULE), ("b.yaml", "services: {}\n"), ("sub/sigma.toml", "")]);
    assert_eq!(names(&folder.list(&[]).unwrap()), ["a.yml", "sub/sigma.toml"]);
    let revision = folder.read(&path("a.yml")).unwrap().revision.0;
    let other = path("b.yaml");
    let whole = Revision::of(b"services: {}\n").0;
    let refused = |fault: Fault| assert!(matches!(fault, Fault::NotSigma), "{fault:?}");
    refused(folder.read(&other).unwrap_err());
    refused(folder.write(&other, RULE, Some(&whole)).unwrap_err());
    refused(folder.write(&other, RULE, None).unwrap_err());
    refused(folder.remove(&other, &whole).unwrap_err());
    refused(folder.rename(&other, &path("c.yml"), &whole).unwrap_err());
    refused(folder.rename(&other, &path("c.rule"), &whole).unwrap_err());
    refused(folder.write(&path("a.yml"), "services: {}\n", Some(&revision)).unwrap_err());
    refused(folder.write(&path("new.yml"), "services: {}\n", None).unwrap_err());
    assert_eq!(std::fs::read_to_string(root.join("b.yaml")).unwrap(), "services: {}\n");
    folder.write(&path("a.yml"), &RULE.replace("T", "U"), Some(&revision)).unwrap();
    assert!(!root.join("new.yml").exists());
    std::fs::remove_dir_all(root).unwrap();
}

#[test]
fn a_revision_is_kept_while_time_and_size_are_the_same_and_old() {
    let (root, folder) = folder("kept", &[("b.rule", "one")]);
    let old = std::fs::File::options().write(true).open(root.join("b.rule")).unwrap();
    old.set_modified(SystemTime::now() - Duration::from_secs(60)).unwrap();
    let mut first = folder.list(&[]).unwrap();
    first[0].revision = Some(Revision("kept".to_string()));
    assert_eq!(folder.list(&first).unwrap(), first);
    // A young file is read again though nothing tells that it changed.
    old.set_modified(SystemTime::now()).unwrap();
    let mut young = folder.list(&first).unwrap();
    assert_eq!(young[0].revision, Some(Revision::of(b"one")));
    young[0].revision = Some(Revision("kept".to_string()));
    assert_eq!(folder.list(&young).unwrap()[0].revision, Some(Revision::of(b"one")));
    std::fs::remove_dir_all(root).unwrap();
}

#[test]
fn a_byte_order_mark_and_line_ends_stay() {
    let (root, folder) = folder("mark", &[("b.rule", "\u{feff}one\r\n")]);
    let seen = folder.read(&path("b.rule")).unwrap();
    assert_eq!(seen.text, "one\r\n");
    let next = folder.write(&path("b.rule"), "two\r\nthree", Some(&seen.revision.0)).unwrap();
    assert_eq!(std::fs::read(root.join("b.rule")).unwrap(), b"\xef\xbb\xbftwo\r\nthree");
    assert_eq!(folder.read(&path("b.rule")).unwrap().revision, next);
    std::fs::remove_dir_all(root).unwrap();
}

#[cfg(unix)]
#[test]
fn no_link_is_followed_and_no_pipe_waited_for() {
    let (root, folder) = folder("links", &[("real/b.rule", "inside"), ("real/b.csv", "")]);
    let (outside, _) = self::folder("links-outside", &[("secret.rule", "secret")]);
    std::os::unix::fs::symlink(&outside, root.join("out")).unwrap();
    std::os::unix::fs::symlink("real", root.join("in")).unwrap();
    std::os::unix::fs::symlink(outside.join("secret.rule"), root.join("x.rule")).unwrap();
    std::os::unix::fs::symlink(outside.join("new.rule"), root.join("new.rule")).unwrap();
    std::os::unix::fs::symlink(&outside, root.join("events")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(root.join("pipe.rule")).status().unwrap().success());
    for link in ["out/secret.rule", "in/b.rule", "x.rule", "new.rule"] {
        assert!(matches!(folder.read(&path(link)), Err(Fault::Link)), "{link}");
        assert!(matches!(folder.write(&path(link), "y", None), Err(Fault::Link)), "{link}");
        assert!(matches!(folder.remove(&path(link), ""), Err(Fault::Link)), "{link}");
    }
    assert!(matches!(folder.write(&path("out/new.rule"), "y", None), Err(Fault::Link)));
    assert!(matches!(folder.read(&path("pipe.rule")), Err(Fault::NoFile)));
    assert!(matches!(folder.read(&path("real/b.csv/x.rule")), Err(Fault::NoFile)));
    assert_eq!(names(&folder.list(&[]).unwrap()), ["real/b.csv", "real/b.rule"]);
    assert!(folder.samples().unwrap().is_empty());
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 1);
    std::fs::remove_dir_all(root).unwrap();
    std::fs::remove_dir_all(outside).unwrap();
}

#[test]
fn a_change_needs_the_state_that_its_author_saw() {
    let (root, folder) = folder("states", &[("b.rule", "one")]);
    let b = path("b.rule");
    let one = folder.read(&b).unwrap().revision.0;
    folder.write(&b, "two", Some(&one)).unwrap();
    let told = |fault: Fault| match fault {
        Fault::Conflict(now) => now.map(|now| now.text),
        other => panic!("{other:?}"),
    };
    assert_eq!(told(folder.write(&b, "three", Some(&one)).unwrap_err()), Some("two".to_string()));
    assert_eq!(told(folder.write(&b, "three", None).unwrap_err()), Some("two".to_string()));
    assert_eq!(told(folder.write(&path("c.rule"), "three", Some(&one)).unwrap_err()), None);
    assert_eq!(told(folder.remove(&b, &one).unwrap_err()), Some("two".to_string()));
    let two = folder.read(&b).unwrap().revision.0;
    folder.write(&path("new/sub/c.rule"), "c", None).unwrap();
    assert_eq!(told(folder.rename(&b, &path("new/sub/c.rule"), &two).unwrap_err()), Some("c".to_string()));
    folder.rename(&b, &path("moved/b.rule"), &two).unwrap();
    assert_eq!(names(&folder.list(&[]).unwrap()), ["moved/b.rule", "new/sub/c.rule"]);
    folder.remove(&path("moved/b.rule"), &two).unwrap();
    // Nothing is left beside.
    let left: usize = ["", "moved", "new/sub"].iter().map(|at| std::fs::read_dir(root.join(at)).unwrap().count()).sum();
    // Of the project the folder `moved`, empty now, and `new`; in `new/sub` the one file.
    assert_eq!(left, 3);
    std::fs::remove_dir_all(root).unwrap();
}
