// Writes dist/tapsets.json: what each file of tapsets/ defines, so that a start reads none that it does not need.
// Called by tools/build.mjs; the scan is the compiler's own.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

export async function indexTapsets(output = "dist/tapsets.json") {
  const bundle = await build({
    entryPoints: ["lang/compiler/tapset-library.ts"],
    bundle: true,
    format: "esm",
    write: false,
    logLevel: "warning",
  });
  const code = Buffer.from(bundle.outputFiles[0].contents).toString("base64");
  const { sharedNames } = await import(`data:text/javascript;base64,${code}`);
  const files = readdirSync("tapsets", { recursive: true })
    .filter((name) => /\.stpm?$/.test(name))
    .sort();
  const index = files.map((name) => [name, sharedNames({ name, text: readFileSync(`tapsets/${name}`, "latin1") })]);
  writeFileSync(output, `${JSON.stringify(Object.fromEntries(index))}\n`);
}
