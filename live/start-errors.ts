/**
 * Why a program could not be started, and what to do about it: rows over the program's file and the errno of execve.
 *
 * Asked by `live.ts` before the start with errno 0, because Linux would start a 32-bit program that we cannot trace, and
 * after it with what went wrong. The first row that holds explains.
 */
import * as fs from "node:fs";
import { fromText } from "../base/bytestring.ts";
import { ERRNO, findErrno } from "../target/errno.ts";
import { explainLaunch, mayTraceAnybody } from "./attach-errors.ts";
import { readOwnFacts } from "./attach-facts.ts";
import type { Machine } from "./machines/machine.ts";
import type { SpawnFailure } from "./spawn.ts";

export interface StartExplanation {
  readonly message: string;
  readonly hints: readonly string[];
}

/** What a file is, as far as execve looks at it; the interpreter of a script stands for it. */
interface StartFacts {
  readonly path: string;
  readonly machine: Machine;
  readonly kind: "missing" | "directory" | "file" | "other";
  readonly executable: boolean;
  readonly elf?: { readonly bits: 32 | 64; readonly machine: number; readonly interpreter?: string };
  /** Of the line `#!`. */
  readonly interpreter?: string;
}

/** Undefined: as far as can be seen it can be started (errno 0 only). */
export function explainStart(errno: number, path: string, machine: Machine): StartExplanation | undefined {
  const facts = readStartFacts(path, machine);
  for (const { when, say } of rows) {
    if (!when(facts, errno)) continue;
    const [message, ...hints] = say(facts).map(fromText);
    return { message: `cannot run ${path}: ${message}`, hints };
  }
  if (errno === 0) return undefined;
  const row = findErrno(errno);
  return { message: `cannot run ${path}: ${row ? `${row.message} (${row.name})` : `error ${errno}`}`, hints: [] };
}

export function explainFailure(failure: SpawnFailure, path: string, machine: Machine): StartExplanation {
  const { call, errno } = failure;
  if (call === "ptrace") {
    const { message, hints } = explainLaunch(errno, readOwnFacts());
    return {
      message: `cannot trace ${path}: ${message}`,
      hints: [...hints, "utap doctor looks at what this machine allows"],
    };
  }
  if (call === "posix_spawn" && errno !== ERRNO.E2BIG)
    return { message: `cannot start a process for ${path}: ${findErrno(errno)?.message ?? errno}`, hints: [] };
  return (
    explainStart(errno, path, machine) ?? {
      message: `cannot run ${path}: Linux ended it while it was being started`,
      hints: ["its file may be damaged: readelf -l shows what it wants to have in memory"],
    }
  );
}

/** What a set-user-ID or set-group-ID program loses by being traced; undefined when it loses nothing. */
export function explainLostRights(path: string): StartExplanation | undefined {
  const stat = attempt(() => fs.statSync(Buffer.from(path, "latin1")));
  const own = readOwnFacts();
  if (!stat || mayTraceAnybody(own.capabilities)) return undefined;
  const setuid = (stat.mode & 0o4000) !== 0 && stat.uid !== own.uid;
  const setgid = (stat.mode & 0o2010) === 0o2010 && stat.gid !== own.gid;
  if (!setuid && !setgid) return undefined;
  return {
    message: `${path} runs without the rights of ${setuid ? `user ${stat.uid}` : `group ${stat.gid}`}: Linux gives them to no program that a user without privileges traces`,
    hints: ["start utap as root: sudo utap …"],
  };
}

/** What execvp gives to a shell: text that does not say who is to interpret it. */
export function isShellText(path: string): boolean {
  const head = readHead(path);
  return head !== undefined && !isElf(head) && !head.includes(0);
}

interface Row {
  readonly when: (facts: StartFacts, errno: number) => boolean;
  /** The message, and what can be done. */
  readonly say: (facts: StartFacts) => readonly string[];
}

const isMissing = (path: string | undefined): boolean => path !== undefined && !fs.existsSync(path);

