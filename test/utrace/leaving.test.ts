/**
 * A task is left where the program would be, wherever it stands: in the copy of an instruction, before it and behind it,
 * and on its way from a function whose return address was replaced. Interruptions come between any two instructions,
 * so each place is put together here, for x86-64; the processes of test/live/ meet them as it happens.
 */
import { describe, expect, test } from "vitest";
import type { Breakpoint } from "../../runtime/uprobes/breakpoints.ts";
import { restoreReturnAddresses } from "../../runtime/uprobes/restore.ts";
import { ProbedSpace } from "../../runtime/uprobes/space.ts";
import { Stepping } from "../../runtime/uprobes/stepping.ts";
import { x86_64 } from "../../target/arch-x86_64.ts";
import type { AddressSpace, Task } from "../../target/target.ts";
import { DWARF } from "../../target/x86/registers.ts";

const PAGE = 0x10000;
const TRAMPOLINE = PAGE;
const CODE = 0x401000;
const STACK = 0x7000;
/** mov 0x10(%rip),%rax: 7 bytes, and its copy borrows a register. */
const instruction = Uint8Array.of(0x48, 0x8b, 0x05, 0x10, 0, 0, 0);
const NEXT = CODE + instruction.length;

/** Memory that holds whatever was written, and zeros. */
function makeMemory(): AddressSpace {
  const bytes = new Map<number, number>();
  return {
    id: 1,
    read: (address, size) => Uint8Array.from({ length: size }, (_, i) => bytes.get(address + i) ?? 0),
    write: (address, data) => {
      for (const [i, byte] of data.entries()) bytes.set(address + i, byte);
      return true;
    },
    mappings: () => [],
    scratchPage: () => PAGE,
  };
}

function makeTask(mm = makeMemory()): Task {
  const registers = new Map<number, bigint>([[DWARF.RSP, BigInt(STACK)]]);
  const task: Pick<Task, "pc" | "mm" | "readRegister" | "writeRegister"> = {
    pc: 0,
    mm,
    readRegister: (dwarf) => registers.get(dwarf) ?? 0n,
    writeRegister: (dwarf, value) => void registers.set(dwarf, value),
  };
  return task as Task;
}

describe("the copy of an instruction", () => {
  /** A task that has just been sent into its slot. */
  function enter() {
    const task = makeTask();
    const space = new ProbedSpace(task.mm, x86_64);
    const stepping = new Stepping(x86_64, () => expect.unreachable("nothing is given up"));
    task.mm.write(CODE, instruction);
    const breakpoint = space.breakpoints.insert(CODE);
    if (typeof breakpoint === "string") return expect.unreachable(breakpoint);
    const { plan }: Breakpoint = breakpoint;
    if (plan.kind !== "out-of-line" || !plan.scratch) return expect.unreachable("it borrows a register");
    const { register } = plan.scratch;
    task.writeRegister(register, 0x1234n);
    task.pc = CODE;
    stepping.stepPast(task, space, breakpoint);
    expect(task.readRegister(register)).toBe(BigInt(NEXT));
    return { task, space, stepping, breakpoint, register, slot: task.pc };
  }

  test.each([
    ["has not run", 0, CODE],
    ["has run", instruction.length, NEXT],
    ["has run, and its trap is due", instruction.length + 1, NEXT + 1],
  ])("that %s", (_, offset, pc) => {
    const { task, stepping, register, slot } = enter();
    task.pc = slot + offset;
    stepping.leave(task);
    expect(task.pc).toBe(pc);
    expect(task.readRegister(register)).toBe(0x1234n);
    // Its probes have fired already, if it comes back to it.
    expect(stepping.comesBack(task, CODE)).toBe(pc === CODE);
    expect(stepping.comesBack(task, CODE)).toBe(false);
  });

  test("that the task is no longer in: it stays where it is", () => {
    const { task, stepping } = enter();
    task.pc = 0x500000;
    stepping.leave(task);
    expect(task.pc).toBe(0x500000);
    expect(stepping.ended(task, "breakpoint", 0x500000)).toBe(false);
  });

  test("a child that is made in it goes on behind it", () => {
    const { task, stepping, slot } = enter();
    const child = makeTask();
    child.pc = slot + instruction.length;
    stepping.follow(task, child);
    expect(child.pc).toBe(NEXT);
  });

  test("is free again for others afterwards", () => {
    const { task, space, stepping, breakpoint, slot } = enter();
    for (let i = 0; i < 1000; i++) {
      task.pc = slot + instruction.length;
      stepping.leave(task);
      stepping.stepPast(task, space, breakpoint);
      expect(task.pc).toBe(slot);
    }
  });
});

describe("return addresses that were replaced", () => {
  const inner = { sp: STACK + 0x40, address: 0x401111 };
  const outer = { sp: STACK + 0x80, address: 0x402222 };

  function word(task: Task, at: number): bigint {
    const bytes = task.mm.read(at, 8);
    return "kind" in bytes ? -1n : new DataView(bytes.buffer).getBigUint64(0, true);
  }

  function write(task: Task, at: number, value: number): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
    task.mm.write(at, bytes);
  }

  function restored(prepare: (task: Task) => void): Task {
    const task = makeTask();
    for (const { sp } of [inner, outer]) write(task, sp, TRAMPOLINE);
    task.pc = CODE;
    prepare(task);
    restoreReturnAddresses(task, x86_64, TRAMPOLINE, [inner, outer]);
    return task;
  }

  test("on the stack are the program's own again", () => {
    const task = restored(() => {});
    expect([word(task, inner.sp), word(task, outer.sp)]).toEqual([BigInt(inner.address), BigInt(outer.address)]);
    expect(task.pc).toBe(CODE);
  });

  test("what the program has put there meanwhile stays", () => {
    const task = restored((task) => write(task, inner.sp, 0x777));
    expect([word(task, inner.sp), word(task, outer.sp)]).toEqual([0x777n, BigInt(outer.address)]);
  });

  // After a return the stack pointer is behind the slot: 8 more than at the entry.
  test.each([
    ["it has just returned", TRAMPOLINE, inner.address],
    ["the trap there is due", TRAMPOLINE + 1, inner.address + 1],
  ])("%s", (_, pc, expected) => {
    const task = restored((task) => {
      task.pc = pc;
      task.writeRegister(DWARF.RSP, BigInt(inner.sp + 8));
    });
    expect(task.pc).toBe(expected);
  });

  test("the outer one has returned, the inner one was left by longjmp", () => {
    const task = restored((task) => {
      task.pc = TRAMPOLINE;
      task.writeRegister(DWARF.RSP, BigInt(outer.sp + 8));
    });
    expect(task.pc).toBe(outer.address);
  });

  test("in registers: a function that takes its own off the stack for a while", () => {
    const task = restored((task) => {
      task.writeRegister(DWARF.RCX, BigInt(TRAMPOLINE));
      task.writeRegister(DWARF.RDX, BigInt(TRAMPOLINE + 1));
      task.writeRegister(DWARF.RSP, BigInt(inner.sp + 8));
    });
    expect(task.readRegister(DWARF.RCX)).toBe(BigInt(inner.address));
    expect(task.readRegister(DWARF.RDX)).toBe(BigInt(TRAMPOLINE + 1));
  });
});
