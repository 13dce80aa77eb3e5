// probe begin { s = "a" . "b"; t = s . "\"\x80\n" . s . (s == t ? "=" : "!"); print(t) }
export function instantiate(rt) {
  const { cat, print } = rt;
  // begin  test.stp:1
  function probe_0(c) {
    let l_s = "", l_t = "";
    l_s = "ab";
    l_t = cat(l_s, "\"\u0080\n", l_s, l_s === l_t ? "=" : "!");
    print(l_t);
  }
  return {
    probes: [probe_0],
    scalars: {},
  };
}
