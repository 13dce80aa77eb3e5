/**
 * Starts a program that is traced from its first instruction.
 *
 * The child is the stub (`stub-elf.ts`) until it is seized; then its registers are set to call execve and it becomes the
 * program. It inherits what it would inherit from a shell: descriptors 0 to 2, folder, environment, process
 * group, and the limits and signals that Node changed for itself are put back.
 */
import { fromText, toBytes } from "../base/bytestring.ts";
import { findErrno } from "../target/errno.ts";
import { at, bytes, offset, putWord, view } from "./ffi/arena.ts";
import { libc } from "./ffi/libc.ts";
import { hostSyscall, hostSyscallNumber } from "./host-syscall.ts";
import type { Machine } from "./machines/machine.ts";
import { ProcessMemory } from "./memory.ts";
import { interrupt, resume, seize, wait } from "./ptrace/ptrace.ts";
import { decodeStatus, PTRACE_EVENT } from "./ptrace/status.ts";
import { RegisterFile } from "./register-file.ts";
import { makeStubElf, STUB_ADDRESS } from "./stub-elf.ts";

const MFD_CLOEXEC = 1;
const MFD_EXEC = 16;
const EINVAL = 22;
const POSIX_SPAWN_SETSIGDEF = 4;
const POSIX_SPAWN_SETSIGMASK = 8;
const SIGPIPE = 13;
const RLIMIT_NOFILE = 7;
/** Statuses looked at before the program has begun. */
const MAX_STOPS = 1000;

export interface ProgramStart {
  /** Byte strings, as everything that comes from the target. */
  readonly path: string;
  readonly argv: readonly string[];
  readonly envp: readonly string[];
  /** A descriptor of this process that becomes standard output; its own when absent. */
  readonly stdout?: number;
}

/** What went wrong: the call, and its errno. */
export interface SpawnFailure {
  readonly kind: "failure";
  readonly call: string;
  readonly errno: number;
}

/** The pid of the program, stopped at the return from execve; `options`: PTRACE_O_*. */
export function spawnTraced(program: ProgramStart, machine: Machine, options: number): number | SpawnFailure {
  const pid = spawnStub(program, machine);
  if (typeof pid !== "number") return pid;
  const seized = seize(pid, options);
  if (seized < 0) {
    hostSyscall("kill", pid, 9);
    wait(pid, true);
    return { kind: "failure", call: "ptrace", errno: -seized };
  }
  interrupt(pid);
  // It may be on its way out of the execve of the stub still; the stop for that takes the place of the one asked for.
  const stopsAgain = () => interrupt(pid);
  if (!runUntil(pid, (status) => status.kind === "interrupted", stopsAgain)) return died("ptrace");
  restoreLimits(pid);
  callExecve(pid, machine);
  resume(pid, "cont", 0);
  const failed = runUntil(pid, (status) => status.kind === "event" && status.event === PTRACE_EVENT.EXEC);
  if (failed !== true) return { kind: "failure", call: "execve", errno: failed === false ? 0 : failed };
  resume(pid, "syscall", 0);
  return runUntil(pid, (status) => status.kind === "syscall") === true ? pid : died("execve");
}

function died(call: string): SpawnFailure {
  return { kind: "failure", call, errno: 3 };
}

/** Runs on until a status; false when the child was killed, its exit status when it exited. */
function runUntil(
  pid: number,
  isIt: (status: ReturnType<typeof decodeStatus>) => boolean,
  onOther?: () => void,
): boolean | number {
  for (let stops = 0; stops < MAX_STOPS; stops++) {
    const waited = wait(pid, true);
    if (waited === "signal") continue;
    if (waited === "none") return false;
    const status = decodeStatus(waited.status);
    if (isIt(status)) return true;
    if (status.kind === "exited") return (status.status >> 8) & 0xff;
    if (status.kind === "signaled") return false;
    resume(pid, "cont", status.kind === "signal" ? status.signal : 0);
    onOther?.();
  }
  return false;
}

