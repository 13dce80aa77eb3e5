/**
 * Byte strings as text that can be pasted into a C or a script literal.
 *
 * Used by `%#s` and `%#c`, by the quoting builtins and where globals are printed at exit.
 */

// biome-ignore format: table
const escapes: { readonly [character: string]: string } = {
  "\x07": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\",
};

/** Printable ASCII as it is, the rest as `\n` or three octal digits; quotes and backslashes are escaped too. */
export function escapeBytes(text: string): string {
  return ESCAPED.test(text) ? text.replace(EVERY_ESCAPED, escapeByte) : text;
}

const ESCAPED = /[^\x20-\x7e]|["\\]/;
const EVERY_ESCAPED = new RegExp(ESCAPED, "g");

function escapeByte(character: string): string {
  return escapes[character] ?? `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`;
}

/** One character as in a character literal of C: the apostrophe is escaped, the quote is not. */
export function escapeCharacter(character: string): string {
  return character === "'" ? "\\'" : character === '"' ? character : escapeBytes(character);
}

/** Between quotes and at most `longest` bytes in all; `...` after the quote when not all of it fits. */
export function quoteWithin(text: string, longest: number): string {
  const whole = quoteBytes(text);
  if (whole.length <= longest) return whole;
  let kept = "";
  for (const character of text) {
    const escaped = escapeBytes(character);
    if (kept.length + escaped.length + '""...'.length > longest) break;
    kept += escaped;
  }
  return `"${kept}"...`;
}

/** `escapeBytes` between double quotes. */
export function quoteBytes(text: string): string {
  return `"${escapeBytes(text)}"`;
}
