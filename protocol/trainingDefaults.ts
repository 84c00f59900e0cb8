/** What a comparison takes where nobody says otherwise, in the editor and in the terminal. */
import type { TrainingBudget } from './trainer';

export const defaultBudget: TrainingBudget = { steps: 300, batchSize: 32, learningRate: 0.003 };

export const defaultSeed = 1;
