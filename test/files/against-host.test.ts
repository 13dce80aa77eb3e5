/**
 * Random operations on names and files, done twice: by the model and by the host's own file system.
 *
 * The oracle is the host (a Linux): the same operations on a real directory through `node:fs` must give the same results
 * and the same errors, and leave the same tree. The model runs once copy-on-write, where its own host folder must
 * not change at all, and once write-through, where the host folder must end equal to the oracle's.
 * `..` appears only after a name, and never in a link, so that nothing can leave the directory.
 */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHostFolder, openWritableHostFolder } from "../../cli/host-files.ts";
import { mountHostFolder } from "../../kernel/files/overlay.ts";
import { FileMemory } from "../../kernel/files/page-cache.ts";
import { mountWritableFolder } from "../../kernel/files/write-through.ts";
import { ERRNO } from "../../target/errno.ts";
import { TestKernel } from "./harness.ts";

type Operation =
  | {
      readonly op: "mkdir" | "rmdir" | "unlink" | "readlink" | "readdir" | "lstat" | "stat" | "read";
      readonly path: string;
    }
  | { readonly op: "rename" | "link"; readonly path: string; readonly to: string }
  | { readonly op: "symlink"; readonly path: string; readonly target: string }
  | { readonly op: "chmod"; readonly path: string; readonly mode: number }
  | { readonly op: "truncate"; readonly path: string; readonly size: number }
  | {
      readonly op: "write";
      readonly path: string;
      readonly flags: number;
      readonly offset: number;
      readonly text: string;
    };

const name = fc.constantFrom("a", "b", "c", "d", "e");
const path = fc
  .tuple(fc.array(name, { minLength: 1, maxLength: 3 }), fc.constantFrom("", "", "", "", "/", "/.", "/x/..", "//"))
  .map(([names, end]) => (end === "/x/.." ? `${names[0]}/../${names.join("/")}` : names.join("/") + end));
const target = fc.array(name, { minLength: 1, maxLength: 2 }).map((names) => names.join("/"));
const { O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NOFOLLOW, O_WRONLY, O_RDWR } = fs.constants;
const flags = fc
  .subarray([O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NOFOLLOW])
  .map((set) => set.reduce((all, flag) => all | flag, O_RDWR))
  // O_EXCL without O_CREAT is undefined (open(2)).
  .map((all) => ((all & O_CREAT) === 0 ? all & ~O_EXCL : all));

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ op: fc.constantFrom("mkdir" as const, "mkdir" as const, "rmdir" as const, "unlink" as const), path }),
  fc.record({ op: fc.constantFrom("readlink" as const, "readdir" as const, "lstat" as const, "stat" as const), path }),
  fc.record({ op: fc.constant("read" as const), path }),
  fc.record({ op: fc.constantFrom("rename" as const, "rename" as const, "link" as const), path, to: path }),
  fc.record({ op: fc.constant("symlink" as const), path, target }),
  fc.record({ op: fc.constant("chmod" as const), path, mode: fc.constantFrom(0o755, 0o700, 0o644) }),
  fc.record({ op: fc.constant("truncate" as const), path, size: fc.constantFrom(0, 3, 70_000, 200_000) }),
  fc.record({
    op: fc.constant("write" as const),
    path,
    flags,
    offset: fc.constantFrom(0, 2, 65_534, 131_072),
    text: fc.constantFrom("x", "hello", "0123456789".repeat(20)),
  }),
);

let base = "";
beforeAll(() => {
  base = fs.mkdtempSync(join(tmpdir(), "utap-files-"));
});
afterAll(() => fs.rmSync(base, { recursive: true, force: true }));

function populate(directory: string): string {
  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(join(directory, "a/b"), { recursive: true });
  fs.mkdirSync(join(directory, "c"));
  fs.writeFileSync(join(directory, "a/c"), "text of a/c");
  fs.writeFileSync(join(directory, "a/b/d"), Buffer.alloc(150_000, "0123456789abcdefX"));
  fs.symlinkSync("a/b", join(directory, "d"));
  fs.symlinkSync("nowhere", join(directory, "c/a"));
  fs.linkSync(join(directory, "a/c"), join(directory, "c/e"));
  return directory;
}

/** The tree as text: every name with type, mode, links and what its content sums up to. */
function picture(directory: string, from = ""): string {
  let text = "";
  for (const entry of fs.readdirSync(join(directory, from)).sort()) {
    const at = `${from}/${entry}`;
    const stat = fs.lstatSync(directory + at);
    const links = stat.isDirectory() ? 0 : stat.nlink;
    text += `${at} ${stat.mode.toString(8)} ${links} `;
    if (stat.isSymbolicLink()) text += `-> ${fs.readlinkSync(directory + at)}\n`;
    else if (stat.isDirectory()) text += `\n${picture(directory, at)}`;
    else text += `${digest(fs.readFileSync(directory + at, "latin1"))}\n`;
  }
  return text;
}

