/** The variables of probes on calls: those that scripts know, and one page that lists them. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { decoders } from "../../tapsets/syscalls/decoders.ts";
import { argumentKinds } from "../../target/syscall-arguments.ts";
import { syscallDocs } from "../../target/syscall-docs.ts";
import { entryVariables, returnVariables, syscallProbes } from "../../target/syscall-probes.ts";

const reference = readFileSync(resolve(import.meta.dirname, "variables.txt"), "latin1");

/** Variables that are internal to SystemTap's library. */
const internal = new Set(["_func_name"]);

describe.each(["x86_64", "riscv64"] as const)("calls of %s", (arch) => {
  const probes = syscallProbes(arch);
  const rows = [...reference.matchAll(/^(\w+): ([^;\n]*)(?:; (.*))?$/gm)].filter(([, name = ""]) => probes.has(name));

  test("most of the reference's probes are here", () => {
    expect(rows.length).toBeGreaterThan(arch === "x86_64" ? 280 : 220);
  });

  test.each(rows.map(([, name = "", entry = "", back = ""]) => [name, entry, back] as const))(
    "syscall.%s has what scripts use",
    (name, entry, back) => {
      const calls = probes.get(name) ?? [];
      const atEntry = new Set(calls.flatMap((row) => [...entryVariables(row, arch).keys()]));
      const atReturn = new Set(calls.flatMap((row) => [...returnVariables(row).keys()]));
      const words = (list: string) => list.split(" ").filter((word) => word !== "" && !internal.has(word));
      // A variable of the older of two calls is missing where a machine has only the newer one.
      const lost = arch === "riscv64" && calls.length === 1 ? /^(flags_str|flag_str|size)$/ : /^$/;
      expect(words(entry).filter((word) => !atEntry.has(word) && !lost.test(word))).toEqual([]);
      expect(words(back).filter((word) => !atReturn.has(word) && !lost.test(word))).toEqual([]);
    },
  );
});

/** The calls that programs make most, as scripts name them. */
const common =
  "read write openat close fstat fstatat statx ppoll lseek mmap2 mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn " +
  "ioctl pread pwrite readv writev faccessat faccessat2 pipe pselect6 sched_yield mremap madvise dup dup3 nanosleep " +
  "clock_nanosleep getpid gettid getppid sendfile socket connect accept accept4 sendto recvfrom sendmsg recvmsg shutdown bind " +
  "listen getsockname getpeername socketpair setsockopt getsockopt clone clone3 execve exit exit_group wait4 waitid kill " +
  "tgkill uname fcntl flock fsync fdatasync ftruncate getdents getcwd chdir fchdir renameat2 mkdirat unlinkat linkat " +
  "symlinkat readlinkat fchmod fchmodat fchown fchownat umask utimensat prlimit64 getrusage sysinfo times getuid geteuid " +
  "getgid getegid setuid setgid setpgid setsid getgroups sigaltstack statfs fstatfs prctl set_tid_address set_robust_list " +
  "futex sched_getaffinity epoll_create epoll_ctl epoll_pwait eventfd timerfd_create timerfd_settime signalfd inotify_init " +
  "inotify_add_watch getrandom memfd_create rseq copy_file_range clock_gettime gettimeofday splice fallocate fadvise64";
const ofX86 =
  "open stat lstat access poll select pipe dup2 fork vfork mkdir rmdir unlink rename link symlink readlink chmod chown alarm " +
  "pause getpgrp arch_prctl epoll_wait getrlimit";

test.each([
  ["x86_64", `${common} ${ofX86}`],
  ["riscv64", common],
] as const)("the calls that programs make most have probes on %s", (arch, names) => {
  const probes = syscallProbes(arch);
  expect(names.split(" ").length).toBeGreaterThan(100);
  expect(names.split(" ").filter((name) => !probes.has(name))).toEqual([]);
});

test("every kind of argument has a decoder", () => {
  expect(argumentKinds.filter((kind) => !Object.hasOwn(decoders, kind))).toEqual([]);
});

test("docs/syscalls.md is what tools/generate-syscalls.mjs makes of the table", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../docs/syscalls.md"), "utf8");
  expect(page).toBe(syscallDocs());
});
