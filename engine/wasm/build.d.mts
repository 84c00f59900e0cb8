/** Types of `build.mjs`, which is JavaScript so that Node runs it before anything is built. */
export const kernelFiles: { readonly simd: string; readonly relaxedSimd: string };
/** Compiles the kernels into a folder unless they are up to date; says whether anything was compiled. */
export function buildKernels(outputFolder: string): Promise<boolean>;
