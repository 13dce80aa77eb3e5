/**
 * execve: a new program in an old process.
 *
 * `execve` finds the file (a `#!` script gives its interpreter) and that of its PT_INTERP, has both loaded into a fresh address
 * space (`load-program.ts`) and only then lets the old program go. Failures leave the caller untouched: -errno, with a sentence
 * for people in `machine.execFailure`.
 */
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import { SIG } from "../../target/signals.ts";
import { getBacking } from "../files/backing.ts";
import { failed, type Inode, Regular, S } from "../files/inode.ts";
import { checkAccess, MAY_EXEC } from "../files/permission.ts";
import { AddressSpace, type FileBacking } from "../memory/address-space.ts";
import { PAGE_SIZE } from "../memory/frames.ts";
import type { Bprm } from "../points/structures.ts";
import { bprmExecve, tellExec } from "../points/tasks.ts";
import { SP } from "../riscv/abi-registers.ts";
import { deletePosixTimers } from "../time/posix-timer.ts";
import { type ElfImage, readElfImage, readFile } from "./elf-image.ts";
import { exitGroup, exitTask, leaveMemory, leaveUserMemory } from "./exit.ts";
import { type LoadableFile, loadProgram } from "./load-program.ts";
import { type Process, RLIMIT } from "./process.ts";
import { SS_DISABLE, type Task } from "./task.ts";

const MAX_INTERPRETERS = 5;
/** With its NUL. */
const MAX_ARG_STRLEN = 32 * PAGE_SIZE;
/** Arguments and environment may always take so much, and a quarter of RLIMIT_STACK when that is more. */
const MIN_ARG_BYTES = 32 * PAGE_SIZE;

interface Program extends LoadableFile {
  readonly inode: Inode;
  readonly argv: readonly string[];
  /** The file that was opened last: that of the path, or of a `#!` line. */
  readonly interp: string;
  /** The file of its PT_INTERP. */
  readonly linker: LoadableFile | undefined;
}

/** 0, or -errno. Afterwards the task is at the first instruction of the new program. */
export function execve(task: Task, path: string, argv: readonly string[], envp: readonly string[]): number {
  const { process } = task;
  const bytes = [...argv, ...envp].reduce((sum, text) => sum + text.length + 9, 0);
  const longest = [...argv, ...envp].reduce((most, text) => Math.max(most, text.length), 0);
  if (bytes > argumentLimit(process) || longest >= MAX_ARG_STRLEN)
    return fail(task, ERRNO.E2BIG, "the arguments are too long");
  const bprm: Bprm = { filename: path, interp: path, argc: Math.max(1, argv.length), envc: envp.length };
  return bprmExecve(task, bprm, () => replaceProgram(task, bprm, argv, envp));
}

function replaceProgram(task: Task, bprm: Bprm, argv: readonly string[], envp: readonly string[]): number {
  const { machine, process } = task;
  const path = bprm.filename;
  const oldTid = task.tid;
  const program = findProgram(task, path, argv.length > 0 ? argv : [""]);
  if (typeof program === "number") return program;
  bprm.interp = program.interp;
  bprm.argc = program.argv.length;
  const mm = new AddressSpace(machine.frames);
  mm.resourceLimits = process.resourceLimits;
  const before = process.credentials;
  process.credentials = credentialsFor(process, program);
  const { uid, euid, gid, egid } = process.credentials;
  const random = machine.random.bytes(16);
  const start = loadProgram(mm, program, program.linker, {
    path,
    argv: program.argv,
    envp,
    uid,
    euid,
    gid,
    egid,
    random,
  });
  if ("errno" in start) {
    mm.release();
    process.credentials = before;
    return fail(task, start.errno, start.why);
  }
  becomeOnlyThread(task);
  leaveUserMemory(task);
  leaveMemory(process);
  deletePosixTimers(process);
  process.mm = mm;
  process.heap = { start: start.heap, end: start.heap, users: 1 };
  process.auxv = start.auxv;
  process.executed = true;
  process.exitSignal = SIG.SIGCHLD;
  for (const child of process.children) child.parentExecuted = true;
  const same = before.euid === process.credentials.euid && before.egid === process.credentials.egid;
  process.attributes = { ...process.attributes, dumpable: same ? 1 : 0, keepCapabilities: false };
  if (!same) process.attributes = { ...process.attributes, deathSignal: 0 };
  mm.onMapping = machine.mappingHook;
  if (process.files.shared) {
    const own = process.files.clone();
    process.files.release(machine.waker);
    process.files = own;
  }
  process.files.closeOnExec(machine.waker);
  process.handlers = process.handlers.clone();
  process.handlers.resetForExec();
  process.executable = program.file.path;
  process.argv = program.argv;
  process.environment = [...envp];
  task.alternateStack = { sp: 0, size: 0, flags: SS_DISABLE };
  task.execname = path.slice(path.lastIndexOf("/") + 1).slice(0, 15);
  task.hart.x.fill(0n);
  task.hart.f.fill(0n);
  task.hart.fcsr = 0;
  task.hart.pc = start.pc;
  task.hart.x[SP] = BigInt(start.sp);
  tellExec(task, oldTid, bprm);
  machine.tracehook.reportExec(task, process.executable);
  // The old program is gone already when Linux finds that .bss has no page to begin in.
  if (start.damaged) exitGroup(task, SIG.SIGSEGV);
  return 0;
}

