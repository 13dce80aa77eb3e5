/**
 * The functions of a scripted program and their slots, which are their addresses (`image.ts`).
 *
 * Slot 0 is main, then come the named ones. Others get a slot when somebody first asks for their address, and keep it: a
 * handler may be called at any time. What a child of clone runs is asked for once, so it gives its slot back as soon
 * as the child has begun; a program may fork with a new function each time, as often as it likes.
 */
import { MAX_SLOTS, SLOT, slotAddress } from "./image.ts";
import type { Code, ScriptedProgram } from "./program.ts";

export class CodeTable {
  /** By slot, of those that have one. */
  readonly names: readonly string[];
  readonly #byName = new Map<string, Code>();
  readonly #slots = new Map<Code, number>();
  readonly #codes: (Code | undefined)[] = [];
  readonly #once = new Set<number>();
  readonly #free: number[] = [];

  constructor({ main, functions = {} }: ScriptedProgram) {
    this.names = ["main", ...Object.keys(functions)];
    const codes = [main as unknown as Code, ...Object.values(functions)];
    if (codes.length > MAX_SLOTS / 2)
      throw new RangeError(`a JavaScript program has at most ${MAX_SLOTS / 2} named functions`);
    codes.forEach((code, slot) => {
      this.#codes[slot] = code;
      this.#byName.set(this.names[slot]!, code);
      // One function may have several names.
      if (!this.#slots.has(code)) this.#slots.set(code, slot);
    });
  }

  addressOf(code: Code | string): number {
    const named = typeof code === "string" ? this.#byName.get(code) : code;
    if (!named) throw new TypeError(`the program has no function ${code}`);
    if (typeof code === "string") return slotAddress(this.names.indexOf(code)) + SLOT.ENTRY;
    let slot = this.#slots.get(named);
    if (slot === undefined) {
      slot = this.#takeSlot(named);
      this.#slots.set(named, slot);
    }
    return slotAddress(slot) + SLOT.ENTRY;
  }

  /** The address of what a child is about to call, once. */
  reserve(code: Code): { readonly address: number; release(): void } {
    const known = this.#slots.get(code);
    if (known !== undefined) return { address: slotAddress(known) + SLOT.ENTRY, release() {} };
    const slot = this.#takeSlot(code);
    this.#once.add(slot);
    return { address: slotAddress(slot) + SLOT.ENTRY, release: () => this.#giveBack(slot) };
  }

  /** The function of a slot that is entered. */
  take(slot: number): Code | undefined {
    const code = this.#codes[slot];
    this.#giveBack(slot);
    return code;
  }

  #takeSlot(code: Code): number {
    if (typeof code !== "function")
      throw new TypeError("a function of the program is needed: function* (sys, memory) {}");
    const slot = this.#free.pop() ?? this.#codes.length;
    if (slot >= MAX_SLOTS) {
      throw new RangeError(`more than ${MAX_SLOTS} functions of one program: make handlers once, outside of loops`);
    }
    this.#codes[slot] = code;
    return slot;
  }

  #giveBack(slot: number): void {
    if (!this.#once.delete(slot)) return;
    this.#codes[slot] = undefined;
    this.#free.push(slot);
  }
}
