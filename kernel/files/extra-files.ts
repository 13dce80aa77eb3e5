/**
 * Files that are put into the model before anything runs: program files of JavaScript processes, and what tests give.
 *
 * They lie in the memory of the root file system, as if the first program's user 0 had written them.
 */
import { fromText, toBytes } from "../../base/bytestring.ts";
import { ERRNO } from "../../target/errno.ts";
import { type Directory, type Errno, failed, Regular, S } from "./inode.ts";
import type { Vfs } from "./vfs.ts";

export interface ExtraFile {
  /** Text is UTF-8. */
  readonly content: string | Uint8Array;
  /** Permission bits. */
  readonly mode?: number;
}

/** 0, or -errno. A file that is there already is replaced. */
export function addFile(vfs: Vfs, root: Directory, path: string, { content, mode = 0o644 }: ExtraFile): 0 | Errno {
  const start = { root, from: root, who: { uid: 0, gid: 0 } };
  const names = fromText(path)
    .split("/")
    .filter((name) => name !== "");
  if (!path.startsWith("/") || names.length === 0) return -ERRNO.EINVAL;
  for (let i = 1; i < names.length; i++) {
    const made = vfs.make(start, `/${names.slice(0, i).join("/")}`, { mode: S.S_IFDIR | 0o755 });
    if (made !== 0 && made !== -ERRNO.EEXIST) return made;
  }
  const whole = `/${names.join("/")}`;
  const removed = vfs.unlink(start, whole);
  if (removed !== 0 && removed !== -ERRNO.ENOENT) return removed;
  const made = vfs.make(start, whole, { mode: S.S_IFREG | mode });
  if (made !== 0) return made;
  const found = vfs.lookup(start, whole, false);
  if (failed(found) || !(found.inode instanceof Regular)) return -ERRNO.EIO;
  return found.inode.write(0, typeof content === "string" ? toBytes(fromText(content)) : content);
}
