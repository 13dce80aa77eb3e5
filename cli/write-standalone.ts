/**
 * --standalone FILE: a script and the runtime it needs as one ES module, which plain `node FILE` runs.
 *
 * The runtime was bundled when utap was built (`tools/build.mjs`), so this needs neither esbuild nor the sources. The
 * part with the kernel model is added where the script is about programs or -c was given. Called by `main.ts`.
 */
import { readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { usage } from "../base/usage.ts";
import { cannotWrite } from "./cannot-write.ts";
import { makeRequest } from "./compile-request.ts";
import { compileFor, showCompilation } from "./compile-script.ts";
import { endsAtOnce } from "./ends-at-once.ts";
import { type Options, VERSION } from "./options.ts";
import type { StandaloneScript } from "./standalone.ts";
import { chooseUnstarted } from "./targets.ts";

export function writeStandalone(options: Options, file: string): number {
  const result = compileFor(options, makeRequest(options), chooseUnstarted(options));
  showCompilation(options, result);
  const { program, module } = result;
  if (!program || !module) return 1;
  const needsProgram = program.probes.some(({ resolved: { spec } }) =>
    ["process", "uprobe", "kernel"].includes(spec.kind),
  );
  const needsModel = needsProgram || options.command !== undefined || options.target !== undefined;
  const { code, map } = module;
  const script: StandaloneScript = {
    module: { code, map, endsAtOnce: endsAtOnce(program) },
    needsProgram,
    options: runOptions(options),
  };
  const runtime = readRuntime(needsModel ? "standalone-model.mjs" : "standalone-clock.mjs");
  write(file, `${head(program.script)}\n${scriptText(script)}\n\n${runtime}`);
  return 0;
}

function runOptions(options: Options): StandaloneScript["options"] {
  const { command, target, sysroot, writable, seed, cpus, globals, warnings, timeoutSeconds, handling, output } =
    options;
  const { format, hidesGlobals, rotation } = options;
  return {
    format,
    hidesGlobals,
    writable,
    seed,
    cpus,
    globals,
    warnings,
    handling,
    verbose: 0,
    checksPrograms: true,
    ...(command !== undefined && { command }),
    ...(target !== undefined && { target }),
    ...(sysroot !== undefined && { sysroot }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    ...(output !== undefined && { output }),
    ...(rotation && { rotation }),
  };
}

function head(script: string): string {
  const name = script.replace(/[^\x20-\x7e]/g, "?");
  return `#!/usr/bin/env node\n// ${name}, compiled by utap ${VERSION}. The script is below, the runtime follows it.`;
}

/** The module stands line by line, so that it can be read. */
function scriptText({ module: { code, ...rest }, ...more }: StandaloneScript): string {
  const lines = code.split("\n").map((line) => `    ${JSON.stringify(line)},`);
  return [
    "const UTAP_SCRIPT = {",
    `  ...${JSON.stringify(more)},`,
    `  module: { ...${JSON.stringify(rest)}, code: [`,
    ...lines,
    '  ].join("\\n") },',
    "};",
  ].join("\n");
}

function readRuntime(name: string): string {
  try {
    return readFileSync(new URL(`./${name}`, import.meta.url), "utf8");
  } catch {
    throw usage("--standalone: the runtime is not built", ["run npm run build"]);
  }
}

/** All of it or nothing; a device or a pipe gets it and stays what it is. */
function write(file: string, text: string): void {
  try {
    const there = statSync(file, { throwIfNoEntry: false });
    if (there?.isFile() === false) writeFileSync(file, text);
    else replace(there ? realpathSync(file) : file, text);
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

function replace(path: string, text: string): void {
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, text, { mode: 0o755 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
