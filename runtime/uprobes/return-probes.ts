/**
 * Return probes: hijacking the return address of a function at its entry, and going on where it would have gone.
 *
 * Called by `uprobes.ts` at entries and when a task arrives at the trampoline. What a program or a script reads, and
 * what unwinds its stack, gets the addresses that the program put there: `hide` and `open`.
 */
import type { Arch } from "../../target/arch.ts";
import type { AddressSpace, Task } from "../../target/target.ts";
import { restoreReturnAddresses } from "./restore.ts";
import { type OpenReturn, ReturnFrames } from "./returns.ts";
import type { ProbedSpace } from "./space.ts";
import { readWord, writeWord } from "./words.ts";

/** A task whose stack is being looked at. */
interface Unwinding {
  /** Stack pointer at the entry of the unwinder: what has a lower one works for it. */
  readonly sp: number;
  readonly open: readonly OpenReturn[];
}

/** Shorter reads look up each address, longer ones go through all slots. */
const SHORT_READ = 64;

export class ReturnProbes<T> {
  readonly #arch: Arch;
  readonly #frames = new Map<Task, ReturnFrames<T>>();
  /** Where return addresses on stacks are replaced → the address that was there. */
  readonly #slots = new Map<AddressSpace, Map<number, number>>();

  readonly #unwinding = new Map<Task, Unwinding>();

  constructor(arch: Arch) {
    this.#arch = arch;
  }

