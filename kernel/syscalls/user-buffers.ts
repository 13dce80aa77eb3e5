/**
 * Buffers of the caller: one, or a vector of them, read and filled as if they were one.
 *
 * `read-write.ts`, `transfer.ts` and `messages.ts` copy through here.
 */
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import { type Errno, failed } from "../files/inode.ts";
import { address, int, type SyscallContext, size } from "../syscall-context.ts";
import { copyIn, copyOut, viewOf } from "./user.ts";

export const IOV_MAX = 1024;

export interface UserBuffer {
  readonly base: number;
  readonly length: number;
}

export function iovecs(c: SyscallContext, pointer: bigint, rawCount: bigint): UserBuffer[] | Errno {
  const count = int(rawCount);
  if (count < 0 || count > IOV_MAX) return -ERRNO.EINVAL;
  const bytes = copyIn(c, pointer, count * 16);
  if (failed(bytes)) return bytes;
  const view = viewOf(bytes);
  const parts: UserBuffer[] = [];
  for (let i = 0; i < count; i++) {
    if (view.getBigInt64(i * 16 + 8, true) < 0n) return -ERRNO.EINVAL;
    parts.push({ base: address(view.getBigUint64(i * 16, true)), length: size(view.getBigUint64(i * 16 + 8, true)) });
  }
  return parts;
}

export function total(parts: readonly UserBuffer[]): number {
  return Math.min(
    parts.reduce((sum, part) => sum + part.length, 0),
    limits.maxTransfer,
  );
}

export function scatter(c: SyscallContext, parts: readonly UserBuffer[], bytes: Uint8Array): number {
  let at = 0;
  for (const { base, length } of parts) {
    if (at >= bytes.length) break;
    const error = copyOut(c, BigInt(base), bytes.subarray(at, at + length));
    if (error !== 0) return at > 0 ? at : error;
    at = Math.min(at + length, bytes.length);
  }
  return at;
}

export function gather(c: SyscallContext, parts: readonly UserBuffer[]): Uint8Array | Errno {
  const length = total(parts);
  if (parts.length === 1) return copyIn(c, BigInt(parts[0]!.base), length);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    const taken = copyIn(c, BigInt(part.base), Math.min(part.length, length - at));
    if (failed(taken)) return taken;
    bytes.set(taken, at);
    at += taken.length;
  }
  return bytes;
}
