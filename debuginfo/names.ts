/**
 * What a module names outside of its functions: variables, types, enumerators.
 *
 * Called by `symbols.ts` for `@var`, `@cast`, `@enum` and for structs that a unit only declares. One scan of the
 * top level of every unit makes the index when it is first asked.
 */
import { DW_AT, DW_FORM, DW_TAG } from "./dwarf/constants.ts";
import type { Die } from "./dwarf/die.ts";
import type { Dwarf, Unit } from "./dwarf/dwarf.ts";
import type { FormValue } from "./dwarf/form.ts";
import { scanUnit } from "./dwarf/scan.ts";
import { through } from "./through.ts";
import { resolveType } from "./types.ts";
import { hasPlace } from "./variables.ts";

export interface Enumerator {
  readonly name: string;
  readonly value: bigint;
  /** The enum it is of. */
  readonly type: Die;
}

/** Places of DIEs by name. */
interface Index {
  readonly variables: Map<string, number[]>;
  readonly types: Map<string, number[]>;
  /** The first of each name. */
  readonly enumerators: Map<string, { readonly place: number; readonly type: number }>;
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
    return this.#dies(this.#all.variables, name).find((die) => hasPlace(die) && isExternal(die));
  }

  /** A variable of a file, or of any: one with a place, an external one first. `near` is the unit to look into before others. */
  findVariable(name: string, file: string | undefined, near: Unit | undefined): Die | undefined {
    const all = this.#dies(this.#all.variables, name).filter((die) => isOfFile(die.unit, file));
    const placed = all.filter(hasPlace);
    const found = placed.length > 0 ? placed : all.filter((die) => !die.flag(DW_AT.declaration));
    return found.find((die) => die.unit === near) ?? found.find(isExternal) ?? found[0];
  }

  /** `struct x`, `union x`, `enum x`, or the bare name of any of them, of a typedef or of a base type. */
  findType(text: string): Die | undefined {
    const [, word, name = ""] = /^\s*(?:(struct|class|union|enum)\s+)?(.*?)\s*$/.exec(text) ?? [];
    const tags = word === undefined ? anyType : new Set(keywords[word]);
    const found = this.#dies(this.#all.types, name).filter((die) => tags.has(die.tag));
    return found.find((die) => !die.flag(DW_AT.declaration)) ?? found[0];
  }

  /** The definition of a struct that some unit only declares. */
  findStruct(tag: number, name: string): Die | undefined {
    return this.#dies(this.#all.types, name).find((die) => die.tag === tag && !die.flag(DW_AT.declaration));
  }

  findEnumerator(name: string): Enumerator | undefined {
    const found = this.#all.enumerators.get(name);
    const value = found && this.#dwarf.findDie(found.place)?.constant(DW_AT.const_value);
    const type = found && this.#dwarf.findDie(found.type);
    return type && value !== undefined ? { name, value, type } : undefined;
  }

  get #all(): Index {
    if (this.#index) return this.#index;
    const index: Index = { variables: new Map(), types: new Map(), enumerators: new Map() };
    const known = new Map<number, string | undefined>();
    for (const unit of this.#dwarf.allUnits) indexUnit(unit, index, known);
    this.#index = index;
    return index;
  }

  #dies(index: ReadonlyMap<string, readonly number[]>, name: string): readonly Die[] {
    return (index.get(name) ?? []).flatMap((place) => this.#dwarf.findDie(place) ?? []);
  }
}

/** `known` has the strings of `.debug_str` that were met: headers put the same names into every unit. */
function indexUnit(unit: Unit, index: Index, known: Map<number, string | undefined>): void {
  const { base } = unit.dwarf;
  let type = 0;
  const textOf = (found: FormValue): string | undefined => {
    if (found.form !== DW_FORM.strp) return unit.stringOf(found);
    const key = base + Number(found.value);
    if (!known.has(key)) known.set(key, unit.stringOf(found));
    return known.get(key);
  };
  scanUnit(unit, {
    names: true,
    wants: ({ tag }) => ({
      visit: tag === DW_TAG.variable || tag === DW_TAG.enumerator || anyType.has(tag),
      enter: enteredTags.has(tag),
    }),
    visit(offset, { tag }, _origin, _depth, encoded) {
      const place = base + offset;
      if (tag === DW_TAG.enumeration_type) type = place;
      const name = encoded ? textOf(encoded) : tag === DW_TAG.variable ? nameOf(unit.dieAt(offset)) : undefined;
      if (name === undefined) return;
      if (tag === DW_TAG.variable) add(index.variables, name, place);
      else if (tag !== DW_TAG.enumerator) add(index.types, name, place);
      else if (!index.enumerators.has(name)) index.enumerators.set(name, { place, type });
    },
  });
}

const enteredTags: ReadonlySet<number> = new Set([
  DW_TAG.compile_unit,
  DW_TAG.partial_unit,
  DW_TAG.type_unit,
  DW_TAG.namespace,
  DW_TAG.enumeration_type,
]);

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

function add(index: Map<string, number[]>, name: string, place: number): void {
  const list = index.get(name);
  if (list) list.push(place);
  else index.set(name, [place]);
}

function nameOf(die: Die | undefined): string | undefined {
  return die && through(die, DW_AT.name)?.string(DW_AT.name);
}

function isExternal(die: Die): boolean {
  return die.flag(DW_AT.external) || die.follow(DW_AT.specification)?.flag(DW_AT.external) === true;
}

/** A file is named by the unit's whole path or by the end of it, at a slash. */
function isOfFile(unit: Unit, file: string | undefined): boolean {
  if (file === undefined) return true;
  const name = unit.root?.string(DW_AT.name) ?? "";
  const path = name.startsWith("/") ? name : `${unit.linked.root?.string(DW_AT.comp_dir) ?? ""}/${name}`;
  return path === file || path.endsWith(`/${file}`);
}
