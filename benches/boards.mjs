// Boards in WASM: a long log in pieces, decisions, boards, as `boards.rs` does it on the host.
//
// In: www/wasm/pkg; `cargo build --release --example boards --features cli,wasm,wasm-more`; a log, such as that of
// `cargo run --release --example hunt-events -- 1000000`. Run: node benches/boards.mjs EVENTS.ndjson. Out: a table of milliseconds, host and
// Node; what both counted is the same, or it fails.
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";

const repository = new URL("../", import.meta.url);
const program = new URL("target/release/examples/boards", repository).pathname;
const [log] = process.argv.slice(2);
if (!log) throw new Error("which log?");
const PIECE = 8 * 1024 * 1024;

const run = (argument) => JSON.parse(spawnSync(program, [argument], { cwd: repository, maxBuffer: 2 ** 28, encoding: "utf8" }).stdout);
const { files, settings } = run("project");
const host = process.env.BLOCKSIEVE_HOST === "0" ? null : run(log);

const load = async (folder) => {
  const module = await import(new URL(`${folder}/blocksieve.js`, repository));
  const { memory } = module.initSync({ module: readFileSync(new URL(`${folder}/blocksieve_bg.wasm`, repository)) });
  return { module, memory };
};
const first = await load("www/wasm/pkg");
const second = await load("www/wasm/pkg/more");
const engine = new first.module.Engine();
const more = new second.module.More();
for (const door of [engine, more]) door.setProject(JSON.stringify(files), JSON.stringify(settings));

const milliseconds = {};
function step(name, work) {
  const start = performance.now();
  const result = work();
  milliseconds[name] = Math.round(performance.now() - start);
  return result;
}

let events = 0;
let left = 0;
step("load", () => {
  const file = openSync(log);
  let rest = Buffer.alloc(0);
  let after = 0;
  for (;;) {
    const buffer = Buffer.alloc(PIECE);
    const read = readSync(file, buffer, 0, PIECE, null);
    const all = Buffer.concat([rest, buffer.subarray(0, read)]);
    const end = read === 0 ? all.length : all.lastIndexOf(10) + 1;
    const piece = all.subarray(0, end);
    rest = all.subarray(end);
    if (piece.length) {
      const loaded = JSON.parse(engine.addEvents("log", piece, after));
      if (loaded.needsReader) throw new Error(JSON.stringify(loaded));
      left += loaded.left;
      events += loaded.events;
      for (const byte of piece) if (byte === 10) after++;
    }
    if (read === 0) break;
  }
  closeSync(file);
});
step("decide", () => engine.decide());

const need = (query, wanted, sort) => {
  for (const asked of JSON.parse(more.boardNeeds(query, wanted, sort))) more.boardColumn(asked, engine.column(asked));
};
const board = (query, wanted) => {
  need(JSON.stringify(query), JSON.stringify(wanted), "null");
  return JSON.parse(more.board(JSON.stringify(query), JSON.stringify(wanted)));
};
const rows = (query, column, columns) => {
  const sort = JSON.stringify({ column, descending: true });
  need(JSON.stringify(query), "null", sort);
  return engine.rowsOf(more.boardOrder(JSON.stringify(query), 0, 50, sort), JSON.stringify(columns));
};

const fields = ["msg.username", "msg.action", "RuleName", "Image", "@host", "CommandLine", "DestinationIp", "DestinationPort"];
const wanted = { steps: 120, series: "group", tops: fields.map((field) => ({ field, most: 10, like: "" })) };
const all = { events: [], from: null, to: null, terms: [], where: "", decision: "all", hunted: false, rest: false };
const one = step("first board", () => board(all, wanted));
step("the same again", () => board(all, wanted));
const term = { field: "Image", value: one.tops[3].values[0].value, out: false };
const click = step("a click", () => board({ ...all, terms: [term] }, wanted));
const out = { ...all, terms: [{ ...term, out: true }], from: one.overTime.from + one.overTime.step * 20 };
const brush = step("a click out, and a brush", () => board(out, wanted));
const asked = { ...out, where: "CommandLine contains 'a' or User ends with 'e'" };
const typed = step("a condition", () => board(asked, wanted));
step("after the rules changed", () => {
  more.boardForget(false);
  board(asked, wanted);
});
step("rows by time", () => rows(all, "time", ["Image", "User", "msg.action"]));
step("rows by a field", () => rows(asked, "CommandLine", ["Image", "User", "msg.action"]));
step("health", () => {
  need(JSON.stringify(all), "null", "null");
  more.boardHealth(JSON.stringify(all));
});

const counts = [one, click, brush, typed].map(({ count }) => count);
if (host && JSON.stringify(host.counts) !== JSON.stringify(counts)) throw new Error(`the host counts ${host.counts}, the module ${counts}`);
const mib = (memory) => `${Math.round(memory.buffer.byteLength / 1024 / 1024)} MiB`;
console.log(`${events} events, ${left} beyond the limit; memory of the engine ${mib(first.memory)}, of the second module ${mib(second.memory)}; of the host's process ${host?.memory}`);
console.log("| step | host | Node |\n| --- | ---: | ---: |");
for (const [name, took] of Object.entries(milliseconds)) console.log(`| ${name} | ${host?.milliseconds[name] ?? "-"} ms | ${took} ms |`);
