/**
 * Makes an expression of the debuginfo stand alone: plans carry expressions without the debuginfo around them.
 *
 * What refers to other sections becomes a value (DW_OP_addrx, DW_OP_constx), base types become type codes
 * (`operations.ts`), and the offset of a thread-local variable becomes its address (`TlsRule`). Called by `variables.ts`
 * and `entry-values.ts`. Branches are moved with what they lead to. What cannot be done is said in a string.
 */
import { ByteReader } from "../../base/bytes.ts";
import { limits } from "../../base/limits.ts";
import { DW_AT, DW_OP, DW_TAG, dwarfName } from "./constants.ts";
import type { Unit } from "./dwarf.ts";
import { typeCode } from "./operations.ts";

/** The operations that make an address of a thread-local offset on the stack; a string says why there are none. */
export type TlsRule = readonly number[] | string;

/** Operands of the operations that stay as they are; operations that are missing here have none or are linked below. */
type Operand = 1 | 2 | 4 | 8 | "leb" | "block";

// biome-ignore format: table
const operands: { readonly [op: number]: readonly Operand[] } = {
  [DW_OP.addr]: [8],
  [DW_OP.const1u]: [1], [DW_OP.const1s]: [1], [DW_OP.const2u]: [2], [DW_OP.const2s]: [2],
  [DW_OP.const4u]: [4], [DW_OP.const4s]: [4], [DW_OP.const8u]: [8], [DW_OP.const8s]: [8],
  [DW_OP.constu]: ["leb"], [DW_OP.consts]: ["leb"],
  [DW_OP.pick]: [1],
  [DW_OP.plus_uconst]: ["leb"],
  [DW_OP.regx]: ["leb"], [DW_OP.fbreg]: ["leb"], [DW_OP.bregx]: ["leb", "leb"],
  [DW_OP.piece]: ["leb"], [DW_OP.bit_piece]: ["leb", "leb"],
  [DW_OP.deref_size]: [1], [DW_OP.xderef_size]: [1],
  [DW_OP.implicit_value]: ["block"],
};

/** Operations whose meaning is somewhere else, which is not followed. */
const refused: ReadonlySet<number> = new Set([
  DW_OP.call2,
  DW_OP.call4,
  DW_OP.call_ref,
  DW_OP.push_object_address,
  DW_OP.GNU_parameter_ref,
  DW_OP.GNU_variable_value,
]);

export function linkExpression(expression: Uint8Array, unit: Unit, tls: TlsRule, depth = 0): Uint8Array | string {
  if (depth > limits.maxDwarfDepth) return "expressions in expressions without end";
  const r = new ByteReader(expression, "expression");
  const out: number[] = [];
  const moved = new Map<number, number>();
  const branches: { readonly at: number; readonly target: number }[] = [];
  const copy = (from: number): void => {
    for (let i = from; i < r.offset; i++) out.push(expression[i] ?? 0);
  };
  while (r.more) {
    const from = r.offset;
    moved.set(from, out.length);
    const op = r.u8();
    if (refused.has(op)) return dwarfName("DW_OP", DW_OP, op);
    switch (op) {
      case DW_OP.bra:
      case DW_OP.skip: {
        const distance = r.i16();
        out.push(op, 0, 0);
        branches.push({ at: out.length, target: r.offset + distance });
        break;
      }
      case DW_OP.addrx:
      case DW_OP.GNU_addr_index:
      case DW_OP.constx:
      case DW_OP.GNU_const_index: {
        const value = unit.indexedAddress(r.ulebNumber());
        if (value === undefined) return `a damaged ${dwarfName("DW_OP", DW_OP, op)}`;
        const isAddress = op === DW_OP.addrx || op === DW_OP.GNU_addr_index;
        out.push(isAddress ? DW_OP.addr : DW_OP.const8u, ...word(value));
        break;
      }
      case DW_OP.form_tls_address:
      case DW_OP.GNU_push_tls_address:
        if (typeof tls === "string") return tls;
        out.push(...tls);
        break;
      case DW_OP.entry_value:
      case DW_OP.GNU_entry_value: {
        const inner = linkExpression(r.block(r.ulebNumber()), unit, tls, depth + 1);
        if (typeof inner === "string") return inner;
        out.push(op, ...uleb(inner.length), ...inner);
        break;
      }
      case DW_OP.convert:
      case DW_OP.GNU_convert:
      case DW_OP.reinterpret:
      case DW_OP.GNU_reinterpret:
        out.push(op, ...uleb(codeOf(unit, r.ulebNumber())));
        break;
      case DW_OP.const_type:
      case DW_OP.GNU_const_type: {
        const code = codeOf(unit, r.ulebNumber());
        const bytes = r.block(r.u8());
        out.push(op, ...uleb(code), bytes.length, ...bytes);
        break;
      }
      case DW_OP.regval_type:
      case DW_OP.GNU_regval_type: {
        r.uleb();
        copy(from);
        out.push(...uleb(codeOf(unit, r.ulebNumber())));
        break;
      }
      case DW_OP.deref_type:
      case DW_OP.GNU_deref_type: {
        r.skip(1);
        copy(from);
        out.push(...uleb(codeOf(unit, r.ulebNumber())));
        break;
      }
      case DW_OP.implicit_pointer:
      case DW_OP.GNU_implicit_pointer:
        r.skip(unit.header.offsetSize);
        r.sleb();
        copy(from);
        break;
      default:
        if (op >= DW_OP.breg0 && op <= DW_OP.breg31) r.sleb();
        for (const operand of operands[op] ?? []) {
          if (operand === "leb") r.uleb();
          else r.skip(operand === "block" ? r.ulebNumber() : operand);
        }
        copy(from);
    }
  }
  if (r.error) return `a damaged expression (${r.error.message})`;
  moved.set(r.offset, out.length);
  for (const { at, target } of branches) {
    const distance = (moved.get(target) ?? at) - at;
    if (!moved.has(target) || Math.abs(distance) > 0x7fff) return "a branch into an operation";
    out[at - 2] = distance & 0xff;
    out[at - 1] = (distance >> 8) & 0xff;
  }
  return Uint8Array.from(out);
}

/** The DIE and the offset of DW_OP_implicit_pointer, when that is the whole of the expression. */
export function implicitPointer(
  expression: Uint8Array,
  unit: Unit,
): { readonly place: number; readonly offset: number } | undefined {
  const r = new ByteReader(expression, "expression");
  const op = r.u8();
  if (op !== DW_OP.implicit_pointer && op !== DW_OP.GNU_implicit_pointer) return undefined;
  const place = unit.dwarf.base + (unit.header.offsetSize === 8 ? r.u64Number() : r.u32());
  const offset = r.slebNumber();
  return r.error || r.more ? undefined : { place, offset };
}

/** 0, which is no type, for an offset of 0; a base type that cannot be read has a size that is not supported. */
function codeOf(unit: Unit, offset: number): number {
  if (offset === 0) return 0;
  const die = unit.dieAt(unit.header.offset + offset);
  const isBase = die?.tag === DW_TAG.base_type;
  const size = Math.min((isBase ? die.number(DW_AT.byte_size) : undefined) ?? 255, 255);
  return typeCode((isBase ? die.number(DW_AT.encoding) : undefined) ?? 0, size);
}

function uleb(value: number): readonly number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    const isLast = rest < 128;
    bytes.push(isLast ? rest : (rest % 128) | 0x80);
    if (isLast) return bytes;
  }
}

function word(value: bigint): readonly number[] {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return [...bytes];
}
