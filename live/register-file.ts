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
  #state: "unread" | "read" | "changed" | "gone" = "unread";
  #floats: DataView | undefined;

  constructor(tid: number, machine: Machine) {
    this.#tid = tid;
    this.#machine = machine;
    this.#words = new BigUint64Array(machine.words);
  }

  /** Unsigned; 0 when the thread is gone. */
  word(index: number): bigint {
    if (this.#state === "unread") this.#read();
    return this.#words[index] ?? 0n;
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
    if (this.#state === "changed") writeRegisters(this.#tid, this.#words);
    this.#state = "unread";
    this.#floats = undefined;
  }

  #read(): void {
    this.#state = readRegisters(this.#tid, this.#words) ? "read" : "gone";
    if (this.#state === "gone") this.#words.fill(0n);
  }
}
