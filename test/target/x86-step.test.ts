/**
 * Getting past a breakpoint is the same as having none: whatever `planStep` says, emulation or a copy elsewhere,
 * leaves the registers, flags and memory that the processor of this machine leaves when it runs the instruction in
 * place. UTAP_STEPS=100000 tries more of each kind.
 */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { OutOfLine, Registers, UserWords } from "../../target/arch.ts";
import { x86_64 } from "../../target/arch-x86_64.ts";
import { decode, type Instruction } from "../../target/x86/decode.ts";
import { isRipRelative } from "../../target/x86/operands.ts";
import { missingOracles } from "../oracles.ts";
import {
  type Case,
  CODE,
  CODE_SIZE,
  changesOf,
  DATA,
  FLAGS,
  freshData,
  isThere,
  type Outcome,
  PAGE,
  runCases,
  SLOT,
} from "./x86-processor.ts";
import {
  aimed,
  disassemble,
  emulated,
  makeRandom,
  type Random,
  random64,
  randomValue,
  relativeTarget,
} from "./x86-samples.ts";

const RFLAGS = 49;
const SIGTRAP = 5;
const SIGSEGV = 11;
const count = Number(process.env.UTAP_STEPS ?? 300);

interface Past {
  readonly outcome: Outcome;
  readonly how: "emulate" | "out-of-line";
}

/** What utap does with each case; undefined where it refuses. */
function stepPast(cases: readonly Case[]): readonly (Past | undefined)[] {
  const results: (Past | undefined)[] = [];
  const copies: { readonly n: number; readonly given: Case; readonly plan: OutOfLine }[] = [];
  for (const [n, given] of cases.entries()) {
    const code = new Uint8Array(15).fill(0xcc);
    code.set(given.bytes);
    const plan = x86_64.planStep(code, given.address);
    if (plan.kind === "refuse") continue;
    const machine = new Machine(given);
    if (plan.kind === "emulate" && plan.run(machine, machine.words)) {
      results[n] = { outcome: machine.outcome(), how: "emulate" };
      continue;
    }
    const copied = plan.kind === "emulate" ? plan.otherwise : plan;
    if (!copied) throw new Error("emulation failed without another way");
    copies.push({ n, given, plan: copied });
  }
  const outcomes = runCases(
    copies.map(({ given, plan: { copy, scratch } }) => ({
      ...given,
      address: SLOT,
      bytes: copy,
      registers: given.registers.map((value, i) => (i === scratch?.register ? scratch.value : value)),
    })),
  );
  for (const [k, { n, given, plan }] of copies.entries()) {
    const there = outcomes[k]!;
    const end = BigInt(SLOT + plan.copy.length);
    const isAtEnd = there.pc === end;
    const pc =
      there.pc === BigInt(SLOT)
        ? BigInt(given.address)
        : isAtEnd
          ? BigInt(given.address + given.bytes.length)
          : there.pc;
    const registers = there.registers.map((value, i) =>
      i === plan.scratch?.register ? (given.registers[i] ?? 0n) : value,
    );
    const machine = new Machine({ ...given, registers });
    // What then cannot be done runs in place, without the breakpoint.
    if (isAtEnd && plan.finish && !plan.finish(machine, machine.words)) continue;
    expect(plan.finish && isAtEnd).toBeFalsy();
    results[n] = { outcome: { ...there, pc, registers }, how: "out-of-line" };
  }
  return results;
}

/** A task with the registers of a case, in the memory that cases run in. */
class Machine implements Registers {
  pc: number;
  readonly #given: Case;
  readonly #registers: bigint[];
  readonly #data = freshData();
  #rflags: bigint;

  constructor(given: Case) {
    this.#given = given;
    this.pc = given.address + 1;
    this.#registers = [...given.registers];
    this.#rflags = given.rflags;
  }

  readRegister(dwarf: number): bigint {
    return dwarf === RFLAGS ? this.#rflags : (this.#registers[dwarf] ?? expect.unreachable(`register ${dwarf}`));
  }

  writeRegister(dwarf: number, value: bigint): void {
    expect(value).toBe(BigInt.asUintN(64, value));
    if (dwarf === RFLAGS) this.#rflags = value;
    else this.#registers[dwarf] = value;
  }

