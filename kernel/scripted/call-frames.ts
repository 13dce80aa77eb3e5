/**
 * `.debug_frame` of a JavaScript program: how to get from any of its instructions to the caller's frame.
 *
 * Called by `image.ts`. The rules follow the code of a slot, which `slots.ts` shows. Slots of functions without a name
 * share one entry, which is right from their fifth instruction on.
 */
import { DW_CFA } from "../../debuginfo/dwarf/constants.ts";
import { BytesWriter } from "./bytes-writer.ts";
import { MAX_SLOTS, SLOT, SLOT_SIZE, START_SIZE, slotAddress, TEXT } from "./slots.ts";

const [RA, SP, S0] = [1, 2, 8] as const;
const CODE_ALIGN = 4;
/** What the frame keeps, in words below the CFA. */
const RA_AT = 1;
const S0_AT = 2;

/** The slots 0 to `functions` are of named functions, `marks` more of marks. */
export function makeCallFrames(functions: number, marks: number): Uint8Array {
  const out = new BytesWriter();
  entry(out, 0xffff_ffff, (cie) => {
    // Version 1, no augmentation; words on the stack go down.
    cie.u8(1, 0).uleb(CODE_ALIGN).sleb(-8).u8(RA);
    cie.u8(DW_CFA.def_cfa).uleb(SP).uleb(0);
  });
  const code = (address: number, size: number, rules: (fde: BytesWriter) => void): void =>
    entry(out, 0, (fde) => rules(fde.u64(address, size)));

  code(TEXT, START_SIZE, (fde) => fde.u8(DW_CFA.undefined).uleb(RA));
  for (let slot = 0; slot < functions; slot++) code(slotAddress(slot), SLOT_SIZE, functionRules);
  for (let slot = functions; slot < functions + marks; slot++) code(slotAddress(slot), SLOT_SIZE, () => {});
  const others = functions + marks;
  code(slotAddress(others), SLOT_SIZE * (MAX_SLOTS - others), (fde) => {
    savedRegisters(fde);
    fde.u8(DW_CFA.def_cfa).uleb(S0).uleb(0);
  });
  return out.bytes();
}

function functionRules(fde: BytesWriter): void {
  advance(fde, 4);
  fde.u8(DW_CFA.def_cfa_offset).uleb(16);
  advance(fde, 8);
  savedRegisters(fde);
  advance(fde, SLOT.BODY - 12);
  fde.u8(DW_CFA.def_cfa).uleb(S0).uleb(0);
  advance(fde, SLOT.RESTORED - SLOT.BODY);
  fde.u8(DW_CFA.def_cfa).uleb(SP).uleb(16);
  fde.u8(DW_CFA.restore | S0);
  advance(fde, SLOT.LEFT - SLOT.RESTORED);
  fde.u8(DW_CFA.def_cfa_offset).uleb(0);
  fde.u8(DW_CFA.restore | RA);
}

function savedRegisters(fde: BytesWriter): void {
  fde.u8(DW_CFA.offset | RA).uleb(RA_AT);
  fde.u8(DW_CFA.offset | S0).uleb(S0_AT);
}

function advance(fde: BytesWriter, bytes: number): void {
  fde.u8(DW_CFA.advance_loc | (bytes / CODE_ALIGN));
}

function entry(out: BytesWriter, id: number, content: (out: BytesWriter) => void): void {
  const at = out.size;
  content(out.u32(0, id));
  out.align(8);
  // DW_CFA_nop is 0, so what aligns is instructions too.
  out.setU32(at, out.size - at - 4);
}
