//! What belongs to Windows, and is therefore no good entry of a white list.
//!
//! In: what an event, or a person, says of a file. Out: why it counts as a component of Windows, if it does. Intruders bring few
//! programs of their own: they run those that are there, and those have the same hash in their hands. Whoever whitelists one
//! no longer sees what is done with it. Never here: whether the file is what it says; a hash says that.
//!
//! The first line that holds counts:
//!
//! | what is known | is a component |
//! | --- | --- |
//! | the file's own name is one of [`NAMES`] | yes: wherever it lies, and also a copy of it |
//! | the original name in its version information is one of them | yes: renamed |
//! | it is signed by `Microsoft Windows` | yes |
//! | its product is the Windows operating system | yes |
//! | it lies in one of [`FOLDERS`], or in the Windows folder itself | yes, unless it has a valid signature of somebody other than Microsoft: drivers of all vendors lie there |

use crate::fold::fold;

/// Programs and libraries of Windows that are run in somebody else's cause, in small letters, by what each of a group does.
pub const NAMES: &[(&str, &str)] = &[
    (
        "runs as part of the system, where injected code hides",
        "csrss.exe dllhost.exe explorer.exe fontdrvhost.exe lsaiso.exe lsass.exe ntoskrnl.exe runtimebroker.exe \
         searchindexer.exe searchprotocolhost.exe services.exe sihost.exe smss.exe spoolsv.exe svchost.exe \
         taskhost.exe taskhostw.exe trustedinstaller.exe userinit.exe werfault.exe wininit.exe winlogon.exe \
         wmiapsrv.exe wmiprvse.exe wsmprovhost.exe",
    ),
    (
        "runs whatever commands or scripts it is given",
        "bash.exe cmd.exe conhost.exe cscript.exe forfiles.exe ftp.exe hh.exe mmc.exe mshta.exe pcalua.exe \
         powershell.exe powershell_ise.exe pwsh.exe scriptrunner.exe syncappvpublishingserver.exe winrs.exe \
         wmic.exe wscript.exe wsl.exe wt.exe",
    ),
    (
        "loads or builds whatever code it is given",
        "advpack.dll aspnet_compiler.exe cmstp.exe comsvcs.dll control.exe csc.exe dfsvc.exe dfshim.dll \
         ieadvpack.dll ieexec.exe ieframe.dll infdefaultinstall.exe installutil.exe jsc.exe mavinject.exe \
         microsoft.workflow.compiler.exe msbuild.exe mshtml.dll msiexec.exe odbcconf.exe presentationhost.exe \
         regasm.exe register-cimprovider.exe regsvcs.exe regsvr32.exe rundll32.exe scrobj.dll setupapi.dll \
         shdocvw.dll shell32.dll syssetup.dll url.dll vbc.exe verclsid.exe xwizard.exe zipfldr.dll",
    ),
    (
        "fetches, hides or copies files",
        "bitsadmin.exe certoc.exe certreq.exe certutil.exe curl.exe desktopimgdownldr.exe diantz.exe esentutl.exe \
         expand.exe extrac32.exe finger.exe makecab.exe print.exe replace.exe robocopy.exe tar.exe xcopy.exe",
    ),
    (
        "changes the system, or asks it who is there",
        "at.exe auditpol.exe bcdedit.exe cipher.exe cmdkey.exe diskshadow.exe dism.exe dsquery.exe fltmc.exe \
         icacls.exe mstsc.exe msdt.exe net.exe net1.exe netsh.exe nltest.exe ntdsutil.exe reg.exe regedit.exe \
         regini.exe sc.exe schtasks.exe systeminfo.exe takeown.exe taskkill.exe tasklist.exe vssadmin.exe \
         wbadmin.exe wevtutil.exe whoami.exe",
    ),
    (
        "gets more rights than whoever starts it",
        "computerdefaults.exe consent.exe eventvwr.exe fodhelper.exe sdclt.exe slui.exe wsreset.exe wusa.exe",
    ),
];

/// Folders of Windows, in small letters.
pub const FOLDERS: &str =
    "system32 syswow64 sysarm32 sysnative winsxs microsoft.net assembly servicing systemapps immersivecontrolpanel";

/// What is known of a file. What is not known is empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct File<'a> {
    /// Where it lies, or its name.
    pub path: &'a str,
    /// `OriginalFileName`, out of its version information.
    pub original_name: &'a str,
    /// `Product`, out of the same.
    pub product: &'a str,
    /// `Signature`: who signed it.
    pub signature: &'a str,
    /// `Signed` is `true` and `SignatureStatus` is `Valid`.
    pub valid: bool,
}

/// Why a file counts as a component of Windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Component {
    /// By its name, which is good for this.
    Name {
        /// The name.
        name: &'static str,
        /// Why intruders like it.
        why: &'static str,
    },
    /// By the original name, which is good for this.
    OriginalName {
        /// The name.
        name: &'static str,
        /// Why intruders like it.
        why: &'static str,
    },
    /// By its signature.
    Signature,
    /// By its product.
    Product,
    /// By the folder.
    Folder(&'static str),
}

impl std::fmt::Display for Component {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Component::Name { name, why } => write!(f, "{name} belongs to Windows, and {why}"),
            Component::OriginalName { name, why } => write!(f, "it is {name} by its original name, which {why}"),
            Component::Signature => write!(f, "it is signed as a part of Windows"),
            Component::Product => write!(f, "its version information says that it is a part of Windows"),
            Component::Folder(folder) => write!(f, "it lies in {folder}, where Windows' own files are"),
        }
    }
}

