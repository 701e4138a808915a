// Names of files in a project.
//
// In: what people typed, or the name of a rule. Out: names that every system can keep, or what is wrong with one.
import { isDrawn, isSigma, kindOf } from "../state/project.ts";
import type { Kind } from "../engine/types.ts";

export const FOLDERS: Record<Kind, string> = { filter: "filters", classify: "classify", alert: "alerts" };

/** Folders in the order in which people look at them; others come behind. */
const ORDER = ["filters", "classify", "alerts", "tables", "templates"];

/** Where a folder stands in a list. */
export const rankOf = (folder: string): number => (ORDER.indexOf(folder) + ORDER.length + 1) % (ORDER.length + 1);

/** The name without its folder. */
export const baseOf = (name: string): string => name.slice(name.lastIndexOf("/") + 1);
/** Its folder, with no slash; empty: none. */
export const folderOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf("/")));
/** Its ending, which says what it is. */
export const endingOf = (name: string): string =>
  /(\.blocks\.json|\.blocks\.xml|\.test\.ya?ml|\.[^./]*)$/.exec(baseOf(name))?.[0] ?? "";
/** Without folder and ending. */
export const stemOf = (name: string): string => baseOf(name).slice(0, baseOf(name).length - endingOf(name).length);

/** A title as a file's name: letters, digits and hyphens. */
export function slug(title: string): string {
  const plain = title.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60).replace(/-+$/, "") || "rule";
}

/** The name, or with a number behind it where it is taken. */
export function free(name: string, taken: (name: string) => boolean): string {
  if (!taken(name)) return name;
  const ending = endingOf(name);
  const stem = name.slice(0, name.length - ending.length);
  for (let number = 2; ; number++) if (!taken(`${stem}-${number}${ending}`)) return `${stem}-${number}${ending}`;
}

// What Windows keeps for devices.
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** What is wrong with a name; `null`: nothing. */
export function faultOfName(name: string, taken: (name: string) => boolean): string | null {
  if (name === "") return "Give it a name.";
  const parts = name.split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) return "A name is words between single slashes.";
  if (/[\\:*?"<>|\p{Cc}]/u.test(name)) return 'Leave out \\ : * ? " < > and |, which not every system can keep.';
  if (parts.some((part) => DEVICES.test(part))) return "Windows keeps that word for a device. Take another one.";
  if (parts.some((part) => part.length > 120) || name.length > 240) return "That name is too long.";
  if (kindOf(name) === "other") return "It has to end in .rule, .blocks.json, .blocks.xml, .yml (rules of Sigma), .test.yaml, .csv, .xml (a configuration of Sysmon) or be blocksieve.toml or sigma.toml; parts of templates, .txt and .html, stand in a folder templates.";
  return taken(name) ? "There is already a file of that name." : null;
}

/** The name that a file gets when it is kept in another form. */
export const renamed = (name: string, ending: string): string => name.slice(0, name.length - endingOf(name).length) + ending;

/** How a file is kept, for people. */
export const formOf = (name: string): string =>
  isDrawn(name) ? (name.endsWith(".json") ? "blocks, JSON" : "blocks, XML") : isSigma(name) ? "Sigma, YAML" : kindOf(name) === "rules" ? "text" : kindOf(name);
