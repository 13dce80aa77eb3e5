/** Every handler of a system call by name: `model.ts` gives them to the machine, `states.ts` tells which calls there are. */
import type { SyscallTable } from "../syscall-context.ts";
import { directories } from "./directories.ts";
import { files } from "./files.ts";
import { futex } from "./futex.ts";
import { groups } from "./groups.ts";
import { identity } from "./identity.ts";
import { kill } from "./kill.ts";
import { resources } from "./limits.ts";
import { memory } from "./memory.ts";
import { namespaces } from "./namespaces.ts";
import { pidfd } from "./pidfd.ts";
import { poll } from "./poll.ts";
import { prctl } from "./prctl.ts";
import { privileged } from "./privileged.ts";
import { process } from "./process.ts";
import { processVm } from "./process-vm.ts";
import { residency } from "./residency.ts";
import { rseq } from "./rseq.ts";
import { scheduling } from "./scheduling.ts";
import { signal } from "./signal.ts";
import { stat } from "./stat.ts";
import { system } from "./system.ts";
import { time } from "./time.ts";
import { timers } from "./timers.ts";
import { wait } from "./wait.ts";
import { xattr } from "./xattr.ts";

export const handlers: SyscallTable = {
  ...files,
  ...directories,
  ...stat,
  ...xattr,
  ...poll,
  ...process,
  ...pidfd,
  ...processVm,
  ...wait,
  ...groups,
  ...namespaces,
  ...resources,
  ...rseq,
  ...scheduling,
  ...prctl,
  ...futex,
  ...memory,
  ...residency,
  ...signal,
  ...kill,
  ...time,
  ...timers,
  ...identity,
  ...system,
  ...privileged,
};
