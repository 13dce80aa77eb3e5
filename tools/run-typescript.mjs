// Bundles a TypeScript module to a file that is gone afterwards, and imports it: for tools on Nodes without types.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

export async function importTypeScript(entry) {
  const folder = mkdtempSync(join(tmpdir(), "utap-tool-"));
  const outfile = join(folder, "tool.mjs");
  try {
    await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      loader: { ".stp": "text" },
      banner: { js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);" },
      logLevel: "warning",
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
