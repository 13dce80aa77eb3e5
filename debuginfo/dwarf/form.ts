/**
 * Attribute values as they are encoded (DWARF 5, 7.5.5 and 7.5.6).
 *
 * `readForm` moves over one value and gives it raw: a number or bigint for constants, offsets, indexes and references,
 * bytes for blocks. `die.ts` gives the raw value its meaning, when somebody asks. An unknown form is an error of the
 * reader, because nothing after it can be found.
 */
import type { ByteReader } from "../../base/bytes.ts";
import { DW_FORM, dwarfName } from "./constants.ts";
import type { UnitHeader } from "./unit.ts";
import { readOffset } from "./unit.ts";

export type RawValue = number | bigint | Uint8Array;

/** A value with the form it has after DW_FORM_indirect is followed. */
export interface FormValue {
  readonly form: number;
  readonly value: RawValue;
}

type ReadValue = (r: ByteReader, unit: UnitHeader) => RawValue;

const offset: ReadValue = (r, unit) => readOffset(r, unit.offsetSize);
const uleb: ReadValue = (r) => r.ulebNumber();
const u8: ReadValue = (r) => r.u8();
const u16: ReadValue = (r) => r.u16();
const u24: ReadValue = (r) => r.u24();
const u32: ReadValue = (r) => r.u32();
const u64: ReadValue = (r) => r.u64();

// biome-ignore format: table
const forms: { readonly [form: number]: ReadValue } = {
  [DW_FORM.addr]: (r, unit) => (unit.addressSize === 8 ? r.u64() : BigInt(r.u32())),
  [DW_FORM.block2]: (r) => r.block(r.u16()),
  [DW_FORM.block4]: (r) => r.block(r.u32()),
  [DW_FORM.data2]: u16,
  [DW_FORM.data4]: u32,
  [DW_FORM.data8]: u64,
  [DW_FORM.string]: readInlineString,
  [DW_FORM.block]: (r) => r.block(r.ulebNumber()),
  [DW_FORM.block1]: (r) => r.block(r.u8()),
  [DW_FORM.data1]: u8,
  [DW_FORM.flag]: u8,
  [DW_FORM.sdata]: (r) => r.sleb(),
  [DW_FORM.strp]: offset,
  [DW_FORM.udata]: (r) => r.uleb(),
  [DW_FORM.ref_addr]: (r, unit) => (unit.version === 2 && unit.addressSize === 8 ? r.u64Number() : readOffset(r, unit.offsetSize)),
  [DW_FORM.ref1]: u8,
  [DW_FORM.ref2]: u16,
  [DW_FORM.ref4]: u32,
  [DW_FORM.ref8]: (r) => r.u64Number(),
  [DW_FORM.ref_udata]: uleb,
  [DW_FORM.sec_offset]: offset,
  [DW_FORM.exprloc]: (r) => r.block(r.ulebNumber()),
  [DW_FORM.flag_present]: () => 1,
  [DW_FORM.strx]: uleb,
  [DW_FORM.addrx]: uleb,
  [DW_FORM.ref_sup4]: u32,
  [DW_FORM.strp_sup]: offset,
  [DW_FORM.data16]: (r) => r.block(16),
  [DW_FORM.line_strp]: offset,
  [DW_FORM.ref_sig8]: u64,
  [DW_FORM.loclistx]: uleb,
  [DW_FORM.rnglistx]: uleb,
  [DW_FORM.ref_sup8]: u64,
  [DW_FORM.strx1]: u8,
  [DW_FORM.strx2]: u16,
  [DW_FORM.strx3]: u24,
  [DW_FORM.strx4]: u32,
  [DW_FORM.addrx1]: u8,
  [DW_FORM.addrx2]: u16,
  [DW_FORM.addrx3]: u24,
  [DW_FORM.addrx4]: u32,
  [DW_FORM.GNU_addr_index]: uleb,
  [DW_FORM.GNU_str_index]: uleb,
  [DW_FORM.GNU_ref_alt]: offset,
  [DW_FORM.GNU_strp_alt]: offset,
};

export function readForm(r: ByteReader, unit: UnitHeader, form: number, implicit: bigint): FormValue {
  if (form === DW_FORM.implicit_const) return { form, value: implicit };
  if (form === DW_FORM.indirect) {
    const inner = r.ulebNumber();
    // An indirect implicit_const has no place for its value, and a chain of indirections has no use.
    if (inner === DW_FORM.indirect || inner === DW_FORM.implicit_const)
      r.fail("DW_FORM_indirect of a form without value");
    else return readForm(r, unit, inner, 0n);
    return { form, value: 0 };
  }
  const read = forms[form];
  if (!read) {
    r.fail(`${dwarfName("DW_FORM", DW_FORM, form)} is not supported`);
    return { form, value: 0 };
  }
  return { form, value: read(r, unit) };
}

/** The bytes of the string, without its NUL. */
function readInlineString(r: ByteReader): RawValue {
  const nul = r.bytes.indexOf(0, r.offset);
  if (nul < 0 || nul >= r.end) {
    r.fail("string without its NUL");
    return new Uint8Array(0);
  }
  const bytes = r.block(nul - r.offset);
  r.skip(1);
  return bytes;
}
