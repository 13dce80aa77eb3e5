// Bundles the command line and the benchmarks into dist/ with esbuild; run by `npm ci` (prepare) and `npm run build`.
import { existsSync } from "node:fs";
import { build } from "esbuild";

const entries = { utap: "cli/main.ts", session: "cli/session-worker.ts", bench: "bench/main.ts" };
const present = Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file)));

await build({
  entryPoints: present,
  outdir: "dist",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  splitting: true,
  sourcemap: true,
  loader: { ".stp": "text" },
  // CommonJS dependencies call require() of Node's own modules.
  banner: { js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);" },
  logLevel: "warning",
});
