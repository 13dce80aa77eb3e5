// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code as text
/**
 * Handlers of scripts, and the same by hand in plain JavaScript: what `handlers.ts` measures against each other.
 *
 * Both of a pair do the same work on the same counters; the hand-written side uses plain numbers, a Map, template
 * strings, and a list that printed text is pushed on. `n == -1` never holds: it keeps a value from being unused.
 */
export interface Pair {
  readonly name: string;
  readonly script: string;
  /** The body of a function of `print` that gives back the handler. */
  readonly byHand: string;
}

export const pairs: readonly Pair[] = [
  {
    name: "counter: n++",
    script: "global n; probe begin { n++ }",
    byHand: "let n = 0; return (c) => { n++; };",
  },
  {
    name: "sum: s += a * 3 - 1, in a branch",
    script: "global n, s; probe begin { n++; if (n % 2 == 0) s += n * 3 - 1 }",
    byHand: "let n = 0, s = 0; return (c) => { n++; if (n % 2 === 0) s += n * 3 - 1; };",
  },
  {
    name: "loop of 100: s += i",
    script: "global n, s; probe begin { n++; s = 0; for (i = 0; i < 100; i++) s += i; if (n == -1) n = s }",
    byHand:
      "let n = 0, s = 0; return (c) => { n++; s = 0; for (let i = 0; i < 100; i++) s += i; if (n === -1) n = s; };",
  },
  // Arrays.
  {
    name: "array: a[k] = n",
    script: "global n, a; probe begin { n++; a[n % 64] = n; if (n == -1) print(a[1]) }",
    byHand: "let n = 0; const a = new Map(); return (c) => { n++; a.set(n % 64, n); };",
  },
  {
    name: "array: s += a[k]",
    script: "global n, s, a; probe begin { n++; if (n <= 64) a[n % 64] = n; s += a[n % 64] }",
    byHand:
      "let n = 0, s = 0; const a = new Map(); return (c) => { n++; if (n <= 64) a.set(n % 64, n); s += a.get(n % 64) ?? 0; };",
  },
  {
    name: "array: if (k in a)",
    script: "global n, s, a; probe begin { n++; if (n <= 64) a[n % 64] = n; if (n % 128 in a) s++ }",
    byHand:
      "let n = 0, s = 0; const a = new Map(); return (c) => { n++; if (n <= 64) a.set(n % 64, n); if (a.has(n % 128)) s++; };",
  },
  {
    name: "array: a[k]++",
    script: "global n, a; probe begin { n++; a[n % 64]++ }",
    byHand: "let n = 0; const a = new Map(); return (c) => { n++; const k = n % 64; a.set(k, (a.get(k) ?? 0) + 1); };",
  },
  {
    name: "array: new entries, and old ones deleted",
    script: "global n, a; probe begin { n++; a[n] = n; delete a[n - 64]; if (n == -1) print(a[1]) }",
    byHand: "let n = 0; const a = new Map(); return (c) => { n++; a.set(n, n); a.delete(n - 64); };",
  },
  {
    name: "array: new entries in one that wraps",
    script: "global n, a%[64]; probe begin { n++; a[n] = n; if (n == -1) print(a[1]) }",
    byHand:
      "let n = 0; const a = new Map(); return (c) => { n++; a.set(n, n); if (a.size > 64) a.delete(a.keys().next().value); };",
  },
  {
    name: "array: filled with 64 and emptied",
    script: "global n, a; probe begin { n++; for (i = 0; i < 64; i++) a[i] = n; delete a; if (n == -1) print(a[1]) }",
    byHand:
      "let n = 0; const a = new Map(); return (c) => { n++; for (let i = 0; i < 64; i++) a.set(i, n); a.clear(); };",
  },
  {
    name: "array with a string key: a[s]++",
    script: 'global n, a, k = "ab"; probe begin { n++; a[k]++; if (n == -1) k = "c" }',
    byHand:
      'let n = 0, k = "ab"; const a = new Map(); return (c) => { n++; a.set(k, (a.get(k) ?? 0) + 1); if (n === -1) k = "c"; };',
  },
  {
    name: "array with two keys: a[i, s] += n",
    script: 'global n, a; probe begin { n++; a[n % 64, "x"] += n }',
    byHand:
      "let n = 0; const a = new Map(); return (c) => { n++; const k = `${n % 64}\\0x`; a.set(k, (a.get(k) ?? 0) + n); };",
  },
  {
    name: "array with nine keys: a[…] = n",
    script:
      "global n, a; probe begin { n++; a[1, 2, 3, 4, 5, 6, 7, 8, n % 64] = n; if (n == -1) print(a[1, 2, 3, 4, 5, 6, 7, 8, 9]) }",
    byHand:
      "let n = 0; const a = new Map(); return (c) => { n++; a.set(`${1}\\0${2}\\0${3}\\0${4}\\0${5}\\0${6}\\0${7}\\0${8}\\0${n % 64}`, n); };",
  },
  {
    name: 'array of strings: a[k] = a[k] . "x"',
    script: 'global n, a; probe begin { n++; a[n % 64] = "a"; a[n % 64] .= "x"; if (n == -1) print(a[1]) }',
    byHand:
      'let n = 0; const a = new Map(); return (c) => { n++; a.set(n % 64, "a"); const k = n % 64; a.set(k, (a.get(k) ?? "") + "x"); };',
  },
  {
    name: "foreach over 64 entries",
    script: "global n, s, a; probe begin { n++; a[n % 64] = n; foreach (v = k in a) s += v }",
    byHand:
      "let n = 0, s = 0; const a = new Map(); return (c) => { n++; a.set(n % 64, n); for (const [k, v] of a) s += v; };",
  },
  {
    name: "foreach over 64 entries with two keys",
    script: 'global n, s, a; probe begin { n++; a[n % 64, "x"] = n; foreach ([i, t] in a) s += i }',
    byHand:
      'let n = 0, s = 0; const a = new Map(); return (c) => { n++; a.set(`${n % 64}\\0x`, n); for (const k of a.keys()) { const [i, t] = k.split("\\0"); s += Number(i); } };',
  },
  {
    name: "foreach: the first of 64 entries",
    script: "global n, s, a; probe begin { n++; a[n % 64] = n; foreach (k in a) { s += k; break } }",
    byHand:
      "let n = 0, s = 0; const a = new Map(); return (c) => { n++; a.set(n % 64, n); for (const k of a.keys()) { s += k; break; } };",
  },
  {
    name: "foreach: 64 entries sorted by value",
    script: "global n, s, a; probe begin { n++; a[(n * 37) % 64] = n; foreach (v- = k in a) s += v - k }",
    byHand:
      "let n = 0, s = 0; const a = new Map(); return (c) => { n++; a.set((n * 37) % 64, n); for (const [k, v] of [...a].sort((x, y) => y[1] - x[1])) s += v - k; };",
  },
  {
    name: "foreach: 64 entries sorted by key, the first 5",
    script: "global n, s, a; probe begin { n++; a[(n * 37) % 64] = n; foreach (v = k+ in a limit 5) s += v }",
    byHand:
      "let n = 0, s = 0; const a = new Map(); return (c) => { n++; a.set((n * 37) % 64, n); for (const [k, v] of [...a].sort((x, y) => x[0] - y[0]).slice(0, 5)) s += v; };",
  },
  {
    name: "foreach over a slice: [*, 3] of 64 entries",
    script: "global n, s, a; probe begin { n++; a[n % 64, n % 4] = n; foreach ([i, j] in a[*, 3]) s += i }",
    byHand:
      'let n = 0, s = 0; const a = new Map(); return (c) => { n++; a.set(`${n % 64}\\0${n % 4}`, n); for (const k of a.keys()) { const [i, j] = k.split("\\0"); if (Number(j) === 3) s += Number(i); } };',
  },
  {
    name: "[*, 3] in a, one of 64 entries fits",
    script: "global n, s, a; probe begin { n++; a[n % 64, n % 64] = n; if ([*, 3] in a) s++ }",
    byHand:
      'let n = 0, s = 0; const a = new Map(); return (c) => { n++; a.set(`${n % 64}\\0${n % 64}`, n); for (const k of a.keys()) if (Number(k.split("\\0")[1]) === 3) { s++; break; } };',
  },
  // Aggregates.
  {
    name: "aggregate: s <<< n, @count",
    script: "global n, s; probe begin { n++; s <<< n; if (n == -1) println(@count(s)) }",
    byHand: "let n = 0; const s = { count: 0 }; return (c) => { n++; s.count++; };",
  },
  {
    name: "aggregate: s <<< n, @sum",
    script: "global n, s; probe begin { n++; s <<< n; if (n == -1) println(@sum(s)) }",
    byHand: "let n = 0; const s = { count: 0, sum: 0 }; return (c) => { n++; s.count++; s.sum += n; };",
  },
  {
    name: "aggregate: s <<< n, all readings kept",
    script:
      "global n, s; probe begin { n++; s <<< n; if (n == -1) println(@count(s), @sum(s), @min(s), @max(s), @avg(s)) }",
    byHand:
      "let n = 0; const s = { count: 0, sum: 0, min: 0, max: 0 }; return (c) => { n++; s.sum += n; if (s.count === 0 || n < s.min) s.min = n; if (s.count === 0 || n > s.max) s.max = n; s.count++; };",
  },
  {
    name: "aggregate: @avg(s)",
    script: "global n, s, t; probe begin { n++; s <<< n % 100; t += @avg(s) }",
    byHand:
      "let n = 0, t = 0; const s = { count: 0, sum: 0 }; return (c) => { n++; s.count++; s.sum += n % 100; t += Math.trunc(s.sum / s.count); };",
  },
  {
    name: "aggregate: s <<< n, @variance",
    script: "global n, s; probe begin { n++; s <<< n % 100; if (n == -1) println(@variance(s)) }",
    byHand:
      "let n = 0; const s = { count: 0, sum: 0, mean: 0, squares: 0 }; return (c) => { n++; const v = n % 100; s.sum += v; s.count++; const d = v - s.mean; s.mean += Math.trunc(d / s.count); s.squares += d * (v - s.mean); };",
  },
  {
    name: "aggregate: s <<< n, @hist_log",
    script: "global n, s; probe begin { n++; s <<< n % 5000; if (n == -1) print(@hist_log(s)) }",
    byHand:
      "let n = 0; const s = { count: 0, log: new Array(128).fill(0) }; return (c) => { n++; const v = n % 5000; s.count++; s.log[v < 0 ? 32 + Math.clz32(-v) : 96 - Math.clz32(v)]++; };",
  },
  {
    name: "aggregate: s <<< n, @hist_linear",
    script: "global n, s; probe begin { n++; s <<< n % 5000; if (n == -1) print(@hist_linear(s, 0, 5000, 100)) }",
    byHand:
      "let n = 0; const s = { count: 0, linear: new Array(53).fill(0) }; return (c) => { n++; const v = n % 5000; s.count++; s.linear[v < 0 ? 0 : v >= 5100 ? 52 : 1 + Math.floor(v / 100)]++; };",
  },
  {
    name: "array of aggregates: a[k] <<< n",
    script: "global n, a; probe begin { n++; a[n % 64] <<< n; if (n == -1) println(@count(a[1]), @sum(a[1])) }",
    byHand:
      "let n = 0; const a = new Map(); return (c) => { n++; const k = n % 64; let s = a.get(k); if (!s) a.set(k, s = { count: 0, sum: 0 }); s.count++; s.sum += n; };",
  },
  {
    name: "array of aggregates: @sum(a[k])",
    script: "global n, s, a; probe begin { n++; if (n <= 64) a[n % 64] <<< n; s += @sum(a[n % 64]) }",
    byHand:
      "let n = 0, s = 0; const a = new Map(); return (c) => { n++; if (n <= 64) a.set(n % 64, { count: 1, sum: n }); s += a.get(n % 64).sum; };",
  },
  {
    name: "foreach: 64 aggregates sorted by @sum, the first 5",
    script: "global n, s, a; probe begin { n++; a[(n * 37) % 64] <<< n; foreach (k in a @sum- limit 5) s += k }",
    byHand:
      "let n = 0, s = 0; const a = new Map(); return (c) => { n++; const k = (n * 37) % 64; let e = a.get(k); if (!e) a.set(k, e = { count: 0, sum: 0 }); e.count++; e.sum += n; for (const [k] of [...a].sort((x, y) => y[1].sum - x[1].sum).slice(0, 5)) s += k; };",
  },
  {
    name: "print(@hist_log(s))",
    script: "global n, s; probe begin { n++; s <<< n % 5000; print(@hist_log(s)) }",
    byHand: `let n = 0; const log = new Array(128).fill(0); return (c) => {
      n++; log[96 - Math.clz32(n % 5000)]++;
      let most = 0, last = 64;
      for (let i = 64; i < 128; i++) if (log[i] > 0) { last = i; most = Math.max(most, log[i]); }
      const scale = Math.ceil(most / 50), width = String(most).length;
      let text = "value |" + "-".repeat(50) + " count\\n";
      for (let i = 64; i <= last + 2; i++) {
        const label = String(i === 64 ? 0 : 2 ** (i - 65)), bar = "@".repeat(Math.floor(log[i] / scale));
        text += \`\${label.padStart(5)} |\${bar.padEnd(50)} \${String(log[i]).padStart(width)}\\n\`;
      }
      print(text + "\\n");
    };`,
  },
  // Strings and printing.
  {
    name: 'concatenation: s = t . "-" . t',
    script: 'global n, s, t = "abc"; probe begin { n++; s = t . "-" . t; if (n == -1) t = s }',
    byHand: 'let n = 0, s = "", t = "abc"; return (c) => { n++; s = t + "-" + t; if (n === -1) t = s; };',
  },
  {
    name: 'sprintf("%d: %s", n, t)',
    script: 'global n, s, t = "abc"; probe begin { n++; s = sprintf("%d: %s", n, t); if (n == -1) t = s }',
    byHand: 'let n = 0, s = "", t = "abc"; return (c) => { n++; s = `${n}: ${t}`; if (n === -1) t = s; };',
  },
  {
    name: 'sprintf("%5d %-8s %x", n, t, n)',
    script: 'global n, s, t = "abc"; probe begin { n++; s = sprintf("%5d %-8s %x", n, t, n); if (n == -1) t = s }',
    byHand:
      'let n = 0, s = "", t = "abc"; return (c) => { n++; s = `${`${n}`.padStart(5)} ${t.padEnd(8)} ${n.toString(16)}`; if (n === -1) t = s; };',
  },
  {
    name: "print(t)",
    script: 'global n, t = "abc"; probe begin { n++; print(t); if (n == -1) t = "d" }',
    byHand: 'let n = 0, t = "abc"; return (c) => { n++; print(t); if (n === -1) t = "d"; };',
  },
  {
    name: "println(n, t)",
    script: 'global n, t = "abc"; probe begin { n++; println(n, t); if (n == -1) t = "d" }',
    byHand: 'let n = 0, t = "abc"; return (c) => { n++; print(`${n}${t}\\n`); if (n === -1) t = "d"; };',
  },
  {
    name: 'printf("%d %s\\n", n, t)',
    script: 'global n, t = "abc"; probe begin { n++; printf("%d %s\\n", n, t); if (n == -1) t = "d" }',
    byHand: 'let n = 0, t = "abc"; return (c) => { n++; print(`${n} ${t}\\n`); if (n === -1) t = "d"; };',
  },
  {
    name: 'printf("%8x|%-10s|%+d|%05d\\n", n, t, n, n)',
    script:
      'global n, t = "abc"; probe begin { n++; printf("%8x|%-10s|%+d|%05d\\n", n, t, n, n); if (n == -1) t = "d" }',
    byHand:
      'let n = 0, t = "abc"; return (c) => { n++; print(`${n.toString(16).padStart(8)}|${t.padEnd(10)}|${n < 0 ? "" : "+"}${n}|${n < 0 ? `-${`${-n}`.padStart(4, "0")}` : `${n}`.padStart(5, "0")}\\n`); if (n === -1) t = "d"; };',
  },
  {
    name: 'printf("%*d %.*s\\n", 6, n, 2, t)',
    script: 'global n, t = "abc"; probe begin { n++; printf("%*d %.*s\\n", n % 9, n, n % 3, t); if (n == -1) t = "d" }',
    byHand:
      'let n = 0, t = "abc"; return (c) => { n++; print(`${`${n}`.padStart(n % 9)} ${t.slice(0, n % 3)}\\n`); if (n === -1) t = "d"; };',
  },
  {
    name: 'printd(" ", n, t, n)',
    script: 'global n, t = "abc"; probe begin { n++; printd(" ", n, t, n); if (n == -1) t = "d" }',
    byHand: 'let n = 0, t = "abc"; return (c) => { n++; print(`${n} ${t} ${n}`); if (n === -1) t = "d"; };',
  },
  {
    name: 'printf("%c%c", n, n)',
    script: 'global n; probe begin { n++; printf("%c%c", n, n) }',
    byHand:
      "let n = 0; return (c) => { n++; print(`${String.fromCharCode(n & 255)}${String.fromCharCode(n & 255)}`); };",
  },
];
