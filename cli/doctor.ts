/**
 * `utap doctor`: looks at this machine and says what of live tracing works here, and what to do about the rest.
 *
 * Exit status: 0 when live tracing works, 1 when it does not, warnings or not.
 */
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import picocolors from "picocolors";
import { fromText } from "../base/bytestring.ts";
import { type OwnFacts, readOwnFacts } from "../live/attach-facts.ts";
import { type Check, checkExtras, checkMachine } from "../live/doctor/checks.ts";
import { hostMachine } from "../live/machines/machines.ts";
import { currentFolder } from "./current-folder.ts";
import { VERSION } from "./options.ts";
import { writeAll } from "./report.ts";
import { parseArguments } from "./subcommands.ts";
import { openTapsets } from "./tapset-folders.ts";

export async function doctor(args: readonly string[]): Promise<number> {
  const command = new Command("utap doctor")
    .description("Looks at what this machine allows, and says how to allow more.")
    .option("--json", "an object with all checks");
  if (!parseArguments(command, args)) return 0;
  const own = readOwnFacts();
  const checks = [nodeVersion(), ...(await tryLibraries(own)), ...checkMachine(own), tapset(), ...checkExtras(own)];
  const works = checks.every(({ status }) => status !== "fail");
  writeAll(1, fromText(command.opts().json === true ? asJson(works, checks) : asText(works, checks)));
  return works ? 0 : 1;
}

const NODE = [20, 19] as const;

function nodeVersion(): Check {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isEnough = major > NODE[0] || (major === NODE[0] && minor >= NODE[1]);
  return isEnough
    ? { name: "node", status: "ok", found: process.version, remedies: [] }
    : {
        name: "node",
        status: "fail",
        found: `${process.version}, and ${NODE.join(".")} is needed`,
        remedies: ["install a newer one: https://nodejs.org"],
      };
}

/** koffi, and what needs it. */
async function tryLibraries(own: OwnFacts): Promise<Check[]> {
  try {
    const { default: koffi } = await import("koffi");
    const loads: Check = { name: "koffi", status: "ok", found: koffi.version, remedies: [] };
    if (!hostMachine) return [loads];
    const { tryTracing } = await import("../live/doctor/trial.ts");
    return [loads, ...tryTracing(hostMachine, own)];
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return [
      {
        name: "koffi",
        status: "fail",
        found: `does not load: ${reason}`,
        remedies: [`cd ${packageFolder()} && npm install koffi`],
      },
    ];
  }
}

function packageFolder(): string {
  return fileURLToPath(new URL("..", import.meta.url));
}

function tapset(): Check {
  const files = openTapsets([], process.env, currentFolder()).all().length;
  return files > 0
    ? { name: "tapset", status: "ok", found: `${files} files`, remedies: [] }
    : { name: "tapset", status: "fail", found: "its files are missing", remedies: ["install utap again"] };
}

function asJson(works: boolean, checks: readonly Check[]): string {
  return `${JSON.stringify({ works, version: VERSION, checks }, null, 2)}\n`;
}

const colours = picocolors.createColors(picocolors.isColorSupported && process.stdout.isTTY === true);

const paint: { readonly [status in Check["status"]]: (text: string) => string } = {
  ok: colours.green,
  info: colours.dim,
  warn: colours.yellow,
  fail: (text) => colours.bold(colours.red(text)),
};

function asText(works: boolean, checks: readonly Check[]): string {
  const width = Math.max(60, Math.min(process.stdout.columns ?? 100, 120));
  const nameWidth = Math.max(...checks.map(({ name }) => name.length));
  const indent = " ".repeat(8 + nameWidth);
  const lines = checks.flatMap(({ name, status, found, remedies }) => {
    const head = `${paint[status](status.padEnd(4))}  ${name.padEnd(nameWidth)}  `;
    const texts = [
      ...wrap(found, width - indent.length),
      ...remedies.flatMap((text) => wrapRemedy(text, width - indent.length)),
    ];
    return texts.map((text, i) => (i === 0 ? head : indent) + text);
  });
  const failed = checks.filter(({ status }) => status === "fail").length;
  const verdict = works
    ? colours.bold("Live tracing works on this machine.")
    : colours.bold(`Live tracing does not work on this machine: ${failed} of ${checks.length} checks failed.`);
  return `${[...lines, "", verdict].join("\n")}\n`;
}

function wrapRemedy(text: string, width: number): string[] {
  return wrap(text, width - 2).map((line, i) => (i === 0 ? colours.cyan("→ ") : "  ") + line);
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
