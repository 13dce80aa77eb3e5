/**
 * Line tables (`.debug_line`, DWARF 5, 6.2; versions 2 to 5).
 *
 * Gives file names for DW_AT_decl_file and rows for the end of a prologue. Called by `functions.ts`. An opcode makes
 * at most one row, so the rows are bounded by the bytes; a damaged table keeps what came before the damage.
 */
import { ByteReader } from "../../base/bytes.ts";
import { DW_AT, DW_FORM, DW_LNCT, DW_LNE, DW_LNS } from "./constants.ts";
import type { Unit } from "./dwarf.ts";
import { readForm } from "./form.ts";
import { readInitialLength, readOffset, type UnitHeader } from "./unit.ts";

export interface LineRow {
  readonly address: bigint;
  readonly file: number;
  readonly line: number;
  readonly isStmt: boolean;
  readonly endSequence: boolean;
}

export interface LineTable {
  /** By the numbers that DW_AT_decl_file uses; paths are joined with their directory and DW_AT_comp_dir. */
  readonly files: readonly string[];
  readonly rows: readonly LineRow[];
}

export function readLineTable({ linked: unit }: Unit): LineTable {
  const offset = unit.root?.find(DW_AT.stmt_list)?.value;
  if (offset === undefined || offset instanceof Uint8Array) return { files: [], rows: [] };
  const section = unit.dwarf.section(".debug_line");
  const r = new ByteReader(section, ".debug_line", Number(offset));
  const { length, offsetSize } = readInitialLength(r);
  const end = r.offset + length;
  const version = r.u16();
  if (r.error || end > section.length || version < 2 || version > 5) return { files: [], rows: [] };
  let addressSize = unit.header.addressSize;
  if (version >= 5) {
    addressSize = r.u8();
    r.skip(1);
  }
  const headerLength = readOffset(r, offsetSize);
  const program = r.offset + headerLength;
  const minimum = BigInt(r.u8());
  if (version >= 4) r.skip(1); // maximum_operations_per_instruction: 1 but for VLIW machines
  const defaultIsStmt = r.u8() !== 0;
  const lineBase = r.i8();
  const lineRange = r.u8();
  const opcodeBase = r.u8();
  const operands = r.block(Math.max(0, opcodeBase - 1));
  const form: UnitHeader = { ...unit.header, version, offsetSize, addressSize };
  const files = version >= 5 ? readFiles5(r, unit, form) : readFiles(r, unit);
  if (r.error || lineRange === 0 || program > end) return { files, rows: [] };
  const code = new ByteReader(section, ".debug_line", program, end);
  return { files, rows: runProgram(code, { minimum, defaultIsStmt, lineBase, lineRange, opcodeBase, operands }) };
}

interface Parameters {
  readonly minimum: bigint;
  readonly defaultIsStmt: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly operands: Uint8Array;
}

function join(directory: string, name: string): string {
  return directory === "" || name.startsWith("/") ? name : `${directory.replace(/\/$/, "")}/${name}`;
}

function compilationDirectory(unit: Unit): string {
  return unit.root?.string(DW_AT.comp_dir) ?? "";
}

/** Versions 2 to 4: directory 0 is DW_AT_comp_dir and files count from 1. */
function readFiles(r: ByteReader, unit: Unit): readonly string[] {
  const directories = [compilationDirectory(unit)];
  while (r.more) {
    const name = r.cstring();
    if (name === "") break;
    directories.push(join(directories[0]!, name));
  }
  const files = [""];
  while (r.more) {
    const name = r.cstring();
    if (name === "") break;
    const directory = r.ulebNumber();
    r.uleb();
    r.uleb();
    files.push(join(directories[directory] ?? "", name));
  }
  return files;
}

function readFiles5(r: ByteReader, unit: Unit, form: UnitHeader): readonly string[] {
  // Directory 0 is the folder of the compilation itself, to which the others are relative.
  const [first, ...others] = readEntries(r, unit, form).map((entry) => entry.path);
  const base = first ?? compilationDirectory(unit);
  const directories = [base, ...others.map((path) => join(base, path))];
  return readEntries(r, unit, form).map((entry) => join(directories[entry.directory] ?? base, entry.path));
}

function readEntries(r: ByteReader, unit: Unit, form: UnitHeader): { path: string; directory: number }[] {
  const formats: { readonly type: number; readonly form: number }[] = [];
  for (let left = r.u8(); left > 0 && r.more; left--) formats.push({ type: r.ulebNumber(), form: r.ulebNumber() });
  const entries: { path: string; directory: number }[] = [];
  // Entries without formats take no bytes, so their count bounds nothing.
  for (let left = r.ulebNumber(); left > 0 && r.more && formats.length > 0; left--) {
    let path = "";
    let directory = 0;
    for (const format of formats) {
      const { form: actual, value } = readForm(r, form, format.form, 0n);
      if (format.type === DW_LNCT.directory_index) directory = Number(value);
      if (format.type !== DW_LNCT.path) continue;
      if (value instanceof Uint8Array) path = String.fromCharCode(...value.subarray(0, 4096));
      else if (actual === DW_FORM.line_strp) path = unit.dwarf.stringAt(".debug_line_str", Number(value)) ?? "";
      else if (actual === DW_FORM.strp) path = unit.dwarf.stringAt(".debug_str", Number(value)) ?? "";
      else path = unit.indexedString(Number(value)) ?? "";
    }
    entries.push({ path, directory });
  }
  return entries;
}

function runProgram(r: ByteReader, p: Parameters): readonly LineRow[] {
  const rows: LineRow[] = [];
  let address = 0n;
  let file = 1;
  let line = 1;
  let isStmt = p.defaultIsStmt;
  const emit = (endSequence: boolean): void => {
    rows.push({ address, file, line, isStmt, endSequence });
  };
  const advance = (operations: number): void => {
    address = BigInt.asUintN(64, address + BigInt(operations) * p.minimum);
  };
  while (r.more) {
    const opcode = r.u8();
    if (opcode >= p.opcodeBase) {
      const adjusted = opcode - p.opcodeBase;
      advance(Math.floor(adjusted / p.lineRange));
      line += p.lineBase + (adjusted % p.lineRange);
      emit(false);
    } else if (opcode === 0) {
      const length = r.ulebNumber();
      const next = r.offset + length;
      const extended = length > 0 ? r.u8() : 0;
      if (extended === DW_LNE.end_sequence) {
        emit(true);
        address = 0n;
        file = 1;
        line = 1;
        isStmt = p.defaultIsStmt;
      } else if (extended === DW_LNE.set_address) address = length === 9 ? r.u64() : BigInt(r.u32());
      r.seek(next);
    } else if (opcode === DW_LNS.copy) emit(false);
    else if (opcode === DW_LNS.advance_pc) advance(r.ulebNumber());
    else if (opcode === DW_LNS.advance_line) line += r.slebNumber();
    else if (opcode === DW_LNS.set_file) file = r.ulebNumber();
    else if (opcode === DW_LNS.negate_stmt) isStmt = !isStmt;
    else if (opcode === DW_LNS.const_add_pc) advance(Math.floor((255 - p.opcodeBase) / p.lineRange));
    else if (opcode === DW_LNS.fixed_advance_pc) address = BigInt.asUintN(64, address + BigInt(r.u16()));
    else for (let left = p.operands[opcode - 1] ?? 0; left > 0; left--) r.uleb();
  }
  return rows;
}
