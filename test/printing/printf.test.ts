/**
 * Random formats and values against the C library's printf, through printf.c, compiled by the host's gcc.
 *
 * UTAP_FORMATS=100000 asks for more of them than the suite does. Left out is what C does not define (`#` with `%d`, `0`
 * with `%s`) and the one thing in which the language differs from it: hexadecimal 0 with `#` bears its prefix.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import type { Value } from "../../abi/module.ts";
import { long } from "../../base/int64.ts";
import { compileFormat } from "../../runtime/format.ts";
import { testWith } from "../oracles.ts";

const COUNT = Number(process.env.UTAP_FORMATS ?? 5000);

/** A piece of a format: as the language writes it, as C writes it, and what it is given. */
interface Piece {
  readonly text: string;
  readonly c: string;
  readonly kind: "n" | "c" | "s" | "t";
  readonly stars: readonly number[];
  readonly values: readonly Value[];
}

const numbers: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(0n, 1n, -1n, 7n, 8n, 255n, 2n ** 31n, 2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n, -(2n ** 63n)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -5000n, max: 5000n }),
);

const size = fc.oneof(fc.constant(undefined), fc.nat(30));
const amount = fc.record({ size, star: fc.boolean(), negative: fc.boolean() });
type Amount = typeof amount extends fc.Arbitrary<infer T> ? T : never;

function written({ size, star, negative }: Amount): { readonly text: string; readonly stars: readonly number[] } {
  if (size === undefined) return { text: "", stars: [] };
  return star ? { text: "*", stars: [negative ? -size : size] } : { text: String(size), stars: [] };
}

function piece(letter: string, flags: string, width: Amount, precision: Amount | undefined, value: Value): Piece {
  const before = written(width);
  const after = precision ? written(precision) : { text: "", stars: [] };
  const shape = `${before.text}${precision ? `.${after.text}` : ""}`;
  const kind = letter === "s" || letter === "c" ? letter : "n";
  const forC = letter === "p" ? `#${flags}` : flags;
  const c = `%${forC}${shape}${kind === "n" ? `ll${letter === "p" ? "x" : letter}` : letter}`;
  const stars = [...before.stars, ...after.stars];
  return { text: `%${flags}${shape}${letter}`, c, kind, stars, values: [...stars, value] };
}

const flagsOf = (all: string): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...all), { maxLength: 3 }).map((flags) => flags.join(""));

const integer: fc.Arbitrary<Piece> = fc.constantFrom(..."diuxXop").chain((letter) =>
  fc
    .tuple(
      flagsOf("di".includes(letter) ? "-+ 0" : "xXo".includes(letter) ? "-0#" : "-0"),
      amount,
      fc.option(amount, { nil: undefined }),
      numbers,
    )
    .map(([flags, width, precision, value]) => {
      const zero = value === 0n && (letter === "p" || ("xX".includes(letter) && flags.includes("#")));
      return piece(letter, flags, width, precision, long(zero ? 1n : value));
    }),
);
const bytes = fc.string({
  unit: fc.integer({ min: 1, max: 255 }).map((byte) => String.fromCharCode(byte)),
  maxLength: 20,
});
const text = fc
  .tuple(flagsOf("-"), amount, fc.option(amount, { nil: undefined }), bytes)
  .map(([flags, width, precision, value]) => piece("s", flags, width, precision, value));
const character = fc
  .tuple(flagsOf("-"), amount, fc.integer({ min: -200, max: 500 }))
  .map(([flags, width, value]) => piece("c", flags, width, undefined, value));
const plain = fc
  .string({ unit: fc.constantFrom(..."ab:,=\t\n\\\"'\xe9"), maxLength: 5 })
  .map((some): Piece => ({ text: some, c: some, kind: "t", stars: [], values: [] }));
const percent = fc.constant<Piece>({ text: "%%", c: "%%", kind: "t", stars: [], values: [] });
const formats = fc.array(fc.oneof({ arbitrary: integer, weight: 5 }, text, character, plain, percent), {
  minLength: 1,
  maxLength: 4,
});

const hex = (some: string): string => Buffer.from(some, "latin1").toString("hex");

function record(pieces: readonly Piece[]): string {
  return pieces
    .map(({ c, kind, stars, values }) => {
      const value = values.at(-1);
      const shown = kind === "t" ? "" : typeof value === "string" ? hex(value) : String(value);
      return `${kind} ${stars.join(",")} ${hex(c)} ${shown}`;
    })
    .join("|");
}

testWith("gcc")(`${COUNT} formats as C's printf`, () => {
  const folder = mkdtempSync(join(tmpdir(), "utap-printf-"));
  try {
    const driver = join(folder, "printf");
    execFileSync("gcc", ["-w", "-O1", "-D_GNU_SOURCE", "-o", driver, join(import.meta.dirname, "printf.c")]);
    const samples = fc.sample(formats, { numRuns: COUNT, seed: 4 });
    const input = `${samples.map(record).join("\n")}\n`;
    const answers = execFileSync(driver, { input, encoding: "latin1", maxBuffer: 1 << 30 }).split("\n");
    expect(answers).toHaveLength(COUNT + 1);
    const differences = samples.flatMap((pieces, i) => {
      const format = pieces.map((item) => item.text).join("");
      const values = pieces.flatMap((item) => item.values);
      const ours = compileFormat(format, () => undefined)(...values);
      const wanted = Buffer.from(answers[i] ?? "", "hex").toString("latin1");
      return ours === wanted ? [] : [{ format, values: values.map(String), ours, wanted }];
    });
    expect(differences.slice(0, 5)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
