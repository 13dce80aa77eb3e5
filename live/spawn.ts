/**
 * Starts a program that is traced from its first instruction.
 *
 * The child is the stub (`stub-elf.ts`) until it is seized; then its registers are set to call execve and it becomes the
 * program. It inherits what it would inherit from a shell: folder, environment, process group, and the descriptors,
 * signals and limits that utap was given, although Node has changed those for itself (`inherited.ts`).
 */
import { toBytes } from "../base/bytestring.ts";
import { at, bytes, offset, view } from "./ffi/arena.ts";
import { libc } from "./ffi/libc.ts";
import { hostSyscall, hostSyscallNumber } from "./host-syscall.ts";
import { type Inherited, NOTHING_INHERITED, openFilesBefore } from "./inherited.ts";
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
const SIG_IGN = 1;
const F_GETFD = 1;
const RLIMIT_NOFILE = 7;
/** Statuses looked at before the program has begun. */
const MAX_STOPS = 1000;

export interface ProgramStart {
  /** Byte strings, as everything that comes from the target. */
  readonly path: string;
  readonly argv: readonly string[];
  readonly envp: readonly string[];
  /** Descriptors of this process that become those of the program; its own when absent. */
  readonly stdin?: number;
  readonly stdout?: number;
  readonly stderr?: number;
  readonly inherited?: Inherited;
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
function spawnStub(
  { path, argv, envp, stdin = 0, stdout = 1, stderr = 2, inherited = NOTHING_INHERITED }: ProgramStart,
  machine: Machine,
): number | SpawnFailure {
  const file = openStub(machine);
  if (file < 0) return { kind: "failure", call: "memfd_create", errno: -file };
  const { small } = offset;
  const part = { attributes: 0, actions: 400, set: 800, pid: 960 };
  const address = (name: keyof typeof part): number => at.small + part[name];
  bytes.fill(0, small, small + 1024);
  libc.posix_spawnattr_init(address("attributes"));
  libc.posix_spawn_file_actions_init(address("actions"));
  // A descriptor that is duplicated onto itself loses the close-on-exec flag that Node gave it.
  const standard = [stdin, stdout, stderr];
  for (const fd of [0, 1, 2, ...inherited.descriptors]) {
    if (hostSyscall("fcntl", fd, F_GETFD) >= 0)
      libc.posix_spawn_file_actions_adddup2(address("actions"), standard[fd] ?? fd, fd);
  }
  libc.posix_spawnattr_setsigmask(address("attributes"), address("set"));
  // Every signal: the C library would leave its own two ignored.
  view.setBigUint64(small + part.set, defaultSignals(inherited.ignored), true);
  libc.posix_spawnattr_setsigdefault(address("attributes"), address("set"));
  libc.posix_spawnattr_setflags(address("attributes"), POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  const [args = 0, environment = 0] = stringVectors([path, ...argv], envp);
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

/** A mask; those that the program is to ignore are ignored by us as well, as they would be if Node had let them be. */
function defaultSignals(ignored: readonly number[]): bigint {
  bytes.fill(0, offset.transfer, offset.transfer + 256);
  view.setBigUint64(offset.transfer, BigInt(SIG_IGN), true);
  for (const signal of ignored) libc.sigaction(signal, at.transfer);
  return ignored.reduce((mask, signal) => mask & ~(1n << BigInt(signal - 1)), 2n ** 64n - 1n);
}

/** Addresses of NULL-terminated arrays of strings, in memory of their own: there is no limit to them here. */
function stringVectors(...vectors: readonly (readonly string[])[]): number[] {
  const strings = vectors.map((vector) => vector.map(fromNul));
  const words = vectors.reduce((sum, vector) => sum + vector.length + 1, 0);
  const size = 8 * words + strings.flat().reduce((sum, { length }) => sum + length, 0);
  const base = libc.mmap(size);
  const memory = libc.view(base, size);
  const [all, pointers] = [new Uint8Array(memory), new DataView(memory)];
  let [word, end] = [0, 8 * words];
  return strings.map((vector) => {
    const start = base + word;
    for (const string of vector) {
      all.set(string, end);
      pointers.setBigUint64(word, BigInt(base + end), true);
      word += 8;
      end += string.length;
    }
    word += 8;
    return start;
  });
}

function fromNul(string: string): Uint8Array {
  return toBytes(`${string}\0`);
}

/** Node raises the soft limit of open files for itself. */
function restoreLimits(pid: number): void {
  const before = openFilesBefore();
  const { small } = offset;
  if (before === undefined || hostSyscall("prlimit64", pid, RLIMIT_NOFILE, 0, at.small) < 0) return;
  if (view.getBigUint64(small, true) <= BigInt(before)) return;
  view.setBigUint64(small, BigInt(before), true);
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
