/**
 * Regular expressions against `grep -E`, against reasoning, and against hostile patterns.
 *
 * Patterns and lines for grep are generated; one grep for each pattern looks at many lines. Submatch cases are
 * reasoned from POSIX XBD 9.1: the whole leftmost and longest, then every part from left to right.
 */
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileRegex, type Regex } from "../../base/regex/regex.ts";

function compiled(pattern: string): Regex {
  const regex = compileRegex(pattern);
  if (regex.kind === "failure") throw new Error(`${pattern}: ${regex.message}`);
  return regex;
}

const spansOf = (pattern: string, text: string): string => {
  const spans = compiled(pattern).spans(text);
  if (!spans) return "none";
  const parts: string[] = [];
  for (let i = 0; i < spans.length; i += 2) parts.push(spans[i] === -1 ? "-" : `${spans[i]},${spans[i + 1]}`);
  return parts.join(" ");
};

// biome-ignore format: table
const submatches: readonly (readonly [pattern: string, text: string, spans: string])[] = [
  ["b",                        "abc",       "1,2"],
  ["",                         "abc",       "0,0"],
  ["x*",                       "abc",       "0,0"],
  ["^",                        "abc",       "0,0"],
  ["$",                        "abc",       "3,3"],
  ["a|ab|abc",                 "xabcd",     "1,4"],            // longest, whatever the order
  ["(a|ab)(c|bcd)(d*)",        "abcd",      "0,4 0,2 2,3 3,4"], // the first part as long as the whole allows
  ["(a|ab)(bcd|c)(d*)",        "abcd",      "0,4 0,2 2,3 3,4"],
  ["(ab|a)(bcd|c)(d+)",        "abcd",      "0,4 0,2 2,3 3,4"],
  ["(a*)(a*)",                 "aaa",       "0,3 0,3 3,3"],
  ["(a*)(ab)*(b*)",            "abb",       "0,3 0,1 - 1,3"],
  ["((a*)(b*))*",              "aabab",     "0,5 3,5 3,4 4,5"], // the last turn
  ["(a|(b))*",                 "ba",        "0,2 1,2 -"],       // (b) took no part in the last turn
  ["(a*)*",                    "b",         "0,0 0,0"],         // no other turn than the empty one
  ["(a*)*",                    "aa",        "0,2 0,2"],
  ["(a*)+",                    "aa",        "0,2 0,2"],
  ["(a)*",                     "b",         "0,0 -"],
  ["(a)?b",                    "b",         "0,1 -"],
  ["(a|b)|c",                  "c",         "0,1 -"],
  ["(a{2}){2}",                "aaaaa",     "0,4 2,4"],
  ["(a|ab){2,3}",              "abaab",     "0,5 3,5"],
  ["(ab|cd|abcd|ef){1,2}",     "abcdef",    "0,6 4,6"],         // abcd then ef, not ab then cd: longest
  ["(ab|cd|abcd){1,3}",        "abcdab",    "0,6 4,6"],
  ["x(?:a|b)(c)",              "xbc",       "0,3 2,3"],
  ["(^a|b)*",                  "aab",       "0,1 0,1"],         // the second a is not at the start
  ["(^a)b|(a)c",               "ac",        "0,2 - 0,1"],
  ["(.*)(.*)\\.(c|cc)$",       "x.y.cc",    "0,6 0,3 3,3 4,6"],
  ["([a-z]+)=([0-9]+)",        "; key=42;", "2,8 2,5 6,8"],
  ["(a+|b+)+c",                "aabbac",    "0,6 4,5"],
  ["(wee|week)(knights|night)", "weeknights", "0,10 0,3 3,10"], // week+night is shorter as a whole
];

describe("groups by the rules of POSIX", () => {
  test.each(submatches)("%j on %j", (pattern, text, spans) => {
    expect(spansOf(pattern, text)).toBe(spans);
  });
});

describe("syntax as the language takes it", () => {
  // biome-ignore format: table
  test.each([
    ["[]a]",          "]",    true],  ["[^]a]",       "]",   false], ["[a-]",          "-",  true],  ["[--/]",    ".",  true],
    ["[[:alpha:]_]",  "_",    true],  ["[[:digit:]]", "x",   false], ["[\\]x]",        "]",  true],  ["[a\\n]",   "n",  true],
    ["\\.",           "a",    false], ["\\w",         "w",   true],  ["a.b",           "a\nb", true], ["[^a]",    "\n", true],
    ["a}",            "a}",   true],  ["(a))",        "a",   true],  ["^[[=a=]]$",     "a]", true],  ["[[:space:]-z]", "-", true],
    ["\xff",          "\xff", true],  ["[\x80-\xff]", "\xc3", true], ["a{0}b",         "b",  true],  ["^(a|)$",   "",   true],
    ["a$b",           "a$b",  false], ["a^b",         "a^b", false], ["^$",            "",   true],  ["$^",       "",   true],
    ["(^)*x",         "ax",   true],  ["a{2,3}{2}",   "aaaa", true], ["^(a{2,3}){2}$", "aaaaaaa", false], ["[:a]", ":", true],
  ] as const)("%j on %j", (pattern, text, matches) => {
    expect(compiled(pattern).test(text)).toBe(matches);
    expect(compiled(pattern).spans(text) !== undefined).toBe(matches);
  });
});

