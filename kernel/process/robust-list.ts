/**
 * Robust futexes: when a thread ends, the mutexes that it held are marked, and one waiter of each is told.
 *
 * The list is the thread's own memory: a head (first entry, offset of the futex word in an entry, an entry that is being
 * added or removed) and entries linked by their first word. Nothing in it is trusted.
 */
import { wakeFutex } from "../scheduling/futex.ts";
import type { Task } from "./task.ts";

const OWNER_DIED = 0x4000_0000;
const WAITERS = 0x8000_0000;
const TID_MASK = 0x3fff_ffff;
const MAX_ENTRIES = 2048;

export function exitRobustList(task: Task): void {
  const head = task.robustList;
  task.robustList = 0;
  if (head === 0) return;
  const first = wordAt(task, head);
  const offset = wordAt(task, head + 8);
  const pending = wordAt(task, head + 16);
  if (first === undefined || offset === undefined || pending === undefined) return;
  let entry: bigint | undefined = first;
  for (let i = 0; i < MAX_ENTRIES && entry !== undefined && address(entry) !== head; i++) {
    const next = wordAt(task, address(entry));
    if (entry !== pending && !mark(task, address(entry) + signed(offset))) return;
    entry = next;
  }
  if (pending !== 0n) mark(task, address(pending) + signed(offset), true);
}

/** False when the word cannot be read. One that was being given back may be free already, and nobody told yet. */
function mark(task: Task, at: number, isPending = false): boolean {
  const bytes = at % 4 === 0 && at > 0 ? task.mm.copyIn(at, 4) : undefined;
  if (!(bytes instanceof Uint8Array)) return false;
  const value = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (isPending && value === 0) wakeOne(task, at);
  if ((value & TID_MASK) !== task.tid) return true;
  task.mm.copyOut(at, new Uint8Array(Uint32Array.of((value & WAITERS) | OWNER_DIED).buffer));
  if ((value & WAITERS) !== 0) wakeOne(task, at);
  return true;
}

function wakeOne({ machine, mm }: Task, at: number): void {
  for (const isPrivate of [false, true]) {
    if (wakeFutex(machine, machine.futexes.get(mm, at, isPrivate), 1) > 0) break;
  }
}

function wordAt(task: Task, at: number): bigint | undefined {
  const bytes = task.mm.copyIn(at, 8);
  return bytes instanceof Uint8Array ? new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true) : undefined;
}

/** Bit 0 says that the mutex is a priority inheriting one, which the model does not have. */
function address(entry: bigint): number {
  return Number(entry & ~1n & 0xff_ffff_ffff_ffffn);
}

function signed(offset: bigint): number {
  return Number(BigInt.asIntN(48, offset));
}
