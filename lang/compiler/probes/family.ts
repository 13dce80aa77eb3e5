/**
 * What a probe family is: the contract between `derive.ts` and `probes/<family>.ts`.
 *
 * A family gets a point of one of its rows in `points.ts`, and answers with the places it stands for, or with a failure
 * that says at which component it went wrong.
 */

import type { ProbeSpec } from "../../../abi/manifest.ts";
import type { SymbolSource } from "../../../abi/symbol-source.ts";
import type { DiagnosticCode } from "../../../base/catalogue.ts";
import { notThereYet } from "../../../base/diagnostics.ts";
import { big } from "../../../base/int64.ts";
import type { Loc } from "../../../base/source.ts";
import type { SyscallArch } from "../../../target/syscalls.ts";
import type { PointComponent, ProbePoint } from "../../ast.ts";
import type { VariableScope } from "../compilation.ts";

export interface ResolvedSite {
  readonly spec: ProbeSpec;
  /** Canonical text. */
  readonly point: string;
  /** What -p2 says the point comes from, if not the point itself. */
  readonly origin?: string;
  /** What listings and pn() call it, if not the point itself. */
  readonly listed?: string;
  /** Where in its file a probe of a function sits, as -p2 prints it. */
  readonly pc?: string;
  readonly variables: VariableScope;
}

export interface PointFailure {
  readonly kind: "point-failure";
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly loc: Loc;
}

export type Resolution = readonly ResolvedSite[] | PointFailure;

/** `arch`: of the target; undefined for one whose system calls are not known. */
export type ResolvePoint = (point: ProbePoint, symbols: SymbolSource, arch: SyscallArch | undefined) => Resolution;

export function isFailure(answer: readonly unknown[] | PointFailure): answer is PointFailure {
  return "kind" in answer;
}

export function pointFailure(
  message: string,
  at: PointComponent | ProbePoint,
  code: DiagnosticCode = "sem-probe",
): PointFailure {
  return { kind: "point-failure", code, message, loc: at.loc };
}

export function unsupported(feature: string, at: PointComponent | ProbePoint): PointFailure {
  return pointFailure(notThereYet(feature), at, "sem-unsupported");
}

/** The component of a name that the table says is there. */
export function componentOf(point: ProbePoint, ...names: readonly string[]): PointComponent | undefined {
  return point.components.find((component) => names.includes(component.name));
}

export function numberOf(component: PointComponent | undefined): bigint | undefined {
  return component?.argument?.kind === "number" ? big(component.argument.value) : undefined;
}

export function componentText(component: PointComponent): string {
  const { argument } = component;
  if (!argument) return component.name;
  return `${component.name}(${argument.kind === "string" ? quoted(argument.value) : String(argument.value)})`;
}

export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
