// The editor and the folder of `blocksieve serve`: what is saved, what is told, and that no text is lost.
//
// Run: tests/browser/page.sh
import assert from "node:assert/strict";
import { readFile, rm, writeFile, access } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { copyOf, launch, newPage, serve } from "./support.mjs";

const RULE = "filters/dns-windows-services.rule";
const TITLE = /routine DNS of Windows/;

let browser, project, server;

before(async () => (browser = await launch()));
after(() => browser?.close());

// Each test has a folder of its own.
beforeEach(async () => {
  project = await copyOf("examples/sysmon");
  server = await serve(project.folder);
});
afterEach(async () => {
  await server?.stop();
  await project?.remove();
});

const disk = (name) => readFile(join(project.folder, name), "utf8");
const write = (name, text) => writeFile(join(project.folder, name), text);
const exists = (name) => access(join(project.folder, name)).then(() => true, () => false);

async function open(address = server.address, origin = server.origin) {
  const opened = await newPage(browser, origin);
  await opened.page.goto(address);
  await opened.page.getByText("Drops 48 of 362 events").first().waitFor();
  await opened.page.locator(`[data-name="${RULE}"]`).click();
  return opened;
}

/** Puts a comment before the text of the rule that is open. */
async function comment(page, words) {
  await page.click("#tab-text");
  const editor = page.locator("#panel-text .cm-content");
  await editor.click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.insertText(`// ${words}\n`);
  await page.locator(".project", { hasText: "1 not saved" }).waitFor();
}

const said = (page, text) => page.locator(".toast", { hasText: text }).first().waitFor();

test("what is saved is in the folder, and there after a reload", async () => {
  const { page, close } = await open();
  await comment(page, "looked at in November");
  await page.keyboard.press("Control+s");
  await said(page, `${RULE} saved`);
  assert.match(await disk(RULE), /^\/\/ looked at in November\n/);
  await page.reload();
  await page.locator(`[data-name="${RULE}"]`).click();
  await page.click("#tab-text");
  await page.locator("#panel-text .cm-content", { hasText: "looked at in November" }).waitFor();
  assert.equal(await page.locator(".project", { hasText: "not saved" }).count(), 0);
  await close();
});

test("a change of the folder is shown", async () => {
  const { page, close } = await open();
  await write(RULE, `// from another editor\n${await disk(RULE)}`);
  await said(page, `${RULE} was changed in the folder and is shown anew`);
  await page.click("#tab-text");
  await page.locator("#panel-text .cm-content", { hasText: "from another editor" }).waitFor();
  await write("filters/new.rule", 'filter "brand new" { if event is sysmon.image_load { drop } }\n');
  await page.locator(".rule-title", { hasText: "brand new" }).waitFor();
  await rm(join(project.folder, "filters/new.rule"));
  await page.locator(".rule-title", { hasText: "brand new" }).waitFor({ state: "detached" });
  await close();
});

test("changed here and there: both texts are shown, mine can be saved", async () => {
  const { page, close } = await open();
  await comment(page, "mine");
  const theirs = `// theirs\n${await disk(RULE)}`;
  await write(RULE, theirs);
  await said(page, "was changed in the folder, and here too");
  await page.keyboard.press("Control+s");
  const dialog = page.getByRole("dialog");
  await dialog.locator(".cm-changedText, .cm-changedLine").first().waitFor();
  await dialog.getByText("// theirs").waitFor();
  await dialog.getByText("// mine").waitFor();
  await dialog.getByRole("button", { name: "Decide later" }).click();
  assert.equal(await disk(RULE), theirs);
  await page.keyboard.press("Control+s");
  await dialog.getByRole("button", { name: "Save mine over it" }).click();
  await said(page, `${RULE} saved`);
  assert.match(await disk(RULE), /^\/\/ mine\n/);
  await close([/409/]);
});

