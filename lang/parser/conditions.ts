/**
 * One comparison of a preprocessor condition: `kernel_v >= "6.1"`, `arch == "riscv"`, `$# > 1`.
 *
 * Called by `conditionals.ts` with three tokens. What the left side may be decides which operators there are and
 * what stands on the right: the table `subjects`; literals and `CONFIG_…` follow it.
 */
import type { IToken } from "chevrotain";
import { type Long, parseLong } from "../../base/int64.ts";
import { LANGUAGE_VERSION } from "./compatibility.ts";
import { decodeEscapes } from "./cst.ts";
import type { Environment } from "./environment.ts";
import { Identifier, NumberToken, StringToken } from "./tokens.ts";
import { compareVersions, hasWildcard, matchesGlob } from "./versions.ts";

export interface ConditionContext {
  readonly environment: Environment;
  /** The version of `--compatible`. */
  readonly compatible: string | undefined;
  readonly guru: boolean;
}

/** What should have stood where `token` does. */
export interface Mistake {
  readonly expected: string;
  readonly token: IToken;
}

interface Subject {
  /** `version` has all six operators, and patterns with two of them; `pattern` and `exact` have two. */
  readonly kind: "version" | "pattern" | "exact" | "flag";
  readonly values: (c: ConditionContext) => readonly string[];
}

// biome-ignore format: table
const subjects: { readonly [name: string]: Subject } = {
  arch:                { kind: "pattern", values: (c) => [c.environment.arch] },
  guru_mode:           { kind: "flag",    values: (c) => [c.guru ? "1" : "0"] },
  kernel_v:            { kind: "version", values: (c) => [c.environment.kernelRelease.replace(/-.*/s, "")] },
  kernel_vr:           { kind: "version", values: (c) => [c.environment.kernelRelease] },
  runtime:             { kind: "pattern", values: (c) => c.environment.runtimes },
  systemtap_privilege: { kind: "exact",   values: (c) => [c.environment.privilege] },
  systemtap_v:         { kind: "version", values: (c) => [c.compatible ?? LANGUAGE_VERSION] },
};

const SUBJECT = `a number, a string, ${Object.keys(subjects)
  .map((name) => `'${name}'`)
  .join(", ")} or 'CONFIG_…'`;

/** Results of a comparison that are true for an operator: below, equal, above. */
const orders: { readonly [operator: string]: readonly number[] } = {
  "<": [-1],
  "<=": [-1, 0],
  "==": [0],
  "!=": [-1, 1],
  ">=": [0, 1],
  ">": [1],
};

/** The left side can begin a comparison. */
export function isSubject(token: IToken): boolean {
  const { tokenType, image } = token;
  if (tokenType === StringToken || tokenType === NumberToken) return true;
  return tokenType === Identifier && (Object.hasOwn(subjects, image) || image.startsWith("CONFIG_"));
}

export function compare(left: IToken, operator: IToken, right: IToken, context: ConditionContext): boolean | Mistake {
  if (!isSubject(left)) return { expected: SUBJECT, token: left };
  const order = orders[operator.image];
  if (order === undefined) return { expected: "a comparison operator", token: operator };
  const holds = (result: number): boolean => order.includes(Math.sign(result));
  const equality = operator.image === "==" || operator.image === "!=";
  const subject = Object.hasOwn(subjects, left.image) ? subjects[left.image] : undefined;
  if (subject?.kind === "flag") return compareFlag(subject.values(context)[0] === "1", operator, right);
  if (subject) {
    const patterned = right.tokenType === StringToken && subject.kind !== "exact" && hasWildcard(textOf(right));
    if (!equality && (subject.kind !== "version" || patterned)) return { expected: "'==' or '!='", token: operator };
    if (right.tokenType !== StringToken) return { expected: "a literal string", token: right };
    const [text, values] = [textOf(right), subject.values(context)];
    if (patterned) return values.some((value) => matchesGlob(text, value)) === (operator.image === "==");
    if (subject.kind === "version") return holds(compareVersions(values[0] ?? "", text));
    return values.includes(text) === (operator.image === "==");
  }
  if (left.tokenType === NumberToken) {
    const [a, b] = [parseLong(left.image), right.tokenType === NumberToken ? parseLong(right.image) : undefined];
    if (a === undefined) return { expected: "a number", token: left };
    return b === undefined ? { expected: "a literal number", token: right } : holds(inOrder(a, b));
  }
  if (left.tokenType === StringToken) {
    if (right.tokenType !== StringToken) return { expected: "a literal string", token: right };
    return holds(inOrder(textOf(left), textOf(right)));
  }
  return compareConfig(context.environment.config, left, operator, right, holds);
}

function compareFlag(flag: boolean, operator: IToken, right: IToken): boolean | Mistake {
  if (operator.image !== "==" && operator.image !== "!=") return { expected: "'==' or '!='", token: operator };
  if (right.image !== "0" && right.image !== "1") return { expected: "0 or 1", token: right };
  return (flag === (right.image === "1")) === (operator.image === "==");
}

function compareConfig(
  config: Environment["config"],
  left: IToken,
  operator: IToken,
  right: IToken,
  holds: (result: number) => boolean,
): boolean | Mistake {
  const value = optionOf(config, left.image);
  if (right.tokenType === StringToken) {
    if (operator.image !== "==" && operator.image !== "!=") return { expected: "'==' or '!='", token: operator };
    return matchesGlob(textOf(right), value) === (operator.image === "==");
  }
  const isOption = right.tokenType === Identifier && right.image.startsWith("CONFIG_");
  if (!isOption && right.tokenType !== NumberToken)
    return { expected: "a literal string, a number or 'CONFIG_…'", token: right };
  const other = isOption ? optionOf(config, right.image) : right.image;
  const [a, b] = [parseLong(value), parseLong(other)];
  if (a !== undefined && b !== undefined) return holds(inOrder(a, b));
  return holds(inOrder(value, other));
}

function optionOf(config: Environment["config"], name: string): string {
  return Object.hasOwn(config, name) ? (config[name] ?? "") : "";
}

function textOf(token: IToken): string {
  return decodeEscapes(token.image.slice(1, -1));
}

function inOrder<T extends Long | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
