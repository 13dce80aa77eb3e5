/**
 * What can be probed of the kernel itself: its trace events and its functions, with the names that Linux gives to their
 * variables (include/trace/events, the prototypes of 6.6).
 *
 * `kernel.trace("sched:sched_switch")` and `kernel.function("do_exit")` have their points and variables from these tables,
 * the model fires by them (`kernel/points.ts`). Of an event the parameters are those of its tracepoint, the fields those
 * of its format file. System calls are not listed: theirs are made from the one table of calls.
 *
 * A declaration is `TYPE name, …`: `int`, `uint`, `long`, `ulong` and `bool` are numbers, `char[]` is text, `long[]`
 * numbers, `NAME*` a structure of `structures`. Buffers of the kernel have no address here: they are their content.
 *
 * Left out is what the model has nothing for (`struct pt_regs *`, flags of the scheduler), and a parameter with the name of
 * a field: `pid` of sched_process_wait and `prev_state` of sched_switch are the fields.
 */
import { bug } from "../base/assert.ts";
import { syscallDefinition, syscallParameters } from "./syscall-parameters.ts";
import { findSyscall, type SyscallArch, syscalls } from "./syscalls.ts";
import type { Task } from "./target.ts";

export interface KernelField {
  readonly name: string;
  readonly type: string;
}

export interface KernelPoint {
  /** `sched:sched_switch`, `do_exit`. */
  readonly name: string;
  readonly parameters: readonly KernelField[];
  /** Of an event; a function has none. */
  readonly fields: readonly KernelField[];
  /** Of a function that returns: what; `void` is nothing. */
  readonly result?: string;
  /** Of a function: known only when it returns. */
  readonly results: readonly KernelField[];
}

/** Where a probe of the kernel sits; `name` is that of an event, or of a function that is called or returns. */
export interface KernelPlace {
  readonly kind: "trace" | "call" | "return";
  readonly name: string;
}

/** A number of up to 64 bits, text, a list of numbers, or a structure. */
export type KernelValue = number | bigint | string | readonly bigint[] | KernelObject;

/** What a pointer to a structure leads to. */
export interface KernelObject {
  /** Its value as a number; that of a task_struct is its tid, which `task_execname()` and its like take. 0 is NULL. */
  readonly handle: number;
  /** One of `membersOf(structure)`. */
  member(name: string): KernelValue;
}

/** One hit of a place. */
export interface KernelEvent {
  /** In whose context; undefined is the idle task (pid 0, `swapper/0`). */
  readonly task: Task | undefined;
  /** A parameter, a field or a result by its name; `$return` of a function's return is `return`. */
  value(name: string): KernelValue;
}

// biome-ignore format: table
const events = {
  sched_switch:        ["sched",        "bool preempt, task_struct* prev, task_struct* next", "char[] prev_comm, int prev_pid, int prev_prio, long prev_state, char[] next_comm, int next_pid, int next_prio"],
  sched_waking:        ["sched",        "task_struct* p",                                "char[] comm, int pid, int prio, int target_cpu"],
  sched_wakeup:        ["sched",        "task_struct* p",                                "char[] comm, int pid, int prio, int target_cpu"],
  sched_wakeup_new:    ["sched",        "task_struct* p",                                "char[] comm, int pid, int prio, int target_cpu"],
  sched_process_fork:  ["sched",        "task_struct* parent, task_struct* child",       "char[] parent_comm, int parent_pid, char[] child_comm, int child_pid"],
  sched_process_exec:  ["sched",        "task_struct* p, int old_pid, linux_binprm* bprm", "char[] filename, int pid, int old_pid"],
  sched_process_exit:  ["sched",        "task_struct* p",                                "char[] comm, int pid, int prio"],
  sched_process_wait:  ["sched",        "",                                              "char[] comm, int pid, int prio"],
  sched_process_free:  ["sched",        "task_struct* p",                                "char[] comm, int pid, int prio"],
  signal_generate:     ["signal",       "int sig, kernel_siginfo* info, task_struct* task, int group, int result", "int sig, int errno, int code, char[] comm, int pid, int group, int result"],
  signal_deliver:      ["signal",       "int sig, kernel_siginfo* info, k_sigaction* ka", "int sig, int errno, int code, ulong sa_handler, ulong sa_flags"],
  sys_enter:           ["raw_syscalls", "long id",                                       "long id, ulong[] args"],
  sys_exit:            ["raw_syscalls", "long ret",                                      "long id, long ret"],
  page_fault_user:     ["exceptions",   "ulong address, ulong error_code",               "ulong address, ulong ip, ulong error_code"],
} as const satisfies { readonly [name: string]: readonly [system: string, parameters: string, fields: string] };

/** What a function returns, its parameters, and what is known when it returns only. */
// biome-ignore format: table
const functions = {
  bprm_execve:          ["int",   "linux_binprm* bprm, filename* filename"],
  copy_from_user:       ["ulong", "ulong from, ulong n",                    "char[] to"],
  copy_to_user:         ["ulong", "ulong to, char[] from, ulong n"],
  do_exit:              ["",      "long code"],
  do_group_exit:        ["",      "int exit_code"],
  force_sig_info_to_task: ["int", "kernel_siginfo* info, task_struct* t"],
  handle_signal:        ["void",  "ksignal* ksig"],
  kernel_clone:         ["int",   "kernel_clone_args* args"],
  release_task:         ["void",  "task_struct* p"],
  send_signal_locked:   ["int",   "int sig, kernel_siginfo* info, task_struct* t, int type"],
  strncpy_from_user:    ["long",  "ulong src, long count",                  "char[] dst"],
  try_to_wake_up:       ["int",   "task_struct* p"],
  vfs_read:             ["long",  "file* file, ulong buf, ulong count"],
  vfs_write:            ["long",  "file* file, ulong buf, ulong count"],
  wake_up_process:      ["int",   "task_struct* p"],
} as const satisfies { readonly [name: string]: readonly [result: string, parameters: string, results?: string] };

