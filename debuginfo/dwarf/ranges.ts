/**
 * The addresses of a DIE: DW_AT_low_pc and DW_AT_high_pc, or DW_AT_ranges (`.debug_ranges` up to DWARF 4,
 * `.debug_rnglists` in DWARF 5, 2.17.3). Called for functions and lexical blocks. A damaged list ends early.
 */
import { ByteReader } from "../../base/bytes.ts";
import { DW_AT, DW_FORM, DW_RLE } from "./constants.ts";
import { type Die, isConstant } from "./die.ts";
import type { Unit } from "./dwarf.ts";

/** Link-time addresses `low` up to, not including, `high`. */
export interface Range {
  readonly low: bigint;
  readonly high: bigint;
}

/** The ranges of a DIE in the order of the list; none when it has no code. */
export function dieRanges(die: Die): readonly Range[] {
  const low = die.address(DW_AT.low_pc);
  const high = die.find(DW_AT.high_pc);
  if (low !== undefined && high !== undefined) {
    const end = isConstant(high.form) ? low + (die.constant(DW_AT.high_pc) ?? 0n) : die.address(DW_AT.high_pc);
    return end !== undefined && end > low ? [{ low, high: end }] : [];
  }
  const ranges = die.find(DW_AT.ranges);
  if (!ranges || ranges.value instanceof Uint8Array) return [];
  const { unit } = die;
  if (unit.header.version < 5) return readRanges(unit, Number(ranges.value));
  const offset =
    ranges.form === DW_FORM.rnglistx ? unit.indexedList(".debug_rnglists", Number(ranges.value)) : Number(ranges.value);
  return offset === undefined ? [] : readRnglist(unit, offset);
}

export function contains(ranges: readonly Range[], pc: bigint): boolean {
  return ranges.some((range) => pc >= range.low && pc < range.high);
}

function readRanges(unit: Unit, offset: number): readonly Range[] {
  const r = new ByteReader(unit.dwarf.section(".debug_ranges"), ".debug_ranges", offset);
  const wide = unit.header.addressSize === 8;
  const selector = wide ? 0xffff_ffff_ffff_ffffn : 0xffff_ffffn;
  const ranges: Range[] = [];
  let base = unit.base;
  while (r.more) {
    const low = wide ? r.u64() : BigInt(r.u32());
    const high = wide ? r.u64() : BigInt(r.u32());
    if (r.error || (low === 0n && high === 0n)) break;
    if (low === selector) base = high;
    else if (high > low) ranges.push({ low: base + low, high: base + high });
  }
  return ranges;
}

function readRnglist(unit: Unit, offset: number): readonly Range[] {
  const r = new ByteReader(unit.dwarf.section(".debug_rnglists"), ".debug_rnglists", offset);
  const address = (): bigint => (unit.header.addressSize === 8 ? r.u64() : BigInt(r.u32()));
  const indexed = (): bigint => unit.indexedAddress(r.ulebNumber()) ?? 0n;
  const ranges: Range[] = [];
  let base = unit.base;
  while (r.more) {
    const kind = r.u8();
    let low = 0n;
    let high = 0n;
    if (kind === DW_RLE.end_of_list) break;
    if (kind === DW_RLE.base_addressx) base = indexed();
    else if (kind === DW_RLE.base_address) base = address();
    else if (kind === DW_RLE.startx_endx) [low, high] = [indexed(), indexed()];
    else if (kind === DW_RLE.startx_length) high = (low = indexed()) + r.uleb();
    else if (kind === DW_RLE.offset_pair) [low, high] = [base + r.uleb(), base + r.uleb()];
    else if (kind === DW_RLE.start_end) [low, high] = [address(), address()];
    else if (kind === DW_RLE.start_length) high = (low = address()) + r.uleb();
    else r.fail(`DW_RLE 0x${kind.toString(16)} is not supported`);
    if (r.error === undefined && high > low) ranges.push({ low, high });
  }
  return ranges;
}
