/**
 * What a stop of a thread means: the statuses of wait4 as task events, and the answers carried out.
 *
 * Called by `tracer.ts` for every status; afterwards the thread goes on, unless somebody holds it. What ptrace(2) says of
 * each stop is in one function here. Nothing is reported when the tracer has no hooks, but the bookkeeping goes on.
 */
import { ERRNO } from "../target/errno.ts";
import type { Mapping } from "../target/target.ts";
import { libc } from "./ffi/libc.ts";
import { hostSyscall, hostSyscallNumber } from "./host-syscall.ts";
import { endInterruptedCall, redoInterruptedCall } from "./interrupted-calls.ts";
import {
  eventMessage,
  readSiginfo,
  readSignalCode,
  readSyscallStop,
  type Siginfo,
  writeSiginfo,
} from "./ptrace/ptrace.ts";
import { decodeStatus, PTRACE_EVENT } from "./ptrace/status.ts";
import type { Stop } from "./stop.ts";
import type { LiveTask } from "./task.ts";
import type { Tracer } from "./tracer.ts";

const SIGTRAP = 5;
/** si_code of a breakpoint instruction, of a step (also over a system call), of a debug register; of tgkill. */
const SI_KERNEL = 0x80;
const TRAP_BRKPT = 1;
const TRAP_TRACE = 2;
const TRAP_HWBKPT = 4;
const SI_TKILL = -6;
/** SIGILL, SIGBUS, SIGFPE, SIGSEGV: what an instruction does to its own thread. */
const SYNCHRONOUS = new Set([4, 7, 8, 11]);

export function handleStatus(tracer: Tracer, task: LiveTask, waited: number): void {
  const status = decodeStatus(waited);
  switch (status.kind) {
    case "exited":
    case "signaled":
      ended(tracer, task, waited);
      break;
    case "continued":
      break;
    case "syscall":
      atSyscall(tracer, task, false);
      break;
    case "event":
      atEvent(tracer, task, status.event);
      break;
    case "group-stop":
      task.stop = { kind: "group-stop" };
      // It was interrupted meanwhile, and is still stopped.
      if (task.groupStopped) break;
      task.groupStopped = true;
      if (task.wants("JCTL")) tracer.report({ kind: "jctl", task, signal: status.signal });
      break;
    case "interrupted":
      interrupted(tracer, task);
      break;
    case "signal":
      task.stop = { kind: "signal" };
      atSignal(tracer, task, status.signal);
      break;
  }
}

/** Where a thread stands by its status; undefined when it is no more. */
export function stopOf(tid: number, waited: number): Stop | undefined {
  const status = decodeStatus(waited);
  switch (status.kind) {
    case "syscall":
      return syscallStop(tid);
    case "event":
      if (status.event === PTRACE_EVENT.SECCOMP) return { kind: "syscall-entry" };
      return { kind: status.event === PTRACE_EVENT.EXIT ? "exit" : "event" };
    case "signal":
    case "group-stop":
    case "interrupted":
      return { kind: status.kind };
    default:
      return undefined;
  }
}

function syscallStop(tid: number): Stop {
  const stop = readSyscallStop(tid);
  return { kind: stop ? `syscall-${stop.op}` : "event" };
}

function interrupted(tracer: Tracer, task: LiveTask): void {
  task.stop = { kind: "interrupted" };
  if (!task.endsCall || !endInterruptedCall(task, tracer.machine)) redoInterruptedCall(task, tracer.machine);
  if (task.groupStopped) {
    task.groupStopped = false;
    if (task.wants("JCTL")) tracer.report({ kind: "jctl", task, signal: 0 });
  }
}

// ---- system calls ----

/** `isFilters`: the stop comes from the filter, not from PTRACE_SYSCALL; at the entry of a call both may come. */
function atSyscall(tracer: Tracer, task: LiveTask, isFilters: boolean): void {
  const stop = readSyscallStop(task.tid);
  if (stop?.op === "entry") enterSyscall(tracer, task, stop.nr, stop.args, isFilters);
  else if (stop) leaveSyscall(tracer, task, stop.retval);
  else task.stop = { kind: "event" };
}

