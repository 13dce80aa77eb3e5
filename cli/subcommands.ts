/**
 * What utap does besides running scripts: `utap NAME …`, each in a file of its own that is loaded when it is asked for.
 *
 * A script whose file has such a name is run as `./NAME`.
 */
import { type Command, CommanderError } from "commander";
import { usage } from "../base/usage.ts";

export type Subcommand = (args: readonly string[]) => Promise<number> | number;

interface Row {
  readonly name: string;
  readonly description: string;
  readonly load: () => Promise<Subcommand>;
}

// biome-ignore format: table
export const subcommands: readonly Row[] = [
  { name: "cleanup", description: "repair processes that were traced by a utap that was killed", load: async () => (await import("./cleanup.ts")).cleanup },
  { name: "doctor",  description: "look at what this machine allows to trace",                   load: async () => (await import("./doctor.ts")).doctor },
];

export function findSubcommand(name: string | undefined): Row | undefined {
  return subcommands.find((row) => row.name === name);
}

/** False when only help was asked for. */
export function parseArguments(command: Command, args: readonly string[]): boolean {
  command.exitOverride().configureOutput({ writeErr: () => {}, outputError: () => {} });
  try {
    command.parse(args, { from: "user" });
    return true;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return false;
    const message = error.message.replace(/^error: /, "");
    throw usage(message, [`${command.name()} --help lists the options`]);
  }
}
