/** unshare: tables of one's own instead of shared ones. There are no namespaces to make. */
import { ERRNO } from "../../target/errno.ts";
import { CLONE } from "../process/fork.ts";
import { int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";

const { CLONE_FS, CLONE_FILES, CLONE_SYSVSEM, CLONE_THREAD, CLONE_VM, CLONE_SIGHAND } = CLONE;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET, NEWTIME. */
const NAMESPACES = 0x7e02_0080;

export const namespaces: SyscallTable = {
  unshare(c, rawFlags) {
    const flags = int(rawFlags!);
    const { process } = c.task;
    const alone = CLONE_THREAD | CLONE_VM | CLONE_SIGHAND;
    if ((flags & ~(CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | alone | NAMESPACES)) !== 0) return -ERRNO.EINVAL;
    if ((flags & NAMESPACES) !== 0) return -ERRNO.EPERM;
    // What threads share they cannot give up.
    if ((flags & alone) !== 0 && process.living > 1) return -ERRNO.EINVAL;
    if ((flags & CLONE_FILES) !== 0) unshareFiles(c);
    if ((flags & CLONE_FS) !== 0) process.fs = process.fs.clone();
    return 0;
  },
};

/** A table of descriptors of one's own. */
export function unshareFiles(c: SyscallContext): void {
  const { process } = c.task;
  if (!process.files.shared) return;
  const copy = process.files.clone();
  process.files.release(c);
  process.files = copy;
}
