/**
 * What sendmsg and recvmsg carry beside the bytes: SCM_RIGHTS, open files that get descriptors where they are received, and
 * SCM_CREDENTIALS, who sent it, which SO_PASSCRED asks for.
 *
 * struct cmsghdr is u64 length, s32 level, s32 type, then the data, padded to 8 bytes. Called by `messages.ts`.
 */
import { ERRNO } from "../../target/errno.ts";
import { releaseFile } from "../files/file-table.ts";
import type { Received } from "../files/inbox.ts";
import { type Errno, failed } from "../files/inode.ts";
import type { OpenFile } from "../files/open-file.ts";
import type { Socket } from "../files/socket.ts";
import { MSG, type Peer } from "../files/socket-types.ts";
import type { SyscallContext } from "../syscall-context.ts";
import { words } from "./socket-addresses.ts";
import { anyFileOf, copyIn, copyOut, install, viewOf } from "./user.ts";

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const SCM_CREDENTIALS = 2;
const MAX_RIGHTS = 253;
const HEADER = 16;
/** struct ucred: s32 pid, u32 uid, u32 gid. */
const UCRED = 12;
/** Who is told where nobody is known: the overflow ids of Linux. */
const NOBODY: Peer = { pid: 0, uid: 65_534, gid: 65_534 };

export interface Control {
  readonly files: readonly OpenFile[];
  /** Who the sender says it is. */
  readonly sender?: Peer;
}

export function readControl(c: SyscallContext, pointer: bigint, length: number): Control | Errno {
  if (pointer === 0n || length < HEADER) return { files: [] };
  const bytes = copyIn(c, pointer, length);
  if (failed(bytes)) return bytes;
  const view = viewOf(bytes);
  const files: OpenFile[] = [];
  let sender: Peer | undefined;
  for (let at = 0; at + HEADER <= length; ) {
    const size = Number(view.getBigUint64(at, true));
    if (size < HEADER || at + size > length) return -ERRNO.EINVAL;
    const type = view.getInt32(at + 12, true);
    if (view.getInt32(at + 8, true) !== SOL_SOCKET) return -ERRNO.EINVAL;
    const data = new DataView(bytes.buffer, bytes.byteOffset + at + HEADER, size - HEADER);
    if (type === SCM_CREDENTIALS && size === HEADER + UCRED) {
      sender = { pid: data.getInt32(0, true), uid: data.getInt32(4, true), gid: data.getInt32(8, true) };
      if (!mayClaim(c, sender)) return -ERRNO.EPERM;
    } else {
      const error = type === SCM_RIGHTS ? addRights(c, data, files) : -ERRNO.EINVAL;
      if (error !== 0) return error;
    }
    at += (size + 7) & ~7;
  }
  return { files, ...(sender && { sender }) };
}

function addRights(c: SyscallContext, data: DataView, files: OpenFile[]): 0 | Errno {
  for (let at = 0; at + 4 <= data.byteLength; at += 4) {
    const file = anyFileOf(c, BigInt(data.getInt32(at, true)));
    if (failed(file)) return file;
    if (files.push(file) > MAX_RIGHTS) return -ERRNO.EINVAL;
  }
  return 0;
}

/** User 0 may say anything, others only what they are or could become. */
function mayClaim({ task }: SyscallContext, { pid, uid, gid }: Peer): boolean {
  if (task.euid === 0) return true;
  const { uid: ruid, suid, gid: rgid, sgid } = task.process.credentials;
  return pid === task.pid && [ruid, task.euid, suid].includes(uid) && [rgid, task.egid, sgid].includes(gid);
}

/** Writes the control part; what has no room is dropped, and MSG_CTRUNC says so. */
export function giveControl(
  c: SyscallContext,
  socket: Socket,
  { files, sender }: Received,
  pointer: bigint,
  controlLength: number,
  closeOnExec: boolean,
): { readonly length: number; readonly flags: number } {
  const room = pointer === 0n ? 0 : controlLength;
  let used = 0;
  let flags = 0;
  const add = (type: number, data: Uint8Array): void => {
    const bytes = new Uint8Array(HEADER + data.length);
    viewOf(bytes).setBigUint64(0, BigInt(bytes.length), true);
    viewOf(bytes).setInt32(8, SOL_SOCKET, true);
    viewOf(bytes).setInt32(12, type, true);
    bytes.set(data, HEADER);
    copyOut(c, pointer + BigInt(used), bytes);
    used = Math.min(room, used + ((bytes.length + 7) & ~7));
  };
  if (socket.tellsSenders) {
    const { pid, uid, gid } = sender ?? NOBODY;
    if (room >= HEADER + UCRED) add(SCM_CREDENTIALS, words(pid, uid, gid));
    else flags = MSG.MSG_CTRUNC;
  }
  const fds: number[] = [];
  for (const file of files) {
    const fd = used + HEADER + 4 * (fds.length + 1) <= room ? install(c, file, closeOnExec) : -ERRNO.EMFILE;
    if (fd >= 0) fds.push(fd);
    releaseFile(file, c);
  }
  if (fds.length > 0) add(SCM_RIGHTS, words(...fds));
  return { length: used, flags: fds.length < files.length ? MSG.MSG_CTRUNC : flags };
}
