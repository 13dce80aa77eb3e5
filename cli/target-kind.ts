/**
 * What a run is about, told from its options and the first bytes of its program.
 *
 * A program of this machine is traced live, one of riscv64 runs in the kernel model; a script that begins with `#!` is
 * what its interpreter is. Asked before anything is compiled, because `arch` and `kernel_v` depend on it.
 */
import * as fs from "node:fs";
import { toText } from "../base/bytestring.ts";
import { EM, readElfHeader } from "../debuginfo/elf-header.ts";
import { hostFiles } from "../live/files.ts";
import { splitCommand } from "./command.ts";
import type { Options } from "./options.ts";

export type TargetKind = "clock" | "model" | "live";

const HEAD = 256;
/** Interpreters of interpreters, as Linux allows them. */
const MAX_INTERPRETERS = 5;

export function targetKind(options: Pick<Options, "command" | "target" | "sysroot" | "pid">): TargetKind {
  if (options.target !== undefined) return options.target;
  if (options.pid !== undefined) return "live";
  if (options.sysroot !== undefined) return "model";
  if (options.command === undefined) return "clock";
  return kindOfProgram(splitCommand(options.command)[0] ?? "");
}

function kindOfProgram(name: string): TargetKind {
  let path = hostFiles.resolve(name);
  for (let i = 0; path !== undefined && i < MAX_INTERPRETERS; i++) {
    const head = readHead(path);
    const header = readElfHeader(head);
    if (header.kind === "header") return header.machine === EM.RISCV && process.arch !== "riscv64" ? "model" : "live";
    const interpreter = /^#![ \t]*(\S+)/.exec(Buffer.from(head).toString("latin1"))?.[1];
    path = interpreter === undefined ? undefined : hostFiles.resolve(interpreter);
  }
  return "live";
}

function readHead(path: string): Uint8Array {
  try {
    const fd = fs.openSync(toText(path), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      const head = new Uint8Array(HEAD);
      return head.subarray(0, fs.readSync(fd, head));
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    return new Uint8Array(0);
  }
}
