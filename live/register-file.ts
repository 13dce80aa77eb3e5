/**
 * The registers of one stopped thread: read from the kernel when first asked for, written back before it goes on.
 *
 * General registers as 64-bit words (`machines/machine.ts`), floating-point ones read only.
 */
import type { Machine } from "./machines/machine.ts";
import { readFloatRegisters, readRegisters, writeRegisters } from "./ptrace/ptrace.ts";

export class RegisterFile {
  readonly #tid: number;
  readonly #machine: Machine;
  readonly #words: BigUint64Array;
  /** The same, in halves; the low one comes first. */
  readonly #halves: Uint32Array;
  #state: "unread" | "read" | "changed" | "gone" = "unread";
  #floats: DataView | undefined;

  constructor(tid: number, machine: Machine) {
    this.#tid = tid;
    this.#machine = machine;
    this.#words = new BigUint64Array(machine.words);
    this.#halves = new Uint32Array(this.#words.buffer);
  }

  /** Unsigned; 0 when the thread is gone. */
  word(index: number): bigint {
    if (this.#state === "unread") this.#read();
    return this.#words[index] ?? 0n;
  }

  /** An address: the low 53 bits of a word. */
  address(index: number): number {
    if (this.#state === "unread") this.#read();
    return (this.#halves[2 * index] ?? 0) + ((this.#halves[2 * index + 1] ?? 0) & 0x1fffff) * 2 ** 32;
  }

  setAddress(index: number, value: number): void {
    if (this.#state === "unread") this.#read();
    if (this.#state === "gone") return;
    this.#halves[2 * index] = value % 2 ** 32;
    this.#halves[2 * index + 1] = Math.floor(value / 2 ** 32);
    this.#state = "changed";
  }

  setWord(index: number, value: bigint): void {
    if (this.#state === "unread") this.#read();
    if (this.#state === "gone") return;
    this.#words[index] = BigInt.asUintN(64, value);
    this.#state = "changed";
  }

  /** By DWARF number; registers that cannot be had are 0. */
  read(dwarf: number): bigint {
    const word = this.#machine.wordOf(dwarf);
    if (word !== undefined) return this.word(word);
    const at = this.#machine.floatOffsetOf(dwarf);
    if (at === undefined) return 0n;
    this.#floats ??= readFloatRegisters(this.#tid, this.#machine.floatBytes);
    return this.#floats?.getBigUint64(at, true) ?? 0n;
  }

  write(dwarf: number, value: bigint): void {
    const word = this.#machine.wordOf(dwarf);
    if (word !== undefined) this.setWord(word, value);
  }

  /** A copy of all words. */
  save(): BigUint64Array {
    if (this.#state === "unread") this.#read();
    return this.#words.slice();
  }

  restore(words: BigUint64Array): void {
    this.#words.set(words);
    if (this.#state !== "gone") this.#state = "changed";
  }

  /** Before the thread runs: what was changed goes to the kernel, and what was read is no longer true. */
  flush(): void {
    if (this.#state === "changed") writeRegisters(this.#tid, this.#halves);
    this.#state = "unread";
    this.#floats = undefined;
  }

  #read(): void {
    this.#state = readRegisters(this.#tid, this.#halves) ? "read" : "gone";
    if (this.#state === "gone") this.#words.fill(0n);
  }
}
