/**
 * Runs call frame instructions (DWARF 5, 6.4.2): the row of the unwind table that is good at a pc.
 *
 * Called by `cfi.ts`. A damaged program gives undefined.
 */
import type { CfaPlan } from "../abi/plan.ts";
import { ByteReader } from "../base/bytes.ts";
import { limits } from "../base/limits.ts";
import type { Cie, Fde, RegisterRule, UnwindRow } from "./cfi.ts";
import { readEncoded } from "./cfi-pointer.ts";
import { DW_CFA } from "./dwarf/constants.ts";
import { toHex } from "./hex.ts";

interface State {
  cfa: CfaPlan | undefined;
  rules: Map<number, RegisterRule>;
}

export function runFde(fde: Fde, pc: bigint): UnwindRow | undefined {
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

interface State {
  cfa: CfaPlan | undefined;
  rules: Map<number, RegisterRule>;
}
