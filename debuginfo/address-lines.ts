/**
 * Which line of which source an address belongs to: the line tables of a file, by address.
 *
 * Called by `runtime/backtrace/` for `usymfileline()` and its kin. A unit's table is read when an address of the unit is
 * first asked for.
 */
import type { Dwarf, Unit } from "./dwarf/dwarf.ts";
import { readLineTable } from "./dwarf/line.ts";
import { contains, dieRanges, type Range } from "./dwarf/ranges.ts";

export interface SourcePlace {
  readonly file: string;
  readonly line: number;
}

export interface AddressLines {
  /** `address` is a link-time address. */
  findPlace(address: number): SourcePlace | undefined;
}

/** From `start` to the next row the code is of this place; without one, of none. */
interface Row {
  readonly start: number;
  readonly place: SourcePlace | undefined;
}

/** `dwarf` is asked for with the first question. */
export function openAddressLines(dwarf: () => Dwarf): AddressLines {
  let units: readonly (readonly [unit: Unit, ranges: readonly Range[]])[] | undefined;
  const rows = new Map<Unit, readonly Row[]>();
  return {
    findPlace(address) {
      units ??= dwarf().units.map((unit) => [unit, unit.root ? dieRanges(unit.root) : []] as const);
      const at = BigInt(address);
      for (const [unit, ranges] of units) {
        if (ranges.length > 0 && !contains(ranges, at)) continue;
        let own = rows.get(unit);
        if (!own) rows.set(unit, (own = sortRows(unit)));
        const place = findRow(own, address)?.place;
        if (place) return place;
      }
      return undefined;
    },
  };
}

function sortRows(unit: Unit): readonly Row[] {
  const table = readLineTable(unit);
  const rows: Row[] = table.rows.map(({ address, file, line, endSequence }) => {
    const path = table.files[file];
    const place = endSequence || path === undefined ? undefined : { file: path, line };
    return { start: Number(address), place };
  });
  // Where one sequence ends another may begin; of several rows at one address the last one counts.
  rows.sort((a, b) => a.start - b.start || Number(a.place !== undefined) - Number(b.place !== undefined));
  return rows;
}

function findRow(rows: readonly Row[], address: number): Row | undefined {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.start <= address) low = middle + 1;
    else high = middle;
  }
  return rows[low - 1];
}
