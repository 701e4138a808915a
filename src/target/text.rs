pub fn write_condition(def: &crate::ast::Definition, id: crate::ast::CondId) -> String {
    String::new()
}
