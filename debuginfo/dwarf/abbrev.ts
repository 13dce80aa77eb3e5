/**
 * Abbreviations (`.debug_abbrev`, DWARF 5, 7.5.3): the shapes of DIEs, one table for each unit.
 *
 * Called by `dwarf.ts`, which keeps one table per offset. A damaged table ends where the damage begins.
 */
import { ByteReader } from "../../base/bytes.ts";
import { DW_FORM } from "./constants.ts";

export interface AttributeSpec {
  readonly name: number;
  readonly form: number;
  /** DW_FORM_implicit_const: the value itself. */
  readonly implicit: bigint;
}

export interface Abbrev {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly AttributeSpec[];
}

export function readAbbrevs(section: Uint8Array, offset: number): ReadonlyMap<number, Abbrev> {
  const table = new Map<number, Abbrev>();
  const r = new ByteReader(section, ".debug_abbrev", offset);
  while (r.more) {
    const code = r.ulebNumber();
    if (code === 0) break;
    const tag = r.ulebNumber();
    const hasChildren = r.u8() !== 0;
    const attributes: AttributeSpec[] = [];
    while (r.more) {
      const name = r.ulebNumber();
      const form = r.ulebNumber();
      const implicit = form === DW_FORM.implicit_const ? r.sleb() : 0n;
      if (name === 0 && form === 0) break;
      attributes.push({ name, form, implicit });
    }
    if (r.error === undefined && !table.has(code)) table.set(code, { tag, hasChildren, attributes });
  }
  return table;
}
