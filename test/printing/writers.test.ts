/** What the writers promise to programs that read them: lines that are JSON, tables that are CSV, warnings once. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromText, toBytes } from "../../base/bytestring.ts";
import { limits } from "../../base/limits.ts";
import { type Origin, Output, type OutputFormat, type OutputOptions } from "../../runtime/output.ts";
import { makeWriter } from "../../runtime/writers.ts";

function open(format: OutputFormat, options: OutputOptions = {}, origin: Origin = {}) {
  const streams = { 1: "", 2: "" };
  const sink = { write: (stream: 1 | 2, text: string) => void (streams[stream] += text) };
  const output = new Output(makeWriter(format, { sink, clock: () => 7, origin: () => origin }), options);
  return { output, streams };
}

/** As a program reads it: strict UTF-8, then JSON. */
function readLines(text: string): readonly unknown[] {
  const lines = new TextDecoder("utf-8", { fatal: true }).decode(toBytes(text)).split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => JSON.parse(line));
}

const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) });

describe("JSON", () => {
  test("any text of Unicode is what it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const { output, streams } = open("json");
        output.print(fromText(text));
        const [event] = text === "" ? [{ data: "" }] : readLines(streams[1]);
        expect(event).toMatchObject({ data: text });
      }),
    );
  });

  test("any bytes are a line", () => {
    fc.assert(
      fc.property(bytes, bytes, (printed, key) => {
        const { output, streams } = open("json");
        output.print(printed);
        output.global({ name: "a", kind: "map", arity: 1, pointer: false, entries: [{ keys: [key], value: 1 }] });
        expect(readLines(streams[1])).toHaveLength(printed === "" ? 1 : 2);
      }),
    );
  });

  test("whose hit it was; lost hits and attached probes are nobody's", () => {
    const { output, streams } = open("json", {}, { probe: "p", pid: 3, tid: 4 });
    output.print("x");
    output.warn("w");
    output.message("ERROR: e");
    output.message("WARNING: v");
    output.lost(2);
    output.attached(5);
    const hit = { ts: 7, pid: 3, tid: 4, probe: "p" };
    const nobody = { ts: 7, pid: null, tid: null, probe: null };
    expect(readLines(streams[1])).toEqual([
      { type: "printf", data: "x", ...hit },
      { type: "warning", data: "w", ...hit },
      { type: "error", data: "e", ...hit },
      { type: "warning", data: "v", ...hit },
      { type: "lost", data: { total: 2 }, ...nobody },
      { type: "attached", data: { probes: 5 }, ...nobody },
    ]);
    expect(streams[2]).toBe("");
  });

  test("reports for people go to standard error", () => {
    const { output, streams } = open("json");
    output.message("probe hits");
    expect(streams).toEqual({ 1: "", 2: "probe hits\n" });
  });

  test("pointers", () => {
    const { output, streams } = open("json");
    output.global({ name: "p", kind: "value", value: -1, pointer: true });
    expect(readLines(streams[1])).toMatchObject([{ data: { name: "p", value: "0xffffffffffffffff" } }]);
  });
});

/** RFC 4180: fields between commas, in quotes where need be, a quote within as two. */
function readCsv(text: string): readonly string[][] {
  const rows: string[][] = [[]];
  const field = /(?:"((?:[^"]|"")*)"|([^",\n\r]*))(,|\n)/y;
  while (field.lastIndex < text.length) {
    const [, quoted, plain, end] = field.exec(text) ?? expect.fail(`not CSV: ${JSON.stringify(text)}`);
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === "\n") rows.push([]);
  }
  return rows.slice(0, -1);
}

describe("CSV", () => {
  test("any keys and values come back", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(bytes, fc.integer(), bytes), { minLength: 1 }), (list) => {
        const { output, streams } = open("csv");
        const entries = list.map(([a, b, value]) => ({ keys: [a, b], value }));
        output.global({ name: "t", kind: "map", arity: 2, pointer: false, entries });
        const rows = list.map(([a, b, value]) => [a, String(b), value]);
        expect(readCsv(streams[1])).toEqual([["key1", "key2", "t"], ...rows]);
      }),
    );
  });

  test("an array without entries has its header, an empty aggregate its count", () => {
    const { output, streams } = open("csv");
    output.global({ name: "a", kind: "map", arity: 1, pointer: false, entries: [] });
    output.global({ name: "s", kind: "stats", readings: { count: 0 } });
    output.global({ name: "p", kind: "value", value: 255, pointer: true });
    expect(streams[1]).toBe("key1,a\n\ns.count,s.min,s.max,s.sum,s.avg\n0,,,,\n\np\n0xff\n");
  });
});

describe("warnings", () => {
  const warned = (options: OutputOptions, texts: readonly string[]): string => {
    const { output, streams } = open("text", options);
    for (const text of texts) output.warn(text);
    expect(streams[1]).toBe("");
    return streams[2];
  };

  test("are shown once", () => {
    expect(warned({}, ["a", "b", "a", "b\n", "a"])).toBe("WARNING: a\nWARNING: b\nWARNING: b\n");
  });

  test("with -vv each time, with -w never", () => {
    expect(warned({ repeatWarnings: true }, ["a", "a"])).toBe("WARNING: a\nWARNING: a\n");
    expect(warned({ hideWarnings: true, repeatWarnings: true }, ["a", "a"])).toBe("");
  });

  test("so many are remembered, further ones are shown each time", () => {
    const first = Array.from({ length: limits.maxDistinctWarnings }, (_, i) => `${i}`);
    const shown = warned({}, [...first, ...first, "more", "more", "0"])
      .trimEnd()
      .split("\n");
    expect(limits.maxDistinctWarnings).toBe(1024);
    expect(shown).toEqual([...first, "more", "more"].map((text) => `WARNING: ${text}`));
  });

  test("-w hides what the session warns of, not its errors", () => {
    const { output, streams } = open("text", { hideWarnings: true });
    output.message("WARNING: Number of errors: 1, skipped probes: 0");
    output.message("ERROR: no");
    expect(streams[2]).toBe("ERROR: no\n");
  });
});
