/**
 * The tokens of C declarations, one after the other, and mistakes in them with their place. `declarations.ts` reads them.
 */
import { ProgramError } from "../program-error.ts";

/** A mistake in the C of a program. */
export class DeclarationError extends ProgramError {
  override readonly name: string = "DeclarationError";

  constructor(message: string, text: string, at: number) {
    const before = text.slice(0, at).split("\n");
    const [line, column] = [before.length, before.at(-1)!.length];
    const shown = text.split("\n")[line - 1] ?? "";
    super(`${message}, in line ${line} of the program's declarations\n  ${shown}\n  ${" ".repeat(column)}^`);
  }
}

const MAX_DEPTH = 64;
const MAX_BYTES = 1 << 20;

interface Token {
  readonly text: string;
  readonly at: number;
}

const token =
  /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|[A-Za-z_]\w*|0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*|'(?:[^'\\]|\\.)'|\.\.\.|<<|>>|[\s\S]/gy;
const isBlank = /^(?:\s|\/\/|\/\*)/;

export class Tokens {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #i = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.length > MAX_BYTES) throw new ProgramError(`declarations of more than ${MAX_BYTES} characters`);
    this.#tokens = [...text.matchAll(token)]
      .filter(([item]) => !isBlank.test(item))
      .map((match) => ({ text: match[0], at: match.index }));
  }

  /** The next, not taken; empty at the end. */
  peek(): string {
    return this.#tokens[this.#i]?.text ?? "";
  }

  /** The one behind it. */
  peekNext(): string {
    return this.#tokens[this.#i + 1]?.text ?? "";
  }

  skip(): void {
    this.#i++;
  }

  take(text: string): boolean {
    if (this.peek() !== text) return false;
    this.#i++;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) this.fail(`a ${text} belongs here`);
  }

  /** Where the next one stands in the text. */
  at(): number {
    return this.#tokens[this.#i]?.at ?? this.#text.length;
  }

  lineOf(at: number): number {
    return this.#text.slice(0, at).split("\n").length;
  }

  /** Into something that may hold the like of itself, and out of it. */
  nest(): void {
    if (++this.#depth > MAX_DEPTH) this.fail("this is nested too deeply");
  }

  unnest(): void {
    this.#depth--;
  }

  fail(message: string, at = this.at()): never {
    throw new DeclarationError(message, this.#text, at);
  }
}