/// Is the file a component of Windows, and why?
pub fn component(file: &File<'_>) -> Option<Component> {
    let path = fold(file.path).replace('/', "\\");
    if let Some((name, why)) = listed(file_name(&path)) {
        return Some(Component::Name { name, why });
    }
    if let Some((name, why)) = listed(&fold(file.original_name)) {
        return Some(Component::OriginalName { name, why });
    }
    let signature = fold(file.signature);
    if matches!(signature.as_str(), "microsoft windows" | "microsoft windows publisher") {
        return Some(Component::Signature);
    }
    // `Microsoft® Windows® Operating System`, in all languages.
    let letters: String = fold(file.product).chars().filter(char::is_ascii_alphabetic).collect();
    if letters.contains("microsoftwindows") {
        return Some(Component::Product);
    }
    let of_others = file.valid && !matches!(signature.as_str(), "" | "-") && !signature.contains("microsoft");
    if of_others { None } else { folder(&path).map(Component::Folder) }
}

/// The name without folder and stream.
fn file_name(path: &str) -> &str {
    let name = path.rsplit('\\').next().unwrap_or(path);
    name.split(':').next().unwrap_or(name)
}

fn listed(name: &str) -> Option<(&'static str, &'static str)> {
    // Windows does not look at dots and blanks at the end of a name.
    let name = name.trim_end_matches(['.', ' ']);
    NAMES.iter().find_map(|(why, names)| Some((names.split(' ').find(|own| *own == name)?, *why)))
}

/// The folder of Windows that a folded path leads into, however it begins: with a drive, a device or `\SystemRoot`.
fn folder(path: &str) -> Option<&'static str> {
    let below = ["\\windows\\", "\\systemroot\\", "%systemroot%\\", "%windir%\\"];
    let inside = below.iter().find_map(|root| path.split_once(root)).map(|(_, inside)| inside);
    // What `\SystemRoot` leaves out is also left out whole: `System32\drivers\x.sys`.
    let inside = inside.unwrap_or(path);
    let (first, rest) = inside.split_once('\\').unwrap_or((inside, ""));
    if rest.is_empty() {
        return (inside.len() < path.len()).then_some("the Windows folder");
    }
    FOLDERS.split(' ').find(|own| *own == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> Option<Component> {
        component(&File { path, ..File::default() })
    }

    #[test]
    fn names_are_in_small_letters_and_each_is_there_once() {
        let mut seen = std::collections::BTreeSet::new();
        for (why, names) in NAMES {
            assert!(!why.is_empty());
            for name in names.split(' ') {
                assert!(fold(name) == name && !name.is_empty());
                assert!(seen.insert(name), "{name}");
            }
        }
        for page in ["svchost.exe", "wmiprvse.exe", "certutil.exe"] {
            assert!(seen.contains(page), "the page names {page}");
        }
    }

    #[test]
    fn a_component_is_known_by_its_name_wherever_it_lies() {
        for path in [
            r"C:\Windows\System32\svchost.exe",
            r"C:\Users\Public\WMIPRVSE.EXE",
            r"D:/tools/CertUtil.exe",
            "powershell.exe",
            "ſvchost.exe",
            r"C:\x\cmd.exe:stream",
            "cmd.exe. ",
        ] {
            assert!(matches!(at(path), Some(Component::Name { .. })), "{path}");
        }
        let renamed = File { path: r"C:\Users\Public\a.exe", original_name: "CertUtil.exe", ..File::default() };
        assert!(matches!(component(&renamed), Some(Component::OriginalName { name: "certutil.exe", .. })));
    }

    #[test]
    fn or_by_where_it_lies() {
        for path in [
            r"C:\Windows\System32\unheard-of.exe",
            r"e:\WINDOWS\SysWOW64\a\b.dll",
            r"C:\Windows\WinSxS\x\y.dll",
            r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319\clr.dll",
            r"\SystemRoot\System32\drivers\x.sys",
            r"\Device\HarddiskVolume3\Windows\System32\x.dll",
            r"\??\C:\Windows\System32\x.sys",
            r"System32\drivers\x.sys",
            r"C:\Windows\notepad.exe",
            r"C:\Program Files\..\Windows\System32\x.dll",
        ] {
            assert!(matches!(at(path), Some(Component::Folder(_))), "{path}");
        }
        for path in [
            r"C:\Program Files\Sample Backup\backupagent.exe",
            r"C:\Windows\Temp\setup.exe",
            r"C:\Users\eva\System32\x.exe",
            r"C:\Users\eva\Downloads\windows\x.exe.txt\a",
            "labelprn.sys",
            "*:SmartScreen",
            "",
        ] {
            assert_eq!(at(path), None, "{path}");
        }
    }

    #[test]
    fn or_by_signature_and_product_unless_somebody_else_signed_it() {
        let driver = File { path: r"C:\Windows\System32\drivers\labelprn.sys", ..File::default() };
        let signed = |signature, valid| component(&File { signature, valid, ..driver });
        assert_eq!(signed("Sample Labels Ltd", true), None);
        assert_eq!(signed("Sample Labels Ltd", false), Some(Component::Folder("system32")));
        assert_eq!(signed("-", true), Some(Component::Folder("system32")));
        // Microsoft signs drivers of others too, and some of those are the vulnerable ones.
        let publisher = "Microsoft Windows Hardware Compatibility Publisher";
        assert_eq!(signed(publisher, true), Some(Component::Folder("system32")));
        assert_eq!(signed("Microsoft Windows", true), Some(Component::Signature));
        let product = |product| component(&File { path: r"C:\x\y.exe", product, ..File::default() });
        assert_eq!(product("Microsoft® Windows® Operating System"), Some(Component::Product));
        assert_eq!(product("Betriebssystem Microsoft® Windows®"), Some(Component::Product));
        assert_eq!(product("Microsoft Edge"), None);
        assert_eq!(product("Sample Backup for Windows"), None);
    }
}
