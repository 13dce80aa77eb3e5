/**
 * What a printf format wants: the types of its arguments, in order.
 *
 * Called by types/expressions.ts for printf and sprintf. A `*` for width or precision wants a long before the value.
 */
import type { ScalarType } from "../../../abi/values.ts";
import type { StringLiteral } from "../../ast.ts";

/** Conversions and the type each takes. */
// biome-ignore format: table
const conversions: { readonly [letter: string]: ScalarType } = {
  d: "long", i: "long", u: "long", x: "long", X: "long", o: "long", p: "long",
  c: "long", b: "long", m: "long", M: "long",
  s: "string",
};

const DIRECTIVE = /%([-+ #0]*)(\*|[0-9]+)?(?:\.(\*|[0-9]*))?(hh|h|ll|l|L)?(.)?/gs;

/** Undefined after a complaint about the format itself. */
export function formatArguments(
  format: StringLiteral,
  complain: (message: string) => void,
): readonly ScalarType[] | undefined {
  const wanted: ScalarType[] = [];
  for (const [directive, , width, precision, , letter] of format.value.matchAll(DIRECTIVE)) {
    if (letter === "%") continue;
    const type = letter !== undefined && Object.hasOwn(conversions, letter) ? conversions[letter] : undefined;
    if (!type) {
      complain(`'${directive}' is no conversion of a format`);
      return undefined;
    }
    if (width === "*") wanted.push("long");
    if (precision === "*") wanted.push("long");
    wanted.push(type);
  }
  return wanted;
}
