//! Names of event data that other channels of Windows are known by, so that a rule on them is not taken for a slip.
//!
//! In: a name. Out: yes or no. Never here: which event has it; for that there is no catalogue, only the channels' own documentation. From general
//! knowledge of the channels Security, System, PowerShell, Defender, Task Scheduler and Firewall.

/// In the order of the alphabet.
const NAMES: &[&str] = &[
    "AccessList",
    "AccessMask",
    "AccountExpires",
    "AccountName",
    "Action",
    "Application",
    "ApplicationPath",
    "AuditPolicyChanges",
    "AuthenticationPackageName",
    "CallerProcessName",
    "ContextInfo",
    "DestAddress",
    "DestPort",
    "DetectionUser",
    "Direction",
    "EngineVersion",
    "ErrorCode",
    "EventSourceName",
    "FailureReason",
    "FilterOrigin",
    "GroupName",
    "HandleId",
    "HostApplication",
    "HostName",
    "ImagePath",
    "ImpersonationLevel",
    "IpAddress",
    "IpPort",
    "KeyLength",
    "LmPackageName",
    "LogonProcessName",
    "LogonType",
    "MandatoryLabel",
    "MemberName",
    "MemberSid",
    "MessageNumber",
    "MessageTotal",
    "NewProcessId",
    "NewProcessName",
    "NewTargetUserName",
    "ObjectName",
    "ObjectServer",
    "ObjectType",
    "ObjectValueName",
    "OldTargetUserName",
    "OperationType",
    "ParentProcessName",
    "Path",
    "Payload",
    "PreAuthType",
    "PrivilegeList",
    "ProcessName",
    "Properties",
    "RelativeTargetName",
    "RuleId",
    "SamAccountName",
    "ScriptBlockId",
    "ScriptBlockText",
    "ServiceFileName",
    "ServiceName",
    "ServiceSid",
    "ServiceStartType",
    "ServiceType",
    "SessionName",
    "ShareLocalPath",
    "ShareName",
    "SourceAddress",
    "StartType",
    "Status",
    "SubStatus",
    "SubcategoryGuid",
    "SubjectDomainName",
    "SubjectLogonId",
    "SubjectUserName",
    "SubjectUserSid",
    "TargetDomainName",
    "TargetInfo",
    "TargetLogonGuid",
    "TargetLogonId",
    "TargetName",
    "TargetServerName",
    "TargetSid",
    "TargetUserName",
    "TargetUserSid",
    "TaskContent",
    "TaskName",
    "ThreatName",
    "TicketEncryptionType",
    "TicketOptions",
    "TokenElevationType",
    "TransmittedServices",
    "UserAccountControl",
    "UserPrincipalName",
    "VirtualAccount",
    "Workstation",
    "WorkstationName",
];

/// Is it one of them?
pub fn known_elsewhere(name: &str) -> bool {
    let name = name.strip_prefix("winlog.event_data.").unwrap_or(name);
    NAMES.binary_search(&name).is_ok()
}

/// Their names.
#[cfg(feature = "templates")]
pub(crate) fn names_elsewhere() -> impl Iterator<Item = &'static str> {
    NAMES.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_in_order_and_none_is_sysmons() {
        assert!(NAMES.is_sorted());
        let catalogue = crate::sysmon::Catalogue::standard();
        for name in NAMES {
            assert!(catalogue.field_names().all(|known| known != *name), "{name}");
            assert!(known_elsewhere(name), "{name}");
        }
    }
}
