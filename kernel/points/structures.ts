/**
 * Structures of the kernel as a probe sees them: `$p->cred->uid->val`, one function for each member of the tables in
 * target/kernel-points.ts.
 *
 * Nothing is copied: a member is what it is when it is read. The handle of a task_struct is its tid; other structures are
 * numbered in the order in which they are first shown.
 */
import { bug } from "../../base/assert.ts";
import type { KernelObject, KernelValue, MemberName, StructureName } from "../../target/kernel-points.ts";
import type { Inode } from "../files/inode.ts";
import type { OpenFile } from "../files/open-file.ts";
import type { CloneArguments } from "../process/fork.ts";
import type { Credentials, SignalAction } from "../process/process.ts";
import type { SignalInfo } from "../signals/pending-signals.ts";
import { encodeSignalInfo } from "../signals/signal-frame.ts";

/** A function for each member of a structure. */
export type Members<S extends StructureName, T> = { readonly [name in MemberName<S>]: Member<T> };
type Member<T> = (of: T, self: Structure<T>) => KernelValue;

export class Structure<T = unknown> implements KernelObject {
  readonly handle: number;
  readonly handles: Handles;
  readonly #of: T;
  readonly #members: { readonly [name: string]: Member<T> };

  constructor(of: T, members: { readonly [name: string]: Member<T> }, handles: Handles, handle: number) {
    this.handle = handle;
    this.handles = handles;
    this.#of = of;
    this.#members = members;
  }

  member(name: string): KernelValue {
    const read = this.#members[name] ?? bug("kernel/points", `no member '${name}'`);
    return read(this.#of, this);
  }
}

/** Numbers the objects of one machine. */
export class Handles {
  readonly #known = new WeakMap<object, number>();
  #last = 0;

  of(object: object): number {
    let handle = this.#known.get(object);
    if (handle === undefined) {
      handle = ++this.#last;
      this.#known.set(object, handle);
    }
    return handle;
  }
}

function structure<S extends StructureName, T extends object>(members: Members<S, T>) {
  return (handles: Handles, of: T): KernelObject => new Structure(of, members, handles, handles.of(of));
}

/** It lies in another one and is where that is. */
function embedded<S extends StructureName, T>(members: Members<S, T>) {
  return (of: T, { handles, handle }: { readonly handles: Handles; readonly handle: number }): KernelObject =>
    new Structure(of, members, handles, handle);
}

const kuid = embedded<"kuid_t", number>({ val: (id) => id });
const kgid = embedded<"kgid_t", number>({ val: (id) => id });

export const credStruct = structure<"cred", Credentials>({
  uid: (c, self) => kuid(c.uid, self),
  gid: (c, self) => kgid(c.gid, self),
  suid: (c, self) => kuid(c.suid, self),
  sgid: (c, self) => kgid(c.sgid, self),
  euid: (c, self) => kuid(c.euid, self),
  egid: (c, self) => kgid(c.egid, self),
});

/** DNAME_INLINE_LEN, with the NUL: longer names are somewhere else. */
const INLINE_NAME = 40;

const qstr = embedded<"qstr", string>({ name: (name) => name, len: (name) => name.length });

const dentry = embedded<"dentry", string>({
  d_iname: (name) => (name.length < INLINE_NAME ? name : ""),
  d_name: qstr,
});

const path = embedded<"path", OpenFile>({ dentry: (file, self) => dentry(nameOf(file), self) });

/** The last name of its path; what has no path has a name of its kind, `pipe:[7]`. */
function nameOf({ path }: OpenFile): string {
  return path === "/" ? path : path.slice(path.lastIndexOf("/") + 1);
}

const inode = structure<"inode", Inode>({
  i_mode: (i) => i.mode,
  i_uid: (i, self) => kuid(i.uid, self),
  i_gid: (i, self) => kgid(i.gid, self),
  i_ino: (i) => i.ino,
  i_nlink: (i) => i.nlink,
  i_rdev: (i) => i.rdev,
  i_size: (i) => i.size,
});

const SEEK_CUR = 1;

export const fileStruct = structure<"file", OpenFile>({
  f_path: path,
  f_inode: (file, self) => inode(self.handles, file.inode),
  f_flags: (file) => file.flags,
  // Files that have no position stay at 0.
  f_pos: (file) => Math.max(0, file.seek(0, SEEK_CUR)),
});

/** The state of an execve; `interp` and `argc` change when a `#!` line is followed. */
export interface Bprm {
  readonly filename: string;
  interp: string;
  argc: number;
  readonly envc: number;
}

export const bprmStruct = structure<"linux_binprm", Bprm>({
  filename: (b) => b.filename,
  interp: (b) => b.interp,
  argc: (b) => b.argc,
  envc: (b) => b.envc,
});

/** struct filename of an execve. */
export const filenameStruct = structure<"filename", Bprm>({ name: (b) => b.filename });

export const cloneArgsStruct = structure<"kernel_clone_args", CloneArguments>({
  flags: (a) => a.flags,
  exit_signal: (a) => a.exitSignal,
  stack: (a) => a.stack,
  tls: (a) => BigInt.asUintN(64, a.tls),
  child_tid: (a) => a.childTid,
  parent_tid: (a) => a.parentTid,
});

/** The fields overlap as in siginfo_t: those that the signal does not have show the bytes of others. */
export const siginfoStruct = structure<"kernel_siginfo", SignalInfo>({
  si_signo: (info) => info.signal,
  si_errno: errnoOf,
  si_code: (info) => info.code,
  si_pid: (info) => viewOf(info).getInt32(16, true),
  si_uid: (info) => viewOf(info).getUint32(20, true),
  si_status: (info) => viewOf(info).getInt32(24, true),
  si_addr: (info) => viewOf(info).getBigUint64(16, true),
});

export function errnoOf(info: SignalInfo): number {
  return viewOf(info).getInt32(4, true);
}

function viewOf(info: SignalInfo): DataView {
  const bytes = encodeSignalInfo(info);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const sigaction = embedded<"sigaction", SignalAction>({
  sa_handler: (action) => action.handler,
  sa_flags: (action) => action.flags >>> 0,
  sa_mask: (action) => action.mask,
});

export const kSigactionStruct = structure<"k_sigaction", SignalAction>({ sa: sigaction });

/** A signal on its way to a handler. */
export interface Delivery {
  readonly info: SignalInfo;
  readonly action: SignalAction;
}

export const ksignalStruct = structure<"ksignal", Delivery>({
  ka: ({ action }, self) => kSigactionStruct(self.handles, action),
  info: ({ info }, self) => siginfoStruct(self.handles, info),
  sig: ({ info }) => info.signal,
});
