/**
 * procfs: processes as files.
 *
 * Directories are made when somebody looks; nothing is stored. `ProcSource` is the kernel's side: who asks (`self`), who
 * exists, and the texts. To add a file, add a row to the tables of `kernel/proc-text.ts`.
 */
import type { FileTable } from "./file-table.ts";
import { Directory, type Inode, S, SuperBlock } from "./inode.ts";
import { ProcDirectory, ProcFile, ProcLink } from "./proc-inodes.ts";
import { ProvidedFiles, type ProvidedFolder, ProvidedInode } from "./provided-files.ts";
import type { Dentry } from "./walk.ts";

const PROC_SUPER_MAGIC = 0x9fa0;

/** Of a process: what only who could trace it may see, and its folder of descriptors. */
const GUARDED: ReadonlySet<string> = new Set(["auxv", "environ", "maps"]);
const OWNER_ONLY: ReadonlySet<string> = new Set(["auxv", "environ"]);

export interface ProcProcess {
  readonly uid: number;
  readonly gid: number;
  /** Canonical path of the program. */
  readonly executable: string;
  readonly files: FileTable;
  readonly cwd: Directory;
  readonly root: Directory;
  readonly texts: ProcTexts;
  /** By tid, for /proc/PID/task. */
  readonly threads: ReadonlyMap<number, ProcTexts>;
}

/** Files by name; the text is made when somebody reads. */
export type ProcTexts = { readonly [name: string]: () => string };

export interface ProcSource {
  /** The process that is making a system call now. */
  self(): number;
  selfThread(): number;
  pids(): readonly number[];
  process(pid: number): ProcProcess | undefined;
  /** The caller may look into a process: it is user 0, or the same user. */
  mayTrace(p: ProcProcess): boolean;
  /** A write to comm. */
  rename(pid: number, tid: number, name: string): void;
  /** Where a canonical path leads, for `exe`. */
  find(path: string): Dentry | undefined;
  /** Files of /proc itself. */
  readonly texts: ProcTexts;
}

/** Where files that the tracer provides are. */
const PROVIDED = "systemtap";

export function makeProcfs(
  dev: number,
  source: ProcSource,
  now: () => bigint,
  provided: ProvidedFiles = new ProvidedFiles({ uid: 0, gid: 0 }, () => undefined),
): Directory {
  const sb = new SuperBlock("proc", PROC_SUPER_MAGIC, dev, now);
  const hasProvided = (): boolean => provided.root.entries.size > 0;
  // biome-ignore format: table
  const links: { readonly [name: string]: Inode } = {
    self:          new ProcLink(sb, 0, 0, () => String(source.self())),
    "thread-self": new ProcLink(sb, 0, 0, () => `${source.self()}/task/${source.selfThread()}`),
  };
  return new ProcDirectory(sb, 0, 0, {
    find: (name) => {
      if (Object.hasOwn(links, name)) return links[name];
      if (Object.hasOwn(source.texts, name)) return new ProcFile(sb, 0, 0, source.texts[name]!);
      if (name === PROVIDED && hasProvided()) return providedDirectory(sb, provided.root);
      const pid = /^[1-9][0-9]{0,9}$/.test(name) ? Number(name) : 0;
      const p = source.process(pid);
      return p && processDirectory(sb, source, pid, p);
    },
    names: () => [
      ...Object.keys(links),
      ...Object.keys(source.texts),
      ...(hasProvided() ? [PROVIDED] : []),
      ...source.pids().map(String),
    ],
  });
}

function providedDirectory(sb: SuperBlock, folder: ProvidedFolder): Directory {
  return new ProcDirectory(sb, 0, 0, {
    find: (name) => {
      const entry = folder.entries.get(name);
      return entry === undefined || entry instanceof ProvidedInode ? entry : providedDirectory(sb, entry);
    },
    names: () => [...folder.entries.keys()],
  });
}

