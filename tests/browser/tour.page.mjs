// The tour of the editor in a real browser, on a page that nobody serves a project to: what it carries is enough.
//
// Run: tests/browser/page.sh
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { axe, copyOf, launch, newPage, path, serve, textOf, write } from "./support.mjs";

const RULE = "filters/dns-windows-services.rule";

let project, server, browser, folder;

before(async () => {
  project = await copyOf("examples/sysmon");
  server = await serve(project.folder);
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), "blocksieve-"));
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await project?.remove();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const decided = (page, text = "Drops 48 of 362 events") => page.getByText(text).first().waitFor();

/** A page without a project of its own. */
async function open(options, address = server.origin) {
  const opened = await newPage(browser, server.origin, options);
  await opened.page.goto(address);
  // On a narrow page the events are behind a button.
  await opened.page.getByText("Drops 48 of 362 events").first().waitFor({ state: "attached" });
  return opened;
}

async function tab(page, name) {
  await page.click(`#tab-${name}`);
  return page.locator(`#panel-${name}`);
}

async function addEvents(page, ...files) {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name: "Add events…" }).click()]);
  await chooser.setFiles(files);
}

async function example(page, name) {
  await page.getByRole("button", { name: /^Examples/ }).click();
  await page.getByRole("menuitem", { name }).click();
}

test("an example of the menu is added, opened and drops its events", async () => {
  const { page, close } = await open();
  await example(page, /time service notes its limits/);
  await page.locator(".rule.current", { hasText: "time service" }).waitFor();
  await close();
});

test("text becomes blocks, and blocks become text", async () => {
  const { page, close } = await open();
  await write(page, 'filter "both ways" {\n    if event is sysmon.dns_query and QueryName ends with \'.example.net\' {\n        drop\n    }\n}\n');
  const blocks = await tab(page, "blocks");
  await blocks.locator(".blocklyText", { hasText: "both ways" }).first().waitFor();
  await blocks.locator(".blocklyText", { hasText: ".example.net" }).first().waitFor();
  // The name of the rule, by its field in the block.
  await blocks.locator(".blocklyEditableField", { hasText: "both ways" }).first().click();
  await page.locator(".blocklyHtmlInput").fill("renamed as a block");
  await page.keyboard.press("Enter");
  await (await tab(page, "text")).locator(".cm-content", { hasText: 'filter "renamed as a block"' }).waitFor();
  await page.locator(".rule.current", { hasText: "renamed as a block" }).waitFor();
  await close();
});

test("an edit with a fault is told with its place, and shown there", async () => {
  const { page, close } = await open();
  await write(page, 'filter "open" {\n    if event is sysmon.dns_query and (QueryName == 1 {\n        drop\n    }\n}\n');
  const problems = page.getByRole("region", { name: "Problems" });
  await problems.locator(".problem.error").first().waitFor();
  await problems.getByRole("button", { name: /^Show/ }).first().click();
  assert.equal(await page.locator("#tab-text").getAttribute("aria-selected"), "true");
  await page.locator(".cm-lintRange-error, .cm-lintPoint-error").first().waitFor();
  await close();
});

test("a fault of a block stands on the block", async () => {
  const { page, close } = await open();
  await write(page, 'filter "all of it" {\n    drop\n}\n');
  const blocks = await tab(page, "blocks");
  await blocks.locator(".blocklyIconGroup, .blocklyWarningIcon").first().waitFor();
  await close();
});

test("an EVTX file is read in the browser", async () => {
  const { page, close } = await open();
  await addEvents(page, path("tests/forms/files/events.evtx"));
  await page.waitForFunction(() => !document.body.innerText.includes("of 362 events"));
  assert.match(await page.locator("body").innerText(), /of 3[67]\d events/);
  await close();
});

