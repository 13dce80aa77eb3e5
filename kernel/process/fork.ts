/**
 * clone: new tasks, in the same process (threads) or in a new one (fork, vfork, posix_spawn).
 *
 * The child gets a copy of the parent's registers, result 0, and what the flags say is shared. A vfork'ed child
 * borrows the parent's memory: `clone` in syscalls/process.ts lets the parent wait for its return.
 */
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import { tellFork, tellNew } from "../points/tasks.ts";
import { A0, SP, TP } from "../riscv/abi-registers.ts";
import { inheritedScheduling } from "../scheduling/schedule.ts";
import { Process, RLIMIT } from "./process.ts";
import { Task } from "./task.ts";

// biome-ignore format: table
export const CLONE = {
  CSIGNAL: 0xff, CLONE_VM: 0x100, CLONE_FS: 0x200, CLONE_FILES: 0x400, CLONE_SIGHAND: 0x800, CLONE_PIDFD: 0x1000, CLONE_PTRACE: 0x2000, CLONE_VFORK: 0x4000,
  CLONE_PARENT: 0x8000, CLONE_THREAD: 0x1_0000, CLONE_NEWNS: 0x2_0000, CLONE_SYSVSEM: 0x4_0000, CLONE_SETTLS: 0x8_0000,
  CLONE_UNTRACED: 0x80_0000, CLONE_IO: 0x8000_0000, CLONE_PARENT_SETTID: 0x10_0000, CLONE_CHILD_CLEARTID: 0x20_0000, CLONE_DETACHED: 0x40_0000, CLONE_CHILD_SETTID: 0x100_0000,
} as const;
const SUPPORTED = Object.values(CLONE).reduce((all, bit) => all | bit, 0) & ~CLONE.CLONE_NEWNS;
/** Of clone3 alone, above the 32 bits of clone. */
export const CLONE_CLEAR_SIGHAND = 0x1_0000_0000n;

export interface CloneArguments {
  readonly flags: number;
  readonly stack: number;
  readonly parentTid: number;
  readonly tls: bigint;
  readonly childTid: number;
  readonly exitSignal: number;
  /** CLONE_PIDFD: where the number of the descriptor goes, and what makes one. */
  readonly pidfd?: { readonly pointer: number; open(child: Process): number };
  /** Handlers back to their defaults; ignored signals stay so. */
  readonly clearHandlers?: boolean;
}

/** The child, ready to run, or -errno. */
export function clone(parent: Task, request: CloneArguments): Task | number {
  const { machine, process } = parent;
  const { flags } = request;
  const has = (bit: number): boolean => (flags & bit) !== 0;
  if ((flags & ~SUPPORTED) !== 0) return -ERRNO.EINVAL;
  if (has(CLONE.CLONE_THREAD) && !has(CLONE.CLONE_SIGHAND)) return -ERRNO.EINVAL;
  if (has(CLONE.CLONE_SIGHAND) && !has(CLONE.CLONE_VM)) return -ERRNO.EINVAL;
  if (has(CLONE.CLONE_PIDFD)) {
    const same = has(CLONE.CLONE_PARENT_SETTID) && request.pidfd?.pointer === request.parentTid;
    if (same || has(CLONE.CLONE_DETACHED) || has(CLONE.CLONE_THREAD)) return -ERRNO.EINVAL;
    if (!request.pidfd || parent.mm.copyOut(request.pidfd.pointer, new Uint8Array(4)) !== true) return -ERRNO.EFAULT;
  }
  if (machine.taskCount >= limits.maxTasks || !mayHaveMore(process)) return -ERRNO.EAGAIN;
  const tid = machine.takePid();
  const thread = has(CLONE.CLONE_THREAD);
  const target = thread ? process : forkProcess(process, tid, request);
  const child = new Task(machine, target, tid, parent.hart.clone());
  child.execname = parent.execname;
  child.blocked = parent.blocked;
  child.scheduling = inheritedScheduling(parent.scheduling);
  child.cpu = parent.cpu;
  if (!has(CLONE.CLONE_VM) || has(CLONE.CLONE_VFORK)) child.alternateStack = parent.alternateStack;
  child.hart.x[A0] = 0n;
  child.hart.breakReservation();
  if (request.stack !== 0) child.hart.x[SP] = BigInt(request.stack);
  if (!has(CLONE.CLONE_VM)) child.rseq = parent.rseq;
  if (has(CLONE.CLONE_SETTLS)) child.hart.x[TP] = request.tls;
  if (has(CLONE.CLONE_CHILD_CLEARTID)) child.clearChildTid = request.childTid;
  const tidBytes = new Uint8Array(Int32Array.of(tid).buffer);
  if (has(CLONE.CLONE_PARENT_SETTID)) parent.mm.copyOut(request.parentTid, tidBytes);
  if (has(CLONE.CLONE_CHILD_SETTID)) child.mm.copyOut(request.childTid, tidBytes);
  machine.addTask(child);
  if (has(CLONE.CLONE_PIDFD) && request.pidfd) {
    const fd = request.pidfd.open(target);
    parent.mm.copyOut(request.pidfd.pointer, new Uint8Array(Int32Array.of(fd).buffer));
  }
  tellFork(parent, child);
  machine.tracehook.reportClone(parent, child, thread, has(CLONE.CLONE_VM));
  machine.scheduler.makeRunnable(child);
  tellNew(child);
  return child;
}

