/**
 * Passes 1 to 3: a short script and long ones, with utap's library on the path.
 *
 * The yardstick of a warm compilation is acorn, parsing what the compiler emitted; that of a long script is a script of a tenth
 * of its length, so 10 is linear.
 */
import { parse } from "acorn";
import { makeSource } from "../base/source.ts";
import { openTapsets } from "../cli/tapset-folders.ts";
import { compile } from "../lang/compiler/compile.ts";
import type { EmittedModule } from "../lang/compiler/program.ts";
import type { Row } from "./main.ts";

const SHORT = `global hits, sizes
probe begin { println("started at ", gettimeofday_s()) }
probe timer.ms(100) { hits[pid(), execname()]++; sizes <<< strlen(execname()) }
probe timer.s(10) { foreach ([p, name] in hits- limit 5) printf("%5d %s %d\\n", p, name, hits[p, name]); exit() }
probe end { if (@count(sizes)) println(@avg(sizes)) }
`;

export function benchScripts(): readonly Row[] {
  const short = (): void => void translate(SHORT);
  const { code } = translate(SHORT);
  const acorn = (): void => void parse(code, { ecmaVersion: 2022, sourceType: "module" });
  const long = [200, 2000, 20_000].map((lines) => {
    const text = generate(lines);
    return best(3, () => void translate(text));
  });
  const [of200 = 0, of2000 = 0, of20000 = 0] = long;
  return [
    {
      name: "passes 1 to 3 of 5 lines, warm",
      against: "acorn on the module",
      ratio: best(200, short) / best(200, acorn),
    },
    { name: "passes 1 to 3 of 2,000 lines, warm", against: "200 lines", ratio: of2000 / of200 },
    { name: "passes 1 to 3 of 20,000 lines, warm", against: "2,000 lines", ratio: of20000 / of2000 },
  ];
}

/** A script's module, with utap's own library to hand. */
export function translate(text: string): EmittedModule {
  const { module, diagnostics } = compile({
    main: makeSource("bench", text),
    symbols: { open: (path) => ({ kind: "failure", message: `no ${path}` }) },
    tapsets: openTapsets([], {}, "/"),
    now: () => 0,
  });
  if (!module) throw new Error(diagnostics.map((item) => item.message).join("\n"));
  return module;
}

/** A script of so many lines, of every kind of statement; deterministic. */
export function generate(lines: number): string {
  const blocks: string[] = [];
  for (let at = 0, n = 0; at < lines; at += LINES, n++) {
    blocks.push(`function f${n}:long (x:long, y:long) {
  z = x * ${n} + (y << ${n % 60})
  if (z > ${n} && x != y) return z - 1
  return ${n === 0 ? "x" : `f${n - 1}(y, z)`}
}
global a${n}, s${n}, t${n} = "${n}"
probe timer.ms(${(n % 999) + 1}) {
  for (i = 0; i < ${n % 20}; i++) { a${n}[i, t${n}] += f${n}(i, 3); s${n} <<< i }
  if ([1, t${n}] in a${n}) printf("%d %s\\n", a${n}[1, t${n}], t${n}); else t${n} .= "x"
  foreach ([k, v] in a${n}- limit 3) println(k, v, a${n}[k, v], @count(s${n}))
}`);
  }
  return `${blocks.join("\n")}\n`;
}

/** Lines of a block of `generate`. */
const LINES = 11;

export function best(runs: number, run: () => void): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    run();
    shortest = Math.min(shortest, performance.now() - start);
  }
  return shortest;
}
