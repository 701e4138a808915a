//! What is certain about the log manager's message before one is there.
//!
//! In: paths. Out: what kind of value stands there. Never here: the fields of parsers, of which nothing is certain.

/// Is it a dictionary?
pub(crate) fn dictionary(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    let typed = last.split_once('@').filter(|(plain, _)| !plain.is_empty()).map(|(_, kind)| kind);
    matches!(path, "" | "msg" | "meta" | "meta.src") || matches!(typed, Some("int" | "float" | "ip" | "mac"))
}

/// Is it a list?
pub(crate) fn list(path: &str) -> bool {
    matches!(path, "meta.tags" | "meta.tags@id" | "meta.alert")
}

/// Is it anything but a text?
pub(crate) fn no_text(path: &str) -> bool {
    dictionary(path) || list(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_values_are_dictionaries_and_what_is_in_them_is_not() {
        for path in ["", "msg", "meta", "meta.src", "msg.port@int", "meta.src.ip@ip"] {
            assert!(dictionary(path), "{path}");
        }
        for path in ["msg.port", "msg.port@int.value", "raw", "@ip", "@timestamp", "msg.a@ip.b", "meta.tags@id"] {
            assert!(!dictionary(path), "{path}");
        }
    }
}
