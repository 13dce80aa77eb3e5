/**
 * A script of any length that uses most of the language, for measuring how the compiler's time grows.
 *
 * Each block of eight lines has its own globals, functions and probes, and calls the functions of the block before,
 * so that nothing is unused and call chains are as long as the script. The same length gives the same text.
 */
export function bigScript(lines: number): string {
  const blocks = Array.from({ length: Math.ceil(lines / 8) }, (_, i) => block(i));
  return blocks.join("");
}

function block(i: number): string {
  const before = i === 0 ? "n + 1" : `f${i - 1}(n - 1)`;
  return `global g${i}, a${i}, s${i}
function f${i}(n) { if (n <= 0) return ${i}; x = g${i} + n; unused = x * 2; return x > 3 ? ${before} : x }
function t${i}:string(k) { s = sprintf("%d:%s", k, a${i}[k]); return s . "-" . "${i}" }
probe begin(${i}) { g${i} = ${i} * 2 + 1; for (j = 0; j < 5; j++) { a${i}[j] = "v" . "w"; s${i} <<< j } }
probe timer.ms(${10 + i}) { if (g${i}++ > 100 && 1) next; try { println(t${i}(f${i}(3))) } catch (m) { println(m) } }
probe end(${i}) {
  foreach (k in a${i}- limit 3) printf("%d %s\\n", k, a${i}[k]); println(@count(s${i}), @avg(s${i}), f${i}(2))
}
`;
}
