/**
 * Brings a tree printed by SystemTap and one printed by us to one form, by dropping what is known to differ.
 *
 * Used by the tests that compare the two. SystemTap escapes formats and delimiters a second time, keeps the escapes
 * of other literals as they were written, pads embedded code in expressions, writes `@const` as embedded code, and
 * leaves out `private`, types, priorities and the second body of an alias. We print all of these as they must be
 * read again, and a `;` between a bare `return` and `else`.
 */
import { quoteBytes } from "../../base/escape.ts";

export function normaliseReference(text: string): string {
  const once = text.replace(
    /\b(s?print(?:f|d|dln)\()("(?:[^"\\]|\\[\s\S])*")/g,
    (_, call, literal) => call + literal.replace(/\\\\/g, "\\"),
  );
  const constants = once.replace(
    /%\{ \/\* pure \*\/ \/\* unprivileged \*\/ \/\* stable \*\/ (\S+) %\}/g,
    '@const("$1")',
  );
  return common(constants.replace(/"(?:[^"\\]|\\[\s\S])*"/g, (literal) => quoteBytes(decode(literal.slice(1, -1)))));
}

export function normaliseOurs(text: string): string {
  return common(
    text
      .replace(/^private /gm, "")
      .replace(/^(function \w+)(?::\w+)? \((.*)\)(?::\d+)?$/gm, (_, head: string, parameters: string) => {
        return `${head} (${parameters.replace(/:(long|string)/g, "")})`;
      })
      .replace(/^\}, \{\n[\s\S]*?^\}$/gm, "}")
      .replace(/\breturn;\nelse/g, "return\nelse"),
  );
}

function common(text: string): string {
  return text.replace(/%\{\s*([\s\S]*?)\s*%\}/g, "%{ $1 %}").trim();
}

/** The escapes of C, as SystemTap leaves them to the C compiler. */
function decode(text: string): string {
  const letters: { readonly [letter: string]: string } = {
    a: "\x07",
    b: "\b",
    t: "\t",
    n: "\n",
    v: "\v",
    f: "\f",
    r: "\r", // biome-ignore format: table
  };
  return text.replace(/\\(?:([0-7]{1,3})|x([0-9a-fA-F]+)|([\s\S]))/g, (_, octal, hex, letter) => {
    if (octal) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
    if (hex) return String.fromCharCode(Number.parseInt(hex.slice(-2), 16));
    return letters[letter] ?? letter;
  });
}
