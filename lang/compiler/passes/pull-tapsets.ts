/**
 * Pass "pull-tapsets": adds the library files that define what the script uses and does not define.
 *
 * A library file comes in whole, with its probes, and may itself need others. Of a function or a global the first
 * file of the search path that has it is taken; of an alias all are, because every definition of it applies. A library's
 * function comes in beside the user's of its name, because it may have another arity or stand behind it in a chain.
 */
import type { Source } from "../../../base/source.ts";
import type { Item, PointComponent, ProbePoint, ScriptFile } from "../../ast.ts";
import { type Node, walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { globTest } from "../probes/globs.ts";
import type { TapsetNameKind } from "../tapset-library.ts";
import { declareFile } from "./collect.ts";
import { parseFile, warnOfUnusedArguments } from "./parse.ts";

export function pullTapsets(c: Compilation): void {
  const files = new LibraryFiles(c);
  const asked = { function: new Set<string>(), global: new Set<string>(), point: new Set<string>() };
  const first = (set: Set<string>, name: string) => !set.has(name) && set.add(name);
  const visit = (file: ScriptFile): void => {
    const { source } = file;
    for (const item of file.items) {
      for (const point of pointsOf(item)) {
        const key = point.components.map(({ name }) => name).join(".");
        if (!first(asked.point, key)) continue;
        for (const name of c.options.tapsets.names("alias")) {
          if (mayMeet(name.split("."), point.components)) files.pull("alias", name);
        }
      }
      for (const root of rootsOf(item)) {
        walk(root, (n) => {
          if (n.kind === "call" && first(asked.function, n.name)) {
            files.pullFirst("function", n.name);
          } else if (n.kind === "name" && !c.scope.findGlobal(n.name, source) && first(asked.global, n.name)) {
            files.pullFirst("global", n.name);
          }
        });
      }
    }
  };
  // A list that grows while it is walked: each file once.
  for (const file of c.files) visit(file);
  warnOfUnusedArguments(c);
}

class LibraryFiles {
  readonly #c: Compilation;
  readonly #parsed = new Map<Source, ScriptFile>();
  readonly #pulled = new Set<Source>();

  constructor(c: Compilation) {
    this.#c = c;
  }

  /** All files that define the name. */
  pull(kind: TapsetNameKind, name: string): void {
    for (const source of this.#c.options.tapsets.filesDefining(kind, name)) this.#pullFile(source, kind, name);
  }

  /** One file that defines the name. */
  pullFirst(kind: TapsetNameKind, name: string): void {
    this.#c.options.tapsets.filesDefining(kind, name).some((source) => this.#pullFile(source, kind, name));
  }

  /** Whether the file, which only may define the name, does. */
  #pullFile(source: Source, kind: TapsetNameKind, name: string): boolean {
    if (this.#pulled.has(source)) return true;
    const file = this.#parse(source);
    if (!file.items.some((item) => defines(item, kind, name))) return false;
    this.#pulled.add(source);
    this.#c.files.push(file);
    declareFile(this.#c, file);
    return true;
  }

  #parse(source: Source): ScriptFile {
    let file = this.#parsed.get(source);
    if (!file) {
      file = parseFile(this.#c, source);
      this.#parsed.set(source, file);
    }
    return file;
  }
}

function defines(item: Item, kind: TapsetNameKind, name: string): boolean {
  if (item.kind === "alias") {
    return kind === "alias" && item.names.some((point) => point.components.map((part) => part.name).join(".") === name);
  }
  return item.kind === kind && "name" in item && item.name === name && !item.private;
}

/** The alias and the point agree as far as the shorter of them goes. */
function mayMeet(alias: readonly string[], components: readonly PointComponent[]): boolean {
  for (const [i, { name }] of components.entries()) {
    const part = alias[i];
    if (part === undefined) return true;
    if (name.includes("**")) return globTest(`${name.slice(0, name.indexOf("**"))}*`)(part);
    if (!globTest(name)(part)) return false;
  }
  return true;
}

function pointsOf(item: Item): readonly ProbePoint[] {
  return item.kind === "probe" || item.kind === "alias" ? item.points : [];
}

/** What of an item can use a name: bodies and conditions. */
function rootsOf(item: Item): readonly Node[] {
  const conditions = pointsOf(item).flatMap(({ condition }) => (condition ? [condition] : []));
  switch (item.kind) {
    case "probe":
      return [...conditions, item.body];
    case "alias":
      return [...conditions, item.body, ...(item.epilogue ? [item.epilogue] : [])];
    case "function":
      return [item.body];
    default:
      return [];
  }
}
