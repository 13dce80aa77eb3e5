/** Scripts that try to run for ever, or to use everything up: each ends by itself, or when the session has to. */
import { describe, expect, test } from "vitest";
import { utap } from "../run/driver.ts";

const HUGE = ["-g", "--suppress-time-limits", "-T", "0.01"];

describe("limits end it", () => {
  test.each<[string, string, readonly string[]]>([
    ["a loop", "global n probe begin { while (1) n++ }", []],
    ["a loop without a body", "global n probe begin { while (++n); }", []],
    ["a loop in a try in a loop", 'probe begin { while (1) try { while (1) error("x") } catch { } }', []],
    ["strings that double", 'probe begin { s = "x" while (1) s = s . s println(s) }', ["-D", "MAXSTRINGLEN=4096"]],
    ["widths", 'probe begin { while (1) s = sprintf("%*d%*s", 1000000000, 1, 999999999, "x") println(s) }', []],
    [
      "a pattern that backtracks elsewhere",
      'probe begin { s = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" while (1) if (s =~ "(a*)*b|(a|a)*c") n++ println(n) }',
      [],
    ],
    [
      "a sort in each turn",
      "global a, n probe begin { for (i = 0; i < 1000; i++) a[i] = i while (1) foreach (k in a- limit 1) n = k } probe never { println(n) }",
      [],
    ],
    [
      "calls that double",
      "global n function f(x) { n++ return x } function g(x) { f(x) f(x) return x } function h(x) { g(x) g(x) return x } function k(x) { h(x) h(x) return x } probe begin { while (1) k(1) } probe never { println(n) }",
      [],
    ],
  ])("%s", (_, script, args) => {
    const { err, status } = utap(["--target=model", ...args, "-e", script]);
    expect(err).toContain("ERROR: MAXACTION exceeded");
    expect(status).toBe(1);
  });

  test.each([
    ["recursion", []],
    [
      "recursion with a limit beyond the stack of the machine",
      ["-D", "MAXNESTING=1000000", "-D", "MAXACTION=10000000"],
    ],
  ])("%s", (_, args) => {
    const script = "function f:long(n) { return f(n + 1) + 1 } probe begin { println(f(0)) }";
    const { err, status } = utap(["--target=model", ...args, "-e", script]);
    expect(err).toContain("ERROR: MAXNESTING exceeded");
    expect(status).toBe(1);
  });
});

describe("without limits, -T ends it", () => {
  test.each<[string, string, readonly string[]]>([
    ["a loop", "global n probe begin { while (1) n++ } probe never { println(n) }", []],
    [
      "a sort of many entries",
      "global a, n probe begin { for (i = 0; i < 20000; i++) a[i] = i while (1) foreach (k in a- limit 1) n = k } probe never { println(n) }",
      ["-D", "MAXMAPENTRIES=20000"],
    ],
    [
      "a search in many entries",
      "global a, n probe begin { for (i = 0; i < 20000; i++) a[i, i] = i while (1) n += [*, -1] in a } probe never { println(n) }",
      ["-D", "MAXMAPENTRIES=20000"],
    ],
    [
      "recursion that catches itself",
      "global n function f:long(x) { try { f(x + 1) } catch { } n++ f(x + 1) return 1 } probe begin { while (1) try { f(0) } catch { } } probe never { println(n) }",
      ["-D", "MAXNESTING=200"],
    ],
  ])("%s", (_, script, args) => {
    const { err, status } = utap(["--target=model", ...HUGE, ...args, "-e", script]);
    expect(err).toContain("WARNING: probe begin was still busy and was cut short");
    expect(status).toBe(0);
  });
});
