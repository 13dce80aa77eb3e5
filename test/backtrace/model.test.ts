/**
 * Stacks of riscv64 programs in the model against gdb's, at every instruction: the same distinct stacks in the same order as
 * tools/record-backtrace-oracle.mjs recorded under qemu-riscv64 (PROGRAM.stacks).
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseElf } from "../../debuginfo/elf.ts";
import { backtracesOf, fixtures, openFixture, stepThrough } from "./model.ts";

const programs = readdirSync(fixtures).filter((name) => name.endsWith(".stacks"));

test.each(programs)("%s", (recorded) => {
  const program = recorded.replace(".stacks", "");
  const expected = readFileSync(join(fixtures, recorded), "latin1").trimEnd().split("\n");
  expect(stacksOf(program).map(withoutNonsense)).toEqual(expected.map(withoutNonsense));
});

/**
 * libgcc's __riscv_save_N are entries into the middle of one piece of code whose call frame information is that of who
 * comes from above. At those instructions gdb follows it to words of the stack that are no code.
 */
function withoutNonsense(stack: string): string {
  return stack.replace(/ signal$/, "");
}

function stacksOf(program: string): readonly string[] {
  const elf = parseElf(readFileSync(join(fixtures, program)));
  if (elf.kind !== "elf") throw new Error(elf.message);
  const run = elf.symbols.find(({ name }) => name === "run")?.value;
  const text = elf.findSection(".text");
  if (run === undefined || !text) throw new Error("no function run");
  const target = openFixture(program);
  const backtraces = backtracesOf(target);
  const stacks = new Set<string>();
  stepThrough(target, (task) => {
    if (stacks.size > 0 || task.pc === run) {
      const frames = backtraces.walk(task, BigInt(task.pc), 64).map(({ pc }) => Number(pc));
      const isOwn = (pc: number): boolean => pc >= text.address && pc <= text.address + text.size;
      stacks.add(frames.map((pc) => (isOwn(pc) ? pc.toString(16) : "signal")).join(" "));
    }
    return true;
  });
  return [...stacks];
}
