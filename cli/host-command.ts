/**
 * Runs a command of a script on this machine: what system() does, which only -g scripts may call.
 *
 * A shell of the user's gets it; it writes where utap writes, reads nothing, and goes on when the session ends.
 */
import { toText } from "../base/bytestring.ts";

export function runHostCommand(command: string): void {
  // Loaded when it is needed: a start without it is shorter.
  const { spawn } = process.getBuiltinModule("node:child_process");
  const child = spawn("/bin/sh", ["-c", toText(command)], { stdio: ["ignore", "inherit", "inherit"] });
  child.on("error", (error) => process.stderr.write(`utap: system(): ${error.message}\n`));
  child.unref();
}
