/** Handlers of futex and of robust lists; waiting and waking are in `kernel/scheduling/futex.ts`. */
import { ERRNO } from "../../target/errno.ts";
import { USER_END } from "../memory/address-space.ts";
import { PAGE_SIZE } from "../memory/frames.ts";
import { FUTEX_BITSET_MATCH_ANY, type Futex, type FutexWait, requeueFutex, wakeFutex } from "../scheduling/futex.ts";
import { address, int, type SyscallContext, type SyscallResult, type SyscallTable } from "../syscall-context.ts";
import { mayInspect } from "./pidfd.ts";
import { copyIn, copyOut, timespecAt, viewOf } from "./user.ts";

const FUTEX_PRIVATE_FLAG = 128;
const FUTEX_CLOCK_REALTIME = 256;
const CMD_MASK = ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
const ROBUST_LIST_HEAD_SIZE = 24n;

interface Arguments {
  readonly pointer: bigint;
  readonly isPrivate: boolean;
  readonly realtime: boolean;
  readonly value: number;
  /** A timeout, or the second count. */
  readonly timeout: bigint;
  readonly pointer2: bigint;
  readonly value3: number;
}

type Operation = (c: SyscallContext, a: Arguments) => SyscallResult;

/** Those that inherit priorities (6, 7, 8, 11, 12, 13) are not modelled. */
// biome-ignore format: table
const operations: { readonly [command: number]: Operation } = {
  0: (c, a) => wait(c, a, FUTEX_BITSET_MATCH_ANY, false),
  1: (c, a) => wake(c, a, FUTEX_BITSET_MATCH_ANY),
  3: (c, a) => requeue(c, a, false),
  4: (c, a) => requeue(c, a, true),
  5: wakeOp,
  9: (c, a) => (a.value3 === 0 ? -ERRNO.EINVAL : wait(c, a, a.value3 >>> 0, true)),
  10: (c, a) => (a.value3 === 0 ? -ERRNO.EINVAL : wake(c, a, a.value3 >>> 0)),
};
const WAIT_BITSET = 9;

export const futex: SyscallTable = {
  futex(c, pointer, op, value, timeout, pointer2, value3) {
    const command = int(op!) & CMD_MASK;
    const operation = operations[command];
    const realtime = (int(op!) & FUTEX_CLOCK_REALTIME) !== 0;
    if (!operation || (realtime && command !== WAIT_BITSET)) return -ERRNO.ENOSYS;
    const isPrivate = (int(op!) & FUTEX_PRIVATE_FLAG) !== 0;
    return operation(c, {
      pointer: pointer!,
      isPrivate,
      realtime,
      value: int(value!),
      timeout: timeout!,
      pointer2: pointer2!,
      value3: int(value3!),
    });
  },

  set_robust_list(c, head, length) {
    if (length !== ROBUST_LIST_HEAD_SIZE) return -ERRNO.EINVAL;
    c.task.robustList = address(head!);
    return 0;
  },
  get_robust_list(c, pid, head, length) {
    const task = int(pid!) === 0 ? c.task : c.task.machine.findTask(int(pid!));
    if (!task) return -ERRNO.ESRCH;
    if (!mayInspect(c, task.process)) return -ERRNO.EPERM;
    const word = (n: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(n).buffer);
    return copyOut(c, length!, word(ROBUST_LIST_HEAD_SIZE)) || copyOut(c, head!, word(BigInt(task.robustList)));
  },
};

function wait(c: SyscallContext, a: Arguments, bits: number, absolute: boolean): SyscallResult {
  const { task } = c;
  const { futexes } = task.machine;
  const waited = task.restart as FutexWait | undefined;
  if (waited?.woken) return 0;
  if (waited && c.monotonicNs() >= waited.deadline) {
    futexes.drop(waited.futex);
    return -ERRNO.ETIMEDOUT;
  }
  const deadline = waited?.deadline ?? deadlineOf(c, a, absolute);
  if (typeof deadline === "object") return deadline.error;
  // Again for one that a signal took out of the queue: who changed the word since then found nobody to wake.
  const futex = futexAt(c, a.pointer, a.isPrivate);
  if (typeof futex === "number") return futex;
  const word = wordAt(c, a.pointer);
  if (typeof word === "object") return word.error;
  if (word !== a.value) return -ERRNO.EAGAIN;
  futexes.keep(futex);
  task.restart = { kind: "futex", bits, deadline, futex, woken: false } satisfies FutexWait;
  // One with a timeout cannot start again from its arguments.
  return { kind: "block", queues: [futex.queue], deadline, restartable: deadline === Number.POSITIVE_INFINITY };
}

