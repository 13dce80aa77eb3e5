/**
 * `.statement`, `.function(ADDRESS)` and `.exported` on riscv64 fixtures.
 *
 * Lines and addresses: riscv64-linux-gnu-objdump --dwarf=decodedline recursion-O0; symbols: riscv64-linux-gnu-nm.
 * Functions come in the order of the debuginfo, where is_odd stands before is_even.
 * Which lines a pattern names and the shape of the text follow SystemTap 4.8 on a program of its own machine.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { SymbolSource } from "../../abi/symbol-source.ts";
import { makeSource } from "../../base/source.ts";
import { openModule } from "../../debuginfo/symbols.ts";
import { compile } from "../../lang/compiler/compile.ts";

const fixtures = new URL("../fixtures/debuginfo/", import.meta.url);
const symbols: SymbolSource = {
  open: (path) => openModule(`/bin/${path}`, readFileSync(new URL(path, fixtures))),
  glob: (pattern) => (pattern === "rec*" ? ["recursion-O0", "recursion.c"] : []),
};

function placesOf(point: string): readonly string[] | string {
  const { program, diagnostics } = compile({
    main: makeSource("<input>", `probe ${point} { println(1) }`),
    symbols,
    stopAfter: 2,
    now: () => 0,
  });
  if (!program) return diagnostics.map(({ message }) => message).join("\n");
  return program.probes.map(({ resolved }) => {
    const address = resolved.spec.kind === "uprobe" ? resolved.spec.address.toString(16) : "";
    return `${resolved.point.replace('process("/bin/recursion-O0").', "").replace("/src/recursion.c", "")} ${address}`;
  });
}

const statement = (pattern: string) => `process("recursion-O0").statement(${pattern})`;

// biome-ignore format: table
const found: readonly [string, readonly string[]][] = [
  [statement('"factorial@recursion.c:19"'),         ['statement("factorial@:19") 101ac']],
  [statement('"factorial@recursion.c:20"'),         ['statement("factorial@:20") 101be']],
  [statement('"*@recursion.c:27"'),                 ['statement("depth_of@:27") 1022e']],
  [statement('"factorial@recursion.c+1"'),          ['statement("factorial@:18") 101a6']],
  [statement('"fact*@*:17-19"'),                    ['statement("factorial@:17") 10198', 'statement("factorial@:18") 101a6', 'statement("factorial@:19") 101ac']],
  [statement('"factorial@recursion.c:18,21-22"'),   ['statement("factorial@:18") 101a6', 'statement("factorial@:21") 101de', 'statement("factorial@:22") 101e2']],
  [statement('"is_even@recursion.c:*"'),            ['statement("is_even@:33") 102b6', 'statement("is_even@:34") 102c4', 'statement("is_even@:35") 102d6', 'statement("is_even@:36") 102e2', 'statement("is_even@:37") 102f6', 'statement("is_even@:38") 102fa', 'statement("is_even@:39") 102fe']],
  [statement('"factorial@recursion.c"'),            ['statement("factorial@:17") 10198']],
  [statement('"factorial"'),                        ['statement("factorial@:17") 10198']],
  [`${statement('"*@recursion.c:32"')}.nearest`,    ['statement("is_even@:33").nearest 102b6']],
  [statement("0x101ac"),                            ["statement(0x101ac) 101ac"]],
  ['process("recursion-O0").function(0x101b0)',     ["function(0x101a6) 101a6"]],
  ['process("recursion-O0").function(0x101b0).call', ["function(0x101a6).call 101a6"]],
  ['process("recursion-O0").function("is_*").exported', ['function("is_odd@:40").exported 10316', 'function("is_even@:33").exported 102c4']],
  ['process("rec*").function("once").call',         ['function("once@:53").call 103c6']],
];
describe("places of lines, ranges of them, and addresses", () => {
  test.each(found)("%s", (point, places) => expect(placesOf(point)).toEqual(places));
});

// biome-ignore format: table
const missing: readonly [string, string][] = [
  [statement('"factorial@recursion.c:32"'),   "(similar: 24)"],
  [statement('"*@recursion.c:32"'),           "(similar: 31, 33)"],
  [`${statement('"factorial@recursion.c:999"')}.nearest`, "(similar: 24)"],
  [statement('"nobody@recursion.c:19"'),      "no function matches"],
  [statement('"factorial@other.c:19"'),       "no function matches"],
  [statement("0x101ae"),                      "no statement of 'factorial' begins at 0x101ae"],
  [statement("0x10"),                         "no function"],
  ['process("recursion-O0").function(0x10)',  "no function"],
  ['process("no*").function("f")',            "no program matches no*"],
  ['process("inlined-O0").function("clamp").exported', "outside its file"],
];
describe("what is not there", () => {
  test.each(missing)("%s", (point, message) => expect(placesOf(point)).toContain(message));
});

test("variables of a statement are those in scope there", () => {
  const { diagnostics } = compile({
    main: makeSource("<input>", `probe ${statement('"factorial@recursion.c:21"')} { println($n, $rest) }`),
    symbols,
    stopAfter: 3,
    now: () => 0,
  });
  expect(diagnostics).toEqual([]);
});
