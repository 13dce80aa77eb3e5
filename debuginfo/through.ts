/** Attributes of a DIE that completes another, or is an instance of one: they may stand in the other. */
import { limits } from "../base/limits.ts";
import { DW_AT } from "./dwarf/constants.ts";
import type { Die } from "./dwarf/die.ts";

/** The attribute of a DIE, or of the DIE that it completes or is an instance of. */
export function through(die: Die, attribute: number): Die | undefined {
  for (const d of lineage(die)) if (d.has(attribute)) return d;
  return undefined;
}

/** A DIE and all that it refers to as what it completes or is an instance of. */
export function lineage(die: Die): readonly Die[] {
  const all: Die[] = [];
  let d: Die | undefined = die;
  for (let left: number = limits.maxDwarfDepth; d && left > 0; left--) {
    all.push(d);
    d = d.follow(DW_AT.abstract_origin) ?? d.follow(DW_AT.specification);
  }
  return all;
}
