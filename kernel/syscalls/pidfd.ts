/** Calls on processes as descriptors: pidfd_open, pidfd_send_signal, pidfd_getfd. waitid with P_PIDFD is in `wait.ts`. */
import { ERRNO } from "../../target/errno.ts";
import { anonymousInode } from "../files/anonymous.ts";
import { type Errno, failed } from "../files/inode.ts";
import { O } from "../files/open-file.ts";
import { PidFile } from "../files/pid-file.ts";
import { ProcDirectory } from "../files/proc-inodes.ts";
import type { Process } from "../process/process.ts";
import { int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";
import { kill } from "./kill.ts";
import { fileOf, install } from "./user.ts";

export const pidfd: SyscallTable = {
  pidfd_open(c, rawPid, rawFlags) {
    const [pid, flags] = [int(rawPid!), int(rawFlags!)];
    if ((flags & ~O.O_NONBLOCK) !== 0 || pid <= 0) return -ERRNO.EINVAL;
    const { machine } = c.task;
    const process = machine.processes.get(pid);
    if (process) return install(c, new PidFile(anonymousInode(c), process, flags), true);
    // A thread that is no leader is no process.
    return machine.findTask(pid) ? -ERRNO.EINVAL : -ERRNO.ESRCH;
  },

  pidfd_send_signal(c, fd, signal, info, flags) {
    if (int(flags!) !== 0) return -ERRNO.EINVAL;
    const target = signalled(c, fd!);
    if (failed(target)) return target;
    if (target.leader.life === "dead") return -ERRNO.ESRCH;
    const pid = BigInt(target.pid);
    return info === 0n ? kill.kill!(c, pid, signal!) : kill.rt_sigqueueinfo!(c, pid, signal!, info!);
  },

  pidfd_getfd(c, fd, targetFd, flags) {
    if (int(flags!) !== 0) return -ERRNO.EINVAL;
    const target = processOf(c, fd!);
    if (failed(target)) return target;
    if (target.zombie) return -ERRNO.ESRCH;
    if (!mayInspect(c, target)) return -ERRNO.EPERM;
    const file = target.files.get(int(targetFd!));
    return file ? install(c, file, true) : -ERRNO.EBADF;
  },
};

/** The process that a pidfd stands for. */
export function processOf(c: SyscallContext, fd: bigint): Process | Errno {
  const file = fileOf(c, fd);
  if (failed(file)) return file;
  return file instanceof PidFile ? file.process : -ERRNO.EBADF;
}

/** A signal reaches a process through its folder in /proc too. */
function signalled(c: SyscallContext, fd: bigint): Process | Errno {
  const file = fileOf(c, fd);
  if (failed(file) || !(file.inode instanceof ProcDirectory) || file.inode.pid === undefined) return processOf(c, fd);
  return c.task.machine.processes.get(file.inode.pid) ?? -ERRNO.ESRCH;
}

/** What ptrace(2) calls PTRACE_MODE_ATTACH: the same user in every respect, and a process that may be dumped. */
export function mayInspect(c: SyscallContext, target: Process): boolean {
  const { uid, euid, suid, gid, egid, sgid } = target.credentials;
  if (c.task.euid === 0 || target === c.task.process) return true;
  const same = [uid, euid, suid].every((id) => id === c.task.uid) && [gid, egid, sgid].every((id) => id === c.task.gid);
  return same && target.attributes.dumpable === 1;
}
