#!/bin/sh
# Asks the SystemTap of this machine what it thinks of a script: passes 1 to 3 only.
#
#   tools/oracle-stap.sh -p1 FILE                 the tree it reads
#   tools/oracle-stap.sh -g -p1 -e SCRIPT         the same with embedded code allowed
#   tools/oracle-stap.sh -p2 -e SCRIPT            names and types
#
# It wants a folder that kernel modules can be built in before it reads any script. Nothing is built here, so a
# folder of empty files serves; only passes 4 and 5 would notice. Exits with 127 when stap is not installed.
set -eu

stap=/usr/bin/stap
[ -x "$stap" ] || { echo "oracle-stap: $stap is missing (apt-get install systemtap)" >&2; exit 127; }

build=${TMPDIR:-/tmp}/utap-stap-oracle-$(id -u)
if [ ! -s "$build/include/config/kernel.release" ]; then
  mkdir -p "$build/include/linux" "$build/include/generated" "$build/include/config"
  # Without these it refuses process probes.
  printf 'CONFIG_%s=y\n' MODULES TRACEPOINTS UPROBES ARCH_SUPPORTS_UPROBES > "$build/.config"
  for empty in Module.symvers System.map include/linux/autoconf.h; do : > "$build/$empty"; done
  uname -r > "$build/include/config/kernel.release"
fi
# It takes return probes of processes for possible when the kernel has this function.
[ -s "$build/System.map" ] || echo 'ffffffff81000000 T arch_uretprobe_hijack_return_addr' > "$build/System.map"
# Some wrong scripts make it eat all memory there is.
ulimit -v 4194304
exec "$stap" -w -r "$build" "$@"
