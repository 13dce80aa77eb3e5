/**
 * What `--dump-after=PASS` prints, and the list that `--dump-after=help` prints.
 *
 * Before there are probes, the files in canonical form, and from `collect` on what they declare; from
 * `resolve-probes` on the text of -p2 with all bodies. Each is complete text of its own; what a pass has not yet
 * found out is `unknown` or absent.
 */
import { bug } from "../../base/assert.ts";
import { printFile, printPoint } from "../print.ts";
import type { Compilation } from "./compilation.ts";
import { finish } from "./passes/number.ts";
import { optimisations } from "./passes/optimise.ts";
import { passes } from "./pipeline.ts";
import { printProgram } from "./print-program.ts";

// biome-ignore format: table
const meanings: { readonly [pass: string]: string } = {
  parse:              "read the scripts: tokens, macros, conditions, trees",
  collect:            "declare the globals, functions and aliases of the scripts",
  "pull-tapsets":     "add the library files that define what is missing",
  "resolve-probes":   "expand aliases and wildcards, find the places of probes",
  embedded:           "check embedded JavaScript",
  "syscall-variables": "give the arguments of system calls their names",
  "syscall-parameters": "give $$parms of system calls its text",
  "point-values":     "give marks their names and their arguments as text",
  "procfs-values":    "make $value of procfs probes reads and writes",
  "fold-defined":     "answer @defined, drop the branches not taken",
  "check-structure":  "refuse constructs in places where they have no meaning",
  "resolve-names":    "give every name, array and call its symbol",
  "check-walks":      "refuse changes to an array that foreach walks",
  "clone-functions":  "copy functions that use $variables for each of their probes",
  "entry-values":     "make the probes that keep what @entry asks for",
  "type-details":     "carry the types of debuginfo along with values",
  "kernel-texts":     "find which $variables of the kernel are strings",
  "check-arrays":     "count the keys of every array",
  optimise:           "the following, until nothing changes any more",
  "elide-probes":     "leave out probes that do nothing",
  "target-variables": "find where $variables are",
  "infer-types":      "find the type of every variable, key and function",
  "check-patterns":   "refuse patterns that are no regular expressions",
  "check-returns":    "check the values that functions give back",
  overloads:          "cut chains of overloads behind functions that never say next",
  "merge-functions":  "keep one of several equal functions",
  stats:              "find what must be kept of each statistic",
  recursion:          "mark functions that call themselves",
  number:             "put everything into its final order",
  conditions:         "make the probes that arm others when their conditions hold",
  emit:               "write the JavaScript module",
};

/** Every name that can be dumped, in the order of the passes. */
export function dumpNames(): readonly { readonly name: string; readonly meaning: string }[] {
  const named = (name: string) => ({ name, meaning: meanings[name] ?? bug("dump", `pass ${name} has no meaning`) });
  const parts = optimisations.map(({ name, meaning }) => ({ name, meaning: `- ${meaning}` }));
  return [...passes.flatMap(({ name }) => [named(name), ...(name === "optimise" ? parts : [])]), named("emit")];
}

export function dumpHelp(): string {
  const names = dumpNames();
  const width = Math.max(...names.map(({ name }) => name.length));
  return names.map(({ name, meaning }) => `${name.padEnd(width)}  ${meaning}\n`).join("");
}

const beforeProbes: ReadonlySet<string> = new Set(["parse", "collect", "pull-tapsets"]);

export function dumpState(c: Compilation, pass: string): string {
  if (!beforeProbes.has(pass)) return printProgram(finish(c), { bodies: true });
  const files = c.files.map(printFile).join("");
  return pass === "parse" ? files : files + declarations(c);
}

function declarations(c: Compilation): string {
  const list = (title: string, names: readonly string[]) =>
    names.length > 0 ? `# ${title}\n${names.map((name) => `${name}\n`).join("")}` : "";
  const functions = c.scope.functions.map((symbol) => `${symbol.name}/${symbol.parameters.length}`);
  return (
    list(
      "globals",
      c.scope.globals.map((symbol) => symbol.name),
    ) +
    list("functions", functions) +
    list(
      "aliases",
      c.aliases.flatMap((alias) => alias.names.map(printPoint)),
    )
  );
}
