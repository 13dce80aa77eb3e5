/**
 * `-G NAME=VALUE`: first values of a script's globals, checked against their types.
 */
import type { Manifest } from "../abi/manifest.ts";
import type { Value } from "../abi/module.ts";
import { neg, parseLong } from "../base/int64.ts";
import { usage } from "../base/usage.ts";
import { resolveLimits } from "../runtime/limits.ts";

export function readGlobals(
  given: { readonly [name: string]: string },
  manifest: Manifest,
): { readonly [name: string]: Value } {
  const values: { [name: string]: Value } = {};
  const longest = resolveLimits(manifest.limits).MAXSTRINGLEN - 1;
  for (const [name, text] of Object.entries(given)) {
    const global = manifest.globals.find((item) => item.name === name);
    if (!global) throw usage(`-G ${name}: the script has no global ${name}`);
    if (global.keys.length > 0 || global.type === "stats") throw usage(`-G ${name}: only a scalar global can be set`);
    values[name] = global.type === "string" ? text.slice(0, longest) : readLong(name, text);
  }
  return values;
}

function readLong(name: string, text: string): Value {
  const value = parseLong(text.replace(/^-/, ""));
  if (value === undefined) throw usage(`-G ${name}=${text}: a number is needed`);
  return text.startsWith("-") ? neg(value) : value;
}
