/**
 * `createModel`: the model as a `Target`. The composition root and tests call it; everything of the host comes in
 * through `HostFolder` and `Console`, so the model runs wherever JavaScript does.
 *
 * A program that cannot be started is a `DiagnosticError` (`target-exec`, `target-elf`) before anything runs.
 */
import { fromText, toBytes } from "../base/bytestring.ts";
import { DiagnosticError } from "../base/diagnostics.ts";
import { limits } from "../base/limits.ts";
import { riscv64 } from "../target/arch-riscv64.ts";
import { ERRNO, findErrno } from "../target/errno.ts";
import type { RunResult, Target, TargetFiles } from "../target/target.ts";
import type { Console } from "./files/console.ts";
import { makeDevfs } from "./files/devfs.ts";
import { addFile, type ExtraFile } from "./files/extra-files.ts";
import { FileTable } from "./files/file-table.ts";
import type { HostFolder, WritableHostFolder } from "./files/host-folder.ts";
import { Directory, failed, S } from "./files/inode.ts";
import { mountHostFolder } from "./files/overlay.ts";
import { FileMemory } from "./files/page-cache.ts";
import { makeProcfs } from "./files/procfs.ts";
import { ProvidedFiles } from "./files/provided-files.ts";
import { makeRamfs } from "./files/ramfs.ts";
import { makeSysfs } from "./files/sysfs.ts";
import { FsContext, Vfs } from "./files/vfs.ts";
import { mountWritableFolder } from "./files/write-through.ts";
import { Machine } from "./machine.ts";
import { AddressSpace } from "./memory/address-space.ts";
import { watchKernel } from "./points/watch.ts";
import { procSource } from "./proc-source.ts";
import { execve } from "./process/exec.ts";
import { defaultResourceLimits, Process, SignalHandlers } from "./process/process.ts";
import { Task } from "./process/task.ts";
import { type CpuKind, HartState } from "./riscv/cpu.ts";
import { DEFAULT_QUANTUM, FAIR_SEED, Schedule } from "./scheduling/schedule.ts";
import type { ScriptedProgram } from "./scripted/program.ts";
import { type OnScriptError, Scripts } from "./scripted/scripts.ts";
import { handlers } from "./syscalls/all.ts";

export interface ModelOptions {
  /** The root folder of the model; without one it is a directory in memory with nothing but dev, proc, sys and tmp. */
  readonly root?: HostFolder;
  readonly console: Console;
  /** Folders of the host that the model may change, at the paths where it sees them. */
  readonly writable?: readonly { readonly path: string; readonly folder: WritableHostFolder }[];
  /** Path in the model of the program of -c; without "/" it is looked up on PATH. */
  readonly program?: string;
  /** With argv[0]; the program's path alone when absent. */
  readonly argv?: readonly string[];
  /** `NAME=value`. */
  readonly envp?: readonly string[];
  readonly cwd?: string;
  /** Of all chance: random numbers, and what `schedule.ts` chooses. */
  readonly seed?: number;
  /** Virtual CPUs, at most `limits.maxCpus`; 1 when absent. */
  readonly cpus?: number;
  /** Instructions of a time slice. */
  readonly quantum?: number;
  /** For tests: no program can tell. */
  readonly cpu?: CpuKind;
  /** Realtime at the start, ns since 1970. */
  readonly epochNs?: bigint;
  readonly uid?: number;
  readonly gid?: number;
  /** Files that the model has besides those of its root, by absolute path; folders on the way are made. */
  readonly extraFiles?: { readonly [path: string]: ExtraFile };
  /** JavaScript programs, by the paths of their program files. */
  readonly programs?: { readonly [path: string]: ScriptedProgram };
  /** A JavaScript program has thrown; without, its message is written to the console. */
  readonly onScriptError?: OnScriptError;
}

export interface Model extends Target {
  readonly machine: Machine;
}

