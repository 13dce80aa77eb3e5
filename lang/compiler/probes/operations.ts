/**
 * The `@words` that read the target or its debuginfo by themselves: `@entry`, `@enum`, `@enumname`, `@const`,
 * `@uderef`, `@uregister`, and those that this target has no ground for.
 *
 * Called by `variables.ts`.
 */
import type { EnumTable } from "../../../abi/manifest.ts";
import type { VariablePlan } from "../../../abi/plan.ts";
import type { ModuleSymbols } from "../../../abi/symbol-source.ts";
import { notThereYet } from "../../../base/diagnostics.ts";
import { type Long, long } from "../../../base/int64.ts";
import type { AtOperation, Expression } from "../../ast.ts";
import { evaluateConstant } from "../constant-expression.ts";
import { alternativesText, failure, inModules, isReturnOfFunction, type Place, type TargetFailure } from "./access.ts";

export type OperationUse =
  | { readonly kind: "operation"; readonly plan: VariablePlan; readonly dynamic: readonly Expression[] }
  | { readonly kind: "enum-table"; readonly table: EnumTable; readonly value: Expression }
  | { readonly kind: "constant"; readonly value: Long }
  | { readonly kind: "same"; readonly value: Expression };

export function findOperation(place: Place, n: AtOperation): OperationUse | TargetFailure {
  const [first] = n.arguments;
  switch (n.operator) {
    case "@entry":
      // What is not a plain variable was replaced by the entry-values pass.
      if (first && (isReturn(place) || isArgument(place, first))) return { kind: "same", value: first };
      return failure("@entry has a meaning only in a .return probe", "sem-context");
    case "@enum":
      return findEnum(place, text(first));
    case "@enumname":
      return findEnumName(place, n);
    case "@const":
      return findConst(place, n);
    case "@uderef":
      return findDeref(n);
    case "@uregister": {
      const register = number(first);
      if (register < 0) return failure("a register has a DWARF number, from 0 on");
      const fetch = { kind: "integer", size: 8, signed: true } as const;
      const base = { kind: "registers", registers: [register] } as const;
      return operation({ text: `@uregister(${register})`, base, steps: [], fetch, pointer: false }, []);
    }
    case "@perf":
      return failure(notThereYet(`performance counters (@perf("${text(first)}"))`), "sem-unsupported");
    case "@kderef":
    case "@kregister":
      return failure(`${n.operator}: there is no kernel below the processes of this target to read`, "sem-unsupported");
    case "@probewrite":
      return failure("@probewrite asks about the handler behind an alias, and this probe has none", "sem-context");
    case "@defined":
      return failure("@defined in a function that no probe calls", "sem-context");
  }
}

function isReturn({ draft }: Place): boolean {
  return isReturnOfFunction(draft?.variables);
}

/** Of a system call that returns: the arguments are those of its entry anyway. */
function isArgument({ draft }: Place, n: Expression): boolean {
  const scope = draft?.variables;
  return scope?.kind === "syscall" && scope.return && n.kind === "target" && n.name !== "$return";
}

function findEnum({ draft }: Place, name: string): OperationUse | TargetFailure {
  const scope = draft?.variables;
  if (scope?.kind !== "function") return failure(`@enum("${name}"): no probed function here, so no debuginfo`);
  const value = scope.module.enumerator(name);
  if (value === undefined) return failure(`no enumerator '${name}' in ${scope.module.path}`);
  return { kind: "constant", value: long(BigInt(value)) };
}

function findEnumName(place: Place, n: AtOperation): OperationUse | TargetFailure {
  const [value, type, module] = n.arguments;
  if (!value) return failure("@enumname needs a value");
  const named = (of: ModuleSymbols): OperationUse | TargetFailure => {
    const ref = of.castType(text(type));
    if (typeof ref !== "number") return failure(ref.message + alternativesText(ref));
    return enumTable(of, ref, value, `'${text(type)}'`);
  };
  if (module) return inModules(place, text(module), named);
  if (type) {
    const scope = place.draft?.variables;
    return scope?.kind === "function"
      ? named(scope.module)
      : failure("@enumname: no probed function here, so the type needs a module");
  }
  const detail = place.detail(value);
  if (detail === undefined || detail === "conflict") {
    return failure("@enumname: the type of this value is not known; name it", "sem-type");
  }
  return enumTable(detail.module, detail.type, value, "the type of this value");
}

function enumTable(module: ModuleSymbols, type: number, value: Expression, what: string): OperationUse | TargetFailure {
  const names = module.enumerators(type);
  if (!names) return failure(`@enumname: ${what} is no enum`);
  // Of two names for one value the first is shown.
  const table = Object.fromEntries([...names].reverse().map((item) => [item.value, item.name]));
  return { kind: "enum-table", table, value };
}

function findConst({ c }: Place, n: AtOperation): OperationUse | TargetFailure {
  const [first] = n.arguments;
  const value = evaluateConstant(text(first), c.options.limits);
  return typeof value === "string" ? failure(`@const: ${value}`) : { kind: "constant", value: long(value) };
}

function findDeref(n: AtOperation): OperationUse | TargetFailure {
  const [size, address] = n.arguments;
  const bytes = number(size);
  if (!address || (bytes !== 1 && bytes !== 2 && bytes !== 4 && bytes !== 8)) {
    return failure("@uderef reads 1, 2, 4 or 8 bytes");
  }
  const fetch = { kind: "integer", size: bytes, signed: false } as const;
  const base = { kind: "argument", argument: 0 } as const;
  const steps = [{ kind: "deref" }] as const;
  return operation({ text: `@uderef(${bytes}, ...)`, base, steps, fetch, pointer: false }, [address]);
}

function operation(plan: VariablePlan, dynamic: readonly Expression[]): OperationUse {
  return { kind: "operation", plan, dynamic };
}

function text(e: Expression | undefined): string {
  return e?.kind === "string" ? e.value : "";
}

function number(e: Expression | undefined): number {
  if (e?.kind === "number") return Number(e.value);
  return e?.kind === "unary" && e.operator === "-" ? -number(e.operand) : Number.NaN;
}
