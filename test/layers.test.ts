/**
 * The arrows of the architecture: who may import whom, and who may touch the host.
 *
 * The table is the one of ARCHITECTURE.md. A folder may import itself and the folders listed; `packages` are the
 * npm packages and node modules it may use.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

interface Layer {
  readonly folder: string;
  readonly imports: readonly string[];
  readonly packages?: readonly RegExp[];
}

// The longest matching folder decides. `runtime/utrace` and `runtime/uprobes` are parts of `runtime`.
const layers: readonly Layer[] = [
  { folder: "base", imports: [] },
  { folder: "abi", imports: ["base"] },
  { folder: "target", imports: ["base"] },
  { folder: "debuginfo", imports: ["base", "abi"], packages: [/^fflate$/] },
  { folder: "lang", imports: ["base"] },
  { folder: "lang/parser", imports: ["base", "lang"], packages: [/^chevrotain$/] },
  {
    folder: "lang/compiler",
    imports: ["base", "abi", "lang", "lang/parser", "target"],
    packages: [/^acorn$/, /^source-map$/],
  },
  { folder: "kernel", imports: ["base", "target", "debuginfo"] },
  { folder: "runtime", imports: ["base", "abi", "target", "debuginfo"] },
  { folder: "tapsets", imports: ["base", "abi"] },
  { folder: "live", imports: ["base", "target"], packages: [/^node:/, /^koffi$/] },
  {
    folder: "cli",
    imports: [
      "base",
      "abi",
      "target",
      "debuginfo",
      "lang",
      "lang/parser",
      "lang/compiler",
      "kernel",
      "live",
      "runtime",
      "tapsets",
    ],
    packages: [/./],
  },
  {
    folder: "testing",
    imports: ["base", "target", "kernel", "cli"],
    packages: [/^node:vm$/],
  },
];

/** Folders that may know the time and chance of the host. */
const hostFolders = /^(live|node|cli)\//;
const hostNames =
  /(?<![\w.$])(new Date\b|Date\.|Math\.random|setTimeout|setInterval|setImmediate|performance\.now|process\.(env|exit|cwd|std\w+|hrtime|platform)\b)/;

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

const files = [
  "base",
  "abi",
  "target",
  "debuginfo",
  "lang",
  "kernel",
  "runtime",
  "tapsets",
  "live",
  "cli",
  "testing",
].flatMap(sourceFiles);

function layerOf(file: string): Layer {
  const found = layers
    .filter((layer) => file.startsWith(`${layer.folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length)[0];
  if (!found) throw new Error(`${file} is in no layer`);
  return found;
}

function importsOf(text: string): string[] {
  return [
    ...text.matchAll(/^\s*(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"|\bimport\("([^"]+)"\)|^import\s+"([^"]+)"/gm),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

describe("layers", () => {
  test("there is something to check", () => {
    expect(files.length).toBeGreaterThan(60);
  });

  test.each(files)("%s imports only what its layer allows", (file) => {
    const layer = layerOf(file);
    for (const name of importsOf(readFileSync(file, "utf8"))) {
      if (name.startsWith(".")) {
        const imported = layerOf(normalize(join(dirname(file), name)));
        const allowed = imported.folder === layer.folder || layer.imports.includes(imported.folder);
        expect(allowed, `${file} imports ${name} of layer ${imported.folder}`).toBe(true);
      } else {
        const allowed = layer.packages?.some((pattern) => pattern.test(name)) ?? false;
        expect(allowed, `${file} imports the package ${name}`).toBe(true);
      }
    }
  });

  test.each(files.filter((file) => !hostFolders.test(file)))("%s knows no clock and no chance of the host", (file) => {
    const code = readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    expect(hostNames.exec(code)?.[0]).toBeUndefined();
  });
});
