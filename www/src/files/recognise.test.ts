import { describe, expect, it } from "vitest";
import { recognise } from "./recognise.ts";

const is = (text: string, name = "x.xml"): string => recognise(name, text).is;
/** Bytes read as if they were UTF-8. */
const misread = (bytes: number[]): string => new TextDecoder().decode(new Uint8Array(bytes));
const wide = (text: string): number[] => [...text].flatMap((letter) => [letter.charCodeAt(0), 0]);

describe("a configuration of Sysmon", () => {
  it("is told by its root, whatever stands before it", () => {
    expect(is('<Sysmon schemaversion="4.90"/>')).toBe("sysmon");
    expect(is('\uFEFF<?xml version="1.0"?>\n<!-- <Events> -->\n<!DOCTYPE x [<!ENTITY a "b">]>\n<Sysmon schemaversion="4.90">')).toBe("sysmon");
    expect(is("<Sysmon>", "sysmonconfig.txt")).toBe("sysmon");
  });

  it("is told in every encoding", () => {
    expect(is(misread([0xff, 0xfe, ...wide("<Sysmon >")]))).toBe("sysmon");
    expect(is(misread([0xfe, 0xff, 0, ...wide("<Sysmon >")]))).toBe("sysmon");
    expect(is(misread(wide("<Sysmon >")))).toBe("sysmon");
    expect(is(misread([...'<?xml encoding="iso-8859-1"?><!-- '].map((letter) => letter.charCodeAt(0)).concat(0xfc, ...[..." --><Sysmon >"].map((letter) => letter.charCodeAt(0)))))).toBe("sysmon");
  });

  it("is nothing else", () => {
    expect(is("<Events><Event><Sysmon/></Event></Events>")).toBe("events");
    expect(is("<SysmonX/>")).toBe("logmanager");
    expect(is("<!-- <Sysmon> ")).toBe("logmanager");
    expect(is("filter \"Sysmon\" { drop }")).toBe("rules");
  });
});

describe("a file in YAML", () => {
  const rule = "title: A\nlogsource:\n    category: dns_query\ndetection:\n    a:\n        QueryName: b\n    condition: a\n";

  it("is of Sigma by its keys, under any name", () => {
    expect(is(rule, "a.yml")).toBe("sigma");
    expect(is(`# words\n---\n${rule.replaceAll("\n", "\r\n")}`, "a.yaml")).toBe("sigma");
    expect(is("title: A\ncorrelation:\n    type: event_count\n", "a.yml")).toBe("sigma");
    expect(is("title: A\nlogsource:\n    product: windows\nfilter:\n    rules: any\n", "a.yml")).toBe("sigma");
    expect(is(rule, "pasted.txt")).toBe("sigma");
  });

  it("is a configuration of Winlogbeat, or tests, or settings", () => {
    expect(is("winlogbeat.event_logs:\n  - name: Security\n", "a.yml")).toBe("winlogbeat");
    expect(is("processors:\n  - drop_event:\n      when:\n        equals:\n          detection: x\n", "a.yml")).toBe("winlogbeat");
    expect(is(rule, "a.test.yaml")).toBe("tests");
    expect(is("[fields]\n", "rules/sigma.toml")).toBe("sigma-settings");
  });

  it("that quotes a rule is none", () => {
    expect(is('filter "x" {\n    reason "title: detection:"\n}', "a.txt")).toBe("rules");
  });
});
