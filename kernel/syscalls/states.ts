/**
 * What there is of each system call of riscv64: done, done in part, refused on purpose, or not there.
 *
 * `callStates` joins the one table of system calls (target/syscalls.ts) with the handlers that there are and with the notes below:
 * every call that is not done whole has one. `model-docs.ts` makes docs/kernel-model.md of it.
 */
import { syscalls } from "../../target/syscalls.ts";
import { handlers } from "./all.ts";
import { privilegedCalls } from "./privileged.ts";

export type State = "done" | "partial" | "refused" | "ENOSYS";

export interface CallState {
  readonly name: string;
  readonly number: number;
  readonly state: State;
  /** What is missing, or why. */
  readonly note: string;
}

// biome-ignore format: table
const partial: { readonly [name: string]: string } = {
  capget:                  "root has every capability, everybody else none",
  capset:                  "checked, changes nothing",
  clone:                   "no namespaces (EINVAL); CLONE_IO, CLONE_PTRACE and CLONE_UNTRACED change nothing",
  clone3:                  "as clone; no set_tid, no cgroup (EINVAL)",
  connect:                 "the loopback device is all the network there is: ENETUNREACH beyond it",
  execveat:                "AT_SYMLINK_NOFOLLOW changes nothing",
  fadvise64:               "checked, changes nothing",
  fallocate:               "not FALLOC_FL_UNSHARE_RANGE; whole blocks of 64 KiB become holes",
  fcntl:                   "no signals of O_ASYNC, no leases, no F_NOTIFY",
  futex:                   "no priority inheritance (ENOSYS)",
  getrandom:               "from the seed: the same bytes in every run",
  getrusage:               "CPU time alone, all of it the user's",
  ioctl:                   "terminals (the table below), FIONREAD, FIONBIO, FIOASYNC, FIOCLEX",
  madvise:                 "MADV_MERGEABLE, HUGEPAGE, COLD, PAGEOUT and the like change nothing, MADV_FREE keeps the bytes; not MADV_HWPOISON, MADV_COLLAPSE",
  membarrier:              "registered and checked; CPUs take turns and see one another's stores",
  memfd_create:            "no huge pages",
  mknodat:                 "no devices (EPERM) but 0:0, which is a whiteout",
  mlock:                   "counted against RLIMIT_MEMLOCK; memory is never paged out",
  mlock2:                  "as mlock",
  mlockall:                "as mlock",
  mmap:                    "files and anonymous memory; no devices (ENODEV), no huge pages (ENOMEM)",
  personality:             "kept and told",
  pidfd_getfd:             "the same user may; no ptrace modes beyond that",
  prctl:                   "the options that programs ask for; no seccomp, no ambient capabilities",
  preadv2:                 "flags change nothing, because nothing ever waits for a disk",
  prlimit64:               "AS, CORE, CPU, DATA, FSIZE, MEMLOCK, NICE, NOFILE, NPROC, RTPRIO, SIGPENDING, STACK; the others are kept and told",
  pwritev2:                "as preadv2, and RWF_APPEND",
  readahead:               "checked, changes nothing",
  riscv_flush_icache:      "written code is always seen",
  riscv_hwprobe:           "the keys up to misaligned access",
  sched_rr_get_interval:   "tells the slice that the task gets, SCHED_OTHER included",
  sched_setattr:           "no SCHED_DEADLINE (EINVAL), no clamps of utilisation (EOPNOTSUPP)",
  sched_setscheduler:      "no SCHED_DEADLINE (EINVAL)",
  sendmsg:                 "SCM_RIGHTS and SCM_CREDENTIALS; no MSG_OOB",
  recvmsg:                 "SCM_RIGHTS and SCM_CREDENTIALS; no error queue",
  setfsgid:                "the file system id is always the effective one",
  setfsuid:                "the file system id is always the effective one",
  setsockopt:              "SO_RCVTIMEO, SNDTIMEO, REUSEADDR, REUSEPORT, PASSCRED, LINGER without time and IPV6_V6ONLY act; others are kept and told",
  socket:                  "AF_UNIX, and AF_INET and AF_INET6 with TCP and UDP; no raw, packet or netlink sockets (EAFNOSUPPORT)",
  splice:                  "copies",
  statfs:                  "free space is not told",
  fstatfs:                 "free space is not told",
  statx:                   "no mount id; the birth time of what the model made",
  sysinfo:                 "memory and processes; no load, no swap",
  timer_create:            "not on the CPU time of one thread (EINVAL)",
  times:                   "all time is the user's",
  unshare:                 "file table and working directory; namespaces are EPERM",
  vmsplice:                "copies",
  wait4:                   "of the usage the CPU time",
  waitid:                  "of the usage the CPU time",
};