export type EventName = keyof typeof events;
export type FunctionName = keyof typeof functions;
export const eventNames = Object.keys(events) as readonly EventName[];
export const functionNames = Object.keys(functions) as readonly FunctionName[];

// biome-ignore format: table
const structureTable = {
  cred:              "kuid_t* uid, kgid_t* gid, kuid_t* suid, kgid_t* sgid, kuid_t* euid, kgid_t* egid",
  dentry:            "char[] d_iname, qstr* d_name",
  file:              "path* f_path, inode* f_inode, uint f_flags, long f_pos",
  filename:          "char[] name",
  inode:             "uint i_mode, kuid_t* i_uid, kgid_t* i_gid, ulong i_ino, uint i_nlink, uint i_rdev, long i_size",
  k_sigaction:       "sigaction* sa",
  kernel_clone_args: "ulong flags, int exit_signal, ulong stack, ulong tls, ulong child_tid, ulong parent_tid",
  kernel_siginfo:    "int si_signo, int si_errno, int si_code, int si_pid, uint si_uid, int si_status, ulong si_addr",
  kgid_t:            "uint val",
  ksignal:           "k_sigaction* ka, kernel_siginfo* info, int sig",
  kuid_t:            "uint val",
  linux_binprm:      "char[] filename, char[] interp, int argc, int envc",
  path:              "dentry* dentry",
  qstr:              "char[] name, uint len",
  sigaction:         "ulong sa_handler, ulong sa_flags, ulong sa_mask",
  task_struct:       "char[] comm, int pid, int tgid, int prio, int static_prio, int normal_prio, uint rt_priority, uint policy, uint __state, int exit_state, int exit_code, int exit_signal, ulong start_time, task_struct* parent, task_struct* real_parent, task_struct* group_leader, cred* cred, cred* real_cred",
} as const satisfies { readonly [structure: string]: string };

/** The members that can be read. */
export const structures: { readonly [name: string]: string } = structureTable;

export type StructureName = keyof typeof structureTable;

type Names<Declaration extends string> = Declaration extends `${infer First}, ${infer Rest}`
  ? Names<First> | Names<Rest>
  : Declaration extends `${string} ${infer Name}`
    ? Name
    : never;

/** What a hit has to tell, so that whoever fires forgets nothing of the tables. */
export type EventValues<N extends EventName> = {
  readonly [name in Names<(typeof events)[N][1]> | Names<(typeof events)[N][2]>]: KernelValue;
};
export type CallValues<N extends FunctionName> = { readonly [name in Names<(typeof functions)[N][1]>]: KernelValue };
/** Without `return`. */
export type ResultValues<N extends FunctionName> = {
  readonly [name in (typeof functions)[N] extends readonly [string, string, infer R extends string]
    ? Names<R>
    : never]: KernelValue;
};
export type MemberName<S extends StructureName> = Names<(typeof structureTable)[S]>;

const parsed = new Map<string, readonly KernelField[]>();

export function declaration(text: string): readonly KernelField[] {
  let fields = parsed.get(text);
  if (!fields) {
    fields = text === "" ? [] : text.split(", ").map(field);
    parsed.set(text, fields);
  }
  return fields;
}

function field(text: string): KernelField {
  const [, type, name] = /^(\S+) (\w+)$/.exec(text) ?? bug("target/kernel-points", `declaration '${text}'`);
  return { name: name!, type: type! };
}

export function membersOf(structure: string): readonly KernelField[] {
  return declaration(structures[structure] ?? bug("target/kernel-points", `no structure '${structure}'`));
}

/** Every event: `system:name`. */
export function kernelEvents(arch: SyscallArch): readonly KernelPoint[] {
  return [
    ...Object.entries(events).map(([name, [system, parameters, fields]]) => ({
      name: `${system}:${name}`,
      parameters: declaration(parameters),
      fields: declaration(fields),
      results: [],
    })),
    ...callsOf(arch).flatMap((call): KernelPoint[] => {
      const number = declaration("int __syscall_nr");
      const definition = syscallDefinition(call, arch);
      const enter = [...number, ...syscallParameters(findSyscall(call)!, arch)];
      const exit = [...number, ...declaration("long ret")];
      return [
        { name: `syscalls:sys_enter_${definition}`, parameters: enter, fields: enter, results: [] },
        { name: `syscalls:sys_exit_${definition}`, parameters: exit, fields: exit, results: [] },
      ];
    }),
  ];
}

export const CALL_PREFIX = "__do_sys_";

export function kernelFunctions(arch: SyscallArch): readonly KernelPoint[] {
  return [
    ...Object.entries(functions).map(([name, [result, parameters, results = ""]]: [string, readonly string[]]) => ({
      name,
      parameters: declaration(parameters!),
      fields: [],
      results: declaration(results),
      ...(result !== "" && { result: result! }),
    })),
    ...callsOf(arch).map((call) => ({
      name: CALL_PREFIX + syscallDefinition(call, arch),
      parameters: syscallParameters(findSyscall(call)!, arch),
      fields: [],
      results: [],
      result: "long",
    })),
  ];
}

function callsOf(arch: SyscallArch): readonly string[] {
  return syscalls.filter((row) => row[arch] !== undefined).map(({ name }) => name);
}
