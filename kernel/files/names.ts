/**
 * Names: making, linking, removing and renaming them.
 *
 * `vfs.ts` is the layer above, `file-tree.ts` the one below. Every check that does not depend on the kind of file system is
 * here, in the order in which Linux makes it, since the order decides which error a program sees.
 */
import { ERRNO } from "../../target/errno.ts";
import { FileTree } from "./file-tree.ts";
import { Directory, type Errno, failed, type Inode, Regular, S } from "./inode.ts";
import { IN, notify, notifyChild, notifyGone, notifyUnlinked } from "./notify.ts";
import { type Credentials, checkAccess, checkSticky, isMember, isOwner, MAY_EXEC, MAY_WRITE } from "./permission.ts";
import { lookup, type ParentWalk, type WalkStart, walkParent } from "./walk.ts";

// biome-ignore format: table
export const RENAME = { RENAME_NOREPLACE: 1, RENAME_EXCHANGE: 2, RENAME_WHITEOUT: 4 } as const;

export class Names extends FileTree {
  /** Joins the two events that inotify has for a rename. */
  #lastCookie = 0;

  /** mkdir, mknod and symlink: `node.mode` holds the type; permission bits are cut by `umask`. */
  make(start: WalkStart, path: string, node: { readonly mode: number; readonly target?: string }): 0 | Errno {
    const parent = this.#parentForNew(start, path, (node.mode & S.S_IFMT) === S.S_IFDIR);
    if (failed(parent)) return parent;
    const inode = this.create(start, parent.directory, parent.name, node);
    if (failed(inode)) return inode;
    notifyChild(parent.directory, parent.name, inode, IN.IN_CREATE);
    return 0;
  }

  link(start: WalkStart, inode: Inode, newStart: WalkStart, path: string): 0 | Errno {
    const parent = this.#parentForNew(newStart, path, false);
    if (failed(parent)) return parent;
    if (inode.sb !== parent.directory.sb) return -ERRNO.EXDEV;
    const error = this.checkCreate(parent.directory, start.who);
    if (error !== 0) return error;
    if (inode instanceof Directory) return -ERRNO.EPERM;
    if (inode.nlink === 0 && !(inode instanceof Regular && inode.linkable)) return -ERRNO.ENOENT;
    const linked = parent.directory.link(parent.name, inode);
    if (linked !== 0) return linked;
    notify(inode, IN.IN_ATTRIB);
    notifyChild(parent.directory, parent.name, inode, IN.IN_CREATE);
    return 0;
  }

  unlink(start: WalkStart, path: string): 0 | Errno {
    const parent = walkParent(start, path);
    if (failed(parent)) return parent;
    if (parent.last !== "name") return -ERRNO.EISDIR;
    const inode = lookup(parent.directory, parent.name);
    if (failed(inode)) return inode;
    if (parent.trailingSlash) return inode instanceof Directory ? -ERRNO.EISDIR : -ERRNO.ENOTDIR;
    return this.#checkDelete(parent.directory, inode, start.who, false) || this.#remove(parent, inode);
  }

  rmdir(start: WalkStart, path: string): 0 | Errno {
    const parent = walkParent(start, path);
    if (failed(parent)) return parent;
    if (parent.last === "dotdot") return -ERRNO.ENOTEMPTY;
    if (parent.last === "dot") return -ERRNO.EINVAL;
    if (parent.last === "root") return -ERRNO.EBUSY;
    const inode = lookup(parent.directory, parent.name);
    if (failed(inode)) return inode;
    const error =
      this.#checkDelete(parent.directory, inode, start.who, true) ||
      (parent.directory.isFixed ? -ERRNO.EPERM : checkEmpty(inode as Directory));
    return error || this.#remove(parent, inode);
  }

