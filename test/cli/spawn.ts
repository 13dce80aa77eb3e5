/** Runs the built command line as its own process: what only a process shows — descriptors, signals, exit statuses. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../../", import.meta.url));
export const bin = join(repository, "bin/utap");
const root = join(tmpdir(), "utap-riscv64-root");
/** Not the user's. */
const cacheFolder = join(tmpdir(), "utap-test-cache");
export const busybox = join(root, "usr/bin/busybox");

export interface Ended {
  /** An exit status, or the name of the signal. */
  readonly status: number | string;
  readonly out: string;
  readonly err: string;
}

/** Builds dist/ when it is not there, and fetches Debian's busybox. */
export function prepare(): void {
  prepareBuild();
  execFileSync("node", ["tools/riscv64-root.mjs", root, "busybox-static"], { cwd: repository, stdio: "inherit" });
}

/** Builds dist/ when it is not there. */
export function prepareBuild(): void {
  if (!existsSync(join(repository, "dist/boot.cjs"))) execFileSync("node", ["tools/build.mjs"], { cwd: repository });
}

export interface Surroundings {
  /** What it reads; null leaves its input open. Nothing when absent. */
  readonly input?: string | null;
  /** Sees the process as soon as there is one. */
  readonly started?: (child: ChildProcess) => void;
  /** Sees the process and all of its output so far, at every piece. */
  readonly begin?: (child: ChildProcess, out: string) => void;
  readonly cwd?: string;
  readonly env?: { readonly [name: string]: string };
}

export async function utap(args: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  return run(process.execPath, [bin, ...args], surroundings);
}

export async function run(
  program: string,
  args: readonly string[],
  { input = "", started, begin, cwd = repository, env = {} }: Surroundings = {},
): Promise<Ended> {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, UTAP_CACHE_DIR: cacheFolder, ...env },
    stdio: "pipe",
    timeout: 20_000,
    killSignal: "SIGKILL",
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("latin1").on("data", (text: string) => {
    out += text;
    begin?.(child, out);
  });
  child.stderr.setEncoding("latin1").on("data", (text: string) => {
    err += text;
  });
  started?.(child);
  if (input !== null) child.stdin.end(input);
  const [code, signal] = await once(child, "close");
  return { status: code ?? signal, out, err };
}
