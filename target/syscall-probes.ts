/**
 * The probe points `syscall.NAME`: which calls each stands for, and the variables that it has.
 *
 * Most probes have the name of their call. The others are listed here: those that scripts know by a name from older
 * kernels, and those that stand for two calls. The language finds points and variables by this file, and
 * `tools/generate-syscalls.mjs` makes docs/syscalls.md of it.
 */
import { bug } from "../base/assert.ts";
import { type ArgumentType, syscallArguments } from "./syscall-arguments.ts";
import { findSyscall, type SyscallArch, type SyscallRow, syscalls } from "./syscalls.ts";

// biome-ignore format: table
const renamed: { readonly [probe: string]: readonly string[] } = {
  epoll_create: ["epoll_create", "epoll_create1"],
  eventfd:      ["eventfd", "eventfd2"],
  fstatat:      ["newfstatat"],
  getdents:     ["getdents", "getdents64"],
  inotify_init: ["inotify_init", "inotify_init1"],
  mmap2:        ["mmap"],
  pipe:         ["pipe", "pipe2"],
  pread:        ["pread64"],
  pwrite:       ["pwrite64"],
  signalfd:     ["signalfd", "signalfd4"],
  sysctl:       ["_sysctl"],
  umount:       ["umount2"],
};

/** Calls that `name` names otherwise than the table of calls. */
// biome-ignore format: table
const names: { readonly [call: string]: string } = {
  _sysctl: "sysctl", getdents64: "getdents", mmap: "mmap2", newfstatat: "fstatat", pread64: "pread",
  pwrite64: "pwrite", umount2: "umount",
};

/** Where a result is no decimal number: how `return_str` is to show it. */
const resultFormats: { readonly [call: string]: number } = {
  brk: 2,
  mmap: 2,
  mremap: 2,
  shmat: 2,
  umask: 3,
};

/**
 * Variables beside those of the arguments, at the entry and at the return: a number, a 'string', `$2` argument 2,
 * `int@2+4` the integer in memory four bytes behind where argument 2 points, `kind@2` the text of argument 2.
 */
const PIPE = "pipe0=int@1+0 pipe1=int@1+4";

// biome-ignore format: table
const extras: { readonly [call: string]: { readonly entry?: string; readonly return?: string } } = {
  accept:        { entry: "flags=0 flags_str='0x0'" },
  clone:         { entry: "stack_size=0" },
  dup2:          { entry: "flags=0 flags_str='0x0'" },
  epoll_create:  { entry: "flags=0", return: "flags=0" },
  epoll_create1: { entry: "size=0", return: "flags=$1" },
  eventfd:       { entry: "flags=0 flags_str='0x0'" },
  fork:          { entry: "regs=0 clone_flags=17 stack_start=0 stack_size=0 parent_tid_uaddr=0 child_tid_uaddr=0" },
  inotify_init:  { entry: "flags=0" },
  pipe:          { entry: `flags=0 flag_str='' ${PIPE}`, return: `fildes_uaddr=$1 ${PIPE}` },
  pipe2:         { entry: PIPE, return: `fildes_uaddr=$1 ${PIPE}` },
  ptrace:        { return: "geteventmsg_data=long@4+0 arch_prctl_addr=long@4+0" },
  signalfd:      { entry: "flags=0", return: "flags=0" },
  signalfd4:     { return: "flags=$4" },
  utime:         { entry: "actime=long@2+0 modtime=long@2+8" },
  wait4:         { return: "status_uaddr=$2 status_str=wait_status@2" },
};

/** Where the value of a variable comes from; arguments count from 1. */
export type VariableSource =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  /** What every call has in its own way. */
  | { readonly kind: "name" | "argstr" | "retstr" }
  | { readonly kind: "argument"; readonly argument: number; readonly type: ArgumentType }
  | { readonly kind: "memory"; readonly size: "int" | "long"; readonly argument: number; readonly offset: number }
  /** Texts of arguments, joined: `kind@argument`, in order. */
  | { readonly kind: "text"; readonly parts: readonly string[] }
  | { readonly kind: "result" | "call-number" | "call-name" };

