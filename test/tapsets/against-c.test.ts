/**
 * Floating point, strtol and ctime against the C library: the same random arguments go through a driver that the host's
 * gcc compiles, and through the builtins.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { BuiltinHost } from "../../abi/builtins.ts";
import { type Long, long } from "../../base/int64.ts";
import { floatingpoint } from "../../tapsets/floatingpoint.ts";
import { string } from "../../tapsets/string.ts";
import { time } from "../../tapsets/time.ts";
import { testWith } from "../oracles.ts";

/** One line of input a call: the name, then arguments in decimal or, of text, in hexadecimal. */
const driver = `
#include <inttypes.h>
#include <fenv.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
static double d(int64_t bits) { double v; memcpy(&v, &bits, 8); return v; }
static int64_t bits(double v) { int64_t b; if (isnan(v)) return 0x7ff8000000000000; memcpy(&b, &v, 8); return b; }
static char *unhex(char *hex) {
  static char text[4096]; size_t n = 0;
  for (; hex[0] > ' ' && hex[1] > ' '; hex += 2) { unsigned byte; sscanf(hex, "%2x", &byte); text[n++] = (char)byte; }
  text[n] = 0;
  return text;
}
static double rounded(double v, int mode) {
  static const int modes[] = { FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD };
  if (mode == 4) return round(v);
  fesetround(modes[mode]);
  v = nearbyint(v);
  fesetround(FE_TONEAREST);
  return v;
}
int main(void) {
  char line[8192], name[64], a[4096], b[64];
  while (fgets(line, sizeof line, stdin)) {
    *a = *b = 0;
    sscanf(line, "%63s %4095s %63s", name, a, b);
    int64_t x = strtoll(a, 0, 10), y = strtoll(b, 0, 10), r = 0;
    if (!strcmp(name, "fp_add")) r = bits(d(x) + d(y));
    else if (!strcmp(name, "fp_sub")) r = bits(d(x) - d(y));
    else if (!strcmp(name, "fp_mul")) r = bits(d(x) * d(y));
    else if (!strcmp(name, "fp_div")) r = bits(d(x) / d(y));
    else if (!strcmp(name, "fp_rem")) r = bits(remainder(d(x), d(y)));
    else if (!strcmp(name, "fp_sqrt")) r = bits(sqrt(d(x)));
    else if (!strcmp(name, "fp_eq")) r = d(x) == d(y);
    else if (!strcmp(name, "fp_le")) r = d(x) <= d(y);
    else if (!strcmp(name, "fp_lt")) r = d(x) < d(y);
    else if (!strcmp(name, "long_to_fp")) r = bits((double)x);
    else if (!strcmp(name, "fp32_to_fp64")) { float f; int32_t w = (int32_t)x; memcpy(&f, &w, 4); r = bits(f); }
    else if (!strcmp(name, "fp_to_long")) {
      double v = rounded(d(x), (int)y);
      r = isnan(v) || v >= 0x1p63 ? INT64_MAX : v < -0x1p63 ? INT64_MIN : (int64_t)v;
    }
    else if (!strcmp(name, "fp_to_string")) { printf(isnan(d(x)) ? "nan\\n" : "%.*f\\n", (int)y, d(x)); continue; }
    else if (!strcmp(name, "string_to_fp")) r = bits(strtod(unhex(a), 0));
    else if (!strcmp(name, "strtol")) r = strtol(unhex(a), 0, (int)y);
    else if (!strcmp(name, "ctime")) { time_t t = x; char text[64]; asctime_r(gmtime(&t), text); fputs(text, stdout); continue; }
    printf("%" PRId64 "\\n", r);
  }
}
`;

const host = { maxString: 4096, fail: (message: string) => `fail ${message}` } as unknown as BuiltinHost;
const calls = { ...floatingpoint, ...string, ...time } as unknown as {
  readonly [name: string]: (c: BuiltinHost, ...values: (Long | string)[]) => Long | string;
};

