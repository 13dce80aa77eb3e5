/**
 * Builtin functions: names that scripts can call and that only native code can answer.
 *
 * The compiler types calls from the prototypes here; `tapsets/*.ts` implements them over `BuiltinHost`. What the
 * language itself can say belongs into `tapsets/*.stp` instead. Names and meanings are SystemTap's (stapfuncs).
 */
import type { Long } from "../base/int64.ts";
import type { AddressName, SourcePlace, StackFrame, StackStart } from "./addresses.ts";
import type { SyscallTexts } from "./manifest.ts";
import type { HandlerContext, LastMatch, Value } from "./module.ts";

/** name → prototype; sorted. */
export const builtins: { readonly [name: string]: string } = {
  __int32: "long(value:long)",
  __print_ubacktrace: "void()",
  __print_ubacktrace_fileline: "void()",
  __print_ubacktrace_fileline_from: "void(pc:long, sp:long, fp:long)",
  __print_ubacktrace_from: "void(pc:long, sp:long, fp:long)",
  __probe_condition: "void(value:long)",
  __procfs_value_append: "string(value:string)",
  __procfs_value_get: "string()",
  __procfs_value_set: "string(value:string)",
  __syscall_argstr: "string()",
  __syscall_name: "string()",
  __syscall_retstr: "string()",
  __syscall_text: "string(how:string, arg1:long, arg2:long, arg3:long, arg4:long, arg5:long, arg6:long)",
  __uint32: "long(value:long)",
  abort: "void()",
  asmlinkage: "void()",
  assert: "void(expression:long, [msg:string])",
  cmdline_args: "string(n:long, m:long, delim:string)",
  commit: "void(id:long)",
  cpu: "long()",
  ctime: "string([epochsecs:long])",
  discard: "void(id:long)",
  egid: "long()",
  env_var: "string(name:string)",
  errno_str: "string(err:long)",
  error: "void(msg:string)",
  euid: "long()",
  execname: "string()",
  exit: "void()",
  fastcall: "void()",
  fp32_to_fp64: "long(input:long)",
  fp_add: "long(add1:long, add2:long)",
  fp_div: "long(div1:long, div2:long)",
  fp_eq: "long(infp1:long, infp2:long)",
  fp_le: "long(infp1:long, infp2:long)",
  fp_lt: "long(infp1:long, infp2:long)",
  fp_mul: "long(mul1:long, mul2:long)",
  fp_rem: "long(div1:long, div2:long)",
  fp_sqrt: "long(infp:long)",
  fp_sub: "long(sub1:long, sub2:long)",
  fp_to_long: "long(infp:long, roundingMode:long, exact:long)",
  fp_to_string: "string(infp:long, precision:long)",
  gettimeofday_ms: "long()",
  gettimeofday_ns: "long()",
  gettimeofday_s: "long()",
  gettimeofday_us: "long()",
  gid: "long()",
  int_arg: "long(n:long)",
  is_return: "long()",
  isdigit: "long(str:string)",
  isinstr: "long(s1:string, s2:string)",
  ktime_get_ns: "long()",
  log: "void(msg:string)",
  long_arg: "long(n:long)",
  long_to_fp: "long(input:long)",
  longlong_arg: "long(n:long)",
  matched: "string(n:long)",
  matched_str: "string()",
  msg_flags_num2str: "string(flags:long)",
  ngroups: "long()",
  pexecname: "string()",
  pgrp: "long()",
  pid: "long()",
  pid2execname: "string(pid:long)",
  pid2task: "long(pid:long)",
  pn: "string()",
  pnlabel: "string()",
  pointer_arg: "long(n:long)",
  pp: "string()",
  ppfunc: "string()",
  ppid: "long()",
  print_ubacktrace_brief: "void()",
  print_usyms: "void(callers:string)",
  probe_type: "string()",
  probefunc: "string()",
  randint: "long(n:long)",
  register: "long(name:string)",
  regparm: "void(n:long)",
  returnval: "long()",
  rlimit_from_str: "long(lim_str:string)",
  s32_arg: "long(n:long)",
  s64_arg: "long(n:long)",
  set_int_arg: "void(n:long, v:long)",
  set_long_arg: "void(n:long, v:long)",
  set_longlong_arg: "void(n:long, v:long)",
  set_pointer_arg: "void(n:long, v:long)",
  set_returnval: "void(val:long)",
  set_s32_arg: "void(n:long, v:long)",
  set_s64_arg: "void(n:long, v:long)",
  set_u32_arg: "void(n:long, v:long)",
  set_u64_arg: "void(n:long, v:long)",
  set_uint_arg: "void(n:long, v:long)",
  set_ulong_arg: "void(n:long, v:long)",
  set_ulonglong_arg: "void(n:long, v:long)",
  set_user_char: "void(addr:long, val:long)",
  set_user_int: "void(addr:long, val:long)",
  set_user_long: "void(addr:long, val:long)",
  set_user_pointer: "void(addr:long, val:long)",
  set_user_short: "void(addr:long, val:long)",
  set_user_string: "void(addr:long, val:string)",
  set_user_string_arg: "void(addr:long, val:string)",
  set_user_string_n: "void(addr:long, n:long, val:string)",
  sid: "long()",
  signal_str: "string(num:long)",
  sock_fam_num2str: "string(family:long)",
  sock_fam_str2num: "long(family:string)",
  sock_flags_num2str: "string(flags:long)",
  sock_prot_num2str: "string(proto:long)",
  sock_prot_str2num: "long(proto:string)",
  sock_state_num2str: "string(state:long)",
  sock_state_str2num: "long(state:string)",
  sock_type_num2str: "string(type:long)",
  sock_type_str2num: "long(type:string)",
  speculate: "void(id:long, output:string)",
  speculation: "long()",
  sprint_ubacktrace: "string()",
  sprint_usyms: "string(callers:string)",
  str_replace: "string(prnt_str:string, srch_str:string, rplc_str:string)",
  string_quoted: "string(str:string)",
  string_to_fp: "long(input:string)",
  stringat: "long(str:string, pos:long)",
  strlen: "long(s:string)",
  strpos: "long(s1:string, s2:string)",
  strtol: "long(str:string, base:long)",
  substr: "string(str:string, start:long, length:long)",
  switch_file: "void()",
  syscall_name: "string(num:long)",
  syscall_num: "long(name:string)",
  system: "void(cmd:string)",
  target: "long()",
  target_set_pid: "long(pid:long)",
  target_set_report: "void()",
  task_cpu: "long(task:long)",
  task_current: "long()",
  task_egid: "long(task:long)",
  task_euid: "long(task:long)",
  task_execname: "string(task:long)",
  task_gid: "long(task:long)",
  task_parent: "long(task:long)",
  task_pid: "long(task:long)",
  task_start_time: "long(tid:long)",
  task_state: "long(task:long)",
  task_tid: "long(task:long)",
  task_uid: "long(task:long)",
  tcp_ipv6_sockopt_str: "string(optname:long)",
  tcp_sockopt_str: "string(optname:long)",
  tcp_sockstate_str: "string(state:long)",
  text_str: "string(input:string)",
  text_strn: "string(input:string, len:long, quoted:long)",
  tid: "long()",
  tokenize: "string(input:string, [delim:string])",
  u32_arg: "long(n:long)",
  u64_arg: "long(n:long)",
  u_register: "long(name:string)",
  uaddr: "long()",
  ubacktrace: "string()",
  ucallers: "string(n:long)",
  uid: "long()",
  uint_arg: "long(n:long)",
  ulong_arg: "long(n:long)",
  ulonglong_arg: "long(n:long)",
  umodname: "string(addr:long)",
  user_buffer_quoted: "string(addr:long, inlen:long, outlen:long)",
  user_buffer_quoted_error: "string(addr:long, inlen:long, outlen:long)",
  user_char: "long(addr:long)",
  user_char_error: "long(addr:long)",
  user_char_warn: "long(addr:long)",
  user_int: "long(addr:long)",
  user_int16: "long(addr:long)",
  user_int16_error: "long(addr:long)",
  user_int32: "long(addr:long)",
  user_int32_error: "long(addr:long)",
  user_int64: "long(addr:long)",
  user_int64_error: "long(addr:long)",
  user_int8: "long(addr:long)",
  user_int8_error: "long(addr:long)",
  user_int_error: "long(addr:long)",
  user_int_warn: "long(addr:long)",
  user_long: "long(addr:long)",
  user_long_error: "long(addr:long)",
  user_long_warn: "long(addr:long)",
  user_mode: "long()",
  user_short: "long(addr:long)",
  user_short_error: "long(addr:long)",
  user_short_warn: "long(addr:long)",
  user_string: "string(addr:long, [err_msg:string])",
  user_string2: "string(addr:long, err_msg:string)",
  user_string2_n_warn: "string(addr:long, n:long, warn_msg:string)",
  user_string2_utf16: "string(addr:long, err_msg:string)",
  user_string2_utf32: "string(addr:long, err_msg:string)",
  user_string2_warn: "string(addr:long, warn_msg:string)",
  user_string_n: "string(addr:long, n:long, [err_msg:string])",
  user_string_n2: "string(addr:long, n:long, err_msg:string)",
  user_string_n2_quoted: "string(addr:long, inlen:long, outlen:long)",
  user_string_n_nofault: "string(addr:long, n:long)",
  user_string_n_quoted: "string(addr:long, inlen:long, [outlen:long])",
  user_string_n_warn: "string(addr:long, n:long, [warn_msg:string])",
  user_string_nofault: "string(addr:long)",
  user_string_quoted: "string(addr:long)",
  user_string_quoted_utf16: "string(addr:long)",
  user_string_quoted_utf32: "string(addr:long)",
  user_string_utf16: "string(addr:long, [err_msg:string])",
  user_string_utf32: "string(addr:long, [err_msg:string])",
  user_string_warn: "string(addr:long, [warn_msg:string])",
  user_uint16: "long(addr:long)",
  user_uint16_error: "long(addr:long)",
  user_uint32: "long(addr:long)",
  user_uint32_error: "long(addr:long)",
  user_uint64: "long(addr:long)",
  user_uint64_error: "long(addr:long)",
  user_uint8: "long(addr:long)",
  user_uint8_error: "long(addr:long)",
  user_ulong: "long(addr:long)",
  user_ulong_error: "long(addr:long)",
  user_ulong_warn: "long(addr:long)",
  user_ushort: "long(addr:long)",
  user_ushort_error: "long(addr:long)",
  user_ushort_warn: "long(addr:long)",
  ustack: "long(n:long)",
  usymdata: "string(addr:long)",
  usymfile: "string(addr:long)",
  usymfileline: "string(addr:long)",
  usymline: "string(addr:long)",
  usymname: "string(addr:long)",
  warn: "void(msg:string)",
};

