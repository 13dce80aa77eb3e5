/**
 * Tells when the dynamic linker has loaded or unloaded libraries, so that no system call has to stop for that.
 *
 * One for each address space where somebody wants to know of mappings and nothing else stops system calls: attached
 * programs, launched ones without a filter. The linker calls an empty function for debuggers when its work is done
 * (`dynamic-linker.ts`); there we put a breakpoint that nobody sees: what reads the program's memory gets the original
 * byte, and others may put theirs on top of it (`LiveAddressSpace` asks `seen` and `write` here). A program without a
 * dynamic linker loads no libraries. What maps files by other means is noticed with the next library.
 */
import type { Arch, StepPlan, UserWords } from "../target/arch.ts";
import type { AddressSpace } from "../target/target.ts";
import type { LiveAddressSpace } from "./address-space.ts";
import { findLinkerBreak } from "./dynamic-linker.ts";
import type { LiveTask } from "./task.ts";

type Emulated = Extract<StepPlan, { kind: "emulate" }>;

export class LibraryEvents {
  /** Of our breakpoint. */
  readonly address: number;
  readonly #inserted: Uint8Array;
  readonly #plan: Emulated;
  /** What everybody else sees there: the program's own bytes, or somebody else's breakpoint. */
  readonly #seen: Uint8Array;

  constructor(address: number, inserted: Uint8Array, plan: Emulated, seen: Uint8Array) {
    this.address = address;
    this.#inserted = inserted;
    this.#plan = plan;
    this.#seen = seen;
  }

  /** Of a forked copy of the memory. */
  copy(): LibraryEvents {
    return new LibraryEvents(this.address, this.#inserted, this.#plan, this.#seen.slice());
  }

  /** Puts what others see into bytes that were read. */
  hide(start: number, bytes: Uint8Array): void {
    this.#overlap(start, bytes, (i, j) => {
      if (bytes[i] === this.#inserted[j]) bytes[i] = this.#seen[j]!;
    });
  }

  /** Bytes that are to be written; the breakpoint stays where it is. */
  write(start: number, bytes: Uint8Array): Uint8Array {
    const copy = bytes.slice();
    this.#overlap(start, bytes, (i, j) => {
      this.#seen[j] = bytes[i]!;
      copy[i] = this.#inserted[j]!;
    });
    return copy;
  }

  /** A task has met the breakpoint: true when that was all, and it stands behind the instruction. */
  pass(task: LiveTask): boolean {
    if (this.#seen.every((byte, i) => byte === this.#inserted[i])) return false;
    task.pc = this.address;
    if (!this.#plan.run(task, wordsOf(task.mm))) task.mm.leaveLibraries();
    return true;
  }

  get original(): Uint8Array {
    return this.#seen;
  }

  #overlap(start: number, bytes: Uint8Array, visit: (i: number, j: number) => void): void {
    const from = this.address - start;
    if (from >= bytes.length || from + this.#inserted.length <= 0) return;
    for (let j = 0; j < this.#inserted.length; j++) if (from + j >= 0 && from + j < bytes.length) visit(from + j, j);
  }
}

/** The breakpoint, ready to be written; "none" when none is needed, undefined when system calls have to stop instead. */
export function planLibraryEvents(mm: LiveAddressSpace, arch: Arch): LibraryEvents | "none" | undefined {
  const address = findLinkerBreak(mm);
  if (typeof address !== "number") return address;
  const code = mm.read(address, arch.maxInstruction);
  if ("kind" in code) return undefined;
  const plan = arch.planStep(code, address);
  if (plan.kind !== "emulate") return undefined;
  const inserted = arch.breakpoint(arch.instructionLength(code));
  return new LibraryEvents(address, inserted, plan, code.slice(0, inserted.length));
}

function wordsOf(mm: AddressSpace): UserWords {
  return {
    read(address, size) {
      const bytes = mm.read(address, size);
      return "kind" in bytes ? undefined : bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
    },
    write(address, size, value) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
      return mm.write(address, bytes) === true;
    },
  };
}
