import { describe, expect, it } from "vitest";
import type { Diagnostic, Rule } from "../engine/types.ts";
import { fileFrom, isSigma, kindOf, liveText, testsOf } from "./project.ts";
import { relatedTo, settingsOf, withoutIdle } from "./sigma.ts";

describe("a file of Sigma", () => {
  it("is told by its ending, and a file of tests is none", () => {
    expect(["a.yml", "sigma/a.yaml"].map(isSigma)).toEqual([true, true]);
    expect(["a.test.yml", "a.test.yaml", "a.rule", "sigma.toml"].map(isSigma)).toEqual([false, false, false, false]);
    expect([kindOf("a.yml"), kindOf("a.test.yml"), kindOf("sub/sigma.toml")]).toEqual(["rules", "tests", "settings"]);
    expect(testsOf("sigma/a.yml")).toBe("sigma/a.test.yaml");
  });

  it("is compiled as the rules of ours that were made of it", () => {
    const file = fileFrom("a.yml", "title: A\n", null);
    expect(liveText(file)).toBe("");
    expect(liveText({ ...file, other: 'alert "A" { }' })).toBe('alert "A" { }');
  });
});

describe("the sigma.toml of a file", () => {
  const of = (name: string, ...there: string[]): string | null => settingsOf(name, (path) => there.includes(path));

  it("is the nearest beside it or above", () => {
    expect(of("a/b/c.yml", "sigma.toml", "a/sigma.toml")).toBe("a/sigma.toml");
    expect(of("a/b/c.yml", "a/b/sigma.toml", "sigma.toml")).toBe("a/b/sigma.toml");
    expect(of("c.yml", "sigma.toml")).toBe("sigma.toml");
    expect(of("a/c.yml", "b/sigma.toml")).toBe(null);
  });
});

describe("what is said of the text that Sigma became", () => {
  const place = (file: string, start: number): Pick<Diagnostic, "file" | "range" | "block" | "field"> => ({ file, range: { start, end: start, line: 1, column: 1 }, block: null, field: null });
  const found = (file: string, code: string, start = 5): Diagnostic => ({ ...place(file, start), code, severity: "warning", title: "", message: "", label: null, help: null, related: [], fix: null });
  const rule = (file: string, start: number, events: string[]): Rule => ({ kind: "alert", name: "", id: null, place: place(file, start), events });
  const left = (all: Diagnostic[], rules: Rule[] = []): string[] => withoutIdle(all, rules).map(({ file, code }) => `${file} ${code}`);

  it("is left out where it is about the spelling", () => {
    expect(left([found("a.yml", "BS0402"), found("a.yml", "BS0401"), found("a.rule", "BS0402")])).toEqual(["a.yml BS0401", "a.rule BS0402"]);
  });

  it("counts about fields where Sysmon is asked, whose fields are known", () => {
    const rules = [rule("a.yml", 0, ["sysmon.dns_query"]), rule("a.yml", 100, [])];
    expect(left([found("a.yml", "BS0200", 50), found("a.yml", "BS0200", 150)], rules)).toEqual(["a.yml BS0200"]);
  });
});

describe("files that have to do with a file", () => {
  const rule = (name: string): string => `title: R\nname: ${name}\nlogsource:\n    category: dns_query\ndetection:\n    a:\n        QueryName: b\n    condition: a\n`;
  const counts = (name: string, of: string): string => `title: C\nname: ${name}\ncorrelation:\n    type: event_count\n    rules:\n        - ${of}\n`;
  const all = [
    fileFrom("a.yml", rule("first"), null),
    fileFrom("b.yml", rule("other"), null),
    fileFrom("c.yml", counts("many", "first"), null),
    fileFrom("d.yml", counts("more", "many"), null),
    fileFrom("e.rule", rule("first"), null),
  ];
  const of = (name: string): string[] => relatedTo(all.find((file) => file.name === name) ?? fileFrom("", "", null), all).map((file) => file.name);

  it("are what counts it, and what it counts, also by way of others", () => {
    expect(of("a.yml")).toEqual(["c.yml", "d.yml"]);
    expect(of("d.yml")).toEqual(["c.yml", "a.yml"]);
    expect(of("b.yml")).toEqual([]);
  });

  it("are filters always", () => {
    all.push(fileFrom("f.yml", "title: F\nlogsource:\n    category: dns_query\nfilter:\n    rules: any\n", null));
    expect(of("b.yml")).toEqual(["f.yml"]);
  });
});
