/**
 * Unit headers of `.debug_info` (DWARF 5, 7.5.1; versions 2 to 5, 32-bit and 64-bit DWARF) and of `.debug_types` (DWARF 4, 7.5.1.2).
 *
 * Called by `dwarf.ts`. Reads headers only, hopping from one to the next; a damaged header ends the list.
 */
import { ByteReader, formatDecodeError } from "../../base/bytes.ts";
import { DW_UT } from "./constants.ts";

export interface UnitHeader {
  /** Offset of the header in `.debug_info`, to which DW_FORM_ref4 and its kin are relative. */
  readonly offset: number;
  readonly end: number;
  readonly version: number;
  /** DW_UT_compile for versions before 5. */
  readonly unitType: number;
  readonly addressSize: number;
  /** 8 in 64-bit DWARF, else 4. */
  readonly offsetSize: number;
  readonly abbrevOffset: number;
  /** What a skeleton unit and its split unit have in common. */
  readonly dwoId?: bigint;
  /** Of a type unit: its signature, and the offset of the type in the section. */
  readonly type?: { readonly signature: bigint; readonly offset: number };
  /** Offset of the first DIE. */
  readonly firstDie: number;
}

/** `isTypes`: it is `.debug_types`, which only version 4 has. */
export function readUnitHeaders(
  section: Uint8Array,
  isTypes = false,
): { readonly units: UnitHeader[]; readonly damage?: string } {
  const units: UnitHeader[] = [];
  const r = new ByteReader(section, isTypes ? ".debug_types" : ".debug_info");
  while (r.more) {
    const header = readUnitHeader(r, isTypes);
    if (header === undefined) break;
    units.push(header);
    r.seek(header.end);
  }
  return r.error ? { units, damage: formatDecodeError(r.error) } : { units };
}

/** `unit_length`: its value and the size of offsets that it implies. */
export function readInitialLength(r: ByteReader): { readonly length: number; readonly offsetSize: number } {
  const length = r.u32();
  if (length === 0xffff_ffff) return { length: r.u64Number(), offsetSize: 8 };
  if (length >= 0xffff_fff0) r.fail(`reserved unit length 0x${length.toString(16)}`);
  return { length, offsetSize: 4 };
}

export function readOffset(r: ByteReader, offsetSize: number): number {
  return offsetSize === 8 ? r.u64Number() : r.u32();
}

function readUnitHeader(r: ByteReader, isTypes: boolean): UnitHeader | undefined {
  const offset = r.offset;
  const { length, offsetSize } = readInitialLength(r);
  const end = r.offset + length;
  if (end > r.end) r.fail(`a unit of ${length} bytes, ${r.end - r.offset} left`);
  const version = r.u16();
  if (version < 2 || version > 5) r.fail(`DWARF version ${version}; 2 to 5 are supported`);
  let unitType: number = isTypes ? DW_UT.type : DW_UT.compile;
  let dwoId: bigint | undefined;
  let addressSize: number;
  let abbrevOffset: number;
  if (version >= 5) {
    unitType = r.u8();
    addressSize = r.u8();
    abbrevOffset = readOffset(r, offsetSize);
    if (unitType === DW_UT.skeleton || unitType === DW_UT.split_compile) dwoId = r.u64();
  } else {
    abbrevOffset = readOffset(r, offsetSize);
    addressSize = r.u8();
  }
  let type: UnitHeader["type"];
  if (isTypeUnit(unitType)) type = { signature: r.u64(), offset: offset + readOffset(r, offsetSize) };
  if (addressSize !== 8 && addressSize !== 4) r.fail(`addresses of ${addressSize} bytes`);
  if (r.offset > end) r.fail("a unit shorter than its header");
  if (r.error) return undefined;
  return {
    offset,
    end,
    version,
    unitType,
    addressSize,
    offsetSize,
    abbrevOffset,
    firstDie: r.offset,
    ...(dwoId !== undefined && { dwoId }),
    ...(type && { type }),
  };
}

export function isTypeUnit(unitType: number): boolean {
  return unitType === DW_UT.type || unitType === DW_UT.split_type;
}
