// Hostile sizes, in the browser's module: each ends in a result, none in a trap.
//
// In: www/wasm/pkg, built by www/wasm/build.sh; the same bytes that a page loads. Run: node --test tests/browser/limits.mjs
// The limits stand in src/limits.rs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";

const folder = new URL("../../www/wasm/pkg/", import.meta.url);
const blocksieve = await import(new URL("blocksieve.js", folder));
blocksieve.initSync({ module: readFileSync(new URL("blocksieve_bg.wasm", folder)) });

const DEPTH = 64;
let checked = 0;

/** What `check` says of a text. A trap would leave the module unusable, so the next call shows that there was none. */
function check(text) {
  const result = JSON.parse(blocksieve.check(text));
  const again = JSON.parse(blocksieve.check('filter "x" { if event is sysmon.dns_query { drop } }'));
  assert.deepEqual(again.diagnostics, []);
  checked += 1;
  return result.diagnostics.map((diagnostic) => diagnostic.code);
}

const rule = (condition) => `classify "x" { if ${condition} { tag "t" } }`;
const clean = [];

/** What can be nested, and how many of limits::DEPTH one level takes. The rule's own braces do not count. */
const nested = {
  parentheses: { each: 1, make: (n) => rule("(".repeat(n) + "ProcessId == 1" + ")".repeat(n)) },
  ifs: { each: 1, make: (n) => `classify "x" { ${"if ProcessId == 1 { ".repeat(n)} tag "t" ${"} ".repeat(n)}}` },
  "some-ofs": { each: 1, make: (n) => rule("some of list { ".repeat(n) + "b == 1" + " }".repeat(n)) },
  negations: { each: 2, make: (n) => rule("not (".repeat(n) + "ProcessId == 1" + ")".repeat(n)) },
};

test("the module says which version it is", () => {
  assert.match(blocksieve.version(), /^\d+\.\d+\.\d+$/);
});

test("a hundred thousand open parentheses", () => {
  const codes = check(rule("(".repeat(100_000)));
  assert.ok(codes.includes("BS0104"), codes.join());
  assert.ok(codes.length < 100, `${codes.length} diagnostics`);
});

test("a hundred thousand open and closed parentheses", () => {
  const codes = check(nested.parentheses.make(100_000));
  assert.ok(codes.includes("BS0104"), codes.join());
});

test("a text of 50,000 characters is taken", () => {
  assert.deepEqual(check(rule(`Image == '${"é".repeat(50_000)}'`)), clean);
});

test("a text of 70,000 characters is refused", () => {
  assert.deepEqual(check(rule(`Image == '${"é".repeat(70_000)}'`)), ["BS0105"]);
});

test("a list of 100,000 members is taken", () => {
  const members = Array.from({ length: 100_000 }, (_, i) => `'name-${i}'`).join(", ");
  assert.deepEqual(check(rule(`Image in [${members}]`)), clean);
});

test("100,000 members of one `or` are taken", () => {
  const members = Array.from({ length: 100_000 }, (_, i) => `ProcessId == ${i}`).join(" or ");
  assert.deepEqual(check(rule(members)), clean);
});

for (const [what, { each, make }] of Object.entries(nested)) {
  const deepest = DEPTH / each;
  test(`nested ${what}: ${deepest} are taken, one more is refused`, () => {
    // One inside another has no meaning, which is another matter than its depth.
    const codes = check(make(deepest)).filter((code) => what !== "some-ofs" || !["BS0308", "BS0200"].includes(code));
    assert.deepEqual(codes, clean);
    for (const n of [deepest + 1, 1_000, 100_000]) {
      const codes = check(make(n));
      assert.ok(codes.includes("BS0104"), `${n} levels: ${codes.join()}`);
    }
  });
}

test("what no text should hold", () => {
  for (const text of ["", "\0", "\ud800", "'", '"\\', "}".repeat(100_000), '"'.repeat(100_001), "filter".repeat(10_000)]) {
    check(text);
  }
});

after(() => console.log(`limits: ${checked} texts checked, no trap`));
