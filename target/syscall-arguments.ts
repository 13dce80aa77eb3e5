/**
 * What the argument lists of the system call table mean: the variables that a probe on a call has, and their kinds.
 *
 * An argument is `name:kind`. The class of the kind says which variables it gives under which names:
 *
 *     number    name                                  the value
 *     pointer   name_uaddr                            the value
 *     set       name, name_str                        the value; its text
 *     struct    name_uaddr, name_str                  the value; what is there, as text
 *     string    name, name_unquoted, name_uaddr       what is there, in quotes; without; the value
 *     named     name_str, name_str_unquoted, name_uaddr
 *     text      name, name_uaddr                      what is there, as text; the value
 *
 * Where the names that scripts know are others, they are all written out, `sig+sig_name:signal`, and their ends say what
 * they are; `name=text` and `name=value` say it where the end does not. `argstr` is made of the texts of all arguments.
 */
import { bug } from "../base/assert.ts";
import type { SyscallArch, SyscallRow } from "./syscalls.ts";

export type ArgumentClass = "number" | "pointer" | "set" | "struct" | "string" | "named" | "text";

/** The C type of a value: `int` and `uint` are 32 bits of the register. */
export type ArgumentType = "int" | "uint" | "long";

// biome-ignore format: table
const kinds = {
  access_mode: "set int",            address: "pointer long",          address_text: "struct long",
  arch_prctl: "set int",             at_flags: "set int",              bpf_cmd: "set int",
  buffer: "struct long",             clock: "set int",                 clone_args: "struct long",
  clone_flags: "set long",           close_range_flags: "set uint",    cpu_mask: "struct long",
  creat_mode: "number uint",         dirfd: "set int",                 epoll_create_flags: "set int",
  epoll_event: "struct long",        epoll_op: "set int",              eventfd_flags: "set int",
  faccessat_flags: "set int",        fadvise: "set int",               fallocate_mode: "set int",
  fanotify_flags: "set uint",        fanotify_mark: "set uint",        fanotify_mask: "set long",
  fcntl_arg: "number long",          fcntl_cmd: "set int",             fd: "number int",
  fd_flags: "set int",               fd_set: "number long",            fd_set_at: "pointer long",
  finit_flags: "set int",            flock: "set int",                 futex_op: "set int",
  futex_timeout: "pointer long",     futex_uaddr2: "pointer long",     futex_val3: "number int",
  getrandom_flags: "set uint",       gid: "number int",                gids: "struct long",
  hex: "number uint",                hexlong: "number long",           hidden: "number long",
  inotify_flags: "set int",          inotify_mask: "set uint",         int: "number int",
  ioctl: "set uint",                 ioprio: "set int",                ioprio_which: "set int",
  iovec: "struct long",              iovec_in: "struct long",          ipc_cmd: "set int",
  ipc_flags: "set int",              ipc_key: "set int",               itimer: "set int",
  itimerspec: "struct long",         itimerval: "struct long",         kcmp_type: "set int",
  kexec_file_flags: "set long",      kexec_flags: "set long",          key_payload: "pointer long",
  keyctl_option: "set int",          keyring: "set int",               long: "number long",
  long_at: "struct long",            madvise: "set int",               membarrier_cmd: "set int",
  memfd_flags: "set uint",           mempolicy: "set int",             mempolicy_flags: "set long",
  mknod_dev: "number uint",
  mremap_target: "number long",
  mknod_mode: "set uint",            mlock2_flags: "set int",          mlockall_flags: "set int",
  mmap_flags: "set long",            mmap_prot: "set long",            mode: "number uint",
  module_flags: "set uint",          mount_flags: "set long",          mremap_flags: "set long",
  msg_flags: "set uint",             msghdr: "struct long",            msync_flags: "set int",
  namespace_flags: "set long",
  open_flags: "set int",             open_how: "struct long",          path: "string long",
  perf_flags: "set long",            pid: "number int",                pkey_rights: "set long",
  pointer: "number long",            pollfds: "struct long",           prctl_option: "set int",
  prctl_arg: "number long",
  priority_which: "set int",         ptrace_request: "set long",       quota_cmd: "set uint",
  random_buffer: "string long",      reboot_cmd: "set uint",           reboot_magic: "set int",
  rename_flags: "set uint",          rlimit: "struct long",            rlimit_resource: "set int",
  rusage_who: "set int",             rwf_flags: "set int",             sched_attr: "struct long",
  sched_param: "struct long",        sched_policy: "set int",          seccomp_args: "string long",
  seccomp_flags: "set uint",         seccomp_op: "set uint",           sembufs: "struct long",
  shmat_flags: "set int",            shmget_flags: "set int",          shutdown_how: "set int",
  sigaction: "struct long",          siginfo: "struct long",           sigmask_how: "set int",
  signal: "set int",                 signalfd_flags: "set int",        sigset: "struct long",
  size: "number long",               sock_family: "set int",           sock_flags: "set int",
  sock_protocol: "set int",          sock_type: "set int",             sockaddr: "struct long",
  sockopt_level: "set int",          sockopt_name: "set int",          sockopt_value: "pointer long",
  splice_flags: "set uint",          stack: "struct long",             statx_flags: "set uint",
  statx_mask: "set uint",            string_at: "named long",          strings: "text long",
  swap_flags: "set int",             sync_file_flags: "set uint",      timer_flags: "set int",
  timerfd_flags: "set int",          timerfd_settime_flags: "set int", timespec: "struct long",
  timespecs: "struct long",          timeval: "struct long",           timevals: "struct long",
  timezone: "struct long",           uid: "number int",                uint: "number uint",
  ulong: "number long",              umount_flags: "set int",          unlinkat_flags: "set uint",
  userfaultfd_flags: "set int",      utimbuf: "struct long",           wait_options: "set int",
  waitid_which: "set int",           whence: "set uint",               xattr_flags: "set int",
  xattr_value: "struct long",
} as const satisfies { readonly [kind: string]: `${ArgumentClass} ${ArgumentType}` };

