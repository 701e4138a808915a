// Configurations of Sysmon in the editor: seen as blocks, edited as text, asked about each event.
//
// Run: tests/browser/page.sh
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { axe, copyOf, launch, newPage, path, serve } from "./support.mjs";

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

const canvas = "#panel-blocks .blocklyBlockCanvas";
const blocks = () => page.locator(`${canvas} .blocklyBlock`);
const nodeButton = (tag, does) => page.locator(`section[aria-label="${tag}"] .config-node`, { hasText: does }).first();
const text = () => page.locator("#panel-text .cm-content");

/** Gives the page a file, as if it were dropped. */
async function drop(name, content) {
  await page.evaluate(
    ([name, content]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(content)], name));
      for (const type of ["dragenter", "dragover", "drop"]) document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    },
    [name, [...Buffer.from(content)]],
  );
}

async function openExample() {
  await page.getByRole("button", { name: "Examples" }).click();
  await page.getByRole("menuitem", { name: /^Security any endpoint/ }).click();
  await page.getByText(/Sysmon would log \d+ of \d+ events/).waitFor();
}

const config = (...nodes) => `<Sysmon schemaversion="4.90">\n  <EventFiltering>\n${nodes.join("\n")}\n  </EventFiltering>\n</Sysmon>\n`;
const include = (tag, ...rules) => `<RuleGroup groupRelation="or"><${tag} onmatch="include">\n${rules.join("\n")}\n</${tag}></RuleGroup>`;

/** A configuration of that many rules: runs, Rules, and both. */
function large(rules) {
  const filters = Array.from({ length: rules / 2 }, (_, at) => `<Image name="technique_id=T${1000 + (at % 500)}" condition="image">tool${at}.exe</Image>`);
  const both = Array.from(
    { length: rules / 2 },
    (_, at) => `<Rule name="pair ${at}" groupRelation="and"><Image condition="end with">\\part${at}.exe</Image><CommandLine condition="contains">--flag${at}</CommandLine></Rule>`,
  );
  return config(include("ProcessCreate", ...filters, ...both));
}

test("the example's nodes are listed by event, and shown as blocks", async () => {
  await openExample();
  await page.locator('section[aria-label="ProcessCreate"]').waitFor();
  await page.locator(canvas).getByText("ProcessCreate").first().waitFor();
  await nodeButton("DnsQuery", "include").click();
  await page.locator(canvas).getByText("DnsQuery").first().waitFor();
  assert.equal(await page.getByRole("tab", { name: "Listing" }).count(), 0);
  assert.deepEqual(await axe(page), []);
  // Rules are there as before.
  await page.locator('[data-name="filters/dns-windows-services.rule"]').click();
  await page.getByText("Drops 48 of 362 events").first().waitFor();
  await page.locator("#panel-blocks .blocklyText", { hasText: "routine DNS" }).first().waitFor();
  assert.equal(await page.getByRole("tab", { name: "Listing" }).count(), 1);
});

test("an event says under which name it is logged, by which condition, and leads to its block and its line", async () => {
  await drop("my.xml", config(include("ProcessCreate", '<CommandLine name="the name" condition="contains">a</CommandLine>')));
  await page.getByText(/Sysmon would log/).waitFor();
  await page.locator(".ev-decisions label", { hasText: "Logged" }).first().click();
  const row = page.locator(".ev-body .ev-line", { hasText: "the name" }).first();
  await row.waitFor();
  await row.click();
  await page.getByText("Logged under “the name”").waitFor();
  await page.getByRole("tab", { name: "Why", exact: true }).click();
  const why = page.locator(".config-why");
  await why.getByText("CommandLine contains “a”").first().waitFor();
  await why.getByText(/The event has/).first().waitFor();
  await page.locator(`${canvas} .met-yes`).first().waitFor();
  await why.getByRole("button", { name: /^Show line 4/ }).first().click();
  await page.locator("#panel-text .cm-activeLine", { hasText: "the name" }).waitFor();
  await why.getByRole("button", { name: /^Show the block of CommandLine/ }).click();
  await page.locator(`${canvas} [data-id="0.0"]`).waitFor();
  assert.deepEqual(await axe(page), []);
});