// biome-ignore format: table
const absent: readonly (readonly [why: string, ...names: string[]])[] = [
  ["key management",                                  "add_key", "keyctl", "request_key"],
  ["the clock is the model's",                        "adjtimex", "clock_adjtime"],
  ["no fanotify",                                     "fanotify_init", "fanotify_mark"],
  ["futex waits for one word",                        "futex_waitv"],
  ["Linux 6.6 does not have it yet",                  "file_getattr", "file_setattr", "futex_requeue", "futex_wait", "futex_wake", "getxattrat", "listmount", "listxattrat", "lsm_get_self_attr", "lsm_list_modules", "lsm_set_self_attr", "mseal", "open_tree_attr", "removexattrat", "setxattrat", "statmount"],
  ["shadow stacks are x86-64's",                      "map_shadow_stack"],
  ["pages of files are never written back",           "cachestat"],
  ["no NUMA, as a kernel built without it",           "get_mempolicy", "mbind", "migrate_pages", "move_pages", "set_mempolicy", "set_mempolicy_home_node"],
  ["no asynchronous input and output",                "io_cancel", "io_destroy", "io_getevents", "io_pgetevents", "io_setup", "io_submit"],
  ["no io_uring",                                     "io_uring_enter", "io_uring_register", "io_uring_setup"],
  ["no disks",                                        "ioprio_get", "ioprio_set"],
  ["no comparison of kernel objects",                 "kcmp"],
  ["no sandboxes",                                    "landlock_add_rule", "landlock_create_ruleset", "landlock_restrict_self", "seccomp"],
  ["no secret memory",                                "memfd_secret"],
  ["no POSIX message queues",                         "mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive", "mq_timedsend", "mq_unlink"],
  ["no System V message queues",                      "msgctl", "msgget", "msgrcv", "msgsnd"],
  ["no System V semaphores",                          "semctl", "semget", "semop", "semtimedop"],
  ["no System V shared memory",                       "shmat", "shmctl", "shmdt", "shmget"],
  ["no file handles",                                 "name_to_handle_at"],
  ["Linux does not have it any more",                 "nfsservctl"],
  ["no protection keys on riscv64",                   "pkey_alloc", "pkey_free", "pkey_mprotect"],
  ["memory of others is not advised",                 "process_madvise", "process_mrelease"],
  ["tracers are outside of the model",                "ptrace"],
  ["deprecated, use mmap",                            "remap_file_pages"],
  ["page faults are the kernel's",                    "userfaultfd"],
];

const notThere = new Map(absent.flatMap(([why, ...names]) => names.map((name) => [name, why])));
const refused = new Set<string>(privilegedCalls);

/** By name, every call that riscv64 has. */
export function callStates(): readonly CallState[] {
  return syscalls.flatMap(({ name, riscv64 }) => (riscv64 === undefined ? [] : [stateOf(name, riscv64)]));
}

function stateOf(name: string, number: number): CallState {
  if (!handlers[name]) return { name, number, state: "ENOSYS", note: notThere.get(name) ?? "" };
  if (refused.has(name)) return { name, number, state: "refused", note: "EPERM" };
  const note = partial[name] ?? "";
  return { name, number, state: note === "" ? "done" : "partial", note };
}

/** Notes on calls that there are not, or that are done: none, or the table is wrong. */
export function idleNotes(): readonly string[] {
  const states = new Map(callStates().map((call) => [call.name, call.state]));
  return [
    ...Object.keys(partial).filter((name) => states.get(name) !== "partial"),
    ...[...notThere.keys()].filter((name) => states.get(name) !== "ENOSYS"),
  ];
}
