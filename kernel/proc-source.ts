/** What `files/procfs.ts` shows of a machine; `model.ts` mounts it. The texts are in `proc-text.ts`. */
import { limits } from "../base/limits.ts";
import { failed } from "./files/inode.ts";
import { SUPERUSER } from "./files/permission.ts";
import type { ProcProcess, ProcSource, ProcTexts } from "./files/procfs.ts";
import type { Machine } from "./machine.ts";
import { systemTexts, taskTexts } from "./proc-text.ts";
import type { Process } from "./process/process.ts";
import type { Task } from "./process/task.ts";

/** With the NUL at its end. */
const TASK_COMM_LEN = 16;

export function procSource(machine: Machine): ProcSource {
  return {
    self: () => machine.current?.pid ?? 0,
    selfThread: () => machine.current?.tid ?? 0,
    pids: () => [...machine.processes.keys()].filter((pid) => pid <= limits.maxPids),
    process: (pid) => {
      const p = machine.processes.get(pid);
      return p && describeProcess(p);
    },
    mayTrace: ({ uid, gid }) => {
      const asker = machine.current;
      return !asker || asker.euid === 0 || (asker.uid === uid && asker.gid === gid);
    },
    rename: (pid, tid, name) => {
      const t = machine.processes.get(pid)?.threads.find((thread) => thread.tid === tid);
      if (t) t.execname = name.replace(/\n$/, "").slice(0, TASK_COMM_LEN - 1);
    },
    find: (path) => {
      const at = machine.vfs.lookup({ root: machine.vfs.root, from: machine.vfs.root, who: SUPERUSER }, path, true);
      return failed(at) ? undefined : at;
    },
    texts: Object.fromEntries(Object.entries(systemTexts).map(([name, text]) => [name, () => text(machine)])),
  };
}

function describeProcess(p: Process): ProcProcess {
  return {
    uid: p.credentials.uid,
    gid: p.credentials.gid,
    executable: p.executable,
    files: p.files,
    cwd: p.fs.cwd,
    root: p.fs.root,
    texts: textsOf(p.leader),
    threads: new Map(p.threads.filter((t) => t.life !== "dead").map((t) => [t.tid, textsOf(t)])),
  };
}

function textsOf(t: Task): ProcTexts {
  return Object.fromEntries(Object.entries(taskTexts).map(([name, text]) => [name, () => text(t)]));
}
