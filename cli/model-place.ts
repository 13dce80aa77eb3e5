/** The kernel model as the place of a script: riscv64 programs, in a root folder of the host. */
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { usage } from "../base/usage.ts";
import type { Console } from "../kernel/files/console.ts";
import { createModel, type Model } from "../kernel/model.ts";
import type { TargetFiles } from "../target/target.ts";
import { splitCommand } from "./command.ts";
import { openHostFolder, openWritableHostFolder } from "./host-files.ts";
import type { Options } from "./options.ts";
import { filesFrom, type Place } from "./place.ts";

export type ModelOptions = Pick<Options, "command" | "sysroot" | "writable" | "seed" | "cpus">;

export function modelPlace(options: ModelOptions, console: Console): Place<Model> {
  const setup = modelSetup(options, console);
  let known: TargetFiles | undefined;
  const place = {
    // A model of its own, so that what starts has not been looked at; runs of a module that there is already need none.
    get files(): TargetFiles {
      known ??= filesFrom(createModel(setup).files, setup.cwd);
      return known;
    },
  };
  if (options.command === undefined) {
    return Object.assign(place, { hasProcesses: false, start: () => createModel(setup) });
  }
  const argv = splitCommand(options.command);
  const program = argv[0] ?? "";
  const envp = Object.entries(process.env).map(([name, value]) => `${name}=${value ?? ""}`);
  const start = (): Model => createModel({ ...setup, program, argv, envp });
  return Object.assign(place, { program, hasProcesses: true, start });
}

function modelSetup(options: ModelOptions, console: Console) {
  const root = options.sysroot ?? "/";
  if (!existsSync(root) || !statSync(root).isDirectory()) {
    throw usage(`--sysroot ${root}: there is no such folder`);
  }
  return {
    root: openHostFolder(root),
    console,
    seed: options.seed,
    cpus: options.cpus,
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
    throw usage(`--writable ${folder}: there is no such folder`);
  }
  const root = resolve(sysroot ?? "/");
  const inside = root === "/" || host === root || host.startsWith(`${root}/`);
  const path = inside ? host.slice(root === "/" ? 0 : root.length) || "/" : host;
  return { path, folder: openWritableHostFolder(host) };
}
