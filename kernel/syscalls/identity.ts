/** Handlers of the calls about user and group ids. */
import { ERRNO } from "../../target/errno.ts";
import { int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";
import { copyOut } from "./user.ts";

export const identity: SyscallTable = {
  getuid: (c) => c.task.uid,
  geteuid: (c) => c.task.euid,
  getgid: (c) => c.task.gid,
  getegid: (c) => c.task.egid,
  getresuid: (c, real, effective, saved) => {
    const { uid, euid, suid } = c.task.process.credentials;
    return copyOut(c, real!, word(uid)) || copyOut(c, effective!, word(euid)) || copyOut(c, saved!, word(suid));
  },
  getresgid: (c, real, effective, saved) => {
    const { gid, egid, sgid } = c.task.process.credentials;
    return copyOut(c, real!, word(gid)) || copyOut(c, effective!, word(egid)) || copyOut(c, saved!, word(sgid));
  },
  setuid: (c, id) => setIds(c, "uid", int(id!)),
  setgid: (c, id) => setIds(c, "gid", int(id!)),
  getgroups: () => 0,
};

/** setuid(2), setgid(2): user 0 sets all three, others only the effective one to one of theirs. */
function setIds(c: SyscallContext, kind: "uid" | "gid", id: number): number {
  const ids = c.task.process.credentials;
  if (id < 0) return -ERRNO.EINVAL;
  if (ids.euid === 0) ids[kind] = ids[`e${kind}`] = ids[`s${kind}`] = id;
  else if (id === ids[kind] || id === ids[`s${kind}`]) ids[`e${kind}`] = id;
  else return -ERRNO.EPERM;
  return 0;
}

function word(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}
