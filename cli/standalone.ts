/**
 * What runs a script that `--standalone` wrote: the runtime and no compiler.
 *
 * `tools/build.mjs` bundles one of the two `start…` functions with all it needs into dist/standalone-*.mjs; the file
 * that `write-standalone.ts` makes is the script as data, then that bundle. The same file is the session's thread.
 * Prints what utap itself would print.
 */
import { parseArgs } from "node:util";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { fromText } from "../base/bytestring.ts";
import { usage } from "../base/usage.ts";
import type { Translation } from "./ends-at-once.ts";
import { openSessionInput } from "./host-console.ts";
import { modelPlace } from "./model-place.ts";
import { readFormat, readRotation } from "./output-options.ts";
import { printError } from "./report.ts";
import { type RunOptions, runBeside, runOnClock } from "./run.ts";
import { readCpus } from "./schedule-options.ts";
import { StopFlag } from "./stop-flag.ts";
import { runWorker } from "./terminal.ts";

export interface StandaloneScript {
  readonly module: Translation;
  /** It has probes of processes, so it cannot run without a program. */
  readonly needsProgram: boolean;
  /** The options that it was made with. */
  readonly options: RunOptions;
}

type Run = (script: StandaloneScript, options: RunOptions, stop?: StopFlag) => number | Promise<number>;

interface WorkerStart {
  readonly options: RunOptions;
  readonly stop: SharedArrayBuffer;
}

/** A script that has nothing to do with programs. */
export function startOnClock(script: StandaloneScript): void {
  start(script, (_, options, stop) => {
    if (options.command !== undefined) throw usage("-c: the script was made without the kernel model", [MAKE_AGAIN]);
    return runOnClock(options, script.module, stop, openSessionInput);
  });
}

/** A script that can run beside a program in the kernel model. */
export function startWithModel(script: StandaloneScript): void {
  start(script, (_, options, stop) => {
    if (options.command !== undefined || options.target !== undefined)
      return runBeside(options, stop ?? new StopFlag(), modelPlace, async () => script.module);
    if (script.needsProgram) throw usage("the script probes processes: give it a program with -c 'PROGRAM ARGS'");
    return runOnClock(options, script.module, stop, openSessionInput);
  });
}

const MAKE_AGAIN = "make it again with utap --standalone FILE -c 'PROGRAM ARGS'";

function start(script: StandaloneScript, run: Run): void {
  if (isMainThread) {
    runOnMain(script, run).then((status) => {
      process.exitCode = status;
    });
    return;
  }
  const { options, stop } = workerData as WorkerStart;
  guarded(async () => run(script, options, new StopFlag(stop))).then((status) => parentPort?.postMessage(status));
}

function runOnMain(script: StandaloneScript, run: Run): Promise<number> {
  return guarded(async () => {
    const options = readOptions(script.options, process.argv.slice(2));
    const mayHang = options.handling.suppressTimeLimits === true;
    if (script.module.endsAtOnce && options.command === undefined && !mayHang) return run(script, options);
    return runWorker(new URL(import.meta.url), (stop) => ({ options, stop }) satisfies WorkerStart);
  });
}

async function guarded(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    printError(error);
    return 1;
  }
}

const optionTypes = {
  c: { type: "string", short: "c" },
  o: { type: "string", short: "o" },
  S: { type: "string", short: "S" },
  T: { type: "string", short: "T" },
  G: { type: "string", short: "G", multiple: true },
  f: { type: "string", short: "f" },
  format: { type: "string" },
  "no-global-var-display": { type: "boolean" },
  w: { type: "boolean", short: "w" },
  seed: { type: "string" },
  cpus: { type: "string" },
  sysroot: { type: "string" },
  writable: { type: "string", multiple: true },
} as const;

/** utap's own options, as far as they concern a run; each overrides what the script was made with. */
function readOptions(made: RunOptions, argv: readonly string[]): RunOptions {
  const { values, positionals } = parse(argv);
  if (positionals[0] !== undefined) {
    throw usage(`${positionals[0]}: the arguments of the script were fixed when it was compiled`);
  }
  const seed = values.seed === undefined ? made.seed : Number(values.seed);
  if (!Number.isSafeInteger(seed)) throw usage(`--seed ${values.seed}: a whole number is needed`);
  const timeout = values.T === undefined ? made.timeoutSeconds : Number(values.T);
  if (timeout !== undefined && !(timeout > 0)) throw usage(`-T ${values.T}: a number of seconds is needed`);
  const format = values.f ?? values.format;
  return {
    ...made,
    ...(format !== undefined && { format: readFormat(format) }),
    ...(values["no-global-var-display"] === true && { hidesGlobals: true }),
    ...(values.S !== undefined && { rotation: readRotation(values.S, values.o ?? made.output) }),
    seed,
    cpus: values.cpus === undefined ? made.cpus : readCpus(values.cpus),
    globals: { ...made.globals, ...Object.fromEntries((values.G ?? []).map(readGlobal)) },
    writable: values.writable ?? made.writable,
    ...(values.c !== undefined && { command: values.c }),
    ...(values.o !== undefined && { output: values.o }),
    ...(values.sysroot !== undefined && { sysroot: values.sysroot }),
    ...(values.w === true && { warnings: "hide" }),
    ...(timeout !== undefined && { timeoutSeconds: timeout }),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: optionTypes, allowPositionals: true });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

function readGlobal(item: string): [string, string] {
  const equals = item.indexOf("=");
  if (equals <= 0) throw usage(`-G ${item}: write -G NAME=VALUE`);
  return [item.slice(0, equals), fromText(item.slice(equals + 1))];
}
