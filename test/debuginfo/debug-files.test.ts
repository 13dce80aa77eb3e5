/**
 * Wherever the debug information of a program is, the answers are those of the program that has it in itself.
 *
 * Programs are made by the compiler and the tools of this machine; expected is what the same code answers of the plain
 * one, which gdb-oracle.test.ts holds against gdb.
 */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { ModuleSymbols } from "../../abi/symbol-source.ts";
import { openModule } from "../../debuginfo/symbols.ts";
import { missingOracles } from "../oracles.ts";
import { accessOf } from "./plan-value.ts";

const fixtures = resolve("test/fixtures/debuginfo");
const sources = ["units.c", "units-other.c"].map((name) => join(fixtures, name));
const folder = mkdtempSync(join(tmpdir(), "utap-debug-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

const tools = missingOracles("gcc", "objcopy", "readelf");
const dwz = missingOracles("dwz");
const run = (command: string, ...args: readonly string[]): void => {
  execFileSync(command, args, { cwd: folder, stdio: "pipe" });
};
const compile = (name: string, ...options: readonly string[]): void => {
  const code = ["-nostdlib", "-static", "-no-pie", "-fno-stack-protector", "-Wl,--build-id"];
  run("gcc", "-g", "-O2", ...code, ...options, "-o", name, ...sources);
};

/** Files are seen below `root`, as on a target with a tree of its own. */
function open(name: string, root = folder): ModuleSymbols {
  const path = `/${name}`;
  const find = (wanted: string) => {
    const file = join(root, wanted);
    if (!existsSync(file)) return undefined;
    return { path: realpathSync(file).slice(realpathSync(root).length), bytes: new Uint8Array(readFileSync(file)) };
  };
  const symbols = openModule(path, new Uint8Array(readFileSync(join(root, name))), find);
  if (symbols.kind === "failure") throw new Error(symbols.message);
  return symbols;
}

/** Everything that can be said of every function, without the numbers that count debuginfo. */
function answers(symbols: ModuleSymbols): unknown {
  const sites = symbols.functions("*", false);
  if ("kind" in sites) return sites.message.replace(symbols.path, "PROGRAM");
  const described = sites.map((site) => {
    const { die: _die, inlinedIn, ...place } = site;
    const { parameters, locals } = symbols.variables(site);
    const names = [...parameters, ...locals, "shared", "state", "return"];
    const plans = names.map((name) => {
      const plan = symbols.variable(site, accessOf(name));
      return [name, symbols.variableType(site, name), "kind" in plan ? plan.message.replace(symbols.path, "") : plan];
    });
    return [place, inlinedIn !== undefined, plans];
  });
  return [described.map((row) => JSON.stringify(row)).sort(), symbols.enumerator("nosuch")];
}

const given = (missing: readonly string[], title: string, body: () => void): void => {
  if (missing.length === 0) test(title, body);
  else test.skip(`${title} (skipped: no ${missing.join(", ")})`, body);
};

describe.runIf(tools.length === 0)("debug information", () => {
  if (tools.length > 0) return;
  compile("plain");
  const expected = answers(open("plain"));

  test("is there to begin with", () => {
    expect(JSON.stringify(expected)).toContain("other_sum");
    expect(JSON.stringify(expected)).toContain("struct");
  });

  // biome-ignore format: table
  test.each([
    ["compressed by zlib", ["-gz=zlib"], /C .* \.debug_info|\.debug_info.* C /],
    ["in .zdebug sections", ["-gz=zlib-gnu"], /\.zdebug_info|\.debug_info/],
  ] as const)("%s", (title, options, section) => {
    const name = title.replace(/\W/g, "-");
    compile(name, ...options);
    expect(execFileSync("readelf", ["-SW", join(folder, name)], { encoding: "utf8" })).toMatch(section);
    expect(answers(open(name))).toEqual(expected);
  });

  test("in a section made by hand as old tools compressed them", () => {
    const name = "zdebug";
    run("objcopy", "--compress-debug-sections=zlib-gnu", "plain", name);
    const sections = execFileSync("readelf", ["-SW", join(folder, name)], { encoding: "utf8" });
    expect(sections).toContain(".zdebug_info");
    expect(answers(open(name))).toEqual(expected);
  });

  test("in another version of DWARF", () => {
    compile("four", "-gdwarf-4");

    expect(answers(open("four"))).toEqual(expected);
  });

  test("found by build-id", () => {
    const root = mkdtempSync(join(folder, "by-id-"));
    const id = open("plain").buildId ?? "";
    mkdirSync(join(root, "usr/lib/debug/.build-id", id.slice(0, 2)), { recursive: true });
    const debug = join(root, "usr/lib/debug/.build-id", id.slice(0, 2), `${id.slice(2)}.debug`);
    run("objcopy", "--only-keep-debug", "plain", debug);
    run("objcopy", "--strip-all", "plain", join(root, "stripped"));
    expect(answers(open("stripped", root))).toEqual(expected);
  });

  test.each(["/", "/.debug/", "/usr/lib/debug/bin/"])("found by a debug link, in %s", (place) => {
    const root = mkdtempSync(join(folder, "by-link-"));
    mkdirSync(join(root, "bin"));
    const near = place.startsWith("/usr") ? place : `/bin${place}`;
    mkdirSync(join(root, near), { recursive: true });
    const debug = join(root, near, "stripped.debug");
    run("objcopy", "--only-keep-debug", "plain", debug);
    run("objcopy", "--strip-all", `--add-gnu-debuglink=${debug}`, "plain", join(root, "bin/stripped"));
    expect(answers(open("bin/stripped", root))).toEqual(expected);
    // Another file under that name is not taken, and the message says so.
    writeFileSync(debug, Buffer.concat([readFileSync(debug), Buffer.from([0])]));
    expect(answers(open("bin/stripped", root))).toMatch(/another build/);
  });

  given(dwz, "shared inside of the file by dwz", () => {
    copyFileSync(join(folder, "plain"), join(folder, "dwz-one"));
    run("dwz", "dwz-one");
    expect(answers(open("dwz-one"))).toEqual(expected);
  });

  given(dwz, "shared with other files by dwz", () => {
    for (const [version, options] of [
      ["4", []],
      ["5", ["--dwarf-5"]],
    ] as const) {
      const names = [`multi-${version}-a`, `multi-${version}-b`];
      for (const name of names) copyFileSync(join(folder, "plain"), join(folder, name));
      run("dwz", ...options, "-m", `common-${version}`, "-r", ...names);
      const sections = execFileSync("readelf", ["-SW", join(folder, names[0] ?? "")], { encoding: "utf8" });
      expect(sections).toMatch(/\.gnu_debugaltlink|\.debug_sup/);
      expect(answers(open(names[0] ?? ""))).toEqual(expected);
      rmSync(join(folder, `common-${version}`));
      expect(JSON.stringify(answers(open(names[0] ?? "")))).not.toContain("undefined function");
    }
  });

  test("split off into files of its own", () => {
    compile("split", "-gdwarf-5", "-gsplit-dwarf");
    const files = readdirSync(folder).filter((name) => name.endsWith(".dwo"));
    expect(files.length).toBeGreaterThan(1);
    expect(answers(open("split"))).toEqual(expected);
    for (const file of files) rmSync(join(folder, file));
    expect(open("split").functions("nosuch", false)).toMatchObject({
      message: expect.stringMatching(/dwo, which is missing/),
    });
    writeFileSync(join(folder, "split.dwp"), "");
    expect(open("split").functions("nosuch", false)).toMatchObject({
      message: expect.stringContaining("the package /split.dwp is not read: keep the .dwo files"),
    });
    compile("split-four", "-gdwarf-4", "-gsplit-dwarf");
    expect(open("split-four").functions("nosuch", false)).toMatchObject({
      message: expect.stringContaining("split DWARF before version 5 is not supported"),
    });
  });

  test.each(["4", "5"])("types in units of their own, version %s", (version) => {
    const name = `types-${version}`;
    compile(name, `-gdwarf-${version}`, "-fdebug-types-section");
    const units = execFileSync("readelf", ["--debug-dump=info", join(folder, name)], { encoding: "utf8" });
    expect(units).toMatch(version === "4" ? /Contents of the \.debug_types section/ : /Unit Type: +DW_UT_type/);
    expect(open(name).castType("struct other")).not.toHaveProperty("message");
    expect(units).toMatch(/<\w+> +DW_AT_(type|signature) +: signature: 0x/);
    expect(answers(open(name))).toEqual(expected);
  });

  test("types in units of their own, in files of their own", () => {
    compile("types-split", "-gdwarf-5", "-fdebug-types-section", "-gsplit-dwarf");
    expect(answers(open("types-split"))).toEqual(expected);
  });

  test("compressed by zstd is said to be", () => {
    run("objcopy", "--compress-debug-sections=zstd", "plain", "zstd");
    expect(execFileSync("readelf", ["-tW", join(folder, "zstd")], { encoding: "utf8" })).toContain("ZSTD");
    expect(open("zstd").functions("nosuch", false)).toMatchObject({
      message: expect.stringContaining(
        ".debug_info is compressed with zstd, which is not supported: objcopy --decompress",
      ),
    });
  });

  given(missingOracles("xz"), "the symbol table alone, compressed by LZMA, is said to be there", () => {
    run("objcopy", "--only-keep-debug", "--remove-section=.debug*", "plain", "mini");
    run("xz", "mini");
    run("objcopy", "--strip-all", "--add-section", ".gnu_debugdata=mini.xz", "plain", "packed");
    expect(open("packed").functions("helper", false)).toMatchObject({
      message: expect.stringContaining("its symbols in .gnu_debugdata are compressed by LZMA and not read"),
    });
    run("objcopy", "--strip-debug", "--add-section", ".gnu_debugdata=mini.xz", "plain", "unpacked");
    expect(JSON.stringify(open("unpacked").functions("nosuch", false))).not.toContain("LZMA");
  });

  test("that is nowhere leaves the functions of the symbol table", () => {
    run("objcopy", "--strip-debug", "plain", "no-debuginfo");
    const symbols = open("no-debuginfo");
    const sites = symbols.functions("other_sum", false);
    expect(sites).toMatchObject([{ function: "other_sum", file: "", line: 0 }]);
    expect(symbols.functions("nosuch", false)).toMatchObject({
      message: expect.stringMatching(/there is no .*\.debug/),
    });
  });
});