  /** At the first instruction of a function; false when its return cannot be seen. */
  hijack(task: Task, space: ProbedSpace, payload: T): boolean {
    const { mm } = space;
    const trampoline = space.makeTrampoline();
    const address = this.#arch.readReturnAddress(task, (at) => readWord(mm, at));
    if (trampoline === undefined || address === undefined) return false;
    const frames = this.#framesOf(task);
    const sp = Number(task.readRegister(this.#arch.stackPointer));
    // A caller that is hijacked itself jumped here: its return is this function's.
    if (address === trampoline) return frames.enter(sp, undefined, payload);
    if (this.#arch.returnSlot > 0) mm.guard?.returnReplaced(sp, address);
    if (!this.#arch.writeReturnAddress(task, trampoline, (at, value) => writeWord(mm, at, value))) return false;
    frames.sweep((own) => this.#isOpen(own, sp, space));
    frames.enter(sp, address, payload);
    if (this.#arch.returnSlot > 0) this.#slotsOf(mm).set(sp, address);
    return true;
  }

  /** The task is at the trampoline: where it goes on, and what the calls that ended remember, newest first. */
  returned(task: Task): { readonly address: number; readonly payloads: readonly T[] } | undefined {
    const sp = Number(task.readRegister(this.#arch.stackPointer)) - this.#arch.returnSlot;
    const ended = this.#frames.get(task)?.returned(sp) ?? this.#returnedElsewhere(task, sp);
    if (ended) this.#slots.get(task.mm)?.delete(sp);
    return ended;
  }

  /** What was read at an address, with the return addresses that the program put there. */
  hide(space: ProbedSpace, address: number, bytes: Uint8Array): Uint8Array {
    const slots = this.#slots.get(space.mm);
    if (!slots || slots.size === 0) return bytes;
    let clean = bytes;
    const end = address + bytes.length;
    const restore = (slot: number, real: number): void => {
      if (readWord(space.mm, slot) !== BigInt(space.trampoline ?? 0)) return;
      if (clean === bytes) clean = bytes.slice();
      const word = new Uint8Array(8);
      new DataView(word.buffer).setBigUint64(0, BigInt(real), true);
      for (let i = 0; i < 8; i++) if (slot + i >= address && slot + i < end) clean[slot + i - address] = word[i] ?? 0;
    };
    if (bytes.length <= SHORT_READ) {
      for (let slot = address - 7; slot < end; slot++) {
        const real = slots.get(slot);
        if (real !== undefined) restore(slot, real);
      }
    } else {
      for (const [slot, real] of slots) if (slot > address - 8 && slot < end) restore(slot, real);
    }
    return clean;
  }

  /** Innermost first. */
  open(task: Task): readonly OpenReturn[] {
    return this.#frames.get(task)?.open() ?? [];
  }

  /** At the entry of what unwinds the stack: puts the program's addresses there, for as long as it runs. */
  suspend(task: Task, space: ProbedSpace): void {
    const { mm, trampoline } = space;
    const open = this.open(task);
    if (open.length === 0 || trampoline === undefined) return;
    if (this.#arch.returnSlot === 0) {
      // Where they are is not known well enough to replace them once more.
      this.restore(task, space);
      return;
    }
    for (const { sp, address } of open) {
      if (readWord(mm, sp) === BigInt(trampoline)) writeWord(mm, sp, BigInt(address));
      this.#slots.get(mm)?.delete(sp);
    }
    this.#unwinding.set(task, { sp: Number(task.readRegister(this.#arch.stackPointer)), open });
  }

  /** At any other hit: once the unwinder is done, the calls that it left open return to the trampoline again. */
  renew(task: Task, space: ProbedSpace): void {
    const unwinding = this.#unwinding.get(task);
    if (!unwinding || space.trampoline === undefined) return;
    const sp = Number(task.readRegister(this.#arch.stackPointer));
    if (sp <= unwinding.sp) return;
    this.#unwinding.delete(task);
    for (const call of unwinding.open) {
      if (call.sp < sp || readWord(space.mm, call.sp) !== BigInt(call.address)) continue;
      space.mm.guard?.returnReplaced(call.sp, call.address);
      if (writeWord(space.mm, call.sp, BigInt(space.trampoline))) this.#slotsOf(space.mm).set(call.sp, call.address);
    }
  }

  /** A child returns through the frames of its parent: on its copy of the stack, or on the very stack (vfork). */
  follow(task: Task, child: Task): void {
    const frames = this.#frames.get(task);
    if (frames) this.#frames.set(child, frames.copy());
    const unwinding = this.#unwinding.get(task);
    if (unwinding) this.#unwinding.set(child, unwinding);
    const slots = this.#slots.get(task.mm);
    if (slots && child.mm !== task.mm) this.#slots.set(child.mm, new Map(slots));
  }

  forget(task: Task): void {
    this.#frames.delete(task);
    this.#unwinding.delete(task);
  }

  /** Address spaces that nobody lives in any more. */
  keepOnly(used: ReadonlySet<AddressSpace>): void {
    for (const mm of this.#slots.keys()) if (!used.has(mm)) this.#slots.delete(mm);
  }

  /** Gives a task its return addresses back. */
  restore(task: Task, space: ProbedSpace): void {
    const open = this.open(task);
    if (space.trampoline !== undefined) restoreReturnAddresses(task, this.#arch, space.trampoline, open);
    this.forget(task);
    for (const { sp } of open) this.#slots.get(space.mm)?.delete(sp);
  }

  /** Stacks that wander between threads. */
  #returnedElsewhere(task: Task, sp: number): ReturnType<ReturnFrames<T>["returned"]> {
    for (const [other, frames] of this.#frames) {
      if (other === task || other.mm !== task.mm || frames.addressAt(sp) === undefined) continue;
      return frames.returned(sp);
    }
    return undefined;
  }

  /** Is that call still on a stack? Where addresses are in registers, one entered below `now` can only have been left. */
  #isOpen(sp: number, now: number, space: ProbedSpace): boolean {
    if (this.#arch.returnSlot === 0) return sp >= now;
    const isThere = readWord(space.mm, sp) === BigInt(space.trampoline ?? 0);
    if (!isThere) this.#slots.get(space.mm)?.delete(sp);
    return isThere;
  }

  #framesOf(task: Task): ReturnFrames<T> {
    let frames = this.#frames.get(task);
    if (!frames) this.#frames.set(task, (frames = new ReturnFrames()));
    return frames;
  }

  #slotsOf(mm: AddressSpace): Map<number, number> {
    let slots = this.#slots.get(mm);
    if (!slots) this.#slots.set(mm, (slots = new Map()));
    return slots;
  }
}
