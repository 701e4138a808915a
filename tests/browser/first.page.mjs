// The editor in a real browser, served by `blocksieve serve`: what an analyst sees in the first minutes.
//
// Run: tests/browser/page.sh
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axe, copyOf, launch, newPage, path, serve, textOf } from "./support.mjs";

let project, server, browser;

before(async () => {
  project = await copyOf("examples/sysmon");
  server = await serve(project.folder);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await project?.remove();
});

/** A page on which the example's events are decided. */
async function open(options) {
  const opened = await newPage(browser, server.origin, options);
  await opened.page.goto(server.address);
  await opened.page.getByText("Drops 48 of 362 events").first().waitFor();
  return opened;
}

test("the example is there, with its decisions", async () => {
  const { page, close } = await open();
  assert.equal(await page.locator("#panel-blocks .blocklyWorkspace").count() > 0, true);
  await page.getByText("routine DNS of Windows").first().waitFor();
  await close();
});

test("an edit of the text is decided at once", async () => {
  const { page, close } = await open();
  const editor = await textOf(page);
  await editor.click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText("filter \"everything of DNS\" {\n    if event is sysmon.dns_query and QueryName exists {\n        drop\n    }\n}\n");
  await page.getByText("everything of DNS").first().waitFor();
  await page.waitForFunction(() => !document.body.innerText.includes("Drops 48 of 362 events"));
  await close();
});

test("every block says what the chosen event met", async () => {
  const { page, close } = await open();
  await page.locator('[role="row"]').nth(3).click();
  await page.getByRole("button", { name: /Make a filter/ }).waitFor();
  await page.locator(".met-no").first().waitFor();
  await close();
});

test("events of other forms are read, and nothing is asked of anybody else", async () => {
  const { page, close } = await open();
  for (const file of ["events.xml", "sentinel-event.ndjson"]) {
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      page.getByRole("button", { name: "Add events…" }).click(),
    ]);
    await chooser.setFiles(path("tests/forms/files", file));
  }
  await page.waitForFunction(() => !document.body.innerText.includes("of 362 events"));
  await close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing serious (${colorScheme})`, async () => {
    const { page, close } = await open({ colorScheme });
    assert.deepEqual(await axe(page), []);
    await textOf(page);
    assert.deepEqual(await axe(page), []);
    await close();
  });
}
