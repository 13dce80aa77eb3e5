/** The kinds of DIEs that `dwarf.ts` writes, with their attributes: the abbreviations of a JavaScript program. */
import { DW_AT, DW_FORM, DW_TAG } from "../../debuginfo/dwarf/constants.ts";
import { BytesWriter } from "./bytes-writer.ts";

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

export type Shape = keyof typeof shapes;

export const shapeCodes: ReadonlyMap<Shape, number> = new Map(
  (Object.keys(shapes) as Shape[]).map((shape, i) => [shape, i + 1]),
);

/** `.debug_abbrev`. */
export function makeAbbreviations(): Uint8Array {
  const out = new BytesWriter();
  for (const [shape, [tag, children, ...attributes]] of Object.entries(shapes)) {
    out
      .uleb(shapeCodes.get(shape as Shape)!)
      .uleb(tag)
      .u8(children);
    for (const [attribute, form] of attributes) out.uleb(attribute).uleb(form);
    out.u8(0, 0);
  }
  return out.u8(0).bytes();
}
