/**
 * `-f csv`: globals that nobody reads as tables, everything else as text.
 *
 * A table has a header row; columns of keys are `key1`, `key2`, …, the others bear the name of the global. Fields with
 * commas, quotes or line ends stand in quotes, as RFC 4180 says. An empty line stands between tables.
 */
import type { Value } from "../abi/module.ts";
import { hexOf } from "./autoprint.ts";
import type { PrintedGlobal, Readings } from "./output.ts";
import { TextWriter } from "./text-writer.ts";

export class CsvWriter extends TextWriter {
  #tables = 0;

  override global(global: PrintedGlobal): void {
    if (this.#tables++ > 0) this.print("\n");
    this.print(tableOf(global).map(rowOf).join(""));
  }
}

type Row = readonly (Value | undefined)[];

function tableOf(global: PrintedGlobal): readonly Row[] {
  const { name } = global;
  switch (global.kind) {
    case "value":
      return [[name], [shown(global.value, global.pointer)]];
    case "stats":
      return [columns(name), readings(global.readings)];
    case "map":
      return [
        [...keyColumns(global.arity), name],
        ...global.entries.map(({ keys, value }) => [...keys, shown(value, global.pointer)]),
      ];
    case "stats-map":
      return [
        [...keyColumns(global.arity), ...columns(name)],
        ...global.entries.map(({ keys, value }) => [...keys, ...readings(value)]),
      ];
  }
}

function keyColumns(arity: number): readonly string[] {
  return Array.from({ length: arity }, (_, i) => `key${i + 1}`);
}

function columns(name: string): readonly string[] {
  return ["count", "min", "max", "sum", "avg"].map((reading) => `${name}.${reading}`);
}

function readings({ count, min, max, sum, avg }: Readings): Row {
  return [count, min, max, sum, avg];
}

function shown(value: Value, pointer: boolean): Value {
  return pointer && typeof value !== "string" ? hexOf(value) : value;
}

function rowOf(row: Row): string {
  return `${row.map(field).join(",")}\n`;
}

function field(value: Value | undefined): string {
  const text = value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
