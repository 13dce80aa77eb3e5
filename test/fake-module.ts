/**
 * A program described by hand, for tests of `$variables` without a binary: one function `f` with parameters `p` and `b`
 * and a local `x`.
 *
 * Used by test/elaborate and test/emit, which say where the function and its variables are; all else is not there.
 */
import type { ModuleSymbols, ProbeSite, SymbolFailure } from "../abi/symbol-source.ts";

export const site: ProbeSite = { function: "f", file: "/src/a.c", line: 5, address: 0x1144, fileOffset: 0x144, die: 1 };

export function fakeModule({ functions, variable }: Pick<ModuleSymbols, "functions" | "variable">): ModuleSymbols {
  return {
    kind: "module",
    path: "/bin/prog",
    arch: "riscv64",
    relocatable: false,
    hasDebugInfo: true,
    functions,
    variable,
    access(root, access) {
      if (root.kind !== "variable") return absent("not here");
      const answer = variable(site, { ...access, name: root.name });
      return "kind" in answer ? answer : { kind: "access", plan: answer, type: undefined };
    },
    castType: (name) => absent(`no type '${name}'`),
    enumerator: () => undefined,
    enumerators: () => undefined,
    variables: () => ({ parameters: ["p", "b"], locals: ["x"] }),
    pretty: () => absent("nothing is printed as text here"),
    functionAt: () => absent("no such function"),
    labels: () => absent("no such label"),
    callees: () => absent("no such callee"),
    marks: () => absent("no such mark"),
    plt: () => absent("no such entry"),
    needed: { names: [], folders: [] },
    statements: () => absent("no such statement"),
    statementAt: () => absent("no such statement"),
    variableType: () => undefined,
    returnsValue: () => true,
  };
}

function absent(message: string): SymbolFailure {
  return { kind: "failure", message };
}
