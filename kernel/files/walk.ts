/**
 * The path walk: from a path to an inode, one component at a time.
 *
 * Called by `vfs.ts` alone. Follows symbolic links (at most `limits.maxSymlinks` in one walk), crosses mounts both ways,
 * stops `..` at the root, and wants search permission on every directory that it goes through. A trailing slash
 * says that the last component is a directory, and follows it when it is a link: `a/` is walked as `a/.`.
 */
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import { Directory, type Errno, failed, type Inode, Symlink } from "./inode.ts";
import { type Credentials, checkAccess, MAY_EXEC } from "./permission.ts";

/** Where a walk begins and who walks. */
export interface WalkStart {
  readonly root: Directory;
  /** The working directory, or the directory of an `…at` call. */
  readonly from: Directory;
  readonly who: Credentials;
  /** openat2: RESOLVE_… bits. */
  readonly resolve?: number;
}

// biome-ignore format: table
export const RESOLVE = {
  RESOLVE_NO_XDEV: 1, RESOLVE_NO_MAGICLINKS: 2, RESOLVE_NO_SYMLINKS: 4, RESOLVE_BENEATH: 8, RESOLVE_IN_ROOT: 16, RESOLVE_CACHED: 32,
} as const;

/** Where a walk ended. */
export interface Dentry {
  readonly parent: Directory;
  /** The empty string for a root and for what a link of procfs leads to. */
  readonly name: string;
  readonly inode: Inode;
}

/** The directory in which the last component of a path is to be found or made. */
export interface ParentWalk {
  readonly directory: Directory;
  readonly name: string;
  readonly last: "name" | "dot" | "dotdot" | "root";
  readonly trailingSlash: boolean;
}

/** The inode of a path; `follow` says whether a link in the last component is followed. */
export function walk(start: WalkStart, path: string, follow: boolean): Dentry | Errno {
  const components = split(path);
  if (failed(components)) return components;
  if (path.endsWith("/")) components.push(".");
  return walkComponents(start, path, components, follow);
}

export function walkParent(start: WalkStart, path: string): ParentWalk | Errno {
  const components = split(path);
  if (failed(components)) return components;
  const name = components.pop();
  const above = walkComponents(start, path, [...components, "."], true);
  if (failed(above)) return above;
  const directory = above.inode as Directory;
  const last = name === undefined ? "root" : name === "." ? "dot" : name === ".." ? "dotdot" : "name";
  if (name !== undefined && name.length > limits.maxNameBytes) return -ERRNO.ENAMETOOLONG;
  return { directory, name: name ?? "", last, trailingSlash: path.endsWith("/") };
}

/** The child of a directory, through what is mounted on it. */
export function lookup(directory: Directory, name: string): Inode | Errno {
  const inode = directory.lookup(name);
  return failed(inode) ? inode : throughMounts(inode);
}

/** The canonical path of a directory or of a name in one, as seen from `root`; undefined when it was removed. */
export function pathOf(directory: Directory, name = "", root?: Directory): string | undefined {
  const names = name === "" ? [] : [name];
  for (let d = directory; ; d = d.parent) {
    if (d === root) return `/${names.reverse().join("/")}`;
    while (d.covers) d = d.covers;
    if (d.removed) return undefined;
    if (d.parent === d) return `/${names.reverse().join("/")}`;
    names.push(d.name);
  }
}

function split(path: string): string[] | Errno {
  if (path === "") return -ERRNO.ENOENT;
  if (path.length >= limits.maxPathBytes) return -ERRNO.ENAMETOOLONG;
  return path.split("/").filter((component) => component !== "");
}

function walkComponents(start: WalkStart, path: string, components: string[], follow: boolean): Dentry | Errno {
  const pending = components.reverse();
  const resolve = start.resolve ?? 0;
  const beneath = (resolve & RESOLVE.RESOLVE_BENEATH) !== 0;
  if (beneath && path.startsWith("/")) return -ERRNO.EXDEV;
  let at = dentryOf(path.startsWith("/") ? start.root : start.from);
  let links = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const directory = at.inode;
    if (!(directory instanceof Directory)) return -ERRNO.ENOTDIR;
    const access = checkAccess(directory, start.who, MAY_EXEC);
    if (access !== 0) return access;
    if (name === ".") continue;
    if (name === "..") {
      if (beneath && directory === start.from) return -ERRNO.EXDEV;
      at = dentryOf(above(start.root, directory));
      if (crosses(resolve, directory, at.inode)) return -ERRNO.EXDEV;
      continue;
    }
    if (name.length > limits.maxNameBytes) return -ERRNO.ENAMETOOLONG;
    const inode = lookup(directory, name);
    if (failed(inode)) return inode;
    if (crosses(resolve, directory, inode)) return -ERRNO.EXDEV;
    if (!(inode instanceof Symlink) || (pending.length === 0 && !follow)) {
      at = { parent: directory, name, inode };
      continue;
    }
    if (++links > limits.maxSymlinks || (resolve & RESOLVE.RESOLVE_NO_SYMLINKS) !== 0) return -ERRNO.ELOOP;
    inode.accessed();
    const forbidden = inode.checkFollow();
    if (forbidden !== 0) return forbidden;
    const end = inode.jump();
    if (end) {
      if ((resolve & (RESOLVE.RESOLVE_NO_MAGICLINKS | RESOLVE.RESOLVE_IN_ROOT)) !== 0) return -ERRNO.ELOOP;
      if (beneath || crosses(resolve, directory, end.inode)) return -ERRNO.EXDEV;
      at = end;
      continue;
    }
    const target = inode.readlink();
    const steps = split(target);
    if (failed(steps)) return steps;
    if (target.startsWith("/") && (beneath || crosses(resolve, directory, start.root))) return -ERRNO.EXDEV;
    if (target.endsWith("/")) steps.push(".");
    pending.push(...steps.reverse());
    at = dentryOf(target.startsWith("/") ? start.root : directory);
  }
  return at;
}

/** RESOLVE_NO_XDEV: no step leads to another mount. */
function crosses(resolve: number, from: Inode, to: Inode): boolean {
  return (resolve & RESOLVE.RESOLVE_NO_XDEV) !== 0 && from.sb !== to.sb;
}

function dentryOf(directory: Directory): Dentry {
  return { parent: directory.parent, name: directory.name, inode: directory };
}

function throughMounts(inode: Inode): Inode {
  let at = inode;
  while (at instanceof Directory && at.mounted) at = at.mounted;
  return at;
}

function above(root: Directory, directory: Directory): Directory {
  let at = directory;
  if (at === root) return at;
  while (at.covers && at !== root) at = at.covers;
  return at === root ? at : (throughMounts(at.parent) as Directory);
}
