// What the browser tests share: the editor served from a copy of a project, and a real Chromium that looks at it.
//
// In: BLOCKSIEVE, the program, built with the page in it; BLOCKSIEVE_CHROMIUM, the browser. Out: pages that fail their
// test when the console tells of an error, when something breaks the page's policy, or when the page asks anybody but its
// own server.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const www = createRequire(new URL("../../www/package.json", import.meta.url));
const { chromium } = www("playwright-core");

const repository = fileURLToPath(new URL("../..", import.meta.url));
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A file or folder of the repository. */
export const path = (...parts) => join(repository, ...parts);

/** A copy of a project that a test may write into. */
export async function copyOf(project) {
  const folder = await mkdtemp(join(tmpdir(), "blocksieve-"));
  await cp(path(project), folder, { recursive: true });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Starts `blocksieve serve` on a folder. */
export async function serve(folder, ...args) {
  const program = process.env.BLOCKSIEVE;
  assert.ok(program, "BLOCKSIEVE names no program");
  const child = spawn(program, ["serve", folder, ...(args.includes("--port") ? [] : ["--port", "0"]), ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (data) => (said += data));
  const address = await new Promise((resolve, reject) => {
    let out = "";
    child.stdout.on("data", (data) => {
      out += data;
      const found = /https?:\/\/\S+/.exec(out);
      if (found) resolve(found[0]);
    });
    child.on("exit", (code) => reject(new Error(`serve ended with ${code}: ${said}`)));
  });
  const stop = () =>
    new Promise((resolve) => {
      if (child.exitCode !== null) return resolve();
      child.on("exit", resolve);
      child.kill("SIGINT");
    });
  return { address, origin: new URL(address).origin, stop };
}

export const launch = () =>
  chromium.launch({ executablePath: process.env.BLOCKSIEVE_CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });

/**
 * A page of its own context, and what went wrong in it.
 * @param {import("playwright-core").Browser} browser
 * @param {string} origin whom it may ask
 */
export async function newPage(browser, origin, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const faults = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.origin !== origin) faults.push(`asked ${request.url()}`);
  });
  return {
    page,
    /** Ends the page; its test fails if anything was wrong. */
    async close(expected = []) {
      await context.close();
      assert.deepEqual(
        faults.filter((fault) => !expected.some((each) => each.test(fault))),
        [],
      );
    },
  };
}

/** The text tab's editor, once it is there. */
export async function textOf(page) {
  await page.click("#tab-text");
  const editor = page.locator("#panel-text .cm-content");
  await editor.waitFor();
  return editor;
}

/** Another text for the rule that is open. */
export async function write(page, words) {
  await (await textOf(page)).click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(words);
}

let axeSource;

/** Findings of axe of serious or critical kind, as short texts. */
export async function axe(page, within) {
  axeSource ??= await readFile(www.resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(axeSource);
  const result = await page.evaluate(
    (selector) =>
      globalThis.axe.run(selector ?? document, {
        resultTypes: ["violations"],
        // A block shows a long text cut short; its name for screen readers has all of it.
        rules: { "label-content-name-mismatch": { enabled: false } },
      }),
    within,
  );
  return result.violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join("; ")}`);
}