/** RLIMIT_NPROC counts the tasks of a user, and binds everybody but root. */
function mayHaveMore(process: Process): boolean {
  const { uid } = process.credentials;
  const limit = process.resourceLimits[RLIMIT.RLIMIT_NPROC]!.soft;
  // The machine has no room for more anyway.
  if (uid === 0 || limit >= BigInt(limits.maxTasks)) return true;
  const mine = process.leader.machine.tasks().filter((task) => task.uid === uid);
  return BigInt(mine.length) < limit;
}

function forkProcess(parent: Process, pid: number, request: CloneArguments): Process {
  const { machine } = parent.leader;
  const { flags } = request;
  const sharesMemory = (flags & CLONE.CLONE_VM) !== 0;
  const mm = sharesMemory ? parent.mm : parent.mm.fork();
  mm.onMapping = machine.mappingHook;
  const child = new Process({
    pid,
    pgid: parent.pgid,
    sid: parent.sid,
    credentials: { ...parent.credentials },
    mm,
    heap: sharesMemory ? parent.heap : { ...parent.heap, users: 0 },
    files: (flags & CLONE.CLONE_FILES) !== 0 ? parent.files.share() : parent.files.clone(),
    fs: (flags & CLONE.CLONE_FS) !== 0 ? parent.fs : parent.fs.clone(),
    handlers: (flags & CLONE.CLONE_SIGHAND) !== 0 ? parent.handlers : parent.handlers.clone(),
    resourceLimits: parent.resourceLimits,
  });
  if (!sharesMemory) mm.resourceLimits = child.resourceLimits;
  child.heap.users++;
  if (request.clearHandlers) child.handlers.resetForExec();
  child.parent = (flags & CLONE.CLONE_PARENT) !== 0 ? parent.parent : parent;
  child.parent?.children.add(child);
  child.exitSignal = (flags & CLONE.CLONE_PARENT) !== 0 ? parent.exitSignal : request.exitSignal;
  child.parentExecuted = (flags & CLONE.CLONE_PARENT) !== 0 && parent.parentExecuted;
  child.borrowsMemory = (flags & CLONE.CLONE_VFORK) !== 0;
  child.terminal = parent.terminal;
  child.executable = parent.executable;
  child.argv = parent.argv;
  child.environment = parent.environment;
  child.auxv = parent.auxv;
  child.attributes = { ...parent.attributes, deathSignal: 0, subreaper: false };
  machine.addProcess(child);
  return child;
}
