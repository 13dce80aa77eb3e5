// global s, t; probe begin { s <<< 3; t["a"] <<< 4; println(@count(s), @sum(t["a"])); print(@hist_log(s)) }
export function instantiate(rt) {
  const { print, printHistogram } = rt;
  const g_s = rt.globals[0];
  const g_t = rt.globals[1];
  const fmt_0 = rt.format("%d%d\n");
  // begin  test.stp:1
  function probe_0(c) {
    g_s.add(3);
    g_t.add("a", 4);
    print(fmt_0(g_s.count(), g_t.at("a").sum()));
    printHistogram(g_s.chart(0, "s"));
  }
  return {
    probes: [probe_0],
    scalars: {},
  };
}
