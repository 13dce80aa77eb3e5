/**
 * The command line: stap's options where stap has them, long options for what is new.
 *
 * Called by `main.ts`; gives `Options`, plain data that can be sent to the session's thread. What makes no sense is a
 * `usage` diagnostic that says what to write instead.
 */
import { Command, CommanderError, Option } from "commander";
import { fromText } from "../base/bytestring.ts";
import { DiagnosticError } from "../base/diagnostics.ts";
import { LANGUAGE_VERSION } from "../lang/parser/compatibility.ts";
import { compareVersions } from "../lang/parser/versions.ts";
import type { OutputFormat } from "../runtime/output.ts";
import type { HandlingOptions } from "../runtime/session.ts";
import { type GivenLimits, readLimits } from "./limit-options.ts";
import type { Rotation } from "./output.ts";
import { readBuffer, readFormat, readRotation } from "./output-options.ts";
import { subcommands } from "./subcommands.ts";

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

export const VERSION = "0.1.0";

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

function usage(message: string, hints: readonly string[] = []): DiagnosticError {
  return new DiagnosticError([{ code: "usage", severity: "error", message, hints }]);
}

const collect = (value: string, previous: string[] = []): string[] => [...previous, value];

function makeCommand(): Command {
  return new Command("utap")
    .usage("[options] FILE|- [ARGS…]\n       utap [options] -e SCRIPT [ARGS…]")
    .description("Runs a SystemTap-language script against a program, without privileges.")
    .version(`utap ${VERSION}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this")
    .argument("[args...]")
    .allowExcessArguments()
    .exitOverride()
    .configureOutput({ writeErr: () => {}, outputError: () => {} })
    .option("-e <script>", "run this script instead of a file")
    .option("-E <script>", "run this script too (repeatable)", collect)
    .option("-c <command>", "start this program, trace it, and end with it")
    .option("-p <pass>", "stop after pass 1 (parse), 2 (elaborate), 3 (JavaScript) or 5 (run)", "5")
    .option("-v", "say more: the time of each pass (repeatable)", (_value, previous: number) => previous + 1, 0)
    .option("-g", "guru mode: allow what can change the traced program")
    .option("--compatible <version>", `read the script as that version of SystemTap did (now ${LANGUAGE_VERSION})`)
    .option("-u", "do not optimise")
    .option("-w", "hide warnings")
    .option("-W", "treat warnings as errors")
    .option("-I <folder>", "look for tapsets there too (repeatable)", collect)
    .option("-D <name=value>", "set a limit of the language, e.g. MAXACTION=5000 (repeatable)", collect)
    .option("-G <name=value>", "set a global of the script before it starts (repeatable)", collect)
    .option("-o <file>", "write the script's output to a file; %H:%M and the like stand for the time")
    .option("-S <size>", "with -o: begin another file after so many MB; MB,N keeps the last N")
    .option("-f, --format <format>", "how output looks: text, json (an object on each line) or csv (tables of globals)")
    .option("--no-global-var-display", "do not print the globals that the script writes and never reads")
    .option("-T <seconds>", "end the script after so many seconds of the target's clock")
    .option("-s <size>", "hold back up to so many MB of output before it is written")
    .option("-t", "say at the end how often each handler ran, and how long")
    .option("--monitor <seconds>", "watch probes and globals in the terminal; --monitor alone is --monitor=1")
    .option("--suppress-handler-errors", "an error ends its handler and nothing else, without a word")
    .option("--suppress-time-limits", "let handlers run as long as they like (needs -g)")
    .option("--skip-badvars", "context variables that cannot be found or read are 0")
    .option("-m <name>", "the folder of procfs probes below /proc/systemtap (default: utap)")
    .option("-x <pid>", "trace a running process")
    .option("-l <point>", "list the probe points that match; wildcards are allowed")
    .option("-L <point>", "list them with their variables")
    .option("--dump-probe-types", "list the kinds of probe points")
    .option("--dump-probe-aliases", "list the aliases of the tapset library")
    .option("--dump-functions", "list the functions of the tapset library")
    .option(
      "--dump-after <pass>",
      "print what a pass made and stop (repeatable); --dump-after=help lists the passes",
      collect,
    )
    .addOption(new Option("--target <name>", "what to trace").choices(["model", "live"]))
    .option("--no-exitkill", "let the program of -c live on if utap is killed")
    .option("--no-filter", "stop at every system call of the program, so that utap can leave it at any time")
    .option("--sysroot <folder>", "the model's root folder; the program is looked up inside it")
    .option("--writable <folder>", "let the model write to this folder of the host (repeatable)", collect)
    .option("--seed <number>", "seed of the model's chance", "0")
    .option("--standalone <file>", "write the script with its runtime to a file that node runs, and stop")
    .option("--disable-cache", "neither take compiled scripts from the cache nor put them there")
    .option("--poison-cache", "compile again, and put the result into the cache")
    .option("--clean-cache", "empty the cache of compiled scripts and stop")
    .addHelpText(
      "after",
      `
Commands:
${subcommands.map(({ name, description }) => `  utap ${name.padEnd(10)} ${description}`).join("\n")}

Examples:
  utap -e 'probe begin { println("hello") exit() }'
  utap -e 'global n; probe process.syscall { n[$syscall] <<< 1 }
           probe end { foreach (s in n-) printf("%d %d\\n", s, @count(n[s])) }' -c './prog args'
  utap script.stp -c './prog args'`,
    );
}

type Raw = { readonly [name: string]: unknown };

function toOptions(rest: readonly string[], raw: Raw): Options {
  const listing = readListing(raw);
  const text = listing ? listing.script : (raw.e as string | undefined);
  const asksForHelp = ((raw.dumpAfter ?? []) as string[]).includes("help");
  if (text === undefined && rest[0] === undefined && raw.cleanCache !== true && !asksForHelp) {
    throw usage("no script given", [
      "give a file, or a script with -e 'probe begin { … }'",
      "utap --help lists the options",
    ]);
  }
  const stopAfter = Number(raw.p);
  if (![1, 2, 3, 5].includes(stopAfter)) throw usage(`-p ${String(raw.p)}: the passes are 1, 2, 3 and 5`);
  const seed = Number(raw.seed);
  if (!Number.isSafeInteger(seed)) throw usage(`--seed ${String(raw.seed)}: a whole number is needed`);
  if (raw.suppressTimeLimits === true && raw.g !== true)
    throw usage("--suppress-time-limits: handlers without a limit need guru mode", ["add -g"]);
  const timeout = raw.T === undefined ? undefined : Number(raw.T);
  if (timeout !== undefined && !(timeout > 0)) throw usage(`-T ${String(raw.T)}: a number of seconds is needed`);
  return {
    script: text !== undefined ? { kind: "text", text: fromText(text) } : { kind: "file", path: rest[0] ?? "-" },
    extra: ((raw.E ?? []) as string[]).map(fromText),
    args: (text !== undefined ? rest : rest.slice(1)).map(fromText),
    stopAfter: listing ? 2 : (stopAfter as Options["stopAfter"]),
    ...(listing && { listing: listing.kind }),
    writable: (raw.writable ?? []) as string[],
    seed,
    tapsetFolders: (raw.I ?? []) as string[],
    limits: readLimits((raw.D ?? []) as string[]),
    handling: {
      suppressHandlerErrors: raw.suppressHandlerErrors === true,
      suppressTimeLimits: raw.suppressTimeLimits === true,
      skipBadvars: raw.skipBadvars === true,
      timing: raw.t === true,
    },
    globals: Object.fromEntries(((raw.G ?? []) as string[]).map((item) => splitAssignment("-G", item))),
    dumpAfter: (raw.dumpAfter ?? []) as string[],
    verbose: raw.v as number,
    guru: raw.g === true,
    ...(raw.compatible !== undefined && { compatible: readVersion(raw.compatible as string) }),
    unoptimized: raw.u === true,
    warnings: raw.W === true ? "errors" : raw.w === true ? "hide" : "show",
    cache: raw.disableCache === true ? "off" : raw.poisonCache === true ? "renew" : "use",
    ...(raw.standalone !== undefined && { standalone: raw.standalone as string }),
    cleanCache: raw.cleanCache === true,
    ...(raw.c !== undefined && { command: raw.c as string }),
    ...(raw.x !== undefined && { pid: readPid(raw) }),
    exitKill: raw.exitkill !== false,
    filter: raw.filter !== false,
    ...(raw.target !== undefined && { target: raw.target as "model" | "live" }),
    ...(raw.sysroot !== undefined && { sysroot: raw.sysroot as string }),
    ...(raw.o !== undefined && { output: raw.o as string }),
    ...(raw.S !== undefined && { rotation: readRotation(raw.S as string, raw.o as string | undefined) }),
    format: readFormat((raw.format as string | undefined) ?? "text"),
    ...(raw.s !== undefined && { buffer: readBuffer(raw.s as string) }),
    hidesGlobals: raw.globalVarDisplay === false,
    ...(timeout !== undefined && { timeoutSeconds: timeout }),
    ...(raw.monitor !== undefined && { monitorSeconds: readInterval(raw) }),
    ...(raw.m !== undefined && { moduleName: readModuleName(raw.m as string) }),
  };
}

function readPid({ x, c }: Raw): number {
  const pid = Number(x);
  if (!Number.isSafeInteger(pid) || pid <= 0) throw usage(`-x ${String(x)}: the number of a process is needed`);
  if (c !== undefined) throw usage("-x and -c: one of them says what is traced");
  return pid;
}

function readListing(raw: Raw): { readonly kind: Listing; readonly script: string } | undefined {
  const script = (point: unknown): string => `probe ${String(point)} {}`;
  if (raw.l !== undefined) return { kind: "probes", script: script(raw.l) };
  if (raw.L !== undefined) return { kind: "probes-with-variables", script: script(raw.L) };
  if (raw.dumpProbeTypes === true) return { kind: "probe-types", script: "" };
  if (raw.dumpProbeAliases === true) return { kind: "probe-aliases", script: "" };
  return raw.dumpFunctions === true ? { kind: "functions", script: "" } : undefined;
}

/** An option with an optional value would take the script's name for it. */
function withMonitorInterval(argv: readonly string[]): string[] {
  return argv.map((item) => (item === "--monitor" ? "--monitor=1" : item));
}

function readInterval({ monitor, standalone }: Raw): number {
  const seconds = Number(monitor);
  if (!(seconds >= 0.05 && seconds <= 86_400))
    throw usage(`--monitor=${String(monitor)}: seconds from 0.05 are needed`);
  if (standalone !== undefined) throw usage("--monitor: a standalone script has no monitor");
  return seconds;
}

function readModuleName(text: string): string {
  if (!/^[a-z0-9_]{1,55}$/.test(text)) throw usage(`-m ${text}: a name is of at most 55 of a-z, 0-9 and _`);
  return text;
}

function readVersion(text: string): string {
  if (!/^[0-9]+(\.[0-9]+)*$/.test(text)) throw usage(`--compatible ${text}: a version such as 4.0 is needed`);
  if (compareVersions(text, LANGUAGE_VERSION) > 0)
    throw usage(`--compatible ${text}: the newest version that utap knows is ${LANGUAGE_VERSION}`);
  return text;
}

function splitAssignment(option: string, item: string): [string, string] {
  const equals = item.indexOf("=");
  if (equals <= 0) throw usage(`${option} ${item}: write ${option} NAME=VALUE`);
  return [item.slice(0, equals), fromText(item.slice(equals + 1))];
}
