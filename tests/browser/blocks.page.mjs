// Drawing with the mouse and the keyboard, and that nothing which was drawn is lost.
//
// Run: tests/browser/page.sh
import assert from "node:assert/strict";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { axe, copyOf, launch, newPage, serve, textOf, write } from "./support.mjs";

const RULE = "filters/dns-windows-services.rule";

let browser, project, server;

before(async () => (browser = await launch()));
after(() => browser?.close());
beforeEach(async () => {
  project = await copyOf("examples/sysmon");
  server = await serve(project.folder);
});
afterEach(async () => {
  await server?.stop();
  await project?.remove();
});

async function open(address = server.address, options = {}) {
  const opened = await newPage(browser, server.origin, options);
  await opened.page.goto(address);
  await opened.page.getByText("Drops 48 of 362 events").first().waitFor();
  await opened.page.locator(`[data-name="${RULE}"]`).click();
  await opened.page.locator(".rule.current", { hasText: "routine DNS" }).waitFor();
  await opened.page.waitForTimeout(300);
  return opened;
}

const DRAWN = 'filter "drawn" {\n    if event is sysmon.image_load and Image == \'C:\\x.exe\' {\n        drop\n    }\n}\n';

/** A small rule, as blocks. */
async function small(page) {
  await write(page, DRAWN);
  await page.locator(".rule.current", { hasText: "drawn" }).waitFor();
  await page.click("#tab-blocks");
  await page.locator("#panel-blocks .blocklyText", { hasText: "drawn" }).first().waitFor();
  await page.waitForTimeout(300);
}

/** The middle of the first thing in a block that has this text. */
async function middle(page, words) {
  const box = await page.locator("#panel-blocks .blocklyBlockCanvas .blocklyText", { hasText: words }).first().boundingBox();
  return [box.x + box.width / 2, box.y + box.height / 2];
}

async function drag(page, from, to) {
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move(from[0] + 12, from[1] + 12, { steps: 4 });
  await page.mouse.move(...to, { steps: 12 });
  await page.waitForTimeout(100);
  await page.mouse.up();
  await page.waitForTimeout(300);
}

const onCanvas = (page) => page.locator("#panel-blocks .blocklyBlockCanvas").first().locator(".blocklyDraggable").count();

test("a block is dragged out of the toolbox", async () => {
  const { page, close } = await open();
  await small(page);
  const before = await onCanvas(page);
  await page.locator(".blocklyToolboxCategory", { hasText: "Keep or drop" }).click();
  const block = await page.locator(".blocklyFlyout .blocklyText", { hasText: "drop the event" }).first().boundingBox();
  const area = await page.locator("#panel-blocks .blocks-area").boundingBox();
  await drag(page, [block.x + 8, block.y + 8], [area.x + area.width - 140, area.y + area.height - 160]);
  assert.ok((await onCanvas(page)) > before, "there is no more block than before");
  await close();
});

