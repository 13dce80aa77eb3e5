/**
 * `-D NAME[=VALUE]`: limits of the language by name.
 *
 * Called by `options.ts`. Every name that the language knows is taken. Those of the first table are limits of a kernel
 * module or of its build: nothing here has that limit, so their values change nothing. Any other name is an error.
 */
import type { DiagnosticError } from "../base/diagnostics.ts";
import { parseLong } from "../base/int64.ts";
import { limits, type ScriptLimit, scriptLimits } from "../base/limits.ts";
import { usage } from "../base/usage.ts";
import { similarNames } from "../lang/similar.ts";

export type GivenLimits = { readonly [name in ScriptLimit]?: number };

export function readLimits(items: readonly string[]): GivenLimits {
  const given: { [name in ScriptLimit]?: number } = {};
  for (const item of items) {
    const { name, value } = split(item);
    if (Object.hasOwn(scriptLimits, name)) given[name as ScriptLimit] = readValue(item, name as ScriptLimit, value);
    else if (!withoutMeaning.has(name)) throw unknown(item, name);
  }
  return given;
}

// biome-ignore format: table
const withoutMeaning: ReadonlySet<string> = new Set([
  "MAPHASHBIAS",                    // size of hash tables: they grow by themselves
  "MAXTRYLOCK",                     // globals need no locks: handlers never overlap
  "TRYLOCKDELAY",
  "MINSTACKSPACE",                  // stack of the kernel
  "MAXUPROBES",                     // breakpoints: as many as there are points
  "KRETACTIVE",                     // calls whose return is awaited: as many as there are
  "STP_MAXMEMORY",                  // memory of the module
  "STP_TIMING",                     // -t is the option
  "STP_TIMING_NSECS",               // times are in nanoseconds anyway
  "STP_EXECTRACE",                  // tracing of the tracer
  "STP_NO_BUILDID_CHECK",           // programs are recognised by their content
  "STAP_CALLEE_MATCHALL",
  "TASK_FINDER_VMA_ENTRY_PATHLEN",  // paths have any length
  "STP_FORCE_STDOUT_TTY",
]);

/** Lowest and highest value; without a row, any that is not negative. */
// biome-ignore format: table
const ranges: { readonly [name in ScriptLimit]?: readonly [number, number] } = {
  INTERRUPTIBLE:          [0, 1],
  MAXNESTING:             [1, 1_000_000],
  MAXBACKTRACE:           [1, limits.maxBacktrace],
  MAXSTRINGLEN:           [1, 1 << 16],
  MAXMAPENTRIES:          [1, 10_000_000],
  STP_OVERLOAD_INTERVAL:  [1, Number.MAX_SAFE_INTEGER],
  STP_NO_OVERLOAD:        [0, 1],
  STP_PROCFS_BUFSIZE:     [2, 1 << 20],
  STP_BUFFER_SIZE:        [1, 1 << 20],
  HIST_WIDTH:             [1, 1024],
  HIST_ELISION:           [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/** As for a C compiler, a name alone is 1. */
function split(item: string): { readonly name: string; readonly value: string } {
  const equals = item.indexOf("=");
  if (equals === 0 || item === "") throw usage(`-D ${item}: write -D NAME=VALUE`);
  return equals < 0 ? { name: item, value: "1" } : { name: item.slice(0, equals), value: item.slice(equals + 1) };
}

function readValue(item: string, name: ScriptLimit, text: string): number {
  const digits = parseLong(text.replace(/^-/, ""));
  if (digits === undefined || typeof digits === "bigint") throw usage(`-D ${item}: a whole number is needed`);
  const value = text.startsWith("-") ? -digits : digits;
  const [low, high] = ranges[name] ?? [0, Number.MAX_SAFE_INTEGER];
  if (value < low || value > high) throw usage(`-D ${item}: ${name} is between ${low} and ${high}`);
  return value;
}

function unknown(item: string, name: string): DiagnosticError {
  const names = [...Object.keys(scriptLimits), ...withoutMeaning];
  const near = similarNames(name, names);
  const hint = near.length > 0 ? `do you mean ${near.join(", ")}?` : `the limits are ${names.join(", ")}`;
  return usage(`-D ${item}: there is no limit ${name}`, [hint]);
}
