/**
 * System calls that a stop ends with EINTR although no signal came (signal(7), "Interruption of system calls ... by stop
 * signals"): to the program it would look as if tracing had changed it, so they are made again.
 *
 * All others are restarted by the kernel. A timeout begins anew: such a call may take longer by what it had waited.
 */
import { ERRNO } from "../target/errno.ts";
import { hostSyscallNumber } from "./host-syscall.ts";
import type { Machine } from "./machines/machine.ts";
import { readStatus } from "./proc.ts";
import type { LiveTask } from "./task.ts";

const names = [
  "epoll_wait",
  "epoll_pwait",
  "epoll_pwait2",
  "io_getevents",
  "rt_sigtimedwait",
  "semop",
  "semtimedop",
] as const;

let numbers: ReadonlySet<number> | undefined;

/** ERESTARTSYS, ERESTARTNOINTR, ERESTARTNOHAND, ERESTART_RESTARTBLOCK: the kernel's own notes, linux/errno.h. */
const ERESTART_RESTARTBLOCK = 516;
const restarts = new Set([512, 513, 514, ERESTART_RESTARTBLOCK]);

/** The thread stands still because we asked it to. True when that ended a call, which it makes again when it goes on. */
export function redoInterruptedCall(task: LiveTask, machine: Machine): boolean {
  const { registers } = task;
  const error = -Number(BigInt.asIntN(64, registers.word(machine.syscallResult)));
  const nr = Number(BigInt.asIntN(64, registers.word(machine.syscallNumber)));
  if (nr < 0 || !(error === ERRNO.EINTR || restarts.has(error))) return false;
  numbers ??= new Set(names.map(hostSyscallNumber));
  if (error === ERRNO.EINTR && !numbers.has(nr)) return false;
  // A signal that waits to be delivered is a reason of its own.
  const status = readStatus(task.pid, task.tid);
  if (!status || (status.pendingSignals & ~status.blockedSignals) !== 0n) return false;
  if (error !== ERRNO.EINTR) return true;
  const pc = registers.word(machine.pc);
  registers.setWord(machine.pc, pc - BigInt(machine.syscallInstruction.length));
  registers.setWord(machine.syscallSelector, BigInt(nr));
  return true;
}

/**
 * The registers with which a thread goes on by itself as the kernel would have let it: into the call that it was
 * interrupted in, if it was. For one whose stop the kernel has forgotten.
 */
export function restartedByHand(words: BigUint64Array, machine: Machine): BigUint64Array {
  const error = -Number(BigInt.asIntN(64, words[machine.syscallResult] ?? 0n));
  const nr = BigInt.asIntN(64, words[machine.syscallNumber] ?? 0n);
  if (nr < 0n || !restarts.has(error)) return words;
  const result = words.slice();
  result[machine.pc] = (words[machine.pc] ?? 0n) - BigInt(machine.syscallInstruction.length);
  result[machine.syscallSelector] = error === ERESTART_RESTARTBLOCK ? BigInt(hostSyscallNumber("restart_syscall")) : nr;
  return result;
}

/** As `redoInterruptedCall`, but the call is to be over, whatever the kernel would do with it. */
export function endInterruptedCall({ registers }: LiveTask, machine: Machine): boolean {
  const error = -Number(BigInt.asIntN(64, registers.word(machine.syscallResult)));
  const nr = Number(BigInt.asIntN(64, registers.word(machine.syscallNumber)));
  if (nr < 0 || !(error === ERRNO.EINTR || restarts.has(error))) return false;
  registers.setWord(machine.syscallResult, BigInt(-ERRNO.EINTR));
  return true;
}
