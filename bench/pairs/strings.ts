// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code as text
/** Strings: operators and functions of the library. */
import type { Pair } from "./pair.ts";

export const strings: readonly Pair[] = [
  {
    name: 'concatenation: s = t . "-" . t',
    script: 'global n, s, t = "abc"; probe begin { n++; s = t . "-" . t; if (n == -1) t = s }',
    byHand: 'let n = 0, s = "", t = "abc"; return (c) => { n++; s = t + "-" + t; if (n === -1) t = s; };',
  },
  {
    name: "strlen(t)",
    script: 'global n, s, t = "some text"; probe begin { n++; s += strlen(t); if (n == -1) t = "d" }',
    byHand: 'let n = 0, s = 0, t = "some text"; return (c) => { n++; s += t.length; if (n === -1) t = "d"; };',
  },
  {
    name: 't == "some text"',
    script: 'global n, s, t = "some text"; probe begin { n++; s += (t == "some text"); if (n == -1) t = "d" }',
    byHand:
      'let n = 0, s = 0, t = "some text"; return (c) => { n++; s += (t === "some text" ? 1 : 0); if (n === -1) t = "d"; };',
  },
  {
    name: "substr(t, n % 5, 3)",
    script: 'global n, s, t = "some text"; probe begin { n++; s = substr(t, n % 5, 3); if (n == -1) t = s }',
    byHand:
      'let n = 0, s = "", t = "some text"; return (c) => { n++; s = t.slice(n % 5, n % 5 + 3); if (n === -1) t = s; };',
  },
  {
    name: 'isinstr(t, "text")',
    script: 'global n, s, t = "some text"; probe begin { n++; s += isinstr(t, "text"); if (n == -1) t = "d" }',
    byHand:
      'let n = 0, s = 0, t = "some text"; return (c) => { n++; s += (t.includes("text") ? 1 : 0); if (n === -1) t = "d"; };',
  },
  {
    name: 'strpos(t, "text")',
    script: 'global n, s, t = "some text"; probe begin { n++; s += strpos(t, "text"); if (n == -1) t = "d" }',
    byHand: 'let n = 0, s = 0, t = "some text"; return (c) => { n++; s += t.indexOf("text"); if (n === -1) t = "d"; };',
  },
  {
    name: "stringat(t, n % 9)",
    script: 'global n, s, t = "some text"; probe begin { n++; s += stringat(t, n % 9); if (n == -1) t = "d" }',
    byHand:
      'let n = 0, s = 0, t = "some text"; return (c) => { n++; s += t.charCodeAt(n % 9); if (n === -1) t = "d"; };',
  },
  {
    name: 'str_replace(t, "e", "EE")',
    script: 'global n, s, t = "some text"; probe begin { n++; s = str_replace(t, "e", "EE"); if (n == -1) t = s }',
    byHand:
      'let n = 0, s = "", t = "some text"; return (c) => { n++; s = t.replaceAll("e", "EE"); if (n === -1) t = s; };',
  },
  {
    name: "strtol(u, 10)",
    script: 'global n, s, u = "12345"; probe begin { n++; s += strtol(u, 10); if (n == -1) u = "d" }',
    byHand:
      'let n = 0, s = 0, u = "12345"; return (c) => { n++; s += Number.parseInt(u, 10); if (n === -1) u = "d"; };',
  },
  {
    name: "strtol(u, 16)",
    script: 'global n, s, u = "0x7f001234"; probe begin { n++; s += strtol(u, 16); if (n == -1) u = "d" }',
    byHand:
      'let n = 0, s = 0, u = "0x7f001234"; return (c) => { n++; s += Number.parseInt(u, 16); if (n === -1) u = "d"; };',
  },
  {
    name: "text_str(t)",
    script: 'global n, s, t = "some text"; probe begin { n++; s = text_str(t); if (n == -1) t = s }',
    byHand:
      'let n = 0, s = "", t = "some text"; return (c) => { n++; s = /^[ -!#-\\[\\]-~]*$/.test(t) ? t : JSON.stringify(t).slice(1, -1); if (n === -1) t = s; };',
  },
  {
    name: "string_quoted(t)",
    script: 'global n, s, t = "some text"; probe begin { n++; s = string_quoted(t); if (n == -1) t = s }',
    byHand: 'let n = 0, s = "", t = "some text"; return (c) => { n++; s = JSON.stringify(t); if (n === -1) t = s; };',
  },
  {
    name: 'tokenize(t, " ") . tokenize(" ")',
    script:
      'global n, s, t = "some text"; probe begin { n++; s = tokenize(t, " ") . tokenize(" "); if (n == -1) t = s }',
    byHand:
      'let n = 0, s = "", t = "some text"; return (c) => { n++; const words = t.split(" "); s = words[0] + words[1]; if (n === -1) t = s; };',
  },
  {
    name: 't =~ "te[wx]t$"',
    script: 'global n, s, t = "some text"; probe begin { n++; if (t =~ "te[wx]t$") s++; if (n == -1) t = "d" }',
    byHand:
      'let n = 0, s = 0, t = "some text"; return (c) => { n++; s += (/te[wx]t$/.test(t) ? 1 : 0); if (n === -1) t = "d"; };',
  },
];
