/** System calls on files, one behaviour each; expectations are those of the manual page that the test names. */
import { expect, test } from "vitest";
import type { Console } from "../../kernel/files/console.ts";
import { makeDevfs } from "../../kernel/files/devfs.ts";
import { FileMemory } from "../../kernel/files/page-cache.ts";
import { makeRamfs } from "../../kernel/files/ramfs.ts";
import { ERRNO } from "../../target/errno.ts";
import { SIG } from "../../target/signals.ts";
import { BUFFER, TestKernel } from "./harness.ts";

const CWD = -100;
const [O_WRONLY, O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW, O_DIRECTORY, O_CLOEXEC, O_PATH] = [
  0o1, 0o2, 0o100, 0o2000, 0o400000, 0o200000, 0o2000000, 0o10000000,
];

test("dup and fork share the offset, a second open does not (open(2))", () => {
  const k = new TestKernel();
  const fd = k.open("/f", O_RDWR | O_CREAT);
  k.write(fd, "abcdef");
  expect(k.call("lseek", fd, 0, 0)).toBe(0);
  const copy = k.call("dup", fd);
  expect(k.read(fd, 2)).toBe("ab");
  expect(k.read(copy, 2)).toBe("cd");
  const parent = k.files;
  k.files = parent.clone();
  expect(k.read(fd, 1)).toBe("e");
  k.files.release({ wake: () => {} });
  k.files = parent;
  expect(k.read(copy, 9)).toBe("f");
  expect(k.read(k.open("/f"), 3)).toBe("abc");
});

test("O_APPEND writes at the end, whoever extended the file", () => {
  const k = new TestKernel();
  const first = k.open("/f", O_WRONLY | O_CREAT | O_APPEND);
  const second = k.open("/f", O_WRONLY | O_APPEND);
  for (const [fd, text] of [
    [first, "a"],
    [second, "b"],
    [first, "c"],
  ] as const)
    k.write(fd, text);
  expect(k.read(k.open("/f"), 9)).toBe("abc");
});

test("a hole reads as zeroes and takes no memory; absurd sizes are EFBIG or EINVAL", () => {
  const k = new TestKernel();
  const fd = k.open("/f", O_RDWR | O_CREAT);
  expect(k.call("ftruncate", fd, 2 ** 40)).toBe(0);
  expect(k.call("lseek", fd, 2 ** 39, 0)).toBe(2 ** 39);
  expect(k.read(fd, 3)).toBe("\0\0\0");
  expect(k.call("pwrite64", fd, "x", 1, 2 ** 40)).toBe(1);
  expect(k.call("lseek", fd, 0, 2)).toBe(2 ** 40 + 1);
  expect(k.call("ftruncate", fd, 2n ** 62n)).toBe(-ERRNO.EFBIG);
  expect(k.call("ftruncate", fd, -1)).toBe(-ERRNO.EINVAL);
  expect(k.call("pwrite64", fd, "x", 1, 2n ** 62n)).toBe(-ERRNO.EFBIG);
  expect(k.call("lseek", fd, -1, 0)).toBe(-ERRNO.EINVAL);
});

test("descriptors: lowest free, limits, close-on-exec (fcntl(2), dup(2))", () => {
  const k = new TestKernel();
  expect([k.open("/"), k.open("/"), k.open("/", O_CLOEXEC)]).toEqual([0, 1, 2]);
  k.call("close", 1);
  expect(k.call("fcntl", 0, 0, 1)).toBe(1);
  expect(k.call("fcntl", 0, 1030, 10)).toBe(10);
  expect([0, 1, 2, 10].map((fd) => k.call("fcntl", fd, 1))).toEqual([0, 0, 1, 1]);
  expect(k.call("dup3", 0, 0, 0)).toBe(-ERRNO.EINVAL);
  expect(k.call("dup3", 0, 5000, 0)).toBe(-ERRNO.EBADF);
  k.files.closeOnExec({ wake: () => {} });
  expect(k.files.fds()).toEqual([0, 1]);
  for (let i = 2; i < 1024; i++) expect(k.open("/")).toBe(i);
  expect(k.open("/")).toBe(-ERRNO.EMFILE);
});

test("symbolic links: loops, chains of 40, O_NOFOLLOW, dangling with O_CREAT (path_resolution(7))", () => {
  const k = new TestKernel();
  const link = (target: string, path: string): number => k.call("symlinkat", target, CWD, path);
  link("/loop2", "/loop");
  link("loop", "/loop2");
  expect(k.open("/loop")).toBe(-ERRNO.ELOOP);
  expect(k.open("/loop/x", O_CREAT)).toBe(-ERRNO.ELOOP);
  expect(k.open("/loop", O_CREAT)).toBe(-ERRNO.ELOOP);
  k.open("/l0", O_CREAT);
  for (let i = 1; i <= 41; i++) link(`l${i - 1}`, `/l${i}`);
  expect(k.open("/l40")).toBeGreaterThanOrEqual(0);
  expect(k.open("/l41")).toBe(-ERRNO.ELOOP);
  expect(k.open("/l1", O_NOFOLLOW)).toBe(-ERRNO.ELOOP);
  expect(k.open("/l1", O_NOFOLLOW | O_PATH)).toBeGreaterThanOrEqual(0);
  link("made", "/dangling");
  expect(k.open("/dangling", O_CREAT | O_WRONLY)).toBeGreaterThanOrEqual(0);
  expect(k.open("/made")).toBeGreaterThanOrEqual(0);
});

