/** Handlers of the calls about process groups and sessions. */
import { ERRNO } from "../../target/errno.ts";
import type { Process } from "../process/process.ts";
import { int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";

export const groups: SyscallTable = {
  getpgid: (c, pid) => find(c, int(pid!))?.pgid ?? -ERRNO.ESRCH,
  getsid: (c, pid) => find(c, int(pid!))?.sid ?? -ERRNO.ESRCH,

  setpgid(c, rawPid, rawPgid) {
    const { process: self, machine } = c.task;
    const pid = int(rawPid!) || self.pid;
    const pgid = int(rawPgid!) || pid;
    if (pgid < 0) return -ERRNO.EINVAL;
    const process = find(c, pid);
    if (!process) return -ERRNO.ESRCH;
    if (process !== self) {
      if (process.parent !== self) return -ERRNO.ESRCH;
      if (process.sid !== self.sid) return -ERRNO.EPERM;
      if (process.executed) return -ERRNO.EACCES;
    }
    if (process.sid === process.pid) return -ERRNO.EPERM;
    if (pgid !== pid && machine.groups.members(pgid)[0]?.sid !== self.sid) return -ERRNO.EPERM;
    machine.groups.move(process, pgid);
    return 0;
  },

  /** The new session has no terminal. */
  setsid(c) {
    const { process, machine } = c.task;
    if (process.sid === process.pid || machine.groups.exists(process.pid)) return -ERRNO.EPERM;
    machine.groups.move(process, process.pid, process.pid);
    process.terminal = undefined;
    return process.pid;
  },
};

function find(c: SyscallContext, pid: number): Process | undefined {
  return pid === 0 ? c.task.process : (c.task.machine.processes.get(pid) ?? c.task.machine.findTask(pid)?.process);
}
