/** The lines of a JavaScript program: those of its declarations, as if they were a source file. Called by `dwarf.ts`. */
import { DW_LNE, DW_LNS } from "../../debuginfo/dwarf/constants.ts";
import { BytesWriter } from "./bytes-writer.ts";
import type { Described } from "./dwarf.ts";
import { SLOT_SIZE, slotAddress } from "./slots.ts";

const VERSION = 4;
const MIN_INSTRUCTION = 4;
// biome-ignore format: table
const OPERANDS = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];

/** `.debug_line`: one row for each function that is declared, its first instruction. */
export function makeLineTable({ file, functions }: Described): Uint8Array {
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