test("names: too long, empty, through a file; bad pointers", () => {
  const k = new TestKernel();
  k.open("/f", O_CREAT);
  expect(k.open("")).toBe(-ERRNO.ENOENT);
  expect(k.open(`/${"n".repeat(256)}`)).toBe(-ERRNO.ENAMETOOLONG);
  expect(k.open("/f".repeat(2500))).toBe(-ERRNO.ENAMETOOLONG);
  expect(k.open("/f/x")).toBe(-ERRNO.ENOTDIR);
  expect(k.open("/f/")).toBe(-ERRNO.ENOTDIR);
  expect(k.open("/f", O_DIRECTORY)).toBe(-ERRNO.ENOTDIR);
  expect(k.call("openat", CWD, 0, 0, 0)).toBe(-ERRNO.EFAULT);
  expect(k.call("read", 0, 0, 1)).toBe(0); // nothing to copy
  expect(k.call("newfstatat", CWD, "/f", 8, 0)).toBe(-ERRNO.EFAULT);
});

test(".. stops at the root; getcwd, chdir and chroot (getcwd(2))", () => {
  const k = new TestKernel();
  const cwd = (): string | number => {
    const length = k.call("getcwd", BUFFER, 100);
    return length < 0 ? length : Buffer.from(k.memory.subarray(BUFFER, BUFFER + length - 1)).toString();
  };
  k.call("mkdirat", CWD, "/a", 0o755);
  k.call("mkdirat", CWD, "/a/b", 0o755);
  expect(k.call("chdir", "a/b/../../../../a/b")).toBe(0);
  expect(cwd()).toBe("/a/b");
  k.call("renameat2", CWD, "/a", CWD, "/z", 0);
  expect(cwd()).toBe("/z/b");
  expect(k.call("getcwd", BUFFER, 4)).toBe(-ERRNO.ERANGE);
  k.call("unlinkat", CWD, "/z/b", 0x200);
  expect(cwd()).toBe(-ERRNO.ENOENT);
  expect(k.open("new", O_CREAT)).toBe(-ERRNO.ENOENT);
  k.call("chdir", "/z");
  k.call("chroot", ".");
  expect(k.call("chdir", "..")).toBe(0);
  expect(k.fs.cwd).toBe(k.fs.root);
});

test("permissions: mode bits, search, sticky, umask, ownership", () => {
  const k = new TestKernel();
  const become = (uid: number): void => void Object.assign(k.task, { uid, euid: uid, gid: uid, egid: uid });
  k.call("mkdirat", CWD, "/tmp", 0o777);
  k.call("fchmodat", CWD, "/tmp", 0o1777);
  k.call("mkdirat", CWD, "/secret", 0o700);
  k.open("/secret/f", O_CREAT);
  k.open("/read-only", O_CREAT, 0o644);
  become(5);
  k.fs.umask = 0o027;
  expect(k.open("/tmp/mine", O_CREAT, 0o666)).toBeGreaterThanOrEqual(0);
  const stat = k.stat("/tmp/mine") as DataView;
  expect([stat.getUint32(16, true), stat.getUint32(24, true)]).toEqual([0o100640, 5]);
  expect(k.open("/secret/f")).toBe(-ERRNO.EACCES);
  expect(k.open("/read-only", O_WRONLY)).toBe(-ERRNO.EACCES);
  expect(k.open("/new", O_CREAT)).toBe(-ERRNO.EACCES);
  expect(k.call("fchownat", CWD, "/tmp/mine", 6, -1, 0)).toBe(-ERRNO.EPERM);
  expect(k.call("fchmodat", CWD, "/read-only", 0o777)).toBe(-ERRNO.EPERM);
  expect(k.call("faccessat", CWD, "/read-only", 4)).toBe(0);
  expect(k.call("faccessat", CWD, "/read-only", 2)).toBe(-ERRNO.EACCES);
  become(6);
  expect(k.open("/tmp/mine")).toBe(-ERRNO.EACCES);
  expect(k.call("unlinkat", CWD, "/tmp/mine", 0)).toBe(-ERRNO.EPERM);
  become(0);
  expect(k.open("/tmp/mine", O_RDWR)).toBeGreaterThanOrEqual(0);
  expect(k.call("faccessat", CWD, "/tmp/mine", 1)).toBe(-ERRNO.EACCES);
});

test("an unlinked file lives while it is open; its last close gives the memory back", () => {
  const memory = new FileMemory();
  const k = new TestKernel(makeRamfs(1, memory, () => 0n));
  const before = memory.free;
  const fd = k.open("/f", O_RDWR | O_CREAT);
  k.write(fd, "text");
  k.call("unlinkat", CWD, "/f", 0);
  expect(memory.free).toBeLessThan(before);
  k.call("lseek", fd, 0, 0);
  expect(k.read(fd, 9)).toBe("text");
  k.call("close", fd);
  expect(memory.free).toBe(before);
});

