/**
 * Programs that have a good chance to compile: types agree, names are declared, loops end.
 *
 * Used by `inputs.ts`, whole or with a few tokens changed, so that the later passes and the emitter get work too.
 */
export interface Chance {
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
}

export function makeProgram(chance: Chance): string {
  const probes = Array.from({ length: 1 + chance.below(3) }, () => probe(chance)).join("\n");
  return `${declarations}\n${types}\n${functions(chance)}\n${probes}`;
}

const declarations = 'global n, m = 3, s = "x", longs[20], strings%[5], pairs, stats, total';

/** Uses every global, so that its type is known whatever the rest does. */
const types =
  'probe begin { longs[1] = 1 strings["k"] = s pairs[1, "a"] = 1 stats[1] <<< n total <<< m println(longs[1], strings["k"]) }';

const points = [
  "begin",
  "end",
  "begin(-3)",
  "error",
  "timer.s(2)",
  "timer.ms(100).randomize(10)",
  "begin, end",
  "never",
];

function probe(chance: Chance): string {
  const condition = chance.below(5) === 0 ? " if (n < 3)" : "";
  return `probe ${chance.pick(points)}${condition} {\n${block(chance, 3, false)}\nexit() }`;
}

function functions(chance: Chance): string {
  return [
    `function f:long (a:long, b:string) { ${block(chance, 2, true)} return ${long(chance, 2)} }`,
    `function g (a) { if (a > 0) return g(a - 1) . ${text(chance, 1)} return "" }`,
    `function f:long (a:long) { if (a == ${chance.below(3)}) next; return a }`,
  ].join("\n");
}

function block(chance: Chance, depth: number, inFunction: boolean): string {
  return Array.from({ length: 1 + chance.below(4) }, () => statement(chance, depth, inFunction)).join("\n");
}

function statement(chance: Chance, depth: number, inFunction: boolean): string {
  const l = () => long(chance, depth);
  const t = () => text(chance, depth);
  const inner = () => (depth > 0 ? block(chance, depth - 1, inFunction) : "next");
  // biome-ignore format: table
  const forms: readonly (() => string)[] = [
    () => `n = ${l()}`,                         () => `x ${chance.pick(["+=", "-=", "*=", "|=", "<<=", "="])} ${l()}`,
    () => `s .= ${t()}`,                        () => `longs[${l()}] = ${l()}`,
    () => `strings[${t()}] = ${t()}`,           () => `pairs[${l()}, ${t()}]++`,
    () => `stats[${l()}] <<< ${l()}`,           () => `total <<< ${l()}`,
    () => `printf("%d %s %x\\n", ${l()}, ${t()}, ${l()})`,
    () => `println(${chance.pick([l, t])()})`,  () => `printdln(",", ${l()}, ${t()})`,
    () => `if (${l()}) { ${inner()} } else { ${inner()} }`,
    () => `for (i = 0; i < 3; i++) { ${inner()} }`,
    () => `while (y++ < 4) { if (y == 2) ${chance.pick(["continue", "break"])}; ${inner()} }`,
    () => `foreach (k in longs${chance.pick(["", "+", "-"])} limit 3) println(k, longs[k])`,
    () => `foreach ([a1, b1-] in pairs) println(a1, b1)`,
    () => `foreach (k in stats @sum-) println(k, @count(stats[k]), @avg(stats[k]))`,
    () => `try { ${inner()} } catch (e) { println(e) }`,
    () => `delete ${chance.pick(["longs", "longs[1]", "n", "total", "pairs[*, \"a\"]", "stats[2]"])}`,
    () => `print(@hist_log(total))`,            () => `println(@hist_log(total)[${l()}])`,
    () => `f(${l()}, ${t()})`,                  () => chance.pick(inFunction ? ["return 1", "{}"] : ["next", "exit()", ";"]),
  ];
  return `${chance.pick(forms)()};`;
}

function long(chance: Chance, depth: number): string {
  const l = () => long(chance, depth - 1);
  const t = () => text(chance, depth - 1);
  const leaves = [
    "1",
    "0",
    "(-7)",
    "0x7fffffffffffffff",
    "n",
    "m",
    "x",
    "longs[3]",
    "$#",
    "gettimeofday_s()",
    "@count(total)",
  ];
  if (depth <= 0) return chance.pick(leaves);
  // biome-ignore format: table
  const forms: readonly (() => string)[] = [
    () => `(${l()} ${chance.pick(["+", "-", "*", "/", "%", "<<", ">>", ">>>", "&", "|", "^", "&&", "||"])} ${l()})`,
    () => `(${l()} ${chance.pick(["<", "<=", "==", "!=", ">", ">="])} ${l()})`,
    () => `(${t()} ${chance.pick(["<", "==", "!="])} ${t()})`,
    () => `(${l()} ? ${l()} : ${l()})`,         () => `${chance.pick(["!", "-", "~"])}${l()}`,
    () => `strlen(${t()})`,                     () => `([${l()}, ${t()}] in pairs)`,
    () => `(${l()} in longs)`,                  () => `f(${l()}, ${t()})`,
    () => `f(${l()})`,                          () => `(${t()} =~ "a[b-d]*")`,
    () => `@defined($x)`,                       () => `(n = ${l()})`,
    () => `longs[${l()}]`,                      () => `(m++)`,
  ];
  return chance.pick(forms)();
}

function text(chance: Chance, depth: number): string {
  const t = () => text(chance, depth - 1);
  const leaves = ['"a"', '""', '"\\n\\x41"', "s", 'strings["k"]', '"%d" "b"'];
  if (depth <= 0) return chance.pick(leaves);
  const forms: readonly (() => string)[] = [
    () => `(${t()} . ${t()})`,
    () => `sprintf("%5d|%-4s", ${long(chance, depth - 1)}, ${t()})`,
    () => `substr(${t()}, ${long(chance, depth - 1)}, 3)`,
    () => `(${long(chance, depth - 1)} ? ${t()} : ${t()})`,
    () => `g(${long(chance, depth - 1)})`,
    () => `sprint(${long(chance, depth - 1)}, ${t()})`,
    () => `strings[${t()}]`,
  ];
  return chance.pick(forms)();
}
