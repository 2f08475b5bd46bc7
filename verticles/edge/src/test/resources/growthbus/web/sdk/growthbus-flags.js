// Stands for the part that the browser module packs.
export const prepare = () => ({ version: 0, remote: new Set() });
