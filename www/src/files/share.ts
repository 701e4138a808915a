// Rules in a link: compressed, behind the address's `#`, which no browser sends to a server.
//
// In: files of rules, tables, blocksieve.toml. Out: a text for the address, and back. Never here: events.
//
// The text is `1.` and base64url of raw deflate of JSON: a list of [name, text]. The number is the version of this form.
import { deflateSync, Inflate, strFromU8, strToU8 } from "fflate";
import { faultOfName } from "./names.ts";

export const KEY = "rules";
const VERSION = "1";
/** A link that is longer than this does not get through every mail program and chat. */
export const MOST = 32 * 1024;
/** What a link may unpack to. */
const MOST_UNPACKED = 8 * 1024 * 1024;
const MOST_FILES = 500;

export interface Shared {
  /** The project's name. */
  name: string;
  files: { name: string; text: string }[];
}

const toBase64 = (bytes: Uint8Array): string => {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
};

const fromBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

/** What stands behind `#rules=`. */
export const pack = ({ name, files }: Shared): string =>
  `${VERSION}.${toBase64(deflateSync(strToU8(JSON.stringify([name, ...files.map((file) => [file.name, file.text])])), { level: 9 }))}`;

/** Unpacks no more than is allowed, so that a short link cannot fill the memory. */
function inflate(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 0;
  const stream = new Inflate((part) => {
    size += part.length;
    if (size > MOST_UNPACKED) throw new Error("it holds too much");
    parts.push(part);
  });
  for (let at = 0; at < bytes.length; at += 1024) stream.push(bytes.subarray(at, at + 1024), at + 1024 >= bytes.length);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const isPair = (value: unknown): value is [string, string] =>
  Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "string");

/** What a link holds, or why it cannot be opened. */
export function unpack(packed: string): Shared | { error: string } {
  const dot = packed.indexOf(".");
  const version = packed.slice(0, dot);
  if (dot < 0 || !/^\d+$/.test(version)) return { error: "This link holds no rules. Perhaps it was cut off." };
  if (version !== VERSION) return { error: "This link was made by a newer editor. Open it there." };
  try {
    const list: unknown = JSON.parse(strFromU8(inflate(fromBase64(packed.slice(dot + 1)))));
    if (!Array.isArray(list)) throw new Error("it is no list");
    const [name, ...files] = list as unknown[];
    if (typeof name !== "string" || !files.every(isPair) || files.length > MOST_FILES) throw new Error("it has no files");
    const seen = new Set<string>();
    for (const [file] of files) {
      const fault = faultOfName(file, (other) => seen.has(other));
      if (fault !== null) throw new Error(`the name ${file}: ${fault}`);
      seen.add(file);
    }
    return { name, files: files.map(([file, text]) => ({ name: file, text })) };
  } catch {
    return { error: "This link is damaged: perhaps it was cut off when it was sent. Ask for it again." };
  }
}

/** Reads `#rules=…` of an address. */
export const sharedIn = (hash: string): string | null => new URLSearchParams(hash.replace(/^#/, "")).get(KEY);
