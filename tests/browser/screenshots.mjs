// Pictures of the editor for the README: www/pictures.
//
// Run: make screenshots (which builds the program with the page in it).
import { copyOf, launch, newPage, path, serve } from "./support.mjs";

const project = await copyOf("examples/sysmon");
const server = await serve(project.folder);
const browser = await launch();

/** A page with a rule that is open. */
async function open(theme, rule = "filters/dns-windows-services.rule") {
  const { page } = await newPage(browser, server.origin, { viewport: { width: 1440, height: 860 }, reducedMotion: "reduce" });
  await page.goto(server.address);
  await page.getByText("Drops 48 of 362 events").first().waitFor();
  await page.getByLabel("Theme").selectOption(theme);
  await page.locator(`[data-name="${rule}"]`).click();
  return page;
}

const calm = (page) => page.waitForTimeout(900);

const blocks = await open("light", "filters/network-time-service.rule");
await blocks.getByRole("button", { name: "Toolbox" }).click();
await blocks.getByText(/^Dropped \d/).click();
await calm(blocks);
await blocks.locator('[role="row"]', { hasText: "123" }).first().click();
await blocks.locator(".met-yes").first().waitFor();
await blocks.getByRole("button", { name: "Fit" }).click();
await blocks.mouse.move(5, 5);
await calm(blocks);
await blocks.screenshot({ path: path("www/pictures/editor.png") });

const text = await open("dark");
await text.click("#tab-text");
const editor = text.locator("#panel-text .cm-content");
await editor.click();
await text.keyboard.press("Control+A");
await text.keyboard.insertText(
  "filter \"Sysmon: routine DNS of Windows\" {\n    reason \"Update and telemetry names, resolved all day by every host\"\n    if event is sysmon.dns_query\n       and Imag == 'C:\\Windows\\System32\\svchost.exe'\n       and QueryName ends with any ['.windowsupdate.com', '.events.data.microsoft.com'] {\n        drop\n    }\n}\n",
);
await text.keyboard.press("Escape");
await text.locator(".problem").first().waitFor();
await text.mouse.move(5, 5);
await calm(text);
await text.screenshot({ path: path("www/pictures/editor-text.png") });

const make = await open("light");
await make.getByText(/^Kept \d/).click();
await calm(make);
await make.locator('[role="row"]', { hasText: "3 network_connect" }).first().click();
await make.getByRole("button", { name: /Make a filter/ }).click();
await make.getByRole("dialog").getByText(/of 362 loaded events/).waitFor();
await calm(make);
await make.screenshot({ path: path("www/pictures/editor-filter.png") });

const { page: board } = await newPage(browser, server.origin, { viewport: { width: 1440, height: 860 }, reducedMotion: "reduce" });
await board.goto(`${server.address}&view=dashboards&board=process&not=%40tag%3Awhitelisted`);
await board.locator(".board-cards").waitFor();
await calm(board);
await board.screenshot({ path: path("www/pictures/dashboard.png") });

await browser.close();
await server.stop();
await project.remove();
