/**
 * The entry of the command line: reads the options, then compiles here (-p1 … -p3, --dump-after) or runs a session in its own
 * thread. Every error ends here as text and an exit status: 0 fine, 1 an error, else the status of the program of -c.
 */
import { parseOptions } from "./options.ts";
import { printError } from "./report.ts";

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if ("exit" in options) return options.exit;
  if (options.stopAfter < 5 || options.dumpAfter.length > 0) {
    const { compileOnly } = await import("./run.ts");
    return compileOnly(options);
  }
  const { runInThread } = await import("./terminal.ts");
  return runInThread(options);
}

try {
  process.exitCode = await main();
} catch (error) {
  printError(error);
  process.exitCode = 1;
}
