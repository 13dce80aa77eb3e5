/**
 * The command line: stap's options where stap has them, long options for what is new.
 *
 * Called by `main.ts`; gives `Options`, plain data that can be sent to the session's thread. The options are listed in
 * `option-list.ts`, their values read in `option-values.ts`.
 */
import { CommanderError } from "commander";
import { usage } from "../base/usage.ts";
import type { OutputFormat } from "../runtime/output.ts";
import type { HandlingOptions } from "../runtime/session.ts";
import type { GivenLimits } from "./limit-options.ts";
import { makeCommand } from "./option-list.ts";
import { toOptions } from "./option-values.ts";
import type { Rotation } from "./output.ts";

export { VERSION } from "./option-list.ts";

export interface Options {
  /** The script: `-e TEXT`, or a file, or `-` for standard input. */
  readonly script: { readonly kind: "text"; readonly text: string } | { readonly kind: "file"; readonly path: string };
  /** `-E TEXT`: more scripts, in one namespace with the first. */
  readonly extra: readonly string[];
  /** What follows the script: `$1`, `@1`, …; byte strings. */
  readonly args: readonly string[];
  /** `-p N`: stop after pass N. */
  readonly stopAfter: 1 | 2 | 3 | 5;
  readonly command?: string;
  readonly target?: "model" | "live";
  /** -x: a process that runs. */
  readonly pid?: number;
  /** Programs of -c die with utap when it is killed. */
  readonly exitKill: boolean;
  /** Launched programs stop only for the system calls that the script is about. */
  readonly filter: boolean;
  readonly sysroot?: string;
  readonly writable: readonly string[];
  readonly seed: number;
  /** Virtual CPUs of the model. */
  readonly cpus: number;
  /** --schedules: how many seeds are tried, from `seed` up. */
  readonly schedules?: number;
  readonly tapsetFolders: readonly string[];
  readonly limits: GivenLimits;
  readonly globals: { readonly [name: string]: string };
  readonly output?: string;
  /** -S: the file of -o in parts. */
  readonly rotation?: Rotation;
  readonly format: OutputFormat;
  /** -s: bytes of output that may wait. */
  readonly buffer?: number;
  /** --no-global-var-display */
  readonly hidesGlobals: boolean;
  readonly dumpAfter: readonly string[];
  /** -l, -L and --dump-…: the script is `probe PATTERN {}`, or empty. */
  readonly listing?: Listing;
  readonly verbose: number;
  readonly guru: boolean;
  /** `--compatible VERSION`: the version of the language the script was written for. */
  readonly compatible?: string;
  readonly unoptimized: boolean;
  readonly warnings: "show" | "hide" | "errors";
  readonly timeoutSeconds?: number;
  /** --monitor: seconds between two looks. */
  readonly monitorSeconds?: number;
  /** -m: what the script is called in the target. */
  readonly moduleName?: string;
  readonly handling: HandlingOptions;
  /** --disable-cache, --poison-cache */
  readonly cache: "use" | "off" | "renew";
  /** --standalone FILE: write the script and its runtime there instead of running it. */
  readonly standalone?: string;
  /** --clean-cache: empty it, and nothing else. */
  readonly cleanCache: boolean;
}

export type Listing = "probes" | "probes-with-variables" | "probe-types" | "probe-aliases" | "functions";

/** The options, or the exit status when the command line only asked for help or the version. */
export function parseOptions(argv: readonly string[]): Options | { readonly exit: number } {
  const program = makeCommand();
  try {
    program.parse(withMonitorInterval(argv), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { exit: 0 };
    throw usage(error.message.replace(/^error: /, ""), ["utap --help lists the options"]);
  }
  return toOptions(program.args, program.opts());
}

/** An option with an optional value would take the script's name for it. */
function withMonitorInterval(argv: readonly string[]): string[] {
  return argv.map((item) => (item === "--monitor" ? "--monitor=1" : item));
}
