/**
 * The marker comments of embedded code, and the script's globals that it says it uses.
 *
 * A marker is a block comment with nothing but the marker between one blank and another, anywhere in the code: `pure` (no effect besides
 * its value), `stable` (and the same value for a whole hit), `guru` (only for scripts with -g, also in a library),
 * `unprivileged` and `myproc-unprivileged` (for whom it is safe), `unmangled` (parameters also under their own
 * names), `string` (an expression that is a string), `pragma:read:NAME` and `pragma:write:NAME` (may use
 * `STAP_GLOBAL_GET_NAME` and `STAP_GLOBAL_SET_NAME`). Read by every pass that meets embedded code.
 */
import type { EmbeddedCode } from "../../ast.ts";
import type { Compilation } from "../compilation.ts";
import type { FunctionSymbol, GlobalSymbol } from "../program.ts";

export type Marker = "pure" | "stable" | "guru" | "unprivileged" | "myproc-unprivileged" | "unmangled" | "string";

export function hasMarker(code: EmbeddedCode, marker: Marker): boolean {
  return code.text.includes(`/* ${marker} */`);
}

/** Embedded code without an effect besides its value. */
export function isPureCode(code: EmbeddedCode): boolean {
  return hasMarker(code, "pure") && pragmas(code).every(({ access }) => access === "read");
}

/** A function of pure embedded code; of others their body tells. */
export function isPure({ item }: FunctionSymbol): boolean {
  return item.body.kind === "embedded" && isPureCode(item.body);
}

/** A function whose value does not change while a hit is handled. */
export function isStable(symbol: FunctionSymbol): boolean {
  return isPure(symbol) && symbol.item.body.kind === "embedded" && hasMarker(symbol.item.body, "stable");
}

/** The type of embedded code as an expression. */
export function embeddedType(code: EmbeddedCode): "long" | "string" {
  return hasMarker(code, "string") ? "string" : "long";
}

/** It may end with STAP_NEXT. */
export function movesOn(code: EmbeddedCode): boolean {
  return code.text.includes("STAP_NEXT");
}

export interface Pragma {
  readonly access: "read" | "write";
  readonly name: string;
}

/** `pragma:read:` and `pragma:write:` with the names behind them. */
export function pragmas(code: EmbeddedCode): readonly Pragma[] {
  const found: Pragma[] = [];
  for (const [, access, name] of code.text.matchAll(PRAGMA)) {
    if (name !== undefined) found.push({ access: access === "read" ? "read" : "write", name });
  }
  return found;
}

const PRAGMA = /\/\* pragma:(read|write):(.*?) \*\//g;

/** The globals that embedded code reads and writes, as far as they exist. */
export function embeddedGlobals(
  c: Compilation,
  code: EmbeddedCode,
): readonly { readonly access: Pragma["access"]; readonly symbol: GlobalSymbol }[] {
  return pragmas(code).flatMap(({ access, name }) => {
    const symbol = c.scope.findGlobal(name, code.loc.source);
    return symbol ? [{ access, symbol }] : [];
  });
}
