/**
 * Handlers of the calls that make, replace, end and await processes and threads.
 */
import { limits } from "../../base/limits.ts";
import { ERRNO } from "../../target/errno.ts";
import { NSIG } from "../../target/signals.ts";
import { anonymousInode } from "../files/anonymous.ts";
import { PidFile } from "../files/pid-file.ts";
import { inCall } from "../points/functions.ts";
import { cloneArgsStruct } from "../points/structures.ts";
import { execve } from "../process/exec.ts";
import { exitGroup, exitTask } from "../process/exit.ts";
import { CLONE, CLONE_CLEAR_SIGHAND, type CloneArguments, clone } from "../process/fork.ts";
import type { Task } from "../process/task.ts";
import { address, int, type SyscallContext, type SyscallResult, type SyscallTable } from "../syscall-context.ts";
import { AT, anyFileOf, copyIn, install, pathAt, viewOf } from "./user.ts";

const CLONE_ARGS_SIZE = 64;
const MAX_CLONE_ARGS_SIZE = 4096;

export const process: SyscallTable = {
  clone(c, flags, stack, parentTid, tls, childTid) {
    return cloneWith(c, {
      flags: int(flags!) & ~CLONE.CSIGNAL,
      stack: address(stack!),
      parentTid: address(parentTid!),
      tls: tls!,
      childTid: address(childTid!),
      exitSignal: int(flags!) & CLONE.CSIGNAL,
      pidfd: pidfdAt(c, parentTid!),
    });
  },

  /** struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, then what is not modelled. */
  clone3(c, pointer, size) {
    if (size! > BigInt(MAX_CLONE_ARGS_SIZE)) return -ERRNO.E2BIG;
    if (size! < BigInt(CLONE_ARGS_SIZE)) return -ERRNO.EINVAL;
    const bytes = copyIn(c, pointer!, Number(size));
    if (typeof bytes === "number") return bytes;
    const view = viewOf(bytes);
    const word = (index: number): bigint => view.getBigUint64(8 * index, true);
    if (bytes.subarray(88).some((byte) => byte !== 0)) return -ERRNO.E2BIG;
    if (bytes.subarray(CLONE_ARGS_SIZE).some((byte) => byte !== 0)) return -ERRNO.EINVAL;
    const [flags, exitSignal, stack, stackSize] = [word(0), Number(word(4) & 0xffff_ffffn), word(5), word(6)];
    const low = Number(flags & 0xffff_ffffn) | 0;
    if (flags >> 33n !== 0n || (low & (CLONE.CSIGNAL | CLONE.CLONE_DETACHED)) !== 0) return -ERRNO.EINVAL;
    if (word(4) > BigInt(NSIG) || (stack === 0n) !== (stackSize === 0n)) return -ERRNO.EINVAL;
    if ((low & (CLONE.CLONE_THREAD | CLONE.CLONE_PARENT)) !== 0 && exitSignal !== 0) return -ERRNO.EINVAL;
    const clearHandlers = (flags & CLONE_CLEAR_SIGHAND) !== 0n;
    if (clearHandlers && (low & CLONE.CLONE_SIGHAND) !== 0) return -ERRNO.EINVAL;
    return cloneWith(c, {
      flags: low,
      stack: address(stack + stackSize),
      parentTid: address(word(3)),
      tls: BigInt.asIntN(64, word(7)),
      childTid: address(word(2)),
      exitSignal,
      pidfd: pidfdAt(c, word(1)),
      clearHandlers,
    });
  },

  execve: (c, pathname, argv, envp) => {
    const path = pathAt(c, pathname!);
    return typeof path === "number" ? path : exec(c, path, argv!, envp!);
  },
  execveat(c, dirfd, pathname, argv, envp, flags) {
    const f = int(flags!);
    if ((f & ~(AT.AT_EMPTY_PATH | AT.AT_SYMLINK_NOFOLLOW)) !== 0) return -ERRNO.EINVAL;
    const path = pathAt(c, pathname!);
    if (typeof path === "number") return path;
    if (path.startsWith("/") || int(dirfd!) === AT.AT_FDCWD) {
      return path === "" ? -ERRNO.ENOENT : exec(c, path, argv!, envp!);
    }
    const file = anyFileOf(c, dirfd!);
    if (typeof file === "number") return file;
    if (path === "" && (f & AT.AT_EMPTY_PATH) === 0) return -ERRNO.ENOENT;
    const below = path === "" ? "" : `/${path}`;
    return exec(c, `/dev/fd/${int(dirfd!)}${below}`, argv!, envp!);
  },

  exit(c, status) {
    exitTask(c.task, (int(status!) & 0xff) << 8);
    return "gone";
  },
  exit_group(c, status) {
    exitGroup(c.task, (int(status!) & 0xff) << 8);
    return "gone";
  },

  getpid: (c) => c.task.pid,
  getppid: (c) => c.task.ppid,
  gettid: (c) => c.task.tid,
  set_tid_address(c, pointer) {
    c.task.clearChildTid = address(pointer!);
    return c.task.tid;
  },
};

function pidfdAt(c: SyscallContext, pointer: bigint): NonNullable<CloneArguments["pidfd"]> {
  return { pointer: address(pointer), open: (child) => install(c, new PidFile(anonymousInode(c), child, 0), true) };
}

function cloneWith(c: SyscallContext, request: CloneArguments): SyscallResult {
  const { functions, handles } = c.task.machine.points;
  if (!functions.kernel_clone.watched) return kernelClone(c, request);
  const args = () => ({ args: cloneArgsStruct(handles, request) });
  return inCall(c.task, "kernel_clone", args, () => kernelClone(c, request));
}

function kernelClone(c: SyscallContext, request: CloneArguments): SyscallResult {
  let child = c.task.restart as Task | undefined;
  if (!child) {
    const made = clone(c.task, request);
    if (typeof made === "number") return made;
    child = made;
  }
  if ((request.flags & CLONE.CLONE_VFORK) === 0 || !child.process.borrowsMemory) return child.tid;
  c.task.restart = child;
  return { kind: "block", queues: [child.process.memoryReturned], restartable: true, uninterruptible: true };
}

function exec(c: SyscallContext, path: string, argv: bigint, envp: bigint): SyscallResult {
  const words = stringsAt(c, argv);
  if (typeof words === "number") return words;
  const environment = stringsAt(c, envp);
  if (typeof environment === "number") return environment;
  const error = execve(c.task, path, words, environment);
  return error === 0 ? "gone" : error;
}

/** A NULL-terminated array of strings; NULL itself is the empty one. */
function stringsAt(c: SyscallContext, pointer: bigint): string[] | number {
  const strings: string[] = [];
  if (pointer === 0n) return strings;
  for (let bytes = 0; ; ) {
    const word = copyIn(c, pointer + BigInt(8 * strings.length), 8);
    if (typeof word === "number") return word;
    const at = viewOf(word).getBigUint64(0, true);
    if (at === 0n) return strings;
    const text = c.mm.readCString(address(at), limits.maxArgBytes);
    if (typeof text !== "string") return -ERRNO.EFAULT;
    bytes += text.length + 9;
    if (bytes > limits.maxArgBytes) return -ERRNO.E2BIG;
    strings.push(text);
  }
}
