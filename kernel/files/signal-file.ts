/**
 * signalfd: the pending signals of whoever reads, as bytes.
 *
 * The signals are blocked, so they wait in the task and its process; a read takes them from there. While a task sleeps for
 * one, `task.awaited` says so, and the sender wakes it (`signal.ts`).
 */
import { ERRNO } from "../../target/errno.ts";
import type { Machine } from "../machine.ts";
import type { SignalInfo } from "../signals/pending-signals.ts";
import type { Block } from "../syscall-context.ts";
import type { Errno, Inode } from "./inode.ts";
import { type FileIo, OpenFile, POLL } from "./open-file.ts";

/** struct signalfd_siginfo. */
const RECORD_SIZE = 128;

export class SignalFile extends OpenFile {
  mask: bigint;
  readonly #machine: Machine;

  constructor(inode: Inode, flags: number, mask: bigint, machine: Machine) {
    super(inode, "anon_inode:[signalfd]", flags);
    this.mask = mask;
    this.#machine = machine;
  }

  override get awaits(): bigint {
    return this.mask;
  }

  override read(_io: FileIo, max: number): Uint8Array | Errno | Block {
    const task = this.#machine.current;
    if (!task || max < RECORD_SIZE) return -ERRNO.EINVAL;
    const bytes = new Uint8Array(Math.floor(max / RECORD_SIZE) * RECORD_SIZE);
    let length = 0;
    while (length < bytes.length) {
      const info = task.pending.take(~this.mask) ?? task.process.pending.take(~this.mask);
      if (!info) break;
      bytes.set(record(info), length);
      length += RECORD_SIZE;
    }
    if (length > 0) return bytes.subarray(0, length);
    if (this.nonblocking) return -ERRNO.EAGAIN;
    task.awaited |= this.mask;
    return { kind: "block", queues: [], restartable: true };
  }

  override write(): number {
    return -ERRNO.EINVAL;
  }

  override poll(): number {
    const task = this.#machine.current;
    if (!task) return 0;
    return ((task.pending.mask | task.process.pending.mask) & this.mask) !== 0n ? POLL.POLLIN : 0;
  }
}

function record(info: SignalInfo): Uint8Array {
  const bytes = new Uint8Array(RECORD_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, info.signal, true);
  view.setInt32(8, info.code, true);
  view.setUint32(12, info.pid, true);
  view.setUint32(16, info.uid, true);
  view.setInt32(40, info.status, true);
  view.setInt32(44, Number(BigInt.asIntN(32, info.value)), true);
  view.setBigUint64(48, BigInt.asUintN(64, info.value), true);
  return bytes;
}
