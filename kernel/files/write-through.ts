/**
 * write-through: a folder of the host that the model may change (`--writable DIR`).
 *
 * The directories and files of `overlay.ts`, but every change is made on the host first and, when that worked, here too.
 * Paths on the host are computed from the tree, so that they are right after renames. A file that loses its last
 * name is fetched before, because an open file must still be readable.
 * Ownership is not written through: chown changes only what the model sees. A symbolic link gets no second name (EPERM).
 */
import { ERRNO } from "../../target/errno.ts";
import type { WritableHostFolder } from "./host-folder.ts";
import {
  type AttributeChange,
  Directory,
  type Errno,
  failed,
  type Inode,
  type NodeSpec,
  S,
  SuperBlock,
} from "./inode.ts";
import { HostDirectory, HostFile, type HostMount, mountRoot, OVERLAYFS_SUPER_MAGIC } from "./overlay.ts";
import type { FileMemory } from "./page-cache.ts";

export function mountWritableFolder(
  folder: WritableHostFolder,
  dev: number,
  memory: FileMemory,
  now: () => bigint,
): Directory | Errno {
  const mount: WritableMount = {
    sb: new SuperBlock("hostfs", OVERLAYFS_SUPER_MAGIC, dev, now),
    folder,
    memory,
    linked: new Map(),
    makeDirectory: (spec, path) => new WritableDirectory(mount, spec, path),
    makeFile: (spec, size, directory, name) => new WritableFile(mount, spec, size, [{ directory, name }]),
  };
  return mountRoot(mount);
}

interface WritableMount extends HostMount {
  readonly folder: WritableHostFolder;
}

interface Name {
  readonly directory: HostDirectory;
  readonly name: string;
}

class WritableFile extends HostFile {
  readonly #host: WritableHostFolder;
  readonly #names: Name[];

  constructor(mount: WritableMount, spec: NodeSpec, size: number, names: Name[]) {
    super(mount, spec, size, () => (names[0] ? names[0].directory.pathBelow(names[0].name) : undefined));
    this.#host = mount.folder;
    this.#names = names;
  }

  override write(offset: number, bytes: Uint8Array): 0 | Errno {
    return this.#through((path) => this.#host.write(path, offset, bytes)) || super.write(offset, bytes);
  }

  override punch(): Errno {
    return -ERRNO.EOPNOTSUPP;
  }

  override collapse(): Errno {
    return -ERRNO.EOPNOTSUPP;
  }

  override insert(): Errno {
    return -ERRNO.EOPNOTSUPP;
  }

  override truncate(size: number): 0 | Errno {
    return this.#through((path) => this.#host.truncate(path, size)) || super.truncate(size);
  }

  override change(change: AttributeChange): 0 | Errno {
    return this.#through((path) => changeOnHost(this.#host, path, this, change)) || super.change(change);
  }

  gainName(name: Name): void {
    if (!this.#names.some((known) => known.directory === name.directory && known.name === name.name)) {
      this.#names.push(name);
    }
  }

  /** Before the host loses a name: the last one takes the way to the content with it. */
  prepareLoss(): 0 | Errno {
    return this.#names.length === 1 ? this.cache.detach() : 0;
  }

  loseName({ directory, name }: Name): void {
    const at = this.#names.findIndex((known) => known.directory === directory && known.name === name);
    if (at >= 0) this.#names.splice(at, 1);
  }

  #through(call: (path: string) => 0 | Errno): 0 | Errno {
    const path = this.hostPath();
    return path === undefined ? 0 : call(path);
  }
}

class WritableDirectory extends HostDirectory {
  readonly #host: WritableHostFolder;

  constructor(mount: WritableMount, spec: NodeSpec, path: string) {
    super(mount, spec, path);
    this.#host = mount.folder;
  }

  override get hostPath(): string {
    return this.parent instanceof WritableDirectory && this.parent !== this ? this.parent.pathBelow(this.name) : "";
  }

