/**
 * What a probe family is: the contract between the resolve-probes pass and `probes/<family>.ts`.
 *
 * A family gets a point whose first component bears its name and answers with the places it stands for, or with a
 * failure that says at which component it went wrong.
 */

import type { ProbeSpec } from "../../../abi/manifest.ts";
import type { SymbolSource } from "../../../abi/symbol-source.ts";
import type { DiagnosticCode } from "../../../base/catalogue.ts";
import { notThereYet } from "../../../base/diagnostics.ts";
import type { Loc } from "../../../base/source.ts";
import type { PointComponent, ProbePoint } from "../../ast.ts";
import type { VariableScope } from "../compilation.ts";
import { similarText } from "../similar.ts";

export interface ResolvedSite {
  readonly spec: ProbeSpec;
  /** Canonical text. */
  readonly point: string;
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

export interface Family {
  /** The first component. */
  readonly head: string;
  resolve(point: ProbePoint, symbols: SymbolSource): Resolution;
}

export function isFailure(resolution: Resolution): resolution is PointFailure {
  return "kind" in resolution;
}

export function pointFailure(
  message: string,
  at: PointComponent | ProbePoint,
  code: DiagnosticCode = "sem-probe",
): PointFailure {
  return { kind: "point-failure", code, message, loc: at.loc };
}

/** A component that is none of those that may stand there. */
export function unknownComponent(at: PointComponent, names: readonly string[]): PointFailure {
  return pointFailure(`no probe point component '${componentText(at)}' here${similarText(at.name, names)}`, at);
}

export function unsupported(feature: string, at: PointComponent): PointFailure {
  return pointFailure(notThereYet(feature), at, "sem-unsupported");
}

/** Something after the last component a point can have. */
export function trailing(at: PointComponent): PointFailure {
  return pointFailure(`'${at.name}' cannot follow here in a probe point`, at);
}

export function componentText(component: PointComponent): string {
  const { argument } = component;
  if (!argument) return component.name;
  return `${component.name}(${argument.kind === "string" ? quoted(argument.value) : String(argument.value)})`;
}

export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
