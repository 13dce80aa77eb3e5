/**
 * task_struct as a probe sees it, with the numbers of Linux: states, priorities, policies.
 *
 * Two tasks are none of the model's, and are here what they would be: the idle task, and init, to which orphans go.
 */
import type { KernelObject } from "../../target/kernel-points.ts";
import { SIG } from "../../target/signals.ts";
import type { Credentials } from "../process/process.ts";
import type { Task } from "../process/task.ts";
import { rankOf } from "../scheduling/schedule.ts";
import { credStruct, type Handles, type Members, Structure } from "./structures.ts";

/** `__state`, without the bits that say how a wait may be frozen. */
// biome-ignore format: table
export const TASK = {
  RUNNING: 0, INTERRUPTIBLE: 1, UNINTERRUPTIBLE: 2, STOPPED: 4, TRACED: 8, EXIT_DEAD: 0x10, EXIT_ZOMBIE: 0x20, DEAD: 0x80, WAKEKILL: 0x100,
} as const;

/** Of nice 0; real-time priorities are below 100. */
const DEFAULT_PRIO = 120;
const MAX_RT_PRIO = 100;

export function taskStruct(task: Task): KernelObject {
  return new Structure(task, members, task.machine.points.handles, task.tid);
}

/** The idle task of a CPU. */
export function idleTask(handles: Handles, cpu: number): KernelObject {
  return outsider(handles, idleComm(cpu), 0);
}

export function idleComm(cpu: number): string {
  return `swapper/${cpu}`;
}

const members: Members<"task_struct", Task> = {
  comm: (t) => t.execname,
  pid: (t) => t.tid,
  tgid: (t) => t.pid,
  prio: prioOf,
  static_prio: (t) => DEFAULT_PRIO + t.scheduling.nice,
  normal_prio: prioOf,
  rt_priority: (t) => t.scheduling.priority,
  policy: (t) => t.scheduling.policy,
  __state: stateOf,
  exit_state: (t) => (t.life === "alive" ? 0 : t.life === "zombie" ? TASK.EXIT_ZOMBIE : TASK.EXIT_DEAD),
  exit_code: (t) => t.exitCode,
  exit_signal: (t) => (t === t.process.leader ? t.process.exitSignal : -1),
  start_time: (t) => t.startTime,
  parent: parentOf,
  real_parent: parentOf,
  group_leader: (t) => taskStruct(t.process.leader),
  cred: credOf,
  real_cred: credOf,
};

export function prioOf(task: Task): number {
  const rank = rankOf(task.scheduling);
  return rank > 0 ? MAX_RT_PRIO - 1 - rank : DEFAULT_PRIO + task.scheduling.nice;
}

function parentOf(task: Task): KernelObject {
  const { parent } = task.process;
  return parent ? taskStruct(parent.leader) : outsider(task.machine.points.handles, "init", 1);
}

function credOf(task: Task): KernelObject {
  return credStruct(task.machine.points.handles, task.process.credentials);
}

export function stateOf(task: Task): number {
  if (task.life !== "alive") return TASK.DEAD;
  if (task.held) return TASK.TRACED;
  if (task.process.stopSignal !== 0) return TASK.WAKEKILL | TASK.STOPPED;
  if (!task.sleep) return TASK.RUNNING;
  return task.sleep.interruptible ? TASK.INTERRUPTIBLE : TASK.WAKEKILL | TASK.UNINTERRUPTIBLE;
}

interface Outsider {
  readonly comm: string;
  readonly pid: number;
}

function outsider(handles: Handles, comm: string, pid: number): KernelObject {
  return new Structure({ comm, pid }, outsiders, handles, pid);
}

const root: Credentials = { uid: 0, euid: 0, suid: 0, gid: 0, egid: 0, sgid: 0, groups: [] };
export const IDLE_PRIO = DEFAULT_PRIO;

const outsiders: Members<"task_struct", Outsider> = {
  comm: ({ comm }) => comm,
  pid: ({ pid }) => pid,
  tgid: ({ pid }) => pid,
  prio: () => IDLE_PRIO,
  static_prio: () => IDLE_PRIO,
  normal_prio: () => IDLE_PRIO,
  rt_priority: () => 0,
  policy: () => 0,
  __state: ({ pid }) => (pid === 0 ? TASK.RUNNING : TASK.INTERRUPTIBLE),
  exit_state: () => 0,
  exit_code: () => 0,
  exit_signal: ({ pid }) => (pid === 0 ? 0 : SIG.SIGCHLD!),
  start_time: () => 0,
  parent: (_t, { handles }) => idleTask(handles, 0),
  real_parent: (_t, { handles }) => idleTask(handles, 0),
  group_leader: (_t, self) => self,
  cred: (_t, { handles }) => credStruct(handles, root),
  real_cred: (_t, { handles }) => credStruct(handles, root),
};
