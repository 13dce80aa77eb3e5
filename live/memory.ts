/**
 * Memory of traced processes: process_vm_readv for what they may read themselves, /proc/PID/mem for the rest and for
 * all writes, because it goes through protections as a debugger does.
 */
import { at, bytes, offset, putIovec, TRANSFER } from "./ffi/arena.ts";
import { libc } from "./ffi/libc.ts";

const O_RDWR = 2;
const O_CLOEXEC = 0o2000000;
const PAGE = 4096;
/** What a transfer of a page leaves. */
const TRANSFERRED = bytes.subarray(offset.transfer, offset.transfer + PAGE);

/** The memory of the process that `tid` belongs to. */
export class ProcessMemory {
  /** Any thread that lives in this memory. */
  tid: number;
  #fd: number | undefined;

  constructor(tid: number) {
    this.tid = tid;
  }

  /** Bytes read from `address` on: fewer than `size` where the memory ends or cannot be read. */
  read(address: number, size: number): Uint8Array {
    const result = new Uint8Array(size);
    let done = 0;
    while (done < size) {
      const part = Math.min(size - done, TRANSFER);
      const count = this.#readPart(address + done, part);
      result.set(bytes.subarray(offset.transfer, offset.transfer + count), done);
      done += count;
      if (count < part) break;
    }
    return done === size ? result : result.subarray(0, done);
  }

  /** Fills `into`, which is no longer than a transfer; how many bytes could be read. */
  readInto(address: number, into: Uint8Array): number {
    const count = this.#readPart(address, into.length);
    into.set(count === TRANSFERRED.length ? TRANSFERRED : bytes.subarray(offset.transfer, offset.transfer + count));
    return count;
  }

  /** Bytes written from `address` on. */
  write(address: number, data: Uint8Array): number {
    const fd = this.#open();
    let done = 0;
    while (fd >= 0 && done < data.length) {
      const part = data.subarray(done, done + TRANSFER);
      bytes.set(part, offset.transfer);
      const count = libc.pwrite(fd, at.transfer, part.length, address + done);
      if (count <= 0) break;
      done += count;
    }
    return done;
  }

  /** The memory belongs to another program from now on. */
  close(): void {
    if (this.#fd !== undefined && this.#fd >= 0) libc.close(this.#fd);
    this.#fd = undefined;
  }

  #readPart(address: number, size: number): number {
    putIovec("local", at.transfer, size);
    putIovec("remote", address, size);
    let count = Math.max(0, libc.process_vm_readv(this.tid, at.local, 1, at.remote, 1));
    // What the process must not read stops the call above at a page; a debugger may read on.
    while (count < size) {
      const part = Math.min(size - count, PAGE - ((address + count) % PAGE));
      const more = libc.pread(this.#open(), at.transfer + count, part, address + count);
      if (more <= 0) break;
      count += more;
    }
    return count;
  }

  #open(): number {
    this.#fd ??= libc.open(`/proc/${this.tid}/mem`, O_RDWR | O_CLOEXEC);
    return this.#fd;
  }
}
