/**
 * Code without call frame information and without symbols, that keeps a frame pointer. The truth is a list of return
 * addresses that is kept while the program is stepped through: a call adds one, a return takes one. Where a frame is in
 * place (at every call; in a leaf, behind its prologue) the stack must be the list, and must be called inexact.
 */
import { expect, test } from "vitest";
import type { Task } from "../../target/target.ts";
import { backtracesOf, openFixture, stepThrough } from "./model.ts";

const RA = 1;
const PROGRAM_END = 0x20000;

test("frames by the frame pointer", () => {
  const target = openFixture("frames-nocfi");
  const backtraces = backtracesOf(target);
  const returns: number[] = [];
  let before: { readonly kind: "call" | "return" | "ecall" | "other"; readonly at: number; readonly next: number } = {
    kind: "other",
    at: 0,
    next: 0,
  };
  const wrong: string[] = [];
  let compared = 0;
  let signalled = false;
  stepThrough(target, (task) => {
    if (before.kind === "call") returns.unshift(before.next);
    if (before.kind === "return") expect(returns.shift()).toBe(task.pc);
    const ra = Number(task.readRegister(RA));
    // A handler begins, whose return address leads to rt_sigreturn; that goes on where the program was looked at last.
    if (ra > PROGRAM_END && !signalled) {
      signalled = true;
      returns.unshift(ra, before.at);
    }
    if (before.kind === "ecall" && returns[0] === task.pc) returns.shift();
    const { code, size } = instructionAt(task);
    const kind = isCall(code) ? "call" : code === 0x8082 ? "return" : code === 0x73 ? "ecall" : "other";
    before = { kind, at: task.pc, next: task.pc + size };
    // `slliw a5,a0,1`, the first instruction of leaf that is its own.
    const inLeaf = code === 0x0015_179b;
    if ((kind !== "call" && !inLeaf) || returns.length === 0) return true;
    const frames = backtraces.walk(task, BigInt(task.pc), 64);
    const found = frames.slice(1).map(({ pc }) => Number(pc));
    compared++;
    if (found.join() !== returns.join()) wrong.push(`${hex([task.pc])}: ${hex(returns)}, ours ${hex(found)}`);
    if (!frames.slice(1).some(({ inexact }) => inexact)) wrong.push(`${hex([task.pc])} is exact`);
    return true;
  });
  expect(wrong).toEqual([]);
  expect(compared).toBeGreaterThan(20);
});

function instructionAt(task: Task): { readonly code: number; readonly size: number } {
  const bytes = task.mm.read(task.pc, 4);
  const word = bytes instanceof Uint8Array ? new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) : 0;
  return (word & 3) === 3 ? { code: word, size: 4 } : { code: word & 0xffff, size: 2 };
}

/** jal and jalr with ra, c.jalr. */
function isCall(code: number): boolean {
  if ((code & 3) === 3) return [0x6f, 0x67].includes(code & 0x7f) && ((code >> 7) & 31) === RA;
  return (code & 0xf07f) === 0x9002 && code >> 7 !== 0x9002 >> 7;
}

function hex(addresses: readonly number[]): string {
  return addresses.map((address) => address.toString(16)).join(" ");
}
