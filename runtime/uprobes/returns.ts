/**
 * The open calls of one task whose return address was replaced by the trampoline, by the stack pointer of their entry.
 *
 * Filled at function entry, asked when the task arrives at the trampoline. Nothing is concluded from the order of
 * calls: programs have several stacks (signal handlers, coroutines) and leave functions by longjmp, so a call is
 * forgotten only when another is entered in its place, or when nothing on the stack points to the trampoline any more.
 * Tail calls share a stack pointer; they return together, newest first. A call that has returned is remembered without
 * its probes: what returns twice, as setjmp does, goes on where it went the first time.
 */

/** Calls that share a return address. */
interface Frame<T> {
  readonly returnAddress: number;
  /** Newest last; empty when it has returned. */
  payloads: T[];
}

export interface OpenReturn {
  /** Stack pointer at the entry of the function. */
  readonly sp: number;
  /** Where the function will go on, past the trampoline. */
  readonly address: number;
}

/** More frames than this are looked through for those that are gone. */
const SWEEP_AT = 256;
/** A return may take off as many bytes of arguments. */
const MAX_POPPED = 0xffff;

export class ReturnFrames<T> {
  #frames = new Map<number, Frame<T>>();
  #sweepAt = SWEEP_AT;

  /** `returnAddress` undefined: a tail call, whose return address is the trampoline. False when nobody knows its frame. */
  enter(sp: number, returnAddress: number | undefined, payload: T): boolean {
    if (returnAddress !== undefined) {
      this.#frames.set(sp, { returnAddress, payloads: [payload] });
      return true;
    }
    const frame = this.#frames.get(sp);
    frame?.payloads.push(payload);
    return frame !== undefined;
  }

  /** The call that was entered at `sp`, or returned from there taking off arguments: payloads are newest first. */
  returned(sp: number): { readonly address: number; readonly payloads: readonly T[] } | undefined {
    const frame = this.#frames.get(sp) ?? this.#below(sp);
    if (!frame) return undefined;
    const payloads = frame.payloads.reverse();
    frame.payloads = [];
    return { address: frame.returnAddress, payloads };
  }

  /** Drops frames that are gone, once there are many; `isOpen` is asked about those that have not returned. */
  sweep(isOpen: (sp: number) => boolean): void {
    if (this.#frames.size <= this.#sweepAt) return;
    for (const [sp, frame] of this.#frames) {
      if (frame.payloads.length === 0 || !isOpen(sp)) this.#frames.delete(sp);
    }
    this.#sweepAt = Math.max(SWEEP_AT, 2 * this.#frames.size);
  }

  /** Where the function entered at `sp` goes on. */
  addressAt(sp: number): number | undefined {
    return this.#frames.get(sp)?.returnAddress;
  }

  /** A forked child returns through the same frames. */
  copy(): ReturnFrames<T> {
    const copy = new ReturnFrames<T>();
    for (const [sp, { returnAddress, payloads }] of this.#frames)
      copy.#frames.set(sp, { returnAddress, payloads: [...payloads] });
    return copy;
  }

  /** Those that have not returned, innermost first. */
  open(): readonly OpenReturn[] {
    const open: OpenReturn[] = [];
    for (const [sp, { returnAddress, payloads }] of this.#frames)
      if (payloads.length > 0) open.push({ sp, address: returnAddress });
    return open.sort((a, b) => a.sp - b.sp);
  }

  #below(sp: number): Frame<T> | undefined {
    let best: number | undefined;
    for (const [own, { payloads }] of this.#frames) {
      if (payloads.length > 0 && own < sp && own >= sp - MAX_POPPED && (best === undefined || own > best)) best = own;
    }
    return best === undefined ? undefined : this.#frames.get(best);
  }
}
