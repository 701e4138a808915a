// The messages between the page and the engine's thread.
import type { Engine } from "./types.ts";

export interface Call {
  id: number;
  call: keyof Engine;
  args: unknown[];
}

export type Answer = { id: number; result: unknown; milliseconds: number } | { id: number; failure: string; isTrap: boolean };
