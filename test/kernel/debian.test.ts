// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shell scripts
/**
 * Debian's dynamically linked programs, with their own ld.so and C library, in the model and under `qemu-riscv64 -L`:
 * the same output, the same status. Each row, and each file of scripts/, is a script of dash in an empty folder; twice
 * with one seed it ends at the same time, after the same events. `workers` is no program of Debian's but one of C++,
 * with libstdc++ and threads (`test/fixtures/threads`).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { openHostFolder } from "../../cli/host-files.ts";
import { signalName } from "../../target/signals.ts";
import { missingOracles, testWith } from "../oracles.ts";
import { logEvents } from "./event-log.ts";
import { start } from "./run.ts";

const oracles = ["qemu-riscv64", "apt-get"];
const it = testWith(...oracles);
const root = join(tmpdir(), "utap-riscv64-debian");
// biome-ignore format: table
const packages = ["bash", "coreutils", "dash", "findutils", "gawk", "grep", "gzip", "libc6", "libstdc++6", "lua5.4", "sed", "sqlite3", "tar"];
const ownPrograms = ["threads/workers"];

// biome-ignore format: table
const scripts: readonly string[] = [
  "echo hello $((6 * 7)); printf '%5.2f|%s\\n' 3.14159 x; exit 3",
  "seq 5 | while read n; do echo $((n * n)); done | paste -s -d+; seq 20 | sort -rn | head -3",
  "trap 'echo int' INT; trap 'echo bye' EXIT; kill -INT $$; (exit 5); echo $?",
  "sleep 0.05 & sleep 0.01 & wait; echo waited; (exit 9) & wait $!; echo $?; sleep 100 & kill $!; wait $!; echo $?",
  "for s in HUP TERM KILL USR1; do sleep 100 & kill -$s $!; wait $!; echo $s $?; done",
  "timeout 0.1 sleep 5; echo $?; timeout -s KILL 0.1 sleep 5; echo $?; timeout 5 true; echo $?",
  "nice -n 5 nice; nice; env -i a=b env; printenv NOTHING; echo $?; nohup echo hi 2>/dev/null",
  "printf '#!/usr/bin/dash\\necho script $0 $1 $#\\n' >s; chmod +x s; dash ./s one two; dash -c '. ./s' x y",
  "seq 3000 | sort --parallel=4 -S 1M -R --random-source=s 2>/dev/null | sort -n --parallel=4 | md5sum; seq 3000 | sha256sum; seq 3000 | cksum",
  "mkdir a; touch a/x a/y; ln -s x a/l; ls -F a; cp -r a b; rm -r a; ls b; wc -c b/x; stat -c '%a %F' b b/l; mv b/x b/z; ls b; readlink b/l; cat nothing; echo $?",
  "lua5.4 -e 'local t = {} for i = 1, 500 do t[i] = i * i % 97 end table.sort(t) print(#t, t[1], t[500], string.format(\"%.6f\", math.sin(1)), 2^53)'",
  "lua5.4 -e 'local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) print(co(), co(), co()) print(pcall(error, \"x\")) os.exit(7)'",
  "lua5.4 -e 'for l in io.popen(\"seq 3\"):lines() do io.write(l, \";\") end print(io.open(\"f\", \"w\"):write(\"data\"):close()) print(io.open(\"f\"):read(\"a\"))'",
  "sqlite3 :memory: 'create table t(a, b); insert into t values (1, 2.5), (3, null), (5, \"x\"); select * from t; select count(*), sum(a) from t;'",
  "sqlite3 db 'create table t(a integer primary key, b); with recursive c(x) as (select 1 union all select x + 1 from c where x < 500) insert into t select x, x * x from c;'; sqlite3 db 'select sum(b), max(a) from t; pragma integrity_check;'; sqlite3 db 'select nothing;'; echo $?",
  // `npm run soak -- --sqlite` inserts 100,000 rows.
  `seq 2000 | gawk 'BEGIN { print "create table u(a integer primary key, b text, c real); begin;" } { printf "insert into u values(%d, \\047row %d\\047, %f);\\n", $1, $1 * 7919 % 100003, $1 / 3 } END { print "commit; create index i on u(b); select count(*), sum(a), sum(c) from u;" }' | sqlite3 db; sqlite3 db 'select count(*), max(b) from u where b > "row 5"; pragma integrity_check;'; md5sum db; wc -c db`,
  "workers 200 2>&1; echo $?",
  "workers 40 | sort | md5sum; workers x 2>&1 | head -1",
  "gawk 'BEGIN { print 1/3, 2^10, length(\"abc\"), toupper(\"x\"); \"seq 3\" | getline x; print x; printf \"%d %x %c\\n\", 42, 255, 65 }'; seq 10 | gawk '{ s += $1 } END { print s, NR }'",
  "printf 'pear\\napple\\nfig\\n' | grep -n 'p'; printf 'pear\\napple\\n' | sed -e 's/p\\+/<&>/g' -e '2q'; printf 'a1b22' | sed -E 's/[0-9]+/(&)/g'; echo; grep -c x /dev/null; echo $?",
  "bash -c 'a=(1 2 3); echo ${a[@]:1} ${#a[@]}; for ((i = 0; i < 3; i++)); do echo -n $i; done; echo; [[ abc =~ b(.) ]] && echo ${BASH_REMATCH[1]}; echo ${BASH_VERSINFO[0]}'",
  "bash -c 'f() { trap \"echo usr1\" USR1; kill -USR1 $BASHPID; }; f; wait; cat <(echo sub) | tr a-z A-Z; exit 4'; echo $?",
  "bash -c 'set -m; sleep 100 & kill -STOP %1; kill -CONT %1; kill %1; wait %1; echo $?' 2>/dev/null",
  "mkdir -p t/u; seq 500 >t/a; seq 9 >t/u/b; ln -s a t/l; find t -type f -exec grep -l 8 {} + | sort; find t | sort | xargs -n 3 echo; find t -name '[ab]' -size +0 -printf '%p %s %m\\n' | sort; find t -type f -exec sh -c 'wc -l <$0' {} \\; 2>/dev/null | sort; seq 6 | xargs -I% -P 2 echo n% | sort",
  "mkdir -p t/u; seq 5000 >t/a; ln t/a t/h; ln -s a t/l; chmod 640 t/a; touch -d @1000000000 t/a t/u; tar cf x.tar t; tar tf x.tar | sort; mkdir y; tar xf x.tar -C y; md5sum t/a y/t/a; stat -c '%a %Y %h %F' y/t/a y/t/u | head -1; gzip -9 -c t/a | gzip -dc | md5sum; gzip -k t/a 2>/dev/null; gzip -l t/a.gz | wc -l; tar czf z.tgz t && tar tzf z.tgz | wc -l; rm -r y",
  "ulimit -S -n 50; ulimit -n; (ulimit -c 0; ulimit -c); umask 027; touch u; stat -c %a u",
  "kill -SEGV $$",
];

const longScripts = new URL("scripts/", import.meta.url).pathname;
let applets = "";
const folders: string[] = [];
const environment = { LC_ALL: "C", TZ: "UTC", HOME: "/", TERM: "dumb" };

beforeAll(() => {
  if (missingOracles(...oracles).length > 0) return;
  execFileSync("node", ["tools/riscv64-root.mjs", root, ...packages], { stdio: "inherit" });
  for (const path of ownPrograms) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    copyFileSync(new URL(`../fixtures/${path}`, import.meta.url), join(root, "usr/bin", name));
  }
  // qemu-user cannot execute riscv64 programs: here each program is a script of this machine's that starts qemu again.
  applets = temporaryFolder();
  for (const name of readdirSync(join(root, "usr/bin"))) {
    const command = `exec qemu-riscv64 -0 ${name} -L ${root} ${join(root, "usr/bin", name)} "$@"`;
    writeFileSync(join(applets, name), `#!/bin/sh\nPATH=${process.env.PATH}:$PATH ${command}\n`, { mode: 0o755 });
  }
}, 300_000);
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "utap-debian-"));
  folders.push(folder);
  return folder;
}

function inQemu(script: string): readonly string[] {
  const cwd = join(temporaryFolder(), "tmp");
  mkdirSync(cwd);
  const got = spawnSync("qemu-riscv64", ["-0", "dash", "-L", root, join(root, "usr/bin/dash"), "-c", script], {
    cwd,
    env: { ...environment, PATH: `${applets}:${process.env.PATH}` },
    input: "",
    encoding: "latin1",
    timeout: 20_000,
  });
  return [got.stdout, got.signal ?? String(got.status)];
}

function inModel(script: string): { readonly seen: readonly string[]; readonly time: number; readonly events: string } {
  let text = "";
  const { model } = start("/usr/bin/dash", {
    root: openHostFolder(root),
    argv: ["dash", "-c", script],
    envp: Object.entries({ ...environment, PATH: "/usr/bin" }).map(([name, value]) => `${name}=${value}`),
    cwd: "/tmp",
    uid: 0,
    gid: 0,
    console: {
      write(stream, bytes) {
        if (stream === 1) text += Buffer.from(bytes).toString("latin1");
        return undefined;
      },
      read: () => "eof",
      isTty: () => false,
      windowSize: () => ({ rows: 24, columns: 80 }),
    },
  });
  const log = logEvents(model);
  const result = model.run({
    event: log.event,
    nextTimer: () => Number.POSITIVE_INFINITY,
    timer: () => {},
    // Two virtual hours: more than any row sleeps.
    poll: () => (model.monotonicNs() > 7.2e12 ? "detach" : "run"),
  });
  const end = result.signal === undefined ? (result.stuck ?? String(result.exitCode)) : signalName(result.signal);
  return { seen: [text, end], time: model.monotonicNs(), events: log.result() };
}

describe("Debian's programs, as under qemu-riscv64", () => {
  for (const script of scripts) {
    it(script.slice(0, 100), () => {
      const first = inModel(script);
      expect(first.seen).toEqual(inQemu(script));
      expect(inModel(script)).toEqual(first);
    });
  }
});

// biome-ignore format: table
/** Those that are cheap run twice with one seed, as the rows above. */
const longer: readonly (readonly [name: string, runs: 1 | 2])[] = [
  ["awk.sh",       2],
  ["big-sort.sh",  1],
  ["coreutils.sh", 1],
  ["lua.sh",       1],
  ["shell.sh",     2],
  ["sqlite.sh",    1],
];

describe("longer scripts, as under qemu-riscv64", () => {
  for (const [name, runs] of longer) {
    it(name, () => {
      const script = readFileSync(join(longScripts, name), "latin1");
      const first = inModel(script);
      expect(first.seen).toEqual(inQemu(script));
      if (runs === 2) expect(inModel(script)).toEqual(first);
    });
  }
});
