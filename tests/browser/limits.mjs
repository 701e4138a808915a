// Hostile sizes, in the browser's module: each ends in a result, none in a trap.
//
// In: www/wasm/pkg, built by www/wasm/build.sh; the same bytes that a page loads. Run: node --test tests/browser/limits.mjs
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const folder = new URL("../../www/wasm/pkg/", import.meta.url);
const blocksieve = await import(new URL("blocksieve.js", folder));
blocksieve.initSync({ module: readFileSync(new URL("blocksieve_bg.wasm", folder)) });

test("the module says which version it is", () => {
  assert.match(blocksieve.version(), /^\d+\.\d+\.\d+$/);
});
