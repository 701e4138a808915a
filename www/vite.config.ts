// How the page is built: www/dist, one page with relative addresses, so that it works from any folder and offline.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const above = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Blockly's pictures beside the page: it would ask its makers' server for them. */
function blocklyMedia(): Plugin {
  const folder = fileURLToPath(new URL("node_modules/blockly/media/", import.meta.url));
  const isPicture = (name: string): boolean => /\.(svg|png|gif|cur)$/.test(name);
  return {
    name: "blockly-media",
    configureServer({ middlewares }) {
      middlewares.use("/media", ({ url }, answer, next) => {
        const name = (url ?? "").slice(1).split("?")[0] ?? "";
        if (!isPicture(name) || !readdirSync(folder).includes(name)) return next();
        answer.setHeader("Content-Type", name.endsWith(".svg") ? "image/svg+xml" : "application/octet-stream");
        answer.end(readFileSync(folder + name));
      });
    },
    generateBundle() {
      for (const name of readdirSync(folder).filter(isPicture))
        this.emitFile({ type: "asset", fileName: `media/${name}`, source: readFileSync(folder + name) });
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [blocklyMedia()],
  resolve: { alias: { "@grammar": above("grammar"), "@examples": above("examples") } },
  // JSX is Preact's; tsconfig.json says so too.
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  server: { fs: { allow: [above("")] } },
  build: {
    target: "es2022",
    sourcemap: false,
    // Sounds and pictures of Blockly are files: a policy that forbids data addresses for media holds.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
  },
  worker: { format: "es" },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