test("every block says what the chosen event met, with the value it saw", async () => {
  const { page, close } = await open();
  await page.getByText(/^Dropped \d/).click();
  await page.locator('[role="row"]').nth(2).click();
  await page.getByRole("button", { name: /Make a filter/ }).waitFor();
  // The rule that dropped it is a step away, and all that it asks for holds.
  await page.locator(".ev-fate .ev-link").click();
  await page.locator(".met-label", { hasText: "svchost.exe" }).first().waitFor();
  await page.locator(".met-label", { hasText: "windowsupdate.com" }).first().waitFor();
  await page.click("#ev-tab-why");
  await page.getByText("Rules that did something").waitFor();
  await close();
});

test("an alert's message is shown, by the project's template", async () => {
  const { page, close } = await open();
  await page.getByText(/^Alerts \d/).click();
  await page.locator('[role="row"]').nth(2).click();
  await page.getByRole("button", { name: /Make a filter/ }).waitFor();
  await page.click("#ev-tab-message");
  const message = page.locator(".ev-message");
  await message.getByText("Tagged").waitFor();
  assert.match(await message.innerText(), /\[high\] .+ on ws0\d\.example\.org/);
  assert.match(await message.innerText(), /Tagged\s+suspicious by "Sysmon: suspicious"/);
  assert.equal(await message.locator(".ev-message-problem").count(), 0);
  await close();
});

test("a filter is made of an event, and drops it", async () => {
  const { page, close } = await open();
  await page.getByText(/^Kept \d/).click();
  await page.locator('[role="row"]').nth(3).click();
  await page.getByRole("button", { name: /Make a filter/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: /Make the filter|Make it|Add/ }).first().click();
  await page.waitForFunction(() => !document.body.innerText.includes("Drops 48 of 362 events"));
  await close();
});

test("Winlogbeat's processors follow the rule, in the version that is chosen", async () => {
  const { page, close } = await open();
  const panel = await tab(page, "winlogbeat");
  await panel.getByText("drop_event").first().waitFor();
  await write(page, 'filter "of the agent" {\n    if event is sysmon.dns_query and QueryName == \'unique.example.org\' {\n        drop\n    }\n}\n');
  await (await tab(page, "winlogbeat")).getByText("unique").first().waitFor();
  await close();
});

test("the listing is there", async () => {
  const { page, close } = await open();
  await (await tab(page, "listing")).getByText(/stop|drop/).first().waitFor();
  await close();
});

test("a test is made of an event, and passes", async () => {
  const { page, close } = await open();
  await page.locator('[role="row"]').nth(3).click();
  const panel = await tab(page, "tests");
  await panel.getByText("17 tests pass").waitFor();
  await panel.getByRole("button", { name: /event/ }).first().click();
  await panel.getByText("18 tests pass").waitFor();
  await close();
});

test("what the tests saw of a rule stands in the tab, block by block, and on the blocks", async () => {
  const { page, close } = await open();
  let panel = await tab(page, "tests");
  await panel.getByText("9 of 9 conditions of dns-windows-services.rule seen true and false").waitFor();
  await panel.getByText("Every block, and what the tests saw").click();
  await panel.locator(".coverage-pieces li", { hasText: "QueryStatus == 0" }).getByText(/^true \d+×, false \d+×$/).waitFor();

  // A condition that no test knows of, and one more behind it that none asks.
  const text = await readFile(path("examples/sysmon", RULE), "utf8");
  await write(page, text.replace("       and QueryStatus == 0", "       and QueryStatus == 0\n       and ProcessId != 4711").replace("drop\n    }", "drop\n    } else if QueryName == 'nobody' {\n        keep\n    }"));
  panel = await tab(page, "tests");
  await panel.getByText("9 of 11 conditions of dns-windows-services.rule seen true and false").waitFor();
  await panel.getByRole("button", { name: "no test has an event where `ProcessId != 4711` is false" }).waitFor();
  await panel.getByRole("button", { name: "no test has an event where `QueryName == 'nobody'` is true" }).waitFor();
  await panel.getByRole("button", { name: "no test has an event that reaches `keep`" }).waitFor();
  assert.deepEqual(await axe(page), []);

  // On the blocks, in words too.
  await panel.getByLabel("show on the blocks").check();
  await tab(page, "blocks");
  await page.locator(".met-partly .met-label", { hasText: /^◐ only true, \d+×$/ }).first().waitFor();
  await page.locator(".met-no .met-label", { hasText: "✗ not reached" }).first().waitFor();
  await page.locator(".met-yes .met-label", { hasText: /^✓ true \d+×, false \d+×$/ }).first().waitFor();
  assert.match((await page.locator('.met-no [aria-description^="By the tests:"]').first().getAttribute("aria-description")) ?? "", /not reached/);
  await page.getByLabel("Show what the tests saw").uncheck();
  await page.locator(".met-partly").first().waitFor({ state: "detached" });

  // A line of the list leads to its block.
  panel = await tab(page, "tests");
  await panel.getByRole("button", { name: /reaches `keep`/ }).click();
  await page.locator("#panel-blocks").waitFor();
  await page.locator(".blocklySelected").first().waitFor();
  await close();
});

