/**
 * `utap cleanup [PID …]`: repairs processes that were traced by a utap that was killed, as its journals say.
 *
 * Without a PID it lists them, and forgets those that have ended. Exit status: 0, or 1 when one could not be repaired.
 */
import { Command } from "commander";
import type { Diagnostic } from "../base/diagnostics.ts";
import { explainAttach } from "../live/attach-errors.ts";
import { readAttachFacts } from "../live/attach-facts.ts";
import { cleanUp } from "../live/guard/cleanup.ts";
import { forgetJournal, hasOwner, hasProcess, type JournalRecord, listJournals } from "../live/guard/journal.ts";
import { hostMachine } from "../live/machines/machines.ts";
import { readStat } from "../live/proc.ts";
import { printDiagnostics, writeAll } from "./report.ts";
import { parseArguments } from "./subcommands.ts";

export function cleanup(args: readonly string[]): number {
  const command = new Command("utap cleanup")
    .description("Takes breakpoints out of processes that were traced by a utap that was killed.")
    .argument("[pid...]", "the processes; none: list them");
  if (!parseArguments(command, args)) return 0;
  const journals = listJournals().filter((record) => hasProcess(record) || forgetJournal(record));
  if (command.args.length === 0) return list(journals);
  const problems = command.args.flatMap((text) => repair(text, journals) ?? []);
  printDiagnostics(problems);
  return problems.length === 0 ? 0 : 1;
}

function list(journals: readonly JournalRecord[]): number {
  for (const record of journals) {
    const { pid, owner } = record;
    const advice = hasOwner(record) ? `traced by utap, process ${owner.pid}` : `repair it: utap cleanup ${pid}`;
    writeAll(1, `${pid} (${nameOf(pid)}): ${countOf(record.breakpoints.size, "breakpoint")}; ${advice}\n`);
  }
  if (journals.length === 0) writeAll(1, "No process is left with breakpoints of utap.\n");
  return 0;
}

/** What is wrong. */
function repair(text: string, journals: readonly JournalRecord[]): Diagnostic | undefined {
  const pid = Number(text);
  if (!(Number.isSafeInteger(pid) && pid > 0)) return problem(`${text} is no number of a process`);
  const record = journals.find((one) => one.pid === pid);
  if (!record)
    return problem(`utap has left nothing in process ${pid}`, ["utap cleanup lists the processes that need it"]);
  if (hasOwner(record)) {
    const { owner } = record;
    return problem(`process ${pid} is being traced by utap (process ${owner.pid})`, [
      `end that one: kill -INT ${owner.pid}`,
    ]);
  }
  if (!hostMachine) return problem(`live tracing knows x86-64; this machine is ${process.arch}`);
  const repaired = cleanUp(record, hostMachine);
  if (typeof repaired === "number") {
    const { message, hints } = explainAttach(repaired, readAttachFacts(pid)) ?? { message: "it has ended", hints: [] };
    return problem(message, hints);
  }
  forgetJournal(record);
  const { breakpoints, returns, counters, threads } = repaired;
  const marks = counters > 0 ? `, ${countOf(counters, "counter")} of marks lowered` : "";
  writeAll(
    1,
    `${pid} (${nameOf(pid)}): ${countOf(breakpoints, "breakpoint")} and ${countOf(returns, "return address", "es")} restored${marks}, ${countOf(threads, "thread")}\n`,
  );
  return undefined;
}

function countOf(count: number, noun: string, plural = "s"): string {
  return `${count} ${noun}${count === 1 ? "" : plural}`;
}

function nameOf(pid: number): string {
  return readStat(pid)?.comm ?? "ended";
}

function problem(message: string, hints: readonly string[] = []): Diagnostic {
  return { code: "usage", severity: "error", message, hints };
}
