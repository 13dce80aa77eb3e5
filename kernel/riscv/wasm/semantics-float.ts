/** RV64F and RV64D as WebAssembly: for now all of it is slow but loads and stores. */
import type { Decoded } from "../core.ts";
import type { SemanticsTable } from "./operands.ts";

export const float: SemanticsTable = {};

export function recordOfFloat(_d: Decoded, _name: string): { name: string; imm: number } | undefined {
  return undefined;
}
