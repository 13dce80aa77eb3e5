# Forty programs of coreutils, each at something that it is for.
say() { echo "-- $*"; }
say seq, tac, nl; seq 3 | tac | nl -ba -w2
say head, tail; seq 100 | head -n -95; seq 100 | tail -n +98; seq 10 | head -c 5
say cut, paste, join; printf 'a:1\nb:2\n' >l; printf 'a:x\nb:y\n' >r; join -t: l r; cut -d: -f2 l | paste -d, - -
say sort, uniq, comm; printf 'b 2\na 10\na 9\nb 2\n' | sort -k1,1 -k2,2n | uniq -c; seq 3 >s3; seq 2 4 >s4; comm s3 s4
say tr, expand, unexpand, fold, fmt; echo 'Hello World' | tr -cd 'A-Za-z\n' | tr a-z A-Z; printf 'a\tb\n' | expand -t4; echo abcdefgh | fold -w3; seq -s ' ' 30 | fmt -w 20
say wc, od; seq 1000 | wc; printf 'bytes\377' | od -An -tx1c
say base64, base32, md5sum, sha1sum, sha512sum, b2sum, cksum, sum
for p in base64 base32 md5sum sha1sum sha512sum b2sum cksum sum; do seq 50 | $p; done
say split, csplit; seq 10 | split -l 4 - part.; cat part.ac; seq 6 | csplit -s - 3 5; cat xx01
say mkdir, rmdir, touch, ln, readlink, realpath, stat; mkdir -p d/e/f; rmdir d/e/f; touch -d @1000 d/t; ln -s t d/l; ln d/t d/h; readlink d/l; stat -c '%n %a %h %s %F' d/t d/l d/e; stat -c %Y d/t; realpath --relative-to=d d/e
say cp, mv, rm, install, chmod; cp -a d c; mv c/t c/u; install -m 600 s3 c/i; chmod u=rwx,g=rx,o= c; stat -c '%a %n' c c/i; rm -r c/e; ls -R c; rm -f none; echo $?
say dd, truncate, shred; dd if=s3 of=dd.out bs=1 skip=2 count=3 2>/dev/null; cat dd.out; truncate -s 10 dd.out; stat -c %s dd.out
say test, expr, factor, numfmt; [ -f s3 ] && expr 7 \* 6; expr match hello 'h\(.*\)o'; factor 123456 9973; numfmt --to=iec 1048576 --from=none; seq 3 | numfmt --to-unit=1
say tee, yes, true, false; echo both | tee t1 >t2; cat t1 t2; yes no | head -n 2; true; echo $?; false; echo $?
say basename, dirname, pathchk, env, printenv; basename /a/b.c .c; dirname /a/b.c; pathchk -p ok; echo $?; env -i A=1 env; A=2 printenv A
say date, sleep, timeout; date -u -d @86399 '+%F %T %j %u %V'; timeout 0.05 sleep 2; echo $?
say id, pwd, tty, uname; id -u; pwd | sed 's/.*tmp$/tmp/'; tty </dev/null; uname -sm
say ptx, tsort, pr, shuf; printf 'a b\nb c\n' | tsort; seq 4 | shuf | sort; seq 6 | pr -3 -t -w 20
say ls; ls -1 --group-directories-first -p | head -n 4; ls -l s3 | cut -c1-10; ls none; echo $?
