/**
 * The end of tasks and processes.
 *
 * `exitTask` ends one thread (exit(2)), `exitGroup` all of a process (exit_group(2), deadly signals). Codes are wait
 * statuses: `exit code << 8`, or the signal. A dead process is a zombie until `wait.ts` reaps it; nobody waiting
 * (init as parent, SIGCHLD ignored) reaps at once. Children of the dead go to a subreaper among the ancestors, or to init.
 */
import { SIG } from "../../target/signals.ts";
import { tellExit } from "../points/tasks.ts";
import { wakeFutex } from "../scheduling/futex.ts";
import { CLD, retarget, SA, SI, signalOfEnd } from "../signals/signal.ts";
import { disarmIntervalTimers } from "../time/itimer.ts";
import { deletePosixTimers } from "../time/posix-timer.ts";
import { CORE_DUMPED } from "./core-dump.ts";
import { hangUpSession } from "./job-control.ts";
import { type Process, SIG_IGN } from "./process.ts";
import { exitRobustList } from "./robust-list.ts";
import type { Task } from "./task.ts";

const ALL_SIGNALS = 0xffff_ffff_ffff_ffffn;

export function exitGroup(task: Task, code: number): void {
  const { machine, process } = task;
  const { do_group_exit } = machine.points.functions;
  if (do_group_exit.call.watched) do_group_exit.call.fire(machine.current, { exit_code: code });
  process.groupExitCode ??= code;
  const groupCode = process.groupExitCode;
  for (const other of [...process.threads]) if (other !== task) exitTask(other, groupCode);
  exitTask(task, groupCode);
}

export function exitTask(task: Task, code: number): void {
  if (task.life !== "alive") return;
  const { machine, process } = task;
  const { do_exit } = machine.points.functions;
  if (task.sleep) machine.scheduler.wakeTask(task);
  if (do_exit.call.watched) do_exit.call.fire(task, { code });
  machine.tracehook.reportExit(task, code);
  task.call = undefined;
  task.held = false;
  leaveUserMemory(task);
  task.exitCode = code;
  tellExit(task);
  task.pending.remove(ALL_SIGNALS);
  const groupDead = --process.living === 0;
  task.life = task === process.leader ? "zombie" : "dead";
  retarget(task);
  machine.living--;
  if (task !== process.leader) {
    process.deadThreadsNs += task.usedNs;
    process.threads.splice(process.threads.indexOf(task), 1);
  }
  if (groupDead) exitProcess(process, process.groupExitCode ?? code);
  machine.tracehook.reportDeath(task, groupDead, code);
  if (task !== process.leader) machine.forgetTask(task, task);
  if (groupDead) notifyOrReap(process);
}

/** What a thread promised to do in memory when it leaves: mutexes it holds, and the word of set_tid_address. */
export function leaveUserMemory(task: Task): void {
  const { machine, process } = task;
  exitRobustList(task);
  task.rseq = undefined;
  const others = process.heap.users > 1 || process.living > 1;
  if (task.clearChildTid !== 0 && others) {
    task.mm.copyOut(task.clearChildTid, new Uint8Array(4));
    for (const isPrivate of [false, true]) {
      if (wakeFutex(machine, machine.futexes.get(task.mm, task.clearChildTid, isPrivate), 1) > 0) break;
    }
  }
  task.clearChildTid = 0;
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
  leader.machine.forgetProcess(process);
}

/** execve and exit: a vfork'ed child gives the memory back, else the last user frees it. */
export function leaveMemory(process: Process): void {
  if (--process.heap.users === 0) process.mm.release();
  if (!process.borrowsMemory) return;
  process.borrowsMemory = false;
  process.leader.machine.scheduler.wake(process.memoryReturned);
}

function exitProcess(process: Process, code: number): void {
  const { machine } = process.leader;
  process.exitCode = code;
  process.zombie = true;
  process.pending.remove(ALL_SIGNALS);
  machine.scheduler.wake(process.ended);
  machine.groups.setStopped(process, 0);
  disarmIntervalTimers(process);
  deletePosixTimers(process);
  process.files.release({ wake: (queue) => machine.scheduler.wake(queue) });
  leaveMemory(process);
  const orphaned = new Set([process.pgid, ...[...process.children].map((child) => child.pgid)]);
  // Only a group with somebody stopped in it would notice.
  for (const pgid of orphaned) if (!machine.groups.hasStopped(pgid)) orphaned.delete(pgid);
  const wereOrphaned = new Set([...orphaned].filter((pgid) => isOrphanedBefore(process, pgid)));
  const heir = findReaper(process);
  for (const child of [...process.children]) adopt(process, child, heir);
  if (heir) machine.scheduler.wake(heir.childChanged);
  hangUpSession(process);
  for (const pgid of orphaned) {
    const { groups, signals } = machine;
    if (wereOrphaned.has(pgid) || !groups.isOrphaned(pgid, process) || !groups.hasStopped(pgid)) continue;
    signals.sendToGroup(pgid, signals.fromKernel(SIG.SIGHUP));
    signals.sendToGroup(pgid, signals.fromKernel(SIG.SIGCONT));
  }
  machine.processEnded(process);
}

/** As if the process were still alive. */
function isOrphanedBefore(process: Process, pgid: number): boolean {
  process.zombie = false;
  const answer = process.leader.machine.groups.isOrphaned(pgid);
  process.zombie = true;
  return answer;
}

/** Who takes the children: PR_SET_CHILD_SUBREAPER; undefined is init. */
function findReaper(process: Process): Process | undefined {
  for (let p = process.parent; p; p = p.parent) if (p.attributes.subreaper && !p.zombie) return p;
  return undefined;
}

function adopt(old: Process, child: Process, heir: Process | undefined): void {
  const { signals } = old.leader.machine;
  old.children.delete(child);
  child.parent = heir;
  child.exitSignal = SIG.SIGCHLD;
  heir?.children.add(child);
  const { deathSignal } = child.attributes;
  if (deathSignal !== 0) {
    const info = { signal: deathSignal, code: SI.SI_USER, pid: old.pid, uid: old.credentials.uid };
    signals.sendToProcess(child, { ...info, status: 0, address: 0, value: 0n });
  }
  if (child.zombie) notifyOrReap(child);
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
  const code = signal === 0 ? CLD.EXITED : (process.exitCode & CORE_DUMPED) !== 0 ? CLD.DUMPED : CLD.KILLED;
  signals.notifyParent(process, code, signal === 0 ? process.exitCode >> 8 : signal);
  if (!unwanted || signalOfEnd(process) !== SIG.SIGCHLD) return;
  reap(process);
  scheduler.wake(parent.childChanged);
}
