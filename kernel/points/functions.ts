/**
 * Functions that a system call runs, and that may have to wait in it: vfs_read, kernel_clone.
 *
 * A call that waits is made again from the start (`syscall-context.ts`), but its functions are called once and return once: when
 * they need not wait any more, or with the result of the call when a signal ends it.
 */
import type { CallValues, FunctionName } from "../../target/kernel-points.ts";
import type { FunctionPoint } from "../points.ts";
import type { CallInProgress, Task } from "../process/task.ts";
import type { SyscallResult } from "../syscall-context.ts";
import type { Point } from "./point.ts";

/** A function that was called and has not returned. */
export interface ActiveFunction {
  readonly name: FunctionName;
  returns(result: number | bigint): void;
}

/** Runs `body`, which is the function `name` of a call that is in progress; worth it only while the point is watched. */
export function inCall<N extends FunctionWithResult>(
  task: Task,
  name: N,
  parameters: () => CallValues<N>,
  body: () => SyscallResult,
): SyscallResult {
  const { call } = task;
  const point = task.machine.points.functions[name] as unknown as FunctionPoint;
  if (!call || !point.watched) return body();
  let active = call.functions?.find((f) => f.name === name);
  if (!active && !call.tried) {
    const values = parameters() as object;
    active = { name, returns: (result) => (point.return as Point).fire(task, { ...values, return: result }) };
    call.functions = [...(call.functions ?? []), active];
    (point.call as Point).fire(task, { ...values });
  }
  const result = body();
  if (active && (typeof result === "number" || typeof result === "bigint")) {
    call.functions = (call.functions ?? []).filter((f) => f !== active);
    active.returns(result);
  }
  return result;
}

/** Those that have nothing to tell at their return but the result. */
type FunctionWithResult = "vfs_read" | "vfs_write" | "kernel_clone";

/** The call is over. */
export function returnAll(call: CallInProgress, result: bigint): void {
  for (const active of call.functions?.reverse() ?? []) active.returns(result);
  call.functions = undefined;
}
