/**
 * Assignments and increments: `=`, `+=`, `.=`, `<<<`, `++`, `--` on locals, globals and elements of arrays.
 *
 * Shapes, with K a key and R the right side:
 *
 *     l_x = R                                         x = R
 *     l_x = add(l_x, R)                               x += R
 *     (t_0 = R, l_x = add(l_x, t_0))                  x += R, where evaluating R may write
 *     g_a.set(K, R)                                   a[K] = R
 *     g_a.set(t_0 = K, add(g_a.get(t_0), R))          a[K] += R; t_0 only where K is more than a name or a literal
 *     l_x = add(l_x, 1)                               x++
 *     (t_0 = l_x, l_x = add(t_0, 1), t_0)             x++ where its old value is wanted
 *     (g_a.set(K, add(t_0 = g_a.get(K), 1)), t_0)     a[K]++ where its old value is wanted
 */
import { bug } from "../../../base/assert.ts";
import type { Assignment, Expression, Increment } from "../../ast.ts";
import { walk } from "../../visit.ts";
import { isWritable } from "../target-writes.ts";
import { argument, call, Level, type Piece, piece, primary } from "./code.ts";
import { arithmetic, arrayName, value } from "./expressions.ts";
import { isLiteral, keyOf } from "./keys.ts";
import type { FunctionScope } from "./scope.ts";
import { emitTargetWrite } from "./targets.ts";

export function emitAssignment(scope: FunctionScope, e: Assignment): Piece {
  const { operator, target, loc } = e;
  notePointer(scope, target, e.value);
  if (operator === "<<<") return emitAccumulation(scope, e);
  if (operator === "=") {
    if (isWritable(target)) return emitTargetWrite(scope, target, value(scope, e.value));
    const place = placeOf(scope, target, "write");
    return place.write(value(scope, e.value));
  }
  const name = scope.module.rt(arithmetic[operator.slice(0, -1)] ?? bug("emit/assignments", `operator ${operator}`));
  const writes = mayWrite(e.value);
  const place = placeOf(scope, target, writes ? "keep" : "update");
  const right = value(scope, e.value);
  if (!writes) return place.write(call(loc, name, [place.read(), right]));
  // In order: the key of the target, the right side, the old value of the target.
  const t = scope.temporary();
  const first = assign(t, right);
  const compute = call(loc, name, [place.read(), primary(t)]);
  if (place.kind === "element") return place.write(sequence(first, compute));
  return sequence(first, place.write(compute));
}

/** `x++`; unless `wanted`, the value of the piece may be any. */
export function emitIncrement(scope: FunctionScope, e: Increment, wanted: boolean): Piece {
  const name = scope.module.rt(e.operator === "++" ? "add" : "sub");
  const place = placeOf(scope, e.operand, "update");
  const step = (old: Piece): Piece => call(e.loc, name, [old, primary("1")]);
  if (e.prefix || !wanted) return place.write(step(place.read()));
  const t = scope.temporary();
  if (place.kind === "element") return sequence(place.write(step(assign(t, place.read()))), primary(t));
  return sequence(assign(t, place.read()), place.write(step(primary(t))), primary(t));
}

/** Puts a value into a variable: those of foreach, that of a catch clause. */
export function assignName(scope: FunctionScope, node: Expression, content: Piece): Piece {
  return placeOf(scope, node, "write").write(content);
}

/** Something that can be assigned to; `read` belongs inside what `write` is given. */
interface Place {
  readonly kind: "variable" | "element";
  read(): Piece;
  write(content: Piece): Piece;
}

/** `update` reads the place before it writes; `keep` does so after something else that may change the key's parts. */
function placeOf(scope: FunctionScope, e: Expression, use: "write" | "update" | "keep"): Place {
  if (e.kind === "name") {
    const name = variableName(scope, e);
    return { kind: "variable", read: () => primary(name), write: (content) => assign(name, content) };
  }
  if (e.kind !== "index") return bug("emit/assignments", `cannot assign to ${e.kind}`);
  const array = arrayName(scope, e.array);
  const key = keyOf(scope, e.indexes);
  const only = e.indexes.length === 1 ? e.indexes[0] : undefined;
  const literal = e.indexes.every(isLiteral);
  const local = only?.kind === "name" && scope.symbolOf(only).kind === "local";
  const t = use === "write" || literal || (local && use === "update") ? undefined : scope.temporary();
  return {
    kind: "element",
    read: () => call(e.array.loc, [array, ".get"], [t === undefined ? key : primary(t)]),
    write: (content) => call(e.array.loc, [array, ".set"], [t === undefined ? key : assign(t, key), content]),
  };
}

function variableName(scope: FunctionScope, e: Extract<Expression, { kind: "name" }>): string {
  const symbol = scope.symbolOf(e);
  if (symbol.kind === "local") return scope.localName(symbol);
  if (symbol.kind === "global") return scope.module.globalName(symbol);
  return bug("emit/assignments", `${e.name} is no variable`);
}

function emitAccumulation(scope: FunctionScope, { target, value: added, loc }: Assignment): Piece {
  if (target.kind === "name") return call(loc, [arrayName(scope, target), ".add"], [value(scope, added)]);
  if (target.kind !== "index") return bug("emit/assignments", `cannot accumulate into ${target.kind}`);
  const key = keyOf(scope, target.indexes);
  return call(loc, [arrayName(scope, target.array), ".add"], [key, value(scope, added)]);
}

/** Whether evaluating it may change a variable of the script. */
function mayWrite(e: Expression): boolean {
  let found = false;
  walk(e, (n) => {
    found ||= n.kind === "assignment" || n.kind === "increment" || n.kind === "call";
    return !found;
  });
  return found;
}

/** A global that was given a pointer is printed in hexadecimal when it is printed by itself. */
function notePointer(scope: FunctionScope, target: Expression, e: Expression): void {
  if (e.kind !== "target" && e.kind !== "atvar") return;
  const node = target.kind === "index" ? target.array : target;
  if (node.kind !== "name") return;
  const symbol = scope.symbolOf(node);
  const use = scope.targets.get(e);
  if (symbol.kind === "global" && use && scope.isPointer(use)) scope.module.pointers.add(symbol);
}

function assign(name: string, content: Piece): Piece {
  return piece([name, " = ", argument(content)], Level.assignment);
}

function sequence(...pieces: Piece[]): Piece {
  return piece(
    pieces.map((part, i) => (i === 0 ? part.code : [", ", part.code])),
    Level.sequence,
  );
}