test("a block is chosen, deleted and brought back", async () => {
  const { page, close } = await open();
  await small(page);
  await page.mouse.click(...(await middle(page, "drop the event")));
  await page.locator("#panel-blocks .blocklySelected").first().waitFor();
  await page.keyboard.press("Delete");
  await page.locator("#panel-blocks .blocklyBlockCanvas .blocklyText", { hasText: "drop the event" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await page.locator("#panel-blocks .blocklyBlockCanvas .blocklyText", { hasText: "drop the event" }).first().waitFor();
  await close();
});

test("a block has its menu", async () => {
  const { page, close } = await open();
  await small(page);
  await page.mouse.click(...(await middle(page, "drop the event")), { button: "right" });
  await page.locator(".blocklyContextMenu, .blocklyMenu", { hasText: "Show in the text" }).first().waitFor();
  await page.keyboard.press("Escape");
  await close();
});

test("blocks that are no whole rule yet are there after another rule was looked at", async () => {
  const { page, close } = await open();
  await small(page);
  await page.mouse.click(...(await middle(page, "event")));
  await page.locator("#panel-blocks .blocklySelected").first().waitFor();
  await page.keyboard.press("Delete");
  await page.locator(".banner", { hasText: "Not a whole rule yet" }).or(page.locator(".problem.error")).first().waitFor();
  await page.locator(".project", { hasText: "1 not saved" }).waitFor();
  const left = await onCanvas(page);
  await page.locator('[data-name="filters/network-browsers.rule"]').click();
  await page.locator("#panel-blocks .blocklyText", { hasText: "browsers" }).first().waitFor();
  await page.locator(`[data-name="${RULE}"]`).click();
  await page.locator("#panel-blocks .blocklyText", { hasText: "drawn" }).first().waitFor();
  assert.equal(await onCanvas(page), left);
  await page.locator(".project", { hasText: "1 not saved" }).waitFor();
  await close();
});

test("a stray block and a note stay with their rule, and are saved beside it", async () => {
  const { page, close } = await open();
  await small(page);
  const area = await page.locator("#panel-blocks .blocks-area").boundingBox();
  await page.locator(".blocklyToolboxCategory", { hasText: "Keep or drop" }).click();
  const block = await page.locator(".blocklyFlyout .blocklyText", { hasText: "drop the event" }).first().boundingBox();
  await drag(page, [block.x + 8, block.y + 8], [area.x + area.width - 140, area.y + area.height - 160]);
  await page.locator("#panel-blocks .is-loose").first().waitFor();
  await page.mouse.click(area.x + area.width - 60, area.y + 40, { button: "right" });
  await page.getByRole("menuitem", { name: /Add Comment/i }).click();
  await page.locator("#panel-blocks .blocklyComment").first().waitFor();
  await page.locator('[data-name="filters/network-browsers.rule"]').click();
  await page.locator("#panel-blocks .blocklyText", { hasText: "browsers" }).first().waitFor();
  await page.locator(`[data-name="${RULE}"]`).click();
  await page.locator("#panel-blocks .is-loose").first().waitFor();
  await page.locator("#panel-blocks .blocklyComment").first().waitFor();
  await page.keyboard.press("Control+s");
  await page.locator(".toast", { hasText: `${RULE} saved` }).waitFor();
  const layout = JSON.parse(await readFile(join(project.folder, RULE.replace(".rule", ".layout.json")), "utf8"));
  assert.equal(layout.workspaceComments.length, 1);
  assert.equal(layout.blocks.blocks.length, 2);
  await page.reload();
  await page.getByText(/Drops \d+ of 362 events/).first().waitFor();
  await page.locator(`[data-name="${RULE}"]`).click();
  await page.locator("#panel-blocks .is-loose").first().waitFor();
  await close();
});

test("unfinished text of a file that is kept as blocks waits for its end", async () => {
  const { page, close } = await open();
  await page.getByRole("button", { name: /^Examples/ }).click();
  await page.getByRole("menuitem", { name: /The same, kept as blocks/ }).click();
  await page.locator(".project", { hasText: "Sysmon, as blocks" }).waitFor();
  await write(page, 'filter "half');
  await page.locator(".project", { hasText: "1 not saved" }).waitFor();
  const [current] = await page.locator(".rule.current [data-name]").evaluateAll((all) => all.map((each) => each.dataset.name));
  await page.locator("[data-name$='.blocks.json']").nth(5).click();
  await page.locator(`[data-name="${current}"]`).click();
  await page.locator("#panel-text .cm-content", { hasText: 'filter "half' }).waitFor();
  await close();
});

test("blocks that are behind the text do not write over it", async () => {
  const { page, close } = await open();
  await small(page);
  await write(page, 'filter "drawn" {\n    if event is sysmon.image_load and (Image == 1 {\n');
  await page.click("#tab-blocks");
  await page.locator(".banner", { hasText: "wait until it is mended" }).waitFor();
  await page.mouse.click(...(await middle(page, "drop the event")));
  await page.keyboard.press("Delete");
  await page.waitForTimeout(300);
  await (await textOf(page)).filter({ hasText: "(Image == 1" }).waitFor();
  await close();
});

test("two tabs keep their own work", async () => {
  const { page, close } = await open(server.origin);
  const other = await page.context().newPage();
  await other.goto(server.origin);
  await other.getByText("Drops 48 of 362 events").first().waitFor();
  await write(page, 'filter "of the first tab" {\n    if event is sysmon.dns_query and QueryName exists {\n        drop\n    }\n}\n');
  await page.locator(".rule.current", { hasText: "of the first tab" }).waitFor();
  await page.waitForTimeout(900);
  await other.locator('[data-name="filters/network-browsers.rule"]').click();
  await write(other, 'filter "of the second tab" {\n    if event is sysmon.dns_query and QueryName exists {\n        drop\n    }\n}\n');
  await other.locator(".rule.current", { hasText: "of the second tab" }).waitFor();
  await other.waitForTimeout(900);
  await page.reload();
  await page.locator(".rule.current", { hasText: "of the first tab" }).waitFor();
  await close();
});

test("blocks are copied from one tab to the other", async () => {
  const { page, close } = await open(server.origin, { permissions: ["clipboard-read", "clipboard-write"] });
  await small(page);
  await page.mouse.click(...(await middle(page, "drop the event")));
  await page.locator("#panel-blocks .blocklySelected").first().waitFor();
  await page.keyboard.press("Control+c");
  // A new tab begins with what was worked on last.
  const other = await page.context().newPage();
  await other.goto(server.origin);
  await other.getByText(/Drops \d+ of 362 events/).first().waitFor();
  await other.locator("#panel-blocks .blocklyBlockCanvas .blocklyText").first().waitFor();
  const before = await onCanvas(other);
  const area = await other.locator("#panel-blocks .blocks-area").boundingBox();
  await other.mouse.click(area.x + area.width - 60, area.y + 40);
  await other.keyboard.press("Control+v");
  await other.waitForFunction((many) => document.querySelectorAll("#panel-blocks .blocklyBlockCanvas .blocklyDraggable").length > many, before);
  await close();
});

test("what is typed in part is the one event that it leads to", async () => {
  const { page, close } = await open();
  await small(page);
  await page.locator("#panel-blocks .blocklyEditableField", { hasText: "sysmon.image_load" }).first().click();
  await page.locator(".blocklyHtmlInput").fill("network");
  await page.locator(".picker-option", { hasText: "sysmon.network_connect" }).waitFor();
  await page.keyboard.press("Enter");
  await (await textOf(page)).filter({ hasText: "sysmon.network_connect" }).waitFor();
  await close();
});

test("a filter that would end alerts says so before it is added", async () => {
  const { page, close } = await open();
  await page.getByText(/^Alerts \d/).click();
  await page.waitForTimeout(300);
  await page.locator('[role="row"]', { hasText: "process_create" }).first().click();
  await page.getByRole("button", { name: /Make a filter/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/would end/).waitFor();
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Silence alerts…" }).click();
  await dialog.getByText(/of them alerts? now/).waitFor();
  await dialog.getByRole("button", { name: "Add rule" }).click();
  await page.getByText(/alerts? silenced/).first().waitFor();
  await close();
});

test("a whitelisted hash has the note that was typed, however fast", async () => {
  const { page, close } = await open();
  await page.getByPlaceholder("Search events").fill("foot-pedal");
  await page.waitForTimeout(500);
  await page.locator('[role="row"]').last().click();
  await page.getByRole("button", { name: "Whitelist hash…" }).click();
  await page.getByRole("dialog").getByText("This row is added").waitFor();
  assert.deepEqual(await axe(page), []);
  await page.getByLabel(/Note/).fill("the scanner, asked its owner");
  await page.keyboard.press("Enter");
  await page.locator(".toast", { hasText: "Added to tables/sysmon-hash-whitelist.csv" }).waitFor();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.locator(".toast", { hasText: "1 file saved" }).waitFor();
  const table = await readFile(join(project.folder, "tables/sysmon-hash-whitelist.csv"), "utf8");
  assert.match(table, /the scanner, asked its owner/);
  await close();
});

test("an example that is there already is opened, not added again", async () => {
  const { page, close } = await open();
  await page.locator('[data-name="filters/network-browsers.rule"]').click();
  await page.getByRole("button", { name: /^Examples/ }).click();
  await page.getByRole("menuitem", { name: /routine DNS of Windows/ }).click();
  await page.locator(".rule.current", { hasText: "routine DNS" }).waitFor();
  await page.locator(".toast", { hasText: "is in the project already" }).waitFor();
  await page.getByText("No problems").first().waitFor();
  await close();
});

test("an alert comes with what sets its tags", async () => {
  const { page, close } = await open(server.origin);
  await page.getByRole("button", { name: /^File/ }).click();
  await page.getByRole("menuitem", { name: "New project" }).click();
  await page.locator(".project", { hasText: "untitled" }).waitFor();
  await page.getByRole("button", { name: /^Examples/ }).click();
  await page.getByRole("menuitem", { name: /significant security event/ }).click();
  await page.getByText(/45 events alert/).first().waitFor();
  await close();
});

test("a server that was started again is followed at its new address, with all that is not saved", async () => {
  const port = String(20_000 + Math.floor(Math.random() * 20_000));
  const first = await serve(project.folder, "--port", port);
  const { page, close } = await newPage(browser, first.origin);
  await page.goto(first.address);
  await page.getByText("Drops 48 of 362 events").first().waitFor();
  await page.locator(`[data-name="${RULE}"]`).click();
  await (await textOf(page)).click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.insertText("// not saved yet\n");
  await page.locator(".project", { hasText: "1 not saved" }).waitFor();
  await first.stop();
  const again = await serve(project.folder, "--port", port);
  await page.locator(".project-trouble").waitFor();
  await page.goto(again.address);
  await page.locator(".project-trouble").waitFor({ state: "detached" });
  await page.locator("#panel-text .cm-content", { hasText: "// not saved yet" }).waitFor();
  await page.keyboard.press("Control+s");
  await page.locator(".toast", { hasText: `${RULE} saved` }).waitFor();
  assert.match(await readFile(join(project.folder, RULE), "utf8"), /^\/\/ not saved yet/);
  await close([/ERR_|401/]);
  await again.stop();
});

test("the menus lie above the toolbox", async () => {
  const { page, close } = await open();
  await page.getByRole("button", { name: /^Examples/ }).click();
  await page.getByRole("menuitem", { name: /browsers on the web/ }).click();
  await page.locator(".rule.current", { hasText: "browsers on the web" }).waitFor();
  assert.equal(await access(join(project.folder, "filters/network-browsers-2.rule")).then(() => true, () => false), false);
  await close();
});

for (const what of ["File", "Examples", "New"]) {
  test(`axe finds nothing serious in the menu ${what}`, async () => {
    const { page, close } = await open();
    await page.getByRole("button", { name: what === "New" ? /^New$/ : new RegExp(`^${what}`) }).click();
    await page.getByRole("menu").first().waitFor();
    assert.deepEqual(await axe(page), []);
    await close();
  });
}
