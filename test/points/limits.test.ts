/** Scripts whose aliases and wildcards would give points without end are refused, and soon. */
import { expect, test } from "vitest";
import type { SymbolSource } from "../../abi/symbol-source.ts";
import { makeSource } from "../../base/source.ts";
import { compile } from "../../lang/compiler/compile.ts";

const noPrograms: SymbolSource = { open: () => ({ kind: "failure", message: "no such file" }) };
const doubling = Array.from({ length: 40 }, (_, i) => `probe a${i} = a${i + 1}, a${i + 1} {}`).join(" ");

// biome-ignore format: table
const scripts: readonly [string, string, string][] = [
  ["aliases that double and come to nothing", `${doubling} probe a40 = foo ? {} probe a0 ? { println(1) }`, "too many to look at"],
  ["aliases that double and come to something", `${doubling} probe a40 = begin {} probe a0 { println(1) }`, "too many to look at"],
  ["aliases that double under a wildcard", `${doubling.replaceAll(",", " ?,")} probe a40 = foo ? {} probe a0* ? { println(1) }`, "too many to look at"],
  ["many double stars", `probe ${Array(100).fill("**").join(".")} { println(1) }`, "no probe point matches"],
  ["many stars in one component", `probe ${"a*".repeat(2000)} { println(1) }`, "no probe point matches"],
];
test.each(scripts)("%s", (_, script, message) => {
  const { diagnostics } = compile({ main: makeSource("<input>", script), symbols: noPrograms, now: () => 0 });
  expect(diagnostics.map((item) => item.message).join("\n")).toContain(message);
  expect(diagnostics.length).toBe(1);
});
