/**
 * One piece of memory outside of JavaScript, through which the C library gets and gives structures.
 *
 * Its parts are laid out here once, by name; `at` is the address to pass. Nothing in it outlives the call it was filled
 * for. Integers are little-endian, as on every machine that live tracing knows.
 */
import { libc } from "./libc.ts";

/** Longest read or write of a traced program's memory in one call, bytes. */
export const TRANSFER = 1 << 20;

const layout = {
  status: 8, // int of wait4
  goOn: 192, // of ptrace/go-on.ts
  message: 8, // PTRACE_GETEVENTMSG
  iovec: 16, // of PTRACE_GETREGSET
  local: 16, // iovec of process_vm_readv
  remote: 16, // the other one
  siginfo: 128,
  syscallInfo: 128, // struct ptrace_syscall_info
  registers: 1024, // NT_PRSTATUS
  floats: 8192, // NT_PRFPREG and larger sets
  small: 1024, // timers, actions, spawn attributes
  transfer: TRANSFER,
} as const;

type Part = keyof typeof layout;

const size = Object.values(layout).reduce((sum, bytes) => sum + bytes, 0);
const base = libc.mmap(size);
const buffer = libc.view(base, size);

/** The whole arena; offsets are those of `offset`. */
export const view = new DataView(buffer);
export const bytes = new Uint8Array(buffer);

const offsets = {} as Record<Part, number>;
let end = 0;
for (const [name, length] of Object.entries(layout) as [Part, number][]) {
  offsets[name] = end;
  end += length;
}

export const offset: { readonly [part in Part]: number } = offsets;

/** Address of a part. */
export const at = Object.fromEntries(Object.entries(offsets).map(([name, start]) => [name, base + start])) as {
  readonly [part in Part]: number;
};

/** Fills an iovec: where, and how many bytes. */
export function putIovec(part: "iovec" | "local" | "remote", address: number, length: number): void {
  putWord(offset[part], address);
  putWord(offset[part] + 8, length);
}

/** An unsigned 64-bit integer below 2^53. */
export function putWord(where: number, value: number): void {
  view.setUint32(where, value >>> 0, true);
  view.setUint32(where + 4, Math.floor(value / 2 ** 32), true);
}

/** The low 53 bits of an unsigned 64-bit integer. */
export function getWord(where: number): number {
  return view.getUint32(where, true) + (view.getUint32(where + 4, true) & 0x1fffff) * 2 ** 32;
}
