/**
 * The breakpoints of one address space: bytes replaced, originals kept.
 *
 * `uprobes.ts` decides where they go; this file only changes memory and tells what was there. Several probes share
 * one breakpoint. Reads through `readOriginal` never see a breakpoint's bytes.
 */
import type { Arch, StepPlan } from "../../target/arch.ts";
import type { AddressSpace, Fault } from "../../target/target.ts";

export interface Breakpoint {
  readonly address: number;
  readonly original: Uint8Array;
  readonly inserted: Uint8Array;
  readonly plan: Exclude<StepPlan, { kind: "refuse" }>;
}

export class BreakpointTable {
  readonly mm: AddressSpace;
  readonly #arch: Arch;
  readonly #at = new Map<number, Breakpoint>();

  constructor(mm: AddressSpace, arch: Arch) {
    this.mm = mm;
    this.#arch = arch;
  }

  find(address: number): Breakpoint | undefined {
    return this.#at.get(address);
  }

  get size(): number {
    return this.#at.size;
  }

  /** Puts a breakpoint, or finds the one that is there; a string says why it cannot be. */
  insert(address: number): Breakpoint | string {
    const present = this.#at.get(address);
    if (present) return present;
    const code = this.#readCode(address);
    if (!code) return `no memory at 0x${address.toString(16)}`;
    const plan = this.#arch.planStep(code, address);
    if (plan.kind === "refuse") return plan.reason;
    const original = code.slice(0, this.#arch.instructionLength(code));
    const inserted = this.#arch.breakpoint(original.length);
    if (this.mm.write(address, inserted) !== true) return `memory at 0x${address.toString(16)} cannot be written`;
    const breakpoint = { address, original, inserted, plan };
    this.#at.set(address, breakpoint);
    return breakpoint;
  }

  /** Takes a breakpoint out again, unless the program itself overwrote it. */
  remove(address: number): void {
    const breakpoint = this.#at.get(address);
    if (!breakpoint) return;
    this.#at.delete(address);
    const now = this.mm.read(address, breakpoint.inserted.length);
    if ("kind" in now || !now.every((byte, i) => byte === breakpoint.inserted[i])) return;
    this.mm.write(address, breakpoint.original.subarray(0, breakpoint.inserted.length));
  }

  removeAll(): void {
    for (const address of [...this.#at.keys()]) this.remove(address);
  }

  /** The mapping is gone: nothing to restore. */
  forget(start: number, end: number): void {
    for (const address of this.#at.keys()) if (address >= start && address < end) this.#at.delete(address);
  }

  /** The table of a forked copy, whose memory holds the same breakpoints. */
  copyFor(mm: AddressSpace): BreakpointTable {
    const copy = new BreakpointTable(mm, this.#arch);
    for (const [address, breakpoint] of this.#at) copy.#at.set(address, breakpoint);
    return copy;
  }

  /** User memory as the program would see it without breakpoints. */
  readOriginal(address: number, size: number): Uint8Array | Fault {
    const bytes = this.mm.read(address, size);
    if ("kind" in bytes || this.#at.size === 0) return bytes;
    const clean = bytes.slice();
    for (const breakpoint of this.#at.values()) {
      const from = breakpoint.address - address;
      for (let i = 0; i < breakpoint.inserted.length; i++) {
        if (from + i >= 0 && from + i < size) clean[from + i] = breakpoint.original[i] ?? 0;
      }
    }
    return clean;
  }

  /** As many bytes of the instruction as its mapping holds. */
  #readCode(address: number): Uint8Array | undefined {
    for (let size = this.#arch.maxInstruction; size > 0; size--) {
      const code = this.readOriginal(address, size);
      if (!("kind" in code)) return code;
    }
    return undefined;
  }
}
