# Twenty thousand lines, sorted in several ways and through pipelines.
gawk 'BEGIN { x = 12345; for (i = 0; i < 20000; i++) { x = (x * 1103515245 + 12345) % 2147483648; printf "%d %s %d\n", x % 5003, substr("abcdefghijklmnopqrstuvwxyz", x % 20 + 1, 6), i } }' >lines
wc lines
sort lines | md5sum
sort -n lines | cksum
cut -d' ' -f1 lines | sort -u | wc -l
cut -d' ' -f2 lines | sort | uniq -c | sort -rn | head -n 3
grep -c '^1' lines; grep -v 'z' lines | sed -n '1p;$p'; sed 's/\([a-z]*\) \([0-9]*\)$/\2 \1/' lines | tail -n 1
