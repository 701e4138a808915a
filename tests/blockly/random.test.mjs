// Whole workspaces, drawn at random: what Blockly saves of one in JSON and in XML is the same to Blocksieve, and what
// Blocksieve writes of it Blockly loads, saves as it was and means the same.
//
// In: a seed for each workspace, so that a failure comes again; BLOCKSIEVE_DRAWINGS says how many. Out: yes or no.
// Never here: rules that make sense.
import assert from "node:assert/strict";
import { test } from "node:test";
import { file, run } from "./blocksieve.mjs";
import { randomWorkspace } from "./drawing.mjs";
import { FORMATS, quietly } from "./support.mjs";

/** Workspaces that are tried. */
const SEEDS = Number(process.env.BLOCKSIEVE_DRAWINGS ?? 60);

/** What the program makes of a file: another form of it, or the codes of its findings, in their order. */
function become(to, path, ...options) {
  const { status, out, err } = run("convert", "--to", to, path, ...options);
  const codes = [...err.matchAll(/^(?:error|warning|note)\[(BS\d+)\]/gm)].map(([, code]) => code).sort();
  return { status, out, codes };
}

test("what Blockly saves in JSON and in XML is the same to Blocksieve, and comes back", () => {
  let read = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const workspace = quietly(() => randomWorkspace(seed));
    const [json, xml] = Object.entries(FORMATS).map(([format, { save }]) =>
      file(`random.${format}`, quietly(() => save(workspace))),
    );
    const [text, ofXml] = [json, xml].map((path) => become("text", path));
    assert.deepEqual(ofXml, text, `seed ${seed}: JSON and XML differ`);
    if (text.status !== 0) continue;
    read += 1;
    const drawn = become("blockly-json", json);
    const ontoOld = become("blockly-json", file("random.rule", text.out), "--onto", json);
    comesBack("json", drawn, text.out, seed);
    comesBack("json", ontoOld, text.out, seed);
    comesBack("xml", become("blockly-xml", json), text.out, seed);
    keeps(FORMATS.json.save(workspace), drawn.out, seed);
    assert.deepEqual(standing(ontoOld.out), standing(drawn.out), `seed ${seed}: the text is put elsewhere`);
  }
  assert.ok(read >= SEEDS / 2, `only ${read} of ${SEEDS} were read`);
});

/** What is written of a drawing is loaded, saved as it was, and the same rules. */
function comesBack(format, { status, out }, text, seed) {
  const { save, load } = FORMATS[format];
  const same = (saved) => topsById(FORMATS[format].same(saved));
  assert.equal(status, 0, `seed ${seed}`);
  const loaded = load(out);
  const again = quietly(() => save(loaded));
  loaded.dispose();
  assert.deepEqual(same(again), same(out), `seed ${seed}: Blockly saves another ${format}`);
  assert.equal(become("text", file(`again.${format}`, again)).out, text, `seed ${seed}: other rules from ${format}`);
}

/** XML, as data, with the blocks of the workspace by id: Blockly writes them by where they stand. JSON as it is. */
function topsById({ inside, ...state }) {
  if (!inside) return state;
  const idOf = ({ attributes }) => attributes.id ?? "";
  return { ...state, inside: [...inside].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1)) };
}

/**
 * What stands on a workspace stays where it is, and a block that keeps its id keeps its fields, folds and rights.
 * Blocks whose meaning is written with other blocks get new ids. Of an `and` with one member only the member is left,
 * which may take over its id.
 */
function keeps(before, after, seed) {
  assert.deepEqual(standing(after), standing(before), `seed ${seed}: something stands elsewhere`);
  const [old, now] = [before, after].map((json) => ownOf(JSON.parse(json)));
  const kept = [...old.keys()].filter((id) => now.has(id));
  assert.ok(kept.length >= old.size / 2, `seed ${seed}: ${kept.length} of ${old.size} blocks keep their ids`);
  for (const id of kept) assert.deepEqual(now.get(id), old.get(id), `seed ${seed}: block ${id}`);
}

/** What each block says itself, by id, but its comments: they move to the rule, statement or test they belong to. */
function ownOf(state, found = new Map()) {
  if (typeof state !== "object" || state === null) return found;
  const { type, id, icons, extraState, x, y, inputs, next, ...own } = state;
  const isOfOne = type === "logic_operation" && extraState?.itemCount === 1;
  if (type && id && !isOfOne) found.set(id, { type, ...own });
  for (const inside of Object.values(state)) ownOf(inside, found);
  return found;
}

/** What stands on a workspace, and where. */
function standing(json) {
  const { blocks, workspaceComments } = JSON.parse(json);
  const places = blocks?.blocks.map(({ type, id, x, y }) => ({ type, id, x, y }));
  return { places, workspaceComments };
}
