/**
 * Pending signals of a task or a process: at most one of each standard signal, real-time signals queue.
 *
 * `signal.ts` puts them in and takes them out, lowest number first.
 */
import { SIG } from "../../target/signals.ts";

/** What siginfo_t tells; fields that a signal does not have are 0. */
export interface SignalInfo {
  readonly signal: number;
  /** si_code. */
  readonly code: number;
  readonly pid: number;
  readonly uid: number;
  /** Of SIGCHLD: exit code or signal. */
  readonly status: number;
  /** Of a fault: the address. */
  readonly address: number;
  /** Of sigqueue and timers: si_value. */
  readonly value: bigint;
  /** Of rt_sigqueueinfo: the siginfo_t of the sender. */
  readonly raw?: Uint8Array;
  /** The user's count that it is part of while it is queued. */
  readonly charged?: { count: number };
  /** Of a POSIX timer: asked once, when the signal is taken, for si_overrun. */
  readonly taken?: () => number;
  /** The timer was set anew or deleted since: it waits, but nobody gets it. */
  readonly isStale?: () => boolean;
}

export const FIRST_REALTIME = 32;

export function signalBit(signal: number): bigint {
  return 1n << BigInt(signal - 1);
}

/** The bits of SIGKILL and SIGSTOP, which nobody can block. */
export const UNBLOCKABLE = signalBit(SIG.SIGKILL) | signalBit(SIG.SIGSTOP);

export class PendingSignals {
  mask = 0n;
  #queue: SignalInfo[] = [];

  get length(): number {
    return this.#queue.length;
  }

  /** False when it was dropped: it waits already. */
  add(info: SignalInfo): boolean {
    const bit = signalBit(info.signal);
    for (const other of [...this.#queue]) if (other.signal === info.signal && other.isStale?.()) this.#drop(other);
    if ((this.mask & bit) !== 0n && info.signal < FIRST_REALTIME) return false;
    this.mask |= bit;
    if (info.charged) info.charged.count++;
    this.#queue.push(info);
    return true;
  }

  /** Takes the first signal that is not in `blocked`: SIGKILL, then faults, then by number. */
  take(blocked: bigint): SignalInfo | undefined {
    for (let info = this.peek(blocked); info; info = this.peek(blocked)) {
      this.#drop(info);
      if (!info.isStale?.()) return info.taken ? { ...info, uid: info.taken() } : info;
    }
    return undefined;
  }

  #drop(info: SignalInfo): void {
    this.#queue.splice(this.#queue.indexOf(info), 1);
    if (info.charged) info.charged.count--;
    if (!this.#queue.some((other) => other.signal === info.signal)) this.mask &= ~signalBit(info.signal);
  }

  peek(blocked: bigint): SignalInfo | undefined {
    if ((this.mask & ~blocked) === 0n) return undefined;
    let best: SignalInfo | undefined;
    for (const info of this.#queue) {
      if ((signalBit(info.signal) & blocked) === 0n && (!best || rank(info.signal) < rank(best.signal))) best = info;
    }
    return best;
  }

  has(signal: number): boolean {
    return (this.mask & signalBit(signal)) !== 0n;
  }

  remove(mask: bigint): void {
    this.mask &= ~mask;
    for (const { signal, charged } of this.#queue) if ((signalBit(signal) & mask) !== 0n && charged) charged.count--;
    this.#queue = this.#queue.filter((info) => (signalBit(info.signal) & mask) === 0n);
  }
}

const synchronous: readonly number[] = [SIG.SIGILL, SIG.SIGTRAP, SIG.SIGBUS, SIG.SIGFPE, SIG.SIGSEGV, SIG.SIGSYS].map(
  Number,
);

function rank(signal: number): number {
  if (signal === SIG.SIGKILL) return -100;
  return synchronous.includes(signal) ? signal - 64 : signal;
}
