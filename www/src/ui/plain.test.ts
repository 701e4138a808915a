import { expect, it } from "vitest";
import { plain } from "./plain.ts";

it("writes out what turns text about, hides it, or cannot be seen", () => {
  expect(plain("invoice\u202egpj.exe")).toBe("invoice\\u{202E}gpj.exe");
  expect(plain("a\u0000b\u200bc\ufeffd\u001b[31m")).toBe("a\\u{0}b\\u{200B}c\\u{FEFF}d\\u{1B}[31m");
});

it("leaves letters, lines and tabs as they are", () => {
  const text = "C:\\Users\\é\u05d0\u{1f600}\n\ttwo\r\nlines";
  expect(plain(text)).toBe(text);
});
