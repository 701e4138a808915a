//! The `blocksieve` program: see [`blocksieve::cli`].

use blocksieve::cli::exit::Exit;

fn main() -> Exit {
    blocksieve::cli::main()
}
