/**
 * What emitted code does: each row is a script body (in `probe begin { … }` unless it has its own probes) and what
 * it prints, from the rules of the language.
 */
import { describe, expect, test } from "vitest";
import { loadModule } from "../../runtime/load.ts";
import { build, run } from "./kit.ts";

type Row = readonly [script: string, printed: string];

// biome-ignore format: table
const rows: { readonly [group: string]: readonly Row[] } = {
  arithmetic: [
    ['println(9223372036854775807 + 1)', "-9223372036854775808\n"], // wraps at 2^63
    ['x = 9007199254740991; println(x + x)', "18014398509481982\n"], // 2 * (2^53 - 1), past the safe integers
    ['x = 4294967296; println(x * x)', "0\n"], // 2^64
    ['x = 3037000500; println(x * x)', "-9223372036709301616\n"], // 9223372037000250000 - 2^64
    ['x = -7; println(x / 2, " ", x % 2)', "-3 -1\n"], // toward zero
    ['x = -9223372036854775807 - 1; println(x / -1, " ", -x)', "-9223372036854775808 -9223372036854775808\n"],
    ['x = 0; println(1 / x)', "ERROR: division by 0"],
    ['x = 0; x /= x', "ERROR: division by 0"],
    ['x = 1; println(x << 63, " ", x << 64, " ", x << -1)', "-9223372036854775808 1 -9223372036854775808\n"], // counts & 63
    ['x = -8; println(x >> 1, " ", x >>> 60)', "-4 15\n"],
    ['x = 12; println(x & 10, " ", x | 3, " ", x ^ 10, " ", ~x)', "8 15 6 -13\n"],
    ['println(2 + 3 * 4 - -1)', "15\n"],
    ['x = 5; println(- - x, " ", +x, " ", !x, " ", !!x)', "5 5 0 1\n"],
  ],
  comparison: [
    ['x = 3; println(x < 4, x > 4, x <= 3, x >= 4, x == 3, x != 3)', "101010\n"],
    ['x = 9223372036854775807; println(x > 9007199254740991, x == 9223372036854775807)', "11\n"],
    ['s = "abc"; println(s == "abc", s < "abd", s > "b", "B" < "a")', "1101\n"], // bytes
    ['x = 2; println((x > 1) + (x > 0) * 10)', "11\n"], // a comparison is 0 or 1
    ['x = 2; println(x && 0, x || 0, 0 || 0, x && 4)', "0101\n"],
    ['x = 2; println(x == 2 == 1, 1 < x < 2)', "11\n"], // (x == 2) == 1; (1 < x) < 2
    ['x = 0; y = x && (z = 1); println(y, z); y = x || (z = 1); println(y, z)', "00\n11\n"], // the right side only when needed
    ['x = 4; println(x ? "yes" : "no", x - 4 ? 1 : x > 3 ? 2 : 3)', "yes2\n"],
  ],
  variables: [
    ['if (strlen("")) x++; println(x); y .= "s"; println(y)', "0\ns\n"], // 0 and "" at first
    ['x = y = 3; println(x + (y += 4), " ", y)', "10 7\n"],
    ['x = 5; println(x++, x, ++x, x--, --x)', "56775\n"],
    ['x = 1; x += (x = 5); println(x)', "10\n"], // the right side first, as the reference translator does
    ['x = 1; println(x + x++ + x)', "4\n"], // 1 + 1 + 2
    ['x = 7; x -= 2; x *= 3; x %= 8; x <<= 4; x >>= 1; x |= 1; x ^= 3; x &= 62; println(x)', "58\n"],
    // 7-2=5 *3=15 %8=7 <<4=112 >>1=56 |1=57 ^3=58 &62=58
    ['x = 1073741822; x++; x++; x++; println(x); x--; x--; x--; x--; println(x)', "1073741825\n1073741821\n"],
    ['x = 2; x--; x--; x--; --x; println(x); ++x; x++; x++; println(x)', "-2\n1\n"],
    ['x = -9223372036854775807; x--; x--; println(x); x++; println(x)', "9223372036854775807\n-9223372036854775808\n"],
    ['x = 9007199254740991; x++; x++; println(x)', "9007199254740993\n"],
    ['global x, s; probe begin { x = 5; delete x; s = "q"; delete s; println(x, s) }', "0\n"],
    ['global g = 5; global s = "text"; probe begin { g += 2; s .= "!"; println(g, s) }', "7text!\n"],
    ['global g; probe begin { g = 3 } probe end { println(g) delete g println(g) }', "3\n0\n"],
    ['global g = -3; probe begin { println(g++ + g) }', "-5\n"],
  ],
  strings: [
    ['s = "a" . "b" . "c"; s .= s; println(s)', "abcabc\n"],
    ['s = "a\\"\\\\\\n\\x7f"; print(s)', 'a"\\\n\x7f'],
    ['s = "0123456789"; s .= s; s .= s; s .= s; s .= s; s .= s; s .= s; println(strlen(s))', "511\n"], // 640 cut to 511
    ['println(sprintf("%5d|%-5s|%x", 42, "ab", 255))', "   42|ab   |ff\n"],
    ['println(sprint(1, "a", 2), sprintln("z"), sprintd("-", 1, 2), sprintdln("-", "p", 3))', "1a2z\n1-2p-3\n\n"],
  ],
  print: [
    ['print("x%dy")', "x%dy"],
    ['printf("100%%\\n")', "100%\n"],
    ['printf("%s=%d\\n", "a", 3)', "a=3\n"],
    ['printd("%", 1, "b", 3); println(); printdln(", ", 4, 5)', "1%b%3\n4, 5\n"],
    ['print_char(65); print_char(10)', "A\n"],
    ['print(1, "b")', "1b"],
  ],
  arrays: [
    ['global a; probe begin { a[1] = 5; a[1] += 2; println(a[1], a[2], 1 in a, 2 in a, [1] in a) }', "70101\n"],
    ['global a; probe begin { a["x", 1]++; println(a["x", 1]++, ++a["x", 1], a["x", 1]--, a["x", 1]) }', "1332\n"],
    ['global a; probe begin { a[1, 2] = "v"; a[1, 2] .= "w"; println(a[1, 2], [1, 2] in a, [2, 1] in a) }', "vw10\n"],
    ['global a; probe begin { a[1, 12] = 1; println([11, 2] in a) }', "0\n"], // keys are kept apart
    ['global a; probe begin { k = 1; a[k++] += k; println(a[1], k) }', "22\n"], // the key first
    ['global a; probe begin { k = 1; a[k] += k++; println(a[1], a[2], k) }', "102\n"],
    ['global a; function f() { a[1] = 10; return 1 } probe begin { a[1] += f(); println(a[1]) }', "11\n"],
    ['global a; probe begin { x = (a[1] = 4) + a[1]; println(x) }', "8\n"],
    ['global a; probe begin { a[1,1]=1; a[1,2]=1; a[2,2]=1; delete a[*, 2]; println([1,1] in a, [1,2] in a, [*, 2] in a, [1, *] in a) }', "1001\n"],
    ['global a; probe begin { a[1]=1; a[2]=1; delete a[1]; delete a[9]; println(1 in a, 2 in a); delete a; println(2 in a) }', "01\n0\n"],
    ['global a[2]; probe begin { a[1]=1; a[2]=1; a[3]=1; println("no") }', "ERROR: Array overflow, check size limit (2)"],
    ['global a; probe begin { a[9223372036854775807] = 1; foreach (k in a) println(k) }', "9223372036854775807\n"],
  ],
  foreach: [
    ['global a; probe begin { a[3]=30; a[1]=50; a[2]=40; foreach (k in a) printd(" ", k, a[k]) }', "3 301 502 40"],
    ['global a; probe begin { a[3]=30; a[1]=50; a[2]=40; foreach (k+ in a) print(k) foreach (k- in a) print(k) }', "123321"],
    ['global a; probe begin { a[3]=30; a[1]=50; a[2]=40; foreach (v = k in a-) print(k, ":", v, " ") }', "1:50 2:40 3:30 "],
    ['global a; probe begin { a[3]=30; a[1]=50; a[2]=40; foreach (k+ in a limit 1 + 1) print(k) }', "12"],
    ['global a; probe begin { a[1,"x"]=1; a[2,"y"]=2; foreach ([i, s] in a) print(i, s) foreach (v = [i, s-] in a) print(v) }', "1x2y21"],
    ['global a; probe begin { a[1,"x"]=1; a[2,"y"]=2; a[3,"x"]=3; foreach ([i, s] in a[*, "x"]) print(i) }', "13"],
    ['global a; probe begin { a[1]=1; a[2]=2; a[3]=3; foreach (k+ in a) { if (k == 2) continue; if (k == 3) break; print(k) } }', "1"],
  ],
  aggregates: [
    ['global s; probe begin { s <<< 1; s <<< 2; s <<< 6; println(@count(s), " ", @sum(s), " ", @min(s), " ", @max(s), " ", @avg(s)) }', "3 9 1 6 3\n"],
    ['global s; probe begin { s["a"] <<< 5; s["b"] <<< 7; s["a"] <<< 5; println(@sum(s["a"]), @count(s["b"]), @count(s["c"])) }', "1010\n"],
    ['global s; probe begin { println(@count(s)); if (0) s <<< 1; println(@avg(s)) }', "0\nERROR: empty aggregate"],
    ['global s; probe begin { s["a"] <<< 1; s["b"] <<< 9; s["b"] <<< 9; foreach (k in s- limit 1) print(k) foreach (k in s @sum+) print(k) }', "bab"],
    ['global s; probe begin { s <<< 3; delete s; println(@count(s)) }', "0\n"],
    ['global s; probe begin { s <<< 3; s <<< 3; println(@hist_log(s)[66]) }', "2\n"], // bucket 66 is 2..3
  ],
  control: [
    ['for (i = 0; i < 5; i++) { if (i == 1) continue; if (i == 4) break; print(i) }', "023"],
    ['i = 3; while (i--) print(i); println(i)', "210-1\n"],
    ['for (;;) { if (++i > 3) break } println(i)', "4\n"],
    ['if (0) print("a"); else if (1) print("b"); else print("c")', "b"],
    ['print("a"); next; print("b")', "a"],
    ['for (i = 0; i < 3; i++) { for (j = 0; j < 3; j++) if (j == 1) break; print(i, j, " ") }', "01 11 21 "],
    ['while (1) i++', "ERROR: MAXACTION exceeded"],
    ['for (;;) i++', "ERROR: MAXACTION exceeded"],
    ['global a; probe begin { a[1]++; while (1) foreach (k in a) i += k }', "ERROR: MAXACTION exceeded"],
    ['try { while (1) i++ } catch { print("caught") }', "ERROR: MAXACTION exceeded"], // cannot be caught
    ['while (1) try { while (1) i++ } catch { print("caught") }', "ERROR: MAXACTION exceeded"],
  ],
  errors: [
    ['x = 0; try { println(1 / x) } catch (m) { println("m: ", m) } println("on")', "m: division by 0\non\n"],
    ['try { error("first") } catch (m) { try { error(m . "+") } catch (n) { println(n) } }', "first+\n"],
    ['try { error("a") } catch { println("b") }', "b\n"],
    ['try { error("a") } catch (m) { error(m . "b") }', "ERROR: ab"],
    ['for (i = 0; i < 4; i++) try { if (i == 1) continue; if (i == 3) break; print(i) } catch {}', "02"],
    ['try { next } catch { } println("no")', ""],
  ],
  functions: [
    ['function f(a, b) { return a * b } probe begin { println(f(3, f(2, 5))) }', "30\n"],
    ['function f:string(n) { if (n) return "s" } probe begin { println("[", f(1), f(0), "]") }', "[s]\n"],
    ['function f(n) { n++; x += n; return x } probe begin { x = 7; println(f(1), f(1), x) }', "227\n"], // locals anew
    ['function f(n) { if (n < 2) return n; return f(n - 1) + f(n - 2) } probe begin { println(f(10)) }', "55\n"],
    ['function f(n) { return 1 + f(n + 1) } probe begin { println(f(0)) }', "ERROR: MAXNESTING exceeded"],
    ['global n; function f(m) { g(m + 1) } function g(m) { n++; f(m) } probe begin { try { f(0) } catch (m) { println(m) } println("on") }', "MAXNESTING exceeded\non\n"],
    ['global n; function f() { n++ } probe begin { f(); f(); println(n) }', "2\n"],
    ['function f() { return 1 } probe begin { for (i = 0; i < 3; i++) x += f(); println(x) }', "3\n"],
    ['function f(s:string) { s .= "!"; return strlen(s) } probe begin { t = "ab"; println(f(t), t) }', "3ab\n"],
  ],
  names: [
    ['global __proto__ = 3; global constructor; probe begin { __proto__++; constructor = __proto__; println(constructor) }', "4\n"],
    ['function toString() { return 1 } probe begin { rt = 2; c = 3; add = 4; arguments = 5; await = 6; println(rt + c + add + arguments + await + toString()) }', "21\n"],
    ['global c, rt; probe begin { c[1] = 2; rt = c[1]; println(rt) }', "2\n"],
  ],
};

