/** Handlers of the calls about user and group ids; the rules are those of credentials(7) and capabilities(7) for uid 0. */
import { ERRNO } from "../../target/errno.ts";
import type { Credentials } from "../process/process.ts";
import { int, type SyscallContext, type SyscallTable } from "../syscall-context.ts";
import { copyIn, copyOut, viewOf } from "./user.ts";

type Kind = "uid" | "gid";
const MAX_GROUPS = 65_536;
const CAP_VERSIONS: { readonly [version: number]: number } = { 429392688: 1, 537333798: 2, 537396514: 2 };
const NEWEST_CAP_VERSION = 0x2008_0522;
/** 41 capabilities in two words. */
const ALL_CAPABILITIES = [0xffff_ffff, 0x1ff] as const;

export const identity: SyscallTable = {
  getuid: (c) => c.task.uid,
  geteuid: (c) => c.task.euid,
  getgid: (c) => c.task.gid,
  getegid: (c) => c.task.egid,
  getresuid: (c, ...pointers) => getAll(c, "uid", pointers),
  getresgid: (c, ...pointers) => getAll(c, "gid", pointers),
  setuid: (c, id) => setOne(c, "uid", int(id!)),
  setgid: (c, id) => setOne(c, "gid", int(id!)),
  setreuid: (c, real, effective) => setTwo(c, "uid", int(real!), int(effective!)),
  setregid: (c, real, effective) => setTwo(c, "gid", int(real!), int(effective!)),
  setresuid: (c, real, effective, saved) => setThree(c, "uid", [int(real!), int(effective!), int(saved!)]),
  setresgid: (c, real, effective, saved) => setThree(c, "gid", [int(real!), int(effective!), int(saved!)]),
  /** The file system ids are the effective ones; the call answers the old one and never fails. */
  setfsuid: (c) => c.task.euid,
  setfsgid: (c) => c.task.egid,

  getgroups(c, count, list) {
    const { groups } = c.task.process.credentials;
    const room = int(count!);
    if (room < 0 || (room > 0 && room < groups.length)) return -ERRNO.EINVAL;
    const error = room === 0 ? 0 : copyOut(c, list!, new Uint8Array(Uint32Array.from(groups).buffer));
    return error === 0 ? groups.length : error;
  },
  setgroups(c, count, list) {
    if (c.task.euid !== 0) return -ERRNO.EPERM;
    const length = Number(BigInt.asUintN(32, count!));
    if (length > MAX_GROUPS) return -ERRNO.EINVAL;
    const bytes = copyIn(c, list!, 4 * length);
    if (typeof bytes === "number") return bytes;
    const view = viewOf(bytes);
    const groups = Array.from({ length }, (_, i) => view.getUint32(4 * i, true));
    c.task.process.credentials.groups = groups.sort((a, b) => a - b);
    return 0;
  },

  /** There is nothing between all and none to set: root may set what it has, everybody else nothing. */
  capset(c, header, data) {
    const asked = capHeader(c, header!);
    if (typeof asked === "number") return asked;
    if (asked.pid !== 0 && asked.pid !== c.task.pid) return -ERRNO.EPERM;
    const bytes = copyIn(c, data!, 12 * asked.words);
    if (typeof bytes === "number") return bytes;
    return c.task.euid === 0 || bytes.every((byte) => byte === 0) ? 0 : -ERRNO.EPERM;
  },

  /** Root has all capabilities, everybody else none. */
  capget(c, header, data) {
    const asked = capHeader(c, header!);
    if (typeof asked === "number") return asked === -ERRNO.EINVAL && data === 0n ? 0 : asked;
    if (asked.pid < 0) return -ERRNO.EINVAL;
    const euid = asked.pid === 0 ? c.task.euid : c.task.machine.findTask(asked.pid)?.euid;
    if (euid === undefined) return -ERRNO.ESRCH;
    if (data === 0n) return 0;
    const sets = new Uint32Array(3 * asked.words);
    if (euid === 0) for (let i = 0; i < asked.words; i++) sets.fill(ALL_CAPABILITIES[i]!, 3 * i, 3 * i + 2);
    return copyOut(c, data!, new Uint8Array(sets.buffer));
  },
};

