/**
 * A tiny kernel for tests of the files: a context with a fake address space that is one array of bytes.
 *
 * `call` runs a handler with numbers, strings and byte arrays; strings and arrays are put into memory first.
 */
import { fromBytes, toBytes } from "../../base/bytestring.ts";
import { FileTable } from "../../kernel/files/file-table.ts";
import type { HostFolder } from "../../kernel/files/host-folder.ts";
import { type Directory, failed } from "../../kernel/files/inode.ts";
import { mountHostFolder } from "../../kernel/files/overlay.ts";
import { FileMemory } from "../../kernel/files/page-cache.ts";
import { makeRamfs } from "../../kernel/files/ramfs.ts";
import { FsContext, Vfs } from "../../kernel/files/vfs.ts";
import type { Machine } from "../../kernel/machine.ts";
import { Points } from "../../kernel/points.ts";
import type { SyscallContext, SyscallResult, SyscallTable } from "../../kernel/syscall-context.ts";
import { directories } from "../../kernel/syscalls/directories.ts";
import { files } from "../../kernel/syscalls/files.ts";
import { poll } from "../../kernel/syscalls/poll.ts";
import { stat } from "../../kernel/syscalls/stat.ts";

export const syscalls: SyscallTable = { ...files, ...directories, ...stat, ...poll };

const MEMORY = 1 << 20;
/** Where results go: above the arguments. */
export const BUFFER = 1 << 19;

export type Argument = number | bigint | string | Uint8Array;

export class TestKernel {
  readonly memory = new Uint8Array(MEMORY);
  readonly vfs: Vfs;
  readonly task: {
    pid: number;
    uid: number;
    euid: number;
    gid: number;
    egid: number;
    restart: unknown;
    process: unknown;
    machine: unknown;
  };
  readonly woken: unknown[] = [];
  readonly signals: number[] = [];
  files = new FileTable();
  fs: FsContext;
  clock = 1_000_000_000n;
  #seed = 1;

  constructor(folder?: HostFolder | Directory, uid = 0) {
    const memory = new FileMemory();
    const root = !folder
      ? makeRamfs(1, memory, () => this.clock++)
      : "lstat" in folder
        ? mountHostFolder(folder, 1, memory, () => this.clock++)
        : folder;
    if (failed(root)) throw new Error(`no root: ${root}`);
    this.vfs = new Vfs(root);
    this.fs = new FsContext(root);
    this.task = {
      pid: 1,
      uid,
      euid: uid,
      gid: uid,
      egid: uid,
      restart: undefined,
      machine: { points: new Points({} as Machine) },
      process: { pid: 1, pgid: 1, sid: 1, resourceLimits: [], credentials: { groups: [] } },
    };
  }

  get context(): SyscallContext {
    const { memory } = this;
    const inside = (address: number, size: number): boolean => address >= 4096 && address + size <= memory.length;
    const fault = (address: number, access: string): object => ({ kind: "fault", address, access });
    return {
      task: this.task,
      files: this.files,
      fs: this.fs,
      vfs: this.vfs,
      mm: {
        copyIn: (address: number, size: number) =>
          inside(address, size) ? memory.slice(address, address + size) : fault(address, "read"),
        copyOut: (address: number, bytes: Uint8Array) => {
          if (!inside(address, bytes.length)) return fault(address, "write");
          memory.set(bytes, address);
          return true;
        },
        readCString: (address: number, limit: number) => {
          if (!inside(address, 1)) return fault(address, "read");
          const nul = memory.indexOf(0, address);
          return fromBytes(memory.subarray(address, Math.min(nul, address + limit)));
        },
      },
      monotonicNs: () => Number(this.clock),
      realtimeNs: () => this.clock,
      random: (n: number) => (this.#seed = (this.#seed * 16_807) % 2_147_483_647) % n,
      wake: (queue: unknown) => void this.woken.push(queue),
      raise: (signal: number) => void this.signals.push(signal),
    } as unknown as SyscallContext;
  }

  /** The raw answer, which may be a wait. */
  try(name: string, ...given: Argument[]): SyscallResult {
    const handler = syscalls[name];
    if (!handler) throw new Error(`no handler ${name}`);
    let at = 4096;
    const args = given.map((value) => {
      if (typeof value === "number") return BigInt(value);
      if (typeof value === "bigint") return value;
      const bytes = typeof value === "string" ? toBytes(`${value}\0`) : value;
      this.memory.set(bytes, at);
      const address = at;
      at += (bytes.length + 15) & ~15;
      return BigInt(address);
    });
    while (args.length < 6) args.push(0n);
    return handler(this.context, ...args);
  }

  /** A call that ends at once. */
  call(name: string, ...given: Argument[]): number {
    const result = this.try(name, ...given);
    this.task.restart = undefined;
    if (typeof result === "number") return result;
    if (typeof result === "bigint") return Number(result);
    throw new Error(`${name} waits`);
  }

  open(path: string, flags = 0, mode = 0o644): number {
    return this.call("openat", -100, path, flags, mode);
  }

  /** Reads to BUFFER; the bytes, or the error. */
  read(fd: number, count: number): string | number {
    const result = this.call("read", fd, BUFFER, count);
    return result < 0 ? result : fromBytes(this.memory.subarray(BUFFER, BUFFER + result));
  }

  write(fd: number, text: string): number {
    return this.call("write", fd, text, text.length);
  }

  /** struct stat at BUFFER, as a view; or the error. */
  stat(path: string, flags = 0): DataView | number {
    const result = this.call("newfstatat", -100, path, BUFFER, flags);
    return result < 0 ? result : new DataView(this.memory.buffer, BUFFER, 128);
  }

  /** The names that getdents64 lists, through several calls of a small buffer. */
  list(path: string): string[] | number {
    const fd = this.open(path, 0o200000);
    if (fd < 0) return fd;
    const names: string[] = [];
    for (;;) {
      const count = this.call("getdents64", fd, BUFFER, 300);
      if (count <= 0) {
        this.call("close", fd);
        return count < 0 ? count : names;
      }
      const view = new DataView(this.memory.buffer, BUFFER, count);
      for (let at = 0; at < count; at += view.getUint16(at + 16, true)) {
        const start = BUFFER + at + 19;
        names.push(fromBytes(this.memory.subarray(start, this.memory.indexOf(0, start))));
      }
    }
  }
}
