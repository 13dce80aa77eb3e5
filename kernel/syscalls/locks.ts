/**
 * flock, and the lock commands of fcntl: struct flock in, `files/locks.ts` below.
 *
 * A POSIX lock belongs to the file table, which is what goes away with the process; an OFD lock to the open file.
 */
import { ERRNO } from "../../target/errno.ts";
import { type Errno, failed } from "../files/inode.ts";
import { F_LOCK, FileLocks, type RangeLock } from "../files/locks.ts";
import { O, type OpenFile } from "../files/open-file.ts";
import { int, type SyscallContext, type SyscallResult, type SyscallTable } from "../syscall-context.ts";
import { anyFileOf, copyIn, copyOut, viewOf } from "./user.ts";

// biome-ignore format: table
const LOCK = { LOCK_SH: 1, LOCK_EX: 2, LOCK_NB: 4, LOCK_UN: 8 } as const;

// biome-ignore format: table
/** The commands of fcntl that `lockCommand` answers: what they do, and for whom. */
const commands: { readonly [command: number]: { readonly does: "get" | "set" | "wait"; readonly ofd: boolean } } = {
  5:  { does: "get",  ofd: false }, // F_GETLK
  6:  { does: "set",  ofd: false }, // F_SETLK
  7:  { does: "wait", ofd: false }, // F_SETLKW
  36: { does: "get",  ofd: true },  // F_OFD_GETLK
  37: { does: "set",  ofd: true },  // F_OFD_SETLK
  38: { does: "wait", ofd: true },  // F_OFD_SETLKW
};

export const locks: SyscallTable = {
  flock(c, fd, rawOperation) {
    const operation = int(rawOperation!);
    const kind = operation & ~LOCK.LOCK_NB;
    const file = anyFileOf(c, fd!);
    if (kind !== LOCK.LOCK_SH && kind !== LOCK.LOCK_EX && kind !== LOCK.LOCK_UN) return -ERRNO.EINVAL;
    if (failed(file) || (file.flags & O.O_PATH) !== 0) return -ERRNO.EBADF;
    const held = FileLocks.of(file.inode);
    if (kind === LOCK.LOCK_UN) {
      held.unlockWhole(file, c);
      return 0;
    }
    if (held.lockWhole(file, kind === LOCK.LOCK_SH ? "shared" : "exclusive", c)) return 0;
    if ((operation & LOCK.LOCK_NB) !== 0) return -ERRNO.EAGAIN;
    return { kind: "block", queues: [held.released], restartable: true };
  },
};

/** undefined when the command is not about locks. */
export function lockCommand(
  c: SyscallContext,
  file: OpenFile,
  number: number,
  pointer: bigint,
): SyscallResult | undefined {
  const command = commands[number];
  if (!command) return undefined;
  const bytes = copyIn(c, pointer, 32);
  if (failed(bytes)) return bytes;
  const wanted = parse(c, file, bytes, command.ofd);
  if (failed(wanted)) return wanted;
  const held = FileLocks.of(file.inode);
  const conflict = wanted.type === F_LOCK.F_UNLCK ? undefined : held.conflict(wanted);
  if (command.does === "get") {
    if (wanted.type === F_LOCK.F_UNLCK) return -ERRNO.EINVAL;
    return copyOut(c, pointer, conflict ? flockOf(conflict) : unlocked(bytes));
  }
  if (wanted.type === F_LOCK.F_RDLCK && !file.readable) return -ERRNO.EBADF;
  if (wanted.type === F_LOCK.F_WRLCK && !file.writable) return -ERRNO.EBADF;
  if (!conflict) {
    held.setRange(wanted, c);
    return 0;
  }
  if (command.does === "set") return -ERRNO.EAGAIN;
  const deadlock = command.ofd ? 0 : held.waitFor(wanted.owner, conflict.owner);
  return deadlock || { kind: "block", queues: [held.released], restartable: true };
}

/** struct flock: s16 type, s16 whence, s64 start at 8, s64 length at 16, s32 pid at 24. */
function parse(c: SyscallContext, file: OpenFile, bytes: Uint8Array, ofd: boolean): RangeLock | Errno {
  const view = viewOf(bytes);
  const type = view.getInt16(0, true);
  const whence = view.getInt16(2, true);
  const length = Number(view.getBigInt64(16, true));
  if (type < F_LOCK.F_RDLCK || type > F_LOCK.F_UNLCK || whence < 0 || whence > 2) return -ERRNO.EINVAL;
  if (ofd && view.getInt32(24, true) !== 0) return -ERRNO.EINVAL;
  const here = whence === 1 ? Math.max(0, file.seek(0, 1)) : whence === 2 ? file.inode.size : 0;
  const given = here + Number(view.getBigInt64(8, true));
  const [start, end] = length < 0 ? [given + length, given] : [given, length === 0 ? Infinity : given + length];
  if (start < 0) return -ERRNO.EINVAL;
  return { owner: ofd ? file : c.files, pid: ofd ? -1 : c.task.pid, type, start, end };
}

function flockOf(lock: RangeLock): Uint8Array {
  const bytes = new Uint8Array(32);
  const view = viewOf(bytes);
  view.setInt16(0, lock.type, true);
  view.setBigInt64(8, BigInt(lock.start), true);
  view.setBigInt64(16, lock.end === Infinity ? 0n : BigInt(lock.end - lock.start), true);
  view.setInt32(24, lock.pid, true);
  return bytes;
}

function unlocked(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  viewOf(copy).setInt16(0, F_LOCK.F_UNLCK, true);
  return copy;
}
