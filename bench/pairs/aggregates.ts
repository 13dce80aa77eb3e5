// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code as text
/** Aggregates against objects of numbers, histograms against lists of counts. */
import type { Pair } from "./pair.ts";

export const aggregates: readonly Pair[] = [
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
  {
    name: "aggregate: @min(s), @max(s)",
    script: "global n, s, t; probe begin { n++; s <<< n % 100; t += @max(s) - @min(s) }",
    byHand:
      "let n = 0, t = 0; const s = { count: 0, min: 0, max: 0 }; return (c) => { n++; const v = n % 100; if (s.count === 0 || v < s.min) s.min = v; if (s.count === 0 || v > s.max) s.max = v; s.count++; t += s.max - s.min; };",
  },
  {
    name: "aggregate: @variance(s)",
    script: "global n, s, t; probe begin { n++; s <<< n % 100; t += @variance(s) }",
    byHand:
      "let n = 0, t = 0; const s = { count: 0, sum: 0, mean: 0, squares: 0 }; return (c) => { n++; const v = n % 100; s.sum += v; s.count++; const d = v - s.mean; s.mean += Math.trunc(d / s.count); s.squares += d * (v - s.mean); if (s.count < 2) return; const lost = s.mean - Math.trunc(s.sum / s.count); t += Math.trunc((s.count * lost * lost + (s.count - 1) * Math.trunc(s.squares / (s.count - 1))) / (s.count - 1)); };",
  },
  {
    name: "aggregate: emptied after every 8",
    script:
      "global n, s; probe begin { n++; s <<< n; if (n % 8 == 0) delete s; if (n == -1) println(@count(s), @sum(s)) }",
    byHand:
      "let n = 0; const s = { count: 0, sum: 0 }; return (c) => { n++; s.count++; s.sum += n; if (n % 8 === 0) { s.count = 0; s.sum = 0; } };",
  },
  {
    name: "aggregate: @hist_log(s)[b]",
    script: "global n, s, t; probe begin { n++; s <<< n % 5000; t += @hist_log(s)[n % 128] }",
    byHand:
      "let n = 0, t = 0; const s = { count: 0, log: new Array(128).fill(0) }; return (c) => { n++; const v = n % 5000; s.count++; s.log[v < 0 ? 32 + Math.clz32(-v) : 96 - Math.clz32(v)]++; t += s.log[n % 128]; };",
  },
  {
    name: "aggregate: if (b in @hist_log(s))",
    script: "global n, s, t; probe begin { n++; s <<< n % 5000; if (n % 200 in @hist_log(s)) t++ }",
    byHand:
      "let n = 0, t = 0; const s = { count: 0, log: new Array(128).fill(0) }; return (c) => { n++; const v = n % 5000; s.count++; s.log[v < 0 ? 32 + Math.clz32(-v) : 96 - Math.clz32(v)]++; const b = n % 200; if (b >= 0 && b < s.log.length) t++; };",
  },
  {
    name: "foreach over the buckets of @hist_log",
    script: "global n, s, t; probe begin { n++; s <<< n % 5000; foreach (v = b in @hist_log(s)) t += v }",
    byHand:
      "let n = 0, t = 0; const log = new Array(128).fill(0); return (c) => { n++; log[96 - Math.clz32(n % 5000)]++; for (const [b, v] of log.entries()) t += v; };",
  },
  {
    name: "foreach: buckets sorted by count, the first 3",
    script: "global n, s, t; probe begin { n++; s <<< n % 5000; foreach (v- = b in @hist_log(s) limit 3) t += b }",
    byHand:
      "let n = 0, t = 0; const log = new Array(128).fill(0); return (c) => { n++; log[96 - Math.clz32(n % 5000)]++; for (const [b, v] of [...log.entries()].sort((x, y) => y[1] - x[1]).slice(0, 3)) t += b; };",
  },
  {
    name: "array of aggregates: @count(a[k]), @avg(a[k])",
    script:
      "global n, s, a; probe begin { n++; if (n <= 64) a[n % 64] <<< n; s += @count(a[n % 64]) + @avg(a[n % 64]) }",
    byHand:
      "let n = 0, s = 0; const a = new Map(); return (c) => { n++; if (n <= 64) a.set(n % 64, { count: 1, sum: n }); const k = n % 64; s += a.get(k).count + Math.trunc(a.get(k).sum / a.get(k).count); };",
  },
  {
    name: "array of aggregates: a[k] <<< n, @hist_log",
    script: "global n, a; probe begin { n++; a[n % 64] <<< n % 5000; if (n == -1) print(@hist_log(a[1])) }",
    byHand:
      "let n = 0; const a = new Map(); return (c) => { n++; const k = n % 64, v = n % 5000; let s = a.get(k); if (!s) a.set(k, s = { count: 0, log: new Array(128).fill(0) }); s.count++; s.log[v < 0 ? 32 + Math.clz32(-v) : 96 - Math.clz32(v)]++; };",
  },
  {
    name: "array of aggregates that wraps: a[k] <<< n",
    script: "global n, a%[64]; probe begin { n++; a[n] <<< n; if (n == -1) println(@count(a[1]), @sum(a[1])) }",
    byHand:
      "let n = 0; const a = new Map(); return (c) => { n++; let s = a.get(n); if (!s) a.set(n, s = { count: 0, sum: 0 }); s.count++; s.sum += n; if (a.size > 64) a.delete(a.keys().next().value); };",
  },
  {
    name: "foreach over 64 aggregates",
    script: "global n, s, a; probe begin { n++; a[n % 64] <<< n; foreach (k in a) s += @count(a[k]) }",
    byHand:
      "let n = 0, s = 0; const a = new Map(); return (c) => { n++; const k = n % 64; let e = a.get(k); if (!e) a.set(k, e = { count: 0 }); e.count++; for (const k of a.keys()) s += a.get(k).count; };",
  },
  {
    name: "foreach: 64 aggregates sorted by @avg",
    script: "global n, s, a; probe begin { n++; a[(n * 37) % 64] <<< n; foreach (k in a @avg-) s += k }",
    byHand:
      "let n = 0, s = 0; const a = new Map(); return (c) => { n++; const k = (n * 37) % 64; let e = a.get(k); if (!e) a.set(k, e = { count: 0, sum: 0 }); e.count++; e.sum += n; for (const { k } of [...a].map(([k, e]) => ({ k, avg: Math.trunc(e.sum / e.count) })).sort((x, y) => y.avg - x.avg)) s += k; };",
  },
  {
    name: "print(@hist_linear(s, 0, 50, 2))",
    script: "global n, s; probe begin { n++; s <<< n % 50; print(@hist_linear(s, 0, 50, 2)) }",
    byHand: `let n = 0; const linear = new Array(28).fill(0); return (c) => {
      n++; linear[1 + Math.floor((n % 50) / 2)]++;
      let most = 0, first = 27, last = 0;
      for (let i = 0; i < 28; i++) if (linear[i] > 0) { first = Math.min(first, i); last = i; most = Math.max(most, linear[i]); }
      const scale = Math.ceil(most / 50), width = String(most).length;
      let text = "value |" + "-".repeat(50) + " count\\n";
      for (let i = Math.max(1, first - 2); i <= Math.min(26, last + 2); i++) {
        const label = String((i - 1) * 2), bar = "@".repeat(Math.floor(linear[i] / scale));
        text += \`\${label.padStart(5)} |\${bar.padEnd(50)} \${String(linear[i]).padStart(width)}\\n\`;
      }
      print(text + "\\n");
    };`,
  },
];
