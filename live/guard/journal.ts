/**
 * The journal of an attached process: what utap has changed in it, on disk before it is changed.
 *
 * One file for each process, gone when everything is undone; one that stays belongs to a utap that was killed, and
 * `utap cleanup` undoes what it says. A line is one change, written with one call, so a file that is cut off has lost at
 * most a change that was not made. When the disk is full it ends, and what is in the process stays there for its own
 * handler. Named by pid and start time: a number that was given away again is
 * another process.
 *
 *     utap PID START OWNER OWNERSTART    first line: whose, and who traces it
 *     pages ADDRESS SIZE                 ours, with the tables of `handler-x86-64.ts`
 *     break ADDRESS ORIGINAL             bytes about to be replaced, hexadecimal
 *     clear ADDRESS                      they are back
 *     trampoline ADDRESS                 where hijacked returns lead
 *     raised ADDRESS COUNT               a counter of marks, and by how much it is too high from now on
 */
import * as fs from "node:fs";
import { readStat } from "../proc.ts";

export interface JournalRecord {
  readonly path: string;
  readonly pid: number;
  readonly startTicks: number;
  readonly owner: { readonly pid: number; readonly startTicks: number };
  readonly breakpoints: ReadonlyMap<number, Uint8Array>;
  readonly counters: ReadonlyMap<number, number>;
  readonly pages?: number;
  readonly trampoline?: number;
}

export class Journal {
  readonly #path: string;
  readonly #fd: number;
  #isFull = false;

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  /** "exists": somebody else's changes are in that process; "none": there is no place for it, or no such process. */
  static create(pid: number): Journal | "exists" | "none" {
    const stat = readStat(pid);
    const own = readStat(process.pid);
    const folder = openFolder();
    if (!stat || !own || folder === undefined) return "none";
    const path = `${folder}/${pid}-${stat.startTicks}`;
    try {
      const { O_CREAT, O_EXCL, O_WRONLY, O_APPEND, O_NOFOLLOW } = fs.constants;
      const fd = fs.openSync(path, O_CREAT | O_EXCL | O_WRONLY | O_APPEND | O_NOFOLLOW, 0o600);
      const journal = new Journal(path, fd);
      journal.#add("utap", `${pid} ${stat.startTicks} ${own.pid} ${own.startTicks}`);
      if (!journal.#isFull) return journal;
      journal.remove();
      return "none";
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === "EEXIST" ? "exists" : "none";
    }
  }

  pages(address: number, size: number): void {
    this.#add("pages", `${hex(address)} ${size}`);
  }

  break(address: number, original: Uint8Array): void {
    this.#add("break", `${hex(address)} ${Buffer.from(original).toString("hex")}`);
  }

  clear(address: number): void {
    this.#add("clear", hex(address));
  }

  trampoline(address: number): void {
    this.#add("trampoline", hex(address));
  }

  raised(address: number, count: number): void {
    this.#add("raised", `${hex(address)} ${count}`);
  }

  /** Everything is undone. */
  remove(): void {
    fs.closeSync(this.#fd);
    fs.rmSync(this.#path, { force: true });
  }

  #add(word: string, rest: string): void {
    if (this.#isFull) return;
    const line = Buffer.from(`${word} ${rest}\n`, "latin1");
    try {
      this.#isFull = fs.writeSync(this.#fd, line) < line.length;
    } catch {
      this.#isFull = true;
    }
  }
}

/** Those of processes that nobody cares for any more: the utap that wrote them is gone. */
export function listJournals(): JournalRecord[] {
  const folder = openFolder();
  if (folder === undefined) return [];
  return fs.readdirSync(folder).flatMap((name) => readJournal(`${folder}/${name}`) ?? []);
}

/** Nothing is left to be undone; false, for whoever filters. */
export function forgetJournal({ path }: JournalRecord): false {
  fs.rmSync(path, { force: true });
  return false;
}

/** Whether the utap that wrote it still runs. */
export function hasOwner({ owner }: JournalRecord): boolean {
  return isAlive(owner);
}

/** Whether the process that it is about still runs. */
export function hasProcess(record: JournalRecord): boolean {
  return isAlive(record);
}

function isAlive({ pid, startTicks }: { readonly pid: number; readonly startTicks: number }): boolean {
  const stat = readStat(pid);
  // The first thread of a process may end before the others.
  return stat?.startTicks === startTicks && (stat.state !== "zombie" || stat.threads > 1);
}

/** Longer ones are not ours, bytes. */
const MAX_JOURNAL = 1 << 26;

export function readJournal(path: string): JournalRecord | undefined {
  try {
    return fs.lstatSync(path).size <= MAX_JOURNAL ? parseJournal(path, fs.readFileSync(path, "latin1")) : undefined;
  } catch {
    return undefined;
  }
}

export function parseJournal(path: string, text: string): JournalRecord | undefined {
  // What follows the last newline was cut off.
  const [first = "", ...lines] = text.split("\n").slice(0, -1);
  const [, pid = 0, startTicks = 0, owner = 0, ownerStart = 0] =
    /^utap (\d+) (\d+) (\d+) (\d+)$/.exec(first)?.map(Number) ?? [];
  if (!(pid > 0)) return undefined;
  const breakpoints = new Map<number, Uint8Array>();
  const counters = new Map<number, number>();
  let pages: number | undefined;
  let trampoline: number | undefined;
  for (const line of lines) {
    const [, word, place = "", rest = ""] = /^(\w+) ([0-9a-f]+)(?: (\w+))?$/.exec(line) ?? [];
    const address = Number.parseInt(place, 16);
    if (word === "break") breakpoints.set(address, new Uint8Array(Buffer.from(rest, "hex")));
    else if (word === "clear") breakpoints.delete(address);
    else if (word === "pages") pages = address;
    else if (word === "trampoline") trampoline = address;
    else if (word === "raised" && Number(rest) > 0) counters.set(address, Number(rest));
    else if (word === "raised") counters.delete(address);
  }
  return {
    path,
    pid,
    startTicks,
    owner: { pid: owner, startTicks: ownerStart },
    breakpoints,
    counters,
    ...(pages !== undefined && { pages }),
    ...(trampoline !== undefined && { trampoline }),
  };
}

function hex(address: number): string {
  return address.toString(16);
}

/** A folder of this user's alone; undefined when somebody else got there first. */
function openFolder(): string | undefined {
  const { XDG_RUNTIME_DIR } = process.env;
  const uid = process.geteuid?.() ?? 0;
  const folder = XDG_RUNTIME_DIR ? `${XDG_RUNTIME_DIR}/utap` : `/tmp/utap-${uid}`;
  try {
    fs.mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") return undefined;
  }
  const stat = fs.lstatSync(folder, { throwIfNoEntry: false });
  return stat?.isDirectory() && stat.uid === uid && (stat.mode & 0o077) === 0 ? folder : undefined;
}