function byHost(directory: string, o: Operation): string {
  const at = `${directory}/${o.path}`;
  try {
    switch (o.op) {
      case "mkdir":
        fs.mkdirSync(at, 0o755);
        return "0";
      case "rmdir":
        fs.rmdirSync(at);
        return "0";
      case "unlink":
        fs.unlinkSync(at);
        return "0";
      case "readlink":
        return fs.readlinkSync(at);
      case "readdir":
        return fs.readdirSync(at).sort().join();
      case "lstat":
      case "stat": {
        const stat = o.op === "stat" ? fs.statSync(at) : fs.lstatSync(at);
        return `${stat.mode} ${stat.nlink} ${stat.isDirectory() ? 0 : stat.size}`;
      }
      case "read":
        return digest(fs.readFileSync(at, "latin1"));
      case "rename":
        fs.renameSync(at, `${directory}/${o.to}`);
        return "0";
      case "link":
        fs.linkSync(at, `${directory}/${o.to}`);
        return "0";
      case "symlink":
        fs.symlinkSync(o.target, at);
        return "0";
      case "chmod":
        fs.chmodSync(at, o.mode);
        return "0";
      case "truncate": {
        const fd = fs.openSync(at, O_WRONLY);
        fs.ftruncateSync(fd, o.size);
        fs.closeSync(fd);
        return "0";
      }
      case "write": {
        const fd = fs.openSync(at, o.flags, 0o644);
        const count = fs.writeSync(fd, o.text, o.offset);
        fs.closeSync(fd);
        return String(count);
      }
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

function byModel(k: TestKernel, o: Operation): string {
  const at = `/${o.path}`;
  const AT_FDCWD = -100;
  switch (o.op) {
    case "mkdir":
      return result(k.call("mkdirat", AT_FDCWD, at, 0o755));
    case "rmdir":
      return result(k.call("unlinkat", AT_FDCWD, at, 0x200));
    case "unlink":
      return result(k.call("unlinkat", AT_FDCWD, at, 0));
    case "readlink": {
      const count = k.call("readlinkat", AT_FDCWD, at, 1 << 19, 4096);
      return count < 0 ? result(count) : Buffer.from(k.memory.subarray(1 << 19, (1 << 19) + count)).toString("latin1");
    }
    case "readdir": {
      const names = k.list(at);
      return typeof names === "number" ? result(names) : names.slice(2).join();
    }
    case "lstat":
    case "stat": {
      const stat = k.stat(at, o.op === "stat" ? 0 : 0x100);
      if (typeof stat === "number") return result(stat);
      const mode = stat.getUint32(16, true);
      const size = (mode & 0o170000) === 0o040000 ? 0 : Number(stat.getBigInt64(48, true));
      return `${mode} ${stat.getUint32(20, true)} ${size}`;
    }
    case "read": {
      const fd = k.open(at);
      if (fd < 0) return result(fd);
      const text = k.read(fd, 400_000);
      k.call("close", fd);
      return typeof text === "number" ? result(text) : digest(text);
    }
    case "rename":
      return result(k.call("renameat2", AT_FDCWD, at, AT_FDCWD, `/${o.to}`, 0));
    case "link":
      return result(k.call("linkat", AT_FDCWD, at, AT_FDCWD, `/${o.to}`, 0));
    case "symlink":
      return result(k.call("symlinkat", o.target, AT_FDCWD, at));
    case "chmod":
      return result(k.call("fchmodat", AT_FDCWD, at, o.mode));
    case "truncate": {
      const fd = k.open(at, O_WRONLY);
      if (fd < 0) return result(fd);
      const error = k.call("ftruncate", fd, o.size);
      k.call("close", fd);
      return result(error);
    }
    case "write": {
      const fd = k.open(at, o.flags, 0o644);
      if (fd < 0) return result(fd);
      const count = k.call("pwrite64", fd, o.text, o.text.length, o.offset);
      k.call("close", fd);
      return result(count);
    }
  }
}

function result(value: number): string {
  if (value >= 0) return String(value);
  return Object.entries(ERRNO).find(([, number]) => number === -value)?.[0] ?? String(value);
}

/** Short enough for a message, long enough to differ. */
function digest(text: string): string {
  let sum = 7;
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) | 0;
  return `${text.length} bytes, ${text.slice(0, 20).replaceAll("\0", ".")}, ${sum}`;
}

const runs = { numRuns: Number(process.env.FILES_RUNS ?? 100), seed: Number(process.env.FILES_SEED ?? 11) };
const sequence = fc.array(operation, { minLength: 1, maxLength: 25 });
const uid = process.getuid?.() ?? 0;

test("copy-on-write: as the host does it, and the host folder stays as it was", () => {
  const mine = populate(join(base, "cow"));
  const before = picture(mine);
  fc.assert(
    fc.property(sequence, (operations) => {
      const theirs = populate(join(base, "oracle"));
      const root = mountHostFolder(openHostFolder(mine), 1, new FileMemory(), () => 1n);
      const k = new TestKernel(root as Exclude<typeof root, number>, uid);
      for (const o of operations) expect(byModel(k, o), JSON.stringify(o)).toBe(byHost(theirs, o));
    }),
    runs,
  );
  expect(picture(mine)).toBe(before);
});

test("write-through: as the host does it, and the same tree in the end", () => {
  fc.assert(
    fc.property(sequence, (operations) => {
      const theirs = populate(join(base, "oracle"));
      const mine = populate(join(base, "through"));
      const root = mountWritableFolder(openWritableHostFolder(mine), 1, new FileMemory(), () => 1n);
      const k = new TestKernel(root as Exclude<typeof root, number>, uid);
      for (const o of operations) {
        // Left out of write-through: a second name for a symbolic link.
        if (o.op === "link" && !/^E[A-Z]+$/.test(byHost(theirs, { op: "readlink", path: o.path }))) continue;
        expect(byModel(k, o), JSON.stringify(o)).toBe(byHost(theirs, o));
      }
      expect(picture(mine)).toBe(picture(theirs));
    }),
    runs,
  );
});
