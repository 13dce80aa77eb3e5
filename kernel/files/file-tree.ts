/**
 * The tree of files: what is mounted where, and what a path leads to.
 *
 * The first of three layers: `names.ts` adds and removes names, `vfs.ts` opens files. Results are objects or 0; failures are
 * negative errno numbers.
 */
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import { Directory, type Errno, failed, Regular } from "./inode.ts";
import { IN, notify, notifyChild } from "./notify.ts";
import { checkAccess, dropSetId, MAY_WRITE, SUPERUSER } from "./permission.ts";
import { type Dentry, pathOf, type WalkStart, walk } from "./walk.ts";

export class FileTree {
  readonly root: Directory;
  /** Roots of what is mounted, in order. */
  readonly mounts: Directory[] = [];

  constructor(root: Directory) {
    this.root = root;
  }

  /** Puts the root of a file system over a directory. */
  mount(path: string, root: Directory): 0 | Errno {
    const at = this.lookup(this.outside(), path, true);
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
    const at = this.lookup(this.outside(), path, true);
    return failed(at) ? undefined : this.pathOf(at);
  }

  /** Whole content of a regular file as user 0 sees it: `TargetFiles.read`. */
  readFile(path: string): Uint8Array | undefined {
    const at = this.lookup(this.outside(), path, true);
    if (failed(at) || !(at.inode instanceof Regular) || at.inode.size > limits.maxModuleBytes) return undefined;
    const bytes = at.inode.read(0, at.inode.size);
    return failed(bytes) ? undefined : bytes.slice();
  }

  /** What is in a folder as user 0 sees it: `TargetFiles.list`. */
  listFolder(path: string): readonly string[] | undefined {
    const at = this.lookup(this.outside(), path, true);
    if (failed(at) || !(at.inode instanceof Directory)) return undefined;
    const entries = at.inode.entries();
    return failed(entries) ? undefined : entries.map(({ name }) => name);
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

  protected outside(): WalkStart {
    return { root: this.root, from: this.root, who: SUPERUSER };
  }
}
