/**
 * How `planStep` gets past instructions where running samples on the processor cannot tell: what only other threads, the
 * kernel or a missing page would notice. Encodings are those of `as` (AT&T syntax beside them).
 */
import { describe, expect, test } from "vitest";
import type { OutOfLine, Registers, StepPlan, UserWords } from "../../target/arch.ts";
import { planStep } from "../../target/x86/plan.ts";
import { DWARF } from "../../target/x86/registers.ts";

const ADDRESS = 0x401000;

function planOf(hex: string): StepPlan {
  return planStep(
    Uint8Array.from(hex.split(" "), (byte) => Number.parseInt(byte, 16)),
    ADDRESS,
  );
}

function copyOf(hex: string): OutOfLine {
  const plan = planOf(hex);
  const copy = plan.kind === "emulate" ? plan.otherwise : plan;
  return copy?.kind === "out-of-line" ? copy : expect.unreachable(hex);
}

/** Registers and a stack in which every word is writable, but for those below `bottom`. */
class Machine implements Registers {
  pc = 0;
  bottom = 0;
  readonly registers = new Map<number, bigint>([[DWARF.RSP, 0x8000n]]);
  readonly stack = new Map<number, bigint>();
  readonly words: UserWords = {
    read: (address) => (address < this.bottom ? undefined : (this.stack.get(address) ?? 0n)),
    write: (address, _size, value) => {
      if (address < this.bottom) return false;
      this.stack.set(address, value);
      return true;
    },
  };

  readRegister(dwarf: number): bigint {
    return this.registers.get(dwarf) ?? 0n;
  }

  writeRegister(dwarf: number, value: bigint): void {
    this.registers.set(dwarf, value);
  }
}

describe("plans for x86-64", () => {
  // biome-ignore format: table
  test.each([
    ["48 89 45 f8", "emulate"],        // mov %rax,-8(%rbp)
    ["8b 44 24 08", "emulate"],        // mov 8(%rsp),%eax
    ["48 89 07", "out-of-line"],       // mov %rax,(%rdi): other threads may see half of it
    ["8b 06", "out-of-line"],          // mov (%rsi),%eax
    ["49 89 45 f8", "out-of-line"],    // mov %rax,-8(%r13)
    ["01 d8", "emulate"],              // add %ebx,%eax
    ["f0 01 d8", "out-of-line"],       // lock add %ebx,%eax: SIGILL
    ["f0 01 07", "out-of-line"],       // lock add %eax,(%rdi)
    ["f0 90", "out-of-line"],          // lock nop: SIGILL
  ])("%s: %s", (code, kind) => {
    expect(planOf(code).kind).toBe(kind);
  });

  test("a system call leaves the address after itself in rcx, wherever it ran", () => {
    const { copy, finish } = copyOf("0f 05");
    const machine = new Machine();
    machine.writeRegister(DWARF.RCX, 0x7777n);
    expect([...copy]).toEqual([0x0f, 0x05]);
    expect(finish?.(machine, machine.words)).toBe(true);
    expect(machine.readRegister(DWARF.RCX)).toBe(BigInt(ADDRESS + 2));
  });

  // What takes the place of rip is none of the instruction's operands.
  // biome-ignore format: table
  test.each([
    ["48 8b 05 10 00 00 00", "mov 0x10(%rip),%rax", [DWARF.RAX]],
    ["48 8b 35 10 00 00 00", "mov 0x10(%rip),%rsi", [DWARF.RSI]],
    ["c4 e2 c8 f2 05 10 00 00 00", "andn 0x10(%rip),%rsi,%rax", [DWARF.RSI, DWARF.RAX]],
    ["c4 e2 c8 f2 3d 10 00 00 00", "andn 0x10(%rip),%rsi,%rdi", [DWARF.RSI, DWARF.RDI]],
    ["c4 e2 c0 f2 35 10 00 00 00", "andn 0x10(%rip),%rdi,%rsi", [DWARF.RSI, DWARF.RDI]],
  ])("%s: %s", (code, _text, operands) => {
    const { scratch } = copyOf(code);
    expect(scratch?.value).toBe(BigInt(ADDRESS + code.split(" ").length));
    expect(operands).not.toContain(scratch?.register);
  });

  test.each([
    ["e8 10 00 00 00", "call", ADDRESS + 5, ADDRESS + 5 + 0x10],
    ["ff d0", "call *%rax", ADDRESS + 2, 0x500000],
  ])("%s: where the stack is not there yet, a push asks for it, and then it is called", (code, _text, next, to) => {
    const plan = planOf(code);
    if (plan.kind !== "emulate") return expect.unreachable("calls are emulated");
    const machine = new Machine();
    machine.writeRegister(DWARF.RAX, 0x500000n);
    machine.bottom = 0x8000;
    expect(plan.run(machine, machine.words)).toBe(false);
    expect(machine.readRegister(DWARF.RSP)).toBe(0x8000n);
    const { copy, finish } = copyOf(code);
    // push %rax
    expect([...copy]).toEqual([0x50]);
    machine.bottom = 0;
    machine.writeRegister(DWARF.RSP, 0x8000n - 8n);
    expect(finish?.(machine, machine.words)).toBe(true);
    expect([machine.pc, machine.readRegister(DWARF.RSP)]).toEqual([to, 0x8000n - 8n]);
    expect(machine.stack.get(0x8000 - 8)).toBe(BigInt(next));
  });

  test("a call through memory asks with a push of that memory", () => {
    // call *8(%rdi): FF /2; push 8(%rdi): FF /6.
    expect([...copyOf("ff 57 08").copy]).toEqual([0xff, 0x77, 0x08]);
  });
});
