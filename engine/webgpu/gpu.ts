/** A GPU that is open: how it is reached, what it is called, and what it can do. */

/** What a run needs to know of an adapter before it trusts it with numbers. */
export interface Gpu {
  readonly device: GPUDevice;
  /** For people: "NVIDIA H100 (WebGPU)", or that it is no GPU at all. */
  readonly label: string;
  /** Whether the adapter computes on the processor: never to be called a GPU, and never chosen unasked. */
  readonly isSoftware: boolean;
  /** Numbers that an arena can hold. */
  readonly maxArenaLength: number;
  /** Invocations of a workgroup, and bytes that they share. */
  readonly maxInvocations: number;
  readonly maxSharedBytes: number;
  /** Resolves, with the reason, when the device is gone. */
  readonly lost: Promise<string>;
}

export type OpenedGpu =
  | { readonly kind: 'gpu'; readonly gpu: Gpu }
  | { readonly kind: 'none'; readonly because: string };

const bytesPerFloat = 4;
/** Names by which software adapters go, in their vendor, architecture, device or description. */
const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|warp|basic render/i;

/**
 * Opens the adapter that the system prefers for speed, with the largest limits that it has.
 *
 * @param mostInvocations of a workgroup, where not as many as the adapter says it has
 */
export async function openGpu(entry: GPU, mostInvocations = Number.POSITIVE_INFINITY): Promise<OpenedGpu> {
  let adapter: GPUAdapter | null;
  try {
    adapter = await entry.requestAdapter({ powerPreference: 'high-performance' });
  } catch (error) {
    return { kind: 'none', because: `WebGPU could not be started (${reasonOf(error)})` };
  }
  if (adapter === null) return { kind: 'none', because: 'WebGPU finds no GPU with a driver that it can use' };
  // Benchmarks ask how long the GPU computes; kernels take nothing that is not everywhere.
  const wanted: readonly GPUFeatureName[] = ['timestamp-query'];
  const { limits } = adapter;
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice({
      requiredFeatures: wanted.filter((feature) => adapter.features.has(feature)),
      requiredLimits: {
        maxBufferSize: limits.maxBufferSize,
        maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
        maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
        maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
        maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      },
    });
  } catch (error) {
    return { kind: 'none', because: `WebGPU could not open its device (${reasonOf(error)})` };
  }
  const { info } = adapter;
  const names = [info.vendor, info.architecture, info.device, info.description];
  const isSoftware = info.isFallbackAdapter || names.some((name) => softwareNames.test(name));
  const name =
    info.description || [info.vendor, info.architecture, info.device].filter((part) => part !== '').join(' ');
  return {
    kind: 'gpu',
    gpu: {
      device,
      label: isSoftware
        ? `${name}, which computes on the processor (WebGPU)`
        : `${name || 'a GPU without a name'} (WebGPU)`,
      isSoftware,
      maxArenaLength: Math.floor(
        Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize) / bytesPerFloat,
      ),
      maxInvocations: Math.min(
        device.limits.maxComputeInvocationsPerWorkgroup,
        device.limits.maxComputeWorkgroupSizeX,
        mostInvocations,
      ),
      maxSharedBytes: device.limits.maxComputeWorkgroupStorageSize,
      lost: device.lost.then(({ message, reason }) => message || reason),
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
