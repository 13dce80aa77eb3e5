/** Who is running and which probe was hit: the context functions of the language. */
import type { BuiltinTable } from "../abi/builtins.ts";
import type { Long } from "../base/int64.ts";

/** What interrupted nobody runs as, by the kernel's own name. */
const IDLE = "swapper/0";

// biome-ignore format: table
export const context = {
  cpu:      (c) => c.task?.cpu ?? 0,
  egid:     (c) => c.task?.egid ?? 0,
  euid:     (c) => c.task?.euid ?? 0,
  execname: (c) => c.task?.execname ?? IDLE,
  gid:      (c) => c.task?.gid ?? 0,
  pid:      (c) => c.task?.pid ?? 0,
  pn:       (c) => c.pointName,
  pp:       (c) => c.point,
  ppfunc:   (c) => c.functionName,
  ppid:     (c) => c.task?.ppid ?? 0,
  syscall_name: (c, nr: Long) => c.syscallName(nr) ?? String(nr),
  syscall_num:  (c, name: string) => c.syscallNumber(name) ?? -1,
  target:   (c) => c.targetPid,
  tid:      (c) => c.task?.tid ?? 0,
  uaddr:    (c) => c.pc,
  uid:      (c) => c.task?.uid ?? 0,
} satisfies BuiltinTable;
