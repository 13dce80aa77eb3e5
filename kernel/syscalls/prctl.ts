/** prctl: one row an option. */
import { toBytes } from "../../base/bytestring.ts";
import { ERRNO } from "../../target/errno.ts";
import { NSIG } from "../../target/signals.ts";
import { address, int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";
import { copyOut } from "./user.ts";

type Option = (c: SyscallContext, argument: bigint, rest: readonly bigint[]) => number;

const LAST_CAPABILITY = 40n;
const MAX_NAME = 15;
const MCE_KILL_CLEAR = 0n;
const MCE_KILL_DEFAULT = 2;
const AMBIENT = { IS_SET: 1n, RAISE: 2n, LOWER: 3n, CLEAR_ALL: 4n } as const;

/** The option refuses other arguments than zero. */
const alone =
  (option: Option): Option =>
  (c, argument, rest) =>
    rest.some((word) => word !== 0n) ? -ERRNO.EINVAL : option(c, argument, rest);

// biome-ignore format: table
const options: { readonly [option: number]: Option } = {
  /* PR_SET_PDEATHSIG       */ 1: (c, n) => n < 0n || n > BigInt(NSIG) ? -ERRNO.EINVAL : change(c, { deathSignal: Number(n) }),
  /* PR_GET_PDEATHSIG       */ 2: (c, p) => copyOut(c, p, word(c.task.process.attributes.deathSignal)),
  /* PR_GET_DUMPABLE        */ 3: (c) => c.task.process.attributes.dumpable,
  /* PR_SET_DUMPABLE        */ 4: (c, n) => n !== 0n && n !== 1n ? -ERRNO.EINVAL : change(c, { dumpable: Number(n) }),
  /* PR_GET_KEEPCAPS        */ 7: (c) => Number(c.task.process.attributes.keepCapabilities),
  /* PR_SET_KEEPCAPS        */ 8: (c, n) => n !== 0n && n !== 1n ? -ERRNO.EINVAL : change(c, { keepCapabilities: n === 1n }),
  /* PR_GET_TIMING          */ 13: () => 0,
  /* PR_SET_TIMING          */ 14: (_c, n) => n === 0n ? 0 : -ERRNO.EINVAL,
  /* PR_SET_NAME            */ 15: setName,
  /* PR_GET_NAME            */ 16: (c, p) => copyOut(c, p, toBytes(c.task.execname.padEnd(MAX_NAME + 1, "\0"))),
  /* PR_GET_SECCOMP         */ 21: () => 0,
  /* PR_CAPBSET_READ        */ 23: (_c, n) => BigInt.asUintN(64, n) > LAST_CAPABILITY ? -ERRNO.EINVAL : 1,
  /* PR_GET_SECUREBITS      */ 27: () => 0,
  /* PR_SET_TIMERSLACK      */ 29: (c, n) => setSlack(c, n),
  /* PR_GET_TIMERSLACK      */ 30: (c) => c.task.scheduling.timerSlack,
  /* PR_MCE_KILL            */ 33: alone((_c, n) => n === MCE_KILL_CLEAR ? 0 : -ERRNO.EINVAL),
  /* PR_MCE_KILL_GET        */ 34: alone((_c, n) => n === 0n ? MCE_KILL_DEFAULT : -ERRNO.EINVAL),
  /* PR_SET_CHILD_SUBREAPER */ 36: (c, n) => change(c, { subreaper: n !== 0n }),
  /* PR_GET_CHILD_SUBREAPER */ 37: (c, p) => copyOut(c, p, word(Number(c.task.process.attributes.subreaper))),
  /* PR_SET_NO_NEW_PRIVS    */ 38: alone((c, n) => n === 1n ? change(c, { noNewPrivileges: true }) : -ERRNO.EINVAL),
  /* PR_GET_NO_NEW_PRIVS    */ 39: alone((c, n) => n === 0n ? Number(c.task.process.attributes.noNewPrivileges) : -ERRNO.EINVAL),
  /* PR_GET_TID_ADDRESS     */ 40: (c, p) => copyOut(c, p, new Uint8Array(BigInt64Array.of(BigInt(c.task.clearChildTid)).buffer)),
  /* PR_SET_THP_DISABLE     */ 41: alone((c, n) => change(c, { noHugePages: n !== 0n })),
  /* PR_GET_THP_DISABLE     */ 42: alone((c, n) => n === 0n ? Number(c.task.process.attributes.noHugePages) : -ERRNO.EINVAL),
  /* PR_CAP_AMBIENT         */ 47: ambient,
  /* PR_GET_AUXV            */ 1096112214: getAuxv,
};

export const prctl: SyscallTable = {
  prctl: (c, option, argument, ...rest) => options[int(option!)]?.(c, argument!, rest.slice(0, 3)) ?? -ERRNO.EINVAL,
};

type Attributes = SyscallContext["task"]["process"]["attributes"];

function change(c: SyscallContext, part: Partial<Attributes>): number {
  const { process } = c.task;
  process.attributes = { ...process.attributes, ...part };
  return 0;
}

function setName(c: SyscallContext, pointer: bigint): number {
  const name = c.mm.readCString(address(pointer), MAX_NAME);
  if (typeof name !== "string") return -ERRNO.EFAULT;
  c.task.execname = name;
  return 0;
}

/** There are no capabilities between all and none, so none is ambient. */
function ambient(_c: SyscallContext, action: bigint, [capability = 0n, ...rest]: readonly bigint[]): number {
  if (rest.some((word) => word !== 0n)) return -ERRNO.EINVAL;
  if (action === AMBIENT.CLEAR_ALL) return capability === 0n ? 0 : -ERRNO.EINVAL;
  if (action < AMBIENT.IS_SET || action > AMBIENT.LOWER) return -ERRNO.EINVAL;
  if (BigInt.asUintN(64, capability) > LAST_CAPABILITY) return -ERRNO.EINVAL;
  return action === AMBIENT.RAISE ? -ERRNO.EPERM : 0;
}

/** As much as there is room for; the size of all of it. */
function getAuxv(c: SyscallContext, pointer: bigint, [size = 0n, ...rest]: readonly bigint[]): number {
  if (rest.some((word) => word !== 0n)) return -ERRNO.EINVAL;
  const { auxv } = c.task.process;
  const part = size >= 0n && size < BigInt(auxv.length) ? auxv.subarray(0, Number(size)) : auxv;
  return copyOut(c, pointer, part) || auxv.length;
}

function setSlack(c: SyscallContext, ns: bigint): number {
  const { task } = c;
  const { defaultTimerSlack } = task.scheduling;
  task.scheduling = { ...task.scheduling, timerSlack: ns > 0n ? Number(ns) : defaultTimerSlack };
  return 0;
}

function word(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}
