/** What `--compatible` changes in pass 1. The verdicts and trees are those of stap 4.8 -p1 --compatible=VERSION. */
import { expect, test } from "vitest";
import { makeSource } from "../../base/source.ts";
import { parse } from "../../lang/parser/parse.ts";
import { printFile } from "../../lang/print.ts";

// biome-ignore format: table
const cases: readonly (readonly [string, string, string | undefined])[] = [
  ["2.9", "private = 1",              "(private) = (1)"],
  ["3.0", "private = 1",              undefined],
  ["2.2", String.raw`print("\x41")`,  'print("x41")'],
  ["2.3", String.raw`print("\x41")`,  'print("A")'],
  ["3.9", "x = a ? b : c = 3",        "(x) = ((a)?(b):((c) = (3)))"],
  ["3.9", "x = a ? b : c ? d : e = 3", "(x) = ((a)?(b):((c)?(d):((e) = (3))))"],
  ["4.0", "x = a ? b : c = 3",        "(x) = (((a)?(b):(c)) = (3))"],
  ["3.9", "print(@uderef(4, 3))",     undefined],
  ["4.0", "print(@uderef(4, 3))",     "print(@uderef(4, 3))"],
  ["1.9", 'a = "x" /* c */ "y"',      '(a) = ("x");\n"y"'],
  ["2.0", 'a = "x" /* c */ "y"',      '(a) = ("xy")'],
  ["2.5", "(a)->b",                   undefined],
  ["2.6", "(a)->b",                   "(a)->b"],
  ["1.0", '$x->y @cast(3, "a")->b',   '$x->y;\n@cast(3, "a")->b'],
  ["3.9", '%( systemtap_v >= "4.0" %? a %: b %)', "b"],
];

test.each(cases)("%s: %s", (compatible, body, expected) => {
  const { file, diagnostics } = parse(makeSource("<input>", `probe begin { ${body} }`), { compatible });
  if (expected === undefined) expect(diagnostics[0]?.severity).toBe("error");
  else expect([diagnostics, printFile(file)]).toEqual([[], expect.stringContaining(`{\n${expected};\n}`)]);
});
