/**
 * Threads and processes as they come, become other programs and end: the events of ptrace(2) about them. Called by
 * `stops.ts`, and by the tracer for children that nobody told of.
 */

import { UTRACE_EVENT } from "../target/events.ts";
import { libc } from "./ffi/libc.ts";
import { hostSyscall, hostSyscallNumber } from "./host-syscall.ts";
import { eventMessage } from "./ptrace/ptrace.ts";
import { decodeStatus, PTRACE_EVENT } from "./ptrace/status.ts";
import { leaveSpace, newSpace } from "./spaces.ts";
import type { LiveTask } from "./task.ts";
import type { Tracer } from "./tracer.ts";

const CLONE_VM = 0x100n;

export function cloned(tracer: Tracer, task: LiveTask, event: number): void {
  const tid = eventMessage(task.tid);
  if (tid === undefined || tracer.find(tid)) return;
  const thread = event === PTRACE_EVENT.CLONE && libc.access(`/proc/${task.pid}/task/${tid}`, 0) === 0;
  const sharesMemory = thread || event === PTRACE_EVENT.VFORK || (cloneFlags(tracer, task) & CLONE_VM) !== 0n;
  const mm = sharesMemory ? task.mm : newSpace(tracer, tid, task.mm);
  const first = tracer.takeFirstStop(tid);
  const child = tracer.add(tid, thread ? task.pid : tid, mm);
  born(tracer, task, child, { thread, sharesMemory }, first);
}

/** A child whose parent was killed before it could tell of it; `process`: it is a thread of this one. */
export function adoptChild(
  tracer: Tracer,
  parent: LiveTask | undefined,
  tid: number,
  first: number,
  process: number | undefined,
): void {
  const thread = process !== undefined;
  const sharesMemory = parent !== undefined && (thread || sameMemory(parent.tid, tid));
  const mm = parent && sharesMemory ? parent.mm : newSpace(tracer, tid, parent?.mm);
  born(tracer, parent, tracer.add(tid, process ?? tid, mm), { thread, sharesMemory }, first);
}

const KCMP_VM = 1;

function sameMemory(one: number, other: number): boolean {
  return hostSyscall("kcmp", one, other, KCMP_VM, 0, 0) === 0;
}

function born(
  tracer: Tracer,
  task: LiveTask | undefined,
  child: LiveTask,
  { thread, sharesMemory }: { readonly thread: boolean; readonly sharesMemory: boolean },
  first: number | undefined,
): void {
  if (task?.wants(UTRACE_EVENT.CLONE)) tracer.report({ kind: "clone", task, child, thread, sharesMemory });
  if (first === undefined) tracer.remove(child);
  else if (decodeStatus(first).kind === "interrupted") tracer.goOn(child);
  else tracer.handle(child, first);
}

/** Of clone the first argument, of clone3 the first word of the structure it points to. */
function cloneFlags(tracer: Tracer, task: LiveTask): bigint {
  const { machine } = tracer;
  const nr = Number(BigInt.asIntN(32, task.registers.word(machine.syscallNumber)));
  const argument = task.registers.word(machine.syscallArguments[0] ?? 0);
  if (nr === hostSyscallNumber("clone")) return argument;
  if (nr !== hostSyscallNumber("clone3")) return 0n;
  const bytes = task.mm.read(Number(argument), 8);
  return "kind" in bytes ? 0n : new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
}

export function execed(tracer: Tracer, task: LiveTask): void {
  const before = eventMessage(task.tid);
  // Another thread than the first called execve: it has become the first, and its own number is no more.
  const caller = before !== undefined && before !== task.tid ? tracer.find(before) : undefined;
  if (caller) {
    task.syscall = caller.syscall;
    task.interrupted = caller.interrupted;
    task.reportRequested = caller.reportRequested;
    buried(tracer, caller, false, 0);
  }
  const old = task.mm;
  task.mm = newSpace(tracer, task.tid);
  leaveSpace(tracer, old);
  task.forgetProgram();
  task.stepping = task.killed = task.groupStopped = task.resumesCall = task.ends = false;
  tracer.watchLibraries(task);
  if (task.wants(UTRACE_EVENT.EXEC)) tracer.report({ kind: "exec", task, path: task.executable });
}

export function ended(tracer: Tracer, task: LiveTask, status: number): void {
  if (task === tracer.main) tracer.noteEnd(status);
  // The first thread is reported as dead when all others are.
  buried(tracer, task, task.tid === task.pid, status);
}

/** Its parent is told by the kernel from now on; when it collects the child nobody tells us. */
function buried(tracer: Tracer, task: LiveTask, groupDead: boolean, code: number): void {
  tracer.remove(task);
  if (task.wants(UTRACE_EVENT.DEATH)) tracer.report({ kind: "death", task, groupDead, code });
  if (task.wants(UTRACE_EVENT.REAP)) tracer.report({ kind: "reap", task });
}
