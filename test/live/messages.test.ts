/**
 * What utap says when a program cannot be started or a process cannot be taken: rows of a way to fail and its message.
 *
 * The first line says what is wrong, the hints what to do; the exit status is 1 and the script has not begun.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prepareBuild, utap } from "../cli/spawn.ts";
import { missingOracles } from "../oracles.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "utap-messages-")));
const script = ["-w", "-e", 'probe begin { println("begun") } probe process.syscall { }'];
const missing = missingOracles("gcc");

const run = (args: readonly string[]) => utap([...script, ...args], { cwd: folder });

/** ELF32 for i386 that exits with 7: header, one PT_LOAD, mov $1,%eax; mov $7,%ebx; int $0x80. */
function elf32(): Buffer {
  const code = Buffer.from("b801000000bb07000000cd80", "hex");
  const file = Buffer.alloc(84);
  file.write("7f454c46010101", "hex");
  for (const [at, value] of [
    [16, 2],
    [18, 3],
    [40, 52],
    [42, 32],
    [44, 1],
  ] as const)
    file.writeUInt16LE(value, at);
  for (const [at, value] of [
    [20, 1],
    [24, 0x8048054],
    [28, 52],
    [52, 1],
    [60, 0x8048000],
    [68, 96],
    [72, 96],
    [76, 5],
    [80, 4096],
  ] as const)
    file.writeUInt32LE(value, at);
  return Buffer.concat([file, code]);
}

describe.skipIf(missing.length > 0 || process.arch !== "x64")(`messages ${missing.join(" ")}`, () => {
  beforeAll(() => {
    prepareBuild();
    const built = spawnSync("gcc", ["-x", "c", "-o", "program", "-"], {
      cwd: folder,
      input: "int main() { return 7; }",
    });
    expect(built.status).toBe(0);
    const program = readFileSync(join(folder, "program"));
    const patched = (at: number, bytes: string): Buffer => {
      const copy = Buffer.from(program);
      copy.write(bytes, at, "latin1");
      return copy;
    };
    // biome-ignore format: table
    const files: { readonly [name: string]: string | Buffer } = {
      "bad-interpreter": "#!/no/such/thing\n", damaged: program.subarray(0, 100), i386: elf32(),
      aarch64: patched(18, "\xb7"), "no-loader": patched(program.indexOf("/lib64/ld-"), "/nib"),
      garbage: Buffer.from([1, 0, 2, 3]), busy: program, plain: "hello\n",
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o755 });
    chmodSync(join(folder, "plain"), 0o644);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  // biome-ignore format: table
  const rows: readonly (readonly [command: string, message: string])[] = [
    ["nosuchprogram",     "error[usage]: -c 'nosuchprogram': there is no program 'nosuchprogram' on the PATH\n"],
    ["plain 1",           "error[usage]: -c 'plain 1': there is no program 'plain' on the PATH\n  hint: one of that name is in this folder: -c './plain 1'\n"],
    ["A=1 ls",            "error[usage]: -c 'A=1 ls': there is no program 'A=1' on the PATH\n  hint: variables of the environment are set by env: -c 'env A=1 ls'\n"],
    ["./nosuch",          "error[target-exec]: cannot run ./nosuch: there is no such file\n"],
    ["/tmp",              "error[target-exec]: cannot run /tmp: it is a folder\n"],
    ["./plain",           "error[target-exec]: cannot run ./plain: you may not execute it\n  hint: if it is a program: chmod +x ./plain\n"],
    ["./bad-interpreter", "error[target-exec]: cannot run ./bad-interpreter: its first line wants /no/such/thing, and that does not exist\n"],
    ["./no-loader",       "error[target-exec]: cannot run ./no-loader: it needs the dynamic loader /nib64/ld-linux-x86-64.so.2, and that does not exist\n  hint: a package with that C library is missing; or run it where it was made for\n"],
    ["./garbage",         "error[target-exec]: cannot run ./garbage: it is neither a program nor a script\n  hint: file ./garbage tells what it is\n"],
    ["./damaged",         "error[target-exec]: cannot run ./damaged: its file is damaged: the head of an ELF file, and no program behind it\n  hint: readelf -l says what is wrong\n"],
    ["./i386",            "error[target-exec]: cannot run ./i386: it is a 32-bit program\n  hint: only 64-bit programs can be traced; compile it for x86_64 (gcc -m64)\n"],
    ["./aarch64",         "error[target-exec]: cannot run ./aarch64: it is a program for aarch64, and this machine is x86_64\n"],
    ["ls | wc",           "error[usage]: -c 'ls | wc': '|' is a shell's, and no shell runs the command\n  hint: quote it to pass it on, or run a shell: -c 'sh -c \"ls | wc\"'\n"],
  ];
  for (const [command, message] of rows) {
    test(`-c '${command}'`, async () => {
      expect(await run(["-c", command])).toEqual({ status: 1, out: "", err: message });
    });
  }

  // biome-ignore format: table
  const ofTheModel: readonly (readonly string[])[] = [["--cpus", "2"], ["--writable", "/tmp"], ["--sysroot", "/", "--target", "live"]];
  test.each(ofTheModel)("%s", async (option, ...values) => {
    const { status, err } = await run([option, ...values, "-c", "true"]);
    expect([status, err]).toEqual([
      1,
      expect.stringMatching(`^error\\[usage\\]: ${option} is the model's: a live program `),
    ]);
  });

  test("a program that somebody writes to", async () => {
    const fd = openSync(join(folder, "busy"), "a");
    try {
      expect((await run(["-c", "./busy"])).err).toContain("cannot run ./busy: somebody is writing to its file");
    } finally {
      closeSync(fd);
    }
  });

  test("a 32-bit program that a traced one starts runs as ever", async () => {
    expect(await run(["-c", "sh -c './i386; echo $?'"])).toEqual({ status: 0, out: "begun\n7\n", err: "" });
  });

  test("-x: no such process, a thread, one that is traced already", async () => {
    expect((await run(["-x", "4194999"])).err).toContain("there is no such process");
    const threads = spawn("python3", [
      "-c",
      "import threading as t; t.Thread(target=input).start(); print(1, flush=True); input()",
    ]);
    const traced = spawn("sleep", ["100"]);
    try {
      await once(threads.stdout, "data");
      const pid = threads.pid ?? 0;
      const tid = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8") === "" ? otherThread(pid) : 0;
      expect((await run(["-x", String(tid)])).err).toContain(
        `${tid} is one thread of process ${pid}\n  hint: trace the process: -x ${pid}`,
      );
      const first = await utap(["-e", "probe timer.s(100) { println(1) }", "-x", String(traced.pid)], {
        started: (child) =>
          void waitForTracer(traced.pid ?? 0).then(async () => {
            second = await run(["-x", String(traced.pid)]);
            child.kill("SIGINT");
          }),
      });
      expect(first.status).toBe(0);
      expect(second?.err).toContain("traces it already, and there can be only one");
    } finally {
      threads.kill("SIGKILL");
      traced.kill("SIGKILL");
    }
  });
});

let second: Awaited<ReturnType<typeof utap>> | undefined;

function otherThread(pid: number): number {
  const tids = spawnSync("ls", [`/proc/${pid}/task`], { encoding: "utf8" })
    .stdout.trim()
    .split("\n")
    .map(Number);
  return tids.find((tid) => tid !== pid) ?? 0;
}

async function waitForTracer(pid: number): Promise<void> {
  for (let looks = 0; looks < 1500; looks++) {
    if (/^TracerPid:\t[1-9]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
