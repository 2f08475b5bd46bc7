// Stands for the part that the browser module packs.
export const startLive = () => ({ acknowledge() {}, wake() {}, close() {} });