/** argv of the stub is the path and then the program's own argv. */
function spawnStub({ path, argv, envp, stdout }: ProgramStart, machine: Machine): number | SpawnFailure {
  const file = openStub(machine);
  if (file < 0) return { kind: "failure", call: "memfd_create", errno: -file };
  const { small } = offset;
  const part = { attributes: 0, actions: 400, set: 800, pid: 960 };
  const address = (name: keyof typeof part): number => at.small + part[name];
  bytes.fill(0, small, small + 1024);
  libc.posix_spawnattr_init(address("attributes"));
  libc.posix_spawn_file_actions_init(address("actions"));
  // A descriptor that is duplicated onto itself loses the close-on-exec flag that Node gave it.
  for (const fd of [0, 1, 2]) {
    if (hostSyscall("fcntl", fd, 1) >= 0)
      libc.posix_spawn_file_actions_adddup2(address("actions"), fd === 1 ? (stdout ?? 1) : fd, fd);
  }
  libc.posix_spawnattr_setsigmask(address("attributes"), address("set"));
  view.setUint32(small + part.set, 1 << (SIGPIPE - 1), true);
  libc.posix_spawnattr_setsigdefault(address("attributes"), address("set"));
  libc.posix_spawnattr_setflags(address("attributes"), POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  const vectors = new StringVectors();
  const args = vectors.add([path, ...argv]);
  const environment = vectors.add(envp);
  const failed = libc.posix_spawn(
    address("pid"),
    `/proc/self/fd/${file}`,
    address("actions"),
    address("attributes"),
    args,
    environment,
  );
  const pid = view.getInt32(small + part.pid, true);
  libc.posix_spawn_file_actions_destroy(address("actions"));
  libc.posix_spawnattr_destroy(address("attributes"));
  libc.close(file);
  return failed < 0 ? { kind: "failure", call: "posix_spawn", errno: -failed } : pid;
}

function openStub({ stub, arch }: Machine): number {
  const elf = makeStubElf(stub.code, arch.elfMachine);
  bytes.set(fromNul("utap"), offset.small);
  let file = hostSyscall("memfd_create", at.small, MFD_CLOEXEC | MFD_EXEC);
  if (file === -EINVAL) file = hostSyscall("memfd_create", at.small, MFD_CLOEXEC);
  if (file < 0) return file;
  bytes.set(elf, offset.transfer);
  const written = libc.write(file, at.transfer, elf.length);
  return written < 0 ? written : file;
}

/** NULL-terminated arrays of strings in the arena's transfer part. */
class StringVectors {
  #end = 0;

  add(strings: readonly string[]): number {
    const addresses = strings.map((string) => {
      const data = fromNul(string);
      const start = this.#end;
      bytes.set(data, offset.transfer + start);
      this.#end += data.length;
      return at.transfer + start;
    });
    this.#end = (this.#end + 7) & ~7;
    const start = this.#end;
    for (const [i, address] of [...addresses, 0].entries()) putWord(offset.transfer + start + 8 * i, address);
    this.#end += 8 * (strings.length + 1);
    return at.transfer + start;
  }
}

function fromNul(string: string): Uint8Array {
  return toBytes(`${string}\0`);
}

/** Node raises the soft limit of open files for itself; whoever started utap still has the old one. */
function restoreLimits(pid: number): void {
  const { small } = offset;
  if (hostSyscall("prlimit64", process.ppid, RLIMIT_NOFILE, 0, at.small) < 0) return;
  const before = view.getBigUint64(small, true);
  if (hostSyscall("prlimit64", pid, RLIMIT_NOFILE, 0, at.small) < 0) return;
  if (view.getBigUint64(small, true) <= before) return;
  view.setBigUint64(small, before, true);
  hostSyscall("prlimit64", pid, RLIMIT_NOFILE, at.small, 0);
}

/** At its start the stack holds argc, argv (first the path), NULL, envp. */
function callExecve(pid: number, machine: Machine): void {
  const registers = new RegisterFile(pid, machine);
  const stack = Number(registers.word(machine.stackPointer));
  const memory = new ProcessMemory(pid);
  const head = memory.read(stack, 16);
  const words = new DataView(head.buffer, head.byteOffset);
  const argc = Number(words.getBigUint64(0, true));
  const [path = 0, argv = 0, envp = 0] = machine.syscallArguments;
  registers.setWord(path, words.getBigUint64(8, true));
  registers.setWord(argv, BigInt(stack + 16));
  registers.setWord(envp, BigInt(stack + 8 * (argc + 2)));
  registers.setWord(machine.syscallNumber, -1n);
  registers.setWord(machine.syscallSelector, BigInt(hostSyscallNumber("execve")));
  registers.setWord(machine.pc, BigInt(STUB_ADDRESS + machine.stub.call));
  registers.flush();
  memory.close();
}

export function describeFailure({ call, errno }: SpawnFailure, path: string): string {
  const name = findErrno(errno)?.name ?? `errno ${errno}`;
  return fromText(`cannot run ${path}: ${call} failed with ${name}`);
}
