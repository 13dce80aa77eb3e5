/**
 * A program comes into an address space: its segments, those of its dynamic linker, and the stack that it starts with.
 *
 * `execve` (exec.ts) calls `loadProgram` with files it has found and checked.
 *
 *     stack, from the top: strings (path, environment, arguments), AT_RANDOM's 16 bytes, auxv, envp, argv, argc ← sp
 */
import { toBytes } from "../../base/bytestring.ts";
import { PF, PT } from "../../debuginfo/elf-header.ts";
import { ERRNO } from "../../target/errno.ts";
import { type AddressSpace, type FileBacking, USER_END } from "../memory/address-space.ts";
import { VM } from "../memory/area.ts";
import { PAGE_SIZE } from "../memory/frames.ts";
import { mapTrampoline } from "../signals/signal-frame.ts";
import type { ElfImage } from "./elf-image.ts";

const PIE_BASE = 0x2a_aaaa_a000;
const STACK_TOP = USER_END - 32 * PAGE_SIZE;
/** The stack begins with so much below what lies on it, as far as RLIMIT_STACK lets it; then it grows by touches. */
const STACK_ROOM = 32 * PAGE_SIZE;

// biome-ignore format: table
const AT = {
  AT_NULL: 0, AT_PHDR: 3, AT_PHENT: 4, AT_PHNUM: 5, AT_PAGESZ: 6, AT_BASE: 7, AT_FLAGS: 8, AT_ENTRY: 9, AT_UID: 11, AT_EUID: 12,
  AT_GID: 13, AT_EGID: 14, AT_HWCAP: 16, AT_CLKTCK: 17, AT_SECURE: 23, AT_RANDOM: 25, AT_EXECFN: 31,
} as const;

/** The letters of RV64GC as AT_HWCAP has them: bit `letter - 'a'`. */
const HWCAP = [..."acdfim"].reduce((bits, letter) => bits | (1 << (letter.charCodeAt(0) - 97)), 0);

export interface LoadableFile {
  readonly file: FileBacking;
  readonly image: ElfImage;
}

/** What a program finds on its stack. */
export interface StartContext {
  readonly path: string;
  readonly argv: readonly string[];
  readonly envp: readonly string[];
  readonly uid: number;
  readonly euid: number;
  readonly gid: number;
  readonly egid: number;
  /** 16 bytes. */
  readonly random: Uint8Array;
}

export interface Start {
  readonly pc: number;
  readonly sp: number;
  readonly heap: number;
  readonly auxv: Uint8Array;
  /** The page in which .bss begins is not in the file: the program dies before its first instruction. */
  readonly damaged: boolean;
}

export interface LoadFailure {
  readonly errno: number;
  readonly why: string;
}

export function loadProgram(
  mm: AddressSpace,
  { file, image }: LoadableFile,
  linker: LoadableFile | undefined,
  context: StartContext,
): Start | LoadFailure {
  const bias = image.relocatable ? PIE_BASE : 0;
  const mapped = mapSegments(mm, file, image, bias);
  if (!mapped) return { errno: ERRNO.ENOMEM, why: "its segments cannot be mapped" };
  let pc = bias + image.entry;
  let base = 0;
  let { damaged } = mapped;
  if (linker) {
    base = mm.findFree(extent(linker.image));
    const linkerMapped = base < 0 ? undefined : mapSegments(mm, linker.file, linker.image, base);
    if (!linkerMapped) return { errno: ERRNO.ENOMEM, why: "its dynamic linker cannot be mapped" };
    damaged ||= linkerMapped.damaged;
    pc = base + linker.image.entry;
  }
  mapTrampoline(mm);
  const first = image.headers.find((h) => h.type === PT.LOAD && h.offset <= image.phoff);
  const phdr = first ? bias + first.vaddr + (image.phoff - first.offset) : 0;
  const { uid, euid, gid, egid } = context;
  const built = buildStack(mm, context, [
    [AT.AT_PHDR, phdr],
    [AT.AT_PHENT, 56],
    [AT.AT_PHNUM, image.headers.length],
    [AT.AT_PAGESZ, PAGE_SIZE],
    [AT.AT_BASE, base],
    [AT.AT_FLAGS, 0],
    [AT.AT_ENTRY, bias + image.entry],
    [AT.AT_UID, uid],
    [AT.AT_EUID, euid],
    [AT.AT_GID, gid],
    [AT.AT_EGID, egid],
    [AT.AT_HWCAP, HWCAP],
    [AT.AT_CLKTCK, 100],
    [AT.AT_SECURE, uid !== euid || gid !== egid ? 1 : 0],
  ]);
  return built
    ? { pc, ...built, heap: roundUp(mapped.end), damaged }
    : { errno: ERRNO.E2BIG, why: "its stack cannot be built" };
}

function extent(image: ElfImage): number {
  return Math.max(...image.headers.filter((h) => h.type === PT.LOAD).map((h) => h.vaddr + h.memsz));
}

/** Undefined when there is no room. What the file does not have of a segment is mapped nevertheless: a touch is SIGBUS. */
function mapSegments(
  mm: AddressSpace,
  file: FileBacking,
  image: ElfImage,
  bias: number,
): { readonly end: number; readonly damaged: boolean } | undefined {
  let damaged = false;
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
      if (mm.map({ start, length: fileEnd - start, file, offset, ...protection }) < 0) return undefined;
      // What lies between the segment's file part and the end of the page is not the file's.
      if (h.memsz > h.filesz && zeroStart > fileEnd) {
        const zeroed = mm.write(fileEnd, new Uint8Array(zeroStart - fileEnd));
        damaged ||= zeroed !== true && protection.writable;
      }
    }
    if (zeroEnd > zeroStart && mm.map({ start: zeroStart, length: zeroEnd - zeroStart, ...protection }) < 0)
      return undefined;
  }
  return { end: bias + extent(image), damaged };
}

/** Undefined when there is not enough stack. */
function buildStack(
  mm: AddressSpace,
  { path, argv, envp, random }: StartContext,
  auxv: readonly (readonly [number, number])[],
): { readonly sp: number; readonly auxv: Uint8Array } | undefined {
  const area = { readable: true, writable: true, executable: false, fixed: "replace", name: "[stack]" } as const;
  const first = { start: STACK_TOP - PAGE_SIZE, length: PAGE_SIZE, flags: VM.GROWSDOWN };
  if (mm.map({ ...area, ...first }) < 0) return undefined;
  let at = STACK_TOP - 16;
  let fits = true;
  const push = (bytes: Uint8Array): number => {
    at -= bytes.length;
    fits &&= mm.copyOut(at, bytes) === true;
    return at;
  };
  const pushString = (text: string): number => push(toBytes(`${text}\0`));
  const execfn = pushString(path);
  const environment = [...envp].reverse().map(pushString).reverse();
  const words = [...argv].reverse().map(pushString).reverse();
  at -= at % 16;
  const randomAt = push(random);
  const pairs = [...auxv, [AT.AT_RANDOM, randomAt], [AT.AT_EXECFN, execfn], [AT.AT_NULL, 0]] as const;
  const table = [argv.length, ...words, 0, ...environment, 0, ...pairs.flat()];
  at -= (at - table.length * 8) % 16;
  const sp = push(words64(table));
  if (!fits) return undefined;
  mm.growDown(sp - STACK_ROOM);
  return { sp, auxv: words64(pairs.flat()) };
}

function words64(values: readonly number[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values, (value) => BigInt(value)).buffer);
}

function roundUp(address: number): number {
  return Math.ceil(address / PAGE_SIZE) * PAGE_SIZE;
}
