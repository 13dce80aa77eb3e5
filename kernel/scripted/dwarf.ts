/**
 * Debug information (DWARF 4) of a JavaScript program: its functions, variables and the types that it declares.
 *
 * Called by `image.ts`. Parameters are in their registers until the code of the function begins; a location list says so.
 */
import { DW_ATE, DW_OP } from "../../debuginfo/dwarf/constants.ts";
import { BytesWriter } from "./bytes-writer.ts";
import type { CDeclaration, CFunction } from "./c/declarations.ts";
import { type CBase, type CMember, type CParameter, type CType, plain } from "./c/types.ts";
import { makeLineTable } from "./dwarf-lines.ts";
import { makeAbbreviations, type Shape, shapeCodes } from "./dwarf-shapes.ts";
import { SLOT, SLOT_SIZE, slotAddress, TEXT, TEXT_SIZE } from "./slots.ts";

export interface Described {
  /** The name of the source file. */
  readonly file: string;
  readonly types: readonly CType[];
  /** By slot; those without a declaration have a name alone. */
  readonly functions: readonly { readonly name: string; readonly declared: CFunction | undefined }[];
  readonly variables: readonly PlacedVariable[];
}

export interface PlacedVariable extends CDeclaration {
  readonly address: number;
  readonly size: number;
}

export interface DebugSection {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const FIRST_ARGUMENT = 10;
/** In registers; `code-table.ts` sees to it that there are no more. */
export const MAX_PARAMETERS = 8;

export function makeDebugSections(program: Described): readonly DebugSection[] {
  const info = new InfoWriter(program);
  return [
    { name: ".debug_abbrev", bytes: makeAbbreviations() },
    { name: ".debug_info", bytes: info.bytes() },
    { name: ".debug_loc", bytes: info.locations.bytes() },
    { name: ".debug_line", bytes: makeLineTable(program) },
  ];
}

const DW_LANG_C99 = 0x0c;
/** After the unit's length. */
const VERSION = 4;
const MAX_LINE = 0xffff;
const long: CType = { kind: "base", name: "long int", size: 8, encoding: "signed" };

// biome-ignore format: table
const encodings: { readonly [encoding in CBase["encoding"]]: number } = {
  signed: DW_ATE.signed, unsigned: DW_ATE.unsigned, char: DW_ATE.unsigned_char, boolean: DW_ATE.boolean, float: DW_ATE.float,
};

class InfoWriter {
  readonly locations = new BytesWriter();
  readonly #out = new BytesWriter();
  /** Where the DIE of a type is; -1 while it is asked for and not written. */
  readonly #places = new Map<CType | string, number>();
  readonly #wanted: CType[] = [];
  readonly #references: { readonly at: number; readonly type: CType }[] = [];

  constructor({ file, types, functions, variables }: Described) {
    const out = this.#out;
    out.u32(0).u16(VERSION).u32(0).u8(8);
    this.#die("unit").string("utap (JavaScript program) -O2").u8(DW_LANG_C99).string(file).string("/");
    out.u64(TEXT).uleb(TEXT_SIZE).u32(0);
    for (const type of types) this.#want(type);
    functions.forEach(({ name, declared }, slot) => void this.#function(name, slot, declared));
    for (const { name, line, type, address } of variables) {
      this.#die("variable").string(name).u8(1).u16(Math.min(line, MAX_LINE));
      this.#reference(type);
      out.uleb(9).u8(DW_OP.addr).u64(address);
    }
    for (let type = this.#wanted.pop(); type; type = this.#wanted.pop()) this.#type(type);
    out.u8(0);
    for (const { at, type } of this.#references) out.setU32(at, this.#places.get(keyOf(type))!);
    out.setU32(0, out.size - 4);
  }

  bytes(): Uint8Array {
    return this.#out.bytes();
  }

  #die(shape: Shape): BytesWriter {
    return this.#out.uleb(shapeCodes.get(shape)!);
  }

  #reference(type: CType): void {
    this.#want(type);
    this.#references.push({ at: this.#out.size, type });
    this.#out.u32(0);
  }

  /** What has no type has no attribute for it. */
  #referenceUnlessVoid(type: CType): void {
    if (type.kind !== "void") this.#reference(type);
  }

  #want(type: CType): void {
    const key = keyOf(type);
    if (this.#places.has(key) || type.kind === "void") return;
    this.#places.set(key, -1);
    this.#wanted.push(type);
  }

