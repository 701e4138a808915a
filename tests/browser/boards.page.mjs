// The dashboards in a real browser, with the real engine. What they count is counted here once more, of the file itself, by plain means.
//
// Run: tests/browser/page.sh
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, test } from "node:test";
import { axe, copyOf, launch, newPage, path, serve } from "./support.mjs";

let browser, project, server, events, expected;

before(async () => {
  project = await copyOf("examples/sysmon");
  server = await serve(project.folder);
  browser = await launch();
  events = (await readFile(path("examples/sysmon/events/sysmon.ndjson"), "utf8")).trim().split("\n").map((line) => JSON.parse(line));
  const rows = (await readFile(path("examples/sysmon/events/expected.tsv"), "utf8")).trim().split("\n").slice(1);
  // What each event is, by its author: record, decision, filter, group, tags.
  expected = new Map(rows.map((row) => row.split("\t")).map(([record, decision, , group, tags]) => [record, { decision, group, tags: tags.split(/[ ,]+/) }]));
});
after(async () => {
  await browser?.close();
  await server?.stop();
  await project?.remove();
});

let latest;
// A test that failed leaves its page open, and a page keeps a connection to the server.
afterEach(() => latest?.context().close());

async function blank(options) {
  const opened = await newPage(browser, server.origin, options);
  latest = opened.page;
  return opened;
}

/** A page that shows a dashboard; `rest`: more of its link. */
async function open(board, rest = "", options) {
  const opened = await blank(options);
  await opened.page.goto(`${server.address}&view=dashboards&board=${board}${rest}`);
  await opened.page.locator('.board-body[aria-busy="false"] .board-number strong').waitFor();
  return opened;
}

const BOARDS = {
  overview: { ids: [...Array.from({ length: 29 }, (_, at) => at + 1), 255], fields: ["msg.username", "msg.image", "msg.rulename", "@host"] },
  file: { ids: [2, 11, 15, 23, 26, 27], fields: ["msg.targetfilename", "msg.username", "msg.image"] },
  process: { ids: [1, 5, 10], fields: ["msg.commandline", "msg.parentimage", "msg.sourceimage", "msg.targetimage", "msg.sourceusername", "msg.grantedaccess"] },
  registry: { ids: [12, 13, 14], fields: ["msg.targetobject", "msg.eventtype", "msg.details", "msg.image"] },
  wmi: { ids: [19, 20, 21], fields: ["msg.filter", "msg.consumer", "msg.operation", "msg.query"] },
  network: { ids: [3, 22], fields: ["msg.destinationip", "msg.destinationport", "msg.queryname", "msg.image"] },
  loads: { ids: [6, 7, 17, 18], fields: ["msg.imageloaded", "msg.signature", "msg.signaturestatus", "msg.pipename"] },
  health: { ids: [4, 16, 255], fields: ["msg.state", "msg.configuration", "msg.description", "@host"] },
};
const ACCOUNTS = { username: "User", sourceusername: "SourceUser", targetusername: "TargetUser" };

const SYSMON = "{5770385f-c22a-43e0-bf4c-06f5698ffbd9}";
/** Is it of Sysmon? Where the provider has no name, its GUID says it. */
const isSysmon = ({ winlog }) => (winlog.provider_name ? winlog.provider_name === "Microsoft-Windows-Sysmon" : winlog.provider_guid === SYSMON);
/** Events of Sysmon with these ids. */
const ofIds = (ids) => events.filter((event) => isSysmon(event) && ids.includes(Number(event.winlog.event_id)));

/** Texts are equal by simple case folding: `ſ` is an `s`. */
const fold = (text) => [...text].map((letter) => (letter.toUpperCase().length === letter.length ? letter.toUpperCase().toLowerCase() : letter.toLowerCase())).join("");

/** What an event has under a name of the dashboards. */
function valueOf(event, field) {
  if (field === "@host") return event.host.name;
  const name = field.replace("msg.", "");
  const data = event.winlog.event_data ?? {};
  const found = Object.keys(data).find((each) => each === ACCOUNTS[name] || (!(name in ACCOUNTS) && each.toLowerCase() === name));
  return found === undefined ? null : String(data[found]);
}

