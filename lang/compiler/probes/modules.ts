/**
 * The files that the head of a point names: `process`, `process("PATH")`, `process("GLOB")`, and behind each of them
 * `.library("NAME")`.
 *
 * Asked by the families whose probes sit in files. Without a path the program of -c is meant.
 */
import type { ModuleSymbols, SymbolFailure, SymbolSource } from "../../../abi/symbol-source.ts";
import type { ProbePoint } from "../../ast.ts";
import { componentOf, isFailure, type PointFailure, pointFailure, quoted, unsupported } from "./family.ts";
import { openLibraries } from "./library.ts";

export interface ProbedFile {
  readonly module: ModuleSymbols;
  /** How the script comes to it: `process("PATH")`, `process("PATH").library("PATH")`. */
  readonly via: string;
}

export function openModules(point: ProbePoint, symbols: SymbolSource): readonly ProbedFile[] | PointFailure {
  const programs = openPrograms(point, symbols);
  const library = componentOf(point, "library");
  if (isFailure(programs)) return programs;
  const files = programs.map((module) => ({ module, via: `process(${quoted(module.path)})` }));
  if (library?.argument?.kind !== "string") return files;
  const pattern = library.argument.value;
  const known: string[] = [];
  const found = files.flatMap(({ module: program, via }) => {
    const libraries = openLibraries(program, pattern, symbols, known);
    return libraries.map((module) => ({ module, via: `${via}.library(${quoted(module.path)})` }));
  });
  if (found.length > 0) return found;
  const libraries = known.length > 0 ? ` (there are ${known.slice(0, 5).join(", ")})` : "";
  return pointFailure(`the program has no library '${pattern}'${libraries}`, library);
}

function openPrograms(point: ProbePoint, symbols: SymbolSource): readonly ModuleSymbols[] | PointFailure {
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
