/**
 * Walks over the DIEs of a unit without reading them: for finding some of many.
 *
 * Called by `function-index.ts` and `inlined.ts`. What a DIE looks like is known from its abbreviation, so most are
 * stepped over by adding sizes; only the two references that a search needs are read. A visitor says for each
 * abbreviation whether it wants to see such DIEs, and whether to look inside; what is not looked into is jumped over by
 * DW_AT_sibling. Damage ends the walk.
 */
import { ByteReader, formatDecodeError } from "../../base/bytes.ts";
import { limits } from "../../base/limits.ts";
import type { Abbrev } from "./abbrev.ts";
import { DW_AT, DW_FORM } from "./constants.ts";
import type { Unit } from "./dwarf.ts";
import { type FormValue, readForm } from "./form.ts";

export interface Visitor {
  wants(abbrev: Abbrev): { readonly visit: boolean; readonly enter: boolean };
  /** Names are wanted. */
  readonly names?: true;
  /** `name` is the DIE's own DW_AT_name, as it is encoded; `origin` is the place that DW_AT_abstract_origin or DW_AT_call_origin refers to, 0 without one; `depth` is 0 for the unit's own DIE. */
  visit(offset: number, abbrev: Abbrev, origin: number, depth: number, name: FormValue | undefined): void;
}

/** The pieces of a DIE: a number of bytes to step over, or an attribute to read. */
type Piece = number | { readonly form: number; readonly keeps: "sibling" | "origin" | "name" | undefined };

interface Shape {
  readonly abbrev: Abbrev;
  readonly visit: boolean;
  readonly enter: boolean;
  readonly pieces: readonly Piece[];
}

export function scanUnit(unit: Unit, visitor: Visitor): void {
  const { header } = unit;
  const shapes = new Map<number, Shape>();
  const r = new ByteReader(unit.dwarf.section(".debug_info"), ".debug_info", header.firstDie, header.end);
  /** Where DIEs are visited no more until the walk is back at this depth. */
  let closed = Number.POSITIVE_INFINITY;
  for (let depth = 0; r.more && depth < limits.maxDwarfDepth; ) {
    const offset = r.offset;
    const code = r.ulebNumber();
    if (code === 0) {
      if (--depth <= 0) return;
      if (depth <= closed) closed = Number.POSITIVE_INFINITY;
      continue;
    }
    const shape = shapes.get(code) ?? shapeOf(unit, code, visitor);
    if (!shape) r.fail(`abbreviation ${code} is not defined`);
    if (!shape) break;
    shapes.set(code, shape);
    let sibling = 0;
    let origin = 0;
    let name: FormValue | undefined;
    for (const piece of shape.pieces) {
      if (typeof piece === "number") {
        r.skip(piece);
        continue;
      }
      const read = readForm(r, header, piece.form, 0n);
      const { value, form } = read;
      if (piece.keeps === "name") name = read;
      if (piece.keeps === undefined || piece.keeps === "name" || value instanceof Uint8Array) continue;
      const place = unit.placeOf(form, Number(value)) ?? 0;
      if (piece.keeps === "origin") origin = place;
      else sibling = place - unit.dwarf.base;
    }
    if (r.error) break;
    if (shape.visit && depth < closed) visitor.visit(offset, shape.abbrev, origin, depth, name);
    if (!shape.abbrev.hasChildren) {
      if (depth === 0) return;
      continue;
    }
    if (!shape.enter && sibling > r.offset && sibling < header.end) {
      r.skip(sibling - r.offset);
      continue;
    }
    if (!shape.enter) closed = Math.min(closed, depth);
    depth++;
  }
  if (r.error) unit.dwarf.spoil(formatDecodeError(r.error));
}

/** Bytes of the forms that have always the same size; the others are read. */
function sizeOfForm(form: number, unit: Unit): number | undefined {
  const { addressSize, offsetSize } = unit.header;
  switch (form) {
    case DW_FORM.flag_present:
    case DW_FORM.implicit_const:
      return 0;
    case DW_FORM.data1:
    case DW_FORM.flag:
    case DW_FORM.ref1:
      return 1;
    case DW_FORM.data2:
    case DW_FORM.ref2:
      return 2;
    case DW_FORM.data4:
    case DW_FORM.ref4:
      return 4;
    case DW_FORM.data8:
    case DW_FORM.ref8:
    case DW_FORM.ref_sig8:
      return 8;
    case DW_FORM.data16:
      return 16;
    case DW_FORM.addr:
      return addressSize;
    case DW_FORM.strp:
    case DW_FORM.line_strp:
    case DW_FORM.sec_offset:
      return offsetSize;
    default:
      return undefined;
  }
}

function shapeOf(unit: Unit, code: number, visitor: Visitor): Shape | undefined {
  const abbrev = unit.dwarf.abbrevs(unit.header.abbrevOffset).get(code);
  if (!abbrev) return undefined;
  const { visit, enter } = visitor.wants(abbrev);
  const pieces: Piece[] = [];
  for (const { name, form } of abbrev.attributes) {
    const size = sizeOfForm(form, unit);
    const keeps =
      name === DW_AT.sibling && abbrev.hasChildren && !enter
        ? "sibling"
        : (name === DW_AT.abstract_origin || name === DW_AT.call_origin) && visit
          ? "origin"
          : name === DW_AT.name && visit && visitor.names
            ? "name"
            : undefined;
    const last = pieces.at(-1);
    if (size === undefined || keeps) pieces.push({ form, keeps });
    else if (typeof last === "number") pieces[pieces.length - 1] = last + size;
    else pieces.push(size);
  }
  return { abbrev, visit, enter, pieces };
}