const DEFAULT_EPOCH_NS = 1_700_000_000_000_000_000n;
const DEFAULT_ID = 1000;
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** Device numbers: 2 root, 3 devfs, 5 procfs, 6 sysfs, then the writable folders. */
const FIRST_WRITABLE_DEVICE = 16;

export function createModel(options: ModelOptions): Model {
  const quantum = Math.min(options.quantum ?? DEFAULT_QUANTUM, 100_000);
  const machine = new Machine({
    seed: options.seed ?? 1,
    cpus: Math.max(1, Math.min(options.cpus ?? 1, limits.maxCpus)),
    epochNs: options.epochNs ?? DEFAULT_EPOCH_NS,
    schedule: new Schedule(options.seed ?? FAIR_SEED, quantum),
    handlers,
    ...(options.cpu && { cpu: options.cpu }),
  });
  const now = (): bigint => machine.clock.realtimeNs();
  const fileMemory = new FileMemory();
  const root = makeRoot(options.root, fileMemory, now);
  const vfs = new Vfs(root);
  machine.vfs = vfs;
  const devfs = makeDevfs(3, options.console, fileMemory, now);
  vfs.mount("/dev", devfs.root);
  const owner = { uid: options.uid ?? DEFAULT_ID, gid: options.gid ?? DEFAULT_ID };
  const provided = new ProvidedFiles(owner, () => machine.current);
  const procfs = makeProcfs(5, procSource(machine), now, provided);
  vfs.mount("/proc", procfs);
  vfs.mount("/sys", makeSysfs(6, machine.scheduler.cpus.all.length, fileMemory, now)); // a root may be without
  vfs.mount("/dev/pts", devfs.pts);
  machine.terminal = devfs.device;
  devfs.device.attach(machine);
  (options.writable ?? []).forEach(({ path, folder }, i) => {
    const mounted = mountWritableFolder(folder, FIRST_WRITABLE_DEVICE + i, fileMemory, now);
    if (failed(mounted) || vfs.mount(fromText(path), mounted) !== 0) {
      throw cannotStart("target-exec", `the folder ${path} cannot be made writable for the model`);
    }
  });

  for (const [path, file] of Object.entries(options.extraFiles ?? {})) installed(addFile(vfs, root, path, file), path);
  if (options.programs) {
    const scripts = new Scripts(options.onScriptError ?? errorsOn(options.console));
    for (const [path, program] of Object.entries(options.programs)) {
      installed(addFile(vfs, root, path, { content: scripts.add(program, path), mode: 0o755 }), path);
    }
    machine.scheduler.customInstruction = (task, word) => scripts.execute(task, word);
  }

  const main = options.program === undefined ? undefined : startProgram(options.program);

  function startProgram(program: string): Task {
    const cwd = vfs.lookup({ root, from: root, who: { uid: 0, gid: 0 } }, options.cwd ?? "/", true);
    if (failed(cwd) || !(cwd.inode instanceof Directory)) {
      throw cannotStart("target-exec", `the working directory ${options.cwd} is not there`);
    }
    const pid = machine.takePid();
    const { uid, gid } = owner;
    const p = new Process({
      pid,
      pgid: pid,
      sid: pid,
      credentials: { uid, euid: uid, suid: uid, gid, egid: gid, sgid: gid, groups: [] },
      mm: new AddressSpace(machine.frames),
      heap: { start: 0, end: 0, users: 1 },
      files: new FileTable(),
      fs: new FsContext(root, cwd.inode),
      handlers: new SignalHandlers(),
      resourceLimits: defaultResourceLimits(),
    });
    for (const file of devfs.standardFiles) p.files.install(file);
    devfs.device.session = devfs.device.foreground = pid;
    p.terminal = devfs.device;
    const task = new Task(machine, p, pid, new HartState());
    const envp = (options.envp ?? []).map(fromText);
    const path = program.includes("/") ? program : searchPath(envp, program);
    const argv = (options.argv ?? [program]).map(fromText);
    const error = execve(task, fromText(path ?? program), argv, envp);
    if (error !== 0) {
      const { why } = machine.execFailure ?? { why: "" };
      const code = error === -ERRNO.ENOEXEC ? "target-elf" : "target-exec";
      throw cannotStart(code, `${program}: ${why || findErrno(-error)?.message}`);
    }
    machine.addProcess(p);
    machine.addTask(task);
    machine.setMain(p);
    return task;
  }

  function searchPath(envp: readonly string[], name: string): string | undefined {
    const path = envp.find((entry) => entry.startsWith("PATH="))?.slice(5) ?? DEFAULT_PATH;
    return path
      .split(":")
      .map((folder) => `${folder}/${name}`)
      .find((candidate) => vfs.resolve(candidate) !== undefined);
  }

  const targetFiles: TargetFiles = {
    resolve: (path) => {
      const found = path.includes("/") ? path : searchPath((options.envp ?? []).map(fromText), path);
      const from = main?.process.fs.cwd ?? root;
      const at = found === undefined ? undefined : vfs.lookup({ root, from, who: { uid: 0, gid: 0 } }, found, true);
      return at === undefined || failed(at) ? undefined : vfs.pathOf(at);
    },
    read: (path) => vfs.readFile(path),
    list: (path) => {
      const at = vfs.lookup({ root, from: main?.process.fs.cwd ?? root, who: { uid: 0, gid: 0 } }, path, true);
      const folder = failed(at) ? undefined : vfs.pathOf(at);
      return folder === undefined ? undefined : vfs.listFolder(folder);
    },
  };

  return {
    name: "model",
    can: {
      sync: true,
      writeMemory: true,
      singleStep: true,
      breakpoints: true,
      watchpoints: false,
      wholeSystem: true,
      deterministic: true,
    },
    arch: riscv64,
    files: targetFiles,
    machine,
    main,
    monotonicNs: () => machine.clock.monotonicNs(),
    realtimeNs: now,
    random: (n) => machine.random.below(n),
    tasks: () => machine.tasks(),
    findTask: (tid) => machine.findTask(tid),
    provideFile: (file) => provided.add(procfs.sb, file),
    missingCalls: () => machine.missingCalls,
    watchKernel: (place, listener) => watchKernel(machine, place, listener),
    observeCopies: (observer) => machine.copies.observe(observer),
    run: (hooks): RunResult => machine.scheduler.run(hooks),
  };
}

