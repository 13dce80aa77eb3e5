// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code as text
/** Arrays against a Map: elements, slices, loops. */
import type { Pair } from "./pair.ts";

export const arrays: readonly Pair[] = [
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
  {
    name: "array with two keys: s += a[i, s]",
    script: 'global n, s, a; probe begin { n++; if (n <= 64) a[n % 64, "x"] = n; s += a[n % 64, "x"] }',
    byHand:
      "let n = 0, s = 0; const a = new Map(); return (c) => { n++; if (n <= 64) a.set(`${n % 64}\\0x`, n); s += a.get(`${n % 64}\\0x`) ?? 0; };",
  },
  {
    name: "array with two keys: if ([i, s] in a)",
    script: 'global n, s, a; probe begin { n++; if (n <= 64) a[n % 64, "x"] = n; if ([n % 128, "x"] in a) s++ }',
    byHand:
      "let n = 0, s = 0; const a = new Map(); return (c) => { n++; if (n <= 64) a.set(`${n % 64}\\0x`, n); if (a.has(`${n % 128}\\0x`)) s++; };",
  },
  {
    name: "array with two keys: new entries, and old ones deleted",
    script: 'global n, a; probe begin { n++; a[n, "x"] = n; delete a[n - 64, "x"]; if (n == -1) print(a[1, "x"]) }',
    byHand: "let n = 0; const a = new Map(); return (c) => { n++; a.set(`${n}\\0x`, n); a.delete(`${n - 64}\\0x`); };",
  },
  {
    name: "array: a slice deleted, [*, 3] of 16 entries",
    script: "global n, a; probe begin { n++; a[n % 16, n % 4] = n; delete a[*, 3]; if (n == -1) print(a[1, 1]) }",
    byHand:
      'let n = 0; const a = new Map(); return (c) => { n++; a.set(`${n % 16}\\0${n % 4}`, n); for (const k of a.keys()) if (Number(k.split("\\0")[1]) === 3) a.delete(k); };',
  },
  {
    name: "array of strings: s = a[k]",
    script:
      'global n, s, a; probe begin { n++; if (n <= 64) a[n % 64] = "text"; s = a[n % 64]; if (n == -1) print(s) }',
    byHand:
      'let n = 0, s = ""; const a = new Map(); return (c) => { n++; if (n <= 64) a.set(n % 64, "text"); s = a.get(n % 64) ?? ""; if (n === -1) print(s); };',
  },
  {
    name: "foreach over the keys of 64 entries",
    script: "global n, s, a; probe begin { n++; a[n % 64] = n; foreach (k in a) s += k }",
    byHand:
      "let n = 0, s = 0; const a = new Map(); return (c) => { n++; a.set(n % 64, n); for (const k of a.keys()) s += k; };",
  },
  {
    name: "foreach over the first 5 of 64 entries",
    script: "global n, s, a; probe begin { n++; a[n % 64] = n; foreach (v = k in a limit 5) s += v }",
    byHand:
      "let n = 0, s = 0; const a = new Map(); return (c) => { n++; a.set(n % 64, n); let left = 5; for (const [k, v] of a) { if (left-- === 0) break; s += v; } };",
  },
  {
    name: "foreach: 64 entries sorted by string key",
    script:
      'global n, s, a; probe begin { n++; k = sprintf("k%d", (n * 37) % 64); delete a[k]; a[k] = n; foreach (v = j+ in a) s += v }',
    byHand:
      "let n = 0, s = 0; const a = new Map(); return (c) => { n++; const k = `k${(n * 37) % 64}`; a.delete(k); a.set(k, n); for (const [j, v] of [...a].sort((x, y) => (x[0] < y[0] ? -1 : x[0] > y[0] ? 1 : 0))) s += v; };",
  },
  {
    name: "foreach: 64 entries sorted by string value",
    script: 'global n, s, a; probe begin { n++; a[n % 64] = sprintf("%d", n * 37); foreach (v- = k in a) s += k }',
    byHand:
      "let n = 0, s = 0; const a = new Map(); return (c) => { n++; a.set(n % 64, `${n * 37}`); for (const [k, v] of [...a].sort((x, y) => (x[1] < y[1] ? 1 : x[1] > y[1] ? -1 : 0))) s += k; };",
  },
  {
    name: "foreach over a slice, sorted, the first 3: [*, 3] of 64 entries",
    script:
      "global n, s, a; probe begin { n++; a[n % 64, n % 4] = n; foreach (v- = [i, j] in a[*, 3] limit 3) s += v }",
    byHand:
      'let n = 0, s = 0; const a = new Map(); return (c) => { n++; a.set(`${n % 64}\\0${n % 4}`, n); for (const [k, v] of [...a].filter(([k]) => Number(k.split("\\0")[1]) === 3).sort((x, y) => y[1] - x[1]).slice(0, 3)) s += v; };',
  },
];
