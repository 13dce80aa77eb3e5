/**
 * Conversions against the C library's printf, through a small driver compiled by the host's gcc; what differs from C
 * by the language's rules is in the second test.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Value } from "../../abi/module.ts";
import { compileFormat } from "../../runtime/format.ts";
import { testWith } from "../oracles.ts";

const values: readonly (number | bigint)[] = [0, 1, -1, 8, 255, -4096, 9223372036854775807n, -9223372036854775808n];

function cases(): readonly (readonly [string, readonly Value[]])[] {
  const list: [string, Value[]][] = [];
  for (const letter of "diuxXo") {
    for (const flags of ["", "-", "0", "#", "-0", "+", " ", "+ 0"]) {
      if (/[+ ]/.test(flags) && !/[di]/.test(letter)) continue;
      if (flags === "#" && /[diu]/.test(letter)) continue;
      for (const size of ["", "6", "24", ".0", ".5", "12.7"]) {
        for (const value of values) {
          // `%#x` of 0 is the language's own.
          if (flags === "#" && /[xX]/.test(letter) && value === 0) continue;
          list.push([`%${flags}${size}${letter}`, [value]]);
        }
      }
    }
  }
  for (const width of [-8, 0, 8]) for (const precision of [-3, 0, 4]) list.push(["%*.*d|", [width, precision, 42]]);
  for (const format of ["%s", "%8s", "%-8s|", "%.2s", "%5.1s|", "%.0s"]) list.push([format, ["hello"]]);
  list.push(["%c%3c%-3c|", [65, 66, 67]], ["100%%", []], ["a %d b %s c", [7, "x"]]);
  return list;
}

testWith("gcc")("as C's printf", () => {
  const list = cases();
  const folder = mkdtempSync(join(tmpdir(), "utap-format-"));
  try {
    const lines = list.map(([format, args]) => {
      const stars = format.includes("*") ? 2 : 0;
      const long = format.replace(/([diuxXo])/g, (letter, _l, at) =>
        isConversion(format, at) ? `ll${letter}` : letter,
      );
      const written = args.map((arg, i) => {
        if (typeof arg === "string") return JSON.stringify(arg);
        const char = format.includes("c%");
        if (i < stars || char) return `(int)${arg}`;
        return `(long long)${BigInt.asUintN(64, BigInt(arg))}ULL`;
      });
      return `printf(${[JSON.stringify(long), ...written].join(", ")}); putchar('\\n');`;
    });
    writeFileSync(join(folder, "a.c"), `#include <stdio.h>\nint main(void) {\n${lines.join("\n")}\nreturn 0; }\n`);
    execFileSync("gcc", ["-w", "-O0", "-o", join(folder, "a"), join(folder, "a.c")]);
    const wanted = execFileSync(join(folder, "a"), { encoding: "latin1" }).split("\n");
    const got = list.map(([format, args]) => compileFormat(format, () => undefined)(...args));
    const differences = list.flatMap(([format, args], i) =>
      got[i] === wanted[i] ? [] : [`${format} ${args.join()}: "${got[i]}" is not "${wanted[i]}"`],
    );
    expect(differences).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** The letter at `at` ends a conversion: only flags, digits, stars and dots stand between it and its percent sign. */
function isConversion(format: string, at: number): boolean {
  return /%[-+ #0-9.*]*$/.test(format.slice(0, at));
}

// biome-ignore format: table
test.each<[string, Value[], string]>([
  ["%p",       [0],                       "0x0"],
  ["%#x",      [0],                       "0x0"],
  ["%p",       [-1],                      "0xffffffffffffffff"],
  ["%lld %hd", [1, 70000],                "1 70000"],
  ["%c",       [0],                       "\0"],
  ["%#c",      [10],                      "\\n"],
  ["%#c",      [200],                     "\\310"],
  ["%#s",      ['a"\t\x01'],              'a\\"\\t\\001'],
  ["%4b",      [0x04030201],              "\x01\x02\x03\x04"],
  ["%#c%#c",   [39, 34],                  "\\'\""],
  ["%6.4b",    [0x04030201],              "\0\0\x01\x02\x03\x04"],
  ["%-4.2b",   [0x0201],                  "\x01\x02\0\0"],
  ["%3b",      [7],                       "\x07\0\0\0\0\0\0\0"],
  ["%.3b",     [7],                       "\x07\0\0\0\0\0\0\0"],
  ["%*.*b",    [4, 2, 0x0201],            "\0\0\x01\x02"],
  ["%m%.0m",   [65, 66],                  "AB"],
  ["%-4.2m|",  [65],                      "AB  |"],
  ["%b",       [-2],                      "\xfe\xff\xff\xff\xff\xff\xff\xff"],
  ["%.3M|%6M", [5, 9],                    "050607|    09"],
  ["%.2m",     [65],                      "AB"],
])("%s of %j", (format, args, wanted) => {
  // The memory of this test holds at address n the byte n.
  const read = (address: number | bigint, size: number) => Uint8Array.from({ length: size }, (_, i) => Number(address) + i);
  expect(compileFormat(format, read)(...args)).toBe(wanted);
});

test("memory dumps that cannot be", () => {
  expect(() => compileFormat("%m", () => undefined)(16)).toThrow("%m and %M cannot read 1 bytes at 0x10");
  expect(() => compileFormat("%.5000m", () => undefined)(16)).toThrow("%m and %M show at most 4096 bytes");
});
