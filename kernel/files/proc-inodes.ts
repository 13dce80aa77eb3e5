/**
 * The inodes of procfs: a folder whose children are found when somebody looks, a file whose text is made when somebody reads, a
 * link that leads straight to an inode.
 *
 * `procfs.ts` says what is where.
 */
import { fromBytes, toBytes } from "../../base/bytestring.ts";
import { ERRNO } from "../../target/errno.ts";
import {
  Directory,
  type DirectoryEntry,
  type Errno,
  failed,
  type Inode,
  Regular,
  S,
  type SuperBlock,
  Symlink,
} from "./inode.ts";
import type { Dentry } from "./walk.ts";

export interface Children {
  find(name: string): Inode | undefined;
  names(): readonly string[];
}

export class ProcDirectory extends Directory {
  readonly #children: Children;
  /** Of the process that it is the folder of. */
  readonly pid: number | undefined;

  constructor(sb: SuperBlock, uid: number, gid: number, children: Children, pid?: number) {
    super(sb, { mode: S.S_IFDIR | 0o555, uid, gid });
    this.#children = children;
    this.pid = pid;
  }

  override get size(): number {
    return 0;
  }

  lookup(name: string): Inode | Errno {
    const inode = this.#children.find(name);
    if (!inode) return -ERRNO.ENOENT;
    if (inode instanceof Directory) {
      inode.parent = this;
      inode.name = name;
    }
    return inode;
  }

  // Linux finds no place for a new name here, and takes none away.
  override make(): Errno {
    return -ERRNO.ENOENT;
  }

  override remove(): Errno {
    return -ERRNO.EPERM;
  }

  override rename(): Errno {
    return -ERRNO.ENOENT;
  }

  override get isFixed(): boolean {
    return true;
  }

  entries(): readonly DirectoryEntry[] | Errno {
    const entries: DirectoryEntry[] = [];
    for (const name of [...this.#children.names()].sort()) {
      const inode = this.lookup(name);
      if (!failed(inode)) entries.push({ name, inode });
    }
    return entries;
  }
}

export class ProcFile extends Regular {
  readonly #text: () => string;
  /** Whoever opens it may. */
  mayOpen = (): boolean => true;
  /** Takes what is written, where writing means something. */
  written: ((content: string) => void) | undefined;

  constructor(sb: SuperBlock, uid: number, gid: number, text: () => string) {
    super(sb, { mode: S.S_IFREG | 0o444, uid, gid });
    this.#text = text;
  }

  get size(): number {
    return 0;
  }

  read(offset: number, max: number): Uint8Array {
    return toBytes(this.#text()).subarray(offset, offset + max);
  }

  override checkOpen(): 0 | Errno {
    return this.mayOpen() ? 0 : -ERRNO.EACCES;
  }

  write(_offset: number, bytes: Uint8Array): 0 | Errno {
    if (!this.written) return -ERRNO.EACCES;
    this.written(fromBytes(bytes));
    return 0;
  }

  /** It has no length of its own. */
  truncate(): 0 {
    return 0;
  }
}

export class ProcLink extends Symlink {
  readonly #target: () => string;
  readonly #jump: (() => Dentry | undefined) | undefined;
  readonly #mayFollow: () => boolean;

  constructor(
    sb: SuperBlock,
    uid: number,
    gid: number,
    target: () => string,
    jump?: () => Dentry | undefined,
    mayFollow = (): boolean => true,
  ) {
    super(sb, { mode: S.S_IFLNK | 0o777, uid, gid });
    this.#target = target;
    this.#jump = jump;
    this.#mayFollow = mayFollow;
  }

  override get size(): number {
    return 0;
  }

  override checkFollow(): 0 | Errno {
    return this.#mayFollow() ? 0 : -ERRNO.EACCES;
  }

  override readlink(): string {
    return this.#target();
  }

  override jump(): Dentry | undefined {
    return this.#jump?.();
  }
}
