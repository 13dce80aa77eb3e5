/**
 * The virtual file system: what the system calls do with names.
 *
 * `kernel/syscalls/` above (argument checking and copying), the path walk and the file systems below. Every check that does
 * not depend on the kind of file system is here, in the order in which Linux makes it, since the order decides which
 * error a program sees. Results are objects or 0; failures are negative errno numbers.
 */
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import type { Block } from "../syscall-context.ts";
import { Directory, type Errno, failed, type Inode, Regular, S, Special, Symlink } from "./inode.ts";
import { IN, notify, notifyChild, notifyFile, notifyUnlinked } from "./notify.ts";
import { O, type Opener, OpenFile } from "./open-file.ts";
import {
  type Credentials,
  checkAccess,
  checkSticky,
  dropSetId,
  isOwner,
  MAY_EXEC,
  MAY_READ,
  MAY_WRITE,
  SUPERUSER,
} from "./permission.ts";
import { DirectoryFile, PathFile, RegularFile } from "./regular-file.ts";
import { type Dentry, lookup, type ParentWalk, pathOf, type WalkStart, walk, walkParent } from "./walk.ts";

/** Root, working directory and umask of a process; clone(CLONE_FS) shares the object, fork clones it. */
export class FsContext {
  root: Directory;
  cwd: Directory;
  umask: number;

  constructor(root: Directory, cwd: Directory = root, umask = 0o022) {
    this.root = root;
    this.cwd = cwd;
    this.umask = umask;
  }

  clone(): FsContext {
    return new FsContext(this.root, this.cwd, this.umask);
  }

  /** A walk from the working directory. */
  start(who: Credentials): WalkStart {
    return { root: this.root, from: this.cwd, who };
  }
}

// biome-ignore format: table
export const RENAME = { RENAME_NOREPLACE: 1, RENAME_EXCHANGE: 2, RENAME_WHITEOUT: 4 } as const;

export class Vfs {
  readonly root: Directory;
  /** Roots of what is mounted, in order. */
  readonly mounts: Directory[] = [];
  /** Joins the two events that inotify has for a rename. */
  #lastCookie = 0;

  constructor(root: Directory) {
    this.root = root;
  }

  // ---- the tree ----

  /** Puts the root of a file system over a directory. */
  mount(path: string, root: Directory): 0 | Errno {
    const at = this.lookup(this.#outside(), path, true);
    if (failed(at)) return at;
    if (!(at.inode instanceof Directory)) return -ERRNO.ENOTDIR;
    at.inode.mounted = root;
    root.covers = at.inode;
    this.mounts.push(root);
    return 0;
  }

  lookup(start: WalkStart, path: string, follow: boolean): Dentry | Errno {
    return walk(start, path, follow);
  }

  /** The canonical path of what a walk found; undefined when it has none (any more). */
  pathOf(dentry: Dentry): string | undefined {
    if (dentry.inode instanceof Directory) return pathOf(dentry.inode);
    return dentry.name === "" ? undefined : pathOf(dentry.parent, dentry.name);
  }

  /** Canonical path of a file as user 0 sees it: `TargetFiles.resolve`. */
  resolve(path: string): string | undefined {
    const at = this.lookup(this.#outside(), path, true);
    return failed(at) ? undefined : this.pathOf(at);
  }

  /** Whole content of a regular file as user 0 sees it: `TargetFiles.read`. */
  readFile(path: string): Uint8Array | undefined {
    const at = this.lookup(this.#outside(), path, true);
    if (failed(at) || !(at.inode instanceof Regular) || at.inode.size > limits.maxModuleBytes) return undefined;
    const bytes = at.inode.read(0, at.inode.size);
    return failed(bytes) ? undefined : bytes.slice();
  }

  /** What is in a folder as user 0 sees it: `TargetFiles.list`. */
  listFolder(path: string): readonly string[] | undefined {
    const at = this.lookup(this.#outside(), path, true);
    if (failed(at) || !(at.inode instanceof Directory)) return undefined;
    const entries = at.inode.entries();
    return failed(entries) ? undefined : entries.map(({ name }) => name);
  }

  // ---- open ----

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
      if ((flags & O.O_NOFOLLOW) !== 0) return -ERRNO.ELOOP;
      const end = found.jump();
      if (end) return this.#openDentry(opener, start, end, flags);
      from = { ...start, from: parent.directory };
      name = found.readlink();
    }
    return -ERRNO.ELOOP;
  }

  #createRegular(start: WalkStart, parent: ParentWalk, flags: number, mode: number): OpenFile | Errno {
    const { directory, name } = parent;
    const inode = this.#create(start, directory, name, { mode: S.S_IFREG | (mode & 0o7777) });
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
    const error = this.#checkCreate(at.inode, start.who);
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
      notifyChild(at.parent, at.name, inode, IN.IN_MODIFY);
      notify(inode, IN.IN_MODIFY);
    }
    const file = new RegularFile(regular, path, flags & ~O_CREATION);
    file.place = place;
    return file;
  }

