import { expect, test } from "vitest";
import { boldWidth, sentence, sinceText, timeText } from "./words.ts";

test("a message is a sentence of its own, and data at its beginning stays as it is", () => {
  expect(sentence("no event meets the condition")).toBe("No event meets the condition.");
  expect(sentence("No event meets it.")).toBe("No event meets it.");
  expect(sentence("the system's own caused this: end")).toBe("The system's own caused this: end.");
  expect(sentence("3 ids are no GUIDs")).toBe("3 ids are no GUIDs.");
  expect(sentence("svchost.exe was used again")).toBe("svchost.exe was used again.");
  expect(sentence('"agent.exe" is no full path')).toBe('"agent.exe" is no full path.');
  expect(sentence(" ")).toBe("");
});

test("a time has its year, and what is no time stays as it is", () => {
  expect(timeText("2025-03-04T07:04:56.231Z")).toBe("2025-03-04 07:04:56");
  expect(timeText("yesterday")).toBe("yesterday");
  expect(timeText(null)).toBe("");
});

test("a process whose creation was not read is seen since its first event", () => {
  expect(sinceText({ created: "2025-03-04T07:04:56Z", first_seen: "2025-03-04T07:04:57Z" })).toBe("2025-03-04 07:04:56");
  expect(sinceText({ created: null, first_seen: "2025-03-04T07:04:57Z" })).toBe("seen since 2025-03-04 07:04:57");
  expect(sinceText({ created: null, first_seen: null })).toBe("");
});

test("wide letters take more room than narrow ones", () => {
  expect(boldWidth("whoami.exe", 12)).toBeGreaterThan("whoami.exe".length * 7.4);
  expect(boldWidth("mmmm", 12)).toBeGreaterThan(boldWidth("iiii", 12));
});
