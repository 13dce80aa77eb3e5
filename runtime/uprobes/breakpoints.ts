/**
 * The breakpoints of one address space: bytes replaced, originals kept.
 *
 * `space.ts` decides where they go; this file only changes memory and tells what was there. Several probes share
 * one breakpoint. Reads through `hide` never see a breakpoint's bytes. A lookup costs the same however many there are,
 * a read looks only at the pages it touches.
 */
import type { Arch, StepPlan } from "../../target/arch.ts";
import type { AddressSpace } from "../../target/target.ts";

export interface Breakpoint {
  readonly address: number;
  readonly original: Uint8Array;
  readonly inserted: Uint8Array;
  readonly plan: Exclude<StepPlan, { kind: "refuse" }>;
}

const PAGE = 4096;

export class BreakpointTable {
  readonly mm: AddressSpace;
  readonly #arch: Arch;
  readonly #at = new Map<number, Breakpoint>();
  /** Those that were taken out: a copy of the memory may be older than that. */
  readonly #removed = new Map<number, Breakpoint>();
  /** Page number → those that have bytes in it. */
  readonly #pages = new Map<number, Breakpoint[]>();

  constructor(mm: AddressSpace, arch: Arch) {
    this.mm = mm;
    this.#arch = arch;
  }

  find(address: number): Breakpoint | undefined {
    return this.#at.get(address);
  }

  /** Puts a breakpoint, or finds the one that is there; a string says why it cannot be. */
  insert(address: number): Breakpoint | string {
    const present = this.#at.get(address);
    if (present && this.#isIntact(present)) return present;
    if (present) this.#drop(present);
    const code = this.#readCode(address);
    if (!code) return `no memory at 0x${address.toString(16)}`;
    const plan = this.#arch.planStep(code, address);
    if (plan.kind === "refuse") return plan.reason;
    const original = code.slice(0, this.#arch.instructionLength(code));
    const inserted = this.#arch.breakpoint(original.length);
    this.mm.guard?.breakpoint(address, original.slice(0, inserted.length));
    if (this.mm.write(address, inserted) !== true) return `memory at 0x${address.toString(16)} cannot be written`;
    const breakpoint = { address, original, inserted, plan };
    this.#add(breakpoint);
    return breakpoint;
  }

  /** Takes a breakpoint out again, unless the program itself overwrote it. */
  remove(address: number): void {
    const breakpoint = this.#at.get(address);
    if (!breakpoint) return;
    this.#drop(breakpoint);
    this.#removed.set(address, breakpoint);
    if (this.#isIntact(breakpoint)) this.#restore(breakpoint);
    this.mm.guard?.cleared(address);
  }

  removeAll(): void {
    for (const address of [...this.#at.keys()]) this.remove(address);
  }

  /** The memory is gone: nothing to restore. */
  forget(address: number): void {
    this.#removed.delete(address);
    const breakpoint = this.#at.get(address);
    if (!breakpoint) return;
    this.#drop(breakpoint);
    this.mm.guard?.cleared(address);
  }

  /** The table of a forked copy, whose memory holds the same breakpoints, and those removed since it was made. */
  copyFor(mm: AddressSpace): BreakpointTable {
    const copy = new BreakpointTable(mm, this.#arch);
    for (const breakpoint of this.#at.values()) copy.#add(breakpoint);
    for (const removed of this.#removed.values()) if (copy.#isIntact(removed)) copy.#restore(removed);
    return copy;
  }

  /** What was read at an address, as the program would see it without breakpoints. */
  hide(address: number, bytes: Uint8Array): Uint8Array {
    let clean: Uint8Array | undefined;
    const end = address + bytes.length;
    for (let page = Math.floor(address / PAGE); page * PAGE < end; page++) {
      for (const breakpoint of this.#pages.get(page) ?? []) {
        const { inserted, original } = breakpoint;
        for (let i = 0; i < inserted.length; i++) {
          const at = breakpoint.address + i;
          if (at < address || at >= end) continue;
          clean ??= bytes.slice();
          clean[at - address] = original[i] ?? 0;
        }
      }
    }
    return clean ?? bytes;
  }

  /** What the program wrote over, or mapped there without our knowing, is not ours any more. */
  #isIntact({ address, inserted }: Breakpoint): boolean {
    const now = this.mm.read(address, inserted.length);
    return !("kind" in now) && now.every((byte, i) => byte === inserted[i]);
  }

  #restore({ address, original, inserted }: Breakpoint): void {
    this.mm.write(address, original.subarray(0, inserted.length));
  }

  #add(breakpoint: Breakpoint): void {
    this.#removed.delete(breakpoint.address);
    this.#at.set(breakpoint.address, breakpoint);
    for (const page of pagesOf(breakpoint)) {
      const there = this.#pages.get(page);
      if (there) there.push(breakpoint);
      else this.#pages.set(page, [breakpoint]);
    }
  }

  #drop(breakpoint: Breakpoint): void {
    this.#at.delete(breakpoint.address);
    for (const page of pagesOf(breakpoint)) {
      const rest = this.#pages.get(page)?.filter((other) => other !== breakpoint) ?? [];
      if (rest.length > 0) this.#pages.set(page, rest);
      else this.#pages.delete(page);
    }
  }

  /** As many bytes of the instruction as its mapping holds. */
  #readCode(address: number): Uint8Array | undefined {
    for (let size = this.#arch.maxInstruction; size > 0; size--) {
      const code = this.mm.read(address, size);
      if (!("kind" in code)) return this.hide(address, code);
    }
    return undefined;
  }
}

function pagesOf({ address, inserted }: Breakpoint): ReadonlySet<number> {
  return new Set([Math.floor(address / PAGE), Math.floor((address + inserted.length - 1) / PAGE)]);
}
