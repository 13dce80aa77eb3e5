/**
 * A system call made by a traced thread on our behalf: for memory and settings that only the process itself can make.
 *
 * The thread has to stand still, not at the entry of a call. Its registers are what they were afterwards, and a call that
 * it was blocked in is restarted by the kernel as if nothing had been. The instruction comes from the vdso, or else is
 * put where the thread stands, for one step.
 */

import { hostSyscallNumber } from "./host-syscall.ts";
import type { Machine } from "./machines/machine.ts";
import { interrupt, readSignalCode, readSignalMask, resume, wait, writeSignalMask } from "./ptrace/ptrace.ts";
import { decodeStatus, type WaitStatus } from "./ptrace/status.ts";
import type { LiveTask } from "./task.ts";

/** Statuses looked at before we give up. */
const MAX_STOPS = 100;
const SIGTRAP = 5;
const SIGTRAP_BIT = 1n << BigInt(SIGTRAP - 1);

/** The result of the call, -errno for an error; undefined when the thread cannot do it or has died. */
export function inject(
  task: LiveTask,
  machine: Machine,
  name: string,
  args: readonly number[],
  /** Signals that came meanwhile, while their stop lasts, and the end of the thread: to be handled afterwards. */
  later: (status: number) => void,
): number | undefined {
  const { stop, registers } = task;
  if (!stop || stop.kind === "syscall-entry" || stop.kind === "exit" || stop.kind === "group-stop") return undefined;
  const before = registers.save();
  const borrowed = findInstruction(task, machine);
  if (borrowed === undefined) return undefined;
  for (const [i, word] of machine.syscallArguments.entries()) registers.setWord(word, BigInt(args[i] ?? 0));
  registers.setWord(machine.syscallNumber, -1n);
  registers.setWord(machine.syscallSelector, BigInt(hostSyscallNumber(name)));
  registers.setWord(machine.pc, BigInt(borrowed.address));
  registers.flush();
  // Signals wait, however many there are; but a step whose trap is blocked would take the program's handler away.
  const mask = readSignalMask(task.tid);
  if (mask !== undefined) writeSignalMask(task.tid, BigInt.asUintN(64, ~SIGTRAP_BIT));
  const finished = stepOver(task.tid, later);
  if (mask !== undefined && finished !== "gone") writeSignalMask(task.tid, mask);
  if (finished === "gone") return undefined;
  const result = Number(BigInt.asIntN(64, registers.word(machine.syscallResult)));
  borrowed.giveBack();
  registers.restore(before);
  // At once: should we be killed before the thread goes on, it has its own again, and no trap of a step.
  registers.flush();
  if (task.signal === 0) leaveTrap(task.tid, later);
  return finished === "done" ? result : undefined;
}

function stepOver(tid: number, later: (status: number) => void): "done" | "gone" | "failed" {
  resume(tid, "step", 0);
  for (let stops = 0; stops < MAX_STOPS; stops++) {
    const waited = wait(tid, true);
    if (waited === "signal") continue;
    if (waited === "none") return "gone";
    const status: WaitStatus = decodeStatus(waited.status);
    if (status.kind === "signal" && status.signal === SIGTRAP && (readSignalCode(tid) ?? 0) > 0) return "done";
    if (status.kind === "exited" || status.kind === "signaled") {
      later(waited.status);
      return "gone";
    }
    if (status.kind === "signal") later(waited.status);
    resume(tid, "step", 0);
  }
  return "failed";
}

/** Out of the stop for the step, whose SIGTRAP would be delivered if we died: into one that delivers nothing. */
function leaveTrap(tid: number, later: (status: number) => void): void {
  interrupt(tid);
  resume(tid, "cont", 0);
  for (;;) {
    const waited = wait(tid, true);
    if (waited === "signal") continue;
    if (waited !== "none" && decodeStatus(waited.status).kind !== "interrupted") later(waited.status);
    return;
  }
}

interface Borrowed {
  readonly address: number;
  giveBack(): void;
}

function findInstruction({ mm, registers }: LiveTask, { syscallInstruction, pc }: Machine): Borrowed | undefined {
  const vdso = mm.rows().find((row) => row.label === "[vdso]");
  const code = vdso && mm.read(vdso.start, vdso.end - vdso.start);
  const at = code instanceof Uint8Array ? indexOf(code, syscallInstruction) : -1;
  if (vdso && at >= 0) return { address: vdso.start + at, giveBack: () => {} };
  const address = Number(registers.word(pc));
  const original = mm.read(address, syscallInstruction.length);
  if (!(original instanceof Uint8Array) || mm.write(address, syscallInstruction) !== true) return undefined;
  return { address, giveBack: () => void mm.write(address, original) };
}

function indexOf(code: Uint8Array, part: Uint8Array): number {
  for (let i = 0; i + part.length <= code.length; i++) {
    if (part.every((byte, j) => code[i + j] === byte)) return i;
  }
  return -1;
}
