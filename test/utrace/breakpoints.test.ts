/** The bytes of breakpoints in memory that programs change too, and that is copied by fork. Addresses are made up. */
import { beforeEach, expect, test } from "vitest";
import { BreakpointTable } from "../../runtime/uprobes/breakpoints.ts";
import { x86_64 } from "../../target/arch-x86_64.ts";
import type { AddressSpace } from "../../target/target.ts";

const CODE = 0x401000;
const PUSH = 0x55;
const NOP = 0x90;
const INT3 = 0xcc;

class Memory implements AddressSpace {
  readonly id = 1;
  readonly #bytes: Map<number, number>;

  constructor(bytes = new Map<number, number>()) {
    this.#bytes = bytes;
  }

  read(address: number, size: number): Uint8Array {
    return Uint8Array.from({ length: size }, (_, i) => this.#bytes.get(address + i) ?? NOP);
  }

  write(address: number, data: Uint8Array): true {
    for (const [i, byte] of data.entries()) this.#bytes.set(address + i, byte);
    return true;
  }

  mappings = () => [];
  scratchPage = () => 0;

  at(address: number): number | undefined {
    return this.read(address, 1)[0];
  }

  fork(): Memory {
    return new Memory(new Map(this.#bytes));
  }
}

let memory: Memory;
let table: BreakpointTable;

beforeEach(() => {
  memory = new Memory();
  memory.write(CODE, Uint8Array.of(PUSH));
  table = new BreakpointTable(memory, x86_64);
  expect(table.insert(CODE)).toMatchObject({ address: CODE, original: Uint8Array.of(PUSH) });
  expect(memory.at(CODE)).toBe(INT3);
});

test("taken out, the program's byte is there again", () => {
  table.remove(CODE);
  expect(memory.at(CODE)).toBe(PUSH);
  expect(table.find(CODE)).toBeUndefined();
});

test("what the program has written over it stays when it is taken out", () => {
  memory.write(CODE, Uint8Array.of(0xc3));
  table.remove(CODE);
  expect(memory.at(CODE)).toBe(0xc3);
});

test("put in again where the program has written over it, it covers what is there now", () => {
  memory.write(CODE, Uint8Array.of(0xc3));
  expect(table.insert(CODE)).toMatchObject({ original: Uint8Array.of(0xc3) });
  expect(memory.at(CODE)).toBe(INT3);
  table.remove(CODE);
  expect(memory.at(CODE)).toBe(0xc3);
});

test("put in twice it is one", () => {
  expect(table.insert(CODE)).toBe(table.find(CODE));
  table.remove(CODE);
  expect(memory.at(CODE)).toBe(PUSH);
});

test("a trap of the program's own is not covered", () => {
  memory.write(CODE + 8, Uint8Array.of(INT3));
  expect(table.insert(CODE + 8)).toMatch(/trap of the program's own/);
  expect(table.find(CODE + 8)).toBeUndefined();
});

test("memory that is gone is not written", () => {
  memory.write(CODE, Uint8Array.of(INT3));
  table.forget(CODE);
  table.removeAll();
  expect(memory.at(CODE)).toBe(INT3);
});

test("what is read shows none, wherever the read begins and ends", () => {
  table.insert(CODE + 4095);
  const bytes = memory.read(CODE - 1, 4098);
  expect([bytes[1], bytes[4096]]).toEqual([INT3, INT3]);
  const clean = table.hide(CODE - 1, bytes);
  expect([clean[0], clean[1], clean[2], clean[4096], clean[4097]]).toEqual([NOP, PUSH, NOP, NOP, NOP]);
  // The bytes that were read are somebody else's.
  expect(bytes[1]).toBe(INT3);
  expect([...table.hide(CODE + 1, memory.read(CODE + 1, 4))]).toEqual([NOP, NOP, NOP, NOP]);
});

test("a forked copy has its own", () => {
  const forked = memory.fork();
  const copy = table.copyFor(forked);
  copy.remove(CODE);
  expect([memory.at(CODE), forked.at(CODE)]).toEqual([INT3, PUSH]);
  expect([table.find(CODE) === undefined, copy.find(CODE) === undefined]).toEqual([false, true]);
});

test("a copy that was forked before one was taken out loses it too, but not what the program has put there", () => {
  const [forked, changed] = [memory.fork(), memory.fork()];
  changed.write(CODE, Uint8Array.of(0xc3));
  table.remove(CODE);
  expect(table.copyFor(forked).find(CODE)).toBeUndefined();
  table.copyFor(changed);
  expect([forked.at(CODE), changed.at(CODE)]).toEqual([PUSH, 0xc3]);
});