test("all tests of the project say more of a rule than its own", async () => {
  const { page, close } = await open();
  const panel = await tab(page, "tests");
  const ran = async () => Number(/ran (\d+)×/.exec((await panel.locator(".coverage-pieces li").first().textContent()) ?? "")?.[1]);
  await panel.getByText("Every block, and what the tests saw").click();
  const own = await ran();
  // As `blocksieve test --coverage` counts, variants of events too.
  assert.equal(own, 39);
  await panel.getByLabel("all of the project").check();
  await page.waitForFunction((own) => Number(/ran (\d+)×/.exec(document.querySelector(".coverage-pieces li")?.textContent ?? "")?.[1]) > own, own);
  await close();
});

test("a link holds the rules and no event, and opens elsewhere", async () => {
  const { page, close } = await open({ permissions: ["clipboard-read", "clipboard-write"] });
  await write(page, 'filter "sent by link" {\n    if event is sysmon.dns_query and QueryName exists {\n        drop\n    }\n}\n');
  await page.locator(".rule.current", { hasText: "sent by link" }).waitFor();
  await page.getByRole("button", { name: /^File/ }).click();
  await page.getByRole("menuitem", { name: /Share by link/ }).click();
  const link = await page.locator(".share-link").inputValue();
  assert.match(link, /#rules=1\./);
  assert.ok(link.length < 4_000, `${link.length} letters`);
  await close();
  const other = await newPage(browser, server.origin);
  await other.page.goto(link);
  await other.page.locator(".rule.current", { hasText: "sent by link" }).waitFor();
  await other.close();
});

test("a damaged link is told, and nothing is lost", async () => {
  const { page, close } = await newPage(browser, server.origin);
  await page.goto(`${server.origin}/#rules=1.AAAA`);
  await page.getByRole("dialog").getByText(/damaged/).waitFor();
  await page.keyboard.press("Escape");
  await decided(page);
  await close();
});

test("what was worked on is there after a reload", async () => {
  const { page, close } = await open();
  await write(page, 'filter "kept over night" {\n    if event is sysmon.dns_query and QueryName exists {\n        drop\n    }\n}\n');
  await page.locator(".rule.current", { hasText: "kept over night" }).waitFor();
  await page.waitForTimeout(1_000);
  await page.reload();
  await page.locator(".rule.current", { hasText: "kept over night" }).waitFor();
  await close();
});

test("without a network everything goes on, EVTX and Winlogbeat too", async () => {
  const { page, close } = await newPage(browser, server.origin);
  const modules = new Set();
  const second = new Promise((resolve) =>
    page.on("requestfinished", (request) => {
      if (request.url().endsWith(".wasm")) modules.add(request.url());
      if (modules.size === 2) resolve();
    }),
  );
  await page.goto(server.origin);
  await decided(page);
  // The second module comes a little after the first decisions.
  await second;
  await page.waitForLoadState("networkidle");
  await page.context().setOffline(true);
  await addEvents(page, path("tests/forms/files/events.evtx"));
  await page.waitForFunction(() => !document.body.innerText.includes("of 362 events"));
  await (await tab(page, "winlogbeat")).getByText("drop_event").first().waitFor();
  await write(page, 'filter "alone" {\n    if event is sysmon.dns_query and QueryName exists {\n        drop\n    }\n}\n');
  await page.locator(".rule.current", { hasText: "alone" }).waitFor();
  await close();
});

test("broken and foreign files are named, with the reason, and lose nothing", async () => {
  const { page, close } = await open();
  const files = {
    "cut.evtx": (await readFile(path("tests/forms/files/events.evtx"))).subarray(0, 5_000),
    "empty.ndjson": Buffer.alloc(0),
    "picture.png": Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"),
    "half.ndjson": Buffer.from('{"winlog":{"event_id":"22","provider_name":"Microsoft-Windows-Sysmon","event_data":{"QueryName":"a"}}}\n{"winlog":'),
    "bomb.json.gz": Buffer.from("1f8b0800000000000003ffff", "hex"),
  };
  const paths = [];
  for (const [name, bytes] of Object.entries(files)) {
    paths.push(join(folder, name));
    await writeFile(join(folder, name), bytes);
  }
  await addEvents(page, ...paths);
  const events = page.getByRole("region", { name: "Events" });
  await events.getByText(/of \d+ files/).first().waitFor();
  await events.getByText(/files?$/).first().click().catch(() => {});
  for (const name of ["picture.png", "half.ndjson"]) await events.getByText(name).first().waitFor();
  await addEvents(page, join(folder, "picture.png"));
  await page.locator(".toast.bad", { hasText: "picture.png could not be read" }).waitFor();
  await addEvents(page, join(folder, "half.ndjson"));
  await page.locator(".toast.bad", { hasText: "half.ndjson: 1 event added; 1 damaged record" }).waitFor();
  await page.locator(".rule.current").waitFor();
  await close();
});

test("hostile values are shown as text", async () => {
  const { page, close } = await open();
  const hostile = '<img src=x onerror="globalThis.broken=1"><script>globalThis.broken=1</script>';
  const event = {
    "@timestamp": "2026-01-31T10:00:00Z",
    winlog: {
      provider_name: "Microsoft-Windows-Sysmon",
      event_id: "1",
      computer_name: hostile,
      event_data: { Image: hostile, CommandLine: `\u202egnp.exe \u0000\u0007 ${hostile}`, User: "javascript:alert(1)" },
    },
  };
  const file = join(folder, "hostile.ndjson");
  await writeFile(file, `${JSON.stringify(event)}\n`);
  await addEvents(page, file);
  await decided(page, "of 363 events");
  await page.getByPlaceholder("Search events").fill("onerror");
  await page.waitForFunction(() => document.querySelectorAll('[role="row"]').length === 2);
  await page.locator('[role="row"]', { hasText: "process_create" }).first().click();
  await page.getByText('onerror="globalThis.broken=1"').first().waitFor();
  // What would turn the letters about is written out.
  await page.locator(".ev-value", { hasText: "\\u{202E}gnp.exe" }).waitFor();
  await page.getByRole("button", { name: /Make a filter/ }).click();
  await page.getByRole("dialog").getByLabel("The text of the rule").filter({ hasText: "onerror" }).waitFor();
  await page.keyboard.press("Escape");
  await write(page, `filter "${hostile.replaceAll('"', '\\"')}" {\n    if event is sysmon.dns_query and QueryName == '${hostile}' {\n        drop\n    }\n}\n`);
  await page.locator(".rule.current", { hasText: "onerror" }).waitFor();
  await tab(page, "blocks");
  await tab(page, "winlogbeat");
  await page.waitForTimeout(300);
  assert.equal(await page.evaluate(() => globalThis.broken), undefined);
  await close();
});

test("by keyboard alone: to a rule, its text, an event, and back", async () => {
  const { page, close } = await open();
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent?.slice(0, 60));
  await page.keyboard.press("Tab");
  assert.match(await focused(), /To the editor/);
  const until = async (wanted, most = 60) => {
    for (let tries = 0; tries < most; tries++) {
      const now = await focused();
      if (wanted.test(now ?? "")) return;
      await page.keyboard.press("Tab");
    }
    assert.fail(`${wanted} is not reached; the focus is at ${await focused()}`);
  };
  await until(/^Find a rule/);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  // Past the tests of the first rule, to the next one.
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const current = await page.locator(".rule.current").innerText();
  assert.ok(current.length > 0);
  await until(/^Blocks/);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Tab");
  await page.locator("#panel-text .cm-content").waitFor();
  const isIn = (selector) => page.evaluate((within) => document.activeElement?.closest(within) !== null, selector);
  for (let tries = 0; tries < 10 && !(await isIn("#panel-text .cm-content")); tries++) await page.keyboard.press("Tab");
  assert.ok(await isIn("#panel-text .cm-content"), "the text is not reached");
  await page.keyboard.press("Control+End");
  await page.keyboard.insertText("// by keyboard\n");
  // The first one closes what may be offered.
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  assert.notEqual(await page.evaluate(() => document.activeElement?.className.includes("cm-content")), true, "Tab leaves the text");
  await until(/events/i, 120);
  await close();
});

