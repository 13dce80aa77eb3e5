/**
 * Users without capabilities: what they may trace is traced, and the rest is refused with the reason.
 *
 * utap is copied to a folder that everybody can read and run as nobody, with setpriv; so these tests need root.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prepareBuild, repository } from "../cli/spawn.ts";
import { missingOracles } from "../oracles.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "utap-users-")));
const NOBODY = 65534;
const asNobody = ["--reuid", `${NOBODY}`, "--regid", `${NOBODY}`, "--clear-groups"];
const lacking = [...missingOracles("setpriv"), ...(process.geteuid?.() === 0 ? [] : ["root"])];

function utap(...args: readonly string[]) {
  const env = { PATH: "/usr/bin:/bin", HOME: folder, UTAP_CACHE_DIR: join(folder, "cache") };
  const command = [...asNobody, process.execPath, join(folder, "app/bin/utap"), ...args];
  const { status, stdout, stderr } = spawnSync("setpriv", command, {
    cwd: folder,
    env,
    encoding: "utf8",
    timeout: 20_000,
  });
  return { status, out: stdout, err: stderr };
}

describe.skipIf(lacking.length > 0 || process.arch !== "x64")(`users, needs ${lacking.join(" ")}`, () => {
  beforeAll(() => {
    prepareBuild();
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, "app"));
    mkdirSync(join(folder, "cache"));
    chownSync(join(folder, "cache"), NOBODY, NOBODY);
    // What an installation has.
    for (const name of ["bin", "dist", "tapsets", "package.json", "node_modules/koffi", "node_modules/@koromix"])
      cpSync(join(repository, name), join(folder, "app", name), { recursive: true, dereference: true });
    copyFileSync("/usr/bin/id", join(folder, "setuid"));
    chmodSync(join(folder, "setuid"), 0o4755);
    copyFileSync("/bin/sleep", join(folder, "unreadable"));
    chmodSync(join(folder, "unreadable"), 0o711);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("-c, with a filter and without", () => {
    const script = 'probe syscall.write.return { if (pid() == target()) printf("%s = %d\\n", name, retval) }';
    for (const options of [[], ["--no-filter"]])
      expect(utap(...options, "-e", script, "-c", "echo hello")).toEqual({
        status: 0,
        out: "hello\nwrite = 6\n",
        err: "",
      });
  });

  test("-x of their own processes", async () => {
    const sleeper = spawn("setpriv", [...asNobody, "sh", "-c", "echo; while sleep 0.05; do :; done"]);
    await once(sleeper.stdout, "data");
    const answer = utap("-e", 'probe process.syscall { println("called") exit() }', "-x", String(sleeper.pid));
    expect(answer).toEqual({ status: 0, out: "called\n", err: "" });
    expect(sleeper.exitCode).toBeNull();
    sleeper.kill("SIGKILL");
  });

  test("-x of somebody else's", () => {
    expect(utap("-e", 'probe end { println("end") }', "-x", String(process.pid))).toEqual({
      status: 1,
      out: "",
      err:
        `error[usage]: process ${process.pid} cannot be traced: it belongs to user 0, and utap runs as user ${NOBODY}\n` +
        `  hint: become root: sudo utap -x ${process.pid} …\n`,
    });
  });

  test("set-user-ID programs run without their rights, which is said", () => {
    const { status, out, err } = utap("-e", 'probe end { println("end") }', "-c", "./setuid -u");
    expect({ status, out }).toEqual({ status: 0, out: `${NOBODY}\nend\n` });
    expect(err).toContain("./setuid runs without the rights of user 0");
    expect(utap("-w", "-e", 'probe end { println("end") }', "-c", "./setuid -u").err).toBe("");
  });

  test("a program that cannot be read can be started, and cannot be taken", async () => {
    expect(utap("-e", 'probe end { println("end") }', "-c", "./unreadable 0")).toMatchObject({
      status: 0,
      out: "end\n",
    });
    const running = spawn("setpriv", [...asNobody, "env", join(folder, "unreadable"), "100"]);
    await once(running, "spawn");
    try {
      // It is setpriv and env for a moment, which can be read.
      for (
        let i = 0;
        i < 500 && !/unread/.test(spawnSync("cat", [`/proc/${running.pid}/comm`]).stdout.toString());
        i++
      );
      const { status, err } = utap("-e", 'probe end { println("end") }', "-x", String(running.pid));
      expect(status).toBe(1);
      expect(err).toContain("it does not let itself be observed");
    } finally {
      running.kill("SIGKILL");
    }
  });
});
