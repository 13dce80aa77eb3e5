/**
 * Permissions: who may do what to an inode, by its mode bits.
 *
 * Called by the path walk and by every operation of `vfs.ts`. User 0 may everything, except to run a file that
 * nobody may run.
 */
import { ERRNO } from "../../target/errno.ts";
import { type Errno, type Inode, S } from "./inode.ts";

export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups?: readonly number[];
}

/** Whoever looks from outside of the model: the tracer, exec's loader. */
export const SUPERUSER: Credentials = { uid: 0, gid: 0 };

export const MAY_EXEC = 1;
export const MAY_WRITE = 2;
export const MAY_READ = 4;

/** 0 or -EACCES. */
export function checkAccess(inode: Inode, who: Credentials, wanted: number): 0 | Errno {
  const { mode } = inode;
  if (who.uid === 0) {
    const needsX = (wanted & MAY_EXEC) !== 0 && inode.type !== S.S_IFDIR;
    return needsX && (mode & 0o111) === 0 ? -ERRNO.EACCES : 0;
  }
  const bits = who.uid === inode.uid ? mode >> 6 : isMember(who, inode.gid) ? mode >> 3 : mode;
  return (bits & wanted) === wanted ? 0 : -ERRNO.EACCES;
}

/** May `who` take `inode`'s name out of a directory that it may write? The sticky bit says no to strangers. */
export function checkSticky(directory: Inode, inode: Inode, who: Credentials): 0 | Errno {
  if ((directory.mode & S.S_ISVTX) === 0) return 0;
  return who.uid === 0 || who.uid === inode.uid || who.uid === directory.uid ? 0 : -ERRNO.EPERM;
}

export function isMember(who: Credentials, gid: number): boolean {
  return who.gid === gid || (who.groups?.includes(gid) ?? false);
}

export function isOwner(inode: Inode, who: Credentials): boolean {
  return who.uid === 0 || who.uid === inode.uid;
}

/** Who changes the content of a set-id file, and is not user 0, takes the set-id bits from it. */
export function dropSetId(inode: Inode, who: Credentials): void {
  if (who.uid === 0 || inode.type !== S.S_IFREG) return;
  // Without group execution the bit once meant mandatory locking: members of the group keep it.
  const runs = (inode.mode & 0o010) !== 0 || !isMember(who, inode.gid);
  const bits = inode.mode & (S.S_ISUID | (runs ? S.S_ISGID : 0));
  if (bits !== 0) inode.change({ mode: inode.mode & 0o7777 & ~bits });
}

/** chmod(2). */
export function changeMode(inode: Inode, who: Credentials, mode: number): 0 | Errno {
  if (!isOwner(inode, who)) return -ERRNO.EPERM;
  if (inode.type === S.S_IFLNK) return -ERRNO.EOPNOTSUPP;
  const foreignGroup = who.uid !== 0 && !isMember(who, inode.gid);
  return inode.change({ mode: foreignGroup ? mode & 0o7777 & ~S.S_ISGID : mode & 0o7777 });
}

/** chown(2); -1 leaves an id as it is. Who is not user 0 may give a file only to the own group. */
export function changeOwner(inode: Inode, who: Credentials, uid: number, gid: number): 0 | Errno {
  const newUid = uid === -1 ? inode.uid : uid;
  const newGid = gid === -1 ? inode.gid : gid;
  if (who.uid !== 0) {
    const sameUser = uid === -1 || (uid === inode.uid && who.uid === uid);
    const ownGroup = gid === -1 || (who.uid === inode.uid && (isMember(who, gid) || gid === inode.gid));
    if (!sameUser || !ownGroup) return -ERRNO.EPERM;
  }
  const dropsIds = inode.type === S.S_IFREG && (uid !== -1 || gid !== -1);
  const mode = inode.mode & 0o7777 & ~(S.S_ISUID | ((inode.mode & 0o010) !== 0 ? S.S_ISGID : 0));
  return inode.change({ uid: newUid, gid: newGid, ...(dropsIds && { mode }) });
}