test("a block is reached and deleted by keyboard alone", async () => {
  const { page, close } = await open();
  await page.locator("#panel-blocks .blocklyBlockCanvas .blocklyText").first().waitFor();
  const isOnBlock = () => page.evaluate(() => document.activeElement?.closest(".blocklyBlockCanvas .blocklyDraggable, .blocklyBlock") !== null);
  for (let tries = 0; tries < 60 && !(await page.evaluate(() => document.activeElement?.closest("#panel-blocks .blocklySvg") !== null)); tries++)
    await page.keyboard.press("Tab");
  for (let tries = 0; tries < 10 && !(await isOnBlock()); tries++) await page.keyboard.press("ArrowDown");
  assert.ok(await isOnBlock(), "no block is reached");
  // From the rule to the second line about it.
  for (let times = 0; times < 2; times++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Delete");
  await page.locator(".project", { hasText: "1 not saved" }).waitFor();
  await page.keyboard.press("Control+z");
  await page.locator(".project", { hasText: "not saved" }).waitFor({ state: "detached" });
  await close();
});

for (const theme of ["contrast", "dark", "light"]) {
  test(`axe finds nothing serious on any tab, with an event open (${theme})`, async () => {
    const { page, close } = await open();
    await page.getByLabel("Theme").selectOption(theme);
    await page.locator('[role="row"]').nth(3).click();
    await page.getByRole("button", { name: /Make a filter/ }).waitFor();
    for (const name of ["blocks", "text", "winlogbeat", "tests", "listing"]) {
      await tab(page, name);
      await page.waitForTimeout(150);
      assert.deepEqual(await axe(page), [], name);
    }
    await close();
  });
}

for (const [width, height] of [[360, 740], [768, 1024], [3840, 2160]]) {
  test(`nothing runs out of a window of ${width} by ${height}`, async () => {
    const { page, close } = await open({ viewport: { width, height } });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${wide} pixels too wide`);
    if (width === 360) {
      for (const pane of ["Rules", "Events", "Editor"]) {
        await page.getByRole("navigation", { name: "Parts of the page" }).getByRole("button", { name: pane }).click();
        await page.getByRole("region", { name: pane, exact: true }).waitFor();
        assert.deepEqual(await axe(page), [], pane);
      }
    }
    await close();
  });
}
