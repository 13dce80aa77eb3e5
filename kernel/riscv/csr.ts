/**
 * The control and status registers that a user program can reach: floating point, and the counters.
 *
 * `cycle` counts instructions: the model retires one a cycle. Anything else is an illegal instruction.
 */
import type { Core } from "./core.ts";

export interface CsrRow {
  readonly number: number;
  readonly name: string;
  readonly read: (c: Core) => bigint;
  /** Absent for read-only registers. */
  readonly write?: (c: Core, value: bigint) => void;
}

// biome-ignore format: table
export const csrs: readonly CsrRow[] = [
  { number: 0x001, name: "fflags",  read: (c) => BigInt(c.state.fcsr & 0x1f),        write: (c, value) => { c.state.fcsr = (c.state.fcsr & 0xe0) | Number(value & 0x1fn); } },
  { number: 0x002, name: "frm",     read: (c) => BigInt((c.state.fcsr >> 5) & 7),    write: (c, value) => { c.state.fcsr = (c.state.fcsr & 0x1f) | (Number(value & 7n) << 5); } },
  { number: 0x003, name: "fcsr",    read: (c) => BigInt(c.state.fcsr & 0xff),        write: (c, value) => { c.state.fcsr = Number(value & 0xffn); } },
  { number: 0xc00, name: "cycle",   read: (c) => BigInt(c.retired + c.executed) },
  { number: 0xc01, name: "time",    read: (c) => c.timeSource() },
  { number: 0xc02, name: "instret", read: (c) => BigInt(c.retired + c.executed) },
];

const byNumber = new Map(csrs.map((row) => [row.number, row]));

export function csrName(number: number): string {
  return byNumber.get(number)?.name ?? `0x${number.toString(16)}`;
}

export function readCsr(c: Core, number: number): bigint | undefined {
  return byNumber.get(number)?.read(c);
}

/** False when there is no such register, or it cannot be written. */
export function writeCsr(c: Core, number: number, value: bigint): boolean {
  const write = byNumber.get(number)?.write;
  write?.(c, value);
  return write !== undefined;
}
