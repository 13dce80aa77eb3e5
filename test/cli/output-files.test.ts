/** -o and -S: the files that a script's output goes to. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseOptions } from "../../cli/options.ts";
import { HostOutput } from "../../cli/output.ts";
import { bin, prepareBuild, run, utap } from "./spawn.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "utap-output-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const files = (): readonly string[] => readdirSync(folder).sort();
const read = (name: string): string => readFileSync(join(folder, name), "latin1");

function write(output: HostOutput, texts: readonly string[]): void {
  for (const text of texts) output.write(1, text);
  output.close();
}

test("a file by its name", () => {
  write(new HostOutput(join(folder, "a")), ["one ", "two \xff"]);
  expect(files()).toEqual(["a"]);
  expect(read("a")).toBe("one two \xff");
});

test("the time in the name", () => {
  const before = new Date().getFullYear();
  write(new HostOutput(join(folder, "log.%Y.%%")), ["x"]);
  const years = [before, new Date().getFullYear()].map((year) => `log.${year}.%`);
  expect(years).toContain(files()[0]);
});

describe("in parts", () => {
  test("a part is full when the next print would be too much", () => {
    write(new HostOutput(join(folder, "a"), { bytes: 10 }), ["1234567", "123", "4", "12345678901234", "x"]);
    expect(files().map((name) => [name, read(name)])).toEqual([
      ["a.0", "1234567123"],
      ["a.1", "4"],
      ["a.2", "12345678901234"],
      ["a.3", "x"],
    ]);
  });

  test("the last are kept", () => {
    write(new HostOutput(join(folder, "a"), { bytes: 2, files: 2 }), ["11", "22", "33", "44", "5"]);
    expect(files().map((name) => [name, read(name)])).toEqual([
      ["a.3", "44"],
      ["a.4", "5"],
    ]);
  });

  test("nothing printed is one empty part", () => {
    write(new HostOutput(join(folder, "a"), { bytes: 2 }), []);
    expect(files()).toEqual(["a.0"]);
  });

  test("many small prints, more than a buffer", () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `${i}\n`);
    write(new HostOutput(join(folder, "a"), { bytes: 100_000 }), lines);
    expect(files()).toEqual(["a.0", "a.1"]);
    expect(read("a.0") + read("a.1")).toBe(lines.join(""));
    expect(read("a.0").length).toBeGreaterThan(99_990);
    expect(read("a.0").length).toBeLessThanOrEqual(100_000);
  });
});

describe("-S", () => {
  const options = (...args: string[]) => parseOptions([...args, "-e", "probe begin {}"]);
  test("is megabytes and a number of files", () => {
    expect(options("-o", "f", "-S", "2")).toMatchObject({ output: "f", rotation: { bytes: 2 << 20 } });
    expect(options("-o", "f", "-S", "1,3")).toMatchObject({ rotation: { bytes: 1 << 20, files: 3 } });
  });
  test.each(["0", "x", "1,0", "1,", "-1", "1.5"])("%s is no size", (size) => {
    expect(() => options("-o", "f", "-S", size)).toThrow(/write -S MB or -S MB,N/);
  });
  test("needs a file", () => {
    expect(() => options("-S", "1")).toThrow(/only files can be split/);
  });
});

describe("switched by somebody", () => {
  test("without -S the next files have numbers, the first one has none", () => {
    const output = new HostOutput(join(folder, "a"));
    output.write(1, "one");
    output.switchFile();
    output.write(1, "two");
    output.switchFile();
    write(output, ["three"]);
    expect(files().map((name) => [name, read(name)])).toEqual([
      ["a", "one"],
      ["a.1", "two"],
      ["a.2", "three"],
    ]);
  });

  test("with -S it is as if the file were full, and the next one is counted from its beginning", () => {
    const output = new HostOutput(join(folder, "a"), { bytes: 4, files: 2 });
    output.write(1, "11");
    output.switchFile();
    write(output, ["22", "33", "4"]);
    expect(files().map((name) => [name, read(name)])).toEqual([
      ["a.1", "2233"],
      ["a.2", "4"],
    ]);
  });

  test("standard output stays what it is", () => {
    let shown = "";
    const output = new HostOutput(undefined, undefined, (bytes) => {
      shown += new TextDecoder().decode(bytes);
    });
    output.write(1, "one");
    output.switchFile();
    write(output, ["two"]);
    expect(shown).toBe("onetwo");
    expect(files()).toEqual([]);
  });

  test("by SIGUSR2 and by switch_file()", async () => {
    prepareBuild();
    const file = join(folder, "log");
    // The second file has a line: the session runs, and whoever sees it may send a signal. What comes after ends it.
    const script = `
      probe begin { println("begin") switch_file() println("switched") }
      probe timer.ms(20) { n++ println(n) }
      probe timer.s(10) { exit() }
      global n`;
    let signalled = false;
    const { status, err } = await utap(["-o", file, "-e", script], {
      started(child) {
        const look = setInterval(() => {
          if (child.exitCode !== null) clearInterval(look);
          const second = files().includes("log.1") ? read("log.1") : "";
          if (!signalled && /\d/.test(second)) signalled = child.kill("SIGUSR2");
          else if (files().includes("log.2") && read("log.2") !== "") {
            clearInterval(look);
            child.kill("SIGINT");
          }
        }, 20);
      },
    });
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(files()).toEqual(["log", "log.1", "log.2"]);
    expect(read("log")).toBe("begin\n");
    const [first, ...numbers] = (read("log.1") + read("log.2")).trim().split("\n");
    expect(first).toBe("switched");
    // No line is lost between two files.
    expect(numbers).toEqual(numbers.map((_, i) => String(i + 1)));
  });
});

/** Sessions without a program, which sleep until something happens. */
describe("the end of a session that waits", () => {
  const bodies = {
    "for nothing": 'probe begin { println("ready") } probe end { println("end") } probe timer.s(60) { exit() }',
    "for input": 'probe input.line { println(line) } probe begin { println("ready") } probe end { println("end") }',
  };
  test.each(Object.entries(bodies))("%s", async (_, script) => {
    prepareBuild();
    const surroundings = { input: null } as const;
    const [interrupted, late] = await Promise.all([
      utap(["-e", script], {
        ...surroundings,
        begin: (child, out) => {
          if (out === "ready\n") child.kill("SIGINT");
        },
      }),
      utap(["-T", "0.3", "-e", script], surroundings),
    ]);
    const ended = { status: 0, out: "ready\nend\n", err: "" };
    expect(interrupted).toEqual(ended);
    expect(late).toEqual(ended);
  });
});

