// The built modules' doors in Node, asked as the page's worker asks them.
//
// In: www/wasm/pkg, built by www/wasm/build.sh; the same bytes that a page loads. The twin is tests/door/answers.rs.
import { readFileSync } from "node:fs";

const repository = new URL("../../", import.meta.url);

async function load(folder) {
  const from = new URL(`www/wasm/pkg/${folder}`, repository);
  const module = await import(new URL("blocksieve.js", from));
  module.initSync({ module: readFileSync(new URL("blocksieve_bg.wasm", from)) });
  return module;
}

const first = await load("");
const second = await load("more/");

/** A file of the repository. */
export const bytesOf = (file) => new Uint8Array(readFileSync(new URL(file, repository)));

const bytes = new TextEncoder();

/** Both modules' doors. */
export function doors() {
  const engine = new first.Engine();
  const more = new second.More();
  return ({ call, args, file }) => {
    switch (call) {
      case "setProject":
        more.setProject(...args);
        return engine.setProject(...args);
      case "addEvents": {
        const given = file === null ? bytes.encode(args[1]) : bytesOf(file);
        const answer = engine.addEvents(args[0], given);
        return JSON.parse(answer).needsReader ? engine.addEvents(args[0], second.read(given)) : answer;
      }
      case "carried":
        return `[${[...engine.carried(...args)].join(", ")}]`;
      case "winlogbeat":
      case "importWinlogbeat":
      case "importSigma":
      case "exportSigma":
      case "test":
        return more[call](...args);
      case "draftTest":
        return more.draftTest(engine.carried(args[0]), args[1]);
      case "alertPreview":
        return more.alertPreview(engine.carried(args[0]), args[1]);
      default:
        return engine[call](...args) ?? "";
    }
  };
}
