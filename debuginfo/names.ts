/**
 * What a module names outside of its functions: variables, types, enumerators.
 *
 * Called by `symbols.ts` for `@var`, `@cast`, `@enum` and for structs that a unit only declares. One walk over the
 * top level of every unit makes the index when it is first asked.
 */
import { limits } from "../base/limits.ts";
import { DW_AT, DW_TAG } from "./dwarf/constants.ts";
import type { Die } from "./dwarf/die.ts";
import type { Dwarf, Unit } from "./dwarf/dwarf.ts";
import { through } from "./through.ts";
import { resolveType } from "./types.ts";
import { hasPlace } from "./variables.ts";

export interface Enumerator {
  readonly name: string;
  readonly value: bigint;
  /** The enum it is of. */
  readonly type: Die;
}

interface Index {
  readonly variables: Map<string, Die[]>;
  readonly types: Map<string, Die[]>;
  readonly enumerators: Map<string, Enumerator>;
}

/** The tags that a word before a type's name stands for; without a word any type of that name is meant. */
// biome-ignore format: table
const keywords: { readonly [word: string]: readonly number[] } = {
  struct: [DW_TAG.structure_type, DW_TAG.class_type],
  class:  [DW_TAG.class_type, DW_TAG.structure_type],
  union:  [DW_TAG.union_type],
  enum:   [DW_TAG.enumeration_type],
};
const anyType: ReadonlySet<number> = new Set([...Object.values(keywords).flat(), DW_TAG.base_type, DW_TAG.typedef]);

export class Names {
  readonly #dwarf: Dwarf;
  #index: Index | undefined;

  constructor(dwarf: Dwarf) {
    this.#dwarf = dwarf;
  }

  get variableNames(): readonly string[] {
    return [...this.#all.variables.keys()];
  }

  get typeNames(): readonly string[] {
    return [...this.#all.types.keys()];
  }

  /** An external variable that every unit may mean. */
  findExternal(name: string): Die | undefined {
    return this.#all.variables.get(name)?.find((die) => hasPlace(die) && isExternal(die));
  }

  /** A variable of a file, or of any: an external one first. `near` is the unit to look into before others. */
  findVariable(name: string, file: string | undefined, near: Unit | undefined): Die | undefined {
    const found = (this.#all.variables.get(name) ?? []).filter((die) => hasPlace(die) && isOfFile(die.unit, file));
    return found.find((die) => die.unit === near) ?? found.find(isExternal) ?? found[0];
  }

  /** `struct x`, `union x`, `enum x`, or the bare name of any of them, of a typedef or of a base type. */
  findType(text: string): Die | undefined {
    const [, word, name = ""] = /^\s*(?:(struct|class|union|enum)\s+)?(.*?)\s*$/.exec(text) ?? [];
    const tags = word === undefined ? anyType : new Set(keywords[word]);
    const found = (this.#all.types.get(name) ?? []).filter((die) => tags.has(die.tag));
    return found.find((die) => !die.flag(DW_AT.declaration)) ?? found[0];
  }

  /** The definition of a struct that some unit only declares. */
  findStruct(tag: number, name: string): Die | undefined {
    return this.#all.types.get(name)?.find((die) => die.tag === tag && !die.flag(DW_AT.declaration));
  }

  findEnumerator(name: string): Enumerator | undefined {
    return this.#all.enumerators.get(name);
  }

  get #all(): Index {
    if (this.#index) return this.#index;
    const index: Index = { variables: new Map(), types: new Map(), enumerators: new Map() };
    const visit = (unit: Unit, parent: Die, depth: number): void => {
      for (const die of unit.children(parent)) {
        if (die.tag === DW_TAG.namespace && depth < limits.maxDwarfDepth) visit(unit, die, depth + 1);
        if (die.tag === DW_TAG.variable) add(index.variables, nameOf(die), die);
        if (anyType.has(die.tag)) add(index.types, nameOf(die), die);
        if (die.tag !== DW_TAG.enumeration_type) continue;
        for (const enumerator of enumeratorsOf(die) ?? []) {
          if (!index.enumerators.has(enumerator.name)) index.enumerators.set(enumerator.name, enumerator);
        }
      }
    };
    for (const unit of this.#dwarf.allUnits) if (unit.root) visit(unit, unit.root, 0);
    this.#index = index;
    return index;
  }
}

/** Undefined when the type is no enum. */
export function enumeratorsOf(die: Die | undefined): readonly Enumerator[] | undefined {
  const type = resolveType(die);
  if (type.kind !== "enum") return undefined;
  return type.die.unit.children(type.die).flatMap((child) => {
    const value = child.constant(DW_AT.const_value);
    if (child.tag !== DW_TAG.enumerator || value === undefined) return [];
    return [{ name: nameOf(child) ?? "", value, type: type.die }];
  });
}

function add(index: Map<string, Die[]>, name: string | undefined, die: Die): void {
  if (name === undefined) return;
  const list = index.get(name);
  if (list) list.push(die);
  else index.set(name, [die]);
}

function nameOf(die: Die): string | undefined {
  return through(die, DW_AT.name)?.string(DW_AT.name);
}

function isExternal(die: Die): boolean {
  return die.flag(DW_AT.external) || die.follow(DW_AT.specification)?.flag(DW_AT.external) === true;
}

/** A file is named by the unit's whole path or by the end of it, at a slash. */
function isOfFile(unit: Unit, file: string | undefined): boolean {
  if (file === undefined) return true;
  const name = unit.root?.string(DW_AT.name) ?? "";
  const path = name.startsWith("/") ? name : `${unit.root?.string(DW_AT.comp_dir) ?? ""}/${name}`;
  return path === file || path.endsWith(`/${file}`);
}