  readonly words: UserWords = {
    read: (address, size) => {
      const bytes = this.#bytes(address, size);
      return bytes?.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
    },
    write: (address, size, value) => {
      if (!this.#bytes(address, size)) return false;
      for (let i = 0; i < size; i++)
        if (address >= DATA) this.#data[address - DATA + i] = Number((value >> BigInt(8 * i)) & 255n);
      return true;
    },
  };

  outcome(): Outcome {
    return {
      signal: SIGTRAP,
      pc: BigInt(this.pc),
      registers: this.#registers,
      rflags: this.#rflags & FLAGS,
      vectors: untouched,
      data: changesOf(this.#data),
    };
  }

  #bytes(address: number, size: number): number[] | undefined {
    const inData = address >= DATA && address + size <= DATA + PAGE;
    if (!inData && !(address >= CODE && address + size <= CODE + CODE_SIZE)) return undefined;
    return Array.from({ length: size }, (_, i) => {
      if (inData) return this.#data[address + i - DATA] ?? 0;
      return this.#given.bytes[address + i - this.#given.address] ?? 0xcc;
    });
  }
}

/** The vector registers that every case starts with. */
const untouched = Buffer.from(Array.from({ length: 256 }, (_, i) => (i * 11) & 255)).toString("hex");

/** A jump out of the code faults where it goes to: the instruction itself has ended. */
function ended(outcome: Outcome, { address }: Case): Outcome {
  const left = outcome.signal === SIGSEGV && outcome.pc !== BigInt(address);
  return left ? { ...outcome, signal: SIGTRAP } : outcome;
}

function makeCase(bytes: Uint8Array, address: number, random: Random): Case {
  const registers = Array.from({ length: 16 }, () => randomValue(random));
  // A stack that is there, mostly.
  if (random(8) > 0) registers[7] = BigInt(DATA + 1024 + 8 * random(256));
  if (random(2) > 0) registers[6] = BigInt(DATA + 1024 + 8 * random(256));
  return { address, bytes, registers, rflags: (random64(random) & FLAGS & ~0x400n) | 0x202n };
}

/** Where it jumps or writes is not the instruction itself. */
function isUsable({ address, bytes }: Case): boolean {
  const target = relativeTarget(bytes, address);
  return target === undefined || target < address || target >= address + bytes.length;
}

function compare(cases: readonly Case[]): {
  readonly emulated: number;
  readonly copied: number;
  readonly notTried: number;
} {
  const past = stepPast(cases);
  const inPlace = runCases(cases);
  const counts = { emulated: 0, copied: 0, notTried: 0 };
  for (const [n, given] of cases.entries()) {
    const found = past[n];
    if (!found) counts.notTried++;
    else {
      if (found.how === "emulate") counts.emulated++;
      else counts.copied++;
      const expected = ended(inPlace[n]!, given);
      const actual = ended(found.outcome, given);
      // Into the instruction itself: what comes next is not its work.
      if (expected.pc > BigInt(given.address) && expected.pc < BigInt(given.address + given.bytes.length)) continue;
      expect(
        actual,
        `${Buffer.from(given.bytes).toString("hex")} at ${given.address.toString(16)}, registers ${given.registers.map((r) => r.toString(16))}`,
      ).toEqual(expected);
    }
  }
  return counts;
}

const address = (random: Random): number => CODE + PAGE + 16 + random(PAGE - 64);

describe.skipIf(!isThere)("past a breakpoint on x86-64", () => {
  for (const [name, make] of Object.entries(emulated)) {
    test(name, () => {
      const random = makeRandom(name.length + name.charCodeAt(0));
      const cases = Array.from({ length: count }, () =>
        makeCase(Uint8Array.from(make(random)), address(random), random),
      );
      const counts = compare(cases.filter(isUsable));
      // "lea" of a register is no instruction; adc and sbb run out of line; others fault now and then.
      expect(counts.emulated).toBeGreaterThan(count / 6);
      // A call to where no program can be faults in its own place.
      expect(counts.notTried).toBeLessThan(name === "call indirect" ? count / 3 : 1);
    });
  }

  // libcrypto has tables between its functions, which look like instructions of the first two maps.
  for (const [library, fewestForms, maps] of [
    ["libc.so.6", 700, [0, 1, 2, 3]],
    ["libcrypto.so.3", 80, [2, 3]],
  ] as const) {
    const path = `/usr/lib/x86_64-linux-gnu/${library}`;
    const missing = missingOracles("objdump");
    test.skipIf(missing.length > 0 || !existsSync(path))(`the instructions of ${library}, of every form`, () => {
      const random = makeRandom(7);
      const forms = new Map<string, number>();
      const cases: Case[] = [];
      for (const { bytes, text } of disassemble(path)) {
        const i = decode(bytes);
        if (!i || isUnfit(bytes, text) || !(maps as readonly number[]).includes(i.map)) continue;
        const form = formOf(i);
        const seen = forms.get(form) ?? 0;
        forms.set(form, seen + 1);
        if (seen >= count / 100) continue;
        const at = address(random);
        cases.push(makeCase(aimed(bytes, at, random), at, random));
      }
      const counts = compare(cases.filter(isUsable));
      expect(forms.size).toBeGreaterThan(fewestForms);
      expect(counts.copied).toBeGreaterThan(2 * fewestForms);
    });
  }
});

/** What instructions have in common that are encoded alike. */
function formOf(i: Instruction): string {
  const operand = i.modrm < 0 ? "" : `${i.modrm >> 6} ${isRipRelative(i)}`;
  return [i.encoding, i.map, i.opcode, i.prefixes, i.rex & 8, operand].join(" ");
}

/** System calls, what changes more than a case sets up again, and what gives another answer each time. */
function isUnfit(bytes: Uint8Array, text: string): boolean {
  return (
    /^(rep\S* )?(syscall|sysenter|int|hlt|cpuid|rdtsc|rdtscp|rdpid|rdrand|rdseed|rdpkru|wrpkru|xgetbv|x?rstor|xsave|fx?rstor|popf|std|xbegin|xtest|wrfsbase|wrgsbase|wrss|incssp|rdssp|fldenv|fldcw|ldmxcsr|vldmxcsr|f[a-z]+|iret|lret|ljmp|lcall|in|out|mov.*%[cdefgs]s)\b/.test(
      text,
    ) ||
    /^(xsave|xrstor|fxrstor|fnstenv|fxsave)/.test(text) ||
    /%[fg]s:/.test(text) ||
    bytes.length > 15
  );
}
