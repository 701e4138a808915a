#!/usr/bin/env bash
# Builds the library for the browser into www/wasm/pkg, as two modules, and weighs them. With Node it makes them a little smaller.
#
# In: the sources. Out: www/wasm/pkg/{blocksieve.js, blocksieve_bg.wasm, *.d.ts}, the engine; the same in www/wasm/pkg/more, what a
# page loads when it is needed (EVTX and all other forms, Winlogbeat's configurations, tests); gzipped sizes on standard output.
# Exit status: 0 built; 1 failed or over the budget; 77 no toolchain for wasm32 here (said on standard error).
#
# The toolchain is the first of these that is there:
#   installed  the Rust in use already has the standard library for wasm32
#   rustup     `rustup target add` fetches it
#   debian     Debian's rustc-web, cargo-web and rust-web-src, which build the standard library from its source
# BLOCKSIEVE_WASM_TOOLCHAIN=installed|rustup|debian allows only that one.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Bytes of the engine, gzipped: 1 MiB. Most of the last 60 KiB are the lints over all rules of a project with their words, which the page tells while
# somebody draws, and alerts that count, which the preview decides: neither can wait for the second module.
budget=1048576
target=wasm32-unknown-unknown
package=www/wasm/pkg
only=${BLOCKSIEVE_WASM_TOOLCHAIN:-}
# A folder of its own: another compiler's builds would take turns with the host's for the lock.
built=${CARGO_TARGET_DIR:-target}/wasm

# The deepest rule that the scan lets through (limits::DEPTH) takes about a twentieth of this when it is parsed. It is what
# Rust gives by default; said here so that it is a decision. tests/browser/limits.mjs goes to the limit.
#
# simd128: every browser of the last years has it. The cfg is for getrandom, which the crate evtx brings.
#
# inline-threshold: the profile asks for small code, which inlines next to nothing. With 70 decisions are a quarter faster, for 9 % more
# bytes; opt-level "s" with as many bytes more is slower (benches/README.md).
stack="-C link-arg=-zstack-size=1048576 -C target-feature=+simd128 -C llvm-args=-inline-threshold=70"
stack="$stack --cfg getrandom_backend=\"wasm_js\""
flags=(build --lib --profile wasm --target "$target" --no-default-features)

allowed() { [ -z "$only" ] || [ "$only" = "$1" ]; }

has_standard_library() {
    local folder
    folder=$(rustc --print target-libdir --target "$target" 2>/dev/null) && compgen -G "$folder/libstd-*.rlib" >/dev/null
}

# Debian's compiler needs a linker that knows wasm: lld, or the one that rustup's toolchain carries.
wasm_linker() {
    local found
    for found in wasm-ld wasm-ld-19 wasm-ld-16 wasm-ld-14; do
        if command -v "$found"; then return; fi
    done
    for found in "$(rustc --print sysroot 2>/dev/null)"/lib/rustlib/*/bin/rust-lld; do
        if [ -x "$found" ]; then
            echo "$found"
            return
        fi
    done
    return 1
}

debian=/usr/bin
has_debian() {
    [ -x "$debian/cargo" ] && [ -x "$debian/rustc" ] &&
        [ -e "$("$debian/rustc" --print sysroot)/lib/rustlib/src/rust/library/Cargo.lock" ] && wasm_linker >/dev/null
}

# What was built before must not pass for what is built now.
rm -rf "$package"

if allowed installed && has_standard_library; then
    way=installed
elif allowed rustup && command -v rustup >/dev/null && timeout 120 rustup target add "$target" >&2 && has_standard_library; then
    way=rustup
elif allowed debian && has_debian; then
    way=debian
else
    echo "skipped: no Rust for $target here; run \`rustup target add $target\`," \
        "or install Debian's rustc-web cargo-web rust-web-src lld" >&2
    exit 77
fi

echo "wasm: toolchain: $way" >&2
build() { # FEATURE FOLDER
    case $way in
    installed | rustup)
        RUSTFLAGS="${RUSTFLAGS:-} $stack" cargo "${flags[@]}" --target-dir "$2" --features "$1"
        ;;
    debian)
        # The switch lets a released compiler build its own standard library, and nothing else here needs it.
        RUSTC_BOOTSTRAP=1 RUSTC="$debian/rustc" RUSTFLAGS="${RUSTFLAGS:-} $stack" \
            CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$(wasm_linker)" \
            "$debian/cargo" "${flags[@]}" --target-dir "$2" --features "$1" -Z build-std=std,panic_abort
        ;;
    esac
}

bindings() { # FOLDER PACKAGE
    cargo run --quiet --no-default-features --features bindings --bin wasm-bindings -- \
        "$1/$target/wasm/blocksieve.wasm" "$2"
}

# What is built so far is built for a folder beside it too. Cargo's notes first: what a note speaks of is whole by then, and what came later
# without one is built again.
share() { # FOLDER BESIDE
    local folder notes
    for notes in "$1"/wasm/.fingerprint "$1/$target"/wasm/.fingerprint; do
        folder=${notes%/.fingerprint}
        [ -d "$notes" ] || continue
        mkdir -p "$2${folder#"$1"}"
        cp -a "$notes" "$folder/build" "$folder/deps" "$2${folder#"$1"}"
    done
}

# What wasm-opt does that leaves fewer bytes to load. Its levels -O2 to -Oz take 8 % of the module, but what they leave packs worse: 4 %
# more bytes gzipped, for the same speed.
passes=(--duplicate-function-elimination --remove-unused-module-elements --memory-packing)
passes+=(--enable-simd --enable-bulk-memory --enable-bulk-memory-opt --enable-nontrapping-float-to-int --enable-sign-ext)
passes+=(--enable-mutable-globals --enable-reference-types --enable-multivalue)
wasm_opt=www/node_modules/.bin/wasm-opt
optimise() { # FOLDER
    if [ -x "$wasm_opt" ]; then
        "$wasm_opt" "${passes[@]}" "$1/blocksieve_bg.wasm" -o "$1/blocksieve_bg.wasm"
    else
        echo "wasm: a percent larger than it need be: no wasm-opt here, www/packages.sh installs it" >&2
    fi
}

weigh() { # NAME FOLDER
    local module=$2/blocksieve_bg.wasm
    plain=$(wc -c <"$module")
    gzipped=$(gzip -9 -c "$module" | wc -c)
    echo "wasm: $1: $((plain)) bytes, $((gzipped)) gzipped"
}

www/packages.sh || [ $? = 77 ]
# Each module is compiled as one piece, by one core: both at a time, each in a folder of its own, for cargo locks the one it works in. While the
# second module's dependencies are built, the other core builds what writes the JavaScript; then the engine begins with what is there.
build wasm-more "$built" &
more=$!
status=0
{
    cargo build --quiet --no-default-features --features bindings --bin wasm-bindings &&
        { [ -d "$built-engine" ] || share "$built" "$built-engine"; } &&
        build wasm "$built-engine"
} || status=$?
wait "$more" || status=$?
[ "$status" = 0 ] || exit "$status"
bindings "$built" "$package/more"
optimise "$package/more"
weigh "second module" "$package/more"
bindings "$built-engine" "$package"
optimise "$package"
weigh "engine (budget $budget)" "$package"
if [ "$gzipped" -gt "$budget" ]; then
    echo "wasm: over the budget by $((gzipped - budget)) bytes" >&2
    exit 1
fi
