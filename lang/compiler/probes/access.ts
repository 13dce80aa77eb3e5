/**
 * Where a target node begins and what it asks of the debuginfo: the module, the root, the steps.
 *
 * Called by `variables.ts` for plans and by the type-details pass for types. A `Place` is what the node stands in: a
 * probe, a function cloned for it, or a function that belongs to no probe.
 */
import type { PrettyPlan } from "../../../abi/plan.ts";
import type {
  Access,
  AccessAnswer,
  AccessRoot,
  AccessStep,
  ModuleSymbols,
  ProbeSite,
  SymbolFailure,
} from "../../../abi/symbol-source.ts";
import type { DiagnosticCode } from "../../../base/catalogue.ts";
import { notThereYet } from "../../../base/diagnostics.ts";
import type { AtVar, AutoCast, Cast, Expression, TargetVariable } from "../../ast.ts";
import { compareVersions } from "../../parser/versions.ts";
import type { Compilation, ProbeDraft, TypeDetail, VariableScope } from "../compilation.ts";

export interface Place {
  readonly c: Compilation;
  /** Absent in a function that belongs to no probe. */
  readonly draft: ProbeDraft | undefined;
  /** What is known of the type of a value. */
  detail(e: Expression): TypeDetail | undefined;
}

export interface TargetFailure {
  readonly kind: "failure";
  readonly code: DiagnosticCode;
  readonly message: string;
}

export interface Located {
  readonly kind: "located";
  readonly module: ModuleSymbols;
  readonly answer: AccessAnswer;
  /** Dynamic arguments of the plan. */
  readonly dynamic: readonly Expression[];
  /** `site`: the plan belongs to the probe; `entry`: its value at the entry of the function; `anywhere`: to no probe. */
  readonly of: "site" | "entry" | "anywhere";
}

/** `$x$`, `$x$$`: the value as text. */
export interface LocatedText {
  readonly kind: "pretty";
  readonly plan: PrettyPlan;
  readonly dynamic: readonly Expression[];
}

/** What a node asks of the debuginfo; `pretty` says how deep, when it wants text. */
interface Asked {
  readonly access: Access;
  readonly dynamic: readonly Expression[];
  readonly pretty: "shallow" | "deep" | undefined;
}

type Answer = Located | LocatedText | TargetFailure;
type ComponentNode = TargetVariable | AtVar | Cast | AutoCast;
type FunctionScope = VariableScope & { kind: "function" };

export function failure(message: string, code: DiagnosticCode = "sem-target-variable"): TargetFailure {
  return { kind: "failure", code, message };
}

/** `$name` of a function probe. */
export function locateVariable(scope: FunctionScope, n: TargetVariable): Answer {
  const asked = accessOf(n, []);
  const name = n.name.slice(1);
  if (name === "return" && !scope.return) return failure("'$return' is known only in a .return probe");
  if (name === "return" && !scope.module.returnsValue(scope.site)) {
    return failure(`function '${scope.site.function}' returns nothing, so there is no $return`);
  }
  const isEntry = scope.return && name !== "return";
  const root: AccessRoot = { kind: "variable", site: isEntry ? entrySite(scope.site) : scope.site, name };
  return located(scope.module, root, asked, isEntry ? "entry" : "site");
}

/** `@var("name@file", "module")`: of a module that is named, else of that of the probe, where locals come last. */
export function locateAtVar(place: Place, n: AtVar): Answer {
  const asked = accessOf(n, []);
  const [name = "", file] = n.name.value.split("@", 2) as [string, string?];
  const global = { kind: "global", name, ...(file !== undefined && { file }) } as const;
  if (n.module) {
    return inModules(place, n.module.value, (module) => located(module, global, asked, "anywhere"));
  }
  const scope = place.draft?.variables;
  if (scope?.kind !== "function") return failure(`${asked.access.text}: no probed function here; name the module`);
  // Before 4.1 a global was the value at the entry too.
  const early = scope.return && asked.dynamic.length === 0 && compareVersions(place.c.options.compatible, "4.1") < 0;
  const site = early ? entrySite(scope.site) : scope.site;
  const found = located(scope.module, { ...global, site }, asked, early ? "entry" : "site");
  if (found.kind !== "failure" || file !== undefined) return found;
  const root: AccessRoot = { kind: "variable", site: scope.return ? entrySite(scope.site) : scope.site, name };
  const local = located(scope.module, root, asked, scope.return ? "entry" : "site");
  return local.kind === "failure" ? found : local;
}

/** `@cast(value, "type", "module")` */
export function locateCast(place: Place, n: Cast): Answer {
  const asked = accessOf(n, [n.operand]);
  const inModule = (module: ModuleSymbols): Answer => {
    const type = module.castType(n.type.value);
    if (typeof type !== "number") return failure(type.message + alternativesText(type));
    return located(module, { kind: "value", type }, asked, "anywhere");
  };
  if (n.module) return inModules(place, n.module.value, inModule);
  const scope = place.draft?.variables;
  if (scope?.kind === "function") return inModule(scope.module);
  return failure(`${asked.access.text}: no probed function here, so the type needs a module`);
}

