/**
 * What a system call handler sees, and what it may answer.
 *
 * `kernel/syscalls/*.ts` hold the handlers, one table per family: `{ openat: (c, dirfd, path, flags, mode) => … }`.
 * The dispatcher (`kernel/syscall.ts`) finds the handler by the name in `target/syscalls.ts` and puts the answer
 * into the result register. Arguments are the raw registers as signed 64-bit bigints; `int()` takes the low 32 bits.
 */

import type { FileTable } from "./files/file-table.ts";
import type { FsContext, Vfs } from "./files/vfs.ts";
import type { AddressSpace } from "./memory/address-space.ts";
import type { Task } from "./process/task.ts";

/** A list of sleepers; whoever changes what they wait for wakes them all, in the order they came. */
export interface WaitQueue {
  readonly sleepers: Set<Task>;
  /** How often it was woken, for EPOLLET. */
  wakes?: number;
}

/**
 * The call cannot go on now. The task sleeps on the queues until one is woken, the deadline (monotonic ns) passes or
 * a signal arrives; then the handler is called again from the start with the same arguments. State that must live
 * from one try to the next stands in `c.task.restart`, which is cleared when the call ends.
 * A signal ends the wait with -EINTR, or restarts the call when the signal's action has SA_RESTART and `restartable`.
 */
export interface Block {
  readonly kind: "block";
  readonly queues: readonly WaitQueue[];
  readonly deadline?: number;
  readonly restartable: boolean;
  /** Only SIGKILL ends the wait (vfork's parent). */
  readonly uninterruptible?: boolean;
  /** What the call returns instead of -EINTR when a signal ends the wait: the count that was done before. */
  readonly partial?: number;
  /** A signal ends the wait with -EINTR: the last thing the call does (nanosleep tells the time that is left). */
  readonly interrupted?: () => void;
}

/** A result (an address or count, or -errno), or a wait, or "gone": the registers were replaced (execve, exit, rt_sigreturn). */
export type SyscallResult = number | bigint | Block | "gone";

export interface SyscallContext {
  readonly task: Task;
  readonly mm: AddressSpace;
  readonly files: FileTable;
  /** Root, working directory and umask of the process. */
  readonly fs: FsContext;
  readonly vfs: Vfs;
  monotonicNs(): number;
  realtimeNs(): bigint;
  /** An integer in [0, n) from the machine's seed. */
  random(n: number): number;
  /** Wakes all sleepers of a queue. */
  wake(queue: WaitQueue): void;
  /** Sends a signal to the calling process (SIGPIPE). */
  raise(signal: number): void;
}

export type SyscallHandler = (c: SyscallContext, ...args: bigint[]) => SyscallResult;
export type SyscallTable = { readonly [name: string]: SyscallHandler };

/** The low 32 bits as a signed int: an fd, flags, a pid. */
export function int(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

/** A user address; values that are no address (2^53 and more) become one that always faults. */
export function address(value: bigint): number {
  const raw = BigInt.asUintN(64, value);
  return raw <= 0x1f_ffff_ffff_ffffn ? Number(raw) : Number.MAX_SAFE_INTEGER;
}

/** A size_t; absurd ones are cut to what no buffer reaches. */
export function size(value: bigint): number {
  const raw = BigInt.asUintN(64, value);
  return raw <= 0x7fff_f000n ? Number(raw) : 0x7fff_f000;
}
