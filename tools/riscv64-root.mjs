// Unpacks Debian's own riscv64 programs into a folder, for tests against programs nobody here built.
//
//   node tools/riscv64-root.mjs FOLDER [PACKAGE …]      default: busybox-static
//
// Needs a Debian machine (apt, dpkg-deb, tar). It uses the machine's first Debian mirror with package lists of its
// own; nothing is installed. A folder that is already there and complete is left as it is.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const SUITE = "trixie"; // the first Debian release with riscv64
const [folder, ...wanted] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node tools/riscv64-root.mjs FOLDER [PACKAGE …]");
  process.exit(2);
}
const packages = wanted.length > 0 ? wanted : ["busybox-static"];
const root = resolve(folder);
const work = join(root, ".apt");
const stamp = join(work, "complete");
const recipe = `${SUITE} ${packages.join(" ")}\n`;
if (existsSync(stamp) && readFileSync(stamp, "utf8") === recipe) process.exit(0);

for (const name of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(work, name), { recursive: true });
writeFileSync(join(work, "status"), "");
writeFileSync(
  join(work, "sources.list"),
  `deb [arch=riscv64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${findMirror()} ${SUITE} main\n`,
);
const settings = {
  "Dir::State::lists": join(work, "lists"),
  "Dir::State::status": join(work, "status"),
  "Dir::Cache": join(work, "cache"),
  "Dir::Etc::sourcelist": join(work, "sources.list"),
  "Dir::Etc::sourceparts": "/dev/null",
  "APT::Architecture": "riscv64",
  "APT::Architectures::": "riscv64",
  "APT::Install-Recommends": "false",
  "Debug::NoLocking": "1",
};
const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
const apt = (...args) =>
  execFileSync("apt-get", ["-qq", ...options, ...args], { stdio: ["ignore", "ignore", "inherit"] });
apt("update");
apt("install", "--yes", "--download-only", ...packages);

for (const name of ["bin", "sbin", "lib"]) {
  mkdirSync(join(root, "usr", name), { recursive: true });
  if (!existsSync(join(root, name))) symlinkSync(`usr/${name}`, join(root, name));
}
const archives = join(work, "cache/archives");
for (const name of readdirSync(archives).filter((file) => file.endsWith(".deb"))) {
  const tar = execFileSync("dpkg-deb", ["--fsys-tarfile", join(archives, name)], { maxBuffer: 1 << 30 });
  execFileSync("tar", ["-x", "-C", root, "--keep-directory-symlink"], { input: tar });
}
writeFileSync(stamp, recipe);

/** The first Debian mirror in the machine's own package sources. */
function findMirror() {
  const files = ["/etc/apt/sources.list"];
  if (existsSync("/etc/apt/sources.list.d")) {
    files.push(...readdirSync("/etc/apt/sources.list.d").map((name) => join("/etc/apt/sources.list.d", name)));
  }
  for (const line of files.filter(existsSync).flatMap((file) => readFileSync(file, "utf8").split("\n"))) {
    const uri = /^URIs:\s*(\S+)/.exec(line)?.[1] ?? /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/.exec(line)?.[1];
    if (uri && !uri.includes("security")) return uri;
  }
  throw new Error("no Debian mirror in the package sources of this machine");
}
