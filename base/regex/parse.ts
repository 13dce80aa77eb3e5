/**
 * POSIX extended regular expressions, as the language takes them: text to tree.
 *
 * Called by `regex.ts` alone. Follows the reference translator where it differs from POSIX: a backslash takes the
 * next byte as it is, in a bracket expression too; there are no back-references, collating elements and equivalence
 * classes; `(?:…)` groups without a number; an interval begins with a number; an anchor cannot be repeated;
 * a closing parenthesis too many is overlooked at the very end and nowhere else. `.` and `[^a]` match any byte, newline
 * included, since strings hold no NUL.
 */
import { limits } from "../limits.ts";

export type RegexNode =
  | { readonly kind: "empty" }
  /** One byte out of a set of 256. */
  | { readonly kind: "set"; readonly bytes: Uint8Array }
  | { readonly kind: "start" | "end" }
  | { readonly kind: "sequence" | "choice"; readonly items: readonly RegexNode[] }
  /** `max` is Infinity for `*`, `+` and `{n,}`. */
  | { readonly kind: "repeat"; readonly item: RegexNode; readonly min: number; readonly max: number }
  | { readonly kind: "group"; readonly item: RegexNode; readonly number: number };

export interface ParsedRegex {
  readonly kind: "parsed";
  readonly root: RegexNode;
  /** Groups with a number, without the whole. */
  readonly groups: number;
}

export interface RegexFailure {
  readonly kind: "failure";
  readonly message: string;
  /** Byte of the pattern at which it went wrong. */
  readonly at: number;
}

export function parseRegex(pattern: string): ParsedRegex | RegexFailure {
  const parser = new RegexParser(pattern);
  try {
    return parser.parse();
  } catch (error) {
    if (error instanceof PatternError) return { kind: "failure", message: error.message, at: error.at };
    throw error;
  }
}

/** Thrown and caught in this file. */
class PatternError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

class RegexParser {
  readonly #text: string;
  #at = 0;
  #groups = 0;
  #depth = 0;
  /** Repetitions of repetitions, in the whole pattern: each is a level of the tree. */
  #stacked = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): ParsedRegex {
    const root = this.#choice();
    const rest = this.#text.length - this.#at;
    if (rest > 1) this.#fail("')' without '('");
    return { kind: "parsed", root, groups: this.#groups };
  }

