/**
 * The end of tasks and processes.
 *
 * `exitTask` ends one thread (exit(2)), `exitGroup` all of a process (exit_group(2), deadly signals). Codes are wait
 * statuses: `exit code << 8`, or the signal. A dead process is a zombie until `wait.ts` reaps it; nobody waiting
 * (init as parent, SIGCHLD ignored) reaps at once. Children of the dead go to init.
 */
import { SIG } from "../target/signals.ts";
import { wakeFutex } from "./futex.ts";
import { type Process, SIG_IGN } from "./process.ts";
import { CLD, SA } from "./signal.ts";
import type { Task } from "./task.ts";

export function exitGroup(task: Task, code: number): void {
  const { process } = task;
  process.groupExitCode ??= code;
  const groupCode = process.groupExitCode;
  for (const other of process.threads) if (other !== task) exitTask(other, groupCode);
  exitTask(task, groupCode);
}

export function exitTask(task: Task, code: number): void {
  if (task.life !== "alive") return;
  const { machine, process } = task;
  machine.scheduler.wakeTask(task);
  machine.tracehook.reportExit(task, code);
  task.call = undefined;
  task.held = false;
  const groupDead = process.threads.every((other) => other === task || other.life !== "alive");
  if (task.clearChildTid !== 0 && !groupDead) {
    task.mm.copyOut(task.clearChildTid, new Uint8Array(4));
    wakeFutex(machine, task.mm, task.clearChildTid, 1);
  }
  task.life = task === process.leader ? "zombie" : "dead";
  if (task !== process.leader) process.deadThreadsNs += task.usedNs;
  if (groupDead) exitProcess(process, process.groupExitCode ?? code);
  machine.tracehook.reportDeath(task, groupDead, code);
  if (task !== process.leader) machine.forgetTask(task);
  if (groupDead) notifyOrReap(process);
}

/** Forgets a zombie. */
export function reap(process: Process): void {
  const { leader } = process;
  if (process.parent) {
    process.parent.childrenNs += process.cpuNs() + process.childrenNs;
    process.parent.children.delete(process);
  }
  leader.life = "dead";
  leader.machine.tracehook.reportReap(leader);
  leader.machine.forgetTask(leader);
  leader.machine.processes.delete(process.pid);
}

/** execve and exit: a vfork'ed child gives the memory back, else the last user frees it. */
export function leaveMemory(process: Process): void {
  const { machine } = process.leader;
  const { mm } = process;
  const shared = [...machine.processes.values()].some((other) => other !== process && !other.zombie && other.mm === mm);
  if (!shared) mm.release();
  if (!process.borrowsMemory) return;
  process.borrowsMemory = false;
  machine.scheduler.wake(process.memoryReturned);
}

function exitProcess(process: Process, code: number): void {
  const { machine } = process.leader;
  process.exitCode = code;
  process.zombie = true;
  process.stopSignal = 0;
  process.realTimer.next = Number.POSITIVE_INFINITY;
  process.files.release({ wake: (queue) => machine.scheduler.wake(queue) });
  leaveMemory(process);
  for (const child of [...process.children]) {
    process.children.delete(child);
    child.parent = undefined;
    if (child.zombie) reap(child);
  }
  machine.processEnded(process);
}

function notifyOrReap(process: Process): void {
  const { parent } = process;
  if (!parent) {
    reap(process);
    return;
  }
  const signal = process.exitCode & 0x7f;
  const action = parent.handlers.get(SIG.SIGCHLD!);
  const unwanted = action.handler === SIG_IGN || (action.flags & SA.SA_NOCLDWAIT) !== 0;
  const { signals, scheduler } = process.leader.machine;
  signals.notifyParent(process, signal === 0 ? CLD.EXITED : CLD.KILLED, signal === 0 ? process.exitCode >> 8 : signal);
  if (!unwanted || process.exitSignal !== SIG.SIGCHLD) return;
  reap(process);
  scheduler.wake(parent.childChanged);
}
