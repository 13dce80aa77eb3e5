/** rseq: registers the structure of a thread; see `kernel/scheduling/rseq.ts`. */
import { ERRNO } from "../../target/errno.ts";
import { address, int, type SyscallTable } from "../syscall-context.ts";
import { copyOut } from "./user.ts";

const RSEQ_FLAG_UNREGISTER = 1;
const RSEQ_SIZE = 32;
/** cpu_id of a thread that is not registered. */
const RSEQ_CPU_ID_UNINITIALIZED = 0xffff_ffff;

export const rseq: SyscallTable = {
  rseq(c, pointer, rawLength, rawFlags, rawSignature) {
    const { task } = c;
    const [at, length] = [address(pointer!), Number(BigInt.asUintN(32, rawLength!))];
    const signature = Number(BigInt.asUintN(32, rawSignature!));
    const known = task.rseq;
    if ((int(rawFlags!) & RSEQ_FLAG_UNREGISTER) !== 0) {
      if (int(rawFlags!) !== RSEQ_FLAG_UNREGISTER || known?.pointer !== at || known.length !== length)
        return -ERRNO.EINVAL;
      if (known.signature !== signature) return -ERRNO.EPERM;
      const error = copyOut(c, pointer!, new Uint8Array(Uint32Array.of(0, RSEQ_CPU_ID_UNINITIALIZED).buffer));
      if (error === 0) task.rseq = undefined;
      return error;
    }
    if (int(rawFlags!) !== 0) return -ERRNO.EINVAL;
    if (known) {
      if (known.pointer !== at || known.length !== length) return -ERRNO.EINVAL;
      return known.signature === signature ? -ERRNO.EBUSY : -ERRNO.EPERM;
    }
    if (length !== RSEQ_SIZE || at % RSEQ_SIZE !== 0) return -ERRNO.EINVAL;
    const error = copyOut(c, pointer!, new Uint8Array(Uint32Array.of(task.cpu, task.cpu, 0, 0).buffer));
    if (error === 0) task.rseq = { pointer: at, length, signature };
    return error;
  },
};
