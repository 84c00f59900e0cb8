/** Where an obstacle stands, as the terminal, the editor and its pages write it. */
import type { Obstacle } from './trainer';

/** `model.py:7`, in a notebook `model.ipynb, cell 4:7`; the file under the name that is given. */
export function formatObstaclePlace(name: string, { line, cell }: Pick<Obstacle, 'line' | 'cell'>): string {
  const within = cell === undefined ? name : `${name}, cell ${cell}`;
  return line === null ? within : `${within}:${line}`;
}
