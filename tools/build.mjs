/**
 * Bundles the command line, the kit for tests and the benchmarks into dist/; run by `npm ci` (prepare) and `npm run build`.
 *
 * esbuild splits the program into chunks that are loaded when they are needed. Each becomes a function expression with its
 * digest in the last line, in the form that `cli/boot.ts` loads with V8's code cache; ES modules cannot have one. The
 * caches are written by running utap. Files are put in place by renaming, and chunks of earlier builds stay for
 * a while, because a utap that runs may still load them.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build, transform } from "esbuild";
import { buildTypes } from "./build-types.mjs";
import { indexTapsets } from "./index-tapsets.mjs";

const OUT = "dist";
const TAPSET_INDEX = "tapsets.json";
const KEEP_MS = 10 * 60_000;
const entries = { main: "cli/main.ts", session: "cli/session-worker.ts", bench: "bench/main.ts" };

const { outputFiles } = await build({
  entryPoints: entries,
  outdir: OUT,
  outExtension: { ".js": ".cjs" },
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  loader: { ".stp": "text" },
  logLevel: "warning",
  write: false,
});
const chunks = outputFiles.map(({ path, text }) => ({ name: basename(path), text }));
const identity = digest(chunks.map(({ name, text }) => `${name} ${text}`).join("\n"));

const files = await Promise.all(chunks.map(async ({ name, text }) => ({ name, text: wrap(await toCommonJs(text)) })));
files.push({ name: "boot.cjs", text: await toCommonJs(await bundle({ entryPoints: ["cli/boot.ts"] })) });
files.push({ name: "standalone-clock.mjs", text: await standalone("startOnClock") });
files.push({ name: "standalone-model.mjs", text: await standalone("startWithModel") });
files.push({ name: "testing.mjs", text: await testingKit() });

mkdirSync(join(OUT, "cache"), { recursive: true });
for (const { name, text } of files) put(name, text);
buildTypes(join(OUT, "types"));
await indexTapsets(join(OUT, TAPSET_INDEX));
removeOld(OUT, new Set([...files.map(({ name }) => name), TAPSET_INDEX]));
removeOld(join(OUT, "cache"), new Set());
writeCodeCaches();

function digest(text) {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

async function bundle(options) {
  const {
    outputFiles: [file],
  } = await build({
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    write: false,
    ...options,
  });
  return file.text;
}

/** The runtime of --standalone; the file that is made of it declares UTAP_SCRIPT first. */
function standalone(start) {
  const contents = `import { ${start} } from "./cli/standalone.ts"; ${start}(UTAP_SCRIPT);`;
  return bundle({ stdin: { contents, resolveDir: process.cwd() }, minifyWhitespace: true, minifySyntax: true });
}

/** `utap/testing`; its dependencies are those of the package. */
function testingKit() {
  return bundle({ entryPoints: ["testing/index.ts"], loader: { ".stp": "text" }, packages: "external" });
}

/** `import()` becomes a `require` too, so that every chunk comes through the one loader. */
async function toCommonJs(text) {
  const { code } = await transform(text, {
    format: "cjs",
    platform: "node",
    target: "node20",
    supported: { "dynamic-import": false },
    define: { "import.meta.url": "__url", UTAP_BUILD: JSON.stringify(identity) },
    minifyWhitespace: true,
    minifySyntax: true,
  });
  return exportDirectly(code);
}

/**
 * What a chunk exports is used by others in every event. esbuild exports a copy of its names whose getters look up the
 * getters of the original; one step less is a fifth of utap's own time for a system call.
 */
function exportDirectly(code) {
  return code.replace(
    "module.exports=__toCommonJS(stdin_exports);",
    'module.exports=__defProp(stdin_exports,"__esModule",{value:!0});',
  );
}

function wrap(code) {
  return `(function (exports, require, module, __url) {${code}})\n// ${digest(code)}`;
}

function put(name, text) {
  const temporary = join(OUT, `${name}.${process.pid}`);
  writeFileSync(temporary, text);
  renameSync(temporary, join(OUT, name));
}

function removeOld(folder, present) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!present.has(name) && stat?.isFile() && Date.now() - stat.mtimeMs > KEEP_MS) rmSync(path, { force: true });
  }
}

/** What a start compiles is what these runs compile: a script for the clock, one in a thread, one from the cache. */
function writeCodeCaches() {
  const folder = mkdtempSync(join(OUT, "warm-"));
  const env = { ...process.env, UTAP_CODE_CACHE: "write", UTAP_CACHE_DIR: folder };
  // A utap that cannot run is for tests to find.
  const utap = (...args) => spawnSync(process.execPath, ["bin/utap", ...args], { env, stdio: "ignore" });
  try {
    const script = 'probe begin { println("hi") exit() }';
    utap("-e", script);
    utap("-e", script);
    utap("-e", 'global n probe timer.ms(1) { if (n++ == 2) exit() } probe end { printf("%d\\n", n) }');
    utap("-p3", "-e", script);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