function enterSyscall(tracer: Tracer, task: LiveTask, nr: number, args: readonly bigint[], isFilters: boolean): void {
  task.stop = { kind: "syscall-entry" };
  // What the filter has to say of this call is still to come; of the kernel's own continuation of a wait it says nothing.
  if (tracer.filtered && !isFilters && nr !== hostSyscallNumber("restart_syscall")) return;
  if (task.resumesCall) {
    // Nobody was told that it was left.
    task.resumesCall = false;
    return;
  }
  task.syscall = { nr, maps: mappedByCall(nr, args) };
  if (!task.wants("SYSCALL_ENTRY") || !tracer.isObserved(nr)) return;
  const answer = tracer.report({ kind: "syscall_entry", task, nr, args });
  const { registers } = task;
  const { syscallNumber, syscallResult, syscallArguments } = tracer.machine;
  if (answer.abortSyscall) {
    registers.setWord(syscallNumber, -1n);
    registers.setWord(syscallResult, answer.retval ?? BigInt(-ERRNO.ENOSYS));
    task.syscall = { nr, maps: 0 };
    return;
  }
  const changed = { nr: answer.nr ?? nr, args: answer.args ?? args };
  if (answer.nr !== undefined) registers.setWord(syscallNumber, BigInt(answer.nr));
  if (answer.args) for (const [i, word] of syscallArguments.entries()) registers.setWord(word, answer.args[i] ?? 0n);
  if (answer.nr !== undefined || answer.args)
    task.syscall = { nr: changed.nr, maps: mappedByCall(changed.nr, changed.args) };
}

function leaveSyscall(tracer: Tracer, task: LiveTask, retval: bigint): void {
  task.stop = { kind: "syscall-exit" };
  if (task.interrupted && !task.endsCall && redoInterruptedCall(task, tracer.machine)) {
    task.resumesCall = true;
    return;
  }
  const result = task.endsCall && endInterruptedCall(task, tracer.machine) ? BigInt(-ERRNO.EINTR) : retval;
  reportLeft(tracer, task, result);
  if (task.stepping) stepped(tracer, task);
}

function reportLeft(tracer: Tracer, task: LiveTask, retval: bigint): void {
  const { syscall } = task;
  task.syscall = undefined;
  const nr = syscall?.nr ?? Number(BigInt.asIntN(32, task.registers.word(tracer.machine.syscallNumber)));
  if (syscall?.maps && retval >= 0n) reportMappings(tracer, task, Number(retval), syscall.maps);
  if (!task.wants("SYSCALL_EXIT") || !tracer.isObserved(nr)) return;
  const answer = tracer.report({ kind: "syscall_exit", task, nr, retval });
  if (answer.retval !== undefined) task.registers.setWord(tracer.machine.syscallResult, answer.retval);
}

const PROT_WRITE_OR_EXEC = 6n;
const MAP_ANONYMOUS = 0x20n;

/** Code and data of a file appear by mmap: how many bytes. */
function mappedByCall(nr: number, [, length = 0n, prot = 0n, flags = 0n]: readonly bigint[]): number {
  return nr === mmap() && (prot & PROT_WRITE_OR_EXEC) !== 0n && (flags & MAP_ANONYMOUS) === 0n ? Number(length) : 0;
}

let mmapNumber: number | undefined;

function mmap(): number {
  mmapNumber ??= hostSyscallNumber("mmap");
  return mmapNumber;
}

/** `start` and `length`: what a call has just mapped. */
function reportMappings(tracer: Tracer, task: LiveTask, start = 0, length = 0): void {
  if (!task.wants("MAP")) {
    task.mm.forgetMappings();
    return;
  }
  const { removed, added } = task.mm.takeChanges({ start, end: start + length });
  const tell = (kind: "map" | "unmap", mapping: Mapping): void => void tracer.report({ kind, task, mapping });
  for (const mapping of removed) tell("unmap", mapping);
  for (const mapping of added) tell("map", mapping);
}

// ---- events of ptrace ----

function atEvent(tracer: Tracer, task: LiveTask, event: number): void {
  task.stop = { kind: "event" };
  switch (event) {
    case PTRACE_EVENT.FORK:
    case PTRACE_EVENT.VFORK:
    case PTRACE_EVENT.CLONE:
      cloned(tracer, task, event);
      break;
    case PTRACE_EVENT.EXEC:
      execed(tracer, task);
      break;
    case PTRACE_EVENT.EXIT:
      task.stop = { kind: "exit" };
      tracer.adoptOrphans(task);
      if (task.wants("DEATH") || task.wants("REAP")) task.remember();
      if (task.wants("EXIT")) tracer.report({ kind: "exit", task, code: eventMessage(task.tid) ?? 0 });
      break;
    case PTRACE_EVENT.SECCOMP:
      atSyscall(tracer, task, true);
      break;
  }
}

const CLONE_VM = 0x100n;

