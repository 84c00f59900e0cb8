/** How the profile of a machine is kept between two runs: a JSON document in the user's cache, or in the editor's storage. */
import type { DeviceProfile } from '../model/time/profile';

/** What a profile holds for: with another of these the machine is measured again. */
export interface MachineKey {
  /** Version of Unroll, whose kernels were timed. */
  readonly program: string;
  /** What runs them: Node's version, or the path of the program. */
  readonly runtime: string;
  readonly processor: string;
}

interface KeptProfile {
  readonly version: 1;
  readonly key: MachineKey;
  readonly profile: DeviceProfile;
}

/** The document that `profileFromText` reads again. */
export function keptProfileText(profile: DeviceProfile, key: MachineKey): string {
  const kept: KeptProfile = { version: 1, key, profile };
  return `${JSON.stringify(kept, null, 2)}\n`;
}

/** Null where the text is none of ours, or is of another machine, another program or another time of it. */
export function profileFromText(text: string, key: MachineKey): DeviceProfile | null {
  try {
    const kept: unknown = JSON.parse(text);
    return isKeptProfile(kept) && isSameMachine(kept.key, key) ? kept.profile : null;
  } catch {
    return null;
  }
}

/** Written by this program; this tells it from other files, and from those cut off in writing, which do not parse. */
function isKeptProfile(value: unknown): value is KeptProfile {
  if (typeof value !== 'object' || value === null) return false;
  return 'version' in value && value.version === 1 && 'key' in value && 'profile' in value && value.profile !== null;
}

function isSameMachine(a: MachineKey, b: MachineKey): boolean {
  return a.program === b.program && a.runtime === b.runtime && a.processor === b.processor;
}