for (const [group, cases] of Object.entries(rows)) {
  describe(group, () => {
    test.each(cases.map(([script, printed]) => ({ script, printed })))("$script", ({ script, printed }) => {
      const whole = /\bprobe\b/.test(script) ? script : `probe begin { ${script} }`;
      expect(run(whole)).toBe(printed);
    });
  });
}

describe("limits", () => {
  test("MAXSTRINGLEN cuts literals too", () => {
    expect(
      run('probe begin { s = "0123456789"; println(s); println("0123456789") }', { limits: { MAXSTRINGLEN: 5 } }),
    ).toBe("0123\n0123456789\n");
  });

  test("a tree of calls without any loop ends", () => {
    // Forty functions that call the next one twice: 2^40 calls.
    const functions = Array.from({ length: 40 }, (_, i) => `function f${i}() { f${i + 1}(); f${i + 1}() }`);
    const script = `${functions.join("\n")}\nglobal n\nfunction f40() { n++ }\nprobe begin { f0() }`;
    expect(run(script)).toBe("ERROR: MAXACTION exceeded");
  });

  test("a long chain of calls checks its depth", () => {
    const functions = Array.from({ length: 1000 }, (_, i) => `function f${i}() { return f${i + 1}() + 1 }`);
    const script = `${functions.join("\n")}\nfunction f1000() { return 0 }\nprobe begin { println(f950()); println(f0()) }`;
    expect(run(script, { limits: { MAXNESTING: 51 } })).toBe("50\nERROR: MAXNESTING exceeded");
    // Without recursion the depth is that of the script, and few of its functions check it.
    expect(run(script)).toBe("50\n1000\n");
  });

  test("deep nesting", () => {
    const sum = `${"(1 + ".repeat(60)}x${")".repeat(60)}`;
    expect(run(`probe begin { x = 5; println(${sum}) }`)).toBe("65\n");
    expect(run(`probe begin { ${"if (1) { ".repeat(60)} println("in") ${"}".repeat(60)} }`)).toBe("in\n");
  });
});

test("a module asks of each aggregate what the script reads of it", () => {
  const script =
    "global a, b, c; probe begin { a <<< 1; b <<< 1; c <<< 1; println(@count(a), @max(b)); print(@hist_log(c)) }";
  const { globals } = loadModule(build(script).module.code).manifest;
  expect(globals.map(({ stat }) => [stat?.operators, stat?.histograms.length])).toEqual([
    [["@count"], 0],
    [["@max"], 0],
    [[], 1],
  ]);
});
