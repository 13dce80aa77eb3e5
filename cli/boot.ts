/**
 * Loads the bundles of dist/ with V8's code cache, so that a start compiles next to nothing.
 *
 * `bin/utap` calls `start("main")`; the session's thread begins here too. `tools/build.mjs` writes every bundle as one
 * function expression with a digest of itself in the last line, then runs utap a few times with
 * UTAP_CODE_CACHE=write, which leaves `cache/DIGEST` beside the bundles. V8 refuses a cache of another version or
 * with other flags; then, and where there is none, the bundle is compiled as usual.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";
import { isMainThread, threadId } from "node:worker_threads";

type Require = (name: string) => unknown;
type Bundle = (exports: object, require: Require, module: { exports: object }, url: string) => void;

const folder = dirname(__filename);
const hostRequire = createRequire(__filename);
const modules = new Map<string, { exports: object }>();
const scripts = new Map<string, Script>();

export function start(entry: string): void {
  if (process.env.UTAP_CODE_CACHE === "write") process.on("exit", writeCaches);
  load(`./${entry}.cjs`);
}

if (!isMainThread) start("session");

function load(name: string): object {
  const known = modules.get(name);
  if (known) return known.exports;
  const file = join(folder, name);
  const text = readFileSync(file, "latin1");
  const cache = join(folder, "cache", text.slice(text.lastIndexOf(" ") + 1));
  const script = new Script(text, { filename: file, cachedData: read(cache) });
  scripts.set(cache, script);
  const module = { exports: {} };
  modules.set(name, module);
  const require: Require = (wanted) => (wanted.startsWith("./") ? load(wanted) : hostRequire(wanted));
  (script.runInThisContext() as Bundle)(module.exports, require, module, pathToFileURL(file).href);
  return module.exports;
}

function read(cache: string): Buffer | undefined {
  try {
    return readFileSync(cache);
  } catch {
    return undefined;
  }
}

function writeCaches(): void {
  mkdirSync(join(folder, "cache"), { recursive: true });
  for (const [cache, script] of scripts) {
    const temporary = `${cache}.${process.pid}.${threadId}`;
    writeFileSync(temporary, script.createCachedData());
    renameSync(temporary, cache);
  }
}
