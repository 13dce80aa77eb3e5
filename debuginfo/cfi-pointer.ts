/** Pointers as `.eh_frame` encodes them (LSB, DWARF Extensions: DW_EH_PE). Called by `cfi.ts` and `cfi-program.ts`. */
import type { ByteReader } from "../base/bytes.ts";
import { DW_EH_PE } from "./dwarf/constants.ts";

/** `address` is the link-time address of the section, for DW_EH_PE_pcrel. */
export function readEncoded(r: ByteReader, encoding: number, address: bigint): bigint {
  if (encoding === DW_EH_PE.omit) return 0n;
  const at = address + BigInt(r.offset);
  const value = readEncodedValue(r, encoding & 0x0f);
  const relative = encoding & 0x70;
  if (relative === DW_EH_PE.pcrel) return BigInt.asUintN(64, value + at);
  if (relative !== DW_EH_PE.absptr) r.fail(`pointer encoding 0x${encoding.toString(16)} is not supported`);
  return BigInt.asUintN(64, value);
}

function readEncodedValue(r: ByteReader, format: number): bigint {
  switch (format) {
    case DW_EH_PE.absptr:
    case DW_EH_PE.udata8:
    case DW_EH_PE.sdata8:
      return r.i64();
    case DW_EH_PE.uleb128:
      return r.uleb();
    case DW_EH_PE.sleb128:
      return r.sleb();
    case DW_EH_PE.udata2:
      return BigInt(r.u16());
    case DW_EH_PE.sdata2:
      return BigInt(r.i16());
    case DW_EH_PE.udata4:
      return BigInt(r.u32());
    case DW_EH_PE.sdata4:
      return BigInt(r.i32());
    default:
      r.fail(`pointer encoding 0x${format.toString(16)} is not supported`);
      return 0n;
  }
}