  #fail(message: string, at = this.#at): never {
    throw new PatternError(message, at);
  }

  get #next(): string {
    return this.#text.charAt(this.#at);
  }

  #choice(): RegexNode {
    const items = [this.#sequence()];
    while (this.#next === "|") {
      this.#at++;
      items.push(this.#sequence());
    }
    return items.length === 1 ? items[0]! : { kind: "choice", items };
  }

  #sequence(): RegexNode {
    const items: RegexNode[] = [];
    while (this.#at < this.#text.length && this.#next !== "|" && this.#next !== ")") items.push(this.#repeated());
    if (items.length === 0) return { kind: "empty" };
    return items.length === 1 ? items[0]! : { kind: "sequence", items };
  }

  #repeated(): RegexNode {
    let node = this.#atom();
    while (repeaters.has(this.#next)) {
      if (node.kind === "start" || node.kind === "end") this.#fail(`'${this.#next}' after an anchor`);
      if (node.kind === "repeat" && ++this.#stacked > limits.maxRegexDepth) this.#fail("too many repeated repetitions");
      node = { kind: "repeat", item: node, ...this.#times() };
    }
    return node;
  }

  #times(): { readonly min: number; readonly max: number } {
    const operator = this.#next;
    this.#at++;
    if (operator === "*") return { min: 0, max: Number.POSITIVE_INFINITY };
    if (operator === "+") return { min: 1, max: Number.POSITIVE_INFINITY };
    if (operator === "?") return { min: 0, max: 1 };
    const min = this.#count();
    let max = min;
    if (this.#text.charAt(this.#at) === ",") {
      this.#at++;
      max = this.#next === "}" ? Number.POSITIVE_INFINITY : this.#count();
    }
    if (this.#next !== "}") this.#fail("an interval ends with '}'");
    if (max < min) this.#fail(`an interval from ${min} to ${max}`);
    this.#at++;
    return { min, max };
  }

  #count(): number {
    const digits = /^[0-9]+/.exec(this.#text.slice(this.#at, this.#at + MOST_DIGITS))?.[0];
    if (digits === undefined) this.#fail("an interval needs a number");
    if (Number(digits) > limits.maxRegexRepeat) this.#fail(`more than ${limits.maxRegexRepeat} repetitions`);
    this.#at += digits.length;
    return Number(digits);
  }

  #atom(): RegexNode {
    const at = this.#at++;
    const byte = this.#text.charAt(at);
    switch (byte) {
      case "^":
        return { kind: "start" };
      case "$":
        return { kind: "end" };
      case ".":
        return { kind: "set", bytes: new Uint8Array(256).fill(1) };
      case "*":
      case "+":
      case "?":
      case "{":
        return this.#fail(`nothing to repeat before '${byte}'`, at);
      case "(":
        return this.#group(at);
      case "[":
        return { kind: "set", bytes: this.#bracket(at) };
      case "\\":
        return single(this.#escaped());
      default:
        return single(byte.charCodeAt(0));
    }
  }

  #escaped(): number {
    if (this.#at >= this.#text.length) this.#fail("a backslash at the end");
    return this.#text.charCodeAt(this.#at++);
  }

  #group(at: number): RegexNode {
    let number = 0;
    if (this.#next === "?") {
      if (this.#text.charAt(this.#at + 1) !== ":") this.#fail("nothing to repeat before '?'");
      this.#at += 2;
    } else number = ++this.#groups;
    if (++this.#depth > limits.maxRegexDepth) this.#fail("nested too deep", at);
    const item = this.#choice();
    if (this.#next !== ")") this.#fail("'(' without ')'", at);
    this.#at++;
    this.#depth--;
    // Without a number it still keeps what is inside together: an anchor in it can be repeated.
    return { kind: "group", item, number };
  }

  #bracket(open: number): Uint8Array {
    const bytes = new Uint8Array(256);
    const negated = this.#next === "^";
    if (negated) this.#at++;
    for (let first = true; first || this.#next !== "]"; first = false) {
      if (this.#at >= this.#text.length) this.#fail("'[' without ']'", open);
      if (this.#text.startsWith("[:", this.#at)) this.#namedClass(bytes);
      else this.#range(bytes, open);
    }
    this.#at++;
    if (negated) for (const [byte, member] of bytes.entries()) bytes[byte] = 1 - member;
    return bytes;
  }

  #range(bytes: Uint8Array, open: number): void {
    const low = this.#member();
    let high = low;
    const next = this.#text.charAt(this.#at + 1);
    if (this.#next === "-" && next !== "]" && next !== "") {
      this.#at++;
      high = this.#member();
      if (high < low) this.#fail("a range from high to low");
    }
    if (this.#at >= this.#text.length) this.#fail("'[' without ']'", open);
    bytes.fill(1, low, high + 1);
  }

  #member(): number {
    if (this.#next !== "\\") return this.#text.charCodeAt(this.#at++);
    this.#at++;
    return this.#escaped();
  }

  #namedClass(bytes: Uint8Array): void {
    const end = this.#text.indexOf(":]", this.#at + 2);
    if (end < 0) this.#fail("'[:' without ':]'");
    const name = this.#text.slice(this.#at + 2, end);
    const test = namedClasses.get(name);
    if (!test) this.#fail(`no class '[:${name}:]' (there are ${[...namedClasses.keys()].join(", ")})`);
    for (let byte = 0; byte < 128; byte++) if (test.test(String.fromCharCode(byte))) bytes[byte] = 1;
    this.#at = end + 2;
  }
}

const repeaters = new Set(["*", "+", "?", "{"]);

/** A number with more is too large in any case. */
const MOST_DIGITS = 12;

/** POSIX, 9.3.5, in the C locale. */
// biome-ignore format: table
const namedClasses: ReadonlyMap<string, RegExp> = new Map([
  ["alnum",  /[0-9A-Za-z]/],
  ["alpha",  /[A-Za-z]/],
  ["blank",  /[ \t]/],
  ["cntrl",  /[^\x20-\x7e]/],
  ["digit",  /[0-9]/],
  ["graph",  /[!-~]/],
  ["lower",  /[a-z]/],
  ["print",  /[ -~]/],
  ["punct",  /[!-/:-@[-`{-~]/],
  ["space",  /[ \t-\r]/],
  ["upper",  /[A-Z]/],
  ["xdigit", /[0-9A-Fa-f]/],
]);

function single(byte: number): RegexNode {
  const bytes = new Uint8Array(256);
  bytes[byte] = 1;
  return { kind: "set", bytes };
}
