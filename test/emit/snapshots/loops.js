// probe begin { for (i = 0; i < 3; i++) { if (i == 1) continue; print(i) } while (i--) { x = i; print(x) } }
export function instantiate(rt) {
  const { add, outOfActions, print, sub } = rt;
  const fmt_0 = rt.format("%d");
  // begin  test.stp:1
  function probe_0(c) {
    let l_i = 0, l_x = 0;
    let t_0;
    for (l_i = 0; l_i < 3; l_i = add(l_i, 1)) {
      if ((c.left -= 4) < 0) outOfActions();
      if (l_i === 1) {
        continue;
      }
      print(fmt_0(l_i));
    }
    while ((t_0 = l_i, l_i = sub(t_0, 1), t_0) !== 0) {
      if ((c.left -= 3) < 0) outOfActions();
      l_x = l_i;
      print(fmt_0(l_x));
    }
  }
  return {
    probes: [probe_0],
    scalars: {},
  };
}
