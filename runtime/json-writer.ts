/**
 * `-f json`: every event one JSON object on a line of the script's output, errors and warnings too.
 *
 *     {"type":"printf","data":"hello\n","ts":1200,"pid":1,"tid":1,"probe":"begin"}
 *
 * `ts` is the target's monotonic clock in nanoseconds; `pid`, `tid` and `probe` are null where there is none. Integers
 * that JavaScript's numbers cannot hold are strings. Lines are UTF-8: bytes of a string that are not become `\u0080`…
 * `\u00ff`.
 */
import type { Chart, ChartBucket, Value } from "../abi/module.ts";
import type { Long } from "../base/int64.ts";
import { hexOf } from "./autoprint.ts";
import type { Origin, OutputWriter, PrintedGlobal, Readings, Sink } from "./output.ts";

export interface JsonParts {
  readonly sink: Sink;
  readonly clock: () => number;
  /** Of the hit whose handler runs. */
  readonly origin: () => Origin;
}

export class JsonWriter implements OutputWriter {
  readonly #parts: JsonParts;

  constructor(parts: JsonParts) {
    this.#parts = parts;
  }

  print(text: string): void {
    this.#event("printf", quote(text), this.#parts.origin());
  }

  histogram(chart: Chart): void {
    const data = { name: quote(chart.name), kind: quote(chart.kind), buckets: list(chart.buckets().map(bucket)) };
    this.#event("hist", object(data), this.#parts.origin());
  }

  global(global: PrintedGlobal): void {
    this.#event(global.kind === "stats-map" ? "map" : global.kind, object(dataOf(global)));
  }

  error(text: string): void {
    this.#event("error", quote(text), this.#parts.origin());
  }

  warning(text: string): void {
    this.#event("warning", quote(text), this.#parts.origin());
  }

  /** Reports for people stay what they are. */
  note(text: string): void {
    this.#parts.sink.write(2, `${text}\n`);
  }

  lost(total: number): void {
    this.#event("lost", object({ total: String(total) }));
  }

  attached(probes: number): void {
    this.#event("attached", object({ probes: String(probes) }));
  }

  #event(type: string, data: string, { pid, tid, probe }: Origin = {}): void {
    const { sink, clock } = this.#parts;
    const where = `"pid":${pid ?? null},"tid":${tid ?? null},"probe":${probe === undefined ? null : quote(probe)}`;
    sink.write(1, `{"type":"${type}","data":${data},"ts":${clock()},${where}}\n`);
  }
}

type Members = { readonly [name: string]: string | undefined };

function dataOf(global: PrintedGlobal): Members {
  const name = quote(global.name);
  switch (global.kind) {
    case "value":
      return { name, value: jsonOf(global.value, global.pointer) };
    case "stats":
      return { name, ...readings(global.readings) };
    case "map":
      return {
        name,
        entries: list(global.entries.map(({ keys, value }) => entry(keys, jsonOf(value, global.pointer)))),
      };
    case "stats-map":
      return { name, entries: list(global.entries.map(({ keys, value }) => entry(keys, object(readings(value))))) };
  }
}

/** Members are JSON already; undefined ones are left out. */
function object(members: Members): string {
  const present = Object.entries(members).filter(([, member]) => member !== undefined);
  return `{${present.map(([name, member]) => `"${name}":${member}`).join(",")}}`;
}

function list(items: readonly string[]): string {
  return `[${items.join(",")}]`;
}

function entry(keys: readonly Value[], value: string): string {
  return object({ key: list(keys.map((key) => jsonOf(key, false))), value });
}

function jsonOf(value: Value, pointer: boolean): string {
  if (typeof value === "string") return quote(value);
  return pointer ? quote(hexOf(value)) : number(value);
}

function number(value: Long): string {
  return typeof value === "bigint" ? `"${value}"` : String(value);
}

function optional(value: Long | undefined): string | undefined {
  return value === undefined ? undefined : number(value);
}

function readings({ count, min, max, sum, avg }: Readings): Members {
  return { count: number(count), min: optional(min), max: optional(max), sum: optional(sum), avg: optional(avg) };
}

function bucket({ min, max, count }: ChartBucket): string {
  return object({ min: optional(min), max: optional(max), count: String(count) });
}

/** ASCII, a sequence of UTF-8, or a byte that is part of none. */
const PIECE =
  /([\x00-\x7f]+)|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|([\x80-\xff])/g;

function quote(text: string): string {
  if (!/[\x80-\xff]/.test(text)) return JSON.stringify(text);
  const shown = text.replace(PIECE, (piece, ascii?: string, stray?: string) => {
    if (ascii !== undefined) return JSON.stringify(ascii).slice(1, -1);
    return stray === undefined ? piece : `\\u00${stray.charCodeAt(0).toString(16)}`;
  });
  return `"${shown}"`;
}