// biome-ignore format: table
const rows: readonly Row[] = [
  { when: ({ kind }) => kind === "missing",
    say: () => ["there is no such file"] },
  { when: ({ kind }) => kind === "directory",
    say: () => ["it is a folder"] },
  { when: ({ interpreter }) => isMissing(interpreter),
    say: ({ interpreter }) => [`its first line wants ${interpreter}, and that does not exist`] },
  { when: ({ elf }) => elf?.bits === 32,
    say: ({ machine }) => ["it is a 32-bit program", `only 64-bit programs can be traced; compile it for ${machine.arch.name} (gcc -m64)`] },
  { when: ({ elf, machine }) => elf !== undefined && elf.machine !== machine.arch.elfMachine,
    say: ({ elf, machine }) => [`it is a program for ${nameOfMachine(elf?.machine ?? 0)}, and this machine is ${machine.arch.name}`] },
  { when: ({ elf }, errno) => errno === ERRNO.ENOENT && isMissing(elf?.interpreter),
    say: ({ elf }) => [`it needs the dynamic loader ${elf?.interpreter}, and that does not exist`, "a package with that C library is missing; or run it where it was made for"] },
  { when: ({ executable, kind }, errno) => errno === ERRNO.EACCES && kind === "file" && !executable,
    say: ({ path }) => ["you may not execute it", `if it is a program: chmod +x ${path}`] },
  { when: (_, errno) => errno === ERRNO.EACCES,
    say: () => ["Linux forbids it (a folder on the way, an interpreter, or a file system mounted with noexec)"] },
  { when: (_, errno) => errno === ERRNO.ETXTBSY,
    say: ({ path }) => ["somebody is writing to its file", `fuser -v ${path} tells who`] },
  { when: (_, errno) => errno === ERRNO.E2BIG,
    say: () => ["its arguments and environment are too long for Linux", "env -i utap … starts it with an empty environment; ulimit -s raises the limit"] },
  { when: ({ elf }, errno) => errno === ERRNO.ENOEXEC && elf !== undefined,
    say: () => ["its file is damaged: the head of an ELF file, and no program behind it", "readelf -l says what is wrong"] },
  { when: (_, errno) => errno === ERRNO.ENOEXEC,
    say: ({ path }) => ["it is neither a program nor a script", `file ${path} tells what it is`] },
];

// biome-ignore format: table
const machineNames: { readonly [machine: number]: string } = { 2: "sparc", 3: "i386", 8: "mips", 20: "powerpc", 21: "powerpc64", 22: "s390", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv", 258: "loongarch" };

function nameOfMachine(machine: number): string {
  return machineNames[machine] ?? `another machine (${machine})`;
}

const HEAD = 4096;
/** Interpreters of interpreters, as Linux allows them. */
const MAX_INTERPRETERS = 5;

function readStartFacts(path: string, machine: Machine, depth = 0): StartFacts {
  const file = Buffer.from(path, "latin1");
  const stat = attempt(() => fs.statSync(file));
  const kind = !stat ? "missing" : stat.isDirectory() ? "directory" : stat.isFile() ? "file" : "other";
  const executable = attempt(() => fs.accessSync(file, fs.constants.X_OK) ?? true) ?? false;
  const facts: StartFacts = { path, machine, kind, executable };
  const head = kind === "file" ? readHead(path) : undefined;
  if (!head) return facts;
  if (isElf(head)) return { ...facts, elf: readElf(head) };
  const interpreter = /^#![ \t]*([^\s\0]+)/.exec(head.toString("latin1"))?.[1];
  if (interpreter === undefined) return facts;
  const { elf } = depth < MAX_INTERPRETERS ? readStartFacts(interpreter, machine, depth + 1) : facts;
  return { ...facts, interpreter, ...(elf && { elf }) };
}

const isElf = (head: Buffer): boolean => head.toString("latin1", 0, 4) === "\x7fELF";

/** e_ident[EI_CLASS], e_machine, and PT_INTERP where it is in the head of the file. */
function readElf(head: Buffer): NonNullable<StartFacts["elf"]> {
  const bits = head[4] === 1 ? 32 : 64;
  if (head.length < 64) return { bits, machine: head.length < 20 ? 0 : head.readUInt16LE(18) };
  const machine = head[5] === 2 ? head.readUInt16BE(18) : head.readUInt16LE(18);
  const [start, count] = [Number(head.readBigUInt64LE(32)), head.readUInt16LE(56)];
  for (let i = 0; i < count && start + 56 * (i + 1) <= head.length; i++) {
    const at = start + 56 * i;
    if (head.readUInt32LE(at) !== 3) continue;
    const offset = Number(head.readBigUInt64LE(at + 8));
    const size = Number(head.readBigUInt64LE(at + 32));
    if (size > 0 && offset + size <= head.length)
      return { bits, machine, interpreter: head.toString("latin1", offset, offset + size - 1) };
  }
  return { bits, machine };
}

function readHead(path: string): Buffer | undefined {
  return attempt(() => {
    const fd = fs.openSync(Buffer.from(path, "latin1"), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      const head = Buffer.alloc(HEAD);
      return head.subarray(0, fs.readSync(fd, head));
    } finally {
      fs.closeSync(fd);
    }
  });
}

function attempt<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
