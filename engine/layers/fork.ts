/** A value that several layers read: each gets a gradient of its own, and their sum is the value's. */
import type { ArenaPlanner } from '../arena';
import { copy, type Layer, type Sequence } from './layer';

export function planFork(arena: ArenaPlanner, value: Sequence, readers: number, path: string): Layer {
  const { gradient } = value;
  const branches = Array.from({ length: readers }, () => gradient && arena.reserve(gradient.length));
  return {
    path,
    parameters: [],
    outputs: branches.map((branch) => ({ ...value, gradient: branch })),
    forward: () => {},
    backward: (backend) => {
      if (gradient === null) return;
      branches.forEach((branch, index) => {
        if (branch === null) return;
        if (index === 0) copy(backend, branch, gradient);
        else backend.add(gradient, branch);
      });
    },
  };
}
