/**
 * Call frame information (`.eh_frame` and `.debug_frame`, DWARF 5, 6.4; LSB, Exception Frames).
 *
 * `parseCfi` indexes the FDEs; `rowAt` runs the instructions of one up to a pc and gives the rules for the CFA and
 * the caller's registers. Called by `symbols.ts` for `CfaPlan` and by backtraces. Machine-independent: registers have
 * DWARF numbers. A damaged entry ends the index there; a damaged program gives undefined.
 */
import type { CfaPlan } from "../abi/plan.ts";
import { ByteReader } from "../base/bytes.ts";
import { limits } from "../base/limits.ts";
import { DW_CFA, DW_EH_PE } from "./dwarf/constants.ts";
import { readInitialLength } from "./dwarf/unit.ts";
import { toHex } from "./hex.ts";

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

interface Cie {
  readonly codeAlign: bigint;
  readonly dataAlign: number;
  readonly returnAddressRegister: number;
  readonly encoding: number;
  readonly augmented: boolean;
  readonly signalFrame: boolean;
  readonly program: Uint8Array;
}

interface Fde {
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

function readCie(bytes: Uint8Array, name: string, at: number): Cie | undefined {
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

function readFde(r: ByteReader, cie: Cie, address: bigint): Fde | undefined {
  const low = readEncoded(r, cie.encoding, address);
  const size = readEncoded(r, cie.encoding & 0x0f, 0n);
  if (cie.augmented) r.skip(r.ulebNumber());
  const program = r.block(r.end - r.offset);
  return r.error ? undefined : { cie, low, high: low + BigInt.asUintN(64, size), program };
}

function readEncoded(r: ByteReader, encoding: number, address: bigint): bigint {
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

interface State {
  cfa: CfaPlan | undefined;
  rules: Map<number, RegisterRule>;
}

function runFde(fde: Fde, pc: bigint): UnwindRow | undefined {
  const state: State = { cfa: undefined, rules: new Map() };
  const { cie } = fde;
  if (!runProgram(cie.program, cie, state, undefined, 0n, 0n)) return undefined;
  if (!runProgram(fde.program, cie, state, new Map(state.rules), fde.low, pc) || !state.cfa) return undefined;
  const { returnAddressRegister, signalFrame } = cie;
  return { cfa: state.cfa, rules: state.rules, returnAddressRegister, signalFrame };
}

/** Runs until the next row would begin after `pc`; false when the program is damaged. */
function runProgram(
  program: Uint8Array,
  cie: Cie,
  state: State,
  initial: ReadonlyMap<number, RegisterRule> | undefined,
  low: bigint,
  pc: bigint,
): boolean {
  const r = new ByteReader(program, "CFA instructions");
  const remembered: { cfa: CfaPlan | undefined; rules: ReadonlyMap<number, RegisterRule> }[] = [];
  let address = low;
  const set = (register: number, rule: RegisterRule): void => {
    state.rules.set(register, rule);
  };
  const restore = (register: number): void => {
    const rule = initial?.get(register);
    if (rule) state.rules.set(register, rule);
    else state.rules.delete(register);
  };
  const cfaOffset = (offset: number): void => {
    if (state.cfa?.kind === "register") state.cfa = { ...state.cfa, offset };
  };
  while (r.more) {
    const opcode = r.u8();
    const low6 = opcode & 0x3f;
    let delta = 0n;
    switch (opcode & 0xc0 || opcode) {
      case DW_CFA.advance_loc:
        delta = BigInt(low6);
        break;
      case DW_CFA.offset:
        set(low6, { kind: "offset", offset: r.ulebNumber() * cie.dataAlign });
        break;
      case DW_CFA.restore:
        restore(low6);
        break;
      case DW_CFA.nop:
        break;
      case DW_CFA.set_loc:
        address = readEncoded(r, cie.encoding & 0x0f, 0n);
        if (address > pc) return true;
        break;
      case DW_CFA.advance_loc1:
        delta = BigInt(r.u8());
        break;
      case DW_CFA.advance_loc2:
        delta = BigInt(r.u16());
        break;
      case DW_CFA.advance_loc4:
        delta = BigInt(r.u32());
        break;
      case DW_CFA.offset_extended:
        set(r.ulebNumber(), { kind: "offset", offset: r.ulebNumber() * cie.dataAlign });
        break;
      case DW_CFA.restore_extended:
        restore(r.ulebNumber());
        break;
      case DW_CFA.undefined:
        set(r.ulebNumber(), { kind: "undefined" });
        break;
      case DW_CFA.same_value:
        set(r.ulebNumber(), { kind: "same-value" });
        break;
      case DW_CFA.register:
        set(r.ulebNumber(), { kind: "register", register: r.ulebNumber() });
        break;
      case DW_CFA.remember_state:
        if (remembered.length >= limits.maxDwarfDepth) return false;
        remembered.push({ cfa: state.cfa, rules: new Map(state.rules) });
        break;
      case DW_CFA.restore_state: {
        const saved = remembered.pop();
        if (!saved) return false;
        state.cfa = saved.cfa;
        state.rules = new Map(saved.rules);
        break;
      }
      case DW_CFA.def_cfa:
        state.cfa = { kind: "register", register: r.ulebNumber(), offset: r.ulebNumber() };
        break;
      case DW_CFA.def_cfa_sf:
        state.cfa = { kind: "register", register: r.ulebNumber(), offset: r.slebNumber() * cie.dataAlign };
        break;
      case DW_CFA.def_cfa_register: {
        const register = r.ulebNumber();
        // GNU as for RISC-V writes this alone into the CIE: the offset is then 0.
        state.cfa = { kind: "register", register, offset: state.cfa?.kind === "register" ? state.cfa.offset : 0 };
        break;
      }
      case DW_CFA.def_cfa_offset:
        cfaOffset(r.ulebNumber());
        break;
      case DW_CFA.def_cfa_offset_sf:
        cfaOffset(r.slebNumber() * cie.dataAlign);
        break;
      case DW_CFA.def_cfa_expression:
        state.cfa = { kind: "expression", expression: toHex(r.block(r.ulebNumber())) };
        break;
      case DW_CFA.expression:
        set(r.ulebNumber(), { kind: "expression", expression: toHex(r.block(r.ulebNumber())) });
        break;
      case DW_CFA.val_expression:
        set(r.ulebNumber(), { kind: "val-expression", expression: toHex(r.block(r.ulebNumber())) });
        break;
      case DW_CFA.offset_extended_sf:
        set(r.ulebNumber(), { kind: "offset", offset: r.slebNumber() * cie.dataAlign });
        break;
      case DW_CFA.val_offset:
        set(r.ulebNumber(), { kind: "val-offset", offset: r.ulebNumber() * cie.dataAlign });
        break;
      case DW_CFA.val_offset_sf:
        set(r.ulebNumber(), { kind: "val-offset", offset: r.slebNumber() * cie.dataAlign });
        break;
      case DW_CFA.GNU_args_size:
        r.uleb();
        break;
      default:
        return false;
    }
    address += delta * cie.codeAlign;
    if (delta !== 0n && address > pc) return true;
  }
  return r.error === undefined;
}
