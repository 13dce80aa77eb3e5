/**
 * The system call table of Linux: names, numbers and arguments, one row a call, sorted by name.
 *
 * Numbers of riscv64 and x86-64 are those of their unistd.h; `_` where an architecture does not have the call.
 * Arguments are `name:kind` in order (man section 2); the kind says how a value is decoded and printed.
 * The model dispatches by it, the syscall tapset is generated from it, live tracing names calls with it.
 */

/** How an argument is to be read: a C type (`int` … `address`), a string in user memory, or a set of named constants. */
export type ArgumentKind =
  | "access_mode"
  | "address"
  | "at_flags"
  | "clock"
  | "clone_flags"
  | "dev"
  | "dirfd"
  | "fcntl_cmd"
  | "fd"
  | "futex_op"
  | "gid"
  | "int"
  | "ioctl"
  | "iovec"
  | "itimer"
  | "itimerval"
  | "long"
  | "madvise"
  | "mmap_flags"
  | "mmap_prot"
  | "mode"
  | "mount_flags"
  | "mremap_flags"
  | "msg_flags"
  | "open_flags"
  | "path"
  | "pid"
  | "prctl"
  | "ptrace"
  | "rename_flags"
  | "rlimit"
  | "sigaction"
  | "sigmask_how"
  | "signal"
  | "sigset"
  | "size"
  | "sock_domain"
  | "sock_flags"
  | "sock_type"
  | "string"
  | "strings"
  | "timer_flags"
  | "timespec"
  | "timeval"
  | "uid"
  | "uint"
  | "ulong"
  | "wait_options"
  | "whence";

export interface SyscallArgument {
  readonly name: string;
  readonly kind: ArgumentKind;
}

export interface SyscallRow {
  readonly name: string;
  readonly riscv64: number | undefined;
  readonly x86_64: number | undefined;
  readonly arguments: readonly SyscallArgument[];
}

export type SyscallArch = "riscv64" | "x86_64";

const _ = undefined;