export type ArgumentKind = keyof typeof kinds;

/** Every kind; each has a decoder in `tapsets/syscalls/`. */
export const argumentKinds = Object.keys(kinds) as readonly ArgumentKind[];

/** A variable of a probe on a call: the value, what is at the address in quotes or as text, or the bare string there. */
export interface SyscallVariable {
  readonly name: string;
  readonly meaning: "value" | "text" | "unquoted";
}

export interface SyscallArgument {
  readonly kind: ArgumentKind;
  readonly type: ArgumentType;
  readonly variables: readonly SyscallVariable[];
}

export function syscallArguments(row: SyscallRow, arch: SyscallArch): readonly SyscallArgument[] {
  const list = row.arguments[arch];
  return list === "" ? [] : list.split(" ").map(argument);
}

function argument(text: string): SyscallArgument {
  const [names = "", kind = ""] = text.split(":");
  if (!isKind(kind)) bug("target/syscall-arguments", `no kind of argument '${kind}'`);
  const [form, type] = kinds[kind].split(" ") as [ArgumentClass, ArgumentType];
  return { kind, type, variables: names.includes("+") ? written(names.split("+"), form) : usual(names, form) };
}

function isKind(kind: string): kind is ArgumentKind {
  return Object.hasOwn(kinds, kind);
}

function usual(name: string, form: ArgumentClass): readonly SyscallVariable[] {
  const value = (suffix = ""): SyscallVariable => ({ name: `${name}${suffix}`, meaning: "value" });
  const text = (suffix = ""): SyscallVariable => ({ name: `${name}${suffix}`, meaning: "text" });
  const unquoted = (suffix: string): SyscallVariable => ({ name: `${name}${suffix}`, meaning: "unquoted" });
  switch (form) {
    case "number":
      return [value()];
    case "pointer":
      return [value("_uaddr")];
    case "set":
      return [value(), text("_str")];
    case "struct":
      return [value("_uaddr"), text("_str")];
    case "string":
      return [text(), unquoted("_unquoted"), value("_uaddr")];
    case "named":
      return [text("_str"), unquoted("_str_unquoted"), value("_uaddr")];
    case "text":
      return [text(), value("_uaddr")];
  }
}

function written(names: readonly string[], form: ArgumentClass): readonly SyscallVariable[] {
  return names.map((entry) => {
    const [name = "", said] = entry.split("=");
    if (said === "text" || said === "value") return { name, meaning: said };
    if (name.endsWith("_unquoted")) return { name, meaning: "unquoted" };
    if (name.endsWith("_uaddr")) return { name, meaning: "value" };
    if (name.endsWith("_str") || name.endsWith("_name")) return { name, meaning: "text" };
    const holdsText = (form === "string" || form === "text") && !names.includes(`${name}_str`);
    return { name, meaning: holdsText ? "text" : "value" };
  });
}
