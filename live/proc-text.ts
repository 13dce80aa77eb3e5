/**
 * The texts of /proc/PID, read into records: pure functions, for `proc.ts` and whoever has such a text.
 *
 * Texts are byte strings (`base/bytestring.ts`): names of programs and files are bytes, and need be neither UTF-8 nor free
 * of spaces, parentheses and newlines. A line that is malformed or cut off is left out; nothing here throws.
 * Layouts: proc(5), proc_pid_stat(5), proc_pid_status(5), proc_pid_maps(5).
 */
import type { Mapping, TaskState } from "../target/target.ts";

/** A row of /proc/PID/maps. */
export interface MapsRow extends Mapping {
  /** MAP_SHARED: a write would reach the file and whoever maps it too. */
  readonly shared: boolean;
  /** `major:minor` in hexadecimal and inode number; "00:00" and 0 of anonymous memory. */
  readonly device: string;
  readonly inode: number;
  /** The file has lost that name: what stands under `file.path` now, if anything, is another file. */
  readonly deleted: boolean;
  /** The kernel's word for memory that is no file, e.g. `[stack]`, `[vdso]`, `[anon:arena]`. */
  readonly label?: string;
}

const mapsLine =
  /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([r-])([w-])([x-])([ps]) ([0-9a-f]{1,16}) ([0-9a-f]+:[0-9a-f]+) (\d+) *(.*)$/s;

/** In order of address; without what the kernel keeps above user memory (`[vsyscall]`). */
export function parseMaps(text: string): MapsRow[] {
  const rows: MapsRow[] = [];
  for (const line of text.split("\n")) {
    const found = mapsLine.exec(line);
    if (!found) continue;
    const [, start = "", end = "", r, w, x, sharing, offset = "", device = "", inode, name = ""] = found;
    const row = {
      start: Number.parseInt(start, 16),
      end: Number.parseInt(end, 16),
      offset: Number.parseInt(offset, 16),
      readable: r === "r",
      writable: w === "w",
      executable: x === "x",
      shared: sharing === "s",
      device,
      inode: Number(inode),
    };
    if (!(row.start < row.end && row.end <= Number.MAX_SAFE_INTEGER)) continue;
    rows.push({ ...row, ...nameOf(name) });
  }
  return rows;
}

const DELETED = " (deleted)";

function nameOf(name: string): { deleted: boolean; file?: { path: string }; label?: string } {
  if (name === "") return { deleted: false };
  // A path begins with a slash; anything else is a word of the kernel's ("[heap]", "anon_inode:[io_uring]").
  if (!name.startsWith("/")) return { deleted: false, label: name };
  const deleted = name.endsWith(DELETED);
  const path = (deleted ? name.slice(0, -DELETED.length) : name).replaceAll("\\012", "\n");
  return { deleted, file: { path } };
}

/** A letter of "State" and of the third field of stat. */
export type StateLetter = "R" | "S" | "D" | "T" | "t" | "Z" | "X" | "x" | "I" | "P" | "W" | "K";

// biome-ignore format: table
const states: { readonly [letter in StateLetter]: TaskState } = {
  R: "running",
  S: "sleeping",
  D: "sleeping",
  I: "sleeping",
  K: "sleeping",
  P: "sleeping",
  W: "sleeping",
  T: "stopped",
  t: "tracing-stop",
  Z: "zombie",
  X: "dead",
  x: "dead",
};

export function taskState(letter: string): TaskState {
  return Object.hasOwn(states, letter) ? states[letter as StateLetter] : "dead";
}

/** What of /proc/PID/stat somebody needs. */
export interface Stat {
  readonly pid: number;
  readonly comm: string;
  readonly state: TaskState;
  readonly ppid: number;
  readonly pgrp: number;
  readonly sid: number;
  /** PF_* of the kernel. */
  readonly flags: number;
  readonly threads: number;
  /** Clock ticks since the machine started; with the pid it names a process for good. */
  readonly startTicks: number;
  readonly cpu: number;
}

