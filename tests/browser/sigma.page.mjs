// Rules of Sigma in the editor: seen as blocks, edited on any side, saved as Sigma, and thousands of them at once.
//
// Run: tests/browser/page.sh
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { axe, copyOf, launch, newPage, serve, write } from "./support.mjs";

let browser, project, server, page, close;

before(async () => (browser = await launch()));
after(() => browser?.close());
beforeEach(async () => {
  project = await copyOf("examples/sysmon");
  server = await serve(project.folder);
  ({ page, close } = await newPage(browser, server.origin));
  await page.goto(server.address);
  await page.getByText("Drops 48 of 362 events").first().waitFor();
});
afterEach(async () => {
  await close?.();
  await server?.stop();
  await project?.remove();
});

const text = () => page.locator("#panel-text .cm-content");
const yaml = () => page.locator("#panel-sigma .cm-content");
const shown = async () => (await yaml().innerText()).trim();
const onCanvas = (words) => page.locator("#panel-blocks .blocklyBlockCanvas .blocklyText", { hasText: words }).first();
const row = (name) => page.locator(`[data-name="${name}"]`);
const disk = (name) => readFile(join(project.folder, name), "utf8");
const said = (words) => page.locator(".toast", { hasText: words }).first().waitFor();

/** Gives the page files, as if they were dropped. */
async function drop(files) {
  await page.evaluate((files) => {
    const transfer = new DataTransfer();
    for (const [name, content] of files) transfer.items.add(new File([Uint8Array.from(content)], name));
    for (const type of ["dragenter", "dragover", "drop"]) document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, Object.entries(files).map(([name, content]) => [name, [...Buffer.from(content)]]));
}

/** A rule about names that are asked of DNS, with what somebody wrote by hand: a comment, an order of keys, a style of quotes. */
const rule = (title, name, more = "") => `# Looked at by hand.
title: ${title}
status: test
logsource:
    category: dns_query
    product: windows
detection:
    selection:
        QueryName|endswith: "${name}"   # the end of it
    condition: selection
level: low
${more}`;
const RULE = rule("Names of updates", ".windowsupdate.com");

async function dropRule(content = RULE) {
  await drop({ "names.yml": content });
  await onCanvas("Names of updates").waitFor();
}

test("a dropped rule is blocks; a value is changed, decided, and saved as the Sigma that it was", async () => {
  await dropRule();
  await page.getByText(/alerted [1-9]\d*/).first().waitFor();
  await page.click("#tab-sigma");
  assert.equal(await shown(), RULE.trim());
  // Nothing was changed, and so nothing is in what is saved.
  await page.keyboard.press("Control+s");
  await said("alerts/names.yml saved");
  assert.equal(await disk("alerts/names.yml"), RULE);

  await page.click("#tab-blocks");
  await onCanvas(".windowsupdate.com").click();
  await page.locator(".blocklyHtmlInput").fill(".nobody.example");
  await page.keyboard.press("Enter");
  await row("alerts/names.yml").getByText("never matched").first().waitFor();
  await page.keyboard.press("Control+s");
  await page.locator(".project", { hasText: "not saved" }).waitFor({ state: "detached" });
  const saved = await disk("alerts/names.yml");
  assert.match(saved, /^# Looked at by hand\.\ntitle: Names of updates\nstatus: test\nlogsource:\n {4}category: dns_query\n/);
  assert.match(saved, /QueryName\|endswith: ['"]?\.nobody\.example/);
  assert.match(saved, /\nlevel: low\n$/);

  // What was changed back is what it was.
  await page.click("#tab-blocks");
  await onCanvas(".nobody.example").click();
  await page.locator(".blocklyHtmlInput").fill(".windowsupdate.com");
  await page.keyboard.press("Enter");
  await page.getByText(/alerted [1-9]\d*/).first().waitFor();
  await page.keyboard.press("Control+s");
  await page.locator(".project", { hasText: "not saved" }).waitFor({ state: "detached" });
  assert.equal(await disk("alerts/names.yml"), RULE);
});

test("Sigma is edited as it stands, and blocks and text follow", async () => {
  await dropRule();
  await page.click("#tab-sigma");
  await yaml().click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(rule("Names of updates", ".nobody.example"));
  await row("alerts/names.yml").getByText("never matched").first().waitFor();
  await page.click("#tab-text");
  await text().getByText(".nobody.example").first().waitFor();
  await page.click("#tab-blocks");
  await onCanvas(".nobody.example").waitFor();
  assert.deepEqual(await axe(page), []);
});

test("a mistake in the YAML is told at its line, and mended", async () => {
  await drop({ "names.yml": RULE.replace("condition: selection", "condition: selektion") });
  const problem = page.locator(".problem.error", { hasText: "selektion" }).first();
  await problem.waitFor();
  await problem.getByRole("button", { name: /^Show/ }).click();
  await yaml().getByText("selektion").waitFor();
  assert.equal(await page.locator("#panel-sigma .cm-activeLine").innerText(), "    condition: selektion");
  await page.locator("#panel-sigma .cm-lint-marker-error").first().waitFor();
  assert.deepEqual(await axe(page), []);
  await page.click("#tab-blocks");
  await page.locator(".banner", { hasText: "The Sigma text has an error" }).first().waitFor();
  await page.locator("#panel-blocks").getByRole("button", { name: "Go to Sigma" }).click();
  await yaml().click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(RULE);
  await page.click("#tab-blocks");
  await onCanvas(".windowsupdate.com").waitFor();
  await page.locator(".problem.error").first().waitFor({ state: "detached" });
});

test("what Sigma has no words for is said, and kept as text", async () => {
  await dropRule();
  await write(page, 'alert "Names of updates" {\n    if event is sysmon.dns_query and QueryName == \'a.example\' {\n        tag "seen"\n        send file\n    }\n}\n');
  await page.locator(".project", { hasText: "not saved" }).waitFor();
  await page.click("#tab-sigma");
  await page.locator("#panel-sigma .cannot", { hasText: "Sigma cannot say" }).waitFor();
  assert.equal(await shown(), RULE.trim());
  await page.keyboard.press("Control+s");
  await said("names.yml is not saved: Sigma cannot say this");
  await page.evaluate(() => delete globalThis.showSaveFilePicker);
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as text…" }).click()]);
  assert.equal(file.suggestedFilename(), "names.rule");
  assert.match(await readFile(await file.path(), "utf8"), /tag "seen"/);
});

test("a rule of ours is shown and saved as Sigma, or told why not", async () => {
  await row("filters/dns-windows-services.rule").click();
  await page.click("#tab-sigma");
  await page.locator("#panel-sigma").getByText("What this rule is in Sigma").waitFor();
  await page.locator("#panel-sigma .cannot").or(yaml()).first().waitFor();
  await row("alerts/detected.rule").or(page.locator('[data-name^="alerts/"]')).first().click();
  await page.locator("#panel-sigma .cannot").getByRole("button", { name: "Show" }).first().click();
  await page.waitForFunction(() => document.querySelector("#tab-sigma")?.getAttribute("aria-selected") === "false");
});

test("the examples are opened from the menu, and alert", async () => {
  for (const title of ["PowerShell With an Encoded Command", "One Program Connects to Many Ports"]) {
    await page.getByRole("button", { name: "Examples" }).click();
    await page.getByRole("menuitem", { name: title }).click();
    await onCanvas(title).waitFor();
  }
  await page.locator(".problem.error").first().waitFor({ state: "detached" });
  await page.click("#tab-sigma");
  await yaml().getByText("Connection of a Program to a Port").first().waitFor();
  assert.deepEqual(await axe(page), []);
});

test("fifty rules at once, whose filters and correlations name each other's", async () => {
  const files = Object.fromEntries(Array.from({ length: 48 }, (_, at) => [`rule-${at}.yml`, rule(`Names ${at}`, at === 7 ? ".windowsupdate.com" : `.n${at}.example`, `name: names_${at}\n`)]));
  files["filter.yml"] = "title: All but those of a host\nlogsource:\n    category: dns_query\n    product: windows\nfilter:\n    rules: [names_7]\n    known:\n        QueryName|contains: update\n    condition: not known\n";
  files["many.yml"] = "title: Many names\nname: many\ncorrelation:\n    type: event_count\n    rules: [names_3]\n    group-by: [Computer]\n    timespan: 5m\n    condition:\n        gte: 3\n";
  await drop(files);
  await row("alerts/many.yml").waitFor();
  // The filter leaves nothing of the only rule that would alert.
  await row("alerts/rule-7.yml").getByText("never matched").first().waitFor();
  await row("alerts/many.yml").click();
  await onCanvas("Many names").waitFor();
  await page.click("#tab-text");
  await text().getByText("when 3 events").first().waitFor();
  await row("alerts/filter.yml").click();
  await page.click("#tab-blocks");
  await page.locator(".banner", { hasText: "filters of Sigma are a part of the rules that they filter" }).waitFor();
  // Without the filter the rule alerts: what one file says is at once in the others.
  await page.click("#tab-sigma");
  await yaml().click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(files["filter.yml"].replace("[names_7]", "[names_8]"));
  await row("alerts/rule-7.yml").getByText(/alerted [1-9]/).first().waitFor();
});

test("the folder's rules of Sigma are listed and followed, other YAML is not; sigma.toml says what fields are", async () => {
  await mkdir(join(project.folder, "sigma"));
  await writeFile(join(project.folder, "sigma", "own.yml"), rule("Own names", ".windowsupdate.com").replace("QueryName", "AskedName"));
  await writeFile(join(project.folder, "sigma", "compose.yml"), "services: {}\n");
  await row("sigma/own.yml").waitFor();
  assert.equal(await row("sigma/compose.yml").count(), 0);
  await writeFile(join(project.folder, "sigma", "sigma.toml"), '[fields]\nAskedName = "QueryName"\n');
  await row("sigma/own.yml").getByText(/alerted [1-9]/).first().waitFor();
  await row("sigma/own.yml").click();
  await onCanvas("QueryName").waitFor();
  await writeFile(join(project.folder, "sigma", "own.yml"), rule("Own names", ".elsewhere.example"));
  await onCanvas(".elsewhere.example").waitFor();
});

test("many files that another program brings are read at once", async () => {
  await mkdir(join(project.folder, "sigma"));
  for (let at = 0; at < 30; at++) await writeFile(join(project.folder, "sigma", `rule-${at}.yml`), rule(`Names ${at}`, `.n${at}.example`));
  await row("sigma/rule-29.yml").getByText("never matched").first().waitFor();
  await row("sigma/rule-7.yml").click();
  await onCanvas("Names 7").waitFor();
});