/** Builtins that change the traced program or this machine: for scripts that run with -g. */
export const guruBuiltins: ReadonlySet<string> = new Set([
  "set_int_arg",
  "set_long_arg",
  "set_longlong_arg",
  "set_pointer_arg",
  "set_returnval",
  "set_s32_arg",
  "set_s64_arg",
  "set_u32_arg",
  "set_u64_arg",
  "set_uint_arg",
  "set_ulong_arg",
  "set_ulonglong_arg",
  "set_user_char",
  "set_user_int",
  "set_user_long",
  "set_user_pointer",
  "set_user_short",
  "set_user_string",
  "set_user_string_arg",
  "set_user_string_n",
  "system",
]);

/** Builtins whose call matters even when its value is not used. */
export const impureBuiltins: ReadonlySet<string> = new Set([
  "__print_ubacktrace",
  "__print_ubacktrace_fileline",
  "__print_ubacktrace_fileline_from",
  "__print_ubacktrace_from",
  "__probe_condition",
  "__procfs_value_append",
  "__procfs_value_set",
  ...guruBuiltins,
  "abort",
  "asmlinkage",
  "assert",
  "commit",
  "discard",
  "error",
  "exit",
  "fastcall",
  "log",
  "print_ubacktrace_brief",
  "print_usyms",
  "randint",
  "regparm",
  "speculate",
  "speculation",
  "switch_file",
  "target_set_report",
  "tokenize",
  "ucallers",
  "user_char_warn",
  "user_int_warn",
  "user_long_warn",
  "user_short_warn",
  "user_string2_n_warn",
  "user_string2_warn",
  "user_string_n_warn",
  "user_string_warn",
  "user_ulong_warn",
  "user_ushort_warn",
  "ustack",
  "warn",
]);

