//! Tests of coverage: small rules whose coverage is known by hand.
