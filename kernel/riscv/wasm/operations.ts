/**
 * What the interpreter knows how to do: the semantics table, each row in as many variants as records need.
 *
 * A variant knows the length of its instruction, and of a branch whether it stays in its page. Its place in the list is the
 * first byte of a record.
 */
import { assert } from "../../../base/assert.ts";
import { compressedInstructions } from "../instructions.ts";
import type { Semantic, SemanticsTable } from "./operands.ts";
import { float } from "./semantics-float.ts";
import { integer } from "./semantics-integer.ts";
import { memory } from "./semantics-memory.ts";

export const semantics: SemanticsTable = { nop: () => [], ...integer, ...memory, ...float };

export interface Operation {
  readonly name: string;
  readonly semantic: Semantic;
  readonly length: 2 | 4;
  /** The target of its branch is in another page. */
  readonly far: boolean;
}

/** Operations that are no instructions; all others follow them. */
export const DECODE = 0;
export const SLOW = 1;
export const NEXT_PAGE = 2;
export const FIRST_OPERATION = 3;

const branches = new Set(["jal", "j", "beq", "bne", "blt", "bge", "bltu", "bgeu"]);
const compressed = new Set(["nop", "j", "jr", ...compressedInstructions.map((row) => row.expandsTo)]);

export const operations: readonly Operation[] = Object.entries(semantics).flatMap(([name, semantic]) =>
  lengths(name).flatMap((length) => [
    { name, semantic, length, far: false },
    ...(branches.has(name) ? [{ name, semantic, length, far: true }] : []),
  ]),
);
assert(FIRST_OPERATION + operations.length <= 256, "riscv/wasm/operations", "an operation must fit in a byte");

const numbers = new Map(operations.map(({ name, length, far }, i) => [key(name, length, far), FIRST_OPERATION + i]));

/** `SLOW` for what is not in the table. */
export function operationNumber(name: string, length: 2 | 4, far = false): number {
  return numbers.get(key(name, length, far)) ?? SLOW;
}

export function isBranch(name: string): boolean {
  return branches.has(name);
}

function lengths(name: string): readonly (2 | 4)[] {
  return compressed.has(name) ? [4, 2] : [4];
}

function key(name: string, length: number, far: boolean): string {
  return `${name} ${length}${far ? " far" : ""}`;
}
