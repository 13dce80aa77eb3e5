/**
 * Types and prototypes, in the language's own words.
 *
 * A prototype is written `"string(addr:long, [err_msg:string])"`: result, parameters, optional parameters in brackets.
 * `void` is a result that cannot be used as a value (the reference prints it as `unknown`).
 */
import { bug } from "../base/assert.ts";

export type ScalarType = "long" | "string";
export type ValueType = ScalarType | "stats";

export interface Prototype {
  readonly result: ScalarType | "void";
  readonly parameters: readonly ScalarType[];
  /** Names of the parameters, as `-p2` prints them. */
  readonly names: readonly string[];
  /** How many of the parameters must be given. */
  readonly required: number;
}

const FORM = /^(long|string|void)\(([^)]*)\)$/;

/** Reads a prototype string; a malformed one is a bug of ours. */
export function parsePrototype(text: string): Prototype {
  const form = FORM.exec(text);
  if (!form) bug("abi/values", `malformed prototype ${text}`);
  const parameters: ScalarType[] = [];
  const names: string[] = [];
  let required = 0;
  for (const part of (form[2] ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "")) {
    const optional = part.startsWith("[");
    const [name, type] = (optional ? part.slice(1, -1) : part).split(":");
    if (!name || (type !== "long" && type !== "string")) bug("abi/values", `malformed prototype ${text}`);
    names.push(name);
    parameters.push(type);
    if (!optional) required++;
  }
  return { result: form[1] as Prototype["result"], parameters, names, required };
}
