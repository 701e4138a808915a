//! Columns of hashes, and rows that are to be added.

use super::*;
use crate::table::hashes::{kind, wrong};
use crate::table::row::{self, Refused};

const EMPTY: [(&str, &str); 3] = [
    ("MD5", "d41d8cd98f00b204e9800998ecf8427e"),
    ("SHA1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
];

#[test]
fn what_is_no_hash_of_a_file_is_told() {
    let text = format!(
        "sha256,sha1,md5,file\n{},,,good\nab,,,short\n{},,,no digit\n{},,,zeros\n{},,,a SHA1\n-,-,-,dashes\n,,,no hash\n",
        sha256('0'),
        "g".repeat(64),
        "0".repeat(64),
        "a".repeat(40)
    );
    insta::assert_snapshot!(read_with(&text, &["sha256", "sha1", "md5"]).1.join("\n"), @"
    3:1 BS0310 this is not a SHA256: it has 2 digits (copy it again: a SHA256 has 64 hexadecimal digits)
    4:1 BS0310 this is not a SHA256: `g` is no hexadecimal digit (copy it again: a SHA256 has 64 hexadecimal digits)
    5:1 BS0506 this SHA256 is all zeros, which Sysmon writes where there is no hash (take the row out: it stands for no file that somebody could have looked at)
    6:1 BS0310 this is not a SHA256: it has 40 digits (if it is a SHA1, put it into the column for that)
    7:1 BS0310 this is not a SHA256: `-` is no hexadecimal digit (copy it again: a SHA256 has 64 hexadecimal digits)
    7:3 BS0310 this is not a SHA1: `-` is no hexadecimal digit (copy it again: a SHA1 has 40 hexadecimal digits)
    7:5 BS0310 this is not an MD5: `-` is no hexadecimal digit (copy it again: an MD5 has 32 hexadecimal digits)
    ");
    // What nobody declared is text.
    assert_eq!(read(&text).1, Vec::<String>::new());
}

#[test]
fn the_hash_of_an_empty_file_is_told_in_either_case() {
    for (word, hash) in EMPTY {
        for hash in [hash.to_string(), hash.to_uppercase()] {
            let (_, told) = read_with(&format!("{word}\n{hash}\n"), &[word]);
            assert_eq!(told.len(), 1);
            assert!(told[0].contains(&format!("BS0506 this is the {word} of an empty file")), "{told:?}");
        }
        let last = if hash.ends_with('0') { '1' } else { '0' };
        let near = format!("{}{last}", &hash[..hash.len() - 1]);
        assert_eq!(wrong(kind(word).unwrap(), &near), None, "one digit makes it another hash");
    }
}

#[test]
fn a_repeated_hash_is_told_with_both_lines() {
    let (a, b) = (sha256('a'), sha256('B'));
    let text = format!("sha256,file\n{b},1\n{a},2\n{},3\n,4\n,5\n{},6\n", b.to_lowercase(), a.to_uppercase());
    insta::assert_snapshot!(read_with(&text, &["sha256"]).1.join("\n"), @"
    4:1 BS0507 this SHA256 is in the table already (take one of the two rows out, here: 2:1)
    7:1 BS0507 this SHA256 is in the table already (take one of the two rows out, here: 3:1)
    ");
}

#[test]
fn hashes_that_begin_alike_are_no_repeated_ones() {
    let text: String = (0..3000).map(|n| format!("{:064x}\n", n % 2999 + 1)).collect();
    let (_, told) = read_with(&format!("sha256\n{text}"), &["sha256"]);
    assert_eq!(told, ["3001:1 BS0507 this SHA256 is in the table already (take one of the two rows out, here: 2:1)"]);
}

#[test]
fn a_column_of_imphashes_is_refused_beside_hashes_of_files() {
    let text = format!("sha256,ImpHash\n{},{}\n", sha256('1'), "ab".repeat(16));
    assert!(
        read_with(&text, &["sha256"]).1[0].starts_with("1:8 BS0508 a column of IMPHASHes (take it out: one IMPHASH")
    );
    assert_eq!(read(&text).1, Vec::<String>::new());
}

/// A row for a table with one row, of hashes.
fn new(values: &[(usize, &str)]) -> Result<Vec<String>, Refused> {
    let text = format!("sha256,sha1,file\n{},{},a\n", sha256('1'), "cd".repeat(20));
    let (sheet, _) = read_with(&text, &["sha256", "sha1"]);
    row::new(&sheet, 0, values.iter().map(|(column, value)| (*column, (*value).to_string())).collect())
}

#[test]
fn a_row_has_its_hashes_as_sysmon_writes_them() {
    assert_eq!(
        new(&[(2, " b "), (0, &format!(" {} ", sha256('2').to_lowercase()))]),
        Ok(vec![sha256('2'), String::new(), " b ".to_string()])
    );
}

#[test]
fn a_row_that_is_there_or_has_no_hash_of_a_file_is_refused() {
    let hash = sha256('2');
    let there = |column: &str, value: String| Refused::There { column: column.to_string(), value, row: 0 };
    assert_eq!(new(&[(0, &sha256('1').to_lowercase())]), Err(there("sha256", sha256('1'))));
    assert_eq!(new(&[(0, &hash), (1, &"Cd".repeat(20))]), Err(there("sha1", "CD".repeat(20))));
    assert_eq!(new(&[(2, "b")]), Err(Refused::NoKey(vec!["sha256".to_string(), "sha1".to_string()])));
    assert_eq!(new(&[(0, &hash), (0, &hash)]), Err(Refused::Twice("sha256".to_string())));
    assert_eq!(new(&[(0, &hash), (2, "a\0")]), Err(Refused::Nul("file".to_string())));
    for bad in ["00", &"0".repeat(64), EMPTY[2].1] {
        assert!(matches!(new(&[(0, bad)]), Err(Refused::Hash { .. })), "{bad}");
    }
}

#[test]
fn without_hashes_the_key_finds_a_row() {
    let (sheet, _) = read("host,owner\nadmin01,Ann\n,Bob\n");
    let new = |host: &str| row::new(&sheet, 0, vec![(0, host.to_string()), (1, "Ann".to_string())]);
    assert_eq!(new("admin02"), Ok(vec!["admin02".to_string(), "Ann".to_string()]));
    assert!(matches!(new("ADMIN01"), Err(Refused::There { row: 0, .. })));
    assert_eq!(new(""), Err(Refused::NoKey(vec!["host".to_string()])));
}
