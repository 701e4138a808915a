import { expect, test } from "vitest";
import { bytes, count, counted, duration, share } from "./numbers.ts";

test("counts have thousands separators and a fitting word", () => {
  expect(count(1204)).toBe("1,204");
  expect(counted(1, "event")).toBe("1 event");
  expect(counted(10_000, "event")).toBe("10,000 events");
  expect(counted(2, "alert")).toBe("2 alerts");
});

test("a share that is not nothing and not all does not look like it", () => {
  expect(share(0, 10)).toBe("0\u00a0%");
  expect(share(10, 10)).toBe("100\u00a0%");
  expect(share(1, 100_000)).toBe("<\u00a00.1\u00a0%");
  expect(share(99_999, 100_000)).toBe(">\u00a099.9\u00a0%");
  expect(share(38, 100)).toBe("38\u00a0%");
  expect(share(9, 1000)).toBe("0.9\u00a0%");
  expect(share(998, 1000)).toBe("99.8\u00a0%");
  expect(share(1, 0)).toBe("0\u00a0%");
});

test("sizes and times have the unit that keeps them short", () => {
  expect(bytes(512)).toBe("512\u00a0B");
  expect(bytes(3277)).toBe("3.2\u00a0KiB");
  expect(bytes(43 * 1024 * 1024)).toBe("43\u00a0MiB");
  expect(duration(0.4)).toBe("under 1\u00a0ms");
  expect(duration(4.2)).toBe("4\u00a0ms");
  expect(duration(1240)).toBe("1.2\u00a0s");
});
