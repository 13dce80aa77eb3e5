// probe begin { x = 1; if (x) print("a"); else if (x > 2) { print("b") } else next }
export function instantiate(rt) {
  const { print } = rt;
  // begin  test.stp:1
  function probe_0(c) {
    let l_x = 0;
    l_x = 1;
    if (l_x !== 0) {
      print("a");
    } else if (l_x > 2) {
      print("b");
    } else {
      return;
    }
  }
  return {
    probes: [probe_0],
    scalars: {},
  };
}