/** Builtins without arguments that give the same value for the whole of a hit, and cannot fail. */
export const stableBuiltins: ReadonlySet<string> = new Set([
  "__syscall_name",
  "cpu",
  "egid",
  "euid",
  "execname",
  "gid",
  "is_return",
  "pexecname",
  "pgrp",
  "pid",
  "pn",
  "pp",
  "ppfunc",
  "ppid",
  "probe_type",
  "sid",
  "target",
  "tid",
  "uid",
]);

/** Builtins that tell of the last regular expression: with one of them in a script, `=~` matters by itself. */
export const matchReaders: ReadonlySet<string> = new Set(["matched", "matched_str", "ngroups"]);

/** What a builtin may ask of the session and of the hit it runs for. Implemented by `runtime/`. */
export interface BuiltinHost {
  /** The task of the hit; undefined in begin, end, error and timer probes without one. */
  readonly task: BuiltinTask | undefined;
  /** `pp()`, `pn()` and the function part of the point. */
  readonly point: string;
  readonly pointName: string;
  readonly functionName: string;
  /** The user-space pc of the hit; 0 without a task. */
  readonly pc: number;
  /** `begin`, `timer`, …: which sort of probe was hit; see `probe_type()`. */
  readonly probeType: string;
  /** Of a probe in the kernel: the task is not running its program. */
  readonly inKernel: boolean;
  /** Of a probe on the return of a function or system call. */
  readonly isReturn: boolean;
  /** pid of -c or -x; 0 without. */
  readonly targetPid: number;
  /** The machine, as uname -m says: `riscv64`, `x86_64`. */
  readonly arch: string;
  /** Of a probe on one system call. */
  readonly syscallTexts: SyscallTexts | undefined;
  /** The target's system calls: numbers differ between architectures. */
  syscallName(nr: Long): string | undefined;
  syscallNumber(name: string): number | undefined;
  /** Another task of the target by the number of the thread; undefined when there is none. */
  findTask(tid: Long): BuiltinTask | undefined;
  /** The tasks that exist, in order of creation. */
  tasks(): readonly BuiltinTask[];
  /** A process is the one of -c or -x or descends from it. */
  isOfTarget(pid: Long): boolean;
  /** ENOENT for 2; undefined for what has no name. */
  errnoName(number: Long): string | undefined;
  /** SIGKILL for 9, SIGRT3, SIG99 for one that is none. */
  signalName(number: Long): string;
  /** Frames from where the hit (or `start`) is, at most MAXBACKTRACE; undefined without a task. */
  userStack(start?: StackStart): readonly StackFrame[] | undefined;
  /** What is at an address of the task of the hit, or before it where a call returns to it. */
  addressName(address: Long, isReturnAddress: boolean): AddressName;
  sourcePlace(address: Long, isReturnAddress: boolean): SourcePlace | undefined;
  /** A register of the task of the hit, by its ABI name; undefined without such a register or a task. */
  register(name: string): Long | undefined;
  /** Argument `n` (from 1) of the function that begins at the hit, by the calling conventions; a fault is undefined. */
  argument(n: number): Long | undefined;
  setArgument(n: number, value: Long): boolean;
  /** The register that a function or system call returns its value in; undefined without a task. */
  returnValue(): Long | undefined;
  setReturnValue(value: Long): boolean;
  /** Stores into user memory as the program itself would; false where it may not. */
  writeMemory(address: Long, bytes: Uint8Array): boolean;
  /** What a probe of kind `condition` found out. */
  setCondition(holds: boolean): void;
  /** `$value` of a procfs probe; undefined in others. */
  readonly fileValue: FileValue | undefined;
  /** The target's clocks, nanoseconds. */
  monotonicNs(): number;
  realtimeNs(): bigint;
  /** The next number of the session's seeded generator, an integer in [0, n). */
  random(n: number): number;
  /** The last regular expression of this hit; undefined before the first. */
  readonly lastMatch: LastMatch | undefined;
  /** Reads user memory; a fault is undefined. */
  readMemory(address: Long, size: number): Uint8Array | undefined;
  /** A NUL-terminated string of at most `limit` bytes; a fault is undefined. */
  readString(address: Long, limit: number): string | undefined;
  readonly maxString: number;
  print(text: string): void;
  warn(text: string): void;
  /** Raises a run-time error of the script, which try/catch catches. */
  fail(message: string): never;
  requestExit(): void;
  /** Ends the handler and the session at once; cannot be caught. */
  abort(): never;
}

/** What a program writes to a file of the script, or will read from it. */
export interface FileValue {
  text: string;
  /** Bytes that fit. */
  readonly size: number;
}

export interface BuiltinTask {
  readonly pid: number;
  readonly tid: number;
  readonly pgrp: number;
  readonly sid: number;
  /** Canonical path of the program. */
  readonly executable: string;
  readonly commandLine: readonly string[];
  readonly environment: readonly string[];
  /** Nanoseconds on the monotonic clock. */
  readonly startTime: number;
  readonly state: string;
  readonly ppid: number;
  readonly uid: number;
  readonly euid: number;
  readonly gid: number;
  readonly egid: number;
  readonly execname: string;
  readonly cpu: number;
}

/** A native builtin; the context of the contract is a BuiltinHost too. */
export type Builtin = (c: HandlerContext & BuiltinHost, ...values: never[]) => Value | undefined;
export type BuiltinTable = { readonly [name: string]: Builtin };
