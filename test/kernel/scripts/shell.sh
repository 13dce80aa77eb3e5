# What a longer script of the shell does: functions, here-documents, traps, jobs, subshells, getopts.
set -u
log=""
note() { log="$log $1"; }

usage() {
  cat <<END
usage: $1 [-v] [-o FILE] WORD...
END
}

parse() {
  OPTIND=1
  verbose=0
  out=none
  while getopts :vo:h option; do
    case $option in
      v) verbose=$((verbose + 1)) ;;
      o) out=$OPTARG ;;
      h) usage parse; return 2 ;;
      :) echo "-$OPTARG wants more"; return 3 ;;
      \?) echo "what is -$OPTARG?"; return 4 ;;
    esac
  done
  shift $((OPTIND - 1))
  echo "verbose $verbose out $out rest $# $*"
}
parse -v -v -o file one two; echo $?
parse -h; echo $?
parse -o; echo $?
parse -x; echo $?

factorial() { if [ "$1" -le 1 ]; then echo 1; else echo $(($1 * $(factorial $(($1 - 1))))); fi; }
factorial 10

fib() {
  local a=0 b=1 i=0 t
  while [ $i -lt "$1" ]; do t=$((a + b)) a=$b b=$t i=$((i + 1)); done
  echo $a
}
fib 40

name=world
cat <<END
hello $name, $((3 + 4)), $(echo nested), \$escaped
END
cat <<'END'
nothing $expands `here`
END
cat <<-END
	tabs
		are gone
	END
while read -r first rest; do echo "[$first|$rest]"; done <<END
a b c
  d   e\\n
END

for word in alpha "beta gamma" delta; do
  case $word in
    a*) note begins-with-a ;;
    *" "*) note has-space ;;
    *) continue ;;
  esac
done
echo "$log"

trap 'echo "caught TERM"; terms=$((terms + 1))' TERM
terms=0
kill -TERM $$
kill -TERM $$
echo "terms $terms"
trap - TERM
(trap 'echo "subshell ends"' EXIT; echo in subshell; exit 4); echo "status $?"
trap '' INT; kill -INT $$; echo ignored; trap - INT

for i in 1 2 3 4; do (sleep 0.0$i; exit $i) & pids="${pids:-} $!"; done
total=0
for pid in $pids; do wait "$pid"; total=$((total + $?)); done
echo "jobs gave $total"
sleep 5 & killed=$!
kill $killed; wait $killed; echo "killed $?"
mkfifo gate; (read -r go <gate; echo "$go second") & (echo first; echo then >gate) & wait; rm gate; echo all done

exec 3>saved; echo one >&3; echo two >&3; exec 3>&-; cat saved
{ echo out; echo err >&2; } 2>&1 >/dev/null | sed 's/^/only /'
exec 4<saved; read -r line <&4; echo "first line $line"; exec 4<&-
n=$(echo "$(echo "$(echo deep)")"); echo "$n"
echo "a,b,c" | { IFS=, read -r x y z; echo "$z$y$x"; }
set -- "p q" r s; for p; do echo "<$p>"; done; shift 2; echo "$# $1"; echo "$*" "$@"
s=path/to/file.tar.gz; echo "${s##*/} ${s%%.*} ${s#*/} ${s%.*} ${#s} ${none:-default} ${s:+set}"
echo $((0x1f ^ 077)) $((1 << 20)) $((7 / 2 * 2 + 7 % 2)) $((5 > 3 ? 1 : 2)) $((-7 / 2))
until [ "${count:=0}" -ge 3 ]; do count=$((count + 1)); [ $count -eq 2 ] && continue; printf '%s ' $count; done; echo
seq 1 20 | while read -r k; do [ $((k % 7)) -eq 0 ] && { echo "stop at $k"; break; }; done
f() { return 9; }; f || echo "f gave $?"
eval 'v_1=indirect'; i=1; eval "echo \$v_$i"
unset nothing; (echo "${nothing?is not set}") 2>/dev/null; echo "status $?"
set -e; (false; echo never) || echo "set -e is off in conditions"; set +e
if ! { [ -e no-such ] || [ -d /nowhere ]; }; then echo neither; fi
echo *.none sav?d [!x]aved; printf '%05d|%-6s|%x|%c|%%|%b\n' 42 left 255 char 'a\tb'
command -v f; type cd; umask 022; umask; times >/dev/null; cd /; pwd; cd - >/dev/null
trap 'echo "goodbye $?"' EXIT
exit 7
