// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shell scripts
/**
 * Debian's busybox in the model and under qemu-riscv64: the same output, the same status.
 *
 * Each row runs in a fresh copy of one made-up folder, which the model sees at the same path and does not change: the same run again
 * gives the same events. What depends on
 * the machine (ps, id, df) is left out.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { lutimesSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { openHostFolder } from "../../cli/host-files.ts";
import { createModel } from "../../kernel/model.ts";
import { missingOracles, testWith } from "../oracles.ts";
import { logEvents } from "./event-log.ts";

const oracles = ["qemu-riscv64", "apt-get"];
const it = testWith(...oracles);
const root = join(tmpdir(), "utap-riscv64-root");
const busybox = join(root, "usr/bin/busybox");
const INPUT = "pear\napple\nfig\napple\nBanana\n";

// biome-ignore format: table
const scripts: readonly string[] = [
  "echo hello world; echo -n no newline; echo -e 'a\\tb'; printf '%5d|%-5s|%x\\n' 42 ab 255",
  "cat; cat fruit; cat no-such; echo $?",
  "ls -la .; ls -1 sub; ls -l fruit link",
  "ls -lR; ls -d */; stat -c '%n %s %F %a %h' fruit sub link",
  "cat fruit | sort | uniq -c | sort -rn | head -2; wc fruit; wc -l <fruit; wc -c fruit sub/deep",
  "grep -n a fruit; grep -c apple fruit; grep -v p fruit; grep -i banana fruit; grep -q zzz fruit; echo $?",
  "sed 's/a/A/g;2d' fruit; sed -n '/fig/,$p' fruit; sed -e 's/\\(p*\\)/[\\1]/' fruit",
  "awk '{ n[$1]++ } END { print n[\"apple\"], NR }' fruit; awk -F: 'BEGIN { print 1/3, 2^10, sin(1), length(\"abc\") }'",
  "awk '{ s += length($0); printf \"%s-%d\\n\", toupper($0), s }' fruit; awk 'BEGIN { while (i++ < 3) print i * 1.5 }'",
  "find . | sort; find . -name '*.txt' -type f; find . -type l; find sub -size -2",
  "mkdir -p a/b/c; mv a/b a/d; cp -r a e; cp fruit e/copy; ln -s e/copy s; cat s; rm -r a; find . | sort; rmdir e; echo $?",
  "ln fruit hard; stat -c %h fruit; rm fruit; cat hard; ls -i hard | wc -l; touch new; test -s new; echo $?",
  "cat <<EOF\nhere $((6 * 7)) $(echo sub)\nEOF\ncat <<'EOF'\n$raw\nEOF",
  "echo one >f; echo two >>f; cat <f; echo err >&2; ls no-such 2>&1; { echo a; echo b >&2; } 2>f; cat f; exec 3<f; read x <&3; echo $x",
  "(echo child; exit 3); echo $?; false; echo $?; true && echo yes || echo no; ! true; echo $?; f() { return 7; }; f; echo $?",
  "sleep 0.01 & sleep 0.02 & wait; echo waited; (exit 5) & wait $!; echo $?; sh -c 'exit 6' & wait $!; echo $?",
  "trap 'echo bye' EXIT; trap 'echo got' USR1; kill -USR1 $$; echo after",
  "exec 2>/dev/null; sleep 1000 & kill $!; wait $!; echo $?; (kill -9 $(exec sh -c 'echo $PPID')) 2>/dev/null; echo $?",
  // Whether the shell says "Killed" depends on which comes first, its wait or the end of the child.
  "exec 2>/dev/null; sleep 1000 & p=$!; kill -STOP $p; kill -CONT $p; kill -KILL $p; wait $p; echo $?",
  "trap '' TERM; kill -TERM $$; echo alive; trap - TERM; kill -TERM $$; echo dead",
  "test -f fruit && echo file; [ -d sub ] && echo dir; [ -L link ] && echo link; [ 3 -lt 20 ]; echo $?; [ a = b ]; echo $?; [ fruit -nt nothing ]; echo $?",
  "[ -x fruit ]; echo $?; [ -r fruit -a ! -e zip ]; echo $?; test -n ''; echo $?; case abc in a*) echo match;; esac",
  "for i in 1 2 3; do echo $i; done | while read n; do echo $((n * n)); done; i=0; until [ $i -ge 3 ]; do i=$((i + 1)); done; echo $i",
  "x=abcdef; echo ${#x} ${x#ab} ${x%ef} ${x:-no} ${y:-no} ${x/cd/-}; set -- a b c; echo $# $2 \"$*\"; shift; echo $1",
  "echo $(echo $(echo deep)); echo `echo ticks`; v=$(cat fruit); echo \"$v\" | tail -n 2; echo $v",
  "set -e; echo one; false; echo never",
  "cd sub; pwd | sed 's/.*sub$/in sub/'; cd ..; cd no-such; echo $?; (cd sub && ls); ls | head -1",
  "echo 'a b c' | tr a-c x-z; echo abc | rev; seq 5 | tac; seq 3 | paste -s -d,; echo a:b | cut -d: -f2; seq 10 | tail -3",
  "echo hello | md5sum; echo hello | sha256sum; cksum fruit; echo hello | base64; od -c fruit | head -3; expr 6 \\* 7; basename /a/b.c .c; dirname /a/b",
  "dd if=fruit bs=4 count=2 skip=1 2>/dev/null; echo; head -c 5 fruit; echo; yes | head -3; diff fruit sub/deep; cmp fruit sub/deep; echo $?",
  "gzip -c fruit | gunzip -c; tar cf t.tar sub fruit; tar tf t.tar; mkdir x; tar xf t.tar -C x; find x | sort; echo fruit | cpio -o 2>/dev/null | wc -c",
  "date -u -d @86400 '+%Y-%m-%d %H:%M:%S %a %j'; TZ=UTC date -d '2024-02-29 12:00' +%s; cal 2 2024; factor 360; bc <<E\nscale=5; 22/7\nE",
  "umask; umask 077; touch private; stat -c %a private; chmod 640 private; stat -c %a private; mkdir d; stat -c %a d",
  "readlink link; readlink -f link | sed 's/.*fruit/fruit/'; ln -s loop loop; cat loop; echo $?; realpath . | wc -l",
  "echo $0 $#; eval 'echo ev'; . ./script.sh; type cd; command -v echo; alias x=y; unset v; echo ${v+set}; readonly r=1; (r=2); echo $?",
  "mkfifo p; (echo through >p) & cat p; wait; test -p p; echo $?; exec 4<>p; echo self >&4; read x <&4; echo $x; rm p",
  "sed -i 's/a/b/' fruit; cat fruit; sort -o fruit fruit; cat fruit; truncate -s 3 fruit; cat fruit; cp -a sub s2; cat s2/deep",
  "printf ':%%s/a/b/g\\n:wq\\n' | vi fruit >/dev/null 2>&1; cat fruit",
  "exec 4<>fruit; read x <&4; echo mid >&4; cat fruit; set -C; echo a >fruit; echo $?; echo b >new; cat new",
  "ln -s a b; ln -s b a; cat a; ln fruit f2; mv f2 fruit; ls; mv fruit sub; ls sub; mv sub s; ls s; mv s s/t; echo $?",
  "tar c sub fruit | gzip | gunzip | tar t; tar cf t.tar sub; tar xOf t.tar; gzip fruit; ls; gunzip fruit.gz; cat fruit",
  "install -m 750 fruit inst; stat -c '%a' inst; touch -d @5 inst; stat -c %Y inst; touch -r fruit inst; stat -c %Y inst; cmp fruit inst; echo $?",
  "awk 'BEGIN { while ((getline l < \"fruit\") > 0) n++; print n; print \"y\" > \"made\"; close(\"made\"); getline z < \"made\"; print z }'",
  "find . -newer sub/deep | sort; find . -type f -exec test -s {} ';' -print | sort; find . -links +1 -type d | wc -l; find . -perm -444 -type f | sort",
  "find . -type f | sort | xargs -n 2 echo; printf '1\\n2\\n' | xargs -I% echo n%; find . -name '*.txt' | xargs rm; ls",
  "printf ':1,2d\\n:%%%%s/[aeiou]/_/g\\nggOnew line\\033ddp:w! out\\n:q!\\n' | vi fruit >/dev/null 2>&1; cat out fruit",
  "split -l 2 fruit part; cat partab; sort -u fruit | tee copy | wc -l; cat copy; join fruit fruit | head -1; comm -12 copy copy | head -1; shuf fruit | sort | head -1",
  "dd if=/dev/zero of=z bs=1k count=3 2>/dev/null; wc -c z; dd if=fruit of=z conv=notrunc bs=1 seek=2 2>/dev/null; od -An -tx1 -N8 z; cat /dev/null; head -c 4 /dev/zero | od -c",
  "nosuch; echo $?; ./fruit; echo $?; sub; echo $?; sh -c 'kill -SEGV $$'; echo $?; exit 300",
];

