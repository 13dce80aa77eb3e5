/**
 * Debug information (DWARF 4) of a JavaScript program: its functions, variables and the types that it declares.
 *
 * Called by `image.ts`. Parameters are in their registers until the code of the function begins; a location list says so.
 * The lines are those of the declarations, as if they were a source file.
 */
import { DW_AT, DW_ATE, DW_FORM, DW_LNE, DW_LNS, DW_OP, DW_TAG } from "../../debuginfo/dwarf/constants.ts";
import { BytesWriter } from "./bytes-writer.ts";
import type { CDeclaration, CFunction } from "./c/declarations.ts";
import { type CBase, type CMember, type CParameter, type CType, plain } from "./c/types.ts";
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
    { name: ".debug_abbrev", bytes: abbreviations() },
    { name: ".debug_info", bytes: info.bytes() },
    { name: ".debug_loc", bytes: info.locations.bytes() },
    { name: ".debug_line", bytes: lineTable(program) },
  ];
}

// ---- abbreviations: what kinds of DIEs there are ----

const CHILDREN = 1;
const { string, data1, data2, udata, sdata, ref4, addr, exprloc, flag_present, sec_offset } = DW_FORM;

// biome-ignore format: table
const shapes = {
  unit:       [DW_TAG.compile_unit,       CHILDREN, [DW_AT.producer, string], [DW_AT.language, data1], [DW_AT.name, string], [DW_AT.comp_dir, string], [DW_AT.low_pc, addr], [DW_AT.high_pc, udata], [DW_AT.stmt_list, sec_offset]],
  base:       [DW_TAG.base_type,          0,        [DW_AT.name, string], [DW_AT.encoding, data1], [DW_AT.byte_size, data1]],
  pointer:    [DW_TAG.pointer_type,       0,        [DW_AT.byte_size, data1], [DW_AT.type, ref4]],
  address:    [DW_TAG.pointer_type,       0,        [DW_AT.byte_size, data1]],
  array:      [DW_TAG.array_type,         CHILDREN, [DW_AT.type, ref4]],
  range:      [DW_TAG.subrange_type,      0,        [DW_AT.count, udata]],
  openRange:  [DW_TAG.subrange_type,      0],
  struct:     [DW_TAG.structure_type,     CHILDREN, [DW_AT.name, string], [DW_AT.byte_size, udata]],
  noStruct:   [DW_TAG.structure_type,     0,        [DW_AT.name, string], [DW_AT.declaration, flag_present]],
  bareStruct: [DW_TAG.structure_type,     CHILDREN, [DW_AT.byte_size, udata]],
  union:      [DW_TAG.union_type,         CHILDREN, [DW_AT.name, string], [DW_AT.byte_size, udata]],
  noUnion:    [DW_TAG.union_type,         0,        [DW_AT.name, string], [DW_AT.declaration, flag_present]],
  bareUnion:  [DW_TAG.union_type,         CHILDREN, [DW_AT.byte_size, udata]],
  member:     [DW_TAG.member,             0,        [DW_AT.name, string], [DW_AT.type, ref4], [DW_AT.data_member_location, udata]],
  bareMember: [DW_TAG.member,             0,        [DW_AT.type, ref4], [DW_AT.data_member_location, udata]],
  bits:       [DW_TAG.member,             0,        [DW_AT.name, string], [DW_AT.type, ref4], [DW_AT.bit_size, udata], [DW_AT.data_bit_offset, udata]],
  enum:       [DW_TAG.enumeration_type,   CHILDREN, [DW_AT.name, string], [DW_AT.byte_size, data1]],
  bareEnum:   [DW_TAG.enumeration_type,   CHILDREN, [DW_AT.byte_size, data1]],
  enumerator: [DW_TAG.enumerator,         0,        [DW_AT.name, string], [DW_AT.const_value, sdata]],
  typedef:    [DW_TAG.typedef,            0,        [DW_AT.name, string], [DW_AT.type, ref4]],
  typedefOfVoid: [DW_TAG.typedef,         0,        [DW_AT.name, string]],
  const:      [DW_TAG.const_type,         0,        [DW_AT.type, ref4]],
  constVoid:  [DW_TAG.const_type,         0],
  volatile:   [DW_TAG.volatile_type,      0,        [DW_AT.type, ref4]],
  volatileVoid: [DW_TAG.volatile_type,    0],
  routine:    [DW_TAG.subroutine_type,    CHILDREN, [DW_AT.prototyped, flag_present], [DW_AT.type, ref4]],
  procedure:  [DW_TAG.subroutine_type,    CHILDREN, [DW_AT.prototyped, flag_present]],
  argument:   [DW_TAG.formal_parameter,   0,        [DW_AT.type, ref4]],
  variadic:   [DW_TAG.unspecified_parameters, 0],
  function:   [DW_TAG.subprogram,         CHILDREN, [DW_AT.name, string], [DW_AT.decl_file, data1], [DW_AT.decl_line, data2], [DW_AT.low_pc, addr], [DW_AT.high_pc, udata], [DW_AT.frame_base, exprloc], [DW_AT.external, flag_present], [DW_AT.prototyped, flag_present], [DW_AT.type, ref4]],
  voidFunction: [DW_TAG.subprogram,       CHILDREN, [DW_AT.name, string], [DW_AT.decl_file, data1], [DW_AT.decl_line, data2], [DW_AT.low_pc, addr], [DW_AT.high_pc, udata], [DW_AT.frame_base, exprloc], [DW_AT.external, flag_present], [DW_AT.prototyped, flag_present]],
  undeclared: [DW_TAG.subprogram,         0,        [DW_AT.name, string], [DW_AT.low_pc, addr], [DW_AT.high_pc, udata], [DW_AT.frame_base, exprloc], [DW_AT.external, flag_present], [DW_AT.type, ref4]],
  parameter:  [DW_TAG.formal_parameter,   0,        [DW_AT.name, string], [DW_AT.type, ref4], [DW_AT.location, sec_offset]],
  variable:   [DW_TAG.variable,           0,        [DW_AT.name, string], [DW_AT.decl_file, data1], [DW_AT.decl_line, data2], [DW_AT.type, ref4], [DW_AT.external, flag_present], [DW_AT.location, exprloc]],
} as const;

