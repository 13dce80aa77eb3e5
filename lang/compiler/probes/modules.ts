/**
 * The files that the head of a point names: `process`, `process("PATH")`, `process("GLOB")`.
 *
 * Asked by the families whose probes sit in files. Without a path the program of -c is meant.
 */
import type { ModuleSymbols, SymbolFailure, SymbolSource } from "../../../abi/symbol-source.ts";
import type { ProbePoint } from "../../ast.ts";
import { componentOf, type PointFailure, pointFailure, unsupported } from "./family.ts";

export function openModules(point: ProbePoint, symbols: SymbolSource): readonly ModuleSymbols[] | PointFailure {
  const head = componentOf(point, "process");
  if (!head) return pointFailure("a probe point without a process", point);
  const { argument } = head;
  const path = argument?.kind === "string" ? argument.value : symbols.program;
  if (path === undefined) return pointFailure("'process' without a path needs a program to run (-c)", head);
  if (/[*?[]/.test(path)) return openGlob(path, head, symbols);
  const module = symbols.open(path);
  return module.kind === "failure" ? pointFailure(failureText(module), head) : [module];
}

/** Files that are no programs are passed over, as a folder has them. */
function openGlob(glob: string, head: ProbePoint["components"][number], symbols: SymbolSource) {
  if (!symbols.glob) return unsupported("wildcards in the path of a process probe", head);
  const paths = symbols.glob(glob);
  const modules = paths.map((path) => symbols.open(path)).filter((module) => module.kind === "module");
  return modules.length > 0 ? modules : pointFailure(`no program matches ${glob}`, head);
}

export function failureText({ message, alternatives = [] }: SymbolFailure): string {
  return alternatives.length > 0 ? `${message} (similar: ${alternatives.join(", ")})` : message;
}
