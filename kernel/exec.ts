/**
 * execve: a new program in an old process.
 *
 * `execve` finds the file (a `#!` script gives its interpreter), maps the segments and those of a PT_INTERP into a
 * fresh address space, builds the stack and only then lets the old program go. Failures leave the caller untouched:
 * -errno, with a sentence for people in `machine.execFailure`.
 *
 *     stack, from the top: strings (path, environment, arguments), AT_RANDOM's 16 bytes, auxv, envp, argv, argc ← sp
 */
import { toBytes } from "../base/bytestring.ts";
import { limits } from "../base/limits.ts";
import { PF, PT } from "../debuginfo/elf-header.ts";
import { ERRNO } from "../target/errno.ts";
import { SP } from "./abi-registers.ts";
import { type ElfImage, readElfImage, readFile } from "./elf-image.ts";
import { exitTask, leaveMemory, leaveUserMemory } from "./exit.ts";
import { getBacking } from "./files/backing.ts";
import { failed, type Inode, Regular, S } from "./files/inode.ts";
import { checkAccess, MAY_EXEC } from "./files/permission.ts";
import { AddressSpace, type FileBacking, USER_END } from "./memory/address-space.ts";
import { PAGE_SIZE } from "./memory/frames.ts";
import { deletePosixTimers } from "./posix-timer.ts";
import { type Process, STACK_SIZE } from "./process.ts";
import { mapTrampoline } from "./signal-frame.ts";
import { SS_DISABLE, type Task } from "./task.ts";

const PIE_BASE = 0x2a_aaaa_a000;
const STACK_TOP = USER_END - 32 * PAGE_SIZE;
const MAX_INTERPRETERS = 5;
/** With its NUL. */
const MAX_ARG_STRLEN = 32 * PAGE_SIZE;

// biome-ignore format: table
const AT = {
  AT_NULL: 0, AT_PHDR: 3, AT_PHENT: 4, AT_PHNUM: 5, AT_PAGESZ: 6, AT_BASE: 7, AT_FLAGS: 8, AT_ENTRY: 9, AT_UID: 11, AT_EUID: 12,
  AT_GID: 13, AT_EGID: 14, AT_HWCAP: 16, AT_CLKTCK: 17, AT_SECURE: 23, AT_RANDOM: 25, AT_EXECFN: 31,
} as const;

/** The letters of RV64GC as AT_HWCAP has them: bit `letter - 'a'`. */
const HWCAP = [..."acdfim"].reduce((bits, letter) => bits | (1 << (letter.charCodeAt(0) - 97)), 0);

interface Program {
  readonly inode: Inode;
  readonly file: FileBacking;
  readonly image: ElfImage;
  readonly argv: readonly string[];
}

