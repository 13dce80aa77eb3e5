/**
 * What a scripted program has: its functions and their slots, which are their addresses, its marks, types and variables.
 *
 * Slot 0 is main, then come the named functions and the marks. Other functions get a slot when somebody first asks for their
 * address, and keep it: a handler may be called at any time. What a child of clone runs is asked for once, so it gives
 * its slot back as soon as the child has begun; a program may fork with a new function each time, as often as it likes.
 */
import { type CFunction, type Declarations, readDeclarations } from "./c/declarations.ts";
import { DeclarationError } from "./c/tokens.ts";
import { alignOf, describeType, roundUp, sizeOf } from "./c/types.ts";
import { cannotBePassed, MAX_PARAMETERS, type PlacedVariable } from "./dwarf.ts";
import { ARENA, ARENA_SIZE, type ImageOf } from "./image.ts";
import { type Mark, readMarks } from "./marks.ts";
import type { Code, ScriptedProgram } from "./program.ts";
import { ProgramError } from "./program-error.ts";
import { MAX_SLOTS, SLOT, slotAddress } from "./slots.ts";

/** What main takes if nobody says it. */
const MAIN = "int main(int argc, char **argv);";
/** The word in which `alloc` keeps its count stands before the variables. */
const COUNT_SIZE = 16;
const ALIGN = 16;

export class CodeTable {
  readonly image: ImageOf;
  readonly declarations: Declarations;
  /** Where `alloc` begins. */
  readonly heap: number;
  readonly #names: readonly string[];
  readonly #byName = new Map<string, Code>();
  readonly #slots = new Map<Code, number>();
  readonly #codes: (Code | undefined)[] = [];
  readonly #once = new Set<number>();
  readonly #free: number[] = [];
  readonly #marks: readonly Mark[];
  readonly #variables: ReadonlyMap<string, PlacedVariable>;

  /** `name`: of the program file, without its folder. */
  constructor({ main, functions = {}, declarations = "", marks = {} }: ScriptedProgram, name: string) {
    this.declarations = readDeclarations(declarations);
    const declared = this.declarations.functions;
    const stubs = [...declared.keys()].filter((key) => key !== "main" && !Object.hasOwn(functions, key));
    const named: readonly (readonly [string, Code])[] = [
      ["main", main as unknown as Code],
      ...Object.entries(functions),
      ...stubs.map((key) => [key, doNothing()] as const),
    ];
    this.#names = named.map(([key]) => key);
    this.#marks = readMarks(marks, name, this.declarations.typeOf);
    if (named.length + this.#marks.length > MAX_SLOTS / 2) {
      throw new ProgramError(`a JavaScript program has at most ${MAX_SLOTS / 2} named functions and marks`);
    }
    for (const [key, code] of named) {
      if (typeof code !== "function")
        throw new ProgramError(`the program's ${key} is no function: function* (sys, memory) {} is one`);
      const slot = this.#codes.push(code) - 1;
      this.#byName.set(key, code);
      // One function may have several names.
      if (!this.#slots.has(code)) this.#slots.set(code, slot);
    }
    for (const _mark of this.#marks) this.#codes.push(undefined);
    for (const item of declared.values()) checkParameters(item, declarations);

    const variables: PlacedVariable[] = [];
    let at = ARENA + COUNT_SIZE;
    for (const variable of this.declarations.variables.values()) {
      const address = roundUp(at, Math.max(1, alignOf(variable.type)));
      const size = sizeOf(variable.type) ?? 0;
      variables.push({ ...variable, address, size });
      at = address + size;
    }
    this.heap = roundUp(at, ALIGN);
    if (this.heap > ARENA + ARENA_SIZE) throw new ProgramError(`variables of more than ${ARENA_SIZE} bytes`);
    this.#variables = new Map(variables.map((variable) => [variable.name, variable]));
    const mainDeclared = declared.get("main") ?? readDeclarations(MAIN).functions.get("main");
    this.image = {
      file: `${name}.c`,
      types: this.declarations.types,
      functions: named.map(([key]) => ({ name: key, declared: key === "main" ? mainDeclared : declared.get(key) })),
      variables,
      marks: this.#marks,
    };
  }

  addressOf(code: Code | string): number {
    const named = typeof code === "string" ? this.#byName.get(code) : code;
    if (!named) throw new TypeError(`the program has no function ${code}: it has ${this.#names.join(", ")}`);
    if (typeof code === "string") return slotAddress(this.#names.indexOf(code)) + SLOT.ENTRY;
    let slot = this.#slots.get(named);
    if (slot === undefined) {
      slot = this.#takeSlot(named);
      this.#slots.set(named, slot);
    }
    return slotAddress(slot) + SLOT.ENTRY;
  }

  /** `PROVIDER:NAME`, or the name alone. */
  markAddress(name: string): { readonly address: number; readonly count: number } {
    const i = this.#marks.findIndex((mark) => mark.name === name || `${mark.provider}:${mark.name}` === name);
    const mark = this.#marks[i];
    if (!mark) {
      const known = this.#marks.map((item) => item.name).join(", ");
      throw new TypeError(`the program has no mark ${name}${known && `: it has ${known}`}`);
    }
    return { address: slotAddress(this.#names.length + i), count: mark.types.length };
  }

  variableAddress(name: string): number {
    const found = this.#variables.get(name);
    if (!found) throw new TypeError(`the program declares no variable ${name}`);
    return found.address;
  }

  /** The address of what a child is about to call, once. */
  reserve(code: Code): { readonly address: number; release(): void } {
    const known = this.#slots.get(code);
    if (known !== undefined) return { address: slotAddress(known) + SLOT.ENTRY, release() {} };
    const slot = this.#takeSlot(code);
    this.#once.add(slot);
    return { address: slotAddress(slot) + SLOT.ENTRY, release: () => this.#giveBack(slot) };
  }

  /** The function of a slot that is entered. */
  take(slot: number): Code | undefined {
    const code = this.#codes[slot];
    this.#giveBack(slot);
    return code;
  }

  #takeSlot(code: Code): number {
    if (typeof code !== "function")
      throw new TypeError("a function of the program is needed: function* (sys, memory) {}");
    const slot = this.#free.pop() ?? this.#codes.length;
    if (slot >= MAX_SLOTS) {
      throw new RangeError(`more than ${MAX_SLOTS} functions of one program: make handlers once, outside of loops`);
    }
    this.#codes[slot] = code;
    return slot;
  }

  #giveBack(slot: number): void {
    if (!this.#once.delete(slot)) return;
    this.#codes[slot] = undefined;
    this.#free.push(slot);
  }
}

/** A function that is declared and has no code; each its own, because each has its own address. */
function doNothing(): Code {
  // biome-ignore lint/correctness/useYield: it has nothing to ask for
  return function* () {
    return 0;
  };
}

function checkParameters({ name, type, line }: CFunction, text: string): void {
  const { parameters, result } = type;
  const at =
    text
      .split("\n")
      .slice(0, line - 1)
      .join("\n").length + (line > 1 ? 1 : 0);
  const place = Math.max(at, text.indexOf(name, at));
  const wrong = parameters.find((parameter) => cannotBePassed(parameter.type))?.type;
  const bad = wrong ?? (cannotBePassed(result) ? result : undefined);
  if (bad) {
    const what = `${describeType(bad)} is not passed by value`;
    throw new DeclarationError(`${what}: integers, enums and pointers are`, text, place);
  }
  if (parameters.length > MAX_PARAMETERS) {
    throw new DeclarationError(`${name} has more than ${MAX_PARAMETERS} parameters`, text, place);
  }
}
