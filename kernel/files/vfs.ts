/**
 * The virtual file system: what the system calls do with names. Here files are opened.
 *
 * `kernel/syscalls/` is above (argument checking and copying), `names.ts` and `file-tree.ts` are the layers below, then the
 * path walk and the file systems. The checks come in the order in which Linux makes them, since the order decides which
 * error a program sees.
 */
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import type { Block } from "../syscall-context.ts";
import { Directory, type Errno, failed, type Regular, S, Special, Symlink } from "./inode.ts";
import { Names } from "./names.ts";
import { IN, notifyChild, notifyFile } from "./notify.ts";
import { O, type Opener, OpenFile } from "./open-file.ts";
import { checkAccess, dropSetId, isOwner, MAY_READ, MAY_WRITE } from "./permission.ts";
import { DirectoryFile, PathFile, RegularFile } from "./regular-file.ts";
import { type Dentry, lookup, type ParentWalk, pathOf, RESOLVE, type WalkStart, walkParent } from "./walk.ts";

export { FsContext } from "./fs-context.ts";
export { RENAME } from "./names.ts";

export class Vfs extends Names {
  /** Without waiting for the other end of a fifo. */
  open(start: WalkStart, path: string, flags: number, mode: number): OpenFile | Errno {
    const file = this.openFor(undefined, start, path, flags, mode);
    return file instanceof OpenFile || failed(file) ? file : -ERRNO.ENXIO;
  }

  /** open(2). */
  openFor(opener: Opener | undefined, start: WalkStart, path: string, flags: number, mode: number): Opened {
    if ((flags & O.O_PATH) !== 0) return this.#openPath(start, path, flags);
    const file = this.#openNamed(opener, start, path, flags, mode);
    if (file instanceof OpenFile) notifyFile(file, IN.IN_OPEN);
    if (file instanceof RegularFile && file.emptied) notifyFile(file, IN.IN_MODIFY);
    return file;
  }