function cloned(tracer: Tracer, task: LiveTask, event: number): void {
  const tid = eventMessage(task.tid);
  if (tid === undefined || tracer.find(tid)) return;
  const thread = event === PTRACE_EVENT.CLONE && libc.access(`/proc/${task.pid}/task/${tid}`, 0) === 0;
  const sharesMemory = thread || event === PTRACE_EVENT.VFORK || (cloneFlags(tracer, task) & CLONE_VM) !== 0n;
  const mm = sharesMemory ? task.mm : tracer.newSpace(tid, task.mm);
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
  const mm = parent && sharesMemory ? parent.mm : tracer.newSpace(tid, parent?.mm);
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
  if (task?.wants("CLONE")) tracer.report({ kind: "clone", task, child, thread, sharesMemory });
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

function execed(tracer: Tracer, task: LiveTask): void {
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
  task.mm = tracer.newSpace(task.tid);
  tracer.leaveSpace(old);
  task.forgetProgram();
  task.stepping = task.killed = task.groupStopped = task.resumesCall = false;
  tracer.watchLibraries(task);
  if (task.wants("EXEC")) tracer.report({ kind: "exec", task, path: task.executable });
}

function ended(tracer: Tracer, task: LiveTask, status: number): void {
  if (task === tracer.main) tracer.noteEnd(status);
  // The first thread is reported as dead when all others are.
  buried(tracer, task, task.tid === task.pid, status);
}

/** Its parent is told by the kernel from now on; when it collects the child nobody tells us. */
function buried(tracer: Tracer, task: LiveTask, groupDead: boolean, code: number): void {
  tracer.remove(task);
  if (task.wants("DEATH")) tracer.report({ kind: "death", task, groupDead, code });
  if (task.wants("REAP")) tracer.report({ kind: "reap", task });
}

// ---- signals ----

function atSignal(tracer: Tracer, task: LiveTask, signal: number): void {
  const trap = signal === SIGTRAP ? readSignalCode(task.tid) : undefined;
  if (trap !== undefined && trap > 0) {
    trapped(tracer, task, trap);
    return;
  }
  const info = readSiginfo(task.tid);
  if (!info) return;
  const original = takeResent(task, info);
  if (original) writeSiginfo(task.tid, original.raw);
  const { code } = original ?? info;
  if (task.stepping) {
    // A step is one instruction: what comes from outside waits for its end.
    if (!(code > 0 && SYNCHRONOUS.has(signal))) {
      task.deferred.push(original ?? info);
      return;
    }
    task.stepping = false;
  }
  task.signal = signal;
  task.resumesCall = false;
  if (task.wants("SIGNAL")) task.signal = tracer.report({ kind: "signal", task, signal, code }).signal ?? signal;
}

function takeResent(task: LiveTask, info: Siginfo): Siginfo | undefined {
  if (info.code !== SI_TKILL || info.pid !== process.pid) return undefined;
  const index = task.resent.findIndex((one) => one.signal === info.signal);
  return index < 0 ? undefined : task.resent.splice(index, 1)[0];
}

function trapped(tracer: Tracer, task: LiveTask, code: number): void {
  if (task.stepping && (code === TRAP_TRACE || code === TRAP_BRKPT)) {
    stepped(tracer, task);
    return;
  }
  const { arch } = tracer.machine;
  task.signal = SIGTRAP;
  if (code === SI_KERNEL || code === TRAP_BRKPT) {
    const address = arch.breakpointAddress(task.pc);
    if (address === task.mm.libraries?.address) {
      reportMappings(tracer, task);
      if (task.mm.libraries?.pass(task)) {
        dealtWith(tracer, task);
        return;
      }
    }
    if (!tellTrap(tracer, task, "breakpoint", address)) {
      if (isBreakpoint(tracer, task, address)) return;
      // It was taken away between the trap and now: the thread runs what is there instead.
      task.pc = address;
    }
    dealtWith(tracer, task);
  } else if (code === TRAP_HWBKPT && tellTrap(tracer, task, "watchpoint", task.pc)) task.signal = 0;
}

function stepped(tracer: Tracer, task: LiveTask): void {
  task.stepping = false;
  const handled = tellTrap(tracer, task, "step", task.pc);
  task.signal = handled || !tracer.hooks ? 0 : SIGTRAP;
  tracer.sendDeferred(task);
}

/** The SIGTRAP is none for the program. */
function dealtWith({ machine }: Tracer, task: LiveTask): void {
  task.signal = 0;
  const { word, bits } = machine.dealtWith;
  task.registers.setWord(word, task.registers.word(word) | bits);
}

function tellTrap(
  tracer: Tracer,
  task: LiveTask,
  reason: "breakpoint" | "step" | "watchpoint",
  address: number,
): boolean {
  return task.wants("TRAP") && tracer.report({ kind: "trap", task, reason, address }).handled === true;
}

function isBreakpoint(tracer: Tracer, task: LiveTask, address: number): boolean {
  const expected = tracer.machine.arch.breakpoint(tracer.machine.arch.maxInstruction);
  const found = task.mm.read(address, expected.length);
  return "kind" in found || expected.every((byte, i) => found[i] === byte);
}
