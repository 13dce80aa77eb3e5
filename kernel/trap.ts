/**
 * Exceptions of user code: breakpoints, page faults, illegal instructions become a trap event or a signal.
 */
import { SIG } from "../target/signals.ts";
import type { Task } from "./process/task.ts";
import type { CpuExit } from "./riscv/cpu.ts";

// biome-ignore format: table
export const causes = {
  SEGV_MAPERR: { signal: "SIGSEGV", code: 1 },
  SEGV_ACCERR: { signal: "SIGSEGV", code: 2 },
  BUS_ADRALN:  { signal: "SIGBUS",  code: 1 },
  BUS_ADRERR:  { signal: "SIGBUS",  code: 2 },
} as const;
const ILL_ILLOPC = 1;

export function handleException(task: Task, exit: Exclude<CpuExit, { kind: "budget" | "ecall" }>): void {
  const { signals, tracehook } = task.machine;
  switch (exit.kind) {
    case "ebreak":
      if (!tracehook.reportTrap(task, "breakpoint", task.pc)) signals.forceTrap(task, task.pc);
      break;
    case "fault": {
      const { signal, code } = causes[exit.cause];
      signals.force(task, signals.fromKernel(SIG[signal]!, code, exit.address));
      break;
    }
    case "illegal":
      signals.force(task, signals.fromKernel(SIG.SIGILL!, ILL_ILLOPC, task.pc));
      break;
  }
}
