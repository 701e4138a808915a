// Links that hold rules.
import { deflateSync, strToU8 } from "fflate";
import { expect, test } from "vitest";
import { pack, type Shared, sharedIn, unpack } from "./share.ts";

const SHARED: Shared = {
  name: "büro",
  files: [
    { name: "filters/dns.rule", text: 'filter "dns 🐍" { if Image == \'C:\\x\' { drop } }\n' },
    { name: "tables/hosts.csv", text: "host\nsrv-1\n" },
  ],
};

test("what was packed comes out", () => {
  const packed = pack(SHARED);
  expect(packed).toMatch(/^1\.[\w-]+$/);
  expect(unpack(packed)).toEqual(SHARED);
  expect(sharedIn(`#rules=${packed}`)).toBe(packed);
  expect(sharedIn("#token=1")).toBeNull();
});

test("a link that was cut off, or is of another version, says so", () => {
  const packed = pack(SHARED);
  for (const wrong of ["", "rules", "1.", "1.%%%", packed.slice(0, -9), packed.slice(2)])
    expect(unpack(wrong)).toHaveProperty("error");
  expect(unpack(`2.${packed.slice(2)}`)).toEqual({ error: expect.stringContaining("newer") });
});

const packedAs = (value: unknown): string =>
  `1.${Buffer.from(deflateSync(strToU8(JSON.stringify(value)))).toString("base64url")}`;

test("hostile names and shapes are refused", () => {
  for (const value of [null, {}, [1], ["p", ["../../x.rule", ""]], ["p", ["a.rule"]], ["p", ["a.rule", ""], ["a.rule", ""]]])
    expect(unpack(packedAs(value))).toHaveProperty("error");
});

test("a short link that unpacks to very much is refused", () => {
  expect(unpack(packedAs(["p", ["a.rule", " ".repeat(9 * 1024 * 1024)]]))).toHaveProperty("error");
});
