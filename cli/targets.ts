/**
 * Chooses and makes the target of a run: the only file that names them.
 *
 * With -c: the kernel model, for riscv64 programs. Without: the real clock and no program. The live target will be
 * chosen here for programs of this machine; until it is there, they get a message that says so.
 */
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { DiagnosticError } from "../base/diagnostics.ts";
import { EM, readElfHeader } from "../debuginfo/elf-header.ts";
import type { Console } from "../kernel/files/console.ts";
import { createModel } from "../kernel/model.ts";
import { createIdleTarget } from "../live/idle.ts";
import { riscv64 } from "../target/arch-riscv64.ts";
import type { Target, TargetFiles } from "../target/target.ts";
import { splitCommand } from "./command.ts";
import { openHostConsole } from "./host-console.ts";
import { openHostFolder, openWritableHostFolder } from "./host-files.ts";
import type { Options } from "./options.ts";
import { StopFlag } from "./stop-flag.ts";

export interface ChosenTarget {
  readonly target: Target;
  /** Binaries that the script names, also when nothing runs. */
  readonly files: TargetFiles;
  /** As -c names it. */
  readonly program?: string;
}

export type TargetOptions = Pick<Options, "command" | "target" | "sysroot" | "writable" | "seed">;

export function chooseTarget(options: TargetOptions, console: Console, stop: StopFlag): ChosenTarget {
  const place = modelPlace(options, console);
  if (options.command === undefined) {
    const model = createModel(place);
    const target = options.target === "model" ? model : createIdleTarget({ arch: riscv64, wakeUp: stop.word });
    return { target, files: from(model.files, place.cwd) };
  }
  const argv = splitCommand(options.command);
  const program = argv[0] ?? "";
  const started = {
    ...place,
    program,
    argv,
    envp: Object.entries(process.env).map(([name, value]) => `${name}=${value ?? ""}`),
  };
  let target: Target;
  try {
    target = createModel(started);
  } catch (error) {
    throw explain(error, program, from(createModel(place).files, place.cwd));
  }
  return { target, files: target.files, program };
}

/** For a compilation alone: nothing will be read from the terminal. */
export function chooseUnstarted(options: TargetOptions): ChosenTarget {
  const stop = new StopFlag();
  return chooseTarget(options, openHostConsole(stop), stop);
}

/** A program of this machine is no mistake of the user's: it has come too early. */
function explain(error: unknown, program: string, files: TargetFiles): unknown {
  const path = files.resolve(program);
  const header = readElfHeader((path === undefined ? undefined : files.read(path)) ?? new Uint8Array(0));
  if (header.kind !== "header" || header.machine !== hostMachine()) return error;
  return new DiagnosticError([
    {
      code: "target-missing",
      severity: "error",
      message: `${program}: a program of this machine (${process.arch}); tracing it needs the live target, which is not there yet`,
      hints: ["the kernel model runs riscv64 programs: compile it with riscv64-linux-gnu-gcc -static -g"],
    },
  ]);
}

function hostMachine(): number | undefined {
  return process.arch === "x64" ? EM.X86_64 : undefined;
}

function modelPlace(options: TargetOptions, console: Console) {
  const root = options.sysroot ?? "/";
  if (!existsSync(root) || !statSync(root).isDirectory()) {
    throw new DiagnosticError([
      { code: "usage", severity: "error", message: `--sysroot ${root}: there is no such folder` },
    ]);
  }
  return {
    root: openHostFolder(root),
    console,
    seed: options.seed,
    cwd: options.sysroot === undefined ? process.cwd() : "/",
    uid: process.getuid?.() ?? 1000,
    gid: process.getgid?.() ?? 1000,
    writable: options.writable.map((folder) => openWritable(folder, options.sysroot)),
  };
}

/** A writable folder of the host, at the path where the model sees it. */
function openWritable(folder: string, sysroot: string | undefined) {
  const host = resolve(folder);
  if (!existsSync(host) || !statSync(host).isDirectory()) {
    throw new DiagnosticError([
      { code: "usage", severity: "error", message: `--writable ${folder}: there is no such folder` },
    ]);
  }
  const root = resolve(sysroot ?? "/");
  const inside = root === "/" || host === root || host.startsWith(`${root}/`);
  const path = inside ? host.slice(root === "/" ? 0 : root.length) || "/" : host;
  return { path, folder: openWritableHostFolder(host) };
}

/** Relative paths as seen from a folder; names without "/" are the target's own affair. */
function from(files: TargetFiles, folder: string): TargetFiles {
  const absolute = (path: string): string => (path.includes("/") && !path.startsWith("/") ? `${folder}/${path}` : path);
  return {
    resolve: (path) => files.resolve(absolute(path)),
    read: (path) => files.read(path),
    list: (path) => files.list(absolute(path)),
  };
}
