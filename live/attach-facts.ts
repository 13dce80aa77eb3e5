/**
 * What Linux decides by whether one process may trace another: read from /proc, for `attach-errors.ts` and `utap doctor`.
 *
 * Reading never fails: what cannot be read is absent, and a process that is gone has `exists: false`.
 */
import * as fs from "node:fs";
import { hasOwner, hasProcess, listJournals } from "./guard/journal.ts";
import { livingThread, readProcFile, readProcLink, readStat, readStatus, type Status } from "./proc.ts";

/** Ourselves and the machine. */
export interface OwnFacts {
  readonly pid: number;
  /** Effective ones. */
  readonly uid: number;
  readonly gid: number;
  /** Sets of capabilities: effective and permitted. */
  readonly capabilities: bigint;
  readonly permittedCapabilities: bigint;
  readonly seccomp: number;
  readonly noNewPrivileges: boolean;
  /** The user namespace, as a link of /proc names it. */
  readonly namespace: string | undefined;
  /** kernel.yama.ptrace_scope; undefined where Linux is built without Yama. */
  readonly yama: number | undefined;
  readonly selinuxDeniesPtrace: boolean;
  readonly inContainer: boolean;
  /** As uname -m says, and its e_machine. */
  readonly architecture: string;
  readonly elfMachine: number;
}

export interface AttachFacts {
  readonly pid: number;
  readonly exists: boolean;
  readonly own: OwnFacts;
  readonly status?: Status;
  readonly kernelThread: boolean;
  /** comm of the one that traces it. */
  readonly tracerName?: string;
  readonly program?: ProgramFacts;
  /** Linux shows what must not be observed as root's in /proc. */
  readonly dumpable: boolean;
  readonly namespace?: string;
  /** A utap that is no more has left its changes in it. */
  readonly leftOver: boolean;
  /** We are among its parents. */
  readonly descendant: boolean;
}

export interface ProgramFacts {
  readonly path: string;
  readonly setid: boolean;
  readonly bits: 32 | 64;
  /** e_machine */
  readonly machine: number;
}

// biome-ignore format: table
const machines: { readonly [architecture: string]: { readonly name: string; readonly elfMachine: number } } = {
  arm64:   { name: "aarch64", elfMachine: 183 },
  riscv64: { name: "riscv64", elfMachine: 243 },
  x64:     { name: "x86_64",  elfMachine: 62 },
};

export function readOwnFacts(): OwnFacts {
  const status = readStatus(process.pid);
  const machine = machines[process.arch];
  return {
    pid: process.pid,
    uid: process.geteuid?.() ?? 0,
    gid: process.getegid?.() ?? 0,
    capabilities: status?.effectiveCapabilities ?? 0n,
    permittedCapabilities: status?.permittedCapabilities ?? 0n,
    seccomp: status?.seccomp ?? 0,
    noNewPrivileges: status?.noNewPrivileges ?? false,
    namespace: readProcLink(process.pid, "ns/user"),
    yama: readNumber("/proc/sys/kernel/yama/ptrace_scope"),
    selinuxDeniesPtrace: readNumber("/sys/fs/selinux/booleans/deny_ptrace") === 1,
    inContainer: isInContainer(),
    architecture: machine?.name ?? process.arch,
    elfMachine: machine?.elfMachine ?? 0,
  };
}

export function readAttachFacts(pid: number, own: OwnFacts = readOwnFacts()): AttachFacts {
  const { thread, status } = someThread(pid);
  const tracerName = status && status.tracer !== 0 ? readStat(status.tracer)?.comm : undefined;
  const program = readProgram(thread);
  const namespace = readProcLink(pid, "ns/user");
  return {
    pid,
    exists: status !== undefined || processExists(pid),
    own,
    ...(status && { status }),
    kernelThread: ((readStat(pid)?.flags ?? 0) & IS_KERNEL_THREAD) !== 0,
    ...(tracerName !== undefined && { tracerName }),
    ...(program && { program }),
    dumpable:
      status === undefined ||
      fs.statSync(`/proc/${pid}/task/${thread}/status`, { throwIfNoEntry: false })?.uid === status.uid[1],
    ...(namespace !== undefined && { namespace }),
    leftOver: listJournals().some((record) => record.pid === pid && hasProcess(record) && !hasOwner(record)),
    descendant: isDescendant(pid, own.pid),
  };
}

/** Looks at a thread before it ends: the first one may have, and others may be short-lived. */
const MAX_LOOKS = 100;

function someThread(pid: number): { readonly thread: number; readonly status: Status | undefined } {
  for (let looks = 0; ; looks++) {
    const thread = livingThread(pid);
    const status = readStatus(pid, thread);
    if (status || thread === pid || looks === MAX_LOOKS) return { thread, status };
  }
}

/** The first number in a file. */
export function readNumber(path: string): number | undefined {
  try {
    const number = Number.parseInt(fs.readFileSync(path, "latin1"), 10);
    return Number.isNaN(number) ? undefined : number;
  } catch {
    return undefined;
  }
}

/** PF_KTHREAD of the kernel. */
const IS_KERNEL_THREAD = 0x20_0000;

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readProgram(pid: number): ProgramFacts | undefined {
  const exe = `/proc/${pid}/exe`;
  const path = readProcLink(pid, "exe");
  if (path === undefined) return undefined;
  let fd: number;
  try {
    fd = fs.openSync(exe, "r");
  } catch {
    return undefined;
  }
  try {
    const head = Buffer.alloc(20);
    if (fs.readSync(fd, head, 0, 20, 0) < 20 || head.toString("latin1", 0, 4) !== "\x7fELF") return undefined;
    const setid = (fs.fstatSync(fd).mode & 0o6000) !== 0;
    return { path, setid, bits: head[4] === 1 ? 32 : 64, machine: head.readUInt16LE(18) };
  } finally {
    fs.closeSync(fd);
  }
}

function isDescendant(pid: number, ancestor: number): boolean {
  let parent = readStat(pid)?.ppid ?? 0;
  // Parents change while we walk; the chain is as deep as shells nest.
  for (let depth = 0; parent > 0 && depth < 1000; depth++) {
    if (parent === ancestor) return true;
    parent = readStat(parent)?.ppid ?? 0;
  }
  return false;
}

function isInContainer(): boolean {
  if (fs.existsSync("/.dockerenv") || fs.existsSync("/run/.containerenv")) return true;
  if (/^container=/m.test((readProcFile(1, "environ") ?? "").replaceAll("\0", "\n"))) return true;
  return /\/(docker|lxc|kubepods|libpod)[-/]/.test(readProcFile(1, "cgroup") ?? "");
}
