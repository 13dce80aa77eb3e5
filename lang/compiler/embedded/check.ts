/**
 * One piece of embedded JavaScript: checked against what it may say, and made ready for the emitter.
 *
 * Called by passes/embedded.ts. The macros are those of SystemTap's embedded C: STAP_ARG_x, STAP_RETVALUE, STAP_RETURN(v),
 * STAP_NEXT, STAP_ERROR(format, …), STAP_PRINTF(format, …), STAP_GLOBAL_GET_x(keys…), STAP_GLOBAL_SET_x(keys…, v).
 * STAP_RETURN, STAP_NEXT and `return` are statements that leave the code, so they become `return`s of the function
 * around it; loops and functions count their steps (`steps.ts`): the only text that is changed. A name that is neither declared, a macro, a builtin function of the script language
 * nor ECMAScript's own is an error at its place.
 */
import type { AnyNode } from "acorn";
import { builtins } from "../../../abi/builtins.ts";
import { EMBEDDED_PREFIX } from "../../../abi/embedded.ts";
import type { Diagnostics } from "../../../base/diagnostics.ts";
import type { EmbeddedCode, FunctionItem } from "../../ast.ts";
import { similarText } from "../../similar.ts";
import { standardGlobals, withheldGlobals } from "./globals.ts";
import { isNameOfC, looksLikeC } from "./looks-like-c.ts";
import { hasMarker, pragmas } from "./markers.ts";
import { type FreeName, namesOf } from "./names.ts";
import { type ParsedCode, parseCode, placeIn, reportC, type Span } from "./parse.ts";
import { stepEdits } from "./steps.ts";

/** What stands instead of the text in a span; an empty span is a place between characters. */
export interface Edit extends Span {
  readonly text: string;
}

/** `RETURN(` and `PASS` stand for what the emitter knows to write there. */
export const RETURN = "\u0001";
export const PASS = "\u0002";

export interface ReadyCode {
  readonly kind: "top" | "function" | "expression";
  readonly code: EmbeddedCode;
  readonly tokens: readonly Span[];
  /** In order, none inside another. */
  readonly edits: readonly Edit[];
  /** Builtin functions of the script language that it calls. */
  readonly builtins: readonly string[];
  /** Names declared at its top, with their places. */
  readonly declared: readonly (Span & { readonly name: string })[];
  readonly free: readonly FreeName[];
}

/** Syntax, and what needs no other piece; undefined after a diagnostic. */
export function readCode(diagnostics: Diagnostics, code: EmbeddedCode, kind: ReadyCode["kind"]): ReadyCode | undefined {
  const parsed = parseCode(diagnostics, code, kind);
  if (!parsed) return undefined;
  const { declared, free, returns } = namesOf(parsed.root);
  const steps = stepEdits(parsed.root);
  const edits: Edit[] = [...steps.opening];
  for (const { start, argument } of returns) {
    if (!argument) edits.push({ start: start + 6, end: start + 6, text: ` ${RETURN}STAP_RETVALUE)` });
    else {
      edits.push({ start: argument.start, end: argument.start, text: `${RETURN}(` });
      edits.push({ start: argument.end, end: argument.end, text: "))" });
    }
  }
  let sound = true;
  const bad = (span: Span, message: string, hints: readonly string[] = []): void => {
    sound = false;
    diagnostics.error("emit-embedded", message, placeIn(code, span), { hints });
  };
  if (kind === "top") checkDeclarations(parsed.root, bad);
  for (const name of declared) {
    if (name.name.startsWith(EMBEDDED_PREFIX)) bad(name, `names that begin with ${EMBEDDED_PREFIX} are reserved`);
  }
  for (const { node, depth, parents } of free) {
    if (node.name !== "STAP_RETURN" && node.name !== "STAP_NEXT") continue;
    const edit = leaving(parsed, node, parents);
    if (kind !== "function") bad(node, `${node.name} leaves a function, and this is none`);
    else if (depth > 0) bad(node, `${node.name} cannot leave from an inner function`);
    else if (!edit) bad(node, `${node.name} is a statement${node.name === "STAP_RETURN" ? " with one value" : ""}`);
    else edits.push(...edit);
  }
  const called = new Set(free.map(({ node }) => node.name).filter((name) => Object.hasOwn(builtins, name)));
  edits.push(...steps.closing);
  edits.sort((a, b) => a.start - b.start);
  const spans = declared.map(({ name, start, end }) => ({ name, start, end }));
  const ready = { kind, code, tokens: parsed.tokens, edits, builtins: [...called], declared: spans, free };
  return sound ? ready : undefined;
}

