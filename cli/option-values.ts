/**
 * What was given on the command line becomes `Options`: each value read and checked.
 *
 * Called by `options.ts` with what commander found. What makes no sense is a `usage` diagnostic that says what to write
 * instead.
 */
import { fromText } from "../base/bytestring.ts";
import { usage } from "../base/usage.ts";
import { LANGUAGE_VERSION } from "../lang/parser/compatibility.ts";
import { compareVersions } from "../lang/parser/versions.ts";
import { readLimits } from "./limit-options.ts";
import type { Listing, Options } from "./options.ts";
import { readBuffer, readFormat, readRotation } from "./output-options.ts";
import { readCpus, readSchedules } from "./schedule-options.ts";

type Raw = { readonly [name: string]: unknown };

export function toOptions(rest: readonly string[], raw: Raw): Options {
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
  if (![1, 2, 3, 5].includes(stopAfter))
    throw usage(`-p ${String(raw.p)}: the passes are 1, 2, 3 and 5`, ["-x PID traces a running process"]);
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
    cpus: readCpus(raw.cpus as string),
    ...(raw.schedules !== undefined && { schedules: readSchedules(raw) }),
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
