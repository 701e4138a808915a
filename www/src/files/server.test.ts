import { describe, expect, it } from "vitest";
import { unitAt } from "./checked.ts";
import { eventOf, isRefusal, tokenIn } from "./server.ts";

describe("the address", () => {
  it("has the token behind the #", () => {
    expect(tokenIn("#token=abc")).toBe("abc");
    expect(tokenIn("#rules=1.x&token=abc")).toBe("abc");
    expect(tokenIn("#rules=1.x")).toBeNull();
    expect(tokenIn("")).toBeNull();
  });
});

describe("what the server tells", () => {
  it("is an event of a name and data", () => {
    expect(eventOf('event: changes\ndata: {"changed":[],"removed":["a.rule"]}')).toEqual({
      event: "changes",
      data: { changed: [], removed: ["a.rule"] },
    });
  });

  it("is nothing where it only says that it is there, and where this page does not know it", () => {
    expect(eventOf(": still here")).toBeNull();
    expect(eventOf("event: weather\ndata: 1")).toBeNull();
  });
});

describe("a refusal", () => {
  it("has a code, an error and the way out", () => {
    expect(isRefusal({ code: "token", error: "no", help: "so" })).toBe(true);
    expect(isRefusal({ path: "a.rule", revision: "1" })).toBe(false);
    expect(isRefusal(null)).toBe(false);
  });
});

describe("places of check", () => {
  it("count bytes there and units here", () => {
    const text = 'reason "é€😀" x';
    const bytes = new TextEncoder().encode(text.slice(0, text.indexOf("x"))).length;
    expect(unitAt(text, bytes)).toBe(text.indexOf("x"));
    expect(unitAt(text, 0)).toBe(0);
    expect(unitAt(text, 9_999)).toBe(text.length);
  });
});
