/** The part of docs/kernel-model.md on what can be probed of the kernel: for `model-docs.ts`. */
import {
  type EventName,
  type FunctionName,
  type KernelField,
  type KernelPoint,
  kernelEvents,
  kernelFunctions,
  structures,
} from "../../target/kernel-points.ts";

/** When an event comes, and what is worth knowing. */
// biome-ignore format: table
const events: { readonly [N in EventName]: string } = {
  sched_switch:       "another task has the CPU; `prev_state` is 0 of one that could go on",
  sched_waking:       "before `sched_wakeup`",
  sched_wakeup:       "a task that slept or was stopped can run",
  sched_wakeup_new:   "a new task can run",
  sched_process_fork: "clone, before the child can run; threads too",
  sched_process_exec: "the new program is there; `$bprm->interp` is that of a `#!` line",
  sched_process_exit: "a task has given its memory up, and has not told anybody yet",
  sched_process_wait: "wait4 or waitid begins to look; `pid` 0 for any child",
  sched_process_free: "nobody can find the task any more, and it has no CPU",
  signal_generate:    "a signal was sent; `result` 0 delivered, 1 ignored, 2 pending already, 3 no room",
  signal_deliver:     "an action is about to be taken, after a tracer has let the signal pass",
  sys_enter:          "a call begins, with what a tracer has made of it",
  sys_exit:           "it ends, before a tracer hears of it",
  page_fault_user:    "code came to a page that is not there, or not in this way; `error_code` is scause: 12, 13, 15",
};

// biome-ignore format: table
const functions: { readonly [N in FunctionName]: string } = {
  bprm_execve:            "execve, once its arguments are read",
  copy_from_user:         "a copy that was made",
  copy_to_user:           "a copy that was made, as far as it came",
  do_exit:                "a task ends; `code` is a wait status",
  do_group_exit:          "a process ends",
  force_sig_info_to_task: "a fault, a trap, a stack without room: the signal comes whatever the task wants",
  handle_signal:          "a handler gets its frame",
  kernel_clone:           "fork, vfork, clone; after a vfork it returns when the memory is back",
  release_task:           "a dead task is taken out of the tables",
  send_signal_locked:     "a signal is sent; `type` 0 to a thread, 1 to a process, 2 to a process group",
  strncpy_from_user:      "a string that was read",
  try_to_wake_up:         "a task is woken, whoever does it",
  vfs_read:               "read and pread64",
  vfs_write:              "write and pwrite64",
  wake_up_process:        "by a timer, a timeout or a futex",
};

const differences = `What is different from Linux:

- A signal that kills shows itself in \`signal_deliver\`, where Linux makes a SIGKILL of most. The threads of a process that ends
  call \`do_exit\`, not \`do_group_exit\`; SIGCHLD passes through \`send_signal_locked\`.
- A call that a signal interrupts returns -ERESTARTSYS (-512) or -EINTR; the other values in between are not used.
- A fault brings one page, never its neighbours in the file. What the kernel itself touches for a call is no fault.
- A copy that faults at its first byte is not told of. Parameters that the model has nothing for are left out, such as registers.
- The tree of processes begins at \`init\`, which can be looked at and does nothing.
`;

export function pointsDocs(): string {
  const own = (point: KernelPoint): boolean => !/^syscalls:|^__do_sys_/.test(point.name);
  return [
    "## Events and functions\n\nWhat `kernel.trace` and `kernel.function` find, with the names of Linux 6.6.\n",
    "\n| event | when | parameters and fields |\n|---|---|---|\n",
    ...kernelEvents("riscv64").filter(own).map(eventRow),
    "| `syscalls:sys_enter_NAME` | as `sys_enter`, of one call | `__syscall_nr`, and its arguments |\n",
    "| `syscalls:sys_exit_NAME` | as `sys_exit`, of one call | `__syscall_nr`, `ret` |\n",
    "\n| function | when | parameters | returns |\n|---|---|---|---|\n",
    ...kernelFunctions("riscv64").filter(own).map(functionRow),
    "| `__do_sys_NAME` | the call itself | its arguments | `$return` |\n",
    "\nNAME is that of the definition: `newfstat`, `newuname`, `sendfile64`, `umount`, and otherwise that of the call.\n",
    "\n| structure | members |\n|---|---|\n",
    ...Object.entries(structures).map(([name, members]) => `| \`${name}\` | \`${members}\` |\n`),
    `\n${differences}`,
  ].join("");
}

function eventRow({ name, parameters, fields }: KernelPoint): string {
  const short = name.slice(name.indexOf(":") + 1) as EventName;
  const only = fields.filter((field) => !parameters.some((parameter) => parameter.name === field.name));
  return `| \`${name}\` | ${events[short]} | ${names([...parameters, ...only])} |\n`;
}

function functionRow({ name, parameters, result, results }: KernelPoint): string {
  const returns =
    result === undefined ? "never" : result === "void" ? "" : ["`$return`", names(results)].filter(Boolean).join(", ");
  return `| \`${name}\` | ${functions[name as FunctionName]} | ${names(parameters)} | ${returns} |\n`;
}

function names(fields: readonly KernelField[]): string {
  return fields.map(({ name }) => `\`${name}\``).join(", ");
}
