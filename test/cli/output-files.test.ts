/** -o and -S: the files that a script's output goes to. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseOptions } from "../../cli/options.ts";
import { HostOutput } from "../../cli/output.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "utap-output-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const files = (): readonly string[] => readdirSync(folder).sort();
const read = (name: string): string => readFileSync(join(folder, name), "latin1");

function write(output: HostOutput, texts: readonly string[]): void {
  for (const text of texts) output.write(1, text);
  output.close();
}

test("a file by its name", () => {
  write(new HostOutput(join(folder, "a")), ["one ", "two \xff"]);
  expect(files()).toEqual(["a"]);
  expect(read("a")).toBe("one two \xff");
});

test("the time in the name", () => {
  const before = new Date().getFullYear();
  write(new HostOutput(join(folder, "log.%Y.%%")), ["x"]);
  const years = [before, new Date().getFullYear()].map((year) => `log.${year}.%`);
  expect(years).toContain(files()[0]);
});

describe("in parts", () => {
  test("a part is full when the next print would be too much", () => {
    write(new HostOutput(join(folder, "a"), { bytes: 10 }), ["1234567", "123", "4", "12345678901234", "x"]);
    expect(files().map((name) => [name, read(name)])).toEqual([
      ["a.0", "1234567123"],
      ["a.1", "4"],
      ["a.2", "12345678901234"],
      ["a.3", "x"],
    ]);
  });

  test("the last are kept", () => {
    write(new HostOutput(join(folder, "a"), { bytes: 2, files: 2 }), ["11", "22", "33", "44", "5"]);
    expect(files().map((name) => [name, read(name)])).toEqual([
      ["a.3", "44"],
      ["a.4", "5"],
    ]);
  });

  test("nothing printed is one empty part", () => {
    write(new HostOutput(join(folder, "a"), { bytes: 2 }), []);
    expect(files()).toEqual(["a.0"]);
  });

  test("many small prints, more than a buffer", () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `${i}\n`);
    write(new HostOutput(join(folder, "a"), { bytes: 100_000 }), lines);
    expect(files()).toEqual(["a.0", "a.1"]);
    expect(read("a.0") + read("a.1")).toBe(lines.join(""));
    expect(read("a.0").length).toBeGreaterThan(99_990);
    expect(read("a.0").length).toBeLessThanOrEqual(100_000);
  });
});

describe("-S", () => {
  const options = (...args: string[]) => parseOptions([...args, "-e", "probe begin {}"]);
  test("is megabytes and a number of files", () => {
    expect(options("-o", "f", "-S", "2")).toMatchObject({ output: "f", rotation: { bytes: 2 << 20 } });
    expect(options("-o", "f", "-S", "1,3")).toMatchObject({ rotation: { bytes: 1 << 20, files: 3 } });
  });
  test.each(["0", "x", "1,0", "1,", "-1", "1.5"])("%s is no size", (size) => {
    expect(() => options("-o", "f", "-S", size)).toThrow(/write -S MB or -S MB,N/);
  });
  test("needs a file", () => {
    expect(() => options("-S", "1")).toThrow(/only files can be split/);
  });
});
