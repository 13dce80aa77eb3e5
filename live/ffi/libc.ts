/**
 * The C library, as far as tracing needs it: each function with plain numbers, errors as -errno.
 *
 * Called by `live/` alone. Addresses are numbers (user addresses are below 2^47), so a call builds no objects: a
 * trivial system call costs some 100 ns more than in C. Memory that is handed over lies in `arena.ts`. Everything that
 * belongs to one tracer (ptrace, wait4, spawning) has to be called on one and the same thread.
 */
import koffi from "koffi";

// The program itself, which is linked to the C library whatever that is called.
const lib = koffi.load(null);

type Native = (...args: (number | string | bigint | null)[]) => number;

function native(prototype: string): Native {
  return lib.func(prototype) as unknown as Native;
}

const ptrace_ = native("long ptrace(long request, long pid, long address, long data)");
const wait4_ = native("int wait4(int pid, long status, int options, long rusage)");
const readv_ = native("long process_vm_readv(int pid, long local, long n, long remote, long m, long flags)");
const pwrite_ = native("long pwrite64(int fd, long buffer, long size, long offset)");
const pread_ = native("long pread64(int fd, long buffer, long size, long offset)");
const write_ = native("long write(int fd, long buffer, long size)");
const open_ = native("int open(const char *path, int flags, int mode)");
const close_ = native("int close(int fd)");
const access_ = native("int access(const char *path, int mode)");
const syscall_ = native("long syscall(long nr, long a, long b, long c, long d, long e, long f)");
const sigaction_ = native("int sigaction(int signal, long action, long old)");
const timerCreate_ = native("int timer_create(int clock, long event, long id)");
const timerSettime_ = native("int timer_settime(long id, int flags, long value, long old)");
const timerDelete_ = native("int timer_delete(long id)");
const posixSpawn_ = native(
  "int posix_spawn(long pid, const char *path, long actions, long attr, long argv, long envp)",
);
const actionsInit_ = native("int posix_spawn_file_actions_init(long actions)");
const actionsDup2_ = native("int posix_spawn_file_actions_adddup2(long actions, int from, int to)");
const actionsDestroy_ = native("int posix_spawn_file_actions_destroy(long actions)");
const attrInit_ = native("int posix_spawnattr_init(long attr)");
const attrSetflags_ = native("int posix_spawnattr_setflags(long attr, short flags)");
const attrSetdefault_ = native("int posix_spawnattr_setsigdefault(long attr, long set)");
const attrSetmask_ = native("int posix_spawnattr_setsigmask(long attr, long set)");
const attrDestroy_ = native("int posix_spawnattr_destroy(long attr)");
const mprotect_ = native("int mprotect(long address, long length, int prot)");
const mmap_ = lib.func("void *mmap(long address, long length, int prot, int flags, int fd, long offset)");
const dlsym_ = lib.func("void *dlsym(long handle, const char *name)");

const oneAddress = koffi.proto("int machine_code(long address)");

const answer = (result: number): number => (result === -1 ? -koffi.errno() : result);

export const libc = {
  ptrace: (request: number, pid: number, address: number, data: number): number =>
    answer(ptrace_(request, pid, address, data)),
  wait4: (pid: number, status: number, options: number): number => answer(wait4_(pid, status, options, 0)),
  process_vm_readv: (pid: number, local: number, n: number, remote: number, m: number): number =>
    answer(readv_(pid, local, n, remote, m, 0)),
  pread: (fd: number, buffer: number, size: number, offset: number): number => answer(pread_(fd, buffer, size, offset)),
  pwrite: (fd: number, buffer: number, size: number, offset: number): number =>
    answer(pwrite_(fd, buffer, size, offset)),
  write: (fd: number, buffer: number, size: number): number => answer(write_(fd, buffer, size)),
  open: (path: string, flags: number): number => answer(open_(path, flags, 0)),
  close: (fd: number): number => answer(close_(fd)),
  access: (path: string, mode: number): number => answer(access_(path, mode)),
  /** By number, for calls that the C library has no function for. */
  syscall: (nr: number, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0): number => answer(syscall_(nr, a, b, c, d, e, f)),
  sigaction: (signal: number, action: number): number => answer(sigaction_(signal, action, 0)),
  timer_create: (clock: number, event: number, id: number): number => answer(timerCreate_(clock, event, id)),
  timer_settime: (id: number, flags: number, value: number): number => answer(timerSettime_(id, flags, value, 0)),
  timer_delete: (id: number): number => answer(timerDelete_(id)),
  // The posix_spawn family gives its errors as positive numbers.
  posix_spawn: (pid: number, path: string, actions: number, attr: number, argv: number, envp: number): number =>
    -posixSpawn_(pid, path, actions, attr, argv, envp),
  posix_spawn_file_actions_init: (actions: number): number => -actionsInit_(actions),
  posix_spawn_file_actions_adddup2: (actions: number, from: number, to: number): number =>
    -actionsDup2_(actions, from, to),
  posix_spawn_file_actions_destroy: (actions: number): number => -actionsDestroy_(actions),
  posix_spawnattr_init: (attr: number): number => -attrInit_(attr),
  posix_spawnattr_setflags: (attr: number, flags: number): number => -attrSetflags_(attr, flags),
  posix_spawnattr_setsigdefault: (attr: number, set: number): number => -attrSetdefault_(attr, set),
  posix_spawnattr_setsigmask: (attr: number, set: number): number => -attrSetmask_(attr, set),
  posix_spawnattr_destroy: (attr: number): number => -attrDestroy_(attr),
  /** Address of new private memory; it is never given back. */
  mmap: (length: number): number => Number(koffi.address(mmap_(0, length, 3, 0x22, -1, 0))),
  mprotect: (address: number, length: number, prot: number): number => answer(mprotect_(address, length, prot)),
  /** The machine code at an address as a function: of one address, with an int as its result. */
  functionAt: (address: number): ((address: number) => number) => koffi.decode(BigInt(address), oneAddress) as never,
  /** Address of a symbol of the C library. */
  dlsym: (name: string): number => Number(koffi.address(dlsym_(0, name))),
  /** The bytes at an address of this process. */
  view: (address: number, length: number): ArrayBuffer => koffi.view(BigInt(address), length),
} as const;
