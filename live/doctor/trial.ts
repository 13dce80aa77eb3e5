/**
 * Tracing, tried out for `utap doctor`: a program is started, stopped before its first instruction, looked at, killed.
 *
 * Loaded on demand, because it loads koffi, and that may be what is wrong with a machine.
 */
import { explainLaunch } from "../attach-errors.ts";
import type { OwnFacts } from "../attach-facts.ts";
import { at, putIovec } from "../ffi/arena.ts";
import { libc } from "../ffi/libc.ts";
import { hostSyscall } from "../host-syscall.ts";
import type { Machine } from "../machines/machine.ts";
import { ProcessMemory } from "../memory.ts";
import { PTRACE_O, wait } from "../ptrace/ptrace.ts";
import { RegisterFile } from "../register-file.ts";
import { spawnTraced } from "../spawn.ts";
import type { Check } from "./checks.ts";

const SIGKILL = 9;

export function tryTracing(machine: Machine, own: OwnFacts): Check[] {
  // A program that is certainly there; it is killed before it does anything.
  const program = { path: process.execPath, argv: ["node"], envp: [] };
  const pid = spawnTraced(program, machine, PTRACE_O.TRACESYSGOOD | PTRACE_O.TRACEEXEC | PTRACE_O.EXITKILL);
  if (typeof pid !== "number") {
    const { message, hints } = explainLaunch(pid.errno, own);
    return [{ name: "ptrace", status: "fail", found: `${pid.call} failed: ${message}`, remedies: hints }];
  }
  try {
    const pc = Number(new RegisterFile(pid, machine).word(machine.pc));
    return [tracingWorks(pid, pc), fastReads(pid, pc)];
  } finally {
    hostSyscall("kill", pid, SIGKILL);
    while (wait(pid, true) === "signal");
  }
}

/** Its code can be changed, which is what a probe does. */
function tracingWorks(pid: number, pc: number): Check {
  const memory = new ProcessMemory(pid);
  const code = memory.read(pc, 4);
  const works = code.length === 4 && memory.write(pc, code) === 4;
  memory.close();
  return works
    ? { name: "ptrace", status: "ok", found: "starts, stops and changes a program", remedies: [] }
    : {
        name: "ptrace",
        status: "fail",
        found: "/proc/PID/mem of a traced program cannot be written",
        remedies: ["the kernel's proc_mem.force_override may forbid it: start it with proc_mem.force_override=ptrace"],
      };
}

function fastReads(pid: number, pc: number): Check {
  putIovec("local", at.transfer, 4);
  putIovec("remote", pc, 4);
  return libc.process_vm_readv(pid, at.local, 1, at.remote, 1) === 4
    ? { name: "memory", status: "ok", found: "process_vm_readv", remedies: [] }
    : {
        name: "memory",
        status: "warn",
        found: "no process_vm_readv: variables are read through /proc, more slowly",
        remedies: ["use a kernel with CONFIG_CROSS_MEMORY_ATTACH, or a seccomp profile that allows it"],
      };
}
