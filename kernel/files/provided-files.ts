/**
 * Files that somebody outside of the kernel answers for: /proc/systemtap.
 *
 * The tracer adds a file with `Target.provideFile` and takes it away again; folders come and go with their files. Each
 * open file has content of its own, made when it is first read. What is still open when a file is taken away gives EIO.
 */
import { ERRNO } from "../../target/errno.ts";
import type { ProvidedFile, Task } from "../../target/target.ts";
import { type Errno, type Inode, S, Special, type SuperBlock } from "./inode.ts";
import { type FileIo, OpenFile } from "./open-file.ts";

/** The tree of names, for the directories that procfs makes of it. */
export interface ProvidedFolder {
  readonly entries: Map<string, ProvidedFolder | ProvidedInode>;
}

export class ProvidedFiles {
  readonly root: ProvidedFolder = { entries: new Map() };
  readonly #owner: { readonly uid: number; readonly gid: number };
  readonly #current: () => Task | undefined;

  /** `current`: the task whose system call runs. */
  constructor(owner: { readonly uid: number; readonly gid: number }, current: () => Task | undefined) {
    this.#owner = owner;
    this.#current = current;
  }

  /** A second file of one path takes the place of the first; a file cannot be a folder too, the first one stays. */
  add(sb: SuperBlock, file: ProvidedFile): () => void {
    const names = file.path.split("/");
    const name = names.pop() ?? "";
    const folder = this.#folder(names);
    const inode = new ProvidedInode(sb, this.#owner, file, this.#current);
    const taken = folder?.entries.get(name);
    if (folder && (!taken || taken instanceof ProvidedInode)) folder.entries.set(name, inode);
    return () => {
      inode.removed = true;
      if (folder?.entries.get(name) === inode) folder.entries.delete(name);
      prune(this.root);
    };
  }

  #folder(names: readonly string[]): ProvidedFolder | undefined {
    let folder = this.root;
    for (const name of names) {
      const next = folder.entries.get(name) ?? { entries: new Map() };
      if (next instanceof ProvidedInode) return undefined;
      folder.entries.set(name, next);
      folder = next;
    }
    return folder;
  }
}

function prune(folder: ProvidedFolder): void {
  for (const [name, entry] of folder.entries) {
    if (entry instanceof ProvidedInode) continue;
    prune(entry);
    if (entry.entries.size === 0) folder.entries.delete(name);
  }
}

export class ProvidedInode extends Special {
  removed = false;
  readonly #file: ProvidedFile;
  readonly #current: () => Task | undefined;

  constructor(
    sb: SuperBlock,
    owner: { readonly uid: number; readonly gid: number },
    file: ProvidedFile,
    current: () => Task | undefined,
  ) {
    super(sb, { mode: S.S_IFREG | file.mode, ...owner });
    this.#file = file;
    this.#current = current;
  }

  override open(flags: number, path: string): OpenFile | Errno {
    return new ProvidedOpenFile(this, path, flags);
  }

  content(): Uint8Array | Errno {
    const task = this.#current();
    if (this.removed || !task) return -ERRNO.EIO;
    return this.#file.read ? this.#file.read(task) : -ERRNO.EINVAL;
  }

  write(bytes: Uint8Array): number {
    const task = this.#current();
    if (this.removed || !task) return -ERRNO.EIO;
    if (!this.#file.write) return -ERRNO.EINVAL;
    return bytes.length === 0 ? 0 : this.#file.write(task, bytes);
  }
}

class ProvidedOpenFile extends OpenFile {
  declare readonly inode: ProvidedInode;
  #content: Uint8Array | undefined;
  #offset = 0;

  constructor(inode: Inode, path: string, flags: number) {
    super(inode, path, flags);
  }

  override read(_io: FileIo, max: number): Uint8Array | Errno {
    const bytes = this.readAt(this.#offset, max);
    if (typeof bytes !== "number") this.#offset += bytes.length;
    return bytes;
  }

  override readAt(offset: number, max: number): Uint8Array | Errno {
    if (this.#content === undefined) {
      const content = this.inode.content();
      if (typeof content === "number") return content;
      this.#content = content;
    }
    return this.#content.subarray(offset, offset + max);
  }

  override write(_io: FileIo, bytes: Uint8Array): number {
    return this.inode.write(bytes);
  }

  override writeAt(_offset: number, bytes: Uint8Array): number {
    return this.inode.write(bytes);
  }

  override seek(offset: number, whence: number): number {
    const SEEK_SET = 0;
    const SEEK_CUR = 1;
    if (whence !== SEEK_SET && whence !== SEEK_CUR) return -ERRNO.EINVAL;
    const at = whence === SEEK_SET ? offset : this.#offset + offset;
    if (at < 0) return -ERRNO.EINVAL;
    this.#offset = at;
    return at;
  }
}
