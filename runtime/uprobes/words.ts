/** Words of user memory, little-endian, as both instruction sets have them. */
import type { UserWords } from "../../target/arch.ts";
import type { AddressSpace } from "../../target/target.ts";

type Size = 1 | 2 | 4 | 8;

/** What emulated instructions read and write. */
export function wordsOf(mm: AddressSpace): UserWords {
  return {
    read: (address, size) => readSized(mm, address, size),
    write: (address, size, value) => writeSized(mm, address, size, value),
  };
}

export function readWord(mm: AddressSpace, address: number): bigint | undefined {
  return readSized(mm, address, 8);
}

export function writeWord(mm: AddressSpace, address: number, value: bigint): boolean {
  return writeSized(mm, address, 8, value);
}

function readSized(mm: AddressSpace, address: number, size: Size): bigint | undefined {
  const bytes = mm.read(address, size);
  if ("kind" in bytes) return undefined;
  let low = 0;
  for (let i = Math.min(size, 4) - 1; i >= 0; i--) low = low * 256 + (bytes[i] ?? 0);
  let high = 0;
  for (let i = size - 1; i >= 4; i--) high = high * 256 + (bytes[i] ?? 0);
  return high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low);
}

function writeSized(mm: AddressSpace, address: number, size: Size, value: bigint): boolean {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return mm.write(address, bytes.subarray(0, size)) === true;
}