test("listing is sorted, complete through small buffers, with . and ..", () => {
  const k = new TestKernel();
  const names = Array.from({ length: 50 }, (_, i) => `name-${(i * 37) % 50}`);
  for (const name of names) k.open(`/${name}`, O_CREAT);
  expect(k.list("/")).toEqual([".", "..", ...names.sort()]);
  expect(k.call("getdents64", k.open("/", O_DIRECTORY), BUFFER, 8)).toBe(-ERRNO.EINVAL);
});

test("mounts are crossed both ways; no rename or link across, no removal", () => {
  const k = new TestKernel();
  k.call("mkdirat", CWD, "/m", 0o755);
  expect(
    k.vfs.mount(
      "/m",
      makeRamfs(2, new FileMemory(), () => 0n),
    ),
  ).toBe(0);
  k.call("mkdirat", CWD, "/m/d", 0o755);
  k.open("/f", O_CREAT);
  expect(k.list("/m")).toEqual([".", "..", "d"]);
  expect(k.vfs.resolve("/m/d/../../m/./d")).toBe("/m/d");
  expect(k.call("renameat2", CWD, "/f", CWD, "/m/f", 0)).toBe(-ERRNO.EXDEV);
  expect(k.call("linkat", CWD, "/f", CWD, "/m/f", 0)).toBe(-ERRNO.EXDEV);
  expect(k.call("unlinkat", CWD, "/m", 0x200)).toBe(-ERRNO.EBUSY);
});

function devices(tty: boolean): { k: TestKernel; written: string[]; close: () => void } {
  const written: string[] = [];
  let open = true;
  const input = ["line\n"];
  const console: Console = {
    write: (stream, bytes) => (open ? void written.push(`${stream}:${Buffer.from(bytes)}`) : "closed"),
    read: () => Buffer.from(input.shift() ?? "").subarray() as Uint8Array,
    isTty: () => tty,
    windowSize: () => ({ rows: 25, columns: 81 }),
  };
  const k = new TestKernel();
  k.call("mkdirat", CWD, "/dev", 0o755);
  const devfs = makeDevfs(3, console, new FileMemory(), () => 0n);
  k.vfs.mount("/dev", devfs.root);
  for (const file of devfs.standardFiles) k.files.install(file);
  if (tty) Object.assign(k.task.process as object, { terminal: devfs.device });
  return { k, written, close: () => (open = false) };
}

test("devices: null, zero, full, urandom (null(4), full(4), random(4))", () => {
  const { k } = devices(false);
  const open = (name: string): number => k.open(`/dev/${name}`, O_RDWR);
  expect(k.read(open("null"), 9)).toBe("");
  expect(k.write(open("null"), "abc")).toBe(3);
  expect(k.read(open("zero"), 2)).toBe("\0\0");
  expect(k.write(open("full"), "abc")).toBe(-ERRNO.ENOSPC);
  expect(new Set(k.read(open("urandom"), 64) as string).size).toBeGreaterThan(10);
  expect((k.stat("/dev/null") as DataView).getBigUint64(32, true)).toBe(0x103n);
  expect(open("tty")).toBe(-ERRNO.ENXIO);
});

test("console: a terminal has termios and a window, a pipe has neither and can break", () => {
  const tty = devices(true);
  expect(tty.k.call("ioctl", 1, 0x5401, BUFFER)).toBe(0);
  expect(tty.k.call("ioctl", 1, 0x5413, BUFFER)).toBe(0);
  expect([...tty.k.memory.subarray(BUFFER, BUFFER + 4)]).toEqual([25, 0, 81, 0]);
  expect(tty.k.write(tty.k.open("/dev/tty", O_RDWR), "x")).toBe(1);
  expect(tty.k.read(0, 99)).toBe("line\n");
  const pipe = devices(false);
  expect(pipe.k.call("ioctl", 1, 0x5401, BUFFER)).toBe(-ERRNO.ENOTTY);
  expect(pipe.k.write(2, "oops")).toBe(4);
  expect(pipe.k.call("lseek", 1, 0, 1)).toBe(-ERRNO.ESPIPE);
  expect(pipe.written).toEqual(["2:oops"]);
  pipe.close();
  expect(pipe.k.write(1, "x")).toBe(-ERRNO.EPIPE);
  expect(pipe.k.signals).toEqual([SIG.SIGPIPE]);
});

test("calls of sockets on what is none", () => {
  const k = new TestKernel();
  // AF_APPLETALK
  expect(k.call("socket", 5, 1, 0)).toBe(-ERRNO.EAFNOSUPPORT);
  expect(k.call("connect", 99, 0, 0)).toBe(-ERRNO.EBADF);
  expect(k.call("connect", k.open("/"), 0, 0)).toBe(-ERRNO.ENOTSOCK);
});
