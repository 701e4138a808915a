// Reading blocksieve.toml.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { manifestOf } from "./manifest.ts";

const faultOf = (text: string) => {
  const read = manifestOf(text);
  return "fault" in read ? read.fault : null;
};

test("the example's project file", () => {
  const read = manifestOf(readFileSync("../examples/sysmon/blocksieve.toml", "utf8"));
  expect("manifest" in read && read.manifest.tables.map(({ name, key }) => [name, key])).toEqual([
    ["sysmon-hash-whitelist", "sha256"],
    ["sysmon-suspicious-techniques", "technique"],
    ["sysmon-suspicious-names", "name"],
  ]);
  expect("manifest" in read && read.manifest.winlogbeat).toBe("8.17");
  expect("manifest" in read && read.manifest.templates).toMatchObject([
    { name: "sysmon", text: "templates/sysmon.txt", html: "templates/sysmon.html" },
  ]);
});

test("a line that is no TOML is a finding at its place", () => {
  const found = faultOf('winlogbeat = "8.17"\nname = \n');
  expect(found?.severity).toBe("error");
  expect(found?.range?.line).toBe(2);
  expect(found?.range?.start).toBeGreaterThanOrEqual(20);
});

test("what is no setting is said in words", () => {
  expect(faultOf("winlogbeat = 8.17")?.message).toBe("winlogbeat is no text");
  expect(faultOf('\n[tables.hosts]\nkey = "name"')).toMatchObject({
    message: "tables.hosts does not say its file",
    range: { line: 2 },
  });
  expect(faultOf("tables = 3")?.message).toBe("tables is no table");
  expect(faultOf('\n[templates.mail]\nsubject = "s"')).toMatchObject({
    message: "templates.mail does not say its text",
    range: { line: 2 },
  });
  expect(faultOf("")).toBeNull();
});