function processDirectory(sb: SuperBlock, source: ProcSource, pid: number, p: ProcProcess): Directory {
  const link = (target: () => string, jump?: () => Dentry | undefined): Inode =>
    new ProcLink(sb, p.uid, p.gid, target, jump, () => source.mayTrace(p));
  const current = (): ProcProcess | undefined => source.process(pid);
  const directoryLink = (d: Directory): Inode =>
    link(
      () => pathText(d),
      () => dentry(d),
    );
  // biome-ignore format: table
  const children: { readonly [name: string]: () => Inode } = {
    cwd:  () => directoryLink(p.cwd),
    exe:  () => link(() => p.executable, () => source.find(p.executable)),
    fd:   () => fdDirectory(sb, p, link),
    root: () => directoryLink(p.root),
    task: () => taskDirectory(sb, source, pid, p),
  };
  const find = (name: string): Inode | undefined => {
    if (Object.hasOwn(children, name)) return children[name]!();
    if (!Object.hasOwn(p.texts, name)) return undefined;
    return textFile(sb, source, pid, pid, p, name, () => (current() ?? p).texts[name]!());
  };
  const names = (): string[] => [...Object.keys(children), ...Object.keys(p.texts)];
  return new ProcDirectory(sb, p.uid, p.gid, { find, names }, pid);
}

function textFile(
  sb: SuperBlock,
  source: ProcSource,
  pid: number,
  tid: number,
  p: ProcProcess,
  name: string,
  text: () => string,
): ProcFile {
  const file = new ProcFile(sb, p.uid, p.gid, text);
  if (OWNER_ONLY.has(name)) file.mode = S.S_IFREG | 0o400;
  if (GUARDED.has(name)) file.mayOpen = () => source.mayTrace(p);
  if (name === "comm") {
    file.mode = S.S_IFREG | 0o644;
    file.written = (content) => source.rename(pid, tid, content);
  }
  return file;
}

/** /proc/PID/task: a folder for each thread, with the files of a process. */
function taskDirectory(sb: SuperBlock, source: ProcSource, pid: number, p: ProcProcess): Directory {
  const current = (): ProcProcess => source.process(pid) ?? p;
  return new ProcDirectory(sb, p.uid, p.gid, {
    find: (name) => {
      const tid = /^[1-9][0-9]{0,9}$/.test(name) ? Number(name) : 0;
      const texts = current().threads.get(tid);
      if (!texts) return undefined;
      return new ProcDirectory(sb, p.uid, p.gid, {
        find: (file) => {
          const text = Object.hasOwn(texts, file) ? texts[file]! : undefined;
          return text && textFile(sb, source, pid, tid, p, file, text);
        },
        names: () => Object.keys(texts),
      });
    },
    names: () => [...current().threads.keys()].map(String),
  });
}

function fdDirectory(
  sb: SuperBlock,
  p: ProcProcess,
  link: (target: () => string, jump: () => Dentry | undefined) => Inode,
): Directory {
  const folder = new ProcDirectory(sb, p.uid, p.gid, {
    find: (name) => {
      const file = /^(0|[1-9][0-9]{0,9})$/.test(name) ? p.files.get(Number(name)) : undefined;
      if (!file) return undefined;
      const { inode, path } = file;
      const end = inode instanceof Directory ? dentry(inode) : { parent: p.root, name: "", inode };
      const lost = inode.nlink === 0 && !path.endsWith(" (deleted)") && file.place !== undefined;
      const made = link(
        () => (lost ? `${path} (deleted)` : path),
        () => end,
      );
      // Its permissions tell what the descriptor is open for.
      made.mode = S.S_IFLNK | (file.readable ? 0o500 : 0) | (file.writable ? 0o300 : 0);
      return made;
    },
    names: () => p.files.fds().map(String),
  });
  folder.mode = S.S_IFDIR | 0o500;
  return folder;
}

function dentry(d: Directory): Dentry {
  return { parent: d.parent, name: d.name, inode: d };
}

function pathText(d: Directory): string {
  const names: string[] = [];
  for (let at = d; ; at = at.parent) {
    while (at.covers) at = at.covers;
    if (at.parent === at) return `/${names.reverse().join("/")}`;
    names.push(at.name);
  }
}
