/**
 * The entry of the command line: reads the options and does what they ask for.
 *
 * A script for the clock is translated here, and runs here too if its session ends at once; every other session has a
 * thread of its own, because it may block and this one keeps the signals. Little is loaded before it is known to be
 * needed. Every error ends here as text and an exit status: 0 fine, 1 an error, else the status of the program of -c.
 */

import type { DiagnosticError } from "../base/diagnostics.ts";
import { usage } from "../base/usage.ts";
import { readInherited } from "../live/inherited.ts";
import { currentFolder, REMOVED_FOLDER } from "./current-folder.ts";
import { parseOptions } from "./options.ts";
import { printError } from "./report.ts";
import type { SessionStart } from "./session-worker.ts";
import { findSubcommand } from "./subcommands.ts";

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  const subcommand = findSubcommand(argv[0]);
  if (subcommand) return (await subcommand.load())(argv.slice(1));
  const options = parseOptions(argv);
  if ("exit" in options) return options.exit;
  if (options.cleanCache) {
    (await import("./cache.ts")).cleanCache();
    return 0;
  }
  if (options.stopAfter < 5 || options.dumpAfter.length > 0) {
    const { compileOnly } = await import("./compile-only.ts");
    return compileOnly(options);
  }
  if (options.standalone !== undefined) {
    const { writeStandalone } = await import("./write-standalone.ts");
    return writeStandalone(options, options.standalone);
  }
  if (options.command !== undefined || options.target !== undefined || options.pid !== undefined)
    return runInThread({ options });
  const { translate } = await import("./translate.ts");
  const translation = await translate(options, async () => (await import("./targets.ts")).chooseUnstarted(options));
  if (!translation) return 1;
  const mayHang = options.handling.suppressTimeLimits === true;
  if (!translation.endsAtOnce || mayHang || options.monitorSeconds !== undefined)
    return runInThread({ options, translation });
  const { runOnClock } = await import("./run.ts");
  return runOnClock(options, translation);
}

async function runInThread(given: Omit<SessionStart, "stop" | "inherited">): Promise<number> {
  if (currentFolder() === REMOVED_FOLDER) throw folderGone();
  const script = { ...given, inherited: readInherited() };
  const { runWorker } = await import("./terminal.ts");
  const file = new URL("./boot.cjs", import.meta.url);
  const dataFor = (stop: SharedArrayBuffer): SessionStart => ({ ...script, stop });
  const { monitorSeconds } = script.options;
  if (monitorSeconds === undefined) return runWorker(file, dataFor);
  const { openMonitor } = await import("./monitor-session.ts");
  return runWorker(file, dataFor, openMonitor(monitorSeconds));
}

/** No thread of Node's starts there. */
function folderGone(): DiagnosticError {
  return usage("the current folder has been removed", ["go to another one: cd"]);
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    printError(error);
    process.exitCode = 1;
  },
);