/** Of a root that is nobody's folder. */
const ownFolders = [
  ["dev", 0o755],
  ["proc", 0o555],
  ["sys", 0o555],
  ["tmp", 0o1777],
] as const;

function makeRoot(folder: HostFolder | undefined, fileMemory: FileMemory, now: () => bigint): Directory {
  const root = folder ? mountHostFolder(folder, 2, fileMemory, now) : makeRamfs(2, fileMemory, now);
  if (failed(root)) throw cannotStart("target-exec", "the root folder of the model cannot be read");
  if (!folder) for (const [name, mode] of ownFolders) root.make(name, { mode: S.S_IFDIR | mode, uid: 0, gid: 0 });
  return root;
}

function installed(error: number, path: string): void {
  if (error !== 0) throw cannotStart("target-exec", `${path}: ${findErrno(-error)?.message}`);
}

/** `utap: PROGRAM(PID): ERROR`, and where the program threw it. */
function errorsOn(console: Console): OnScriptError {
  return (task, error) => {
    const place = error instanceof Error ? /^ *at .*$/m.exec(error.stack ?? "")?.[0] : undefined;
    const text = `utap: ${task.executable}(${task.tid}): ${String(error)}${place === undefined ? "" : `\n${place}`}\n`;
    console.write(2, toBytes(fromText(text)));
  };
}

function cannotStart(code: "target-exec" | "target-elf", message: string): DiagnosticError {
  return new DiagnosticError([{ code, severity: "error", message }]);
}
