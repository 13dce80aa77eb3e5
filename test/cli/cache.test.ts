/**
 * The script cache: the second start skips the compiler, and never runs anything but what the compiler would make.
 *
 * `-v` tells where a module came from. Whether an entry is used is decided by what the compilation read: each test
 * changes one thing of that.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, prepareBuild, repository, utap } from "./spawn.ts";

let folder = "";
let caches = 0;
beforeAll(() => {
  prepareBuild();
  folder = mkdtempSync(join(tmpdir(), "utap-cache-"));
}, 120_000);
afterAll(() => {
  if (folder) rmSync(folder, { recursive: true });
});

const HI = 'probe begin { println("hi") exit() }';
const freshCache = (): string => join(folder, `cache-${caches++}`);
const from = ({ err }: Ended): string => (err.includes("taken from the cache") ? "cache" : "compiler");
const verbose = (cache: string, ...args: string[]): Promise<Ended> =>
  utap(["-v", ...args], { env: { UTAP_CACHE_DIR: cache } });

/** Where the modules of these command lines come from, one after another. */
async function origins(cache: string, ...lines: readonly (readonly string[])[]): Promise<string[]> {
  const seen: string[] = [];
  for (const args of lines) seen.push(from(await verbose(cache, ...args)));
  return seen;
}

function onlyEntry(cache: string): string {
  const names = readdirSync(cache);
  expect(names).toHaveLength(1);
  return join(cache, names[0] ?? "");
}

describe("the key", () => {
  it("the same command line again, and what does not matter to a module", async () => {
    const lines = [
      ["-e", HI],
      ["-e", HI],
      ["-T", "5", "-e", HI],
      ["-e", HI, "-o", join(folder, "out")],
    ];
    expect(await origins(freshCache(), ...lines)).toEqual(["compiler", "cache", "cache", "cache"]);
  });

  it("the text, the arguments, limits, guru mode, optimisation", async () => {
    const script = "probe begin { println(@1) exit() }";
    const lines = [
      ["-e", HI],
      ["-e", `${HI} `],
      ["-e", script, "a"],
      ["-e", script, "b"],
      ["-D", "MAXSTRINGLEN=100", "-e", HI],
      ["-g", "-e", HI],
      ["-u", "-e", HI],
      ["-E", "probe never { }", "-e", HI],
    ];
    expect(await origins(freshCache(), ...lines)).toEqual(lines.map(() => "compiler"));
  });

  it("the tapsets that are on the path", async () => {
    const cache = freshCache();
    const tapsets = join(folder, "tapsets");
    mkdirSync(tapsets);
    const file = join(tapsets, "greeting.stp");
    const line = ["-I", tapsets, "-e", "probe begin { println(greeting()) exit() }"];
    writeFileSync(file, 'function greeting:string () { return "hello" }\n');
    expect((await verbose(cache, ...line)).out).toBe("hello\n");
    expect(from(await verbose(cache, ...line))).toBe("cache");
    writeFileSync(file, 'function greeting:string () { return "howdy" }\n');
    const changed = await verbose(cache, ...line);
    expect([from(changed), changed.out]).toEqual(["compiler", "howdy\n"]);
  });

  it("the program whose functions are probed", async () => {
    const cache = freshCache();
    const fixture = join(repository, "examples/wordcount/wordcount");
    const program = join(folder, "wordcount");
    writeFileSync(program, readFileSync(fixture), { mode: 0o755 });
    const line = ["-e", 'probe process.function("main") { println("main") }', "-c", `${program} /dev/null`];
    const first = await verbose(cache, ...line);
    expect([from(first), first.out.includes("main\n")]).toEqual(["compiler", true]);
    const second = await verbose(cache, ...line);
    expect([from(second), second.out]).toEqual(["cache", first.out]);
    // One byte more at the end changes nothing but the digest.
    writeFileSync(program, Buffer.concat([readFileSync(fixture), Buffer.of(0)]));
    expect(from(await verbose(cache, ...line))).toBe("compiler");
  });
});

describe("an entry", () => {
  it("keeps warnings and places of run-time errors", async () => {
    const cache = freshCache();
    const line = ["-e", "global unused\nprobe begin { if (1) println(1 / strlen(@1)) exit() }", ""];
    const [first, second] = [await verbose(cache, ...line), await verbose(cache, ...line)];
    const shown = ({ err }: Ended) => err.split("\n").filter((text) => !/^Pass/.test(text));
    expect([from(first), from(second)]).toEqual(["compiler", "cache"]);
    expect(shown(second)).toEqual(shown(first));
    expect(second.err).toContain("<input>:2:");
  });

  it("that is damaged, writable by others or no module of ours is compiled again", async () => {
    const cache = freshCache();
    await verbose(cache, "-e", HI);
    const entry = onlyEntry(cache);
    expect(statSync(entry).mode & 0o777).toBe(0o600);
    const whole = readFileSync(entry, "latin1");
    const damages: (() => void)[] = [
      () => writeFileSync(entry, whole.slice(0, -10)),
      () => writeFileSync(entry, whole.replace("hi", "ho")),
      () => writeFileSync(entry, ""),
      () => chmodSync(entry, 0o666),
    ];
    for (const damage of damages) {
      damage();
      const ended = await verbose(cache, "-e", HI);
      expect([from(ended), ended.out]).toEqual(["compiler", "hi\n"]);
      expect(from(await verbose(cache, "-e", HI))).toBe("cache");
    }
  });

  it("with a right digest and a module outside the contract is not run", async () => {
    const cache = freshCache();
    await verbose(cache, "-e", HI);
    const entry = onlyEntry(cache);
    const body = readFileSync(entry, "utf8").slice(65);
    const forged = body.replace('print(\\"hi\\\\n\\")', "process.exit(7)");
    expect(forged).not.toBe(body);
    const { createHash } = await import("node:crypto");
    writeFileSync(entry, `${createHash("sha256").update(forged).digest("hex")}\n${forged}`);
    const ended = await verbose(cache, "-e", HI);
    expect([ended.status, from(ended), ended.out]).toEqual([0, "compiler", "hi\n"]);
  });
});

it("embedded code, which the verifier cannot vouch for, is not stored", async () => {
  const script = "function f:long () %{ STAP_RETVALUE = 7; %} probe begin { println(f()) exit() }";
  const cache = freshCache();
  expect((await verbose(cache, "-g", "-e", script)).out).toBe("7\n");
  expect(await origins(cache, ["-g", "-e", script], ["-g", "-e", script])).toEqual(["compiler", "compiler"]);
});

describe("the options", () => {
  it("--disable-cache leaves it alone, --poison-cache compiles and stores, --clean-cache empties it", async () => {
    const cache = freshCache();
    expect(await origins(cache, ["--disable-cache", "-e", HI], ["-e", HI], ["-e", HI])).toEqual([
      "compiler",
      "compiler",
      "cache",
    ]);
    expect(await origins(cache, ["--disable-cache", "-e", HI], ["--poison-cache", "-e", HI], ["-e", HI])).toEqual([
      "compiler",
      "compiler",
      "cache",
    ]);
    expect(await verbose(cache, "--clean-cache")).toEqual({ status: 0, out: "", err: "" });
    expect(readdirSync(cache)).toEqual([]);
  });

  it("a folder that cannot be is no error", async () => {
    const ended = await verbose("/dev/null/x", "-e", HI);
    expect([ended.status, ended.out, from(ended)]).toEqual([0, "hi\n", "compiler"]);
  });
});