/** By name, in the order in which they are listed. */
export type ProbeVariables = ReadonlyMap<string, VariableSource>;

/** The probes and their calls that an architecture has, in order of name. */
export function syscallProbes(arch: SyscallArch): ReadonlyMap<string, readonly SyscallRow[]> {
  const known = probesOf.get(arch);
  if (known) return known;
  const taken = new Set(Object.values(renamed).flat());
  const plain = syscalls.filter(({ name }) => !taken.has(name)).map(({ name }) => [name, [name]] as const);
  const all = [...Object.entries(renamed), ...plain].sort(([a], [b]) => (a < b ? -1 : 1));
  const made = new Map<string, readonly SyscallRow[]>();
  for (const [probe, calls] of all) {
    const rows = calls.flatMap((call) => findSyscall(call) ?? []).filter((row) => row[arch] !== undefined);
    if (rows.length > 0) made.set(probe, rows);
  }
  probesOf.set(arch, made);
  return made;
}

const probesOf = new Map<SyscallArch, ReadonlyMap<string, readonly SyscallRow[]>>();

/** A probe has that name on some architecture. */
export function isSyscallProbe(name: string): boolean {
  return Object.hasOwn(renamed, name) || findSyscall(name) !== undefined;
}

export function entryVariables(row: SyscallRow, arch: SyscallArch): ProbeVariables {
  const made = new Map<string, VariableSource>([["name", { kind: "name" }]]);
  const list = syscallArguments(row, arch);
  for (const [i, { kind, type, variables }] of list.entries()) {
    const argument = i + 1;
    for (const { name, meaning } of variables) {
      const decoder = meaning === "unquoted" ? "unquoted" : kind;
      made.set(
        name,
        meaning === "value"
          ? { kind: "argument", argument, type }
          : { kind: "text", parts: [`${decoder}@${argument}`] },
      );
    }
  }
  addExtras(made, extras[row.name]?.entry);
  made.set("argstr", { kind: "argstr" });
  return made;
}

export function returnVariables(row: SyscallRow): ProbeVariables {
  const made = new Map<string, VariableSource>([["name", { kind: "name" }]]);
  addExtras(made, extras[row.name]?.return);
  made.set("retval", { kind: "result" });
  made.set("retstr", { kind: "retstr" });
  return made;
}

/** What the variables of every call are made from. */
export function syscallTexts(
  row: SyscallRow,
  arch: SyscallArch,
): { readonly name: string; readonly argstr: string; readonly retstr: number } {
  return {
    name: names[row.name] ?? row.name,
    argstr: syscallArguments(row, arch)
      .map(({ kind }, i) => `${kind}@${i + 1}`)
      .join(" "),
    retstr: resultFormats[row.name] ?? 1,
  };
}

function addExtras(variables: Map<string, VariableSource>, list = ""): void {
  for (const [, name = "", text = ""] of list.matchAll(/(\w+)=(\S+)/g)) variables.set(name, readSource(text));
}

function readSource(text: string): VariableSource {
  const [, number, string, argument, decoder, at, offset] =
    /^(?:(\d+)|'(.*)'|\$(\d)|(\w+)@(\d)(?:\+(\d+))?)$/.exec(text) ?? bug("target/syscall-probes", `variable ${text}`);
  if (number !== undefined) return { kind: "number", value: Number(number) };
  if (string !== undefined) return { kind: "string", value: string };
  if (argument !== undefined) return { kind: "argument", argument: Number(argument), type: "long" };
  if (offset === undefined) return { kind: "text", parts: [`${decoder}@${at}`] };
  return {
    kind: "memory",
    size: decoder === "int" ? "int" : "long",
    argument: Number(at),
    offset: Number(offset),
  };
}
