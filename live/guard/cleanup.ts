/**
 * Undoes what a utap that was killed has left in a process: breakpoints, hijacked return addresses, raised counters of
 * marks, handler and pages.
 *
 * Called by `utap cleanup`, with the process's journal. Every thread is stopped, and led to a place where nothing of ours
 * is under way; then the bytes and addresses go back, and the threads go on. What the program has repaired by itself in
 * the meantime (`handler-x86-64.ts`) is left alone.
 */
import { callAs } from "../calls-in-threads.ts";
import type { Machine } from "../machines/machine.ts";
import type { LiveTask } from "../task.ts";
import { removeHandler } from "./guard.ts";
import { layout } from "./handler-x86-64.ts";
import type { JournalRecord } from "./journal.ts";
import { letGo, runOn, type StoppedProcess, stopProcess } from "./threads.ts";

export interface Repaired {
  readonly threads: number;
  readonly breakpoints: number;
  readonly returns: number;
  /** Counters of marks. */
  readonly counters: number;
}

/** A copy of an instruction in the scratch page: where it ends, and what is due then. */
interface Slot {
  readonly end: number;
  readonly next: number;
  /** DWARF number and value of a register that the copy borrows; -1 for none. */
  readonly register: number;
  readonly value: bigint;
}

/** Times that a thread in our code is let run on, and steps that one in a slot makes. */
const MAX_TRIES = 2000;
const LONGEST_COPY = 15;
const WORD = 8;
/** Of a stack, bytes that are looked through. */
const MAX_STACK = 1 << 20;

/** A number is an errno: the process cannot be traced. */
export function cleanUp(record: JournalRecord, machine: Machine): Repaired | number {
  const stopped = stopProcess(record.pid, machine);
  if (typeof stopped === "number") return stopped;
  const repair = new Repair(record, machine, stopped);
  for (const task of stopped.threads) repair.leadOut(task);
  const repaired = {
    threads: stopped.threads.length,
    breakpoints: repair.restoreCode(),
    returns: repair.restoreReturns(),
    counters: repair.lowerCounters(),
  };
  repair.restoreContexts();
  repair.removePages();
  letGo(stopped);
  return repaired;
}

class Repair {
  readonly #record: JournalRecord;
  readonly #machine: Machine;
  readonly #process: StoppedProcess;
  /** Slot on a stack → what stood there. */
  readonly #returns: ReadonlyMap<number, number>;
  readonly #slots: readonly Slot[];

