//! Writes the JavaScript through which a page calls the built module.
//!
//! In: the path of the module that cargo built and a folder. Out: in that folder the module ready to be loaded, its
//! JavaScript and its TypeScript types. `build.sh` runs this, so that nobody installs a tool of a matching version: the
//! version stands in Cargo.lock. Never here: anything that belongs to the module itself.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let (Some(module), Some(folder), None) = (args.next(), args.next(), args.next()) else {
        eprintln!("usage: wasm-bindings MODULE FOLDER");
        return ExitCode::from(4);
    };
    match write(Path::new(&module), Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("wasm-bindings: {message}");
            ExitCode::FAILURE
        }
    }
}

fn write(module: &Path, folder: &Path) -> Result<(), String> {
    // One set for pages and for Node: what the tests load is, byte for byte, what is shipped.
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen
        .web(true)
        .map_err(|error| format!("{error:#}"))?
        .input_path(module)
        .out_name("blocksieve")
        .typescript(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
        .map_err(|error| format!("{}: {error:#}", module.display()))?;
    // Without it Node takes a `.js` file for the older kind of module.
    let manifest = folder.join("package.json");
    std::fs::write(&manifest, "{ \"private\": true, \"type\": \"module\" }\n")
        .map_err(|error| format!("{}: {error}", manifest.display()))
}
