// The editor in Chromium: from opening it to its decisions, and from an edit to its decisions on the page.
//
// In: `cargo build --release` with the page in it, `cargo build --release --example door --features cli,wasm`; BLOCKSIEVE_CHROMIUM
// (else /usr/bin/chromium). Run: node benches/page.mjs. Out: a table of medians and ranges.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

process.env.BLOCKSIEVE ??= new URL("../target/release/blocksieve", import.meta.url).pathname;
const { copyOf, launch, newPage, serve } = await import("../tests/browser/support.mjs");

const OPENED = 9;
const EDITS = 15;
const COUNTS = [1_000, 10_000, 100_000];

const sorted = (numbers) => numbers.toSorted((a, b) => a - b);
const told = (numbers) => {
  const all = sorted(numbers);
  return `${Math.round(all[Math.floor(all.length / 2)])} ms (${Math.round(all[0])} to ${Math.round(all.at(-1))})`;
};

const folder = mkdtempSync(join(tmpdir(), "blocksieve-"));
const project = await copyOf("examples/sysmon");
const server = await serve(project.folder);
const browser = await launch();

const opened = [];
for (let round = 0; round < OPENED; round++) {
  const { page, close } = await newPage(browser, server.origin);
  await page.goto(server.origin, { waitUntil: "commit" });
  await page.getByText("Drops 48 of 362 events").first().waitFor();
  opened.push(await page.evaluate(() => performance.now()));
  await close();
}
console.log(`opened, until the example's decisions are there: ${told(opened)}`);

console.log("| events | edit to decisions on the page | of it the engine |\n| ---: | --- | --- |");
for (const count of COUNTS) {
  const file = join(folder, `${count}.ndjson`);
  const door = new URL("../target/release/examples/door", import.meta.url).pathname;
  writeFileSync(file, spawnSync(door, ["events", String(count)], { cwd: new URL("..", import.meta.url), maxBuffer: 2 ** 30 }).stdout);
  const { page, close } = await newPage(browser, server.origin);
  page.setDefaultTimeout(120_000);
  await page.goto(server.origin);
  await page.getByText("Drops 48 of 362 events").first().waitFor();
  await page.getByRole("button", { name: "Clear" }).click();
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name: "Add events…" }).click()]);
  await chooser.setFiles(file);
  await page.getByText(`of ${count.toLocaleString("en-US")} events`).first().waitFor();
  await page.click("#tab-text");
  const editor = page.locator("#panel-text .cm-content");
  await editor.click();
  await page.keyboard.press("Control+Home");
  // What is measured is what somebody sees: from the key to the changed line of the summary.
  await page.evaluate(() => {
    globalThis.seen = [];
    let start = 0;
    addEventListener("beforeinput", () => (start = performance.now()), true);
    const line = document.querySelector(".ev-took");
    new MutationObserver(() => start && (globalThis.seen.push([performance.now() - start, line.title]), (start = 0))).observe(line, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
  });
  for (let edit = 0; edit < EDITS; edit++) {
    await page.keyboard.insertText(`// ${edit}\n`);
    await page.waitForTimeout(count > 20_000 ? 1_500 : 400);
  }
  const seen = await page.evaluate(() => globalThis.seen);
  console.log(`| ${count} | ${told(seen.map(([whole]) => whole))}, ${seen.length} edits | ${seen.at(-1)?.[1] ?? ""} |`);
  await close();
}
await browser.close();
await server.stop();
await project.remove();
rmSync(folder, { recursive: true });
