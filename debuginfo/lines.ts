/**
 * The line tables of the units, each read when first asked for and kept in the orders that questions need.
 *
 * Called by `functions.ts`.
 */
import type { Unit } from "./dwarf/dwarf.ts";
import { type LineRow, type LineTable, readLineTable } from "./dwarf/line.ts";

export class Lines {
  readonly #tables = new Map<Unit, LineTable>();
  readonly #sorted = new Map<Unit, readonly LineRow[]>();
  readonly #byLine = new Map<Unit, Map<number, LineRow[]>>();

  tableOf(unit: Unit): LineTable {
    let table = this.#tables.get(unit);
    if (!table) {
      table = readLineTable(unit);
      this.#tables.set(unit, table);
    }
    return table;
  }

  /** By address; rows of one address stay in the order of the program. */
  sortedRows(unit: Unit): readonly LineRow[] {
    const known = this.#sorted.get(unit);
    if (known) return known;
    const rows = this.tableOf(unit).rows.filter((row) => !row.endSequence);
    rows.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
    this.#sorted.set(unit, rows);
    return rows;
  }

  rowsByLine(unit: Unit): ReadonlyMap<number, readonly LineRow[]> {
    let byLine = this.#byLine.get(unit);
    if (!byLine) {
      byLine = new Map<number, LineRow[]>();
      for (const row of this.tableOf(unit).rows) {
        const rows = byLine.get(row.line);
        if (rows) rows.push(row);
        else byLine.set(row.line, [row]);
      }
      this.#byLine.set(unit, byLine);
    }
    return byLine;
  }
}

/** The index of the first row at an address or behind it. */
export function firstAtOrAfter(rows: readonly LineRow[], address: bigint): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.address < address) low = middle + 1;
    else high = middle;
  }
  return low;
}
