/**
 * Whether every `%` of a printf format begins a conversion. What the conversions want is checked with the types.
 *
 * Called by `build-expressions.ts`. Flags may stand in any order and length modifiers mean nothing, as in later
 * versions of the language; the reference of today takes one flag and `l` only.
 */
const DIRECTIVE = /%(?:%|[-+ #0]*(?:\*|[0-9]+)?(?:\.(?:\*|[0-9]*))?(?:hh|h|ll|l|L)?(.)?)/gs;

/** The first directive that is none, or undefined. */
export function badDirective(format: string): string | undefined {
  for (const [directive, letter] of format.matchAll(DIRECTIVE)) {
    if (directive !== "%%" && (letter === undefined || !"bcdimMopsuxX".includes(letter))) return directive;
  }
  return undefined;
}
