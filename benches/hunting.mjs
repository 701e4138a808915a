// A hunt in Chromium over a log with a hidden chain: how long its steps take, whether it finds the chain, and how long other questions wait.
//
// In: `cargo run --release --example hunt-events -- 1000000 > long.ndjson 2> chain.txt`; BLOCKSIEVE, a program with the page in it (else
// target/release/blocksieve); BLOCKSIEVE_CHROMIUM. Run: node benches/hunting.mjs long.ndjson chain.txt. Out: figures.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

process.env.BLOCKSIEVE ??= new URL("../target/release/blocksieve", import.meta.url).pathname;
const { copyOf, launch, newPage, serve } = await import("../tests/browser/support.mjs");

const [, , events, chain] = process.argv;
const expected = readFileSync(chain, "utf8").trim().split("\n");
const project = await copyOf("examples/sysmon");
const server = await serve(project.folder);
const browser = await launch();
const { page, close } = await newPage(browser, server.origin);
page.setDefaultTimeout(240_000);
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

await page.goto(server.address);
await page.getByText("Drops 48 of 362 events").first().waitFor();
await page.getByRole("button", { name: "Clear", exact: true }).click();
let begun = performance.now();
const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name: "Add events…" }).first().click()]);
await chooser.setFiles(events);
await page.locator(".toast").getByText(/events? added/).waitFor();
console.log(`events read: ${seconds(begun)}, ${await page.locator(".toast").innerText()}`);

const sum = page.locator(".hunt-sum-head p");
for (const [what, guid] of [["first hunt", expected[0]], ["the next one", expected.at(-1)]]) {
  await page.evaluate(() => {
    // How long the page does not come to draw.
    globalThis.longest = 0;
    let last = performance.now();
    const look = () => {
      const now = performance.now();
      globalThis.longest = Math.max(globalThis.longest, now - last);
      last = now;
      globalThis.frame = requestAnimationFrame(look);
    };
    cancelAnimationFrame(globalThis.frame ?? 0);
    look();
  });
  begun = performance.now();
  const short = guid.replace(/[{}]/g, "").toLowerCase();
  await page.evaluate((short) => (location.hash = `${location.hash.replace(/&(view|hunt)[^&]*/g, "")}&view=hunting&huntfrom=${short}`), short);
  const seen = new Map();
  for (;;) {
    const now = await page.locator(".hunt-progress").innerText().catch(() => "");
    const step = now.replace(/[:…].*/s, "");
    if (step !== "" && !seen.has(step)) seen.set(step, seconds(begun));
    if ((await sum.count()) > 0 && (await page.locator(".hunt-progress progress").count()) === 0) break;
    await page.waitForTimeout(50);
  }
  console.log(`${what}: ${seconds(begun)}; steps began at ${[...seen].map(([step, at]) => `${step} ${at}`).join(", ")}; ${await sum.innerText()}`);
  await page.getByRole("grid", { name: "Hunting-Events" }).waitFor();
  console.log(`charts and events: ${seconds(begun)}; longest without a frame ${Math.round(await page.evaluate(() => globalThis.longest))} ms`);
  await page.getByRole("button", { name: "Export the hunt" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem").filter({ hasText: "JSON" }).click()]);
  const hunt = JSON.parse(readFileSync(await download.path(), "utf8"));
  assert.deepEqual(hunt.processes.map(({ guid }) => guid).sort(), [...expected].sort());
}
console.log("the chain was found exactly");
await close();
await browser.close();
await server.stop();
await project.remove();