test("changed here and there: the folder's can be taken", async () => {
  const { page, close } = await open();
  await comment(page, "mine");
  await write(RULE, `// theirs\n${await disk(RULE)}`);
  await page.locator(".toast").getByRole("button", { name: "Compare" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take the folder's" }).click();
  await page.locator("#panel-text .cm-content", { hasText: "// theirs" }).waitFor();
  assert.equal(await page.locator(".project", { hasText: "not saved" }).count(), 0);
  await close();
});

test("deleted there with changes here: they stay, and can be saved as new", async () => {
  const { page, close } = await open();
  await comment(page, "mine");
  await rm(join(project.folder, RULE));
  await said(page, "was deleted in the folder. Your changes to it are kept here");
  await page.keyboard.press("Control+s");
  await said(page, `${RULE} saved`);
  assert.match(await disk(RULE), /^\/\/ mine\n/);
  await close();
});

test("a new rule, another name for it, away with it and back again", async () => {
  const { page, close } = await open();
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByRole("menuitem", { name: /Filter/ }).click();
  await page.getByLabel("Name of the rule").fill("Quiet printers");
  await page.keyboard.press("Enter");
  await page.locator(".rule.current", { hasText: "Quiet printers" }).waitFor();
  assert.equal(await exists("filters/quiet-printers.rule"), false, "nothing is written before it is saved");
  await page.keyboard.press("Control+s");
  await said(page, "filters/quiet-printers.rule saved");
  assert.match(await disk("filters/quiet-printers.rule"), /filter "Quiet printers"/);

  await page.locator(".rule.current .rule-open").focus();
  await page.keyboard.press("F2");
  await page.getByLabel("Path in the project").fill("filters/printers.rule");
  await page.keyboard.press("Enter");
  await page.locator('.rule.current [data-name="filters/printers.rule"]').waitFor();
  assert.equal(await exists("filters/quiet-printers.rule"), false);
  assert.match(await disk("filters/printers.rule"), /filter "Quiet printers"/);

  await page.locator(".rule.current .rule-open").focus();
  await page.keyboard.press("Delete");
  await said(page, "printers.rule deleted");
  assert.equal(await exists("filters/printers.rule"), false);
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await page.locator('.rule.current [data-name="filters/printers.rule"]').waitFor();
  await page.waitForFunction(() => !document.querySelector(".project")?.textContent?.includes("not saved"));
  assert.match(await disk("filters/printers.rule"), /filter "Quiet printers"/);
  await close();
});

test("what check says of the folder is among the problems", async () => {
  await write("blocksieve.toml", `${await disk("blocksieve.toml")}\n[tables.ghost]\nfile = "tables/ghost.csv"\nkey = "name"\n`);
  const { page, close } = await open();
  await page.locator(".problems", { hasText: "ghost" }).first().waitFor();
  await close();
});

test("a project that is only to be read says so, and loses nothing", async () => {
  const locked = await serve(project.folder, "--read-only");
  const { page, close } = await open(locked.address, locked.origin);
  await page.locator(".project", { hasText: "read only" }).waitFor();
  await comment(page, "mine");
  await page.keyboard.press("Control+s");
  await said(page, "served to be read only");
  await page.locator(".project", { hasText: "1 not saved" }).waitFor();
  await close();
  await locked.stop();
});

test("without the server the page goes on, and says what it cannot do", async () => {
  const { page, close } = await open();
  await comment(page, "mine");
  await server.stop();
  await page.locator(".project-trouble", { hasText: "the server does not answer" }).waitFor();
  await page.keyboard.press("Control+s");
  await said(page, "is not saved: The server does not answer.");
  await page.locator("#panel-text .cm-content", { hasText: "// mine" }).waitFor();
  await page.locator(".rule-title", { hasText: TITLE }).first().waitFor();
  await close([/ERR_CONNECTION|ERR_INCOMPLETE|ERR_NETWORK|ERR_EMPTY/]);
});

test("an address of yesterday is told apart, and the page works on its own", async () => {
  const { page, close } = await newPage(browser, server.origin);
  await page.goto(server.address.replace(/token=.*/, "token=00000000000000000000000000000000"));
  await said(page, "The project is not opened");
  await page.getByText("Drops 48 of 362 events").first().waitFor();
  await close([/401/]);
});

test("the example can be looked at, and the way back leads to the folder", async () => {
  const { page, close } = await open();
  await page.getByRole("button", { name: /^Examples/ }).click();
  await page.getByRole("menuitem", { name: /The same, kept as blocks/ }).click();
  await page.locator(".project", { hasText: "Sysmon, as blocks" }).waitFor();
  await page.getByRole("button", { name: /^File/ }).click();
  await page.getByRole("menuitem", { name: /^Back to/ }).click();
  await page.locator('[data-name="filters/dns-windows-services.rule"]').waitFor();
  assert.equal(await page.locator(".project", { hasText: "not saved" }).count(), 0);
  await close();
});