test("an edit of the text changes blocks, findings and decisions; broken XML is told by its line", async () => {
  await drop("my.xml", config(include("DnsQuery", '<QueryName condition="is">no.such.name</QueryName>')));
  await page.locator('section[aria-label="DnsQuery"] small', { hasText: "logs 0 of" }).waitFor();
  await page.click("#tab-text");
  await text().getByText("no.such.name").click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(config(include("DnsQuery", '<QueryName condition="contains">.</QueryName>')));
  await page.locator('section[aria-label="DnsQuery"] small:not(:has-text("logs 0 of"))', { hasText: "logs" }).waitFor();
  await page.click("#tab-blocks");
  await page.locator(canvas).getByText("contains").first().waitFor();
  await page.click("#tab-text");
  await text().click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText('<Sysmon schemaversion="4.90">\n<EventFiltering>\n</EventFilterin>\n</Sysmon>\n');
  await page.getByRole("button", { name: /^Show: this is no XML/ }).getByText("3").waitFor();
  await page.getByText("No event is decided: the configuration cannot be read").waitFor();
  await page.click("#tab-blocks");
  await page.getByText("The blocks show the last state that could be.").waitFor();
  await page.locator(canvas).getByText("contains").first().waitFor();
});

test("a configuration of 3,000 rules opens, and no more than a portion of it is drawn", async () => {
  await drop("large.xml", large(3_000));
  await page.getByText(/Sysmon would log/).waitFor();
  await nodeButton("ProcessCreate", "include").getByText("3,000 rules").waitFor();
  await page.locator(".config-portions", { hasText: "of 3,000" }).waitFor();
  // Drawn are the node, a portion of closed runs and Rules, and what stands in these.
  assert.ok((await blocks().count()) < 320, `${await blocks().count()} blocks`);
  // A value far down is found, and its run opens.
  await page.getByLabel("Find a rule").fill("tool1234.exe");
  await page.locator(".config-found").first().click();
  await page.locator(`${canvas} [data-id="0.1234"]`).waitFor();
  assert.ok((await blocks().count()) < 420);
  await page.getByLabel("Find a rule").fill("--flag1499");
  await page.locator(".config-found").first().click();
  await page.locator(`${canvas} [data-id="0.2999.1"]`).waitFor();
});

test("runs open by keyboard", async () => {
  await drop("large.xml", large(40));
  await page.locator(`${canvas} [data-id="run 0.0"]`).waitFor();
  await page.locator(`${canvas} [data-id="run 0.0"]`).click({ position: { x: 60, y: 8 } });
  await page.locator(`${canvas} [data-id="0.3"]`).waitFor();
  await page.keyboard.press("Enter");
  await page.locator(`${canvas} [data-id="0.3"]`).waitFor({ state: "detached" });
});

test("a file of another encoding is saved byte by byte as it was", async () => {
  const own = await readFile(path("examples/sysmon/config/security.xml"), "utf8");
  const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(own.replaceAll("\n", "\r\n"), "utf16le")]);
  // A project of the browser is saved by downloads.
  await page.goto(server.origin);
  await page.getByText(/Drops \d+ of/).first().waitFor();
  await page.evaluate(() => delete globalThis.showSaveFilePicker);
  await drop("wide.xml", bytes);
  await page.getByText(/Sysmon would log/).waitFor();
  await page.click("#tab-text");
  await page.getByText("UTF-16LE").waitFor();
  const saving = page.waitForEvent("download");
  await page.keyboard.press("Control+S");
  const saved = await readFile(await (await saving).path());
  assert.ok(saved.equals(bytes));
});