  override lookup(name: string): Inode | Errno {
    const inode = super.lookup(name);
    // A further name of a file that is known under another one.
    if (inode instanceof WritableFile) inode.gainName({ directory: this, name });
    return inode;
  }

  override make(name: string, spec: NodeSpec): Inode | Errno {
    const error = makeOnHost(this.#host, this.pathBelow(name), spec);
    if (error !== 0) return error;
    const inode = this.#lookAgain(name);
    if (failed(inode)) return inode;
    this.touch();
    if (inode instanceof Directory) this.nlink++;
    return inode;
  }

  override link(name: string, inode: Inode): 0 | Errno {
    const existing = inode instanceof WritableFile ? inode.hostPath() : undefined;
    if (existing === undefined) return -ERRNO.EPERM;
    const error = this.#host.link(existing, this.pathBelow(name)) || super.link(name, inode);
    if (error === 0) (inode as WritableFile).gainName({ directory: this, name });
    return error;
  }

  override remove(name: string): 0 | Errno {
    const inode = this.lookup(name);
    if (failed(inode)) return inode;
    const path = this.pathBelow(name);
    const error =
      inode instanceof Directory
        ? this.#host.rmdir(path)
        : (inode instanceof WritableFile ? inode.prepareLoss() : 0) || this.#host.unlink(path);
    return error || this.#drop(name, inode);
  }

  override rename(name: string, to: Directory, toName: string): 0 | Errno {
    const inode = this.lookup(name);
    if (failed(inode)) return inode;
    if (!(to instanceof WritableDirectory)) return -ERRNO.EXDEV;
    const replaced = to.lookup(toName);
    const error =
      (replaced instanceof WritableFile ? replaced.prepareLoss() : 0) ||
      this.#host.rename(this.pathBelow(name), to.pathBelow(toName)) ||
      (failed(replaced) ? 0 : to.#drop(toName, replaced));
    if (error !== 0) return error;
    if (inode instanceof WritableFile) {
      inode.gainName({ directory: to, name: toName });
      inode.loseName({ directory: this, name });
    }
    // Not `super.rename`: it would look for something to replace, and on the host the new name is there already.
    this.move(name, inode, to, toName);
    return 0;
  }

  /** The host cannot make a file without a name, nor swap two names. */
  override makeUnnamed(): Errno {
    return -ERRNO.EOPNOTSUPP;
  }

  override get keepsWhiteouts(): boolean {
    return false;
  }

  override exchange(): Errno {
    return -ERRNO.EINVAL;
  }

  override change(change: AttributeChange): 0 | Errno {
    return changeOnHost(this.#host, this.hostPath, this, change) || super.change(change);
  }

  /** The host has lost the name already. */
  #drop(name: string, inode: Inode): 0 | Errno {
    const error = super.remove(name);
    if (error === 0 && inode instanceof WritableFile) inode.loseName({ directory: this, name });
    return error;
  }

  #lookAgain(name: string): Inode | Errno {
    const { mount } = this;
    this.children.delete(name);
    const stat = mount.folder.lstat(this.pathBelow(name));
    if (failed(stat)) return stat;
    return this.adopt(stat, name);
  }
}

function makeOnHost(host: WritableHostFolder, path: string, spec: NodeSpec): 0 | Errno {
  switch (spec.mode & S.S_IFMT) {
    case S.S_IFREG:
      return host.create(path, spec.mode & 0o7777);
    case S.S_IFDIR:
      return host.mkdir(path, spec.mode & 0o7777);
    case S.S_IFLNK:
      return host.symlink(path, spec.target ?? "");
    default:
      return -ERRNO.EPERM;
  }
}

function changeOnHost(host: WritableHostFolder, path: string, inode: Inode, change: AttributeChange): 0 | Errno {
  const error = change.mode !== undefined ? host.chmod(path, change.mode) : 0;
  if (error !== 0 || (change.atime === undefined && change.mtime === undefined)) return error;
  return host.utimes(path, change.atime ?? inode.atime, change.mtime ?? inode.mtime);
}
