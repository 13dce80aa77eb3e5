/**
 * System calls: from the ecall to the result register.
 *
 * The scheduler calls `enterCall` at an ecall and `continueCall` until the call is over: a handler that must wait is
 * called again from the start once its task was woken. Numbers are looked up in `target/syscalls.ts`, handlers by
 * name; a call without a handler answers -ENOSYS and is counted in `machine.missingCalls`.
 */
import { ERRNO } from "../target/errno.ts";
import { findSyscallByNumber } from "../target/syscalls.ts";
import { returnAll } from "./points/functions.ts";
import type { CallInProgress, Task } from "./process/task.ts";
import { A0, A7 } from "./riscv/abi-registers.ts";
import { deliverSignals, hasSignal, nextActionIsHandler, SI } from "./signals/signal.ts";
import type { Block, SyscallContext, SyscallResult } from "./syscall-context.ts";

/** What a tracer sees of a call that starts again after the signal. */
const ERESTARTSYS = 512;

export function enterCall(task: Task): void {
  const { x } = task.hart;
  const nr = Number(BigInt.asIntN(32, x[A7]!));
  const args = [...x.subarray(A0, A0 + 6)];
  task.hart.pc += 4;
  task.restart = undefined;
  const row = findSyscallByNumber("riscv64", nr);
  task.call = {
    nr,
    row,
    args,
    aborted: false,
    interruptible: false,
    restartable: false,
    tried: false,
    functionEntered: false,
    functions: undefined,
  };
  const answer = task.machine.tracehook.reportSyscallEntry(task, nr, args);
  task.call.aborted = answer.abortSyscall === true;
  if (task.call.aborted) {
    x[A0] = BigInt.asIntN(64, answer.retval ?? BigInt(-ERRNO.ENOSYS));
    return;
  }
  if (answer.nr !== undefined) x[A7] = BigInt(answer.nr);
  for (const [i, arg] of answer.args?.slice(0, 6).entries() ?? []) x[A0 + i] = BigInt.asIntN(64, arg);
}

/** Runs or resumes the call of a runnable task, once. */
export function continueCall(task: Task): void {
  const call = task.call!;
  if (call.aborted) {
    finishCall(task, task.hart.x[A0]!);
    return;
  }
  if (task.process.groupExitCode !== undefined && hasSignal(task)) {
    deliverSignals(task); // SIGKILL ends every wait
    return;
  }
  if (call.interruptible && task.endsCall) {
    finishCall(task, BigInt(call.partial ?? -ERRNO.EINTR));
    return;
  }
  if (!call.interruptible) readArguments(task);
  const handler = call.row && task.machine.handlers[call.row.name];
  const { syscalls } = task.machine.points;
  if (syscalls.watched && !call.tried) syscalls.entered(task, call, handler !== undefined);
  if (!handler) {
    task.machine.countMissing(call.row?.name ?? `syscall ${call.nr}`);
    finishCall(task, BigInt(-ERRNO.ENOSYS));
    return;
  }
  const result = handler(makeContext(task), ...call.args);
  call.tried = true;
  // What the call waits for comes before a signal that came with it: wait4 gets the child whose SIGCHLD wakes it.
  const waits = typeof result === "object" && task.call === call;
  if (!waits || !call.interruptible || !hasSignal(task)) settle(task, call, result);
  else {
    if (result.partial !== undefined) call.partial = result.partial;
    if (nextActionIsHandler(task)) interruptCall(task, result);
    else deliverSignals(task);
  }
}

/** A tracer at the entry may have changed the registers. */
function readArguments(task: Task): void {
  const call = task.call!;
  const { x } = task.hart;
  call.nr = Number(BigInt.asIntN(32, x[A7]!));
  call.row = findSyscallByNumber("riscv64", call.nr);
  call.args = [...x.subarray(A0, A0 + 6)];
}

function settle(task: Task, call: CallInProgress, result: SyscallResult): void {
  if (result === "gone") {
    task.call = undefined;
    if (task.life === "alive") reportExit(task, call, task.hart.x[A0]!);
    return;
  }
  if (typeof result === "number" || typeof result === "bigint") {
    finishCall(task, BigInt(result));
    return;
  }
  call.interruptible = !result.uninterruptible;
  call.restartable = result.restartable;
  if (result.partial !== undefined) call.partial = result.partial;
  task.machine.scheduler.sleep(task, result.queues, result.deadline ?? Number.POSITIVE_INFINITY, call.interruptible);
  if (call.interruptible && (task.endsCall || hasSignal(task))) task.machine.scheduler.wakeTask(task);
}

function interruptCall(task: Task, wait: Block): void {
  const call = task.call!;
  if (call.partial !== undefined) {
    finishCall(task, BigInt(call.partial));
    return;
  }
  const restarts = call.restartable;
  if (!restarts) wait.interrupted?.();
  task.interrupted = { restartable: restarts, argument: call.args[0]! };
  finishCall(task, BigInt(restarts ? -ERESTARTSYS : -ERRNO.EINTR));
}

function finishCall(task: Task, result: bigint): void {
  const call = task.call!;
  task.call = undefined;
  task.restart = undefined;
  task.awaited = 0n;
  reportExit(task, call, BigInt.asIntN(64, result));
}

/** A tracer may write the result register meanwhile, or answer with another result. */
function reportExit(task: Task, call: CallInProgress, result: bigint): void {
  const { x } = task.hart;
  const { syscalls } = task.machine.points;
  x[A0] = result;
  if (call.functions) returnAll(call, result);
  if (syscalls.watched) syscalls.returned(task, call, result);
  const answer = task.machine.tracehook.reportSyscallExit(task, call.nr, result);
  if (answer === result) return;
  x[A0] = BigInt.asIntN(64, answer);
  // It has a result, so it does not start again.
  task.interrupted = undefined;
}

function makeContext(task: Task): SyscallContext {
  const { machine, process } = task;
  return {
    task,
    mm: process.mm,
    files: process.files,
    fs: process.fs,
    vfs: machine.vfs,
    monotonicNs: () => machine.clock.monotonicNs(),
    realtimeNs: () => machine.clock.realtimeNs(),
    random: (n) => machine.random.below(n),
    wake: (queue) => machine.scheduler.wake(queue),
    raise: (signal) => {
      const sender = { code: SI.SI_USER, pid: process.pid, uid: process.credentials.uid };
      machine.signals.sendToProcess(process, { signal, ...sender, status: 0, address: 0, value: 0n });
    },
  };
}
