//! Renderings of diagnostics; one file each.