  #function(name: string, slot: number, declared: CFunction | undefined): void {
    const low = slotAddress(slot);
    const code = (): void => {
      this.#out.u64(low).uleb(SLOT_SIZE).uleb(1).u8(DW_OP.call_frame_cfa);
    };
    if (!declared) {
      this.#die("undeclared").string(name);
      code();
      this.#reference(long);
      return;
    }
    const { result, parameters, variadic } = declared.type;
    this.#die(result.kind === "void" ? "voidFunction" : "function")
      .string(name)
      .u8(1);
    this.#out.u16(Math.min(declared.line, MAX_LINE));
    code();
    this.#referenceUnlessVoid(result);
    parameters.forEach((parameter, i) => void this.#parameter(parameter, i, low));
    if (variadic) this.#die("variadic");
    this.#out.u8(0);
  }

  #parameter({ name, type }: CParameter, i: number, low: number): void {
    if (name === undefined) {
      this.#die("argument");
      this.#reference(type);
      return;
    }
    this.#die("parameter").string(name);
    this.#reference(type);
    this.#out.u32(this.locations.size);
    // Relative to the unit's first address; then the end of the list.
    this.locations
      .u64(low - TEXT, low + SLOT.STEP - TEXT)
      .u16(1)
      .u8(DW_OP.reg0 + FIRST_ARGUMENT + i)
      .u64(0, 0);
  }

  #type(type: CType): void {
    this.#places.set(keyOf(type), this.#out.size);
    const out = this.#out;
    switch (type.kind) {
      case "base":
        this.#die("base").string(type.name).u8(encodingOf(type), type.size);
        break;
      case "pointer":
        this.#die(type.to.kind === "void" ? "address" : "pointer").u8(8);
        this.#referenceUnlessVoid(type.to);
        break;
      case "array":
        this.#die("array");
        this.#reference(type.of);
        if (type.count === undefined) this.#die("openRange");
        else this.#die("range").uleb(type.count);
        out.u8(0);
        break;
      case "typedef":
        this.#die(type.type.kind === "void" ? "typedefOfVoid" : "typedef").string(type.name);
        this.#referenceUnlessVoid(type.type);
        break;
      case "qualified":
        this.#die(type.type.kind === "void" ? `${type.qualifier}Void` : type.qualifier);
        this.#referenceUnlessVoid(type.type);
        break;
      case "function":
        this.#die(type.result.kind === "void" ? "procedure" : "routine");
        this.#referenceUnlessVoid(type.result);
        for (const parameter of type.parameters) {
          this.#die("argument");
          this.#reference(parameter.type);
        }
        if (type.variadic) this.#die("variadic");
        out.u8(0);
        break;
      case "enum":
        if (type.tag === undefined) this.#die("bareEnum");
        else this.#die("enum").string(type.tag);
        out.u8(4);
        for (const [name, value] of type.values ?? []) this.#die("enumerator").string(name).sleb(value);
        out.u8(0);
        break;
      case "struct":
      case "union":
        this.#struct(type);
        break;
    }
  }

  #struct({ kind, tag, body }: Extract<CType, { kind: "struct" | "union" }>): void {
    const isStruct = kind === "struct";
    if (!body) {
      this.#die(isStruct ? "noStruct" : "noUnion").string(tag ?? "");
      return;
    }
    if (tag === undefined) this.#die(isStruct ? "bareStruct" : "bareUnion");
    else this.#die(kind).string(tag);
    this.#out.uleb(body.size);
    for (const member of body.members) this.#member(member);
    this.#out.u8(0);
  }

  #member({ name, type, offset, bits }: CMember): void {
    const out = this.#out;
    if (name === undefined) this.#die("bareMember");
    else this.#die(bits ? "bits" : "member").string(name);
    this.#reference(type);
    if (bits) out.uleb(bits.size).uleb(bits.at);
    else out.uleb(offset);
  }
}

/** Those of one byte are characters for DWARF. */
function encodingOf({ encoding, size }: CBase): number {
  if (size === 1 && encoding === "signed") return DW_ATE.signed_char;
  return size === 1 && encoding === "unsigned" ? DW_ATE.unsigned_char : encodings[encoding];
}

/** Types that look the same are one. */
function keyOf(type: CType): CType | string {
  return type.kind === "base" ? type.name : type;
}

/** What cannot be a parameter here; undefined for what can. */
export function cannotBePassed(type: CType): boolean {
  const at = plain(type);
  return at.kind === "struct" || at.kind === "union" || (at.kind === "base" && at.encoding === "float");
}
