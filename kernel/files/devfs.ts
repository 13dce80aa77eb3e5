/**
 * devfs: the devices under /dev.
 *
 * A ramfs with a table of character devices. Random bytes come from the machine's seed, so they are the same in every run.
 */
import { ERRNO } from "../../target/errno.ts";
import { Devpts } from "../terminal/devpts.ts";
import { PtySlave } from "../terminal/pty.ts";
import type { Console } from "./console.ts";
import { ConsoleDevice, ConsoleFile } from "./console-file.ts";
import { type Directory, type Errno, type Inode, S, Special, SuperBlock as Super, type SuperBlock } from "./inode.ts";
import { type FileIo, O, type Opener, OpenFile } from "./open-file.ts";
import type { FileMemory } from "./page-cache.ts";
import { makeRamfs, type RamDirectory } from "./ramfs.ts";

const PTS_DEVICE = 20;

interface Device {
  /** It can be waited for. */
  readonly waits?: true;
  read(io: FileIo, max: number): Uint8Array | Errno;
  write(bytes: Uint8Array): number;
}

const nothing = (): Uint8Array => new Uint8Array(0);
const zeroes = (_io: FileIo, max: number): Uint8Array => new Uint8Array(max);
const noise = (io: FileIo, max: number): Uint8Array => new Uint8Array(max).map(() => io.random(256));
const swallow = (bytes: Uint8Array): number => bytes.length;
const full = (): number => -ERRNO.ENOSPC;

// biome-ignore format: table
const devices: readonly (readonly [name: string, major: number, minor: number, device: Device])[] = [
  ["full",    1, 7, { read: zeroes,  write: full }],
  ["null",    1, 3, { read: nothing, write: swallow }],
  ["random",  1, 8, { read: noise,   write: swallow, waits: true }],
  ["urandom", 1, 9, { read: noise,   write: swallow }],
  ["zero",    1, 5, { read: zeroes,  write: swallow }],
];

/** Names in /dev, for the documentation. */
export function deviceNames(): readonly string[] {
  return [...devices.map(([name]) => name), "console", "ptmx", "tty", "fd", "stdin", "stdout", "stderr", "shm"].sort();
}

export interface Devfs {
  readonly root: RamDirectory;
  readonly device: ConsoleDevice;
  /** To be mounted at /dev/pts. */
  readonly pts: Directory;
  /** Descriptors 0, 1 and 2 of the first process. */
  readonly standardFiles: readonly [OpenFile, OpenFile, OpenFile];
}

export function makeDevfs(dev: number, console: Console, memory: FileMemory, now: () => bigint): Devfs {
  const root = makeRamfs(dev, memory, now);
  const device = new ConsoleDevice(console);
  const add = (name: string, inode: Inode): void => void root.link(name, inode);
  for (const [name, major, minor, behaviour] of devices) {
    add(
      name,
      new DeviceInode(
        root.sb,
        (major << 8) | minor,
        (inode, path, flags) => new DeviceFile(inode, path, flags, behaviour),
      ),
    );
  }
  const pts = new Devpts(PTS_DEVICE, memory, now);
  const openConsole = (inode: Inode, path: string, flags: number): OpenFile | Errno =>
    console.isTty(0) || console.isTty(1) || console.isTty(2)
      ? new ConsoleFile(inode, path, flags, device, console.isTty(0) ? 0 : console.isTty(1) ? 1 : 2)
      : -ERRNO.ENXIO;
  const tty = new DeviceInode(root.sb, (5 << 8) | 0, (inode, path, flags, opener) => {
    const terminal = opener ? opener.task.process.terminal : device;
    if (terminal === device) return openConsole(inode, path, flags);
    return terminal instanceof PtySlave ? terminal.open(inode, path, flags) : -ERRNO.ENXIO;
  });
  const consoleInode = new DeviceInode(root.sb, (5 << 8) | 1, openConsole);
  add("console", consoleInode);
  add("tty", tty);
  add("ptmx", pts.makePtmx(root.sb));
  root.make("pts", { mode: S.S_IFDIR | 0o755, uid: 0, gid: 0 });
  const links = { fd: "/proc/self/fd", stdin: "/proc/self/fd/0", stdout: "/proc/self/fd/1", stderr: "/proc/self/fd/2" };
  for (const [name, target] of Object.entries(links)) root.make(name, { mode: S.S_IFLNK, uid: 0, gid: 0, target });
  root.make("shm", { mode: S.S_IFDIR | S.S_ISVTX | 0o777, uid: 0, gid: 0 });
  const pipes = new Super("pipefs", 0x50495045, dev + 1, now);
  const standard = (stream: 0 | 1 | 2): OpenFile => {
    const flags = stream === 0 ? O.O_RDONLY : O.O_WRONLY;
    if (console.isTty(stream)) return new ConsoleFile(consoleInode, "/dev/console", O.O_RDWR, device, stream);
    const inode = new Special(pipes, { mode: S.S_IFIFO | 0o600, uid: 0, gid: 0 });
    return new ConsoleFile(inode, `pipe:[${inode.ino}]`, flags, device, stream);
  };
  return { root, device, pts: pts.root, standardFiles: [standard(0), standard(1), standard(2)] };
}

type OpenDevice = (inode: Inode, path: string, flags: number, opener: Opener | undefined) => OpenFile | Errno;

class DeviceInode extends Special {
  readonly #open: OpenDevice;

  constructor(sb: SuperBlock, rdev: number, open: OpenDevice) {
    super(sb, { mode: S.S_IFCHR | 0o666, uid: 0, gid: 0, rdev });
    this.nlink = 0; // `link` counts its name
    this.#open = open;
  }

  override open(flags: number, path: string, opener?: Opener): OpenFile | Errno {
    return this.#open(this, path, flags, opener);
  }
}

class DeviceFile extends OpenFile {
  readonly #device: Device;

  constructor(inode: Inode, path: string, flags: number, device: Device) {
    super(inode, path, flags);
    this.#device = device;
  }

  override read(io: FileIo, max: number): Uint8Array | Errno {
    return this.#device.read(io, max);
  }

  override write(_io: FileIo, bytes: Uint8Array): number {
    return this.#device.write(bytes);
  }

  // A device has no places: whatever the offset, it does the same.
  override readAt(_offset: number, max: number, io: FileIo): Uint8Array | Errno {
    return this.read(io, max);
  }

  override writeAt(_offset: number, bytes: Uint8Array): number {
    return this.#device.write(bytes);
  }

  override get pollable(): boolean {
    return this.#device.waits ?? false;
  }

  override get keepsAsync(): boolean {
    return this.#device.read === noise;
  }

  override seek(): number {
    return 0;
  }
}
