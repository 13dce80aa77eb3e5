/**
 * Which location expression of an attribute is good at a pc: the expression itself, or the entry of a location list
 * (`.debug_loc` up to DWARF 4, `.debug_loclists` in DWARF 5, 2.6.2).
 *
 * Called for DW_AT_location and DW_AT_frame_base. The first entry that covers the pc is taken; the default entry
 * counts where none does.
 */
import { ByteReader } from "../../base/bytes.ts";
import { DW_FORM, DW_LLE } from "./constants.ts";
import type { Die } from "./die.ts";
import type { Unit } from "./dwarf.ts";

/** True when the attribute is a list, as optimised code has them. */
export function hasLocationList(die: Die, attribute: number): boolean {
  const found = die.find(attribute);
  return found !== undefined && !(found.value instanceof Uint8Array);
}

/**
 * Undefined when the attribute is absent or nothing covers `pc`. At the `entry` of a function an empty range that begins
 * there counts: it is good before the first instruction.
 */
export function locationAt(die: Die, attribute: number, pc: bigint, entry?: bigint): Uint8Array | undefined {
  const found = die.find(attribute);
  if (!found) return undefined;
  if (found.value instanceof Uint8Array) return found.value;
  const { unit } = die;
  const value = Number(found.value);
  const at: Wanted = { pc, isEntry: pc === entry };
  if (unit.header.version < 5) return searchLoc(unit, value, at);
  const offset = found.form === DW_FORM.loclistx ? unit.indexedList(".debug_loclists", value) : value;
  return offset === undefined ? undefined : searchLoclist(unit, offset, at);
}

interface Wanted {
  readonly pc: bigint;
  readonly isEntry: boolean;
}

function covers({ pc, isEntry }: Wanted, low: bigint, high: bigint): boolean {
  return pc >= low && (pc < high || (isEntry && pc === low && low === high));
}

function searchLoc(unit: Unit, offset: number, wanted: Wanted): Uint8Array | undefined {
  const r = new ByteReader(unit.dwarf.section(".debug_loc"), ".debug_loc", offset);
  const wide = unit.header.addressSize === 8;
  const selector = wide ? 0xffff_ffff_ffff_ffffn : 0xffff_ffffn;
  let base = unit.base;
  while (r.more) {
    const low = wide ? r.u64() : BigInt(r.u32());
    const high = wide ? r.u64() : BigInt(r.u32());
    if (low === 0n && high === 0n) break;
    if (low === selector) {
      base = high;
      continue;
    }
    const expression = r.block(r.u16());
    if (r.error === undefined && covers(wanted, base + low, base + high)) return expression;
  }
  return undefined;
}

function searchLoclist(unit: Unit, offset: number, wanted: Wanted): Uint8Array | undefined {
  const r = new ByteReader(unit.dwarf.section(".debug_loclists"), ".debug_loclists", offset);
  const address = (): bigint => (unit.header.addressSize === 8 ? r.u64() : BigInt(r.u32()));
  const indexed = (): bigint => unit.indexedAddress(r.ulebNumber()) ?? 0n;
  let base = unit.base;
  let fallback: Uint8Array | undefined;
  while (r.more) {
    const kind = r.u8();
    let low = 0n;
    let high = 0n;
    if (kind === DW_LLE.end_of_list) break;
    if (kind === DW_LLE.base_addressx) base = indexed();
    else if (kind === DW_LLE.base_address) base = address();
    else if (kind === DW_LLE.GNU_view_pair) [low, high] = [r.uleb(), r.uleb()];
    else if (kind === DW_LLE.startx_endx) [low, high] = [indexed(), indexed()];
    else if (kind === DW_LLE.startx_length) high = (low = indexed()) + r.uleb();
    else if (kind === DW_LLE.offset_pair) [low, high] = [base + r.uleb(), base + r.uleb()];
    else if (kind === DW_LLE.start_end) [low, high] = [address(), address()];
    else if (kind === DW_LLE.start_length) high = (low = address()) + r.uleb();
    else if (kind !== DW_LLE.default_location) r.fail(`DW_LLE 0x${kind.toString(16)} is not supported`);
    if (kind === DW_LLE.base_addressx || kind === DW_LLE.base_address || kind === DW_LLE.GNU_view_pair) continue;
    const expression = r.block(r.ulebNumber());
    if (r.error) break;
    if (kind === DW_LLE.default_location) fallback ??= expression;
    else if (covers(wanted, low, high)) return expression;
  }
  return fallback;
}
