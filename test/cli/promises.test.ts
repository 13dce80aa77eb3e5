/**
 * What the command line promises about files, statuses, streams and signals.
 *
 * The programs are Debian's busybox; what it prints here is what POSIX says of each utility. Statuses are a shell's:
 * 128 and the number of the signal that ended the program.
 */
import type { ChildProcess } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingOracles, testWith } from "../oracles.ts";
import { bin, busybox, prepare, run, utap } from "./spawn.ts";

const it = testWith("apt-get");
const QUIET = 'probe begin { print("") }';
const END = 'probe end { println("end") }';

let folder = "";
beforeAll(() => {
  if (missingOracles("apt-get").length > 0) return;
  prepare();
  folder = mkdtempSync(join(tmpdir(), "utap-cli-"));
}, 300_000);
afterAll(() => {
  if (folder) rmSync(folder, { recursive: true });
});

const sh = (script: string): string => `${busybox} sh -c '${script}'`;

/** Every name under a folder, with the content of files. */
function tree(at: string): string[] {
  return readdirSync(at, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return `${path.slice(at.length)}${entry.isFile() ? ` ${readFileSync(path, "utf8")}` : ""}`;
    })
    .sort();
}

function makeTree(name: string): string {
  const at = join(folder, name);
  mkdirSync(join(at, "sub"), { recursive: true });
  for (const file of ["keep", "gone", "old", "sub/deep"]) writeFileSync(join(at, file), `${file}\n`);
  return at;
}

const CHANGES = `rm gone; mv old new; echo more >>keep; mkdir made; echo x >made/x; rm -r sub; ln -s keep link;
  chmod 600 keep; touch empty; for f in $(busybox find . | busybox sort); do echo $f; done; cat keep link`;
const changes = CHANGES.replaceAll("busybox", busybox).replaceAll("\n", " ");
const SEEN = [".", "./empty", "./keep", "./link", "./made", "./made/x", "./new", "keep", "more", "keep", "more"];

describe("files", () => {
  it("the program sees its changes, the host does not", async () => {
    const at = makeTree("cow");
    const before = tree(at);
    const ended = await utap(["-e", QUIET, "-c", sh(changes)], { cwd: at });
    expect(ended).toEqual({ status: 0, out: `${SEEN.join("\n")}\n`, err: "" });
    expect(tree(at)).toEqual(before);
  });

  it("--writable lets exactly that folder through", async () => {
    const [open, shut] = [makeTree("open"), makeTree("shut")];
    const before = tree(shut);
    const script = `cd ${open}; ${changes}; cd ${shut}; rm keep; echo y >${open}/from-shut`;
    const ended = await utap(["--writable", open, "-e", QUIET, "-c", sh(script)]);
    expect(ended).toEqual({ status: 0, out: `${SEEN.join("\n")}\n`, err: "" });
    expect(tree(shut)).toEqual(before);
    expect(tree(open)).toEqual(
      // readdir does not follow the link, so it has no content here
      ["/empty ", "/from-shut y\n", "/keep keep\nmore\n", "/link", "/made", "/made/x x\n", "/new old\n"],
    );
  });

  it("--sysroot is the root, and the program is looked up inside it, through PATH too", async () => {
    const root = join(folder, "root");
    mkdirSync(join(root, "bin"), { recursive: true });
    writeFileSync(join(root, "bin/busybox"), readFileSync(busybox));
    chmodSync(join(root, "bin/busybox"), 0o755);
    const script = 'pwd; for f in /b*; do echo "$f"; done; echo /bin/*';
    const ended = await utap(["--sysroot", root, "-e", QUIET, "-c", `busybox sh -c '${script}'`]);
    expect(ended).toEqual({ status: 0, out: "/\n/bin\n/bin/busybox\n", err: "" });
    const outside = await utap(["--sysroot", root, "-e", QUIET, "-c", busybox]);
    expect([outside.status, outside.out]).toEqual([1, ""]);
    expect(outside.err).toContain("not found");
  });
});

describe("statuses and streams", () => {
  it("the exit status is the program's, 128 and the signal, or 1 for an error of the script", async () => {
    const all = await Promise.all([
      utap(["-e", QUIET, "-c", sh("exit 42")]),
      utap(["-e", QUIET, "-c", sh("kill -9 $$")]),
      utap(["-e", 'probe begin { error("no") }', "-c", sh("exit 42")]),
    ]);
    expect(all.map(({ status }) => status)).toEqual([42, 137, 1]);
    expect(all[2]?.err).toContain("ERROR: no");
  });

  // The shell makes 2 its descriptor 1 for the third echo.
  it("prints and writes come in order; -o takes the script's alone; a script comes from standard input", async () => {
    const script = 'probe process.syscall { if ($syscall == 64) printf("[%d]", $arg1) } probe end { println("end") }';
    const program = sh("echo a; echo b; echo c >&2");
    const file = join(folder, "output");
    expect(await utap(["-", "-c", program], { input: script })).toEqual({
      status: 0,
      out: "[1]a\n[1]b\n[1]end\n",
      err: "c\n",
    });
    expect(await utap(["-o", file, "-e", script, "-c", program])).toEqual({ status: 0, out: "a\nb\n", err: "c\n" });
    expect(readFileSync(file, "utf8")).toBe("[1][1][1]end\n");
  });

  it("a reader that leaves ends a script, and a program by SIGPIPE, without a word", async () => {
    const endless = sh("while echo y; do :; done; exit 3");
    const [alone, program] = await Promise.all([
      run("sh", ["-c", `"${bin}" -e 'probe timer.ms(1) { println("tick") }' | head -1`]),
      run("bash", [
        "-c",
        `"${bin}" -e 'probe end { print(1 == 2) }' -o /dev/null -c "${endless.replaceAll("'", '\\"')}" | head -1; echo \${PIPESTATUS[0]}`,
      ]),
    ]);
    expect(alone).toEqual({ status: 0, out: "tick\n", err: "" });
    expect(program).toEqual({ status: 0, out: "y\n141\n", err: "" });
  });

  it("output that cannot be written is an error in words", async () => {
    const ended = await run("sh", ["-c", `"${bin}" -e 'probe begin { println(1) exit() }' >/dev/full`]);
    expect(ended).toEqual({
      status: 1,
      out: "",
      err: "error[usage]: cannot write standard output: No space left on device\n",
    });
  });

  it("a script can be a program itself", async () => {
    const file = join(folder, "hello.stp");
    writeFileSync(file, '#!/usr/bin/env utap\nprobe begin { printf("hello %s\\n", @1) exit() }\n');
    chmodSync(file, 0o755);
    const path = join(folder, "path");
    mkdirSync(path);
    writeFileSync(join(path, "utap"), `#!/bin/sh\nexec "${bin}" "$@"\n`);
    chmodSync(join(path, "utap"), 0o755);
    expect(await run("sh", ["-c", `PATH="${path}:$PATH"; "${file}" world`])).toEqual({
      status: 0,
      out: "hello world\n",
      err: "",
    });
  });
});

