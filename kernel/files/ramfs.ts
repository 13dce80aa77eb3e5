/**
 * ramfs: files that live in memory.
 *
 * Mounted for what has no host folder behind it; the upper half of `overlay.ts`, which fills the same directories and files
 * from a folder of the host. Names are kept in a map; a listing sorts them, so that it never depends on history.
 */
import { ERRNO } from "../../target/errno.ts";
import {
  Directory,
  type DirectoryEntry,
  type Errno,
  failed,
  type Inode,
  type NodeSpec,
  Regular,
  S,
  Special,
  SuperBlock,
  Symlink,
} from "./inode.ts";
import { type ChunkSource, type FileMemory, PageCache } from "./page-cache.ts";
import { PipeInode } from "./pipe.ts";

const RAMFS_MAGIC = 0x858458f6;

/** An empty file system; its root belongs to user 0. */
export function makeRamfs(dev: number, memory: FileMemory, now: () => bigint, mode = 0o755): RamDirectory {
  const sb = new SuperBlock("ramfs", RAMFS_MAGIC, dev, now);
  return new RamDirectory(sb, { mode: S.S_IFDIR | mode, uid: 0, gid: 0 }, memory);
}

/** How much is moved at once. */
const MOVED = 65_536;

export class RamFile extends Regular {
  readonly cache: PageCache;

  constructor(sb: SuperBlock, spec: NodeSpec, memory: FileMemory, size = 0, source?: ChunkSource) {
    super(sb, spec);
    this.cache = new PageCache(memory, size, source);
  }

  get size(): number {
    return this.cache.size;
  }

  read(offset: number, max: number): Uint8Array | Errno {
    return this.cache.read(offset, max);
  }

  write(offset: number, bytes: Uint8Array): 0 | Errno {
    const error = this.cache.write(offset, bytes);
    if (error === 0) this.touch();
    return error;
  }

  truncate(size: number): 0 | Errno {
    const error = this.cache.truncate(size);
    if (error === 0) this.touch();
    return error;
  }

  override punch(offset: number, length: number): 0 | Errno {
    const error = this.cache.punch(offset, length);
    if (error === 0) this.touch();
    return error;
  }

  override collapse(offset: number, length: number): 0 | Errno {
    for (let at = offset; at + length < this.size; at += MOVED) {
      const bytes = this.cache.read(at + length, MOVED);
      const error = failed(bytes) ? bytes : this.cache.write(at, bytes.slice());
      if (error !== 0) return error;
    }
    return this.truncate(this.size - length);
  }

  override insert(offset: number, length: number): 0 | Errno {
    const before = this.size;
    const grown = this.truncate(before + length);
    if (grown !== 0) return grown;
    for (let end = before; end > offset; end -= MOVED) {
      const at = Math.max(offset, end - MOVED);
      const bytes = this.cache.read(at, end - at);
      const error = failed(bytes) ? bytes : this.cache.write(at + length, bytes.slice());
      if (error !== 0) return error;
    }
    return this.punch(offset, length);
  }

  override nextData(offset: number): number {
    return this.cache.nextData(offset);
  }

  override nextHole(offset: number): number {
    return this.cache.nextHole(offset);
  }

  override forget(): void {
    this.cache.forget();
  }
}

export class RamDirectory extends Directory {
  protected readonly memory: FileMemory;
  /** undefined: the name was taken away, whatever lies below (a whiteout). */
  protected readonly children = new Map<string, Inode | undefined>();

  constructor(sb: SuperBlock, spec: NodeSpec, memory: FileMemory) {
    super(sb, spec);
    this.memory = memory;
    this.nlink = 2;
  }

  lookup(name: string): Inode | Errno {
    return this.children.get(name) ?? -ERRNO.ENOENT;
  }

  entries(): readonly DirectoryEntry[] | Errno {
    const entries: DirectoryEntry[] = [];
    for (const [name, inode] of this.children) if (inode) entries.push({ name, inode });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  override make(name: string, spec: NodeSpec): Inode | Errno {
    const inode = this.newInode(spec);
    if (failed(inode)) return inode;
    this.attach(name, inode);
    return inode;
  }

  override makeUnnamed(spec: NodeSpec): Inode | Errno {
    const inode = this.newInode(spec);
    if (!failed(inode)) inode.nlink = 0;
    return inode;
  }

  override get keepsWhiteouts(): boolean {
    return true;
  }

  override link(name: string, inode: Inode): 0 | Errno {
    inode.nlink++;
    inode.ctime = this.sb.now();
    this.attach(name, inode);
    return 0;
  }

  override remove(name: string): 0 | Errno {
    const inode = this.lookup(name);
    if (failed(inode)) return inode;
    this.detach(name, inode);
    inode.nlink -= inode instanceof Directory ? 2 : 1;
    inode.ctime = this.sb.now();
    if (inode instanceof Directory) inode.removed = true;
    if (inode instanceof Regular && inode.nlink === 0 && inode.opens === 0) inode.forget();
    return 0;
  }

  override rename(name: string, to: Directory, toName: string): 0 | Errno {
    const inode = this.lookup(name);
    if (failed(inode)) return inode;
    if (!(to instanceof RamDirectory)) return -ERRNO.EXDEV;
    if (!failed(to.lookup(toName))) to.remove(toName);
    this.move(name, inode, to, toName);
    return 0;
  }

  override exchange(name: string, other: Directory, otherName: string): 0 | Errno {
    const [mine, theirs] = [this.lookup(name), other.lookup(otherName)];
    if (failed(mine)) return mine;
    if (failed(theirs)) return theirs;
    if (!(other instanceof RamDirectory)) return -ERRNO.EXDEV;
    this.detach(name, mine);
    other.detach(otherName, theirs);
    mine.ctime = theirs.ctime = this.sb.now();
    other.attach(otherName, mine);
    this.attach(name, theirs);
    return 0;
  }

  /** `toName` is free by now. */
  protected move(name: string, inode: Inode, to: RamDirectory, toName: string): void {
    this.detach(name, inode);
    inode.ctime = this.sb.now();
    to.attach(toName, inode);
  }

  /** A name appears. */
  protected attach(name: string, inode: Inode): void {
    this.children.set(name, inode);
    if (inode instanceof Directory) {
      inode.parent = this;
      inode.name = name;
      this.nlink++;
    }
    this.touch();
  }

  /** A name goes away. */
  protected detach(name: string, inode: Inode): void {
    this.children.delete(name);
    if (inode instanceof Directory) this.nlink--;
    this.touch();
  }

  protected newInode(spec: NodeSpec): Inode | Errno {
    switch (spec.mode & S.S_IFMT) {
      case S.S_IFREG:
        return new RamFile(this.sb, spec, this.memory);
      case S.S_IFDIR:
        return new RamDirectory(this.sb, spec, this.memory);
      case S.S_IFLNK:
        return new Symlink(this.sb, spec);
      case S.S_IFIFO:
        return new PipeInode(this.sb, spec);
      case S.S_IFSOCK:
        return new Special(this.sb, spec);
      case S.S_IFCHR:
        // Device 0:0 is a whiteout, which everybody may make.
        return spec.rdev ? -ERRNO.EPERM : new Special(this.sb, spec);
      default:
        // Devices cannot be made (mknod(2): EPERM when the file system does not have the type).
        return -ERRNO.EPERM;
    }
  }
}