function getAll(c: SyscallContext, kind: Kind, pointers: readonly bigint[]): number {
  const ids = c.task.process.credentials;
  const values = [ids[kind], ids[`e${kind}`], ids[`s${kind}`]];
  for (const [i, value] of values.entries()) {
    const error = copyOut(c, pointers[i]!, new Uint8Array(Int32Array.of(value).buffer));
    if (error !== 0) return error;
  }
  return 0;
}

/** setuid(2), setgid(2): user 0 sets all three, others only the effective one to one of theirs. */
function setOne(c: SyscallContext, kind: Kind, id: number): number {
  const ids = c.task.process.credentials;
  if (id === -1) return -ERRNO.EINVAL;
  if (ids.euid === 0) set(c, kind, [id, id, id]);
  else if (id === ids[kind] || id === ids[`s${kind}`]) set(c, kind, [ids[kind], id, ids[`s${kind}`]]);
  else return -ERRNO.EPERM;
  return 0;
}

/** setreuid(2): -1 changes nothing; the saved id follows the effective one when the real one is set or it becomes another. */
function setTwo(c: SyscallContext, kind: Kind, real: number, effective: number): number {
  const ids = c.task.process.credentials;
  const [oldReal, oldEffective, oldSaved] = [ids[kind], ids[`e${kind}`], ids[`s${kind}`]];
  const root = ids.euid === 0;
  if (!root && real !== -1 && ![oldReal, oldEffective].includes(real)) return -ERRNO.EPERM;
  if (!root && effective !== -1 && ![oldReal, oldEffective, oldSaved].includes(effective)) return -ERRNO.EPERM;
  const next = effective === -1 ? oldEffective : effective;
  const follows = real !== -1 || (effective !== -1 && effective !== oldReal);
  set(c, kind, [real === -1 ? oldReal : real, next, follows ? next : oldSaved]);
  return 0;
}

function setThree(c: SyscallContext, kind: Kind, wanted: readonly [number, number, number]): number {
  const ids = c.task.process.credentials;
  const old = [ids[kind], ids[`e${kind}`], ids[`s${kind}`]] as const;
  if (ids.euid !== 0 && wanted.some((id) => id !== -1 && !old.includes(id))) return -ERRNO.EPERM;
  const pick = (i: 0 | 1 | 2): number => (wanted[i] === -1 ? old[i] : wanted[i]);
  set(c, kind, [pick(0), pick(1), pick(2)]);
  return 0;
}

/** New effective ids make a process undumpable: another user must not read its memory from a core file. */
function set(c: SyscallContext, kind: Kind, [real, effective, saved]: readonly [number, number, number]): void {
  const { process } = c.task;
  const ids: Credentials = process.credentials;
  if (ids[`e${kind}`] !== effective) process.attributes = { ...process.attributes, dumpable: 0, deathSignal: 0 };
  ids[kind] = real;
  ids[`e${kind}`] = effective;
  ids[`s${kind}`] = saved;
}

/** Writes the newest version back when the asked one is not known. */
function capHeader(c: SyscallContext, pointer: bigint): { readonly words: number; readonly pid: number } | number {
  const bytes = copyIn(c, pointer, 8);
  if (typeof bytes === "number") return bytes;
  const view = viewOf(bytes);
  const words = CAP_VERSIONS[view.getUint32(0, true)];
  const pid = view.getInt32(4, true);
  if (words !== undefined) return { words, pid };
  return copyOut(c, pointer, new Uint8Array(Uint32Array.of(NEWEST_CAP_VERSION).buffer)) || -ERRNO.EINVAL;
}