/** `value->member`, `value[index]`: by the type that the value came with. */
export function locateAutoCast(place: Place, n: AutoCast): Answer {
  const asked = accessOf(n, [n.operand]);
  const detail = place.detail(n.operand);
  if (detail === undefined) return failure("the type of this value is not known: use @cast", "sem-type");
  if (detail === "conflict") return failure("this value comes with different types: use @cast", "sem-type");
  return located(detail.module, { kind: "value", type: detail.type }, asked, "anywhere");
}

/** Where the parameters of a call are looked at for its return probe. */
export function entrySite(site: ProbeSite): ProbeSite {
  return site.body ? { ...site, ...site.body } : site;
}

/** Where `@entry` has a meaning, and parameters are those of the entry. */
export function isReturnOfFunction(scope: VariableScope | undefined): boolean {
  return (scope?.kind === "function" || scope?.kind === "kernel") && scope.return;
}

export function literalIndex(e: Expression): number | undefined {
  if (e.kind === "number" && typeof e.value === "number") return e.value;
  if (e.kind === "unary" && e.operator === "-" && e.operand.kind === "number" && typeof e.operand.value === "number") {
    return 0 - e.operand.value;
  }
  return undefined;
}

/** Whether some `[index]` is computed when the probe runs. */
export function hasDynamicIndex(n: ComponentNode): boolean {
  return n.components.some((part) => part.kind === "element" && literalIndex(part.index) === undefined);
}

export function alternativesText(failed: SymbolFailure): string {
  const names = failed.alternatives ?? [];
  return names.length > 0 ? ` (alternatives: ${names.join(", ")})` : "";
}

/** The steps behind a node; `first` are the dynamic arguments before the computed indexes. */
function accessOf(n: ComponentNode, first: readonly Expression[]): Asked {
  const steps: AccessStep[] = [];
  const dynamic = [...first];
  for (const component of n.components) {
    if (component.kind === "member") steps.push({ kind: "member", name: component.name });
    if (component.kind !== "element") continue;
    const value = literalIndex(component.index);
    if (value === undefined) dynamic.push(component.index);
    steps.push(value === undefined ? { kind: "element", argument: dynamic.length - 1 } : { kind: "element", value });
  }
  const last = n.components.at(-1);
  const pretty = last?.kind !== "pretty" ? undefined : last.deep ? "deep" : "shallow";
  return { access: { steps, addressOf: n.addressOf, text: accessText(n) }, dynamic, pretty };
}

function accessText(n: ComponentNode): string {
  let text = n.addressOf ? "&" : "";
  if (n.kind === "target") text += n.name;
  else if (n.kind === "atvar") text += `@var("${n.name.value}")`;
  else if (n.kind === "cast") text += `@cast(..., "${n.type.value}")`;
  else text += "...";
  for (const component of n.components) {
    if (component.kind === "member") text += `->${component.name}`;
    if (component.kind === "element") text += `[${literalIndex(component.index) ?? "..."}]`;
  }
  return text;
}

function located(
  module: ModuleSymbols,
  root: AccessRoot,
  { access, dynamic, pretty }: Asked,
  of: Located["of"],
): Answer {
  if (pretty) {
    const text = module.pretty(root, access, pretty === "deep");
    if (text.kind === "failure") return failure(text.message + alternativesText(text));
    return { kind: "pretty", plan: text.plan, dynamic };
  }
  const answer = module.access(root, access);
  if (answer.kind === "failure") return failure(answer.message + alternativesText(answer));
  return { kind: "located", module, answer, dynamic, of };
}

/** The first of the modules of `PATH:PATH...` that gives an answer, else what was wrong with the last. */
export function inModules<T extends { readonly kind: string }>(
  place: Place,
  paths: string,
  ask: (module: ModuleSymbols) => T | TargetFailure,
): T | TargetFailure {
  let answer: T | TargetFailure = failure("an empty module path");
  for (const path of paths.split(":")) {
    answer = inModule(place, path, ask);
    if (answer.kind !== "failure") return answer;
  }
  return answer;
}

function inModule<T>(place: Place, path: string, ask: (module: ModuleSymbols) => T | TargetFailure): T | TargetFailure {
  if (path === "kernel") return failure(notThereYet("types and variables of the kernel"), "sem-unsupported");
  if (path.includes("<")) return failure(notThereYet(`types out of header files (${path})`), "sem-unsupported");
  const module = place.c.options.symbols.open(path);
  return module.kind === "module" ? ask(module) : failure(module.message + alternativesText(module));
}
