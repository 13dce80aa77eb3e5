/**
 * The value of the C expression in an `@const("…")`: integers, names of the target's tables, the limits
 * that -D sets, integer operators.
 *
 * Called by `probes/operations.ts`. Everything is computed in 64 bits, signed, as the script would. The answer is the
 * value, or a sentence that says what is wrong.
 */
import { limits, type ScriptLimits, scriptLimits } from "../../base/limits.ts";
import { constants } from "../../target/constants.ts";
import { similarText } from "../similar.ts";

export function evaluateConstant(text: string, changed: Partial<ScriptLimits> = {}): bigint | string {
  const tokens = [...text.matchAll(/\s*(0[xX][0-9a-fA-F]+|[0-9]+|[A-Za-z_]\w*|<<|>>|[-+*/%&|^~()!]|\S)/g)];
  const parser = new Parser(
    tokens.map((match) => match[1] ?? ""),
    { ...scriptLimits, ...changed },
  );
  try {
    const value = parser.expression(0);
    const rest = parser.peek;
    return rest === undefined ? value : `'${rest}' cannot follow here`;
  } catch (error) {
    if (error instanceof Mistake) return error.message;
    throw error;
  }
}

class Mistake extends Error {}

// biome-ignore format: table
const operators: { readonly [token: string]: { readonly level: number; apply(a: bigint, b: bigint): bigint } } = {
  "|":  { level: 1, apply: (a, b) => a | b },
  "^":  { level: 2, apply: (a, b) => a ^ b },
  "&":  { level: 3, apply: (a, b) => a & b },
  "<<": { level: 4, apply: (a, b) => a << (b & 63n) },
  ">>": { level: 4, apply: (a, b) => a >> (b & 63n) },
  "+":  { level: 5, apply: (a, b) => a + b },
  "-":  { level: 5, apply: (a, b) => a - b },
  "*":  { level: 6, apply: (a, b) => a * b },
  "/":  { level: 6, apply: (a, b) => a / divisor(b) },
  "%":  { level: 6, apply: (a, b) => a % divisor(b) },
};

class Parser {
  readonly #tokens: readonly string[];
  readonly #limits: ReadonlyMap<string, number>;
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[], scriptLimits: ScriptLimits) {
    this.#tokens = tokens;
    this.#limits = new Map(Object.entries(scriptLimits));
  }

  get peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  /** Operators of at least `level`, which bind from the left. */
  expression(level: number): bigint {
    if (++this.#depth > limits.maxSyntaxDepth) throw new Mistake("an expression that is too deep");
    let value = this.#operand();
    for (let row = this.#operator(level); row; row = this.#operator(level)) {
      this.#at++;
      value = BigInt.asIntN(64, row.apply(value, this.expression(row.level + 1)));
    }
    this.#depth--;
    return value;
  }

  #operator(level: number): (typeof operators)[string] | undefined {
    const { peek } = this;
    const row = peek !== undefined && Object.hasOwn(operators, peek) ? operators[peek] : undefined;
    return row && row.level >= level ? row : undefined;
  }

  #operand(): bigint {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new Mistake("the expression is not complete");
    if (token === "-") return BigInt.asIntN(64, -this.expression(7));
    if (token === "+") return this.expression(7);
    if (token === "~") return ~this.expression(7);
    if (token === "!") return this.expression(7) === 0n ? 1n : 0n;
    if (token === "(") {
      const value = this.expression(0);
      if (this.#tokens[this.#at++] !== ")") throw new Mistake("a ')' is missing");
      return value;
    }
    if (/^[0-9]/.test(token)) return BigInt.asIntN(64, numberOf(token));
    const value = this.#limits.get(token) ?? constants.get(token);
    if (value !== undefined) return BigInt(value);
    if (/^\w/.test(token)) throw new Mistake(`no constant '${token}' is known${similarText(token, constants.keys())}`);
    throw new Mistake(`'${token}' cannot stand here`);
  }
}

function numberOf(token: string): bigint {
  if (!/^0[0-9]/.test(token)) return BigInt(token);
  if (/[89]/.test(token)) throw new Mistake(`${token} is no octal number`);
  return BigInt(`0o${token.slice(1)}`);
}

function divisor(b: bigint): bigint {
  if (b === 0n) throw new Mistake("division by 0");
  return b;
}