/** How often each value stands in events, ignoring case; the ones that have none apart. */
function counted(all, field) {
  const counts = new Map();
  let absent = 0;
  for (const event of all) {
    const value = valueOf(event, field);
    if (value === null) absent++;
    else counts.set(fold(value), (counts.get(fold(value)) ?? 0) + 1);
  }
  return { counts, absent };
}

const card = (page, field) => page.locator("figure.card", { has: page.locator(`h3[title="${field}"]`) });

/** The rows of a card: value, folded, and count; "none" is null. */
async function rowsOf(page, field) {
  const rows = await card(page, field).locator("tbody tr").evaluateAll((all) =>
    all.map((row) => {
      const value = row.querySelector(".card-value");
      const isWord = row.querySelector("em") !== null;
      return [isWord ? (value.textContent === "none" ? null : "") : value.textContent, Number(row.querySelector("td.card-count").textContent.replaceAll(",", ""))];
    }),
  );
  return rows.map(([value, many]) => [value === null ? null : fold(value), many]);
}
const number = async (page) => Number((await page.locator(".board-number strong").textContent()).replaceAll(",", ""));
const shows = (page, many) => page.waitForFunction((wanted) => document.querySelector(".board-number strong")?.textContent === wanted, many.toLocaleString("en-US"));
const hashOf = (page) => page.evaluate(() => location.hash);

for (const [board, { ids, fields }] of Object.entries(BOARDS))
  test(`${board}: its numbers are those of the file`, async () => {
    const { page, close } = await open(board);
    const all = ofIds(ids);
    assert.equal(await number(page), all.length);
    for (const field of fields) {
      const { counts, absent } = counted(all, field);
      if ((await card(page, field).locator(".card-more").count()) > 0) {
        await card(page, field).locator(".card-more").click();
        await page.waitForFunction(([field, least]) => document.querySelector(`h3[title="${field}"]`).closest("figure").querySelectorAll("tbody tr:not(.none)").length >= least, [field, Math.min(counts.size, 100)]);
      }
      const rows = await rowsOf(page, field);
      const values = rows.filter(([value]) => value !== null);
      assert.equal(values.length, Math.min(counts.size, 100), field);
      for (const [value, many] of values) assert.equal(many, counts.get(value), `${field} ${value}`);
      assert.deepEqual(rows.filter(([value]) => value === null), absent > 0 ? [[null, absent]] : [], field);
      const sizes = values.map(([, many]) => many);
      assert.deepEqual(sizes, [...sizes].sort((a, b) => b - a), field);
    }
    await close();
  });