export function parseStat(text: string): Stat | undefined {
  const open = text.indexOf("(");
  // The name may hold parentheses, spaces and newlines; what follows it cannot.
  const close = text.lastIndexOf(")");
  if (open < 0 || close < open) return undefined;
  // Numbered as in proc_pid_stat(5): field 3 is the state.
  const fields = text
    .slice(close + 1)
    .trim()
    .split(" ");
  const field = (number: number): number => Number(fields[number - 3] ?? Number.NaN);
  const stat = {
    pid: Number.parseInt(text, 10),
    comm: text.slice(open + 1, close),
    state: taskState(fields[0] ?? ""),
    ppid: field(4),
    pgrp: field(5),
    sid: field(6),
    flags: field(9),
    threads: field(20),
    startTicks: field(22),
    cpu: field(39),
  };
  return Object.values(stat).some((value) => Number.isNaN(value)) ? undefined : stat;
}

/** What of /proc/PID/status somebody needs; ids are [real, effective, saved, file system]. */
export interface Status {
  readonly name: string;
  readonly state: TaskState;
  readonly tgid: number;
  readonly pid: number;
  readonly ppid: number;
  /** Who traces it; 0 nobody. */
  readonly tracer: number;
  readonly uid: readonly [number, number, number, number];
  readonly gid: readonly [number, number, number, number];
  /** Its number in each pid namespace, outermost first; of one namespace it is [tid]. */
  readonly namespacePids: readonly number[];
  /** Sets of signals: bit n-1 is signal n. */
  /** Those of the thread and those of its process. */
  readonly pendingSignals: bigint;
  readonly blockedSignals: bigint;
  readonly ignoredSignals: bigint;
  readonly caughtSignals: bigint;
  readonly permittedCapabilities: bigint;
  readonly effectiveCapabilities: bigint;
  readonly noNewPrivileges: boolean;
  /** 0 none, 1 strict, 2 filters. */
  readonly seccomp: number;
  /** How many filters it has; 0 on Linux before 5.9. */
  readonly seccompFilters: number;
}

export function parseStatus(text: string): Status | undefined {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0 && !values.has(line.slice(0, colon))) values.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const number = (name: string): number => Number.parseInt(values.get(name) ?? "0", 10);
  const numbers = (name: string): number[] => (values.get(name) ?? "").split(/\s+/).map(Number);
  const set = (name: string): bigint =>
    /^[0-9a-f]{1,32}$/.test(values.get(name) ?? "") ? BigInt(`0x${values.get(name)}`) : 0n;
  const ids = (name: string): [number, number, number, number] => {
    const [real = Number.NaN, effective = real, saved = real, files = real] = numbers(name);
    return [real, effective, saved, files];
  };
  const tgid = number("Tgid");
  if (!(tgid > 0) || Number.isNaN(ids("Uid")[0])) return undefined;
  return {
    name: (values.get("Name") ?? "").replace(/\\([n\\])/g, (_, c) => (c === "n" ? "\n" : "\\")),
    state: taskState((values.get("State") ?? "").slice(0, 1)),
    tgid,
    pid: number("Pid"),
    ppid: number("PPid"),
    tracer: number("TracerPid"),
    uid: ids("Uid"),
    gid: ids("Gid"),
    namespacePids: values.has("NSpid") ? numbers("NSpid") : [number("Pid")],
    pendingSignals: set("SigPnd") | set("ShdPnd"),
    blockedSignals: set("SigBlk"),
    ignoredSignals: set("SigIgn"),
    caughtSignals: set("SigCgt"),
    permittedCapabilities: set("CapPrm"),
    effectiveCapabilities: set("CapEff"),
    noNewPrivileges: number("NoNewPrivs") === 1,
    seccomp: number("Seccomp"),
    seccompFilters: number("Seccomp_filters"),
  };
}

/** cmdline and environ: strings that each end with a NUL. A last one without (a program wrote over it) counts too. */
export function parseStrings(text: string): string[] {
  if (text === "") return [];
  return (text.endsWith("\0") ? text.slice(0, -1) : text).split("\0");
}
