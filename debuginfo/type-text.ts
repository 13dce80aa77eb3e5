/**
 * Types as text, in the order of a reader: `char const*`, `struct pt[]*`, `int (*) (int, char*)`.
 *
 * Used by listings of probe points (`-L`). A typedef stays as its name; the text of a damaged or endless type ends.
 */
import { limits } from "../base/limits.ts";
import { DW_AT, DW_TAG } from "./dwarf/constants.ts";
import type { Die } from "./dwarf/die.ts";

// biome-ignore format: table
const suffixes: { readonly [tag: number]: string } = {
  [DW_TAG.pointer_type]:          "*",
  [DW_TAG.reference_type]:        "&",
  [DW_TAG.rvalue_reference_type]: "&&",
  [DW_TAG.array_type]:            "[]",
  [DW_TAG.const_type]:            " const",
  [DW_TAG.volatile_type]:         " volatile",
  [DW_TAG.restrict_type]:         " restrict",
  [DW_TAG.atomic_type]:           " _Atomic",
};

const keywords: { readonly [tag: number]: string } = {
  [DW_TAG.structure_type]: "struct",
  [DW_TAG.class_type]: "class",
  [DW_TAG.union_type]: "union",
  [DW_TAG.enumeration_type]: "enum",
};

/** `undefined` is void. */
export function typeText(type: Die | undefined): string {
  return textOf(type, limits.maxDwarfDepth);
}

function textOf(type: Die | undefined, left: number): string {
  if (left <= 0) return "…";
  if (!type) return "void";
  const suffix = suffixes[type.tag];
  const target = type.follow(DW_AT.type);
  if (suffix !== undefined) {
    if (suffix === "*" && target?.tag === DW_TAG.subroutine_type) return functionText(target, left);
    return textOf(target, left - 1) + suffix;
  }
  const name = type.string(DW_AT.name);
  const keyword = keywords[type.tag];
  if (keyword !== undefined) return `${keyword} ${name ?? "{...}"}`;
  if (type.tag === DW_TAG.subroutine_type) return functionText(type, left);
  return name ?? "?";
}

/** A pointer to a function; the kinds of arguments are cut where they nest deeply, for they can fan out. */
function functionText(type: Die, left: number): string {
  const deep = Math.min(left, 8) - 1;
  const parameters = type.unit.children(type).filter((die) => die.tag === DW_TAG.formal_parameter);
  const shown = parameters.slice(0, 16).map((die) => textOf(die.follow(DW_AT.type), deep));
  return `${textOf(type.follow(DW_AT.type), deep)} (*) (${shown.join(", ")}${parameters.length > 16 ? ", …" : ""})`;
}
