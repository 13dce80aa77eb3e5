/**
 * A pipe for what a program writes, in place of utap's own standard output and error: for `--monitor`, which draws on the
 * terminal itself. The program reads end of file and finds no terminal.
 *
 * Made by whoever launches the program, who tells with `started` that it is there.
 */
import { closeSync, openSync } from "node:fs";
import { bug } from "../base/assert.ts";
import { at, offset, view } from "./ffi/arena.ts";
import { libc } from "./ffi/libc.ts";
import { hostSyscall } from "./host-syscall.ts";
import type { ProgramStart } from "./spawn.ts";

const O_CLOEXEC = 0o2000000;

export interface ProgramPipe {
  readonly streams: Required<Pick<ProgramStart, "stdin" | "stdout" | "stderr">>;
  /** Where it is read; the caller's to close. */
  readonly reading: number;
  /** Closes what only the program needs. */
  started(): void;
}

export function openProgramPipe(): ProgramPipe {
  const nothing = openSync("/dev/null", "r");
  const result = hostSyscall("pipe2", at.small, O_CLOEXEC);
  if (result < 0) bug("live", `pipe2 gives ${result}`);
  const [reading, writing] = [view.getInt32(offset.small, true), view.getInt32(offset.small + 4, true)];
  return {
    streams: { stdin: nothing, stdout: writing, stderr: writing },
    reading,
    started() {
      closeSync(nothing);
      // Node did not open this one, and would say so.
      libc.close(writing);
    },
  };
}
