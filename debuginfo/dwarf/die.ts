/**
 * One debugging information entry: its tag and its attributes, given meaning on demand.
 *
 * Made by `Dwarf` in `dwarf.ts`, read by everything above. Getters answer undefined for an attribute that is absent,
 * or of another class. The place of a DIE is its offset in `.debug_info`
 * and the `base` of its file, so places of a supplementary file are others.
 */
import type { Abbrev } from "./abbrev.ts";
import { DW_AT, DW_FORM } from "./constants.ts";
import type { Unit } from "./dwarf.ts";
import type { FormValue } from "./form.ts";

export class Die {
  readonly unit: Unit;
  /** Its place. */
  readonly place: number;
  readonly tag: number;
  readonly hasChildren: boolean;
  /** Offset just after the attributes. */
  readonly end: number;
  readonly #abbrev: Abbrev;
  readonly #values: readonly FormValue[];

  constructor(unit: Unit, offset: number, abbrev: Abbrev, values: readonly FormValue[], end: number) {
    this.unit = unit;
    this.place = offset + unit.dwarf.base;
    this.tag = abbrev.tag;
    this.hasChildren = abbrev.hasChildren;
    this.end = end;
    this.#abbrev = abbrev;
    this.#values = values;
  }

  find(name: number): FormValue | undefined {
    const specs = this.#abbrev.attributes;
    for (let i = 0; i < specs.length; i++) if (specs[i]?.name === name) return this.#values[i];
    return undefined;
  }

  has(name: number): boolean {
    return this.find(name) !== undefined;
  }

  flag(name: number): boolean {
    const found = this.find(name);
    return found !== undefined && found.value !== 0;
  }

  string(name: number): string | undefined {
    const found = this.find(name);
    return found && this.unit.stringOf(found);
  }

  /** A constant as it was written: sdata and implicit_const signed, the rest unsigned. */
  constant(name: number): bigint | undefined {
    const found = this.find(name);
    if (!found || !isConstant(found.form) || found.value instanceof Uint8Array) return undefined;
    return BigInt(found.value);
  }

  /** A constant that is a safe integer. */
  number(name: number): number | undefined {
    const value = this.constant(name);
    return value !== undefined && value >= -0x1f_ffff_ffff_ffffn && value <= 0x1f_ffff_ffff_ffffn
      ? Number(value)
      : undefined;
  }

  address(name: number): bigint | undefined {
    const found = this.find(name);
    if (!found || found.value instanceof Uint8Array) return undefined;
    if (found.form === DW_FORM.addr) return BigInt(found.value);
    return isAddressIndex(found.form) ? this.unit.indexedAddress(Number(found.value)) : undefined;
  }

  /** An expression or block of bytes. */
  block(name: number): Uint8Array | undefined {
    const found = this.find(name);
    return found?.value instanceof Uint8Array && found.form !== DW_FORM.string ? found.value : undefined;
  }

  /** The place of the DIE that is referred to. */
  reference(name: number): number | undefined {
    const found = this.find(name);
    if (!found || found.value instanceof Uint8Array) return undefined;
    if (found.form === DW_FORM.ref_sig8) return this.unit.dwarf.placeOfType(BigInt(found.value));
    return this.unit.placeOf(found.form, Number(found.value));
  }

  /** The DIE that is referred to; of one that only names a type unit, the type in that. */
  follow(name: number): Die | undefined {
    const place = this.reference(name);
    const die = place === undefined ? undefined : this.unit.dwarf.findDie(place);
    const type = die?.reference(DW_AT.signature);
    return type === undefined ? die : (this.unit.dwarf.findDie(type) ?? die);
  }
}

function isAddressIndex(form: number): boolean {
  return (
    form === DW_FORM.addrx || form === DW_FORM.GNU_addr_index || (form >= DW_FORM.addrx1 && form <= DW_FORM.addrx4)
  );
}

const constantForms: ReadonlySet<number> = new Set([
  DW_FORM.data1,
  DW_FORM.data2,
  DW_FORM.data4,
  DW_FORM.data8,
  DW_FORM.sdata,
  DW_FORM.udata,
  DW_FORM.implicit_const,
]);

export function isConstant(form: number): boolean {
  return constantForms.has(form);
}