/** Monotonic ns; Infinity without a timeout. */
function deadlineOf(c: SyscallContext, a: Arguments, absolute: boolean): number | { readonly error: number } {
  if (a.timeout === 0n) return Number.POSITIVE_INFINITY;
  const time = timespecAt(c, a.timeout);
  if (typeof time === "number") return { error: time };
  if (!absolute) return c.monotonicNs() + Number(time);
  return Number(a.realtime ? time - c.realtimeNs() + BigInt(c.monotonicNs()) : time);
}

function wake(c: SyscallContext, a: Arguments, bits: number): SyscallResult {
  const found = futexAt(c, a.pointer, a.isPrivate);
  return typeof found === "number" ? found : wakeFutex(c.task.machine, found, Math.max(a.value, 1), bits);
}

function requeue(c: SyscallContext, a: Arguments, compare: boolean): SyscallResult {
  const count = int(a.timeout);
  if (a.value < 0 || count < 0) return -ERRNO.EINVAL;
  const from = futexAt(c, a.pointer, a.isPrivate);
  if (typeof from === "number") return from;
  const to = futexAt(c, a.pointer2, a.isPrivate);
  if (typeof to === "number") return to;
  if (compare) {
    const word = wordAt(c, a.pointer);
    if (typeof word === "object") return word.error;
    if (word !== a.value3) return -ERRNO.EAGAIN;
  }
  const woken = wakeFutex(c.task.machine, from, a.value);
  return woken + requeueFutex(c.task.machine, from, to, count);
}

/** Changes the second word, wakes sleepers of the first, and those of the second if its old value compares. */
function wakeOp(c: SyscallContext, a: Arguments): SyscallResult {
  const first = futexAt(c, a.pointer, a.isPrivate);
  if (typeof first === "number") return first;
  const second = futexAt(c, a.pointer2, a.isPrivate);
  if (typeof second === "number") return second;
  const old = wordAt(c, a.pointer2);
  if (typeof old === "object") return old.error;
  const encoded = a.value3;
  const argument = (encoded << 8) >> 20;
  const operand = ((encoded >>> 28) & 8) !== 0 ? 1 << (argument & 31) : argument;
  const change = changes[(encoded >>> 28) & 7];
  const compare = comparisons[(encoded >>> 24) & 15];
  if (!change || !compare) return -ERRNO.ENOSYS;
  const error = copyOut(c, a.pointer2, new Uint8Array(Int32Array.of(change(old, operand)).buffer));
  if (error !== 0) return error;
  const { machine } = c.task;
  const woken = wakeFutex(machine, first, Math.max(a.value, 1));
  return compare(old, (encoded << 20) >> 20) ? woken + wakeFutex(machine, second, Math.max(int(a.timeout), 1)) : woken;
}

/** FUTEX_OP_SET, ADD, OR, ANDN, XOR. */
const changes: readonly ((old: number, operand: number) => number)[] = [
  (_old, operand) => operand,
  (old, operand) => (old + operand) | 0,
  (old, operand) => old | operand,
  (old, operand) => old & ~operand,
  (old, operand) => old ^ operand,
];

/** FUTEX_OP_CMP_EQ, NE, LT, LE, GT, GE. */
const comparisons: readonly ((old: number, argument: number) => boolean)[] = [
  (old, argument) => old === argument,
  (old, argument) => old !== argument,
  (old, argument) => old < argument,
  (old, argument) => old <= argument,
  (old, argument) => old > argument,
  (old, argument) => old >= argument,
];

function futexAt(c: SyscallContext, pointer: bigint, isPrivate: boolean): Futex | number {
  if ((pointer & 3n) !== 0n) return -ERRNO.EINVAL;
  const at = address(pointer);
  // What is shared is known by its pages, so there must be some.
  if (at >= USER_END || (!isPrivate && c.mm.translate(Math.floor(at / PAGE_SIZE), "read") < 0)) return -ERRNO.EFAULT;
  return c.task.machine.futexes.get(c.mm, at, isPrivate);
}

function wordAt(c: SyscallContext, pointer: bigint): number | { readonly error: number } {
  const bytes = copyIn(c, pointer, 4);
  return typeof bytes === "number" ? { error: bytes } : viewOf(bytes).getInt32(0, true);
}
