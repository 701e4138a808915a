// What a field for a literal takes is what the program reads as one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { LITERALS as fits } from "../../www/blocks/literals.mjs";
import { file, run } from "./blocksieve.mjs";
import { LITERALS as samples } from "./samples.mjs";

const TAKEN = {
  number: ["0", "-0", "00", "4294967296", "0X1f", "0x00000000000000001f", "1.", "1.50", "1e6", "-2E-3", "1e+308"],
  whole: ["0", "900"],
  address: ["0.0.0.0", "1::", "::1.2.3.4", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7::"],
  network: ["010.0.0.0/8", "10.0.0.0/08", "1.2.3.4/32", "::/0", "::1/128", "::ffff:10.0.0.0/104"],
  time: ["2024-01-31T10:00:00Z", "2024-01-31t10:00:00z", "2024-01-31T10:00", "2024-01-31T10:00:00.123456789-05:30"],
  any: ["false"],
};

const NONE = [
  ...["", "-", "0x", "0x1g", "-0x1", "+1", "18446744073709551616", "-9223372036854775809", "0x10000000000000000"],
  ...["1e999", "1.2.3", ".5", "1e", "1_000", "TRUE"],
  ...[
    "256.0.0.1",
    "01.2.3.4",
    "1.2.3",
    "1.2.3.4.5",
    "1:2",
    ":::",
    "1::2::3",
    "1:2:3:4:5:6:7:8:9",
    "g::",
    "::1.2.3.4:5",
  ],
  ...["1:2:3:4:5:6:7:1.2.3.4", "12345::", "1::2:3:4:5:6:7:8"],
  ...["10.0.0.0/33", "10.0.0.0/008", "::/129", "10.0.0.0/", "10.0.0.0/8/8", "300.0.0.0/8"],
  ...[
    "2023-02-29",
    "2024-13-01",
    "2024-00-10",
    "2024-01-32",
    "24-01-31",
    "2024-01-31T24:00:00Z",
    "2024-01-31T10:60:00Z",
  ],
];

/** Does the program read these characters as one unquoted literal? */
function isReadOne(literal) {
  const path = file("literal.rule", `classify "x" { if Details in [${literal}] { tag "t" } }`);
  return run("check", "--format", "json", path).status === 0;
}

for (const [kind, isOne] of Object.entries(fits)) {
  test(`${kind}: the field takes what the program reads`, () => {
    for (const literal of [...samples[kind], ...TAKEN[kind]]) {
      assert.ok(isOne(literal), `the field refuses ${literal}`);
      assert.ok(isReadOne(literal), `the program refuses ${literal}`);
    }
  });
}

test("the field refuses what the program refuses", () => {
  for (const literal of NONE) {
    for (const [kind, isOne] of Object.entries(fits)) assert.ok(!isOne(literal), `${literal} is taken for ${kind}`);
    assert.ok(!isReadOne(literal), `the program takes ${literal}`);
  }
});

test("each literal is of its own kind only", () => {
  for (const kind of ["number", "address", "network", "time"]) {
    for (const literal of [...samples[kind], ...TAKEN[kind]]) {
      const kinds = Object.keys(fits).filter((each) => each !== "whole" && fits[each](literal));
      assert.deepEqual(kinds, [kind, "any"], literal);
    }
  }
});

test("a count is a number that is written in one way", () => {
  for (const literal of [...samples.whole, ...TAKEN.whole]) assert.ok(fits.number(literal), literal);
  for (const literal of ["007", "00", "+5", "-1", "-0", "0x10", "1.", "1e3", "18446744073709551616", ""])
    assert.ok(!fits.whole(literal), literal);
});
