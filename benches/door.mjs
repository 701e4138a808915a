// The engine in WASM against the engine on the host: the same rules, the same events in memory, one thread each, in turn.
//
// In: www/wasm/pkg; `cargo build --release --example door --features cli,wasm`; for Chromium BLOCKSIEVE_CHROMIUM (else
// /usr/bin/chromium). Run: node benches/door.mjs [COUNT ...]. Out: a table; medians of ROUNDS edits, and how much of the host's
// speed the module has.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const repository = new URL("../", import.meta.url);
const program = new URL("target/release/examples/door", repository).pathname;
const counts = process.argv.slice(2).map(Number);
if (!counts.length) counts.push(1_000, 10_000, 100_000);
const ROUNDS = 15;
const TURNS = 3;

const host = (...args) => spawnSync(program, args, { cwd: repository, maxBuffer: 2 ** 30, encoding: "utf8" }).stdout;
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** What the host's `measure` does, on the module; sent to the browser as text, too. */
function measure({ Engine }, project, events, rounds) {
  const engine = new Engine();
  engine.setProject(JSON.stringify(project.files), JSON.stringify(project.settings));
  let begin = performance.now();
  engine.addEvents("made.ndjson", events);
  const read = performance.now() - begin;
  engine.decide();
  const edit = [];
  const decide = [];
  let told = "";
  const selection = JSON.stringify({ decision: "all", rule: null, event: null, text: "", where: "", sort: null });
  for (let round = 0; round < rounds; round++) {
    begin = performance.now();
    engine.setFile(project.edited, `// ${round}\n${project.text}`);
    edit.push(performance.now() - begin);
    begin = performance.now();
    told = engine.decide();
    engine.select(selection);
    decide.push(performance.now() - begin);
  }
  engine.free();
  return { read, edit, decide, told };
}

const module = await import(new URL("www/wasm/pkg/blocksieve.js", repository));
module.initSync({ module: readFileSync(new URL("www/wasm/pkg/blocksieve_bg.wasm", repository)) });
const project = JSON.parse(host("project"));

const chromium = process.env.BLOCKSIEVE_CHROMIUM ?? "/usr/bin/chromium";
let browser, server, page;
const made = new Map();
if (existsSync(chromium)) {
  const { chromium: driver } = createRequire(new URL("www/package.json", repository))("playwright-core");
  const TYPES = { js: "text/javascript", wasm: "application/wasm" };
  server = createServer((asked, answer) => {
    const name = asked.url.slice(1);
    const isModule = name.startsWith("blocksieve");
    const of = name.startsWith("events/") ? made.get(Number(name.slice(7))) : isModule ? readFileSync(new URL(`www/wasm/pkg/${name}`, repository)) : "<!doctype html>";
    answer.writeHead(200, { "content-type": TYPES[name.split(".").pop()] ?? "text/html" }).end(of);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  browser = await driver.launch({ executablePath: chromium, args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"] });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
}

const inBrowser = (count) =>
  page.evaluate(
    async ([source, project, count, rounds]) => {
      const module = await import("/blocksieve.js");
      await module.default({ module_or_path: "/blocksieve_bg.wasm" });
      const events = new Uint8Array(await (await fetch(`/events/${count}`)).arrayBuffer());
      return (0, eval)(`(${source})`)(module, project, events, rounds);
    },
    [measure.toString(), project, count, ROUNDS],
  );

console.log("| events | where | read | edit | edit to decisions | share of the host's speed, decisions (range) |\n| ---: | --- | ---: | ---: | ---: | --- |");
for (const count of counts) {
  const events = Buffer.from(host("events", String(count)));
  made.set(count, events);
  const all = { host: [], Node: [], Chromium: [] };
  for (let turn = 0; turn < TURNS; turn++) {
    all.host.push(JSON.parse(host(String(count), String(ROUNDS))));
    all.Node.push(measure(module, project, new Uint8Array(events), ROUNDS));
    if (page) all.Chromium.push(await inBrowser(count));
  }
  const tolds = Object.values(all).flat().map(({ told }) => told.replace(/"generation":\d+/, ""));
  if (new Set(tolds).size !== 1) throw new Error(`they do not decide alike:\n${[...new Set(tolds)].join("\n").slice(0, 3000)}`);
  for (const [where, turns] of Object.entries(all)) {
    if (!turns.length) continue;
    const shares = turns.map(({ decide }, turn) => median(all.host[turn].decide) / median(decide)).toSorted((a, b) => a - b);
    const of = (what) => median(turns.map((turn) => median([turn[what]].flat()))).toFixed(1);
    const whole = median(turns.map(({ edit, decide }) => median(edit.map((one, at) => one + decide[at])))).toFixed(1);
    const share = where === "host" ? "" : `${Math.round(median(shares) * 100)} % (${Math.round(shares[0] * 100)} to ${Math.round(shares.at(-1) * 100)})`;
    console.log(`| ${count} | ${where} | ${of("read")} ms | ${of("edit")} ms | ${whole} ms | ${share} |`);
  }
}
await browser?.close();
server?.close();