// biome-ignore format: table
export const syscalls: readonly SyscallRow[] = [
  //  name                      riscv64 x86_64 arguments
  row("_sysctl",                    _,  156, "args:address"),
  row("accept",                   202,   43, "fd:fd addr:address addrlen:address"),
  row("accept4",                  242,  288, "fd:fd addr:address addrlen:address flags:sock_flags"),
  row("access",                     _,   21, "path:path mode:access_mode"),
  row("acct",                      89,  163, "path:path"),
  row("add_key",                  217,  248, "type:string description:string payload:address plen:size ringid:int"),
  row("adjtimex",                 171,  159, "buf:address"),
  row("afs_syscall",                _,  183, ""),
  row("alarm",                      _,   37, "seconds:uint"),
  row("arch_prctl",                 _,  158, "option:int arg:address"),
  row("bind",                     200,   49, "fd:fd addr:address addrlen:int"),
  row("bpf",                      280,  321, "cmd:int attr:address size:size"),
  row("brk",                      214,   12, "address:address"),
  row("capget",                    90,  125, "header:address data:address"),
  row("capset",                    91,  126, "header:address data:address"),
  row("chdir",                     49,   80, "path:path"),
  row("chmod",                      _,   90, "path:path mode:mode"),
  row("chown",                      _,   92, "path:path owner:uid group:gid"),
  row("chroot",                    51,  161, "path:path"),
  row("clock_adjtime",            266,  305, "clockid:clock buf:address"),
  row("clock_getres",             114,  229, "clockid:clock res:timespec"),
  row("clock_gettime",            113,  228, "clockid:clock tp:timespec"),
  row("clock_nanosleep",          115,  230, "clockid:clock flags:timer_flags request:timespec remain:address"),
  row("clock_settime",            112,  227, "clockid:clock tp:timespec"),
  row("clone",                    220,   56, "flags:clone_flags stack:address parent_tid:address tls:address child_tid:address"),
  row("clone3",                   435,  435, "args:address size:size"),
  row("close",                     57,    3, "fd:fd"),
  row("close_range",              436,  436, "first:fd last:fd flags:uint"),
  row("connect",                  203,   42, "fd:fd addr:address addrlen:int"),
  row("copy_file_range",          285,  326, "fd_in:fd off_in:address fd_out:fd off_out:address len:size flags:uint"),
  row("creat",                      _,   85, "path:path mode:mode"),
  row("create_module",              _,  174, "name:string size:size"),
  row("delete_module",            106,  176, "name:string flags:open_flags"),
  row("dup",                       23,   32, "oldfd:fd"),
  row("dup2",                       _,   33, "oldfd:fd newfd:fd"),
  row("dup3",                      24,  292, "oldfd:fd newfd:fd flags:open_flags"),
  row("epoll_create",               _,  213, "size:int"),
  row("epoll_create1",             20,  291, "flags:open_flags"),
  row("epoll_ctl",                 21,  233, "epfd:fd op:int fd:fd event:address"),
  row("epoll_ctl_old",              _,  214, ""),
  row("epoll_pwait",               22,  281, "epfd:fd events:address maxevents:int timeout:int sigmask:sigset sigsetsize:size"),
  row("epoll_pwait2",             441,  441, "epfd:fd events:address maxevents:int timeout:timespec sigmask:sigset sigsetsize:size"),
  row("epoll_wait",                 _,  232, "epfd:fd events:address maxevents:int timeout:int"),
  row("epoll_wait_old",             _,  215, ""),
  row("eventfd",                    _,  284, "initval:uint"),
  row("eventfd2",                  19,  290, "initval:uint flags:open_flags"),
  row("execve",                   221,   59, "path:path argv:strings envp:strings"),
  row("execveat",                 281,  322, "dirfd:dirfd path:path argv:strings envp:strings flags:at_flags"),
  row("exit",                      93,   60, "status:int"),
  row("exit_group",                94,  231, "status:int"),
  row("faccessat",                 48,  269, "dirfd:dirfd path:path mode:access_mode"),
  row("faccessat2",               439,  439, "dirfd:dirfd path:path mode:access_mode flags:at_flags"),
  row("fadvise64",                223,  221, "fd:fd offset:long len:size advice:int"),
  row("fallocate",                 47,  285, "fd:fd mode:int offset:long len:size"),
  row("fanotify_init",            262,  300, "flags:uint event_f_flags:open_flags"),
  row("fanotify_mark",            263,  301, "fd:fd flags:uint mask:ulong dirfd:dirfd path:path"),
  row("fchdir",                    50,   81, "fd:fd"),
  row("fchmod",                    52,   91, "fd:fd mode:mode"),
  row("fchmodat",                  53,  268, "dirfd:dirfd path:path mode:mode"),
  row("fchown",                    55,   93, "fd:fd owner:uid group:gid"),
  row("fchownat",                  54,  260, "dirfd:dirfd path:path owner:uid group:gid flags:at_flags"),
  row("fcntl",                     25,   72, "fd:fd cmd:fcntl_cmd arg:long"),
  row("fdatasync",                 83,   75, "fd:fd"),
  row("fgetxattr",                 10,  193, "fd:fd name:string value:address size:size"),
  row("finit_module",             273,  313, "fd:fd params:string flags:int"),
  row("flistxattr",                13,  196, "fd:fd list:address size:size"),
  row("flock",                     32,   73, "fd:fd operation:int"),
  row("fork",                       _,   57, ""),
  row("fremovexattr",              16,  199, "fd:fd name:string"),
  row("fsconfig",                 431,  431, "fd:fd cmd:uint key:string value:address aux:int"),
  row("fsetxattr",                  7,  190, "fd:fd name:string value:address size:size flags:int"),
  row("fsmount",                  432,  432, "fd:fd flags:uint attr_flags:uint"),
  row("fsopen",                   430,  430, "fsname:string flags:uint"),
  row("fspick",                   433,  433, "dirfd:dirfd path:path flags:uint"),
  row("fstat",                     80,    5, "fd:fd statbuf:address"),
  row("fstatfs",                   44,  138, "fd:fd buf:address"),
  row("fsync",                     82,   74, "fd:fd"),
  row("ftruncate",                 46,   77, "fd:fd length:long"),
  row("futex",                     98,  202, "uaddr:address op:futex_op val:uint timeout:timespec uaddr2:address val3:uint"),
  row("futex_waitv",              449,  449, "waiters:address nr_futexes:uint flags:uint timeout:timespec clockid:clock"),
  row("futimesat",                  _,  261, "dirfd:dirfd path:path times:address"),
  row("get_kernel_syms",            _,  177, "table:address"),
  row("get_mempolicy",            236,  239, "mode:address nodemask:address maxnode:ulong addr:address flags:ulong"),
  row("get_robust_list",          100,  274, "pid:pid head_ptr:address len_ptr:address"),
  row("get_thread_area",            _,  211, "u_info:address"),
  row("getcpu",                   168,  309, "cpu:address node:address tcache:address"),
  row("getcwd",                    17,   79, "buf:address size:size"),
  row("getdents",                   _,   78, "fd:fd dirp:address count:size"),
  row("getdents64",                61,  217, "fd:fd dirp:address count:size"),
  row("getegid",                  177,  108, ""),
  row("geteuid",                  175,  107, ""),
  row("getgid",                   176,  104, ""),
  row("getgroups",                158,  115, "size:int list:address"),
  row("getitimer",                102,   36, "which:itimer curr_value:address"),
  row("getpeername",              205,   52, "fd:fd addr:address addrlen:address"),
  row("getpgid",                  155,  121, "pid:pid"),
  row("getpgrp",                    _,  111, ""),
  row("getpid",                   172,   39, ""),
  row("getpmsg",                    _,  181, ""),
  row("getppid",                  173,  110, ""),
  row("getpriority",              141,  140, "which:int who:int"),
  row("getrandom",                278,  318, "buf:address count:size flags:uint"),
  row("getresgid",                150,  120, "rgid:address egid:address sgid:address"),
  row("getresuid",                148,  118, "ruid:address euid:address suid:address"),
  row("getrlimit",                163,   97, "resource:rlimit rlim:address"),
  row("getrusage",                165,   98, "who:int usage:address"),
  row("getsid",                   156,  124, "pid:pid"),
  row("getsockname",              204,   51, "fd:fd addr:address addrlen:address"),
  row("getsockopt",               209,   55, "fd:fd level:int optname:int optval:address optlen:address"),
  row("gettid",                   178,  186, ""),
  row("gettimeofday",             169,   96, "tv:timeval tz:address"),
  row("getuid",                   174,  102, ""),
  row("getxattr",                   8,  191, "path:path name:string value:address size:size"),
  row("init_module",              105,  175, "module_image:address len:size params:string"),
  row("inotify_add_watch",         27,  254, "fd:fd path:path mask:uint"),
  row("inotify_init",               _,  253, ""),
  row("inotify_init1",             26,  294, "flags:open_flags"),
  row("inotify_rm_watch",          28,  255, "fd:fd wd:int"),
  row("io_cancel",                  3,  210, "ctx_id:ulong iocb:address result:address"),
  row("io_destroy",                 1,  207, "ctx_id:ulong"),
  row("io_getevents",               4,  208, "ctx_id:ulong min_nr:long nr:long events:address timeout:timespec"),
  row("io_pgetevents",            292,  333, "ctx_id:ulong min_nr:long nr:long events:address timeout:timespec sig:address"),
  row("io_setup",                   0,  206, "nr_events:uint ctx_idp:address"),
  row("io_submit",                  2,  209, "ctx_id:ulong nr:long iocbpp:address"),
  row("io_uring_enter",           426,  426, "fd:fd to_submit:uint min_complete:uint flags:uint sig:address size:size"),
  row("io_uring_register",        427,  427, "fd:fd opcode:uint arg:address nr_args:uint"),
  row("io_uring_setup",           425,  425, "entries:uint params:address"),
  row("ioctl",                     29,   16, "fd:fd request:ioctl arg:address"),
  row("ioperm",                     _,  173, "from:ulong num:ulong turn_on:int"),
  row("iopl",                       _,  172, "level:int"),
  row("ioprio_get",                31,  252, "which:int who:int"),
  row("ioprio_set",                30,  251, "which:int who:int ioprio:int"),
  row("kcmp",                     272,  312, "pid1:pid pid2:pid type:int idx1:ulong idx2:ulong"),
  row("kexec_file_load",          294,  320, "kernel_fd:fd initrd_fd:fd cmdline_len:size cmdline:string flags:ulong"),
  row("kexec_load",               104,  246, "entry:address nr_segments:ulong segments:address flags:ulong"),
  row("keyctl",                   219,  250, "operation:int arg2:ulong arg3:ulong arg4:ulong arg5:ulong"),
  row("kill",                     129,   62, "pid:pid sig:signal"),
  row("landlock_add_rule",        445,  445, "ruleset_fd:fd rule_type:int rule_attr:address flags:uint"),
  row("landlock_create_ruleset",  444,  444, "attr:address size:size flags:uint"),
  row("landlock_restrict_self",   446,  446, "ruleset_fd:fd flags:uint"),
  row("lchown",                     _,   94, "path:path owner:uid group:gid"),
  row("lgetxattr",                  9,  192, "path:path name:string value:address size:size"),
  row("link",                       _,   86, "oldpath:path newpath:path"),
  row("linkat",                    37,  265, "olddirfd:dirfd oldpath:path newdirfd:dirfd newpath:path flags:at_flags"),
  row("listen",                   201,   50, "fd:fd backlog:int"),
  row("listxattr",                 11,  194, "path:path list:address size:size"),
  row("llistxattr",                12,  195, "path:path list:address size:size"),
  row("lookup_dcookie",            18,  212, "cookie:ulong buf:address len:size"),
  row("lremovexattr",              15,  198, "path:path name:string"),
  row("lseek",                     62,    8, "fd:fd offset:long whence:whence"),
  row("lsetxattr",                  6,  189, "path:path name:string value:address size:size flags:int"),
  row("lstat",                      _,    6, "path:path statbuf:address"),
  row("madvise",                  233,   28, "addr:address len:size advice:madvise"),
  row("mbind",                    235,  237, "addr:address len:size mode:int nodemask:address maxnode:ulong flags:uint"),
  row("membarrier",               283,  324, "cmd:int flags:uint cpu_id:int"),
  row("memfd_create",             279,  319, "name:string flags:uint"),
  row("memfd_secret",             447,  447, "flags:uint"),
  row("migrate_pages",            238,  256, "pid:pid maxnode:ulong old_nodes:address new_nodes:address"),
  row("mincore",                  232,   27, "addr:address len:size vec:address"),
  row("mkdir",                      _,   83, "path:path mode:mode"),
  row("mkdirat",                   34,  258, "dirfd:dirfd path:path mode:mode"),
  row("mknod",                      _,  133, "path:path mode:mode dev:dev"),
  row("mknodat",                   33,  259, "dirfd:dirfd path:path mode:mode dev:dev"),
  row("mlock",                    228,  149, "addr:address len:size"),
  row("mlock2",                   284,  325, "addr:address len:size flags:uint"),
  row("mlockall",                 230,  151, "flags:int"),
  row("mmap",                     222,    9, "addr:address len:size prot:mmap_prot flags:mmap_flags fd:fd offset:long"),
  row("modify_ldt",                 _,  154, "func:int ptr:address bytecount:ulong"),
  row("mount",                     40,  165, "source:path target:path filesystemtype:string flags:mount_flags data:address"),
  row("mount_setattr",            442,  442, "dirfd:dirfd path:path flags:uint attr:address size:size"),
  row("move_mount",               429,  429, "from_dirfd:dirfd from_path:path to_dirfd:dirfd to_path:path flags:uint"),
  row("move_pages",               239,  279, "pid:pid count:ulong pages:address nodes:address status:address flags:int"),
  row("mprotect",                 226,   10, "addr:address len:size prot:mmap_prot"),
  row("mq_getsetattr",            185,  245, "mqdes:fd newattr:address oldattr:address"),
  row("mq_notify",                184,  244, "mqdes:fd sevp:address"),
  row("mq_open",                  180,  240, "name:string flags:open_flags mode:mode attr:address"),
  row("mq_timedreceive",          183,  243, "mqdes:fd msg:address msg_len:size msg_prio:address timeout:timespec"),
  row("mq_timedsend",             182,  242, "mqdes:fd msg:address msg_len:size msg_prio:uint timeout:timespec"),
  row("mq_unlink",                181,  241, "name:string"),
  row("mremap",                   216,   25, "old_address:address old_size:size new_size:size flags:mremap_flags new_address:address"),
  row("msgctl",                   187,   71, "msqid:int cmd:int buf:address"),
  row("msgget",                   186,   68, "key:int msgflg:int"),
  row("msgrcv",                   188,   70, "msqid:int msgp:address msgsz:size msgtyp:long msgflg:int"),
  row("msgsnd",                   189,   69, "msqid:int msgp:address msgsz:size msgflg:int"),
  row("msync",                    227,   26, "addr:address len:size flags:int"),
  row("munlock",                  229,  150, "addr:address len:size"),
  row("munlockall",               231,  152, ""),
  row("munmap",                   215,   11, "addr:address len:size"),
  row("name_to_handle_at",        264,  303, "dirfd:dirfd path:path handle:address mount_id:address flags:at_flags"),
  row("nanosleep",                101,   35, "request:timespec remain:address"),
  row("newfstatat",                79,  262, "dirfd:dirfd path:path statbuf:address flags:at_flags"),
  row("nfsservctl",                42,  180, "cmd:int argp:address resp:address"),
  row("open",                       _,    2, "path:path flags:open_flags mode:mode"),
  row("open_by_handle_at",        265,  304, "mount_fd:fd handle:address flags:open_flags"),
  row("open_tree",                428,  428, "dirfd:dirfd path:path flags:uint"),
  row("openat",                    56,  257, "dirfd:dirfd path:path flags:open_flags mode:mode"),
  row("openat2",                  437,  437, "dirfd:dirfd path:path how:address size:size"),
  row("pause",                      _,   34, ""),
  row("perf_event_open",          241,  298, "attr:address pid:pid cpu:int group_fd:fd flags:ulong"),
  row("personality",               92,  135, "persona:ulong"),
  row("pidfd_getfd",              438,  438, "pidfd:fd targetfd:int flags:uint"),
  row("pidfd_open",               434,  434, "pid:pid flags:uint"),
  row("pidfd_send_signal",        424,  424, "pidfd:fd sig:signal info:address flags:uint"),
  row("pipe",                       _,   22, "pipefd:address"),
  row("pipe2",                     59,  293, "pipefd:address flags:open_flags"),
  row("pivot_root",                41,  155, "new_root:path put_old:path"),
  row("pkey_alloc",               289,  330, "flags:uint access_rights:uint"),
  row("pkey_free",                290,  331, "pkey:int"),
  row("pkey_mprotect",            288,  329, "addr:address len:size prot:mmap_prot pkey:int"),
  row("poll",                       _,    7, "fds:address nfds:uint timeout:int"),
  row("ppoll",                     73,  271, "fds:address nfds:uint timeout:timespec sigmask:sigset sigsetsize:size"),
  row("prctl",                    167,  157, "option:prctl arg2:ulong arg3:ulong arg4:ulong arg5:ulong"),
  row("pread64",                   67,   17, "fd:fd buf:address count:size offset:long"),
  row("preadv",                    69,  295, "fd:fd iov:iovec iovcnt:int pos_l:ulong pos_h:ulong"),
  row("preadv2",                  286,  327, "fd:fd iov:iovec iovcnt:int pos_l:ulong pos_h:ulong flags:int"),
  row("prlimit64",                261,  302, "pid:pid resource:rlimit new_limit:address old_limit:address"),
  row("process_madvise",          440,  440, "pidfd:fd iov:iovec iovcnt:size advice:madvise flags:uint"),
  row("process_mrelease",         448,  448, "pidfd:fd flags:uint"),
  row("process_vm_readv",         270,  310, "pid:pid local_iov:iovec liovcnt:ulong remote_iov:iovec riovcnt:ulong flags:ulong"),
  row("process_vm_writev",        271,  311, "pid:pid local_iov:iovec liovcnt:ulong remote_iov:iovec riovcnt:ulong flags:ulong"),
  row("pselect6",                  72,  270, "nfds:int readfds:address writefds:address exceptfds:address timeout:timespec sigmask:address"),
  row("ptrace",                   117,  101, "request:ptrace pid:pid addr:address data:address"),
  row("putpmsg",                    _,  182, ""),
  row("pwrite64",                  68,   18, "fd:fd buf:address count:size offset:long"),
  row("pwritev",                   70,  296, "fd:fd iov:iovec iovcnt:int pos_l:ulong pos_h:ulong"),
  row("pwritev2",                 287,  328, "fd:fd iov:iovec iovcnt:int pos_l:ulong pos_h:ulong flags:int"),
  row("query_module",               _,  178, "name:string which:int buf:address bufsize:size ret:address"),
  row("quotactl",                  60,  179, "cmd:int special:path id:int addr:address"),
  row("quotactl_fd",              443,  443, "fd:fd cmd:int id:int addr:address"),
  row("read",                      63,    0, "fd:fd buf:address count:size"),
  row("readahead",                213,  187, "fd:fd offset:long count:size"),
  row("readlink",                   _,   89, "path:path buf:address bufsiz:size"),
  row("readlinkat",                78,  267, "dirfd:dirfd path:path buf:address bufsiz:size"),
  row("readv",                     65,   19, "fd:fd iov:iovec iovcnt:int"),
  row("reboot",                   142,  169, "magic:int magic2:int cmd:int arg:address"),
  row("recvfrom",                 207,   45, "fd:fd buf:address len:size flags:msg_flags addr:address addrlen:address"),
  row("recvmmsg",                 243,  299, "fd:fd msgvec:address vlen:uint flags:msg_flags timeout:timespec"),
  row("recvmsg",                  212,   47, "fd:fd msg:address flags:msg_flags"),
  row("remap_file_pages",         234,  216, "addr:address size:size prot:mmap_prot pgoff:ulong flags:mmap_flags"),
  row("removexattr",               14,  197, "path:path name:string"),
  row("rename",                     _,   82, "oldpath:path newpath:path"),
  row("renameat",                   _,  264, "olddirfd:dirfd oldpath:path newdirfd:dirfd newpath:path"),
  row("renameat2",                276,  316, "olddirfd:dirfd oldpath:path newdirfd:dirfd newpath:path flags:rename_flags"),
  row("request_key",              218,  249, "type:string description:string callout_info:string dest_keyring:int"),
  row("restart_syscall",          128,  219, ""),
  row("riscv_flush_icache",       259,    _, "start:address end:address flags:ulong"),
  row("riscv_hwprobe",            258,    _, "pairs:address pair_count:size cpusetsize:size cpus:address flags:uint"),
  row("rmdir",                      _,   84, "path:path"),
  row("rseq",                     293,  334, "rseq:address rseq_len:uint flags:int sig:uint"),
  row("rt_sigaction",             134,   13, "sig:signal act:sigaction oldact:address sigsetsize:size"),
  row("rt_sigpending",            136,  127, "set:address sigsetsize:size"),
  row("rt_sigprocmask",           135,   14, "how:sigmask_how set:sigset oldset:address sigsetsize:size"),
  row("rt_sigqueueinfo",          138,  129, "pid:pid sig:signal info:address"),
  row("rt_sigreturn",             139,   15, ""),
  row("rt_sigsuspend",            133,  130, "mask:sigset sigsetsize:size"),
  row("rt_sigtimedwait",          137,  128, "set:sigset info:address timeout:timespec sigsetsize:size"),
  row("rt_tgsigqueueinfo",        240,  297, "tgid:pid tid:pid sig:signal info:address"),
  row("sched_get_priority_max",   125,  146, "policy:int"),
  row("sched_get_priority_min",   126,  147, "policy:int"),
  row("sched_getaffinity",        123,  204, "pid:pid cpusetsize:size mask:address"),
  row("sched_getattr",            275,  315, "pid:pid attr:address size:uint flags:uint"),
  row("sched_getparam",           121,  143, "pid:pid param:address"),
  row("sched_getscheduler",       120,  145, "pid:pid"),
  row("sched_rr_get_interval",    127,  148, "pid:pid tp:address"),
  row("sched_setaffinity",        122,  203, "pid:pid cpusetsize:size mask:address"),
  row("sched_setattr",            274,  314, "pid:pid attr:address flags:uint"),
  row("sched_setparam",           118,  142, "pid:pid param:address"),
  row("sched_setscheduler",       119,  144, "pid:pid policy:int param:address"),
  row("sched_yield",              124,   24, ""),
  row("seccomp",                  277,  317, "operation:uint flags:uint args:address"),
  row("security",                   _,  185, ""),
  row("select",                     _,   23, "nfds:int readfds:address writefds:address exceptfds:address timeout:timeval"),
  row("semctl",                   191,   66, "semid:int semnum:int cmd:int arg:ulong"),
  row("semget",                   190,   64, "key:int nsems:int semflg:int"),
  row("semop",                    193,   65, "semid:int sops:address nsops:size"),
  row("semtimedop",               192,  220, "semid:int sops:address nsops:size timeout:timespec"),
  row("sendfile",                  71,   40, "out_fd:fd in_fd:fd offset:address count:size"),
  row("sendmmsg",                 269,  307, "fd:fd msgvec:address vlen:uint flags:msg_flags"),
  row("sendmsg",                  211,   46, "fd:fd msg:address flags:msg_flags"),
  row("sendto",                   206,   44, "fd:fd buf:address len:size flags:msg_flags addr:address addrlen:int"),
  row("set_mempolicy",            237,  238, "mode:int nodemask:address maxnode:ulong"),
  row("set_mempolicy_home_node",  450,  450, "start:address len:size home_node:ulong flags:ulong"),
  row("set_robust_list",           99,  273, "head:address len:size"),
  row("set_thread_area",            _,  205, "u_info:address"),
  row("set_tid_address",           96,  218, "tidptr:address"),
  row("setdomainname",            162,  171, "name:string len:size"),
  row("setfsgid",                 152,  123, "gid:gid"),
  row("setfsuid",                 151,  122, "uid:uid"),
  row("setgid",                   144,  106, "gid:gid"),
  row("setgroups",                159,  116, "size:size list:address"),
  row("sethostname",              161,  170, "name:string len:size"),
  row("setitimer",                103,   38, "which:itimer new_value:itimerval old_value:address"),
  row("setns",                    268,  308, "fd:fd nstype:int"),
  row("setpgid",                  154,  109, "pid:pid pgid:pid"),
  row("setpriority",              140,  141, "which:int who:int prio:int"),
  row("setregid",                 143,  114, "rgid:gid egid:gid"),
  row("setresgid",                149,  119, "rgid:gid egid:gid sgid:gid"),
  row("setresuid",                147,  117, "ruid:uid euid:uid suid:uid"),
  row("setreuid",                 145,  113, "ruid:uid euid:uid"),
  row("setrlimit",                164,  160, "resource:rlimit rlim:address"),
  row("setsid",                   157,  112, ""),
  row("setsockopt",               208,   54, "fd:fd level:int optname:int optval:address optlen:int"),
  row("settimeofday",             170,  164, "tv:timeval tz:address"),
  row("setuid",                   146,  105, "uid:uid"),
  row("setxattr",                   5,  188, "path:path name:string value:address size:size flags:int"),
  row("shmat",                    196,   30, "shmid:int addr:address flags:int"),
  row("shmctl",                   195,   31, "shmid:int cmd:int buf:address"),
  row("shmdt",                    197,   67, "addr:address"),
  row("shmget",                   194,   29, "key:int size:size shmflg:int"),
  row("shutdown",                 210,   48, "fd:fd how:int"),
  row("sigaltstack",              132,  131, "ss:address old_ss:address"),
  row("signalfd",                   _,  282, "fd:fd mask:sigset sigsetsize:size"),
  row("signalfd4",                 74,  289, "fd:fd mask:sigset sigsetsize:size flags:open_flags"),
  row("socket",                   198,   41, "domain:sock_domain type:sock_type protocol:int"),
  row("socketpair",               199,   53, "domain:sock_domain type:sock_type protocol:int sv:address"),
  row("splice",                    76,  275, "fd_in:fd off_in:address fd_out:fd off_out:address len:size flags:uint"),
  row("stat",                       _,    4, "path:path statbuf:address"),
  row("statfs",                    43,  137, "path:path buf:address"),
  row("statx",                    291,  332, "dirfd:dirfd path:path flags:at_flags mask:uint statbuf:address"),
  row("swapoff",                  225,  168, "path:path"),
  row("swapon",                   224,  167, "path:path flags:int"),
  row("symlink",                    _,   88, "target:path linkpath:path"),
  row("symlinkat",                 36,  266, "target:path dirfd:dirfd linkpath:path"),
  row("sync",                      81,  162, ""),
  row("sync_file_range",           84,  277, "fd:fd offset:long nbytes:long flags:uint"),
  row("syncfs",                   267,  306, "fd:fd"),
  row("sysfs",                      _,  139, "option:int arg1:ulong arg2:ulong"),
  row("sysinfo",                  179,   99, "info:address"),
  row("syslog",                   116,  103, "type:int buf:address len:int"),
  row("tee",                       77,  276, "fd_in:fd fd_out:fd len:size flags:uint"),
  row("tgkill",                   131,  234, "tgid:pid tid:pid sig:signal"),
  row("time",                       _,  201, "tloc:address"),
  row("timer_create",             107,  222, "clockid:clock sevp:address timerid:address"),
  row("timer_delete",             111,  226, "timerid:int"),
  row("timer_getoverrun",         109,  225, "timerid:int"),
  row("timer_gettime",            108,  224, "timerid:int curr_value:address"),
  row("timer_settime",            110,  223, "timerid:int flags:timer_flags new_value:address old_value:address"),
  row("timerfd_create",            85,  283, "clockid:clock flags:open_flags"),
  row("timerfd_gettime",           87,  287, "fd:fd curr_value:address"),
  row("timerfd_settime",           86,  286, "fd:fd flags:timer_flags new_value:address old_value:address"),
  row("times",                    153,  100, "buf:address"),
  row("tkill",                    130,  200, "tid:pid sig:signal"),
  row("truncate",                  45,   76, "path:path length:long"),
  row("tuxcall",                    _,  184, ""),
  row("umask",                    166,   95, "mask:mode"),
  row("umount2",                   39,  166, "target:path flags:int"),
  row("uname",                    160,   63, "buf:address"),
  row("unlink",                     _,   87, "path:path"),
  row("unlinkat",                  35,  263, "dirfd:dirfd path:path flags:at_flags"),
  row("unshare",                   97,  272, "flags:clone_flags"),
  row("uselib",                     _,  134, "path:path"),
  row("userfaultfd",              282,  323, "flags:open_flags"),
  row("ustat",                      _,  136, "dev:dev ubuf:address"),
  row("utime",                      _,  132, "path:path times:address"),
  row("utimensat",                 88,  280, "dirfd:dirfd path:path times:address flags:at_flags"),
  row("utimes",                     _,  235, "path:path times:address"),
  row("vfork",                      _,   58, ""),
  row("vhangup",                   58,  153, ""),
  row("vmsplice",                  75,  278, "fd:fd iov:iovec nr_segs:ulong flags:uint"),
  row("vserver",                    _,  236, ""),
  row("wait4",                    260,   61, "pid:pid wstatus:address options:wait_options rusage:address"),
  row("waitid",                    95,  247, "which:int pid:pid infop:address options:wait_options rusage:address"),
  row("write",                     64,    1, "fd:fd buf:address count:size"),
  row("writev",                    66,   20, "fd:fd iov:iovec iovcnt:int"),
];

function row(name: string, riscv64: number | undefined, x86_64: number | undefined, list: string): SyscallRow {
  const parts = list === "" ? [] : list.split(" ");
  return { name, riscv64, x86_64, arguments: parts.map(argument) };
}

function argument(text: string): SyscallArgument {
  const [name = "", kind = ""] = text.split(":");
  return { name, kind: kind as ArgumentKind };
}

const byName = new Map(syscalls.map((entry) => [entry.name, entry]));
const byNumber = { riscv64: numbers("riscv64"), x86_64: numbers("x86_64") };

function numbers(arch: SyscallArch): ReadonlyMap<number, SyscallRow> {
  const map = new Map<number, SyscallRow>();
  for (const entry of syscalls) {
    const number = entry[arch];
    if (number !== undefined) map.set(number, entry);
  }
  return map;
}

export function findSyscall(name: string): SyscallRow | undefined {
  return byName.get(name);
}

export function findSyscallByNumber(arch: SyscallArch, number: number): SyscallRow | undefined {
  return byNumber[arch].get(number);
}