let template = "";
let qemu = "";
/** qemu-user cannot execute riscv64 programs: here each applet is a script of this machine's that starts qemu again. */
let applets = "";
const folders: string[] = [];

function makeFolder(): string {
  const at = mkdtempSync(join(tmpdir(), "utap-bb-"));
  folders.push(at);
  mkdirSync(join(at, "sub"));
  writeFileSync(join(at, "fruit"), INPUT);
  writeFileSync(join(at, "sub/deep"), "deep\napple\n");
  writeFileSync(join(at, "notes.txt"), "n\n");
  writeFileSync(join(at, "script.sh"), "echo sourced\n");
  symlinkSync("fruit", join(at, "link"));
  lutimesSync(join(at, "link"), 1e9, 1e9);
  for (const name of ["fruit", "sub/deep", "notes.txt", "script.sh", "sub", "."]) utimesSync(join(at, name), 1e9, 1e9);
  return at;
}

beforeAll(() => {
  if (missingOracles(...oracles).length > 0) return;
  execFileSync("node", ["tools/riscv64-root.mjs", root, "busybox-static"], { stdio: "inherit" });
  template = makeFolder();
  qemu = execFileSync("which", ["qemu-riscv64"], { encoding: "utf8" }).trim();
  applets = mkdtempSync(join(tmpdir(), "utap-bb-"));
  folders.push(applets);
  for (const name of execFileSync(qemu, [busybox, "--list"], { encoding: "utf8" }).trim().split("\n")) {
    writeFileSync(join(applets, name), `#!/bin/sh\nexec ${qemu} ${busybox} ${name} "$@"\n`, { mode: 0o755 });
  }
}, 300_000);
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const environment = { PATH: "/nowhere", TZ: "UTC", HOME: "/", TERM: "dumb" };

