/**
 * sysfs: what programs read below /sys, which is how many CPUs there are.
 *
 * `model.ts` mounts it where the root has a folder for it, so that the CPUs of the host are not taken for the model's. Nothing of it
 * changes while programs run.
 */
import { toBytes } from "../../base/bytestring.ts";
import { type Directory, failed, S, SuperBlock } from "./inode.ts";
import type { FileMemory } from "./page-cache.ts";
import { RamDirectory, RamFile } from "./ramfs.ts";

const SYSFS_MAGIC = 0x62656572;

/** By path below /sys. */
export function sysFiles(cpus: number): { readonly [path: string]: string } {
  const all = cpus === 1 ? "0\n" : `0-${cpus - 1}\n`;
  const folder = "devices/system/cpu";
  const cores = Array.from({ length: cpus }, (_, i) => [`${folder}/cpu${i}/topology/core_id`, `${i}\n`]);
  return {
    [`${folder}/online`]: all,
    [`${folder}/possible`]: all,
    [`${folder}/present`]: all,
    [`${folder}/offline`]: "\n",
    [`${folder}/kernel_max`]: `${cpus - 1}\n`,
    ...Object.fromEntries(cores),
  };
}

export function makeSysfs(dev: number, cpus: number, memory: FileMemory, now: () => bigint): Directory {
  const owner = { uid: 0, gid: 0 };
  const sb = new SuperBlock("sysfs", SYSFS_MAGIC, dev, now);
  const root = new RamDirectory(sb, { mode: S.S_IFDIR | 0o555, ...owner }, memory);
  for (const [path, text] of Object.entries(sysFiles(cpus))) {
    const names = path.split("/");
    const name = names.pop() ?? "";
    let folder: Directory = root;
    for (const part of names) {
      const found = folder.lookup(part);
      const next = failed(found) ? folder.make(part, { mode: S.S_IFDIR | 0o555, ...owner }) : found;
      folder = next as Directory;
    }
    const file = textFile(sb, text, memory);
    file.nlink = 0;
    folder.link(name, file);
  }
  return root;
}

/** It takes memory once it is read. */
function textFile(sb: SuperBlock, text: string, memory: FileMemory): RamFile {
  const bytes = toBytes(text);
  const spec = { mode: S.S_IFREG | 0o444, uid: 0, gid: 0 };
  return new RamFile(sb, spec, memory, bytes.length, (offset, into) => {
    const part = bytes.subarray(offset, offset + into.length);
    into.set(part);
    return part.length;
  });
}
