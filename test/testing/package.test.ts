/**
 * The published package, as a stranger has it: packed, unpacked into a folder with its dependencies, without this
 * repository's sources. TypeScript reads its types in strict mode, and node:test and Vitest run tests with it.
 *
 * Needs a build, as every test of the command does.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "utap-consumer-"));
const installed = join(folder, "node_modules/utap");

/** Output and status of a command in the consumer's folder. */
function run(command: string, ...args: readonly string[]): { status: number | null; text: string } {
  // Test runners look at what a runner above them has said.
  const { VITEST: _vitest, NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    env: { ...env, NO_COLOR: "1" },
    encoding: "utf8",
    timeout: 120_000,
  });
  return { status, text: stdout + stderr };
}

function link(name: string): void {
  mkdirSync(dirname(join(folder, "node_modules", name)), { recursive: true });
  symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
}

beforeAll(() => {
  const packed = spawnSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], {
    cwd: root,
  });
  expect(packed.status).toBe(0);
  const [archive = ""] = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  mkdirSync(installed, { recursive: true });
  expect(run("tar", "-xzf", archive, "-C", installed, "--strip-components=1")).toEqual({ status: 0, text: "" });
  const { dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
  for (const name of [...Object.keys(dependencies), "vitest"]) link(name);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  copyFileSync(join(import.meta.dirname, "consumer/request.vitest.ts"), join(folder, "request.test.ts"));
  copyFileSync(join(import.meta.dirname, "consumer/types.ts"), join(folder, "types.ts"));
  // The first examples of the guide are whole files.
  const page = readFileSync(join(installed, "docs/testing.md"), "utf8");
  const example = (language: string): string =>
    new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "m").exec(page)?.[1] ?? "";
  writeFileSync(join(folder, "example.mjs"), example("js"));
  writeFileSync(join(folder, "example.test.ts"), example("ts"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
  target: "es2022",
  lib: ["es2022"],
  types: [],
};

describe("types", () => {
  const declarations = (): readonly string[] =>
    readdirSync(join(installed, "dist/types"), { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".d.ts"),
    );

  test.each([
    ["node16", "node16"],
    ["esnext", "bundler"],
  ])("module %s, resolution %s", (module, moduleResolution) => {
    const { options, errors } = ts.convertCompilerOptionsFromJson({ ...strict, module, moduleResolution }, folder);
    const program = ts.createProgram([join(folder, "types.ts")], options);
    const found = [...errors, ...ts.getPreEmitDiagnostics(program)].map(({ file, start, messageText }) => [
      file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0,
      ts.flattenDiagnosticMessageText(messageText, "\n"),
    ]);
    expect(found).toEqual([]);
  });

  test("are those of the kit, not of utap's inside", () => {
    expect(declarations().length).toBeLessThan(15);
    for (const name of declarations()) {
      expect(readFileSync(join(installed, "dist/types", name), "utf8")).not.toMatch(/: any\b|\.ts"/);
    }
  });

  test("say what they are for", () => {
    const read = (name: string): string => readFileSync(join(installed, "dist/types", name), "utf8");
    expect(read("testing/probe.d.ts")).toMatch(
      /\* Runs a script beside a program[^/]*\*\/\nexport declare function probe/,
    );
    expect(read("testing/options.d.ts")).toMatch(/\/\*\* Arguments of the script: [^/]*\*\/\s+readonly args/);
    expect(read("kernel/scripted/memory-of-program.d.ts")).toMatch(/\/\*\* Zeroed memory [^/]*\*\/\s+alloc\(/);
  });
});

test("node --test", () => {
  const { status, text } = run("node", "--test", "example.mjs");
  expect([status, text]).toEqual([0, expect.stringMatching(/pass 1\b/)]);
});

test("vitest", () => {
  const { status, text } = run("node", "node_modules/vitest/vitest.mjs", "run");
  expect([status, text]).toEqual([0, expect.stringMatching(/Tests +2 passed/)]);
});

// Node heads an uncaught error with the name of its class, which a bundler is free to change.
test("an error that nobody catches has the name that the documents give it", () => {
  const script = 'import { probe } from "utap/testing"; probe("probe nothing {}", { program: function* () {} });';
  expect(run("node", "--input-type=module", "-e", script).text).toMatch(/^ScriptError: the script has mistakes$/m);
});
