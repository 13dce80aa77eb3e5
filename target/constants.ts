/**
 * Names out of Linux' headers and their numbers (asm-generic, as riscv64 has them), for `@const` and whoever prints
 * flags. Read from the headers of glibc 2.36 for riscv64 by a program that printed them.
 */
import { errnos } from "./errno.ts";
import { NSIG, signals } from "./signals.ts";

// biome-ignore format: table
const flags: { readonly [name: string]: number } = {
  O_RDONLY: 0x0, O_WRONLY: 0x1, O_RDWR: 0x2, O_ACCMODE: 0x3, O_CREAT: 0x40, O_EXCL: 0x80, O_NOCTTY: 0x100,
  O_TRUNC: 0x200, O_APPEND: 0x400, O_NONBLOCK: 0x800, O_DSYNC: 0x1000, O_SYNC: 0x101000, O_ASYNC: 0x2000,
  O_DIRECT: 0x4000, O_DIRECTORY: 0x10000, O_NOFOLLOW: 0x20000, O_NOATIME: 0x40000, O_CLOEXEC: 0x80000,
  O_PATH: 0x200000, O_TMPFILE: 0x410000,
  F_DUPFD: 0x0, F_GETFD: 0x1, F_SETFD: 0x2, F_GETFL: 0x3, F_SETFL: 0x4, F_DUPFD_CLOEXEC: 0x406, F_OK: 0x0,
  FD_CLOEXEC: 0x1,
  AT_SYMLINK_NOFOLLOW: 0x100, AT_REMOVEDIR: 0x200, AT_SYMLINK_FOLLOW: 0x400, AT_EMPTY_PATH: 0x1000,
  SEEK_SET: 0x0, SEEK_CUR: 0x1, SEEK_END: 0x2,
  R_OK: 0x4,
  W_OK: 0x2,
  X_OK: 0x1,
  PROT_NONE: 0x0, PROT_READ: 0x1, PROT_WRITE: 0x2, PROT_EXEC: 0x4,
  MAP_SHARED: 0x1, MAP_PRIVATE: 0x2, MAP_FIXED: 0x10, MAP_ANONYMOUS: 0x20, MAP_NORESERVE: 0x4000,
  MAP_POPULATE: 0x8000, MAP_STACK: 0x20000, MAP_FIXED_NOREPLACE: 0x100000,
  CLONE_VM: 0x100, CLONE_FS: 0x200, CLONE_FILES: 0x400, CLONE_SIGHAND: 0x800, CLONE_PTRACE: 0x2000,
  CLONE_VFORK: 0x4000, CLONE_PARENT: 0x8000, CLONE_THREAD: 0x10000, CLONE_NEWNS: 0x20000, CLONE_SYSVSEM: 0x40000,
  CLONE_SETTLS: 0x80000, CLONE_PARENT_SETTID: 0x100000, CLONE_CHILD_CLEARTID: 0x200000,
  CLONE_CHILD_SETTID: 0x1000000,
  WNOHANG: 0x1,
  WUNTRACED: 0x2,
  WEXITED: 0x4,
  WSTOPPED: 0x2,
  WCONTINUED: 0x8,
  WNOWAIT: 0x1000000,
  S_IFMT: 0xf000, S_IFSOCK: 0xc000, S_IFLNK: 0xa000, S_IFREG: 0x8000, S_IFBLK: 0x6000, S_IFDIR: 0x4000,
  S_IFCHR: 0x2000, S_IFIFO: 0x1000, S_ISUID: 0x800, S_ISGID: 0x400, S_ISVTX: 0x200, S_IRWXU: 0x1c0, S_IRUSR: 0x100,
  S_IWUSR: 0x80, S_IXUSR: 0x40, S_IRWXG: 0x38, S_IRGRP: 0x20, S_IWGRP: 0x10, S_IXGRP: 0x8, S_IRWXO: 0x7,
  S_IROTH: 0x4, S_IWOTH: 0x2, S_IXOTH: 0x1,
  AF_UNIX: 0x1, AF_INET: 0x2, AF_INET6: 0xa,
  SOCK_STREAM: 0x1, SOCK_DGRAM: 0x2,
  CLOCK_REALTIME: 0x0, CLOCK_MONOTONIC: 0x1, CLOCK_PROCESS_CPUTIME_ID: 0x2, CLOCK_THREAD_CPUTIME_ID: 0x3,
  FUTEX_WAIT: 0x0, FUTEX_WAKE: 0x1, FUTEX_PRIVATE_FLAG: 0x80,
  AT_FDCWD: -100,
};

/** Flags, errno and signal numbers by name. */
export const constants: ReadonlyMap<string, number> = new Map([
  ...Object.entries(flags),
  ...errnos.map((row): [string, number] => [row.name, row.number]),
  ...signals.map((row): [string, number] => [row.name, row.number]),
  ["NSIG", NSIG],
]);
