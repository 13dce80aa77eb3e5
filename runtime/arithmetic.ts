/**
 * The arithmetic of one session: base/int64.ts, with fast paths of the session's own.
 *
 * V8 keeps what it has seen of a function's operands with the function. If handlers shared `add` with the compiler and
 * the model, which have bigints and addresses in it, a counter of a script would pay for them: a loop of additions takes
 * twice as long (`npm run bench`). So the fast paths are evaluated anew, from the table below.
 */
import type { RuntimeApi } from "../abi/module.ts";
import type { Long } from "../base/int64.ts";
import * as int64 from "../base/int64.ts";

type Operator = "add" | "sub" | "mul" | "div" | "mod" | "neg" | "and" | "or" | "xor" | "shl" | "shr";
type Exact = Pick<RuntimeApi, Operator>;

/** `nonZero` throws for a divisor of 0. */
export function makeArithmetic(nonZero: (divisor: Long) => Long): Exact & Pick<RuntimeApi, "not" | "ushr"> {
  const exact: Exact = {
    ...int64,
    div: (a, b) => int64.div(a, nonZero(b)),
    mod: (a, b) => int64.mod(a, nonZero(b)),
  };
  return { ...evaluate(exact), not: int64.not, ushr: int64.ushr };
}

/** The first half is free where V8 knows the operands to be small, the second is the rule. */
const SAFE = "r === (r | 0) || (r <= 9007199254740991 && r >= -9007199254740991)";
const NUMBERS = 'typeof a === "number" && typeof b === "number"';
const INT32S = `${NUMBERS} && a === (a | 0) && b === (b | 0)`;

/** The result `r` is right for operands that pass `when`, if it passes `check`; `+ 0` makes 0 of -0. */
// biome-ignore format: table
const fastPaths: { readonly [operator in Operator]: { readonly when: string; readonly r: string; readonly check?: string } } = {
  add: { when: NUMBERS,                               r: "a + b",                 check: SAFE },
  sub: { when: NUMBERS,                               r: "a - b",                 check: SAFE },
  mul: { when: NUMBERS,                               r: "a * b + 0",             check: SAFE },
  div: { when: `${NUMBERS} && b !== 0`,               r: "Math.trunc(a / b) + 0"              },
  mod: { when: `${NUMBERS} && b !== 0`,               r: "a % b + 0"                          },
  neg: { when: 'typeof a === "number"',               r: "0 - a"                              },
  and: { when: INT32S,                                r: "a & b"                              },
  or:  { when: INT32S,                                r: "a | b"                              },
  xor: { when: INT32S,                                r: "a ^ b"                              },
  shl: { when: `${NUMBERS} && b >= 0 && b < 32`,      r: "a * 2 ** b",            check: SAFE },
  shr: { when: `${INT32S} && b >= 0 && b < 32`,       r: "a >> b"                             },
};

let sessions = 0;

/** The number keeps V8 from giving two sessions one function. */
function evaluate(exact: Exact): Exact {
  const methods = Object.entries(fastPaths).map(([name, { when, r, check }]) => {
    const result = check === undefined ? `return ${r};` : `const r = ${r}; if (${check}) return r;`;
    return `${name}: (a, b) => { if (${when}) { ${result} } return exact.${name}(a, b); }`;
  });
  return new Function("exact", `"use strict"; return { ${methods.join(", ")} }; // ${sessions++}`)(exact) as Exact;
}