/** 0, or -errno. Afterwards the task is at the first instruction of the new program. */
export function execve(task: Task, path: string, argv: readonly string[], envp: readonly string[]): number {
  const { machine, process } = task;
  const bytes = [...argv, ...envp].reduce((sum, text) => sum + text.length + 9, 0);
  const longest = [...argv, ...envp].reduce((most, text) => Math.max(most, text.length), 0);
  if (bytes > limits.maxArgBytes || longest >= MAX_ARG_STRLEN)
    return fail(task, ERRNO.E2BIG, "the arguments are too long");
  const program = findProgram(task, path, argv.length > 0 ? argv : [""]);
  if (typeof program === "number") return program;
  const mm = new AddressSpace(machine.frames);
  const before = process.credentials;
  process.credentials = credentialsFor(process, program);
  const start = loadProgram(task, mm, program, path, envp);
  if (typeof start === "number") {
    mm.release();
    process.credentials = before;
    return start;
  }
  becomeOnlyThread(task);
  leaveUserMemory(task);
  leaveMemory(process);
  deletePosixTimers(process);
  process.mm = mm;
  process.heap = { start: start.heap, end: start.heap, users: 1 };
  process.auxv = start.auxv;
  process.executed = true;
  const same = before.euid === process.credentials.euid && before.egid === process.credentials.egid;
  process.attributes = { ...process.attributes, dumpable: same ? 1 : 0, keepCapabilities: false };
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
  machine.tracehook.reportExec(task, process.executable);
  return 0;
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
  return { inode, file, image, argv };
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

interface Start {
  readonly pc: number;
  readonly sp: number;
  readonly heap: number;
  readonly auxv: Uint8Array;
}

function loadProgram(
  task: Task,
  mm: AddressSpace,
  program: Program,
  path: string,
  envp: readonly string[],
): Start | number {
  const { file, image } = program;
  const bias = image.relocatable ? PIE_BASE : 0;
  const end = mapSegments(mm, file, image, bias);
  if (end < 0) return fail(task, ERRNO.ENOMEM, "its segments cannot be mapped");
  let pc = bias + image.entry;
  let base = 0;
  if (image.interpreter !== undefined) {
    const opened = openExecutable(task, image.interpreter);
    if (typeof opened === "number") return opened;
    const interpreter = opened.file;
    const linker = readElfImage(interpreter);
    if (linker === "not-elf" || "reason" in linker) return fail(task, ERRNO.ELIBBAD, "its dynamic linker is damaged");
    base = mm.findFree(extent(linker));
    if (base < 0 || mapSegments(mm, interpreter, linker, base) < 0) {
      return fail(task, ERRNO.ENOMEM, "its dynamic linker cannot be mapped");
    }
    pc = base + linker.entry;
  }
  mapTrampoline(mm);
  const stack = { readable: true, writable: true, executable: false, fixed: "replace", name: "[stack]" } as const;
  if (mm.map({ start: STACK_TOP - STACK_SIZE, length: STACK_SIZE, ...stack }) < 0) return -ERRNO.ENOMEM;
  const first = image.headers.find((h) => h.type === PT.LOAD && h.offset <= image.phoff);
  const phdr = first ? bias + first.vaddr + (image.phoff - first.offset) : 0;
  const secure = task.uid !== task.euid || task.gid !== task.egid;
  const built = buildStack(task, mm, path, program.argv, envp, [
    [AT.AT_PHDR, phdr],
    [AT.AT_PHENT, 56],
    [AT.AT_PHNUM, image.headers.length],
    [AT.AT_PAGESZ, PAGE_SIZE],
    [AT.AT_BASE, base],
    [AT.AT_FLAGS, 0],
    [AT.AT_ENTRY, bias + image.entry],
    [AT.AT_UID, task.uid],
    [AT.AT_EUID, task.euid],
    [AT.AT_GID, task.gid],
    [AT.AT_EGID, task.egid],
    [AT.AT_HWCAP, HWCAP],
    [AT.AT_CLKTCK, 100],
    [AT.AT_SECURE, secure ? 1 : 0],
  ]);
  return built.sp < 0 ? fail(task, ERRNO.E2BIG, "its stack cannot be built") : { pc, ...built, heap: roundUp(end) };
}

function extent(image: ElfImage): number {
  return Math.max(...image.headers.filter((h) => h.type === PT.LOAD).map((h) => h.vaddr + h.memsz));
}

/** The end of the last segment, or -errno. */
function mapSegments(mm: AddressSpace, file: FileBacking, image: ElfImage, bias: number): number {
  for (const h of image.headers) {
    if (h.type !== PT.LOAD || h.memsz === 0) continue;
    const protection = {
      readable: (h.flags & PF.R) !== 0,
      writable: (h.flags & PF.W) !== 0,
      executable: (h.flags & PF.X) !== 0,
      fixed: "replace",
    } as const;
    const vaddr = bias + h.vaddr;
    const start = vaddr - (vaddr % PAGE_SIZE);
    const fileEnd = vaddr + h.filesz;
    const zeroStart = h.filesz > 0 ? roundUp(fileEnd) : start;
    const zeroEnd = roundUp(vaddr + h.memsz);
    if (h.filesz > 0) {
      const offset = h.offset - (h.offset % PAGE_SIZE);
      const mapped = mm.map({ start, length: fileEnd - start, file, offset, ...protection });
      if (mapped < 0) return mapped;
      // What lies between the segment's file part and the end of the page is not the file's.
      if (h.memsz > h.filesz && zeroStart > fileEnd) mm.write(fileEnd, new Uint8Array(zeroStart - fileEnd));
    }
    if (zeroEnd > zeroStart) {
      const mapped = mm.map({ start: zeroStart, length: zeroEnd - zeroStart, ...protection });
      if (mapped < 0) return mapped;
    }
  }
  return bias + extent(image);
}

function buildStack(
  task: Task,
  mm: AddressSpace,
  path: string,
  argv: readonly string[],
  envp: readonly string[],
  auxv: readonly (readonly [number, number])[],
): { readonly sp: number; readonly auxv: Uint8Array } {
  let at = STACK_TOP - 16;
  const push = (bytes: Uint8Array): number => {
    at -= bytes.length;
    return mm.copyOut(at, bytes) === true ? at : -1;
  };
  const pushString = (text: string): number => push(toBytes(`${text}\0`));
  const execfn = pushString(path);
  const environment = [...envp].reverse().map(pushString).reverse();
  const words = [...argv].reverse().map(pushString).reverse();
  at -= at % 16;
  const random = push(task.machine.random.bytes(16));
  const pairs = [...auxv, [AT.AT_RANDOM, random], [AT.AT_EXECFN, execfn], [AT.AT_NULL, 0]] as const;
  const table = [argv.length, ...words, 0, ...environment, 0, ...pairs.flat()];
  at -= (at - table.length * 8) % 16;
  return { sp: push(words64(table)), auxv: words64(pairs.flat()) };
}

function words64(values: readonly number[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values, (value) => BigInt(value)).buffer);
}

function roundUp(address: number): number {
  return Math.ceil(address / PAGE_SIZE) * PAGE_SIZE;
}
