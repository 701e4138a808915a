import { describe, expect, it } from "vitest";
import type { ConfigFilter, ConfigItem } from "../engine/configuration.ts";
import { MOST, piecesOf, placeOf, PORTION, portionsOf, rulesOf } from "./pieces.ts";

const range = { start: 0, end: 0, line: 1, column: 1 };
const filter = (field: string, value: string): ConfigFilter => ({ field, condition: "is", value, name: null, range });
const alone = (field: string, value: string): ConfigItem => ({ relation: null, name: null, filters: [filter(field, value)], range });
const rule = (...filters: ConfigFilter[]): ConfigItem => ({ relation: "and", name: "r", filters, range });
const many = (count: number, field = "Image"): ConfigItem[] => Array.from({ length: count }, (_, at) => alone(field, String(at)));

describe("pieces", () => {
  it("puts filters of one field and condition into runs, and leaves few alone", () => {
    const pieces = piecesOf(2, [...many(5), alone("User", "x"), ...many(2)]);
    expect(pieces.map(({ kind, id }) => `${kind} ${id}`)).toEqual(["run run 2.0", "filter 2.5", "filter 2.6", "filter 2.7"]);
  });

  it("does the same inside of Rules, which end a run", () => {
    const inside = [0, 1, 2, 3].map((at) => filter("Image", String(at)));
    const pieces = piecesOf(0, [...many(3), rule(...inside, filter("User", "x")), ...many(3)]);
    expect(pieces.map(({ kind }) => kind)).toEqual(["filter", "filter", "filter", "rule", "filter", "filter", "filter"]);
    const [, , , own] = pieces;
    expect(own?.kind === "rule" && own.pieces.map(({ id }) => id)).toEqual(["run 0.3.0", "0.3.4"]);
  });

  it("makes no run larger than what can be drawn at once", () => {
    const pieces = piecesOf(0, many(2 * MOST + 10));
    expect(pieces.map((piece) => piece.kind === "run" && piece.filters.length)).toEqual([MOST, MOST, 10]);
  });

  it("cuts into portions, and finds what is in which", () => {
    const items = Array.from({ length: 1000 }, (_, at) => rule(filter("Image", String(at)), filter("User", "x")));
    const portions = portionsOf(piecesOf(0, [...many(50, "Hashes"), ...items]));
    for (const portion of portions) expect(portion.length * 3).toBeLessThanOrEqual(PORTION + 3);
    expect(portions.flat()).toHaveLength(1001);
    expect(placeOf(portions, "0.7")).toEqual({ portion: 0, run: "run 0.0" });
    expect(placeOf(portions, "0.1049.1")?.portion).toBe(portions.length - 1);
    expect(placeOf(portions, "0.9999")).toBeNull();
    expect(rulesOf(portions, 0).from).toBe(1);
    expect(rulesOf(portions, portions.length - 1).to).toBe(1050);
  });

  it("has no portion of a node without rules", () => expect(portionsOf(piecesOf(0, []))).toEqual([]));
});
