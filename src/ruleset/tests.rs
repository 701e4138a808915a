//! What is left of a set of rules for a text.
