// probe begin { try { error("x") } catch (m) { println(m) } try { error("y") } catch { } }
export function instantiate(rt) {
  const { caught, print } = rt;
  const fmt_0 = rt.format("%s\n");
  // begin  test.stp:1
  function probe_0(c) {
    let l_m = "";
    try {
      rt.fn.error(c, "x");
    } catch (e_0) {
      l_m = caught(e_0);
      print(fmt_0(l_m));
    }
    try {
      rt.fn.error(c, "y");
    } catch (e_1) {
      caught(e_1);
    }
  }
  return {
    probes: [probe_0],
    scalars: {},
  };
}