  // ---- names ----

  /** mkdir, mknod and symlink: `node.mode` holds the type; permission bits are cut by `umask`. */
  make(start: WalkStart, path: string, node: { readonly mode: number; readonly target?: string }): 0 | Errno {
    const parent = this.#parentForNew(start, path, (node.mode & S.S_IFMT) === S.S_IFDIR);
    if (failed(parent)) return parent;
    const inode = this.#create(start, parent.directory, parent.name, node);
    if (failed(inode)) return inode;
    notifyChild(parent.directory, parent.name, inode, IN.IN_CREATE);
    return 0;
  }

  link(start: WalkStart, inode: Inode, newStart: WalkStart, path: string): 0 | Errno {
    const parent = this.#parentForNew(newStart, path, false);
    if (failed(parent)) return parent;
    if (inode.sb !== parent.directory.sb) return -ERRNO.EXDEV;
    const error = this.#checkCreate(parent.directory, start.who);
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
    const error = this.#checkDelete(parent.directory, inode, start.who, true) || checkEmpty(inode as Directory);
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
    if ((flags & ~(RENAME.RENAME_NOREPLACE | RENAME.RENAME_EXCHANGE)) !== 0) return -ERRNO.EINVAL;
    if (exchange && flags !== RENAME.RENAME_EXCHANGE) return -ERRNO.EINVAL;
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
    const isDirectory = inode instanceof Directory;
    if (!isDirectory && (old.trailingSlash || target.trailingSlash)) return -ERRNO.ENOTDIR;
    if (isDirectory && isWithin(target.directory, inode)) return -ERRNO.EINVAL;
    if (replaced instanceof Directory && isWithin(old.directory, replaced)) return -ERRNO.ENOTEMPTY;
    if (inode === replaced) return 0;
    const { who } = start;
    const error =
      this.#checkDelete(old.directory, inode, who, isDirectory) ||
      (failed(replaced)
        ? this.#checkCreate(target.directory, who)
        : this.#checkDelete(target.directory, replaced, who, isDirectory)) ||
      // A directory that moves gets another "..", so it must be writable itself.
      (isDirectory && old.directory !== target.directory ? checkAccess(inode, who, MAY_WRITE) : 0) ||
      (replaced instanceof Directory ? checkEmpty(replaced) : 0);
    const moved = error || old.directory.rename(old.name, target.directory, target.name);
    if (moved !== 0) return moved;
    const cookie = ++this.#lastCookie;
    notifyChild(old.directory, old.name, inode, IN.IN_MOVED_FROM, cookie);
    notifyChild(target.directory, target.name, inode, IN.IN_MOVED_TO, cookie);
    notify(inode, IN.IN_MOVE_SELF);
    if (!failed(replaced)) notifyUnlinked(replaced, replaced instanceof Directory || replaced.nlink === 0);
    return 0;
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
    return error || old.directory.exchange(old.name, target.directory, target.name);
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

  truncate(start: WalkStart, path: string, size: number): 0 | Errno {
    const at = this.lookup(start, path, true);
    if (failed(at)) return at;
    if (at.inode instanceof Directory) return -ERRNO.EISDIR;
    if (!(at.inode instanceof Regular)) return -ERRNO.EINVAL;
    const error = checkAccess(at.inode, start.who, MAY_WRITE) || at.inode.truncate(size);
    if (error !== 0) return error;
    dropSetId(at.inode, start.who);
    notifyChild(at.parent, at.name, at.inode, IN.IN_MODIFY);
    notify(at.inode, IN.IN_MODIFY);
    return 0;
  }

  // ---- checks ----

  #outside(): WalkStart {
    return { root: this.root, from: this.root, who: SUPERUSER };
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

  #create(
    start: WalkStart,
    directory: Directory,
    name: string,
    node: { readonly mode: number; readonly target?: string },
  ): Inode | Errno {
    const error = this.#checkCreate(directory, start.who);
    if (error !== 0) return error;
    const inheritsGroup = (directory.mode & S.S_ISGID) !== 0;
    const isDirectory = (node.mode & S.S_IFMT) === S.S_IFDIR;
    return directory.make(name, {
      ...node,
      mode: node.mode | (inheritsGroup && isDirectory ? S.S_ISGID : 0),
      uid: start.who.uid,
      gid: inheritsGroup ? directory.gid : start.who.gid,
    });
  }

  #checkCreate(directory: Directory, who: Credentials): 0 | Errno {
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

export type Opened = OpenFile | Errno | Block;

/** Flags that only matter while opening; F_GETFL does not show them. */
const O_CREATION = O.O_CREAT | O.O_EXCL | O.O_NOCTTY | O.O_TRUNC | O.O_CLOEXEC;

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
