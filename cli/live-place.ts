/**
 * Processes of this machine as the place of a script: a program of -c, or the process of -x.
 *
 * What traces them (and the native library that it needs) is loaded when it is started.
 */
import { existsSync, writeSync } from "node:fs";
import { fromText, toText } from "../base/bytestring.ts";
import { DiagnosticError } from "../base/diagnostics.ts";
import { usage } from "../base/usage.ts";
import { hostFiles, onPath } from "../live/files.ts";
import { type Inherited, NOTHING_INHERITED, readEnvironment } from "../live/inherited.ts";
import { splitCommand } from "./command.ts";
import type { Options } from "./options.ts";
import type { Place } from "./place.ts";
import { printDiagnostics } from "./report.ts";
import type { StopFlag } from "./stop-flag.ts";

export interface LiveOptions
  extends Pick<Options, "command" | "sysroot" | "pid" | "exitKill" | "filter" | "warnings">,
    Partial<Pick<Options, "writable" | "cpus">> {
  readonly inherited?: Inherited;
  /** --monitor: gets the descriptor from which it reads what the program writes. */
  readonly watchProgram?: (reading: number) => void;
}

export function livePlace(options: LiveOptions, stop: StopFlag): Place {
  if (options.sysroot !== undefined) throw usage("--sysroot is the model's: a live program sees this machine's files");
  if (options.writable?.length) throw usage("--writable is the model's: a live program writes what it may write");
  if ((options.cpus ?? 1) > 1) throw usage("--cpus is the model's: a live program has the CPUs of this machine");
  const files = hostFiles;
  const { pid, command } = options;
  const settings = {
    outlivesUs: !options.exitKill,
    noFilter: !options.filter,
    endedBy: () => stop.signal,
    tell: (line: string) => void writeSync(2, `utap: ${line}\n`),
  };
  if (command === undefined) {
    if (pid === undefined) throw usage("--target live needs a program: give -c 'PROGRAM ARGS' or -x PID");
    const start = async () => (await loadLive()).attach(pid, settings);
    return { files, hasProcesses: true, start };
  }
  const argv = splitCommand(command).map(fromText);
  const program = argv[0] ?? "";
  return {
    files,
    program,
    hasProcesses: true,
    async start() {
      const path = program.includes("/") ? program : onPath(program);
      if (path === undefined)
        throw usage(`-c '${command}': there is no program '${program}' on the PATH`, whereElse(program, command));
      const { inherited = NOTHING_INHERITED, watchProgram } = options;
      const { launch, explainLostRights, openProgramPipe } = await loadLive();
      const lost = options.warnings === "hide" ? undefined : explainLostRights(path);
      if (lost) printDiagnostics([{ code: "lost-rights", severity: "warning", ...lost }]);
      const pipe = watchProgram && openProgramPipe();
      const target = launch({ path, argv, envp: readEnvironment(), inherited, ...pipe?.streams }, settings);
      pipe?.started();
      if (pipe) watchProgram?.(pipe.reading);
      stop.leaveTerminalToProgram();
      return target;
    },
  };
}

async function loadLive(): Promise<typeof import("../live/live.ts")> {
  try {
    return await import("../live/live.ts");
  } catch (error) {
    throw new DiagnosticError([
      {
        code: "target-missing",
        severity: "error",
        message: `live tracing needs the package koffi, which cannot be loaded: ${(error as Error).message}`,
        hints: ["install utap again with npm, without --omit=optional", "utap doctor says what else is missing"],
      },
    ]);
  }
}

/** What a shell would have understood. */
function whereElse(program: string, command: string): readonly string[] {
  if (/^\w+=/.test(program)) return [`variables of the environment are set by env: -c 'env ${command}'`];
  return existsSync(toText(program)) ? [`one of that name is in this folder: -c './${command.trimStart()}'`] : [];
}
