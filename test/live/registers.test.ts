/** Registers of live threads: read anew at every stop, floating-point ones too, and written before the thread goes on. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { launch } from "../../live/live.ts";
import { RESUME, type TaskEvent, UTRACE_EVENT, UTRACE_RESUME_ACTION } from "../../target/events.ts";
import { DWARF } from "../../target/x86/registers.ts";
import { testWith } from "../oracles.ts";
import { symbolsOf } from "../suite-program.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "utap-registers-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// Its arguments are in rdi, rsi, xmm0 and xmm7 (psABI); what it returns is 3 * 10 + 4 unless somebody changes it.
const source = `
__attribute__((noinline)) long given(long n, long m, double a, double b, double c, double d, double e, double f, double g, double h) {
  __asm__ volatile("" :: "x"(a), "x"(h)); return n * 10 + m;
}
int main(void) {
  given(1, 2, 1.5, 0, 0, 0, 0, 0, 0, -0.25);
  return given(3, 4, 2.5, 0, 0, 0, 0, 0, 0, 1e300);
}`;

testWith("gcc")("registers are those of this stop", () => {
  const program = join(folder, "given");
  writeFileSync(`${program}.c`, source);
  expect(spawnSync("gcc", ["-O1", "-no-pie", "-static", "-o", program, `${program}.c`]).status).toBe(0);
  const target = launch({ path: program, argv: [program], envp: [] });
  const main = target.main ?? expect.unreachable("no program");
  const address = symbolsOf(program)("given");
  const code = main.mm.read(address, target.arch.maxInstruction);
  if ("kind" in code) return expect.unreachable("no code there");
  const plan = target.arch.planStep(code, address);
  main.mm.write(address, target.arch.breakpoint(1));
  main.wanted = UTRACE_EVENT.TRAP;
  const seen: unknown[] = [];
  const event = (event: TaskEvent) => {
    if (event.kind !== "trap") return RESUME;
    const double = (dwarf: number) => new Float64Array(BigUint64Array.of(main.readRegister(dwarf)).buffer)[0];
    const [n, m] = [main.readRegister(DWARF.RDI), main.readRegister(DWARF.RSI)];
    seen.push([n, m, double(DWARF.XMM0), double(DWARF.XMM0 + 7)]);
    main.writeRegister(DWARF.RSI, m + 1n);
    main.mm.write(address, code.slice(0, 1));
    main.pc = address;
    // Only the first instruction is run before the breakpoint is there again.
    if (plan.kind !== "emulate" || !plan.run(main, { read: () => undefined, write: () => false }))
      return expect.unreachable("it begins with endbr64 or a lea");
    main.mm.write(address, target.arch.breakpoint(1));
    return { action: UTRACE_RESUME_ACTION.UTRACE_RESUME, handled: true };
  };
  const hooks = { event, poll: () => "run" as const, nextTimer: () => Number.POSITIVE_INFINITY, timer: () => {} };
  expect(target.run(hooks)).toEqual({ exitCode: 35 });
  expect(seen).toEqual([
    [1n, 2n, 1.5, -0.25],
    [3n, 4n, 2.5, 1e300],
  ]);
});
