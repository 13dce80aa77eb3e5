# A longer program of awk: records, functions, arrays, regular expressions, output to commands.
gawk 'BEGIN { srand(7); for (i = 1; i <= 400; i++) printf "%s,%d,%.2f,%s\n", substr("north south east  west  ", (i * 7 % 4) * 6 + 1, 5), i * 7919 % 1000, i * 3.7 % 97, i % 3 ? "yes" : "no" }' >sales
cat >report.awk <<'END'
function max(a, b) { return a > b ? a : b }
function bar(n,   s) { s = ""; while (n-- > 0) s = s "#"; return s }
function gcd(a, b) { return b == 0 ? a : gcd(b, a % b) }
function sorted(keys, source,   n, i, j, t) {
  n = 0
  for (i in source) keys[++n] = i
  for (i = 2; i <= n; i++) for (j = i; j > 1 && keys[j - 1] > keys[j]; j--) { t = keys[j]; keys[j] = keys[j - 1]; keys[j - 1] = t }
  return n
}
BEGIN { FS = ","; OFS = " | " }
{ sub(/ +$/, "", $1); count[$1]++; units[$1] += $2; money[$1] += $2 * $3; top = max(top, $2); pair[$1, $4]++ }
$4 == "no" { refused++ }
/^e.*,9[0-9]*,/ { nines++ }
END {
  n = sorted(keys, count)
  for (i = 1; i <= n; i++) { k = keys[i]; print k, count[k], units[k], sprintf("%.3f", money[k] / count[k]), bar(int(units[k] / 10000)) }
  for (p in pair) { split(p, parts, SUBSEP); total[parts[2]] += pair[p] }
  print "yes " total["yes"], "no " total["no"], "top " top, "refused " refused, "nines " nines
  print gcd(1071, 462), index("banana", "nan"), match("foo123bar", /[0-9]+/), RSTART, RLENGTH, substr("hello", 2, 3)
  s = "one two three"; print gsub(/[aeiou]/, "<&>", s), s; print toupper(s), length(s)
  delete count["east"]; print ("east" in count), ("west" in count)
  printf "%5.1f|%-8s|%08.3f|%x|%o|%e|%c\n", 3.14159, "left", 2.5, 255, 8, 12345.678, 65
  for (i = 0; i < 5; i++) print i, i * i | "sort -rn | head -n 3"
  close("sort -rn | head -n 3")
  while (("seq 3" | getline line) > 0) sum += line; print "sum", sum
  print int(-3.7), 2 ^ 10, 7 % 3, 1e3, "10" + 5, "3x" * 2, 1 == 1.0, "a" < "b", !x
}
END
gawk -f report.awk sales
gawk 'NR == FNR { seen[$1] = 1; next } $1 in seen { n++ } END { print n }' sales sales
gawk -F, '{ a[NR % 5] = a[NR % 5] $2 } END { for (i = 0; i < 5; i++) print length(a[i]) }' sales
printf 'x 1\n\ny 2\nz 3\n\nw 4\n' | gawk 'BEGIN { RS = "" } { print NR ": " NF; for (i = NF; i > 0; i--) printf "%s ", $i; print "" }'
