/**
 * `syscall.NAME`, `process.syscall("NAME")`, `syscall_any`, with `.return`: probes on system calls that are told apart by name.
 *
 * The points are not rows of the table: `growSyscalls` hangs those of an architecture into the tree when a script asks
 * what is below `syscall`. A call that another architecture has, and a call by the kernel's own name where
 * scripts use another, can be written out; wildcards do not find them.
 */
import type { ProbeSpec, ProcessSelector } from "../../../abi/manifest.ts";
import { isSyscallProbe, syscallProbes } from "../../../target/syscall-probes.ts";
import { findSyscall, type SyscallArch, type SyscallRow, syscalls } from "../../../target/syscalls.ts";
import type { PointComponent } from "../../ast.ts";
import type { Environment } from "../../parser/environment.ts";
import { similarText } from "../../similar.ts";
import {
  componentOf,
  type PointFailure,
  pointFailure,
  quoted,
  type Resolution,
  type ResolvedSite,
  type ResolvePoint,
} from "./family.ts";
import type { PointRow } from "./points.ts";
import type { PointNode } from "./tree.ts";

const heads = ["syscall", "dw_syscall", "nd_syscall", "tp_syscall"];

const row: PointRow = { family: "syscall", points: "{,dw_,nd_,tp_}syscall.NAME{,.return{,.maxactive(N)}}" };

/** The names of the kernel's sources for the machines whose calls are known. */
const archs: { readonly [arch: string]: SyscallArch } = { riscv: "riscv64", x86_64: "x86_64" };

export function syscallArch({ arch }: Environment): SyscallArch | undefined {
  return archs[arch];
}

/** Below `syscall` and its other names. */
export function growSyscalls(root: PointNode, arch: SyscallArch | undefined): void {
  for (const head of heads) {
    root.grow(head, "none").later((node) => {
      const known: ReadonlyMap<string, unknown> = arch ? syscallProbes(arch) : new Map();
      for (const name of known.keys()) growPoint(node, name, false);
      for (const { name } of syscalls) if (!known.has(name)) growPoint(node, name, true);
    });
  }
}

function growPoint(node: PointNode, name: string, hidden: boolean): void {
  const entry = node.grow(name, "none", hidden);
  // Who writes a library has the last word on what a name means.
  if (entry.ends.length === 0) entry.ends.push({ kind: "row", row });
  const back = entry.grow("return", "none");
  if (back.ends.length === 0) back.ends.push({ kind: "row", row });
  back.grow("maxactive", "number").ends.push({ kind: "row", row });
}

/** Of points whose second component is the name of a probe. */
export const resolveSyscall: ResolvePoint = (point, _symbols, arch) => {
  const [head, part] = point.components;
  if (!head) return pointFailure("a probe point without components", point);
  const isReturn = componentOf(point, "return") !== undefined;
  if (head.name === "syscall_any") return [siteOf({ kind: "any" }, undefined, isReturn, arch)];
  if (!part) return pointFailure("a system call without a name", point);
  const probe = part.name;
  const rows = rowsOf(probe, part, arch);
  if ("message" in rows) return rows;
  const listed = `${head.name}.${probe}${isReturn ? ".return" : ""}`;
  return rows.map((call) => ({ ...siteOf({ kind: "any" }, call, isReturn, arch), listed }));
};

/** `process….syscall("NAME")` */
export function resolveNamedCall(
  selector: ProcessSelector,
  component: PointComponent,
  isReturn: boolean,
  arch: SyscallArch | undefined,
): Resolution {
  const name = component.argument?.kind === "string" ? component.argument.value : "";
  const rows = rowsOf(name, component, arch);
  return "message" in rows ? rows : rows.map((call) => siteOf(selector, call, isReturn, arch));
}

function rowsOf(
  probe: string,
  at: PointComponent,
  arch: SyscallArch | undefined,
): readonly SyscallRow[] | PointFailure {
  if (!arch) return pointFailure("the system calls of this machine are not known", at);
  const probes = syscallProbes(arch);
  const rows = probes.get(probe);
  if (rows) return rows;
  const call = findSyscall(probe);
  if (call?.[arch] !== undefined) return [call];
  if (!isSyscallProbe(probe)) return pointFailure(`no system call '${probe}'${similarText(probe, probes.keys())}`, at);
  const instead = [`${probe}at`, `${probe}at2`, `${probe}4`, `${probe}2`, `${probe}3`].filter((name) =>
    probes.has(name),
  );
  const hint = instead.length > 0 ? `; its programs use ${instead[0]}` : "";
  return pointFailure(`${arch} has no system call '${probe}'${hint}`, at);
}

function siteOf(
  selector: ProcessSelector,
  row: SyscallRow | undefined,
  isReturn: boolean,
  arch: SyscallArch | undefined,
): ResolvedSite {
  const event = isReturn ? "syscall.return" : "syscall";
  const spec: ProbeSpec = { kind: "process", event, selector, ...(row && { calls: [row.name] }) };
  const who = selector.kind === "any" ? "" : `(${selector.kind === "pid" ? selector.pid : quoted(selector.path)})`;
  const what = row ? `syscall(${quoted(row.name)})` : "syscall";
  return {
    spec,
    point: `process${who}.${what}${isReturn ? ".return" : ""}`,
    variables: { kind: "syscall", return: isReturn, ...(arch && { call: { row, arch } }) },
  };
}