function argumentLimit(process: Process): number {
  const quarter = Number(process.resourceLimits[RLIMIT.RLIMIT_STACK]!.soft / 4n);
  return Math.max(MIN_ARG_BYTES, Math.min(limits.maxArgBytes, quarter));
}

/** A thread that calls execve ends the others and goes on as the leader. */
function becomeOnlyThread(task: Task): void {
  const { machine, process } = task;
  for (const other of [...process.threads]) if (other !== task) exitTask(other, 0);
  const { leader } = process;
  if (leader === task) return;
  leader.life = "dead";
  machine.forgetTask(leader);
  process.deadThreadsNs += leader.usedNs;
  process.threads.splice(0, process.threads.length, task);
  machine.renameTask(task, process.pid);
}

/** Those of the process, with the owner of a set-user-ID or set-group-ID file as the effective ones. */
function credentialsFor(process: Process, { inode }: Program): Process["credentials"] {
  const next = { ...process.credentials };
  if (!process.attributes.noNewPrivileges) {
    if ((inode.mode & S.S_ISUID) !== 0) next.euid = inode.uid;
    if ((inode.mode & (S.S_ISGID | 0o010)) === (S.S_ISGID | 0o010)) next.egid = inode.gid;
  }
  return { ...next, suid: next.euid, sgid: next.egid };
}

function fail(task: Task, errno: number, why: string): number {
  task.machine.execFailure = { errno, why };
  return -errno;
}

function findProgram(task: Task, path: string, argv: readonly string[], depth = 0): Program | number {
  const opened = openExecutable(task, path);
  if (typeof opened === "number") return opened;
  const { file, inode } = opened;
  const image = readElfImage(file);
  if (image === "not-elf") {
    const line = /^#![ \t]*([^ \t\n\0]+)[ \t]*([^\n\0]*?)[ \t]*(?:\n|\0|$)/.exec(head(file));
    if (!line) return fail(task, ERRNO.ENOEXEC, "neither an ELF file nor a script that begins with #!");
    if (depth >= MAX_INTERPRETERS) return fail(task, ERRNO.ELOOP, "interpreters of interpreters without an end");
    const [, interpreter = "", option = ""] = line;
    return findProgram(
      task,
      interpreter,
      [interpreter, ...(option ? [option] : []), path, ...argv.slice(1)],
      depth + 1,
    );
  }
  if ("reason" in image) return fail(task, ERRNO.ENOEXEC, image.reason);
  const linker = findLinker(task, image);
  return typeof linker === "number" ? linker : { inode, file, image, argv, interp: path, linker };
}

function findLinker(task: Task, { interpreter }: ElfImage): LoadableFile | undefined | number {
  if (interpreter === undefined) return undefined;
  const opened = openExecutable(task, interpreter);
  if (typeof opened === "number") return opened;
  const image = readElfImage(opened.file);
  if (image === "not-elf" || "reason" in image) return fail(task, ERRNO.ELIBBAD, "its dynamic linker is damaged");
  return { file: opened.file, image };
}

function head(file: FileBacking): string {
  return String.fromCharCode(...readFile(file, 0, 256));
}

function openExecutable(task: Task, path: string): { readonly file: FileBacking; readonly inode: Inode } | number {
  const { machine, process } = task;
  const who = { uid: task.euid, gid: task.egid, groups: process.credentials.groups };
  const found = machine.vfs.lookup(process.fs.start(who), path, true);
  if (failed(found)) return fail(task, -found, "not found");
  const { inode } = found;
  if (!(inode instanceof Regular)) return fail(task, ERRNO.EACCES, "not a regular file");
  const error = checkAccess(inode, who, MAY_EXEC);
  if (error !== 0) return fail(task, -error, "not executable");
  return { file: getBacking(inode, machine.vfs.pathOf(found) ?? path), inode };
}