  #remove({ directory, name }: ParentWalk, inode: Inode): 0 | Errno {
    const error = directory.remove(name);
    if (error !== 0) return error;
    const opens = inode instanceof Regular ? inode.opens : 0;
    notifyUnlinked(inode, inode instanceof Directory || (inode.nlink === 0 && opens === 0));
    notifyChild(directory, name, inode, IN.IN_DELETE);
    return 0;
  }

  rename(start: WalkStart, from: string, newStart: WalkStart, to: string, flags: number): 0 | Errno {
    const exchange = (flags & RENAME.RENAME_EXCHANGE) !== 0;
    const whiteout = (flags & RENAME.RENAME_WHITEOUT) !== 0;
    const known = RENAME.RENAME_NOREPLACE | RENAME.RENAME_EXCHANGE | RENAME.RENAME_WHITEOUT;
    if ((flags & ~known) !== 0 || (exchange && flags !== RENAME.RENAME_EXCHANGE)) return -ERRNO.EINVAL;
    const old = walkParent(start, from);
    if (failed(old)) return old;
    const target = walkParent(newStart, to);
    if (failed(target)) return target;
    if (old.directory.sb !== target.directory.sb) return -ERRNO.EXDEV;
    if (old.last !== "name") return -ERRNO.EBUSY;
    const noReplace = (flags & RENAME.RENAME_NOREPLACE) !== 0;
    if (target.last !== "name") return noReplace ? -ERRNO.EEXIST : -ERRNO.EBUSY;
    const inode = lookup(old.directory, old.name);
    if (failed(inode)) return inode;
    const replaced = lookup(target.directory, target.name);
    if (failed(replaced) && replaced !== -ERRNO.ENOENT) return replaced;
    if (noReplace && !failed(replaced)) return -ERRNO.EEXIST;
    if (exchange) return this.#exchange(old, inode, target, replaced, start.who);
    if (whiteout && !old.directory.keepsWhiteouts) return -ERRNO.EINVAL;
    const isDirectory = inode instanceof Directory;
    if (!isDirectory && (old.trailingSlash || target.trailingSlash)) return -ERRNO.ENOTDIR;
    if (isDirectory && isWithin(target.directory, inode)) return -ERRNO.EINVAL;
    if (replaced instanceof Directory && isWithin(old.directory, replaced)) return -ERRNO.ENOTEMPTY;
    if (inode === replaced) return 0;
    const { who } = start;
    const error =
      this.#checkDelete(old.directory, inode, who, isDirectory) ||
      (failed(replaced)
        ? this.checkCreate(target.directory, who)
        : this.#checkDelete(target.directory, replaced, who, isDirectory)) ||
      // A directory that moves gets another "..", so it must be writable itself.
      (isDirectory && old.directory !== target.directory ? checkAccess(inode, who, MAY_WRITE) : 0) ||
      (replaced instanceof Directory ? checkEmpty(replaced) : 0);
    const moved = error || old.directory.rename(old.name, target.directory, target.name);
    if (moved !== 0) return moved;
    const made = whiteout ? old.directory.make(old.name, { mode: S.S_IFCHR, uid: who.uid, gid: who.gid }) : undefined;
    if (failed(made)) return made;
    this.#notifyMoved(old, inode, target, failed(replaced) ? undefined : replaced);
    return 0;
  }

  #notifyMoved(from: ParentWalk, inode: Inode, to: ParentWalk, replaced?: Inode): void {
    const cookie = ++this.#lastCookie;
    notifyChild(from.directory, from.name, inode, IN.IN_MOVED_FROM, cookie);
    notifyChild(to.directory, to.name, inode, IN.IN_MOVED_TO, cookie);
    if (replaced && !(replaced instanceof Directory)) notify(replaced, IN.IN_ATTRIB);
    notify(inode, IN.IN_MOVE_SELF);
    const isOpen = replaced instanceof Regular && replaced.opens > 0;
    if (replaced && (replaced instanceof Directory || (replaced.nlink === 0 && !isOpen))) notifyGone(replaced);
  }

  /** RENAME_EXCHANGE. */
  #exchange(old: ParentWalk, inode: Inode, target: ParentWalk, other: Inode | Errno, who: Credentials): 0 | Errno {
    if (failed(other)) return other;
    if (inode instanceof Directory && isWithin(target.directory, inode)) return -ERRNO.EINVAL;
    if (other instanceof Directory && isWithin(old.directory, other)) return -ERRNO.EINVAL;
    const slash = (parent: ParentWalk, at: Inode): boolean => parent.trailingSlash && !(at instanceof Directory);
    if (slash(old, inode) || slash(target, other)) return -ERRNO.ENOTDIR;
    if (inode === other) return 0;
    const error =
      this.#checkDelete(old.directory, inode, who, inode instanceof Directory) ||
      this.#checkDelete(target.directory, other, who, other instanceof Directory);
    const swapped = error || old.directory.exchange(old.name, target.directory, target.name);
    if (swapped !== 0) return swapped;
    this.#notifyMoved(old, inode, target);
    this.#notifyMoved(target, other, old);
    return 0;
  }

  /** utimensat: undefined leaves a time as it is; "now" is the model's clock. */
  changeTimes(
    inode: Inode,
    who: Credentials,
    atime: bigint | "now" | undefined,
    mtime: bigint | "now" | undefined,
  ): 0 | Errno {
    if (atime === undefined && mtime === undefined) return 0;
    if (!isOwner(inode, who)) {
      if (atime !== "now" || mtime !== "now") return -ERRNO.EPERM;
      const error = checkAccess(inode, who, MAY_WRITE);
      if (error !== 0) return error;
    }
    const now = inode.sb.now();
    return inode.change({
      ...(atime !== undefined && { atime: atime === "now" ? now : atime }),
      ...(mtime !== undefined && { mtime: mtime === "now" ? now : mtime }),
    });
  }

  #parentForNew(start: WalkStart, path: string, directory: boolean): ParentWalk | Errno {
    const parent = walkParent(start, path);
    if (failed(parent)) return parent;
    if (parent.last !== "name") return -ERRNO.EEXIST;
    const found = lookup(parent.directory, parent.name);
    if (!failed(found)) return -ERRNO.EEXIST;
    if (found !== -ERRNO.ENOENT) return found;
    return parent.trailingSlash && !directory ? -ERRNO.ENOENT : parent;
  }

  protected create(
    start: WalkStart,
    directory: Directory,
    name: string,
    node: { readonly mode: number; readonly target?: string },
  ): Inode | Errno {
    const error = this.checkCreate(directory, start.who);
    if (error !== 0) return error;
    const inheritsGroup = (directory.mode & S.S_ISGID) !== 0;
    const isDirectory = (node.mode & S.S_IFMT) === S.S_IFDIR;
    // Nobody gets to run a program as a group by making a file in its folder.
    const runsAsGroup = (node.mode & S.S_ISGID) !== 0 && (node.mode & 0o010) !== 0;
    const isStranger = start.who.uid !== 0 && !isMember(start.who, directory.gid);
    const dropped = inheritsGroup && !isDirectory && runsAsGroup && isStranger ? S.S_ISGID : 0;
    return directory.make(name, {
      ...node,
      mode: (node.mode & ~dropped) | (inheritsGroup && isDirectory ? S.S_ISGID : 0),
      uid: start.who.uid,
      gid: inheritsGroup ? directory.gid : start.who.gid,
    });
  }

  protected checkCreate(directory: Directory, who: Credentials): 0 | Errno {
    if (directory.removed) return -ERRNO.ENOENT;
    return checkAccess(directory, who, MAY_WRITE | MAY_EXEC);
  }

  #checkDelete(directory: Directory, inode: Inode, who: Credentials, wantsDirectory: boolean): 0 | Errno {
    const error = checkAccess(directory, who, MAY_WRITE | MAY_EXEC) || checkSticky(directory, inode, who);
    if (error !== 0) return error;
    if (inode instanceof Directory !== wantsDirectory) return wantsDirectory ? -ERRNO.ENOTDIR : -ERRNO.EISDIR;
    return inode instanceof Directory && inode.covers ? -ERRNO.EBUSY : 0;
  }
}

function checkEmpty(directory: Directory): 0 | Errno {
  const entries = directory.entries();
  if (failed(entries)) return entries;
  return entries.length === 0 ? 0 : -ERRNO.ENOTEMPTY;
}

/** `directory` is `ancestor` or lies below it, in one file system. */
function isWithin(directory: Directory, ancestor: Directory): boolean {
  for (let d = directory; ; d = d.parent) {
    if (d === ancestor) return true;
    if (d.parent === d) return false;
  }
}
