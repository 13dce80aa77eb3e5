/**
 * Reads /proc/PID: who a process is, what it maps, which threads it has.
 *
 * Called by the live target where a stop does not say it, by `attach-errors.ts` and `utap doctor`. Every function answers
 * undefined (or an empty list) for a process that is gone or that we may not look at: both can happen at any
 * moment. Paths and names are byte strings.
 */
import * as fs from "node:fs";
import { fromBytes } from "../base/bytestring.ts";
import { type MapsRow, parseMaps, parseStat, parseStatus, parseStrings, type Stat, type Status } from "./proc-text.ts";

export * from "./proc-text.ts";

/** A file of /proc/PID, or with `tid` of one of its threads. */
export function readProcFile(pid: number, name: string, tid?: number): string | undefined {
  const folder = tid === undefined ? `/proc/${pid}` : `/proc/${pid}/task/${tid}`;
  try {
    return fs.readFileSync(`${folder}/${name}`, "latin1");
  } catch {
    return undefined;
  }
}

export function readStat(pid: number, tid?: number): Stat | undefined {
  const text = readProcFile(pid, "stat", tid);
  return text === undefined ? undefined : parseStat(text);
}

export function readStatus(pid: number, tid?: number): Status | undefined {
  const text = readProcFile(pid, "status", tid);
  return text === undefined ? undefined : parseStatus(text);
}

export function readMaps(pid: number): MapsRow[] {
  return parseMaps(readProcFile(pid, "maps") ?? "");
}

/** argv as it stands in the process's memory; empty for a kernel thread and a zombie. */
export function readCommandLine(pid: number): string[] {
  return parseStrings(readProcFile(pid, "cmdline") ?? "");
}

export function readEnvironment(pid: number): string[] {
  return parseStrings(readProcFile(pid, "environ") ?? "");
}

/** The threads that exist now, lowest first. Read it again after stopping them: those not yet stopped make more. */
export function readTasks(pid: number): number[] {
  try {
    const names = fs.readdirSync(`/proc/${pid}/task`);
    return names
      .map(Number)
      .filter((tid) => tid > 0)
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

/** A thread of a process that has not ended, the first if it can be: that may end before the others. */
export function livingThread(pid: number): number {
  if (readStat(pid)?.state !== "zombie") return pid;
  return readTasks(pid).find((tid) => !hasEnded(pid, tid)) ?? pid;
}

export function hasEnded(pid: number, tid: number): boolean {
  const state = readStat(pid, tid)?.state ?? "dead";
  return state === "zombie" || state === "dead";
}

/** Whether a thread waits in a system call that nothing interrupts, or is no more. */
export function cannotStop(pid: number, tid: number): boolean {
  // "running", or -1 for one that waits for a page of memory (proc_pid_syscall(5)).
  return hasEnded(pid, tid) || /^\d/.test(readProcFile(pid, "syscall", tid) ?? "0");
}

/** Where a symbolic link of /proc/PID leads: `exe`, `cwd`, `root`, `ns/pid`, `fd/0`. */
export function readProcLink(pid: number, name: string): string | undefined {
  try {
    return fromBytes(fs.readlinkSync(`/proc/${pid}/${name}`, "buffer"));
  } catch {
    return undefined;
  }
}

export interface Executable {
  readonly path: string;
  /** The program has been replaced or removed since; /proc/PID/exe still opens what runs. */
  readonly deleted: boolean;
}

export function readExecutable(pid: number): Executable | undefined {
  const link = readProcLink(pid, "exe");
  if (link === undefined) return undefined;
  const deleted = link.endsWith(" (deleted)") && !exists(link);
  return { path: deleted ? link.slice(0, -" (deleted)".length) : link, deleted };
}

function exists(path: string): boolean {
  return fs.existsSync(Buffer.from(path, "latin1"));
}

/** `pid` with its start time: the same text means the same process, whatever became of its number. */
export function processIdentity(pid: number): string | undefined {
  const stat = readStat(pid);
  return stat && `${stat.pid}@${stat.startTicks}`;
}
