//! The module file.
//!
//! | bytes | what |
//! | --- | --- |
//! | 8 | magic `BLKSIEVE` |
//! | 2 | version, little endian |
//! | 4 | length of the body, little endian |
//! | 4 | CRC-32 of the body, little endian |
//! | the rest | the body: a [`Module`] in postcard's encoding |
//!
//! In: a module, or bytes of any kind. Out: bytes, or a verified module or the reason why not. The same module gives the
//! same bytes. Never here: trust in what was read.

use super::{Invalid, Module, Verified};

/// First bytes of every module.
pub const MAGIC: &[u8; 8] = b"BLKSIEVE";
/// The version that this build writes and reads.
pub const VERSION: u16 = 4;
const HEADER: usize = 18;

/// Why a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// It does not begin with the magic.
    NotAModule,
    /// It is of another version.
    Version {
        /// The file's.
        found: u16,
    },
    /// It is cut short, has bytes to spare, or its checksum does not fit.
    Damaged(&'static str),
    /// Its body is no module.
    Undecodable,
    /// It breaks the rules of bytecode.
    Invalid(Invalid),
}

impl LoadError {
    /// The diagnostic's code.
    pub fn code(&self) -> crate::diagnostic::Code {
        use crate::diagnostic::Code;
        match self {
            LoadError::NotAModule => Code::NotAModule,
            LoadError::Version { .. } => Code::ModuleVersion,
            LoadError::Damaged(_) | LoadError::Undecodable => Code::ModuleDamaged,
            LoadError::Invalid(_) => Code::ModuleInvalid,
        }
    }
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LoadError::NotAModule => write!(f, "this is not a module: it does not begin with BLKSIEVE"),
            LoadError::Version { found } => {
                let what = if *found > VERSION { "newer" } else { "older" };
                write!(
                    f,
                    "the module is of the {what} version {found}, and this program reads version {VERSION}: compile the rules again"
                )
            }
            LoadError::Damaged(why) => write!(f, "the module is damaged: {why}"),
            LoadError::Undecodable => write!(f, "the module is damaged: its body cannot be decoded"),
            LoadError::Invalid(invalid) => write!(f, "the module breaks the rules of bytecode: {invalid}"),
        }
    }
}

impl std::error::Error for LoadError {}

/// The module as bytes.
pub fn write(module: &Module) -> Vec<u8> {
    let body = postcard::to_allocvec(module).unwrap_or_default();
    let mut out = Vec::with_capacity(HEADER + body.len());
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&VERSION.to_le_bytes());
    out.extend_from_slice(&(body.len() as u32).to_le_bytes());
    out.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
    out.extend_from_slice(&body);
    out
}

/// Reads and verifies a module.
pub fn read(bytes: &[u8]) -> Result<Verified, LoadError> {
    if !bytes.starts_with(MAGIC) {
        return Err(LoadError::NotAModule);
    }
    let short = LoadError::Damaged("it is cut short");
    let version = bytes.get(8..10).and_then(|b| b.try_into().ok()).map(u16::from_le_bytes).ok_or(short.clone())?;
    if version != VERSION {
        return Err(LoadError::Version { found: version });
    }
    let word =
        |at: usize| bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes).ok_or(short.clone());
    let (length, checksum) = (word(10)? as usize, word(14)?);
    let body = bytes.get(HEADER..).unwrap_or_default();
    match body.len().cmp(&length) {
        std::cmp::Ordering::Less => return Err(short),
        std::cmp::Ordering::Greater => return Err(LoadError::Damaged("it has bytes behind its end")),
        std::cmp::Ordering::Equal => {}
    }
    if crc32fast::hash(body) != checksum {
        return Err(LoadError::Damaged("its checksum does not fit"));
    }
    let module: Module = postcard::from_bytes(body).map_err(|_| LoadError::Undecodable)?;
    Verified::new(module).map_err(LoadError::Invalid)
}
