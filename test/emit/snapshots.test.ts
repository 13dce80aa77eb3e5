/**
 * The emitted text, one construct a file. A snapshot is what a reader of `-p3` sees: look at it when it changes.
 * Only `instantiate` is kept, since the manifest has tests of its own.
 */
import { describe, expect, test } from "vitest";
import { build } from "./kit.ts";

// biome-ignore format: table
const constructs: { readonly [name: string]: string } = {
  "aggregates": 'global s, t; probe begin { s <<< 3; t["a"] <<< 4; println(@count(s), @sum(t["a"])); print(@hist_log(s)) }',
  "arrays": 'global a, b; probe begin { a[1] = 2; a[1] += 3; b["x", 1]++; delete b["x", *]; delete a; if (1 in a) print(b["x", 1]) }',
  "assignments": 'global g; function f() { g++; return 1 } probe begin { x = y = 2; x += 3; x *= f(); g -= x; s .= "a"; println(x, y, s) }',
  "comparisons": 'probe begin { x = 1; y = (x < 2) + (x == 1 || !(x && x >= 3)); println(y) }',
  "constants": 'probe begin { x = -1; y = 1 << 40; z = 9223372036854775807; println(x, y, 60 * 60 * 24, z) }',
  "counter": "global n; probe begin { n++ } probe end { println(n) }",
  "foreach": 'global a, b; probe begin { a[1]++; b[1, "x"]++; foreach (k in a) print(k) foreach (v = [i-, s] in b[*, "x"] limit 3) print(v, i, s) }',
  "functions": "function add(a, b) { return a + b } function twice(n) { return add(n, n) } probe begin { println(twice(2)) }",
  "if": 'probe begin { x = 1; if (x) print("a"); else if (x > 2) { print("b") } else next }',
  "increments": 'global a; probe begin { x = 1; y = x++; z = ++x; a[x] = a[x - 1]++; println(y, z, a[x]--) }',
  "loops": "probe begin { for (i = 0; i < 3; i++) { if (i == 1) continue; print(i) } while (i--) { x = i; print(x) } }",
  "prints": 'probe begin { s = "a"; x = 1; print("plain"); print(s); println(x, s); printf("%5d\\n", x); s = sprintf("%x", x); printd(",", x, s); print_char(65) }',
  "recursion": "function fib(n) { if (n < 2) return n; return fib(n - 1) + fib(n - 2) } probe begin { println(fib(9)) }",
  "stable calls": 'function f() { while (i++ < 3) if (tid()) println(tid()) } probe begin { println(pid(), pid()); if (uid() && gid()) println(uid(), gid()); f(); println(execname(), pn(), randint(9) + randint(9)) }',
  "strings": 'probe begin { s = "a" . "b"; t = s . "\\"\\x80\\n" . s . (s == t ? "=" : "!"); print(t) }',
  "syscall": 'probe process("/bin/x").syscall { printf("%d %d\\n", $syscall, $arg2) } probe process("/bin/x").syscall.return { println($return) }',
  "try": 'probe begin { try { error("x") } catch (m) { println(m) } try { error("y") } catch { } }',
};

describe("snapshots", () => {
  test.each(Object.entries(constructs))("%s", async (name, script) => {
    const { code } = build(script).module;
    const text = `// ${script}\n${code.slice(code.indexOf("export function"))}`;
    await expect(text).toMatchFileSnapshot(`snapshots/${name}.js`);
  });
});
