/**
 * Where the functions of each unit are, found without reading anything else of the unit.
 *
 * Called by `functions.ts`. The abbreviation of a DW_TAG_subprogram says whether it has code, is the abstract form of
 * inlined copies, or only a declaration; a declaration is never read. Names are read when first asked for.
 */
import { DW_AT, DW_TAG } from "./dwarf/constants.ts";
import type { Unit } from "./dwarf/dwarf.ts";
import type { FormValue } from "./dwarf/form.ts";
import { scanUnit, type Visitor } from "./dwarf/scan.ts";
import type { NameTest } from "./patterns.ts";
import { through } from "./through.ts";

/** A function by the offset of its DIE. */
export class Subprogram {
  readonly unit: Unit;
  readonly offset: number;
  /** Its own name as it is encoded; a function that completes another has that one's. */
  readonly #encoded: FormValue | undefined;
  #name: string | undefined | null = null;

  constructor(unit: Unit, offset: number, encoded: FormValue | undefined) {
    this.unit = unit;
    this.offset = offset;
    this.#encoded = encoded;
  }

  get place(): number {
    return this.offset + this.unit.dwarf.base;
  }

  get name(): string | undefined {
    if (this.#name === null) {
      const die = this.#encoded ? undefined : this.unit.dieAt(this.offset);
      this.#name = this.#encoded
        ? this.unit.stringOf(this.#encoded)
        : die && through(die, DW_AT.name)?.string(DW_AT.name);
    }
    return this.#name;
  }

  isNamed({ exact, test }: NameTest): boolean {
    if (exact && this.#encoded && this.#name === null) return this.unit.isString(this.#encoded, exact);
    return this.name !== undefined && test(this.name);
  }
}

export interface UnitFunctions {
  /** With code of their own. */
  readonly concrete: readonly Subprogram[];
  /** What inlined copies refer to. */
  readonly abstract: readonly Subprogram[];
}

const codeAttributes: readonly number[] = [DW_AT.low_pc, DW_AT.ranges, DW_AT.entry_pc];
const scopeTags: readonly number[] = [
  DW_TAG.compile_unit,
  DW_TAG.partial_unit,
  DW_TAG.type_unit,
  DW_TAG.skeleton_unit,
  DW_TAG.namespace,
];

export function indexFunctions(unit: Unit): UnitFunctions {
  const concrete: Subprogram[] = [];
  const abstract: Subprogram[] = [];
  const visitor: Visitor = {
    names: true,
    wants: ({ tag, attributes }) => ({
      // Link-time optimisation leaves definitions without code that do not say DW_AT_inline.
      visit: tag === DW_TAG.subprogram && !attributes.some(({ name }) => name === DW_AT.declaration),
      enter: scopeTags.includes(tag),
    }),
    visit(offset, { attributes }, _origin, _depth, name) {
      const hasCode = attributes.some(({ name }) => isCode(name));
      (hasCode ? concrete : abstract).push(new Subprogram(unit, offset, name));
    },
  };
  scanUnit(unit, visitor);
  return { concrete, abstract };
}

function isCode(attribute: number): boolean {
  return codeAttributes.includes(attribute);
}
