/** Registers by their role in the psABI, as indices of `HartState.x`. */
export const RA = 1;
export const SP = 2;
export const TP = 4;
export const A0 = 10;
export const A1 = 11;
export const A2 = 12;
export const A7 = 17;
