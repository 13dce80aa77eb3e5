/** Target variables in emitted code, over a program described by hand: `int f(char **p, int b)` with a local `x`. */
import { expect, test } from "vitest";
import type { SymbolSource } from "../../abi/symbol-source.ts";
import { loadModule } from "../../runtime/load.ts";
import { fakeModule, site } from "../fake-module.ts";
import { build, run } from "./kit.ts";

const program = fakeModule({
  functions: () => [site],
  variable: (_, { name, text }) => ({
    text,
    base: { kind: "dwarf", expression: "00" },
    steps: [],
    fetch: { kind: "integer", size: 4, signed: true },
    pointer: name === "p",
  }),
});
const symbols: SymbolSource = { open: () => program };
const probe = (body: string, suffix = ""): string => `probe process("prog").function("f")${suffix} { ${body} }`;

test("values by plan; a fault can be caught", () => {
  const script = probe('try { printf("%d %d\\n", $b, $b + $x) ; println($p) } catch (m) { println(m) }');
  // Plans in order of use: $b, $x, $p.
  expect(run(script, { symbols, targets: [5, 7] })).toBe("5 12\nfault in plan 2\n");
});

test("a computed index goes along", () => {
  const { module } = build(probe("println($p[$b + 1])"), { symbols });
  expect(module.code).toContain("c.target(0, add(c.target(1), 1))");
});

test("entry values in a return probe", () => {
  const { module } = build(probe("println($b, $return)", ".return"), { symbols });
  expect(module.code).toMatch(/c\.saved\(0\), c\.target\(\d\)/);
});

test("$$vars shows each variable, and =? for one that faults", () => {
  expect(run(probe("println($$vars)"), { symbols, targets: [0x10, 0x20] })).toBe("p=0x10 b=0x20 x=?\n");
});

test("a global that is given a pointer is marked for printing", () => {
  const { module } = build(`global q, n, a; ${probe("q = $p; n = $b; a[1] = $p")}`, { symbols });
  const { manifest } = loadModule(module.code);
  expect(manifest.globals.map(({ name, pointer, autoPrint }) => [name, pointer, autoPrint])).toEqual([
    ["q", true, true],
    ["n", false, true],
    ["a", true, true],
  ]);
});