  constructor(record: JournalRecord, machine: Machine, process: StoppedProcess) {
    this.#record = record;
    this.#machine = machine;
    this.#process = process;
    this.#returns = new Map(
      this.#rows(layout.returnCount, layout.returns, 16, layout.maxReturns).map((row) => [word(row, 0), word(row, 8)]),
    );
    this.#slots = this.#rows(layout.slotCount, layout.slots, 32, layout.maxSlots).map((row) => ({
      end: word(row, 0),
      next: word(row, 8),
      register: row.getInt32(20, true),
      value: row.getBigUint64(24, true),
    }));
  }

  /** To a place that the program knows, with its own registers. */
  leadOut(task: LiveTask): void {
    for (let tries = 0; tries < MAX_TRIES && task.life === "alive"; tries++) {
      if (this.#process.trapped.has(task) && this.#isOurTrap(task)) {
        this.#process.trapped.delete(task);
        task.signal = 0;
        return;
      }
      const pc = this.#pc(task);
      const slot = this.#slots.find(({ end }) => pc <= end && pc >= end - LONGEST_COPY);
      if (slot?.end === pc) this.#leaveSlot(task, slot);
      if (slot?.end === pc || !(slot || this.#isInHandler(pc))) return;
      runOn(this.#process, task, slot ? "step" : "cont");
    }
  }

  restoreCode(): number {
    const inserted = this.#machine.arch.breakpoint(this.#machine.arch.maxInstruction);
    let count = 0;
    for (const [address, original] of this.#record.breakpoints) {
      const now = this.#process.mm.read(address, inserted.length);
      const isOurs = !("kind" in now) && now.every((byte, i) => byte === inserted[i]);
      if (isOurs && this.#process.mm.write(address, original) === true) count++;
    }
    return count;
  }

  restoreReturns(): number {
    let count = 0;
    for (const [slot, address] of this.#returns) {
      const now = this.#process.mm.read(slot, WORD);
      if ("kind" in now || word(viewOf(now), 0) !== this.#record.trampoline) continue;
      if (this.#process.mm.write(slot, wordBytes(address)) === true) count++;
    }
    return count;
  }

  /** A signal may have come where a function had just returned to: its handler goes back to what stands in the context. */
  restoreContexts(): void {
    for (const { at, word, before } of this.#wordsOfScratch()) {
      // Before the pc, the stack pointer (`handler-x86-64.ts`).
      const address = this.#returns.get(before - this.#machine.arch.returnSlot);
      if (word === this.#record.trampoline && address !== undefined) this.#process.mm.write(at, wordBytes(address));
    }
  }

  lowerCounters(): number {
    let count = 0;
    for (const [address, by] of this.#record.counters) {
      const now = this.#process.mm.read(address, 2);
      if ("kind" in now) continue;
      const value = (viewOf(now).getUint16(0, true) - by) & 0xffff;
      if (this.#process.mm.write(address, Uint8Array.of(value & 0xff, value >> 8)) === true) count++;
    }
    return count;
  }

  /**
   * By the first thread that can make a system call; without one, or where somebody comes back to them, they stay, and do
   * no harm.
   */
  removePages(): void {
    const { pages } = this.#record;
    if (pages === undefined) return;
    const { tracer, mm, threads } = this.#process;
    const isInside = (task: LiveTask): boolean => this.#pc(task) >= pages && this.#pc(task) < pages + layout.size;
    const alive = threads.filter((task) => task.life === "alive");
    if (alive.some(isInside) || !this.#wordsOfScratch().next().done) return;
    const caller = alive.find((task) => task.stop?.kind === "interrupted" || task.stop?.kind === "signal");
    if (!caller) return;
    removeHandler(pages, mm, (name, args) => callAs(tracer, caller, name, args));
  }

  /** What leads into the scratch page, on the stacks of threads. */
  *#wordsOfScratch(): Generator<{ readonly at: number; readonly word: number; readonly before: number }> {
    const { mm, threads } = this.#process;
    const low = (this.#record.pages ?? 0) + layout.scratch;
    for (const task of threads) {
      if (this.#record.pages === undefined || task.life === "dead") continue;
      const sp = Number(task.registers.word(this.#machine.stackPointer));
      const stack = mm.rows().find(({ start, end }) => sp >= start && sp < end);
      const bytes = stack && mm.read(sp, Math.min(stack.end - sp, MAX_STACK));
      if (!bytes || "kind" in bytes) continue;
      const words = viewOf(bytes);
      for (let i = WORD; i + WORD <= bytes.length; i += WORD) {
        const found = word(words, i);
        if (found >= low && found < layout.size + low - layout.scratch)
          yield { at: sp + i, word: found, before: word(words, i - WORD) };
      }
    }
  }

  /** Does for a thread behind a breakpoint what the handler would do. */
  #isOurTrap(task: LiveTask): boolean {
    const { arch, pc: pcWord } = this.#machine;
    const after = this.#pc(task);
    const address = arch.breakpointAddress(after);
    const slot = this.#slots.find(({ end }) => end === address);
    if (slot) {
      this.#leaveSlot(task, slot);
      return true;
    }
    const sp = Number(task.registers.word(this.#machine.stackPointer));
    const to = address === this.#record.trampoline ? this.#returns.get(sp - arch.returnSlot) : address;
    if (to === undefined || (to === address && !this.#record.breakpoints.has(address))) return false;
    task.registers.setWord(pcWord, BigInt(to));
    return true;
  }

  #leaveSlot(task: LiveTask, { next, register, value }: Slot): void {
    task.registers.setWord(this.#machine.pc, BigInt(next));
    if (register >= 0) task.registers.write(register, value);
  }

  #pc(task: LiveTask): number {
    return Number(task.registers.word(this.#machine.pc));
  }

  #isInHandler(pc: number): boolean {
    const { pages } = this.#record;
    return pages !== undefined && pc >= pages && pc < pages + layout.data;
  }

  #rows(countAt: number, start: number, size: number, capacity: number): DataView[] {
    const { pages } = this.#record;
    const count = pages === undefined ? undefined : this.#process.mm.read(pages + countAt, 4);
    if (pages === undefined || !count || "kind" in count) return [];
    const length = Math.min(viewOf(count).getUint32(0, true), capacity);
    const bytes = this.#process.mm.read(pages + start, length * size);
    if ("kind" in bytes) return [];
    return Array.from({ length }, (_, i) => viewOf(bytes.subarray(i * size, (i + 1) * size)));
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function word(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function wordBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(WORD);
  viewOf(bytes).setBigUint64(0, BigInt(value), true);
  return bytes;
}
