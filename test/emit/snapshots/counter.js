// global n; probe begin { n++ } probe end { println(n) }
export function instantiate(rt) {
  const { add, print } = rt;
  let g_n = 0;
  const fmt_0 = rt.format("%d\n");
  // begin  test.stp:1
  function probe_0(c) {
    g_n = add(g_n, 1);
  }
  // end  test.stp:1
  function probe_1(c) {
    print(fmt_0(g_n));
  }
  return {
    probes: [probe_0, probe_1],
    scalars: {
      n: { get: () => g_n, set: (v) => { g_n = v; } },
    },
  };
}
