/**
 * The parameters of system calls by the names of their definitions in Linux (SYSCALL_DEFINE), as its trace events
 * `syscalls:sys_enter_NAME` have them.
 *
 * The table of calls (`syscalls.ts`) has the names that scripts know from `syscall.NAME`; listed here is where Linux
 * itself says otherwise. Numbers and types of the parameters are always the table's.
 */
import type { KernelField } from "./kernel-points.ts";
import { syscallArguments } from "./syscall-arguments.ts";
import type { SyscallArch, SyscallRow } from "./syscalls.ts";

// biome-ignore format: table
const linux: { readonly [call: string]: string } = {
  accept: "fd upeer_sockaddr upeer_addrlen", accept4: "fd upeer_sockaddr upeer_addrlen flags", acct: "name",
  add_key: "_type _description _payload plen ringid", adjtimex: "txc_p", bind: "fd umyaddr addrlen",
  bpf: "cmd uattr size", brk: "brk", capget: "header dataptr", capset: "header data", chdir: "filename",
  chroot: "filename", clock_adjtime: "which_clock utx", clock_getres: "which_clock tp", clock_gettime: "which_clock tp",
  clock_nanosleep: "which_clock flags rqtp rmtp", clock_settime: "which_clock tp",
  clone: "clone_flags newsp parent_tidptr tls child_tidptr", clone3: "uargs size", close: "fd",
  close_range: "fd max_fd flags", connect: "fd uservaddr addrlen", dup: "fildes", dup3: "oldfd newfd flags",
  epoll_create1: "flags", epoll_ctl: "epfd op fd event",
  epoll_pwait: "epfd events maxevents timeout sigmask sigsetsize", eventfd2: "count flags",
  execve: "filename argv envp", execveat: "fd filename argv envp flags", exit: "error_code", exit_group: "error_code",
  faccessat: "dfd filename mode", faccessat2: "dfd filename mode flags", fallocate: "fd mode offset len",
  fanotify_mark: "fanotify_fd flags mask dfd pathname", fchdir: "fd", fchmod: "fd mode", fchmodat: "dfd filename mode", fchmodat2: "dfd filename mode flags",
  fchown: "fd user group", fchownat: "dfd filename user group flag", fcntl: "fd cmd arg",
  fgetxattr: "fd name value size", flistxattr: "fd list size", flock: "fd cmd", fremovexattr: "fd name",
  fsconfig: "fd cmd _key _value aux", fsetxattr: "fd name value size flags", fsmount: "fs_fd flags attr_flags",
  fsopen: "_fs_name flags", fspick: "dfd path flags", fstat: "fd statbuf", fstatfs: "fd buf", ftruncate: "fd length",
  futex: "uaddr op val utime uaddr2 val3", futex_waitv: "waiters nr_futexes flags timeout clockid",
  get_robust_list: "pid head_ptr len_ptr", getcpu: "cpup nodep unused", getcwd: "buf size",
  getdents64: "fd dirent count", getgroups: "gidsetsize grouplist", getitimer: "which value",
  getpeername: "fd usockaddr usockaddr_len", getpgid: "pid", getpriority: "which who", getrandom: "ubuf len flags",
  getresgid: "rgidp egidp sgidp", getresuid: "ruidp euidp suidp", getrlimit: "resource rlim", getrusage: "who ru",
  getsockname: "fd usockaddr usockaddr_len", getsockopt: "fd level optname optval optlen", gettimeofday: "tv tz",
  getxattr: "pathname name value size", inotify_add_watch: "fd pathname mask", inotify_init1: "flags",
  inotify_rm_watch: "fd wd", io_pgetevents: "ctx_id min_nr nr events timeout usig", io_setup: "nr_events ctxp",
  io_uring_enter: "fd to_submit min_complete flags argp argsz", ioctl: "fd cmd arg",
  kexec_file_load: "kernel_fd initrd_fd cmdline_len cmdline_ptr flags", kill: "pid sig",
  lgetxattr: "pathname name value size", linkat: "olddfd oldname newdfd newname flags", listen: "fd backlog",
  listxattr: "pathname list size", llistxattr: "pathname list size", lookup_dcookie: "cookie64 buf len",
  lremovexattr: "pathname name", lseek: "fd offset whence", lsetxattr: "pathname name value size flags",
  madvise: "start len_in behavior", memfd_create: "uname flags", mincore: "start len vec", mkdirat: "dfd pathname mode",
  mknodat: "dfd filename mode dev", mlock: "start len", mlock2: "start len flags",
  mmap: "addr len prot flags fd offset", mount: "dev_name dir_name type flags data",
  mount_setattr: "dfd path flags uattr usize", mprotect: "start len prot", mq_notify: "mqdes u_notification",
  mq_open: "u_name oflag mode u_attr", mq_timedreceive: "mqdes u_msg_ptr msg_len u_msg_prio u_abs_timeout",
  mq_timedsend: "mqdes u_msg_ptr msg_len msg_prio u_abs_timeout", mremap: "addr old_len new_len flags new_addr",
  msync: "start len flags", munlock: "start len", munmap: "addr len", name_to_handle_at: "dfd name handle mnt_id flag",
  nanosleep: "rqtp rmtp", newfstatat: "dfd filename statbuf flag", open_by_handle_at: "mountdirfd handle flags",
  open_tree: "dfd filename flags", openat: "dfd filename flags mode", openat2: "dfd filename how usize",
  perf_event_open: "attr_uptr pid cpu group_fd flags", personality: "personality", pidfd_getfd: "pidfd fd flags",
  pidfd_send_signal: "pidfd sig info flags", pipe2: "fildes flags", pivot_root: "new_root put_old",
  ppoll: "ufds nfds tsp sigmask sigsetsize", prctl: "option arg2 arg3 arg4 arg5", pread64: "fd buf count pos",
  preadv: "fd vec vlen pos_l pos_h", preadv2: "fd vec vlen pos_l pos_h flags",
  prlimit64: "pid resource new_rlim old_rlim", process_madvise: "pidfd vec vlen behavior flags",
  process_vm_readv: "pid lvec liovcnt rvec riovcnt flags", process_vm_writev: "pid lvec liovcnt rvec riovcnt flags",
  pselect6: "n inp outp exp tsp sig", pwrite64: "fd buf count pos", pwritev: "fd vec vlen pos_l pos_h",
  pwritev2: "fd vec vlen pos_l pos_h flags", read: "fd buf count", readlinkat: "dfd pathname buf bufsiz",
  pkey_mprotect: "start len prot pkey", readv: "fd vec vlen", reboot: "magic1 magic2 cmd arg", recvfrom: "fd ubuf size flags addr addr_len",
  recvmmsg: "fd mmsg vlen flags timeout", recvmsg: "fd msg flags", removexattr: "pathname name",
  renameat2: "olddfd oldname newdfd newname flags", request_key: "_type _description _callout_info destringid",
  riscv_hwprobe: "pairs pair_count cpu_count cpus flags", rt_sigaction: "sig act oact sigsetsize",
  rt_sigpending: "uset sigsetsize", rt_sigprocmask: "how nset oset sigsetsize", rt_sigqueueinfo: "pid sig uinfo",
  rt_sigsuspend: "unewset sigsetsize", rt_sigtimedwait: "uthese uinfo uts sigsetsize",
  rt_tgsigqueueinfo: "tgid pid sig uinfo", sched_getaffinity: "pid len user_mask_ptr",
  sched_getattr: "pid uattr usize flags", sched_getparam: "pid param", sched_rr_get_interval: "pid interval",
  sched_setaffinity: "pid len user_mask_ptr", sched_setattr: "pid uattr flags", sched_setparam: "pid param",
  sched_setscheduler: "pid policy param", semop: "semid tsops nsops", semtimedop: "semid tsops nsops timeout",
  sendfile: "out_fd in_fd offset count", sendmmsg: "fd mmsg vlen flags", sendmsg: "fd msg flags",
  sendto: "fd buff len flags addr addr_len", set_robust_list: "head len", set_tid_address: "tidptr",
  setdomainname: "name len", setfsgid: "gid", setfsuid: "uid", setgroups: "gidsetsize grouplist",
  sethostname: "name len", setitimer: "which value ovalue", setns: "fd flags", setpriority: "which who niceval",
  setrlimit: "resource rlim", setsockopt: "fd level optname optval optlen", setxattr: "pathname name value size flags",
  shutdown: "fd how", sigaltstack: "uss uoss", signalfd4: "ufd user_mask sizemask flags",
  socket: "family type protocol", socketpair: "family type protocol usockvec",
  splice: "fd_in off_in fd_out off_out len flags", statfs: "pathname buf", statx: "dfd filename flags mask buffer",
  swapoff: "specialfile", swapon: "specialfile swap_flags", symlinkat: "oldname newdfd newname",
  sync_file_range: "fd offset nbytes flags", sysinfo: "info", syslog: "type buf len", tgkill: "tgid pid sig",
  timer_create: "which_clock timer_event_spec created_timer_id", timer_delete: "timer_id", timer_getoverrun: "timer_id",
  timer_gettime: "timer_id setting", timer_settime: "timer_id flags new_setting old_setting",
  timerfd_create: "clockid flags", timerfd_gettime: "ufd otmr", timerfd_settime: "ufd flags utmr otmr", times: "tbuf",
  tkill: "pid sig", truncate: "path length", umask: "mask", umount2: "name flags", uname: "name", unlinkat: "dfd pathname flag",
  utimensat: "dfd filename utimes flags", vmsplice: "fd uiov nr_segs flags", wait4: "upid stat_addr options ru",
  waitid: "which upid infop options ru", write: "fd buf count", writev: "fd vec vlen",
};

/** Where the name of the definition is not that of the call. */
const names: { readonly [call: string]: string } = {
  fstat: "newfstat",
  lstat: "newlstat",
  sendfile: "sendfile64",
  stat: "newstat",
  umount2: "umount",
  uname: "newuname",
};

/** What `sys_enter_` and `__do_sys_` are followed by. */
export function syscallDefinition(call: string, arch: SyscallArch): string {
  if (call === "fadvise64" && arch === "riscv64") return "fadvise64_64";
  return Object.hasOwn(names, call) ? names[call]! : call;
}

export function syscallParameters(row: SyscallRow, arch: SyscallArch): readonly KernelField[] {
  const own = Object.hasOwn(linux, row.name) ? linux[row.name]!.split(" ") : [];
  return syscallArguments(row, arch).map(({ type, variables }, i) => ({
    name: own[i] ?? variables[0]?.name.replace(/_uaddr$/, "") ?? `arg${i + 1}`,
    type: type === "long" ? "ulong" : type,
  }));
}
