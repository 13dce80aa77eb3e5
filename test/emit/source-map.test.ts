/** Where an error comes from: the place in the module that V8 reports leads to the token of the script. */
import { SourceMapConsumer } from "source-map";
import { expect, test } from "vitest";
import { loadModule, MODULE_LINE_OFFSET, MODULE_URL } from "../../runtime/load.ts";
import { build, type KitOptions, runModule } from "./kit.ts";

/** `token line:column` of the innermost frame of the module, columns from 1. */
function origin(script: string, options: KitOptions = {}): string {
  const { module } = build(script, options);
  const { errors } = runModule(loadModule(module.code), options);
  const frame = new RegExp(`${MODULE_URL}:(\\d+):(\\d+)`).exec(errors[0]?.stack ?? "");
  if (!frame) throw new Error("no error in the module");
  const map = new SourceMapConsumer(JSON.parse(module.map));
  const place = map.originalPositionFor({ line: Number(frame[1]) - MODULE_LINE_OFFSET, column: Number(frame[2]) - 1 });
  return `${place.name} ${place.line}:${(place.column ?? -2) + 1}`;
}

// biome-ignore format: table
test.each([
  ["a division", "probe begin {\n  x = 0\n  y = 1 + 4 / x\n  println(y) }", "operator '/' 3:13"],
  ["the first of two", "probe begin { x = 0; y = (1 % x) / (2 / x); println(y) }", "operator '%' 1:29"],
  ["a compound division", "global g = 1\nprobe begin { x = 0; g /= x }", "operator '/=' 2:24"],
  ["a call of a builtin", 'probe begin {\n  error("x")\n}', "identifier 'error' 2:3"],
  ["in a function", "function f(n) {\n  return 1 / n\n}\nprobe begin { println(f(0)) }", "operator '/' 2:12"],
  ["a full array", "global a[1]\nprobe begin { a[1] = 1\n a[2] = 1 }", "identifier 'a' 3:2"],
  ["a full array, in ++", "global a[1]\nprobe begin { a[1]++;\n a[2]++ }", "identifier 'a' 3:2"],
  ["an empty aggregate", 'global s\nprobe begin { if (strlen("")) s <<< 1\n println(3 + @avg(s)) }', "operator '@avg' 3:14"],
  ["a reading behind a failing key", 'global s\nprobe begin { x = 0; s[1] <<< 1\n println(@max(s[x])) }', "operator '@max' 3:10"],
  ["the key of a reading", 'global s\nprobe begin { x = 0; s[1] <<< 1\n println(@max(s[1 / x])) }', "operator '/' 3:19"],
  ["a loop that runs on", "probe begin {\n  while (1) i++\n}", "keyword 'while' 2:3"],
])("%s", (_, script, place) => {
  expect(origin(script)).toBe(place);
});

test("the script's text is in the map", () => {
  const script = "global n probe begin { n++ } # é";
  const map = JSON.parse(build(script).module.map) as { sources: string[]; sourcesContent: string[]; version: number };
  expect(map.version).toBe(3);
  expect(map.sources).toEqual(["test.stp"]);
  expect(map.sourcesContent).toEqual([script]);
});

test("every construct has its place", () => {
  const script = [
    "global g, a, b, s",
    'probe begin { if (g == 11 && a[12] || !g) println("thirteen"); else while (g < 14) { g += 15; break }',
    "  for (i = 16; i < 17; i++) { s <<< 18; continue }",
    "  foreach (k+ in a limit 19) delete b[20 + k]",
    '  try { error("twenty-one") } catch (m) { println(m . "twenty-two") }',
    "  println(@sum(s), g > 23 ? 24 : 25, -g, [26] in a, b[k] + ~i) }",
  ];
  const map = new SourceMapConsumer(JSON.parse(build(script.join("\n")).module.map));
  const places = new Set<string>();
  map.eachMapping(({ originalLine, originalColumn }) => void places.add(`${originalLine}:${originalColumn}`));
  const constructs =
    /\b(?:1[1-9]|2[0-6])\b|"[^"]*"|\b(?:if|while|for|foreach|break|continue|delete|try|println|error)\b|==|&&|\|\||<<<|\+=|\+\+|[<>] |@sum|[-~](?=[gi])|\bin a,/g;
  const missing = script.flatMap((line, at) =>
    [...line.matchAll(constructs)]
      .filter(({ index }) => !places.has(`${at + 1}:${index}`))
      .map(([text]) => `${at + 1}: ${text}`),
  );
  expect(missing).toEqual([]);
});
