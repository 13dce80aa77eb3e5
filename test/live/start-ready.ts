/** Starts a program of test/live/programs that says "ready" and goes on until a SIGTERM. For tests that attach to it. */
import { type ChildProcess, spawn } from "node:child_process";

export interface ReadyProgram {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Ends it; what it printed after "ready", and its status or signal. */
  readonly end: () => Promise<string>;
}

export async function startReady(program: string, args: readonly string[] = []): Promise<ReadyProgram> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  const ended = new Promise<string>((tell) => {
    child.on("close", (status, signal) => tell(`${output.replace("ready\n", "")}${status ?? signal}`));
  });
  await new Promise<void>((tell) => {
    child.stdout.on("data", (data) => {
      output += data;
      if (output.includes("ready\n")) tell();
    });
  });
  const end = () => {
    child.kill("SIGTERM");
    return ended;
  };
  return { pid: child.pid ?? 0, child, end };
}
