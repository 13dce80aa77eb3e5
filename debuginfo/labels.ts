/**
 * The labels of a function: DW_TAG_label DIEs with an address, in it and in its blocks.
 *
 * Called by `find-labels.ts` for `.function("F").label("L")`. Labels of functions that are inlined in it are not its own.
 */
import { limits } from "../base/limits.ts";
import { DW_AT, DW_TAG } from "./dwarf/constants.ts";
import type { Die } from "./dwarf/die.ts";
import { through } from "./through.ts";

export interface Label {
  readonly name: string;
  readonly line: number;
  readonly address: bigint;
}

export function labelsOf(function_: Die): readonly Label[] {
  const labels: Label[] = [];
  const visit = (scope: Die, depth: number): void => {
    for (const die of scope.unit.children(scope)) {
      if (die.tag === DW_TAG.lexical_block && depth < limits.maxDwarfDepth) visit(die, depth + 1);
      if (die.tag !== DW_TAG.label) continue;
      const name = through(die, DW_AT.name)?.string(DW_AT.name);
      const address = die.address(DW_AT.low_pc);
      const line = through(die, DW_AT.decl_line)?.number(DW_AT.decl_line) ?? 0;
      if (name !== undefined && address !== undefined) labels.push({ name, line, address });
    }
  };
  visit(function_, 0);
  return labels;
}
