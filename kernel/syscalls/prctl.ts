/** prctl: one row an option. */
import { toBytes } from "../../base/bytestring.ts";
import { ERRNO } from "../../target/errno.ts";
import { NSIG } from "../../target/signals.ts";
import { address, int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";
import { DEFAULT_TIMER_SLACK } from "../task.ts";
import { copyOut } from "./user.ts";

type Option = (c: SyscallContext, argument: bigint, rest: readonly bigint[]) => number;

const LAST_CAPABILITY = 40n;
const MAX_NAME = 15;

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
  /* PR_SET_TIMERSLACK      */ 29: (c, n) => setSlack(c, n),
  /* PR_GET_TIMERSLACK      */ 30: (c) => c.task.scheduling.timerSlack,
  /* PR_SET_CHILD_SUBREAPER */ 36: (c, n) => change(c, { subreaper: n !== 0n }),
  /* PR_GET_CHILD_SUBREAPER */ 37: (c, p) => copyOut(c, p, word(Number(c.task.process.attributes.subreaper))),
  /* PR_SET_NO_NEW_PRIVS    */ 38: alone((c, n) => n === 1n ? change(c, { noNewPrivileges: true }) : -ERRNO.EINVAL),
  /* PR_GET_NO_NEW_PRIVS    */ 39: alone((c, n) => n === 0n ? Number(c.task.process.attributes.noNewPrivileges) : -ERRNO.EINVAL),
  /* PR_GET_TID_ADDRESS     */ 40: (c, p) => copyOut(c, p, new Uint8Array(BigInt64Array.of(BigInt(c.task.clearChildTid)).buffer)),
  /* PR_GET_THP_DISABLE     */ 42: alone((_c, n) => n === 0n ? 0 : -ERRNO.EINVAL),
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

function setSlack(c: SyscallContext, ns: bigint): number {
  const { task } = c;
  task.scheduling = { ...task.scheduling, timerSlack: ns > 0n ? Number(ns) : DEFAULT_TIMER_SLACK };
  return 0;
}

function word(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}