// xorshift64*, so that every run asks the same.
let state = 0x9e3779b97f4a7c15n;
function random64(): bigint {
  state ^= state >> 12n;
  state = BigInt.asUintN(64, state ^ (state << 25n));
  state ^= state >> 27n;
  return BigInt.asUintN(64, state * 0x2545f4914f6cdd1dn);
}
const below = (n: number): number => Number(random64() % BigInt(n));

const special = [0n, 1n << 63n, 0x7ffn << 52n, 0xfffn << 52n, 1n, 0xfffffffffffffn, 0x3ffn << 52n, 0x433n << 52n];

/** Any double, more often one near 1 or with few bits, so that halves and equal ones come up. */
function double(): Long {
  switch (below(4)) {
    case 0:
      return long(random64());
    case 1:
      return long(special[below(special.length)] ?? 0n);
    case 2:
      return floatingpoint.long_to_fp(host as never, below(2000) - 1000) as Long;
    default: {
      const view = new DataView(new ArrayBuffer(8));
      view.setFloat64(0, ((below(1 << 20) - (1 << 19)) / 8) * 10 ** (below(9) - 4));
      return long(view.getBigInt64(0));
    }
  }
}

const pick = (from: string): string => from.charAt(below(from.length));
const text = (alphabet: string, longest: number): string =>
  Array.from({ length: below(longest + 1) }, () => pick(alphabet)).join("");

// biome-ignore format: table
const makers: { readonly [name: string]: () => readonly (Long | string)[] } = {
  fp_add:       () => [double(), double()],
  fp_sub:       () => [double(), double()],
  fp_mul:       () => [double(), double()],
  fp_div:       () => [double(), double()],
  fp_rem:       () => [double(), double()],
  fp_sqrt:      () => [double()],
  fp_eq:        () => [double(), double()],
  fp_le:        () => [double(), double()],
  fp_lt:        () => [double(), double()],
  long_to_fp:   () => [long(random64() >> BigInt(below(64)))],
  fp32_to_fp64: () => [long(random64())],
  fp_to_long:   () => [double(), below(5)],
  fp_to_string: () => [double(), below(30)],
  string_to_fp: () => [` ${pick(" +-")}${text("0123456789", 25)}${pick("..e")}${text("0123456789", 25)}${pick("eE.x")}${text("+-0123", 3)}`.trim()],
  strtol:       () => [`${text(" \t", 2)}${text("+-", 1)}${pick("01")}${text("xX0123456789abz", 24)}`, pick("0") === "0" && below(3) === 0 ? 0 : below(35) + 2],
  ctime:        () => [Number(BigInt.asIntN(32, random64()))],
};

const ROUNDS = 2000;

testWith("gcc")("as C's", () => {
  const asked = Object.entries(makers).flatMap(([name, make]) =>
    Array.from({ length: ROUNDS }, () => ({ name, values: make() })),
  );
  const hex = (value: Long | string): string =>
    typeof value === "string" ? Buffer.from(`${value} `, "latin1").toString("hex") : `${value}`;
  const folder = mkdtempSync(join(tmpdir(), "utap-c-"));
  try {
    writeFileSync(join(folder, "a.c"), driver);
    execFileSync("gcc", ["-w", "-O0", "-frounding-math", "-o", join(folder, "a"), join(folder, "a.c"), "-lm"]);
    const input = asked.map(({ name, values }) => `${name} ${values.map(hex).join(" ")}\n`).join("");
    const wanted = execFileSync(join(folder, "a"), { input, encoding: "latin1", maxBuffer: 1 << 26 }).split("\n");
    const got = asked.map(({ name, values }) => `${calls[name]?.(host, ...values)}`);
    const wrong = asked
      .map(
        ({ name, values }, i) =>
          `${name}(${values.map((v) => JSON.stringify(`${v}`)).join(", ")}): C ${wanted[i]}, here ${got[i]}`,
      )
      .filter((_, i) => wanted[i] !== got[i]);
    expect(wrong.slice(0, 20)).toEqual([]);
    expect(got.length).toBe(Object.keys(makers).length * ROUNDS);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
