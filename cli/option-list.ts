/**
 * Every option of the command line and what --help says of it: stap's letters where stap has them, long names for what
 * is new.
 *
 * Used by `options.ts`. What the values mean is the business of `option-values.ts`.
 */
import { Command, Option } from "commander";
import { fromText } from "../base/bytestring.ts";
import { LANGUAGE_VERSION } from "../lang/parser/compatibility.ts";
import { writeAll } from "./report.ts";
import { subcommands } from "./subcommands.ts";

export const VERSION = "0.1.0";

export function makeCommand(): Command {
  return new Command("utap")
    .usage("[options] FILE|- [ARGS…]\n       utap [options] -e SCRIPT [ARGS…]")
    .description("Runs a SystemTap-language script against a program, without privileges.")
    .version(`utap ${VERSION}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this")
    .argument("[args...]")
    .allowExcessArguments()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void writeAll(1, fromText(text)),
      writeErr: () => {},
      outputError: () => {},
    })
    .option("-e <script>", "run this script instead of a file")
    .option("-E <script>", "run this script too (repeatable)", collect)
    .option("-c <command>", "start this program, trace it, and end with it")
    .option("-p <pass>", "stop after pass 1 (parse), 2 (elaborate), 3 (JavaScript) or 5 (run)", "5")
    .option("-v", "say more: the time of each pass (repeatable)", (_value, previous: number) => previous + 1, 0)
    .option("-g", "guru mode: allow what can change the traced program")
    .option("--compatible <version>", `read the script as that version of SystemTap did (now ${LANGUAGE_VERSION})`)
    .option("-u", "do not optimise")
    .option("-w", "hide warnings")
    .option("-W", "treat warnings as errors")
    .option("-I <folder>", "look for tapsets there too (repeatable)", collect)
    .option("-D <name=value>", "set a limit of the language, e.g. MAXACTION=5000 (repeatable)", collect)
    .option("-G <name=value>", "set a global of the script before it starts (repeatable)", collect)
    .option("-o <file>", "write the script's output to a file; %H:%M and the like stand for the time")
    .option("-S <size>", "with -o: begin another file after so many MB; MB,N keeps the last N")
    .option("-f, --format <format>", "how output looks: text, json (an object on each line) or csv (tables of globals)")
    .option("--no-global-var-display", "do not print the globals that the script writes and never reads")
    .option("-T <seconds>", "end the script after so many seconds of the target's clock")
    .option("-s <size>", "hold back up to so many MB of output before it is written")
    .option("-t", "say at the end how often each handler ran, and how long")
    .option("--monitor <seconds>", "watch probes and globals in the terminal; --monitor alone is --monitor=1")
    .option("--suppress-handler-errors", "an error ends its handler and nothing else, without a word")
    .option("--suppress-time-limits", "let handlers run as long as they like (needs -g)")
    .option("--skip-badvars", "context variables that cannot be found or read are 0")
    .option("-m <name>", "the folder of procfs probes below /proc/systemtap (default: utap)")
    .option("-x <pid>", "trace a running process")
    .option("-l <point>", "list the probe points that match; wildcards are allowed")
    .option("-L <point>", "list them with their variables")
    .option("--dump-probe-types", "list the kinds of probe points")
    .option("--dump-probe-aliases", "list the aliases of the tapset library")
    .option("--dump-functions", "list the functions of the tapset library")
    .option(
      "--dump-after <pass>",
      "print what a pass made and stop (repeatable); --dump-after=help lists the passes",
      collect,
    )
    .addOption(new Option("--target <name>", "what to trace").choices(["model", "live"]))
    .option("--no-exitkill", "let the program of -c live on if utap is killed")
    .option("--no-filter", "stop at every system call of the program, so that utap can leave it at any time")
    .option("--sysroot <folder>", "the model's root folder; the program is looked up inside it")
    .option("--writable <folder>", "let the model write to this folder of the host (repeatable)", collect)
    .option("--seed <number>", "seed of the model's chance: of its random numbers, and of the order of its tasks", "0")
    .option(
      "--schedules <number>",
      "run under so many seeds in turn, and tell the outcomes; 1 is the exit status if they differ",
    )
    .option("--cpus <number>", "virtual CPUs of the model", "1")
    .option("--standalone <file>", "write the script with its runtime to a file that node runs, and stop")
    .option("--disable-cache", "neither take compiled scripts from the cache nor put them there")
    .option("--poison-cache", "compile again, and put the result into the cache")
    .option("--clean-cache", "empty the cache of compiled scripts and stop")
    .addHelpText(
      "after",
      `
Commands:
${subcommands.map(({ name, description }) => `  utap ${name.padEnd(10)} ${description}`).join("\n")}

Examples:
  utap -e 'probe begin { println("hello") exit() }'
  utap -e 'global n; probe process.syscall { n[$syscall] <<< 1 }
           probe end { foreach (s in n-) printf("%d %d\\n", s, @count(n[s])) }' -c './prog args'
  utap script.stp -c './prog args'`,
    );
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}
