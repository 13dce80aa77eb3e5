/** A pidfd: a process as a descriptor, which is ready to be read when the process has ended. Made by `syscalls/pidfd.ts` and clone. */
import { ERRNO } from "../../target/errno.ts";
import type { Process } from "../process/process.ts";
import type { WaitQueue } from "../syscall-context.ts";
import type { Errno, Inode } from "./inode.ts";
import { O, OpenFile, POLL } from "./open-file.ts";

export class PidFile extends OpenFile {
  readonly process: Process;

  constructor(inode: Inode, process: Process, flags: number) {
    super(inode, "anon_inode:[pidfd]", O.O_RDWR | flags);
    this.process = process;
  }

  override read(): Errno {
    return -ERRNO.EINVAL;
  }

  override write(): number {
    return -ERRNO.EINVAL;
  }

  override poll(): number {
    return this.process.zombie ? POLL.POLLIN | POLL.POLLRDNORM : 0;
  }

  override queues(): readonly WaitQueue[] {
    return [this.process.ended];
  }
}
