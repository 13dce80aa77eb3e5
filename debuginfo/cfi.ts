/**
 * Call frame information (`.eh_frame` and `.debug_frame`, DWARF 5, 6.4; LSB, Exception Frames).
 *
 * `parseCfi` indexes the FDEs; `rowAt` runs the instructions of one up to a pc and gives the rules for the CFA and
 * the caller's registers. Called by `symbols.ts` for `CfaPlan` and by backtraces. Machine-independent: registers have
 * DWARF numbers. A damaged entry ends the index there; a damaged program gives undefined.
 */
import type { CfaPlan } from "../abi/plan.ts";
import { ByteReader } from "../base/bytes.ts";
import { readEncoded } from "./cfi-pointer.ts";
import { runFde } from "./cfi-program.ts";
import { DW_EH_PE } from "./dwarf/constants.ts";
import { readInitialLength } from "./dwarf/unit.ts";

export { runFde } from "./cfi-program.ts";

/** How the caller's value of a register is found. Offsets are from the CFA. */
export type RegisterRule =
  | { readonly kind: "undefined" | "same-value" }
  | { readonly kind: "offset" | "val-offset"; readonly offset: number }
  | { readonly kind: "register"; readonly register: number }
  /** Hex of an expression that starts with the CFA on its stack. */
  | { readonly kind: "expression" | "val-expression"; readonly expression: string };

export interface UnwindRow {
  readonly cfa: CfaPlan;
  readonly rules: ReadonlyMap<number, RegisterRule>;
  readonly returnAddressRegister: number;
  /** The frame of a signal handler's caller: the return address is exact, not after a call. */
  readonly signalFrame: boolean;
}

export interface Cfi {
  rowAt(pc: bigint): UnwindRow | undefined;
}

export interface Cie {
  readonly codeAlign: bigint;
  readonly dataAlign: number;
  readonly returnAddressRegister: number;
  readonly encoding: number;
  readonly augmented: boolean;
  readonly signalFrame: boolean;
  readonly program: Uint8Array;
}

export interface Fde {
  readonly cie: Cie;
  readonly low: bigint;
  readonly high: bigint;
  readonly program: Uint8Array;
}

/** `address` is the link-time address of the section, for DW_EH_PE_pcrel. */
export function parseCfi(bytes: Uint8Array, name: ".eh_frame" | ".debug_frame", address: number): Cfi {
  const fdes = readFdes(bytes, name, BigInt(address)).sort((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0));
  return {
    rowAt(pc) {
      let low = 0;
      let high = fdes.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (fdes[middle]!.low <= pc) low = middle + 1;
        else high = middle;
      }
      const fde = fdes[low - 1];
      return fde && pc < fde.high ? runFde(fde, pc) : undefined;
    },
  };
}

function readFdes(bytes: Uint8Array, name: string, address: bigint): Fde[] {
  const eh = name === ".eh_frame";
  const fdes: Fde[] = [];
  const cies = new Map<number, Cie | undefined>();
  const r = new ByteReader(bytes, name);
  while (r.more) {
    const { length, offsetSize } = readInitialLength(r);
    const start = r.offset;
    if (length === 0 && eh) continue;
    const end = start + length;
    if (r.error || end > bytes.length) break;
    const id = offsetSize === 8 ? r.u64() : BigInt(r.u32());
    const isCie = eh ? id === 0n : id === (offsetSize === 8 ? 0xffff_ffff_ffff_ffffn : 0xffff_ffffn);
    if (!isCie && id < BigInt(bytes.length)) {
      const at = eh ? start - Number(id) : Number(id);
      if (!cies.has(at)) cies.set(at, readCie(bytes, name, at));
      const cie = cies.get(at);
      const body = new ByteReader(bytes, name, r.offset, end);
      const fde = cie && readFde(body, cie, address);
      if (fde) fdes.push(fde);
    }
    r.seek(end);
  }
  return fdes;
}

export function readCie(bytes: Uint8Array, name: string, at: number): Cie | undefined {
  const head = new ByteReader(bytes, name, at);
  const { length, offsetSize } = readInitialLength(head);
  const r = new ByteReader(bytes, name, head.offset, head.offset + length);
  r.skip(offsetSize);
  const version = r.u8();
  const augmentation = r.cstring();
  if (version === 4) r.skip(2);
  const codeAlign = r.uleb();
  const dataAlign = r.slebNumber();
  const returnAddressRegister = version === 1 ? r.u8() : r.ulebNumber();
  let encoding: number = DW_EH_PE.absptr;
  const augmented = augmentation.startsWith("z");
  if (augmented) {
    const end = r.ulebNumber() + r.offset;
    for (const letter of augmentation.slice(1)) {
      if (letter === "R") encoding = r.u8();
      else if (letter === "L") r.skip(1);
      else if (letter === "P") readEncoded(r, r.u8(), 0n);
      else if (letter !== "S" && letter !== "B") break;
    }
    r.seek(end);
  } else if (augmentation !== "") return undefined;
  const program = r.block(r.end - r.offset);
  if (r.error) return undefined;
  const signalFrame = augmentation.includes("S");
  return { codeAlign, dataAlign, returnAddressRegister, encoding, augmented, signalFrame, program };
}

export function readFde(r: ByteReader, cie: Cie, address: bigint): Fde | undefined {
  const low = readEncoded(r, cie.encoding, address);
  const size = readEncoded(r, cie.encoding & 0x0f, 0n);
  if (cie.augmented) r.skip(r.ulebNumber());
  const program = r.block(r.end - r.offset);
  return r.error ? undefined : { cie, low, high: low + BigInt.asUintN(64, size), program };
}
