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
import { exitTask, leaveMemory } from "./exit.ts";
import { getBacking } from "./files/backing.ts";
import { failed, Regular } from "./files/inode.ts";
import { checkAccess, MAY_EXEC } from "./files/permission.ts";
import { AddressSpace, type FileBacking, USER_END } from "./memory/address-space.ts";
import { PAGE_SIZE } from "./memory/frames.ts";
import { STACK_SIZE } from "./process.ts";
import { mapTrampoline } from "./signal-frame.ts";
import { SS_DISABLE, type Task } from "./task.ts";

const PIE_BASE = 0x2a_aaaa_a000;
const STACK_TOP = USER_END - 32 * PAGE_SIZE;
const MAX_INTERPRETERS = 5;

// biome-ignore format: table
const AT = {
  AT_NULL: 0, AT_PHDR: 3, AT_PHENT: 4, AT_PHNUM: 5, AT_PAGESZ: 6, AT_BASE: 7, AT_FLAGS: 8, AT_ENTRY: 9, AT_UID: 11, AT_EUID: 12,
  AT_GID: 13, AT_EGID: 14, AT_HWCAP: 16, AT_CLKTCK: 17, AT_SECURE: 23, AT_RANDOM: 25, AT_EXECFN: 31,
} as const;

/** The letters of RV64GC as AT_HWCAP has them: bit `letter - 'a'`. */
const HWCAP = [..."acdfim"].reduce((bits, letter) => bits | (1 << (letter.charCodeAt(0) - 97)), 0);

interface Program {
  readonly file: FileBacking;
  readonly image: ElfImage;
  readonly argv: readonly string[];
}

/** 0, or -errno. Afterwards the task is at the first instruction of the new program. */
export function execve(task: Task, path: string, argv: readonly string[], envp: readonly string[]): number {
  const { machine, process } = task;
  const bytes = [...argv, ...envp].reduce((sum, text) => sum + text.length + 9, 0);
  if (bytes > limits.maxArgBytes) return fail(task, ERRNO.E2BIG, "the arguments are too long");
  const program = findProgram(task, path, argv.length > 0 ? argv : [""]);
  if (typeof program === "number") return program;
  const mm = new AddressSpace(machine.frames);
  const start = loadProgram(task, mm, program, path, envp);
  if (typeof start === "number") {
    mm.release();
    return start;
  }
  for (const other of process.threads) if (other !== task) exitTask(other, 0);
  leaveMemory(process);
  process.mm = mm;
  process.heap = { start: start.heap, end: start.heap };
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
  task.clearChildTid = 0;
  task.execname = path.slice(path.lastIndexOf("/") + 1).slice(0, 15);
  task.hart.x.fill(0n);
  task.hart.f.fill(0n);
  task.hart.fcsr = 0;
  task.hart.pc = start.pc;
  task.hart.x[SP] = BigInt(start.sp);
  machine.tracehook.reportExec(task, process.executable);
  return 0;
}

function fail(task: Task, errno: number, why: string): number {
  task.machine.execFailure = { errno, why };
  return -errno;
}

function findProgram(task: Task, path: string, argv: readonly string[], depth = 0): Program | number {
  const file = openExecutable(task, path);
  if (typeof file === "number") return file;
  const image = readElfImage(file);
  if (image === "not-elf") {
    const line = /^#![ \t]*([^ \t\n]+)[ \t]*([^\n]*?)[ \t]*\n/.exec(head(file));
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
  return { file, image, argv };
}

function head(file: FileBacking): string {
  return String.fromCharCode(...readFile(file, 0, 256));
}

function openExecutable(task: Task, path: string): FileBacking | number {
  const { machine, process } = task;
  const who = { uid: task.euid, gid: task.egid };
  const found = machine.vfs.lookup(process.fs.start(who), path, true);
  if (failed(found)) return fail(task, -found, "not found");
  const { inode } = found;
  if (!(inode instanceof Regular)) return fail(task, ERRNO.EACCES, "not a regular file");
  const error = checkAccess(inode, who, MAY_EXEC);
  if (error !== 0) return fail(task, -error, "not executable");
  return getBacking(inode, machine.vfs.pathOf(found) ?? path);
}

interface Start {
  readonly pc: number;
  readonly sp: number;
  readonly heap: number;
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
    const interpreter = openExecutable(task, image.interpreter);
    if (typeof interpreter === "number") return interpreter;
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
  const sp = buildStack(task, mm, path, program.argv, envp, [
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
    [AT.AT_SECURE, 0],
  ]);
  return sp < 0 ? fail(task, ERRNO.E2BIG, "its stack cannot be built") : { pc, sp, heap: roundUp(end) };
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
): number {
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
  return push(new Uint8Array(BigUint64Array.from(table, (word) => BigInt(word)).buffer));
}

function roundUp(address: number): number {
  return Math.ceil(address / PAGE_SIZE) * PAGE_SIZE;
}
