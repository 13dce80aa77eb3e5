/**
 * devpts: /dev/ptmx, /dev/pts and /dev/tty.
 *
 * Opening /dev/ptmx makes a pair and gives the slave a name, the lowest free number, in the folder that is mounted at
 * /dev/pts; closing the master takes the name away. `files/devfs.ts` puts the devices in place, `model.ts` mounts the folder.
 */
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import { type Errno, type Inode, S, Special, SuperBlock } from "../files/inode.ts";
import { O, type Opener, type OpenFile } from "../files/open-file.ts";
import type { FileMemory } from "../files/page-cache.ts";
import { RamDirectory } from "../files/ramfs.ts";
import { takeTerminal } from "../process/job-control.ts";
import type { Process } from "../process/process.ts";
import { PtyMaster, PtySlave } from "./pty.ts";
import type { Terminal } from "./terminal.ts";

const DEVPTS_SUPER_MAGIC = 0x1cd1;
/** Debian mounts devpts with gid=5,mode=620. */
const TTY_GROUP = 5;
const SLAVE_MODE = 0o620;

export class Devpts {
  readonly root: RamDirectory;
  readonly #slaves: (PtySlave | undefined)[] = [];

  constructor(dev: number, memory: FileMemory, now: () => bigint) {
    const sb = new SuperBlock("devpts", DEVPTS_SUPER_MAGIC, dev, now);
    this.root = new RamDirectory(sb, { mode: S.S_IFDIR | 0o755, uid: 0, gid: 0 }, memory);
  }

  /** The inode of /dev/ptmx, for another file system. */
  makePtmx(sb: SuperBlock): Inode {
    return new TerminalInode(sb, { mode: 0o666, uid: 0, gid: 0, rdev: (5 << 8) | 2 }, (inode, flags, _path, opener) =>
      this.#openMaster(inode, flags, opener),
    );
  }

  #openMaster(inode: Inode, flags: number, opener: Opener | undefined): OpenFile | Errno {
    if (!opener) return -ERRNO.ENXIO;
    let number = 0;
    while (this.#slaves[number]) number++;
    if (number >= limits.maxTerminals) return -ERRNO.ENOSPC;
    const slave = new PtySlave(number);
    slave.attach(opener.task.machine);
    this.#slaves[number] = slave;
    const { euid: uid } = opener.task;
    const spec = { mode: SLAVE_MODE, uid, gid: TTY_GROUP, rdev: slave.device };
    const name = String(number);
    const slaveInode = new TerminalInode(this.root.sb, spec, (at, wanted, path, who) =>
      openSlave(slave, at, wanted, path, who),
    );
    this.root.link(name, slaveInode);
    slave.openPeer = (wanted) => slave.open(slaveInode, `/dev/pts/${name}`, wanted);
    return new PtyMaster(inode, "/dev/ptmx", flags, slave, () => {
      this.#slaves[number] = undefined;
      this.root.remove(name);
    });
  }
}

function openSlave(
  slave: PtySlave,
  inode: Inode,
  flags: number,
  path: string,
  opener: Opener | undefined,
): OpenFile | Errno {
  if (slave.locked || slave.masterClosed) return -ERRNO.EIO;
  if (slave.exclusive && opener?.task.euid !== 0) return -ERRNO.EBUSY;
  if (opener) adopt(opener.task.process, slave, flags, opener);
  return slave.open(inode, path, flags);
}

/** A leader of a session without a terminal takes the first one that it opens. */
function adopt(process: Process, terminal: Terminal, flags: number, opener: Opener): void {
  const wants = (flags & O.O_NOCTTY) === 0 && (flags & O.O_ACCMODE) !== O.O_WRONLY;
  if (wants && process.sid === process.pid && !process.terminal && terminal.session === 0) {
    takeTerminal(opener.task, terminal, false);
  }
}

export class TerminalInode extends Special {
  readonly #open: (inode: Inode, flags: number, path: string, opener: Opener | undefined) => OpenFile | Errno;

  constructor(
    sb: SuperBlock,
    spec: { readonly mode: number; readonly uid: number; readonly gid: number; readonly rdev: number },
    open: (inode: Inode, flags: number, path: string, opener: Opener | undefined) => OpenFile | Errno,
  ) {
    super(sb, { ...spec, mode: S.S_IFCHR | spec.mode });
    this.nlink = 0; // `link` counts its name
    this.#open = open;
  }

  override open(flags: number, path: string, opener?: Opener): OpenFile | Errno {
    return this.#open(this, flags, path, opener);
  }
}