describe("the end", () => {
  // Sent when "ready" has come.
  const interrupt = (args: readonly string[]) => {
    let sent = false;
    return utap(args, {
      input: null,
      begin: (child, out) => {
        if (sent || !out.includes("ready\n")) return;
        sent = true;
        setTimeout(() => child.kill("SIGINT"), 100);
      },
    });
  };

  it("Ctrl-C runs the end probes: of a script, with an endless program, with one that waits for input", async () => {
    const all = await Promise.all([
      interrupt(["-e", 'probe begin { println("ready") } probe end { println("end") }']),
      interrupt(["-e", END, "-c", sh("echo ready; while :; do :; done")]),
      interrupt(["-e", END, "-c", sh(`echo ready; exec ${busybox} cat`)]),
      interrupt(["-e", END, "-c", sh('trap "echo caught; exit 9" INT; echo ready; while :; do :; done')]),
    ]);
    const out = "ready\nend\n";
    expect(all).toEqual([
      { status: 0, out, err: "" },
      { status: 130, out, err: "" },
      { status: 130, out, err: "" },
      { status: 9, out: `${out}caught\n`, err: "" },
    ]);
  });

  it("Ctrl-C at a terminal is the same", async () => {
    const program = sh(`echo ready; exec ${busybox} cat`).replaceAll("'", '"');
    let sent = false;
    // exec: shells differ in what they do when Ctrl-C reaches them beside their child.
    const ended = await run("script", ["-qec", `exec "${bin}" -e '${END}' -c '${program}'`, "/dev/null"], {
      input: null,
      begin: (child, out) => {
        if (!sent && out.includes("ready")) setTimeout(() => child.stdin?.write("\x03"), 100);
        sent ||= out.includes("ready");
      },
    });
    expect([ended.out.replaceAll("\r", "").replace("^C", ""), ended.status]).toEqual(["ready\nend\n", 130]);
  });

  it("the second Ctrl-C ends what ignores the first", async () => {
    let signals = 0;
    const kill = (child: ChildProcess): void => {
      signals++;
      setTimeout(() => child.kill("SIGINT"), 100);
    };
    const ended = await utap(["-e", END, "-c", sh('trap "" INT; echo ready; while :; do :; done')], {
      begin: (child, out) => {
        if (signals === 0 && out.includes("ready")) kill(child);
        if (signals === 1 && out.includes("end")) kill(child);
      },
    });
    expect([ended.status, ended.out]).toEqual(["SIGINT", "ready\nend\n"]);
  });

  it("-T ends a script after so much of its clock", async () => {
    const clock = "probe begin, end { println(gettimeofday_ms()) }";
    const [alone, model] = await Promise.all([
      utap(["-T", "1", "-e", clock]),
      utap(["-T", "1", "-e", clock, "-c", `${busybox} sleep 100`]),
    ]);
    const times = ({ out }: { out: string }) => out.trim().split("\n").map(Number);
    const [from = 0, to = 0] = times(alone);
    // It counts from just before the begin probes.
    expect(to - from).toBeGreaterThanOrEqual(900);
    expect(to - from).toBeLessThan(3000);
    // The model's clock starts at 1.7e9 s, and nothing runs while sleep sleeps.
    expect(times(model)).toEqual([1_700_000_000_000, 1_700_000_001_000]);
  });
});

describe("chance", () => {
  it("one seed gives one run, another seed another", async () => {
    const trace = 'probe process.syscall { printf("%d %d %x %x %x\\n", tid(), $syscall, $arg1, $arg2, $arg3) }';
    const program = sh(`head -c 8 /dev/urandom | od -x; (echo a; echo b) | sort -r | wc & wait; mktemp -u`);
    const [a, b, c] = await Promise.all(
      ["7", "7", "8"].map((seed) => utap(["--seed", seed, "-e", trace, "-c", program])),
    );
    expect(a?.err).toBe("");
    expect(b).toEqual(a);
    expect(c?.out).not.toBe(a?.out);
  });
});

test("--dump-after with a pass that there is not", async () => {
  const { status, out, err } = await utap(["--dump-after=nothing", "-e", "probe begin { exit() }"]);
  expect([status, out]).toEqual([1, ""]);
  expect(err).toBe("error[usage]: --dump-after=nothing: there is no such pass\n  hint: --dump-after=help lists them\n");
});
