// The program, as somebody at a terminal runs it.
//
// In: the environment's BLOCKSIEVE, and the text of a file. Out: what the program says. Never here: an expectation, but
// that it ends by itself.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = process.env.BLOCKSIEVE;
assert.ok(program, "BLOCKSIEVE names no program; tests/blockly/run.sh does that");

const folder = mkdtempSync(join(tmpdir(), "blocksieve-blockly-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/**
 * @param {string[]} words
 * @returns {{ status: number, out: string, err: string }}
 */
export function run(...words) {
  const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: "utf8", maxBuffer: 1 << 28 });
  assert.ok(!error && status !== null, `${words.join(" ")}: ${error ?? "ended by a signal"}`);
  return { status, out: stdout, err: stderr };
}

/** Writes a file and returns its path. */
export function file(name, text) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/**
 * What a definition is in another form. A word of the program is a failure, unless it may `warn`.
 * @param {"text" | "blockly-json" | "blockly-xml"} to
 * @param {string} path
 */
export function convert(to, path) {
  const { status, out, err } = run("convert", "--to", to, path);
  assert.equal(status, 0, `convert --to ${to} ${path}: ${err}`);
  return out;
}