test("the chart has each event in its minute and its group", async () => {
  // What no filter drops: the author says the group of what arrives.
  const { page, close } = await open("overview", "&is=%40rule");
  await page.locator(".chart-table > summary").click();
  const seen = await page.locator(".chart-table tbody tr").evaluateAll((rows) =>
    rows.map((row) => [...row.children].map((cell) => cell.textContent)),
  );
  const heads = await page.locator(".chart-table thead th").allTextContents();
  const names = { Suspicious: "suspicious", Security: "security", Forensic: "forensic", "No group": "-" };
  const counts = new Map();
  for (const event of ofIds(BOARDS.overview.ids)) {
    const { group, decision } = expected.get(String(event.winlog.record_id));
    if (decision !== "keep") continue;
    const key = `${event["@timestamp"].slice(0, 16).replace("T", " ")} ${group}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const shown = new Map();
  for (const [from, ...cells] of seen)
    cells.forEach((cell, at) => {
      if (Number(cell) > 0) shown.set(`${from.slice(0, 16)} ${names[heads[at + 1]]}`, Number(cell));
    });
  assert.deepEqual([...shown].sort(), [...counts].sort());
  await close();
});

test("a click filters in, another one out; Back and Forward go through the steps", async () => {
  const { page, close } = await open("process");
  const all = ofIds(BOARDS.process.ids);
  const { counts } = counted(all, "msg.username");
  const [first, second] = await rowsOf(page, "msg.username");
  await card(page, "msg.username").locator(".card-value").first().click();
  await shows(page, counts.get(first[0]));
  assert.equal(await page.locator(".board-chip").count(), 1);
  // The same click takes it back.
  await card(page, "msg.username").locator(".card-value").first().click();
  await shows(page, all.length);
  await card(page, "msg.username").getByRole("button", { name: /^Leave out/ }).nth(1).click();
  await shows(page, all.length - counts.get(second[0]));
  const [image] = await rowsOf(page, "msg.image");
  await card(page, "msg.image").locator(".card-value").first().click({ modifiers: ["Alt"] });
  const both = all.length - counts.get(second[0]) - image[1];
  await shows(page, both);
  assert.equal(await page.locator(".board-chip.out").count(), 2);
  await page.goBack();
  await shows(page, all.length - counts.get(second[0]));
  await page.goForward();
  await shows(page, both);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await shows(page, all.length);
  await close();
});

test("omit whitelisted, only suspicious", async () => {
  const { page, close } = await open("overview");
  const all = ofIds(BOARDS.overview.ids).map(({ winlog }) => expected.get(String(winlog.record_id)));
  await page.getByLabel("Only suspicious").check();
  await shows(page, all.filter(({ tags }) => tags.includes("suspicious")).length);
  await page.getByLabel("Only suspicious").uncheck();
  await page.getByLabel("Omit whitelisted").check();
  await shows(page, all.filter(({ tags }) => !tags.includes("whitelisted")).length);
  await page.getByRole("button", { name: /^Remove: Tag is not whitelisted/ }).click();
  await shows(page, all.length);
  assert.equal(await page.getByLabel("Omit whitelisted").isChecked(), false);
  await close();
});

test("a value is found among many", async () => {
  const { page, close } = await open("file");
  await card(page, "msg.targetfilename").getByRole("button", { name: "Find a value of Target file" }).click();
  await page.keyboard.type("PREFETCH");
  const { counts } = counted(ofIds(BOARDS.file.ids), "msg.targetfilename");
  const wanted = [...counts].filter(([value]) => value.includes("prefetch")).sort();
  await page.waitForFunction(
    ([field, many]) => document.querySelector(`h3[title="${field}"]`).closest("figure").querySelectorAll("tbody tr").length === many,
    ["msg.targetfilename", Math.min(wanted.length, 8)],
  );
  for (const [value, many] of await rowsOf(page, "msg.targetfilename")) assert.equal(many, counts.get(value));
  await close();
});

test("additions are switched on", async () => {
  const { page, close } = await open("process");
  await page.getByLabel(/^\+ 8 remote thread/).check();
  await page.getByLabel(/^\+ 25 process tampering/).check();
  await shows(page, ofIds([1, 5, 10, 8, 25]).length);
  assert.match(await hashOf(page), /with=8%2C25/);
  await close();
});

test("a span of time by mouse and by keyboard, and out again", async () => {
  const { page, close } = await open("overview");
  const all = ofIds(BOARDS.overview.ids);
  const plot = page.getByRole("slider", { name: /^Events over time/ });
  const box = await plot.boundingBox();
  await page.mouse.move(box.x + box.width * 0.3, box.y + 80);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 90, { steps: 5 });
  await page.mouse.up();
  await page.getByRole("button", { name: "Zoom out" }).waitFor();
  const from = Number(/from=(\d+)/.exec(await hashOf(page))[1]);
  const to = Number(/to=(\d+)/.exec(await hashOf(page))[1]);
  const inside = (event) => Date.parse(event["@timestamp"]) >= from && Date.parse(event["@timestamp"]) < to;
  await shows(page, all.filter(inside).length);
  await page.getByRole("button", { name: "All the time" }).click();
  await shows(page, all.length);
  // By keyboard: the first three minutes.
  await plot.focus();
  for (const key of ["Home", "Shift+ArrowRight", "Shift+ArrowRight"]) await page.keyboard.press(key);
  assert.match(await plot.getAttribute("aria-valuetext"), /07:00 – 07:03/);
  await page.keyboard.press("Enter");
  await shows(page, all.filter((event) => event["@timestamp"] < "2025-03-04T07:03").length);
  await page.getByRole("button", { name: "Zoom out" }).click();
  await shows(page, all.filter((event) => event["@timestamp"] < "2025-03-04T07:06").length);
  await close();
});

test("a condition: completed, counted, its faults told", async () => {
  const { page, close } = await open("network");
  const line = page.getByRole("textbox", { name: /^Where/ });
  await line.click();
  await page.keyboard.type("QueryN", { delay: 30 });
  await page.locator(".cm-tooltip-autocomplete", { hasText: "QueryName" }).waitFor();
  // What has only just come is not taken by mistake.
  await page.waitForTimeout(200);
  await page.keyboard.press("Enter");
  await page.keyboard.type(" ends with 'windowsupdate.com");
  await shows(page, ofIds([22]).filter(({ winlog }) => fold(winlog.event_data.QueryName).endsWith("windowsupdate.com")).length);
  await line.click();
  await page.keyboard.press("Control+A");
  // A name that nobody knows is a warning, and counts; a mistake in the grammar is an error, and does not.
  await page.keyboard.insertText("QueryNam exists");
  await page.locator(".board-findings .warning", { hasText: "QueryNam" }).waitFor();
  await shows(page, 0);
  await page.getByRole("heading", { name: "No event is like that" }).waitFor();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText("QueryName exists and or");
  await page.locator(".board-findings .error").waitFor();
  assert.equal(await number(page), 0);
  await page.locator(".board-line .cm-lintRange-error").waitFor();
  // What is offered to complete it lies over the chips.
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^Remove: where/ }).click();
  await shows(page, ofIds([3, 22]).length);
  assert.equal((await line.textContent()).includes("QueryName"), false);
  await close();
});

test("the selection as a condition means the same in the rules' view", async () => {
  const { page, close } = await open("process");
  await card(page, "msg.username").locator(".card-value").first().click();
  await card(page, "msg.image").getByRole("button", { name: /^Leave out/ }).first().click();
  const condition = page.locator('.board-body[aria-busy="false"] .board-condition pre', { hasText: /event is[^]*!=/ });
  await condition.waitFor();
  const many = await number(page);
  const text = await condition.textContent();
  await page.getByRole("button", { name: "Rules", exact: true }).click();
  await page.getByLabel("Where: a condition of the rule language").fill(text);
  await page.locator(".ev-shown-count", { hasText: `${many} of ${events.length} events` }).waitFor();
  await close();
});

test("a filter is made of a selection, and opened", async () => {
  const { page, close } = await open("network");
  const [[, many]] = await rowsOf(page, "msg.queryname");
  await card(page, "msg.queryname").locator(".card-value").first().click();
  await shows(page, many);
  await page.getByRole("button", { name: "Make a filter…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(`Drops ${many} of ${events.length} loaded events`).waitFor();
  await dialog.getByRole("button", { name: "Add rule" }).click();
  await page.locator(".rule.current").waitFor();
  assert.equal(await page.locator(".boards").count(), 0);
  assert.equal((await hashOf(page)).includes("view="), false);
  // Back shows the dashboard with its selection.
  await page.goBack();
  await page.locator(".board-chip").waitFor();
  await close();
});

test("an alert is made of a selection, or it is said why not", async () => {
  const { page, close } = await open("registry");
  await page.getByLabel("Only suspicious").check();
  await page.locator(".board-condition pre", { hasText: "suspicious" }).waitFor();
  // The agent has no tags of the log manager: no filter can ask for them.
  await page.getByRole("button", { name: "Make a filter…" }).click();
  await page.locator(".board-make .ev-refused").waitFor();
  assert.equal(await page.getByRole("button", { name: "Add rule" }).isDisabled(), true);
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Make an alert…" }).click();
  await page.locator(".board-make pre", { hasText: "alert" }).waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Add rule" }).click();
  await page.locator(".rule.current").waitFor();
  await close();
});

test("what would remain if this filter ran", async () => {
  const { page, close } = await open("file");
  const all = ofIds(BOARDS.file.ids);
  const { counts } = counted(all, "msg.image");
  const [[image]] = await rowsOf(page, "msg.image");
  assert.equal(await page.getByLabel(/^What would remain/).isDisabled(), true);
  await card(page, "msg.image").locator(".card-value").first().click();
  await shows(page, counts.get(image));
  await page.getByLabel(/^What would remain/).check();
  await shows(page, all.length - counts.get(image));
  await page.locator(".board-rest tbody tr").first().waitFor();
  const rows = await page.locator(".board-rest tbody tr").evaluateAll((each) => each.map((row) => [...row.children].slice(0, 4).map((cell) => cell.textContent)));
  for (const [title, before, dropped, left] of rows) {
    const id = Number(title.split(" ")[0]);
    const mine = ofIds([id]);
    const gone = mine.filter((event) => fold(valueOf(event, "msg.image") ?? "") === image).length;
    assert.deepEqual([before, dropped, left], [mine.length, gone || "–", mine.length - gone].map(String), title);
  }
  assert.deepEqual(rows.map(([title]) => Number(title.split(" ")[0])).sort((a, b) => a - b), BOARDS.file.ids);
  await close();
});

test("a link restores the view, beside the rules that it shares", async () => {
  const { page, close } = await open("file", "&not=msg.username:NT%20AUTHORITY%5CSYSTEM&from=1741072200000&to=1741074600000&where=TargetFilename%20exists&with=29");
  const wanted = ofIds([...BOARDS.file.ids, 29]).filter(
    (event) =>
      valueOf(event, "msg.username")?.toLowerCase() !== "nt authority\\system" &&
      Date.parse(event["@timestamp"]) >= 1741072200000 &&
      Date.parse(event["@timestamp"]) < 1741074600000 &&
      valueOf(event, "msg.targetfilename") !== null,
  );
  assert.equal(await number(page), wanted.length);
  assert.equal(await page.locator(".board-chip").count(), 3);
  assert.match(await hashOf(page), /token=/);
  await page.reload();
  await shows(page, wanted.length);
  await close();
});

test("pictures and tables of the charts", async () => {
  const { page, close } = await open("file");
  const download = async (button, entry) => {
    await page.getByRole("button", { name: button }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: entry }).click()]);
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  };
  for (const name of ["Export Events over time", "Export Target file"]) {
    const { name: file, bytes } = await download(name, "Picture (PNG)");
    assert.match(file, /\.png$/);
    assert.equal(bytes.subarray(1, 4).toString(), "PNG");
    assert.ok(bytes.length > 4_000 && bytes.readUInt32BE(16) >= 1_500, `${file}: ${bytes.length} bytes`);
  }
  const { bytes } = await download("Export Target file", "Table (CSV)");
  const lines = bytes.toString().trim().split("\r\n");
  assert.equal(lines[0], "msg.targetfilename,events");
  const { counts } = counted(ofIds(BOARDS.file.ids), "msg.targetfilename");
  assert.equal(counts.get(fold(lines[1].slice(0, lines[1].lastIndexOf(",")))), Number(lines[1].slice(lines[1].lastIndexOf(",") + 1)));
  const over = (await download("Export Events over time", "Table (CSV)")).bytes.toString().trim().split("\r\n").slice(1);
  const sum = over.flatMap((line) => line.split(",").slice(2).map(Number)).reduce((all, each) => all + each, 0);
  assert.equal(sum, ofIds(BOARDS.file.ids).length);
  await close();
});

test("the events: sorted, opened, gone through by keyboard", async () => {
  const { page, close } = await open("wmi");
  const table = page.getByRole("grid", { name: "Events" });
  await table.locator('[role="row"][id="board-row-2"] .ev-text').first().waitFor();
  await table.getByRole("button", { name: "Time" }).click();
  await page.waitForFunction(() => location.hash.includes("sort=time"));
  await table.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  const detail = page.getByRole("region", { name: "The chosen event" });
  await detail.getByText(/WmiEventFilter|WMI filter|filter/i).first().waitFor();
  const first = await detail.locator(".ev-meta").textContent();
  await page.keyboard.press("j");
  await page.waitForFunction((before) => document.querySelector(".ev-detail .ev-meta")?.textContent !== before, first);
  await page.keyboard.press("Escape");
  await detail.waitFor({ state: "detached" });
  await close();
});

test("the hosts: who stopped, who had errors, who went silent", async () => {
  const { page, close } = await open("health");
  const rows = await page.locator(".board-health tbody tr").evaluateAll((each) => each.map((row) => [...row.children].map((cell) => cell.textContent.trim())));
  const hosts = [...new Set(events.map(({ host }) => host.name))];
  assert.deepEqual(rows.map(([host]) => host).sort(), hosts.sort());
  for (const [host, state, , , , sysmon, others, , configurations, errors] of rows) {
    const all = events.filter((event) => event.host.name === host);
    const own = all.filter(isSysmon);
    const of = (id) => own.filter(({ winlog }) => winlog.event_id === id);
    assert.deepEqual([sysmon, others, configurations, errors], [own.length, all.length - own.length, of("16").length, of("255").length].map(String), host);
    const last = of("4").at(-1)?.winlog.event_data.State;
    assert.equal(state, last === undefined ? "not said" : last === "Started" ? "✓ started" : `✕ ${last}`, host);
  }
  await close();
});

/** Gives the page a file, as if it were dropped. */
async function drop(page, name, content) {
  await page.evaluate(
    ([name, content]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], name));
      for (const type of ["dragenter", "dragover", "drop"]) document.body.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    },
    [name, content],
  );
}

test("a dashboard without events says what to do; hostile values stay values", async () => {
  const { page, close } = await open("wmi");
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await page.getByRole("heading", { name: "See what your rules do" }).waitFor();
  const hostile = ["<img src=x onerror=alert(1)>", "=cmd|'/c calc'!A1", "\u202egpj.exe", "x".repeat(30_000), 'a"b\'c\\d: e&f#g', "", "\u0000null", "مرحبا\\x.exe"];
  const base = ofIds([1])[0];
  const lines = hostile.map((value, at) => {
    const event = structuredClone(base);
    Object.assign(event.winlog.event_data, { Image: value, CommandLine: value, User: value, RuleName: value });
    event.winlog.record_id = 90_000 + at;
    event.host.name = value;
    return JSON.stringify(event);
  });
  await drop(page, "hostile.ndjson", `${lines.join("\n")}\n`);
  await page.getByRole("heading", { name: "No events of these kinds are loaded" }).waitFor();
  await page.getByRole("button", { name: /^Process/ }).click();
  await shows(page, hostile.length);
  assert.equal(await page.locator(".boards img:not(.cm-widgetBuffer)").count(), 0);
  const tooWide = await page.evaluate(() =>
    [...document.querySelectorAll(".board-body *")]
      .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest(".ev-table, .card-value, .chart-table"))
      .map((each) => `${each.tagName}.${each.className}`),
  );
  assert.deepEqual(tooWide, []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
  // Each of them can be chosen, and the link brings it back.
  const rows = await card(page, "msg.commandline").locator(".card-value").count();
  for (let at = 0; at < rows; at++) {
    const value = card(page, "msg.commandline").locator(".card-value").nth(at);
    const name = (await value.textContent()).slice(0, 20);
    await value.click();
    await shows(page, 1).catch(() => assert.fail(`clicked ${name}`));
    await page.goBack();
    await shows(page, hostile.length);
  }
  await close();
});

test("by keyboard alone: to the dashboards, from one to another, a value in and out", async () => {
  const { page, close } = await blank();
  await page.goto(server.address);
  await page.getByText("Drops 48 of 362 events").first().waitFor();
  await page.getByRole("button", { name: "Dashboards" }).focus();
  await page.keyboard.press("Enter");
  await page.locator(".board-number strong").waitFor();
  await page.getByRole("button", { name: /^Overview/ }).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await shows(page, ofIds(BOARDS.file.ids).length);
  await card(page, "msg.username").locator(".card-value").first().focus();
  await page.keyboard.press("Enter");
  await page.locator(".board-chip").waitFor();
  await page.getByRole("button", { name: /^Remove: User/ }).focus();
  await page.keyboard.press("Enter");
  await shows(page, ofIds(BOARDS.file.ids).length);
  await close();
});

for (const [theme, width] of [["light", 1440], ["dark", 1440], ["contrast", 1440], ["light", 400]])
  test(`axe finds nothing serious (${theme}, ${width} wide)`, async () => {
    const opened = await open("process", "&not=%40tag%3Awhitelisted&rest=1", { viewport: { width, height: 900 } });
    await opened.page.evaluate((name) => (document.documentElement.dataset.theme = name), theme);
    await opened.page.locator(".board-rest tbody tr").first().waitFor();
    assert.deepEqual(await axe(opened.page), []);
    await opened.page.locator("#board-row-0").click();
    await opened.page.getByRole("region", { name: "The chosen event" }).waitFor();
    await opened.page.getByRole("button", { name: /^Sensor health/ }).click();
    await opened.page.locator(".board-health tbody tr").first().waitFor();
    assert.deepEqual(await axe(opened.page), []);
    await opened.close();
  });
