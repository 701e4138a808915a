// Asking `blocksieve serve`: requests and the stream of changes.
//
// In: the token of the page's address. Out: answers of the shapes in api.ts. A server that cannot be reached, and one that
// answers nonsense, are refusals like the others. Never here: the project's state.
import type { Refused, ServerEvent } from "./api.ts";

/** What was not answered by the server itself. */
export interface Unreached {
  code: "unreached";
  error: string;
  help: string;
}

export type Refusal = Refused | Unreached;

export const isRefusal = (answer: unknown): answer is Refusal =>
  typeof answer === "object" && answer !== null && "code" in answer && "error" in answer && "help" in answer;

const GONE: Unreached = {
  code: "unreached",
  error: "The server does not answer.",
  help: "See whether `blocksieve serve` still runs. Your changes stay in this page meanwhile.",
};

/** The token of an address, `null`: it has none. */
export const tokenIn = (hash: string): string | null => new URLSearchParams(hash.replace(/^#/, "")).get("token");

export class Server {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`/api/${path}`, { ...init, headers: { ...init.headers, authorization: `Bearer ${this.#token}` } });
  }

  /** Asks for JSON. */
  async ask<T>(path: string, method = "GET", body?: object): Promise<T | Refusal> {
    try {
      const init = body === undefined ? { method } : { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } };
      const answer = await this.#fetch(path, init);
      const value = (await answer.json()) as T | Refused;
      return answer.ok || isRefusal(value) ? value : GONE;
    } catch {
      return GONE;
    }
  }

  /** Asks for a file of events. */
  async bytes(path: string): Promise<Uint8Array | Refusal> {
    try {
      const answer = await this.#fetch(`sample?${new URLSearchParams({ path }).toString()}`);
      return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : ((await answer.json()) as Refused);
    } catch {
      return GONE;
    }
  }

  /** Hands over what the server tells, until it stops telling. */
  async listen(hear: (event: ServerEvent) => void): Promise<Refusal> {
    try {
      const answer = await this.#fetch("events");
      if (!answer.ok || !answer.body) return (await answer.json()) as Refused;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        const parts = (rest + read.value).split("\n\n");
        rest = parts.pop() ?? "";
        for (const part of parts) {
          const event = eventOf(part);
          if (event) hear(event);
        }
      }
      return GONE;
    } catch {
      return GONE;
    }
  }
}

/** One server-sent event; `null` for a line that only says that the server is there. */
export function eventOf(part: string): ServerEvent | null {
  let name = "";
  let data = "";
  for (const line of part.split("\n")) {
    if (line.startsWith("event: ")) name = line.slice(7);
    else if (line.startsWith("data: ")) data += line.slice(6);
  }
  return name === "files" || name === "changes" ? ({ event: name, data: JSON.parse(data) as unknown } as ServerEvent) : null;
}
