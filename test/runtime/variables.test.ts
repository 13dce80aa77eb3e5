/** Plans evaluated on a task whose memory holds bytes 0, 1, 2, … from address 0x1000 on, 256 of them. */
import { expect, test } from "vitest";
import type { PlanBase, PlanFetch, PlanStep } from "../../abi/plan.ts";
import { compilePlan, type ReadMemory } from "../../runtime/variables.ts";
import type { Task } from "../../target/target.ts";

const registers: { readonly [dwarf: number]: bigint } = { 10: 0x1000n, 11: 0xffff_ffff_ffff_fffen, 12: 0x3fc00000n };
const task = { readRegister: (dwarf: number) => registers[dwarf] ?? 0n } as Task;
const readMemory: ReadMemory = (_task, address, size) =>
  address >= 0x1000 && address + size <= 0x1100
    ? Uint8Array.from({ length: size }, (_, i) => address - 0x1000 + i)
    : undefined;

const register = (n: number): PlanBase => ({ kind: "registers", registers: [n] });
// DW_OP_breg10 4 (DWARF 5, 2.5.1.2): the memory at x10 + 4.
const inMemory: PlanBase = { kind: "dwarf", expression: "7a04" };
// DW_OP_addr 0x10, to which the bias of 0x1000 is added.
const link: PlanBase = { kind: "dwarf", expression: "031000000000000000" };
const cast: PlanBase = { kind: "argument", argument: 0 };
const deref: PlanStep = { kind: "deref" };
const int = (size: 1 | 2 | 4 | 8, signed = false): PlanFetch => ({ kind: "integer", size, signed });
const bits: PlanFetch = { kind: "integer", size: 2, signed: true, bits: { offset: 3, size: 6 } };

function read(base: PlanBase, steps: readonly PlanStep[], fetch: PlanFetch, ...dynamic: number[]) {
  return compilePlan({ text: "$x->y", base, steps, fetch, pointer: false }, readMemory)(task, 0x1000, dynamic);
}

// biome-ignore format: table
test.each<[string, PlanBase, PlanStep[], PlanFetch, number[], number | bigint]>([
  ["a register, signed",        register(11), [],                                            int(4, true),       [],       -2],
  ["a register, unsigned",      register(11), [],                                            int(4),             [],       0xfffffffe],
  ["memory",                    inMemory,     [],                                            int(2),             [],       0x0504],
  ["a static object",           link,         [],                                            int(1),             [],       0x10],
  ["a member of what x10 points to", register(10), [deref, { kind: "offset", bytes: 8 }],    int(1),             [],       8],
  ["an element",                register(10), [deref, { kind: "index", stride: 4, argument: 0 }], int(4),        [3],      0x0f0e0d0c],
  ["an address",                inMemory,     [],                                            { kind: "address" }, [],      0x1004],
  ["a cast",                    cast,         [deref],                                       int(1),             [0x1020], 0x20],
  ["a constant",                { kind: "constant", value: "-5" }, [],                       int(8, true),       [],       -5],
  // 0x0504 >> 3 = 0xa0, of which 6 bits are 0b100000: -32.
  ["a bit-field",               inMemory,     [],                                            bits,               [],       -32],
  // 0x3fc00000 is 1.5f; 1.5 as a double is 0x3ff8000000000000.
  ["a float",                   register(12), [],                                            { kind: "float", size: 4 }, [], 0x3ff8000000000000n],
])("%s", (_name, base, steps, fetch, dynamic, wanted) => {
  const value = read(base, steps, fetch, ...dynamic);
  expect(BigInt(value)).toBe(BigInt(wanted));
});

test("faults name the variable and the address", () => {
  expect(() => read(cast, [deref], int(4), 0x10)).toThrow("cannot read $x->y: no memory at 0x10");
  expect(() => read(register(11), [deref], int(4))).toThrow("cannot read $x->y: no memory at 0xfffffffffffffffe");
  expect(() => read(register(10), [], { kind: "address" })).toThrow("not in memory");
});
