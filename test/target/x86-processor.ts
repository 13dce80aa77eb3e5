/**
 * Single x86-64 instructions on the processor of this machine, by test/fixtures/x86/step.c.
 */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

export const PAGE = 4096;
export const CODE = 0x10000000;
export const CODE_SIZE = 2 * PAGE;
export const DATA = 0x10010000;
/** Farther from code and data than a displacement reaches. */
export const SLOT = 0x6a0000000000;

export const isThere = process.arch === "x64" && process.platform === "linux";

export interface Case {
  readonly address: number;
  readonly bytes: Uint8Array;
  /** By DWARF number. */
  readonly registers: readonly bigint[];
  readonly rflags: bigint;
}

export interface Outcome {
  /** 5 when the instruction ended; else it faulted. */
  readonly signal: number;
  /** Of the instruction that follows or faulted. */
  readonly pc: bigint;
  readonly registers: readonly bigint[];
  readonly rflags: bigint;
  readonly vectors: string;
  /** The bytes at DATA that changed, as `offset:byte`. */
  readonly data: string;
}

const GIVEN = 8 + 16 + 17 * 8;
const RESULT = 19 * 8 + 256 + PAGE;

/** Flags that the cases give and compare. */
export const FLAGS = 0xcd5n;

export function runCases(cases: readonly Case[]): readonly Outcome[] {
  const input = new Uint8Array(cases.length * GIVEN);
  const view = new DataView(input.buffer);
  for (const [n, { address, bytes, registers, rflags }] of cases.entries()) {
    const at = n * GIVEN;
    view.setBigUint64(at, BigInt(address), true);
    view.setUint8(at + 8, bytes.length);
    input.set(bytes, at + 9);
    for (let i = 0; i < 16; i++) view.setBigUint64(at + 24 + 8 * i, registers[i] ?? 0n, true);
    view.setBigUint64(at + 24 + 128, rflags, true);
  }
  const program = resolve(import.meta.dirname, "../fixtures/x86/step.x86_64");
  const { stdout, status, signal } = spawnSync(program, { input, maxBuffer: 1 << 30 });
  if (status !== 0 || stdout.length !== cases.length * RESULT)
    throw new Error(`case ${Math.floor(stdout.length / RESULT)}: status ${status}, signal ${signal}`);
  return cases.map((_, n) => decodeResult(stdout.subarray(n * RESULT, (n + 1) * RESULT)));
}

function decodeResult(bytes: Uint8Array): Outcome {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (index: number): bigint => view.getBigUint64(8 * index, true);
  const signal = Number(word(0));
  return {
    signal,
    pc: signal === 5 ? word(1) - 1n : word(1),
    registers: Array.from({ length: 16 }, (_, i) => word(2 + i)),
    rflags: word(18) & FLAGS,
    vectors: Buffer.from(bytes.subarray(19 * 8, 19 * 8 + 256)).toString("hex"),
    data: changesOf(bytes.subarray(19 * 8 + 256)),
  };
}

/** What every case finds at DATA. */
export function freshData(): Uint8Array {
  const bytes = new Uint8Array(PAGE);
  const view = new DataView(bytes.buffer);
  for (let k = 0; k < PAGE / 8; k++) {
    const word = k % 2 === 1 ? BigInt(CODE + ((k * 24) & 0xff8)) : BigInt(k) * 0x9e3779b97f4a7c15n;
    view.setBigUint64(8 * k, BigInt.asUintN(64, word), true);
  }
  return bytes;
}

const fresh = freshData();

export function changesOf(data: Uint8Array): string {
  const changes: string[] = [];
  for (let i = 0; i < PAGE; i++) if (data[i] !== fresh[i]) changes.push(`${i}:${data[i]}`);
  return changes.join(" ");
}
