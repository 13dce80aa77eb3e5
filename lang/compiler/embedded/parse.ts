/**
 * Embedded JavaScript as acorn's tree and tokens, with mistakes placed in the script.
 *
 * Called by `check.ts`. Offsets count from the first character behind `%{`. Strict mode, as in a module; what
 * would make it one (import, export), what waits (async, await) and what a loader reads in comments is refused,
 * because a session is synchronous and evaluates its module as a script.
 */
import { type AnyNode, type Options, type Program, parse } from "acorn";
import type { Diagnostics } from "../../../base/diagnostics.ts";
import type { Loc } from "../../../base/source.ts";
import type { EmbeddedCode } from "../../ast.ts";
import { looksLikeC } from "./looks-like-c.ts";
import { children } from "./names.ts";

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface ParsedCode {
  readonly root: AnyNode;
  readonly tokens: readonly Span[];
}

/** The place of a part of embedded code in its script. */
export function placeIn(code: EmbeddedCode, { start, end }: Span): Loc {
  const from = code.loc.start + 2;
  return { source: code.loc.source, start: from + start, end: from + Math.max(end, start + 1) };
}

/** Undefined after a diagnostic. */
export function parseCode(
  diagnostics: Diagnostics,
  code: EmbeddedCode,
  kind: "top" | "function" | "expression",
): ParsedCode | undefined {
  try {
    const parsed = kind === "expression" ? parseExpression(code.text) : parseProgram(code.text, kind === "function");
    const hidden = /<!--|^\s*-->|\/[/*][#@]\s*source\w*=/m.exec(code.text);
    const offence = hidden
      ? { span: { start: hidden.index, end: hidden.index + hidden[0].length }, what: `'${hidden[0].trim()}'` }
      : findForbidden(parsed.root);
    if (!offence) return parsed;
    diagnostics.error("emit-embedded", `${offence.what} has no place in embedded code`, placeIn(code, offence.span));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
    const pos = (error as SyntaxError & { pos?: number }).pos ?? 0;
    const span = { start: pos, end: pos + 1 };
    if (looksLikeC(code.text)) reportC(diagnostics, placeIn(code, span));
    else {
      const what = error instanceof RangeError ? "it is nested too deeply" : plain(error.message);
      diagnostics.error("emit-embedded", `embedded code is no JavaScript: ${what}`, placeIn(code, span));
    }
  }
  return undefined;
}

export function reportC(diagnostics: Diagnostics, loc: Loc): void {
  diagnostics.error("emit-embedded", "this embedded code is C, and utap runs JavaScript", loc, {
    hints: ["Write it in JavaScript: STAP_ARG_…, STAP_RETVALUE, STAP_RETURN, STAP_ERROR and STAP_PRINTF are there."],
  });
}

function parseProgram(text: string, isBody: boolean): ParsedCode {
  const tokens: Span[] = [];
  const root: Program = parse(text, {
    ...options,
    allowReturnOutsideFunction: isBody,
    onToken: (t) => void tokens.push(t),
  });
  return { root, tokens };
}

/** In parentheses, or a statement would do; and what closes them early is no expression. */
function parseExpression(text: string): ParsedCode {
  const tokens: Span[] = [];
  const onToken = ({ start, end }: Span): void => void tokens.push({ start: start - 1, end: end - 1 });
  try {
    const [statement, ...more] = parse(`(${text}\n)`, { ...options, preserveParens: true, onToken }).body;
    const whole = statement?.type === "ExpressionStatement" ? statement.expression : undefined;
    if (whole?.type !== "ParenthesizedExpression" || whole.end < text.length + 3 || more.length > 0) {
      throw new SyntaxError("it is no expression");
    }
    shift(whole, 1);
    return { root: whole.expression, tokens: tokens.slice(1, -1).filter((t) => t.end <= text.length) };
  } catch (error) {
    const at = error as SyntaxError & { pos?: number };
    if (at.pos !== undefined) at.pos = Math.max(0, Math.min(at.pos - 1, text.length));
    throw error;
  }
}

const options: Options = { ecmaVersion: 2022, sourceType: "module", allowHashBang: false };

/** acorn's own positions count the parenthesis. */
function shift(n: AnyNode, by: number): void {
  n.start -= by;
  n.end -= by;
  for (const child of children(n)) shift(child, by);
}

function findForbidden(n: AnyNode): { readonly span: Span; readonly what: string } | undefined {
  const what = forbidden(n);
  if (what !== undefined) return { span: { start: n.start, end: Math.min(n.end, n.start + 6) }, what };
  for (const child of children(n)) {
    const found = findForbidden(child);
    if (found) return found;
  }
  return undefined;
}

function forbidden(n: AnyNode): string | undefined {
  switch (n.type) {
    case "ImportDeclaration":
    case "ImportExpression":
      return "import";
    case "ExportAllDeclaration":
    case "ExportDefaultDeclaration":
    case "ExportNamedDeclaration":
      return "export";
    case "AwaitExpression":
      return "await";
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return n.async ? "an async function" : undefined;
    case "MetaProperty":
      return n.meta.name === "import" ? "import.meta" : undefined;
    default:
      return undefined;
  }
}

/** acorn ends its messages with its own line and column. */
function plain(message: string): string {
  return message.replace(/ \(\d+:\d+\)$/, "");
}
