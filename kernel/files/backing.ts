/**
 * How memory sees a file: `FileBacking` for mmap and exec, one object per inode so that shared mappings meet.
 *
 * Called by the mmap and execve handlers; the pages come from the inode's own page cache.
 */

import type { FileBacking } from "../memory/area.ts";
import { type Frames, PAGE_SIZE } from "../memory/frames.ts";
import { refreshFile } from "../memory/shared-pages.ts";
import { failed, type Inode, Regular } from "./inode.ts";

const backings = new WeakMap<Regular, FileBacking>();

/** The backing of an inode that was mapped before. */
export function findBacking(inode: Inode): FileBacking | undefined {
  return inode instanceof Regular ? backings.get(inode) : undefined;
}

/** The backing of an inode; `path` is the canonical path of the first caller. */
export function getBacking(inode: Regular, path: string): FileBacking {
  inode.accessed();
  const known = backings.get(inode);
  if (known) return known;
  const backing: FileBacking = {
    path,
    ino: inode.ino,
    get deleted() {
      return inode.nlink === 0;
    },
    get size() {
      return inode.size;
    },
    readPage(offset) {
      const page = inode.read(offset, PAGE_SIZE);
      return failed(page) ? new Uint8Array(0) : page;
    },
    writePage(offset, bytes) {
      // A mapping never extends its file: what lies behind the end of the last page is dropped.
      const room = inode.size - offset;
      if (room > 0) inode.write(offset, bytes.subarray(0, Math.min(room, bytes.length)));
    },
  };
  backings.set(inode, backing);
  return backing;
}

/** The file was written or cut otherwise than through its mappings: they show it. */
export function refreshMappings(frames: Frames, inode: Inode): void {
  const backing = findBacking(inode);
  if (backing) refreshFile(frames, backing);
}
