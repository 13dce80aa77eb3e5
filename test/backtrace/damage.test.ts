/**
 * Damaged call frame information: whatever the bytes are, a backtrace ends, soon, without an exception, and begins with
 * where the task is.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "../../base/limits.ts";
import { parseElf } from "../../debuginfo/elf.ts";
import { unwindStep } from "../../debuginfo/unwind.ts";
import { findUnwindMachine } from "../../debuginfo/unwind-machine.ts";
import { fixtures } from "./model.ts";
import { mappingOf, openSnapshots } from "./snapshots.ts";

const STACK = 0x7fff_0000;
const program = readFileSync(join(fixtures, "frames-x86-O0"));
const parsed = parseElf(program);
if (parsed.kind !== "elf") throw new Error(parsed.message);
const elf = parsed;

/** Where damage is done: the sections that a backtrace reads, and the tables that lead to them. */
const stretches = [".eh_frame", ".eh_frame_hdr", ".symtab", ".strtab", ".shstrtab"].flatMap((name) => {
  const section = elf.findSection(name);
  return section ? [{ from: section.offset, size: section.size }] : [];
});
stretches.push({ from: 0, size: 64 + 56 * elf.programHeaders.length });

const damage = fc.array(
  fc.record({ where: fc.nat(), at: fc.nat(), value: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xff)) }),
  { minLength: 1, maxLength: 12 },
);
const text = elf.findSection(".text") ?? { address: 0, size: 1 };
/** Words that a stack is made of: addresses of code and of the stack, and anything. */
const word = fc.oneof(
  fc.nat(text.size).map((n) => BigInt(text.address + n)),
  fc.nat(0x4000).map((n) => BigInt(STACK + n)),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);

function walk(bytes: Uint8Array, pc: bigint, words: readonly bigint[]): readonly { readonly pc: bigint }[] {
  const { backtraces, taskOf } = openSnapshots("x86_64", new Map([["/prog", bytes]]));
  const registers = Array.from({ length: 17 }, (_, i) => words[i % words.length] ?? 0n);
  registers[7] = BigInt(STACK + 0x100);
  const memory = new Uint8Array(0x4000);
  const view = new DataView(memory.buffer);
  for (let at = 0; at < memory.length; at += 8) view.setBigUint64(at, words[(at / 8) % words.length] ?? 0n, true);
  const task = taskOf({
    arch: "x86_64",
    registers,
    mappings: [mappingOf("/prog", 0x400000, 0x410000, 0, true)],
    read: (at, size) =>
      at >= STACK && at + size <= STACK + memory.length ? memory.subarray(at - STACK, at - STACK + size) : undefined,
  });
  const frames = backtraces.walk(task, pc, 200);
  for (const frame of frames) {
    backtraces.nameOf(task, frame.pc, true);
    backtraces.placeOf(task, frame.pc, true);
  }
  return frames;
}

test("bytes changed", () => {
  fc.assert(
    fc.property(
      damage,
      fc.nat(text.size),
      fc.array(word, { minLength: 1, maxLength: 24 }),
      (changes, offset, words) => {
        const bytes = new Uint8Array(program);
        for (const { where, at, value } of changes) {
          const { from, size } = stretches[where % stretches.length]!;
          bytes[from + (at % size)] = value;
        }
        const pc = BigInt(text.address + offset);
        const frames = walk(bytes, pc, words);
        expect(frames[0]?.pc).toBe(pc);
        expect(frames.length).toBeLessThanOrEqual(200);
      },
    ),
    { numRuns: 400 },
  );
});

test("cut off at every byte of the tables", () => {
  for (const { from, size } of stretches) {
    for (let end = from; end < from + size; end += 7) {
      expect(
        walk(program.subarray(0, end), BigInt(text.address + 30), [BigInt(text.address), 8n])[0]?.pc,
      ).toBeDefined();
    }
  }
});

test("a stack that leads back into itself", () => {
  // Every word of the stack is one address of code whose frame is found by the frame pointer.
  const frames = walk(new Uint8Array(0), 0x401100n, [BigInt(STACK + 0x100), 0x401100n]);
  expect(frames.length).toBeLessThanOrEqual(200);
  const again = walk(program, BigInt(text.address + 60), [BigInt(text.address + 60)]);
  expect(again.length).toBeLessThanOrEqual(200);
});

test("an expression that never ends, or wants what nobody knows", () => {
  const machine = findUnwindMachine("x86_64")!;
  const memory = { word: () => 1n, bytes: () => new Uint8Array(8) };
  const registers = Array.from({ length: 16 }, () => 8n);
  const row = (expression: string) => ({
    cfa: { kind: "expression" as const, expression },
    rules: new Map([[16, { kind: "offset" as const, offset: -8 }]]),
    returnAddressRegister: 16,
    signalFrame: false,
  });
  // DW_OP_skip -3; DW_OP_breg31 0; DW_OP_deref on nothing; a register far beyond those there are.
  for (const expression of ["2ffdff", "8f00", "06", "92ffff7f00"]) {
    expect(unwindStep(registers, row(expression), machine, memory, 0n)).toBeUndefined();
  }
  // DW_OP_breg7 8 is fine.
  expect(unwindStep(registers, row("7708"), machine, memory, 0n)?.pc).toBe(1n);
  const far = { ...row("7708"), rules: new Map([[limits.maxUnwindRegisters + 5, { kind: "same-value" as const }]]) };
  expect(unwindStep(registers, far, machine, memory, 0n)).toBeUndefined();
});
