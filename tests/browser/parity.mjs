// The built modules answer what the host answers, byte by byte: examples, the manual's cases, all forms of events, Winlogbeat's
// conditions, rules of Sigma, random rules on random events.
//
// In: BLOCKSIEVE_DOOR, the folder into which tests/door wrote calls with the host's answers. Run: tests/browser/run.sh
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { doors } from "./doors.mjs";

const folder = process.env.BLOCKSIEVE_DOOR;
assert.ok(folder, "BLOCKSIEVE_DOOR names no folder");
const files = readdirSync(folder).filter((name) => name.endsWith(".ndjson"));

test("the host wrote what it answers", () => {
  assert.deepEqual(files.sort(), ["examples.ndjson", "forms.ndjson", "manual.ndjson", "random.ndjson", "sigma.ndjson", "winlogbeat.ndjson"]);
});

for (const name of files) {
  test(name.replace(".ndjson", ""), (context) => {
    const calls = readFileSync(join(folder, name), "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
    const ask = doors();
    let compared = 0;
    for (const [at, call] of calls.entries()) {
      const answer = ask(call);
      if (answer !== call.answer) {
        const start = [...answer].findIndex((letter, index) => letter !== call.answer[index]);
        const part = (text) => text.slice(Math.max(0, start - 200), start + 200);
        assert.fail(`call ${at}, ${call.call} ${JSON.stringify(call.args).slice(0, 400)}:\nhere …${part(answer)}\nhost …${part(call.answer)}`);
      }
      compared += answer.length;
    }
    context.diagnostic(`${calls.length} answers, ${compared} characters`);
  });
}