type Shape = keyof typeof shapes;
const codes = new Map((Object.keys(shapes) as Shape[]).map((shape, i) => [shape, i + 1]));

function abbreviations(): Uint8Array {
  const out = new BytesWriter();
  for (const [shape, [tag, children, ...attributes]] of Object.entries(shapes)) {
    out
      .uleb(codes.get(shape as Shape)!)
      .uleb(tag)
      .u8(children);
    for (const [attribute, form] of attributes) out.uleb(attribute).uleb(form);
    out.u8(0, 0);
  }
  return out.u8(0).bytes();
}

// ---- .debug_info and .debug_loc ----

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
    return this.#out.uleb(codes.get(shape)!);
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

// ---- .debug_line ----

const MIN_INSTRUCTION = 4;
// biome-ignore format: table
const OPERANDS = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];

/** One row for each function that is declared: its first instruction. */
function lineTable({ file, functions }: Described): Uint8Array {
  const header = new BytesWriter();
  // default_is_stmt, line_base, line_range, opcode_base.
  header.u8(MIN_INSTRUCTION, 1, 1, 0, 1, OPERANDS.length + 1, ...OPERANDS);
  header.u8(0).string(file).uleb(0).uleb(0).uleb(0).u8(0);
  const out = new BytesWriter();
  out.u32(0).u16(VERSION).u32(header.size).block(header.bytes());
  functions.forEach(({ declared }, slot) => {
    if (!declared) return;
    out.u8(0).uleb(9).u8(DW_LNE.set_address).u64(slotAddress(slot));
    out
      .u8(DW_LNS.advance_line)
      .sleb(declared.line - 1)
      .u8(DW_LNS.copy);
    out.u8(DW_LNS.advance_pc).uleb(SLOT_SIZE / MIN_INSTRUCTION);
    out.u8(0).uleb(1).u8(DW_LNE.end_sequence);
  });
  out.setU32(0, out.size - 4);
  return out.bytes();
}

/** What cannot be a parameter here; undefined for what can. */
export function cannotBePassed(type: CType): boolean {
  const at = plain(type);
  return at.kind === "struct" || at.kind === "union" || (at.kind === "base" && at.encoding === "float");
}