interface Seen {
  readonly out: string;
  readonly err: string;
  readonly end: string;
}

interface SeenInModel extends Seen {
  readonly events: string;
}

function inQemu(script: string, cwd: string): Seen {
  const got = spawnSync(qemu, [busybox, "sh", "-c", script], {
    cwd,
    env: { ...environment, PATH: applets },
    input: INPUT,
    encoding: "latin1",
    timeout: 20_000,
  });
  return { out: got.stdout, err: got.stderr, end: got.signal ?? String(got.status) };
}

function inModel(script: string, cwd: string): SeenInModel {
  const text = { 1: "", 2: "" };
  let rest = new TextEncoder().encode(INPUT);
  const model = createModel({
    root: openHostFolder("/"),
    console: {
      write(stream, bytes) {
        text[stream] += Buffer.from(bytes).toString("latin1");
        return undefined;
      },
      read(max) {
        const bytes = rest.subarray(0, max);
        rest = rest.subarray(max);
        return bytes.length > 0 ? bytes : "eof";
      },
      isTty: () => false,
      windowSize: () => ({ rows: 24, columns: 80 }),
    },
    program: busybox,
    argv: [busybox, "sh", "-c", script],
    envp: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    cwd,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
  });
  const log = logEvents(model);
  const result = model.run({
    event: log.event,
    nextTimer: () => Number.POSITIVE_INFINITY,
    timer: () => {},
    // Two virtual hours: more than any row sleeps.
    poll: () => (model.monotonicNs() > 7.2e12 ? "detach" : "run"),
  });
  const names: { readonly [signal: number]: string } = { 9: "SIGKILL", 11: "SIGSEGV", 15: "SIGTERM" };
  expect(result.stuck).toBeUndefined();
  const end = names[result.signal ?? 0] ?? String(result.signal ?? result.exitCode);
  return { out: text[1], err: text[2], end, events: log.result() };
}

/** What cannot be the same: the name of the folder, the folder of all of them, and blocks, which a file system counts. */
const normalise = ({ out, err, end }: Seen): Seen => ({
  out: out
    .replace(/utap-bb-\w+/g, "FOLDER")
    .replace(/^d.* \.\.$/gm, "PARENT")
    .replace(/^total \d+$/gm, "total"),
  err: err.replace(/utap-bb-\w+/g, "FOLDER"),
  end,
});

describe("busybox, as under qemu-riscv64", () => {
  for (const script of scripts) {
    it(script.replace(/\n/g, "\\n").slice(0, 100), () => {
      const real = normalise(inQemu(script, makeFolder()));
      const folder = makeFolder();
      const first = inModel(script, folder);
      expect(normalise(first)).toEqual(real);
      expect(inModel(script, folder)).toEqual(first);
    });
  }

  // The model's clock starts at 1.7e9 s: 2023-11-14 22:13:20 UTC, and sleeping moves it.
  it("time is the model's own", () => {
    expect(inModel("date; sleep 100; date +%s", template)).toMatchObject({
      out: "Tue Nov 14 22:13:20 UTC 2023\n1700000100\n",
      err: "",
      end: "0",
    });
  });
});
