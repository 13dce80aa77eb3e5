/** Who is running and which probe was hit: the context functions of the language. */
import type { BuiltinHost, BuiltinTable } from "../abi/builtins.ts";
import type { Long } from "../base/int64.ts";
import { nameOf } from "./ucontext.ts";

/** What interrupted nobody runs as, by the kernel's own name. */
export const IDLE = "swapper/0";

// biome-ignore format: table
export const context = {
  __probe_condition: (c, value: Long) => void c.setCondition(value !== 0),
  cmdline_args: (c, n: Long, m: Long, delimiter: string) => cut(c, words(c, n, m).join(delimiter)),
  cpu:          (c) => c.task?.cpu ?? 0,
  egid:         (c) => c.task?.egid ?? 0,
  env_var:      (c, name: string) => cut(c, variable(c.task?.environment ?? [], name)),
  errno_str:    (c, number: Long) => c.errnoName(number < 0 ? -number : number) ?? `E#${number < 0 ? -number : number}`,
  euid:         (c) => c.task?.euid ?? 0,
  execname:     (c) => c.task?.execname ?? IDLE,
  gid:          (c) => c.task?.gid ?? 0,
  is_return:    (c) => (c.isReturn ? 1 : 0),
  pexecname:    (c) => (c.task && c.findTask(c.task.ppid)?.execname) ?? IDLE,
  pgrp:         (c) => c.task?.pgrp ?? 0,
  pid:          (c) => c.task?.pid ?? 0,
  pn:           (c) => c.pointName,
  pnlabel:      (c) => /\.label\("([^"]*)"\)/.exec(c.pointName)?.[1] ?? "",
  pp:           (c) => c.point,
  ppfunc:       (c) => c.functionName,
  ppid:         (c) => c.task?.ppid ?? 0,
  probefunc:    (c) => functionOf(c),
  probe_type:   (c) => c.probeType,
  sid:          (c) => c.task?.sid ?? 0,
  signal_str:   (c, number: Long) => c.signalName(number),
  syscall_name: (c, nr: Long) => c.syscallName(nr) ?? String(nr),
  syscall_num:  (c, name: string) => c.syscallNumber(name) ?? -1,
  target:       (c) => c.targetPid,
  target_set_pid: (c, pid: Long) => (c.isOfTarget(pid) ? 1 : 0),
  target_set_report: (c) => targetSetReport(c),
  tid:          (c) => c.task?.tid ?? 0,
  uaddr:        (c) => c.pc,
  uid:          (c) => c.task?.uid ?? 0,
  user_mode:    (c) => (c.task && !c.inKernel ? 1 : 0),
} satisfies BuiltinTable;

/** By the symbol of the address, as in a backtrace; at a return that would be the caller. */
function functionOf(c: BuiltinHost): string {
  if (c.inKernel) return c.functionName;
  const name = nameOf(c, c.pc);
  return c.functionName !== "" && (c.isReturn || name.startsWith("0x")) ? c.functionName : name;
}

/** Every process of the set below the one that made it. */
function targetSetReport(c: BuiltinHost): undefined {
  const leaders = c.tasks().filter(({ tid, pid }) => tid === pid && c.isOfTarget(pid));
  c.print(["target set:", ...leaders.map(({ pid, ppid }) => `${ppid} begat ${pid}`), ""].join("\n"));
}

/** Words `n` to `m` of the command line; -1 is the last one. */
function words(c: BuiltinHost, n: Long, m: Long): readonly string[] {
  const all = c.task?.commandLine ?? [];
  return all.slice(Math.max(0, Number(n)), m < 0 ? all.length : Number(m) + 1);
}

function variable(environment: readonly string[], name: string): string {
  return environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) ?? "";
}

function cut(c: BuiltinHost, text: string): string {
  return text.slice(0, c.maxString - 1);
}
