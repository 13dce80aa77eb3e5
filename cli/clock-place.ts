/** The real clock, and nothing to trace: scripts without -c and -x. Binaries that they name are those of this machine. */
import { hostFiles } from "../live/files.ts";
import { createIdleTarget, type ReadInput } from "../live/idle.ts";
import { riscv64 } from "../target/arch-riscv64.ts";
import type { Target } from "../target/target.ts";
import type { Place } from "./place.ts";
import type { StopFlag } from "./stop-flag.ts";

/** `openInput` for scripts that read standard input. */
export function clockPlace(stop: StopFlag, openInput?: () => ReadInput): Place<Target> {
  return {
    files: hostFiles,
    hasProcesses: false,
    start: () => createIdleTarget({ arch: riscv64, wakeUp: stop.word, ...(openInput && { openInput }) }),
  };
}