/** Checks what the code takes from outside: `shared` is what top-level code declares. */
export function checkNames(
  diagnostics: Diagnostics,
  { code, kind, free }: ReadyCode,
  item: FunctionItem | undefined,
  shared: ReadonlySet<string>,
): void {
  const allowed = pragmas(code);
  const parameters = new Set(item?.parameters.map(({ name }) => name));
  const plain = hasMarker(code, "unmangled") ? parameters : new Set<string>();
  for (const { node, parents } of free) {
    const { name } = node;
    const bad = (message: string, hints: readonly string[] = []) =>
      diagnostics.error("emit-embedded", message, placeIn(code, node), { hints });
    const [, access, global] = /^STAP_GLOBAL_(GET|SET)_(.+)$/.exec(name) ?? [];
    const [, argument] = /^STAP_ARG_(.*)$/.exec(name) ?? [];
    if (shared.has(name) || plain.has(name)) continue;
    if (global !== undefined) {
      const wanted = access === "GET" ? "read" : "write";
      if (kind === "top") bad(`${name} works in functions and expressions, not at top level`);
      else if (!allowed.some((pragma) => pragma.access === wanted && pragma.name === global)) {
        bad(`${name} needs the marker /* pragma:${wanted}:${global} */`);
      }
    } else if (argument !== undefined) {
      if (kind !== "function") bad(`${name}: there are no parameters here`);
      else if (!parameters.has(argument)) {
        bad(`function '${item?.name}' has no parameter '${argument}'${similarText(argument, parameters)}`);
      }
    } else if (name === "STAP_RETVALUE") {
      if (kind !== "function") bad("STAP_RETVALUE is of functions");
    } else if (name.startsWith(EMBEDDED_PREFIX)) {
      if (!macros.includes(name)) bad(`there is no macro ${name}${similarText(name, macros)}`);
    } else if (standardGlobals.has(name)) {
      const parent = parents.at(-1);
      const member = parent?.type === "MemberExpression" && parent.property.type === "Identifier" ? parent : undefined;
      if (name === "Math" && member?.object === node && (member.property as { name?: string }).name === "random") {
        bad("the random numbers of Math are withheld: a session has randint()");
      }
    } else if (Object.hasOwn(builtins, name)) {
      const parent = parents.at(-1);
      if (kind === "top") bad(`'${name}' needs a probe hit, so it works in functions and expressions only`);
      else if (parent?.type !== "CallExpression" || parent.callee !== node) bad(`'${name}' can only be called`);
    } else if (Object.hasOwn(withheldGlobals, name)) {
      bad(`'${name}' is withheld: ${withheldGlobals[name]}`);
    } else if (isNameOfC(name) || looksLikeC(code.text)) {
      reportC(diagnostics, placeIn(code, node));
      return;
    } else {
      bad(`unresolved name '${name}'${similarText(name, [...shared, ...standardGlobals, ...Object.keys(builtins)])}`);
    }
  }
}

const macros = ["STAP_ERROR", "STAP_PRINTF", "STAP_RETURN", "STAP_NEXT", "STAP_RETVALUE"];

/** `STAP_RETURN(v);` and `STAP_NEXT;`, when they are whole statements. */
function leaving({ tokens }: ParsedCode, node: FreeName["node"], parents: readonly AnyNode[]): Edit[] | undefined {
  const [outer, inner] = [parents.at(-2), parents.at(-1)];
  if (node.name === "STAP_NEXT") {
    if (inner?.type !== "ExpressionStatement") return undefined;
    return [{ start: node.start, end: node.end, text: `return ${PASS}` }];
  }
  if (inner?.type !== "CallExpression" || inner.callee !== node || outer?.type !== "ExpressionStatement")
    return undefined;
  const open = tokens[tokens.findIndex(({ start }) => start === node.start) + 1];
  if (!open || inner.arguments.length > 1 || inner.arguments[0]?.type === "SpreadElement") return undefined;
  const value = inner.arguments.length === 0 ? "STAP_RETVALUE" : "";
  return [{ start: node.start, end: open.end, text: `return ${RETURN}${value}` }];
}

function checkDeclarations(root: AnyNode, bad: (span: Span, message: string) => void): void {
  if (root.type !== "Program") return;
  for (const n of root.body) {
    if (n.type === "EmptyStatement" || /Declaration$/.test(n.type)) continue;
    bad({ start: n.start, end: n.start + 1 }, "at top level, embedded code is declarations");
    return;
  }
}
