/**
 * `-c 'PROGRAM ARGS'`: words as a shell would make them of blanks, quotes and backslashes, and nothing else that a shell
 * does. `$name` and `*` stay as they are: the program gets what was written. What only a shell could do is refused.
 */
import { usage } from "../base/usage.ts";

/** The program and its arguments. */
export function splitCommand(command: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [text, part, value] of partsOf(command)) {
    if (part === "sign" || (part === "comment" && word === undefined))
      throw usage(`-c '${command}': '${text}' is a shell's, and no shell runs the command`, [
        `quote it to pass it on, or run a shell: -c 'sh -c "${command}"'`,
      ]);
    if (part === "open") throw usage(`-c '${command}': what begins with ${text} does not end`);
    if (part === "nothing") continue;
    if (part !== "blank") word = (word ?? "") + value;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  if (words.length === 0 || words[0] === "") throw usage("-c needs a program");
  return words;
}

/** `nothing`: a line that goes on after a backslash. */
type Part = "blank" | "nothing" | "word" | "comment" | "sign" | "open";

// biome-ignore format: table
const parts: readonly { readonly part: Part; readonly form: RegExp; readonly value: (inner: string) => string }[] = [
  { part: "blank",   form: /()[ \t\n]+/y,                    value: () => "" },
  { part: "nothing", form: /()\\\n/y,                        value: () => "" },
  { part: "word",    form: /([^ \t\n'"\\|&;<>()`#]+)/y,      value: (text) => text },
  { part: "word",    form: /'([^']*)'/y,                     value: (text) => text },
  { part: "word",    form: /"((?:[^"\\]|\\.)*)"/sy,          value: unescapedInQuotes },
  { part: "word",    form: /\\(.)/sy,                        value: (text) => text },
  { part: "comment", form: /(#)/y,                           value: (text) => text },
  { part: "sign",    form: /(\|\|?|&&?|;;?|<<?|>>?|[()`])/y, value: (text) => text },
  { part: "open",    form: /(['"\\])/y,                      value: (text) => text },
];

function unescapedInQuotes(text: string): string {
  return text.replace(/\\([\n"\\$`])/g, (_, character: string) => (character === "\n" ? "" : character));
}

function* partsOf(command: string): Generator<readonly [text: string, part: Part, value: string]> {
  let at = 0;
  while (at < command.length) {
    for (const { part, form, value } of parts) {
      form.lastIndex = at;
      const found = form.exec(command);
      if (!found) continue;
      yield [found[0], part, value(found[1] ?? "")];
      at = form.lastIndex;
      break;
    }
  }
}
