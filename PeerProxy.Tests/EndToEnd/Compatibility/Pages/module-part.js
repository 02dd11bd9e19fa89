export const double = (value) => value * 2;
export const address = import.meta.url;
