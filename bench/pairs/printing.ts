// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code as text
/** The print family against template strings. */
import type { Pair } from "./pair.ts";

export const printing: readonly Pair[] = [
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
  {
    name: "print(n)",
    script: "global n; probe begin { n++; print(n) }",
    byHand: "let n = 0; return (c) => { n++; print(`${n}`); };",
  },
  {
    name: "println(t)",
    script: 'global n, t = "abc"; probe begin { n++; println(t); if (n == -1) t = "d" }',
    byHand: 'let n = 0, t = "abc"; return (c) => { n++; print(`${t}\\n`); if (n === -1) t = "d"; };',
  },
  {
    name: 'printdln("|", n, t)',
    script: 'global n, t = "abc"; probe begin { n++; printdln("|", n, t); if (n == -1) t = "d" }',
    byHand: 'let n = 0, t = "abc"; return (c) => { n++; print(`${n}|${t}\\n`); if (n === -1) t = "d"; };',
  },
  {
    name: "print_char(n)",
    script: "global n; probe begin { n++; print_char(n) }",
    byHand: "let n = 0; return (c) => { n++; print(String.fromCharCode(n & 255)); };",
  },
  {
    name: "sprint(n, t)",
    script: 'global n, s, t = "abc"; probe begin { n++; s = sprint(n, t); if (n == -1) t = s }',
    byHand: 'let n = 0, s = "", t = "abc"; return (c) => { n++; s = `${n}${t}`; if (n === -1) t = s; };',
  },
  {
    name: "sprintln(n, t)",
    script: 'global n, s, t = "abc"; probe begin { n++; s = sprintln(n, t); if (n == -1) t = s }',
    byHand: 'let n = 0, s = "", t = "abc"; return (c) => { n++; s = `${n}${t}\\n`; if (n === -1) t = s; };',
  },
  {
    name: 'sprintd("|", n, t)',
    script: 'global n, s, t = "abc"; probe begin { n++; s = sprintd("|", n, t); if (n == -1) t = s }',
    byHand: 'let n = 0, s = "", t = "abc"; return (c) => { n++; s = `${n}|${t}`; if (n === -1) t = s; };',
  },
  {
    name: 'sprintdln("|", n, t)',
    script: 'global n, s, t = "abc"; probe begin { n++; s = sprintdln("|", n, t); if (n == -1) t = s }',
    byHand: 'let n = 0, s = "", t = "abc"; return (c) => { n++; s = `${n}|${t}\\n`; if (n === -1) t = s; };',
  },
  {
    name: 'sprintf("%.2s%c", t, n % 100 + 1)',
    script: 'global n, s, t = "abc"; probe begin { n++; s = sprintf("%.2s%c", t, n % 100 + 1); if (n == -1) t = s }',
    byHand:
      'let n = 0, s = "", t = "abc"; return (c) => { n++; s = `${t.slice(0, 2)}${String.fromCharCode(n % 100 + 1)}`; if (n === -1) t = s; };',
  },
  {
    name: 'printf("%i %u\\n", n, n)',
    script: 'global n; probe begin { n++; printf("%i %u\\n", n, n) }',
    byHand: "let n = 0; return (c) => { n++; print(`${n} ${n}\\n`); };",
  },
  {
    name: 'printf("%x %X %o\\n", n, n, n)',
    script: 'global n; probe begin { n++; printf("%x %X %o\\n", n, n, n) }',
    byHand:
      "let n = 0; return (c) => { n++; print(`${n.toString(16)} ${n.toString(16).toUpperCase()} ${n.toString(8)}\\n`); };",
  },
  {
    name: 'printf("%#x %#o %p\\n", n, n, n)',
    script: 'global n; probe begin { n++; printf("%#x %#o %p\\n", n, n, n) }',
    byHand: "let n = 0; return (c) => { n++; print(`0x${n.toString(16)} 0${n.toString(8)} 0x${n.toString(16)}\\n`); };",
  },
  {
    name: 'printf("%u %x\\n", -n, -n)',
    script: 'global n; probe begin { n++; printf("%u %x\\n", -n, -n) }',
    byHand:
      "let n = 0; return (c) => { n++; print(`${BigInt.asUintN(64, BigInt(-n))} ${BigInt.asUintN(64, BigInt(-n)).toString(16)}\\n`); };",
  },
  {
    name: 'printf("%-8d|%.5d|% d\\n", n, n, n)',
    script: 'global n; probe begin { n++; printf("%-8d|%.5d|% d\\n", n, n, n) }',
    byHand: 'let n = 0; return (c) => { n++; print(`${`${n}`.padEnd(8)}|${`${n}`.padStart(5, "0")}| ${n}\\n`); };',
  },
  {
    name: 'printf("%016x\\n", n)',
    script: 'global n; probe begin { n++; printf("%016x\\n", n) }',
    byHand: 'let n = 0; return (c) => { n++; print(`${n.toString(16).padStart(16, "0")}\\n`); };',
  },
  {
    name: 'printf("%5s|%-5s|%.2s\\n", t, t, t)',
    script: 'global n, t = "abc"; probe begin { n++; printf("%5s|%-5s|%.2s\\n", t, t, t); if (n == -1) t = "d" }',
    byHand:
      'let n = 0, t = "abc"; return (c) => { n++; print(`${t.padStart(5)}|${t.padEnd(5)}|${t.slice(0, 2)}\\n`); if (n === -1) t = "d"; };',
  },
  {
    name: 'printf("%#s %d%%\\n", t, n)',
    script: 'global n, t = "abc"; probe begin { n++; printf("%#s %d%%\\n", t, n); if (n == -1) t = "d" }',
    byHand:
      'let n = 0, t = "abc"; return (c) => { n++; print(`${/^[ -!#-\\[\\]-~]*$/.test(t) ? t : JSON.stringify(t).slice(1, -1)} ${n}%\\n`); if (n === -1) t = "d"; };',
  },
  {
    name: 'printf("%#c", n)',
    script: 'global n; probe begin { n++; printf("%#c", n) }',
    byHand:
      "const escapes = Array.from({ length: 256 }, (_, n) => n >= 32 && n < 127 ? String.fromCharCode(n) : `\\\\${n.toString(8).padStart(3, 0)}`); let n = 0; return (c) => { n++; print(escapes[n & 255]); };",
  },
  {
    name: 'printf("%b", n)',
    script: 'global n; probe begin { n++; printf("%b", n) }',
    byHand:
      "let n = 0; const bytes = new Uint8Array(8), view = new DataView(bytes.buffer); return (c) => { n++; view.setBigInt64(0, BigInt(n), true); print(String.fromCharCode(...bytes)); };",
  },
  {
    name: 'printf("%2b%4b", n, n)',
    script: 'global n; probe begin { n++; printf("%2b%4b", n, n) }',
    byHand:
      "let n = 0; return (c) => { n++; print(String.fromCharCode(n & 255, (n >> 8) & 255) + String.fromCharCode(n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >> 24) & 255)); };",
  },
  {
    name: 'printf("%.16m", n)',
    script: 'global n; probe begin { n++; printf("%.16m", n % 16) }',
    byHand: "let n = 0; return (c) => { n++; print(String.fromCharCode(...memory.subarray(n % 16, n % 16 + 16))); };",
  },
  {
    name: 'printf("%.16M", n)',
    script: 'global n; probe begin { n++; printf("%.16M", n % 16) }',
    byHand:
      'let n = 0; return (c) => { n++; print(Array.from(memory.subarray(n % 16, n % 16 + 16), (b) => b.toString(16).padStart(2, "0")).join("")); };',
  },
];
