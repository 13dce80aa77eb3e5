/** What a process has of the file system: where its paths begin. clone(CLONE_FS) shares the object, fork clones it. */
import type { Directory } from "./inode.ts";
import type { Credentials } from "./permission.ts";
import type { WalkStart } from "./walk.ts";

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
