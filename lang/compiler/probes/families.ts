/**
 * What the rows of the table of probe points resolve to. Points come here after they were matched, so their components
 * and the kinds of their arguments are right: a new family is rows in `points.ts`, one file, and one line here.
 */
import type { SymbolSource } from "../../../abi/symbol-source.ts";
import type { SyscallArch } from "../../../target/syscalls.ts";
import type { ProbePoint } from "../../ast.ts";
import { pointFailure, type Resolution, type ResolvePoint, unsupported } from "./family.ts";
import { resolveFunction } from "./function.ts";
import { resolveCallee, resolveLabel } from "./in-function.ts";
import { resolveKernel } from "./kernel.ts";
import { resolveMark, resolvePlt } from "./mark.ts";
import type { FamilyName, PointRow } from "./points.ts";
import { resolveProcessEvent } from "./process.ts";
import { resolveProcfs } from "./procfs.ts";
import { resolveSession } from "./session.ts";
import { resolveStatement } from "./statement.ts";
import { resolveSyscall } from "./syscall.ts";
import { resolveTimer } from "./timer.ts";

const families: { readonly [name in Exclude<FamilyName, "missing">]: ResolvePoint } = {
  session: resolveSession,
  timer: resolveTimer,
  procfs: resolveProcfs,
  "process-event": resolveProcessEvent,
  function: resolveFunction,
  statement: resolveStatement,
  label: resolveLabel,
  callee: resolveCallee,
  mark: resolveMark,
  plt: resolvePlt,
  syscall: resolveSyscall,
  kernel: resolveKernel,
};

export function resolveRow(
  row: PointRow,
  point: ProbePoint,
  symbols: SymbolSource,
  arch: SyscallArch | undefined,
  kernelProbes: boolean,
): Resolution {
  const head = point.components[0];
  if (!head) return pointFailure("a probe point without components", point);
  if (row.family === "missing") return unsupported(row.lacks ?? row.points, head);
  if (row.family === "kernel" && !kernelProbes) return pointFailure(row.lacks ?? row.points, head, "sem-unsupported");
  return families[row.family](point, symbols, arch);
}