test("-s: how much may wait, in MB", () => {
  const parsed = parseOptions(["-s", "4095", "-D", "STP_BUFFER_SIZE=65536", "-e", ""]);
  expect("buffer" in parsed && parsed.buffer).toBe(4095 * 2 ** 20);
  for (const wrong of ["0", "4096", "x", "-1", "1.5", ""])
    expect(() => parseOptions(["-s", wrong, "-e", ""])).toThrow("from 1 to 4095");
  let writes = 0;
  const output = new HostOutput(undefined, undefined, () => void writes++, 10);
  for (const text of ["12345", "6789", "0", "1"]) output.write(1, text);
  expect(writes).toBe(1);
  output.close();
  expect(writes).toBe(2);
});

// /dev/full takes nothing; Linux's words for that are those of strerror(ENOSPC).
describe("a disk without room", () => {
  const full = (command: string) => run("sh", ["-c", `exec "$0" "$1" ${command}`, process.execPath, bin]);
  const told = { status: 1, out: "", err: "error[usage]: cannot write standard output: No space left on device\n" };
  const out = ["--help", "--version", "-l begin", "--dump-functions", "-p1 -e 'probe begin {}'", "doctor", "cleanup"];
  test.each(out)("utap %s", async (command) => expect(await full(`${command} > /dev/full`)).toEqual(told));
  test("for messages does not matter", async () => {
    const script = `-e 'probe begin { warn("lost") println("kept") exit() }'`;
    expect(await full(`${script} 2> /dev/full`)).toEqual({ status: 0, out: "kept\n", err: "" });
  });
});