  #openNamed(opener: Opener | undefined, start: WalkStart, path: string, flags: number, mode: number): Opened {
    if ((flags & O.O_TMPFILE) === O.O_TMPFILE) return this.#openUnnamed(start, path, flags, mode);
    if ((flags & O.O_CREAT) === 0) {
      const follow = (flags & O.O_NOFOLLOW) === 0;
      const at = this.lookup(start, path, follow);
      return failed(at) ? at : this.#openDentry(opener, start, at, flags);
    }
    if ((flags & O.O_DIRECTORY) !== 0) return -ERRNO.EINVAL;
    return this.#openCreating(opener, start, path, flags, mode);
  }

  /** O_CREAT: a link that leads to nothing is followed, and the file is made where it leads. */
  #openCreating(opener: Opener | undefined, start: WalkStart, path: string, flags: number, mode: number): Opened {
    let from = start;
    let name = path;
    for (let links = 0; links <= limits.maxSymlinks; links++) {
      const parent = walkParent(from, name);
      if (failed(parent)) return parent;
      if (parent.last !== "name") return (flags & O.O_EXCL) !== 0 ? -ERRNO.EEXIST : -ERRNO.EISDIR;
      if (parent.trailingSlash) return -ERRNO.EISDIR;
      const found = lookup(parent.directory, parent.name);
      if (found === -ERRNO.ENOENT) return this.#createRegular(start, parent, flags, mode);
      if (failed(found)) return found;
      if ((flags & O.O_EXCL) !== 0) return -ERRNO.EEXIST;
      if (!(found instanceof Symlink)) {
        return this.#openDentry(opener, start, { parent: parent.directory, name: parent.name, inode: found }, flags);
      }
      const forbidden = ((start.resolve ?? 0) & RESOLVE.RESOLVE_NO_SYMLINKS) !== 0;
      if ((flags & O.O_NOFOLLOW) !== 0 || forbidden) return -ERRNO.ELOOP;
      const end = found.jump();
      if (end) return this.#openDentry(opener, start, end, flags);
      from = { ...start, from: parent.directory };
      name = found.readlink();
    }
    return -ERRNO.ELOOP;
  }

  #createRegular(start: WalkStart, parent: ParentWalk, flags: number, mode: number): OpenFile | Errno {
    const { directory, name } = parent;
    const inode = this.create(start, directory, name, { mode: S.S_IFREG | (mode & 0o7777) });
    if (failed(inode)) return inode;
    notifyChild(directory, name, inode, IN.IN_CREATE);
    const file = new RegularFile(inode as Regular, pathOf(directory, name) ?? name, flags & ~O_CREATION);
    file.place = { parent: directory, name };
    return file;
  }

  /** O_TMPFILE: a file in the file system of a directory, without a name. */
  #openUnnamed(start: WalkStart, path: string, flags: number, mode: number): OpenFile | Errno {
    if ((flags & O.O_ACCMODE) === O.O_RDONLY) return -ERRNO.EINVAL;
    const at = this.lookup(start, path, (flags & O.O_NOFOLLOW) === 0);
    if (failed(at)) return at;
    if (!(at.inode instanceof Directory)) return -ERRNO.ENOTDIR;
    const error = this.checkCreate(at.inode, start.who);
    if (error !== 0) return error;
    const { uid, gid } = start.who;
    const inode = at.inode.makeUnnamed({ mode: S.S_IFREG | (mode & 0o7777), uid, gid });
    if (failed(inode)) return inode;
    const regular = inode as Regular;
    regular.linkable = (flags & O.O_EXCL) === 0;
    return new RegularFile(regular, `${this.pathOf(at) ?? ""}/#${inode.ino} (deleted)`, flags & ~O_CREATION);
  }

  #openPath(start: WalkStart, path: string, flags: number): OpenFile | Errno {
    const at = this.lookup(start, path, (flags & O.O_NOFOLLOW) === 0);
    if (failed(at)) return at;
    if ((flags & O.O_DIRECTORY) !== 0 && !(at.inode instanceof Directory)) return -ERRNO.ENOTDIR;
    return new PathFile(at.inode, this.pathOf(at) ?? "", O.O_PATH);
  }

  #openDentry(opener: Opener | undefined, start: WalkStart, at: Dentry, flags: number): Opened {
    const { inode } = at;
    const access = flags & O.O_ACCMODE;
    const writes = access !== O.O_RDONLY || (flags & O.O_TRUNC) !== 0;
    if (inode instanceof Symlink) return (flags & O.O_DIRECTORY) !== 0 ? -ERRNO.ENOTDIR : -ERRNO.ELOOP;
    if ((flags & O.O_DIRECTORY) !== 0 && !(inode instanceof Directory)) return -ERRNO.ENOTDIR;
    if (inode instanceof Directory && (writes || (flags & O.O_CREAT) !== 0)) return -ERRNO.EISDIR;
    const wanted = (access === O.O_WRONLY ? 0 : MAY_READ) | (writes ? MAY_WRITE : 0);
    const error = checkAccess(inode, start.who, wanted) || inode.checkOpen(flags);
    if (error !== 0) return error;
    if ((flags & O.O_NOATIME) !== 0 && !isOwner(inode, start.who)) return -ERRNO.EPERM;
    const path = this.pathOf(at) ?? `${at.name} (deleted)`;
    const place = { parent: at.parent, name: at.name };
    if (inode instanceof Special) {
      // Terminals look at O_NOCTTY.
      const file = inode.open(flags & ~(O_CREATION & ~O.O_NOCTTY), path, opener);
      if (file instanceof OpenFile) {
        file.flags &= ~O_CREATION;
        file.place = place;
      }
      return file;
    }
    if (inode instanceof Directory) {
      const file = new DirectoryFile(inode, path, flags & ~O_CREATION);
      file.place = place;
      return file;
    }
    const regular = inode as Regular;
    if ((flags & O.O_TRUNC) !== 0) {
      const truncated = regular.truncate(0);
      if (truncated !== 0) return truncated;
      dropSetId(regular, start.who);
    }
    const file = new RegularFile(regular, path, flags & ~O_CREATION);
    file.place = place;
    file.emptied = (flags & O.O_TRUNC) !== 0;
    return file;
  }
}

export type Opened = OpenFile | Errno | Block;

/** Flags that only matter while opening; F_GETFL does not show them. */
const O_CREATION = O.O_CREAT | O.O_EXCL | O.O_NOCTTY | O.O_TRUNC | O.O_CLOEXEC;
