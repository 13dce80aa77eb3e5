/**
 * Where functions are inlined: the DW_TAG_inlined_subroutine DIEs of some abstract functions.
 *
 * Called by `functions.ts`. Units are scanned, not read; other units than that of the abstract function only if their
 * inlined copies may refer into it (link-time optimisation).
 */
import { DW_AT, DW_FORM, DW_TAG } from "./dwarf/constants.ts";
import type { Die } from "./dwarf/die.ts";
import { isConstant } from "./dwarf/die.ts";
import type { Unit } from "./dwarf/dwarf.ts";
import { dieRanges, type Range } from "./dwarf/ranges.ts";
import { scanUnit } from "./dwarf/scan.ts";
import type { Subprogram } from "./function-index.ts";

export interface InlinedCopy {
  readonly die: Die;
  /** The function with code of its own that the copy is part of. */
  readonly outer: Die;
}

/** All copies of the given functions, in the order of the debuginfo. */
export function findInlined(units: readonly Unit[], of: readonly Subprogram[]): readonly InlinedCopy[] {
  if (of.length === 0) return [];
  const origins = new Set(of.map(({ place }) => place));
  const home = new Set(of.map(({ unit }) => unit));
  return units.filter((unit) => home.has(unit) || refersElsewhere(unit)).flatMap((unit) => copiesIn(unit, origins));
}

/** The code of a DIE and the address at which it is entered. Of a copy no instruction may be left. */
export function codeOf(die: Die): { readonly entry: bigint; readonly ranges: readonly Range[] } | undefined {
  const ranges = dieRanges(die);
  const low = ranges[0]?.low ?? die.address(DW_AT.low_pc);
  const form = die.find(DW_AT.entry_pc)?.form;
  const entry =
    form !== undefined && isConstant(form) && low !== undefined
      ? low + (die.constant(DW_AT.entry_pc) ?? 0n)
      : (die.address(DW_AT.entry_pc) ?? low);
  return entry === undefined ? undefined : { entry, ranges };
}

function copiesIn(unit: Unit, origins: ReadonlySet<number>): readonly InlinedCopy[] {
  const copies: InlinedCopy[] = [];
  let outer = 0;
  scanUnit(unit, {
    wants: ({ tag }) => ({
      visit: tag === DW_TAG.subprogram || tag === DW_TAG.inlined_subroutine,
      enter: enteredTags.has(tag),
    }),
    visit(offset, { tag }, origin) {
      if (tag === DW_TAG.subprogram) outer = offset;
      else if (origins.has(origin)) {
        const die = unit.dieAt(offset);
        const function_ = unit.dieAt(outer);
        if (die && function_) copies.push({ die, outer: function_ });
      }
    },
  });
  return copies;
}

const enteredTags: ReadonlySet<number> = new Set([
  DW_TAG.compile_unit,
  DW_TAG.partial_unit,
  DW_TAG.namespace,
  DW_TAG.subprogram,
  DW_TAG.inlined_subroutine,
  DW_TAG.lexical_block,
]);

const foreignForms: ReadonlySet<number> = new Set([
  DW_FORM.ref_addr,
  DW_FORM.GNU_ref_alt,
  DW_FORM.ref_sup4,
  DW_FORM.ref_sup8,
]);

function refersElsewhere(unit: Unit): boolean {
  const abbrevs = unit.dwarf.abbrevs(unit.header.abbrevOffset).values();
  return [...abbrevs].some(
    ({ tag, attributes }) =>
      tag === DW_TAG.inlined_subroutine &&
      attributes.some(({ name, form }) => name === DW_AT.abstract_origin && foreignForms.has(form)),
  );
}
