/**
 * `$x$` and `$x$$`: what a value looks like as text, worked out from its type.
 *
 * Called by `symbols.ts`. The text is a format of the language and the places of its values, as the reference writes
 * them: a struct or union shows its members, an array its first element; `$` collapses what is inside of them, `$$` does
 * not. Pointers are followed at the top only, except to characters, which are strings. After 32 values comes `...`.
 */
import type { PlanFetch, PrettyPlan, PrettyValue } from "../abi/plan.ts";
import type { Access, PrettyAnswer, SymbolFailure } from "../abi/symbol-source.ts";
import { limits } from "../base/limits.ts";
import { type FindStruct, fail, follow, move, type Start, valueFetch, type Walk, walkAccess } from "./access.ts";
import { DW_AT, DW_ATE, DW_TAG } from "./dwarf/constants.ts";
import type { Die } from "./dwarf/die.ts";
import { membersOf, resolveType, sizeOf, type Type } from "./types.ts";

export function planPretty(
  start: Start,
  findStruct: FindStruct,
  access: Access,
  deep: boolean,
): PrettyAnswer | SymbolFailure {
  if (access.addressOf) return fail(`'${access.text}': a value that is printed as text has no address`);
  const walk = walkAccess(start, findStruct, access);
  if ("message" in walk) return walk;
  const printer = new Printer(findStruct, deep);
  const format = printer.top(walk);
  const plan: PrettyPlan = { text: access.text, base: walk.base, format, values: printer.values };
  return { kind: "pretty", plan };
}

class Printer {
  readonly values: PrettyValue[] = [];
  readonly #findStruct: FindStruct;
  readonly #deep: boolean;
  /** What is left of the nesting, and of the members that may be looked at inside of one another. */
  #depth: number = limits.maxPrettyDepth;
  #members: number = limits.maxPrettyMembers;

  constructor(findStruct: FindStruct, deep: boolean) {
    this.#findStruct = findStruct;
    this.#deep = deep;
  }

  top(walk: Walk): string {
    for (let left: number = limits.maxDwarfDepth; walk.type.kind === "pointer" && left > 0; left--) {
      const target = resolveType(walk.type.target);
      if (isCharacter(target) && !walk.type.reference) return this.#pointer(walk, target);
      if (target.kind === "function") return `<function>:${this.#value(walk, "%p")}`;
      if (target.kind === "void") return this.#value(walk, "%p");
      follow(walk, walk.type);
    }
    return this.#render(walk, true);
  }

  /** `open`: what is inside is shown. */
  #render(walk: Walk, open: boolean): string {
    const { type } = walk;
    switch (type.kind) {
      case "base":
        return this.#base(walk, type);
      case "enum":
        return this.#integer(walk);
      case "pointer":
        return this.#pointer(walk, resolveType(type.target));
      case "array":
        return open ? this.#array(walk, type) : "[...]";
      case "struct":
        return open ? this.#struct(walk, type.die) : "{...}";
      case "function":
      case "void":
      case "unknown":
        return "?";
    }
  }

  #base(walk: Walk, type: Type & { kind: "base" }): string {
    if (isCharacter(type) && !walk.bits) return this.#value(walk, "'%#c'");
    // No conversion of the language prints these.
    if (type.encoding === DW_ATE.float || type.encoding === DW_ATE.complex_float || type.size > 8) return "?";
    return this.#integer(walk, type.encoding === DW_ATE.boolean);
  }

  #integer(walk: Walk, signed = false): string {
    const fetch = valueFetch(walk, "");
    if (!("kind" in fetch) || fetch.kind !== "integer") return "?";
    return this.#add(walk, fetch, signed || fetch.signed ? "%i" : "%u");
  }

  #pointer(walk: Walk, target: Type): string {
    if (!isCharacter(target)) return this.#value(walk, "%p");
    const fetch = valueFetch(walk, "");
    return "message" in fetch ? "?" : this.#add(walk, fetch, "%s", 0);
  }

  #array(walk: Walk, type: Type & { kind: "array" }): string {
    const element = resolveType(type.element);
    if (isCharacter(element)) return this.#add(walk, { kind: "address" }, "%s", sizeOf(type) ?? 0);
    // As the reference: of all dimensions together the first element.
    const first: Walk = { ...walk, steps: [...walk.steps], type: element, die: type.element, bits: undefined };
    return `[${this.#inside(first)}, ...]`;
  }

  #struct(walk: Walk, declared: Die): string {
    const die = declared.flag(DW_AT.declaration)
      ? this.#findStruct(declared.tag, declared.string(DW_AT.name) ?? "")
      : declared;
    if (!die || this.#members <= 0) return "{...}";
    const members = membersOf(die);
    // Paid for in advance: looking at them is the work.
    this.#members -= members.length;
    const shown: string[] = [];
    for (const member of members) {
      if (member.name?.startsWith("_vptr")) continue;
      if (this.values.length >= limits.maxPrettyValues || shown.length >= limits.maxPrettyMembers) {
        shown.push("...");
        break;
      }
      const inner: Walk = {
        ...walk,
        steps: [...walk.steps],
        type: resolveType(member.type),
        die: member.type,
        bits: member.bits,
      };
      move(inner, member.offset);
      shown.push(`${memberLabel(member.name, inner.type)}=${this.#inside(inner)}`);
    }
    return `{${shown.join(", ")}}`;
  }

  #inside(walk: Walk): string {
    if (this.#depth === 0) return "...";
    this.#depth--;
    const text = this.#render(walk, this.#deep);
    this.#depth++;
    return text;
  }

  #value(walk: Walk, conversion: string): string {
    const fetch = valueFetch(walk, "");
    return "message" in fetch ? "?" : this.#add(walk, fetch, conversion);
  }

  #add({ steps }: Walk, fetch: PlanFetch, conversion: string, string?: number): string {
    this.values.push({ steps: [...steps], fetch, ...(string !== undefined && { string }) });
    return conversion;
  }
}

function isCharacter(type: Type): boolean {
  if (type.kind !== "base" || type.size !== 1) return false;
  return type.encoding === DW_ATE.signed_char || type.encoding === DW_ATE.unsigned_char;
}

/** `.name`; what has no name is told by its kind, where classes and structs are one. */
function memberLabel(name: string | undefined, type: Type): string {
  if (name !== undefined) return `.${name.replaceAll("%", "%%")}`;
  if (type.kind !== "struct") return "<anonymous>";
  return type.die.tag === DW_TAG.union_type ? "<union>" : "<class>";
}