// Generated: sets, groups, repetitions, alternation, anchors where grep takes them as the language does.
const atom = fc.constantFrom("a", "b", "c", ".", "[ab]", "[^a]", "[[:alpha:]]", "\\.", "[a-b]", "x");
const repeat = fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,3}", "{2,}");
const pattern = fc.letrec<{ choice: string }>((tie) => ({
  choice: fc
    .array(
      fc
        .array(
          fc
            .tuple(
              fc.oneof({ weight: 4, arbitrary: atom }, { weight: 1, arbitrary: tie("choice").map((p) => `(${p})`) }),
              repeat,
            )
            .map(([item, times]) => item + times),
          { minLength: 1, maxLength: 4 },
        )
        .map((items) => items.join("")),
      { minLength: 1, maxLength: 3 },
    )
    .map((items) => items.join("|")),
})).choice;
const anchored = fc
  .tuple(fc.constantFrom("", "", "^"), pattern, fc.constantFrom("", "", "$"))
  .map(([start, body, end]) => `${start}(${body})${end}`);
const line = fc.string({ unit: fc.constantFrom("a", "b", "c", "x", "."), maxLength: 9 });

function grep(flags: string, pattern: string, lines: readonly string[]): string[] {
  const run = spawnSync("grep", [flags, "-e", pattern], {
    input: lines.map((text) => `${text}\n`).join(""),
    env: { ...process.env, LC_ALL: "C" },
    encoding: "latin1",
  });
  return run.stdout.split("\n").slice(0, -1);
}

test("the same lines match as with grep -E", () => {
  fc.assert(
    fc.property(anchored, fc.array(line, { minLength: 20, maxLength: 40 }), (text, lines) => {
      const regex = compiled(text);
      expect(lines.filter((l) => regex.test(l))).toEqual(grep("-E", text, lines));
    }),
    { numRuns: 250, seed: 7 },
  );
});

test("the whole match is the leftmost, and the longest there", () => {
  fc.assert(
    fc.property(anchored, fc.array(line, { minLength: 10, maxLength: 20 }), (text, lines) => {
      const regex = compiled(text);
      for (const l of lines) {
        const spans = regex.spans(l);
        expect(spans !== undefined).toBe(regex.test(l));
        if (!spans) continue;
        // No match begins earlier, and none that begins there is longer: asked of the search, with anchors around.
        const [from, to] = [spans[0]!, spans[1]!];
        const exact = compiled(`^(${text.replace(/^\^|\$$/g, "")})$`);
        const head = text.startsWith("^") ? from === 0 : true;
        expect(head && exact.test(l.slice(from, to))).toBe(true);
        if (!text.startsWith("^") && !text.endsWith("$")) {
          for (let i = 0; i <= from; i++) {
            for (let j = i < from ? i : to + 1; j <= l.length; j++) expect(exact.test(l.slice(i, j))).toBe(false);
          }
        }
      }
    }),
    { numRuns: 150, seed: 11 },
  );
});

test("a group holds what the part in it matches", () => {
  fc.assert(
    fc.property(pattern, pattern, line, (left, right, l) => {
      const spans = compiled(`(${left})(${right})`).spans(l);
      if (!spans) return;
      const groups = compiled(`(${left})`).groups;
      const [from, middle] = [spans[2]!, spans[3]!];
      expect(compiled(`^(${left})$`).test(l.slice(from, middle))).toBe(true);
      const second = 2 * (groups + 1);
      expect(spans[second]).toBe(middle);
      expect(compiled(`^(${right})$`).test(l.slice(middle, spans[second + 1]!))).toBe(true);
    }),
    { numRuns: 300, seed: 3 },
  );
});

describe("hostile patterns", () => {
  const long = "a".repeat(511);
  // biome-ignore format: table
  test.each([
    ["(a*)*b",           long],
    ["(a|aa)*$",         `${long}b`],
    ["(a*)*(a*)*(a*)*c", long],
    ["(a|a|a|a)+(a|a)+d", long],
    ["((a{0,20}){0,20}){0,20}b", long],
    ["(.*)(.*)(.*)(.*)(.*)x", long],
    ["(x+x+)+y",         "x".repeat(511)],
    ["[ab]*a[ab]{12}c",  "ab".repeat(255)],
  ] as const)("%j takes no time", (text, input) => {
    const regex = compiled(text);
    const from = performance.now();
    for (let i = 0; i < 20; i++) expect(regex.test(input)).toBe(text.endsWith("$"));
    expect(performance.now() - from).toBeLessThan(1500);
  });

  test("groups of a hostile pattern come in bounded time", () => {
    const from = performance.now();
    // 255 turns of aa, and one of a.
    expect(spansOf("((a|aa)*)*(a*)$", long)).toBe("0,511 0,511 510,511 511,511");
    expect(performance.now() - from).toBeLessThan(3000);
  });

  test("a pattern that explodes is refused, one that nests too deep too", () => {
    expect(compileRegex("((((a{100}){100}){100}){100}){100}").kind).toBe("failure");
    expect(compileRegex("(".repeat(100_000)).kind).toBe("failure");
    expect(compileRegex(`a${"*".repeat(100_000)}`).kind).toBe("failure");
    expect(compileRegex(`${"(".repeat(240)}a${")*".repeat(240)}`).kind).toBe("regex");
  });

  test("any bytes are a pattern or a failure", () => {
    const hostile = fc.string({ unit: fc.constantFrom(..."ab()[]{}*+?|^$\\.,:-123=".split("")), maxLength: 14 });
    fc.assert(
      fc.property(hostile, line, (text, l) => {
        const regex = compileRegex(text);
        if (regex.kind === "failure") expect(regex.at).toBeLessThanOrEqual(text.length);
        else expect(regex.spans(l) !== undefined).toBe(regex.test(l));
      }),
      { numRuns: 3000, seed: 5 },
    );
  });
});
