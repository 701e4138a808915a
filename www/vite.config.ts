// How the page is built: www/dist, one page with relative addresses, so that it works from any folder and offline.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const above = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

export default defineConfig({
  base: "./",
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
