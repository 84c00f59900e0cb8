/** Kernels are imported as their text. */
declare module '*.wgsl' {
  const text: string;
  export default text;
}
