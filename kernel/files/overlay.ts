/**
 * overlay: a folder of the host, seen from the model, copy-on-write.
 *
 * Below is the folder, above is a ramfs; the directories and files here are those of `ramfs.ts`, filled from the folder
 * when somebody looks. What the model does to them stays in memory: a written chunk is a dirty chunk, a removed name
 * is a whiteout, a renamed directory keeps the host path that its content comes from. The host is never written,
 * because a `HostFolder` cannot; `write-through.ts` is for the folder that can.
 * What was seen once stays as it was seen, whatever others do on the host while the model runs.
 */
import { ERRNO } from "../../target/errno.ts";
import type { HostFolder, HostStat } from "./host-folder.ts";
import {
  Directory,
  type DirectoryEntry,
  type Errno,
  failed,
  type Inode,
  type NodeSpec,
  S,
  Special,
  SuperBlock,
  Symlink,
} from "./inode.ts";
import { O } from "./open-file.ts";
import type { FileMemory } from "./page-cache.ts";
import { PipeInode } from "./pipe.ts";
import { RamDirectory, RamFile } from "./ramfs.ts";

export const OVERLAYFS_SUPER_MAGIC = 0x794c7630;

/** The root of a folder of the host; -errno when it is none. */
export function mountHostFolder(
  folder: HostFolder,
  dev: number,
  memory: FileMemory,
  now: () => bigint,
): Directory | Errno {
  const sb = new SuperBlock("overlay", OVERLAYFS_SUPER_MAGIC, dev, now);
  const mount: HostMount = {
    sb,
    folder,
    memory,
    linked: new Map(),
    makeDirectory: (spec, path) => new HostDirectory(mount, spec, path),
    makeFile: (spec, size, directory, name) => {
      const path = directory.pathBelow(name);
      return new HostFile(mount, spec, size, () => path);
    },
  };
  return mountRoot(mount);
}

/** What the inodes of one mounted folder share. */
export interface HostMount {
  readonly sb: SuperBlock;
  readonly folder: HostFolder;
  readonly memory: FileMemory;
  /** Files with several names, by `HostStat.identity`. */
  readonly linked: Map<string, Inode>;
  makeDirectory(spec: NodeSpec, path: string): HostDirectory;
  makeFile(spec: NodeSpec, size: number, directory: HostDirectory, name: string): HostFile;
}

export function mountRoot(mount: HostMount): Directory | Errno {
  const stat = mount.folder.lstat("");
  if (failed(stat)) return stat;
  if ((stat.mode & S.S_IFMT) !== S.S_IFDIR) return -ERRNO.ENOTDIR;
  return withStat(mount.makeDirectory(stat, ""), stat);
}

export class HostFile extends RamFile {
  readonly #folder: HostFolder;
  /** Where the host has the file now. */
  readonly hostPath: () => string | undefined;

  constructor(mount: HostMount, spec: NodeSpec, size: number, hostPath: () => string | undefined) {
    super(mount.sb, spec, mount.memory, size, (offset, into) => {
      const path = hostPath();
      return path === undefined ? -ERRNO.EIO : mount.folder.read(path, offset, into);
    });
    this.#folder = mount.folder;
    this.hostPath = hostPath;
  }

  override checkOpen(flags: number): 0 | Errno {
    const path = this.hostPath();
    if (path === undefined || (flags & O.O_ACCMODE) === O.O_WRONLY) return 0;
    return this.#folder.checkReadable(path);
  }
}

export class HostDirectory extends RamDirectory {
  readonly mount: HostMount;
  readonly #path: string;
  /** Every name of the host is in `children`. */
  #complete = false;

  constructor(mount: HostMount, spec: NodeSpec, path: string) {
    super(mount.sb, spec, mount.memory);
    this.mount = mount;
    this.#path = path;
  }

  /** The path on the host whose content this is. */
  get hostPath(): string {
    return this.#path;
  }

  pathBelow(name: string): string {
    return this.hostPath === "" ? name : `${this.hostPath}/${name}`;
  }

  override lookup(name: string): Inode | Errno {
    if (this.children.has(name) || this.#complete || this.removed) return super.lookup(name);
    const stat = this.mount.folder.lstat(this.pathBelow(name));
    return failed(stat) ? stat : this.adopt(stat, name);
  }

  /** Makes what the host has under a name known here. */
  protected adopt(stat: HostStat, name: string): Inode | Errno {
    const inode = this.#inodeOf(stat, name);
    if (failed(inode)) return inode;
    this.children.set(name, inode);
    if (inode instanceof Directory) {
      inode.parent = this;
      inode.name = name;
    }
    return inode;
  }

  override entries(): readonly DirectoryEntry[] | Errno {
    if (!this.#complete && !this.removed) {
      const names = this.mount.folder.readdir(this.hostPath);
      if (failed(names)) return names;
      // Sorted, because inode numbers are given in the order of first sight. A name that vanished meanwhile is skipped.
      for (const name of [...names].sort()) this.lookup(name);
      this.#complete = true;
    }
    return super.entries();
  }

  protected override detach(name: string, inode: Inode): void {
    super.detach(name, inode);
    // The whiteout: below, the name is still there.
    this.children.set(name, undefined);
  }

  #inodeOf(stat: HostStat, name: string): Inode | Errno {
    const { mount } = this;
    const known = stat.nlink > 1 ? mount.linked.get(stat.identity) : undefined;
    switch (stat.mode & S.S_IFMT) {
      case S.S_IFDIR:
        return withStat(mount.makeDirectory(stat, this.pathBelow(name)), stat);
      case S.S_IFLNK: {
        const target = mount.folder.readlink(this.pathBelow(name));
        return failed(target) ? target : withStat(new Symlink(mount.sb, { ...stat, target }), stat);
      }
      case S.S_IFREG: {
        if (known) return known;
        const file = withStat(mount.makeFile(stat, stat.size, this, name), stat);
        if (stat.nlink > 1) mount.linked.set(stat.identity, file);
        return file;
      }
      default:
        return withStat(stat.mode >> 12 === 1 ? new PipeInode(mount.sb, stat) : new Special(mount.sb, stat), stat);
    }
  }
}

function withStat<T extends Inode>(inode: T, stat: HostStat): T {
  inode.nlink = stat.nlink;
  inode.atime = stat.atime;
  inode.mtime = stat.mtime;
  inode.ctime = stat.ctime;
  inode.btime = undefined;
  return inode;
}
